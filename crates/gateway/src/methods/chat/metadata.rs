//! `chat.metadata`: what can be chosen and typed in a conversation
//! (`methods.md §2`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::chat::{ChatMetadata, ChatMetadataParams, ChatMetadataResult};
use postern_protocol::models::{ModelsList, ModelsListParams};

use crate::assistant::entries;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for ChatMetadata {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: ChatMetadataParams) -> RpcResult<ChatMetadataResult> {
        metadata(&cx, params).await
    }
}

pub(super) async fn metadata(cx: &Cx, params: ChatMetadataParams) -> RpcResult<ChatMetadataResult> {
    let agent_id = match &params.session_key {
        Some(key) => Some(cx.sessions.resolve(key.as_str(), params.agent_id.as_deref())?.agent_id().to_owned()),
        None => params.agent_id,
    };
    let listed = ModelsList::call(cx.clone(), ModelsListParams { agent_id, ..ModelsListParams::default() }).await?;
    Ok(ChatMetadataResult { models: listed.models, commands: entries(true) })
}
