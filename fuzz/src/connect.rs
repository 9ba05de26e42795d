//! `connect` comes from strangers: reading it, building what its signature covers and checking the proof never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use postern_protocol::access::{Role, ScopeSet};
use postern_protocol::connect::{ConnectParams, DeviceProof};
use postern_protocol::identity::{DeviceId, PayloadVersion, PublicKey};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(params) = serde_json::from_str::<ConnectParams>(text) else { return };
    survives_a_round_trip(&params);
    keeps_secrets(&params);
    let _ = params.dialect();
    let granted = ScopeSet::parse(params.scopes.iter().flatten().map(String::as_str));
    assert!(granted.covers(granted.limited_to(ScopeSet::default())), "a limit widened scopes");
    let role = params.role.as_deref().and_then(Role::parse);
    if let (Some(role), Some(proof)) = (role, &params.device) {
        prove(&params, role, proof);
    }
});

fn survives_a_round_trip(params: &ConnectParams) {
    let text = serde_json::to_string(params).expect("params serialise");
    let again: ConnectParams = serde_json::from_str(&text).expect("our own text");
    assert_eq!(serde_json::to_string(&again).expect("params serialise"), text);
}

/// Params end up in log lines; credentials must not.
fn keeps_secrets(params: &ConnectParams) {
    let Some(secret) = params.auth.as_ref().and_then(|auth| auth.password.as_deref()) else { return };
    if secret.len() > 12 {
        assert!(!format!("{:?}", params.auth).contains(secret), "a password in Debug output");
    }
}

fn prove(params: &ConnectParams, role: Role, proof: &DeviceProof) {
    let nonce = proof.nonce.as_deref().unwrap_or_default();
    let fields = params.signed_fields(role, proof, nonce);
    for version in [PayloadVersion::V1, PayloadVersion::V2, PayloadVersion::V3] {
        let payload = fields.payload(version);
        if let Some(key) = PublicKey::parse(&proof.public_key) {
            assert_eq!(DeviceId::of(&key).as_str().len(), 64);
            let _ = key.verifies(&payload, &proof.signature);
        }
    }
}
