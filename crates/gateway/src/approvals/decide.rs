//! What configuration and conversations say about commands, in the words of the
//! rules (`postern_tools::exec::policy`). Pure.

use postern_protocol::approvals::{ExecAskMode, ExecSecurityMode};
use postern_tools::exec::policy::{ExecModes, ExecOverrides};

use crate::config::{Exec, ExecAsk, ExecSecurity};
use crate::sessions::SessionRecord;

impl From<&Exec> for ExecModes {
    fn from(exec: &Exec) -> Self {
        let security = match exec.security {
            ExecSecurity::Deny => ExecSecurityMode::Deny,
            ExecSecurity::Allowlist => ExecSecurityMode::Allowlist,
            ExecSecurity::Full => ExecSecurityMode::Full,
        };
        let ask = match exec.ask {
            ExecAsk::Off => ExecAskMode::Off,
            ExecAsk::OnMiss => ExecAskMode::OnMiss,
            ExecAsk::Always => ExecAskMode::Always,
        };
        Self { security, ask }
    }
}

/// What a conversation says. Only administrators set these modes there
/// (`methods.md §0`); a word that is none counts as the strictest.
#[must_use]
pub fn overrides_of(session: &SessionRecord) -> ExecOverrides {
    let (security, ask) = (session.exec_security.as_deref(), session.exec_ask.as_deref());
    ExecOverrides {
        security: security.map(|word| ExecSecurityMode::parse(word).unwrap_or(ExecSecurityMode::Deny)),
        ask: ask.map(|word| ExecAskMode::parse(word).unwrap_or(ExecAskMode::Always)),
        by_admin: true,
    }
}
