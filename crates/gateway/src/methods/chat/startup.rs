//! `chat.startup`: what was said, and all that a page needs to begin
//! (`methods.md §2`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::agents::AgentsList;
use postern_protocol::call::NoParams;
use postern_protocol::chat::{ChatHistoryParams, ChatHistoryResult, ChatMetadataParams, ChatStartup};

use super::history::read;
use super::metadata::metadata;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for ChatStartup {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: ChatHistoryParams) -> RpcResult<ChatHistoryResult> {
        let about =
            ChatMetadataParams { session_key: Some(params.session_key.clone()), agent_id: params.agent_id.clone() };
        let metadata = metadata(&cx, about).await?;
        let agents = AgentsList::call(cx.clone(), NoParams {}).await?;
        // Last, because it is old as soon as it was read: what is said afterwards comes by events, before this answer.
        let mut result = read(&cx, &params).await?;
        let (metadata, agents) = (Some(metadata), Some(agents));
        match &mut result {
            ChatHistoryResult::Page(page) => (page.metadata, page.agents_list) = (metadata, agents),
            ChatHistoryResult::Delta(delta) => (delta.metadata, delta.agents_list) = (metadata, agents),
            ChatHistoryResult::Reset(_) => {}
        }
        Ok(result)
    }
}
