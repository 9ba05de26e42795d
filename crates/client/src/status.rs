//! What a tray icon and `postern status` show, decided from what is known. Pure:
//! no connection, no clock, no screen.

use std::fmt;

use postern_protocol::system::HealthSnapshot;
use serde::Serialize;
use serde_json::Value;

use crate::client::ConnectionState;
use crate::error::{ConnectError, ConnectErrorKind};

/// How much the state of the gateway deserves a look, worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StatusLevel {
    /// All is well.
    Ok,
    /// Something is on its way; wait.
    Working,
    /// A person should decide or correct something.
    Attention,
    /// There is no gateway.
    Down,
}

impl StatusLevel {
    /// The word for scripts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Working => "working",
            Self::Attention => "attention",
            Self::Down => "down",
        }
    }
}

impl fmt::Display for StatusLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is known when a status is drawn.
#[derive(Debug, Clone, Copy)]
pub struct StatusFacts<'a> {
    /// State of the connection.
    pub connection: &'a ConnectionState,
    /// Last health object, when one was read.
    pub health: Option<&'a HealthSnapshot>,
    /// Devices that wait for an approval.
    pub pending_pairings: usize,
    /// Commands that wait for an approval.
    pub pending_approvals: usize,
    /// Conversations in which an answer is being written.
    pub busy_sessions: usize,
    /// Warnings of the gateway, for people.
    pub warnings: &'a [String],
}

/// What to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusModel {
    /// The worst of everything below.
    pub level: StatusLevel,
    /// One sentence: what is the matter.
    pub headline: String,
    /// Details, most important first.
    pub lines: Vec<String>,
}

impl StatusModel {
    /// Decides what to show.
    #[must_use]
    pub fn of(facts: &StatusFacts<'_>) -> Self {
        match facts.connection {
            ConnectionState::Connected(hello) => connected(facts, &hello.server.version),
            ConnectionState::Connecting => Self::bare(StatusLevel::Working, "Connecting to the gateway", Vec::new()),
            ConnectionState::Waiting { attempt, delay, reason } => {
                let (level, headline) = verdict(reason);
                let again = format!("Next try (number {attempt}) within {} s", delay.as_secs_f64().ceil());
                Self::bare(level, headline, vec![sentence(&reason.to_string()), again])
            }
            ConnectionState::PairingRequired(pairing) => {
                let mut lines = vec![sentence(&pairing.error.message)];
                lines.extend(pairing.request_id.as_ref().map(|id| format!("Request {id}")));
                Self::bare(StatusLevel::Attention, "This device waits for an approval", lines)
            }
            ConnectionState::Stopped(error) => {
                let (level, headline) = verdict(error);
                Self::bare(level, headline, vec![sentence(&error.to_string())])
            }
        }
    }

    fn bare(level: StatusLevel, headline: &str, lines: Vec<String>) -> Self {
        Self { level, headline: headline.to_owned(), lines }
    }
}

fn verdict(error: &ConnectError) -> (StatusLevel, &'static str) {
    match error.kind() {
        ConnectErrorKind::Unreachable => (StatusLevel::Down, "The gateway cannot be reached"),
        ConnectErrorKind::Timeout => (StatusLevel::Down, "The gateway does not answer"),
        ConnectErrorKind::Closed => (StatusLevel::Down, "Not connected"),
        ConnectErrorKind::Unavailable => (StatusLevel::Working, "The gateway is starting or stopping"),
        ConnectErrorKind::PairingRequired => (StatusLevel::Attention, "This device waits for an approval"),
        ConnectErrorKind::Unauthorised => (StatusLevel::Attention, "The gateway refuses this client's credentials"),
        ConnectErrorKind::Incompatible => (StatusLevel::Attention, "The gateway speaks another protocol"),
        ConnectErrorKind::Refused => (StatusLevel::Attention, "The gateway refuses this client"),
    }
}

fn connected(facts: &StatusFacts<'_>, version: &str) -> StatusModel {
    let mut urgent = Vec::new();
    match facts.pending_pairings {
        0 => {}
        1 => urgent.push("1 device waits for an approval".to_owned()),
        many => urgent.push(format!("{many} devices wait for an approval")),
    }
    match facts.pending_approvals {
        0 => {}
        1 => urgent.push("1 command waits for an approval".to_owned()),
        many => urgent.push(format!("{many} commands wait for an approval")),
    }
    urgent.extend(facts.warnings.iter().map(|warning| sentence(warning)));
    let mut calm = Vec::new();
    match facts.busy_sessions {
        0 => {}
        1 => calm.push("1 answer is being written".to_owned()),
        many => calm.push(format!("{many} answers are being written")),
    }
    if let Some(health) = facts.health {
        for (name, state) in channels(health) {
            match state {
                ChannelState::Linked => calm.push(format!("{name}: linked")),
                ChannelState::NotLinked => urgent.push(format!("{name}: configured but not linked")),
                ChannelState::Off => {}
            }
        }
        calm.push(count(health.sessions.count, "session"));
    }
    let (level, headline) = match urgent.len() {
        0 if facts.busy_sessions > 0 => (StatusLevel::Working, format!("Gateway {version} is working")),
        0 => (StatusLevel::Ok, format!("Gateway {version} is running")),
        1 => (StatusLevel::Attention, urgent[0].clone()),
        more => (StatusLevel::Attention, format!("Gateway {version} is running; {more} things need attention")),
    };
    urgent.extend(calm);
    StatusModel { level, headline, lines: urgent }
}

enum ChannelState {
    Linked,
    NotLinked,
    Off,
}

/// Channels in display order, by the names people know.
fn channels(health: &HealthSnapshot) -> impl Iterator<Item = (&str, ChannelState)> {
    let unordered = health.channels.keys().filter(|id| !health.channel_order.contains(id));
    health.channel_order.iter().chain(unordered).filter_map(|id| {
        let channel = health.channels.get(id)?;
        let is = |key: &str| channel.get(key).and_then(Value::as_bool);
        let state = match (is("configured"), is("linked")) {
            (_, Some(true)) => ChannelState::Linked,
            (Some(true), Some(false)) => ChannelState::NotLinked,
            _ => ChannelState::Off,
        };
        Some((health.channel_labels.get(id).unwrap_or(id).as_str(), state))
    })
}

fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests;
