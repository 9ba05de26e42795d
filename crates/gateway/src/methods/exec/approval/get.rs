//! `exec.approval.get`: one request that waits (`methods.md §8`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::approvals::{ApprovalIdParams, ExecApprovalGet, ExecApprovalGetResult};
use postern_protocol::system::Nullable;

use crate::methods::exec::not_found;
use crate::rpc::{Cx, Method, RpcResult};

/// Longest command that is its own preview, characters.
const PREVIEW: usize = 200;

impl Method for ExecApprovalGet {
    const ACCESS: Access = Access::Operator(Scope::Approvals);

    async fn call(cx: Cx, params: ApprovalIdParams) -> RpcResult<ExecApprovalGetResult> {
        let record = cx.approvals.get(params.id.as_str()).map_err(|error| not_found(&cx, error))?;
        let request = record.event.request.clone();
        let is_long = request.command.chars().count() > PREVIEW;
        let preview: Option<String> = is_long.then(|| request.command.chars().take(PREVIEW).chain(['…']).collect());
        Ok(ExecApprovalGetResult {
            id: record.id().to_owned(),
            command_text: request.command,
            command_preview: Nullable::from(preview),
            allowed_decisions: request.allowed_decisions,
            host: request.host,
            node_id: request.node_id,
            agent_id: request.agent_id,
            expires_at_ms: record.event.expires_at_ms,
        })
    }
}
