//! Many handshakes at once: the load of the handshake figures, and how other scenarios get their
//! connections.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use tokio::task::JoinSet;

use crate::client::{Connection, Route};
use crate::identity::{ClientKind, Identity, handshake};
use crate::measure::{Round, micros_since};
use crate::server::Target;

/// Handshakes in flight at the same time.
pub(crate) const PARALLEL: usize = 16;

/// When a round of handshakes ends.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    /// Each identity connected once.
    EachConnected,
    /// This moment; identities connect again and again.
    Deadline(Instant),
}

/// Opens one connection per identity and keeps them.
pub(crate) async fn open_all(
    target: Target,
    identities: &Arc<Vec<Identity>>,
    kind: ClientKind,
) -> Result<Vec<Connection>> {
    let mut workers = JoinSet::new();
    for worker in 0..PARALLEL {
        let identities = Arc::clone(identities);
        workers.spawn(async move {
            let mut opened = Vec::new();
            for (index, identity) in identities.iter().enumerate().skip(worker).step_by(PARALLEL) {
                let route = Route::spread(target.address, index).encrypted(target.tls);
                let (mut connection, _) = handshake(route, identity, kind, target.token).await?;
                connection.release_buffer();
                opened.push(connection);
            }
            anyhow::Ok(opened)
        });
    }
    let mut connections = Vec::with_capacity(identities.len());
    while let Some(opened) = workers.join_next().await {
        connections.extend(opened??);
    }
    Ok(connections)
}

/// Connects, waits for hello-ok and closes, `PARALLEL` at a time.
pub(crate) async fn open_and_close(
    target: Target,
    identities: &Arc<Vec<Identity>>,
    kind: ClientKind,
    until: Until,
) -> Result<Round> {
    let start = Instant::now();
    let mut workers = JoinSet::new();
    for worker in 0..PARALLEL {
        let identities = Arc::clone(identities);
        workers.spawn(async move {
            let own = identities.iter().enumerate().skip(worker).step_by(PARALLEL);
            match until {
                Until::EachConnected => connect_in_turn(target, own, kind, None).await,
                Until::Deadline(end) => connect_in_turn(target, own.cycle(), kind, Some(end)).await,
            }
        });
    }
    let mut latencies = Vec::new();
    while let Some(worker) = workers.join_next().await {
        latencies.extend(worker??);
    }
    Ok(Round { operations: latencies.len() as u64, elapsed: start.elapsed(), latencies })
}

async fn connect_in_turn(
    target: Target,
    identities: impl Iterator<Item = (usize, &Identity)>,
    kind: ClientKind,
    end: Option<Instant>,
) -> Result<Vec<u32>> {
    let mut latencies = Vec::new();
    for (index, identity) in identities {
        let start = Instant::now();
        if end.is_some_and(|end| start >= end) {
            break;
        }
        let route = Route::spread(target.address, index).encrypted(target.tls);
        let (connection, _) = handshake(route, identity, kind, target.token).await?;
        latencies.push(micros_since(start));
        connection.close().await;
    }
    Ok(latencies)
}
