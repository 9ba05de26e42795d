//! What runs by itself: accepting, ticks, keepalive, health, upkeep.

use std::sync::Arc;
use std::time::Duration;

use postern_protocol::system::Tick;

use crate::boot::Doors;
use crate::config;
use crate::config::file::{read_file, write_file};
use crate::gateway::Services;
use crate::state_folder::FolderWatch;
use crate::wire::http::Http;
use crate::wire::listener::{self, Speech};

/// Between two looks at the certificate files.
const CERTIFICATE_EVERY: Duration = Duration::from_secs(1);

/// Starts everything that runs by itself.
pub(crate) fn run(services: &Arc<Services>, doors: Doors, folder: FolderWatch) {
    let tasks = &services.tasks;
    tasks.spawn_until_shutdown("presence", services.presence.clone().announce());
    tasks.spawn_until_shutdown("tailscale", services.tailscale.clone().keep());
    // Takes back what it told, so it is told of the shutdown instead of ended by it.
    tasks.spawn("discovery", services.discovery.clone().keep());
    tasks.spawn_until_shutdown("wake", crate::wake::watch(Arc::clone(services)));
    tasks.spawn_until_shutdown("sessions", services.sessions.clone().announce_later());
    if services.canvas.reloads() {
        tasks.spawn_until_shutdown("canvas", crate::canvas::watch(services.canvas.clone()));
    }
    tasks.spawn_until_shutdown("config", crate::settings::watch(Arc::clone(services)));
    let http = Http::new(Arc::clone(services));
    let speech = Speech::of(services);
    for listener in doors.canvas {
        let http = http.clone().canvas_only();
        tasks.spawn_until_shutdown("canvas port", listener::accept(Arc::clone(services), http, (listener, speech)));
    }
    for listener in doors.listeners {
        tasks.spawn_until_shutdown("accept", listener::accept(Arc::clone(services), http.clone(), (listener, speech)));
    }
    if let Some(door) = doors.window {
        tasks.spawn_until_shutdown("door", listener::accept(Arc::clone(services), http, (door, Speech::Plain)));
        every(services, "certificate", CERTIFICATE_EVERY, |services| async move {
            let tls = services.tls.clone();
            // Reads files. That it was cancelled only means that shutdown has begun.
            drop(tokio::task::spawn_blocking(move || tls.look()).await);
        });
    }
    let limits = &services.limits;
    every(services, "tick", limits.tick_interval, |services| async move {
        services.hub.publish(&Tick { ts: services.clock.now_ms() });
    });
    every(services, "metrics", Duration::from_secs(5), |services| async move { services.metrics.upkeep() });
    every(services, "keepalive", limits.ping_interval, |services| async move { services.hub.ping_all() });
    every(services, "health", limits.health_interval, |services| async move {
        if let Err(error) = services.health.refresh() {
            tracing::error!(%error, "Health could not be refreshed.");
        }
    });
    every(services, "folder", Duration::from_secs(2), move |services| {
        let problem = folder.problem();
        async move {
            if let Some(problem) = problem {
                tracing::error!("{problem}");
                services.failure.send_replace(Some(problem));
            }
        }
    });
    tasks.spawn_until_shutdown("starts", services.starts.clone().watch(limits.healthy_after));
    tasks.spawn_until_shutdown("safe mode", tell_safe_mode(Arc::clone(services)));
    tasks.spawn_until_shutdown("healthy configuration", keep_what_runs_well(Arc::clone(services)));
    let (starts, models) = (services.starts.clone(), services.models.clone());
    tasks.spawn_until_shutdown("models", async move {
        starts.let_go().await;
        models.look_in_background();
    });
    every(services, "updates", limits.update_interval, |services| async move {
        if services.updates.look(&services.config().update, services.runs.live()).await {
            services.restart.request("update", Duration::ZERO);
        }
    });
    clean_up(services);
}

/// What is done now and then so that nothing old is left.
fn clean_up(services: &Arc<Services>) {
    every(services, "old runs", Duration::from_secs(60 * 60), |services| async move {
        if let Err(error) = services.runs.forget_old().await {
            tracing::warn!(%error, "Old runs could not be forgotten.");
        }
    });
    let started = Arc::clone(services);
    services.tasks.spawn("left backups", async move { started.backups.sweep(&started.config()).await });
    every(services, "backups", Duration::from_secs(60), |services| async move {
        services.backups.make_due(services.config()).await;
    });
    every(services, "upkeep", Duration::from_secs(2), |services| async move {
        services.presence.expire();
        services.devices.flush_seen();
        services.nodes.flush_seen();
        if let Err(error) = services.devices.expire().await {
            tracing::warn!(%error, "Expired pairing requests could not be removed.");
        }
    });
}

/// A changed configuration is a new chance after crashes; everybody hears at once how
/// it is now.
async fn tell_safe_mode(services: Arc<Services>) {
    let (mut changes, mut held) = (services.config_changes(), services.starts.holds_back());
    loop {
        tokio::select! {
            changed = changes.changed() => {
                if changed.is_err() {
                    return;
                }
                if services.starts.holds_back() && !changes.borrow_and_update().safe_mode {
                    services.starts.forgive("the configuration was changed");
                }
            }
            () = services.starts.let_go(), if held => {}
        }
        held = services.starts.holds_back();
        // Forgiven crashes give the file that was not used another chance.
        if services.config.state().replaced && !services.starts.distrusts(&services.config.state().hash) {
            services.reload_config().await;
        }
        if let Err(error) = services.health.refresh() {
            tracing::error!(%error, "Health could not be refreshed.");
        }
    }
}

/// Keeps a copy of each configuration that the gateway ran well with for a good while:
/// what a later one is replaced with when starts with it end badly.
async fn keep_what_runs_well(services: Arc<Services>) {
    let mut changes = services.config_changes();
    loop {
        let state = Arc::clone(&changes.borrow_and_update());
        match tokio::time::timeout(services.limits.healthy_after, changes.changed()).await {
            Ok(Ok(())) => continue,
            Ok(Err(_)) => return,
            Err(_) if state.safe_mode || !state.exists => continue,
            Err(_) => {}
        }
        let (paths, hash) = (services.paths.clone(), state.hash.clone());
        let keep = move || {
            let text = read_file(&paths.config_path)?.filter(|text| config::file::hash(text) == hash);
            let target = paths.last_healthy_config();
            let is_kept = read_file(&target).ok().flatten() == text;
            text.filter(|_| !is_kept).map_or(Ok(()), |text| write_file(&target, &text))
        };
        // That it was cancelled only means that shutdown has begun.
        if let Ok(Err(error)) = tokio::task::spawn_blocking(keep).await {
            tracing::warn!(%error, "The configuration that runs well could not be copied.");
        }
    }
}

fn every<F>(
    services: &Arc<Services>,
    name: &'static str,
    interval: Duration,
    act: impl Fn(Arc<Services>) -> F + Send + 'static,
) where
    F: Future<Output = ()> + Send,
{
    let services = Arc::clone(services);
    let tasks = services.tasks.clone();
    tasks.spawn_until_shutdown(name, async move {
        let mut timer = tokio::time::interval_at(tokio::time::Instant::now() + interval, interval);
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            timer.tick().await;
            act(Arc::clone(&services)).await;
        }
    });
}
