//! Whether a device holds the key it claims, here and now (`handshake.md §4`).
//! Pure: params, nonce, clock in; identity or refusal out.

use postern_protocol::Dialect;
use postern_protocol::access::Role;
use postern_protocol::connect::{ConnectParams, DeviceProof};
use postern_protocol::error::{DetailCode, ErrorCode, ErrorShape};
use postern_protocol::identity::{DeviceId, PayloadVersion, PublicKey};

use super::refusal::Refusal;

/// A device that proved its key.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub(super) device_id: DeviceId,
    pub(super) public_key: PublicKey,
}

/// What the proof is judged against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) nonce: &'a str,
    pub(super) now_ms: i64,
    pub(super) dialect: Dialect,
    pub(super) local: bool,
}

/// Clock skew that is forgiven, milliseconds.
const fn allowed_skew_ms(dialect: Dialect) -> u64 {
    match dialect {
        Dialect::V3 => 600_000,
        Dialect::V4 => 120_000,
    }
}

/// Checks key, id, time, nonce and signature, in that order.
pub(super) fn verify(
    params: &ConnectParams,
    proof: &DeviceProof,
    role: Role,
    ground: Ground<'_>,
) -> Result<Identity, Refusal> {
    let public_key = PublicKey::parse(&proof.public_key).ok_or_else(|| {
        refuse("device public key invalid", DetailCode::DeviceAuthPublicKeyInvalid, "device-public-key")
    })?;
    let device_id = DeviceId::of(&public_key);
    if device_id.as_str() != proof.id {
        return Err(refuse("device identity mismatch", DetailCode::DeviceAuthDeviceIdMismatch, "device-id-mismatch"));
    }
    if ground.now_ms.abs_diff(proof.signed_at) >= allowed_skew_ms(ground.dialect) {
        let error = error("device signature expired", DetailCode::DeviceAuthSignatureExpired, "device-signature-stale");
        // A wrong clock is the usual cause; say by how much.
        let skew = ground.now_ms.saturating_sub(proof.signed_at);
        return Err(Refusal::error(error.detail("gatewayTimeMs", ground.now_ms).detail("skewMs", skew)));
    }
    let versions = payload_versions(proof, ground)?;
    let fields = params.signed_fields(role, proof, ground.nonce);
    let good = versions.iter().any(|version| public_key.verifies(&fields.payload(*version), &proof.signature));
    if !good {
        return Err(refuse("device signature invalid", DetailCode::DeviceAuthSignatureInvalid, "device-signature"));
    }
    Ok(Identity { device_id, public_key })
}

/// Which signed texts may be tried. Without a nonce a signature could be
/// replayed; only old clients on this machine may leave it out.
fn payload_versions(proof: &DeviceProof, ground: Ground<'_>) -> Result<&'static [PayloadVersion], Refusal> {
    let sent = proof.nonce.as_deref().map(str::trim).filter(|nonce| !nonce.is_empty());
    match sent {
        Some(nonce) if nonce == ground.nonce => Ok(&[PayloadVersion::V3, PayloadVersion::V2]),
        Some(_) => Err(refuse("device nonce mismatch", DetailCode::DeviceAuthNonceMismatch, "device-nonce-mismatch")),
        None if ground.dialect == Dialect::V3 && ground.local => Ok(&[PayloadVersion::V1]),
        None => Err(refuse("device nonce required", DetailCode::DeviceAuthNonceRequired, "device-nonce-missing")),
    }
}

fn error(message: &str, code: DetailCode, reason: &str) -> ErrorShape {
    ErrorShape::new(ErrorCode::InvalidRequest, message).detail_code(code).detail("reason", reason)
}

fn refuse(message: &str, code: DetailCode, reason: &str) -> Refusal {
    Refusal::error(error(message, code, reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_protocol::connect::ClientInfo;
    use postern_protocol::identity::DeviceKey;

    const NOW: i64 = 1_767_225_600_000;
    const NONCE: &str = "n-1";

    fn signed(version: PayloadVersion, nonce: Option<&str>, change: impl FnOnce(&mut ConnectParams)) -> ConnectParams {
        let key = DeviceKey::from_seed(&[7; 32]);
        let mut params = ConnectParams {
            client: ClientInfo { id: "cli".into(), platform: "Linux".into(), ..ClientInfo::default() },
            ..ConnectParams::default()
        };
        let mut proof = DeviceProof {
            id: key.device_id().to_string(),
            public_key: key.public_key().to_base64url(),
            signature: String::new(),
            signed_at: NOW,
            nonce: nonce.map(str::to_owned),
        };
        let payload = params.signed_fields(Role::Operator, &proof, nonce.unwrap_or_default()).payload(version);
        proof.signature = key.sign(&payload);
        params.device = Some(proof);
        change(&mut params);
        params
    }

    #[track_caller]
    fn check(params: &ConnectParams, dialect: Dialect, local: bool, expect: Option<&str>) {
        let ground = Ground { nonce: NONCE, now_ms: NOW, dialect, local };
        let result = verify(params, params.device.as_ref().unwrap(), Role::Operator, ground);
        let code = result.err().map(|refusal| refusal.answer.unwrap().1.code_detail().unwrap().to_owned());
        assert_eq!(code.as_deref(), expect);
    }

    #[test]
    fn good_signatures_of_both_generations_pass() {
        for dialect in [Dialect::V3, Dialect::V4] {
            check(&signed(PayloadVersion::V3, Some(NONCE), |_| {}), dialect, false, None);
            check(&signed(PayloadVersion::V2, Some(NONCE), |_| {}), dialect, false, None);
        }
        let spaced = signed(PayloadVersion::V2, Some(NONCE), |params| {
            params.device.as_mut().unwrap().nonce = Some(format!(" {NONCE} "));
        });
        check(&spaced, Dialect::V4, false, None);
    }

    #[test]
    fn signatures_without_nonce_are_for_old_local_clients_only() {
        let bare = signed(PayloadVersion::V1, None, |_| {});
        check(&bare, Dialect::V3, true, None);
        check(&bare, Dialect::V3, false, Some("DEVICE_AUTH_NONCE_REQUIRED"));
        check(&bare, Dialect::V4, true, Some("DEVICE_AUTH_NONCE_REQUIRED"));
        check(
            &signed(PayloadVersion::V1, Some(NONCE), |_| {}),
            Dialect::V3,
            true,
            Some("DEVICE_AUTH_SIGNATURE_INVALID"),
        );
        check(
            &signed(PayloadVersion::V2, Some("other"), |_| {}),
            Dialect::V4,
            true,
            Some("DEVICE_AUTH_NONCE_MISMATCH"),
        );
    }

    #[test]
    fn what_was_signed_cannot_be_changed() {
        let changes: [fn(&mut ConnectParams); 4] = [
            |params| params.client.platform = "macos".into(),
            |params| params.client.device_family = Some("Mac".into()),
            |params| params.scopes = Some(vec!["operator.admin".into()]),
            |params| params.client.id = "other".into(),
        ];
        for change in changes {
            check(
                &signed(PayloadVersion::V3, Some(NONCE), change),
                Dialect::V4,
                true,
                Some("DEVICE_AUTH_SIGNATURE_INVALID"),
            );
        }
    }

    #[test]
    fn keys_ids_and_clocks_are_checked_first() {
        let broken = |change: fn(&mut DeviceProof)| {
            signed(PayloadVersion::V3, Some(NONCE), |params| change(params.device.as_mut().unwrap()))
        };
        check(
            &broken(|proof| proof.public_key = "AAAA".into()),
            Dialect::V4,
            true,
            Some("DEVICE_AUTH_PUBLIC_KEY_INVALID"),
        );
        check(&broken(|proof| proof.id = "00".into()), Dialect::V4, true, Some("DEVICE_AUTH_DEVICE_ID_MISMATCH"));
        for (skew, v3, v4) in
            [(-599_999, true, false), (-600_000, false, false), (119_999, true, true), (120_000, true, false)]
        {
            let params = signed(PayloadVersion::V3, Some(NONCE), |params| {
                let proof = params.device.as_mut().unwrap();
                proof.signed_at = NOW + skew;
            });
            // The time is signed too, so a skew that is forgiven fails at the signature.
            let expect =
                |fine: bool| Some(if fine { "DEVICE_AUTH_SIGNATURE_INVALID" } else { "DEVICE_AUTH_SIGNATURE_EXPIRED" });
            check(&params, Dialect::V3, true, expect(v3));
            check(&params, Dialect::V4, true, expect(v4));
        }
    }
}
