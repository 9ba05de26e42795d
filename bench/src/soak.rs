//! `make soak`: a day in ten minutes. Idle clients, clients that come and go, conversations, pairing, changed settings
//! and full logs, all at once; in between everybody rests for a moment and the gateway is looked at. It fails when
//! memory grows after warming up, or when files stay open.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
#[expect(clippy::disallowed_types, reason = "to be held over `.await` is what it is for here")]
use tokio::sync::RwLock;
use tokio::task::JoinSet;

use crate::ask::Ask;
use crate::chat::{ChatClient, configuration};
use crate::client::{Connection, Route, request};
use crate::identity::{CLI, Identity, OLD_CLI, TUI, handshake};
use crate::server::{Launcher, Program, Server, Target};

/// Ticks of a day of thirty seconds each fit into ten minutes.
pub(crate) const TICK_MS: u64 = 208;
/// Clients that only listen.
const IDLE: usize = 20;
/// Devices that come and go again and again.
const VISITORS: usize = 32;
/// Conversations.
const TALKS: usize = 4;
/// Answers after which a conversation begins anew, as people do every day.
const FRESH_AFTER: u32 = 40;
/// Part of the time that is for warming up, one in so many.
const WARM_UP: u32 = 5;
/// Looks in all.
const LOOKS: u32 = 60;
/// What resident memory may grow by after warming up.
const GROWTH: f64 = 2.0;
/// How long connections that were closed may take to be gone.
const SETTLE: Duration = Duration::from_secs(5);

/// What was done, to see that it was.
#[derive(Default)]
#[expect(clippy::disallowed_types, reason = "work holds the gate over `.await`, so that a look finds none under way")]
struct Work {
    visits: AtomicU64,
    answers: AtomicU64,
    pairings: AtomicU64,
    changes: AtomicU64,
    setups: AtomicU64,
    over: AtomicBool,
    /// Held by whoever works; taken whole to look at a gateway at rest.
    gate: RwLock<()>,
}

/// One look.
struct Look {
    resident_mb: f64,
    files: usize,
}

/// Runs for this long; prints what it sees.
pub(crate) async fn run(gateway: &Path, minutes: f64) -> Result<()> {
    let launcher = Launcher::new(gateway)?;
    let provider = launcher.start(Program::Provider)?;
    let state = launcher.new_state()?;
    let config = state.join("postern.json");
    let settings = settings(&provider)?;
    write(&config, &settings)?;
    let server = launcher.start(Program::Soaked(&state))?;
    let work = Arc::new(Work::default());
    let mut workers = workers(&work, server.target(), (config, settings)).await?;
    let looks = watch(&server, &work, &mut workers, Duration::from_secs_f64(minutes * 60.0)).await;
    work.over.store(true, Ordering::Relaxed);
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    judge(&looks?, &server, &state)
}

async fn workers(
    work: &Arc<Work>,
    target: Target,
    (config, settings): (PathBuf, Value),
) -> Result<JoinSet<Result<()>>> {
    let mut workers = JoinSet::new();
    for index in 0..IDLE {
        let kind = if index % 2 == 0 { TUI } else { OLD_CLI };
        let (connection, _) =
            handshake(Route::local(target.address), &Identity::generate(), kind, target.token).await?;
        workers.spawn(listen(Arc::clone(work), connection));
    }
    workers.spawn(visit(Arc::clone(work), target));
    for number in 0..TALKS {
        workers.spawn(talk(Arc::clone(work), target, number));
    }
    workers.spawn(pair(Arc::clone(work), target));
    workers.spawn(change(Arc::clone(work), config, settings));
    workers.spawn(set_up(Arc::clone(work), target));
    Ok(workers)
}

/// Settings with a small log, so that it turns over often.
fn settings(provider: &Server) -> Result<Value> {
    let mut settings: Value = serde_json::from_str(&configuration(provider.target().address))?;
    settings["logging"] = json!({"maxFileBytes": 50_000, "maxFiles": 3, "level": "debug"});
    Ok(settings)
}

/// Whole or not at all, as an editor saves.
fn write(path: &Path, settings: &Value) -> Result<()> {
    let copy = path.with_extension("new");
    std::fs::write(&copy, format!("// soak\n{settings:#}\n"))?;
    std::fs::rename(copy, path).context("replacing the configuration")
}

/// Only reads, as a page in the background does.
async fn listen(work: Arc<Work>, mut connection: Connection) -> Result<()> {
    while !work.over.load(Ordering::Relaxed) {
        let frame = tokio::time::timeout(Duration::from_secs(1), connection.next_frame()).await;
        if let Ok(frame) = frame {
            frame.context("an idle client lost its connection")?;
        }
    }
    connection.close().await;
    Ok(())
}

/// Devices that connect, ask one thing and go, some without a word.
async fn visit(work: Arc<Work>, target: Target) -> Result<()> {
    let visitors = Identity::generate_many(VISITORS);
    for (index, visitor) in visitors.iter().enumerate().cycle() {
        if work.over.load(Ordering::Relaxed) {
            break;
        }
        let _at_work = work.gate.read().await;
        let kind = if index % 3 == 0 { TUI } else { CLI };
        let (mut connection, _) = handshake(Route::spread(target.address, index), visitor, kind, target.token).await?;
        connection.send_text(&request("h", "health", "{}")).await?;
        connection.response("h").await?;
        if index % 4 == 0 {
            drop(connection);
        } else {
            connection.close().await;
        }
        work.visits.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    Ok(())
}

/// A conversation that begins anew now and then.
async fn talk(work: Arc<Work>, target: Target, number: usize) -> Result<()> {
    let mut client = ChatClient::connect(target, CLI).await?;
    let session = format!("soak{number}");
    let ask = Ask { tokens: 60, size: 5, wait: Duration::from_millis(5), gap: Duration::from_millis(1) };
    for answer in 1_u32.. {
        if work.over.load(Ordering::Relaxed) {
            break;
        }
        let _at_work = work.gate.read().await;
        client.run(&session, ask).await?;
        work.answers.fetch_add(1, Ordering::Relaxed);
        if answer % FRESH_AFTER == 0 {
            client.call("sessions.reset", &json!({"key": session})).await?;
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    Ok(())
}

/// New devices are paired and forgotten again.
async fn pair(work: Arc<Work>, target: Target) -> Result<()> {
    let mut admin = ChatClient::connect(target, CLI).await?;
    while !work.over.load(Ordering::Relaxed) {
        let _at_work = work.gate.read().await;
        let device = Identity::generate();
        let (connection, _) = handshake(Route::local(target.address), &device, CLI, target.token).await?;
        connection.close().await;
        admin.call("device.pair.list", &json!({})).await?;
        admin.call("device.pair.remove", &json!({"deviceId": device.id()})).await?;
        work.pairings.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    Ok(())
}

/// Somebody edits the file.
async fn change(work: Arc<Work>, config: PathBuf, mut settings: Value) -> Result<()> {
    for number in 0_u64.. {
        if work.over.load(Ordering::Relaxed) {
            break;
        }
        let _at_work = work.gate.read().await;
        settings["agents"]["defaults"]["timeoutSeconds"] = json!(300 + number % 60);
        write(&config, &settings)?;
        work.changes.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    Ok(())
}

/// Somebody begins to set it up and thinks better of it.
async fn set_up(work: Arc<Work>, target: Target) -> Result<()> {
    let mut admin = ChatClient::connect(target, CLI).await?;
    while !work.over.load(Ordering::Relaxed) {
        let _at_work = work.gate.read().await;
        let begun: Value = serde_json::from_slice(&admin.call("wizard.start", &json!({})).await?)?;
        let id = begun.pointer("/payload/sessionId").context("a wizard without an id")?;
        admin.call("wizard.cancel", &json!({"sessionId": id})).await?;
        work.setups.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    Ok(())
}

/// Looks again and again until the time is over or somebody failed.
async fn watch(server: &Server, work: &Work, workers: &mut JoinSet<Result<()>>, length: Duration) -> Result<Vec<Look>> {
    println!(
        "{:>8}  {:>11}  {:>5}  {:>8}  {:>8}  {:>8}  {:>8}  {:>6}",
        "time", "resident", "files", "visits", "answers", "pairings", "changes", "setups"
    );
    let (begun, mut looks, mut usual) = (Instant::now(), Vec::new(), None);
    while begun.elapsed() < length {
        tokio::select! {
            () = tokio::time::sleep(length / LOOKS) => {}
            ended = workers.join_next() => {
                ended.context("nobody worked")??.with_context(|| format!("the gateway said last:\n{}", server.log_tail()))?;
                anyhow::bail!("a worker ended early");
            }
        }
        let rest = work.gate.write().await;
        let look = at_rest(server, usual).await;
        drop(rest);
        // Connections come back to the same number of files.
        usual = Some(usual.map_or(look.files, |usual: usize| usual.max(look.files)));
        let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
        println!(
            "{:>6.0} s  {:>8.2} MB  {:>5}  {:>8}  {:>8}  {:>8}  {:>8}  {:>6}",
            begun.elapsed().as_secs_f64(),
            look.resident_mb,
            look.files,
            count(&work.visits),
            count(&work.answers),
            count(&work.pairings),
            count(&work.changes),
            count(&work.setups),
        );
        looks.push(look);
    }
    Ok(looks)
}

/// What is there once the connections that were closed are gone.
async fn at_rest(server: &Server, usual: Option<usize>) -> Look {
    let begun = Instant::now();
    let mut files = server.open_files();
    let mut same = 0;
    while begun.elapsed() < SETTLE && (same < 3 || usual.is_some_and(|usual| files > usual)) {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = server.open_files();
        same = if now == files { same + 1 } else { 0 };
        files = now;
    }
    Look { resident_mb: server.memory().resident as f64 / 1e6, files }
}

/// Whether memory and files stayed where they were after warming up.
fn judge(looks: &[Look], server: &Server, state: &Path) -> Result<()> {
    let (grown, files_before, files_after) = drift(looks)?;
    println!(
        "\nmemory grew by {grown:.2} MB after warming up (limit {GROWTH}); open files {files_before} -> {files_after}; \
         logs {} files",
        std::fs::read_dir(state.join("logs")).map_or(0, Iterator::count)
    );
    ensure!(files_after <= files_before, "files stay open:\n{}", server.open_file_names().join("\n"));
    ensure!(grown <= GROWTH, "memory grows");
    println!("soak: passed");
    Ok(())
}

/// Growth of memory in megabytes, and the most files that were open, while warming up and afterwards.
fn drift(looks: &[Look]) -> Result<(f64, usize, usize)> {
    let warm = looks.len() / WARM_UP as usize;
    let (before, after) = looks.split_at(warm);
    let span = (after.len() / 5).max(1);
    ensure!(warm > 0 && after.len() >= 2 * span, "too short to see anything; let it run longer");
    let grown = median(&after[after.len() - span..]) - median(&after[..span]);
    let most = |looks: &[Look]| looks.iter().map(|look| look.files).max().unwrap_or_default();
    Ok((grown, most(before), most(after)))
}

fn median(looks: &[Look]) -> f64 {
    let mut sizes: Vec<f64> = looks.iter().map(|look| look.resident_mb).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.get(sizes.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(sizes: impl Iterator<Item = (f64, usize)>) -> Vec<Look> {
        sizes.map(|(resident_mb, files)| Look { resident_mb, files }).collect()
    }

    #[test]
    fn growth_after_warming_up_and_files_that_stay_are_seen() {
        let steady = looks((0..60).map(|at| (if at < 12 { f64::from(at) } else { 20.0 }, 30)));
        assert_eq!(drift(&steady).unwrap(), (0.0, 30, 30));
        let growing = looks((0..60).map(|at| (20.0 + f64::from(at) / 10.0, 30 + usize::from(at > 40))));
        let (grown, before, after) = drift(&growing).unwrap();
        assert!(grown > GROWTH && (before, after) == (30, 31), "{grown}");
        assert!(drift(&looks((0..3).map(|_| (1.0, 1)))).is_err());
    }
}
