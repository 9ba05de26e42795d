//! Reading a secret: from a terminal that does not show it, or from standard
//! input.

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::Path;

use postern_gateway::secrets::Secret;

use crate::exit::{Exit, Failure, Outcome};

/// Longest secret that is read, bytes.
const LONGEST: u64 = 16 * 1024;

/// What to do where nobody can type unseen.
const PIPE: &str = "pipe it in and add --stdin (for a backup --passphrase-stdin)";

/// The secret in the file of `--password-file`, without the end of its line.
pub(crate) fn password_file(path: &Path) -> Outcome<Secret> {
    let failed = |error: std::io::Error| Failure::usage(format!("--password-file {}: {error}", path.display()));
    let mut text = String::new();
    std::fs::File::open(path).map_err(failed)?.take(LONGEST).read_to_string(&mut text).map_err(failed)?;
    let text = Secret::new(text);
    Ok(Secret::new(text.expose().trim_end_matches(['\r', '\n'])))
}

/// Asks for a new secret twice. `otherwise` says what became of it when they differ.
pub(crate) async fn ask_twice(question: &str, otherwise: &str) -> Outcome<Secret> {
    let first = ask(question).await?;
    let again = ask("The same again").await?;
    if first == again { Ok(first) } else { Err(Failure::usage(format!("the two differ; {otherwise}"))) }
}

/// Asks for a secret without showing what is typed.
pub(crate) async fn ask(question: &str) -> Outcome<Secret> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage("nobody is there to type it").hint(PIPE));
    }
    let silence = silent::Silence::begin()?;
    // Where the question cannot be shown, the answer can be typed all the same.
    let _ = write!(std::io::stderr(), "{question}: ").and_then(|()| std::io::stderr().flush());
    let (typed, answer) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // Nobody waits for it any more when this fails.
        let _ = typed.send(first_line());
    });
    // Ctrl-C must not leave a terminal behind that shows nothing.
    let secret = tokio::select! {
        line = answer => line.unwrap_or_else(|_| Err(Failure::new(Exit::Failed, "the key cannot be read"))),
        _ = tokio::signal::ctrl_c() => Err(Failure::new(Exit::Failed, "nothing was changed")),
    };
    drop(silence);
    let _ = writeln!(std::io::stderr());
    secret
}

/// The first line of standard input.
pub(crate) fn first_line() -> Outcome<Secret> {
    let mut line = String::new();
    let read = std::io::stdin().lock().take(LONGEST).read_line(&mut line);
    // Taken into custody first, so that it is overwritten whatever follows.
    let line = Secret::new(line);
    read.map_err(|error| Failure::new(Exit::Failed, format!("standard input: {error}")))?;
    match line.expose().trim() {
        "" => Err(Failure::usage("no key was given")),
        key if key.chars().any(char::is_control) => Err(Failure::usage("the key holds control characters")),
        key => Ok(Secret::new(key)),
    }
}

#[cfg(unix)]
mod silent {
    //! The terminal without echo.

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    use crate::exit::{Exit, Failure, Outcome};

    /// Echo is off until this is dropped.
    pub(super) struct Silence(Termios);

    impl Silence {
        pub(super) fn begin() -> Outcome<Self> {
            let failed = |error| Failure::new(Exit::Failed, format!("the terminal cannot hide the key: {error}"));
            let before = tcgetattr(std::io::stdin()).map_err(failed)?;
            let mut silent = before.clone();
            silent.local_modes.remove(LocalModes::ECHO);
            tcsetattr(std::io::stdin(), OptionalActions::Flush, &silent).map_err(failed)?;
            Ok(Self(before))
        }
    }

    impl Drop for Silence {
        fn drop(&mut self) {
            // Nothing can be done about a terminal that is gone.
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0);
        }
    }
}

#[cfg(not(unix))]
mod silent {
    //! A console whose echo this program cannot turn off.

    use crate::exit::{Failure, Outcome};

    pub(super) struct Silence;

    impl Silence {
        pub(super) fn begin() -> Outcome<Self> {
            Err(Failure::usage("this console would show it").hint(super::PIPE))
        }
    }
}
