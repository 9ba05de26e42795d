//! The first bytes on a port that speaks TLS. The first one tells a TLS client
//! from a plain one; a plain one is told the right address and nothing else. While
//! there is no certificate, a TLS client is told that the handshake failed.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// First byte of a TLS handshake (RFC 8446 §5.1).
const HANDSHAKE: u8 = 0x16;
/// Alert of a handshake that cannot be (RFC 8446 §6.2): fatal, `handshake_failure`.
const NO_HANDSHAKE: [u8; 7] = [0x15, 3, 3, 0, 2, 2, 40];
/// Most bytes of a plain request that are read before it is answered.
const MAX_HEAD: usize = 8 * 1024;

/// The encrypted stream; `None` when the other end speaks no TLS.
pub(super) async fn handshake(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    port: u16,
) -> Option<TlsStream<TcpStream>> {
    let mut first = [0; 1];
    // Without a word, or gone.
    if stream.peek(&mut first).await.ok()? == 0 {
        return None;
    }
    if first[0] != HANDSHAKE {
        // A request begins with a letter; whatever else this is would not understand.
        if first[0].is_ascii_uppercase() {
            send_elsewhere(stream, port).await;
        }
        return None;
    }
    let Some(acceptor) = acceptor else {
        send_failure(stream).await;
        return None;
    };
    match acceptor.accept(stream).await {
        Ok(stream) => Some(stream),
        Err(error) => {
            tracing::trace!(%error, "A TLS handshake failed.");
            None
        }
    }
}

/// Answers a handshake that there is no certificate for. What the client said is
/// read first, so that the answer is not lost.
async fn send_failure(mut stream: TcpStream) {
    let mut hello = Vec::with_capacity(MAX_HEAD);
    if matches!(stream.read_buf(&mut hello).await, Ok(1..)) {
        // Nobody is left to tell when this fails.
        drop(stream.write_all(&NO_HANDSHAKE).await);
        drop(stream.shutdown().await);
    }
}

/// Answers a plain request. It is read first: a connection that is closed with
/// unread bytes is reset, and the answer lost.
async fn send_elsewhere(mut stream: TcpStream, port: u16) {
    let mut head = Vec::with_capacity(512);
    while head.len() < MAX_HEAD && !ends(&head) {
        match stream.read_buf(&mut head).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    // Nobody is left to tell when this fails.
    drop(stream.write_all(answer(&head, port).as_bytes()).await);
    drop(stream.shutdown().await);
}

fn ends(head: &[u8]) -> bool {
    head.windows(4).any(|window| window == b"\r\n\r\n")
}

fn answer(head: &[u8], port: u16) -> String {
    let authority = host(head).unwrap_or_else(|| format!("127.0.0.1:{port}"));
    let body = format!(
        "This gateway speaks TLS on this port. Open https://{authority}/ in a browser; clients use wss://{authority}.\n"
    );
    format!(
        "HTTP/1.1 400 Bad Request\r\nserver: postern\r\nconnection: close\r\ncache-control: no-store\r\n\
         x-content-type-options: nosniff\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The Host header, where it can be repeated without harm.
fn host(head: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(head).ok()?;
    let mut lines = text.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(name, _)| name.eq_ignore_ascii_case("host"))?;
    let value = value.trim();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    ((1..=255).contains(&value.len()) && value.bytes().all(plain)).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_request_is_told_the_encrypted_address() {
        let told = answer(b"GET / HTTP/1.1\r\nHOST: desk.local:7\r\n\r\n", 7);
        assert!(told.starts_with("HTTP/1.1 400 "), "{told}");
        assert!(told.contains("https://desk.local:7/") && told.contains("wss://desk.local:7."), "{told}");
        for odd in
            [&b"GET / HTTP/1.1\r\nhost: <script>\r\n\r\n"[..], b"GET /", b"\xff\xfe", b"GET / HTTP/1.1\r\nhost:\r\n"]
        {
            assert!(answer(odd, 7).contains("https://127.0.0.1:7/"), "{odd:?}");
        }
    }
}
