//! The server's side of HTTP/1.1 by hand, so that an answer can stop, break and hang up anywhere.

use std::io;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Headers of a message, names in lower case.
pub(super) type Headers = Vec<(String, String)>;

/// One request.
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Headers,
    pub(super) body: Value,
}

/// A connection of a client.
pub(super) struct Connection {
    stream: TcpStream,
    inbox: Vec<u8>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        // A token goes out when it is said.
        drop(stream.set_nodelay(true));
        Self { stream, inbox: Vec::new() }
    }

    /// The next request; nothing when the client is gone.
    pub(super) async fn request(&mut self) -> Option<Request> {
        let end = loop {
            if let Some(end) = self.inbox.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            self.fill().await?;
        };
        let head = String::from_utf8_lossy(&self.inbox[..end]).into_owned();
        let mut lines = head.lines();
        let mut words = lines.next()?.split(' ');
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        let fields = lines.filter_map(|line| line.split_once(':'));
        let headers: Headers =
            fields.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0_usize);
        while self.inbox.len() < end + 4 + length {
            self.fill().await?;
        }
        let body = serde_json::from_slice(&self.inbox[end + 4..end + 4 + length]).unwrap_or_default();
        self.inbox.drain(..end + 4 + length);
        Some(Request { method, path, headers, body })
    }

    async fn fill(&mut self) -> Option<usize> {
        self.stream.read_buf(&mut self.inbox).await.ok().filter(|read| *read > 0)
    }

    /// Returns when the client has hung up.
    pub(super) async fn gone(&mut self) {
        while self.fill().await.is_some() {}
    }

    /// Starts an answer whose length nobody knows.
    pub(super) async fn start(&mut self, content_type: &str, headers: &Headers) -> io::Result<()> {
        let head = head(200, content_type, headers) + "cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n";
        self.stream.write_all(head.as_bytes()).await
    }

    /// Sends a piece of it.
    pub(super) async fn chunk(&mut self, piece: &[u8]) -> io::Result<()> {
        if piece.is_empty() {
            return Ok(());
        }
        let mut framed = format!("{:x}\r\n", piece.len()).into_bytes();
        framed.extend_from_slice(piece);
        framed.extend_from_slice(b"\r\n");
        self.stream.write_all(&framed).await
    }

    /// Ends it.
    pub(super) async fn end(&mut self) -> io::Result<()> {
        self.stream.write_all(b"0\r\n\r\n").await
    }

    /// Sends an answer at once.
    pub(super) async fn whole(&mut self, status: u16, headers: &Headers, body: &str) -> io::Result<()> {
        let content_type = if body.starts_with(['{', '[']) { "application/json" } else { "text/plain; charset=utf-8" };
        let head = head(status, content_type, headers);
        self.stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await
    }
}

fn head(status: u16, content_type: &str, headers: &Headers) -> String {
    let fields: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {status} {}\r\ncontent-type: {content_type}\r\n{fields}", reason(status))
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Other",
    }
}
