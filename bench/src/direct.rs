//! The client that the gateway is compared with: it streams from the provider itself.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::ask::Ask;
use crate::client::{Route, find};
use crate::provider::MODEL;

const TOKEN: &[u8] = b"\"delta\":{\"content\":\"";
const END: &[u8] = b"data: [DONE]\n\n\r\n0\r\n\r\n";

/// One connection to the provider, kept alive.
pub(crate) struct DirectClient {
    stream: TcpStream,
    host: String,
}

/// When things happened, counted from the question.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Timing {
    /// First text.
    pub(crate) first: Duration,
    /// End of the answer.
    pub(crate) total: Duration,
}

impl DirectClient {
    /// Connects.
    pub(crate) async fn connect(route: Route) -> Result<Self> {
        Ok(Self { stream: route.connect().await.context("connecting")?, host: route.server.to_string() })
    }

    /// Asks and reads the answer to its end.
    pub(crate) async fn run(&mut self, ask: Ask) -> Result<Timing> {
        let body = format!(
            r#"{{"model":"{MODEL}","stream":true,"stream_options":{{"include_usage":true}},"messages":[{{"role":"user","content":"{ask}"}}]}}"#
        );
        let head =
            format!("POST /v1/chat/completions HTTP/1.1\r\nhost: {}\r\ncontent-length: {}", self.host, body.len());
        let start = Instant::now();
        self.stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await?;
        let (mut answer, mut searched, mut first) = (Vec::with_capacity(64 * 1024), 0, None);
        while !answer.ends_with(END) {
            ensure!(self.stream.read_buf(&mut answer).await? > 0, "the provider hung up");
            if first.is_none() {
                first = find(&answer[searched..], TOKEN).map(|_| start.elapsed());
                searched = answer.len().saturating_sub(TOKEN.len());
            }
        }
        Ok(Timing { first: first.context("an answer without text")?, total: start.elapsed() })
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn answers_of_the_provider_are_read_to_their_end_one_after_the_other() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let route = Route::local(listener.local_addr().unwrap());
        let mut serving = tokio::task::JoinSet::new();
        serving.spawn(crate::provider::serve(listener));
        let mut client = DirectClient::connect(route).await.unwrap();
        let slow = Ask { tokens: 5, gap: Duration::from_millis(2), wait: Duration::from_millis(3), ..Ask::BURST };
        for ask in [Ask::BURST, slow] {
            let timing = client.run(ask).await.unwrap();
            assert!(timing.first >= ask.wait && timing.total >= timing.first, "{timing:?}");
        }
    }
}
