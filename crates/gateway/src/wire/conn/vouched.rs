//! Sign-in without a secret: a trusted proxy or Tailscale Serve says who calls
//! (`handshake.md §6`). An identity never makes a caller local and never widens
//! what a device was given; what it is worth on its own is written in
//! `gateway.auth.identityScopes`.

use postern_protocol::access::{Role, ScopeSet};
use postern_protocol::error::DetailCode;
use postern_protocol::pairing::{ApprovedVia, PairingReason};

use super::admission::{Admitted, Applicant, device_required, is_control_ui};
use super::credentials::{Credential, Presenter, unauthorized};
use super::proof::Identity;
use super::refusal::Refusal;
use crate::devices::Standing;
use crate::hub::AuthMethod;
use crate::tailscale::IdentityError;
use crate::wire::peer::{ProxyRefusal, TailscaleHeaders, Vouched};

/// Somebody whom the gateway knows from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    /// Who says so.
    pub(super) method: AuthMethod,
    /// Name of the person, lower case.
    pub(super) name: String,
}

impl Presenter<'_> {
    /// Behind a trusted proxy its word counts alone: no secret helps somebody whom
    /// it does not name.
    pub(super) fn behind_proxy(self) -> Result<Credential, Refusal> {
        let code = self.bootstrap_code();
        match &self.peer.vouched {
            Vouched::User(_) if code.is_some() => Ok(Credential::Bootstrap(code.unwrap_or_default().to_owned())),
            Vouched::User(name) => {
                Ok(Credential::Known(Known { method: AuthMethod::TrustedProxy, name: name.clone() }))
            }
            Vouched::Refused(refusal) => Err(proxy_refused(refusal)),
            Vouched::Nothing | Vouched::Tailscale(_) => Err(proxy_refused(&ProxyRefusal::NoUser)),
        }
    }

    /// Asks the tailnet whether the caller is who Tailscale Serve says.
    pub(super) async fn through_tailscale(self, headers: &TailscaleHeaders) -> Result<Credential, Refusal> {
        use DetailCode as Code;
        let hint = "sign in with the gateway's token instead";
        let Some(login) = &headers.login else {
            return Err(not_known(
                &format!("tailscale identity missing ({hint}; machines with tags belong to nobody)"),
                Code::AuthTailscaleIdentityMissing,
                "tailscale_user_missing",
            ));
        };
        let not_serve = |what: &str| {
            let said = format!("{what} (only Tailscale Serve may send these headers)");
            Err(not_known(&said, Code::AuthTailscaleProxyMissing, "tailscale_proxy_missing"))
        };
        let Some(ends) = headers.ends.filter(|_| headers.is_complete) else {
            return not_serve("tailscale proxy headers missing");
        };
        match self.services.tailscale.verify(ends, self.peer.ip, login).await {
            Err(error @ IdentityError::NotTheDaemon) => not_serve(&error.to_string()),
            Ok(name) => Ok(Credential::Known(Known { method: AuthMethod::Tailscale, name })),
            Err(IdentityError::SomebodyElse) => Err(not_known(
                &format!("tailscale identity mismatch ({hint})"),
                Code::AuthTailscaleIdentityMismatch,
                "tailscale_user_mismatch",
            )),
            Err(error @ (IdentityError::Nobody | IdentityError::Unavailable(_))) => {
                tracing::info!(ip = %self.peer.ip, %error, "A Tailscale identity could not be checked.");
                Err(not_known(
                    &format!("tailscale identity check failed ({hint}; `postern tailscale status` says more)"),
                    Code::AuthTailscaleWhoisFailed,
                    "tailscale_whois_failed",
                ))
            }
        }
    }
}

fn not_known(what: &str, code: DetailCode, reason: &str) -> Refusal {
    Refusal::error(
        unauthorized(what, code)
            .detail("authReason", reason)
            .detail("canRetryWithDeviceToken", false)
            .detail("recommendedNextStep", "review_auth_configuration"),
    )
}

fn proxy_refused(refusal: &ProxyRefusal) -> Refusal {
    let (what, code) = match refusal {
        ProxyRefusal::Loopback => (
            "the proxy runs on the gateway's machine (set gateway.auth.trustedProxy.allowLoopback to true if that is so)"
                .to_owned(),
            DetailCode::AuthUnauthorized,
        ),
        ProxyRefusal::OwnAddress => (
            "the request comes from an address of the gateway's machine (let the proxy use another one, or loopback with \
             gateway.auth.trustedProxy.allowLoopback)"
                .to_owned(),
            DetailCode::AuthUnauthorized,
        ),
        ProxyRefusal::MissingHeader(name) => (
            format!("the proxy did not send {name} (gateway.auth.trustedProxy.requiredHeaders)"),
            DetailCode::AuthIdentityHeaderRequired,
        ),
        ProxyRefusal::NoUser => (
            "the proxy named no user, or more than one (gateway.auth.trustedProxy.userHeader)".to_owned(),
            DetailCode::AuthIdentityHeaderRequired,
        ),
        ProxyRefusal::NotAllowed => (
            "this user may not sign in (gateway.auth.trustedProxy.allowUsers)".to_owned(),
            DetailCode::AuthVerifiedUserRequired,
        ),
    };
    not_known(&what, code, &refusal.reason())
}

/// Somebody who does not come through the proxy and has nothing else.
pub(super) fn outside_proxy() -> Refusal {
    not_known(
        "sign in through the gateway's proxy, which says who calls (gateway.trustedProxies lists it)",
        DetailCode::AuthUnauthorized,
        "trusted_proxy_untrusted_source",
    )
}

impl Applicant<'_> {
    /// The same applicant, who asks for no more than that.
    fn asking_at_most(self, most: ScopeSet) -> Self {
        Self { most: Some(self.most.map_or(most, |own| own.limited_to(most))), ..self }
    }

    fn known_as(self, known: &Known) -> (Self, Option<ScopeSet>) {
        let granted = self.services.config().auth.identity_scopes.of(&known.name);
        (granted.map_or(self, |granted| self.asking_at_most(granted)), granted)
    }

    /// Only the page may come without a device, and only through a proxy. It gets
    /// what is written for its user.
    pub(super) fn admit_known_deviceless(self, known: &Known) -> Result<Admitted, Refusal> {
        if known.method != AuthMethod::TrustedProxy || !is_control_ui(self.params) || self.role != Role::Operator {
            return Err(device_required());
        }
        let (limited, granted) = self.known_as(known);
        Ok(limited.for_this_time(known, granted.unwrap_or(ScopeSet::EMPTY)))
    }

    /// A device whose person is known: its own approval counts, then what is
    /// written for the person; else somebody is asked.
    pub(super) async fn admit_known(self, identity: &Identity, known: &Known) -> Result<Admitted, Refusal> {
        let (limited, granted) = self.known_as(known);
        let standing = self.services.devices.standing(&limited.claim(identity));
        let Standing::Needs { reason, approved_roles, approved_scopes, metadata_changed } = standing else {
            return limited.admit_approved(identity, known).await;
        };
        if self.role == Role::Operator && !metadata_changed {
            if let Some(granted) = granted.filter(|granted| !granted.is_empty() && is_control_ui(self.params)) {
                return Ok(limited.for_this_time(known, granted));
            }
            if let Some((most, via)) = limited.unasked(known).await
                && let Some(narrowed) = limited.narrowed(most, reason, approved_scopes)
            {
                return narrowed.admit_unasked(identity, known, (reason, via)).await;
            }
        }
        let claim = limited.claim(identity);
        match limited.pairing_required(&claim, reason, &approved_roles, approved_scopes).await {
            Some(refusal) => Err(refusal),
            None => limited.admit_approved(identity, known).await,
        }
    }

    /// Most that a new device of this person is given without asking: what is set for
    /// users of the proxy, and to the owner of this machine, who comes over the tailnet
    /// with the page, what the page asks for. `None` where somebody has to be asked.
    async fn unasked(self, known: &Known) -> Option<(ScopeSet, ApprovedVia)> {
        match known.method {
            AuthMethod::TrustedProxy => {
                let config = self.services.config();
                let auto = config.auth.trusted_proxy.as_ref()?.auto_approve?;
                Some((auto, ApprovedVia::TrustedProxy))
            }
            AuthMethod::Tailscale if is_control_ui(self.params) => {
                let is_owner = self.services.tailscale.is_owner(&known.name).await;
                is_owner.then(|| (self.requested(), ApprovedVia::Tailscale))
            }
            _ => None,
        }
    }

    /// The same applicant, who asks for what may be had without asking somebody.
    fn narrowed(self, most: ScopeSet, reason: PairingReason, approved: ScopeSet) -> Option<Self> {
        let most = match reason {
            PairingReason::NotPaired => most,
            PairingReason::ScopeUpgrade => approved,
            PairingReason::RoleUpgrade | PairingReason::MetadataUpgrade => return None,
        };
        let narrowed = self.asking_at_most(most);
        (!narrowed.requested().is_empty()).then_some(narrowed)
    }

    /// Pairs a device that is new, and admits it.
    async fn admit_unasked(
        self,
        identity: &Identity,
        known: &Known,
        (reason, via): (PairingReason, ApprovedVia),
    ) -> Result<Admitted, Refusal> {
        if reason == PairingReason::NotPaired {
            let claim = self.claim(identity);
            let paired = self.services.devices.pair_silently(&claim, reason, via).await;
            paired.map_err(|error| Refusal::undecided(&error))?;
        }
        self.admit_approved(identity, known).await
    }

    async fn admit_approved(self, identity: &Identity, known: &Known) -> Result<Admitted, Refusal> {
        let requested = self.requested();
        let token = self.issue(&identity.device_id, requested).await?;
        Ok(Admitted {
            scopes: requested.limited_to(token.scopes),
            identity: Some(identity.clone()),
            token: Some(token),
            ..self.for_this_time(known, ScopeSet::EMPTY)
        })
    }

    /// Without a device behind it: nothing lasts longer than the connection.
    fn for_this_time(self, known: &Known, granted: ScopeSet) -> Admitted {
        Admitted {
            dialect: self.dialect,
            role: self.role,
            scopes: self.requested().limited_to(granted),
            identity: None,
            auth_method: known.method,
            token: None,
            further_tokens: Vec::new(),
            window: None,
        }
    }
}
