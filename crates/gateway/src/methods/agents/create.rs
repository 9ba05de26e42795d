//! `agents.create`: makes an agent that lasts (`methods.md §4`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::agents::{AgentsCreate, AgentsCreateParams, AgentsCreateResult};

use crate::agents::NewAgent;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for AgentsCreate {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: AgentsCreateParams) -> RpcResult<AgentsCreateResult> {
        let AgentsCreateParams { name, workspace, model, emoji, avatar } = params;
        let chosen = model.is_some();
        let profile = cx.agents.create(NewAgent { name, workspace, model, emoji, avatar }).await?;
        Ok(AgentsCreateResult {
            ok: true,
            agent_id: profile.id.clone(),
            name: profile.name.clone().unwrap_or_default(),
            workspace: profile.workspace.display().to_string(),
            model: profile.model.as_ref().filter(|_| chosen).map(|model| model.primary.clone()),
        })
    }
}
