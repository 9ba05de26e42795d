//! HTTP by hand: one request, one answer, nothing hidden.

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::http::{HeaderMap, Response};

use super::DEADLINE;

/// An HTTP answer.
#[derive(Debug, Clone)]
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl HttpAnswer {
    pub(super) fn of(response: &Response<Option<Vec<u8>>>) -> Self {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers =
            response.headers().iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect();
        let body = response.body().as_deref().map(text).unwrap_or_default();
        Self { status: response.status().as_u16(), headers, body }
    }

    /// A header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

pub(super) async fn exchange(port: u16, request: (&str, &str), headers: &HeaderMap, body: &str) -> HttpAnswer {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    exchange_on(stream, port, request, headers, body).await
}

/// The same on a connection that is there already.
pub(super) async fn exchange_on(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    port: u16,
    (method, path): (&str, &str),
    headers: &HeaderMap,
    body: &str,
) -> HttpAnswer {
    let mut text = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    if !headers.contains_key("host") {
        text += &format!("host: 127.0.0.1:{port}\r\n");
    }
    for (name, value) in headers {
        text += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    text += &format!("\r\n{body}");
    let exchanging = async {
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    };
    let answer = tokio::time::timeout(DEADLINE, exchanging).await.expect("no HTTP answer");
    parse(&answer)
}

fn parse(answer: &str) -> HttpAnswer {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("not HTTP: {answer:?}"));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap();
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    HttpAnswer { status, headers, body: body.to_owned() }
}
