//! The gateway of this profile: in this process, or one that was there before. It
//! lives in its own runtime and never waits for anything graphical.

use std::time::Duration;

use postern::host::{HostError, Profile, is_taken};
use postern_gateway::state_folder::Holder;
use postern_gateway::{Running, start};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};

/// How often it is looked whether a gateway elsewhere still runs.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long stopping may take before the program ends all the same.
const STOP_WITHIN: Duration = Duration::from_secs(6);

/// Where the gateway is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HostState {
    /// It is being started.
    Starting,
    /// It runs in this process.
    Here {
        /// Where it listens.
        url: String,
    },
    /// It runs in another process, which goes on when this one ends.
    Elsewhere {
        /// Where it listens.
        url: String,
    },
    /// It ran in another process and is gone; it may come back.
    Lost,
    /// It cannot run, and why.
    Failed(HostError),
    /// It was stopped.
    Stopped,
}

impl HostState {
    /// Where it listens.
    pub(crate) fn url(&self) -> Option<&str> {
        match self {
            Self::Here { url } | Self::Elsewhere { url } => Some(url),
            Self::Starting | Self::Lost | Self::Failed(_) | Self::Stopped => None,
        }
    }
}

/// How long clients are told to expect no gateway.
const RESTART_TAKES: Duration = Duration::from_millis(1_500);

enum Order {
    Restart,
    Stop(oneshot::Sender<()>),
}

/// The handle to it.
#[derive(Clone)]
pub(crate) struct Host {
    state: watch::Receiver<HostState>,
    orders: mpsc::Sender<Order>,
}

impl Host {
    /// Starts the gateway, or finds the one that runs. Returns at once.
    pub(crate) fn start(runtime: &Handle, profile: Profile) -> Self {
        let (sender, state) = watch::channel(HostState::Starting);
        let (orders, receiver) = mpsc::channel(4);
        runtime.spawn(run(profile, sender, receiver));
        Self { state, orders }
    }

    /// Where it is now.
    pub(crate) fn now(&self) -> HostState {
        self.state.borrow().clone()
    }

    /// Told of every change.
    pub(crate) fn watch(&self) -> watch::Receiver<HostState> {
        self.state.clone()
    }

    /// Completes when starting has come to an end, good or bad.
    pub(crate) async fn settled(&self) {
        let mut state = self.state.clone();
        drop(state.wait_for(|state| *state != HostState::Starting).await);
    }

    /// Stops and starts it, or tries again. A gateway elsewhere is left alone.
    pub(crate) fn restart(&self) {
        // Full means that restarts are waiting already.
        drop(self.orders.try_send(Order::Restart));
    }

    /// Stops it, within bounds; a gateway elsewhere is left alone.
    pub(crate) async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        let stopping = async {
            if self.orders.send(Order::Stop(done)).await.is_ok() {
                // Fails when the task is gone, which is what is waited for.
                drop(stopped.await);
            }
        };
        if tokio::time::timeout(STOP_WITHIN, stopping).await.is_err() {
            tracing::error!("The gateway did not stop in time.");
        }
    }
}

enum Opened {
    Here(Box<Running>),
    Elsewhere(Holder),
    Failed(HostError),
}

async fn run(profile: Profile, state: watch::Sender<HostState>, mut orders: mpsc::Receiver<Order>) {
    loop {
        state.send_replace(HostState::Starting);
        let order = match open(&profile).await {
            Opened::Here(running) => {
                state.send_replace(HostState::Here { url: running.window_url() });
                serve(*running, &state, &mut orders).await
            }
            Opened::Elsewhere(holder) => watch(&profile, holder, &state, &mut orders).await,
            Opened::Failed(error) => {
                tracing::error!("{error}");
                state.send_replace(HostState::Failed(error));
                orders.recv().await
            }
        };
        match order {
            Some(Order::Restart) => {}
            Some(Order::Stop(done)) => {
                state.send_replace(HostState::Stopped);
                // Whoever asked may have stopped waiting.
                let _ = done.send(());
                return;
            }
            None => return,
        }
    }
}

/// Follows a gateway elsewhere: its port belongs to anybody once it has ended, so
/// nothing may be sent there any more; and it may come back on another one.
async fn watch(
    profile: &Profile,
    holder: Holder,
    state: &watch::Sender<HostState>,
    orders: &mut mpsc::Receiver<Order>,
) -> Option<Order> {
    let mut now = Some(holder);
    loop {
        let next = match &now {
            Some(holder) => HostState::Elsewhere { url: holder.window_url() },
            None => HostState::Lost,
        };
        let changed = state.send_if_modified(|state| {
            let changed = *state != next;
            *state = next;
            changed
        });
        if changed {
            tracing::info!(
                pid = now.as_ref().map(|holder| holder.pid),
                "A gateway elsewhere serves this profile, or none."
            );
        }
        tokio::select! {
            order = orders.recv() => return order,
            () = tokio::time::sleep(LOOK_EVERY) => now = profile.running_elsewhere(),
        }
    }
}

/// Until it is told to stop or fails; the order that ended it.
async fn serve(
    running: Running,
    state: &watch::Sender<HostState>,
    orders: &mut mpsc::Receiver<Order>,
) -> Option<Order> {
    tracing::info!(url = running.url(), "The gateway serves.");
    running.warnings().iter().for_each(|warning| tracing::warn!("{warning}"));
    let order = tokio::select! {
        problem = running.failed() => Err(problem),
        order = orders.recv() => Ok(order),
        request = running.restart_requested() => {
            running.shutdown_for_restart(&request.reason, RESTART_TAKES).await;
            return Some(Order::Restart);
        }
    };
    match order {
        Ok(order) => {
            let reason = if matches!(order, Some(Order::Restart)) { "restart" } else { "quit" };
            running.shutdown(reason).await;
            order
        }
        Err(problem) => {
            tracing::error!(problem, "The gateway cannot go on.");
            running.shutdown("failed").await;
            state.send_replace(HostState::Failed(HostError::new(problem)));
            orders.recv().await
        }
    }
}

async fn open(profile: &Profile) -> Opened {
    if let Some(holder) = profile.running_elsewhere() {
        return Opened::Elsewhere(holder);
    }
    let options = match profile.options().await {
        Ok(options) => options,
        Err(error) => return Opened::Failed(error),
    };
    match start(options).await {
        Ok(running) => Opened::Here(Box::new(running)),
        // Another one may have been a moment faster.
        Err(error) if is_taken(&error) => match profile.running_elsewhere() {
            Some(holder) => Opened::Elsewhere(holder),
            None => Opened::Failed(profile.explain(&error)),
        },
        Err(error) => Opened::Failed(profile.explain(&error)),
    }
}
