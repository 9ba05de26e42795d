//! The gateway as a library in this process: the test owns its clock, its limits and its extra methods.

use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use postern_gateway::config::Overrides;
use postern_gateway::rpc::plugins::PluginMethod;
use postern_gateway::secrets::{MemorySecrets, Secret};
use postern_gateway::tailscale::Ends;
use postern_gateway::update::Program;
use postern_gateway::wire::conn::{self, Arrival};
use postern_gateway::wire::http::Http;
use postern_gateway::wire::listener;
use postern_gateway::wire::peer::{RequestHead, identify};
use postern_gateway::wire::preauth::{Preauth, PreauthLimits};
use postern_gateway::{Clock, Host, Limits, Options, Paths, Running};
use tokio::io::DuplexStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::{Caller, Endpoint, HttpAnswer, Raw, TOKEN, http};

/// Where manual clocks start: 2026-01-01.
pub(crate) const START_MS: i64 = 1_767_225_600_000;

/// A clock that stands still until the test moves it.
#[derive(Debug, Clone)]
pub(crate) struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(START_MS)))
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn advance_ms(&self, by: i64) {
        self.0.fetch_add(by, Ordering::SeqCst);
    }
}

/// A gateway in this process; drop it inside the runtime it was started in.
pub(crate) struct InProcess {
    endpoint: Endpoint,
    /// Its clock.
    pub(crate) clock: ManualClock,
    /// The gateway itself.
    pub(crate) running: Running,
    _state: tempfile::TempDir,
}

impl Deref for InProcess {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.endpoint
    }
}

impl InProcess {
    /// With every default and [`TOKEN`], behind a trusted proxy on this machine.
    pub(crate) async fn start() -> Self {
        Self::with(super::PROXIED, |_| {}).await
    }

    /// With these extra methods.
    pub(crate) async fn with_plugins(plugins: Vec<PluginMethod>) -> Self {
        Self::with(super::PROXIED, |options| options.plugins = plugins).await
    }

    /// With these limits.
    pub(crate) async fn with_limits(limits: Limits) -> Self {
        Self::with(super::PROXIED, |options| options.limits = limits).await
    }

    /// With this JSON5 configuration and options changed at will.
    pub(crate) async fn with(config: &str, change: impl FnOnce(&mut Options)) -> Self {
        let state = tempfile::tempdir().unwrap();
        postern_gateway::private::tighten_folder(state.path()).unwrap();
        let paths = Paths { state_dir: state.path().into(), config_path: state.path().join("postern.json") };
        std::fs::write(&paths.config_path, config).unwrap();
        let clock = ManualClock::new();
        let reading = clock.clone();
        let mut options = Options {
            paths,
            overrides: Overrides { port: Some(0), token: Some(Secret::new(TOKEN)), ..Overrides::default() },
            clock: Clock::new(move || reading.now_ms()),
            secrets: Arc::new(MemorySecrets::default()),
            limits: Limits::default(),
            version: "0.0.0-test".to_owned(),
            program: Program::default(),
            plugins: Vec::new(),
            notices: Vec::new(),
            command_env: std::env::vars().filter(|(name, _)| name == "PATH").collect(),
            host: Host::default(),
            ui: &[],
            redactor: postern_gateway::logs::Redactor::default(),
            apply_logging: None,
        };
        change(&mut options);
        let token = options.overrides.token.as_ref().map(|token| token.expose().to_owned());
        let running = postern_gateway::start(options).await.unwrap();
        let endpoint = Endpoint { port: running.port(), token };
        Self { endpoint, clock, running, _state: state }
    }

    /// One request over a pipe in memory, as if it came from `ip`.
    pub(crate) async fn http_as(&self, ip: &str, path: &str, caller: &Caller) -> HttpAnswer {
        http::exchange_on(self.pipe_from(ip), self.port, ("GET", path), &caller.header_map(), "").await
    }

    /// A socket over a pipe in memory, as if it came from `ip`, or the answer that refuses it.
    pub(crate) async fn upgrade_as(&self, ip: &str, caller: &Caller) -> Result<Raw, HttpAnswer> {
        self.upgrade_on(self.pipe_from(ip), caller).await
    }

    fn pipe_from(&self, ip: &str) -> DuplexStream {
        let (near, far) = tokio::io::duplex(1 << 20);
        let services = self.running.services();
        let ends = Ends { peer: SocketAddr::new(ip.parse().unwrap(), 0), own: ([127, 0, 0, 1], self.port).into() };
        listener::serve(services, &Http::new(Arc::clone(services)), far, ends);
        near
    }

    /// Serves one caller over a pipe in memory while `work` runs, as if it came from `ip` and these addresses were the
    /// machine's own.
    pub(crate) async fn serve_from<T>(
        &self,
        (ip, own): (IpAddr, &[IpAddr]),
        caller: &Caller,
        work: impl AsyncFnOnce(Raw) -> T,
    ) -> T {
        let services = Arc::clone(self.running.services());
        let head = RequestHead::read(ip, &caller.header_map());
        let peer = identify(&head, &services.config(), own).unwrap();
        let limits = PreauthLimits { per_ip: 8, total: 8, grace: services.limits.preauth_grace };
        let place = Preauth::new(limits).enter(ip, std::time::Instant::now());
        let (near, far) = tokio::io::duplex(1 << 20);
        let client = async {
            let socket = WebSocketStream::from_raw_socket(near, Role::Client, None).await;
            work(Raw::new(socket)).await
        };
        let serving = conn::serve(services, far, Arrival { peer, place, opener: None });
        tokio::select! {
            value = client => value,
            () = async { serving.await; std::future::pending().await } => unreachable!("pending never ends"),
        }
    }
}
