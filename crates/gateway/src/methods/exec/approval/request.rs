//! `exec.approval.request`: may this command run? (`methods.md §8`)

use std::time::Duration;

use postern_protocol::Dialect;
use postern_protocol::access::{Access, Scope};
use postern_protocol::approvals::{
    AcceptedStatus, ApprovalBinding, ApprovalCommand, ApprovalDecision, ExecApprovalAccepted, ExecApprovalOutcome,
    ExecApprovalRequest, ExecApprovalRequestParams, ExecAskMode,
};
use postern_protocol::hex::hex;
use postern_protocol::ids::ApprovalId;
use postern_protocol::system::Nullable;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::decided;
use crate::approvals::{ApprovalRequest, DEFAULT_TIMEOUT, Origin, env_hash, shown_as};
use crate::hub::Principal;
use crate::methods::exec::refused;
use crate::rpc::{Cx, Method, RpcError, RpcResult};

impl Method for ExecApprovalRequest {
    const ACCESS: Access = Access::Operator(Scope::Approvals);

    async fn call(cx: Cx, params: ExecApprovalRequestParams) -> RpcResult<ExecApprovalOutcome> {
        let caller = cx.principal();
        check(&params, caller.dialect)?;
        check_words(&params)?;
        let is_two_phase = params.two_phase == Some(true);
        let asked = asked(caller, params);
        // Old clients wait for whoever connects until the time is over.
        if caller.dialect == Dialect::V4 && !cx.approvals.has_approver(Some(caller)) {
            let ended = cx.approvals.request_unreachable(asked).map_err(|error| refused(&cx, error))?;
            return Ok(ExecApprovalOutcome::Decided(decided(ended).await));
        }
        let waiting = cx.approvals.request(asked).map_err(|error| refused(&cx, error))?;
        if is_two_phase {
            return Ok(ExecApprovalOutcome::Accepted(ExecApprovalAccepted {
                status: AcceptedStatus::Accepted,
                id: waiting.id.to_string(),
                created_at_ms: waiting.times.created_at_ms,
                expires_at_ms: waiting.times.expires_at_ms,
            }));
        }
        Ok(ExecApprovalOutcome::Decided(decided(waiting).await))
    }
}

/// A plan is what a node host executes, so it must be what approvers are shown.
fn check(params: &ExecApprovalRequestParams, dialect: Dialect) -> RpcResult<()> {
    let is_node = params.host.as_deref() == Some("node");
    if is_node && dialect == Dialect::V4 && params.node_id.is_none() {
        return Err(RpcError::invalid("nodeId is required for host node"));
    }
    let Some(plan) = &params.system_run_plan else {
        if is_node && dialect == Dialect::V4 {
            return Err(RpcError::invalid("systemRunPlan is required for host node"));
        }
        return Ok(());
    };
    let shown = json!({
        "argv": params.command_argv, "cwd": params.cwd, "commandText": params.command.as_str(),
        "agentId": params.agent_id, "sessionKey": params.session_key,
    });
    for (key, name) in [
        ("argv", "commandArgv"),
        ("cwd", "cwd"),
        ("commandText", "command"),
        ("agentId", "agentId"),
        ("sessionKey", "sessionKey"),
    ] {
        let (planned, shown) = (plan.get(key).unwrap_or(&Value::Null), &shown[key]);
        if !planned.is_null() && !shown.is_null() && planned != shown {
            return Err(RpcError::invalid(format!("{name} is not that of systemRunPlan.{key}")));
        }
    }
    Ok(())
}

/// Approvers read the words; the arguments run.
fn check_words(params: &ExecApprovalRequestParams) -> RpcResult<()> {
    let text = "command is not what commandArgv says: send the arguments in one line, quoted where needed";
    let shown = shown_as(params.command.as_str(), argv_of(params).as_deref());
    shown.map(drop).ok_or_else(|| RpcError::invalid(text))
}

/// What would run: as the request says, else as its plan does.
fn argv_of(params: &ExecApprovalRequestParams) -> Option<Vec<String>> {
    let planned = || serde_json::from_value(params.system_run_plan.as_ref()?.get("argv")?.clone()).ok();
    params.command_argv.clone().or_else(planned)
}

fn asked(caller: &Principal, params: ExecApprovalRequestParams) -> ApprovalRequest {
    let plan_hash = plan_hash(&params);
    let planned = |key: &str| params.system_run_plan.as_ref().and_then(|plan| plan.get(key)).cloned();
    let argv = argv_of(&params);
    let cwd = params.cwd.clone().or_else(|| serde_json::from_value(planned("cwd")?).ok());
    let env = params.env.as_ref().filter(|env| !env.is_empty());
    let binding = argv.clone().map(|argv| ApprovalBinding {
        plan_hash: plan_hash.clone(),
        argv,
        cwd: Nullable::from(cwd.clone()),
        agent_id: Nullable::from(params.agent_id.clone()),
        session_key: Nullable::from(params.session_key.clone()),
        env_hash: Nullable::from(
            env.and_then(|env| env_hash(env.iter().map(|(name, value)| (name.as_str(), value.as_str())))),
        ),
    });
    let always = params.ask != Some(ExecAskMode::Always);
    let allowed = ApprovalDecision::ALL.into_iter();
    let allowed = allowed.filter(|decision| always || *decision != ApprovalDecision::AllowAlways).collect();
    let command = ApprovalCommand {
        command: shown_as(params.command.as_str(), argv.as_deref()).unwrap_or_default(),
        command_argv: Nullable::from(argv),
        env_keys: Nullable::from(env.map(|env| env.keys().cloned().collect())),
        cwd: Nullable::from(cwd),
        host: Nullable::from(params.host),
        security: Nullable::from(params.security),
        ask: Nullable::from(params.ask),
        agent_id: Nullable::from(params.agent_id),
        resolved_path: Nullable::from(params.resolved_path),
        session_key: Nullable::from(params.session_key),
        allowed_decisions: allowed,
        node_id: Nullable::from(params.node_id),
        system_run_plan: Nullable::from(params.system_run_plan),
        system_run_binding: Nullable::from(binding),
        warning_text: Nullable::from(params.warning_text),
        turn_source_channel: Nullable::from(params.turn_source_channel),
        turn_source_to: Nullable::from(params.turn_source_to),
        turn_source_account_id: Nullable::from(params.turn_source_account_id),
        ..ApprovalCommand::default()
    };
    let client = caller.device_id.as_ref().map_or(&*caller.conn_id, |device| device.as_str());
    ApprovalRequest {
        id: params.id.as_ref().map(ApprovalId::as_str).map(str::to_owned),
        origin: Origin::Client(client.to_owned()),
        command,
        plan_hash,
        // Whoever asked runs the command and keeps its own list.
        remember: None,
        timeout: params.timeout_ms.map_or(DEFAULT_TIMEOUT, Duration::from_millis),
    }
}

/// Hash over everything that says what would run. Maps of the params are sorted
/// or kept in the order they came in, so one request has one text.
fn plan_hash(params: &ExecApprovalRequestParams) -> String {
    let text = json!([
        "postern.client-plan.v1",
        params.command,
        params.command_argv,
        params.cwd,
        params.env,
        params.host,
        params.node_id,
        params.agent_id,
        params.session_key,
        params.resolved_path,
        params.system_run_plan,
    ]);
    hex(&Sha256::digest(text.to_string()))
}
