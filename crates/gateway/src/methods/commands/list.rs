//! `commands.list`: what can be typed after a slash (`methods.md §2`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::agents::{CommandsList, CommandsListParams, CommandsListResult};

use crate::agents::AgentError;
use crate::assistant::entries;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for CommandsList {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: CommandsListParams) -> RpcResult<CommandsListResult> {
        if params.agent_id.is_some_and(|id| cx.agents.get(&id).is_none()) {
            return Err(AgentError::UnknownAgent.into());
        }
        // Every command works both typed and from a menu, so `scope` leaves none out.
        Ok(CommandsListResult { commands: entries(params.include_args != Some(false)) })
    }
}
