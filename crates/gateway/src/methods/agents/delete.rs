//! `agents.delete`: removes an agent that was made at run time
//! (`methods.md §4`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::agents::{
    AgentsDelete, AgentsDeleteParams, AgentsDeleteResult, KeptFolder, RemovalMethod, RemovedFolder,
};

use crate::agents::Discarded;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for AgentsDelete {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: AgentsDeleteParams) -> RpcResult<AgentsDeleteResult> {
        let deleted = cx.agents.delete(&params.agent_id, params.delete_files == Some(true)).await?;
        let path = deleted.profile.workspace.display().to_string();
        let removed = |method| Some(vec![RemovedFolder { path: path.clone(), method }]);
        let (removed, failed) = match deleted.folder {
            None => (None, None),
            Some(Discarded::Trashed) => (removed(RemovalMethod::Trash), None),
            Some(Discarded::Missing) => (removed(RemovalMethod::Missing), None),
            Some(Discarded::Kept(reason)) => (None, Some(vec![KeptFolder { path, reason }])),
        };
        let agent_id = deleted.profile.id.clone();
        Ok(AgentsDeleteResult { ok: true, agent_id, removed_bindings: 0, removed, failed })
    }
}
