//! From a command to its answer.

use postern_protocol::access::{Scope, ScopeSet};

use super::host::CommandHost;
use super::parse::Command;
use super::table::CommandName;
use super::{options, pairing, show, wording};

/// Who typed a command, and where.
#[derive(Debug, Clone, Default)]
pub struct CommandCx {
    /// What the caller may do.
    pub scopes: ScopeSet,
    /// The caller's device, when it has one.
    pub device_id: Option<String>,
    /// The caller's program, such as `openclaw-ios`.
    pub client: String,
    /// Whether the caller is on the gateway's machine.
    pub local: bool,
    /// Canonical key of the session.
    pub session_key: String,
    /// Agent that owns it.
    pub agent_id: String,
    /// The agent's name.
    pub agent_name: String,
    /// The configuration file.
    pub config_path: String,
    /// Epoch milliseconds.
    pub now_ms: i64,
}

impl CommandCx {
    pub(super) fn may(&self, scope: Scope) -> bool {
        self.scopes.allows(scope)
    }
}

/// What a command answers, and what is still to be done because of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandReply {
    /// Markdown for the person.
    pub text: String,
    /// For whoever runs the session, in this order, after the answer.
    pub effects: Vec<Effect>,
}

/// What is to be done after a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Stop every other run of the session.
    Stop,
    /// Run a message again whose answer was interrupted.
    Resume {
        /// The run that would have answered it.
        run_id: String,
    },
    /// Say this in the session, as the person would.
    Say {
        /// The message.
        text: String,
    },
}

impl From<String> for CommandReply {
    fn from(text: String) -> Self {
        Self { text, effects: Vec::new() }
    }
}

impl From<&str> for CommandReply {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl CommandReply {
    fn then(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }
}

/// Does what a command says. A refusal is an answer like any other.
pub async fn execute<H: CommandHost>(cx: &CommandCx, host: &mut H, command: &Command) -> CommandReply {
    let args = command.args.as_str();
    match command.name {
        CommandName::Help => show::help(args).into(),
        CommandName::Commands => show::commands().into(),
        CommandName::Status => show::status(cx, &host.status().await).into(),
        CommandName::Usage => show::usage(&host.usage().await).into(),
        CommandName::Whoami => show::whoami(cx).into(),
        CommandName::Tools => show::tools(&host.tools().await).into(),
        CommandName::Models => show::models(&host.models().await, host.status().await.model.as_deref()).into(),
        CommandName::Model => options::model(host, args).await.into(),
        CommandName::Think => options::think(host, args).await.into(),
        CommandName::Verbose => options::verbose(host, args).await.into(),
        CommandName::Queue => options::queue(host, args).await.into(),
        CommandName::New | CommandName::Reset => reset(host, args).await,
        CommandName::Stop => stop(host).await,
        CommandName::Resume => resume(host).await,
        CommandName::Compact => compact(host).await.into(),
        CommandName::Export => show::export(cx).into(),
        CommandName::Pair => pairing::pair(cx, host, args).await.into(),
        CommandName::Approve => pairing::approve(cx, host, args).await.into(),
    }
}

async fn reset<H: CommandHost>(host: &mut H, message: &str) -> CommandReply {
    match host.reset().await {
        Err(problem) => format!("The conversation was not started anew: {problem}").into(),
        Ok(()) => {
            let reply = CommandReply::from("A new conversation. What was said before is kept, but no longer sent.");
            if message.is_empty() { reply } else { reply.then(Effect::Say { text: message.to_owned() }) }
        }
    }
}

async fn stop<H: CommandHost>(host: &mut H) -> CommandReply {
    let status = host.status().await;
    if status.active_runs == 0 && status.queued == 0 {
        return "Nothing is being answered right now.".into();
    }
    CommandReply::from("Stopped.").then(Effect::Stop)
}

async fn resume<H: CommandHost>(host: &mut H) -> CommandReply {
    let Some(interrupted) = host.interrupted().await else {
        return "No answer was interrupted here; there is nothing to resume.".into();
    };
    let text = format!("Answering this again: {}", wording::code(&interrupted.preview));
    CommandReply::from(text).then(Effect::Resume { run_id: interrupted.run_id })
}

async fn compact<H: CommandHost>(host: &mut H) -> String {
    match host.compact().await {
        Err(problem) => format!("The conversation was not shortened: {problem}"),
        Ok(done) if !done.compacted => "The conversation is short enough; nothing was left out.".to_owned(),
        Ok(done) => {
            let kept =
                done.kept.map(|kept| format!(" {} are still sent as they are.", wording::count(kept, "message")));
            format!("The conversation was shortened.{}", kept.unwrap_or_default())
        }
    }
}
