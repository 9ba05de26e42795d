//! Everything that can go wrong between a caller and a gateway, with the fix in
//! the text.

use std::time::Duration;

use postern_protocol::error::{ErrorCode, ErrorShape};
use serde_json::Value;

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseInfo {
    /// WebSocket code; 1006 when the connection broke without a close frame.
    pub code: u16,
    /// Reason of the close frame, or what broke.
    pub reason: String,
}

impl CloseInfo {
    /// The code of a connection that broke without a close frame.
    pub const ABNORMAL: u16 = 1006;

    pub(crate) fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    pub(crate) fn broken(cause: impl std::fmt::Display) -> Self {
        Self::new(Self::ABNORMAL, format!("connection lost: {cause}"))
    }
}

impl std::fmt::Display for CloseInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.reason.is_empty() { write!(f, "{}", self.code) } else { write!(f, "{} {}", self.code, self.reason) }
    }
}

/// The device waits for somebody's approval (`handshake.md §8`).
#[derive(Debug, Clone, PartialEq)]
pub struct PairingRequired {
    /// Names the request for `devices approve`; absent from very old gateways.
    pub request_id: Option<String>,
    /// `not-paired`, `role-upgrade`, `scope-upgrade` or `metadata-upgrade`.
    pub reason: Option<String>,
    /// The gateway asks to keep trying while somebody decides.
    pub keep_trying: bool,
    /// The refusal as it was received.
    pub error: ErrorShape,
}

/// Client and gateway share no protocol generation.
#[derive(Debug, Clone, PartialEq)]
pub struct ProtocolMismatch {
    /// Oldest generation this client was told to speak.
    pub client_min: u32,
    /// Newest generation this client was told to speak.
    pub client_max: u32,
    /// Newest generation of the gateway, when it said so.
    pub server: Option<u32>,
    /// The refusal; absent when the gateway answered in a generation that was not asked for.
    pub error: Option<ErrorShape>,
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConnectError {
    /// Nobody listens, or the way there is broken.
    #[error("no gateway answers at {url}: {cause}")]
    Unreachable {
        /// Address without credentials and query.
        url: String,
        /// What the operating system said.
        cause: String,
    },
    /// Somebody listens but did not finish in time.
    #[error("no {awaited} from the gateway within {} ms", .after.as_millis())]
    Timeout {
        /// What was missing: `connection`, `challenge`, `answer to connect`.
        awaited: &'static str,
        /// How long was waited.
        after: Duration,
    },
    /// The TLS handshake failed; no credential was sent.
    #[error("TLS to {url} failed: {cause}")]
    Tls {
        /// Address without credentials and query.
        url: String,
        /// What was wrong.
        cause: String,
    },
    /// Another certificate than the pinned one; no credential was sent.
    #[error(
        "the certificate of the gateway is not the pinned one (expected sha256 {expected}, received {received}): \
         somebody is in between, or the gateway has a new certificate"
    )]
    FingerprintMismatch {
        /// The pinned SHA-256, hex.
        expected: String,
        /// The SHA-256 of what the server presented, hex.
        received: String,
    },
    /// The HTTP upgrade was answered with something else.
    #[error("the gateway refused the WebSocket upgrade: HTTP {status} {message}")]
    UpgradeRefused {
        /// HTTP status.
        status: u16,
        /// Start of the body.
        message: String,
    },
    /// No common protocol generation; trying again changes nothing.
    #[error(
        "the gateway does not speak protocol {}..={} (it offers {}): update the older side",
        .0.client_min, .0.client_max, .0.server.map_or_else(|| "another".to_owned(), |n| n.to_string())
    )]
    ProtocolMismatch(Box<ProtocolMismatch>),
    /// This device waits for an approval.
    #[error("{}{}", .0.error.message, .0.request_id.as_ref().map_or_else(String::new, |id| format!(" (request {id})")))]
    PairingRequired(Box<PairingRequired>),
    /// Any other refusal of `connect`.
    #[error("{}", .0.message)]
    Refused(Box<ErrorShape>),
    /// The connection ended; before the handshake without an answer, or after it.
    #[error("the gateway closed the connection: {0}")]
    Closed(CloseInfo),
    /// An answer that this client cannot read.
    #[error("the gateway's answer cannot be read: {0}")]
    Unreadable(String),
    /// `close()` was called, or the last handle is gone.
    #[error("closed by this client")]
    ClosedByClient,
}

/// What a caller would do about a [`ConnectError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectErrorKind {
    /// Start the gateway or correct the address.
    Unreachable,
    /// Ask somebody to approve the device.
    PairingRequired,
    /// Correct token, password or device identity.
    Unauthorised,
    /// Update one side.
    Incompatible,
    /// Wait or look at the load of the gateway.
    Timeout,
    /// It is starting or stopping: try again.
    Unavailable,
    /// The request itself was refused.
    Refused,
    /// It was this client that ended it.
    Closed,
}

impl ConnectError {
    /// The server's error, when the refusal came as one.
    #[must_use]
    pub fn shape(&self) -> Option<&ErrorShape> {
        match self {
            Self::Refused(error) => Some(error),
            Self::PairingRequired(pairing) => Some(&pairing.error),
            Self::ProtocolMismatch(mismatch) => mismatch.error.as_ref(),
            _ => None,
        }
    }

    /// The class of the failure, for exit codes and icons.
    #[must_use]
    pub fn kind(&self) -> ConnectErrorKind {
        match self {
            Self::Unreachable { .. } | Self::UpgradeRefused { .. } | Self::Closed(_) | Self::Unreadable(_) => {
                ConnectErrorKind::Unreachable
            }
            Self::Timeout { .. } => ConnectErrorKind::Timeout,
            Self::Tls { .. } | Self::FingerprintMismatch { .. } => ConnectErrorKind::Unauthorised,
            Self::ProtocolMismatch(_) => ConnectErrorKind::Incompatible,
            Self::PairingRequired(_) => ConnectErrorKind::PairingRequired,
            Self::ClosedByClient => ConnectErrorKind::Closed,
            Self::Refused(error) => kind_of_refusal(error),
        }
    }

    pub(crate) fn refused(error: ErrorShape, asked: (u32, u32)) -> Self {
        match error.code_detail() {
            Some("PAIRING_REQUIRED") => Self::pairing(error),
            Some("PROTOCOL_MISMATCH") => Self::mismatch(error, asked),
            // Gateways of generation 3 send texts without detail codes.
            None if error.code == ErrorCode::NotPaired && error.message.starts_with("pairing required") => {
                Self::pairing(error)
            }
            None if error.message == "protocol mismatch" => Self::mismatch(error, asked),
            _ => Self::Refused(Box::new(error)),
        }
    }

    fn pairing(error: ErrorShape) -> Self {
        let text = |key: &str| detail(&error, key).and_then(Value::as_str).map(str::to_owned);
        let keep_trying = text("recommendedNextStep").as_deref() == Some("wait_then_retry")
            || detail(&error, "pauseReconnect") == Some(&Value::Bool(false));
        Self::PairingRequired(Box::new(PairingRequired {
            request_id: text("requestId"),
            reason: text("reason"),
            keep_trying,
            error,
        }))
    }

    fn mismatch(error: ErrorShape, (client_min, client_max): (u32, u32)) -> Self {
        let server =
            detail(&error, "expectedProtocol").and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
        Self::ProtocolMismatch(Box::new(ProtocolMismatch { client_min, client_max, server, error: Some(error) }))
    }
}

pub(crate) fn detail<'a>(error: &'a ErrorShape, key: &str) -> Option<&'a Value> {
    error.details.as_ref()?.get(key)
}

fn kind_of_refusal(error: &ErrorShape) -> ConnectErrorKind {
    let code = error.code_detail().unwrap_or_default();
    if ["AUTH", "DEVICE_AUTH_", "DEVICE_IDENTITY_", "CONTROL_UI_"].iter().any(|prefix| code.starts_with(prefix))
        || error.message.starts_with("unauthorized")
        || error.message.starts_with("device ")
    {
        return ConnectErrorKind::Unauthorised;
    }
    match error.code {
        ErrorCode::Unavailable | ErrorCode::AgentTimeout => ConnectErrorKind::Unavailable,
        _ => ConnectErrorKind::Refused,
    }
}

/// Why a call has no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CallError {
    /// The gateway answered with an error.
    #[error("{}", .0.message)]
    Refused(Box<ErrorShape>),
    /// There was no connection to send it over; nothing was sent.
    #[error("not connected: {0}")]
    NotConnected(ConnectError),
    /// No answer in time; the gateway may still carry it out.
    #[error("no answer to {method} within {} ms", .after.as_millis())]
    Timeout {
        /// Wire name.
        method: String,
        /// How long was waited.
        after: Duration,
    },
    /// The connection ended before the answer; the gateway may have carried it out.
    #[error("the connection ended before the answer: {0}")]
    Disconnected(CloseInfo),
    /// The params cannot be written as JSON.
    #[error("params of {method} cannot be written as JSON: {problem}")]
    Params {
        /// Wire name.
        method: String,
        /// What is wrong.
        problem: String,
    },
    /// The answer has another shape than this client knows.
    #[error("the answer to {method} cannot be read: {problem}")]
    Unreadable {
        /// Wire name.
        method: String,
        /// What is wrong.
        problem: String,
    },
}

impl CallError {
    /// The server's error, when there is one, for the call or for the connection.
    #[must_use]
    pub fn shape(&self) -> Option<&ErrorShape> {
        match self {
            Self::Refused(error) => Some(error),
            Self::NotConnected(error) => error.shape(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use postern_protocol::error::DetailCode;

    use super::*;

    fn refusal(message: &str, code: ErrorCode, detail: Option<DetailCode>) -> ConnectError {
        let error = ErrorShape::new(code, message);
        ConnectError::refused(detail.map_or(error.clone(), |detail| error.detail_code(detail)), (4, 4))
    }

    #[test]
    fn refusals_are_sorted_by_what_to_do() {
        let table = [
            ("pairing required", ErrorCode::NotPaired, None, ConnectErrorKind::PairingRequired),
            ("x", ErrorCode::NotPaired, Some(DetailCode::PairingRequired), ConnectErrorKind::PairingRequired),
            ("protocol mismatch", ErrorCode::InvalidRequest, None, ConnectErrorKind::Incompatible),
            ("unauthorized: gateway token missing", ErrorCode::InvalidRequest, None, ConnectErrorKind::Unauthorised),
            ("x", ErrorCode::InvalidRequest, Some(DetailCode::AuthPasswordMismatch), ConnectErrorKind::Unauthorised),
            ("device identity required", ErrorCode::NotPaired, None, ConnectErrorKind::Unauthorised),
            ("gateway starting; retry shortly", ErrorCode::Unavailable, None, ConnectErrorKind::Unavailable),
            ("invalid role", ErrorCode::InvalidRequest, None, ConnectErrorKind::Refused),
        ];
        for (message, code, detail, kind) in table {
            assert_eq!(refusal(message, code, detail).kind(), kind, "{message}");
        }
    }

    #[test]
    fn pairing_refusals_carry_request_and_hint() {
        let error = ErrorShape::new(ErrorCode::NotPaired, "pairing required: device is not approved yet")
            .detail_code(DetailCode::PairingRequired)
            .detail("requestId", "r1")
            .detail("reason", "not-paired");
        let ConnectError::PairingRequired(pairing) = ConnectError::refused(error.clone(), (4, 4)) else {
            panic!("not a pairing refusal")
        };
        assert_eq!((pairing.request_id.as_deref(), pairing.reason.as_deref()), (Some("r1"), Some("not-paired")));
        assert!(!pairing.keep_trying);
        let ConnectError::PairingRequired(pairing) =
            ConnectError::refused(error.detail("recommendedNextStep", "wait_then_retry"), (4, 4))
        else {
            panic!("not a pairing refusal")
        };
        assert!(pairing.keep_trying);
    }
}
