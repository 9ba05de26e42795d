//! Where log lines go: JSON lines into a file that cannot grow without end, and
//! lines for people on the terminal. The one thing that this program installs for
//! the whole process, together with the hook for panics.
//!
//! | file | owns |
//! |---|---|
//! | `entry.rs` | one line before it is text |
//! | `form.rs` | the two forms a line is written in |
//! | `queue.rs` | the way from whoever logs to the writer |
//! | `rotating.rs`, `keep.rs` | the file; how many old ones stay |
//! | `crash.rs` | what a panic leaves behind |
//! | `otel.rs` | traces, in builds with the feature `otel` |

mod crash;
mod entry;
mod form;
mod keep;
#[cfg(feature = "otel")]
mod otel;
mod queue;
mod rotating;

use std::fmt;
use std::io::{IsTerminal as _, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use postern_gateway::config::{LogLevel, Logging};
use postern_gateway::logs::{ApplyLogging, Redactor};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, reload};

use crate::env::Settings;
use crate::exit::{Failure, Outcome};
use form::Form;
use queue::{Feed, Rest, Sink};
use rotating::{Place, Rotating};

/// How much is logged when nothing was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// What the configuration says.
    Usual,
    /// What happens inside as well.
    Detailed,
}

/// Where lines for people go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Console {
    /// Standard output, where somebody looks.
    Output,
    /// Standard error: standard output has documents for programs.
    Error,
    /// Nowhere: there is no terminal.
    None,
}

/// Libraries that would log addresses with keys in them, or what was said.
const SILENT: [&str; 3] = ["rmcp=off", "reqwest=warn", "hyper=warn"];

/// The filter with the silent libraries, unless it names one of them itself.
fn complete(filter: &str) -> String {
    let names = |target: &str| filter.split(',').any(|part| part.trim().split(['=', '[']).next() == Some(target));
    let unnamed = SILENT.into_iter().filter(|part| !part.split('=').next().is_some_and(names));
    unnamed.fold(filter.to_owned(), |filter, part| format!("{filter},{part}"))
}

/// Details are those of this program; libraries stay at what operators want to know.
const fn words(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Silent => "off",
        LogLevel::Fatal | LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => {
            "info,postern=debug,postern_gateway=debug,postern_client=debug,postern_models=debug,postern_node=debug,postern_tools=debug"
        }
        LogLevel::Trace => {
            "info,postern=trace,postern_gateway=trace,postern_client=trace,postern_models=trace,postern_node=trace,postern_tools=trace"
        }
    }
}

type Change = Arc<dyn Fn(EnvFilter) + Send + Sync>;

/// Changes what is logged while it is logged.
struct Control {
    /// What variable or flag said; it wins over the configuration.
    fixed: Option<String>,
    file: Change,
    console: Option<Change>,
    place: Place,
    redactor: Redactor,
    shapes: Arc<AtomicBool>,
}

impl Control {
    /// Logs as this configuration says from now on.
    fn apply(&self, logging: &Logging, file: &Path) {
        self.place.set(file, logging.keep);
        self.redactor.set_patterns(logging.patterns.clone());
        self.shapes.store(logging.redact, Ordering::Release);
        if self.fixed.is_some() {
            return;
        }
        let set = |change: &Change, level| change(EnvFilter::new(complete(words(level))));
        set(&self.file, logging.level);
        if let Some(console) = &self.console {
            set(console, logging.console_level);
        }
    }
}

/// Where the [`Control`] of the log is, once one runs. Belongs to the settings, so
/// that whoever starts a gateway can give it to it.
#[derive(Clone, Default)]
pub(crate) struct Switch(Arc<OnceLock<Control>>);

impl Switch {
    /// What the gateway calls with the configuration that is in force.
    pub(crate) fn hook(&self) -> ApplyLogging {
        let switch = self.clone();
        Arc::new(move |logging, file| switch.0.get().into_iter().for_each(|control| control.apply(logging, file)))
    }
}

impl fmt::Debug for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Switch")
    }
}

/// A log that runs. Dropping it gives the last lines a moment.
#[must_use]
pub(crate) struct Log {
    _rests: Vec<Rest>,
    #[cfg(feature = "otel")]
    _traces: Option<otel::Traces>,
}

/// Starts logging into `file` and onto the console.
pub(crate) fn start(
    settings: &Settings,
    verbosity: Verbosity,
    (file, console): (&Path, Console),
    logging: &Logging,
) -> Outcome<Log> {
    let redactor = settings.redactor.clone();
    [&settings.token, &settings.password].into_iter().flatten().for_each(|given| redactor.learn(&given.value));
    let detailed = (verbosity == Verbosity::Detailed).then(|| words(LogLevel::Debug).to_owned());
    let fixed = settings.log.clone().or(detailed);
    let shapes = Arc::new(AtomicBool::new(true));
    let mut layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> = Vec::new();
    let mut rests = Vec::new();
    let mut add = |form: Form, out: Box<dyn Write + Send>, level: LogLevel| -> Outcome<Change> {
        let sink = Sink { form, out, redactor: redactor.clone(), shapes: Arc::clone(&shapes) };
        let (feed, rest) = Feed::start(sink);
        let (filter, handle) = reload::Layer::new(filter(fixed.as_deref().unwrap_or(words(level)))?);
        layers.push(feed.with_filter(filter).boxed());
        rests.push(rest);
        // Fails when the subscriber is gone, and nothing is logged any more then.
        Ok(Arc::new(move |filter| drop(handle.reload(filter))))
    };
    let place = Place::new(file, logging.keep);
    let rotating = Rotating::new(place.clone(), crate::env::now_ms);
    let change_file = add(Form::Json, Box::new(rotating), logging.level)?;
    let (out, terminal): (Box<dyn Write + Send>, bool) = match console {
        Console::Output => (Box::new(std::io::stdout()), std::io::stdout().is_terminal()),
        Console::Error => (Box::new(std::io::stderr()), std::io::stderr().is_terminal()),
        Console::None => (Box::new(std::io::sink()), false),
    };
    let colour = settings.colour && terminal;
    let shown = console != Console::None;
    let change_console = if shown { Some(add(Form::Human { colour }, out, logging.console_level)?) } else { None };
    #[cfg(feature = "otel")]
    let traces = settings.otel_endpoint.as_deref().map(otel::start).transpose()?.map(|(layer, traces)| {
        layers.push(layer);
        traces
    });
    let started = tracing_subscriber::registry().with(layers).try_init();
    started.map_err(|error| Failure::usage(format!("logging cannot start: {error}")))?;
    crash::watch(file.parent().unwrap_or_else(|| Path::new(".")), redactor.clone());
    let control = Control { fixed, file: change_file, console: change_console, place, redactor, shapes };
    control.apply(logging, file);
    // One log for the whole process; a second start has failed above.
    drop(settings.logging.0.set(control));
    Ok(Log {
        _rests: rests,
        #[cfg(feature = "otel")]
        _traces: traces,
    })
}

/// Debug builds only: panics in a thread of its own with the words of the settings.
#[expect(clippy::panic, reason = "what is tried is how a panic is told")]
pub(crate) fn panic_for_tests(settings: &Settings) {
    if let Some(words) = settings.test_panic.clone() {
        let panicking = std::thread::spawn(move || std::panic::panic_any(words));
        drop(panicking.join());
    }
}

fn filter(words: &str) -> Outcome<EnvFilter> {
    EnvFilter::try_new(complete(words)).map_err(|error| {
        Failure::usage(format!("POSTERN_LOG: `{words}` is not a log filter: {error}"))
            .hint("for example info, debug, or postern_gateway=trace")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_that_log_contents_are_silent_unless_they_are_named() {
        assert_eq!(complete("info"), "info,rmcp=off,reqwest=warn,hyper=warn");
        assert_eq!(complete("debug, rmcp=debug"), "debug, rmcp=debug,reqwest=warn,hyper=warn");
        for level in [
            LogLevel::Silent,
            LogLevel::Fatal,
            LogLevel::Error,
            LogLevel::Warn,
            LogLevel::Info,
            LogLevel::Debug,
            LogLevel::Trace,
        ] {
            assert!(filter(words(level)).is_ok(), "{level:?}");
        }
        assert!(filter("a=b=c").is_err());
    }
}
