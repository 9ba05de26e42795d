//! The proof of a device's key: what is signed, for which nonce, when (`handshake.md §4`).

use serde_json::{Value, json};

use crate::harness::{Caller, Connect, Device, InProcess, Payload, Refused, START_MS, TestGateway};

fn op(name: &str) -> Connect {
    Connect::operator(&Device::new(name), &["operator.read", "operator.write"])
}

/// F-01, F-02, F-03: the published vectors of the signed text, byte for byte, as the harness writes them out itself.
#[tokio::test]
async fn the_suite_signs_the_published_vectors() {
    let seed: [u8; 32] = std::array::from_fn(|index| u8::try_from(index).unwrap());
    let device = Device::from_seed(&seed);
    assert_eq!(device.id(), "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c");
    assert_eq!(device.public_key(), "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg");
    let challenge = json!({"nonce": "00000000-0000-4000-8000-000000000001", "ts": 1_767_225_600_000_i64});
    let signature =
        |connect: Connect| connect.params(&challenge, None)["device"]["signature"].as_str().unwrap().to_owned();
    let operator = Connect::operator(&device, &["operator.read", "operator.write"])
        .auth(json!({"token": "testtoken123"}))
        .set("/client/platform", json!("Linux"))
        .set("/client/deviceFamily", json!("Desktop"));
    let node = Connect::node(&device).no_auth();
    let table = [
        (
            operator.clone().payload(Payload::V1),
            "KzKTUcDUxT5PpoYoFWWk8sMv5GyWhZ2lI3B3tgmueDW-ngfhh99rTTrfHDZMjHyQTdk76kQwjoN5HRbZrZz5Aw",
        ),
        (
            operator.clone().payload(Payload::V2),
            "nWybKh5ux31bOde9xAwSSE1794F9ZKVnUK77TPHhAqi8NcJEumxpuIpJWsSbHrMPe8rTj7K7IM6crOAIwdeDAQ",
        ),
        (operator, "AM9rw8MGAh2nvuy71wxR1mWDxy7dDrxhL8_2u9eqjF9SQk1s-hCP86AHqvhRO4pe5zKxnPLdW2ims9jx8qseCA"),
        (
            node.clone().payload(Payload::V2),
            "4SHCEP5oXpqFjX3CnOpzClBJY9Bx4Drnlel9uBCd_D9Tvyu50kHGWmx8C5xitPT9YM0hFp5rZn4T2LM_pbr7Dg",
        ),
        (node, "md89RE6ebzB7ZR19Db6Yyam3OVIeMw9s_ecD2Uj-X13EM5L_9_5rgfqEwx4CszuQPftZyP5etC5Ta_9RsrHrAw"),
    ];
    for (connect, wanted) in table {
        assert_eq!(signature(connect), wanted);
    }
}

/// F-01, F-03: both generations of the signed text are accepted in both generations of the protocol.
#[tokio::test]
async fn signatures_of_both_generations_are_accepted() {
    let gateway = TestGateway::proxied();
    for caller in [Caller::local(), Caller::remote()] {
        for (version, payload) in [(3, Payload::V2), (3, Payload::V3), (4, Payload::V2), (4, Payload::V3)] {
            let connect = op("d").dialect(version).payload(payload);
            let connected = gateway.connect_from(&caller, &connect).await;
            assert!(connected.is_ok(), "protocol {version}, payload {payload:?}: {connected:?}");
        }
    }
}

/// F-02: metadata is signed trimmed and in lower case, ASCII letters only.
#[tokio::test]
async fn metadata_is_normalised_before_signing() {
    let gateway = TestGateway::start();
    let spaced = |platform: &str, family: Value| {
        Connect::operator(&Device::new(platform), &[])
            .set("/client/platform", json!(platform))
            .set("/client/deviceFamily", family)
    };
    for connect in [spaced(" macOS ", json!("  iMac")), spaced("LÍNUX", json!("ÄPFEL")), spaced("Windows", Value::Null)]
    {
        gateway.must(&Caller::local(), &connect).await;
    }
    // What differs only so verifies although the other was signed.
    gateway.must(&Caller::local(), &spaced("linux", json!("pc")).forge("/client/platform", json!(" LINUX "))).await;
    let refused = gateway
        .refused(&Caller::local(), &spaced("länux", Value::Null).forge("/client/platform", json!("LÄNUX")))
        .await;
    assert_eq!(refused.code(), "DEVICE_AUTH_SIGNATURE_INVALID");
}

/// F-01, P-20: whatever the signature covers cannot be changed afterwards.
#[tokio::test]
async fn what_was_signed_cannot_be_changed() {
    let gateway = TestGateway::start();
    let with_family = || op("d").set("/client/deviceFamily", json!("Desktop"));
    let table = [
        ("/client/platform", json!("macos"), Payload::V3),
        ("/client/deviceFamily", json!("Mac"), Payload::V3),
        ("/client/id", json!("gateway-client"), Payload::V2),
        ("/client/mode", json!("ui"), Payload::V2),
        ("/role", json!("node"), Payload::V2),
        ("/scopes", json!(["operator.admin"]), Payload::V2),
        ("/scopes", json!(["operator.write", "operator.read"]), Payload::V2),
        ("/scopes", json!([]), Payload::V2),
        ("/auth/token", json!("another"), Payload::V2),
    ];
    for (pointer, value, payload) in table {
        let refused = gateway.refused(&Caller::local(), &with_family().payload(payload).forge(pointer, value)).await;
        assert_eq!(refused.code(), "DEVICE_AUTH_SIGNATURE_INVALID", "{pointer}");
    }
    // The time is signed too: one millisecond is enough.
    let still = InProcess::start().await;
    let refused = still.refused(&Caller::local(), &with_family().forge("/device/signedAt", json!(START_MS + 1))).await;
    assert_eq!(refused.code(), "DEVICE_AUTH_SIGNATURE_INVALID");
}

/// P-20: any flipped bit of the signature, a truncated one and another key's are refused.
#[tokio::test]
async fn broken_signatures_are_refused() {
    let gateway = TestGateway::start();
    let mut raw = gateway.raw().await;
    let challenge = raw.challenge().await;
    let good = op("d").params(&challenge, gateway.token.as_deref());
    let signature = good["device"]["signature"].as_str().unwrap();
    // The last character holds only part of a byte; the first 80 are whole.
    let flipped = |at: usize| {
        let mut text = signature.as_bytes().to_vec();
        text[at] = if text[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(text).unwrap()
    };
    let mut broken: Vec<_> = [0, 1, 40, 43, 79].map(flipped).to_vec();
    broken.extend([
        signature[..80].to_owned(),
        format!("{signature}AA"),
        "A".repeat(86),
        "!".repeat(86),
        "x".to_owned(),
    ]);
    for text in broken {
        let refused = gateway.refused(&Caller::local(), &op("d").forge("/device/signature", json!(text))).await;
        assert_eq!(refused.code(), "DEVICE_AUTH_SIGNATURE_INVALID", "{text}");
    }
    let other = Device::new("other").sign("v3|anything");
    let refused = gateway.refused(&Caller::local(), &op("d").forge("/device/signature", json!(other))).await;
    assert_eq!(refused.code(), "DEVICE_AUTH_SIGNATURE_INVALID");
}

/// P-02: the id is the hash of the key; keys are read in every form clients send.
#[tokio::test]
async fn the_device_id_is_derived_from_the_key() {
    let gateway = TestGateway::start();
    let device = Device::new("d");
    let upper = device.id().to_uppercase();
    for id in [Device::new("other").id(), upper, format!("{} ", device.id()), device.id()[..63].to_owned()] {
        let refused = gateway.refused(&Caller::local(), &op("d").forge("/device/id", json!(id))).await;
        assert_eq!(
            (refused.code(), &refused.error["details"]["reason"]),
            ("DEVICE_AUTH_DEVICE_ID_MISMATCH", &json!("device-id-mismatch"))
        );
    }
    let standard = format!("{}=", device.public_key().replace('-', "+").replace('_', "/"));
    gateway.must(&Caller::local(), &op("d").forge("/device/publicKey", json!(standard))).await;
    for key in ["", " ", "AAAA", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"] {
        let refused = gateway.refused(&Caller::local(), &op("d").forge("/device/publicKey", json!(key))).await;
        assert!(refused.code() == "DEVICE_AUTH_PUBLIC_KEY_INVALID" || key.is_empty(), "{key:?}: {refused:?}");
    }
}

/// P-16: without the nonce, or with another, nobody gets in from elsewhere, whatever was signed.
#[tokio::test]
async fn remote_clients_sign_the_nonce() {
    let gateway = TestGateway::proxied();
    let remote = Caller::remote();
    for version in [3, 4] {
        let code = |refused: Refused| refused.code().to_owned();
        let bare = op("d").dialect(version).payload(Payload::V1);
        assert_eq!(code(gateway.refused(&remote, &bare).await), "DEVICE_AUTH_NONCE_REQUIRED", "{version}");
        for empty in ["", "  "] {
            let connect = op("d").dialect(version).nonce(empty);
            assert_eq!(
                code(gateway.refused(&remote, &connect).await),
                "DEVICE_AUTH_NONCE_REQUIRED",
                "{version} {empty:?}"
            );
        }
        let other = op("d").dialect(version).nonce("00000000-0000-4000-8000-000000000001");
        assert_eq!(code(gateway.refused(&remote, &other).await), "DEVICE_AUTH_NONCE_MISMATCH", "{version}");
    }
}

/// P-16, P-17: on this machine only protocol 3 may leave the nonce out, and then only with payload v1.
#[tokio::test]
async fn only_old_local_clients_may_leave_the_nonce_out() {
    let gateway = TestGateway::start();
    let bare = op("d").payload(Payload::V1);
    gateway.must(&Caller::local(), &bare.clone().v3().payload(Payload::V1)).await;
    assert_eq!(gateway.refused(&Caller::local(), &bare).await.code(), "DEVICE_AUTH_NONCE_REQUIRED");
    let stripped = op("d").v3().forge_without("/device/nonce");
    assert_eq!(gateway.refused(&Caller::local(), &stripped).await.code(), "DEVICE_AUTH_SIGNATURE_INVALID");
}

/// P-18: a captured connect is worth nothing on another socket.
#[tokio::test]
async fn a_replayed_connect_is_refused() {
    let gateway = TestGateway::start();
    let captured = gateway.op(&Device::new("d"), &["operator.read"]).await.sent.clone();
    let mut raw = gateway.raw().await;
    raw.challenge().await;
    raw.request("replay", "connect", captured).await;
    let answer = raw.answer("replay").await;
    assert_eq!(answer["error"]["details"]["code"], "DEVICE_AUTH_NONCE_MISMATCH");
    assert_eq!(raw.closed().await.reason, "device nonce mismatch");
}

/// P-19: ten minutes of clock skew are forgiven to protocol 3, two to protocol 4, in both directions.
#[tokio::test]
async fn stale_signatures_are_refused() {
    let gateway = InProcess::start().await;
    let table = [(3, 599_999, true), (3, 600_000, false), (4, 119_999, true), (4, 120_000, false), (4, 600_000, false)];
    for (version, skew, good) in table {
        for sign in [-1, 1] {
            let connect = op("d").dialect(version).signed_at(START_MS + sign * skew);
            let code = gateway.connect(&connect).await.err().map(|refused| refused.code().to_owned());
            let wanted = (!good).then(|| "DEVICE_AUTH_SIGNATURE_EXPIRED".to_owned());
            assert_eq!(code, wanted, "protocol {version}, {} ms", sign * skew);
        }
    }
    for absurd in [-9_007_199_254_740_991, 0, 9_007_199_254_740_991] {
        let refused = gateway.refused(&Caller::local(), &op("d").signed_at(absurd)).await;
        assert_eq!(refused.code(), "DEVICE_AUTH_SIGNATURE_EXPIRED", "{absurd}");
    }
}

/// P-17: our own client signs the served nonce on loopback too.
#[tokio::test]
async fn our_own_command_signs_the_nonce() {
    let gateway = TestGateway::start();
    let health = gateway.cli(&["health", "--json"]);
    assert_eq!(health.code, 0, "{health:?}");
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let paired = admin.ok("device.pair.list", json!({})).await["paired"].clone();
    // A device is only ever paired after its signature over the nonce was good.
    let own: Vec<_> =
        paired.as_array().unwrap().iter().filter(|device| device["deviceId"] != Device::new("admin").id()).collect();
    assert_eq!((own.len(), &own[0]["clientId"]), (1, &json!("cli")), "{paired}");
}
