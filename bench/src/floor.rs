//! The floor: the least a WebSocket server on the same library can do. Default axum settings,
//! straightforward code, canned answers; what a gateway adds is measured against it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use axum::serve::ListenerExt;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::broadcast;

/// Bytes of the canned hello and of the canned health payload.
const HELLO_BYTES: usize = 6 * 1024;
const HEALTH_BYTES: usize = 1536;
const CHALLENGE: &str = r#"{"type":"event","event":"connect.challenge","payload":{"nonce":"00000000-0000-4000-8000-000000000001","ts":1767225600000}}"#;

/// Method that broadcasts one event of `params.bytes` bytes to every connection.
pub(crate) const FANOUT_METHOD: &str = "floor.fanout";
/// Name of the event it broadcasts.
pub(crate) const FANOUT_EVENT: &str = "floor";

struct Floor {
    hello: String,
    health: String,
    events: broadcast::Sender<Utf8Bytes>,
}

#[derive(Deserialize)]
struct Request<'a> {
    id: &'a str,
    method: &'a str,
    params: Option<FanoutParams>,
}

#[derive(Deserialize)]
struct FanoutParams {
    #[serde(default)]
    bytes: usize,
}

/// Serves on loopback until the process is killed; prints one ready line with the port.
pub(crate) async fn run(port: u16) -> Result<()> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .await
        .with_context(|| format!("binding port {port}"))?;
    println!(r#"{{"event":"ready","port":{}}}"#, listener.local_addr()?.port());
    serve(listener).await
}

/// Serves until dropped.
pub(crate) async fn serve(listener: TcpListener) -> Result<()> {
    let floor = Arc::new(Floor {
        hello: canned(r#"{"type":"hello-ok","protocol":4,"padding":""#, HELLO_BYTES, "\"}"),
        health: canned(r#"{"ok":true,"ts":1767225600000,"padding":""#, HEALTH_BYTES, "\"}"),
        events: broadcast::channel(1024).0,
    });
    let listener = listener.tap_io(|stream| {
        // Failing to set it only makes the floor slower.
        let _ = stream.set_nodelay(true);
    });
    let router = Router::new().route("/", any(upgrade)).with_state(floor);
    axum::serve(listener, router).await.context("serving")
}

async fn upgrade(upgrade: WebSocketUpgrade, State(floor): State<Arc<Floor>>) -> Response {
    upgrade.on_upgrade(move |socket| converse(socket, floor))
}

async fn converse(mut socket: WebSocket, floor: Arc<Floor>) {
    if socket.send(Message::Text(Utf8Bytes::from_static(CHALLENGE))).await.is_err() {
        return;
    }
    let mut events = floor.events.subscribe();
    loop {
        let outgoing = tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => floor.answer(&text),
                Some(Ok(_)) => None,
                Some(Err(_)) | None => return,
            },
            event = events.recv() => event.ok(),
        };
        let Some(text) = outgoing else { continue };
        if socket.send(Message::Text(text)).await.is_err() {
            return;
        }
    }
}

impl Floor {
    fn answer(&self, text: &str) -> Option<Utf8Bytes> {
        let request: Request<'_> = serde_json::from_str(text).ok()?;
        let payload = match request.method {
            "connect" => self.hello.as_str(),
            "health" => self.health.as_str(),
            FANOUT_METHOD => {
                self.broadcast(request.params.map_or(0, |params| params.bytes));
                "{}"
            }
            _ => return None,
        };
        let id = request.id;
        Some(format!(r#"{{"type":"res","id":"{id}","ok":true,"payload":{payload}}}"#).into())
    }

    fn broadcast(&self, bytes: usize) {
        let opening = format!(r#"{{"type":"event","event":"{FANOUT_EVENT}","payload":""#);
        // Without a receiver there is nothing to do.
        let _ = self.events.send(canned(&opening, bytes, "\"}").into());
    }
}

/// `opening` and `closing` with as much padding between them as makes `bytes` in all.
fn canned(opening: &str, bytes: usize, closing: &str) -> String {
    let padding = bytes.saturating_sub(opening.len() + closing.len());
    format!("{opening}{}{closing}", "x".repeat(padding))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canned_answers_have_the_size_the_figures_are_defined_for() {
        let health = canned(r#"{"ok":true,"padding":""#, HEALTH_BYTES, "\"}");
        assert_eq!(health.len(), HEALTH_BYTES);
        assert!(serde_json::from_str::<serde_json::Value>(&health).is_ok());
    }
}
