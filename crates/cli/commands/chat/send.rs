//! Messages on their way. Each has one key for ever: whatever happens to the
//! connection, asking again with it never says anything twice.

use postern_client::CallError;
use postern_protocol::chat::{
    ChatAbort, ChatAbortParams, ChatAbortResult, ChatSend, ChatSendParams, ChatSendResult, SendStatus,
};
use postern_protocol::ids::IdempotencyKey;
use serde_json::{Value, json};

use super::conversation::Conversation;
use crate::commands::agent::new_run_id;
use crate::exit::Outcome;
use crate::output::printable;

/// A message whose answer is not over.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    /// Key of the message and id of its run.
    pub(super) id: IdempotencyKey,
    text: String,
    /// Whether the gateway has acknowledged it.
    pub(super) delivered: bool,
}

/// How the run of a message ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    Answered,
    /// It was stopped.
    Stopped,
    /// Why there is no answer.
    Failed(String),
}

impl Conversation {
    /// Says something.
    pub(super) async fn say(&mut self, text: String) -> Outcome {
        let sent = Sent { id: new_run_id()?, text, delivered: false };
        self.sent.push(sent.clone());
        self.interrupts = 0;
        self.deliver(&sent).await;
        Ok(())
    }

    /// Says again what the gateway may not have heard.
    pub(super) async fn deliver_rest(&mut self) {
        let undelivered: Vec<Sent> = self.sent.iter().filter(|sent| !sent.delivered).cloned().collect();
        for sent in &undelivered {
            self.deliver(sent).await;
        }
    }

    /// Hands a message to the gateway; true when its run is over.
    pub(super) async fn deliver(&mut self, sent: &Sent) -> bool {
        let run = sent.id.as_str();
        match self.gateway.client().call::<ChatSend>(self.params(sent)).await {
            Ok(ChatSendResult::Run(answer)) => match answer.status {
                SendStatus::Started | SendStatus::InFlight => {
                    self.sent.iter_mut().filter(|known| known.id == sent.id).for_each(|known| known.delivered = true);
                    return false;
                }
                SendStatus::Ok => self.end(run, End::Answered),
                SendStatus::Error => self.end(run, End::Failed(answer.summary.unwrap_or_default())),
            },
            Ok(ChatSendResult::Stopped(stopped)) => self.stopped(run, &stopped),
            Err(CallError::Refused(shape)) if shape.retry_after_ms.is_none() => {
                self.end(run, End::Failed(shape.message));
            }
            Err(error @ (CallError::Params { .. } | CallError::Unreadable { .. })) => {
                self.end(run, End::Failed(error.to_string()));
            }
            // Not now; the loop tries again.
            Err(_) => return false,
        }
        true
    }

    fn params(&self, sent: &Sent) -> ChatSendParams {
        ChatSendParams {
            session_key: self.named.key.clone(),
            agent_id: self.named.agent.clone(),
            message: sent.text.clone(),
            thinking: self.thinking.clone(),
            deliver: None,
            attachments: None,
            timeout_ms: None,
            queue_mode: None,
            idempotency_key: sent.id.clone(),
        }
    }

    fn stopped(&mut self, run: &str, stopped: &ChatAbortResult) {
        self.screen.note(if stopped.aborted { "stopped" } else { "nothing was under way" });
        self.end(run, End::Answered);
    }

    /// A run is over, whoever began it.
    pub(super) fn end(&mut self, run: &str, end: End) {
        self.screen.finish();
        let shown = self.runs.remove(run).map(|shown| shown.all()).unwrap_or_default();
        self.over.note(run);
        let own = self.sent.iter().position(|sent| sent.id.as_str() == run);
        match &end {
            End::Answered => {}
            End::Stopped => self.screen.note("stopped"),
            End::Failed(why) => self.screen.alarm(&printable(why)),
        }
        let Some(own) = own else { return };
        let sent = self.sent.remove(own);
        if end != End::Answered {
            self.failures += 1;
        }
        if self.screen.is_document() {
            self.turns.push(turn(&sent, &shown, &end));
        }
    }

    /// Stops every answer of this session.
    pub(super) async fn abort(&mut self) {
        let params =
            ChatAbortParams { session_key: self.named.key.clone(), agent_id: self.named.agent.clone(), run_id: None };
        if let Err(error) = self.gateway.client().call::<ChatAbort>(params).await {
            self.screen.alarm(&printable(&format!("it cannot be stopped: {error}")));
        }
    }
}

fn turn(sent: &Sent, shown: &str, end: &End) -> Value {
    let mut turn = json!({"message": sent.text, "runId": sent.id, "text": shown});
    match end {
        End::Answered => turn["status"] = json!("ok"),
        End::Stopped => turn["status"] = json!("aborted"),
        End::Failed(why) => {
            turn["status"] = json!("error");
            turn["error"] = json!(why);
        }
    }
    turn
}
