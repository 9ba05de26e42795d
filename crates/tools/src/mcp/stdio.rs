//! Servers that are child processes: JSON-RPC lines on their standard input and output.
//!
//! Everything (reading, writing, the error output) happens while the service polls [`StdioTransport::receive`], so there
//! is no task to lose and no lock; what is half read or half written when the poll ends stays in the struct. The
//! process leads a group of its own, and the whole group is gone when the transport is.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes, BytesMut};
use process_wrap::tokio::{ChildWrapper, CommandWrap};
use rmcp::RoleClient;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};

use super::guard::{Guard, Verdict};
use super::lines::{Line, Lines};

/// Messages, and bytes of them, on their way to a process that is slow to read.
const MAX_QUEUED: usize = 1024;
const MAX_QUEUED_BYTES: usize = 16 * 1024 * 1024;
/// What a process that has ended may still have in its pipes is waited for this long.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// What is kept of the error output.
const STDERR_TAIL: usize = 4 * 1024;
/// One read.
const READ: usize = 16 * 1024;

/// What is known about a process that ended or is ending.
#[derive(Debug, Clone, Default)]
pub(super) struct Report(Arc<Mutex<Facts>>);

#[derive(Debug, Default)]
struct Facts {
    reason: Option<String>,
    status: Option<ExitStatus>,
    stderr: Vec<u8>,
}

impl Report {
    /// Why the connection ended, in words that follow the server's name.
    pub(super) fn text(&self) -> String {
        let facts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = match (&facts.reason, facts.status) {
            (Some(reason), _) => format!("was stopped: {reason}"),
            (None, Some(status)) => format!("ended ({status})"),
            (None, None) => "closed its output".to_owned(),
        };
        let stderr = String::from_utf8_lossy(&facts.stderr);
        let last: Vec<&str> = stderr.lines().map(str::trim).filter(|line| !line.is_empty()).rev().take(3).collect();
        if !last.is_empty() {
            let last: Vec<&str> = last.into_iter().rev().collect();
            text.push_str(&format!("; its last error output: {}", last.join(" / ")));
        }
        text
    }

    fn change(&self, change: impl FnOnce(&mut Facts)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn set_reason(&self, reason: &str) {
        self.change(|facts| {
            facts.reason.get_or_insert_with(|| reason.to_owned());
        });
    }

    fn add_stderr(&self, bytes: &[u8]) {
        self.change(|facts| {
            facts.stderr.extend_from_slice(bytes);
            let surplus = facts.stderr.len().saturating_sub(STDERR_TAIL);
            facts.stderr.drain(..surplus);
        });
    }
}

/// A process to start.
pub(super) struct Launch<'a> {
    pub(super) command: &'a str,
    pub(super) args: &'a [String],
    /// All of its environment.
    pub(super) env: BTreeMap<String, String>,
    pub(super) cwd: Option<&'a Path>,
    pub(super) kill_grace: Duration,
}

/// The connection to one process.
pub(super) struct StdioTransport {
    child: Process,
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    stderr: Option<ChildStderr>,
    lines: Lines,
    stderr_chunk: BytesMut,
    outgoing: Outgoing,
    /// Set once the process is known to have ended: when to stop listening to its pipes.
    ended: Option<tokio::time::Instant>,
    /// What went wrong outside of [`StdioTransport::receive`].
    broken: Option<&'static str>,
    guard: Guard,
    report: Report,
    kill_grace: Duration,
}

/// The process group; killed when this is dropped.
struct Process(Option<Box<dyn ChildWrapper>>);

impl Process {
    fn kill(&mut self) {
        // An error means that nobody is left.
        if let Some(child) = &mut self.0 {
            drop(child.start_kill());
        }
    }

    /// The end of the process itself, not of what it has started; `None` when it cannot be told how it ended.
    async fn end(&mut self) -> Option<ExitStatus> {
        match &mut self.0 {
            Some(child) => child.inner_mut().wait().await.ok(),
            None => None,
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl StdioTransport {
    /// Starts the process.
    ///
    /// # Errors
    /// What the operating system says.
    pub(super) fn start(launch: Launch<'_>, report: Report) -> io::Result<Self> {
        let mut command = Command::new(launch.command);
        command.args(launch.args).env_clear().envs(&launch.env);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(cwd) = launch.cwd {
            command.current_dir(cwd);
        }
        let mut wrapped = CommandWrap::from(command);
        #[cfg(unix)]
        wrapped.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        wrapped.wrap(process_wrap::tokio::JobObject);
        wrapped.wrap(process_wrap::tokio::KillOnDrop);
        let mut child = wrapped.spawn()?;
        let pipes = (child.stdin().take(), child.stdout().take(), child.stderr().take());
        let child = Process(Some(child));
        let (Some(stdin), Some(stdout), stderr) = pipes else {
            return Err(io::Error::other("the process has no standard input or output"));
        };
        Ok(Self {
            child,
            stdin: Some(stdin),
            stdout,
            stderr,
            lines: Lines::default(),
            stderr_chunk: BytesMut::new(),
            outgoing: Outgoing::default(),
            ended: None,
            broken: None,
            guard: Guard::new(Instant::now()),
            report,
            kill_grace: launch.kill_grace,
        })
    }

    /// What is sent is written while the service listens.
    fn enqueue(&mut self, item: &ClientJsonRpcMessage) -> io::Result<()> {
        let mut line = serde_json::to_vec(item)?;
        line.push(b'\n');
        if self.stdin.is_none() {
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the server no longer reads its input"));
        }
        if !self.outgoing.push(line.into()) {
            self.broken = Some("it does not read what it is sent");
            return Err(io::Error::new(io::ErrorKind::WouldBlock, "the server does not read what it is sent"));
        }
        Ok(())
    }

    /// The next message of what has been read; `Err` ends the connection.
    fn next_message(&mut self) -> Result<Option<ServerJsonRpcMessage>, &'static str> {
        loop {
            let message = match self.lines.next()? {
                Line::None => return Ok(None),
                Line::Noise => continue,
                Line::Message(message) => *message,
            };
            match self.guard.admit(&message) {
                Verdict::Deliver => return Ok(Some(message)),
                Verdict::Drop => {}
                Verdict::Close(reason) => return Err(reason),
            }
        }
    }

    /// Waits for one thing to happen: bytes in, bytes out, bytes of error output, or the end of the process. `false`
    /// when there is nothing more to come.
    async fn turn(&mut self) -> Result<bool, &'static str> {
        let received = tokio::select! {
            read = self.stdout.read_buf(self.lines.buffer(READ)) => match read {
                Ok(0) | Err(_) => return Ok(false),
                Ok(bytes) => bytes,
            },
            written = self.outgoing.write(&mut self.stdin) => {
                if written.is_err() {
                    // It reads no more; what it still says is heard.
                    self.stdin = None;
                }
                0
            }
            read = drain(&mut self.stderr, &mut self.stderr_chunk) => self.heard(read),
            status = self.child.end(), if self.ended.is_none() => {
                self.note_end(status);
                0
            }
            () = passed(self.ended) => return Ok(false),
        };
        match self.guard.received(received, Instant::now()) {
            Verdict::Close(reason) => Err(reason),
            _ => Ok(true),
        }
    }

    fn heard(&mut self, read: io::Result<usize>) -> usize {
        let bytes = read.unwrap_or(0);
        if bytes == 0 {
            self.stderr = None;
        }
        self.report.add_stderr(&self.stderr_chunk);
        self.stderr_chunk.clear();
        bytes
    }

    /// A stray child may hold the pipes open for ever, so it goes too, and the pipes are listened to a little longer.
    fn note_end(&mut self, status: Option<ExitStatus>) {
        self.report.change(|facts| facts.status = facts.status.or(status));
        self.ended = Some(tokio::time::Instant::now() + LAST_WORDS);
        self.child.kill();
    }

    /// Hears how a process ended that has closed its output, for the report.
    async fn last_words(&mut self) {
        let deadline = tokio::time::Instant::now() + LAST_WORDS;
        if self.ended.is_none() {
            let status = tokio::time::timeout_at(deadline, self.child.end()).await;
            self.note_end(status.unwrap_or_default());
        }
        while self.stderr.is_some() {
            let read = tokio::time::timeout_at(deadline, drain(&mut self.stderr, &mut self.stderr_chunk)).await;
            let Ok(read) = read else { return };
            self.heard(read);
        }
    }
}

/// Messages on their way to the process.
#[derive(Default)]
struct Outgoing {
    /// The one being written.
    writing: Bytes,
    waiting: VecDeque<Bytes>,
    waiting_bytes: usize,
}

impl Outgoing {
    fn push(&mut self, message: Bytes) -> bool {
        let fits = self.waiting.len() < MAX_QUEUED && self.waiting_bytes + message.len() <= MAX_QUEUED_BYTES;
        if fits {
            self.waiting_bytes += message.len();
            self.waiting.push_back(message);
        }
        fits
    }

    /// Writes some of the message in hand. Waits for ever when there is none, or nobody to read it.
    async fn write(&mut self, stdin: &mut Option<ChildStdin>) -> io::Result<()> {
        if !self.writing.has_remaining()
            && let Some(next) = self.waiting.pop_front()
        {
            self.waiting_bytes -= next.len();
            self.writing = next;
        }
        match stdin {
            Some(stdin) if self.writing.has_remaining() => stdin.write_buf(&mut self.writing).await.map(drop),
            _ => std::future::pending().await,
        }
    }
}

async fn passed(moment: Option<tokio::time::Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

async fn drain(stderr: &mut Option<ChildStderr>, chunk: &mut BytesMut) -> io::Result<usize> {
    let Some(stderr) = stderr else { return std::future::pending().await };
    chunk.reserve(READ);
    stderr.read_buf(chunk).await
}

impl Transport<RoleClient> for StdioTransport {
    type Error = io::Error;

    fn send(&mut self, item: ClientJsonRpcMessage) -> impl Future<Output = io::Result<()>> + Send + 'static {
        self.guard.sent(&item);
        let sent = self.enqueue(&item);
        std::future::ready(sent)
    }

    async fn receive(&mut self) -> Option<ServerJsonRpcMessage> {
        loop {
            let turned = match (self.broken, self.next_message()) {
                (Some(reason), _) | (None, Err(reason)) => Err(reason),
                (None, Ok(Some(message))) => return Some(message),
                (None, Ok(None)) => self.turn().await,
            };
            match turned {
                Ok(true) => {}
                Ok(false) => {
                    self.last_words().await;
                    return None;
                }
                Err(reason) => {
                    self.report.set_reason(reason);
                    self.child.kill();
                    return None;
                }
            }
        }
    }

    /// Closes its input, lets it end by itself for a while, then ends it with everything it has started.
    async fn close(&mut self) -> io::Result<()> {
        self.stdin = None;
        if let Ok(status) = tokio::time::timeout(self.kill_grace, self.child.end()).await {
            self.report.change(|facts| facts.status = facts.status.or(status));
        }
        self.child.kill();
        if tokio::time::timeout(self.kill_grace.max(LAST_WORDS), self.child.end()).await.is_ok() {
            self.child.0 = None;
        }
        Ok(())
    }
}
