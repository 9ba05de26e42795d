//! Whether a caller knows a secret: the gateway's, the device's own token, or a
//! setup code (`handshake.md §6, §9`).

use postern_protocol::Dialect;
use postern_protocol::access::{Role, ScopeSet};
use postern_protocol::connect::{AuthMode, ConnectAuth, ConnectParams};
use postern_protocol::error::{DetailCode, ErrorCode, ErrorShape};

use super::proof::Identity;
use super::refusal::Refusal;
use super::vouched::{Known, outside_proxy};
use crate::auth::{RetryAfter, SecretCheck, SecretClass, Subject};
use crate::gateway::Services;
use crate::hub::AuthMethod;
use crate::wire::peer::Peer;

/// A secret that was right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Credential {
    /// The shared secret, or none is needed.
    Shared(AuthMethod),
    /// The device's token, and the scopes it carries.
    DeviceToken(String, ScopeSet),
    /// A setup code that is still to be redeemed.
    Bootstrap(String),
    /// None, but others say who it is.
    Known(Known),
}

impl Credential {
    /// How hello-ok and the log call it.
    pub(super) const fn method(&self) -> AuthMethod {
        match self {
            Self::Shared(method) => *method,
            Self::DeviceToken(..) => AuthMethod::DeviceToken,
            Self::Bootstrap(_) => AuthMethod::BootstrapToken,
            Self::Known(known) => known.method,
        }
    }
}

/// Who presents credentials.
#[derive(Clone, Copy)]
pub(super) struct Presenter<'a> {
    pub(super) services: &'a Services,
    pub(super) peer: &'a Peer,
    pub(super) params: &'a ConnectParams,
    pub(super) identity: Option<&'a Identity>,
    pub(super) role: Role,
    pub(super) dialect: Dialect,
}

impl Presenter<'_> {
    /// Looks at every secret that was presented and may be looked at now. Wrong
    /// ones are counted whatever else is sent beside them, so no combination of
    /// fields makes a guess for free.
    pub(super) fn check(self) -> Result<Credential, Refusal> {
        let auth = self.params.auth.clone().unwrap_or_default();
        let shared_wait = self.wait(SecretClass::Shared, shared_fields(&auth).next().is_some());
        let looks_at_shared = shared_wait.is_none() && self.services.secret().counts_for(self.peer.local);
        let shared =
            if looks_at_shared { self.services.secret().check(&auth, self.dialect) } else { SecretCheck::Missing };
        if let SecretCheck::Right(method) = shared {
            self.forgive(SecretClass::Shared);
            return Ok(Credential::Shared(method));
        }
        let token_wait = self.wait(SecretClass::DeviceToken, self.token_candidates(&auth).next().is_some());
        let device = if token_wait.is_none() { self.device_token(&auth) } else { None };
        // A device token in the token field, as older clients send it, is no guess.
        let own_token = device.as_ref().map(|(token, _)| *token);
        if shared == SecretCheck::Wrong && shared_fields(&auth).any(|field| Some(field) != own_token) {
            self.count_wrong(SecretClass::Shared);
        }
        if let Some((token, scopes)) = device {
            self.forgive(SecretClass::DeviceToken);
            return Ok(Credential::DeviceToken(token.to_owned(), scopes));
        }
        let code = present(auth.bootstrap_token.as_deref()).filter(|_| self.identity.is_some());
        let code_wait = self.wait(SecretClass::Bootstrap, code.is_some());
        if let Some(RetryAfter(wait)) = [shared_wait, token_wait, code_wait].into_iter().flatten().max() {
            return Err(rate_limited(wait));
        }
        match code {
            Some(code) => Ok(Credential::Bootstrap(code.to_owned())),
            None => Err(self.refuse(&auth, shared)),
        }
    }

    /// A setup code, where there is a device to pair with it.
    pub(super) fn bootstrap_code(&self) -> Option<&str> {
        let code = self.params.auth.as_ref().and_then(|auth| auth.bootstrap_token.as_deref());
        present(code).filter(|_| self.identity.is_some())
    }

    /// How long secrets of this class are not looked at, when one was sent.
    fn wait(self, class: SecretClass, sent: bool) -> Option<RetryAfter> {
        let now = self.services.clock.now_ms();
        self.services.limiter.admit(&self.subject(class), class, now).err().filter(|_| sent)
    }

    /// The device's token, sent as such or, by older clients, as the token.
    fn device_token(self, auth: &ConnectAuth) -> Option<(&str, ScopeSet)> {
        let identity = self.identity?;
        self.token_candidates(auth).find_map(|token| {
            let scopes = self.services.devices.verify_token(&identity.device_id, self.role, token).ok()?;
            Some((token, scopes))
        })
    }

    fn token_candidates(self, auth: &ConnectAuth) -> impl Iterator<Item = &str> {
        let fields = [present(auth.device_token.as_deref()), present(auth.token.as_deref())];
        fields.into_iter().flatten().filter(move |_| self.identity.is_some())
    }

    /// On this machine device tokens are counted by the proven key, as each key
    /// can only guess its own; everything else by where it comes from.
    fn subject(self, class: SecretClass) -> Subject {
        match (class, self.identity) {
            (SecretClass::DeviceToken, Some(identity)) if self.peer.ip.is_loopback() && !self.peer.forwarded => {
                Subject::LoopbackDevice(identity.device_id.to_string())
            }
            _ => self.peer.subject(),
        }
    }

    fn forgive(self, class: SecretClass) {
        self.services.limiter.succeeded(&self.subject(class), class);
    }

    /// Counts a wrong secret.
    pub(super) fn count_wrong(self, class: SecretClass) {
        self.services.limiter.failed(self.subject(class), class, self.services.clock.now_ms());
    }

    fn refuse(self, auth: &ConnectAuth, shared: SecretCheck) -> Refusal {
        let device_token = present(auth.device_token.as_deref());
        let only_device_token = device_token.is_some()
            && present(auth.password.as_deref()).is_none()
            && present(auth.token.as_deref()).is_none_or(|token| Some(token) == device_token);
        if device_token.is_some() {
            self.count_wrong(SecretClass::DeviceToken);
        }
        if only_device_token {
            return device_token_mismatch();
        }
        if !self.services.secret().counts_for(self.peer.local) {
            return outside_proxy();
        }
        Refusal::error(self.shared_error(auth, shared))
    }

    fn shared_error(self, auth: &ConnectAuth, shared: SecretCheck) -> ErrorShape {
        use DetailCode as Code;
        let mode = self.services.auth_mode();
        let (noun, missing, wrong, none) = match mode {
            AuthMode::Password | AuthMode::TrustedProxy => {
                ("password", Code::AuthPasswordMissing, Code::AuthPasswordMismatch, Code::AuthPasswordNotConfigured)
            }
            AuthMode::Token | AuthMode::None => {
                ("token", Code::AuthTokenMissing, Code::AuthTokenMismatch, Code::AuthTokenNotConfigured)
            }
        };
        let hint = self.hint(mode);
        let (what, code, next) = match shared {
            SecretCheck::Wrong => (format!("gateway {noun} mismatch ({hint})"), wrong, "update_auth_credentials"),
            SecretCheck::NotConfigured => (
                format!("gateway {noun} not configured on gateway (set gateway.auth.{noun})"),
                none,
                "review_auth_configuration",
            ),
            SecretCheck::Missing | SecretCheck::Right(_) => {
                (format!("gateway {noun} missing ({hint})"), missing, "update_auth_configuration")
            }
        };
        let reason = match shared {
            SecretCheck::Wrong => "mismatch",
            SecretCheck::NotConfigured => "missing_config",
            SecretCheck::Missing | SecretCheck::Right(_) => "missing",
        };
        let may_retry = self.identity.is_some()
            && present(auth.token.as_deref()).is_some()
            && present(auth.device_token.as_deref()).is_none();
        let next = if may_retry && shared == SecretCheck::Wrong { "retry_with_device_token" } else { next };
        unauthorized(&what, code)
            .detail("authReason", format!("{noun}_{reason}"))
            .detail("canRetryWithDeviceToken", may_retry)
            .detail("recommendedNextStep", next)
    }

    /// What the person at this client should do.
    fn hint(self, mode: AuthMode) -> &'static str {
        let client = self.params.client.id.as_str();
        let ui = matches!(client, "openclaw-control-ui" | "webchat-ui");
        match (mode, client, ui) {
            (AuthMode::TrustedProxy, ..) => "provide gateway auth password",
            (AuthMode::Password, "cli", _) => "set gateway.remote.password to match gateway.auth.password",
            (AuthMode::Password, _, true) => "enter the password in Control UI settings",
            (AuthMode::Password, _, false) => "provide gateway auth password",
            (_, "cli", _) if self.dialect == Dialect::V4 && self.peer.local => {
                "use this gateway's gateway.auth.token or pair the device"
            }
            (_, "cli", _) => "set gateway.remote.token to match gateway.auth.token",
            (_, _, true) if self.dialect == Dialect::V3 => {
                "open a tokenized dashboard URL or paste token in Control UI settings"
            }
            (_, _, true) => "open the dashboard URL and paste the token in Control UI settings",
            (_, _, false) => "provide gateway auth token",
        }
    }
}

/// `unauthorized: <what>`.
pub(super) fn unauthorized(what: &str, code: DetailCode) -> ErrorShape {
    ErrorShape::new(ErrorCode::InvalidRequest, format!("unauthorized: {what}")).detail_code(code)
}

/// The device's token is not the one in force.
pub(super) fn device_token_mismatch() -> Refusal {
    let text = "device token mismatch (rotate/reissue device token)";
    Refusal::error(
        unauthorized(text, DetailCode::AuthDeviceTokenMismatch)
            .detail("authReason", "device_token_mismatch")
            .detail("canRetryWithDeviceToken", false)
            .detail("recommendedNextStep", "update_auth_credentials"),
    )
}

fn rate_limited(wait_ms: u64) -> Refusal {
    Refusal::error(
        unauthorized("too many failed authentication attempts (retry later)", DetailCode::AuthRateLimited)
            .detail("authReason", "rate_limited")
            .detail("canRetryWithDeviceToken", false)
            .detail("recommendedNextStep", "wait_then_retry")
            .retry_after(wait_ms),
    )
}

/// Fields that are compared with the shared secret.
fn shared_fields(auth: &ConnectAuth) -> impl Iterator<Item = &str> {
    [&auth.token, &auth.password].into_iter().filter_map(|field| present(field.as_deref()))
}

/// An empty field is as good as none.
fn present(field: Option<&str>) -> Option<&str> {
    field.filter(|text| !text.is_empty())
}
