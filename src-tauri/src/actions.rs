//! What menu, notices, links and the page can ask of the desktop app.

use postern_protocol::approvals::{ApprovalDecision, ExecApprovalResolve};
use postern_protocol::call::Call;
use postern_protocol::desktop::{DesktopNodeChanges, DesktopSetParams, DesktopSettings};
use postern_protocol::pairing::{DevicePairApprove, DevicePairReject};
use serde_json::{Value, json};
use tauri::{AppHandle, Manager as _};
use tauri_plugin_opener::OpenerExt as _;

use crate::app::Shell;
use crate::notices::Plain;
use crate::route::Route;
use crate::{shortcut, system, texts, windows};

/// Something that can be asked for. Its id stands in the menu, so it names
/// everything that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// Open the window.
    Open,
    /// Let a device in: this request of this key.
    Approve {
        /// The request.
        request: String,
        /// The key's fingerprint.
        device: String,
    },
    /// Turn a device away.
    Reject {
        /// The request.
        request: String,
        /// The key's fingerprint.
        device: String,
    },
    /// Answer a command that waits.
    Decide {
        /// The request.
        id: String,
        /// The answer.
        decision: ApprovalDecision,
    },
    /// Open the window at the devices.
    ShowDevices,
    /// Open the window at the commands that wait.
    ShowApprovals,
    /// Open a conversation.
    Session(String),
    /// Open the window at the code that a phone scans.
    Pair,
    /// Put the gateway's address on the clipboard.
    CopyUrl,
    /// Stop the gateway and start it again.
    Restart,
    /// Open the log.
    Logs,
    /// Turn start at login on or off.
    StartAtLogin,
    /// Turn keep running on or off.
    KeepRunning,
    /// Make this computer a node, or let it be none.
    Node,
    /// Say how updates come.
    Updates,
    /// End the program.
    Quit,
}

/// Actions without anything else to name.
const FIXED: [(&str, Action); 12] = [
    ("open", Action::Open),
    ("devices", Action::ShowDevices),
    ("approvals", Action::ShowApprovals),
    ("pair", Action::Pair),
    ("copy-url", Action::CopyUrl),
    ("restart", Action::Restart),
    ("logs", Action::Logs),
    ("start-at-login", Action::StartAtLogin),
    ("keep-running", Action::KeepRunning),
    ("node", Action::Node),
    ("updates", Action::Updates),
    ("quit", Action::Quit),
];

impl Action {
    /// The id of its entry in a menu or notice.
    pub(crate) fn id(&self) -> String {
        match self {
            Self::Approve { request, device } => format!("approve:{device}:{request}"),
            Self::Reject { request, device } => format!("reject:{device}:{request}"),
            Self::Decide { id, decision } => format!("decide:{}:{id}", decision.as_str()),
            Self::Session(key) => format!("session:{key}"),
            fixed => FIXED.iter().find(|(_, action)| action == fixed).map_or("", |(id, _)| id).to_owned(),
        }
    }

    /// Whether it lets a device in or a command run.
    pub(crate) const fn lets_something_happen(&self) -> bool {
        match self {
            Self::Approve { .. } => true,
            Self::Decide { decision, .. } => !matches!(decision, ApprovalDecision::Deny),
            _ => false,
        }
    }

    /// Reads an id.
    pub(crate) fn of_id(id: &str) -> Option<Self> {
        if let Some((_, action)) = FIXED.iter().find(|(fixed, _)| *fixed == id) {
            return Some(action.clone());
        }
        let (verb, rest) = id.split_once(':')?;
        if verb == "session" {
            return Some(Self::Session(rest.to_owned()));
        }
        let (first, second) = rest.split_once(':')?;
        let (device, request) = (first.to_owned(), second.to_owned());
        match verb {
            "approve" => Some(Self::Approve { request, device }),
            "reject" => Some(Self::Reject { request, device }),
            "decide" => Some(Self::Decide { id: request, decision: ApprovalDecision::parse(first)? }),
            _ => None,
        }
    }
}

/// Does it. Returns at once; whatever takes time happens elsewhere.
pub(crate) fn run(app: &AppHandle, action: Action) {
    let shell = app.state::<Shell>();
    match action {
        Action::Open => windows::open(app, None),
        Action::ShowDevices => windows::open(app, Some(Route::Devices)),
        Action::ShowApprovals => windows::open(app, Some(Route::Approvals)),
        Action::Pair => windows::open(app, Some(Route::Pair)),
        Action::Session(key) => windows::open(app, Some(Route::Chat(Some(key)))),
        Action::Approve { request, device } => {
            ask::<DevicePairApprove>(app, json!({"requestId": request, "deviceId": device}));
        }
        Action::Reject { request, device } => {
            ask::<DevicePairReject>(app, json!({"requestId": request, "deviceId": device}));
        }
        Action::Decide { id, decision } => {
            ask::<ExecApprovalResolve>(app, json!({"id": id, "decision": decision.as_str()}));
        }
        Action::CopyUrl => {
            if let Some(url) = shell.host.now().url() {
                system::copy(app, url);
            }
        }
        Action::Restart => shell.host.restart(),
        Action::Logs => {
            let path = shell.profile.log_file();
            if let Err(error) = app.opener().open_path(path.to_string_lossy(), None::<&str>) {
                tracing::warn!(%error, "The log cannot be opened.");
                shell.notices.say(Plain::new(texts::LOGS, path.display().to_string()));
            }
        }
        // Switches turn what holds: the mark in the menu has turned with the click, before it is drawn anew.
        Action::StartAtLogin => {
            let wanted = !system::starts_at_login(app);
            apply(app, &DesktopSetParams { start_at_login: Some(wanted), ..DesktopSetParams::default() }, None);
        }
        Action::KeepRunning => {
            let wanted = !shell.settings.now().keep_running;
            apply(app, &DesktopSetParams { keep_running: Some(wanted), ..DesktopSetParams::default() }, None);
        }
        Action::Node => {
            let enabled = Some(!shell.settings.now().node.enabled);
            let node = Some(DesktopNodeChanges { enabled, capabilities: None });
            apply(app, &DesktopSetParams { node, ..DesktopSetParams::default() }, None);
        }
        Action::Updates => shell.notices.say(Plain::new(texts::updates_title(), texts::UPDATES_BODY)),
        Action::Quit => app.exit(0),
    }
}

/// Changes settings, then says what holds: the gateway passes it on to the page
/// that wished for it.
pub(crate) fn apply(app: &AppHandle, changes: &DesktopSetParams, wish: Option<String>) {
    let shell = app.state::<Shell>();
    if let Some(wanted) = changes.start_at_login {
        system::start_at_login(app, wanted);
    }
    // Only what the system accepted is remembered.
    let quick_send = changes.quick_send.map(|wanted| shortcut::set(app, wanted));
    shell.settings.change(|kept| {
        kept.keep_running = changes.keep_running.unwrap_or(kept.keep_running);
        kept.show_icon = changes.show_icon.unwrap_or(kept.show_icon);
        kept.quick_send = quick_send.unwrap_or(kept.quick_send);
        if let Some(node) = &changes.node {
            kept.node.change(node);
        }
    });
    shell.link.tell(|| told(app), wish);
    shell.redraw.notify_one();
}

/// The settings as they are now.
pub(crate) fn told(app: &AppHandle) -> DesktopSettings {
    let shell = app.state::<Shell>();
    shell.settings.now().told(system::starts_at_login(app), shell.told_node())
}

/// Asks the gateway; a refusal is shown, because nobody waits for the answer.
fn ask<M: Call>(app: &AppHandle, params: Value) {
    let shell = app.state::<Shell>();
    let Some(client) = shell.link.client() else { return };
    let notices = shell.notices.clone();
    shell.runtime.spawn(async move {
        if let Err(error) = client.call_raw(M::NAME, params).await {
            notices.say(Plain::new(texts::REFUSED, error.to_string()));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_name_everything_they_are_about() {
        let mut actions: Vec<Action> = FIXED.iter().map(|(_, action)| action.clone()).collect();
        actions.extend([
            Action::Approve { request: "r:1".into(), device: "ab12".into() },
            Action::Reject { request: "r".into(), device: "ab12".into() },
            Action::Decide { id: "x:y".into(), decision: ApprovalDecision::Deny },
            Action::Session("agent:main:main".into()),
        ]);
        for action in actions {
            assert_eq!(Action::of_id(&action.id()), Some(action.clone()), "{action:?}");
        }
        for id in ["", "nothing", "approve:ab", "decide:maybe:x", "delete:a:b"] {
            assert_eq!(Action::of_id(id), None, "{id}");
        }
    }
}
