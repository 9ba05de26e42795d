//! From an address to a finished handshake: dial, TLS, upgrade, challenge,
//! signed `connect`, `hello-ok` (`handshake.md §2`).

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use postern_protocol::call::Event as _;
use postern_protocol::connect::{ConnectChallenge, HelloOk};
use postern_protocol::frame::{ResponseFrame, ServerFrame, parse_server, render_request};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use crate::credentials::Attempt;
use crate::error::{CloseInfo, ConnectError, ProtocolMismatch};
use crate::settings::Settings;

/// What the WebSocket runs on.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}

pub(crate) type Socket = WebSocketStream<Box<dyn Transport>>;

/// A connection that may be used.
pub(crate) struct Opened {
    pub(crate) socket: Socket,
    pub(crate) hello: Arc<HelloOk>,
}

/// Largest message taken from a gateway, bytes (`handshake.md §11`: what waits
/// for a client is at most this much).
const MAX_MESSAGE: usize = 50 * 1024 * 1024;
/// Read and write buffers of the WebSocket, bytes.
const BUFFER: usize = 16 * 1024;
/// Bytes shown of a body that refused the upgrade.
const SHOWN_BODY: usize = 200;
/// Patience with a peer that was told goodbye.
const GOODBYE: Duration = Duration::from_millis(500);

/// Connects and shakes hands within the handshake timeout.
pub(crate) async fn open(settings: &Settings, attempt: &Attempt) -> Result<Opened, ConnectError> {
    let deadline =
        Deadline { at: Instant::now() + settings.options.handshake_timeout, after: settings.options.handshake_timeout };
    let transport = deadline.limit("connection", dial(settings)).await?;
    let mut socket = deadline.limit("WebSocket upgrade", upgrade(settings, transport)).await?;
    match shake_hands(settings, attempt, &mut socket, deadline).await {
        Ok(hello) => Ok(Opened { socket, hello: Arc::new(hello) }),
        Err(error) => {
            say_goodbye(&mut socket, CloseCode::Policy, "connect failed").await;
            Err(error)
        }
    }
}

/// Sends a close frame and waits shortly for it to leave.
pub(crate) async fn say_goodbye(socket: &mut Socket, code: CloseCode, reason: &'static str) {
    let frame = CloseFrame { code, reason: reason.into() };
    // The connection is given up either way.
    let _ = timeout(GOODBYE, socket.close(Some(frame))).await;
}

#[derive(Clone, Copy)]
struct Deadline {
    at: Instant,
    after: Duration,
}

impl Deadline {
    async fn limit<T>(
        self,
        awaited: &'static str,
        step: impl Future<Output = Result<T, ConnectError>>,
    ) -> Result<T, ConnectError> {
        timeout_at(self.at, step).await.unwrap_or(Err(ConnectError::Timeout { awaited, after: self.after }))
    }
}

async fn dial(settings: &Settings) -> Result<Box<dyn Transport>, ConnectError> {
    let target = &settings.target;
    let unreachable =
        |problem: std::io::Error| ConnectError::Unreachable { url: target.shown(), cause: problem.to_string() };
    let stream = TcpStream::connect((target.host.as_str(), target.port)).await.map_err(unreachable)?;
    stream.set_nodelay(true).map_err(unreachable)?;
    match &settings.tls {
        Some(tls) => Ok(Box::new(tls.connect(target, stream).await?)),
        None => Ok(Box::new(stream)),
    }
}

async fn upgrade(settings: &Settings, transport: Box<dyn Transport>) -> Result<Socket, ConnectError> {
    let unreadable = |problem: WsError| ConnectError::Unreadable(format!("not a gateway: {problem}"));
    let request = settings.target.url.as_str().into_client_request().map_err(unreadable)?;
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    match tokio_tungstenite::client_async_with_config(request, transport, Some(config)).await {
        Ok((socket, _)) => Ok(socket),
        Err(WsError::Http(response)) => Err(ConnectError::UpgradeRefused {
            status: response.status().as_u16(),
            message: response.body().as_deref().map_or_else(String::new, shown_body),
        }),
        Err(WsError::Io(problem)) => {
            Err(ConnectError::Unreachable { url: settings.target.shown(), cause: problem.to_string() })
        }
        Err(problem) => Err(unreadable(problem)),
    }
}

fn shown_body(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.chars().filter(|c| !c.is_control()).take(SHOWN_BODY).collect()
}

async fn shake_hands(
    settings: &Settings,
    attempt: &Attempt,
    socket: &mut Socket,
    deadline: Deadline,
) -> Result<HelloOk, ConnectError> {
    let challenge = deadline.limit("challenge", await_challenge(socket)).await?;
    if let Some(Err(cause)) = settings.options.peer_check.as_ref().map(|check| check()) {
        return Err(ConnectError::Unreachable { url: settings.target.shown(), cause });
    }
    let params = settings.connect_params(attempt, challenge.nonce.trim(), challenge.ts);
    let request = render_request(CONNECT_ID, "connect", &params)
        .map_err(|problem| ConnectError::Unreadable(format!("connect params: {problem}")))?;
    deadline
        .limit("answer to connect", async {
            if let Err(problem) = socket.send(Message::text(request)).await {
                return Err(ConnectError::Closed(CloseInfo::broken(problem)));
            }
            await_hello(socket, settings.range).await
        })
        .await
}

/// Id of the `connect` request; later ids are numbers.
const CONNECT_ID: &str = "connect";

async fn await_challenge(socket: &mut Socket) -> Result<ConnectChallenge, ConnectError> {
    loop {
        let text = next_text(socket).await?;
        let Ok(ServerFrame::Event(event)) = parse_server(&text) else { continue };
        if event.event != ConnectChallenge::NAME {
            continue;
        }
        let payload = event.payload.map_or("null", RawValue::get);
        return match serde_json::from_str::<ConnectChallenge>(payload) {
            Ok(challenge) if !challenge.nonce.trim().is_empty() => Ok(challenge),
            Ok(_) => Err(ConnectError::Unreadable("the challenge has no nonce".to_owned())),
            Err(problem) => Err(ConnectError::Unreadable(format!("the challenge: {problem}"))),
        };
    }
}

async fn await_hello(socket: &mut Socket, range: (u32, u32)) -> Result<HelloOk, ConnectError> {
    loop {
        let text = next_text(socket).await?;
        match parse_server(&text) {
            Ok(ServerFrame::Response(response)) if response.id == CONNECT_ID => return hello_of(response, range),
            Ok(_) => {}
            Err(_) => {
                if let Some((_, problem)) = unreadable_response(&text).filter(|(id, _)| id == CONNECT_ID) {
                    return Err(ConnectError::Unreadable(problem));
                }
            }
        }
    }
}

fn hello_of(response: ResponseFrame<'_>, range: (u32, u32)) -> Result<HelloOk, ConnectError> {
    if let Some(error) = response.error.filter(|_| !response.ok) {
        return Err(ConnectError::refused(error, range));
    }
    let payload = response.payload.filter(|_| response.ok).map_or("null", RawValue::get);
    let hello: HelloOk =
        serde_json::from_str(payload).map_err(|problem| ConnectError::Unreadable(format!("hello-ok: {problem}")))?;
    if !(range.0..=range.1).contains(&hello.protocol) {
        return Err(ConnectError::ProtocolMismatch(Box::new(ProtocolMismatch {
            client_min: range.0,
            client_max: range.1,
            server: Some(hello.protocol),
            error: None,
        })));
    }
    Ok(hello)
}

async fn next_text(socket: &mut Socket) -> Result<String, ConnectError> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Close(frame))) => return Err(ConnectError::Closed(close_info(frame))),
            Some(Ok(message)) => {
                if let Some(text) = text_of(&message) {
                    return Ok(text.to_owned());
                }
            }
            Some(Err(problem)) => return Err(ConnectError::Closed(CloseInfo::broken(problem))),
            None => return Err(ConnectError::Closed(CloseInfo::broken("end of stream"))),
        }
    }
}

/// The JSON of a message; `None` for control frames and bytes that are no text.
pub(crate) fn text_of(message: &Message) -> Option<&str> {
    match message {
        Message::Text(text) => Some(text),
        Message::Binary(bytes) => std::str::from_utf8(bytes).ok(),
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => None,
    }
}

pub(crate) fn close_info(frame: Option<CloseFrame>) -> CloseInfo {
    // 1005 is what an endpoint sees when a close frame carries no code.
    frame.map_or_else(|| CloseInfo::new(1005, ""), |frame| CloseInfo::new(frame.code.into(), frame.reason.as_str()))
}

/// Id and problem of a response that has another shape than this client knows,
/// such as an error code of a newer gateway: its caller must not wait in vain.
pub(crate) fn unreadable_response(text: &str) -> Option<(String, String)> {
    #[derive(Deserialize)]
    struct Outline<'a> {
        #[serde(borrow, rename = "type")]
        kind: Cow<'a, str>,
        #[serde(borrow)]
        id: Cow<'a, str>,
        error: Option<ErrorOutline>,
    }
    #[derive(Deserialize)]
    struct ErrorOutline {
        code: Option<String>,
        message: Option<String>,
    }
    let outline: Outline<'_> = serde_json::from_str(text).ok().filter(|outline: &Outline<'_>| outline.kind == "res")?;
    let problem = outline.error.map_or_else(
        || "unknown shape".to_owned(),
        |error| format!("{} ({})", error.message.unwrap_or_default(), error.code.unwrap_or_default()),
    );
    Some((outline.id.into_owned(), problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_of_newer_gateways_still_find_their_caller() {
        let text = r#"{"type":"res","id":"7","ok":false,"error":{"code":"LATER","message":"because"}}"#;
        assert!(parse_server(text).is_err());
        assert_eq!(unreadable_response(text), Some(("7".to_owned(), "because (LATER)".to_owned())));
        assert_eq!(unreadable_response(r#"{"type":"event","id":"7"}"#), None);
        assert_eq!(unreadable_response("5"), None);
    }

    #[test]
    fn bodies_are_shown_short_and_without_control_characters() {
        assert_eq!(shown_body(b"a\x1b[31mb\n"), "a[31mb");
        assert_eq!(shown_body(&[b'x'; 5000]).len(), SHOWN_BODY);
    }
}
