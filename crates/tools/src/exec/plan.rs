//! The plan of one command: made once, shown to whoever decides, and executed as it is.
//!
//! What is displayed, what is approved and what runs must be one thing (approvals of truncated, re-normalised or swapped
//! commands are a published class of holes). So a plan holds everything the child gets, cannot be changed, and the
//! executor takes the very [`Arc`](std::sync::Arc) the gate decided on.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::env::{self, EnvError};
use super::program::{self, FolderIdentity, Program, ProgramError, ProgramIdentity};
use super::quote;
use crate::fs::{Workspace, WorkspaceError};
use crate::hex::hex;

/// The longest argument, in bytes (the least of the supported systems allows 128 KiB).
const MAX_ARGUMENT_BYTES: usize = 120_000;
/// All arguments together, in bytes.
const MAX_ARGV_BYTES: usize = 512_000;
/// What a command may get on its standard input, in bytes.
const MAX_STDIN_BYTES: usize = 1_000_000;

/// What a call asks for.
#[derive(Debug, Clone, Default)]
pub struct PlanRequest {
    /// Program and arguments. For a shell line see [`PlanRequest::shell`].
    pub argv: Vec<String>,
    /// Folder within the workspace; its root when absent.
    pub cwd: Option<String>,
    /// Variables added to the base environment.
    pub env: BTreeMap<String, String>,
    /// Bytes for standard input; nothing when absent.
    pub stdin: Option<String>,
    /// Whether the command gets a terminal.
    pub pty: bool,
    /// How long it may take; the limit when absent or longer than that.
    pub timeout: Option<Duration>,
}

impl PlanRequest {
    /// A request to run `line` in the system's shell.
    pub fn shell(line: impl Into<String>) -> Self {
        let argv = shell_argv().iter().map(|part| (*part).to_owned()).chain([line.into()]).collect();
        Self { argv, ..Self::default() }
    }

    /// A request to run a program with arguments.
    pub fn program(argv: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { argv: argv.into_iter().map(Into::into).collect(), ..Self::default() }
    }
}

/// Why no plan could be made. Every text names the argument or the fix.
#[derive(Debug, Error)]
pub enum PlanError {
    /// Nothing to run.
    #[error("`argv` is empty: give a program, or use `command`")]
    Empty,
    /// A text that no process can be given.
    #[error("`{0}` contains a NUL byte")]
    Nul(&'static str),
    /// More than the system takes.
    #[error("`{field}` is {size} bytes long, the limit is {limit}: write it to a file and pass its name")]
    TooLong {
        /// The argument.
        field: &'static str,
        /// Its bytes.
        size: usize,
        /// The bytes allowed.
        limit: usize,
    },
    /// A variable that was refused.
    #[error(transparent)]
    Env(#[from] EnvError),
    /// The folder is not in the workspace, or is none.
    #[error("`cwd`: {0}")]
    Cwd(#[from] WorkspaceError),
    /// The program was not found or cannot be run.
    #[error(transparent)]
    Program(#[from] ProgramError),
}

/// Why a decided plan is not executed.
#[derive(Debug, Error)]
pub enum Stale {
    /// The file of the program is not the one that was shown.
    #[error("the program {0} was replaced after the command was decided on; nothing was run")]
    Program(String),
    /// The folder is not the one that was shown.
    #[error("the folder {0} was replaced after the command was decided on; nothing was run")]
    Folder(String),
}

/// Everything a child process gets, fixed.
#[derive(Clone, PartialEq, Eq)]
pub struct ExecPlan {
    argv: Vec<String>,
    is_shell_line: bool,
    program: PathBuf,
    identity: ProgramIdentity,
    cwd: PathBuf,
    folder: FolderIdentity,
    env: BTreeMap<String, String>,
    added: Vec<String>,
    stdin: Option<String>,
    pty: bool,
    timeout: Duration,
}

impl ExecPlan {
    /// Resolves program and folder and completes the environment. `limit` is the longest timeout.
    pub fn new(
        request: PlanRequest,
        workspace: &Workspace,
        base_env: &BTreeMap<String, String>,
        limit: Duration,
    ) -> Result<Self, PlanError> {
        let cwd = workspace.resolve_folder(request.cwd.as_deref().unwrap_or("."))?;
        Self::in_folder(request, cwd, base_env, limit)
    }

    /// The same for a computer that somebody lends as a whole: the folder may be any, and `home` when none is named.
    pub fn anywhere(
        request: PlanRequest,
        home: &Path,
        base_env: &BTreeMap<String, String>,
        limit: Duration,
    ) -> Result<Self, PlanError> {
        let named = request.cwd.as_deref().unwrap_or(".");
        if named.contains('\0') {
            return Err(PlanError::Nul("cwd"));
        }
        let refused = |why: String| PlanError::Cwd(WorkspaceError::Refused(format!("{named:?} {why}")));
        let cwd = home.join(named).canonicalize().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => refused("does not exist on this computer".to_owned()),
            _ => refused(format!("cannot be entered: {error}")),
        })?;
        if !cwd.is_dir() {
            return Err(refused("is not a folder".to_owned()));
        }
        Self::in_folder(request, cwd, base_env, limit)
    }

    fn in_folder(
        request: PlanRequest,
        cwd: PathBuf,
        base_env: &BTreeMap<String, String>,
        limit: Duration,
    ) -> Result<Self, PlanError> {
        check_texts(&request)?;
        let PlanRequest { mut argv, cwd: _, env: added, stdin, pty, timeout } = request;
        let folder = FolderIdentity::of(&cwd).map_err(WorkspaceError::from)?;
        let env = env::complete(base_env, &added, pty)?;
        let is_shell_line = argv.split_last().is_some_and(|(_, shell)| shell == shell_argv());
        let first = argv.first_mut().ok_or(PlanError::Empty)?;
        let Program { found, file, identity } = program::resolve(first, &cwd, env.get("PATH").map(String::as_str))?;
        if pty {
            // The terminal library starts the path that argv[0] is. Not the resolved one: where many programs are links
            // to one file, the name tells which of them is meant.
            *first = found.to_string_lossy().into_owned();
        }
        let timeout = timeout.map_or(limit, |asked| asked.min(limit));
        let added = added.into_keys().collect();
        Ok(Self { argv, is_shell_line, program: file, identity, cwd, folder, env, added, stdin, pty, timeout })
    }

    /// Program name and arguments, exactly as the child sees them.
    pub fn argv(&self) -> &[String] {
        &self.argv
    }

    /// The file that is executed: absolute, without symbolic links.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Which file that was when the plan was made.
    pub fn identity(&self) -> &ProgramIdentity {
        &self.identity
    }

    /// Where it runs: absolute, without symbolic links.
    pub fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// The whole environment of the child.
    pub fn env(&self) -> &BTreeMap<String, String> {
        &self.env
    }

    /// The part of the environment that this call asked for.
    pub fn added_env(&self) -> impl Iterator<Item = (&str, &str)> {
        self.added.iter().filter_map(|name| Some((name.as_str(), self.env.get(name)?.as_str())))
    }

    /// What the child reads from its standard input.
    pub fn stdin(&self) -> Option<&str> {
        self.stdin.as_deref()
    }

    /// Whether the child gets a terminal.
    pub fn pty(&self) -> bool {
        self.pty
    }

    /// How long it may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The line given to the shell, when this is a shell line and not a program with arguments.
    pub fn shell_line(&self) -> Option<&str> {
        self.argv.last().filter(|_| self.is_shell_line).map(String::as_str)
    }

    /// The whole command for display: quoted for a POSIX shell, never cut, with invisible and direction-changing
    /// characters written as escapes, so that what a person reads is what runs.
    pub fn command_text(&self) -> String {
        quote::join(&self.argv)
    }

    /// Hex SHA-256 over an unambiguous encoding of everything in the plan.
    pub fn hash(&self) -> String {
        let mut encoding = Encoding::new("postern.exec-plan.v1");
        encoding.list(self.argv.iter().map(String::as_bytes));
        encoding.bytes(self.program.as_os_str().as_encoded_bytes());
        encoding.numbers(&self.identity.numbers());
        encoding.bytes(self.cwd.as_os_str().as_encoded_bytes());
        encoding.numbers(&self.folder.numbers());
        encoding.list(self.env.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]));
        encoding.list(self.added.iter().map(String::as_bytes));
        encoding.list(self.stdin.iter().map(String::as_bytes));
        encoding.numbers(&[u64::from(self.pty), u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX)]);
        encoding.finish()
    }

    /// Whether program and folder still are what they were. Asked right before the start.
    pub fn verify(&self) -> Result<(), Stale> {
        let is_same_file = ProgramIdentity::of(&self.program).ok().as_ref() == Some(&self.identity);
        // With a terminal the path is started, so it has to lead to that file still.
        let leads_there = || self.started_path().canonicalize().ok().as_ref() == Some(&self.program);
        if !is_same_file || !leads_there() {
            return Err(Stale::Program(self.program.display().to_string()));
        }
        if FolderIdentity::of(&self.cwd).ok().as_ref() != Some(&self.folder) {
            return Err(Stale::Folder(self.cwd.display().to_string()));
        }
        Ok(())
    }

    /// The path given to the system to start.
    pub(super) fn started_path(&self) -> &Path {
        match self.argv.first() {
            Some(first) if self.pty => Path::new(first),
            _ => &self.program,
        }
    }

    /// Which folder `cwd` was when the plan was made.
    #[cfg(target_os = "linux")]
    pub(super) fn folder(&self) -> &FolderIdentity {
        &self.folder
    }
}

/// Values of variables and standard input may be secrets, so only their names and lengths are shown.
impl fmt::Debug for ExecPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecPlan")
            .field("argv", &self.argv)
            .field("program", &self.program)
            .field("cwd", &self.cwd)
            .field("env", &self.env.keys())
            .field("stdin_bytes", &self.stdin.as_ref().map(String::len))
            .field("pty", &self.pty)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

const fn shell_argv() -> &'static [&'static str] {
    if cfg!(windows) {
        &["powershell.exe", "-NoProfile", "-NonInteractive", "-Command"]
    } else {
        // Not looked up in PATH: the one shell every system has.
        &["/bin/sh", "-c"]
    }
}

fn check_texts(request: &PlanRequest) -> Result<(), PlanError> {
    let all: usize = request.argv.iter().map(String::len).sum();
    let longest = request.argv.iter().map(String::len).max().unwrap_or(0);
    let stdin = request.stdin.as_ref().map_or(0, String::len);
    let limits =
        [("argv", longest, MAX_ARGUMENT_BYTES), ("argv", all, MAX_ARGV_BYTES), ("stdin", stdin, MAX_STDIN_BYTES)];
    for (field, size, limit) in limits {
        if size > limit {
            return Err(PlanError::TooLong { field, size, limit });
        }
    }
    if request.argv.iter().any(|argument| argument.contains('\0')) {
        return Err(PlanError::Nul("argv"));
    }
    Ok(())
}

/// Length-prefixed, so that no two different plans encode to the same bytes.
struct Encoding(Sha256);

impl Encoding {
    fn new(domain: &str) -> Self {
        let mut encoding = Self(Sha256::new());
        encoding.bytes(domain.as_bytes());
        encoding
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn list<'a>(&mut self, items: impl Iterator<Item = &'a [u8]>) {
        let items: Vec<_> = items.collect();
        self.numbers(&[items.len() as u64]);
        items.into_iter().for_each(|item| self.bytes(item));
    }

    fn numbers(&mut self, numbers: &[u64]) {
        numbers.iter().for_each(|number| self.0.update(number.to_be_bytes()));
    }

    fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

#[cfg(test)]
mod tests;
