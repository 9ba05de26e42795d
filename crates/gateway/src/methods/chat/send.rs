//! `chat.send`: says something in a session and starts a run (`methods.md §2`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::chat::{ChatAbortResult, ChatSend, ChatSendParams, ChatSendResult, SendStatus, SentRun};

use super::{Said, say};
use crate::rpc::{Cx, Method, RpcResult};
use crate::runs::Input;

impl Method for ChatSend {
    const ACCESS: Access = Access::Operator(Scope::Write);
    // The runs know their keys themselves, longer than dispatch does.
    const IDEMPOTENT: bool = true;

    async fn call(cx: Cx, params: ChatSendParams) -> RpcResult<ChatSendResult> {
        let input = Input {
            text: params.message,
            thinking: super::thinking(params.thinking.as_deref())?,
            timeout_ms: params.timeout_ms,
            queue_mode: params.queue_mode,
            ..Input::default()
        };
        let said = Said {
            written: params.session_key.as_str().to_owned(),
            agent: params.agent_id,
            run_id: params.idempotency_key.as_str().to_owned(),
            input,
            attachments: params.attachments.unwrap_or_default(),
        };
        Ok(match say(&cx, said).await? {
            Ok(run) => ChatSendResult::Run(run),
            Err(stopped) => ChatSendResult::Stopped(stopped),
        })
    }
}

/// What a run that was asked for before came to.
pub(super) fn known(run: &crate::runs::RunHandle) -> SentRun {
    use crate::runs::RunState;
    let record = run.record();
    let (status, summary) = match record.state {
        RunState::Queued | RunState::Running => (SendStatus::InFlight, None),
        RunState::Ok | RunState::Aborted => (SendStatus::Ok, None),
        RunState::Error | RunState::Timeout | RunState::Interrupted => {
            let error = record.outcome.and_then(|outcome| outcome.error);
            (SendStatus::Error, Some(error.unwrap_or_else(|| "the run failed".to_owned())))
        }
    };
    SentRun { run_id: record.run_id, status, summary }
}

/// What was stopped.
pub(super) fn stopped(run_ids: Vec<String>) -> ChatAbortResult {
    ChatAbortResult { ok: true, aborted: !run_ids.is_empty(), run_ids }
}
