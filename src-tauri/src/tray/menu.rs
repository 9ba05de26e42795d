//! What the menu says, decided from what is known. Pure: no toolkit, no clock.

use postern_client::StatusLevel;
use postern_protocol::approvals::ApprovalDecision;
use postern_protocol::desktop::DesktopNodeState;

use crate::actions::Action;
use crate::host::HostState;
use crate::link::{Facts, short};
use crate::notices::{LONGEST_WHOLE, command_lines, is_possible, is_whole, pairing_lines};
use crate::texts;

/// Longest line of the status and of a request.
const LONGEST_LINE: usize = 72;
/// Requests that stand in the menu; the page lists all.
const REQUESTS: usize = 6;
/// Details below the status line.
const DETAILS: usize = 4;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Text that nobody can click.
    Line(String),
    /// A line between groups.
    Separator,
    /// Something to click.
    Item(Action, String),
    /// Something that is not possible now.
    Off(String),
    /// A switch.
    Switch(Action, String, bool),
    /// A menu in the menu.
    Menu(String, Vec<Entry>),
}

/// Icon and menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct View {
    /// Which icon.
    pub(crate) level: StatusLevel,
    /// What a tooltip says, where there are tooltips.
    pub(crate) headline: String,
    /// The menu, top to bottom.
    pub(crate) entries: Vec<Entry>,
}

/// The switches in the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Switches {
    /// Start at login.
    pub(crate) start_at_login: bool,
    /// Keep running when the window closes.
    pub(crate) keep_running: bool,
    /// This computer is a node; how it is as one.
    pub(crate) node: Option<DesktopNodeState>,
}

/// Decides icon and menu.
pub(crate) fn view(host: &HostState, facts: &Facts, switches: Switches) -> View {
    let (level, headline, details) = status(host, facts);
    let mut entries = vec![Entry::Line(short(&headline, LONGEST_LINE))];
    let details = details.iter().filter(|line| **line != headline).take(DETAILS);
    entries.extend(details.map(|line| Entry::Line(short(line, LONGEST_LINE))));
    entries.push(Entry::Separator);
    entries.push(Entry::Item(Action::Open, texts::OPEN.to_owned()));
    let waiting = waiting(facts);
    if !waiting.is_empty() {
        entries.push(Entry::Separator);
        entries.extend(waiting);
    }
    entries.push(Entry::Separator);
    entries.extend(recent(facts));
    let connected = facts.is_connected();
    entries.push(item(connected, Action::Pair, texts::PAIR));
    entries.push(item(host.url().is_some(), Action::CopyUrl, texts::COPY_URL));
    entries.push(Entry::Separator);
    entries.push(restart(host));
    entries.push(Entry::Item(Action::Logs, texts::LOGS.to_owned()));
    entries.push(Entry::Switch(Action::StartAtLogin, texts::LOGIN.to_owned(), switches.start_at_login));
    entries.push(Entry::Switch(Action::KeepRunning, texts::KEEP.to_owned(), switches.keep_running));
    entries.push(Entry::Switch(Action::Node, texts::NODE.to_owned(), switches.node.is_some()));
    entries.extend(switches.node.and_then(node));
    entries.push(Entry::Item(Action::Updates, texts::UPDATES.to_owned()));
    entries.push(Entry::Separator);
    entries.push(Entry::Item(Action::Quit, quit(host).to_owned()));
    View { level, headline: short(&headline, LONGEST_LINE), entries }
}

fn status(host: &HostState, facts: &Facts) -> (StatusLevel, String, Vec<String>) {
    let bare = |level, text: &str| (level, text.to_owned(), Vec::new());
    match host {
        HostState::Starting => bare(StatusLevel::Working, texts::STARTING),
        HostState::Stopped => bare(StatusLevel::Down, texts::STOPPED),
        HostState::Lost => bare(StatusLevel::Down, texts::LOST),
        HostState::Failed(error) => {
            let lines = error.to_string().lines().map(str::to_owned).collect();
            (StatusLevel::Down, texts::FAILED.to_owned(), lines)
        }
        HostState::Here { .. } | HostState::Elsewhere { .. } => match facts.status() {
            Some(model) => (model.level, model.headline, model.lines),
            None => bare(StatusLevel::Working, texts::STARTING),
        },
    }
}

/// Requests with their answers. What is approved is named by request **and** key,
/// so that a menu that stood open cannot approve something else; and nothing can be
/// allowed here that is not shown whole here.
fn waiting(facts: &Facts) -> Vec<Entry> {
    let pairings = facts.pairings.iter().map(|request| {
        let name = request.display_name.as_deref().unwrap_or(&request.device_id);
        let (id, device) = (request.request_id.clone(), request.device_id.clone());
        let lines = pairing_lines(request);
        let approve = Action::Approve { request: id.clone(), device: device.clone() };
        let reject = Action::Reject { request: id, device };
        let answers = [(approve, texts::APPROVE), (reject, texts::REJECT)];
        let text = short(&texts::wants_in(&short(name, 40)), LONGEST_LINE);
        Entry::Menu(text, question(&lines, answers, Action::ShowDevices))
    });
    let commands = facts.approvals.iter().map(|request| {
        let asked = &request.request;
        let lines = command_lines(request);
        let decide = |decision| Action::Decide { id: request.id.clone(), decision };
        // "Always" is a decision for the page.
        let answers =
            [(decide(ApprovalDecision::AllowOnce), texts::ALLOW_ONCE), (decide(ApprovalDecision::Deny), texts::DENY)];
        let possible = answers.into_iter().filter(|(action, _)| is_possible(action, &asked.allowed_decisions));
        let text = short(&texts::wants_to_run(&short(&asked.command, 48)), LONGEST_LINE);
        Entry::Menu(text, question(&lines, possible, Action::ShowApprovals))
    });
    pairings.chain(commands).take(REQUESTS).collect()
}

fn question(
    lines: &[String],
    answers: impl IntoIterator<Item = (Action, &'static str)>,
    details: Action,
) -> Vec<Entry> {
    let mut entries: Vec<Entry> = lines.iter().map(|line| Entry::Line(short(line, LONGEST_WHOLE))).collect();
    entries.push(Entry::Separator);
    let allowed = answers.into_iter().filter(|(action, _)| is_whole(lines) || !action.lets_something_happen());
    entries.extend(allowed.map(|(action, text)| Entry::Item(action, text.to_owned())));
    entries.push(Entry::Item(details, texts::DETAILS.to_owned()));
    entries
}

fn recent(facts: &Facts) -> Option<Entry> {
    let entries =
        facts.recent.iter().map(|recent| Entry::Item(Action::Session(recent.key.clone()), recent.title.clone()));
    let entries: Vec<Entry> = entries.collect();
    (!entries.is_empty()).then(|| Entry::Menu(texts::RECENT.to_owned(), entries))
}

fn node(state: DesktopNodeState) -> Option<Entry> {
    let line = |text: &str| Some(Entry::Line(text.to_owned()));
    match state {
        DesktopNodeState::Off => None,
        DesktopNodeState::Connecting => line(texts::NODE_CONNECTING),
        DesktopNodeState::Connected => line(texts::NODE_CONNECTED),
        // Where it is decided.
        DesktopNodeState::Waiting => Some(Entry::Item(Action::ShowDevices, texts::NODE_WAITING.to_owned())),
        DesktopNodeState::Failed => line(texts::NODE_FAILED),
    }
}

fn restart(host: &HostState) -> Entry {
    match host {
        HostState::Here { .. } => Entry::Item(Action::Restart, texts::RESTART.to_owned()),
        // One that runs elsewhere is not this program's to stop.
        HostState::Elsewhere { .. } => Entry::Off(texts::RESTART.to_owned()),
        HostState::Lost | HostState::Failed(_) | HostState::Stopped => {
            Entry::Item(Action::Restart, texts::START.to_owned())
        }
        HostState::Starting => Entry::Off(texts::RESTART.to_owned()),
    }
}

fn quit(host: &HostState) -> &'static str {
    match host {
        HostState::Elsewhere { .. } => texts::QUIT_ONLY,
        HostState::Here { .. } | HostState::Starting => texts::QUIT_AND_STOP,
        HostState::Lost | HostState::Failed(_) | HostState::Stopped => texts::QUIT,
    }
}

fn item(possible: bool, action: Action, text: &str) -> Entry {
    if possible { Entry::Item(action, text.to_owned()) } else { Entry::Off(text.to_owned()) }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
