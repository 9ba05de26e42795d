//! From what is written to what it means: all defaults and cross-field rules.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use ipnet::IpNet;
use postern_protocol::DEFAULT_PORT;
use postern_protocol::connect::AuthMode;
use postern_protocol::tailscale::TailscaleMode;

use super::metrics::Metrics;
use super::model::{Auth, Bind, Config, Pairing, RateLimit, Reload, Session};
use super::raw::{BindMode, RawAuth, RawAuthMode, RawConfig, RawGateway, RawRateLimit, RawSecurityHeaders, RawSession};
use super::{ConfigProblem, Overrides, tailscale};
use crate::secrets::Secret;

/// Name of the main conversation.
const DEFAULT_MAIN_KEY: &str = "main";
/// Longest agent id and session key.
const MAX_ID: usize = 64;

/// A configuration and what is wrong with it. With problems it is still usable,
/// and where a setting could not be read it is the closed choice.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) config: Config,
    pub(super) problems: Vec<ConfigProblem>,
    pub(super) warnings: Vec<String>,
}

pub(super) fn resolve(raw: &RawConfig, overrides: &Overrides) -> Resolved {
    let mut notes = Notes::default();
    let gateway = &raw.gateway;
    let bind = notes.bind(gateway, overrides);
    let tailscale = notes.tailscale(&gateway.tailscale, overrides, bind);
    let config = Config {
        mode: gateway.mode.unwrap_or_default(),
        port: overrides.port.or(gateway.port).or(overrides.default_port).unwrap_or(DEFAULT_PORT),
        bind,
        auth: notes.auth(&gateway.auth, overrides, tailscale.mode),
        tailscale,
        metrics: Metrics::of(&gateway.metrics),
        trusted_proxies: notes.networks(
            gateway.trusted_proxies.as_deref().unwrap_or_default(),
            "gateway.trustedProxies",
            "everybody is trusted to speak for others; name your proxy",
        ),
        allow_real_ip_fallback: gateway.allow_real_ip_fallback.unwrap_or(false),
        control_ui: notes.control_ui(&gateway.control_ui),
        public_origin: notes.public_origin(gateway.public_origin.as_deref()),
        seam_color: notes.seam_color(raw.ui.seam_color.as_deref()),
        strict_transport_security: notes.transport_security(&gateway.http.security_headers),
        pairing: Pairing {
            auto_approve_local: gateway.nodes.pairing.auto_approve_local.unwrap_or(true),
            trust_own_tailnet: gateway.pairing.trust_own_tailnet.unwrap_or(false),
        },
        nodes: notes.nodes(&gateway.nodes),
        tls: notes.tls(&gateway.tls),
        reload: Reload {
            mode: gateway.reload.mode.unwrap_or_default(),
            debounce: Duration::from_millis(gateway.reload.debounce_ms.unwrap_or(300)),
        },
        remote: notes.remote(&gateway.remote, gateway.mode.unwrap_or_default()),
        session: notes.session(&raw.session),
        agents: notes.agents(&raw.agents),
        agent_defaults: notes.agent_defaults(&raw.agents.defaults),
        models: notes.models(&raw.models),
        tools: notes.tools(&raw.tools),
        mcp: notes.mcp(&raw.mcp),
        limits: notes.limits(&raw.usage.limits, "usage.limits"),
        logging: notes.logging(&raw.logging),
        update: notes.update(&raw.update),
        backup: notes.backup(&raw.backup),
        discovery: notes.nearby(&raw.discovery, overrides),
        canvas_host: notes.canvas_host(&raw.canvas_host, overrides),
    };
    Resolved { config, problems: notes.problems, warnings: notes.warnings }
}

/// Collects what is wrong while the parts are read.
#[derive(Default)]
pub(super) struct Notes {
    problems: Vec<ConfigProblem>,
    pub(super) warnings: Vec<String>,
}

impl Notes {
    pub(super) fn problem(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.problems.push(ConfigProblem::new(path, message));
    }

    fn bind(&mut self, raw: &RawGateway, overrides: &Overrides) -> Bind {
        let written = raw.custom_bind_host.as_deref().map(|host| host.trim().parse::<Ipv4Addr>());
        if let Some(Err(_)) = written {
            self.problem("gateway.customBindHost", "must be an IPv4 address such as 192.168.1.4");
        }
        match overrides.bind.or(raw.bind).unwrap_or_default() {
            BindMode::Loopback => Bind::Loopback,
            BindMode::Lan => Bind::Lan,
            BindMode::Tailnet => Bind::Tailnet,
            BindMode::Auto => Bind::Auto,
            BindMode::Custom => match (overrides.custom_bind_host, written) {
                (Some(address), _) | (None, Some(Ok(address))) => Bind::Custom(address),
                (None, Some(Err(_))) => Bind::Loopback,
                (None, None) => {
                    self.problem("gateway.bind", "is custom, which needs gateway.customBindHost, an IPv4 address");
                    Bind::Loopback
                }
            },
        }
    }

    fn auth(&mut self, raw: &RawAuth, overrides: &Overrides, tailscale: TailscaleMode) -> Auth {
        let mode = auth_mode(raw, overrides);
        let auth = Auth {
            mode,
            allow_tailscale: tailscale::allows_identity(raw.allow_tailscale, tailscale, mode),
            trusted_proxy: self.trusted_proxy(&raw.trusted_proxy, mode == AuthMode::TrustedProxy),
            identity_scopes: self.identity_scopes(raw),
            token: overrides.token.clone().or_else(|| raw.token.clone()),
            password: overrides.password.clone().or_else(|| raw.password.clone()),
            rate_limit: rate_limit(&raw.rate_limit),
        };
        if auth.mode == AuthMode::Password && auth.password.is_none() {
            let message = "is password, but no password is set; set gateway.auth.password or POSTERN_GATEWAY_PASSWORD";
            self.problem("gateway.auth.mode", message);
        }
        auth
    }

    /// Addresses and networks below `path`; `of_all` says what it means that one is everybody.
    pub(super) fn networks(&mut self, written: &[String], path: &str, of_all: &str) -> Vec<IpNet> {
        let mut networks = Vec::with_capacity(written.len());
        for (index, text) in written.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let Some(network) = parse_network(text.trim()) else {
                self.problem(path, "must be an address or a network such as 10.0.0.2 or 10.0.0.0/8");
                continue;
            };
            if network.prefix_len() == 0 {
                self.warnings.push(format!("{path}: {of_all}"));
            }
            networks.push(network.trunc());
        }
        networks
    }

    /// A header is sent as it is written, so it must be one.
    fn transport_security(&mut self, raw: &RawSecurityHeaders) -> Option<String> {
        let value = raw.strict_transport_security.as_deref()?.trim();
        let is_header = value.starts_with("max-age=") && value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if !is_header {
            let path = "gateway.http.securityHeaders.strictTransportSecurity";
            self.problem(path, "must be text such as max-age=31536000; includeSubDomains");
        }
        is_header.then(|| value.to_owned())
    }

    fn session(&mut self, raw: &RawSession) -> Session {
        let main_key =
            self.id(raw.main_key.as_deref(), "session.mainKey").unwrap_or_else(|| DEFAULT_MAIN_KEY.to_owned());
        Session { scope: raw.scope.unwrap_or_default(), main_key, queue_mode: raw.queue_mode.unwrap_or_default() }
    }

    /// A word that becomes part of session keys, lower case.
    pub(super) fn id(&mut self, written: Option<&str>, path: &str) -> Option<String> {
        let id = written?.trim().to_ascii_lowercase();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        if id.is_empty() || id.len() > MAX_ID || !id.bytes().all(plain) {
            self.problem(path, "must be 1 to 64 of a-z, 0-9, - and _");
            return None;
        }
        Some(id)
    }
}

/// Nearest first: the mode that was asked for, then the one that the only secret
/// given speaks for, on the command line before the file.
fn auth_mode(raw: &RawAuth, overrides: &Overrides) -> AuthMode {
    let written = match raw.mode {
        Some(RawAuthMode::Token) => Some(AuthMode::Token),
        Some(RawAuthMode::TrustedProxy) => Some(AuthMode::TrustedProxy),
        Some(RawAuthMode::Password) => Some(AuthMode::Password),
        Some(RawAuthMode::None) => Some(AuthMode::None),
        None => None,
    };
    overrides
        .auth_mode
        .or(written)
        .or_else(|| mode_of(overrides.token.as_ref(), overrides.password.as_ref()))
        .or_else(|| mode_of(raw.token.as_ref(), raw.password.as_ref()))
        .unwrap_or(AuthMode::Token)
}

const fn mode_of(token: Option<&Secret>, password: Option<&Secret>) -> Option<AuthMode> {
    match (token, password) {
        (Some(_), _) => Some(AuthMode::Token),
        (None, Some(_)) => Some(AuthMode::Password),
        (None, None) => None,
    }
}

fn rate_limit(raw: &RawRateLimit) -> RateLimit {
    RateLimit {
        max_attempts: raw.max_attempts.unwrap_or(10),
        window: Duration::from_millis(raw.window_ms.unwrap_or(60_000)),
        lockout: Duration::from_millis(raw.lockout_ms.unwrap_or(300_000)),
        exempt_loopback: raw.exempt_loopback.unwrap_or(true),
    }
}

fn parse_network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
