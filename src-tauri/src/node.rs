//! This computer as a node: another device at the same gateway, while its user wants that. It is closed and begun anew
//! whenever something else is to be offered, so that the gateway always knows what there is.

use std::collections::BTreeSet;
use std::time::Duration;

use postern::host::Profile;
use postern_node::{Capability, NodeEnd, NodeState};
use postern_protocol::desktop::{DesktopNode, DesktopNodeCapability, DesktopNodeState};
use tauri::{AppHandle, Manager as _};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::app::Shell;
use crate::host::{Host, HostState};
use crate::link::{Facts, NodeApprovalFact, short};
use crate::settings::{Kept, NodeChoice, Settings};
use crate::{actions, texts};

/// Before another try when it cannot work as things are.
const AGAIN: Duration = Duration::from_secs(30);
/// How long closing it may take before the program ends all the same.
const STOP_WITHIN: Duration = Duration::from_secs(3);
/// Longest reason that is told.
const LONGEST_REASON: usize = 300;

/// How it is, as the node itself sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NodeStatus {
    state: DesktopNodeState,
    reason: Option<String>,
    node_id: Option<String>,
}

impl NodeStatus {
    /// The same with what its user chose and what the gateway knows about it.
    pub(crate) fn told(&self, choice: &NodeChoice, facts: &Facts) -> DesktopNode {
        // What is not wanted is off at once: ending it may take a while, and its connection goes first.
        if choice.enabled { self.told_as_is(choice, facts) } else { Self::default().told_as_is(choice, facts) }
    }

    fn told_as_is(&self, choice: &NodeChoice, facts: &Facts) -> DesktopNode {
        let own = facts.unapproved.iter().find(|(id, _)| Some(id) == self.node_id.as_ref());
        let (state, reason) = match (self.state, own) {
            (DesktopNodeState::Connected, Some((_, NodeApprovalFact::Waits))) => (DesktopNodeState::Waiting, None),
            (DesktopNodeState::Connected, Some((_, NodeApprovalFact::Refused))) => {
                (DesktopNodeState::Failed, Some(texts::NODE_REFUSED.to_owned()))
            }
            (state, _) => (state, self.reason.clone()),
        };
        DesktopNode {
            enabled: choice.enabled,
            capabilities: choice.capabilities.iter().copied().collect(),
            state,
            reason,
            node_id: self.node_id.clone(),
        }
    }

    fn of(state: &NodeState, node_id: &str) -> Self {
        let (state, reason) = match state {
            NodeState::Connecting => (DesktopNodeState::Connecting, None),
            NodeState::Connected { .. } => (DesktopNodeState::Connected, None),
            NodeState::WaitingForApproval { .. } => (DesktopNodeState::Waiting, None),
            NodeState::Lost { reason, .. } => (DesktopNodeState::Connecting, Some(reason)),
            NodeState::Refused { reason, .. } => (DesktopNodeState::Failed, Some(reason)),
        };
        let reason = reason.map(|reason| short(reason, LONGEST_REASON));
        Self { state, reason, node_id: Some(node_id.to_owned()) }
    }

    fn failed(reason: &str, node_id: Option<&str>) -> Self {
        let reason = Some(short(reason, LONGEST_REASON));
        Self { state: DesktopNodeState::Failed, reason, node_id: node_id.map(str::to_owned) }
    }
}

/// The handle to it.
pub(crate) struct Node {
    status: watch::Receiver<NodeStatus>,
    stop: watch::Sender<bool>,
}

impl Node {
    /// Follows settings and gateway from here on. Returns at once.
    pub(crate) fn start(runtime: &Handle, profile: Profile, host: &Host, settings: &Settings) -> Self {
        let (sender, status) = watch::channel(NodeStatus::default());
        let (stop, stopped) = watch::channel(false);
        let ends = Ends { place: host.watch(), kept: settings.watch(), stop: stopped };
        runtime.spawn(run(profile, ends, sender));
        Self { status, stop }
    }

    /// How it is now.
    pub(crate) fn now(&self) -> NodeStatus {
        self.status.borrow().clone()
    }

    /// What closes it, within bounds.
    pub(crate) fn stopping(&self) -> impl Future<Output = ()> + use<> {
        stopped(self.stop.clone(), self.status.clone())
    }
}

async fn stopped(stop: watch::Sender<bool>, mut status: watch::Receiver<NodeStatus>) {
    stop.send_replace(true);
    // Its task drops the other end when it is over.
    let ended = async { while status.changed().await.is_ok() {} };
    if tokio::time::timeout(STOP_WITHIN, ended).await.is_err() {
        tracing::warn!("The node did not end in time.");
    }
}

/// What is wanted of it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    /// Nothing.
    Off,
    /// It is, but there is no gateway.
    NoGateway,
    /// To offer this at that gateway.
    At { url: String, offered: BTreeSet<DesktopNodeCapability> },
}

impl Wanted {
    fn of(place: &HostState, kept: &Kept) -> Self {
        match place.url() {
            _ if !kept.node.enabled => Self::Off,
            None => Self::NoGateway,
            Some(url) => Self::At { url: url.to_owned(), offered: kept.node.capabilities.clone() },
        }
    }
}

struct Ends {
    place: watch::Receiver<HostState>,
    kept: watch::Receiver<Kept>,
    stop: watch::Receiver<bool>,
}

impl Ends {
    fn wanted(&mut self) -> Wanted {
        Wanted::of(&self.place.borrow_and_update(), &self.kept.borrow_and_update())
    }

    /// Until something else is wanted. False when it is all over.
    async fn differ(&mut self, from: &Wanted) -> bool {
        loop {
            if *self.stop.borrow_and_update() {
                return false;
            }
            if self.wanted() != *from {
                return true;
            }
            let changed = tokio::select! {
                changed = self.place.changed() => changed,
                changed = self.kept.changed() => changed,
                changed = self.stop.changed() => changed,
            };
            if changed.is_err() {
                return false;
            }
        }
    }
}

async fn run(profile: Profile, mut ends: Ends, status: watch::Sender<NodeStatus>) {
    loop {
        let wanted = ends.wanted();
        let goes_on = match &wanted {
            Wanted::Off => {
                status.send_replace(NodeStatus::default());
                ends.differ(&wanted).await
            }
            Wanted::NoGateway => {
                status.send_replace(NodeStatus { state: DesktopNodeState::Connecting, ..NodeStatus::default() });
                ends.differ(&wanted).await
            }
            Wanted::At { url, offered } => match serve(&profile, url, offered, &status, ends.differ(&wanted)).await {
                Some(goes_on) => goes_on,
                None => tokio::select! {
                    goes_on = ends.differ(&wanted) => goes_on,
                    () = tokio::time::sleep(AGAIN) => true,
                },
            },
        };
        if !goes_on {
            return;
        }
    }
}

/// One node from its beginning to its end. What `differs` said, or none when it ended by itself.
async fn serve(
    profile: &Profile,
    url: &str,
    offered: &BTreeSet<DesktopNodeCapability>,
    status: &watch::Sender<NodeStatus>,
    differs: impl Future<Output = bool> + Send,
) -> Option<bool> {
    status.send_modify(|status| {
        *status = NodeStatus { state: DesktopNodeState::Connecting, reason: None, node_id: status.node_id.take() };
    });
    let mut options = match profile.node_options(url).await {
        Ok(options) => options,
        Err(error) => {
            tracing::warn!(%error, "This computer cannot be a node.");
            status.send_replace(NodeStatus::failed(&error.message, None));
            return None;
        }
    };
    options.without = without(offered);
    let node_id = options.node_id.clone();
    let mut said = None;
    let stop = async { said = Some(differs.await) };
    let report = |state: &NodeState| {
        tracing::info!(?state, "node");
        status.send_replace(NodeStatus::of(state, &node_id));
    };
    let end = Box::pin(postern_node::run(options, report, stop)).await;
    let problem = match end {
        NodeEnd::Stopped => return said,
        NodeEnd::Options(error) => error.to_string(),
        NodeEnd::Refused(error) => error.to_string(),
    };
    tracing::warn!(problem, "The gateway does not take this computer as a node.");
    status.send_replace(NodeStatus::failed(&problem, Some(&node_id)));
    None
}

fn without(offered: &BTreeSet<DesktopNodeCapability>) -> BTreeSet<Capability> {
    Capability::ALL.into_iter().filter(|capability| !offered.contains(&switch_of(*capability))).collect()
}

const fn switch_of(capability: Capability) -> DesktopNodeCapability {
    match capability {
        Capability::Browser => DesktopNodeCapability::Browser,
        Capability::Camera => DesktopNodeCapability::Camera,
        Capability::Canvas => DesktopNodeCapability::Canvas,
        Capability::Fs => DesktopNodeCapability::Fs,
        Capability::Location => DesktopNodeCapability::Location,
        Capability::Notifications => DesktopNodeCapability::Notifications,
        Capability::Screen => DesktopNodeCapability::Screen,
        Capability::System => DesktopNodeCapability::System,
    }
}

/// Tells gateway and menu whenever it is in another way.
pub(crate) async fn keep_told(app: AppHandle) {
    let shell = app.state::<Shell>();
    let (mut status, mut facts) = (shell.node.status.clone(), shell.link.watch());
    let mut last = None;
    loop {
        let now = shell.told_node();
        if last.as_ref() != Some(&now) {
            last = Some(now);
            shell.link.tell(|| actions::told(&app), None);
            shell.redraw.notify_one();
        }
        let changed = tokio::select! {
            changed = status.changed() => changed,
            changed = facts.changed() => changed,
        };
        if changed.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> HostState {
        HostState::Here { url: "ws://127.0.0.1:1".into() }
    }

    fn lent(capabilities: &[DesktopNodeCapability]) -> Kept {
        let node = NodeChoice { enabled: true, capabilities: capabilities.iter().copied().collect() };
        Kept { node, ..Kept::default() }
    }

    #[test]
    fn nothing_runs_unless_it_is_wanted_and_every_switch_begins_it_anew() {
        assert_eq!(Wanted::of(&here(), &Kept::default()), Wanted::Off);
        assert_eq!(Wanted::of(&HostState::Starting, &lent(&[])), Wanted::NoGateway);
        let one = Wanted::of(&here(), &lent(&[DesktopNodeCapability::System]));
        assert_ne!(one, Wanted::of(&here(), &lent(&[DesktopNodeCapability::System, DesktopNodeCapability::Camera])));
        let other = Kept { quick_send: true, ..lent(&[DesktopNodeCapability::System]) };
        assert_eq!(one, Wanted::of(&here(), &other), "other settings do not disturb it");
    }

    #[test]
    fn what_has_no_switch_that_is_on_is_not_offered() {
        let all: BTreeSet<_> = DesktopNodeCapability::ALL.into_iter().collect();
        assert!(without(&all).is_empty());
        let left = without(&[DesktopNodeCapability::System].into());
        assert_eq!(left.len(), Capability::ALL.len() - 1);
        assert!(!left.contains(&Capability::System) && left.contains(&Capability::Notifications));
    }

    #[test]
    fn connected_is_said_only_when_everything_is_approved() {
        let state = NodeState::Connected { gateway: "1".into(), protocol: 4 };
        let status = NodeStatus::of(&state, "n1");
        let choice = lent(&[DesktopNodeCapability::Fs]).node;
        let told = |unapproved: &[(&str, NodeApprovalFact)]| {
            let unapproved = unapproved.iter().map(|(id, fact)| ((*id).to_owned(), *fact)).collect();
            status.told(&choice, &Facts { unapproved, ..Facts::default() })
        };
        let calm = told(&[("another", NodeApprovalFact::Waits)]);
        assert_eq!((calm.state, calm.node_id.as_deref()), (DesktopNodeState::Connected, Some("n1")));
        assert_eq!(calm.capabilities, [DesktopNodeCapability::Fs]);
        assert_eq!(told(&[("n1", NodeApprovalFact::Waits)]).state, DesktopNodeState::Waiting);
        let refused = told(&[("n1", NodeApprovalFact::Refused)]);
        assert!(refused.state == DesktopNodeState::Failed && refused.reason.is_some());
        let off = status.told(&NodeChoice { enabled: false, ..choice.clone() }, &Facts::default());
        assert_eq!((off.state, off.node_id), (DesktopNodeState::Off, None), "while it ends");
        let off = NodeStatus::default().told(&NodeChoice::default(), &Facts::default());
        assert_eq!((off.enabled, off.state), (false, DesktopNodeState::Off));
    }
}
