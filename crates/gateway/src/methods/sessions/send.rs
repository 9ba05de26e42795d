//! `sessions.send`: like `chat.send`, with a session's key (`methods.md §3`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::chat::{SessionsSend, SessionsSendParams, SessionsSendResult};

use crate::methods::chat::{Said, say, thinking};
use crate::rpc::{Cx, Method, RpcResult};
use crate::runs::Input;

impl Method for SessionsSend {
    const ACCESS: Access = Access::Operator(Scope::Write);
    const IDEMPOTENT: bool = true;

    async fn call(cx: Cx, params: SessionsSendParams) -> RpcResult<SessionsSendResult> {
        speak(&cx, params, None).await
    }
}

/// Says something in a session; `mode` is what to do while a run is under way.
pub(super) async fn speak(
    cx: &Cx,
    params: SessionsSendParams,
    mode: Option<postern_protocol::chat::QueueMode>,
) -> RpcResult<SessionsSendResult> {
    let run_id = params.idempotency_key.map_or_else(|| uuid::Uuid::new_v4().to_string(), |key| key.as_str().to_owned());
    let input = Input {
        text: params.message,
        thinking: thinking(params.thinking.as_deref())?,
        timeout_ms: params.timeout_ms,
        queue_mode: mode,
        ..Input::default()
    };
    let said = Said {
        written: params.key.as_str().to_owned(),
        agent: params.agent_id,
        run_id,
        input,
        attachments: params.attachments.unwrap_or_default(),
    };
    Ok(match say(cx, said).await? {
        Ok(run) => SessionsSendResult::Run(run),
        Err(stopped) => SessionsSendResult::Stopped(stopped),
    })
}
