//! What was said before, and what was missed: from `chat.history`, from the
//! place up to which the transcript is known.

use postern_client::CallError;
use postern_protocol::chat::{
    ChatHistory, ChatHistoryMore, ChatHistoryParams, ChatHistoryResult, ChatMessage, InFlightRun, MessageRole,
};
use postern_protocol::sessions::{SessionsMessagesParams, SessionsMessagesSubscribe};

use super::conversation::Conversation;
use super::send::Sent;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::printable;

/// Messages that are read anew when the gateway cannot tell what was missed.
const ANEW: u32 = 200;
/// How often a run can end while it is asked for.
const ROUNDS: usize = 3;

/// Up to where a transcript is known.
#[derive(Debug, Default)]
pub(super) struct Place {
    session_id: Option<String>,
    /// Position of the last message that is known, from 1.
    seq: i64,
    /// What the gateway wants to be told next time.
    cursor: Option<String>,
}

/// What a reading of the transcript came to.
struct Missed {
    messages: Vec<ChatMessage>,
    in_flight: Option<InFlightRun>,
}

impl Conversation {
    /// Shows the last messages, and what is being answered now.
    pub(super) async fn begin(&mut self, history: u32) -> Outcome {
        let connection = match self.gateway.state() {
            postern_client::ConnectionState::Connected(hello) => Some(hello.server.conn_id.clone()),
            _ => None,
        };
        let begun = async {
            self.follow().await?;
            let result = self.history(None, history.max(1)).await?;
            let ChatHistoryResult::Page(page) = result else { return Ok(None) };
            Ok(Some(page))
        };
        let page = begun.await.map_err(|error: CallError| self.gateway.refusal(&error))?;
        let page = page.ok_or_else(unexpected)?;
        let messages: Vec<ChatMessage> = page.messages.read().map_err(|error| unreadable(&error))?;
        self.place.session_id = page.session_id;
        self.place.seq = last_seq(&messages).unwrap_or_default();
        self.greet(page.more.as_ref());
        let shown = messages.iter().filter(|_| history > 0);
        for message in shown.filter(|message| !message.words().trim().is_empty()) {
            match message.role {
                MessageRole::User => self.screen.message("you", &message.words()),
                MessageRole::Assistant => self.screen.message(&self.agent.clone(), &message.words()),
                MessageRole::ToolResult | MessageRole::System => {}
            }
        }
        let more = page.more;
        let in_flight = more.as_ref().and_then(|more| more.in_flight_run.clone());
        self.place.cursor = more.and_then(|more| more.delta_cursor);
        self.join(in_flight.as_ref());
        self.ask_about_approvals().await;
        self.caught_up = connection;
        Ok(())
    }

    fn greet(&mut self, more: Option<&ChatHistoryMore>) {
        let row = more.and_then(|more| more.session_info.as_ref());
        let defaults = more.map(|more| &more.defaults);
        let provider = row.and_then(|row| row.model_provider.as_ref());
        let provider = provider.or_else(|| defaults?.model_provider.as_ref());
        let model = row.and_then(|row| row.model.as_ref()).or_else(|| defaults?.model.as_ref());
        let model = match (provider, model) {
            (Some(provider), Some(model)) => format!("{provider}/{model}"),
            _ => "no model yet: the built-in assistant answers".to_owned(),
        };
        if self.screen.is_person() {
            self.screen.note(&format!("{} · {model}", self.canonical));
            self.screen.note("/help lists commands · Ctrl-C stops an answer · /quit or Ctrl-D leaves");
        }
    }

    /// Reads and shows what was missed, on this connection.
    pub(super) async fn catch_up(&mut self, connection: Option<String>) -> Outcome {
        for _ in 0..ROUNDS {
            match self.missed().await {
                Ok(missed) if self.retell_all(&missed).await => {}
                Ok(_) => {
                    self.caught_up = connection;
                    self.ask_about_approvals().await;
                    return Ok(());
                }
                Err(error @ (CallError::Refused(_) | CallError::Unreadable { .. })) => {
                    return Err(self.gateway.refusal(&error));
                }
                // The connection is lost again; the next one catches up.
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    /// Shows what was missed; true when a run ended meanwhile, so that there may
    /// be more.
    async fn retell_all(&mut self, missed: &Missed) -> bool {
        missed.messages.iter().for_each(|message| self.retell(message));
        self.join(missed.in_flight.as_ref());
        self.settle(missed.in_flight.as_ref()).await
    }

    async fn follow(&mut self) -> Result<(), CallError> {
        let params = SessionsMessagesParams {
            key: self.named.key.clone(),
            agent_id: self.named.agent.clone(),
            include_approvals: None,
        };
        let followed = self.gateway.client().call::<SessionsMessagesSubscribe>(params).await?;
        self.canonical = followed.key;
        if let Some(agent) = self.canonical.strip_prefix("agent:").and_then(|rest| rest.split(':').next()) {
            self.agent = agent.to_owned();
        }
        Ok(())
    }

    async fn history(&self, cursor: Option<String>, limit: u32) -> Result<ChatHistoryResult, CallError> {
        let params = ChatHistoryParams {
            session_key: self.named.key.clone(),
            agent_id: self.named.agent.clone(),
            limit: cursor.is_none().then_some(limit),
            offset: None,
            message_id: None,
            session_id: None,
            cursor,
            max_chars: None,
            max_bytes: None,
        };
        self.gateway.client().call::<ChatHistory>(params).await
    }

    async fn missed(&mut self) -> Result<Missed, CallError> {
        self.follow().await?;
        if let Some(cursor) = self.place.cursor.clone()
            && let ChatHistoryResult::Delta(delta) = self.history(Some(cursor), ANEW).await?
        {
            let messages = delta.messages.read().map_err(of_shape)?;
            self.place.seq = last_seq(&messages).unwrap_or(self.place.seq);
            self.place.cursor = Some(delta.delta_cursor);
            return Ok(Missed { messages, in_flight: delta.in_flight_run });
        }
        let ChatHistoryResult::Page(page) = self.history(None, ANEW).await? else {
            return Ok(Missed { messages: Vec::new(), in_flight: None });
        };
        let mut messages: Vec<ChatMessage> = page.messages.read().map_err(of_shape)?;
        let known = if page.session_id == self.place.session_id { self.place.seq } else { 0 };
        messages.retain(|message| message.place.as_ref().is_none_or(|place| place.seq > known));
        self.place.session_id = page.session_id;
        self.place.seq = last_seq(&messages).unwrap_or(known);
        let (cursor, in_flight) = page.more.map_or((None, None), |more| (more.delta_cursor, more.in_flight_run));
        self.place.cursor = cursor;
        Ok(Missed { messages, in_flight })
    }

    /// Shows what of a message has not been shown.
    fn retell(&mut self, message: &ChatMessage) {
        let (id, run) = match &message.place {
            Some(place) => (place.id.clone(), place.run_id.clone()),
            None => return,
        };
        let words = message.words();
        match (message.role, run) {
            (_, _) if words.trim().is_empty() => {}
            (MessageRole::User, run) => self.said_by_others(&id, run.as_deref(), &words),
            (MessageRole::Assistant, Some(run)) if self.shows(&run) => {
                let piece = self.runs.entry(run.clone()).or_default().confirm(&words);
                self.show(&run, &piece);
            }
            (MessageRole::Assistant, None) if !self.over.knows(&id) => {
                self.over.note(&id);
                self.screen.message(&self.agent.clone(), &words);
            }
            (MessageRole::Assistant | MessageRole::ToolResult | MessageRole::System, _) => {}
        }
    }

    /// Joins a run in its middle. Pieces that are on their way may or may not be
    /// in the text already, so the next whole text decides.
    fn join(&mut self, in_flight: Option<&InFlightRun>) {
        let Some(run) = in_flight.filter(|run| self.shows(&run.run_id)) else { return };
        let shown = self.runs.entry(run.run_id.clone()).or_default();
        let piece = shown.whole(run.text.as_deref().unwrap_or_default());
        shown.doubt();
        self.show(&run.run_id, &piece);
    }

    /// Finds out what became of runs that are not under way; true when one of
    /// them is over, so that its answer may be in the transcript by now.
    async fn settle(&mut self, in_flight: Option<&InFlightRun>) -> bool {
        let is_over = |run: &str| in_flight.is_none_or(|now| now.run_id != run);
        let own: Vec<Sent> = self.sent.iter().filter(|sent| is_over(sent.id.as_str())).cloned().collect();
        let others: Vec<String> = self.runs.keys().filter(|run| is_over(run)).cloned().collect();
        for run in others.iter().filter(|run| !own.iter().any(|sent| sent.id.as_str() == *run)) {
            self.screen.finish();
            self.runs.remove(run);
            self.over.note(run);
        }
        let mut over = false;
        for sent in &own {
            over |= self.deliver(sent).await;
        }
        over
    }
}

fn last_seq(messages: &[ChatMessage]) -> Option<i64> {
    messages.iter().filter_map(|message| Some(message.place.as_ref()?.seq)).max()
}

fn of_shape(error: serde_json::Error) -> CallError {
    CallError::Unreadable { method: "chat.history".to_owned(), problem: error.to_string() }
}

fn unreadable(error: &serde_json::Error) -> Failure {
    Failure::new(Exit::Failed, format!("the messages cannot be read: {}", printable(&error.to_string())))
}

fn unexpected() -> Failure {
    Failure::new(Exit::Failed, "the gateway answered with another page than was asked for")
}
