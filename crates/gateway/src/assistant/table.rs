//! Every command, once.

use postern_protocol::agents::{
    CommandArg, CommandArgKind, CommandCategory, CommandChoice, CommandEntry, CommandScope, CommandSource,
};

/// Which command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the table says what each does")]
pub enum CommandName {
    Help,
    Commands,
    Status,
    Usage,
    Whoami,
    Tools,
    Model,
    Models,
    Think,
    Verbose,
    Queue,
    New,
    Reset,
    Stop,
    Resume,
    Compact,
    Export,
    Pair,
    Approve,
}

/// One command.
#[derive(Debug)]
pub struct CommandSpec {
    /// Which.
    pub id: CommandName,
    /// Its name, without slash.
    pub name: &'static str,
    /// Other names, without slash.
    pub aliases: &'static [&'static str],
    /// What it does, for people.
    pub description: &'static str,
    /// What it belongs to.
    pub category: CommandCategory,
    /// What may follow it.
    pub args: &'static [ArgSpec],
}

/// One argument of a command.
#[derive(Debug)]
pub struct ArgSpec {
    /// Its name.
    pub name: &'static str,
    /// What it means, for people.
    pub description: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// The words that it can be; empty when it is free.
    pub choices: &'static [&'static str],
}

const fn optional(name: &'static str, description: &'static str, choices: &'static [&'static str]) -> ArgSpec {
    ArgSpec { name, description, required: false, choices }
}

const fn required(name: &'static str, description: &'static str, choices: &'static [&'static str]) -> ArgSpec {
    ArgSpec { name, description, required: true, choices }
}

const fn command(
    id: CommandName,
    name: &'static str,
    category: CommandCategory,
    description: &'static str,
) -> CommandSpec {
    CommandSpec { id, name, aliases: &[], description, category, args: &[] }
}

const LEVELS: &[&str] = &["off", "minimal", "low", "medium", "high", "xhigh", "default"];
const VERBOSE: &[&str] = &["off", "on", "full", "default"];
const QUEUE: &[&str] = &["followup", "steer", "collect", "interrupt", "default"];
const DECISIONS: &[&str] = &["allow-once", "allow-always", "deny"];

use CommandCategory::{Management, Options, Session, Status, Tools};

/// Every command, in the order in which help shows them.
pub static COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        args: &[optional("command", "Only this one", &[])],
        aliases: &["h", "?"],
        ..command(CommandName::Help, "help", Status, "Shows what can be typed here")
    },
    command(CommandName::Commands, "commands", Status, "Lists every command with its arguments"),
    command(CommandName::Status, "status", Status, "Shows the model, the settings and the size of this conversation"),
    command(CommandName::Usage, "usage", Status, "Shows tokens and cost of this conversation and of today"),
    CommandSpec {
        aliases: &["id"],
        ..command(CommandName::Whoami, "whoami", Status, "Shows who you are to the gateway and what you may do")
    },
    command(CommandName::Tools, "tools", Tools, "Lists the tools the agent has here"),
    CommandSpec {
        args: &[optional("model", "provider/model, or default", &[])],
        ..command(CommandName::Model, "model", Options, "Shows or chooses the model of this conversation")
    },
    command(CommandName::Models, "models", Options, "Lists the models that can be chosen"),
    CommandSpec {
        args: &[optional("level", "How long the model may think", LEVELS)],
        aliases: &["thinking", "t"],
        ..command(CommandName::Think, "think", Options, "Shows or sets how long the model may think")
    },
    CommandSpec {
        args: &[optional("level", "Whether tool calls are shown", VERBOSE)],
        aliases: &["v"],
        ..command(CommandName::Verbose, "verbose", Options, "Shows or sets whether tool calls are shown")
    },
    CommandSpec {
        args: &[optional("mode", "What becomes of a message while an answer is being written", QUEUE)],
        ..command(CommandName::Queue, "queue", Options, "Shows or sets what becomes of messages sent during an answer")
    },
    CommandSpec {
        args: &[optional("message", "First message of the new conversation", &[])],
        ..command(CommandName::New, "new", Session, "Starts this conversation anew")
    },
    command(CommandName::Reset, "reset", Session, "Starts this conversation anew"),
    CommandSpec {
        aliases: &["abort"],
        ..command(CommandName::Stop, "stop", Session, "Stops the answer that is being written")
    },
    command(CommandName::Resume, "resume", Session, "Answers a message whose answer was interrupted"),
    command(CommandName::Compact, "compact", Session, "Shortens the conversation that is sent to the model"),
    command(CommandName::Export, "export", Session, "Shows how to save this conversation"),
    CommandSpec {
        args: &[
            optional("action", "approve or reject", &["approve", "reject"]),
            optional("request", "Id of the request", &[]),
            optional("fingerprint", "The device's fingerprint, at least its first 12 characters", &[]),
        ],
        ..command(
            CommandName::Pair,
            "pair",
            Management,
            "Shows how to connect a device, and devices that ask to be let in",
        )
    },
    CommandSpec {
        args: &[required("id", "Id of the approval", &[]), required("decision", "What to do with it", DECISIONS)],
        ..command(CommandName::Approve, "approve", Management, "Decides about a command that waits for approval")
    },
];

impl CommandSpec {
    /// Whether anything may follow it.
    #[must_use]
    pub const fn accepts_args(&self) -> bool {
        !self.args.is_empty()
    }

    /// `/think [level]`.
    #[must_use]
    pub fn usage(&self) -> String {
        let mut text = format!("/{}", self.name);
        for arg in self.args {
            let (open, close) = if arg.required { ('<', '>') } else { ('[', ']') };
            text.push(' ');
            text.push(open);
            text.push_str(arg.name);
            text.push(close);
        }
        text
    }

    /// Whether this is what was typed, without slash, in lower case.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    fn entry(&self, with_args: bool) -> CommandEntry {
        let names = std::iter::once(&self.name).chain(self.aliases);
        CommandEntry {
            name: self.name.to_owned(),
            native_name: Some(self.name.to_owned()),
            text_aliases: Some(names.map(|name| format!("/{name}")).collect()),
            description: self.description.to_owned(),
            category: Some(self.category),
            source: CommandSource::Native,
            scope: CommandScope::Both,
            accepts_args: self.accepts_args(),
            args: (with_args && self.accepts_args()).then(|| self.args.iter().map(ArgSpec::wire).collect()),
        }
    }
}

impl ArgSpec {
    fn wire(&self) -> CommandArg {
        let choice = |word: &&str| CommandChoice { value: (*word).to_owned(), label: (*word).to_owned() };
        CommandArg {
            name: self.name.to_owned(),
            description: self.description.to_owned(),
            kind: CommandArgKind::String,
            required: self.required.then_some(true),
            choices: (!self.choices.is_empty()).then(|| self.choices.iter().map(choice).collect()),
        }
    }
}

/// Every command as `commands.list` and `chat.metadata` show it.
#[must_use]
pub fn entries(with_args: bool) -> Vec<CommandEntry> {
    COMMANDS.iter().map(|spec| spec.entry(with_args)).collect()
}
