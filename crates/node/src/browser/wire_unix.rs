//! The way to the browser: its own two pipes. Nobody else on this computer can reach them, as they could a port, and a
//! browser whose pipes are closed ends, also when this program was killed.

use std::io;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use super::cdp::MAX_MESSAGE;
use crate::refusal::{Outcome, Refusal};

/// How the browser is told to use it.
pub(super) const FLAGS: [&str; 1] = ["--remote-debugging-pipe"];
/// The browser reads from descriptor 3 and writes to 4. A shell puts the pipes there and becomes the browser: between
/// `fork` and `exec` nothing safe could.
const HAND_OVER: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null"#;
/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;

/// The program, to be started with its pipes.
pub(super) fn command(program: &Path) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", HAND_OVER]).arg(program).stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// Both pipes.
pub(super) struct Wire {
    reader: Box<dyn AsyncRead + Send + Unpin>,
    writer: Box<dyn AsyncWrite + Send + Unpin>,
    /// What was read of the next message, and how much of it was looked at.
    read: Vec<u8>,
    looked: usize,
}

impl Wire {
    /// Of a browser that was started.
    #[expect(clippy::unused_async, reason = "on Windows the browser is waited for")]
    pub(super) async fn of(child: &mut Child, _profile: &Path) -> Outcome<Self> {
        match (child.stdout.take(), child.stdin.take()) {
            (Some(reader), Some(writer)) => Ok(Self::between(reader, writer)),
            _ => Err(Refusal::failed("the browser has no pipes")),
        }
    }

    pub(super) fn between(
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + Unpin + 'static,
    ) -> Self {
        Self { reader: Box::new(reader), writer: Box::new(writer), read: Vec::new(), looked: 0 }
    }

    pub(super) async fn send(&mut self, message: String) -> io::Result<()> {
        let mut bytes = message.into_bytes();
        bytes.push(0);
        self.writer.write_all(&bytes).await?;
        self.writer.flush().await
    }

    /// The next message; `None` at the end. Loses nothing when it is dropped.
    pub(super) async fn next(&mut self) -> Option<String> {
        loop {
            if let Some(more) = self.read.iter().skip(self.looked).position(|byte| *byte == 0) {
                let rest = self.read.split_off(self.looked + more + 1);
                let mut message = std::mem::replace(&mut self.read, rest);
                message.pop();
                self.looked = 0;
                return String::from_utf8(message).ok();
            }
            self.looked = self.read.len();
            if self.read.len() > MAX_MESSAGE {
                return None;
            }
            self.read.reserve(CHUNK);
            if self.reader.read_buf(&mut self.read).await.ok()? == 0 {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn messages_end_with_a_zero_byte_however_they_arrive() {
        let (own, mut browser) = tokio::io::duplex(4);
        let (reader, writer) = tokio::io::split(own);
        let mut wire = Wire::between(reader, writer);
        let sending = async {
            browser.write_all("{\"ü\":1}\0{}\0half".as_bytes()).await.unwrap();
            drop(browser);
        };
        let reading = async { (wire.next().await, wire.next().await, wire.next().await) };
        let ((), heard) = tokio::join!(sending, reading);
        assert_eq!(heard, (Some("{\"ü\":1}".to_owned()), Some("{}".to_owned()), None));
    }
}
