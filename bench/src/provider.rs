//! A provider of language models that is fast enough not to become the limit: it speaks the streaming protocol of
//! OpenAI, parses nothing but lengths, and writes every token on its own, as real ones do.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::ask::Ask;
use crate::client::find;

/// The model of the configuration.
pub(crate) const MODEL: &str = "stream-1";

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
/// Shortest time a timer can wait for.
const TIMER: Duration = Duration::from_millis(1);

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
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted.context("accepting")?;
                stream.set_nodelay(true)?;
                connections.spawn(converse(stream));
            }
            // How a connection ended is the client's business.
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn converse(mut stream: TcpStream) -> io::Result<()> {
    let mut inbox = Vec::new();
    loop {
        let (start, end) = loop {
            if let Some(body) = body_of(&inbox) {
                break body;
            }
            if stream.read_buf(&mut inbox).await? == 0 {
                return Ok(());
            }
        };
        let ask = Ask::find(&String::from_utf8_lossy(&inbox[start..end])).unwrap_or(Ask::BURST);
        inbox.drain(..end);
        answer(&mut stream, ask).await?;
    }
}

/// Where the body of the first request begins and ends, once all of it is here.
fn body_of(inbox: &[u8]) -> Option<(usize, usize)> {
    let start = find(inbox, b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&inbox[..start]).to_ascii_lowercase();
    let length = head.split_once("content-length:").and_then(|(_, rest)| rest.split("\r\n").next());
    let end = start + length.map_or(0, |length| length.trim().parse().unwrap_or(0));
    (inbox.len() >= end).then_some((start, end))
}

async fn answer(stream: &mut TcpStream, ask: Ask) -> io::Result<()> {
    if !ask.wait.is_zero() {
        tokio::time::sleep(ask.wait).await;
    }
    let role = delta(r#"{"role":"assistant","content":""}"#, "null");
    let token = delta(&format!(r#"{{"content":"{}."}}"#, "a".repeat((ask.size as usize).saturating_sub(1))), "null");
    stream.write_all(format!("{HEAD}{role}").as_bytes()).await?;
    let start = Instant::now();
    let mut sent = 0;
    while sent < ask.tokens {
        let due = due(ask, start.elapsed());
        while sent < due {
            stream.write_all(token.as_bytes()).await?;
            sent += 1;
        }
        if sent < ask.tokens {
            tokio::time::sleep(ask.gap.max(TIMER)).await;
        }
    }
    let usage = format!(r#"{{"prompt_tokens":50,"completion_tokens":{0},"total_tokens":{0}}}"#, ask.tokens);
    let end = delta("{}", r#""stop""#) + &chunk(&format!(r#"{{{COMMON},"choices":[],"usage":{usage}}}"#));
    stream.write_all(format!("{end}{}0\r\n\r\n", chunk("[DONE]")).as_bytes()).await
}

/// Tokens that are to be out after this time.
fn due(ask: Ask, elapsed: Duration) -> u32 {
    if ask.gap.is_zero() {
        return ask.tokens;
    }
    let due = 1 + elapsed.as_micros() / ask.gap.as_micros().max(1);
    u32::try_from(due).unwrap_or(u32::MAX).min(ask.tokens)
}

const COMMON: &str = r#""id":"chatcmpl-1","object":"chat.completion.chunk","created":1767225600,"model":"stream-1""#;

fn delta(delta: &str, finish: &str) -> String {
    chunk(&format!(r#"{{{COMMON},"choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}"#))
}

/// One server-sent event in one HTTP chunk.
fn chunk(data: &str) -> String {
    let event = format!("data: {data}\n\n");
    format!("{:x}\r\n{event}\r\n", event.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_complete_with_its_body() {
        let text = b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
        assert_eq!(body_of(text), Some((text.len() - 3, text.len())));
        assert_eq!(body_of(&text[..text.len() - 1]), None);
    }

    #[test]
    fn tokens_are_due_at_a_steady_rate() {
        let ask = Ask { gap: Duration::from_micros(500), ..Ask::BURST };
        assert_eq!(due(ask, Duration::ZERO), 1);
        assert_eq!(due(ask, Duration::from_millis(10)), 21);
        assert_eq!(due(ask, Duration::from_secs(10)), 200);
        assert_eq!(due(Ask::BURST, Duration::ZERO), 200);
    }

    #[test]
    fn chunks_are_json_in_events_in_http_chunks() {
        let text = delta(r#"{"content":"a"}"#, "null");
        let (length, rest) = text.split_once("\r\n").unwrap();
        assert_eq!(usize::from_str_radix(length, 16).unwrap(), rest.len() - 2);
        let data = rest.strip_prefix("data: ").unwrap().trim_end();
        assert!(serde_json::from_str::<serde_json::Value>(data).is_ok());
    }
}
