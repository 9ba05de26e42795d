//! Clients after the handshake, whichever way it ended.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Close, Connect, DEADLINE, Raw};

/// A connected client.
pub(crate) struct Client {
    /// Its socket.
    pub(crate) raw: Raw,
    /// Payload of hello-ok.
    pub(crate) hello: Value,
    /// Params of the connect request, as sent.
    pub(crate) sent: Value,
    next_id: u64,
}

/// What a refused client was told.
#[derive(Debug)]
pub(crate) struct Refused {
    /// `error` of the answer; null when there was none.
    pub(crate) error: Value,
    /// How the socket was closed.
    pub(crate) close: Close,
    /// Every frame of the socket.
    pub(crate) frames: Vec<Value>,
}

impl Refused {
    /// `error.details.code`.
    pub(crate) fn code(&self) -> &str {
        self.error["details"]["code"].as_str().unwrap_or_default()
    }

    /// The pairing request that waits for an approver.
    #[track_caller]
    pub(crate) fn request_id(&self) -> &str {
        self.error["details"]["requestId"].as_str().unwrap_or_else(|| panic!("no request id: {self:?}"))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("hello", &self.hello).finish_non_exhaustive()
    }
}

impl Client {
    /// Waits for the challenge, sends connect, reads hello-ok or the refusal.
    pub(crate) async fn connect(mut raw: Raw, connect: &Connect, token: Option<&str>) -> Result<Self, Refused> {
        let challenge = raw.challenge().await;
        let sent = connect.params(&challenge, token);
        raw.request("connect-1", "connect", sent.clone()).await;
        let answer = match raw.recv().await {
            Ok(frame) => frame,
            Err(close) => return Err(Refused { error: Value::Null, close, frames: raw.frames().to_vec() }),
        };
        assert_eq!((&answer["type"], &answer["id"]), (&json!("res"), &json!("connect-1")), "{answer}");
        if answer["ok"] == true {
            assert_eq!(answer["payload"]["type"], "hello-ok", "{answer}");
            return Ok(Self { raw, hello: answer["payload"].clone(), sent, next_id: 1 });
        }
        let close = raw.closed().await;
        Err(Refused { error: answer["error"].clone(), close, frames: raw.frames().to_vec() })
    }

    /// Calls a method; events that arrive meanwhile are kept.
    pub(crate) async fn call(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.post(method, params).await;
        let answer = self.raw.answer(&id).await;
        if answer["ok"] == true { Ok(answer["payload"].clone()) } else { Err(answer["error"].clone()) }
    }

    /// Sends a request and does not wait; returns its id.
    pub(crate) async fn post(&mut self, method: &str, params: Value) -> String {
        let id = format!("r{}", self.next_id);
        self.next_id += 1;
        self.raw.request(&id, method, params).await;
        id
    }

    /// Calls a method that works.
    pub(crate) async fn ok(&mut self, method: &str, params: Value) -> Value {
        self.call(method, params).await.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Calls a method until its answer fits: what one connection did, another learns a moment later.
    pub(crate) async fn ok_until(
        &mut self,
        (method, params): (&str, Value),
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let mut last = Value::Null;
        let asking = async {
            loop {
                last = self.ok(method, params.clone()).await;
                if wanted(&last) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let done = tokio::time::timeout(DEADLINE, asking).await;
        assert!(done.is_ok(), "timed out waiting for {what}: {last}");
        last
    }

    /// Calls a method that is refused; returns the error.
    pub(crate) async fn err(&mut self, method: &str, params: Value) -> Value {
        match self.call(method, params).await {
            Ok(payload) => panic!("{method} worked: {payload}"),
            Err(error) => error,
        }
    }

    /// Payloads of every event of this name so far.
    pub(crate) fn events(&self, name: &str) -> Vec<Value> {
        self.raw.events(name).into_iter().map(|frame| frame["payload"].clone()).collect()
    }

    /// Waits for an event whose payload fits, those that arrived already included.
    pub(crate) async fn event(&mut self, name: &str, mut wanted: impl FnMut(&Value) -> bool) -> Value {
        if let Some(payload) = self.events(name).into_iter().find(|payload| wanted(payload)) {
            return payload;
        }
        let found = self.raw.until(name, |frame| frame["event"] == name && wanted(&frame["payload"])).await;
        found["payload"].clone()
    }

    /// Reads everything that the gateway queued for this client so far.
    pub(crate) async fn catch_up(&mut self) {
        // Answers and events leave in the order they were queued.
        drop(self.call("health", json!({})).await);
    }

    /// Reads to the end.
    pub(crate) async fn closed(&mut self) -> Close {
        self.raw.closed().await
    }

    /// The device token of hello-ok.
    #[track_caller]
    pub(crate) fn device_token(&self) -> String {
        self.hello["auth"]["deviceToken"]
            .as_str()
            .unwrap_or_else(|| panic!("no device token: {}", self.hello))
            .to_owned()
    }

    /// The scopes of hello-ok.
    pub(crate) fn scopes(&self) -> Vec<String> {
        let scopes = self.hello["auth"]["scopes"].as_array().cloned().unwrap_or_default();
        scopes.iter().filter_map(|scope| scope.as_str().map(str::to_owned)).collect()
    }
}
