//! What a failed connection or call means for the person who typed it: exit
//! code, words, and the one thing to do next.

use std::time::Duration;

use postern_client::{CallError, ConnectError, ConnectErrorKind, OptionsError};
use postern_protocol::error::ErrorShape;
use serde_json::Value;

use crate::endpoint::PIN_SETTING;
use crate::env::called;
use crate::exit::{Exit, Failure};
use crate::output::{printable, span};

/// Where the credentials of a connection came from, for the hints.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origins {
    /// Address that was tried.
    pub(crate) url: String,
    /// Flag or variable that named it; none for the gateway of the profile.
    pub(crate) url_by: Option<String>,
    /// Flag, variable or setting that named the certificate; none where it is known otherwise.
    pub(crate) pin_by: Option<String>,
    /// Flag, variable or file that gave the token.
    pub(crate) token_by: Option<String>,
    /// Flag, variable or file that gave the password.
    pub(crate) password_by: Option<String>,
    /// Profile in use.
    pub(crate) profile: Option<String>,
}

impl Origins {
    /// `postern` with the profile, as it must be typed to reach the same gateway.
    pub(crate) fn program(&self) -> String {
        called(self.profile.as_deref())
    }
}

/// Options that cannot work.
pub(crate) fn of_options(error: &OptionsError) -> Failure {
    let failure = Failure::usage(error.to_string());
    match error {
        OptionsError::PlaintextRefused { .. } => {
            failure.hint("where everybody on the network may read along: POSTERN_ALLOW_PLAINTEXT=1")
        }
        _ => failure,
    }
}

/// Why there is no connection.
pub(crate) fn of_connect(error: &ConnectError, origins: &Origins) -> Failure {
    let failure = match (error, error.kind()) {
        (ConnectError::PairingRequired(pairing), _) => {
            pairing_required(&pairing.error, pairing.request_id.as_deref(), origins)
        }
        (ConnectError::Refused(refused), ConnectErrorKind::Unauthorised) => unauthorised(refused, origins),
        (ConnectError::UpgradeRefused { status: 400, message }, _)
            if message.starts_with("This gateway speaks TLS") =>
        {
            Failure::new(Exit::Unreachable, format!("the gateway at {} speaks TLS only", origins.url))
                .hint(format!("write {}", origins.url.replacen("ws://", "wss://", 1)))
        }
        (ConnectError::FingerprintMismatch { .. }, _) => changed_certificate(error, origins),
        (ConnectError::Tls { .. }, _) => Failure::new(Exit::Unauthorized, printable(&error.to_string())),
        (ConnectError::UpgradeRefused { .. } | ConnectError::Unreadable(_), _) => {
            Failure::new(Exit::Unreachable, format!("what answers at {} is not a gateway: {error}", origins.url))
                .hint("check the port, --url and --profile")
        }
        (_, ConnectErrorKind::Unreachable) => unreachable_gateway(error, origins),
        (_, ConnectErrorKind::Unauthorised) => Failure::new(Exit::Unauthorized, error.to_string()),
        (_, ConnectErrorKind::Timeout) => {
            Failure::new(Exit::Timeout, format!("{}: {error}", origins.url)).hint("wait longer with --timeout MS")
        }
        _ => Failure::new(Exit::Failed, printable(&error.to_string())),
    };
    match error.shape() {
        Some(shape) => failure.answer(shape.clone()),
        None => failure,
    }
}

/// Another certificate than the known one is never accepted by itself.
fn changed_certificate(error: &ConnectError, origins: &Origins) -> Failure {
    let failure = Failure::new(Exit::Unauthorized, error.to_string());
    let program = origins.program();
    let received = match error {
        ConnectError::FingerprintMismatch { received, .. } => received.as_str(),
        _ => "SHA256",
    };
    let compare = format!(
        "nothing was sent. If the gateway has a new certificate, compare it with `{program} remote` on its machine, then"
    );
    if let Some(by) = &origins.pin_by {
        return failure.hint(if by == PIN_SETTING {
            format!("{compare}: {program} config set {by} {received}")
        } else {
            format!("{compare} correct {by}, which names the certificate")
        });
    }
    match &origins.url_by {
        None => failure.hint("something else listens on the gateway's port: `postern doctor` looks who"),
        Some(_) => failure.hint(format!("{compare}: {program} remote trust {}", origins.url)),
    }
}

/// Why a call has no answer.
pub(crate) fn of_call(error: &CallError, origins: &Origins) -> Failure {
    match error {
        CallError::NotConnected(error) => of_connect(error, origins),
        CallError::Timeout { method, after } => {
            Failure::new(Exit::Timeout, format!("no answer to {method} within {} ms", after.as_millis()))
                .hint("it may still be carried out; wait longer with --timeout MS")
        }
        CallError::Refused(shape) => {
            let missing_scope =
                shape.code_detail() == Some("MISSING_SCOPE") || shape.message.starts_with("missing scope");
            let exit = if missing_scope { Exit::Unauthorized } else { Exit::Failed };
            let failure = Failure::new(exit, printable(&shape.message)).answer((**shape).clone());
            if let Some(issues) = issues(shape) {
                return Failure { exit: Exit::ConfigInvalid, ..failure }.hint(issues);
            }
            match shape.retry_after_ms {
                Some(wait) => failure.hint(format!("try again in {}", span(wait.saturating_add(999)))),
                None => failure,
            }
        }
        CallError::Disconnected(_) | CallError::Params { .. } | CallError::Unreadable { .. } => {
            Failure::new(Exit::Failed, printable(&error.to_string()))
        }
    }
}

/// Everything that is wrong with a configuration, one per line.
fn issues(shape: &ErrorShape) -> Option<String> {
    let issues = shape.details.as_ref()?.get("issues")?.as_array()?;
    Some(issues.iter().map(issue_line).collect::<Vec<_>>().join("\n"))
}

/// One mistake of a configuration, as a gateway tells it, in one line.
pub(crate) fn issue_line(issue: &Value) -> String {
    let text = |name: &str| issue.get(name).and_then(Value::as_str).map(printable).unwrap_or_default();
    let path = text("path");
    let line = issue.get("line").and_then(Value::as_u64).map(|line| format!("line {line}: ")).unwrap_or_default();
    format!("{line}{path}{}{}", if path.is_empty() { "" } else { ": " }, text("message"))
}

/// Nothing came in time and the client gave no reason of its own.
pub(crate) fn of_silence(after: Duration, origins: &Origins) -> Failure {
    Failure::new(Exit::Timeout, format!("{} did not answer within {} ms", origins.url, after.as_millis()))
        .hint("wait longer with --timeout MS")
}

fn unreachable_gateway(error: &ConnectError, origins: &Origins) -> Failure {
    let (url, program) = (&origins.url, origins.program());
    let message = format!("no gateway answers at {url} — start it with `{program} gateway`");
    let failure = Failure::new(Exit::Unreachable, message);
    match &origins.url_by {
        None => failure,
        Some(by) => failure.hint(format!("{}\nthe address was given by {by}", cause(error))),
    }
}

/// What the operating system said, without the address that was said already.
fn cause(error: &ConnectError) -> String {
    match error {
        ConnectError::Unreachable { cause, .. } => printable(cause),
        other => printable(&other.to_string()),
    }
}

fn pairing_required(shape: &ErrorShape, request_id: Option<&str>, origins: &Origins) -> Failure {
    // Elsewhere the gateway may run under another profile.
    let program = if origins.url_by.is_some() { "postern".to_owned() } else { origins.program() };
    let message = printable(&shape.message);
    let Some(id) = request_id.map(printable) else {
        return Failure::new(Exit::PairingRequired, message)
            .hint(format!("approve this device on the gateway's machine: {program} devices list"));
    };
    Failure::new(Exit::PairingRequired, format!("{message} (request {id})"))
        .hint(format!("approve it on the gateway's machine, then try again: {program} devices approve {id}"))
}

fn unauthorised(shape: &ErrorShape, origins: &Origins) -> Failure {
    let failure = Failure::new(Exit::Unauthorized, printable(&shape.message));
    match hint(shape, origins) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn hint(shape: &ErrorShape, origins: &Origins) -> Option<String> {
    let by = |given: &Option<String>| given.clone().unwrap_or_else(|| "this program's store".to_owned());
    let prints = format!("`{} token` on the gateway's machine prints it", origins.program());
    Some(match (shape.code_detail().unwrap_or_default(), &origins.url_by) {
        ("AUTH_TOKEN_MISSING" | "AUTH_TOKEN_MISMATCH", _)
            if origins.token_by.is_none() && origins.password_by.is_some() =>
        {
            format!(
                "only a password was given, by {}, and this gateway asks for its token: \
                 set POSTERN_GATEWAY_TOKEN or add --token; {prints}",
                by(&origins.password_by)
            )
        }
        ("AUTH_TOKEN_MISSING", Some(url_by)) => format!(
            "the address was given by {url_by}, so no stored credentials were used: \
             add --token or set POSTERN_GATEWAY_TOKEN; {prints}"
        ),
        ("AUTH_TOKEN_MISSING", None) => format!(
            "no token is stored for this profile: check --profile and POSTERN_STATE_DIR, \
             or set POSTERN_GATEWAY_TOKEN; {prints}"
        ),
        ("AUTH_TOKEN_MISMATCH", _) => {
            format!("the token came from {}: correct it there; {prints}", by(&origins.token_by))
        }
        ("AUTH_PASSWORD_MISSING", _) => {
            "this gateway asks for its password: set POSTERN_GATEWAY_PASSWORD or add --password".to_owned()
        }
        ("AUTH_PASSWORD_MISMATCH", _) => {
            format!("the password came from {}: correct it there", by(&origins.password_by))
        }
        ("AUTH_DEVICE_TOKEN_MISMATCH" | "AUTH_SCOPE_MISMATCH", _) => {
            format!("the token issued to this device counts no longer: sign in once with --token; {prints}")
        }
        ("AUTH_RATE_LIMITED", _) => match shape.retry_after_ms {
            Some(wait) => format!("wait {}, then use the right token or password", span(wait.saturating_add(999))),
            None => "wait a while, then use the right token or password".to_owned(),
        },
        ("DEVICE_AUTH_SIGNATURE_EXPIRED", _) => {
            "the clocks of the two machines differ: set them by a time server".to_owned()
        }
        _ => return None,
    })
}

#[cfg(test)]
#[path = "refusal/tests.rs"]
mod tests;
