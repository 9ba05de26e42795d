//! The built-in assistant: answers without a language model, a function of the
//! words and a few facts. It never pretends to be a model, and nothing of what
//! was written comes back.

use super::parse::split;
use super::table::COMMANDS;
use super::wording::{code, duration};

/// What the built-in assistant knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssistantFacts {
    /// Name of the agent it stands in for.
    pub agent_name: String,
    /// The configuration file.
    pub config_path: String,
    /// Version of the gateway.
    pub version: String,
    /// Milliseconds since the gateway started.
    pub uptime_ms: u64,
    /// Whether models of this machine are looked for.
    pub discovery: bool,
    /// Where Ollama is looked for.
    pub ollama: String,
    /// Where LM Studio is looked for.
    pub lmstudio: String,
    /// What needs attention at the gateway.
    pub warnings: Vec<String>,
}

/// What a message is about, as far as words alone tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Topic {
    Greeting,
    Thanks,
    Farewell,
    WhoAreYou,
    Help,
    Status,
    Connect,
    UnknownCommand(Option<&'static str>),
    Other,
}

/// Longest message that is looked at for small talk, characters: longer ones
/// are about something.
const SMALL_TALK: usize = 60;

/// What the built-in assistant answers.
#[must_use]
pub fn reply(text: &str, facts: &AssistantFacts) -> String {
    match topic(text) {
        Topic::Greeting => format!(
            "Hello! I am the built-in assistant of this gateway, standing in for {}. No language model is connected yet, \
             so I cannot hold a conversation, but commands work: `/help` lists them.\n\n{}",
            code(&facts.agent_name),
            connect(facts)
        ),
        Topic::Thanks => "You are welcome. `/help` lists what works here.".to_owned(),
        Topic::Farewell => "Goodbye. The conversation is kept.".to_owned(),
        Topic::WhoAreYou => format!("{HONEST} {WORKS}\n\n{}", connect(facts)),
        Topic::Help => format!("{HONEST}\n\n{}\n\n{}", commands(), connect(facts)),
        Topic::Status => status(facts),
        Topic::Connect => connect(facts),
        Topic::UnknownCommand(near) => {
            let hint = near.map(|name| format!(" Did you mean `/{name}`?")).unwrap_or_default();
            format!("There is no such command.{hint} `/help` lists them.")
        }
        Topic::Other => format!("{HONEST} So I cannot answer this.\n\n{WORKS}\n\n{}", connect(facts)),
    }
}

const HONEST: &str = "I am the built-in assistant: a few fixed answers, not a language model, and none is connected.";
const WORKS: &str = "What works: commands such as `/help`, `/status`, `/models` and `/pair`. Your messages are kept, and \
                     the conversation goes on here once a model is connected.";

/// The exact steps to a model.
fn connect(facts: &AssistantFacts) -> String {
    let mut text = format!(
        "To connect a model, on the gateway's machine:\n\
         1. `postern models auth openai` asks for your key and keeps it in the system's credential store \
         (`anthropic`, `google` and `openrouter` work the same way).\n\
         2. Put this into {} (with other settings there: between the outer braces); it counts at once:\n\n   \
         `{{ agents: {{ defaults: {{ model: \"openai/gpt-5-mini\" }} }} }}`",
        code(&facts.config_path)
    );
    if facts.discovery {
        text.push_str(&format!(
            "\n\nOr without a key: start Ollama ({}) or LM Studio ({}) with a model; it is found by itself.",
            code(&facts.ollama),
            code(&facts.lmstudio)
        ));
    }
    text
}

fn commands() -> String {
    let lines: Vec<_> = COMMANDS.iter().map(|spec| format!("- `{}` {}", spec.usage(), spec.description)).collect();
    lines.join("\n")
}

fn status(facts: &AssistantFacts) -> String {
    let mut text = format!(
        "The gateway (Postern {}) has been running for {}. No language model is connected. `/status` shows this \
         conversation.",
        code(&facts.version),
        duration(facts.uptime_ms)
    );
    for warning in facts.warnings.iter().take(5) {
        text.push_str(&format!("\n- Needs attention: {}", code(warning)));
    }
    text
}

fn topic(text: &str) -> Topic {
    let text = text.trim();
    if let Some((name, _)) = split(text) {
        // A known command with too much behind it is as good as unknown.
        return Topic::UnknownCommand(nearest(&name));
    }
    let words: Vec<String> = text
        .chars()
        .take(SMALL_TALK + 1)
        .collect::<String>()
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    if text.chars().count() > SMALL_TALK {
        return Topic::Other;
    }
    let said = words.join(" ");
    let starts =
        |phrases: &[&str]| phrases.iter().any(|phrase| said == *phrase || said.starts_with(&format!("{phrase} ")));
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| format!(" {said} ").contains(&format!(" {phrase} ")));
    if says(&["who are you", "what are you", "are you a bot", "are you real", "are you an ai", "your name"]) {
        Topic::WhoAreYou
    } else if says(&["connect a model", "add a model", "set up a model", "setup", "api key", "ollama", "lm studio"]) {
        Topic::Connect
    } else if says(&["help", "commands", "what can you do", "what can i do"]) {
        Topic::Help
    } else if says(&["status", "how are you", "are you there", "uptime", "ping"]) {
        Topic::Status
    } else if starts(&["thanks", "thank you", "thx", "danke", "merci", "gracias"]) {
        Topic::Thanks
    } else if starts(&["bye", "goodbye", "see you", "good night", "tsch\u{fc}ss"]) {
        Topic::Farewell
    } else if words.len() <= 4 && starts(GREETINGS) {
        Topic::Greeting
    } else {
        Topic::Other
    }
}

const GREETINGS: &[&str] = &[
    "hello",
    "hi",
    "hey",
    "hiya",
    "howdy",
    "yo",
    "good morning",
    "good afternoon",
    "good evening",
    "hallo",
    "servus",
    "moin",
    "guten tag",
    "guten morgen",
    "bonjour",
    "salut",
    "hola",
    "ciao",
    "ol\u{e1}",
    "hej",
    "test",
];

/// The command that was probably meant: one that begins so, or differs by two
/// letters at most.
fn nearest(name: &str) -> Option<&'static str> {
    let begins = COMMANDS.iter().find(|spec| spec.name == name || (name.len() >= 2 && spec.name.starts_with(name)));
    let close = || {
        let with_distance = COMMANDS.iter().map(|spec| (distance(name, spec.name), spec));
        let (distance, spec) = with_distance.min_by_key(|(distance, _)| *distance)?;
        (distance <= 2 && distance < name.len() / 2 + 1).then_some(spec)
    };
    begins.or_else(close).map(|spec| spec.name)
}

/// Letters to add, drop or replace to come from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}
