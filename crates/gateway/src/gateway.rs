//! The gateway as a whole: its services, how it starts and in which order it
//! stops.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jsonschema::Validator;
use postern_protocol::call::Rendered;
use postern_protocol::close::CloseReason;
use postern_protocol::connect::{AuthMode, ConnectParams, Features, SessionDefaults};
use postern_protocol::identity::DeviceKey;
use postern_protocol::schema::{Direction, schema_of};
use postern_protocol::system::{PresenceEntry, Shutdown, Tick};
use tokio::net::TcpListener;

use crate::auth::{Limiter, RateLimit, SharedSecret};
use crate::config::{self, Config, ConfigProblem, Loaded};
use crate::devices::Devices;
use crate::health::Health;
use crate::hub::{Hub, Versions};
use crate::methods::METHODS;
use crate::options::{Clock, Limits, Options, Paths};
use crate::presence::Presence;
use crate::rpc::dispatch::MethodTable;
use crate::rpc::events::EVENTS;
use crate::rpc::validate;
use crate::secrets::{FileSecrets, Secret, SecretError, Secrets};
use crate::state_folder::{FolderError, StateFolder};
use crate::store::{Store, StoreError};
use crate::system::{Heartbeats, SystemEvents};
use crate::tasks::Tasks;
use crate::wire::holder;
use crate::wire::listener;
use crate::wire::preauth::{Preauth, PreauthLimits};
use crate::wire::quiet::QuietLog;

/// Handles to everything, shared by all connections and methods.
pub struct Services {
    /// Who is connected; fan-out of events.
    pub hub: Hub,
    /// Device identities, pairing, tokens.
    pub devices: Devices,
    /// Who is there.
    pub presence: Presence,
    /// The health snapshot.
    pub health: Health,
    /// The last heartbeat run.
    pub heartbeats: Heartbeats,
    /// Lines that wait for the main session.
    pub system_events: SystemEvents,
    /// What lasts.
    pub store: Store,
    /// Settings in force.
    pub config: Arc<Config>,
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
    /// The gateway's own device identity.
    pub identity: DeviceKey,
    /// The port in use.
    pub port: u16,
    pub(crate) methods: MethodTable,
    pub(crate) features: Rendered<Features>,
    pub(crate) session_defaults: SessionDefaults,
    pub(crate) secret: SharedSecret,
    pub(crate) limiter: Limiter,
    pub(crate) connect_validator: Validator,
    pub(crate) preauth: Preauth,
    pub(crate) versions: Versions,
    pub(crate) own_addresses: Vec<IpAddr>,
    pub(crate) boot_id: String,
    pub(crate) quiet: QuietLogs,
    started: Instant,
    stopping: AtomicBool,
    warnings: Vec<String>,
}

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

    /// What needs attention, for people.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// How callers authenticate.
    #[must_use]
    pub fn auth_mode(&self) -> AuthMode {
        self.secret.mode
    }
}

/// Why a gateway did not start. Texts are for people.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody listens on the port.
    #[error("{addr} is in use by {holder}")]
    PortInUse {
        /// The address.
        addr: SocketAddr,
        /// Who, as far as can be told, and how to reach it.
        holder: String,
    },
    /// The address cannot be listened on for another reason.
    #[error("cannot listen on {addr}: {source}")]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The state folder is in use or cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The database cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The settings would let strangers in.
    #[error("{0}")]
    Exposed(ConfigProblem),
    /// The credential store does not work.
    #[error(transparent)]
    Secrets(#[from] SecretError),
    /// A bug in this build.
    #[error("internal error: {0}")]
    Internal(String),
}

/// A gateway that serves. Dropping it without [`Running::shutdown`] leaves the
/// clients without a word.
pub struct Running {
    services: Arc<Services>,
    addresses: Vec<SocketAddr>,
    folder: StateFolder,
}

/// Starts a gateway: the port first, then everything else, so that a second
/// start fails before it has touched anything.
///
/// # Errors
/// [`StartError`] with what is wrong and what to do.
pub async fn start(options: Options) -> Result<Running, StartError> {
    let loaded = config::load(&options.paths, &options.overrides);
    config::refuse_exposed(&loaded.config, true).map_err(StartError::Exposed)?;
    let own_addresses = crate::system::own_addresses();
    let wanted = listener::addresses(&loaded.config, loaded.config.port, &own_addresses);
    let listeners = match listener::bind(&wanted) {
        Ok(listeners) => listeners,
        Err((addr, source)) if source.kind() == std::io::ErrorKind::AddrInUse => {
            let lock = options.paths.lock();
            return Err(StartError::PortInUse { addr, holder: holder::describe(addr, &lock).await });
        }
        Err((addr, source)) => return Err(StartError::Bind { addr, source }),
    };
    let addresses: Vec<SocketAddr> = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
    let mut folder = StateFolder::claim(&options.paths)?;
    let port = addresses.first().map_or(loaded.config.port, SocketAddr::port);
    let services = Arc::new(assemble(options, loaded, port, own_addresses).await?);
    folder.sign(&crate::state_folder::Holder::new(port, &services.version))?;
    run(&services, listeners);
    Ok(Running { services, addresses, folder })
}

async fn assemble(
    options: Options,
    loaded: Loaded,
    port: u16,
    own_addresses: Vec<IpAddr>,
) -> Result<Services, StartError> {
    let Options { paths, clock, limits, version, plugins, secrets, .. } = options;
    let tasks = Tasks::default();
    let fallback = FileSecrets::open(&paths.state_dir.join("credentials"))?;
    let secrets = Secrets::new(secrets, Some(Arc::new(fallback)));
    let database = paths.database();
    let opened = Store::open(&database);
    let keys = Keys::read(&secrets, &loaded.config);
    let (opened, keys) = futures_util::join!(opened, keys);
    let (opened, keys) = (opened?, keys?);
    tasks.spawn("store", opened.writer.run());
    let hub = Hub::default();
    let versions = Versions::default();
    let devices =
        Devices::open(opened.store.clone(), hub.clone(), clock.clone(), keys.token_key, limits.pairing_ttl).await?;
    let presence = Presence::new(hub.clone(), versions.clone(), clock.clone());
    let config = loaded.config.clone();
    let sessions_path = database.display().to_string();
    let internal = |error: serde_json::Error| StartError::Internal(error.to_string());
    let health = Health::new(Arc::clone(&config), sessions_path, hub.clone(), versions.clone(), clock.clone());
    let methods = MethodTable::new(METHODS, &plugins);
    let features = Features {
        methods: methods.names(),
        events: EVENTS.iter().map(|event| event.name.to_owned()).collect(),
    };
    let connect_schema = schema_of::<ConnectParams>(Direction::Input);
    let services = Services {
        devices,
        health: health.map_err(internal)?,
        heartbeats: Heartbeats::default(),
        system_events: SystemEvents::default(),
        store: opened.store,
        limiter: Limiter::new(rate_limit(&config)),
        preauth: Preauth::new(PreauthLimits {
            per_ip: limits.preauth_per_ip,
            total: limits.preauth_total,
            grace: limits.preauth_grace,
        }),
        warnings: warnings(&loaded, &secrets),
        session_defaults: session_defaults(&config),
        secret: keys.shared,
        identity: keys.identity,
        features: Rendered::render(&features).map_err(internal)?,
        connect_validator: validate::compile(&connect_schema).map_err(StartError::Internal)?,
        boot_id: uuid::Uuid::new_v4().to_string(),
        host: crate::system::host_name(),
        quiet: QuietLogs::default(),
        started: Instant::now(),
        stopping: AtomicBool::new(false),
        hub,
        presence,
        config,
        paths,
        clock,
        limits,
        tasks,
        version,
        port,
        methods,
        versions,
        own_addresses,
    };
    services.presence.set_own(own_entry(&services));
    Ok(services)
}

/// Secrets that the gateway itself needs.
struct Keys {
    shared: SharedSecret,
    token_key: Secret,
    identity: DeviceKey,
}

impl Keys {
    async fn read(secrets: &Secrets, config: &Config) -> Result<Self, SecretError> {
        let auth = &config.auth;
        let secret = match auth.mode {
            AuthMode::None => None,
            AuthMode::Password => auth.password.clone(),
            AuthMode::Token => match &auth.token {
                Some(token) => Some(token.clone()),
                None => Some(secrets.get_or_create("gateway-token").await?),
            },
        };
        let token_key = secrets.get_or_create("device-token-key").await?;
        let seed = secrets.get_or_create("gateway-identity").await?;
        let identity = DeviceKey::from_seed_base64url(seed.expose()).ok_or_else(|| SecretError::Unavailable {
            kind: "credential store",
            detail: "gateway-identity is not a key; delete it to have a new one made".to_owned(),
        })?;
        Ok(Self { shared: SharedSecret { mode: auth.mode, secret }, token_key, identity })
    }
}

fn rate_limit(config: &Config) -> RateLimit {
    let limit = &config.auth.rate_limit;
    let ms = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    RateLimit {
        max_attempts: limit.max_attempts,
        window_ms: ms(limit.window),
        lockout_ms: ms(limit.lockout),
        exempt_loopback: limit.exempt_loopback,
    }
}

fn warnings(loaded: &Loaded, secrets: &Secrets) -> Vec<String> {
    let mut warnings = Vec::new();
    if loaded.safe_mode {
        warnings.push("safe mode: the configuration is invalid and the last good one is in use".to_owned());
        warnings.extend(loaded.problems.iter().map(ToString::to_string));
    }
    warnings.extend(loaded.warnings.iter().cloned());
    warnings.extend(secrets.warning());
    warnings
}

fn session_defaults(config: &Config) -> SessionDefaults {
    let agent = config.default_agent().map_or("main", |agent| agent.id.as_str());
    let main_key = &config.session.main_key;
    let main_session_key = match config.session.scope {
        config::SessionScope::Global => "global".to_owned(),
        config::SessionScope::PerSender => format!("agent:{agent}:{main_key}"),
    };
    SessionDefaults { default_agent_id: agent.to_owned(), main_key: main_key.clone(), main_session_key }
}

fn own_entry(services: &Services) -> PresenceEntry {
    let (host, version) = (&services.host, &services.version);
    let ip = services.own_addresses.iter().find(|ip| !ip.is_loopback()).map(ToString::to_string);
    let shown_ip = ip.as_deref().unwrap_or("127.0.0.1");
    PresenceEntry {
        text: Some(format!("Gateway: {host} ({shown_ip}) · app {version} · mode gateway · reason self")),
        host: Some(host.clone()),
        ip,
        version: Some(version.clone()),
        platform: Some(std::env::consts::OS.to_owned()),
        mode: Some("gateway".to_owned()),
        reason: Some("self".to_owned()),
        ts: services.clock.now_ms(),
        device_id: Some(services.identity.device_id().to_string()),
        ..PresenceEntry::default()
    }
}

/// Starts everything that runs by itself.
fn run(services: &Arc<Services>, listeners: Vec<TcpListener>) {
    let tasks = &services.tasks;
    tasks.spawn_until_shutdown("presence", services.presence.clone().announce());
    for listener in listeners {
        tasks.spawn_until_shutdown("accept", listener::accept(Arc::clone(services), listener));
    }
    let limits = &services.limits;
    every(services, "tick", limits.tick_interval, |services| async move {
        services.hub.publish(&Tick { ts: services.clock.now_ms() });
    });
    every(services, "keepalive", limits.ping_interval, |services| async move { services.hub.ping_all() });
    every(services, "health", limits.health_interval, |services| async move {
        if let Err(error) = services.health.refresh() {
            tracing::error!(%error, "Health could not be refreshed.");
        }
    });
    every(services, "upkeep", Duration::from_secs(2), |services| async move {
        services.presence.expire();
        services.devices.flush_seen();
        if let Err(error) = services.devices.expire().await {
            tracing::warn!(%error, "Expired pairing requests could not be removed.");
        }
    });
}

fn every<F>(services: &Arc<Services>, name: &'static str, interval: Duration, act: impl Fn(Arc<Services>) -> F + Send + 'static)
where
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

impl Running {
    /// Address for clients on this machine.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port())
    }

    /// Port in use.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.services.port
    }

    /// Every address that works.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.services.urls(&self.addresses)
    }

    /// How callers authenticate.
    #[must_use]
    pub fn auth_mode(&self) -> AuthMode {
        self.services.secret.mode
    }

    /// What needs attention, for people.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        self.services.warnings()
    }

    /// The services, for a host in the same process.
    #[must_use]
    pub fn services(&self) -> &Arc<Services> {
        &self.services
    }

    /// Stops: no new clients, `shutdown` event, drain, close, store. Bounded by
    /// the drain deadline, whatever clients do.
    pub async fn shutdown(self, reason: &str) {
        let services = &self.services;
        tracing::info!(reason, "Stopping.");
        services.stopping.store(true, Ordering::Release);
        services.tasks.begin_shutdown();
        services.hub.publish(&Shutdown { reason: reason.to_owned(), restart_expected_ms: None });
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
        services.store.close().await;
        // What still runs waits for clients that are gone.
        drop(tokio::time::timeout(Duration::from_millis(500), services.tasks.ended()).await);
        self.folder.release();
    }
}

impl Services {
    /// Addresses as URLs; "every address" is spelled out.
    #[must_use]
    pub fn urls(&self, addresses: &[SocketAddr]) -> Vec<String> {
        let mut urls: Vec<String> = Vec::new();
        for address in addresses {
            if address.ip().is_unspecified() {
                let v4 = self.own_addresses.iter().filter(|ip| ip.is_ipv4());
                urls.extend(v4.map(|ip| format!("ws://{}", SocketAddr::new(*ip, address.port()))));
            } else {
                urls.push(format!("ws://{address}"));
            }
        }
        urls.sort_by_key(|url| !url.contains("127.0.0.1"));
        urls.dedup();
        urls
    }
}
