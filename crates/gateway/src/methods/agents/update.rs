//! `agents.update`: changes what is shown of an agent, its model or its folder
//! (`methods.md §4`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::agents::{AgentsUpdate, AgentsUpdateParams, AgentsUpdateResult};
use postern_protocol::system::Nullable;

use crate::agents::AgentChange;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for AgentsUpdate {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: AgentsUpdateParams) -> RpcResult<AgentsUpdateResult> {
        let AgentsUpdateParams { agent_id, name, workspace, model, emoji, avatar } = params;
        let model = model.map(|model| match model {
            Nullable::Value(model) => model,
            Nullable::Null => String::new(),
        });
        let profile = cx.agents.update(&agent_id, AgentChange { name, workspace, model, emoji, avatar }).await?;
        Ok(AgentsUpdateResult { ok: true, agent_id: profile.id.clone() })
    }
}
