//! What was asked and not yet run. An approval that comes back is for the very command that was asked about: the same
//! words, the same folder, the same variables, and the same file behind the program's name.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Questions kept; the oldest make room.
const MOST: usize = 256;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Question {
    /// The run that asked, where it has a name.
    run_id: Option<String>,
    /// Words and folder.
    words: String,
    /// Everything that runs: [`postern_tools::exec::policy::Command::exact`].
    exact: String,
    /// Whether the variables were known when it was asked.
    with_env: bool,
}

/// The questions of this host.
#[derive(Debug, Default)]
pub(crate) struct Asked(Mutex<VecDeque<Question>>);

/// What an approved command is compared with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Command<'a> {
    pub(crate) run_id: Option<&'a str>,
    pub(crate) words: &'a str,
    pub(crate) exact: &'a str,
    pub(crate) with_env: bool,
}

impl Asked {
    /// Notes a question.
    pub(crate) fn note(&self, command: Command<'_>) {
        let question = Question {
            run_id: command.run_id.map(str::to_owned),
            words: command.words.to_owned(),
            exact: command.exact.to_owned(),
            with_env: command.with_env,
        };
        let mut questions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        questions.retain(|known| !(known.words == question.words && known.run_id == question.run_id));
        questions.push_back(question);
        while questions.len() > MOST {
            questions.pop_front();
        }
    }

    /// Whether an approved command is the one that was asked about, as far as this host was asked.
    pub(crate) fn agrees(&self, command: Command<'_>) -> bool {
        let questions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_run = |known: &&Question| known.run_id.is_some() && known.run_id.as_deref() == command.run_id;
        if let Some(asked) = questions.iter().rev().find(of_run) {
            return asked.exact == command.exact;
        }
        // Gateways that name the approval instead of the run ask with the same words. What they did not say when they
        // asked (variables) cannot be compared then.
        let same_words = |known: &&Question| known.words == command.words && known.with_env == command.with_env;
        questions.iter().rev().find(same_words).is_none_or(|asked| asked.exact == command.exact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command<'a>(run_id: Option<&'a str>, words: &'a str, exact: &'a str) -> Command<'a> {
        Command { run_id, words, exact, with_env: false }
    }

    #[test]
    fn an_approval_is_for_what_was_asked() {
        let asked = Asked::default();
        asked.note(command(Some("r1"), "ls", "A"));
        assert!(asked.agrees(command(Some("r1"), "ls", "A")));
        assert!(!asked.agrees(command(Some("r1"), "rm", "B")), "other words under the same run");
        assert!(!asked.agrees(command(Some("r1"), "ls", "B")), "another program, folder or variables");
        asked.note(command(None, "make", "C"));
        assert!(asked.agrees(command(Some("approval"), "make", "C")));
        assert!(!asked.agrees(command(Some("approval"), "make", "D")), "the program was replaced meanwhile");
        assert!(asked.agrees(command(Some("other"), "never asked here", "E")));
    }

    #[test]
    fn questions_are_bounded() {
        let asked = Asked::default();
        (0..2 * MOST).for_each(|number| asked.note(command(None, &number.to_string(), "A")));
        assert_eq!(asked.0.lock().unwrap().len(), MOST);
    }
}
