//! How a gateway starts: the port first, then the folder, then what lasts, then
//! the services, and clients last.

pub(crate) mod listen;
mod talk;

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use postern_protocol::call::Rendered;
use postern_protocol::connect::Features;
use postern_protocol::identity::DeviceKey;
use postern_protocol::system::PresenceEntry;

use tokio::net::TcpListener;

use crate::auth::{Limiter, SharedSecret};
use crate::backup::{BackupError, Backups};
use crate::canvas::Canvas;
use crate::config::{self, Config, ConfigProblem, LiveConfig, Loaded};
use crate::desktop::Desktop;
use crate::devices::Devices;
use crate::discovery::{Discovery, Place, Surroundings};
use crate::doctor::{Doctor, Patient};
use crate::gateway::{QuietLogs, Running, Services};
use crate::health::{Health, SessionsFacts};
use crate::hub::{Hub, Versions};
use crate::logs::{KnownSecrets, Logs};
use crate::methods::METHODS;
use crate::metrics::Metrics;
use crate::nodes::Nodes;
use crate::options::{Limits, Options};
use crate::presence::Presence;
use crate::restart::{self, Restart};
use crate::rpc::dispatch::MethodTable;
use crate::rpc::events::EVENTS;
use crate::rpc::validate;
use crate::schemas;
use crate::secrets::{Secret, SecretError, Secrets};
use crate::settings::{Settings, rate_limit, shared_secret};
use crate::starts::{self, Starts};
use crate::state_folder::{FolderError, Holder, StateFolder};
use crate::store::{Store, StoreError};
use crate::system::{Heartbeats, Machine, SystemEvents};
use crate::tailscale::{self, Tailscale, Target};
use crate::tasks::Tasks;
use crate::tls::{self, Tls};
use crate::ui::Ui;
use crate::update::Updates;
use crate::voicewake::VoiceWake;
use crate::wake::Wake;
use crate::wire::listener;
use crate::wire::preauth::{Preauth, PreauthLimits};
use crate::wire::refused_proxies::RefusedProxies;
use crate::wizard::disk::OnDisk;
use crate::wizard::{Wizard, WizardParts};
use listen::Unreachable;
pub use talk::AGENT_MARKER;
pub(crate) use talk::key_rules;
use talk::{Ground, Talk};

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
    /// There is no certificate to speak TLS with.
    #[error("TLS: {0}; correct gateway.tls, or set gateway.tls.enabled to false")]
    Tls(String),
    /// A restore was prepared and cannot be finished.
    #[error("the restore that was prepared cannot be finished: {0}")]
    Restore(BackupError),
    /// A bug in this build.
    #[error("internal error: {0}")]
    Internal(String),
}

/// Finishes a restore that waits for this start, before anything is read.
async fn finish_restore(options: &mut Options) -> Result<(), StartError> {
    let secrets = Secrets::new(Arc::clone(&options.secrets), None);
    match crate::backup::finish_restore(&options.paths, &secrets).await {
        Ok(None) => {}
        Ok(Some(applied)) => {
            tracing::info!(from = applied.from, "A backup was restored.");
            let aside = applied.moved_aside.display();
            options.notices.push(format!("{} was restored; what was here before is in {aside}", applied.from));
        }
        Err(BackupError::Folder(error)) => return Err(error.into()),
        Err(error) => return Err(StartError::Restore(error)),
    }
    Ok(())
}

/// Starts a gateway: the port first, then everything else, so that a second
/// start fails before it has touched anything.
///
/// # Errors
/// [`StartError`] with what is wrong and what to do.
pub async fn start(mut options: Options) -> Result<Running, StartError> {
    finish_restore(&mut options).await?;
    let mut loaded = load(&options);
    config::refuse_exposed(&loaded.config, true).map_err(StartError::Exposed)?;
    let own_addresses = crate::system::own_addresses();
    let (listeners, unreachable) = listen::listen(&options, &mut loaded, &own_addresses).await?;
    let addresses: Vec<SocketAddr> = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
    let mut folder = StateFolder::claim(&options.paths)?;
    let port = addresses.first().map_or(loaded.config.port, SocketAddr::port);
    let canvas = listen::canvas(&mut options, &loaded.config, (port, &own_addresses));
    let starts = Starts::begin(&options.paths, &options.clock, &options.version, (&loaded.hash, loaded.replaced));
    starts.listens(addresses.first().copied());
    let canvas_port = canvas.iter().find_map(|listener| Some(listener.local_addr().ok()?.port()));
    let reached = Reached { addresses, canvas_port, unreachable, own_addresses };
    let opened = match open(options, loaded, reached, starts.clone()).await {
        Ok(opened) => opened,
        Err(error) => {
            starts.refuse(&error.to_string());
            return Err(error);
        }
    };
    let (services, door) = opened;
    let holder = Holder::new(services.port, &services.version);
    if let Some(why) = services.restart.came_from() {
        services.system_events.push(why.told());
    }
    folder.sign(&Holder { door: services.door, tls: services.tls.is_on(), ..holder })?;
    let watch = folder.watch(&services.paths);
    crate::background::run(&services, Doors { listeners, canvas, window: door }, watch);
    Ok(Running { services, folder })
}

/// The configuration; after many bad ends with it, the one that last ran well.
fn load(options: &Options) -> Loaded {
    let Options { paths, overrides, clock, version, .. } = options;
    let loaded = config::load(paths, overrides);
    if starts::is_safe(paths, clock.now_ms(), version, &loaded.hash) {
        return config::instead_of(loaded, paths, overrides);
    }
    loaded
}

/// Sockets that are listened on.
pub(crate) struct Doors {
    /// The gateway's own.
    pub(crate) listeners: Vec<TcpListener>,
    /// Those of the canvas alone.
    pub(crate) canvas: Vec<TcpListener>,
    /// That of the desktop app's window, where the others speak TLS.
    pub(crate) window: Option<TcpListener>,
}

/// What is listened on.
struct Reached {
    addresses: Vec<SocketAddr>,
    canvas_port: Option<u16>,
    unreachable: Option<Unreachable>,
    own_addresses: Vec<IpAddr>,
}

/// Where the gateway is reached.
struct Places {
    reached: Reached,
    door: Option<u16>,
    tls: Tls,
}

/// How long a start that makes a certificate waits for the machine's name in the tailnet.
const NAME_PATIENCE: Duration = Duration::from_secs(1);

async fn open_tls(config: &Config, options: &Options, own_addresses: &[IpAddr]) -> Result<Tls, StartError> {
    let tailnet = if tls::is_made(&config.tls, &options.paths.state_dir) {
        let asking = tailscale::dns_name(&config.tailscale, options.command_env.clone());
        tokio::time::timeout(NAME_PATIENCE, asking).await.ok().flatten()
    } else {
        None
    };
    let names = tls::Names { host: crate::system::host_name(), tailnet, addresses: own_addresses.to_vec() };
    Tls::open(&config.tls, &options.paths.state_dir, &names, options.clock.now_ms()).map_err(StartError::Tls)
}

/// What needs the claimed folder: the certificate, the window's door, the
/// services.
async fn open(
    options: Options,
    loaded: Loaded,
    reached: Reached,
    starts: Starts,
) -> Result<(Arc<Services>, Option<TcpListener>), StartError> {
    let tls = open_tls(&loaded.config, &options, &reached.own_addresses).await?;
    let door = if tls.is_on() {
        Some(listener::bind_door().map_err(|(addr, source)| StartError::Bind { addr, source })?)
    } else {
        None
    };
    let places = Places { reached, door: door.as_ref().map(|(port, _)| *port), tls };
    let services = Arc::new(assemble(options, loaded, places, starts).await?);
    Ok((services, door.map(|(_, listener)| listener)))
}

#[expect(clippy::too_many_lines, reason = "the one list of every service; nothing in it decides")]
async fn assemble(options: Options, loaded: Loaded, places: Places, starts: Starts) -> Result<Services, StartError> {
    let Places { reached: Reached { addresses, canvas_port, unreachable, own_addresses }, door, tls } = places;
    let port = addresses.first().map_or(loaded.config.port, SocketAddr::port);
    let tasks = Tasks::default();
    let mut methods = MethodTable::new(METHODS, &options.plugins);
    let metrics = Metrics::new(&options.version, &methods.names());
    methods.count_in(&metrics);
    let logs = Logs::new(options.redactor.clone(), options.apply_logging.clone());
    logs.configure(&loaded.config, &options.paths);
    let lasting = Lasting::open(&options, &loaded, &tasks, &metrics).await?;
    let doctor = Doctor::new(Patient::of(&options));
    let command = options.host.command.clone();
    let Options { paths, overrides, clock, limits, version, program, notices, command_env, ui, .. } = options;
    let tailscale_env = command_env.clone();
    let (hub, versions) = (Hub::default(), Versions::default());
    let Lasting { store, keys, secrets } = lasting;
    let upkeep = (limits.pairing_ttl, tasks.clone());
    let devices = Devices::open(store.clone(), hub.clone(), clock.clone(), keys.token_key, upkeep).await?;
    let config = Arc::clone(&loaded.config);
    let live = LiveConfig::new(loaded);
    let came_from = restart::take(&paths.restart_sentinel());
    let ground = Ground {
        store: store.clone(),
        hub: hub.clone(),
        clock: clock.clone(),
        tasks: tasks.clone(),
        paths: paths.clone(),
        config: live.clone(),
        devices: devices.clone(),
        version: version.clone(),
        starts: starts.clone(),
    };
    let voicewake = VoiceWake::open(store.clone(), hub.clone(), (clock.clone(), tasks.clone())).await?;
    let nodes = Nodes::open(store.clone(), hub.clone(), clock.clone(), (tasks.clone(), live.clone())).await?;
    let host = crate::system::host_name();
    let backups = Backups::new(paths.clone(), secrets.clone(), clock.clone(), (host.clone(), version.clone()));
    let talk = Talk::open(ground, secrets.clone(), command_env).await?;
    let Talk { sessions, agents, models, usage, approvals, tools, runs } = talk;
    let facts = SessionsFacts { sessions: sessions.clone(), path: paths.database().display().to_string() };
    let health = Health::new((live.clone(), starts.clone()), facts, hub.clone(), versions.clone(), clock.clone());
    let wizard = Wizard::new(WizardParts {
        config: Arc::new(OnDisk { paths: paths.clone(), clock: clock.clone(), overrides: overrides.clone() }),
        models: models.clone(),
        own_addresses: own_addresses.clone(),
        tasks: tasks.clone(),
        timeout: limits.wizard_timeout,
    });
    let connect_schema = schemas::definition("ConnectParams").map_err(StartError::Internal)?;
    let wake = Wake::default();
    let place = Place {
        host: host.clone(),
        port,
        canvas_port,
        addresses: addresses.clone(),
        program: program.path.as_ref().map(|path| path.display().to_string()),
    };
    let around = Surroundings {
        config: live.clone(),
        tls: tls.clone(),
        wake: wake.clone(),
        tasks: tasks.clone(),
        place,
        env: tailscale_env.clone(),
    };
    let services = Services {
        features: Rendered::render(&features(&methods)).map_err(unexpected)?,
        health: health.map_err(unexpected)?,
        connect_validator: validate::compile(&connect_schema).map_err(StartError::Internal)?,
        presence: Presence::new(hub.clone(), versions.clone(), clock.clone()),
        heartbeats: Heartbeats::default(),
        system_events: SystemEvents::default(),
        sessions,
        runs,
        agents,
        models,
        tools,
        approvals,
        usage,
        machine: Machine::default(),
        desktop: Desktop::default(),
        canvas: Canvas::new(config.canvas_host.clone(), &paths.state_dir),
        tailscale: Tailscale::new(config.tailscale.clone(), tailscale_target(&config, port), tailscale_env),
        logs,
        wake,
        discovery: Discovery::new(around),
        metrics,
        wizard,
        ui: Ui::new(ui, config.control_ui.root.clone()),
        limiter: Limiter::new(rate_limit(&config)),
        preauth: Preauth::new(preauth_limits(&limits)),
        notices,
        doctor,
        starts,
        settings: Settings::new(overrides, secrets.clone()),
        shared: Mutex::new(Arc::new(keys.shared)),
        unreachable: Mutex::new(unreachable),
        restart: Restart::new(came_from),
        identity: keys.identity,
        updates: Updates::new(paths.clone(), (program, version.clone()), clock.clone(), hub.clone())
            .map_err(|error| StartError::Internal(format!("the version {version} {error}")))?,
        boot_id: uuid::Uuid::new_v4().to_string(),
        host,
        command,
        backups,
        refused_proxies: RefusedProxies::default(),
        quiet: QuietLogs::default(),
        started: Instant::now(),
        stopping: AtomicBool::new(false),
        failure: tokio::sync::watch::Sender::new(None),
        devices,
        nodes,
        voicewake,
        store,
        hub,
        config: live,
        paths,
        clock,
        limits,
        tasks,
        version,
        port,
        tls,
        door,
        addresses,
        methods,
        versions,
        own_addresses,
    };
    services.presence.set_own(own_entry(&services));
    Ok(services)
}

fn tailscale_target(config: &Config, port: u16) -> Target {
    Target { port, tls: config.tls.enabled, base_path: config.control_ui.base_path.clone() }
}

fn unexpected(error: serde_json::Error) -> StartError {
    StartError::Internal(error.to_string())
}

fn features(methods: &MethodTable) -> Features {
    Features { methods: methods.names(), events: EVENTS.iter().map(|event| event.name.to_owned()).collect() }
}

fn preauth_limits(limits: &Limits) -> PreauthLimits {
    PreauthLimits { per_ip: limits.preauth_per_ip, total: limits.preauth_total, grace: limits.preauth_grace }
}

/// What outlives the process: the database and the credential store.
struct Lasting {
    store: Store,
    keys: Keys,
    secrets: Secrets,
}

impl Lasting {
    /// Opens both at once; each may have to wait for the system.
    async fn open(options: &Options, loaded: &Loaded, tasks: &Tasks, metrics: &Metrics) -> Result<Self, StartError> {
        // Which store to use was decided outside, once: changing it in the middle
        // would make a second set of keys.
        let store = KnownSecrets::new(Arc::clone(&options.secrets), options.redactor.clone());
        let secrets = Secrets::new(Arc::new(store), None);
        let database = options.paths.database();
        let (opened, keys) = futures_util::join!(Store::open(&database), Keys::read(&secrets, &loaded.config));
        let opened = opened?;
        tasks.spawn("store", opened.writer.timed_by(metrics.commits()).run());
        Ok(Self { store: opened.store, keys: keys?, secrets })
    }
}

/// Secrets that the gateway itself needs.
struct Keys {
    shared: SharedSecret,
    token_key: Secret,
    identity: DeviceKey,
}

impl Keys {
    async fn read(secrets: &Secrets, config: &Config) -> Result<Self, SecretError> {
        let token_key = secrets.get_or_create("device-token-key").await?;
        let seed = secrets.get_or_create("gateway-identity").await?;
        let identity = DeviceKey::from_seed_base64url(seed.expose()).ok_or_else(|| SecretError::Unavailable {
            kind: "credential store",
            detail: "gateway-identity is not a key; delete it to have a new one made".to_owned(),
        })?;
        Ok(Self { shared: shared_secret(secrets, config).await?, token_key, identity })
    }
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
