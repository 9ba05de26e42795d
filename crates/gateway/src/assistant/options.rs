//! Settings of a conversation: model, thinking, tool calls, queue.

use postern_protocol::chat::{QueueMode, ThinkingLevel, VerboseLevel};

use super::host::{CommandHost, Setting};
use super::wording::code;

/// What was typed behind the command.
enum Wish<T> {
    /// Nothing: show what holds.
    Show,
    /// Back to what the agent has.
    Default,
    /// This.
    Value(T),
    /// Something else.
    Unknown,
}

fn wish<T>(args: &str, parse: impl FnOnce(&str) -> Option<T>) -> Wish<T> {
    match args {
        "" => Wish::Show,
        word if ["default", "inherit"].iter().any(|known| word.eq_ignore_ascii_case(known)) => Wish::Default,
        word => parse(word).map_or(Wish::Unknown, Wish::Value),
    }
}

fn answer(done: Result<(), String>, text: impl FnOnce() -> String) -> String {
    done.map_or_else(|problem| format!("Nothing was changed: {problem}"), |()| text())
}

fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> String {
    let words: Vec<_> = all.iter().map(|value| format!("`{}`", word(*value))).collect();
    format!("{} or `default`", words.join(", "))
}

pub(super) async fn model<H: CommandHost>(host: &mut H, args: &str) -> String {
    let one_word = |word: &str| (!word.contains(char::is_whitespace) && word.len() <= 256).then(|| word.to_owned());
    match wish(args, one_word) {
        Wish::Show => {
            let status = host.status().await;
            let Some(model) = status.model else {
                return "No language model is connected, so the built-in assistant answers. \
                        Write anything to see how to connect one; `/models` lists what was found."
                    .to_owned();
            };
            let whose = if status.model_is_own { "chosen for this conversation" } else { "the agent's own" };
            format!("Model: {} ({whose}). `/model provider/model` chooses another, `/models` lists them.", code(&model))
        }
        Wish::Default => {
            let done = host.set(Setting::Model(None)).await;
            answer(done, || "This conversation uses the agent's model again.".to_owned())
        }
        Wish::Value(model) => {
            let done = host.set(Setting::Model(Some(model.clone()))).await;
            answer(done, || format!("This conversation now uses {}.", code(&model)))
        }
        Wish::Unknown => "A model is one word such as `openai/gpt-5-mini`; `/models` lists them.".to_owned(),
    }
}

pub(super) async fn think<H: CommandHost>(host: &mut H, args: &str) -> String {
    let levels = || words(ThinkingLevel::ALL, ThinkingLevel::as_str);
    match wish(args, ThinkingLevel::parse) {
        Wish::Show => {
            let level = host.status().await.thinking.map_or("left to the model", ThinkingLevel::as_str);
            format!("Thinking: {level}. It can be {}.", levels())
        }
        Wish::Default => {
            let done = host.set(Setting::Thinking(None)).await;
            answer(done, || "Thinking is as the agent has it again.".to_owned())
        }
        Wish::Value(level) => {
            let done = host.set(Setting::Thinking(Some(level))).await;
            answer(done, || format!("Thinking: {}.", level.as_str()))
        }
        Wish::Unknown => format!("Thinking can be {}.", levels()),
    }
}

pub(super) async fn verbose<H: CommandHost>(host: &mut H, args: &str) -> String {
    let levels = || words(VerboseLevel::ALL, VerboseLevel::as_str);
    match wish(args, VerboseLevel::parse) {
        Wish::Show => {
            let level = host.status().await.verbose.unwrap_or(VerboseLevel::Off);
            format!("Tool calls are shown: {}. It can be {}.", level.as_str(), levels())
        }
        Wish::Default => {
            let done = host.set(Setting::Verbose(None)).await;
            answer(done, || "Tool calls are shown as the agent has it again.".to_owned())
        }
        Wish::Value(level) => {
            let done = host.set(Setting::Verbose(Some(level))).await;
            answer(done, || format!("Tool calls are shown: {}.", level.as_str()))
        }
        Wish::Unknown => format!("It can be {}.", levels()),
    }
}

pub(super) async fn queue<H: CommandHost>(host: &mut H, args: &str) -> String {
    let modes = || {
        let lines: Vec<_> =
            QueueMode::ALL.iter().map(|mode| format!("- `{}`: {}", mode.as_str(), meaning(*mode))).collect();
        lines.join("\n")
    };
    match wish(args, QueueMode::parse) {
        Wish::Show => {
            let mode = host.status().await.queue;
            format!("A message sent during an answer: `{}`. It can be\n{}", mode.as_str(), modes())
        }
        Wish::Default => {
            let done = host.set(Setting::Queue(None)).await;
            answer(done, || "Messages sent during an answer are handled as configured again.".to_owned())
        }
        Wish::Value(mode) => {
            let done = host.set(Setting::Queue(Some(mode))).await;
            answer(done, || format!("A message sent during an answer: {}.", meaning(mode)))
        }
        Wish::Unknown => format!("It can be\n{}", modes()),
    }
}

const fn meaning(mode: QueueMode) -> &'static str {
    match mode {
        QueueMode::Followup => "it is answered afterwards, on its own",
        QueueMode::Steer => "the model is told of it at its next step",
        QueueMode::Collect => "those that wait are answered together",
        QueueMode::Interrupt => "the answer is stopped and this one begins",
    }
}
