//! What a handshake is judged by and what may change before it ends: the shared
//! secret, and who is believed about whom.

use std::sync::Arc;

use crate::auth::SharedSecret;
use crate::config::Config;
use crate::gateway::Services;
use crate::hub::AuthMethod;
use crate::settings::identities;

/// Taken before a handshake is judged; compared once the connection can be reached by
/// whoever changes it.
#[derive(Debug)]
pub(super) struct Believed {
    secret: Arc<SharedSecret>,
    config: Arc<Config>,
}

impl Believed {
    pub(super) fn now(services: &Services) -> Self {
        Self { secret: services.secret(), config: services.config() }
    }

    /// Whether somebody who got in this way would still.
    pub(super) fn still_holds(&self, services: &Services, method: AuthMethod) -> bool {
        self.holds_beside(&Self::now(services), method)
    }

    fn holds_beside(&self, now: &Self, method: AuthMethod) -> bool {
        match method {
            AuthMethod::Token | AuthMethod::Password | AuthMethod::None => self.secret.is_same(&now.secret),
            AuthMethod::Tailscale | AuthMethod::TrustedProxy => identities(&self.config) == identities(&now.config),
            AuthMethod::DeviceToken | AuthMethod::BootstrapToken | AuthMethod::Desktop => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use postern_protocol::connect::AuthMode;

    use super::*;
    use crate::secrets::Secret;

    fn believed(secret: &str, change: impl FnOnce(&mut Config)) -> Believed {
        let mut config = Config::default();
        change(&mut config);
        let secret = SharedSecret { mode: AuthMode::Token, secret: Some(Secret::new(secret)) };
        Believed { secret: Arc::new(secret), config: Arc::new(config) }
    }

    #[test]
    fn a_handshake_does_not_outlive_what_it_was_judged_by() {
        use AuthMethod::{BootstrapToken, Desktop, DeviceToken, None, Password, Tailscale, Token, TrustedProxy};
        let before = believed("old", |_| ());
        let rotated = believed("new", |_| ());
        let distrusted = believed("old", |config| config.auth.allow_tailscale = !config.auth.allow_tailscale);
        let unrelated = believed("old", |config| config.auth.rate_limit.max_attempts += 1);
        for (method, survives_rotation, survives_distrust) in [
            (Token, false, true),
            (Password, false, true),
            (None, false, true),
            (Tailscale, true, false),
            (TrustedProxy, true, false),
            (DeviceToken, true, true),
            (BootstrapToken, true, true),
            (Desktop, true, true),
        ] {
            assert_eq!(before.holds_beside(&rotated, method), survives_rotation, "{method:?}");
            assert_eq!(before.holds_beside(&distrusted, method), survives_distrust, "{method:?}");
            assert!(before.holds_beside(&unrelated, method), "{method:?}");
        }
    }
}
