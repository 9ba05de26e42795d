//! The gateway as a whole: its services and the order in which it stops. How it
//! starts is in `boot.rs`.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jsonschema::Validator;
use postern_protocol::call::Rendered;
use postern_protocol::close::CloseReason;
use postern_protocol::connect::{AuthMode, Features, SessionDefaults};
use postern_protocol::identity::DeviceKey;
use postern_protocol::remote::RemoteUrl;
use postern_protocol::system::Shutdown;

use tokio::sync::watch;

use crate::agents::Agents;
use crate::approvals::Approvals;
use crate::auth::{Limiter, SharedSecret};
use crate::backup::Backups;
use crate::boot::listen::Unreachable;
use crate::canvas::Canvas;
use crate::config::{Config, LiveConfig, Loaded};
use crate::desktop::Desktop;
use crate::devices::Devices;
use crate::discovery::Discovery;
use crate::doctor::Doctor;
use crate::health::Health;
use crate::hub::{Hub, Versions};
use crate::logs::Logs;
use crate::metrics::{Metrics, Sample};
use crate::models::ModelService;
use crate::nodes::Nodes;
use crate::options::{Clock, Limits, Paths};
use crate::presence::Presence;
use crate::private;
use crate::program::as_typed;
use crate::remote::{self, Listening};
use crate::restart::{self, Restart, RestartRequest};
use crate::rpc::dispatch::MethodTable;
use crate::runs::Runs;
use crate::sessions::Sessions;
use crate::settings::{Settings, session_defaults};
use crate::starts::Starts;
use crate::state_folder::StateFolder;
use crate::store::Store;
use crate::system::{Heartbeats, Machine, SystemEvents};
use crate::tailscale::Tailscale;
use crate::tasks::Tasks;
use crate::tls::Tls;
use crate::tools::ToolRegistry;
use crate::ui::Ui;
use crate::update::Updates;
use crate::usage::Usage;
use crate::voicewake::VoiceWake;
use crate::wake::Wake;
use crate::wire::preauth::Preauth;
use crate::wire::quiet::QuietLog;
use crate::wire::refused_proxies::RefusedProxies;
use crate::wizard::Wizard;

/// Handles to everything, shared by all connections and methods.
pub struct Services {
    /// Who is connected; fan-out of events.
    pub hub: Hub,
    /// Device identities, pairing, tokens.
    pub devices: Devices,
    /// Devices that offer commands.
    pub nodes: Nodes,
    /// Who is there.
    pub presence: Presence,
    /// The health snapshot.
    pub health: Health,
    /// The last heartbeat run.
    pub heartbeats: Heartbeats,
    /// Lines that wait for the main session.
    pub system_events: SystemEvents,
    /// Facts about the machine.
    pub machine: Machine,
    /// Conversations.
    pub sessions: Sessions,
    /// From a message to its answer.
    pub runs: Runs,
    /// Who answers.
    pub agents: Agents,
    /// With what.
    pub models: ModelService,
    /// What agents may do.
    pub tools: ToolRegistry,
    /// Decisions about commands.
    pub approvals: Approvals,
    /// What models took.
    pub usage: Usage,
    /// Desktop apps that are attached.
    pub desktop: Desktop,
    /// Pages that agents write and nodes show.
    pub canvas: Canvas,
    /// Figures for a monitoring system.
    pub metrics: Metrics,
    /// The owner's tailnet.
    pub tailscale: Tailscale,
    /// Being found on the local network.
    pub discovery: Discovery,
    /// The gateway's own log.
    pub logs: Logs,
    /// When the machine last woke up.
    pub wake: Wake,
    /// Words that wake devices.
    pub voicewake: VoiceWake,
    /// First-time setup.
    pub wizard: Wizard,
    /// Files of the web app.
    pub ui: Ui,
    /// What could be wrong with the installation.
    pub doctor: Doctor,
    /// How the last starts went, and how careful this one is.
    pub starts: Starts,
    /// Archives of everything.
    pub backups: Backups,
    /// What lasts.
    pub store: Store,
    /// Settings in force.
    pub(crate) config: LiveConfig,
    /// Newer releases.
    pub updates: Updates,
    /// Planned restarts.
    pub restart: Restart,
    /// Paths.
    pub paths: Paths,
    /// Wall clock.
    pub clock: Clock,
    /// Deadlines and caps.
    pub limits: Limits,
    /// Task starter.
    pub tasks: Tasks,
    /// Version told to clients.
    pub version: String,
    /// Host name of this machine.
    pub host: String,
    /// How the program is called for this profile.
    pub command: String,
    /// The gateway's own device identity.
    pub identity: DeviceKey,
    /// The port in use.
    pub port: u16,
    /// TLS on that port, or none.
    pub tls: Tls,
    /// Plain port of the desktop app's window, only while the other one speaks TLS.
    pub(crate) door: Option<u16>,
    /// Addresses it listens on.
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) methods: MethodTable,
    pub(crate) features: Rendered<Features>,
    pub(crate) settings: Settings,
    pub(crate) shared: Mutex<Arc<SharedSecret>>,
    /// Where it should listen and cannot.
    pub(crate) unreachable: Mutex<Option<Unreachable>>,
    pub(crate) limiter: Limiter,
    pub(crate) connect_validator: Validator,
    pub(crate) preauth: Preauth,
    pub(crate) versions: Versions,
    pub(crate) own_addresses: Vec<IpAddr>,
    pub(crate) boot_id: String,
    pub(crate) refused_proxies: RefusedProxies,
    pub(crate) quiet: QuietLogs,
    pub(crate) started: Instant,
    pub(crate) stopping: AtomicBool,
    pub(crate) failure: watch::Sender<Option<String>>,
    pub(crate) notices: Vec<String>,
}

/// Mistakes in one file that are listed wherever warnings are shown.
const MAX_WARNINGS: usize = 40;

/// Gates for log lines about bad input.
#[derive(Default)]
pub(crate) struct QuietLogs {
    pub(crate) refusals: QuietLog,
    pub(crate) frames: QuietLog,
    pub(crate) accepts: QuietLog,
}

impl Services {
    /// Milliseconds since the gateway started.
    #[must_use]
    pub fn uptime_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether new clients are served.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.stopping.load(Ordering::Acquire)
    }

    /// What the services know at this moment, for the figures.
    pub(crate) async fn sample(&self) -> Sample {
        let (operators, nodes) = self.hub.counts();
        let (_, pairing_pending) = self.devices.counts();
        let (tokens, spend_micro_usd) = self.usage.taken();
        // Reads files of the system.
        let process = tokio::task::spawn_blocking(crate::system::process).await.unwrap_or_default();
        Sample {
            operators,
            nodes,
            outbox_bytes: self.hub.queued_bytes(),
            events: self.hub.events_sent(),
            pairing_pending,
            runs_active: self.runs.live(),
            runs: self.runs.ended(),
            tokens,
            spend_micro_usd,
            memory_bytes: process.memory_bytes,
            open_files: process.open_files,
            uptime_ms: self.uptime_ms(),
        }
    }

    /// Name of the cookie of a desktop app's window. Cookies know no ports, so
    /// the name does.
    #[must_use]
    pub fn desktop_cookie(&self) -> String {
        format!("postern_desktop_{}", self.window_port())
    }

    /// Port that the desktop app's window is served on: from this machine only,
    /// and always plain, since no window of the system trusts our certificate.
    #[must_use]
    pub fn window_port(&self) -> u16 {
        self.door.unwrap_or(self.port)
    }

    /// Scheme of addresses for clients.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_on() { "wss" } else { "ws" }
    }

    /// The settings in force. Whoever reads several reads them from one.
    #[must_use]
    pub fn config(&self) -> Arc<Config> {
        self.config.now()
    }

    /// Told of every change of the configuration.
    #[must_use]
    pub fn config_changes(&self) -> watch::Receiver<Arc<Loaded>> {
        self.config.changes()
    }

    /// What needs attention, for people.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let state = self.config.state();
        let mut warnings = Vec::new();
        warnings.extend(self.starts.warning());
        if state.safe_mode {
            warnings.push("safe mode: the configuration is invalid".to_owned());
        }
        let of_file = state.warnings.iter().cloned().chain(state.problems.iter().map(ToString::to_string));
        warnings.extend(of_file.take(MAX_WARNINGS));
        let more = (state.warnings.len() + state.problems.len()).saturating_sub(MAX_WARNINGS);
        if more > 0 {
            warnings.push(format!("and {more} more: postern gateway --check lists all"));
        }
        warnings.extend(self.canvas.warning());
        warnings.extend(self.unreachable().map(|it| it.problem.to_string()));
        if !state.waiting.is_empty() {
            warnings.push(format!("waits for the next start: {}", state.waiting.join(", ")));
        }
        warnings.extend(self.notices.iter().cloned());
        warnings.extend(private::others_may(&self.paths.state_dir).map(|mode| {
            let folder = self.paths.state_dir.display();
            format!("{folder} is open to other users (mode {mode:03o}): `postern doctor --fix` takes their rights away")
        }));
        warnings.extend(self.backups.problem());
        warnings.extend(self.tailscale.warning());
        warnings.extend(self.discovery.warning());
        warnings.extend(self.tls.warnings(self.clock.now_ms()));
        warnings.extend(self.refused_proxies.warnings(&self.config().trusted_proxies, self.clock.now_ms()));
        warnings.iter().map(|warning| as_typed(warning, &self.command)).collect()
    }

    /// Where it should listen and cannot, while that is still what is wanted.
    pub(crate) fn unreachable(&self) -> Option<Unreachable> {
        let known = self.unreachable.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let wanted = Arc::clone(&self.config.state().wanted);
        known.filter(|known| (known.port, known.bind) == (wanted.port, wanted.bind))
    }

    pub(crate) fn put_unreachable(&self, unreachable: Option<Unreachable>) {
        *self.unreachable.lock().unwrap_or_else(PoisonError::into_inner) = unreachable;
    }

    /// Which session is meant when a client names none.
    pub(crate) fn session_defaults(&self) -> SessionDefaults {
        session_defaults(&self.config())
    }

    /// The secret that callers must know.
    pub(crate) fn secret(&self) -> Arc<SharedSecret> {
        Arc::clone(&self.shared.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn put_secret(&self, secret: SharedSecret) {
        *self.shared.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(secret);
    }

    /// How callers authenticate.
    #[must_use]
    pub fn auth_mode(&self) -> AuthMode {
        self.secret().mode
    }
}

/// A gateway that serves. Dropping it without [`Running::shutdown`] leaves the
/// clients without a word.
pub struct Running {
    pub(crate) services: Arc<Services>,
    pub(crate) folder: StateFolder,
}

impl Running {
    /// Address for clients on this machine.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.services.tls.is_on() { "wss" } else { "ws" };
        format!("{scheme}://127.0.0.1:{}", self.port())
    }

    /// Address for the desktop app of this machine: plain, from this machine only.
    #[must_use]
    pub fn window_url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.services.window_port())
    }

    /// SHA-256 of the certificate that clients are shown, with TLS.
    #[must_use]
    pub fn tls_fingerprint(&self) -> Option<String> {
        self.services.tls.fingerprint()
    }

    /// Port in use.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.services.port
    }

    /// Every address that works.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.services.urls()
    }

    /// How callers authenticate.
    #[must_use]
    pub fn auth_mode(&self) -> AuthMode {
        self.services.auth_mode()
    }

    /// What needs attention, for people.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.services.warnings()
    }

    /// Completes when the gateway cannot go on, with the reason; its host should
    /// shut it down.
    pub async fn failed(&self) -> String {
        let mut failure = self.services.failure.subscribe();
        let reason = failure.wait_for(Option::is_some).await.ok().and_then(|reason| reason.clone());
        reason.unwrap_or_else(|| "the gateway stopped".to_owned())
    }

    /// Completes when somebody asked for a restart that is due now: its host
    /// should call [`Running::shutdown_for_restart`] and start again.
    pub async fn restart_requested(&self) -> RestartRequest {
        self.services.restart.due(&self.services.runs).await
    }

    /// Stops like [`Running::shutdown`]; clients are told to come back, and the
    /// next start is told why.
    pub async fn shutdown_for_restart(self, reason: &str, expected: Duration) {
        let file = self.services.paths.restart_sentinel();
        let why = self.services.restart.pending().map(|request| request.why);
        let left = why.map_or(Ok(()), |why| restart::leave(&file, &why));
        if let Err(error) = left {
            tracing::warn!(%error, "The next start cannot be told why.");
        }
        self.stop(reason, Some(expected)).await;
    }

    /// The services, for a host in the same process.
    #[must_use]
    pub fn services(&self) -> &Arc<Services> {
        &self.services
    }

    /// Stops for good, see [`Running::shutdown_for_restart`].
    pub async fn shutdown(self, reason: &str) {
        self.stop(reason, None).await;
    }

    async fn stop(self, reason: &str, expected: Option<Duration>) {
        let services = &self.services;
        tracing::info!(reason, "Stopping.");
        services.stopping.store(true, Ordering::Release);
        services.runs.shutdown(services.limits.drain_timeout).await;
        services.tools.shutdown().await;
        services.tailscale.leave().await;
        services.tasks.begin_shutdown();
        let restart_expected_ms = expected.map(|expected| u64::try_from(expected.as_millis()).unwrap_or(u64::MAX));
        services.hub.publish(&Shutdown { reason: reason.to_owned(), restart_expected_ms });
        services.hub.close_all(&CloseReason::service_restart());
        let drained = async {
            while services.hub.counts() != (0, 0) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(services.limits.drain_timeout, drained).await.is_err() {
            tracing::warn!("Some clients did not read the end in time.");
        }
        services.devices.flush_seen();
        services.nodes.flush_seen();
        services.store.close().await;
        // What still runs waits for clients that are gone.
        drop(tokio::time::timeout(Duration::from_millis(500), services.tasks.ended()).await);
        services.starts.end(true, reason);
        self.folder.release();
    }
}

impl Services {
    /// Every address that works, this machine's own first.
    #[must_use]
    pub fn remote_urls(&self) -> Vec<RemoteUrl> {
        if self.tls.is_silent() {
            return Vec::new();
        }
        let config = self.config();
        remote::urls(Listening {
            addresses: &self.addresses,
            own_addresses: &self.own_addresses,
            bind: config.bind,
            base_path: &config.control_ui.base_path,
            tls: self.tls.is_on(),
        })
    }

    /// The same as clients write them.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.remote_urls().into_iter().map(|url| url.socket_url).collect()
    }
}
