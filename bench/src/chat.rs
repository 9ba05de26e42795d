//! A client of the gateway that sends a message and reads the events of its run.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::ask::Ask;
use crate::client::{Connection, Route, find, head, is_ok, request};
use crate::direct::Timing;
use crate::identity::{ClientKind, Identity, handshake};
use crate::provider::MODEL;
use crate::server::Target;

/// How long one run may take beyond the provider's own time.
const RUN_DEADLINE: Duration = Duration::from_secs(30);

/// A connected operator.
pub(crate) struct ChatClient {
    connection: Connection,
    /// Makes the keys of its runs its own.
    name: String,
    runs: u32,
}

/// What one run looked like from outside.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Run {
    /// When the first delta and the final event came.
    pub(crate) timing: Timing,
    /// When the message was acknowledged.
    pub(crate) acknowledged: Duration,
    /// `chat` deltas.
    pub(crate) deltas: u32,
    /// Bytes of the run's `chat` and `agent` events.
    pub(crate) bytes: u64,
}

impl ChatClient {
    /// Connects a new device.
    pub(crate) async fn connect(target: Target, kind: ClientKind) -> Result<Self> {
        let identity = Identity::generate();
        let (connection, _) = handshake(Route::local(target.address), &identity, kind, target.token).await?;
        Ok(Self { connection, name: format!("{:016x}", rand::random::<u64>()), runs: 0 })
    }

    /// Calls a method; events are skipped.
    pub(crate) async fn call(&mut self, method: &str, params: &Value) -> Result<Vec<u8>> {
        self.runs += 1;
        let id = format!("c{}", self.runs);
        self.connection.send_text(&request(&id, method, &params.to_string())).await?;
        let answer = tokio::time::timeout(RUN_DEADLINE, self.connection.response(&id)).await;
        let answer = answer.with_context(|| format!("no answer to {method}"))??;
        ensure!(is_ok(&answer), "{method}: {}", excerpt(&answer));
        Ok(answer)
    }

    /// Sends a message that asks for this answer, and waits for the run's end.
    pub(crate) async fn run(&mut self, session: &str, ask: Ask) -> Result<Run> {
        self.runs += 1;
        let id = format!("{}-{}", self.name, self.runs);
        let params = json!({"sessionKey": session, "message": ask.to_string(), "idempotencyKey": id});
        let own_time = ask.wait + ask.gap * ask.tokens;
        let start = Instant::now();
        self.connection.send_text(&request(&id, "chat.send", &params.to_string())).await?;
        let watching = self.watch(&id, start, ask);
        tokio::time::timeout(own_time + RUN_DEADLINE, watching).await.context("a run without end")?
    }

    async fn watch(&mut self, id: &str, start: Instant, ask: Ask) -> Result<Run> {
        let (mut run, mut first) = (Run::default(), None);
        let run_id = format!("\"runId\":\"{id}\"");
        loop {
            let frame = self.connection.next_frame().await?;
            let text = self.connection.payload(&frame);
            if find(head(text), b"\"type\":\"res\"").is_some() {
                ensure!(is_ok(text), "chat.send: {}", excerpt(text));
                run.acknowledged = start.elapsed();
                continue;
            }
            let is_chat = find(head(text), b"\"event\":\"chat\"").is_some();
            let is_agent = find(head(text), b"\"event\":\"agent\"").is_some();
            if !(is_chat || is_agent) || find(text, run_id.as_bytes()).is_none() {
                continue;
            }
            run.bytes += text.len() as u64;
            if !is_chat {
                continue;
            }
            if find(text, b"\"state\":\"delta\"").is_some() {
                first.get_or_insert_with(|| start.elapsed());
                run.deltas += 1;
            } else if find(text, b"\"state\":\"final\"").is_some() {
                check_final(text, ask)?;
                let total = start.elapsed();
                run.timing = Timing { first: first.unwrap_or(total), total };
                return Ok(run);
            } else if find(text, b"\"state\":\"status\"").is_none() {
                bail!("the run failed: {}", excerpt(text));
            }
        }
    }
}

/// The final event must carry the whole answer.
fn check_final(text: &[u8], ask: Ask) -> Result<()> {
    let frame: Value = serde_json::from_slice(text)?;
    let content = frame.pointer("/payload/message/content/0/text").and_then(Value::as_str).unwrap_or_default();
    ensure!(content.len() == ask.characters() as usize, "{} of {} characters", content.len(), ask.characters());
    Ok(())
}

fn excerpt(text: &[u8]) -> String {
    String::from_utf8_lossy(&text[..text.len().min(400)]).into_owned()
}

/// The gateway's configuration with this provider as the only model.
pub(crate) fn configuration(provider: SocketAddr) -> String {
    let model = json!({"id": MODEL, "name": MODEL, "contextWindow": 200_000, "maxTokens": 8_192, "input": ["text"]});
    let bench = json!({"api": "openai", "baseUrl": format!("http://{provider}/v1"), "models": [model]});
    json!({
        "agents": {"defaults": {"model": format!("bench/{MODEL}")}},
        "models": {"providers": {"bench": bench}, "discovery": {"enabled": false}},
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_final_event_that_lost_text_is_an_error() {
        let ask = Ask { tokens: 2, size: 2, ..Ask::BURST };
        let event = |text: &str| {
            json!({"payload": {"state": "final", "message": {"content": [{"type": "text", "text": text}]}}}).to_string()
        };
        assert!(check_final(event("a.a.").as_bytes(), ask).is_ok());
        assert!(check_final(event("a.a").as_bytes(), ask).is_err());
    }
}
