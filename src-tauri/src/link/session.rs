//! One client's life: reads everything after each connect, keeps it by events.

use std::sync::Arc;
use std::time::Duration;

use postern_client::{CallError, ClientEvent, ConnectionState, GatewayClient, GatewayEvent};
use postern_protocol::approvals::{ApprovalRequested, ApprovalResolved, ExecApprovalList};
use postern_protocol::call::{Event, NoParams};
use postern_protocol::desktop::{
    DesktopAttach, DesktopAttachParams, DesktopSettingsRequested, DesktopUpdate, DesktopUpdateParams,
};
use postern_protocol::nodes::{NodeApproval, NodeList, NodePairRequested, NodePairResolved};
use postern_protocol::pairing::{DevicePairList, DevicesChanged, PairingRequest, PairingResolved};
use postern_protocol::sessions::{SessionsChanged, SessionsList, SessionsListParams, SessionsSubscribe};
use postern_protocol::system::{HealthSnapshot, Status};

use super::facts::{Facts, NodeApprovalFact, Recent, title};
use super::{Ends, Told};

/// Conversations that are read, and how many of them the menu shows.
const READ: u32 = 30;
const SHOWN: usize = 6;
/// Changes within this time are read together, so that the menu stays calm.
const CALM: Duration = Duration::from_millis(400);
/// Between two tries while somebody has to approve this device.
const WAITING: Duration = Duration::from_secs(5);

/// What has to be read again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Stale {
    devices: bool,
    nodes: bool,
    sessions: bool,
    status: bool,
}

impl Stale {
    const ALL: Self = Self { devices: true, nodes: true, sessions: true, status: true };

    fn any(self) -> bool {
        self != Self::default()
    }
}

/// Until the client has ended.
pub(super) async fn follow(client: &GatewayClient, ends: &Ends) {
    let (mut state, mut events, mut told) = (client.watch_state(), client.events(), ends.told.clone());
    let mut stale = Stale::default();
    let mut answered = told.borrow_and_update().answers;
    state.mark_changed();
    loop {
        tokio::select! {
            changed = state.changed() => {
                if changed.is_err() {
                    return;
                }
                let now = state.borrow_and_update().clone();
                if turned(client, now, ends).await {
                    stale = Stale::ALL;
                }
            }
            event = events.recv() => match event {
                Some(event) => heard(event, ends, &mut stale),
                None => return,
            },
            Ok(()) = told.changed() => {
                let Told { settings, answers } = told.borrow_and_update().clone();
                let unasked = std::mem::replace(&mut answered, answers) == answers;
                if let Err(error) = client.call::<DesktopUpdate>(DesktopUpdateParams { settings, unasked }).await {
                    tracing::debug!(%error, "The gateway was not told about settings.");
                }
            }
            () = tokio::time::sleep(CALM), if stale.any() => {
                let what = std::mem::take(&mut stale);
                if let Err(error) = read(client, ends, what).await {
                    tracing::debug!(%error, "The state of the gateway could not be read.");
                }
            }
            () = tokio::time::sleep(WAITING), if matches!(*state.borrow(), ConnectionState::PairingRequired(_)) => {
                client.reconnect();
            }
        }
    }
}

/// The connection changed; whether everything has to be read.
async fn turned(client: &GatewayClient, now: ConnectionState, ends: &Ends) -> bool {
    let ConnectionState::Connected(hello) = &now else {
        ends.facts.send_modify(|facts| {
            facts.connection = Some(now);
            facts.problem = None;
            facts.forget();
        });
        return false;
    };
    let health = hello.snapshot.health.read().ok().map(Arc::new);
    ends.facts.send_modify(|facts| {
        facts.connection = Some(now.clone());
        facts.problem = None;
        facts.health = health;
    });
    attach(client, ends).await;
    if let Err(error) = read_all(client, ends).await {
        tracing::debug!(%error, "The state of the gateway could not be read.");
        return true;
    }
    false
}

/// Asks for the window's way in.
async fn attach(client: &GatewayClient, ends: &Ends) {
    let settings = ends.told.borrow().settings.clone();
    let attached = client.call::<DesktopAttach>(DesktopAttachParams { settings }).await;
    match attached {
        Ok(attached) => ends.facts.send_modify(|facts| {
            facts.attached = Some(Arc::new(attached));
            facts.cannot_attach = false;
        }),
        Err(error) => {
            tracing::warn!(%error, "The window has to sign in by itself.");
            ends.facts.send_modify(|facts| {
                facts.attached = None;
                facts.cannot_attach = true;
            });
        }
    }
}

async fn read_all(client: &GatewayClient, ends: &Ends) -> Result<(), CallError> {
    client.call::<SessionsSubscribe>(NoParams::default()).await?;
    let approvals = client.call::<ExecApprovalList>(NoParams::default()).await?;
    ends.facts.send_modify(|facts| facts.approvals = approvals);
    read(client, ends, Stale::ALL).await
}

async fn read(client: &GatewayClient, ends: &Ends, what: Stale) -> Result<(), CallError> {
    if what.devices {
        let list = client.call::<DevicePairList>(NoParams::default()).await?;
        ends.facts.send_modify(|facts| facts.pairings = list.pending);
    }
    if what.nodes && is_node(ends) {
        read_nodes(client, ends).await;
    }
    if what.status {
        let status = client.call::<Status>(NoParams::default()).await?;
        ends.facts.send_modify(|facts| facts.warnings = status.warnings);
    }
    if what.sessions {
        let params = SessionsListParams {
            limit: Some(READ),
            include_derived_titles: Some(true),
            ..SessionsListParams::default()
        };
        let list = client.call::<SessionsList>(params).await?;
        let busy = list.sessions.iter().filter(|row| row.has_active_run).count();
        let recent = list.sessions.iter().take(SHOWN);
        let recent: Vec<Recent> = recent.map(|row| Recent { key: row.key.clone(), title: title(row) }).collect();
        ends.facts.send_if_modified(|facts| {
            let changed = facts.busy != busy || facts.recent != recent;
            (facts.busy, facts.recent) = (busy, recent);
            changed
        });
    }
    Ok(())
}

fn is_node(ends: &Ends) -> bool {
    ends.told.borrow().settings.node.as_ref().is_some_and(|node| node.enabled)
}

/// A gateway that knows no nodes says so, and everything else is read all the same.
async fn read_nodes(client: &GatewayClient, ends: &Ends) {
    let list = match client.call::<NodeList>(NoParams::default()).await {
        Ok(list) => list,
        Err(error) => return tracing::debug!(%error, "The nodes could not be read."),
    };
    let unapproved = list.nodes.into_iter().filter(|row| row.connected).filter_map(|row| {
        let fact = match (row.approval_state?, row.pending_request_id) {
            (NodeApproval::Approved, _) => return None,
            (_, Some(_)) => NodeApprovalFact::Waits,
            (_, None) => NodeApprovalFact::Refused,
        };
        Some((row.node_id, fact))
    });
    let unapproved: Vec<_> = unapproved.collect();
    ends.facts.send_if_modified(|facts| {
        let changed = facts.unapproved != unapproved;
        facts.unapproved = unapproved;
        changed
    });
}

fn heard(event: ClientEvent, ends: &Ends, stale: &mut Stale) {
    match event {
        ClientEvent::Gateway(event) => told(&event, ends, stale),
        ClientEvent::Refreshed(refreshed) => {
            let health = refreshed.health.as_ref().and_then(|health| health.read().ok());
            if let Some(health) = health {
                ends.facts.send_modify(|facts| facts.health = Some(Arc::new(health)));
            }
        }
        ClientEvent::Gap(_) | ClientEvent::Lagged { .. } => *stale = Stale::ALL,
    }
}

fn told(event: &GatewayEvent, ends: &Ends, stale: &mut Stale) {
    let facts = &ends.facts;
    match event.name.as_str() {
        PairingRequest::NAME => {
            keep::<PairingRequest>(event, facts, |facts, request| {
                // A device has one request; a repeated one takes the place of the former.
                facts.pairings.retain(|known| known.device_id != request.device_id);
                facts.pairings.push(request);
            });
            // Only the list says when it expires.
            stale.devices = true;
        }
        PairingResolved::NAME => {
            keep::<PairingResolved>(event, facts, |facts, resolved| {
                facts.pairings.retain(|known| known.request_id != resolved.request_id);
            });
            stale.devices = true;
        }
        DevicesChanged::NAME => stale.devices = true,
        // Who comes and goes may be the node of this computer.
        NodePairRequested::NAME | NodePairResolved::NAME | "presence" => stale.nodes |= is_node(ends),
        ApprovalRequested::NAME => keep::<ApprovalRequested>(event, facts, |facts, request| {
            facts.approvals.retain(|known| known.id != request.id);
            facts.approvals.push(request);
        }),
        ApprovalResolved::NAME => keep::<ApprovalResolved>(event, facts, |facts, resolved| {
            facts.approvals.retain(|known| known.id != resolved.id);
        }),
        SessionsChanged::NAME => stale.sessions = true,
        "health" => {
            let read = event.payload.as_deref().map(|payload| serde_json::from_str::<HealthSnapshot>(payload.get()));
            if let Some(Ok(health)) = read {
                facts.send_modify(|facts| facts.health = Some(Arc::new(health)));
            }
            stale.status = true;
        }
        DesktopSettingsRequested::NAME => {
            if let Some(Ok(wish)) = event.read::<DesktopSettingsRequested>() {
                tracing::info!(request = wish.request_id, "The page changes settings of the desktop app.");
                // Full means that somebody plays with the switches.
                let _ = ends.wishes.try_send(wish.changes);
            }
        }
        _ => {}
    }
}

fn keep<E: Event>(event: &GatewayEvent, facts: &tokio::sync::watch::Sender<Facts>, change: impl FnOnce(&mut Facts, E)) {
    match event.read::<E>() {
        Some(Ok(payload)) => facts.send_modify(|facts| change(facts, payload)),
        Some(Err(error)) => tracing::warn!(event = event.name, %error, "An event cannot be read."),
        None => {}
    }
}
