//! Size of a presence event before and after many clients came and went.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::client::{Connection, Route, find, head, request};
use crate::handshakes::{Until, open_and_close};
use crate::identity::{Identity, TUI, handshake};
use crate::measure::Spread;
use crate::report::Figure;
use crate::scenarios::Bench;
use crate::server::{Program, Target};

/// Room for counters and times that grow by a digit.
const SLACK_BYTES: usize = 128;
/// How long clients that are gone may still be listed.
const SETTLE: Duration = Duration::from_secs(3);
const EVENT_DEADLINE: Duration = Duration::from_secs(5);

pub(super) async fn run(bench: Bench<'_>) -> Result<Vec<Figure>> {
    let gateway = bench.launcher.start(Program::Gateway(&bench.launcher.new_state()?))?;
    let target = gateway.target();
    let identity = Identity::generate();
    let mut watcher = Watcher::connect(target, &identity).await?;
    let before = watcher.event_size().await?;
    // A connected watcher would have to read every event of the visitors meanwhile.
    watcher.connection.close().await;
    let visitors = Arc::new(Identity::generate_many(bench.plan.visitors));
    open_and_close(target, &visitors, TUI, Until::EachConnected).await?;
    let mut watcher = Watcher::connect(target, &identity).await?;
    let settled = Instant::now() + SETTLE;
    let mut after = watcher.event_size().await?;
    while after > before + SLACK_BYTES && Instant::now() < settled {
        after = watcher.event_size().await?;
    }
    let name = format!("presence event after {} clients left", bench.plan.visitors);
    let figure = Figure::new(name, "bytes", Spread::single(after as f64))
        .target(format!("<= {before} + {SLACK_BYTES}"), after <= before + SLACK_BYTES)
        .limited_by(format!("{before} bytes before they came; who left is told once, then forgotten"))
        .details(serde_json::json!({ "bytesBefore": before, "bytesAfter": after }));
    Ok(vec![figure])
}

/// A client that causes presence events and measures them.
struct Watcher {
    connection: Connection,
    caused: u32,
}

impl Watcher {
    async fn connect(target: Target, identity: &Identity) -> Result<Self> {
        let (connection, _) = handshake(Route::local(target.address), identity, TUI, target.token).await?;
        Ok(Self { connection, caused: 0 })
    }

    /// Bytes of the presence event that one `system-event` causes.
    async fn event_size(&mut self) -> Result<usize> {
        self.caused += 1;
        let mark = format!("bench presence {:06}", self.caused);
        let params = format!(r#"{{"text":"{mark}","instanceId":"bench-presence"}}"#);
        self.connection.send_text(&request("mark", "system-event", &params)).await?;
        let event = tokio::time::timeout(EVENT_DEADLINE, self.presence_with(&mark));
        Ok(event.await.context("no presence event")??.len())
    }

    async fn presence_with(&mut self, mark: &str) -> Result<Vec<u8>> {
        loop {
            let text = self.connection.next_text().await?;
            let is_presence = find(head(&text), b"\"event\":\"presence\"").is_some();
            if is_presence && find(&text, mark.as_bytes()).is_some() {
                return Ok(text);
            }
        }
    }
}
