//! `agents.files.set`: writes one file of an agent (`methods.md §4`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::agents::{AgentsFilesSet, AgentsFilesSetParams, AgentsFilesSetResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for AgentsFilesSet {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: AgentsFilesSetParams) -> RpcResult<AgentsFilesSetResult> {
        let AgentsFilesSetParams { agent_id, name, content } = params;
        let written = cx.agents.set_file(&agent_id, &name, content).await?;
        Ok(AgentsFilesSetResult {
            ok: true,
            agent_id: written.profile.id.clone(),
            workspace: written.profile.workspace.display().to_string(),
            file: written.files,
        })
    }
}
