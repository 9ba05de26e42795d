//! One client's life: reads everything after each connect, keeps it by events.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use postern_client::{CallError, ClientEvent, ConnectionState, GatewayClient, GatewayEvent};
use postern_protocol::approvals::{ApprovalRequested, ApprovalResolved, ExecApprovalList};
use postern_protocol::call::{Event, NoParams};
use postern_protocol::desktop::{
    DesktopAttach, DesktopAttachParams, DesktopSettings, DesktopSettingsRequested, DesktopUpdate, DesktopUpdateParams,
};
use postern_protocol::nodes::{NodeApproval, NodeList, NodePairRequested, NodePairResolved};
use postern_protocol::pairing::{DevicePairList, DevicesChanged, PairingRequest, PairingResolved};
use postern_protocol::sessions::{SessionsChanged, SessionsList, SessionsListParams, SessionsSubscribe};
use postern_protocol::system::{HealthSnapshot, Status};
use tokio::time::Instant;

use super::facts::{Facts, NodeApprovalFact, Recent, title};
use super::unread::{Part, Unread};
use super::{Ends, Wish};

/// Conversations that are read, and how many of them the menu shows.
const READ: u32 = 30;
const SHOWN: usize = 6;
/// Between two tries while somebody has to approve this device.
const WAITING: Duration = Duration::from_secs(5);

/// Until the client has ended.
pub(super) async fn follow(client: &GatewayClient, ends: &Ends) {
    let (mut state, mut events, mut told) = (client.watch_state(), client.events(), ends.told.subscribe());
    let mut unread = Unread::default();
    told.mark_unchanged();
    state.mark_changed();
    loop {
        let due = unread.due();
        tokio::select! {
            changed = state.changed() => {
                if changed.is_err() {
                    return;
                }
                let now = state.borrow_and_update().clone();
                turned(client, now, ends, &mut unread).await;
            }
            event = events.recv() => match event {
                Some(event) => heard(event, ends, &mut unread),
                None => return,
            },
            Ok(()) = told.changed() => tell(client, ends).await,
            () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                let rest = read_all(client, ends, unread.take()).await;
                unread.put_back(rest, Instant::now());
            }
            () = tokio::time::sleep(WAITING), if matches!(*state.borrow(), ConnectionState::PairingRequired(_)) => {
                client.reconnect();
            }
        }
    }
}

/// The connection changed: with a new one everything has to be read.
async fn turned(client: &GatewayClient, now: ConnectionState, ends: &Ends, unread: &mut Unread) {
    let ConnectionState::Connected(hello) = &now else {
        ends.facts.send_modify(|facts| {
            facts.connection = Some(now);
            facts.problem = None;
            facts.forget();
        });
        return unread.clear();
    };
    let health = hello.snapshot.health.read().ok().map(Arc::new);
    ends.facts.send_modify(|facts| {
        facts.connection = Some(now.clone());
        facts.problem = None;
        facts.health = health;
    });
    unread.mark_all(Instant::now());
    attach(client, ends).await;
}

/// Tells the settings, to each who wished for something.
async fn tell(client: &GatewayClient, ends: &Ends) {
    let mut answered = Vec::new();
    ends.told.send_if_modified(|told| {
        answered = std::mem::take(&mut told.answered);
        false
    });
    let settings = ends.told.borrow().settings.clone();
    for update in updates(&settings, answered) {
        if let Err(error) = client.call::<DesktopUpdate>(update).await {
            tracing::debug!(%error, "The gateway was not told about settings.");
        }
    }
}

/// One for each wish; one that answers nobody when there is none.
fn updates(settings: &DesktopSettings, answered: Vec<String>) -> Vec<DesktopUpdateParams> {
    let update = |request_id: Option<String>| DesktopUpdateParams {
        settings: settings.clone(),
        unasked: request_id.is_none(),
        request_id,
    };
    match answered.is_empty() {
        true => vec![update(None)],
        false => answered.into_iter().map(|id| update(Some(id))).collect(),
    }
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

/// Reads one after the other. What is left is worth another try.
async fn read_all(client: &GatewayClient, ends: &Ends, parts: BTreeSet<Part>) -> BTreeSet<Part> {
    let mut rest = parts.clone();
    for part in parts {
        let Err(error) = read(client, ends, part).await else {
            rest.remove(&part);
            continue;
        };
        tracing::debug!(?part, %error, "The state of the gateway could not be read.");
        match error {
            CallError::Refused(refusal) if refusal.retryable == Some(true) => {}
            // Whoever refuses, or knows no such thing, does so the next time too.
            CallError::Refused(_) | CallError::Unreadable { .. } => {
                rest.remove(&part);
            }
            // Whoever does not answer answers nothing else either.
            _ => break,
        }
    }
    rest
}

async fn read(client: &GatewayClient, ends: &Ends, part: Part) -> Result<(), CallError> {
    match part {
        Part::Subscription => {
            client.call::<SessionsSubscribe>(NoParams::default()).await?;
        }
        Part::Approvals => {
            let approvals = client.call::<ExecApprovalList>(NoParams::default()).await?;
            ends.facts.send_modify(|facts| facts.approvals = approvals);
        }
        Part::Devices => {
            let list = client.call::<DevicePairList>(NoParams::default()).await?;
            ends.facts.send_modify(|facts| facts.pairings = list.pending);
        }
        Part::Nodes if is_node(ends) => read_nodes(client, ends).await?,
        Part::Nodes => {}
        Part::Status => {
            let status = client.call::<Status>(NoParams::default()).await?;
            ends.facts.send_modify(|facts| facts.warnings = status.warnings);
        }
        Part::Sessions => read_sessions(client, ends).await?,
    }
    Ok(())
}

async fn read_sessions(client: &GatewayClient, ends: &Ends) -> Result<(), CallError> {
    let params =
        SessionsListParams { limit: Some(READ), include_derived_titles: Some(true), ..SessionsListParams::default() };
    let list = client.call::<SessionsList>(params).await?;
    let busy = list.sessions.iter().filter(|row| row.has_active_run).count();
    let recent = list.sessions.iter().take(SHOWN);
    let recent: Vec<Recent> = recent.map(|row| Recent { key: row.key.clone(), title: title(row) }).collect();
    ends.facts.send_if_modified(|facts| {
        let changed = facts.busy != busy || facts.recent != recent;
        (facts.busy, facts.recent) = (busy, recent);
        changed
    });
    Ok(())
}

fn is_node(ends: &Ends) -> bool {
    ends.told.borrow().settings.node.as_ref().is_some_and(|node| node.enabled)
}

async fn read_nodes(client: &GatewayClient, ends: &Ends) -> Result<(), CallError> {
    let list = client.call::<NodeList>(NoParams::default()).await?;
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
    Ok(())
}

fn heard(event: ClientEvent, ends: &Ends, unread: &mut Unread) {
    match event {
        ClientEvent::Gateway(event) => told(&event, ends, unread),
        ClientEvent::Refreshed(refreshed) => {
            let health = refreshed.health.as_ref().and_then(|health| health.read().ok());
            if let Some(health) = health {
                ends.facts.send_modify(|facts| facts.health = Some(Arc::new(health)));
            }
        }
        ClientEvent::Gap(_) | ClientEvent::Lagged { .. } => unread.mark_all(Instant::now()),
    }
}

fn told(event: &GatewayEvent, ends: &Ends, unread: &mut Unread) {
    let (facts, now) = (&ends.facts, Instant::now());
    match event.name.as_str() {
        PairingRequest::NAME => {
            keep::<PairingRequest>(event, facts, |facts, request| {
                // A device has one request; a repeated one takes the place of the former.
                facts.pairings.retain(|known| known.device_id != request.device_id);
                facts.pairings.push(request);
            });
            // Only the list says when it expires.
            unread.mark(Part::Devices, now);
        }
        PairingResolved::NAME => {
            keep::<PairingResolved>(event, facts, |facts, resolved| {
                facts.pairings.retain(|known| known.request_id != resolved.request_id);
            });
            unread.mark(Part::Devices, now);
        }
        DevicesChanged::NAME => unread.mark(Part::Devices, now),
        // Who comes and goes may be the node of this computer.
        NodePairRequested::NAME | NodePairResolved::NAME | "presence" if is_node(ends) => unread.mark(Part::Nodes, now),
        ApprovalRequested::NAME => keep::<ApprovalRequested>(event, facts, |facts, request| {
            facts.approvals.retain(|known| known.id != request.id);
            facts.approvals.push(request);
        }),
        ApprovalResolved::NAME => keep::<ApprovalResolved>(event, facts, |facts, resolved| {
            facts.approvals.retain(|known| known.id != resolved.id);
        }),
        SessionsChanged::NAME => unread.mark(Part::Sessions, now),
        "health" => {
            let read = event.payload.as_deref().map(|payload| serde_json::from_str::<HealthSnapshot>(payload.get()));
            if let Some(Ok(health)) = read {
                facts.send_modify(|facts| facts.health = Some(Arc::new(health)));
            }
            unread.mark(Part::Status, now);
        }
        DesktopSettingsRequested::NAME => {
            if let Some(Ok(wish)) = event.read::<DesktopSettingsRequested>() {
                tracing::info!(request = wish.request_id, "The page changes settings of the desktop app.");
                // Full means that somebody plays with the switches.
                let _ = ends.wishes.try_send(Wish { id: wish.request_id, changes: wish.changes });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Kept;

    #[test]
    fn every_wish_is_answered_by_its_name_and_nobody_by_what_changes_by_itself() {
        let settings = Kept::default()
            .told(false, crate::node::NodeStatus::default().told(&Kept::default().node, &Facts::default()));
        let said = |answered: &[&str]| -> Vec<_> {
            let answered = answered.iter().map(|id| (*id).to_owned()).collect();
            updates(&settings, answered).into_iter().map(|update| (update.request_id, update.unasked)).collect()
        };
        assert_eq!(said(&[]), [(None, true)]);
        assert_eq!(said(&["w1", "w2"]), [(Some("w1".into()), false), (Some("w2".into()), false)]);
    }
}
