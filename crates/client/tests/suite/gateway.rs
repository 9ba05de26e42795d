//! A scripted gateway: accepts, challenges, reads `connect`, and then sends and
//! expects what the test says. Nothing in it waits longer than `PATIENCE`.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use postern_client::{
    ClientEvent, ClientOptions, ConnectionState, EventReceiver, GatewayClient, Pause, ReconnectPolicy,
};
use postern_protocol::connect::ConnectParams;
use postern_protocol::error::{ErrorCode, ErrorShape};
use postern_protocol::identity::DeviceKey;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// A test that waits longer than this has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const NONCE: &str = "11111111-2222-4333-8444-555555555555";
pub(crate) const CHALLENGE_TS: i64 = 1_767_225_600_000;
/// Interval that no test outlives.
pub(crate) const CALM_TICK_MS: u64 = 60_000;

/// Fails the test instead of hanging.
#[track_caller]
pub(crate) fn soon<T>(what: &'static str, future: impl Future<Output = T>) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    async move {
        match tokio::time::timeout(PATIENCE, future).await {
            Ok(value) => value,
            Err(_) => panic!("{caller}: no {what} within {PATIENCE:?}"),
        }
    }
}

pub(crate) struct FakeGateway {
    listener: TcpListener,
}

impl FakeGateway {
    pub(crate) async fn bind() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    pub(crate) async fn bind_again(port: u16) -> Self {
        Self { listener: TcpListener::bind(("127.0.0.1", port)).await.unwrap() }
    }

    pub(crate) fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port())
    }

    /// Options that reach this gateway with a fixed device and without delays
    /// between tries beyond those that `pause` grants.
    pub(crate) fn options(&self, pause: &Arc<ManualPause>) -> ClientOptions {
        ClientOptions::new().url(self.url()).device(device()).reconnect(policy(pause))
    }

    pub(crate) async fn accept_tcp(&self) -> TcpStream {
        soon("TCP connection", self.listener.accept()).await.unwrap().0
    }

    /// Accepts a socket, sends the challenge and reads `connect`.
    pub(crate) async fn accept(&self) -> Connection<TcpStream> {
        Connection::begin(self.accept_tcp().await).await
    }

    /// Accepts a socket and answers with a plain hello.
    pub(crate) async fn welcome(&self) -> Connection<TcpStream> {
        let mut connection = self.accept().await;
        connection.hello(json!({})).await;
        connection
    }

    /// Whether nobody has knocked since the last accept.
    pub(crate) fn is_left_alone(&self) -> bool {
        self.listener.accept().now_or_never().is_none()
    }
}

pub(crate) fn device() -> DeviceKey {
    DeviceKey::from_seed(&[42; 32])
}

pub(crate) struct Connection<S> {
    socket: WebSocketStream<S>,
    connect_id: String,
    /// Params of `connect` as they came.
    pub(crate) params: Value,
    seq: u64,
}

/// A request of the client.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) params: Value,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub(crate) async fn begin(stream: S) -> Self {
        let mut this = Self::upgrade(stream).await;
        this.send(
            json!({"type": "event", "event": "connect.challenge", "payload": {"nonce": NONCE, "ts": CHALLENGE_TS}}),
        )
        .await;
        let request = this.request().await;
        assert_eq!(request.method, "connect", "the first request must be connect");
        this.connect_id = request.id;
        this.params = request.params;
        this
    }

    /// A WebSocket on which nothing was said yet.
    pub(crate) async fn upgrade(stream: S) -> Self {
        let socket = soon("upgrade", tokio_tungstenite::accept_async(stream)).await.unwrap();
        Self { socket, connect_id: String::new(), params: Value::Null, seq: 0 }
    }

    pub(crate) fn connect(&self) -> ConnectParams {
        serde_json::from_value(self.params.clone()).unwrap()
    }

    pub(crate) async fn send(&mut self, frame: Value) {
        soon("room to send", self.socket.send(Message::text(frame.to_string()))).await.unwrap();
    }

    /// Answers `connect`; `changes` replaces top-level parts of the usual hello.
    pub(crate) async fn hello(&mut self, changes: Value) {
        let mut hello = json!({
            "type": "hello-ok", "protocol": 4,
            "server": {"version": "9.9.9", "connId": "c-1"},
            "features": {"methods": ["health"], "events": ["tick"]},
            "snapshot": {"presence": [], "health": {}, "stateVersion": {"presence": 1, "health": 1}, "uptimeMs": 1},
            "auth": {"role": "operator", "scopes": []},
            "policy": {"maxPayload": 26_214_400, "maxBufferedBytes": 52_428_800, "tickIntervalMs": CALM_TICK_MS}
        });
        for (key, value) in changes.as_object().unwrap() {
            hello[key] = value.clone();
        }
        let id = self.connect_id.clone();
        self.answer(&id, hello).await;
    }

    pub(crate) async fn answer(&mut self, id: &str, payload: Value) {
        self.send(json!({"type": "res", "id": id, "ok": true, "payload": payload})).await;
    }

    pub(crate) async fn fail(&mut self, id: &str, error: ErrorShape) {
        self.send(json!({"type": "res", "id": id, "ok": false, "error": error})).await;
    }

    /// Refuses `connect` and closes.
    pub(crate) async fn refuse(mut self, error: ErrorShape, code: u16) {
        let id = self.connect_id.clone();
        let reason = error.message.clone();
        self.fail(&id, error).await;
        self.close(code, &reason).await;
    }

    pub(crate) async fn close(mut self, code: u16, reason: &str) {
        let frame = CloseFrame { code: code.into(), reason: reason.to_owned().into() };
        // The client may have closed first.
        let _ = soon("close", self.socket.close(Some(frame))).await;
        while let Some(Ok(_)) = soon("answer to close", self.socket.next()).await {}
    }

    /// An event with the number that follows.
    pub(crate) async fn event(&mut self, name: &str, payload: Value) {
        self.seq += 1;
        self.send(json!({"type": "event", "event": name, "payload": payload, "seq": self.seq})).await;
    }

    /// Loses `events` numbers.
    pub(crate) fn lose(&mut self, events: u64) {
        self.seq += events;
    }

    pub(crate) async fn request(&mut self) -> Request {
        loop {
            match soon("request", self.socket.next()).await {
                Some(Ok(Message::Text(text))) => return read_request(&text),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("expected a request, got {other:?}"),
            }
        }
    }

    /// Reads the request for this method and answers it.
    pub(crate) async fn serve(&mut self, method: &str, payload: Value) {
        let request = self.request().await;
        assert_eq!(request.method, method);
        self.answer(&request.id, payload).await;
    }

    /// How the client closes.
    pub(crate) async fn closed(mut self) -> Option<(u16, String)> {
        loop {
            match soon("close frame", self.socket.next()).await {
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Some((frame.code.into(), frame.reason.as_str().to_owned()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }
}

fn read_request(text: &str) -> Request {
    let frame: Value = serde_json::from_str(text).unwrap();
    assert_eq!(frame["type"], "req", "{text}");
    let word = |key: &str| frame[key].as_str().unwrap_or_else(|| panic!("no {key} in {text}")).to_owned();
    Request { id: word("id"), method: word("method"), params: frame["params"].clone() }
}

/// A clock that records the delays it was asked for and lets as many pass as the
/// test has granted.
pub(crate) struct ManualPause {
    delays: Mutex<Vec<Duration>>,
    grants: Semaphore,
}

impl ManualPause {
    /// Lets the first `grants` delays pass at once.
    pub(crate) fn new(grants: usize) -> Arc<Self> {
        Arc::new(Self { delays: Mutex::default(), grants: Semaphore::new(grants) })
    }

    pub(crate) fn grant(&self, more: usize) {
        self.grants.add_permits(more);
    }

    /// Milliseconds of every delay so far.
    pub(crate) fn delays(&self) -> Vec<u128> {
        self.delays.lock().unwrap().iter().map(Duration::as_millis).collect()
    }
}

impl Pause for ManualPause {
    fn pause(&self, delay: Duration) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.delays.lock().unwrap().push(delay);
        Box::pin(async move { self.grants.acquire().await.unwrap().forget() })
    }
}

/// The usual delays, without chance, on this clock.
pub(crate) fn policy(pause: &Arc<ManualPause>) -> ReconnectPolicy {
    ReconnectPolicy::default().jitter(0.0).pause_with(Arc::clone(pause) as Arc<dyn Pause>)
}

/// Waits for a state that the test describes.
pub(crate) async fn state(client: &GatewayClient, wanted: impl FnMut(&ConnectionState) -> bool) -> ConnectionState {
    soon("state", client.watch_state().wait_for(wanted)).await.unwrap().clone()
}

pub(crate) async fn next_event(events: &mut EventReceiver) -> ClientEvent {
    soon("event", events.recv()).await.expect("the client has ended")
}

/// A refusal as gateways of generation 4 send it.
pub(crate) fn refusal(code: ErrorCode, detail: &str, message: &str) -> ErrorShape {
    ErrorShape::new(code, message).detail("code", detail)
}
