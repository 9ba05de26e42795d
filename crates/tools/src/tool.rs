//! The border between a run and a tool: what a tool says about itself, what a call gets, what it gives back.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::exec::ExecGate;
use crate::fs::Workspace;

/// One piece of progress is cut to this many bytes.
const MAX_PROGRESS_BYTES: usize = 8 * 1024;

/// The section of the catalogue a tool is listed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Files of the workspace.
    Fs,
    /// Commands.
    Runtime,
    /// Web pages.
    Web,
    /// Other sessions of the same gateway.
    Sessions,
    /// Outgoing messages.
    Messaging,
    /// Tools of MCP servers.
    Mcp,
}

impl Group {
    /// The name used in the catalogue and, as `group:<name>`, in allow and deny lists.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fs => "fs",
            Self::Runtime => "runtime",
            Self::Web => "web",
            Self::Sessions => "sessions",
            Self::Messaging => "messaging",
            Self::Mcp => "mcp",
        }
    }
}

/// What a tool says about itself.
#[derive(Debug, Clone)]
pub struct ToolSpec {
    /// The name models call it by; unique within one catalogue.
    pub name: Cow<'static, str>,
    /// The name people read.
    pub label: String,
    /// What it does, written for a model.
    pub description: String,
    /// Its section.
    pub group: Group,
    /// JSON Schema of the arguments.
    pub input_schema: Value,
    /// `core`, or `mcp:<server>`.
    pub source: String,
}

/// Something an agent may do.
pub trait Tool: Send + Sync {
    /// Name, description and arguments.
    fn spec(&self) -> &ToolSpec;

    /// Does it. Ends at once when `cx.cancel` is cancelled, and leaves nothing running when it is dropped.
    fn call(&self, cx: ToolCx, args: Value) -> BoxFuture<'static, ToolOutcome>;
}

/// What a call gave back. A failure is an outcome too: the model reads it and goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolOutcome {
    /// What the model sees.
    pub content: Vec<ToolContent>,
    /// Whether the call failed.
    pub is_error: bool,
    /// Facts for user interfaces, not for the model.
    pub details: Option<Value>,
}

/// A part of an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolContent {
    /// Text.
    Text(String),
    /// A picture.
    Image {
        /// Media type, for example `image/png`.
        mime: String,
        /// The bytes in base64 (standard alphabet, padded).
        data: String,
    },
}

impl ToolOutcome {
    /// Success with one text.
    pub fn ok(text: impl Into<String>) -> Self {
        Self { content: vec![ToolContent::Text(text.into())], is_error: false, details: None }
    }

    /// Failure with one text that names the argument or the fix.
    pub fn error(text: impl Into<String>) -> Self {
        Self { content: vec![ToolContent::Text(text.into())], is_error: true, details: None }
    }

    /// The same outcome with facts for user interfaces.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// All text parts, joined by line breaks.
    pub fn text(&self) -> String {
        let texts = self.content.iter().filter_map(|part| match part {
            ToolContent::Text(text) => Some(text.as_str()),
            ToolContent::Image { .. } => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }
}

/// What one call may use.
#[derive(Clone)]
pub struct ToolCx {
    /// The folder of the agent.
    pub workspace: Arc<Workspace>,
    /// Cancelled when the run is aborted.
    pub cancel: CancellationToken,
    /// Where intermediate output goes.
    pub progress: Progress,
    /// Decides about commands.
    pub gate: Arc<dyn ExecGate>,
    /// Limits of commands.
    pub exec: ExecLimits,
    /// What commands get as their environment: `PATH`, `HOME`, `LANG`, … and nothing of the gateway's own.
    pub base_env: Arc<BTreeMap<String, String>>,
    /// The id the model gave this call.
    pub call_id: String,
}

/// Limits of one command.
#[derive(Debug, Clone, Copy)]
pub struct ExecLimits {
    /// The longest a command may take; a call may ask for less.
    pub timeout: Duration,
    /// Bytes of output kept: half from its beginning, half from its end.
    pub max_output_bytes: usize,
    /// Time between asking a command to end and killing it.
    pub kill_grace: Duration,
}

impl Default for ExecLimits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(120), max_output_bytes: 200_000, kill_grace: Duration::from_secs(2) }
    }
}

/// Where a tool reports intermediate output. Bounded and lossy: reporting never waits, and what nobody reads is lost.
#[derive(Debug, Clone)]
pub struct Progress(Option<mpsc::Sender<String>>);

/// The other end of a [`Progress`]; `recv` ends with `None` when the call is over.
pub type ProgressReceiver = mpsc::Receiver<String>;

impl Progress {
    /// A pair that holds at most `capacity` unread reports (at least one).
    pub fn bounded(capacity: usize) -> (Self, ProgressReceiver) {
        let (sender, receiver) = mpsc::channel(capacity.max(1));
        (Self(Some(sender)), receiver)
    }

    /// Reports go nowhere.
    pub const fn none() -> Self {
        Self(None)
    }

    /// Reports `text`, cut to 8 KiB; lost when the reader is behind.
    pub fn report(&self, text: impl Into<String>) {
        let Some(sender) = &self.0 else { return };
        let mut text = text.into();
        text.truncate(text.floor_char_boundary(MAX_PROGRESS_BYTES));
        drop(sender.try_send(text));
    }
}
