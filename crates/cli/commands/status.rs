//! `postern status`: how the gateway is, in a few lines.

use postern_client::{StatusFacts, StatusModel};
use postern_protocol::call::Call as _;
use postern_protocol::remote::{RemoteStatus, RemoteUrl, RemoteUrlKind};
use postern_protocol::system::{Status, StatusResult};
use serde_json::json;

use super::remote::loopback_of;
use super::{Context, read};
use crate::exit::Outcome;
use crate::output::{count, printable, span};

pub(crate) async fn run(cx: &Context) -> Outcome {
    let gateway = cx.connect().await?;
    let mut answer = gateway.call(Status::NAME, json!({})).await?;
    // A gateway of another release may not know it.
    let remote = gateway.call(RemoteStatus::NAME, json!({})).await.unwrap_or_default();
    let urls: Vec<RemoteUrl> = read(&remote["urls"]).unwrap_or_default();
    answer["urls"] = remote["urls"].clone();
    cx.output.answer(&answer, || {
        let status: StatusResult = read(&answer)?;
        let (connection, health) = (gateway.state(), gateway.health());
        let facts = StatusFacts {
            connection: &connection,
            health: health.as_ref(),
            pending_pairings: status.devices.pending,
            // The status does not tell about these two.
            pending_approvals: 0,
            busy_sessions: 0,
            warnings: &status.warnings,
        };
        Ok(text(&StatusModel::of(&facts), &status, (gateway.url(), gateway.is_own()), &urls))
    })?;
    gateway.close().await;
    Ok(())
}

/// From where an address works.
const fn reach(kind: RemoteUrlKind, is_own: bool) -> &'static str {
    match kind {
        RemoteUrlKind::Loopback => loopback_of(is_own),
        RemoteUrlKind::Lan => "network",
        RemoteUrlKind::Tailnet => "tailnet",
        RemoteUrlKind::Custom => "elsewhere",
        RemoteUrlKind::Proxy => "published",
    }
}

/// The verdict that a tray icon shows as well, then the figures.
fn text(verdict: &StatusModel, status: &StatusResult, (url, is_own): (&str, bool), urls: &[RemoteUrl]) -> String {
    // A notice may be of several lines; here each has one.
    let one_line = |text: &str| printable(&text.replace('\n', " "));
    let mut lines = vec![one_line(&verdict.headline)];
    let details = verdict.lines.iter().filter(|line| **line != verdict.headline);
    lines.extend(details.map(|line| format!("  {}", one_line(line))));
    lines.push(String::new());
    let mut fact = |name: &str, fact: String| lines.push(format!("  {name:<11}  {fact}"));
    fact("address", url.to_owned());
    for other in urls.iter().filter(|other| other.socket_url.trim_end_matches('/') != url) {
        fact(reach(other.kind, is_own), printable(&other.url));
    }
    fact("version", printable(&status.runtime_version));
    fact("up", span(status.uptime_ms));
    let (operators, nodes) = (status.connections.operators, status.connections.nodes);
    fact("connected", format!("{}, {}", count(operators, "operator"), count(nodes, "node")));
    fact("paired", count(status.devices.paired, "device"));
    if status.devices.pending > 0 {
        fact("waiting", format!("{}: postern devices list", count(status.devices.pending, "device")));
    }
    for line in &status.channel_summary {
        fact("channel", printable(line));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_client::StatusLevel;

    #[test]
    fn what_needs_attention_comes_first_and_with_what_to_do() {
        let status: StatusResult = serde_json::from_value(json!({
            "runtimeVersion": "0.1.0", "uptimeMs": 11_520_000,
            "connections": {"operators": 2, "nodes": 1}, "devices": {"paired": 1, "pending": 2},
            "heartbeat": {"defaultAgentId": "main", "agents": []}, "channelSummary": [], "queuedSystemEvents": [],
            "sessions": {"paths": [], "count": 0, "defaults": {"model": null, "contextTokens": null}, "recent": [],
                "byAgent": []},
            "warnings": ["safe mode"]
        }))
        .unwrap();
        let verdict = StatusModel {
            level: StatusLevel::Attention,
            headline: "2 devices wait for an approval".into(),
            lines: vec!["2 devices wait for an approval".into(), "Safe mode".into()],
        };
        assert_eq!(
            text(&verdict, &status, ("ws://h:1", true), &[]),
            "2 devices wait for an approval\n\
             \x20 Safe mode\n\
             \n\
             \x20 address      ws://h:1\n\
             \x20 version      0.1.0\n\
             \x20 up           3 h 12 min\n\
             \x20 connected    2 operators, 1 node\n\
             \x20 paired       1 device\n\
             \x20 waiting      2 devices: postern devices list"
        );
    }
}
