//! `gateway.auth.trustedProxy` and `gateway.auth.identityScopes`: who is
//! believed about whom, and what that is worth.

use std::collections::BTreeMap;

use http::HeaderName;
use postern_protocol::access::{Scope, ScopeSet};
use postern_protocol::connect::AuthMode;

use super::raw::{RawAuth, RawTrustedProxy};
use super::resolve::Notes;
use super::{Config, ConfigProblem};

/// Most scopes of a device that is paired without asking, unless written.
const DEFAULT_AUTO_SCOPES: ScopeSet = ScopeSet::of(&[Scope::Read, Scope::Write]);

/// A reverse proxy that has signed its users in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedProxy {
    /// Header that names the user.
    pub user_header: HeaderName,
    /// Headers that every request of the proxy has.
    pub required_headers: Vec<HeaderName>,
    /// Users who may sign in, lower case; empty means all.
    pub allow_users: Vec<String>,
    /// Whether it may run on this machine.
    pub allow_loopback: bool,
    /// The most that a new browser of such a user gets without asking; `None`
    /// asks.
    pub auto_approve: Option<ScopeSet>,
}

/// What identities are worth.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdentityScopes(BTreeMap<String, ScopeSet>);

/// Word that stands for every identity that is not named.
const EVERYBODY_ELSE: &str = "*";

impl IdentityScopes {
    /// The most that an identity gets; `None` when nothing is said about anybody.
    #[must_use]
    pub fn of(&self, identity: &str) -> Option<ScopeSet> {
        if self.0.is_empty() {
            return None;
        }
        let named = self.0.get(&identity.to_lowercase()).or_else(|| self.0.get(EVERYBODY_ELSE));
        Some(named.copied().unwrap_or(ScopeSet::EMPTY))
    }
}

impl Notes {
    /// `None` when the settings do not describe a proxy.
    pub(super) fn trusted_proxy(&mut self, raw: &RawTrustedProxy, is_mode: bool) -> Option<TrustedProxy> {
        let user_header = self.header(raw.user_header.as_deref(), "gateway.auth.trustedProxy.userHeader");
        let written = raw.required_headers.iter().flatten().enumerate();
        let required_headers: Vec<HeaderName> = written
            .filter_map(|(index, name)| {
                self.header(Some(name), &format!("gateway.auth.trustedProxy.requiredHeaders[{index}]"))
            })
            .collect();
        let auto = &raw.device_auto_approve;
        let path = "gateway.auth.trustedProxy.deviceAutoApprove.scopes";
        let scopes = auto.scopes.as_deref().map_or(DEFAULT_AUTO_SCOPES, |words| self.scopes(words, path));
        if is_mode && raw.user_header.is_none() {
            let message = "must be set for gateway.auth.mode trusted-proxy: the header in which your proxy names the \
                           signed-in user, such as X-Forwarded-User";
            self.problem("gateway.auth.trustedProxy.userHeader", message);
        }
        let allow_users = raw.allow_users.iter().flatten().map(|user| user.trim().to_lowercase());
        Some(TrustedProxy {
            user_header: user_header?,
            required_headers,
            allow_users: allow_users.filter(|user| !user.is_empty()).collect(),
            allow_loopback: raw.allow_loopback.unwrap_or(false),
            auto_approve: auto.enabled.unwrap_or(false).then_some(scopes),
        })
    }

    pub(super) fn identity_scopes(&mut self, raw: &RawAuth) -> IdentityScopes {
        let mut map = BTreeMap::new();
        for (identity, words) in raw.identity_scopes.iter().flatten() {
            let scopes = self.scopes(words, &format!("gateway.auth.identityScopes.{identity}"));
            map.insert(identity.trim().to_lowercase(), scopes);
        }
        IdentityScopes(map)
    }

    fn header(&mut self, written: Option<&str>, path: &str) -> Option<HeaderName> {
        let name = written?.trim();
        let header = name.parse::<HeaderName>().ok().filter(|_| !name.contains('_'));
        if header.is_none() {
            self.problem(path, "must be the name of a header: letters, digits and dashes");
        }
        header
    }

    fn scopes(&mut self, words: &[String], path: &str) -> ScopeSet {
        if words.iter().any(|word| Scope::parse(word).is_none()) {
            let known: Vec<&str> = Scope::ALL.into_iter().map(Scope::as_str).collect();
            self.problem(path, format!("must list scopes: {}", known.join(", ")));
        }
        ScopeSet::parse(words.iter().map(String::as_str))
    }
}

/// A mode that nobody could sign in with, or that lets this machine's own
/// programs name anybody, is not started.
pub(super) fn refuse_unsafe(config: &Config) -> Result<(), ConfigProblem> {
    if config.auth.mode != AuthMode::TrustedProxy {
        return Ok(());
    }
    let allow_loopback = config.auth.trusted_proxy.as_ref().is_some_and(|proxy| proxy.allow_loopback);
    let problem = if config.auth.trusted_proxy.is_none() {
        ("gateway.auth.trustedProxy.userHeader", "refuses to start: trusted-proxy needs the header that names the user")
    } else if config.trusted_proxies.is_empty() {
        (
            "gateway.trustedProxies",
            "refuses to start: gateway.auth.mode is trusted-proxy, but no proxy is trusted; list the address of yours, \
             such as [\"10.0.0.2\"]",
        )
    } else if !config.bind.is_exposed() && !allow_loopback {
        (
            "gateway.auth.mode",
            "refuses to start: trusted-proxy with gateway.bind loopback means that the proxy runs on this machine, where \
             every program could name any user; set gateway.auth.trustedProxy.allowLoopback to true if only the proxy \
             can reach this port, or bind to an address that the proxy uses",
        )
    } else {
        return Ok(());
    };
    Err(ConfigProblem::new(problem.0, problem.1))
}
