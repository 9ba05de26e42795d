//! A bare WebSocket that remembers everything it heard.

use futures_util::stream::BoxStream;
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::DEADLINE;

type Reading = BoxStream<'static, Result<Message, Error>>;
type Writing = std::pin::Pin<Box<dyn Sink<Message, Error = Error> + Send>>;

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Close {
    /// WebSocket status; 1005 when the close frame had none, 1006 when there was no close frame.
    pub(crate) code: u16,
    pub(crate) reason: String,
}

impl Close {
    pub(crate) fn new(code: u16, reason: &str) -> Self {
        Self { code, reason: reason.to_owned() }
    }
}

/// A bare WebSocket.
pub(crate) struct Raw {
    reading: Reading,
    writing: Writing,
    frames: Vec<Value>,
    close: Option<Close>,
}

impl Raw {
    /// Takes a socket over that was upgraded already.
    pub(crate) fn new<S>(socket: S) -> Self
    where
        S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Send + 'static,
    {
        let (writing, reading) = socket.split();
        Self { reading: reading.boxed(), writing: Box::pin(writing), frames: Vec::new(), close: None }
    }

    /// Sends text as it is. Returns whether the socket still took it.
    pub(crate) async fn send_text(&mut self, text: impl Into<String>) -> bool {
        self.send_message(Message::text(text.into())).await
    }

    /// Sends any WebSocket message.
    pub(crate) async fn send_message(&mut self, message: Message) -> bool {
        let sending = self.writing.send(message);
        tokio::time::timeout(DEADLINE, sending).await.expect("the socket takes nothing").is_ok()
    }

    /// Sends a frame.
    pub(crate) async fn send(&mut self, frame: &Value) -> bool {
        self.send_text(frame.to_string()).await
    }

    /// Sends a request frame.
    pub(crate) async fn request(&mut self, id: &str, method: &str, params: Value) -> bool {
        self.send(&json!({"type": "req", "id": id, "method": method, "params": params})).await
    }

    /// The next frame, or how the connection ended.
    pub(crate) async fn recv(&mut self) -> Result<Value, Close> {
        tokio::time::timeout(DEADLINE, self.next())
            .await
            .unwrap_or_else(|_| panic!("no frame; before that {}", self.recent()))
    }

    async fn next(&mut self) -> Result<Value, Close> {
        if let Some(close) = &self.close {
            return Err(close.clone());
        }
        loop {
            let close = match self.reading.next().await {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
                    self.frames.push(frame.clone());
                    return Ok(frame);
                }
                Some(Ok(Message::Binary(_))) => panic!("the gateway sent a binary frame"),
                Some(Ok(Message::Close(Some(close)))) => Close::new(close.code.into(), &close.reason),
                Some(Ok(Message::Close(None))) => Close::new(1005, ""),
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => Close::new(1006, ""),
            };
            // Answers the close frame, so that the other side can end.
            drop(self.writing.close().await);
            self.close = Some(close.clone());
            return Err(close);
        }
    }

    /// The challenge, which is the first frame; it may have been read before.
    pub(crate) async fn challenge(&mut self) -> Value {
        if let Some(first) = self.frames.first() {
            return first["payload"].clone();
        }
        let frame = self.recv().await.unwrap_or_else(|close| panic!("no challenge but {close:?}"));
        assert_eq!(frame["event"], "connect.challenge", "{frame}");
        frame["payload"].clone()
    }

    /// Reads on until a frame fits; returns it.
    pub(crate) async fn until(&mut self, what: &str, mut wanted: impl FnMut(&Value) -> bool) -> Value {
        let reading = async {
            loop {
                match self.next().await {
                    Ok(frame) if wanted(&frame) => return Some(frame),
                    Ok(_) => {}
                    Err(_) => return None,
                }
            }
        };
        let found = tokio::time::timeout(DEADLINE, reading).await;
        match found {
            Ok(Some(frame)) => frame,
            Ok(None) => panic!("closed with {:?} before {what}; the last frames were {}", self.close, self.recent()),
            Err(_) => panic!("timed out before {what}; the last frames were {}", self.recent()),
        }
    }

    /// The answer to a request.
    pub(crate) async fn answer(&mut self, id: &str) -> Value {
        self.until(&format!("the answer to {id}"), |frame| frame["type"] == "res" && frame["id"] == id).await
    }

    /// Reads to the end.
    pub(crate) async fn closed(&mut self) -> Close {
        loop {
            if let Err(close) = self.recv().await {
                return close;
            }
        }
    }

    /// Every frame so far, the challenge first.
    pub(crate) fn frames(&self) -> &[Value] {
        &self.frames
    }

    /// The last frames, shortened, for the message of a test that fails.
    fn recent(&self) -> String {
        let last = self.frames.iter().rev().take(5).rev().map(Value::to_string);
        last.map(|text| format!("\n  {}", text.chars().take(300).collect::<String>())).collect()
    }

    /// Every event of this name so far.
    pub(crate) fn events(&self, name: &str) -> Vec<Value> {
        self.frames.iter().filter(|frame| frame["event"] == name).cloned().collect()
    }
}
