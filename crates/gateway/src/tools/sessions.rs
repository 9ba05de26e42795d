//! Tools that see other conversations of the same agent: `sessions_list`,
//! `sessions_history`, `sessions_send`. Those of other agents do not exist here.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use postern_protocol::chat::{ChatMessage, ContentBlock, MessageContent};
use postern_tools::{Group, Tool, ToolCx, ToolOutcome, ToolSpec};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::agents::Agents;
use crate::runs::{Input, RunState, Runs, Submission, Submitted};
use crate::sessions::{Key, Session, SessionRecord, Sessions};

/// Conversations that one list shows.
const MOST_LISTED: usize = 100;
/// Messages that one page shows.
const MOST_MESSAGES: u32 = 100;
/// Characters of one message.
const MOST_CHARS: usize = 4_000;
/// The longest that `sessions_send` waits for an answer, seconds.
const MOST_WAIT: u64 = 300;
/// Beginning of the ids of runs that one conversation starts in another. Such a
/// run starts no further ones: two agents would talk for ever.
const SENT: &str = "session-send-";

/// What the tools stand on.
pub(super) struct Conversations {
    sessions: Sessions,
    agents: Agents,
    /// Told later: runs use tools, and one of these tools begins runs.
    runs: Mutex<Option<Runs>>,
    specs: Specs,
}

struct Specs {
    list: Arc<ToolSpec>,
    history: Arc<ToolSpec>,
    send: Arc<ToolSpec>,
}

impl Conversations {
    pub(super) fn new(sessions: Sessions, agents: Agents) -> Self {
        let specs =
            Specs { list: Arc::new(list_spec()), history: Arc::new(history_spec()), send: Arc::new(send_spec()) };
        Self { sessions, agents, runs: Mutex::default(), specs }
    }

    pub(super) fn tell_runs(&self, runs: Runs) {
        *self.runs.lock().unwrap_or_else(PoisonError::into_inner) = Some(runs);
    }

    pub(super) fn forget_runs(&self) {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// The tools as one conversation gets them.
    pub(super) fn tools(&self, session: &SessionRecord) -> Vec<Arc<dyn Tool>> {
        let agent_id = if session.agent_id.is_empty() { self.agents.default_id() } else { session.agent_id.clone() };
        let seen = Seen { sessions: self.sessions.clone(), agent_id, own_key: session.key.clone() };
        let mut tools: Vec<Arc<dyn Tool>> = vec![
            Arc::new(SessionsList { spec: Arc::clone(&self.specs.list), seen: seen.clone() }),
            Arc::new(SessionsHistory { spec: Arc::clone(&self.specs.history), seen: seen.clone() }),
        ];
        if let Some(runs) = self.runs.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            tools.push(Arc::new(SessionsSend { spec: Arc::clone(&self.specs.send), seen, runs }));
        }
        tools
    }
}

/// What one conversation may see.
#[derive(Clone)]
struct Seen {
    sessions: Sessions,
    agent_id: String,
    own_key: String,
}

impl Seen {
    fn all(&self) -> Vec<Session> {
        let mut sessions = self.sessions.all();
        sessions.retain(|session| session.record.agent_id == self.agent_id);
        sessions.sort_by_key(|session| std::cmp::Reverse(session.record.updated_at));
        sessions
    }

    /// One conversation of the same agent. Others are told apart from missing
    /// ones by nothing.
    fn find(&self, written: &str) -> Result<(Key, Session), ToolOutcome> {
        let missing = || {
            ToolOutcome::error(format!(
                "`sessionKey`: there is no session {written:?} of this agent; see sessions_list"
            ))
        };
        let key =
            self.sessions.resolve(written, None).or_else(|_| self.sessions.resolve(written, Some(&self.agent_id)));
        let key = key.map_err(|_| missing())?;
        let session = self.sessions.get(key.as_str()).ok_or_else(missing)?;
        if session.record.agent_id == self.agent_id { Ok((key, session)) } else { Err(missing()) }
    }
}

fn spec(name: &'static str, label: &str, description: &str, input_schema: Value) -> ToolSpec {
    ToolSpec {
        name: Cow::Borrowed(name),
        label: label.to_owned(),
        description: description.to_owned(),
        group: Group::Sessions,
        input_schema,
        source: "core".to_owned(),
    }
}

fn list_spec() -> ToolSpec {
    spec(
        "sessions_list",
        "List sessions",
        "Lists the other conversations (sessions) you have, newest first, with their keys.",
        json!({"type": "object", "additionalProperties": false, "properties": {
            "limit": {"type": "integer", "minimum": 1, "maximum": MOST_LISTED, "description": "How many; 20 when absent."},
        }}),
    )
}

fn history_spec() -> ToolSpec {
    spec(
        "sessions_history",
        "Read a session",
        "Shows the last messages of another conversation (session) of yours.",
        json!({"type": "object", "additionalProperties": false, "required": ["sessionKey"], "properties": {
            "sessionKey": {"type": "string", "description": "Its key, as sessions_list shows it."},
            "limit": {"type": "integer", "minimum": 1, "maximum": MOST_MESSAGES, "description": "How many; 20 when absent."},
        }}),
    )
}

fn send_spec() -> ToolSpec {
    spec(
        "sessions_send",
        "Write to a session",
        "Sends a message to another conversation (session) of yours and waits for the answer there.",
        json!({"type": "object", "additionalProperties": false, "required": ["sessionKey", "message"], "properties": {
            "sessionKey": {"type": "string", "description": "Its key, as sessions_list shows it."},
            "message": {"type": "string", "description": "What to say."},
            "timeoutSeconds": {"type": "integer", "minimum": 0, "maximum": MOST_WAIT,
                "description": "How long to wait for the answer; 60 when absent, 0 does not wait."},
        }}),
    )
}

fn read<T: serde::de::DeserializeOwned>(tool: &str, args: Value) -> Result<T, ToolOutcome> {
    serde_json::from_value(args).map_err(|error| ToolOutcome::error(format!("arguments of `{tool}`: {error}")))
}

/// An outcome that is told as JSON.
fn told(value: &Value) -> ToolOutcome {
    ToolOutcome::ok(serde_json::to_string_pretty(value).unwrap_or_default())
}

struct SessionsList {
    spec: Arc<ToolSpec>,
    seen: Seen,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListArgs {
    limit: Option<usize>,
}

impl Tool for SessionsList {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, _cx: ToolCx, args: Value) -> BoxFuture<'static, ToolOutcome> {
        let outcome = match read::<ListArgs>("sessions_list", args) {
            Ok(args) => list(&self.seen, args.limit.unwrap_or(20).min(MOST_LISTED)),
            Err(refused) => refused,
        };
        std::future::ready(outcome).boxed()
    }
}

fn list(seen: &Seen, limit: usize) -> ToolOutcome {
    let sessions = seen.all();
    let shown: Vec<Value> = sessions
        .iter()
        .take(limit)
        .map(|session| {
            let record = &session.record;
            json!({
                "key": record.key, "label": record.label, "isThisOne": record.key == seen.own_key,
                "updatedAtMs": record.updated_at, "messages": record.visible_messages(),
                "firstWords": record.first_words, "isBusy": !session.active.is_empty(),
            })
        })
        .collect();
    told(&json!({ "sessions": shown, "total": sessions.len() }))
}

struct SessionsHistory {
    spec: Arc<ToolSpec>,
    seen: Seen,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct HistoryArgs {
    session_key: String,
    limit: Option<u32>,
}

impl Tool for SessionsHistory {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, _cx: ToolCx, args: Value) -> BoxFuture<'static, ToolOutcome> {
        let seen = self.seen.clone();
        async move {
            match read::<HistoryArgs>("sessions_history", args) {
                Ok(args) => history(&seen, &args).await.unwrap_or_else(|refused| refused),
                Err(refused) => refused,
            }
        }
        .boxed()
    }
}

async fn history(seen: &Seen, args: &HistoryArgs) -> Result<ToolOutcome, ToolOutcome> {
    let (_, session) = seen.find(&args.session_key)?;
    let limit = args.limit.unwrap_or(20).clamp(1, MOST_MESSAGES);
    let stored = seen.sessions.tail(&session.record, limit).await;
    let stored = stored.map_err(|error| ToolOutcome::error(error.to_string()))?;
    let messages: Vec<Value> = stored
        .iter()
        .filter_map(|message| message.read())
        .map(|message| json!({ "role": message.role, "text": text_of(&message), "timestampMs": message.timestamp }))
        .collect();
    Ok(told(&json!({ "sessionKey": session.record.key, "messages": messages })))
}

/// What a message says, without pictures and thoughts, cut.
fn text_of(message: &ChatMessage) -> String {
    let text = match &message.content {
        MessageContent::Text(text) => text.clone(),
        MessageContent::Blocks(blocks) => {
            let texts = blocks.iter().filter_map(|block| match block {
                ContentBlock::Text { text } => Some(text.clone()),
                ContentBlock::ToolCall { name, .. } => Some(format!("[calls {name}]")),
                ContentBlock::Image { .. } => Some("[picture]".to_owned()),
                _ => None,
            });
            texts.collect::<Vec<_>>().join("\n")
        }
    };
    if text.chars().count() <= MOST_CHARS {
        return text;
    }
    let cut: String = text.chars().take(MOST_CHARS).collect();
    format!("{cut}… [cut]")
}

struct SessionsSend {
    spec: Arc<ToolSpec>,
    seen: Seen,
    runs: Runs,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SendArgs {
    session_key: String,
    message: String,
    timeout_seconds: Option<u64>,
}

impl Tool for SessionsSend {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, cx: ToolCx, args: Value) -> BoxFuture<'static, ToolOutcome> {
        let (seen, runs) = (self.seen.clone(), self.runs.clone());
        async move {
            match read::<SendArgs>("sessions_send", args) {
                Ok(args) => tokio::select! {
                    () = cx.cancel.cancelled() => ToolOutcome::error("cancelled"),
                    outcome = send(&seen, &runs, args) => outcome.unwrap_or_else(|refused| refused),
                },
                Err(refused) => refused,
            }
        }
        .boxed()
    }
}

async fn send(seen: &Seen, runs: &Runs, args: SendArgs) -> Result<ToolOutcome, ToolOutcome> {
    let refuse = |text: &str| Err(ToolOutcome::error(text));
    let (key, session) = seen.find(&args.session_key)?;
    if session.record.key == seen.own_key {
        return refuse("`sessionKey` is this very session; just answer here");
    }
    let own = seen.sessions.get(&seen.own_key);
    if own.is_some_and(|own| own.active.first().is_some_and(|run| run.starts_with(SENT))) {
        return refuse("this run was itself begun by another session, and such a run writes to no further one");
    }
    if args.message.trim().is_empty() {
        return refuse("`message` is empty");
    }
    // Never read as a command, and never taken for a person's words.
    let text = format!("[message from your session {}]\n{}", seen.own_key, args.message);
    let submission = Submission {
        run_id: format!("{SENT}{}", uuid::Uuid::new_v4()),
        caller: format!("session:{}", seen.own_key),
        conn_id: None,
        key,
        input: Input { text, ..Input::default() },
        attachments: Vec::new(),
        answered: None,
    };
    let submitted = runs.submit(submission).await.map_err(|error| ToolOutcome::error(error.to_string()))?;
    let (Submitted::Accepted(run) | Submitted::Known(run)) = submitted;
    let wait = Duration::from_secs(args.timeout_seconds.unwrap_or(60).min(MOST_WAIT));
    let Ok(record) = tokio::time::timeout(wait, run.ended()).await else {
        return Ok(told(
            &json!({ "status": "accepted", "runId": &*run.run_id, "note": "no answer yet; see sessions_history" }),
        ));
    };
    let outcome = record.outcome.unwrap_or_default();
    match record.state {
        RunState::Ok => Ok(told(&json!({ "status": "ok", "answer": outcome.text }))),
        _ => refuse(outcome.error.as_deref().unwrap_or("the run there did not end with an answer")),
    }
}
