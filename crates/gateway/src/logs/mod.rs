//! The gateway's log as clients and commands read it. Who writes it is the host
//! (`crates/cli/log`); both ends share the names of the files and the [`Redactor`].
//!
//! | file | owns |
//! |---|---|
//! | `tail.rs` | reading whole lines from a cursor, over the change to a new file |
//! | `redact.rs` | [`Redactor`]: taking secrets out of text |
//! | `shapes.rs` | what secrets look like |
//! | `known.rs` | telling the [`Redactor`] which secrets there are |

mod known;
mod redact;
mod shapes;
mod tail;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use postern_protocol::logs::{LOGS_TAIL_BYTES, LOGS_TAIL_LINES, LogsTailParams, LogsTailResult};
use tokio::sync::Semaphore;

use crate::config::{Config, Logging};
use crate::options::Paths;

pub(crate) use self::known::{KnownSecrets, learn_config};
pub use self::redact::{HIDDEN, Pattern, Redactor};

/// Tells whoever writes the log what the configuration wants logged.
pub type ApplyLogging = Arc<dyn Fn(&Logging, &Path) + Send + Sync>;

/// Readers at a time; the rest wait, so that many clients cost few threads.
const READERS: usize = 2;

/// Handle to the log.
#[derive(Clone)]
pub struct Logs(Arc<Shared>);

struct Shared {
    file: Mutex<PathBuf>,
    redactor: Redactor,
    apply: Option<ApplyLogging>,
    readers: Semaphore,
}

impl Logs {
    /// The log, told through `redactor`; `apply` tells who writes it.
    #[must_use]
    pub fn new(redactor: Redactor, apply: Option<ApplyLogging>) -> Self {
        Self(Arc::new(Shared { file: Mutex::default(), redactor, apply, readers: Semaphore::new(READERS) }))
    }

    /// Logs as this configuration says from now on, and hides the secrets it has.
    pub fn configure(&self, config: &Config, paths: &Paths) {
        known::learn_config(&self.0.redactor, config);
        let file = config.logging.file(paths);
        if let Some(apply) = &self.0.apply {
            apply(&config.logging, &file);
        }
        *self.0.file.lock().unwrap_or_else(PoisonError::into_inner) = file;
    }

    /// Takes secrets out of text.
    #[must_use]
    pub fn redactor(&self) -> &Redactor {
        &self.0.redactor
    }

    /// Where the newest lines are.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.0.file.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whole lines, without secrets.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub async fn tail(&self, params: LogsTailParams) -> io::Result<LogsTailResult> {
        let _place = self.0.readers.acquire().await.map_err(io::Error::other)?;
        let (file, redactor) = (self.file(), self.0.redactor.clone());
        tokio::task::spawn_blocking(move || tail(&file, &params, &redactor)).await?
    }
}

/// The same without a gateway. Blocks.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn tail(file: &Path, params: &LogsTailParams, redactor: &Redactor) -> io::Result<LogsTailResult> {
    let ask = tail::Ask {
        cursor: params.cursor,
        mark: params.mark.as_deref(),
        lines: params.limit.unwrap_or(LOGS_TAIL_LINES) as usize,
        bytes: params.max_bytes.unwrap_or(LOGS_TAIL_BYTES) as usize,
    };
    let piece = tail::read(file, &ask)?;
    Ok(LogsTailResult {
        file: file.display().to_string(),
        cursor: piece.cursor,
        size: piece.size,
        lines: piece.lines.iter().map(|line| redactor.redact(line).into_owned()).collect(),
        truncated: piece.truncated.then_some(true),
        reset: piece.reset.then_some(true),
        mark: piece.mark,
    })
}

/// The older file with this number; 1 is the one before the newest.
#[must_use]
pub fn older(file: &Path, number: u32) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

/// Epoch milliseconds as log lines tell them: `2026-01-01T00:00:00.000Z`.
#[must_use]
pub fn iso_time(epoch_ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(epoch_ms).unwrap_or_default();
    format!("{time:.3}")
}
