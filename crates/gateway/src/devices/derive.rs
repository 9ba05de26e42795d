//! Values of device tokens, and hashes of what is never stored itself.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use postern_protocol::access::Role;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::secrets::Secret;

/// The token of this generation: base64url, 43 characters.
pub(super) fn token_value(key: &Secret, device_id: &str, role: Role, generation: &str) -> Secret {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes()) else {
        unreachable!("HMAC takes keys of any length")
    };
    mac.update(format!("device-token|{device_id}|{role}|{generation}").as_bytes());
    Secret::new(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// Base64url SHA-256. The values hashed are 32 random or derived bytes, so no
/// slow hash is needed.
pub(super) fn hash(value: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(value.as_bytes()))
}

/// Whether `value` has this hash; the time does not tell where they differ.
pub(super) fn has_hash(value: &str, stored: &str) -> bool {
    hash(value).as_bytes().ct_eq(stored.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_name_changes_the_token() {
        let key = Secret::new("key");
        let base = token_value(&key, "d", Role::Operator, "1");
        assert_eq!(base.expose().len(), 43);
        assert_eq!(base, token_value(&key, "d", Role::Operator, "1"));
        for other in [
            token_value(&Secret::new("key2"), "d", Role::Operator, "1"),
            token_value(&key, "e", Role::Operator, "1"),
            token_value(&key, "d", Role::Node, "1"),
            token_value(&key, "d", Role::Operator, "2"),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn only_the_value_itself_has_its_hash() {
        let stored = hash("value");
        assert!(has_hash("value", &stored));
        for other in ["", "valuE", "value ", stored.as_str()] {
            assert!(!has_hash(other, &stored), "{other:?}");
        }
        assert!(!has_hash("value", ""));
    }
}
