//! Size of a presence event before and after many clients came and went.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::client::{Route, find, head};
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
    let watcher = Identity::generate();
    let before = event_size(target, &watcher).await?;
    let visitors = Arc::new(Identity::generate_many(bench.plan.visitors));
    open_and_close(target, &visitors, TUI, Until::EachConnected).await?;
    let settled = Instant::now() + SETTLE;
    let mut after = event_size(target, &watcher).await?;
    while after > before + SLACK_BYTES && Instant::now() < settled {
        after = event_size(target, &watcher).await?;
    }
    let name = format!("presence event after {} clients left", bench.plan.visitors);
    let figure = Figure::new(name, "bytes", Spread::single(after as f64))
        .target(format!("<= {before} + {SLACK_BYTES}"), after <= before + SLACK_BYTES)
        .limited_by(format!("{before} bytes before they came"))
        .details(serde_json::json!({ "bytesBefore": before, "bytesAfter": after }));
    Ok(vec![figure])
}

/// Bytes of the presence event that one `system-event` causes.
async fn event_size(target: Target, watcher: &Identity) -> Result<usize> {
    const MARK: &str = "bench presence mark";
    let route = Route::local(target.address);
    let (mut connection, _) = handshake(route, watcher, TUI, target.token).await?;
    let params = format!(r#"{{"text":"{MARK}","instanceId":"bench-presence"}}"#);
    connection.send_text(&crate::client::request("mark", "system-event", &params)).await?;
    let wait = async {
        loop {
            let text = connection.next_text().await?;
            let is_presence = find(head(&text), b"\"event\":\"presence\"").is_some();
            if is_presence && find(&text, MARK.as_bytes()).is_some() {
                return anyhow::Ok(text.len());
            }
        }
    };
    let size = tokio::time::timeout(EVENT_DEADLINE, wait).await.context("no presence event")??;
    connection.close().await;
    Ok(size)
}
