//! Starting a command on a terminal of its own.
//!
//! The terminal is read by a thread, because its library knows no other way; the thread ends with the terminal.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use futures_util::future::FutureExt;
use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use tokio::sync::mpsc;

use super::output::{Output, Started, other};
use super::pipe::PinnedFolder;
use super::plan::ExecPlan;
use super::process::{Leader, Process};

const SIZE: PtySize = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
/// Pieces of output on their way from the thread.
const QUEUE: usize = 8;
/// The largest piece, in bytes.
const PIECE_BYTES: usize = 16 * 1024;
/// The character that is the end of input at the beginning of a line.
const END_OF_INPUT: u8 = 0x04;

/// Our end of a terminal.
pub(super) struct Terminal {
    pieces: mpsc::Receiver<Vec<u8>>,
    /// A piece of which a part was taken.
    pending: Vec<u8>,
    ended: bool,
    name: Option<PathBuf>,
    /// The thread that writes lets go of the terminal when this is dropped.
    _input: std::sync::mpsc::Sender<()>,
    _master: Box<dyn MasterPty + Send>,
}

/// Starts `plan` and nothing else.
pub(super) fn start(plan: &ExecPlan) -> io::Result<Started> {
    let folder = PinnedFolder::open(plan)?;
    let pair = native_pty_system().openpty(SIZE).map_err(other)?;
    let mut command = CommandBuilder::new(plan.started_path());
    command.env_clear();
    plan.env().iter().for_each(|(name, value)| command.env(name, value));
    command.args(plan.argv().iter().skip(1));
    command.cwd(&folder.path);
    let reader = pair.master.try_clone_reader().map_err(other)?;
    let writer = pair.master.take_writer().map_err(other)?;
    let child = pair.slave.spawn_command(command).map_err(other)?;
    drop(pair.slave);
    let process = Process::new(Leader::Terminal(child))?;
    let pieces = read_in_thread(reader)?;
    let input = write_in_thread(writer, plan.stdin().unwrap_or_default())?;
    let name = name(&*pair.master);
    let terminal = Terminal { pieces, pending: Vec::new(), ended: false, name, _input: input, _master: pair.master };
    Ok(Started { process, output: Output::Terminal(terminal), feed: std::future::ready(()).boxed() })
}

fn read_in_thread(mut reader: Box<dyn Read + Send>) -> io::Result<mpsc::Receiver<Vec<u8>>> {
    let (sender, pieces) = mpsc::channel(QUEUE);
    let reading = move || {
        let mut buffer = vec![0; PIECE_BYTES];
        loop {
            let read = match reader.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Ok(read) => read,
                Err(_) => 0,
            };
            let piece = buffer.get(..read).unwrap_or_default();
            if piece.is_empty() || sender.blocking_send(piece.to_vec()).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("read-terminal".to_owned()).spawn(reading)?;
    Ok(pieces)
}

/// Types `text`, ends the input, and keeps the terminal until the sender is dropped: the library types an end of input
/// of its own when its writer goes, which must not come early.
fn write_in_thread(mut writer: Box<dyn Write + Send>, text: &str) -> io::Result<std::sync::mpsc::Sender<()>> {
    let (sender, until) = std::sync::mpsc::channel::<()>();
    let mut typed = text.as_bytes().to_vec();
    if !text.is_empty() && !text.ends_with('\n') {
        // The first one only completes the line.
        typed.push(END_OF_INPUT);
    }
    typed.push(END_OF_INPUT);
    let writing = move || {
        drop(writer.write_all(&typed).and_then(|()| writer.flush()));
        // Nothing is ever sent: this returns when the sender is gone.
        let _ = until.recv();
    };
    std::thread::Builder::new().name("write-terminal".to_owned()).spawn(writing)?;
    Ok(sender)
}

impl Terminal {
    /// Reads something into `buffer`; 0 is the end. Loses nothing when it is dropped.
    pub(super) async fn read(&mut self, buffer: &mut [u8]) -> usize {
        if self.pending.is_empty() {
            match self.pieces.recv().await {
                Some(piece) => self.pending = piece,
                None => self.ended = true,
            }
        }
        let taken = self.pending.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(self.pending.drain(..taken)) {
            *to = from;
        }
        taken
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.pieces.close();
        if !self.ended
            && let Some(name) = &self.name
        {
            wake(name);
        }
    }
}

/// A process that left the session may still hold the terminal open, and the thread would read for as long as that
/// one lives. One character makes it see that nobody listens.
#[cfg(unix)]
fn wake(terminal: &std::path::Path) {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::WRONLY | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    if let Ok(file) = rustix::fs::open(terminal, flags, Mode::empty()) {
        drop(std::fs::File::from(file).write_all(b"\n"));
    }
}

/// Closing the terminal is enough there.
#[cfg(not(unix))]
fn wake(_terminal: &std::path::Path) {}

#[cfg(unix)]
fn name(master: &(dyn MasterPty + Send)) -> Option<PathBuf> {
    master.tty_name()
}

#[cfg(not(unix))]
fn name(_master: &(dyn MasterPty + Send)) -> Option<PathBuf> {
    None
}
