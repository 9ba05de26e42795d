//! Programs of the operating system that are asked about services.

use std::process::{Command, Stdio};

/// What a program said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) ok: bool,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Why it refused, in one line.
    pub(crate) fn why(&self) -> String {
        let text = if self.err.trim().is_empty() { &self.out } else { &self.err };
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Runs a program and waits; one that is not there has said nothing.
pub(crate) fn ask(program: &str, args: &[&str]) -> Said {
    let mut command = Command::new(program);
    command.args(args).env("LC_ALL", "C").stdin(Stdio::null());
    match command.output() {
        Ok(output) => Said {
            ok: output.status.success(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        },
        Err(error) => Said { err: format!("{program}: {error}"), ..Said::default() },
    }
}
