//! What a command writes, read as it comes, while something else is waited for.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::sleep_until;

use super::capture::{Capture, Captured};
use super::process::Process;
use super::pty::Terminal;

/// Bytes read at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// A command that was started.
pub(super) struct Started {
    pub(super) process: Process,
    pub(super) output: Output,
    /// Writes what the command is to read.
    pub(super) feed: BoxFuture<'static, ()>,
}

/// One pipe, and what comes through it.
pub(super) struct Stream {
    pub(super) kind: Kind,
    pub(super) pipe: Box<dyn AsyncRead + Send + Unpin>,
}

/// What comes through a pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Standard output, or everything.
    Out,
    /// Standard error, where it is kept apart.
    Err,
}

/// Where output comes from.
pub(super) enum Output {
    /// Pipes; one that ended is removed.
    Streams(Vec<Stream>),
    Terminal(Terminal),
}

impl Output {
    /// Reads something into `buffer`; 0 is the end. Loses nothing when it is dropped.
    async fn read(&mut self, buffer: &mut [u8]) -> (Kind, usize) {
        match self {
            Self::Streams(streams) => std::future::poll_fn(|cx| poll_streams(streams, cx, buffer)).await,
            Self::Terminal(terminal) => (Kind::Out, terminal.read(buffer).await),
        }
    }
}

fn poll_streams(streams: &mut Vec<Stream>, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<(Kind, usize)> {
    let mut index = 0;
    while let Some(stream) = streams.get_mut(index) {
        let mut read = ReadBuf::new(buffer);
        match Pin::new(&mut stream.pipe).poll_read(cx, &mut read) {
            Poll::Pending => index += 1,
            Poll::Ready(Ok(())) if !read.filled().is_empty() => return Poll::Ready((stream.kind, read.filled().len())),
            // The end, or an error, which is an end too: nothing more can come.
            Poll::Ready(_) => drop(streams.swap_remove(index)),
        }
    }
    if streams.is_empty() { Poll::Ready((Kind::Out, 0)) } else { Poll::Pending }
}

/// Moves output into the capture and input to the command.
pub(super) struct Pump {
    output: Option<Output>,
    feed: Option<BoxFuture<'static, ()>>,
    capture: Capture,
    /// Standard error, where it is kept apart.
    errors: Option<Capture>,
    buffer: Box<[u8]>,
}

impl Pump {
    pub(super) fn new(output: Output, feed: BoxFuture<'static, ()>, capture: Capture, errors: Option<Capture>) -> Self {
        let buffer = vec![0; BUFFER_BYTES].into_boxed_slice();
        Self { output: Some(output), feed: Some(feed), capture, errors, buffer }
    }

    /// All bytes so far.
    pub(super) fn total(&self) -> u64 {
        self.capture.total() + self.errors.as_ref().map_or(0, Capture::total)
    }

    /// Pumps until `event` has come.
    pub(super) async fn until<T>(&mut self, event: impl Future<Output = T>) -> T {
        tokio::pin!(event);
        loop {
            tokio::select! {
                biased;
                value = &mut event => return value,
                () = self.step(), if self.is_active() => {}
            }
        }
    }

    /// Pumps until the end of the output, or until `patience` is over.
    pub(super) async fn drain(&mut self, patience: Duration) {
        let reading = async {
            while self.output.is_some() {
                self.step().await;
            }
        };
        // Something that keeps the other end open must not keep us.
        drop(tokio::time::timeout(patience, reading).await);
    }

    /// Whether there is anything left to do.
    pub(super) fn is_active(&self) -> bool {
        self.output.is_some() || self.feed.is_some()
    }

    /// One piece of output, the end of the input, or a report that was due. Loses nothing when it is dropped.
    pub(super) async fn step(&mut self) {
        let Self { output, feed, capture, errors, buffer } = self;
        let report_at = capture.next_report();
        tokio::select! {
            (kind, read) = async { match output { Some(output) => output.read(buffer).await, None => std::future::pending().await } } => {
                match buffer.get(..read) {
                    Some(bytes) if !bytes.is_empty() => match errors {
                        Some(errors) if kind == Kind::Err => errors.push(bytes),
                        _ => capture.push(bytes),
                    },
                    _ => *output = None,
                }
            }
            () = async { match feed { Some(feed) => feed.await, None => std::future::pending().await } } => *feed = None,
            () = async { match report_at { Some(at) => sleep_until(at).await, None => std::future::pending().await } } => {
                capture.report_if_due();
            }
        }
    }

    pub(super) fn finish(self) -> (Captured, Option<Captured>) {
        (self.capture.finish(), self.errors.map(Capture::finish))
    }
}

/// An error of a library that has no kind of its own.
pub(super) fn other(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}
