//! Which secret is sent, and what a refusal means for the next try
//! (`handshake.md §6, §9`). Decisions only; the driver carries them out.

use postern_protocol::connect::ConnectAuth;
use postern_protocol::error::ErrorShape;
use postern_protocol::identity::PayloadVersion;
use serde_json::Value;

use crate::error::{ConnectError, detail};
use crate::settings::Settings;
use crate::token_cache::CachedToken;

/// What one try sends.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) auth: Option<ConnectAuth>,
    pub(crate) scopes: Vec<String>,
    pub(crate) payload: PayloadVersion,
    uses: Uses,
}

/// Where the device token of a try came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Uses {
    Nothing,
    Cached,
    Given,
}

/// What a refusal asks the driver to do before the usual rules apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// Nothing special.
    None,
    /// Try again at once, with other credentials.
    RetryNow,
    /// Forget the cached token, then go on as usual.
    Forget,
    /// Forget the cached token and try again at once without it.
    ForgetAndRetry,
}

/// What was learned from refusals since the last connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CredentialMemory {
    shared_refused: bool,
    device_token: TokenUse,
    payload: PayloadVersion,
    payload_settled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenUse {
    /// Where the usual rules call for it.
    Usual,
    /// Beside the shared token that was refused.
    AfterRefusal,
    /// Not any more: it was refused too.
    Refused,
}

impl CredentialMemory {
    pub(crate) fn new(settings: &Settings) -> Self {
        // Gateways that speak only generation 3 know signature payload v2 at most.
        let payload = if settings.range.1 < 4 { PayloadVersion::V2 } else { PayloadVersion::V3 };
        Self {
            shared_refused: false,
            device_token: TokenUse::Usual,
            payload,
            payload_settled: settings.range.0 >= 4 || settings.range.1 < 4,
        }
    }

    /// A connection stands: what was refused before may be right next time.
    pub(crate) fn succeeded(&mut self) {
        self.shared_refused = false;
        self.device_token = TokenUse::Usual;
        self.payload_settled = true;
    }

    /// Chooses what to send.
    pub(crate) fn attempt(&self, settings: &Settings, cached: Option<&CachedToken>) -> Attempt {
        let secrets = &settings.options.secrets;
        let has_shared = secrets.token.is_some() || secrets.password.is_some();
        let given = secrets.device_token.as_ref().filter(|_| self.device_token != TokenUse::Refused);
        let cached = cached.filter(|_| match self.device_token {
            TokenUse::Usual => !has_shared,
            TokenUse::AfterRefusal => true,
            TokenUse::Refused => false,
        });
        let device_token = given.or(cached.map(|cached| &cached.token));
        let uses = match (given, cached) {
            (Some(_), _) => Uses::Given,
            (None, Some(_)) => Uses::Cached,
            (None, None) => Uses::Nothing,
        };
        // Older gateways look for a device token in `auth.token`.
        let token = secrets.token.as_ref().or(device_token);
        let auth = ConnectAuth {
            token: token.cloned(),
            password: secrets.password.clone(),
            // Generation 3 refuses keys of `auth` that it does not know.
            device_token: device_token.filter(|_| settings.range.1 >= 4).cloned(),
            bootstrap_token: secrets.bootstrap_token.as_ref().filter(|_| token.is_none()).cloned(),
        };
        let is_empty = auth.signed_token().is_empty() && auth.password.is_none();
        let scopes = settings.options.scopes.clone().or_else(|| cached.map(|cached| cached.scopes.clone()));
        Attempt { auth: (!is_empty).then_some(auth), scopes: scopes.unwrap_or_default(), payload: self.payload, uses }
    }

    /// Learns from a failed try.
    pub(crate) fn refused(
        &mut self,
        settings: &Settings,
        attempt: &Attempt,
        cached: Option<&CachedToken>,
        error: &ConnectError,
    ) -> Reaction {
        let ConnectError::Refused(error) = error else { return Reaction::None };
        match error.code_detail() {
            Some("AUTH_TOKEN_MISMATCH") => self.shared_token_refused(settings, attempt, cached, error),
            Some("AUTH_DEVICE_TOKEN_MISMATCH") => self.device_token_refused(settings, attempt),
            _ if is_signature_problem(error) && !self.payload_settled => {
                self.payload = PayloadVersion::V2;
                self.payload_settled = true;
                Reaction::RetryNow
            }
            _ => Reaction::None,
        }
    }

    fn shared_token_refused(
        &mut self,
        settings: &Settings,
        attempt: &Attempt,
        cached: Option<&CachedToken>,
        error: &ErrorShape,
    ) -> Reaction {
        self.shared_refused = true;
        let forbidden = detail(error, "canRetryWithDeviceToken") == Some(&Value::Bool(false));
        let can_retry = !forbidden
            && cached.is_some()
            && attempt.uses == Uses::Nothing
            && self.device_token == TokenUse::Usual
            && settings.is_trusted_endpoint();
        if can_retry {
            self.device_token = TokenUse::AfterRefusal;
            return Reaction::RetryNow;
        }
        Reaction::None
    }

    fn device_token_refused(&mut self, settings: &Settings, attempt: &Attempt) -> Reaction {
        let secrets = &settings.options.secrets;
        let shared_left = (secrets.token.is_some() || secrets.password.is_some()) && !self.shared_refused;
        let other_left = shared_left || secrets.bootstrap_token.is_some();
        let retry = other_left && self.device_token != TokenUse::Refused;
        match attempt.uses {
            Uses::Nothing => Reaction::None,
            Uses::Cached if retry => {
                self.device_token = TokenUse::Refused;
                Reaction::ForgetAndRetry
            }
            Uses::Cached => Reaction::Forget,
            Uses::Given if retry => {
                self.device_token = TokenUse::Refused;
                Reaction::RetryNow
            }
            Uses::Given => Reaction::None,
        }
    }
}

/// Gateways of generation 3 name the problem in the text only.
fn is_signature_problem(error: &ErrorShape) -> bool {
    error.code_detail() == Some("DEVICE_AUTH_SIGNATURE_INVALID") || error.message == "device signature invalid"
}

#[cfg(test)]
mod tests;
