//! Which secrets there are: whatever passes through the credential store, and
//! what the configuration holds. Told to the [`Redactor`] before anything is logged.

use std::sync::Arc;

use super::Redactor;
use crate::config::{Config, McpTransport};
use crate::secrets::{Secret, SecretError, SecretStore};

/// A credential store that tells the redactor what it gives and takes.
pub(crate) struct KnownSecrets {
    store: Arc<dyn SecretStore>,
    redactor: Redactor,
}

impl KnownSecrets {
    pub(crate) fn new(store: Arc<dyn SecretStore>, redactor: Redactor) -> Self {
        Self { store, redactor }
    }
}

impl SecretStore for KnownSecrets {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        let found = self.store.get(name)?;
        found.iter().for_each(|secret| self.redactor.learn(secret));
        Ok(found)
    }

    fn set(&self, name: &str, value: &Secret) -> Result<(), SecretError> {
        self.redactor.learn(value);
        self.store.set(name, value)
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.store.delete(name)
    }

    fn kind(&self) -> &'static str {
        self.store.kind()
    }
}

/// Shortest value of a variable or header that is taken for a secret: `1`, `true`
/// and names of regions are none.
const MIN_VALUE: usize = 12;

/// Learns what a configuration holds: the gateway's own secrets, and what is sent
/// to providers and MCP servers.
pub(crate) fn learn_config(redactor: &Redactor, config: &Config) {
    let own = [&config.auth.token, &config.auth.password, &config.remote.token, &config.remote.password];
    own.into_iter().flatten().for_each(|secret| redactor.learn(secret));
    let of_providers = config.models.providers.iter().flat_map(|provider| &provider.headers);
    let of_servers = config.mcp.iter().flat_map(|server| match &server.transport {
        McpTransport::Stdio { env, .. } => env,
        McpTransport::Http { headers, .. } => headers,
    });
    for (_, value) in of_providers.chain(of_servers) {
        // `Bearer token` and the token on its own.
        for part in [Some(value.as_str()), value.rsplit_once(' ').map(|(_, last)| last)].into_iter().flatten() {
            if part.len() >= MIN_VALUE && !part.starts_with('/') && !part.contains("://") {
                redactor.learn(&Secret::new(part));
            }
        }
    }
}
