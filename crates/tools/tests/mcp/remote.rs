//! Servers that speak streamable HTTP, well or not.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use postern_tools::mcp::{McpServerConfig, McpTransport};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A streamable HTTP server: answers posts as JSON or as a stream, or as told, and remembers what it was sent.
pub(crate) struct Remote {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    _accepting: JoinSet<()>,
}

#[derive(Clone)]
pub(crate) enum Manner {
    Json,
    Sse,
    Redirect(String),
    Status(u16),
    Silent,
    NotMcp,
}

impl Remote {
    pub(crate) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let mut accepting = JoinSet::new();
        accepting.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, manner.clone(), Arc::clone(&seen)));
            }
        });
        Self { address, requests, _accepting: accepting }
    }

    pub(crate) fn config(&self) -> McpServerConfig {
        McpServerConfig {
            name: "remote".into(),
            transport: McpTransport::Http {
                url: format!("http://{}/mcp?key=canary-query", self.address),
                headers: BTreeMap::from([
                    ("Authorization".to_owned(), "Bearer canary-bearer".to_owned()),
                    ("X-Api-Key".to_owned(), "canary-api-key".to_owned()),
                ]),
            },
        }
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
            return None;
        }
    }
}

async fn serve(mut stream: TcpStream, manner: Manner, seen: Arc<Mutex<Vec<String>>>) {
    while let Some((head, body)) = request(&mut stream).await {
        seen.lock().unwrap().push(format!("{head}\n\n{body}"));
        let answer = answer(&head, &body, &manner);
        let Some(answer) = answer else { return std::future::pending().await };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn answer(head: &str, body: &str, manner: &Manner) -> Option<String> {
    let whole = |status: &str, more: &str, body: &str| {
        Some(format!("HTTP/1.1 {status}\r\n{more}content-length: {}\r\n\r\n{body}", body.len()))
    };
    match manner {
        Manner::Redirect(to) => return whole("307 Temporary Redirect", &format!("location: {to}\r\n"), ""),
        Manner::Status(status) => return whole(&format!("{status} No"), "", "canary-bearer is wrong"),
        Manner::Silent => return None,
        Manner::NotMcp => return whole("200 OK", "content-type: text/html\r\n", "<p>hello</p>"),
        Manner::Json | Manner::Sse => {}
    }
    if !head.starts_with("POST") {
        return whole("405 Method Not Allowed", "", "");
    }
    let message: Value = serde_json::from_str(body).unwrap();
    let Some(id) = message.get("id") else { return whole("202 Accepted", "", "") };
    let result = match message["method"].as_str().unwrap() {
        "initialize" => {
            json!({ "protocolVersion": "2025-06-18", "capabilities": { "tools": {} }, "serverInfo": { "name": "r", "version": "1" } })
        }
        "tools/list" => json!({ "tools": [{ "name": "where", "inputSchema": { "type": "object" } }] }),
        _ => json!({ "content": [{ "type": "text", "text": "over there" }] }),
    };
    let text = json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string();
    match manner {
        Manner::Sse => {
            whole("200 OK", "content-type: text/event-stream\r\n", &format!("event: message\ndata: {text}\n\n"))
        }
        _ => whole("200 OK", "content-type: application/json\r\nmcp-session-id: s1\r\n", &text),
    }
}
