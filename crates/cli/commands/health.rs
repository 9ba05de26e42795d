//! `postern health`: the health snapshot in detail.

use postern_protocol::call::Call as _;
use postern_protocol::system::{Health, HealthParams, HealthSnapshot};
use serde_json::json;

use super::{Context, read};
use crate::args::HealthArgs;
use crate::env::now_ms;
use crate::exit::Outcome;
use crate::output::{ago, printable};

pub(crate) async fn run(cx: &Context, args: &HealthArgs) -> Outcome {
    let gateway = cx.connect().await?;
    let params = HealthParams { probe: args.probe.then_some(true) };
    let answer = gateway.call(Health::NAME, json!(params)).await?;
    cx.output.answer(&answer, || Ok(text(&read(&answer)?, now_ms())))?;
    gateway.close().await;
    Ok(())
}

fn text(health: &HealthSnapshot, now_ms: i64) -> String {
    let mut lines = vec![
        (if health.ok { "healthy" } else { "not healthy" }).to_owned(),
        format!("  taken     {}, in {} ms", ago(health.ts, now_ms), health.duration_ms),
        format!("  sessions  {}", health.sessions.count),
    ];
    for agent in &health.agents {
        let name = printable(agent.name.as_deref().unwrap_or(&agent.agent_id));
        let default = if agent.is_default { " (default)" } else { "" };
        let heartbeat = match agent.heartbeat.enabled {
            true => format!("heartbeat every {}", printable(&agent.heartbeat.every)),
            false => "no heartbeat".to_owned(),
        };
        lines.push(format!("  agent     {name}{default}, {heartbeat}"));
    }
    for id in &health.channel_order {
        lines.push(format!("  channel   {}", printable(health.channel_labels.get(id).unwrap_or(id))));
    }
    if health.channel_order.is_empty() {
        lines.push("  channels  none".to_owned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_protocol::system::AgentHealth;

    #[test]
    fn agents_and_channels_are_named_for_people() {
        let agent = AgentHealth { agent_id: "main".into(), is_default: true, ..AgentHealth::default() };
        let health =
            HealthSnapshot { ok: true, ts: 0, duration_ms: 3, agents: vec![agent], ..HealthSnapshot::default() };
        assert_eq!(
            text(&health, 60_000),
            "healthy\n\
             \x20 taken     1 min ago, in 3 ms\n\
             \x20 sessions  0\n\
             \x20 agent     main (default), no heartbeat\n\
             \x20 channels  none"
        );
    }
}
