//! What the doctor looks at.

use std::sync::Arc;

use crate::config::redact::secrets_in;
use crate::config::{Loaded, Overrides, load};
use crate::logs::{Redactor, learn_config};
use crate::options::{Clock, Host, Options, Paths};
use crate::secrets::{Secret, SecretStore};
use crate::state_folder::Holder;

/// One installation.
pub struct Patient {
    /// Its folder and configuration.
    pub paths: Paths,
    /// What command line and environment say.
    pub overrides: Overrides,
    /// Wall clock.
    pub clock: Clock,
    /// Version of the program that looks.
    pub version: String,
    /// Where secrets are kept, or why that place cannot be opened.
    pub credentials: Result<Arc<dyn SecretStore>, String>,
    /// Takes secrets out of texts.
    pub redactor: Redactor,
    /// The machine around it.
    pub host: Host,
}

impl Patient {
    /// The installation that a gateway is started with.
    #[must_use]
    pub fn of(options: &Options) -> Self {
        Self {
            paths: options.paths.clone(),
            overrides: options.overrides.clone(),
            clock: options.clock.clone(),
            version: options.version.clone(),
            credentials: Ok(Arc::clone(&options.secrets)),
            redactor: options.redactor.clone(),
            host: options.host.clone(),
        }
    }

    /// The configuration as it is in the file now.
    pub(crate) fn config(&self) -> Loaded {
        load(&self.paths, &self.overrides)
    }

    /// Tells the redactor what must not be told: the gateway's own keys, and what the
    /// configuration holds, whether it is in force or not.
    pub(crate) fn learn_secrets(&self) {
        learn_config(&self.redactor, &self.config().config);
        let written = std::fs::read_to_string(&self.paths.config_path).unwrap_or_default();
        secrets_in(&written).into_iter().for_each(|secret| self.redactor.learn(&Secret::new(secret)));
        let given = [&self.overrides.token, &self.overrides.password];
        given.into_iter().flatten().for_each(|secret| self.redactor.learn(secret));
        let Ok(store) = &self.credentials else { return };
        for name in ["gateway-token", "device-token-key", "gateway-identity"] {
            // One that cannot be read cannot be told either.
            if let Ok(Some(secret)) = store.get(name) {
                self.redactor.learn(&secret);
            }
        }
    }

    /// The gateway that has the folder in use.
    pub(crate) fn holder(&self) -> Option<Holder> {
        Holder::alive(&self.paths.lock())
    }
}
