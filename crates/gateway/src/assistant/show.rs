//! What commands show: help, status, usage, models, tools, the caller.

use postern_protocol::agents::CommandCategory;
use postern_protocol::chat::{ThinkingLevel, VerboseLevel};

use super::execute::CommandCx;
use super::host::{ModelFact, StatusFacts, ToolFact, UsageFacts, UsageLine};
use super::parse::find;
use super::table::{COMMANDS, CommandSpec};
use super::wording::{code, count, duration, fingerprint, tokens, usage as usage_words, usd};

/// Most lines of a list.
const MAX_LINES: usize = 60;

/// Commands by topic, or one of them.
pub(super) fn help(args: &str) -> String {
    let word = args.trim().trim_start_matches('/').to_ascii_lowercase();
    if word.is_empty() {
        let mut text = String::from("Commands work in every conversation and are never sent to a model.\n");
        for (category, title) in CATEGORIES {
            let of_it: Vec<_> = COMMANDS.iter().filter(|spec| spec.category == *category).map(line).collect();
            text.push_str(&format!("\n**{title}**\n{}\n", of_it.join("\n")));
        }
        text.push_str("\n`stop` alone stops an answer. `/commands` shows everything that can be typed.");
        return text;
    }
    find(&word).map_or_else(|| "There is no such command; `/help` lists them.".to_owned(), details)
}

const CATEGORIES: &[(CommandCategory, &str)] = &[
    (CommandCategory::Session, "Conversation"),
    (CommandCategory::Options, "Settings"),
    (CommandCategory::Status, "What is going on"),
    (CommandCategory::Tools, "Tools"),
    (CommandCategory::Management, "Devices and approvals"),
];

fn line(spec: &CommandSpec) -> String {
    format!("- `{}` {}", spec.usage(), spec.description)
}

/// Every command with its other names and its arguments.
pub(super) fn commands() -> String {
    COMMANDS.iter().map(details).collect::<Vec<_>>().join("\n\n")
}

fn details(spec: &CommandSpec) -> String {
    let mut text = format!("`{}` {}", spec.usage(), spec.description);
    if !spec.aliases.is_empty() {
        let names: Vec<_> = spec.aliases.iter().map(|alias| format!("`/{alias}`")).collect();
        text.push_str(&format!("\n- also {}", names.join(", ")));
    }
    for arg in spec.args {
        text.push_str(&format!("\n- {}: {}", arg.name, arg.description));
        if !arg.choices.is_empty() {
            let choices: Vec<_> = arg.choices.iter().map(|choice| format!("`{choice}`")).collect();
            text.push_str(&format!(" ({})", choices.join(", ")));
        }
    }
    text
}

pub(super) fn status(cx: &CommandCx, status: &StatusFacts) -> String {
    let model = match &status.model {
        None => "none connected; the built-in assistant answers".to_owned(),
        Some(model) if status.model_is_own => format!("{} (chosen here)", code(model)),
        Some(model) => code(model),
    };
    let context = match (status.context_used, status.context_limit) {
        (Some(used), Some(limit)) if limit > 0 => {
            let percent = u128::from(used) * 100 / u128::from(limit);
            format!("{} of {} tokens ({percent} %)", tokens(used), tokens(limit))
        }
        (Some(used), _) => format!("{} tokens", tokens(used)),
        (None, _) => "nothing sent to a model yet".to_owned(),
    };
    let mut lines = vec![
        format!("- Gateway: Postern {}, up {}", code(&status.version), duration(status.uptime_ms)),
        format!("- Agent: {} ({})", code(&cx.agent_name), code(&cx.agent_id)),
        format!("- Conversation: {}, {}", code(&cx.session_key), count(status.messages, "message")),
        format!("- Model: {model}"),
        format!("- Context: {context}"),
        format!("- Thinking: {}", status.thinking.map_or("left to the model", ThinkingLevel::as_str)),
        format!("- Tool calls shown: {}", status.verbose.unwrap_or(VerboseLevel::Off).as_str()),
        format!("- Messages during an answer: {}", status.queue.as_str()),
    ];
    if status.active_runs > 0 || status.queued > 0 {
        let [active, queued] =
            [status.active_runs, status.queued].map(|number| u64::try_from(number).unwrap_or(u64::MAX));
        lines.push(format!("- Being written: {}; waiting: {}", count(active, "answer"), count(queued, "message")));
    }
    lines.extend(status.warnings.iter().take(5).map(|warning| format!("- Needs attention: {}", code(warning))));
    lines.join("\n")
}

pub(super) fn usage(facts: &UsageFacts) -> String {
    let line = |title: &str, line: &UsageLine| format!("- {title}: {}", usage_words(line));
    let mut lines = vec![
        line("This conversation", &facts.session),
        line("This agent today", &facts.agent_today),
        line("All agents today", &facts.all_today),
    ];
    if let Some(limit) = facts.daily_micro_usd {
        lines.push(format!("- Daily limit: {}", usd(limit)));
    }
    if let Some(limit) = facts.daily_tokens {
        lines.push(format!("- Daily limit: {} tokens", tokens(limit)));
    }
    lines.push("Days are those of UTC.".to_owned());
    lines.join("\n")
}

pub(super) fn whoami(cx: &CommandCx) -> String {
    let device = cx.device_id.as_deref().map_or_else(|| "none".to_owned(), |id| format!("`{}`", fingerprint(id)));
    let place = if cx.local { "on the gateway's machine" } else { "on another machine" };
    let scopes = cx.scopes.words();
    let scopes = if scopes.is_empty() { "nothing beyond this chat".to_owned() } else { scopes.join(", ") };
    let client = if cx.client.is_empty() { "unknown".to_owned() } else { code(&cx.client) };
    format!(
        "- Program: {client}, {place}\n- Device: {device}\n- May: {scopes}\n- Talks to: {} in {}",
        code(&cx.agent_name),
        code(&cx.session_key)
    )
}

pub(super) fn tools(tools: &[ToolFact]) -> String {
    if tools.is_empty() {
        return "The agent has no tools here. Tools need a language model; what is allowed is set under `tools` in the \
                configuration."
            .to_owned();
    }
    let lines = tools.iter().map(|tool| format!("- {} {}", code(&tool.name), first_sentence(&tool.description)));
    bounded(lines, tools.len())
}

/// Descriptions are written for models; people need their beginning.
fn first_sentence(text: &str) -> String {
    let end = text.find(". ").map_or(text.len(), |at| at + 1);
    let sentence: String = text[..end].chars().take(160).collect();
    sentence.chars().filter(|c| !c.is_control() && !"<>`&[]".contains(*c)).collect()
}

pub(super) fn models(models: &[ModelFact], current: Option<&str>) -> String {
    if models.is_empty() {
        return "No language model is known yet. `postern models auth openai` stores a key; Ollama and LM Studio on this \
                machine are found by themselves."
            .to_owned();
    }
    let lines = models.iter().map(|model| {
        let name = model.name.as_deref().filter(|name| !model.reference.ends_with(name));
        let name = name.map(|name| format!(" ({})", code(name))).unwrap_or_default();
        let note = if model.available { "" } else { ", not usable yet: its provider has no key or does not answer" };
        let mark = if current == Some(model.reference.as_str()) { ", answers here" } else { "" };
        format!("- {}{name}{mark}{note}", code(&model.reference))
    });
    format!("{}\n`/model provider/model` chooses one for this conversation.", bounded(lines, models.len()))
}

fn bounded(lines: impl Iterator<Item = String>, count: usize) -> String {
    let mut shown: Vec<String> = lines.take(MAX_LINES).collect();
    if count > MAX_LINES {
        shown.push(format!("- and {} more", count - MAX_LINES));
    }
    shown.join("\n")
}

pub(super) fn export(cx: &CommandCx) -> String {
    format!(
        "On the gateway's machine, or wherever `postern` is paired, this writes the conversation to a file:\n\n\
         `postern sessions export {}`",
        code(&cx.session_key).trim_matches('`')
    )
}
