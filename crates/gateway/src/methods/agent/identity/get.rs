//! `agent.identity.get`: how one agent is shown (`methods.md §4`).

use postern_protocol::Dialect;
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
            None => agent.map_or_else(|| cx.agents.default_id(), str::to_owned),
        };
        let profile = cx.agents.get(&id).ok_or(AgentError::UnknownAgent)?;
        let shown = cx.agents.shown(&profile).await;
        let mut answer = AgentIdentity {
            agent_id: profile.id.clone(),
            name: Some(shown.name),
            avatar: Some(shown.avatar.text),
            ..AgentIdentity::default()
        };
        if cx.principal().dialect == Dialect::V4 {
            answer.name_source = Some(shown.name_source.as_str().to_owned());
            answer.avatar_source = shown.avatar.source;
            answer.avatar_status = Some(shown.avatar.status);
            answer.avatar_reason = shown.avatar.reason.map(str::to_owned);
            answer.emoji = shown.emoji;
        }
        Ok(answer)
    }
}
