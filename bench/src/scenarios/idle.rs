//! Memory that one idle connection costs, with thousands open.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::handshakes::{Until, open_all, open_and_close};
use crate::identity::{CLI, Identity};
use crate::measure::{Spread, ratio};
use crate::report::Figure;
use crate::scenarios::Bench;
use crate::server::{Memory, Program, Server};

const LIMIT_KIB: f64 = 24.0;

struct Growth {
    before: Memory,
    after: Memory,
    connections: usize,
}

pub(super) async fn run(bench: Bench<'_>) -> Result<Vec<Figure>> {
    let identities = Arc::new(Identity::generate_many(bench.plan.held));
    let floor = growth(&bench.launcher.start(Program::Floor)?, &identities, bench.plan.rest).await?;
    let state = bench.launcher.new_state()?;
    // Pairing happens in an earlier process: memory it freed would hide what connections cost.
    let pairing = bench.launcher.start(Program::Gateway(&state))?;
    open_and_close(pairing.target(), &identities, CLI, Until::EachConnected).await?;
    pairing.stop().await?;
    let gateway = growth(&bench.launcher.start(Program::Gateway(&state))?, &identities, bench.plan.rest).await?;
    let name = format!("memory per connection, {} idle", bench.plan.held);
    let figure = Figure::new(name, "KiB", Spread::single(gateway.kib_each()))
        .floor(Spread::single(floor.kib_each()))
        .at_most(LIMIT_KIB)
        .limited_by(format!(
            "resident {:.1} -> {:.1} MB; buffers and tasks of each connection",
            gateway.before.resident as f64 / 1e6,
            gateway.after.resident as f64 / 1e6
        ))
        .details(json!({
            "residentBefore": gateway.before.resident,
            "residentAfter": gateway.after.resident,
            "anonymousBefore": gateway.before.anonymous,
            "anonymousAfter": gateway.after.anonymous,
        }));
    Ok(vec![figure])
}

async fn growth(server: &Server, identities: &Arc<Vec<Identity>>, rest: Duration) -> Result<Growth> {
    tokio::time::sleep(rest / 4).await;
    let before = server.memory();
    let connections = open_all(server.target(), identities, CLI).await?;
    tokio::time::sleep(rest).await;
    let after = server.memory();
    let open = connections.iter().filter(|connection| connection.is_open()).count();
    ensure!(open == identities.len(), "only {open} of {} connections stayed open", identities.len());
    Ok(Growth { before, after, connections: open })
}

impl Growth {
    fn kib_each(&self) -> f64 {
        let bytes = self.after.resident.saturating_sub(self.before.resident);
        ratio(bytes as f64 / 1024.0, self.connections as f64)
    }
}
