//! `agents.files.list`: the files that shape an agent (`methods.md §4`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::agents::{AgentsFilesList, AgentsFilesListParams, AgentsFilesListResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for AgentsFilesList {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: AgentsFilesListParams) -> RpcResult<AgentsFilesListResult> {
        let found = cx.agents.files(&params.agent_id).await?;
        Ok(AgentsFilesListResult {
            agent_id: found.profile.id.clone(),
            workspace: found.profile.workspace.display().to_string(),
            files: found.files,
        })
    }
}
