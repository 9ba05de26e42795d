//! Arguments of the commands that talk with agents: `chat`, `agent`, `sessions`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use postern_protocol::chat::ThinkingLevel;

/// `postern chat`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ChatArgs {
    /// Session: a key from `postern sessions`, or the name of a new one; left out, the agent's main session
    #[arg(long, short, value_name = "KEY")]
    pub(crate) session: Option<String>,
    /// Agent that answers; left out, the default agent
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    /// Say this first
    #[arg(long, short, value_name = "TEXT")]
    pub(crate) message: Option<String>,
    /// How long the model may think: off, minimal, low, medium, high, xhigh
    #[arg(long, value_name = "LEVEL", value_parser = thinking)]
    pub(crate) thinking: Option<ThinkingLevel>,
    /// Model of this session from now on: provider/model
    #[arg(long, value_name = "REF")]
    pub(crate) model: Option<String>,
    /// How many earlier messages are shown: on a terminal 10 when left out, elsewhere none
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub(crate) history: Option<u32>,
}

/// `postern agent`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AgentArgs {
    /// What is said; - reads it from standard input
    #[arg(long, short, value_name = "TEXT")]
    pub(crate) message: String,
    /// Agent that answers; left out, the owner of the session or the default agent
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    /// Session, by key; left out, the agent's main session
    #[arg(long, value_name = "KEY", conflicts_with = "session_id")]
    pub(crate) session_key: Option<String>,
    /// Session, by its id
    #[arg(long, value_name = "ID")]
    pub(crate) session_id: Option<String>,
    /// How long the model may think: off, minimal, low, medium, high, xhigh
    #[arg(long, value_name = "LEVEL", value_parser = thinking)]
    pub(crate) thinking: Option<ThinkingLevel>,
    /// Model for this message: provider/model
    #[arg(long, value_name = "REF")]
    pub(crate) model: Option<String>,
    /// How long the answer may take, in seconds
    // The same name as the common flag, which this one replaces here.
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) timeout: u64,
}

/// `postern sessions …`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SessionsArgs {
    /// What to do with sessions; `list` when left out
    #[command(subcommand)]
    pub(crate) command: Option<SessionsCommand>,
}

/// What to do with sessions.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum SessionsCommand {
    /// List conversations, the last used first
    List(SessionsListArgs),
    /// Show one conversation and its last messages
    Show(SessionShowArgs),
    /// Begin a conversation anew; what is set for it stays
    Reset(SessionKeyArgs),
    /// Delete a conversation and everything said in it
    Delete(SessionDeleteArgs),
    /// Write a whole conversation to a file or to standard output
    Export(SessionExportArgs),
    /// Stop the answer that is being written
    Abort(SessionKeyArgs),
    /// Find where something was said
    Search(SessionSearchArgs),
    /// Shorten what the model is told of a conversation
    Compact(SessionCompactArgs),
}

/// `postern sessions list`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SessionsListArgs {
    /// Only of this agent
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    /// Only used within so many minutes
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) active: Option<u32>,
    /// How many at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: Option<u32>,
    /// Also those that were put away
    #[arg(long)]
    pub(crate) all: bool,
}

/// A session.
#[derive(Debug, Clone, Args)]
pub(crate) struct SessionKeyArgs {
    /// Session key, for example main or agent:main:main
    #[arg(value_name = "KEY")]
    pub(crate) key: String,
    /// Agent that owns it, when the key does not say
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
}

/// `postern sessions show`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SessionShowArgs {
    /// Which session
    #[command(flatten)]
    pub(crate) session: SessionKeyArgs,
    /// How many of the last messages are shown
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) messages: u32,
}

/// `postern sessions delete`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SessionDeleteArgs {
    /// Which session
    #[command(flatten)]
    pub(crate) session: SessionKeyArgs,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// `postern sessions export`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SessionExportArgs {
    /// Which session
    #[command(flatten)]
    pub(crate) session: SessionKeyArgs,
    /// One JSON object per line, or text to read
    #[arg(long, value_name = "FORMAT", default_value = "jsonl")]
    pub(crate) format: ExportFormat,
    /// File to write, which must not exist; left out, standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// One message per line, as the gateway keeps it
    Jsonl,
    /// Headings and text
    Markdown,
}

/// `postern sessions search`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SessionSearchArgs {
    /// Words that are all in the message
    #[arg(value_name = "WORDS", required = true)]
    pub(crate) words: Vec<String>,
    /// Only of this agent
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    /// How many at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=25))]
    pub(crate) limit: Option<u32>,
}

/// `postern sessions compact`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SessionCompactArgs {
    /// Which session
    #[command(flatten)]
    pub(crate) session: SessionKeyArgs,
    /// Keep so many of the last messages instead of a summary
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) keep: Option<u32>,
}

fn thinking(text: &str) -> Result<ThinkingLevel, String> {
    ThinkingLevel::parse(text).ok_or_else(|| "use off, minimal, low, medium, high or xhigh".to_owned())
}
