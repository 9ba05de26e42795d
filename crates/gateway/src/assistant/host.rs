//! What commands need from the session they are typed in. Whoever runs the
//! session implements [`CommandHost`]; the handful below and nothing more.

use postern_protocol::approvals::ApprovalDecision;
use postern_protocol::chat::{QueueMode, ThinkingLevel, VerboseLevel};
use postern_protocol::pairing::PairingRequest;

/// The session a command is typed in. Texts of errors are for the person who
/// typed it.
pub trait CommandHost: Send {
    /// The session as it stands.
    fn status(&mut self) -> impl Future<Output = StatusFacts> + Send;
    /// Models that can be chosen.
    fn models(&mut self) -> impl Future<Output = Vec<ModelFact>> + Send;
    /// Changes a setting of the session.
    fn set(&mut self, setting: Setting) -> impl Future<Output = Result<(), String>> + Send;
    /// Starts the session anew; its settings stay.
    fn reset(&mut self) -> impl Future<Output = Result<(), String>> + Send;
    /// Shortens what a model is sent.
    fn compact(&mut self) -> impl Future<Output = Result<Compacted, String>> + Send;
    /// What was used.
    fn usage(&mut self) -> impl Future<Output = UsageFacts> + Send;
    /// Tools that the agent has in this session.
    fn tools(&mut self) -> impl Future<Output = Vec<ToolFact>> + Send;
    /// Devices that ask to be let in; called only for who may see them.
    fn pending_pairings(&mut self) -> impl Future<Output = Vec<PairingRequest>> + Send;
    /// Decides about a device as the caller, with whatever the caller may give;
    /// returns nothing but success.
    fn decide_pairing(&mut self, decision: PairingDecision) -> impl Future<Output = Result<(), String>> + Send;
    /// Decides about a command that waits, as the caller.
    fn decide_exec(&mut self, id: &str, decision: ApprovalDecision) -> impl Future<Output = Result<(), String>> + Send;
    /// The message whose answer was interrupted last, if there is one.
    fn interrupted(&mut self) -> impl Future<Output = Option<Interrupted>> + Send;
}

/// A setting of a session; `None` goes back to what the agent has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// Its model, as written by a person.
    Model(Option<String>),
    /// How long the model may think.
    Thinking(Option<ThinkingLevel>),
    /// Whether tool calls are shown.
    Verbose(Option<VerboseLevel>),
    /// What becomes of messages during an answer.
    Queue(Option<QueueMode>),
}

/// A session as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusFacts {
    /// Version of the gateway.
    pub version: String,
    /// Milliseconds since the gateway started.
    pub uptime_ms: u64,
    /// The model that answers, `provider/model`; `None` when it is the built-in assistant.
    pub model: Option<String>,
    /// Whether that model was chosen for this session alone.
    pub model_is_own: bool,
    /// How long it may think.
    pub thinking: Option<ThinkingLevel>,
    /// Whether tool calls are shown.
    pub verbose: Option<VerboseLevel>,
    /// What becomes of messages during an answer.
    pub queue: QueueMode,
    /// Messages of the conversation.
    pub messages: u64,
    /// Tokens that the last request to the model took, when known.
    pub context_used: Option<u64>,
    /// Tokens that the model can take, when known.
    pub context_limit: Option<u64>,
    /// Answers being written, this command not counted.
    pub active_runs: usize,
    /// Messages that wait.
    pub queued: usize,
    /// What needs attention at the gateway.
    pub warnings: Vec<String>,
}

/// A model that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFact {
    /// `provider/model`.
    pub reference: String,
    /// Its name for people, when it has one.
    pub name: Option<String>,
    /// Whether it would answer: its provider is there and has a key where it needs one.
    pub available: bool,
}

/// What became of a compaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// Whether anything was left out.
    pub compacted: bool,
    /// Messages that the model is still sent, when known.
    pub kept: Option<u64>,
}

/// What was used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageFacts {
    /// By this session.
    pub session: UsageLine,
    /// By its agent today.
    pub agent_today: UsageLine,
    /// By all agents today.
    pub all_today: UsageLine,
    /// Most millionths of a USD a day, when limited: the nearer of the limits that hold.
    pub daily_micro_usd: Option<u64>,
    /// Most tokens a day, when limited.
    pub daily_tokens: Option<u64>,
}

/// Tokens and cost of something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UsageLine {
    /// Tokens read by models, those of caches included.
    pub input: u64,
    /// Tokens written by models.
    pub output: u64,
    /// Millionths of a USD; `None` when no price is known.
    pub micro_usd: Option<u64>,
}

/// A tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolFact {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
}

/// A decision about a device that asks to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairingDecision {
    /// The request.
    pub request_id: String,
    /// The device that the caller saw; the request must still be its.
    pub device_id: String,
    /// Whether it is let in.
    pub approve: bool,
}

/// A message whose answer was interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupted {
    /// The run that would have answered it.
    pub run_id: String,
    /// Beginning of the message.
    pub preview: String,
}
