//! What the outside provides: address, credentials, identity, and how patient
//! the client is.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use postern_protocol::PROTOCOL_VERSION;
use postern_protocol::access::Role;
use postern_protocol::connect::{ClientInfo, ClientMode};
use postern_protocol::identity::DeviceKey;

use self::parts::{GapCallback, Identity, PeerCheck, Plaintext, Secrets, Surface};
use crate::events::SequenceGap;
use crate::reconnect::ReconnectPolicy;
use crate::token_cache::{MemoryTokenCache, TokenCache};

pub(crate) mod parts;

/// Where a gateway listens unless told otherwise.
pub const DEFAULT_URL: &str = "ws://127.0.0.1:18789";

/// Events that a subscriber may be behind before it loses the oldest.
const EVENT_CAPACITY: usize = 1024;

/// Options of a client. Only an identity is required: [`ClientOptions::device`]
/// or [`ClientOptions::without_device`].
#[derive(Clone)]
pub struct ClientOptions {
    pub(crate) url: String,
    pub(crate) secrets: Secrets,
    pub(crate) identity: Identity,
    pub(crate) client: ClientInfo,
    pub(crate) role: Role,
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) surface: Surface,
    pub(crate) protocol: RangeInclusive<u32>,
    pub(crate) tls_fingerprint: Option<String>,
    pub(crate) trusted_certificates: Vec<Vec<u8>>,
    pub(crate) plaintext: Plaintext,
    pub(crate) request_timeout: Duration,
    pub(crate) handshake_timeout: Duration,
    pub(crate) reconnect: ReconnectPolicy,
    pub(crate) token_cache: Arc<dyn TokenCache>,
    pub(crate) event_capacity: usize,
    pub(crate) on_gap: Option<GapCallback>,
    pub(crate) peer_check: Option<PeerCheck>,
    pub(crate) wall_clock: Option<WallClock>,
}

/// Epoch milliseconds.
pub type WallClock = Arc<dyn Fn() -> i64 + Send + Sync>;

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            url: DEFAULT_URL.to_owned(),
            secrets: Secrets::default(),
            identity: Identity::Undecided,
            client: ClientInfo {
                id: "gateway-client".to_owned(),
                mode: ClientMode::Backend,
                version: env!("CARGO_PKG_VERSION").to_owned(),
                platform: std::env::consts::OS.to_owned(),
                ..ClientInfo::default()
            },
            role: Role::Operator,
            scopes: None,
            surface: Surface::default(),
            protocol: PROTOCOL_VERSION..=PROTOCOL_VERSION,
            tls_fingerprint: None,
            trusted_certificates: Vec::new(),
            plaintext: Plaintext::LoopbackOnly,
            request_timeout: Duration::from_secs(30),
            handshake_timeout: Duration::from_secs(15),
            reconnect: ReconnectPolicy::default(),
            token_cache: Arc::new(MemoryTokenCache::default()),
            event_capacity: EVENT_CAPACITY,
            on_gap: None,
            peer_check: None,
            wall_clock: None,
        }
    }
}

impl ClientOptions {
    /// The defaults: this machine, role operator, protocol 4, real time.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The wall clock. With it a machine that slept is noticed, and connects again
    /// at once instead of waiting for the gateway's silence.
    #[must_use]
    pub fn wall_clock(mut self, clock: WallClock) -> Self {
        self.wall_clock = Some(clock);
        self
    }

    /// `ws://HOST:PORT` or `wss://HOST:PORT`; default [`DEFAULT_URL`].
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = url.into();
        self
    }

    /// The gateway's shared token.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.secrets.token = present(token);
        self
    }

    /// The gateway's shared password.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.secrets.password = present(password);
        self
    }

    /// A token issued to this device, in place of the cached one.
    #[must_use]
    pub fn device_token(mut self, token: impl Into<String>) -> Self {
        self.secrets.device_token = present(token);
        self
    }

    /// The token of a setup code. A cached device token goes first.
    #[must_use]
    pub fn bootstrap_token(mut self, token: impl Into<String>) -> Self {
        self.secrets.bootstrap_token = present(token);
        self
    }

    /// The key pair that this device is known by.
    #[must_use]
    pub fn device(mut self, key: DeviceKey) -> Self {
        self.identity = Identity::Device(Box::new(key));
        self
    }

    /// Connect without identity; gateways grant such clients little.
    #[must_use]
    pub fn without_device(mut self) -> Self {
        self.identity = Identity::None;
        self
    }

    /// Which client this is, for example `cli` in mode `Cli`; default
    /// `gateway-client` in mode `Backend`.
    #[must_use]
    pub fn client(mut self, id: impl Into<String>, mode: ClientMode) -> Self {
        self.client.id = id.into();
        self.client.mode = mode;
        self
    }

    /// Version of the program; default that of this crate.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.client.version = version.into();
        self
    }

    /// Operating system; default the one it was built for. Gateways pin it.
    #[must_use]
    pub fn platform(mut self, platform: impl Into<String>) -> Self {
        self.client.platform = platform.into();
        self
    }

    /// Name for people.
    #[must_use]
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.client.display_name = present(name);
        self
    }

    /// Tells two instances of one client apart; shown in presence.
    #[must_use]
    pub fn instance_id(mut self, id: impl Into<String>) -> Self {
        self.client.instance_id = present(id);
        self
    }

    /// For example `Mac`, `Linux`, `Windows`. Gateways pin it.
    #[must_use]
    pub fn device_family(mut self, family: impl Into<String>) -> Self {
        self.client.device_family = present(family);
        self
    }

    /// Hardware model.
    #[must_use]
    pub fn model_identifier(mut self, model: impl Into<String>) -> Self {
        self.client.model_identifier = present(model);
        self
    }

    /// Operator (default) or node.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// Scopes to ask for, in this order. Unset, a client with a cached device
    /// token asks for the scopes of that token, any other for none.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// What the client can do or show.
    #[must_use]
    pub fn caps<S: Into<String>>(mut self, caps: impl IntoIterator<Item = S>) -> Self {
        self.surface.caps = caps.into_iter().map(Into::into).collect();
        self
    }

    /// Commands that a node offers.
    #[must_use]
    pub fn commands<S: Into<String>>(mut self, commands: impl IntoIterator<Item = S>) -> Self {
        self.surface.commands = commands.into_iter().map(Into::into).collect();
        self
    }

    /// A node's permissions of its operating system.
    #[must_use]
    pub fn permissions(mut self, permissions: BTreeMap<String, bool>) -> Self {
        self.surface.permissions = permissions;
        self
    }

    /// A node's `PATH`.
    #[must_use]
    pub fn path_env(mut self, path: impl Into<String>) -> Self {
        self.surface.path_env = present(path);
        self
    }

    /// Protocol generations to offer, within `3..=4`; default `4..=4`.
    #[must_use]
    pub fn protocol(mut self, range: RangeInclusive<u32>) -> Self {
        self.protocol = range;
        self
    }

    /// Hex SHA-256 of the gateway's DER certificate. Nothing else is then
    /// trusted, and no credential is sent before it matched. Colons and case do
    /// not matter. Only with `wss://`.
    #[must_use]
    pub fn tls_fingerprint(mut self, sha256: impl Into<String>) -> Self {
        self.tls_fingerprint = present(sha256);
        self
    }

    /// Trusts this DER certificate as a root, beside those of the system.
    #[must_use]
    pub fn trust_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.trusted_certificates.push(der.into());
        self
    }

    /// Permits `ws://` to other machines. Everybody on the way can read and
    /// change what is sent, credentials included.
    #[must_use]
    pub fn allow_insecure_plaintext(mut self) -> Self {
        self.plaintext = Plaintext::Anywhere;
        self
    }

    /// How long a call waits, for a connection and for its answer; default 30 s.
    #[must_use]
    pub fn request_timeout(mut self, after: Duration) -> Self {
        self.request_timeout = after;
        self
    }

    /// How long connecting, up to `hello-ok`, may take; default 15 s.
    #[must_use]
    pub fn handshake_timeout(mut self, after: Duration) -> Self {
        self.handshake_timeout = after;
        self
    }

    /// What happens when there is no connection.
    #[must_use]
    pub fn reconnect(mut self, policy: ReconnectPolicy) -> Self {
        self.reconnect = policy;
        self
    }

    /// Where device tokens are kept; default in memory.
    #[must_use]
    pub fn token_cache(mut self, cache: Arc<dyn TokenCache>) -> Self {
        self.token_cache = cache;
        self
    }

    /// How many events a subscriber may be behind; default 1,024, at least 1.
    #[must_use]
    pub fn event_capacity(mut self, entries: usize) -> Self {
        self.event_capacity = entries.max(1);
        self
    }

    /// Asked after each dial and before anything secret is sent: whoever listens on
    /// a port of this machine need not be the gateway that is meant. A refusal
    /// counts as nobody answering. It must not block for long.
    #[must_use]
    pub fn check_peer(mut self, check: impl Fn() -> Result<(), String> + Send + Sync + 'static) -> Self {
        self.peer_check = Some(Arc::new(check));
        self
    }

    /// Called on the connection's task for every gap; it must not block.
    #[must_use]
    pub fn on_gap(mut self, callback: impl Fn(SequenceGap) + Send + Sync + 'static) -> Self {
        self.on_gap = Some(Arc::new(callback));
        self
    }
}

/// An empty text is no text: the wire knows absent or non-empty.
fn present(text: impl Into<String>) -> Option<String> {
    Some(text.into()).filter(|text| !text.is_empty())
}
