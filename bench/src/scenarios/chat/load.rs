//! Clients that ask: all at once, or again and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

use crate::ask::Ask;
use crate::chat::{ChatClient, Run};
use crate::direct::DirectClient;

/// Answers that a session hears before the client turns to a new one; what was said before travels with every
/// question, so a session without end would measure its own length.
const ANSWERS_PER_SESSION: usize = 10;

/// Whoever gets an answer.
pub(super) trait Client: Send + 'static {
    /// Asks within this session, if there is such a thing, and waits for the end of the answer.
    fn ask(&mut self, session: &str, ask: Ask) -> impl Future<Output = Result<Run>> + Send;
}

impl Client for DirectClient {
    async fn ask(&mut self, _session: &str, ask: Ask) -> Result<Run> {
        Ok(Run { timing: self.run(ask).await?, ..Run::default() })
    }
}

impl Client for ChatClient {
    async fn ask(&mut self, session: &str, ask: Ask) -> Result<Run> {
        self.run(session, ask).await
    }
}

/// The session that a client uses for its answer with this number.
pub(super) fn session(name: &str, client: usize, answer: usize) -> String {
    format!("agent:main:bench-{name}-{client}-{}", answer / ANSWERS_PER_SESSION)
}

/// Every client asks once, each this much later than the one before; runs in the order of the clients.
pub(super) async fn together<C: Client>(
    clients: &mut Vec<C>,
    (name, answer): (&str, usize),
    (ask, spacing): (Ask, Duration),
) -> Result<Vec<Run>> {
    let mut asking = JoinSet::new();
    for (place, mut client) in clients.drain(..).enumerate() {
        let session = session(name, place, answer);
        let delay = spacing * u32::try_from(place).unwrap_or(0);
        asking.spawn(async move {
            tokio::time::sleep(delay).await;
            let run = client.ask(&session, ask).await;
            (place, client, run)
        });
    }
    let mut done = asking.join_all().await;
    done.sort_by_key(|(place, ..)| *place);
    let mut runs = Vec::new();
    for (_, client, run) in done {
        clients.push(client);
        runs.push(run?);
    }
    Ok(runs)
}

/// When clients stop asking.
#[derive(Clone)]
pub(super) enum Until {
    Deadline(Instant),
    /// So many answers in all.
    Answers(Arc<AtomicI64>),
}

impl Until {
    pub(super) fn answers(count: usize) -> Self {
        Self::Answers(Arc::new(AtomicI64::new(i64::try_from(count).unwrap_or(i64::MAX))))
    }

    fn goes_on(&self) -> bool {
        match self {
            Self::Deadline(end) => Instant::now() < *end,
            Self::Answers(left) => left.fetch_sub(1, Ordering::Relaxed) > 0,
        }
    }
}

/// Every client asks for one answer after the other.
pub(super) async fn again_and_again<C: Client>(
    clients: &mut Vec<C>,
    name: &str,
    ask: Ask,
    until: &Until,
) -> Result<Vec<Run>> {
    let mut asking = JoinSet::new();
    for (place, mut client) in clients.drain(..).enumerate() {
        let (name, until) = (name.to_owned(), until.clone());
        asking.spawn(async move {
            let mut runs = Vec::new();
            while until.goes_on() {
                runs.push(client.ask(&session(&name, place, runs.len()), ask).await?);
            }
            anyhow::Ok((client, runs))
        });
    }
    let mut runs = Vec::new();
    while let Some(asked) = asking.join_next().await {
        let (client, own) = asked??;
        clients.push(client);
        runs.extend(own);
    }
    Ok(runs)
}
