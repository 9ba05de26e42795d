//! Whether a message is a command or a stop word. Pure.

use super::table::{COMMANDS, CommandName, CommandSpec};

/// A command as it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Which.
    pub name: CommandName,
    /// What follows it, trimmed.
    pub args: String,
}

/// Words that stop the answer when they are the whole message (`methods.md §2`).
const STOP_WORDS: [&str; 6] = ["stop", "esc", "abort", "wait", "exit", "interrupt"];
/// Longest word behind a slash that is looked at, bytes.
const MAX_NAME: usize = 32;

/// Whether a message asks to stop: a stop word alone, in any case, with or
/// without a slash.
#[must_use]
pub fn is_stop(text: &str) -> bool {
    let word = text.trim();
    let word = word.strip_prefix('/').unwrap_or(word);
    STOP_WORDS.iter().any(|stop| word.eq_ignore_ascii_case(stop))
}

/// The command in a message. A slash followed by anything else, such as a path,
/// is an ordinary message; so is a command that takes nothing with something
/// behind it.
#[must_use]
pub fn parse(text: &str) -> Option<Command> {
    let (name, args) = split(text)?;
    let spec = find(&name)?;
    if !spec.accepts_args() && !args.is_empty() {
        return None;
    }
    Some(Command { name: spec.id, args: args.to_owned() })
}

/// The command that is called so, without slash, in lower case.
pub(super) fn find(name: &str) -> Option<&'static CommandSpec> {
    COMMANDS.iter().find(|spec| spec.is_called(name))
}

/// The word behind a slash, in lower case and without the name of a bot, and
/// what follows it. `/think: high` counts like `/think high`.
pub(super) fn split(text: &str) -> Option<(String, &str)> {
    let text = text.trim().strip_prefix('/')?;
    let end = text.find(|c: char| c.is_whitespace() || c == ':').unwrap_or(text.len());
    let (word, args) = text.split_at(end);
    let word = word.split('@').next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_?".contains(c);
    if word.is_empty() || word.len() > MAX_NAME || !word.chars().all(plain) {
        return None;
    }
    let args = args.strip_prefix(':').unwrap_or(args);
    Some((word.to_ascii_lowercase(), args.trim()))
}
