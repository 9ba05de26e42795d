//! `agents.files.get`: one file of an agent with its text (`methods.md §4`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::agents::{AgentsFilesGet, AgentsFilesGetParams, AgentsFilesGetResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for AgentsFilesGet {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: AgentsFilesGetParams) -> RpcResult<AgentsFilesGetResult> {
        let found = cx.agents.file(&params.agent_id, &params.name).await?;
        Ok(AgentsFilesGetResult {
            agent_id: found.profile.id.clone(),
            workspace: found.profile.workspace.display().to_string(),
            file: found.files,
        })
    }
}
