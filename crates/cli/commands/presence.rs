//! `postern presence`: who is connected.

use postern_protocol::call::Call as _;
use postern_protocol::system::{PresenceEntry, SystemPresence};
use serde_json::json;

use super::{Context, read};
use crate::env::now_ms;
use crate::exit::Outcome;
use crate::output::ago;
use crate::table::Table;

pub(crate) async fn run(cx: &Context) -> Outcome {
    let gateway = cx.connect().await?;
    let answer = gateway.call(SystemPresence::NAME, json!({})).await?;
    cx.output.answer(&answer, || Ok(text(&read::<Vec<PresenceEntry>>(&answer)?, now_ms())))?;
    gateway.close().await;
    Ok(())
}

fn text(entries: &[PresenceEntry], now_ms: i64) -> String {
    let mut table = Table::new(["HOST", "MODE", "ROLE", "PLATFORM", "VERSION", "ADDRESS", "STATE", "SEEN"]);
    for entry in entries {
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        let roles = entry.roles.iter().flatten().map(|role| role.as_str()).collect::<Vec<_>>().join(", ");
        let state = match entry.reason.as_deref() {
            Some("disconnect") => "gone",
            _ => "here",
        };
        table.row([
            or_empty(&entry.host),
            or_empty(&entry.mode),
            roles,
            or_empty(&entry.platform),
            or_empty(&entry.version),
            or_empty(&entry.ip),
            state.to_owned(),
            ago(entry.ts, now_ms),
        ]);
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_left_are_told_from_those_who_are_there() {
        let entries: Vec<PresenceEntry> = serde_json::from_value(json!([
            {"host": "desk", "mode": "gateway", "version": "0.1.0", "platform": "linux", "reason": "self", "ts": 1_000_000},
            {"host": "phone", "mode": "node", "roles": ["node"], "ip": "192.0.2.7", "reason": "disconnect", "ts": 700_000}
        ]))
        .unwrap();
        let text = text(&entries, 1_000_000);
        let lines: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
            .collect();
        assert_eq!(lines[1], ["desk", "gateway", "-", "linux", "0.1.0", "-", "here", "now"]);
        assert_eq!(lines[2], ["phone", "node", "node", "-", "-", "192.0.2.7", "gone", "5 min ago"]);
    }
}
