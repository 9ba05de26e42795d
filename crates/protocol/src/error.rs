//! Every refusal a client can receive: codes, texts and detail codes in one
//! place (`handshake.md §9`, `frames-and-events.md §1`). Clients switch on the
//! codes, old clients match the texts, people read them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The few codes of `error.code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// The request is wrong and will stay wrong.
    InvalidRequest,
    /// Temporary, or an internal failure.
    Unavailable,
    /// The device needs an approval.
    NotPaired,
    /// A messaging channel is not linked.
    NotLinked,
    /// An agent run took too long.
    AgentTimeout,
    /// A scope is missing (protocol 4; protocol 3 says `INVALID_REQUEST`).
    Forbidden,
    /// No such exec approval (protocol 4).
    ApprovalNotFound,
}

impl ErrorCode {
    /// The wire word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::Unavailable => "UNAVAILABLE",
            Self::NotPaired => "NOT_PAIRED",
            Self::NotLinked => "NOT_LINKED",
            Self::AgentTimeout => "AGENT_TIMEOUT",
            Self::Forbidden => "FORBIDDEN",
            Self::ApprovalNotFound => "APPROVAL_NOT_FOUND",
        }
    }

    /// The same code as a protocol 3 client knows it.
    #[must_use]
    pub const fn in_v3(self) -> Self {
        match self {
            Self::Forbidden | Self::ApprovalNotFound => Self::InvalidRequest,
            other => other,
        }
    }
}

/// Stable machine codes of `error.details.code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "each code is explained by the wire text beside it in handshake.md §9")]
pub enum DetailCode {
    ProtocolMismatch,
    ControlUiOriginNotAllowed,
    ControlUiDeviceIdentityRequired,
    DeviceIdentityRequired,
    DeviceAuthDeviceIdMismatch,
    DeviceAuthSignatureExpired,
    DeviceAuthNonceRequired,
    DeviceAuthNonceMismatch,
    DeviceAuthSignatureInvalid,
    DeviceAuthPublicKeyInvalid,
    AuthTokenMissing,
    AuthTokenMismatch,
    AuthTokenNotConfigured,
    AuthPasswordMissing,
    AuthPasswordMismatch,
    AuthPasswordNotConfigured,
    AuthDeviceTokenMismatch,
    AuthScopeMismatch,
    AuthBootstrapTokenInvalid,
    AuthRateLimited,
    AuthTailscaleIdentityMissing,
    AuthTailscaleProxyMissing,
    AuthTailscaleWhoisFailed,
    AuthTailscaleIdentityMismatch,
    AuthUnauthorized,
    AuthIdentityHeaderRequired,
    AuthVerifiedUserRequired,
    PairingRequired,
    MissingScope,
}

impl DetailCode {
    /// The wire word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProtocolMismatch => "PROTOCOL_MISMATCH",
            Self::ControlUiOriginNotAllowed => "CONTROL_UI_ORIGIN_NOT_ALLOWED",
            Self::ControlUiDeviceIdentityRequired => "CONTROL_UI_DEVICE_IDENTITY_REQUIRED",
            Self::DeviceIdentityRequired => "DEVICE_IDENTITY_REQUIRED",
            Self::DeviceAuthDeviceIdMismatch => "DEVICE_AUTH_DEVICE_ID_MISMATCH",
            Self::DeviceAuthSignatureExpired => "DEVICE_AUTH_SIGNATURE_EXPIRED",
            Self::DeviceAuthNonceRequired => "DEVICE_AUTH_NONCE_REQUIRED",
            Self::DeviceAuthNonceMismatch => "DEVICE_AUTH_NONCE_MISMATCH",
            Self::DeviceAuthSignatureInvalid => "DEVICE_AUTH_SIGNATURE_INVALID",
            Self::DeviceAuthPublicKeyInvalid => "DEVICE_AUTH_PUBLIC_KEY_INVALID",
            Self::AuthTokenMissing => "AUTH_TOKEN_MISSING",
            Self::AuthTokenMismatch => "AUTH_TOKEN_MISMATCH",
            Self::AuthTokenNotConfigured => "AUTH_TOKEN_NOT_CONFIGURED",
            Self::AuthPasswordMissing => "AUTH_PASSWORD_MISSING",
            Self::AuthPasswordMismatch => "AUTH_PASSWORD_MISMATCH",
            Self::AuthPasswordNotConfigured => "AUTH_PASSWORD_NOT_CONFIGURED",
            Self::AuthDeviceTokenMismatch => "AUTH_DEVICE_TOKEN_MISMATCH",
            Self::AuthScopeMismatch => "AUTH_SCOPE_MISMATCH",
            Self::AuthBootstrapTokenInvalid => "AUTH_BOOTSTRAP_TOKEN_INVALID",
            Self::AuthRateLimited => "AUTH_RATE_LIMITED",
            Self::AuthTailscaleIdentityMissing => "AUTH_TAILSCALE_IDENTITY_MISSING",
            Self::AuthTailscaleProxyMissing => "AUTH_TAILSCALE_PROXY_MISSING",
            Self::AuthTailscaleWhoisFailed => "AUTH_TAILSCALE_WHOIS_FAILED",
            Self::AuthTailscaleIdentityMismatch => "AUTH_TAILSCALE_IDENTITY_MISMATCH",
            Self::AuthUnauthorized => "AUTH_UNAUTHORIZED",
            Self::AuthIdentityHeaderRequired => "AUTH_IDENTITY_HEADER_REQUIRED",
            Self::AuthVerifiedUserRequired => "AUTH_VERIFIED_USER_REQUIRED",
            Self::PairingRequired => "PAIRING_REQUIRED",
            Self::MissingScope => "MISSING_SCOPE",
        }
    }
}

/// `error` of a response frame. Absent fields are left out, never `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorShape {
    /// Which kind of refusal.
    pub code: ErrorCode,
    /// What happened and what to do, for people.
    #[schemars(length(min = 1))]
    pub message: String,
    /// Facts for programs, `details.code` first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Map<String, Value>>,
    /// Whether the same request may succeed later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retryable: Option<bool>,
    /// Milliseconds to wait before trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl ErrorShape {
    /// An error without details.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: None, retryable: None, retry_after_ms: None }
    }

    /// Adds one fact to `details`.
    #[must_use]
    pub fn detail(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.get_or_insert_default().insert(key.to_owned(), value.into());
        self
    }

    /// Sets `details.code`.
    #[must_use]
    pub fn detail_code(self, code: DetailCode) -> Self {
        self.detail("code", code.as_str())
    }

    /// Marks the error as temporary.
    #[must_use]
    pub fn retry_after(mut self, milliseconds: u64) -> Self {
        self.retryable = Some(true);
        self.retry_after_ms = Some(milliseconds);
        self
    }

    /// `details.code`, when there is one.
    #[must_use]
    pub fn code_detail(&self) -> Option<&str> {
        self.details.as_ref()?.get("code")?.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_serialised_forms_agree() {
        for code in [
            ErrorCode::InvalidRequest,
            ErrorCode::Unavailable,
            ErrorCode::NotPaired,
            ErrorCode::NotLinked,
            ErrorCode::AgentTimeout,
            ErrorCode::Forbidden,
            ErrorCode::ApprovalNotFound,
        ] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
        assert_eq!(serde_json::to_value(DetailCode::MissingScope).unwrap(), "MISSING_SCOPE");
        assert_eq!(
            serde_json::to_value(DetailCode::DeviceAuthDeviceIdMismatch).unwrap(),
            DetailCode::DeviceAuthDeviceIdMismatch.as_str()
        );
    }

    #[test]
    fn absent_fields_are_left_out() {
        let error = ErrorShape::new(ErrorCode::Unavailable, "later");
        assert_eq!(serde_json::to_string(&error).unwrap(), r#"{"code":"UNAVAILABLE","message":"later"}"#);
        let error = error.detail_code(DetailCode::AuthRateLimited).retry_after(5);
        assert_eq!(error.code_detail(), Some("AUTH_RATE_LIMITED"));
        assert_eq!((error.retryable, error.retry_after_ms), (Some(true), Some(5)));
    }

    #[test]
    fn old_clients_see_only_codes_they_know() {
        assert_eq!(ErrorCode::Forbidden.in_v3(), ErrorCode::InvalidRequest);
        assert_eq!(ErrorCode::NotPaired.in_v3(), ErrorCode::NotPaired);
    }
}
