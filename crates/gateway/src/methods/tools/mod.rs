//! Methods under `tools.` (`methods.md §12`).

mod catalog;
mod effective;
mod invoke;

use std::sync::Arc;

use crate::agents::AgentProfile;
use crate::rpc::{Cx, RpcError, RpcResult};
use crate::sessions::{Key, SessionRecord};

/// A conversation as it is, or as it would begin, and its agent.
struct Place {
    key: Key,
    record: Arc<SessionRecord>,
    agent: Arc<AgentProfile>,
}

fn place(cx: &Cx, key: Option<&str>, agent_id: Option<&str>) -> RpcResult<Place> {
    let key = match key {
        Some(written) => cx.sessions.resolve(written, agent_id)?,
        None => cx.sessions.main(&agent(cx, agent_id)?.id),
    };
    let agent = agent(cx, Some(key.agent_id()))?;
    let record = cx.sessions.get(key.as_str()).map_or_else(
        || {
            Arc::new(SessionRecord {
                key: key.as_str().to_owned(),
                agent_id: agent.id.clone(),
                ..SessionRecord::default()
            })
        },
        |session| session.record,
    );
    Ok(Place { key, record, agent })
}

fn agent(cx: &Cx, id: Option<&str>) -> RpcResult<Arc<AgentProfile>> {
    let default = cx.agents.default_id();
    let id = id.unwrap_or(&default);
    cx.agents.get(id).ok_or_else(|| RpcError::invalid("unknown agent id: agents.list names every agent"))
}
