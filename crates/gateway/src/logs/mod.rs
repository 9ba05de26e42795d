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
use std::sync::Arc;

use postern_protocol::logs::{LOGS_TAIL_BYTES, LOGS_TAIL_LINES, LogsTailParams, LogsTailResult};
use tokio::sync::Semaphore;

pub(crate) use self::known::{KnownSecrets, learn_config};
pub use self::redact::{HIDDEN, Pattern, Redactor};

/// Readers at a time; the rest wait, so that many clients cost few threads.
const READERS: usize = 2;

/// Handle to the log.
#[derive(Debug, Clone)]
pub struct Logs {
    file: PathBuf,
    redactor: Redactor,
    readers: Arc<Semaphore>,
}

impl Logs {
    /// The log in `file`, told through `redactor`.
    #[must_use]
    pub fn new(file: PathBuf, redactor: Redactor) -> Self {
        Self { file, redactor, readers: Arc::new(Semaphore::new(READERS)) }
    }

    /// Takes secrets out of text.
    #[must_use]
    pub const fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Where the newest lines are.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Whole lines, without secrets.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub async fn tail(&self, params: LogsTailParams) -> io::Result<LogsTailResult> {
        let _place = self.readers.acquire().await.map_err(io::Error::other)?;
        let (file, redactor) = (self.file.clone(), self.redactor.clone());
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
