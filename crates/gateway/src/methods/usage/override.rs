//! `usage.override`: an admin lets agents go on past a daily limit, for a day at
//! most, or puts the limits back.

use postern_protocol::access::{Access, Scope};
use postern_protocol::usage::{UsageOverride, UsageOverrideParams, UsageOverrideResult};

use crate::rpc::{Cx, Method, RpcError, RpcResult};
use crate::usage::OverrideRequest;

impl Method for UsageOverride {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: UsageOverrideParams) -> RpcResult<UsageOverrideResult> {
        let agent_id = params.agent_id.as_deref().map(|id| known_agent(&cx, id)).transpose()?;
        let until = if params.clear == Some(true) { None } else { Some(wanted(&params, cx.clock.now_ms())?) };
        let who = cx.principal();
        let by = who.device_id.as_ref().map_or_else(|| who.client.id.to_string(), ToString::to_string);
        let overrides = cx.usage.override_limits(OverrideRequest { agent_id, until, by }).await?;
        Ok(UsageOverrideResult { ok: true, overrides })
    }
}

fn known_agent(cx: &Cx, id: &str) -> RpcResult<String> {
    let agent = cx.agents.get(id.trim()).ok_or_else(|| RpcError::invalid("agentId names no agent"))?;
    Ok(agent.id.clone())
}

/// Until when, and why.
fn wanted(params: &UsageOverrideParams, now_ms: i64) -> RpcResult<(i64, String)> {
    let until_ms = match (params.until_ms, params.for_ms) {
        (Some(until_ms), None) => until_ms,
        (None, Some(for_ms)) => now_ms.saturating_add(i64::try_from(for_ms).unwrap_or(i64::MAX)),
        _ => return Err(RpcError::invalid("one of untilMs and forMs is needed, or clear: true")),
    };
    let reason = params.reason.clone().ok_or_else(|| RpcError::invalid("reason required"))?;
    Ok((until_ms, reason))
}
