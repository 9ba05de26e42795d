//! Where log lines go: standard error or a file, filtered. The one thing that this
//! program installs for the whole process.

mod rotating;

use std::io::{IsTerminal as _, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::env::Settings;
use crate::exit::{Exit, Failure, Outcome};

/// How much is logged when nothing was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// What an operator wants to know.
    Usual,
    /// What happens inside as well.
    Detailed,
}

impl Verbosity {
    const fn filter(self) -> &'static str {
        match self {
            Self::Usual => "info",
            Self::Detailed => {
                "info,postern=debug,postern_gateway=debug,postern_client=debug,postern_models=debug,postern_tools=debug"
            }
        }
    }
}

/// Libraries that would log addresses with keys in them, or what was said.
const SILENT: [&str; 3] = ["rmcp=off", "reqwest=warn", "hyper=warn"];

/// The filter with the silent libraries, unless it names one of them itself.
fn complete(filter: &str) -> String {
    let names = |target: &str| filter.split(',').any(|part| part.trim().split(['=', '[']).next() == Some(target));
    let unnamed = SILENT.into_iter().filter(|part| !part.split('=').next().is_some_and(names));
    unnamed.fold(filter.to_owned(), |filter, part| format!("{filter},{part}"))
}

/// Starts logging for `postern gateway`.
pub(crate) fn start(settings: &Settings, verbosity: Verbosity) -> Outcome<Rest> {
    start_into(settings, verbosity, settings.colour && std::io::stderr().is_terminal(), Box::new(std::io::stderr()))
}

/// Starts logging into a file that does not grow without end.
pub(crate) fn start_in_file(settings: &Settings, verbosity: Verbosity, path: &Path) -> Outcome<Rest> {
    let file = rotating::Rotating::open(path)
        .map_err(|error| Failure::new(Exit::StateUnwritable, format!("{}: {error}", path.display())))?;
    start_into(settings, verbosity, false, Box::new(file))
}

fn start_into(settings: &Settings, verbosity: Verbosity, colour: bool, sink: Box<dyn Write + Send>) -> Outcome<Rest> {
    let filter = settings.log.as_deref().unwrap_or(verbosity.filter());
    let filter = EnvFilter::try_new(complete(filter)).map_err(|error| {
        Failure::usage(format!("POSTERN_LOG: `{filter}` is not a log filter: {error}"))
            .hint("for example info, debug, or postern_gateway=trace")
    })?;
    let lines = Lines::start(sink);
    let rest = Rest(Arc::clone(&lines.waiting));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colour)
        // A line that cannot be written is lost; it must never stop the gateway.
        .log_internal_errors(false)
        .with_writer(lines)
        .try_init()
        .map_err(|error| Failure::usage(format!("logging cannot start: {error}")))?;
    Ok(rest)
}

/// Lines that are still on their way. Dropping it gives them a moment.
#[must_use]
pub(crate) struct Rest(Arc<AtomicUsize>);

impl Drop for Rest {
    fn drop(&mut self) {
        let deadline = Instant::now() + Duration::from_millis(200);
        while self.0.load(Ordering::Acquire) > 0 && Instant::now() < deadline {
            std::thread::yield_now();
        }
    }
}

/// Lines on their way to where they are kept. Whoever logs never waits: a reader that
/// stands still, a full disk or a closed pipe costs lines, not the gateway.
#[derive(Clone)]
struct Lines {
    queue: SyncSender<Vec<u8>>,
    waiting: Arc<AtomicUsize>,
}

/// Lines that may wait to be written.
const WAITING: usize = 1_024;

impl Lines {
    fn start(mut sink: Box<dyn Write + Send>) -> Self {
        let (queue, lines) = sync_channel::<Vec<u8>>(WAITING);
        let waiting = Arc::new(AtomicUsize::new(0));
        let written = Arc::clone(&waiting);
        std::thread::spawn(move || {
            for line in lines {
                // Nothing can be done about it, and nobody could be told.
                let _ = sink.write_all(&line);
                written.fetch_sub(1, Ordering::AcqRel);
            }
        });
        Self { queue, waiting }
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        if self.queue.try_send(line.to_vec()).is_err() {
            // The queue is full: the line is dropped.
            self.waiting.fetch_sub(1, Ordering::AcqRel);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_that_log_contents_are_silent_unless_they_are_named() {
        assert_eq!(complete("info"), "info,rmcp=off,reqwest=warn,hyper=warn");
        assert_eq!(complete("debug, rmcp=debug"), "debug, rmcp=debug,reqwest=warn,hyper=warn");
        for verbosity in [Verbosity::Usual, Verbosity::Detailed] {
            assert!(EnvFilter::try_new(complete(verbosity.filter())).is_ok());
        }
    }
}
