//! Device identities: Ed25519 keys, ids derived from them, and the signed text
//! of a connect request (`handshake.md §4`).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::pkcs8::DecodePublicKey as _;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::access::Role;
use crate::hex::hex;

/// Lower-case hex SHA-256 of the raw public key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct DeviceId(String);

impl DeviceId {
    /// The id that belongs to this key.
    #[must_use]
    pub fn of(key: &PublicKey) -> Self {
        Self(hex(&Sha256::digest(key.0.as_bytes())))
    }

    /// Takes an id that was derived before, for example one read from the store.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The hex text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first eight characters, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A device's public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads a key in any form clients send: base64url or standard base64 of the
    /// raw 32 bytes, or an SPKI PEM.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.contains("BEGIN") {
            return VerifyingKey::from_public_key_pem(text).ok().map(Self);
        }
        let raw: [u8; 32] = decode_base64(text)?.try_into().ok()?;
        VerifyingKey::from_bytes(&raw).ok().map(Self)
    }

    /// Base64url without padding, the form that is stored and sent.
    #[must_use]
    pub fn to_base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.as_bytes())
    }

    /// Whether `signature` (base64url or standard base64) over `payload` is this
    /// key's. Strict: keys of small order and malleable signatures are refused.
    #[must_use]
    pub fn verifies(&self, payload: &str, signature: &str) -> bool {
        let Some(bytes) = decode_base64(signature) else { return false };
        let Ok(signature) = Signature::from_slice(&bytes) else { return false };
        self.0.verify_strict(payload.as_bytes(), &signature).is_ok()
    }
}

/// Accepts both base64 alphabets, padded or not.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let bare = text.trim().trim_end_matches('=');
    if bare.contains(['+', '/']) {
        let padding = "=".repeat((4 - bare.len() % 4) % 4);
        return STANDARD.decode(format!("{bare}{padding}")).ok();
    }
    URL_SAFE_NO_PAD.decode(bare).ok()
}

/// A device's own key pair. `Debug` never shows the secret half.
#[derive(Clone)]
pub struct DeviceKey(SigningKey);

impl DeviceKey {
    /// The key pair that grows from these 32 secret bytes.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Base64url of the secret seed, the form in which it is kept.
    #[must_use]
    pub fn seed_base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.as_bytes())
    }

    /// Reads what [`DeviceKey::seed_base64url`] wrote.
    #[must_use]
    pub fn from_seed_base64url(text: &str) -> Option<Self> {
        let seed: [u8; 32] = URL_SAFE_NO_PAD.decode(text.trim()).ok()?.try_into().ok()?;
        Some(Self::from_seed(&seed))
    }

    /// The half that may be shown.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// The id that peers derive from the public key.
    #[must_use]
    pub fn device_id(&self) -> DeviceId {
        DeviceId::of(&self.public_key())
    }

    /// Base64url signature over the payload text.
    #[must_use]
    pub fn sign(&self, payload: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.0.sign(payload.as_bytes()).to_bytes())
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceKey({}, [secret])", self.device_id().short())
    }
}

/// Generation of the signed text; independent of the protocol generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadVersion {
    /// Without nonce: only from local clients of the old generation.
    V1,
    /// With nonce.
    V2,
    /// With nonce, platform and device family.
    V3,
}

/// What a connect request signs.
#[derive(Debug, Clone, Copy)]
pub struct SignedFields<'a> {
    /// `device.id` as sent.
    pub device_id: &'a str,
    /// `client.id` as sent.
    pub client_id: &'a str,
    /// `client.mode` as sent.
    pub client_mode: &'a str,
    /// Effective role.
    pub role: Role,
    /// `connect.scopes` as sent, in order; empty when omitted.
    pub scopes: &'a [String],
    /// Epoch milliseconds.
    pub signed_at_ms: i64,
    /// First present of token, device token, bootstrap token; else empty.
    pub token: &'a str,
    /// Challenge nonce.
    pub nonce: &'a str,
    /// `client.platform` as sent.
    pub platform: &'a str,
    /// `client.deviceFamily` as sent; empty when omitted.
    pub device_family: &'a str,
}

impl SignedFields<'_> {
    /// The exact text to sign or verify.
    #[must_use]
    pub fn payload(&self, version: PayloadVersion) -> String {
        let tag = match version {
            PayloadVersion::V1 => "v1",
            PayloadVersion::V2 => "v2",
            PayloadVersion::V3 => "v3",
        };
        let mut text = format!(
            "{tag}|{}|{}|{}|{}|{}|{}|{}",
            self.device_id,
            self.client_id,
            self.client_mode,
            self.role,
            self.scopes.join(","),
            self.signed_at_ms,
            self.token
        );
        if version != PayloadVersion::V1 {
            text.push('|');
            text.push_str(self.nonce);
        }
        if version == PayloadVersion::V3 {
            text.push('|');
            text.push_str(&normalise_metadata(self.platform));
            text.push('|');
            text.push_str(&normalise_metadata(self.device_family));
        }
        text
    }
}

/// Trims and lower-cases ASCII letters only, so every client computes the same
/// text whatever its locale.
#[must_use]
pub fn normalise_metadata(text: &str) -> String {
    text.trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: [u8; 32] = [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
        30, 31,
    ];
    const DEVICE: &str = "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c";
    const NONCE: &str = "00000000-0000-4000-8000-000000000001";

    fn operator(scopes: &[String]) -> SignedFields<'_> {
        SignedFields {
            device_id: DEVICE,
            client_id: "cli",
            client_mode: "cli",
            role: Role::Operator,
            scopes,
            signed_at_ms: 1_767_225_600_000,
            token: "testtoken123",
            nonce: NONCE,
            platform: "Linux",
            device_family: "Desktop",
        }
    }

    fn node() -> SignedFields<'static> {
        SignedFields {
            client_id: "node-host",
            client_mode: "node",
            role: Role::Node,
            token: "",
            platform: "linux",
            device_family: "",
            ..operator(&[])
        }
    }

    #[track_caller]
    fn check(fields: &SignedFields<'_>, version: PayloadVersion, payload: &str, signature: &str) {
        let key = DeviceKey::from_seed(&SEED);
        assert_eq!(fields.payload(version), payload);
        assert_eq!(key.sign(payload), signature);
        assert!(key.public_key().verifies(payload, signature));
        assert!(!key.public_key().verifies(&format!("{payload} "), signature));
    }

    #[test]
    fn published_vectors_hold_byte_for_byte() {
        let key = DeviceKey::from_seed(&SEED);
        assert_eq!(key.public_key().to_base64url(), "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg");
        assert_eq!(key.device_id().as_str(), DEVICE);
        let scopes = ["operator.read".to_owned(), "operator.write".to_owned()];
        let base = format!("{DEVICE}|cli|cli|operator|operator.read,operator.write|1767225600000|testtoken123");
        check(
            &operator(&scopes),
            PayloadVersion::V1,
            &format!("v1|{base}"),
            "KzKTUcDUxT5PpoYoFWWk8sMv5GyWhZ2lI3B3tgmueDW-ngfhh99rTTrfHDZMjHyQTdk76kQwjoN5HRbZrZz5Aw",
        );
        check(
            &operator(&scopes),
            PayloadVersion::V2,
            &format!("v2|{base}|{NONCE}"),
            "nWybKh5ux31bOde9xAwSSE1794F9ZKVnUK77TPHhAqi8NcJEumxpuIpJWsSbHrMPe8rTj7K7IM6crOAIwdeDAQ",
        );
        check(
            &operator(&scopes),
            PayloadVersion::V3,
            &format!("v3|{base}|{NONCE}|linux|desktop"),
            "AM9rw8MGAh2nvuy71wxR1mWDxy7dDrxhL8_2u9eqjF9SQk1s-hCP86AHqvhRO4pe5zKxnPLdW2ims9jx8qseCA",
        );
        let base = format!("{DEVICE}|node-host|node|node||1767225600000||{NONCE}");
        check(
            &node(),
            PayloadVersion::V2,
            &format!("v2|{base}"),
            "4SHCEP5oXpqFjX3CnOpzClBJY9Bx4Drnlel9uBCd_D9Tvyu50kHGWmx8C5xitPT9YM0hFp5rZn4T2LM_pbr7Dg",
        );
        check(
            &node(),
            PayloadVersion::V3,
            &format!("v3|{base}|linux|"),
            "md89RE6ebzB7ZR19Db6Yyam3OVIeMw9s_ecD2Uj-X13EM5L_9_5rgfqEwx4CszuQPftZyP5etC5Ta_9RsrHrAw",
        );
    }

    #[test]
    fn metadata_is_lower_cased_in_ascii_only() {
        assert_eq!(normalise_metadata(" macOS "), "macos");
        assert_eq!(normalise_metadata("ÄPFEL"), "Äpfel".replace('ä', "Ä"));
        assert_eq!(normalise_metadata("  "), "");
    }

    #[test]
    fn keys_are_read_in_every_form_clients_send() {
        let key = DeviceKey::from_seed(&SEED).public_key();
        let raw = URL_SAFE_NO_PAD.decode(key.to_base64url()).unwrap();
        let mut spki = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        spki.extend_from_slice(&raw);
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(spki));
        for form in [key.to_base64url(), STANDARD.encode(&raw), pem] {
            assert_eq!(PublicKey::parse(&form), Some(key.clone()), "{form}");
        }
        for bad in ["", "AAAA", "not base64 at all!", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"] {
            assert_eq!(PublicKey::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn secret_halves_stay_out_of_debug_output() {
        let key = DeviceKey::from_seed(&SEED);
        assert!(!format!("{key:?}").contains(&key.seed_base64url()));
        assert_eq!(DeviceKey::from_seed_base64url(&key.seed_base64url()).unwrap().device_id(), key.device_id());
    }
}
