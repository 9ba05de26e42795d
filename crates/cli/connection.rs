//! A signed-in connection to the gateway that the settings name, and the device
//! identity of this program.

mod node;

use std::sync::Arc;
use std::time::Duration;

use postern_client::{
    CacheFuture, CachedToken, CallError, ClientOptions, ConnectError, ConnectionState, GatewayClient, ReconnectPolicy,
    TokenCache, TokenCacheError,
};
use postern_protocol::access::{Role, Scope, ScopeSet};
use postern_protocol::call::Call;
use postern_protocol::connect::ClientMode;
use postern_protocol::identity::DeviceKey;
use postern_protocol::system::HealthSnapshot;
use serde_json::{Value, json};

use crate::credentials::{Credentials, failure};
use crate::endpoint::{Endpoint, Whose};
use crate::env::{Settings, host_name, platform, stable_hash};
use crate::exit::{Exit, Failure, Outcome};
use crate::local::{self, SharedSecrets};
use crate::refusal::{Origins, of_call, of_connect, of_options, of_silence};
use postern_gateway::secrets::{Secret, Secrets};

pub(crate) use self::node::{DESKTOP_NODE, NodeWay};

/// As whom a program of this package signs in. Each has a key of its own, so that
/// each can be revoked alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Program {
    id: &'static str,
    mode: ClientMode,
    /// Name of its seed in the credential store, base64url.
    key: &'static str,
    /// Name of its device tokens there; the role follows.
    tokens: &'static str,
    /// What is added to the machine's name, so that people can tell them apart.
    addition: &'static str,
}

/// The command line.
pub(crate) const COMMAND_LINE: Program =
    Program { id: "cli", mode: ClientMode::Cli, key: "device-key", tokens: "device-token", addition: "" };

/// The desktop app.
pub(crate) const DESKTOP: Program = Program {
    id: match platform().0.as_bytes() {
        b"darwin" => "openclaw-macos",
        b"linux" => "openclaw-linux",
        // There is no word for it on the other systems.
        _ => "gateway-client",
    },
    mode: ClientMode::Ui,
    key: "desktop-device-key",
    tokens: "desktop-device-token",
    addition: " (desktop app)",
};

/// First and longest pause before a lost connection is made again.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Events that may wait while a call is under way.
const EVENTS_BEHIND: usize = 4_096;

/// A gateway that answers.
pub(crate) struct Connection {
    client: GatewayClient,
    origins: Origins,
    tokens: Option<Arc<StoredTokens>>,
    /// Holds the way to the gateway open.
    endpoint: Endpoint,
}

/// Everything needed to connect, before it is decided how.
struct Prepared {
    options: ClientOptions,
    key: DeviceKey,
    origins: Origins,
    tokens: Option<Arc<StoredTokens>>,
    has_secret: HasSecret,
    endpoint: Endpoint,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HasSecret {
    Yes,
    No,
}

impl Connection {
    /// Connects as the command line of this profile.
    pub(crate) async fn open(settings: &Settings) -> Outcome<Self> {
        let prepared = Prepared::of(settings, COMMAND_LINE).await?;
        let options = prepared.options.clone().device(prepared.key.clone());
        prepared.connect(options, settings).await
    }

    /// Connects to decide about devices. Where this program itself is the one
    /// that waits for approval, whoever holds the gateway's own secret on its
    /// own machine may still decide; otherwise nobody could ever be the first.
    pub(crate) async fn open_to_decide(settings: &Settings) -> Outcome<Self> {
        let prepared = Prepared::of(settings, COMMAND_LINE).await?;
        let options = prepared.options.clone().device(prepared.key.clone());
        let owner = prepared.endpoint.whose == Whose::Own && prepared.has_secret == HasSecret::Yes;
        match prepared.connect(options, settings).await {
            Err(failure) if failure.exit == Exit::PairingRequired && owner => {
                let options = prepared.options.clone().without_device();
                prepared.connect(options, settings).await
            }
            outcome => outcome,
        }
    }

    /// Connects for as long as the caller likes: a connection that is lost is made
    /// again. `tries` bounds how often in a row; none is without end.
    pub(crate) async fn open_lasting(settings: &Settings, tries: Option<u32>) -> Outcome<Self> {
        let prepared = Prepared::of(settings, COMMAND_LINE).await?;
        let policy = ReconnectPolicy::default().delays(FIRST_PAUSE, LONGEST_PAUSE);
        let options = prepared
            .options
            .clone()
            .device(prepared.key.clone())
            .caps(["tool-events"])
            .event_capacity(EVENTS_BEHIND)
            .wall_clock(Arc::new(crate::env::now_ms))
            .reconnect(tries.map_or(policy.clone(), |tries| policy.attempts(tries)));
        prepared.connect_first(options, settings).await
    }

    /// The answer to a typed method, as it came.
    pub(crate) async fn ask<M: Call>(&self, params: &M::Params) -> Outcome<Value> {
        let params = serde_json::to_value(params)
            .map_err(|error| Failure::new(Exit::Internal, format!("{} cannot be asked: {error}", M::NAME)))?;
        self.call(M::NAME, params).await
    }

    /// The client itself, for calls whose failures mean more than a message.
    pub(crate) const fn client(&self) -> &GatewayClient {
        &self.client
    }

    /// What a failed call means for the person who typed the command.
    pub(crate) fn refusal(&self, error: &CallError) -> Failure {
        of_call(error, &self.origins)
    }

    /// What it means that there is no connection any more.
    pub(crate) fn lost(&self, error: &ConnectError) -> Failure {
        of_connect(error, &self.origins)
    }

    /// What was granted to this connection.
    pub(crate) fn scopes(&self) -> ScopeSet {
        match self.client.state() {
            ConnectionState::Connected(hello) => hello.auth.as_ref().map_or(ScopeSet::EMPTY, |auth| auth.scopes),
            _ => ScopeSet::EMPTY,
        }
    }

    /// The answer to any method.
    pub(crate) async fn call(&self, method: &str, params: Value) -> Outcome<Value> {
        self.client.call_raw(method, params).await.map_err(|error| of_call(&error, &self.origins))
    }

    /// What the connection is doing.
    pub(crate) fn state(&self) -> ConnectionState {
        self.client.state()
    }

    /// The health object that came with the hello.
    pub(crate) fn health(&self) -> Option<HealthSnapshot> {
        match self.client.state() {
            ConnectionState::Connected(hello) => hello.snapshot.health.read().ok(),
            _ => None,
        }
    }

    /// Address of the gateway.
    pub(crate) fn url(&self) -> &str {
        &self.origins.url
    }

    /// Keeps a token that the gateway has just issued to this program.
    pub(crate) async fn keep_token(&self, role: Role, token: &str, scopes: ScopeSet) -> Outcome {
        let Some(tokens) = &self.tokens else { return Ok(()) };
        let scopes = scopes.words().into_iter().map(str::to_owned).collect();
        let kept = tokens.store(role, CachedToken { token: token.to_owned(), scopes }).await;
        kept.map_err(|error| Failure::new(Exit::Failed, format!("the new token cannot be kept: {error}")))
    }

    /// Whether it is the gateway of this profile, and so of this machine.
    pub(crate) fn is_own(&self) -> bool {
        self.endpoint.whose == Whose::Own
    }

    /// How this program is called to reach the same gateway.
    pub(crate) fn program(&self) -> String {
        self.origins.program()
    }

    /// Says goodbye.
    pub(crate) async fn close(self) {
        self.client.close().await;
    }
}

impl Prepared {
    async fn of(settings: &Settings, program: Program) -> Outcome<Self> {
        let credentials = Credentials::open(settings).await?;
        let key = device_key(settings, &credentials, program).await?;
        let endpoint = Endpoint::resolve(settings).await?;
        let given = SharedSecrets { token: settings.token.clone(), password: settings.password.clone() };
        let tokens_of = |name: String| StoredTokens {
            secrets: credentials.secrets.clone(),
            offer: Offer::unless_given(settings),
            name,
        };
        let (secrets, tokens) = match &endpoint.whose {
            // Whoever answers at an address somebody typed must not receive what
            // belongs to the gateway of this profile.
            Whose::Given(_) => (given, None),
            Whose::Remote => {
                let secrets = local::remote_secrets(given, endpoint.remote.as_ref());
                let name = format!("{}-at-{:016x}", program.tokens, stable_hash(&endpoint.name));
                (secrets, Some(Arc::new(tokens_of(name))))
            }
            Whose::Own => {
                let secrets = local::secrets(settings, &local::paths(settings), &credentials).await?;
                (secrets, Some(Arc::new(tokens_of(program.tokens.to_owned()))))
            }
        };
        let url_by = match &endpoint.whose {
            Whose::Own => None,
            Whose::Remote => Some("gateway.remote".to_owned()),
            Whose::Given(by) => Some(by.clone()),
        };
        let origins = Origins {
            url: endpoint.url.clone(),
            url_by,
            pin_by: endpoint.pin_by.clone(),
            token_by: secrets.token.as_ref().map(|given| given.by.clone()),
            password_by: secrets.password.as_ref().map(|given| given.by.clone()),
            profile: settings.profile.clone(),
        };
        let has_secret = if secrets == SharedSecrets::default() { HasSecret::No } else { HasSecret::Yes };
        let mut options = options(settings, program, (&endpoint.url, &secrets), tokens.clone());
        if endpoint.whose == Whose::Own {
            options = with_peer_check(options, settings, &endpoint.url);
        }
        if let Some(pin) = &endpoint.pin {
            options = options.tls_fingerprint(pin);
        }
        Ok(Self { options, key, origins, tokens, has_secret, endpoint })
    }

    fn connection(&self, client: GatewayClient) -> Connection {
        let (origins, tokens) = (self.origins.clone(), self.tokens.clone());
        Connection { client, origins, tokens, endpoint: self.endpoint.clone() }
    }

    /// The first connection must succeed as any other command's does: whoever
    /// mistyped an address or has not been approved must not wait for ever.
    async fn connect_first(&self, options: ClientOptions, settings: &Settings) -> Outcome<Connection> {
        let client = GatewayClient::start(options).map_err(|error| of_options(&error))?;
        let mut state = client.watch_state();
        let settled = state.wait_for(|state| !matches!(state, ConnectionState::Connecting));
        let failed = match tokio::time::timeout(settings.timeout, settled).await {
            Err(_) => Some(of_silence(settings.timeout, &self.origins)),
            Ok(Err(_)) => Some(of_connect(&ConnectError::ClosedByClient, &self.origins)),
            Ok(Ok(state)) => match &*state {
                ConnectionState::Connected(_) | ConnectionState::Connecting => None,
                ConnectionState::Waiting { reason, .. } | ConnectionState::Stopped(reason) => {
                    Some(of_connect(reason, &self.origins))
                }
                ConnectionState::PairingRequired(pairing) => {
                    Some(of_connect(&ConnectError::PairingRequired(pairing.clone()), &self.origins))
                }
            },
        };
        match failed {
            Some(failure) => Err(failure),
            None => Ok(self.connection(client)),
        }
    }

    async fn connect(&self, options: ClientOptions, settings: &Settings) -> Outcome<Connection> {
        let client = GatewayClient::start(options).map_err(|error| of_options(&error))?;
        match tokio::time::timeout(settings.timeout, client.connected()).await {
            Ok(Ok(_)) => Ok(self.connection(client)),
            Ok(Err(error)) => Err(of_connect(&error, &self.origins)),
            Err(_) => Err(of_silence(settings.timeout, &self.origins)),
        }
    }
}

/// Options of a client that lasts, for the gateway of this profile at `url`, and the id of its device.
pub(crate) async fn lasting_options(
    settings: &Settings,
    credentials: &Credentials,
    program: Program,
    url: &str,
) -> Outcome<(ClientOptions, String)> {
    let key = device_key(settings, credentials, program).await?;
    let device_id = key.device_id().to_string();
    let secrets = local::secrets(settings, &local::paths(settings), credentials).await?;
    let offer = Offer::unless_given(settings);
    let tokens = StoredTokens { secrets: credentials.secrets.clone(), offer, name: program.tokens.to_owned() };
    let policy = ReconnectPolicy::default().delays(FIRST_PAUSE, LONGEST_PAUSE);
    let options = options(settings, program, (url, &secrets), Some(Arc::new(tokens)));
    let options = with_peer_check(options, settings, url);
    let options = options.wall_clock(Arc::new(crate::env::now_ms));
    Ok((options.device(key).event_capacity(EVENTS_BEHIND).reconnect(policy), device_id))
}

/// What the credential store holds goes to the profile's own gateway and to nobody
/// who took its port. Whoever gave a secret by hand has decided for whom it is.
fn with_peer_check(options: ClientOptions, settings: &Settings, url: &str) -> ClientOptions {
    if settings.token.is_some() || settings.password.is_some() {
        return options;
    }
    let paths = local::paths(settings);
    let port = url.rsplit(':').next().and_then(|port| port.trim_end_matches('/').parse::<u16>().ok());
    options.check_peer(move || match port {
        Some(port) if local::is_own_gateway(&paths, port) => Ok(()),
        _ => Err("what listens there is not the gateway of this profile".to_owned()),
    })
}

async fn device_key(settings: &Settings, credentials: &Credentials, program: Program) -> Outcome<DeviceKey> {
    let name = program.key;
    let seed = credentials.secrets.get_or_create(name).await.map_err(failure)?;
    DeviceKey::from_seed_base64url(seed.expose()).ok_or_else(|| {
        let place = credentials.place(&settings.state_dir);
        Failure::new(Exit::Failed, format!("the device key `{name}` in {place} is damaged"))
            .hint("remove it there; this program then pairs anew")
    })
}

fn options(
    settings: &Settings,
    program: Program,
    (url, secrets): (&str, &SharedSecrets),
    tokens: Option<Arc<StoredTokens>>,
) -> ClientOptions {
    let (platform, family) = platform();
    let mut options = ClientOptions::new()
        .url(url)
        .client(program.id, program.mode)
        .version(env!("CARGO_PKG_VERSION"))
        .platform(platform)
        .device_family(family)
        .role(Role::Operator)
        .scopes([Scope::Admin.as_str()])
        .request_timeout(settings.timeout)
        .handshake_timeout(settings.timeout)
        .reconnect(ReconnectPolicy::never());
    if let Some(host) = host_name() {
        options = options.display_name(format!("{host}{}", program.addition));
    }
    if settings.allow_plaintext {
        options = options.allow_insecure_plaintext();
    }
    if let Some(token) = &secrets.token {
        options = options.token(token.value.expose());
    }
    if let Some(password) = &secrets.password {
        options = options.password(password.value.expose());
    }
    match tokens {
        Some(tokens) => options.token_cache(tokens),
        None => options,
    }
}

/// Device tokens of the profile's own gateway, in the credential store.
struct StoredTokens {
    secrets: Secrets,
    offer: Offer,
    name: String,
}

/// Whether stored tokens are used to sign in; new ones are kept in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offer {
    Stored,
    Nothing,
}

impl Offer {
    /// A token or password that somebody gave must count, also when it is wrong:
    /// falling back in silence would hide the mistake.
    fn unless_given(settings: &Settings) -> Self {
        match (&settings.token, &settings.password) {
            (None, None) => Self::Stored,
            _ => Self::Nothing,
        }
    }
}

impl StoredTokens {
    fn name(&self, role: Role) -> String {
        format!("{}-{role}", self.name)
    }
}

impl TokenCache for StoredTokens {
    fn load(&self, role: Role) -> CacheFuture<'_, Option<CachedToken>> {
        Box::pin(async move {
            if self.offer == Offer::Nothing {
                return Ok(None);
            }
            let stored = self.secrets.get(&self.name(role)).await.map_err(cache_error)?;
            Ok(stored.and_then(|secret| read_token(secret.expose())))
        })
    }

    fn store(&self, role: Role, token: CachedToken) -> CacheFuture<'_, ()> {
        Box::pin(async move {
            let text = json!({"token": token.token, "scopes": token.scopes}).to_string();
            self.secrets.set(&self.name(role), &Secret::new(text)).await.map_err(cache_error)
        })
    }

    fn clear(&self, role: Role) -> CacheFuture<'_, ()> {
        Box::pin(async move { self.secrets.delete(&self.name(role)).await.map_err(cache_error) })
    }
}

fn cache_error(error: impl std::fmt::Display) -> TokenCacheError {
    TokenCacheError(error.to_string())
}

/// What cannot be read counts as absent: the gateway issues another.
fn read_token(text: &str) -> Option<CachedToken> {
    let value: Value = serde_json::from_str(text).ok()?;
    let scopes = value.get("scopes")?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    Some(CachedToken { token: value.get("token")?.as_str()?.to_owned(), scopes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_gateway::secrets::MemorySecrets;

    #[tokio::test]
    async fn device_tokens_are_kept_by_role_and_damage_counts_as_absent() {
        let secrets = Secrets::new(Arc::new(MemorySecrets::default()), None);
        let tokens = StoredTokens { secrets: secrets.clone(), offer: Offer::Stored, name: "device-token".to_owned() };
        assert_eq!(tokens.load(Role::Operator).await.unwrap(), None);
        let token = CachedToken { token: "t".into(), scopes: vec!["operator.admin".into()] };
        tokens.store(Role::Operator, token.clone()).await.unwrap();
        assert_eq!(tokens.load(Role::Operator).await.unwrap(), Some(token.clone()));
        let silent = StoredTokens { secrets: secrets.clone(), offer: Offer::Nothing, name: "device-token".to_owned() };
        assert_eq!(silent.load(Role::Operator).await.unwrap(), None);
        silent.store(Role::Node, token.clone()).await.unwrap();
        assert_eq!(tokens.load(Role::Node).await.unwrap(), Some(token));
        tokens.clear(Role::Node).await.unwrap();
        assert_eq!(tokens.load(Role::Node).await.unwrap(), None);
        for damaged in ["", "{}", r#"{"token":7,"scopes":[]}"#] {
            secrets.set("device-token-operator", &Secret::new(damaged)).await.unwrap();
            assert_eq!(tokens.load(Role::Operator).await.unwrap(), None, "{damaged}");
        }
        tokens.clear(Role::Operator).await.unwrap();
        assert_eq!(secrets.get("device-token-operator").await.unwrap(), None);
    }
}
