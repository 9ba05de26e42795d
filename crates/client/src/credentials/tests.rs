//! Which secret follows which refusal.

use postern_protocol::error::ErrorCode;
use postern_protocol::identity::DeviceKey;

use super::*;
use crate::ClientOptions;

fn settings(change: impl FnOnce(ClientOptions) -> ClientOptions) -> Settings {
    Settings::check(change(ClientOptions::new().device(DeviceKey::from_seed(&[7; 32])))).unwrap()
}

fn cached() -> CachedToken {
    CachedToken { token: "cached".to_owned(), scopes: vec!["operator.read".to_owned()] }
}

/// `token/password/deviceToken/bootstrapToken` as sent.
fn sent(attempt: &Attempt) -> String {
    let auth = attempt.auth.clone().unwrap_or_default();
    [auth.token, auth.password, auth.device_token, auth.bootstrap_token]
        .map(|secret| secret.unwrap_or_else(|| "-".to_owned()))
        .join("/")
}

fn refusal(code: &str) -> ConnectError {
    ConnectError::refused(ErrorShape::new(ErrorCode::InvalidRequest, "unauthorized").detail("code", code), (4, 4))
}

#[test]
fn the_shared_secret_goes_first_and_the_cached_token_fills_both_fields() {
    type Change = fn(ClientOptions) -> ClientOptions;
    let table: [(Change, bool, &str); 10] = [
        (|o| o, false, "-/-/-/-"),
        (|o| o, true, "cached/-/cached/-"),
        (|o| o.token("shared"), true, "shared/-/-/-"),
        (|o| o.password("pass"), true, "-/pass/-/-"),
        (|o| o.token("shared").password("pass"), false, "shared/pass/-/-"),
        (|o| o.device_token("given"), true, "given/-/given/-"),
        (|o| o.device_token("given").token("shared"), true, "shared/-/given/-"),
        (|o| o.bootstrap_token("boot"), false, "-/-/-/boot"),
        (|o| o.bootstrap_token("boot"), true, "cached/-/cached/-"),
        (|o| o.protocol(3..=3), true, "cached/-/-/-"),
    ];
    for (change, has_cached, expect) in table {
        let settings = settings(change);
        let cached = has_cached.then(cached);
        let attempt = CredentialMemory::new(&settings).attempt(&settings, cached.as_ref());
        assert_eq!(sent(&attempt), expect);
    }
}

#[test]
fn unset_scopes_are_those_of_the_cached_token() {
    let plain = settings(|o| o);
    let memory = CredentialMemory::new(&plain);
    assert_eq!(memory.attempt(&plain, Some(&cached())).scopes, ["operator.read"]);
    assert!(memory.attempt(&plain, None).scopes.is_empty());
    let explicit = settings(|o| o.scopes(["operator.write"]));
    assert_eq!(memory.attempt(&explicit, Some(&cached())).scopes, ["operator.write"]);
}

#[test]
fn a_refused_shared_token_is_followed_by_the_cached_one_once() {
    let settings = settings(|o| o.token("wrong"));
    let mut memory = CredentialMemory::new(&settings);
    let first = memory.attempt(&settings, Some(&cached()));
    let error = refusal("AUTH_TOKEN_MISMATCH");
    assert_eq!(memory.refused(&settings, &first, Some(&cached()), &error), Reaction::RetryNow);
    let second = memory.attempt(&settings, Some(&cached()));
    assert_eq!(sent(&second), "wrong/-/cached/-");
    assert_eq!(memory.refused(&settings, &second, Some(&cached()), &error), Reaction::None);
    // The shared token was refused a moment ago: nothing is left to try.
    let error = refusal("AUTH_DEVICE_TOKEN_MISMATCH");
    assert_eq!(memory.refused(&settings, &second, Some(&cached()), &error), Reaction::Forget);
    memory.succeeded();
    assert_eq!(sent(&memory.attempt(&settings, Some(&cached()))), "wrong/-/-/-");
}

#[test]
fn the_cached_token_is_not_sent_where_it_must_not_be() {
    let error = refusal("AUTH_TOKEN_MISMATCH");
    let remote = settings(|o| o.token("wrong").url("wss://gateway.example:1"));
    let pinned = settings(|o| o.token("wrong").url("wss://gateway.example:1").tls_fingerprint("ab".repeat(32)));
    for (settings, expect) in [(remote, Reaction::None), (pinned, Reaction::RetryNow)] {
        let mut memory = CredentialMemory::new(&settings);
        let attempt = memory.attempt(&settings, Some(&cached()));
        assert_eq!(memory.refused(&settings, &attempt, Some(&cached()), &error), expect);
    }
    let local = settings(|o| o.token("wrong"));
    let mut memory = CredentialMemory::new(&local);
    let attempt = memory.attempt(&local, Some(&cached()));
    assert_eq!(memory.refused(&local, &attempt, None, &error), Reaction::None);
    let ConnectError::Refused(mut shape) = error else { panic!("not a refusal") };
    *shape = shape.clone().detail("canRetryWithDeviceToken", false);
    let forbidden = ConnectError::Refused(shape);
    assert_eq!(memory.refused(&local, &attempt, Some(&cached()), &forbidden), Reaction::None);
}

#[test]
fn a_refused_device_token_is_forgotten_and_another_secret_tried_once() {
    let error = refusal("AUTH_DEVICE_TOKEN_MISMATCH");
    let boot = settings(|o| o.bootstrap_token("boot"));
    let mut memory = CredentialMemory::new(&boot);
    let first = memory.attempt(&boot, Some(&cached()));
    assert_eq!(memory.refused(&boot, &first, Some(&cached()), &error), Reaction::ForgetAndRetry);
    assert_eq!(sent(&memory.attempt(&boot, None)), "-/-/-/boot");

    let given = settings(|o| o.device_token("given").token("shared"));
    let mut memory = CredentialMemory::new(&given);
    let first = memory.attempt(&given, None);
    assert_eq!(memory.refused(&given, &first, None, &error), Reaction::RetryNow);
    let second = memory.attempt(&given, None);
    assert_eq!(sent(&second), "shared/-/-/-");
    assert_eq!(memory.refused(&given, &second, None, &error), Reaction::None);

    let alone = settings(|o| o);
    let mut memory = CredentialMemory::new(&alone);
    let first = memory.attempt(&alone, Some(&cached()));
    assert_eq!(memory.refused(&alone, &first, Some(&cached()), &error), Reaction::Forget);
}

#[test]
fn older_gateways_are_offered_the_older_signature_once() {
    let error = ConnectError::refused(ErrorShape::new(ErrorCode::InvalidRequest, "device signature invalid"), (3, 4));
    let both = settings(|o| o.protocol(3..=4));
    let mut memory = CredentialMemory::new(&both);
    let first = memory.attempt(&both, None);
    assert_eq!(first.payload, PayloadVersion::V3);
    assert_eq!(memory.refused(&both, &first, None, &error), Reaction::RetryNow);
    let second = memory.attempt(&both, None);
    assert_eq!(second.payload, PayloadVersion::V2);
    assert_eq!(memory.refused(&both, &second, None, &error), Reaction::None);

    let newest = settings(|o| o);
    let mut memory = CredentialMemory::new(&newest);
    let first = memory.attempt(&newest, None);
    assert_eq!(memory.refused(&newest, &first, None, &error), Reaction::None);
    let oldest = settings(|o| o.protocol(3..=3));
    assert_eq!(CredentialMemory::new(&oldest).attempt(&oldest, None).payload, PayloadVersion::V2);
}
