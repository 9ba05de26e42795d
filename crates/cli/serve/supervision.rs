//! A gateway that somebody keeps running: it tells the service manager how it is, and a
//! start that fails waits and tries again instead of ending, so that nothing that is
//! broken becomes a loop of restarts.

use std::time::{Duration, SystemTime};

use postern_gateway::tasks::Tasks;
use postern_gateway::{Paths, rescue};

use super::signals::Signals;
use crate::exit::{Exit, Failure};

/// What a service that does not serve begins its status with.
pub(crate) const NOT_SERVING: &str = "not serving: ";

/// The first wait after a start that failed, and the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Between two looks at whether the configuration was changed.
const LOOK_EVERY: Duration = Duration::from_millis(250);

async fn stay_alive(every: Duration) {
    loop {
        notify::alive();
        tokio::time::sleep(every).await;
    }
}

/// Ties to whoever keeps this process running.
pub(super) struct Supervision {
    patient: bool,
    /// It is tried: whoever watches it must see its end.
    tried: bool,
    wait: Duration,
    tasks: Tasks,
}

impl Supervision {
    /// Begins to say that this process lives. `patient`: a start that fails is tried
    /// again, unless the program is `tried`.
    pub(super) fn begin(patient: bool, tried: bool) -> Self {
        let tasks = Tasks::default();
        if let Some(every) = notify::watchdog() {
            tasks.spawn_until_shutdown("watchdog", stay_alive(every));
        }
        Self { patient: patient && !tried, tried, wait: FIRST_WAIT, tasks }
    }

    /// A gateway serves. From here on a start that fails follows a restart that the
    /// gateway planned itself: nobody is there to read why the process ended.
    pub(super) fn serving(&mut self, url: &str) {
        self.patient = !self.tried;
        self.wait = FIRST_WAIT;
        notify::ready(&format!("serving at {url}"));
    }

    /// It is told to stop.
    pub(super) fn stopping(&self, reason: &str) {
        notify::stopping(reason);
    }

    /// After a start that failed: waits for the next try, `None`, or until a signal ends
    /// the process. Gives the failure back when nobody would be served by waiting.
    pub(super) async fn wait_out(
        &mut self,
        failure: Failure,
        (paths, port): (&Paths, u16),
        signals: &mut Signals,
    ) -> Result<Option<&'static str>, Failure> {
        if !self.patient || failure.exit == Exit::Usage {
            return Err(failure);
        }
        let seconds = self.wait.as_secs();
        tracing::error!(seconds, "The gateway cannot start and will be tried again: {failure}");
        let status = failure.message.split_whitespace().collect::<Vec<_>>().join(" ");
        // The service as such has started; systemd would end one that never says so.
        notify::ready(&format!("{NOT_SERVING}{status}"));
        let written = written(paths);
        let changed = async {
            while self::written(paths) == written {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        // Who asks meanwhile is told, unless somebody else has the port.
        let told = async {
            if failure.exit == Exit::InUse {
                std::future::pending::<()>().await;
            }
            rescue(port, failure.exit.kind()).await;
        };
        let wait = self.wait;
        self.wait = (wait * 2).min(LONGEST_WAIT);
        tokio::select! {
            signal = signals.received() => Ok(Some(signal)),
            () = tokio::time::sleep(wait) => Ok(None),
            () = changed => {
                self.wait = FIRST_WAIT;
                Ok(None)
            }
            () = told => Ok(None),
        }
    }
}

impl Drop for Supervision {
    fn drop(&mut self) {
        self.tasks.begin_shutdown();
    }
}

fn written(paths: &Paths) -> Option<SystemTime> {
    std::fs::metadata(&paths.config_path).ok()?.modified().ok()
}

/// What systemd wants to hear. Nobody listens elsewhere.
#[cfg(target_os = "linux")]
mod notify {
    use std::time::Duration;

    use sd_notify::NotifyState;

    pub(super) fn ready(status: &str) {
        tell(&[NotifyState::Ready, NotifyState::Status(status)]);
    }

    pub(super) fn stopping(reason: &str) {
        tell(&[NotifyState::Stopping, NotifyState::Status(reason)]);
    }

    pub(super) fn alive() {
        tell(&[NotifyState::Watchdog]);
    }

    /// How often it wants to hear that this process lives: twice in the time after which
    /// it would end it.
    pub(super) fn watchdog() -> Option<Duration> {
        sd_notify::watchdog_enabled().map(|within| within / 2)
    }

    fn tell(states: &[NotifyState<'_>]) {
        if let Err(error) = sd_notify::notify(states) {
            tracing::debug!(%error, "The service manager could not be told.");
        }
    }
}

/// Nobody wants to hear it here.
#[cfg(not(target_os = "linux"))]
mod notify {
    use std::time::Duration;

    pub(super) fn ready(_status: &str) {}

    pub(super) fn stopping(_reason: &str) {}

    pub(super) fn alive() {}

    pub(super) const fn watchdog() -> Option<Duration> {
        None
    }
}
