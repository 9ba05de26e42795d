//! `agent.identity.get`: how one agent is shown (`methods.md §4`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::agents::{AgentIdentity, AgentIdentityGet, AgentIdentityParams};

use crate::agents::AgentError;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for AgentIdentityGet {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: AgentIdentityParams) -> RpcResult<AgentIdentity> {
        let agent = params.agent_id.as_deref();
        let id = match params.session_key {
            Some(key) => cx.sessions.resolve(key.as_str(), agent)?.agent_id().to_owned(),
            None => agent.unwrap_or(cx.agents.default_id()).to_owned(),
        };
        let profile = cx.agents.get(&id).ok_or(AgentError::UnknownAgent)?;
        let shown = cx.agents.shown(&profile).await;
        Ok(AgentIdentity {
            agent_id: profile.id.clone(),
            name: Some(shown.name),
            name_source: Some(shown.name_source.as_str().to_owned()),
            avatar: Some(shown.avatar.text),
            avatar_source: shown.avatar.source,
            avatar_status: Some(shown.avatar.status),
            avatar_reason: shown.avatar.reason.map(str::to_owned),
            emoji: shown.emoji,
        })
    }
}
