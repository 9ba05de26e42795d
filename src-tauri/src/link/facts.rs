//! What is known about the gateway, and what it means.

use std::sync::Arc;

use postern_client::{ConnectionState, StatusFacts, StatusLevel, StatusModel};
use postern_protocol::approvals::ApprovalRequested;
use postern_protocol::desktop::DesktopAttachResult;
use postern_protocol::pairing::PairingRequest;
use postern_protocol::sessions::SessionRow;
use postern_protocol::system::HealthSnapshot;

/// Longest name of a conversation in a menu.
const LONGEST_TITLE: usize = 48;

/// A conversation in the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recent {
    /// Its key.
    pub(crate) key: String,
    /// Its name.
    pub(crate) title: String,
}

/// What becomes of an offer that is not approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NodeApprovalFact {
    /// Somebody has to decide.
    Waits,
    /// Somebody did: no.
    Refused,
}

/// Everything that is known. Cheap to copy.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// What the connection is doing; none before there is a gateway.
    pub(crate) connection: Option<ConnectionState>,
    /// Why there cannot even be a try.
    pub(crate) problem: Option<String>,
    /// Last health object.
    pub(crate) health: Option<Arc<HealthSnapshot>>,
    /// Devices that wait, first seen first.
    pub(crate) pairings: Vec<PairingRequest>,
    /// Commands that wait.
    pub(crate) approvals: Vec<ApprovalRequested>,
    /// Conversations, used last first.
    pub(crate) recent: Vec<Recent>,
    /// How many of them are being answered.
    pub(crate) busy: usize,
    /// Nodes that offer more than is approved. Read while this computer is a node.
    pub(crate) unapproved: Vec<(String, NodeApprovalFact)>,
    /// Warnings of the gateway.
    pub(crate) warnings: Vec<String>,
    /// How the window signs in; none before the gateway said it.
    pub(crate) attached: Option<Arc<DesktopAttachResult>>,
    /// Whether the gateway knows no windows of desktop apps.
    pub(crate) cannot_attach: bool,
}

impl Facts {
    /// Whether calls are answered.
    pub(crate) fn is_connected(&self) -> bool {
        matches!(self.connection, Some(ConnectionState::Connected(_)))
    }

    /// What a status shows about them.
    pub(crate) fn status(&self) -> Option<StatusModel> {
        if let Some(problem) = &self.problem {
            let (level, headline) = (StatusLevel::Attention, "The tray cannot connect".to_owned());
            return Some(StatusModel { level, headline, lines: vec![problem.clone()] });
        }
        let facts = StatusFacts {
            connection: self.connection.as_ref()?,
            health: self.health.as_deref(),
            pending_pairings: self.pairings.len(),
            pending_approvals: self.approvals.len(),
            busy_sessions: self.busy,
            warnings: &self.warnings,
        };
        Some(StatusModel::of(&facts))
    }

    /// What is true only while connected.
    pub(crate) fn forget(&mut self) {
        let connection = self.connection.take();
        *self = Self { connection, ..Self::default() };
    }
}

/// The name that a list shows for a conversation.
pub(crate) fn title(row: &SessionRow) -> String {
    let named = row.label.as_ref().or(row.display_name.as_ref()).or(row.derived_title.as_ref());
    short(named.unwrap_or(&row.key), LONGEST_TITLE)
}

/// One harmless line of at most so many characters.
pub(crate) fn short(text: &str, longest: usize) -> String {
    let line = postern::host::printable(text.trim());
    if line.chars().count() <= longest {
        return line;
    }
    let kept: String = line.chars().take(longest.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_hostile_names_become_one_short_line() {
        assert_eq!(short("  plans ", 10), "plans");
        assert_eq!(short("a very long name", 8), "a very…");
        assert_eq!(short("a\nb\u{202e}c", 10), "a\u{fffd}b\u{fffd}c");
    }

    #[test]
    fn nothing_is_known_before_there_is_a_gateway() {
        let mut facts = Facts::default();
        assert!(facts.status().is_none() && !facts.is_connected());
        facts.problem = Some("no keychain".into());
        assert_eq!(facts.status().unwrap().level, StatusLevel::Attention);
        facts.connection = Some(ConnectionState::Connecting);
        facts.forget();
        assert_eq!(facts.status().unwrap().level, StatusLevel::Working);
    }
}
