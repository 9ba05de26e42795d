//! Who may use the HTTP interface: whoever brings the shared secret, and for
//! reading also the window of the desktop app (`http.md, API auth`).

use axum::response::{IntoResponse as _, Response};
use http::header::{self, HeaderMap};
use http::{HeaderValue, StatusCode};
use postern_protocol::Dialect;
use postern_protocol::access::{Scope, ScopeSet};
use postern_protocol::connect::ConnectAuth;
use serde_json::{Value, json};

use super::desktop::{self, Presented, Use};
use super::peer::{Peer, TailscaleHeaders, Vouched};
use crate::auth::{RetryAfter, SecretCheck, SecretClass};
use crate::gateway::Services;

/// Why a caller is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unauthorized {
    /// It brought nothing, or something wrong.
    Wrong,
    /// It guessed too often; its secret was not looked at.
    TooOften(RetryAfter),
}

/// Who is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// Somebody with the shared secret.
    Bearer,
    /// The window of the desktop app.
    Window,
}

/// Who may read. The cookie of a window counts for nothing else: whatever
/// changes something by HTTP must ask for [`bearer`].
pub(super) async fn reader(services: &Services, peer: &Peer, headers: &HeaderMap) -> Result<Reader, Unauthorized> {
    // Somebody who brings a secret is judged by that alone.
    if !headers.contains_key(header::AUTHORIZATION) {
        if is_somebody(services, peer).await {
            return Ok(Reader::Bearer);
        }
        match desktop::present(services, peer, headers, Use::Read) {
            Presented::Pass(opener) if desktop::grant(services, &opener).is_some() => return Ok(Reader::Window),
            Presented::Pass(_) | Presented::Wrong | Presented::Nothing => {}
        }
    }
    bearer(services, peer, headers).map(|()| Reader::Bearer)
}

/// Whether something that is trusted says who calls. That is enough to see the
/// page; the members of a tailnet may do no more by HTTP.
async fn is_somebody(services: &Services, peer: &Peer) -> bool {
    match &peer.vouched {
        Vouched::User(_) => true,
        Vouched::Tailscale(TailscaleHeaders { login: Some(login), is_complete: true, ends: Some(ends) }) => {
            services.tailscale.verify(*ends, peer.ip, login).await.is_ok()
        }
        Vouched::Tailscale(_) | Vouched::Refused(_) | Vouched::Nothing => false,
    }
}

/// Whether the user that a trusted proxy names was given the right to read by
/// HTTP. `x-openclaw-scopes` can only take away.
fn user_reads(services: &Services, user: &str, headers: &HeaderMap) -> bool {
    let granted = services.config().auth.identity_scopes.of(user).unwrap_or(ScopeSet::EMPTY);
    let asked = headers.get("x-openclaw-scopes").map(|words| {
        let words = words.to_str().unwrap_or_default();
        ScopeSet::parse(words.split(',').map(str::trim))
    });
    asked.is_none_or(|asked| asked.allows(Scope::Read)) && granted.allows(Scope::Read)
}

/// Looks at `Authorization: Bearer`, under the limits of the handshake. A
/// caller without it is counted nowhere; in mode `none` it is served.
pub(super) fn bearer(services: &Services, peer: &Peer, headers: &HeaderMap) -> Result<(), Unauthorized> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let secret = header.and_then(|value| value.strip_prefix("Bearer "));
    match &peer.vouched {
        Vouched::User(user) if user_reads(services, user, headers) => return Ok(()),
        Vouched::User(_) | Vouched::Refused(_) => return Err(Unauthorized::Wrong),
        Vouched::Tailscale(_) | Vouched::Nothing => {}
    }
    if !services.secret().counts_for(peer.local) {
        return Err(Unauthorized::Wrong);
    }
    let (subject, now) = (peer.subject(), services.clock.now_ms());
    if secret.is_some() {
        let admitted = services.limiter.admit(&subject, SecretClass::Shared, now);
        admitted.map_err(Unauthorized::TooOften)?;
    }
    let auth = ConnectAuth { token: secret.map(str::to_owned), ..ConnectAuth::default() };
    match services.secret().check(&auth, Dialect::V4) {
        SecretCheck::Right(_) => Ok(()),
        SecretCheck::Wrong => {
            services.limiter.failed(subject, SecretClass::Shared, now);
            Err(Unauthorized::Wrong)
        }
        SecretCheck::Missing | SecretCheck::NotConfigured => Err(Unauthorized::Wrong),
    }
}

impl Unauthorized {
    /// What the caller is told: nothing but that.
    pub(super) fn answer(self) -> Response {
        match self {
            Self::Wrong => {
                reply(StatusCode::UNAUTHORIZED, &json!({"error": {"message": "Unauthorized", "type": "unauthorized"}}))
            }
            Self::TooOften(RetryAfter(wait_ms)) => {
                let message = "Too many failed attempts; try again later";
                let body = json!({"error": {"message": message, "type": "rate_limited"}});
                let mut response = reply(StatusCode::TOO_MANY_REQUESTS, &body);
                let seconds = HeaderValue::from(wait_ms.div_ceil(1_000));
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
                response
            }
        }
    }
}

/// An answer in JSON that nobody keeps.
pub(super) fn reply(status: StatusCode, body: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, kind, body.to_string()).into_response()
}
