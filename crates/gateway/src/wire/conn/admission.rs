//! The decision of a handshake: version, role, origin, device proof,
//! credentials, pairing, token (`handshake.md §7`). Phases in order; the first
//! that fails is the answer.

use std::sync::Arc;

use postern_protocol::Dialect;
use postern_protocol::access::{Role, Scope, ScopeSet};
use postern_protocol::close::CloseReason;
use postern_protocol::connect::{AuthMode, ClientMode, ConnectAuth, ConnectParams, RoleToken};
use postern_protocol::error::{DetailCode, ErrorCode, ErrorShape};
use postern_protocol::identity::DeviceId;
use postern_protocol::pairing::{ApprovedVia, PairingReason};

use super::Arrival;
use super::credentials::{Credential, Presenter, device_token_mismatch, unauthorized};
use super::proof::{self, Ground, Identity};
use super::refusal::Refusal;
use crate::auth::SecretClass;
use crate::devices::{Claim, DeviceError, IssuedToken, SetupRefusal, Standing};
use crate::gateway::Services;
use crate::hub::AuthMethod;
use crate::wire::desktop;
use crate::wire::peer::{OriginCheck, Peer, Vouched, check_origin};

/// What a client was admitted as.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) dialect: Dialect,
    pub(super) role: Role,
    pub(super) scopes: ScopeSet,
    pub(super) identity: Option<Identity>,
    pub(super) auth_method: AuthMethod,
    pub(super) token: Option<RoleToken>,
    pub(super) further_tokens: Vec<RoleToken>,
    /// The desktop app whose window it is.
    pub(super) window: Option<Window>,
}

/// The window of a desktop app: it speaks for the app's device.
#[derive(Debug)]
pub(super) struct Window {
    pub(super) opener: Arc<str>,
    pub(super) device_id: DeviceId,
}

/// Admits a client or says why not.
pub(super) async fn admit(
    services: &Arc<Services>,
    arrival: &Arrival,
    params: &ConnectParams,
    nonce: &str,
) -> Result<Admitted, Refusal> {
    let peer = &arrival.peer;
    let dialect = params.dialect().map_err(|error| Refusal::closing(error, CloseReason::protocol_mismatch()))?;
    let role = read_role(params)?;
    judge_origin(services, peer, params)?;
    let applicant = Applicant { services, peer, params, dialect, role, most: None };
    if let Some(window) = arrival.opener.as_ref().and_then(|opener| applicant.admit_window(opener)) {
        return Ok(window);
    }
    if params.device.is_none() && dialect == Dialect::V3 {
        applicant.refuse_deviceless_v3()?;
    }
    let identity = match &params.device {
        Some(device) => {
            let ground = Ground { nonce, now_ms: services.clock.now_ms(), dialect, local: peer.local };
            Some(proof::verify(params, device, role, ground)?)
        }
        None => None,
    };
    let presenter = Presenter { services, peer, params, identity: identity.as_ref(), role, dialect };
    let credential = applicant.credential(presenter).await?;
    match &identity {
        Some(identity) => applicant.admit_device(presenter, identity, credential).await,
        None => applicant.admit_deviceless(&credential),
    }
}

fn read_role(params: &ConnectParams) -> Result<Role, Refusal> {
    match params.role.as_deref() {
        None => Ok(Role::Operator),
        Some(word) => {
            Role::parse(word).ok_or_else(|| Refusal::error(ErrorShape::new(ErrorCode::InvalidRequest, "invalid role")))
        }
    }
}

pub(super) fn is_control_ui(params: &ConnectParams) -> bool {
    matches!(params.client.id.as_str(), "openclaw-control-ui" | "postern-control-ui")
}

fn is_browser(params: &ConnectParams) -> bool {
    is_control_ui(params) || params.client.id == "webchat-ui" || params.client.mode == ClientMode::Webchat
}

fn judge_origin(services: &Services, peer: &Peer, params: &ConnectParams) -> Result<(), Refusal> {
    let reason = match check_origin(peer, is_browser(params), &services.config()) {
        OriginCheck::NotABrowser | OriginCheck::Allowed => return Ok(()),
        OriginCheck::Foreign => "origin not allowed",
        OriginCheck::Missing => "origin missing or invalid",
    };
    let message = "origin not allowed (open the Control UI from the gateway host or allow it in gateway.controlUi.allowedOrigins)";
    let error = ErrorShape::new(ErrorCode::InvalidRequest, message)
        .detail_code(DetailCode::ControlUiOriginNotAllowed)
        .detail("reason", reason);
    Err(Refusal::error(error))
}

pub(super) fn device_required() -> Refusal {
    let error = ErrorShape::new(ErrorCode::NotPaired, "device identity required");
    Refusal::error(error.detail_code(DetailCode::DeviceIdentityRequired))
}

#[derive(Clone, Copy)]
pub(super) struct Applicant<'a> {
    pub(super) services: &'a Arc<Services>,
    pub(super) peer: &'a Peer,
    pub(super) params: &'a ConnectParams,
    pub(super) dialect: Dialect,
    pub(super) role: Role,
    /// The most that may be asked for, whatever is written in the params.
    pub(super) most: Option<ScopeSet>,
}

impl Applicant<'_> {
    /// Scopes asked for. Old operators that name none mean all, new ones none.
    pub(super) fn requested(self) -> ScopeSet {
        let requested = match (self.role, &self.params.scopes, self.dialect) {
            (Role::Node, ..) | (Role::Operator, None, Dialect::V4) => ScopeSet::EMPTY,
            (Role::Operator, None, Dialect::V3) => ScopeSet::of(&[Scope::Admin]),
            (Role::Operator, Some(words), _) => ScopeSet::parse(words.iter().map(String::as_str)),
        };
        self.most.map_or(requested, |most| requested.limited_to(most))
    }

    fn has_token(self) -> bool {
        self.params.auth.as_ref().is_some_and(|auth| auth.token.as_deref().is_some_and(|token| !token.is_empty()))
    }

    fn has_secret(self) -> bool {
        let password = |auth: &postern_protocol::connect::ConnectAuth| {
            auth.password.as_deref().is_some_and(|password| !password.is_empty())
        };
        self.has_token() || self.params.auth.as_ref().is_some_and(password)
    }

    fn brings_nothing(self) -> bool {
        self.params.auth.as_ref().is_none_or(ConnectAuth::is_empty)
    }

    /// The page in the window of a desktop app, which brings nothing but the
    /// cookie: at most what its app may do at this moment. For anything else the
    /// cookie means nothing.
    fn admit_window(self, opener: &Arc<str>) -> Option<Admitted> {
        let brings_nothing = self.params.device.is_none() && self.brings_nothing();
        let is_the_page = is_control_ui(self.params) && self.role == Role::Operator && self.dialect == Dialect::V4;
        if !brings_nothing || !is_the_page {
            return None;
        }
        let (device_id, granted) = desktop::grant(self.services, opener)?;
        Some(Admitted {
            dialect: self.dialect,
            role: self.role,
            scopes: self.requested().limited_to(granted),
            identity: None,
            auth_method: AuthMethod::Desktop,
            token: None,
            further_tokens: Vec::new(),
            window: Some(Window { opener: Arc::clone(opener), device_id }),
        })
    }

    fn is_named_by_proxy(self) -> bool {
        self.services.secret().mode == AuthMode::TrustedProxy && self.peer.forwarded
    }

    /// Old clients without device are judged before their credentials.
    fn refuse_deviceless_v3(self) -> Result<(), Refusal> {
        if is_control_ui(self.params) && !self.ui_bypass() && !self.is_named_by_proxy() {
            return Err(Refusal::invalid(
                "control ui requires HTTPS or localhost (secure context)",
                DetailCode::ControlUiDeviceIdentityRequired,
            ));
        }
        if self.has_secret() || self.is_named_by_proxy() { Ok(()) } else { Err(device_required()) }
    }

    /// Credentials; new clients without device learn that first when they sent none.
    async fn credential(self, presenter: Presenter<'_>) -> Result<Credential, Refusal> {
        if self.is_named_by_proxy() {
            return presenter.behind_proxy();
        }
        let checked = match &self.peer.vouched {
            // Whoever brings a secret is judged by that alone.
            Vouched::Tailscale(headers) if self.brings_nothing() && self.params.device.is_some() => {
                presenter.through_tailscale(headers).await
            }
            _ => presenter.check(),
        };
        if self.params.device.is_some() || self.dialect == Dialect::V3 {
            return checked;
        }
        if is_control_ui(self.params) && !self.ui_bypass() && checked.is_ok() {
            return Err(Refusal::invalid(
                "control ui requires device identity (use HTTPS or localhost secure context)",
                DetailCode::ControlUiDeviceIdentityRequired,
            ));
        }
        if self.role == Role::Node || !self.has_secret() {
            // Also in mode none: without a device nobody could be told apart.
            return Err(device_required());
        }
        checked
    }

    fn ui_bypass(self) -> bool {
        let config = self.services.config();
        let ui = &config.control_ui;
        ui.dangerously_disable_device_auth || (self.dialect == Dialect::V3 && ui.allow_insecure_auth)
    }

    /// The documented exceptions to "every client presents a device"
    /// (`handshake.md §7`, device-less connections).
    fn admit_deviceless(self, credential: &Credential) -> Result<Admitted, Refusal> {
        let method = match credential {
            Credential::Shared(method) => method,
            Credential::Known(known) => return self.admit_known_deviceless(known),
            Credential::DeviceToken(..) | Credential::Bootstrap(_) => return Err(device_required()),
        };
        let client = (self.params.client.id.as_str(), self.params.client.mode);
        let own_tool = matches!(client, ("cli", ClientMode::Cli) | ("gateway-client", ClientMode::Backend));
        let keeps = match self.dialect {
            Dialect::V3 => true,
            Dialect::V4 => (own_tool && self.peer.local && self.peer.origin.is_none()) || self.ui_bypass_applies(),
        };
        let scopes = if keeps && self.role == Role::Operator { self.requested() } else { ScopeSet::EMPTY };
        // A stranger who only knows the shared secret may read and write, never decide
        // who else gets in: it could approve its own device.
        let elsewhere = ScopeSet::of(&[Scope::Write]);
        let trusted = self.peer.local || self.ui_bypass_applies();
        let scopes = if trusted { scopes } else { scopes.limited_to(elsewhere) };
        Ok(Admitted {
            dialect: self.dialect,
            role: self.role,
            scopes,
            identity: None,
            auth_method: *method,
            token: None,
            further_tokens: Vec::new(),
            window: None,
        })
    }

    fn ui_bypass_applies(self) -> bool {
        is_control_ui(self.params) && self.ui_bypass()
    }

    async fn admit_device(
        self,
        presenter: Presenter<'_>,
        identity: &Identity,
        credential: Credential,
    ) -> Result<Admitted, Refusal> {
        let claim = self.claim(identity);
        match &credential {
            Credential::Bootstrap(code) => return self.redeem(presenter, identity, code).await,
            Credential::Known(known) => return self.admit_known(identity, known).await,
            Credential::Shared(_) | Credential::DeviceToken(..) => {}
        }
        if let Standing::Needs { reason, approved_roles, approved_scopes, metadata_changed } =
            self.services.devices.standing(&claim)
        {
            let unasked = self.approved_unasked(reason, &credential, identity).filter(|_| !metadata_changed);
            if let Some(via) = unasked {
                let paired = self.services.devices.pair_silently(&claim, reason, via).await;
                paired.map_err(|error| Refusal::undecided(&error))?;
            } else if let Some(refusal) = self.pairing_required(&claim, reason, &approved_roles, approved_scopes).await
            {
                return Err(refusal);
            }
        }
        let requested = self.requested();
        if let Credential::DeviceToken(_, carried) = &credential
            && !carried.covers(requested)
        {
            return Err(Refusal::error(scope_mismatch()));
        }
        let token = match &credential {
            Credential::DeviceToken(presented, _) => self.renew(&identity.device_id, presented, requested).await?,
            _ => self.issue(&identity.device_id, requested).await?,
        };
        Ok(Admitted {
            dialect: self.dialect,
            role: self.role,
            scopes: requested.limited_to(token.scopes),
            identity: Some(identity.clone()),
            auth_method: credential.method(),
            token: Some(token),
            further_tokens: Vec::new(),
            window: None,
        })
    }

    pub(super) fn claim<'b>(&'b self, identity: &'b Identity) -> Claim<'b> {
        Claim {
            device_id: &identity.device_id,
            public_key: &identity.public_key,
            role: self.role,
            scopes: self.requested(),
            client: &self.params.client,
            remote_ip: Some(self.peer.ip),
            browser_origin: self.peer.origin.as_deref(),
        }
    }

    /// How a device is approved that nobody has to be asked about.
    fn approved_unasked(
        self,
        reason: PairingReason,
        credential: &Credential,
        identity: &Identity,
    ) -> Option<ApprovedVia> {
        if self.may_pair_silently(reason, credential) {
            return Some(ApprovedVia::Local);
        }
        let is_new = reason == PairingReason::NotPaired && !self.services.devices.is_paired(&identity.device_id);
        let knows_secret = matches!(credential, Credential::Shared(AuthMethod::Token | AuthMethod::Password));
        (is_new && knows_secret && self.is_plain_node() && self.comes_from_listed_network())
            .then_some(ApprovedVia::ListedAddress)
    }

    /// A node and nothing else, whose commands will be asked about.
    fn is_plain_node(self) -> bool {
        let is_browser = self.peer.origin.is_some() || is_browser(self.params);
        let asks_for_scopes = self.params.scopes.as_ref().is_some_and(|scopes| !scopes.is_empty());
        self.role == Role::Node && self.dialect == Dialect::V4 && !is_browser && !asks_for_scopes
    }

    /// `gateway.nodes.pairing.autoApproveCidrs`. The address of a proxy says
    /// nothing about who is behind it.
    fn comes_from_listed_network(self) -> bool {
        let (config, ip) = (self.services.config(), self.peer.ip);
        let is_proxys = config.trusted_proxies.iter().any(|net| net.contains(&ip));
        let is_unknown = is_proxys || (self.peer.forwarded && ip.is_loopback());
        !is_unknown && config.nodes.auto_approve.iter().any(|net| net.contains(&ip))
    }

    /// Silent approval is for a program on this machine that knows the shared
    /// secret. A page in a browser is not that, unless it is our own UI; a
    /// changed identity is never (`handshake.md §8`).
    fn may_pair_silently(self, reason: PairingReason, credential: &Credential) -> bool {
        self.peer.local
            && self.services.config().pairing.auto_approve_local
            && matches!(credential, Credential::Shared(_))
            && reason != PairingReason::MetadataUpgrade
            && (self.peer.origin.is_none() || is_browser(self.params))
    }

    pub(super) async fn issue(self, device: &DeviceId, scopes: ScopeSet) -> Result<RoleToken, Refusal> {
        match self.services.devices.issue_token(device, self.role, scopes).await {
            Ok(issued) => Ok(self.role_token(&issued)),
            Err(DeviceError::UnknownDeviceOrRole) => Err(withdrawn()),
            Err(error) => Err(Refusal::undecided(&error)),
        }
    }

    async fn renew(self, device: &DeviceId, presented: &str, scopes: ScopeSet) -> Result<RoleToken, Refusal> {
        match self.services.devices.renew_token(device, (self.role, presented), scopes).await {
            Ok(issued) => Ok(self.role_token(&issued)),
            Err(DeviceError::UnknownDeviceOrRole) => Err(device_token_mismatch()),
            Err(error) => Err(Refusal::undecided(&error)),
        }
    }

    fn role_token(self, issued: &IssuedToken) -> RoleToken {
        RoleToken {
            device_token: issued.token.expose().to_owned(),
            role: self.role,
            scopes: issued.scopes,
            issued_at_ms: issued.issued_at_ms,
        }
    }

    async fn redeem(self, presenter: Presenter<'_>, identity: &Identity, code: &str) -> Result<Admitted, Refusal> {
        let grant = match self.services.devices.redeem_setup(code, &self.claim(identity)).await {
            Ok(grant) => grant,
            Err(SetupRefusal::Store(error)) => return Err(Refusal::unstored(&error)),
            Err(refusal) => {
                presenter.count_wrong(SecretClass::Bootstrap);
                tracing::info!(device = identity.device_id.short(), %refusal, "A setup code was refused.");
                return Err(Refusal::error(setup_invalid()));
            }
        };
        let token = self.issue(&identity.device_id, grant.scopes).await?;
        let mut further_tokens = Vec::new();
        if let (Role::Node, Some(scopes)) = (self.role, grant.operator_scopes) {
            let operator = Self { role: Role::Operator, ..self };
            further_tokens.push(operator.issue(&identity.device_id, scopes).await?);
        }
        Ok(Admitted {
            dialect: self.dialect,
            role: self.role,
            scopes: grant.scopes,
            identity: Some(identity.clone()),
            auth_method: AuthMethod::BootstrapToken,
            token: Some(token),
            further_tokens,
            window: None,
        })
    }

    /// Makes or keeps the device's one request and tells the client how to go on;
    /// `None` when it was approved at this very moment.
    pub(super) async fn pairing_required(
        self,
        claim: &Claim<'_>,
        reason: PairingReason,
        approved_roles: &[Role],
        approved_scopes: ScopeSet,
    ) -> Option<Refusal> {
        let request = match self.services.devices.request_pairing(claim, reason).await {
            Ok(request) => request,
            Err(DeviceError::NothingToAsk) => return None,
            Err(DeviceError::TooManyChanges { retry_after_ms }) => return Some(too_many_changes(retry_after_ms)),
            Err(error) => return Some(Refusal::undecided(&error)),
        };
        let requirement = format!("pairing required: {}", reason.requirement());
        let (message, close) = match self.dialect {
            Dialect::V3 => ("pairing required".to_owned(), "pairing required".to_owned()),
            Dialect::V4 => (requirement.clone(), format!("{requirement} (requestId: {})", request.request_id)),
        };
        let program = &self.services.command;
        let hint = format!("on the gateway's machine run: {program} devices approve {}", request.request_id);
        let mut error = ErrorShape::new(ErrorCode::NotPaired, message)
            .detail_code(DetailCode::PairingRequired)
            .detail("reason", reason.as_str())
            .detail("requestId", request.request_id)
            .detail("remediationHint", hint)
            .detail("deviceId", claim.device_id.as_str())
            .detail("requestedRole", self.role.as_str())
            .detail("requestedScopes", claim.scopes.words())
            .detail("recommendedNextStep", "wait_then_retry")
            .detail("retryable", true)
            .detail("pauseReconnect", false);
        if reason != PairingReason::NotPaired {
            let roles: Vec<_> = approved_roles.iter().map(|role| role.as_str()).collect();
            error = error.detail("approvedRoles", roles).detail("approvedScopes", approved_scopes.words());
        }
        Some(Refusal::closing(error, CloseReason::policy(close)))
    }
}

/// The device was removed while it connected.
fn withdrawn() -> Refusal {
    Refusal::silent(CloseReason::client_invalidated("approval withdrawn"))
}

fn too_many_changes(retry_after_ms: u64) -> Refusal {
    let text = "this device changes its pairing request too often";
    let error = ErrorShape::new(ErrorCode::Unavailable, text).retry_after(retry_after_ms);
    Refusal::closing(error, CloseReason::gateway_unavailable())
}

fn scope_mismatch() -> ErrorShape {
    unauthorized("device token scope mismatch (re-pair or approve scope upgrade)", DetailCode::AuthScopeMismatch)
        .detail("authReason", "scope_mismatch")
        .detail("canRetryWithDeviceToken", false)
        .detail("recommendedNextStep", "review_auth_configuration")
}

fn setup_invalid() -> ErrorShape {
    unauthorized(
        "setup code invalid, expired, revoked, or already used (make a new one with: postern pair)",
        DetailCode::AuthBootstrapTokenInvalid,
    )
    .detail("authReason", "bootstrap_token_invalid")
    .detail("canRetryWithDeviceToken", false)
    .detail("recommendedNextStep", "update_auth_credentials")
}
