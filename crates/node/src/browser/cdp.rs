//! The DevTools protocol: calls and answers over one WebSocket. Of its events only dialogs matter, which would hold a
//! page up for ever.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::refusal::{Outcome, Refusal};

/// The largest answer: a picture of a long page.
const MAX_MESSAGE: usize = 64 * 1024 * 1024;
/// Calls that wait to be sent.
const QUEUE: usize = 64;
/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(30);

type Socket = WebSocketStream<TcpStream>;

/// A handle; the socket belongs to [`serve`].
#[derive(Debug, Clone)]
pub(super) struct Cdp(mpsc::Sender<Ask>);

#[derive(Debug)]
struct Ask {
    frame: Value,
    reply: oneshot::Sender<Outcome>,
}

/// Connects to `ws://127.0.0.1:PORT/PATH`.
pub(super) async fn connect(port: u16, path: &str) -> io::Result<Socket> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let config = WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
    let url = format!("ws://127.0.0.1:{port}{path}");
    let connected = tokio_tungstenite::client_async_with_config(url, stream, Some(config)).await;
    connected.map(|(socket, _)| socket).map_err(io::Error::other)
}

/// A handle, and what serves it.
pub(super) fn open(socket: Socket) -> (Cdp, impl Future<Output = ()> + Send + 'static) {
    let (asks, queue) = mpsc::channel(QUEUE);
    (Cdp(asks), serve(socket, queue))
}

async fn serve(mut socket: Socket, mut asks: mpsc::Receiver<Ask>) {
    let mut waiting: HashMap<u64, oneshot::Sender<Outcome>> = HashMap::new();
    let mut next = 1_u64;
    loop {
        tokio::select! {
            ask = asks.recv() => {
                let Some(Ask { mut frame, reply }) = ask else { return };
                frame["id"] = next.into();
                waiting.retain(|_, reply| !reply.is_closed());
                waiting.insert(next, reply);
                next += 1;
                if socket.send(Message::text(frame.to_string())).await.is_err() {
                    return;
                }
            }
            message = socket.next() => {
                let Some(Ok(message)) = message else { return };
                let Message::Text(text) = message else { continue };
                let Ok(mut frame) = serde_json::from_str::<Value>(&text) else { continue };
                if let Some(reply) = frame["id"].as_u64().and_then(|id| waiting.remove(&id)) {
                    // Whoever asked may have given up.
                    let _ = reply.send(answer(&mut frame));
                } else if frame["method"] == "Page.javascriptDialogOpening" {
                    let dismiss = json!({
                        "id": 0,
                        "method": "Page.handleJavaScriptDialog",
                        "params": { "accept": false },
                        "sessionId": frame["sessionId"],
                    });
                    if socket.send(Message::text(dismiss.to_string())).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

fn answer(frame: &mut Value) -> Outcome {
    match frame["error"]["message"].as_str() {
        Some(message) => Err(Refusal::failed(format!("the browser says: {message}"))),
        None => Ok(frame["result"].take()),
    }
}

impl Cdp {
    /// Whether the browser still listens.
    pub(super) fn is_open(&self) -> bool {
        !self.0.is_closed()
    }

    /// Calls a method, of one tab where a session is given.
    pub(super) async fn call(&self, session: Option<&str>, method: &str, params: Value) -> Outcome {
        let mut frame = json!({ "method": method, "params": params });
        if let Some(session) = session {
            frame["sessionId"] = session.into();
        }
        let (reply, answer) = oneshot::channel();
        let gone = || Refusal::failed("the browser has ended");
        let asking = async {
            self.0.send(Ask { frame, reply }).await.map_err(|_| gone())?;
            answer.await.unwrap_or_else(|_| Err(gone()))
        };
        timeout(PATIENCE, asking)
            .await
            .unwrap_or_else(|_| Err(Refusal::new("TIMEOUT", format!("the browser did not answer {method} in time"))))
    }
}
