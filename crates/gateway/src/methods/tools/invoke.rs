//! `tools.invoke`: calls a tool as an agent would, under the same rules
//! (`methods.md §12`, `http.md §5`).

use std::sync::Arc;

use postern_protocol::access::{Access, Scope};
use postern_protocol::ids::{IdempotencyKey, SessionKey};
use postern_protocol::tools::{ToolFailure, ToolOutput, ToolsInvoke, ToolsInvokeParams, ToolsInvokeResult};
use postern_tools::{ExecLimits, Progress, ToolContent, ToolCx, ToolOutcome};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Place, place};
use crate::approvals::{ExecModes, Gate, RunScope, overrides_of};
use crate::rpc::{Cx, Method, RpcResult};
use crate::tools::ToolRegistry;

impl Method for ToolsInvoke {
    const ACCESS: Access = Access::Operator(Scope::Write);

    fn idempotency_key(params: &ToolsInvokeParams) -> Option<&IdempotencyKey> {
        params.idempotency_key.as_ref()
    }

    async fn call(cx: Cx, params: ToolsInvokeParams) -> RpcResult<ToolsInvokeResult> {
        let name = params.name.as_str();
        let key = params.session_key.as_ref().map(SessionKey::as_str);
        let place = place(&cx, key, params.agent_id.as_deref())?;
        let tools = cx.tools.effective(&place.agent, &place.record).await;
        let Some(tool) = tools.into_iter().find(|tool| tool.spec().name == name) else {
            return Ok(failed(name, "not_found", format!("Tool not available: {name}")));
        };
        if !ToolRegistry::is_for_everyone(&*tool) && !cx.principal().scopes.allows(Scope::Admin) {
            let text = format!("{name} is called by agents; calling it directly needs operator.admin");
            return Ok(failed(name, "forbidden", text));
        }
        let tool_cx = tool_cx(&cx, &place).await?;
        // Whoever asked went away: nothing is left running.
        let _stop = tool_cx.cancel.clone().drop_guard();
        let (conn, cancel) = (Arc::clone(cx.conn()), tool_cx.cancel.clone());
        let call = tool.call(tool_cx, Value::Object(params.args.unwrap_or_default()));
        tokio::pin!(call);
        let outcome = tokio::select! {
            outcome = &mut call => outcome,
            () = conn.disconnected() => {
                cancel.cancel();
                call.await
            }
        };
        Ok(answer(name, outcome))
    }
}

async fn tool_cx(cx: &Cx, place: &Place) -> RpcResult<ToolCx> {
    let workspace = cx.agents.workspace(&place.agent).await?;
    let exec = cx.config().tools.exec;
    let scope = RunScope {
        agent_id: place.agent.id.clone(),
        session_key: place.key.as_str().to_owned(),
        session_id: Some(place.record.session_id.clone()).filter(|id| !id.is_empty()),
        run_id: None,
        workspace: workspace.root().to_owned(),
        base: ExecModes::from(&exec),
        overrides: overrides_of(&place.record),
    };
    let call_id = format!("invoke-{}", uuid::Uuid::new_v4());
    let gate = Gate::new(cx.approvals.clone(), scope).for_call(&call_id);
    Ok(ToolCx {
        workspace: Arc::new(workspace),
        cancel: CancellationToken::new(),
        progress: Progress::none(),
        gate: Arc::new(gate),
        exec: ExecLimits { timeout: exec.timeout, max_output_bytes: exec.max_output_bytes, ..ExecLimits::default() },
        base_env: cx.tools.base_env(),
        call_id,
    })
}

fn failed(name: &str, code: &str, message: String) -> ToolsInvokeResult {
    let error = Some(ToolFailure { code: code.to_owned(), message });
    ToolsInvokeResult { ok: false, tool_name: name.to_owned(), output: None, error }
}

fn answer(name: &str, outcome: ToolOutcome) -> ToolsInvokeResult {
    if outcome.is_error {
        return failed(name, "tool_error", outcome.text());
    }
    let content = outcome.content.into_iter().map(|part| match part {
        ToolContent::Text(text) => json!({"type": "text", "text": text}),
        ToolContent::Image { mime, data } => json!({"type": "image", "mimeType": mime, "data": data}),
    });
    let output = ToolOutput { content: content.collect(), details: outcome.details };
    ToolsInvokeResult { ok: true, tool_name: name.to_owned(), output: Some(output), error: None }
}
