//! `node.invoke`: runs a command of a node and waits for what comes of it
//! (`methods.md §6`).

mod input;
mod progress;
mod result;
mod system_run;

use std::time::Duration;

use postern_protocol::access::{Access, Scope};
use postern_protocol::ids::IdempotencyKey;
use postern_protocol::nodes::{NodeInvoke, NodeInvokeParams, NodeInvokeResult, scope_of_command};
use postern_protocol::system::Nullable;
use serde_json::Value;

use super::refused;
use crate::nodes::{Answer, Invocation, NodeError};
use crate::rpc::{Cx, Internal as _, Method, RpcError, RpcResult};

/// How long a node is waited for unless the caller says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest a node is waited for.
const MAX_TIMEOUT: Duration = Duration::from_secs(60 * 60);
/// Commands that have methods of their own, which check more.
const OWN_METHODS: &str = "system.execApprovals.";

impl Method for NodeInvoke {
    const ACCESS: Access = Access::Operator(Scope::Write);
    const IDEMPOTENT: bool = true;

    /// Whoever makes a node's machine run something could as well log in there.
    fn access_for(params: &NodeInvokeParams) -> Access {
        Access::Operator(scope_of_command(params.command.as_str()))
    }

    fn idempotency_key(params: &NodeInvokeParams) -> Option<&IdempotencyKey> {
        Some(&params.idempotency_key)
    }

    async fn call(cx: Cx, params: NodeInvokeParams) -> RpcResult<NodeInvokeResult> {
        let (node_id, command) = (params.node_id.as_str().to_owned(), params.command.as_str().to_owned());
        if command.starts_with(OWN_METHODS) {
            return Err(RpcError::invalid(
                "node.invoke does not take system.execApprovals.*: use exec.approvals.node.get and exec.approvals.node.set",
            ));
        }
        // First, so that nothing is used up for a node that is not there.
        cx.nodes.check(&node_id, &command).map_err(|error| refused(cx.principal(), error))?;
        let session_key = params.session_key.map(|key| key.as_str().to_owned());
        let session_key = session_key.or_else(|| own_session(params.params.as_ref()?));
        let (given, run_id) = match params.params {
            Some(given) if command == "system.run" => system_run::guard(&cx, &node_id, given)?,
            given => (given, None),
        };
        let timeout = params.timeout_ms.map_or(DEFAULT_TIMEOUT, Duration::from_millis);
        let call = Invocation {
            node_id: node_id.clone(),
            command: command.clone(),
            params_json: given.map(|given| serde_json::to_string(&given)).transpose().internal()?,
            timeout: timeout.clamp(Duration::from_millis(1), MAX_TIMEOUT),
            key: params.idempotency_key.as_str().to_owned(),
            session_key,
            run_id,
            caller: Some(cx.conn().principal.conn_id.clone()),
        };
        let answer = cx.nodes.invoke(call).await.map_err(|error| refused(cx.principal(), error))?;
        Ok(told(node_id, command, answer))
    }
}

/// The session that a command names in its own params.
fn own_session(params: &Value) -> Option<String> {
    params.get("sessionKey").and_then(Value::as_str).filter(|key| !key.trim().is_empty()).map(str::to_owned)
}

fn told(node_id: String, command: String, answer: Answer) -> NodeInvokeResult {
    let parsed = |text: &String| serde_json::from_str::<Value>(text).ok();
    let payload = answer.payload.or_else(|| answer.payload_json.as_ref().and_then(parsed));
    NodeInvokeResult { ok: true, node_id, command, payload, payload_json: Nullable::from(answer.payload_json) }
}

/// Calls a command that another method stands for.
pub(crate) async fn on_behalf(
    cx: &Cx,
    (node_id, command): (&str, &str),
    given: Option<Value>,
) -> Result<NodeInvokeResult, RpcError> {
    let call = Invocation {
        node_id: node_id.to_owned(),
        command: command.to_owned(),
        params_json: given.map(|given| given.to_string()),
        timeout: DEFAULT_TIMEOUT,
        key: uuid::Uuid::new_v4().to_string(),
        session_key: None,
        run_id: None,
        caller: None,
    };
    let answer: Result<Answer, NodeError> = cx.nodes.invoke(call).await;
    let answer = answer.map_err(|error| refused(cx.principal(), error))?;
    Ok(told(node_id.to_owned(), command.to_owned(), answer))
}
