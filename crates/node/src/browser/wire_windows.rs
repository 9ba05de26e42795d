//! The way to the browser: a WebSocket to a port of loopback, whose path is random and in the private profile.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::cdp::MAX_MESSAGE;
use crate::refusal::{Outcome, Refusal};

/// How the browser is told to use it.
pub(super) const FLAGS: [&str; 2] = ["--remote-debugging-port=0", "--remote-debugging-address=127.0.0.1"];
/// How long it may take to be there.
const START: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// The program, to be started.
pub(super) fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// The connection.
pub(super) struct Wire(WebSocketStream<TcpStream>);

impl Wire {
    /// Of a browser that was started, once it listens.
    pub(super) async fn of(child: &mut Child, profile: &Path) -> Outcome<Self> {
        let (port, path) = opened(profile, child).await?;
        let failed = |error: io::Error| Refusal::failed(format!("the browser does not answer: {error}"));
        let stream = TcpStream::connect(("127.0.0.1", port)).await.map_err(failed)?;
        let config = WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
        let url = format!("ws://127.0.0.1:{port}{path}");
        let connected = tokio_tungstenite::client_async_with_config(url, stream, Some(config)).await;
        connected.map(|(socket, _)| Self(socket)).map_err(|error| failed(io::Error::other(error)))
    }

    pub(super) async fn send(&mut self, message: String) -> Result<(), Error> {
        self.0.send(Message::text(message)).await
    }

    /// The next message; `None` at the end. Loses nothing when it is dropped.
    pub(super) async fn next(&mut self) -> Option<String> {
        loop {
            if let Message::Text(text) = self.0.next().await?.ok()? {
                return Some(text.as_str().to_owned());
            }
        }
    }
}

/// Port and path that the browser writes into its profile once it listens.
async fn opened(profile: &Path, child: &mut Child) -> Outcome<(u16, String)> {
    let deadline = Instant::now() + START;
    let file = profile.join("DevToolsActivePort");
    loop {
        let text = tokio::fs::read_to_string(&file).await.unwrap_or_default();
        if let Some((port, path)) = text.split_once('\n')
            && let Ok(port) = port.trim().parse()
            && path.starts_with('/')
        {
            return Ok((port, path.trim().to_owned()));
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Err(Refusal::failed(format!("the browser ended at once ({status})")));
        }
        if Instant::now() >= deadline {
            return Err(Refusal::new("TIMEOUT", "the browser was not there in time"));
        }
        sleep(LOOK_EVERY).await;
    }
}
