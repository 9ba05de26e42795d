//! Setup codes: single use, short-lived, with a fixed grant.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Scope;
use crate::call::{Audience, Call, Event, OnSlow};
use crate::ids::RequestId;

/// Event `device.pair.setup.completed`; also the answer of
/// `device.pair.setupStatus` once the code was used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupCompleted {
    /// The setup code's id.
    pub setup_id: String,
    /// Device that used it.
    pub device_id: String,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
    /// What it was given.
    pub access: SetupAccess,
    /// When, epoch milliseconds.
    pub ts: i64,
}

impl Event for SetupCompleted {
    const NAME: &'static str = "device.pair.setup.completed";
    const AUDIENCE: Audience = Audience::Scope(Scope::Pairing);
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// What a setup code grants; fixed when it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SetupAccess {
    /// Node role, and an operator token for everything a phone does: read, write,
    /// approvals, questions, talk. Never admin or pairing.
    Full,
    /// Node role, and an operator token to read and write.
    Limited,
    /// Node role only.
    Node,
}

/// `device.pair.setupCode`: a single-use code that pairs a phone.
pub struct DevicePairSetupCode;

/// Params of `device.pair.setupCode`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SetupCodeParams {
    /// Address the phone should use instead of the one the gateway knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub public_url: Option<String>,
    /// Whether to draw the code as a PNG QR image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_qr: Option<bool>,
    /// What the code grants; absent means full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bootstrap_profile: Option<SetupAccess>,
    /// Whether to write the code as an `oc-pair://` link too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join_url: Option<bool>,
}

impl Call for DevicePairSetupCode {
    const NAME: &'static str = "device.pair.setupCode";
    type Params = SetupCodeParams;
    type Output = SetupCodeResult;
}

/// Result of `device.pair.setupCode`. `Debug` hides the code.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupCodeResult {
    /// Names the code in `device.pair.setupStatus`.
    pub setup_id: String,
    /// Base64url of `{url, urls?, bootstrapToken, expiresAtMs}`.
    pub setup_code: String,
    /// The same as a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_url: Option<String>,
    /// PNG data URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr_data_url: Option<String>,
    /// Address in the code.
    pub gateway_url: String,
    /// All addresses, when there is more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway_urls: Option<Vec<String>>,
    /// `token` or `password`.
    pub auth: String,
    /// Where the address came from: `publicUrl`, `publicOrigin`, `bind`, `loopback`.
    pub url_source: String,
    /// What the code grants.
    pub access: SetupAccess,
    /// Until when it works, epoch milliseconds; at most 10 minutes ahead.
    pub expires_at_ms: i64,
}

impl std::fmt::Debug for SetupCodeResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SetupCodeResult({}, {:?}, [secret])", self.setup_id, self.access)
    }
}

/// What a setup code carries, as JSON before base64url.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetupCodeContent {
    /// Address to connect to.
    pub url: String,
    /// Further addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urls: Option<Vec<String>>,
    /// Goes into `auth.bootstrapToken`, once.
    pub bootstrap_token: String,
    /// Epoch milliseconds.
    pub expires_at_ms: i64,
    /// SHA-256 of the certificate, hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_fingerprint: Option<String>,
}

impl std::fmt::Debug for SetupCodeContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SetupCodeContent({}, [secret])", self.url)
    }
}

/// `device.pair.setupStatus`: whether a code was used.
pub struct DevicePairSetupStatus;

/// Params of `device.pair.setupStatus`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupStatusParams {
    /// The code's id.
    pub setup_id: RequestId,
}

impl Call for DevicePairSetupStatus {
    const NAME: &'static str = "device.pair.setupStatus";
    type Params = SetupStatusParams;
    type Output = SetupStatusResult;
}

/// Result of `device.pair.setupStatus`; empty while the code waits, and for
/// codes that are unknown or expired.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct SetupStatusResult {
    /// Who used it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion: Option<SetupCompleted>,
}

/// Reads a setup code in any form people paste: with `oc-pair://`, base64url or
/// standard base64.
#[must_use]
pub fn read_setup_code(text: &str) -> Option<SetupCodeContent> {
    use base64::Engine as _;
    let text = text.trim();
    let bare = text.strip_prefix("oc-pair://").unwrap_or(text).trim_end_matches(['=', '/']);
    let url_safe: String = bare
        .chars()
        .map(|c| {
            if c == '+' {
                '-'
            } else if c == '/' {
                '_'
            } else {
                c
            }
        })
        .collect();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(url_safe).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Writes a setup code: base64url of its JSON.
#[must_use]
pub fn write_setup_code(content: &SetupCodeContent) -> String {
    use base64::Engine as _;
    // A struct of strings and numbers always serialises.
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(serde_json::to_vec(content).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setup_codes_are_read_as_written_and_as_pasted() {
        let content = SetupCodeContent {
            url: "ws://192.0.2.7:18789".into(),
            urls: None,
            bootstrap_token: "t".into(),
            expires_at_ms: 9,
            tls_fingerprint: None,
        };
        let code = write_setup_code(&content);
        for form in [code.clone(), format!("oc-pair://{code}"), format!("  {code}==\n")] {
            assert_eq!(read_setup_code(&form).unwrap().bootstrap_token, "t", "{form}");
        }
        assert!(read_setup_code("oc-pair://nonsense").is_none());
        assert!(!format!("{content:?}").contains("\"t\""));
    }
}
