//! The answers so far, and what they come to: edits of the configuration, a key,
//! and a summary. Nothing is written here.

use serde_json::{Value, json};

use super::facts::Facts;
use crate::secrets::Secret;

/// How callers sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AuthChoice {
    Token,
    Password,
    TrustedProxy,
    None,
}

impl AuthChoice {
    pub(super) const ALL: [Self; 4] = [Self::Token, Self::Password, Self::TrustedProxy, Self::None];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Password => "password",
            Self::TrustedProxy => "trusted-proxy",
            Self::None => "none",
        }
    }
}

/// Who can reach the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BindChoice {
    Loopback,
    Lan,
    Tailnet,
    /// What is written stays, which is none of these.
    Keep,
}

impl BindChoice {
    pub(super) const ALL: [Self; 4] = [Self::Loopback, Self::Lan, Self::Tailnet, Self::Keep];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Lan => "lan",
            Self::Tailnet => "tailnet",
            Self::Keep => "keep",
        }
    }
}

/// The answers so far.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) workspace: Option<String>,
    pub(super) auth: Option<AuthChoice>,
    pub(super) password: Option<Secret>,
    pub(super) proxies: Vec<String>,
    pub(super) user_header: Option<String>,
    pub(super) bind: Option<BindChoice>,
    pub(super) tls: Option<bool>,
    pub(super) provider: Option<String>,
    pub(super) key: Option<Secret>,
    pub(super) model: Option<String>,
    pub(super) service: bool,
}

/// One change of the configuration: a dotted path and its new value.
pub(super) type Edit = (&'static str, Value);

impl Draft {
    /// The model that was chosen: `provider/model`.
    pub(super) fn chosen_model(&self) -> Option<String> {
        Some(format!("{}/{}", self.provider.as_deref()?, self.model.as_deref()?))
    }

    /// What changes in the configuration. What is so already is left out.
    pub(super) fn edits(&self, facts: &Facts) -> Vec<Edit> {
        let has_fallbacks = facts.at("agents.defaults.model").is_some_and(Value::is_object);
        let model = if has_fallbacks { "agents.defaults.model.primary" } else { "agents.defaults.model" };
        let password = self.password.as_ref().map(|password| json!(password.expose()));
        let proxies = (!self.proxies.is_empty()).then(|| json!(self.proxies));
        let bind = self.bind.filter(|bind| *bind != BindChoice::Keep);
        let edits = [
            ("gateway.auth.mode", self.auth.map(|auth| json!(auth.as_str()))),
            ("gateway.auth.password", password),
            ("gateway.auth.trustedProxy.userHeader", self.user_header.as_ref().map(|name| json!(name))),
            ("gateway.trustedProxies", proxies),
            ("gateway.bind", bind.map(|bind| json!(bind.as_str()))),
            ("gateway.tls.enabled", self.tls.map(Value::Bool)),
            (model, self.chosen_model().map(Value::String)),
            ("agents.defaults.workspace", self.workspace.as_ref().map(|folder| json!(folder))),
        ];
        let wanted = edits.into_iter().filter_map(|(path, value)| Some((path, value?)));
        wanted.filter(|(path, value)| facts.at(path) != Some(value)).collect()
    }

    /// What was chosen, in lines for people. No secret is in it.
    pub(super) fn summary(&self, facts: &Facts) -> String {
        let sign_in = match self.auth {
            Some(AuthChoice::Password) => "with a password",
            Some(AuthChoice::TrustedProxy) => "by the proxy in front, which vouches for its users",
            Some(AuthChoice::None) => "nobody is asked; this machine only",
            _ => "with a token that the gateway keeps (`postern token` prints it)",
        };
        let reach = match self.bind {
            Some(BindChoice::Lan) => "every machine in the local network",
            Some(BindChoice::Tailnet) => "the devices of your tailnet",
            Some(BindChoice::Keep) => "as it is",
            _ => "this machine only",
        };
        let mut lines = vec![format!("Sign in: {sign_in}"), format!("Reached by: {reach}")];
        if let Some(tls) = self.tls {
            lines.push(format!("Encrypted: {}", if tls { "yes, with a certificate of its own" } else { "no" }));
        }
        lines.push(match self.chosen_model() {
            Some(model) if self.key.is_some() => format!("Model: {model}; its key goes to the credential store"),
            Some(model) => format!("Model: {model}"),
            None => "Model: as it is".to_owned(),
        });
        if let Some(folder) = &self.workspace {
            lines.push(format!("Workspace: {folder}"));
        }
        let service = if self.service { "yes: `postern service install`, once this is written" } else { "no" };
        lines.push(format!("Starts with the machine: {service}"));
        lines.push(match self.edits(facts).len() {
            0 => format!("{} stays as it is.", facts.place),
            1 => format!("1 setting changes in {}.", facts.place),
            number => format!("{number} settings change in {}.", facts.place),
        });
        lines.join("\n")
    }
}
