//! The connection as people see it: dialling, waiting for somebody's approval, there, lost and coming back.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use postern_client::{ClientEvent, ConnectError, ConnectErrorKind, ConnectionState, GatewayClient, OptionsError};
use postern_client::{EventReceiver, GatewayEvent, ReconnectPolicy};
use postern_protocol::access::Role;
use postern_protocol::connect::{ClientMode, HelloOk};
use postern_protocol::nodes::{NodeInvokeCancel, NodeInvokeRequest};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::approvals::{ApprovalsFile, Asked, Judge};
use crate::browser::{self, Browser};
use crate::commands::Host;
use crate::dispatch::Dispatcher;
use crate::link::Link;
use crate::machine;
use crate::options::NodeOptions;
use crate::surface::Surface;

/// Calls that may arrive in one breath before the oldest are lost.
const EVENTS_BEHIND: usize = 4_096;
/// First and longest pause before a lost connection is made again.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Between two looks whether somebody has approved this node, where the gateway does not say when to look.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Between two tries after a refusal that only people can heal.
const TRY_AGAIN: Duration = Duration::from_secs(60);

/// What the node host is doing.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeState {
    /// Dialling or shaking hands.
    Connecting,
    /// Calls are answered.
    Connected {
        /// The gateway's version.
        gateway: String,
        /// Generation of the protocol.
        protocol: u32,
    },
    /// Somebody has to let this node in.
    WaitingForApproval {
        /// Names the request.
        request_id: Option<String>,
        /// `not-paired`, `role-upgrade`, …
        reason: Option<String>,
    },
    /// Waiting for the next try.
    Lost {
        /// Number of the try that follows.
        attempt: u32,
        /// How long the wait takes.
        delay: Duration,
        /// Why there is no connection.
        reason: String,
    },
    /// Refused in a way that only people can heal; it is tried again now and then.
    Refused {
        /// Why.
        reason: String,
        /// How long until the next try.
        delay: Duration,
    },
}

/// Why a node host ended.
#[derive(Debug)]
pub enum NodeEnd {
    /// It was told to.
    Stopped,
    /// The options cannot work.
    Options(OptionsError),
    /// The gateway refuses this node, and did so from the first try on.
    Refused(ConnectError),
}

/// Serves until `stop` completes, or until it is clear that the gateway will never take this node.
pub async fn run(
    options: NodeOptions,
    report: impl Fn(&NodeState) + Send,
    stop: impl Future<Output = ()> + Send,
) -> NodeEnd {
    let looking = options.clone();
    let surface = tokio::task::spawn_blocking(move || Surface::of(&looking)).await.unwrap_or_default();
    let client = options
        .client
        .clone()
        .role(Role::Node)
        .client("node-host", ClientMode::Node)
        .protocol(3..=4)
        .scopes(Vec::<String>::new())
        .caps(surface.caps.iter())
        .commands(surface.commands.iter())
        .permissions(surface.permissions.clone())
        .path_env(options.command_env.get("PATH").cloned().unwrap_or_default())
        .event_capacity(EVENTS_BEHIND)
        .wall_clock(Arc::clone(&options.clock))
        .reconnect(ReconnectPolicy::default().delays(FIRST_PAUSE, LONGEST_PAUSE));
    let client = match GatewayClient::start(client) {
        Ok(client) => client,
        Err(error) => return NodeEnd::Options(error),
    };
    let host = Arc::new(host(options, surface, client.url()));
    let mut node = Serving {
        events: client.events(),
        state: client.watch_state(),
        dispatcher: Dispatcher::new(Arc::clone(&host)),
        node_id: host.options.node_id.clone(),
        home: host.options.home.clone(),
        link: None,
        was_there: false,
        told: None,
        client,
    };
    let end = tokio::select! {
        biased;
        () = stop => NodeEnd::Stopped,
        end = node.serve(&report) => end,
    };
    node.unlink();
    node.client.close().await;
    node.dispatcher.ended().await;
    host.stop().await;
    end
}

fn host(options: NodeOptions, surface: Surface, gateway_url: &str) -> Host {
    let file = ApprovalsFile::new(options.approvals_path.clone(), Arc::clone(&options.write));
    let judge = Judge { file, asked: Asked::default(), clock: Arc::clone(&options.clock) };
    let browser = Browser::new(browser::Kind::Steered, &options, None);
    let canvas = Browser::new(browser::Kind::Canvas, &options, Some(gateway_url));
    Host { options, surface, judge, browser, canvas }
}

struct Serving {
    client: GatewayClient,
    events: EventReceiver,
    state: watch::Receiver<ConnectionState>,
    dispatcher: Dispatcher,
    node_id: String,
    home: PathBuf,
    /// The connection there is, and its number.
    link: Option<(Link, String)>,
    was_there: bool,
    told: Option<NodeState>,
}

impl Serving {
    async fn serve(&mut self, report: &(impl Fn(&NodeState) + Send)) -> NodeEnd {
        let mut again: Option<tokio::time::Instant> = None;
        loop {
            if let Some(end) = self.look(report, &mut again) {
                return end;
            }
            let due = again;
            tokio::select! {
                biased;
                changed = self.state.changed() => if changed.is_err() { return NodeEnd::Stopped },
                event = self.events.recv() => match event {
                    Some(ClientEvent::Gateway(event)) => self.hear(&event),
                    Some(ClientEvent::Lagged { missed }) => tracing::warn!(missed, "More calls came than could be taken."),
                    Some(_) => {}
                    None => return NodeEnd::Stopped,
                },
                () = async { match due { Some(due) => tokio::time::sleep_until(due).await, None => std::future::pending().await } } => {
                    again = None;
                    self.client.reconnect();
                }
            }
        }
    }

    /// Takes note of what the connection is doing.
    fn look(
        &mut self,
        report: &(impl Fn(&NodeState) + Send),
        again: &mut Option<tokio::time::Instant>,
    ) -> Option<NodeEnd> {
        let state = self.state.borrow_and_update().clone();
        let told = match state {
            ConnectionState::Connecting => connecting(self.told.as_ref()),
            ConnectionState::Connected(hello) => {
                self.was_there = true;
                self.follow(&hello);
                NodeState::Connected { gateway: hello.server.version.clone(), protocol: hello.protocol }
            }
            ConnectionState::Waiting { attempt, delay, reason } => match reason {
                ConnectError::PairingRequired(pairing) => waiting(*pairing),
                reason => NodeState::Lost { attempt, delay, reason: reason.to_string() },
            },
            ConnectionState::PairingRequired(pairing) => {
                again.get_or_insert_with(|| tokio::time::Instant::now() + LOOK_AGAIN);
                waiting(*pairing)
            }
            ConnectionState::Stopped(reason) => {
                let is_hopeless = !matches!(reason.kind(), ConnectErrorKind::Unreachable | ConnectErrorKind::Closed);
                if is_hopeless && !self.was_there {
                    return Some(NodeEnd::Refused(reason));
                }
                again.get_or_insert_with(|| tokio::time::Instant::now() + TRY_AGAIN);
                NodeState::Refused { reason: reason.to_string(), delay: TRY_AGAIN }
            }
        };
        if !matches!(told, NodeState::Connected { .. }) {
            self.unlink();
        }
        if self.told.as_ref() != Some(&told) {
            report(&told);
            self.told = Some(told);
        }
        None
    }

    /// Makes sure that the link is that of the connection there is.
    fn follow(&mut self, hello: &HelloOk) {
        let is_this = self.link.as_ref().is_some_and(|(_, connection)| *connection == hello.server.conn_id);
        if !is_this {
            self.unlink();
            let link = Link::new(&self.client, &self.node_id, hello, CancellationToken::new());
            self.dispatcher.start(machine::report(link.clone(), self.home.clone()));
            self.link = Some((link, hello.server.conn_id.clone()));
        }
    }

    /// The connection is gone, and with it whoever waited.
    fn unlink(&mut self) {
        if let Some((link, _)) = self.link.take() {
            link.gone.cancel();
        }
    }

    fn hear(&mut self, event: &GatewayEvent) {
        // A call may be here before the news of its connection.
        if let ConnectionState::Connected(hello) = self.client.state() {
            self.follow(&hello);
        }
        if let Some(Ok(request)) = event.read::<NodeInvokeRequest>() {
            if let Some((link, _)) = &self.link {
                self.dispatcher.take(request, link.clone());
            }
        } else if let Some(Ok(cancel)) = event.read::<NodeInvokeCancel>() {
            self.dispatcher.cancel(&cancel.invoke_id);
        }
    }
}

/// Whoever waits for an approval goes on waiting while it is asked for again: the request is the same.
fn connecting(before: Option<&NodeState>) -> NodeState {
    match before {
        Some(waits @ NodeState::WaitingForApproval { .. }) => waits.clone(),
        _ => NodeState::Connecting,
    }
}

fn waiting(pairing: postern_client::PairingRequired) -> NodeState {
    NodeState::WaitingForApproval { request_id: pairing.request_id, reason: pairing.reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_stays_on_the_screen_while_it_is_asked_for_again() {
        let waits = NodeState::WaitingForApproval { request_id: Some("r1".into()), reason: Some("not-paired".into()) };
        assert_eq!(connecting(Some(&waits)), waits);
        let lost = NodeState::Lost { attempt: 1, delay: FIRST_PAUSE, reason: "gone".into() };
        let there = NodeState::Connected { gateway: "1".into(), protocol: 4 };
        for before in [None, Some(&lost), Some(&there), Some(&NodeState::Connecting)] {
            assert_eq!(connecting(before), NodeState::Connecting);
        }
    }
}
