//! Device tokens: issued, reused, bound to device and role, rotated and revoked (`handshake.md §8`, `methods.md §7`).

use serde_json::{Value, json};

use crate::harness::{Caller, Connect, Device, TestGateway};

const READ: &[&str] = &["operator.read"];

fn desk() -> Device {
    Device::new("desk")
}

fn op(scopes: &[&str]) -> Connect {
    Connect::operator(&desk(), scopes)
}

/// P-10: a device token alone is enough, in every field a client uses, from everywhere; it stays the same.
#[tokio::test]
async fn the_token_alone_is_enough() {
    let gateway = TestGateway::proxied();
    let token = gateway.op(&desk(), READ).await.device_token();
    for caller in [Caller::local(), Caller::remote()] {
        for version in [3, 4] {
            for auth in [
                json!({"deviceToken": token}),
                json!({"token": token}),
                json!({"token": "stale", "deviceToken": token}),
            ] {
                let client = gateway.must(&caller, &op(READ).dialect(version).auth(auth)).await;
                assert_eq!(client.device_token(), token);
            }
        }
    }
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let listed = admin.ok("device.pair.list", json!({})).await;
    assert_eq!(
        (listed["pending"].as_array().map(Vec::len), listed["paired"].as_array().map(Vec::len)),
        (Some(0), Some(2))
    );
}

/// P-10: it outlives a restart, and the other scopes of the device do not change it.
#[tokio::test]
async fn the_token_outlives_a_restart() {
    let gateway = TestGateway::proxied();
    let wide = gateway.op(&desk(), &["operator.read", "operator.write"]).await.device_token();
    let narrow = gateway.op(&desk(), READ).await;
    assert_eq!((narrow.device_token(), narrow.scopes()), (wide.clone(), vec!["operator.read".to_owned()]));
    let gateway = gateway.restart();
    let client = gateway.must(&Caller::remote(), &op(&["operator.write"]).device_token(&wide)).await;
    assert_eq!((client.device_token(), client.scopes()), (wide, vec!["operator.write".to_owned()]));
}

/// P-11: a token is worth its own role and scopes.
#[tokio::test]
async fn a_token_is_bound_to_role_and_scopes() {
    let gateway = TestGateway::proxied();
    let operator = gateway.op(&desk(), READ).await.device_token();
    let node = gateway.node(&desk()).await.device_token();
    assert_ne!(operator, node, "one token per role");
    for caller in [Caller::local(), Caller::remote()] {
        let wrong_role = gateway.refused(&caller, &Connect::node(&desk()).device_token(&operator)).await;
        assert_eq!(wrong_role.code(), "AUTH_DEVICE_TOKEN_MISMATCH");
        let wrong_role = gateway.refused(&caller, &op(&[]).device_token(&node)).await;
        assert_eq!(wrong_role.code(), "AUTH_DEVICE_TOKEN_MISMATCH");
        let more = gateway.refused(&caller, &op(&["operator.admin"]).device_token(&operator)).await;
        assert_eq!((more.code(), &more.error["details"]["reason"]), ("PAIRING_REQUIRED", &json!("scope-upgrade")));
    }
}

/// P-12: a token is worth nothing to another device, paired or not, nor without its device.
#[tokio::test]
async fn a_token_is_bound_to_its_device() {
    let gateway = TestGateway::proxied();
    let token = gateway.op(&desk(), READ).await.device_token();
    gateway.op(&Device::new("thief"), READ).await;
    for (version, field) in [(4, "deviceToken"), (3, "deviceToken")] {
        for name in ["thief", "stranger"] {
            let connect = Connect::operator(&Device::new(name), READ).dialect(version).auth(json!({field: token}));
            let refused = gateway.refused(&Caller::remote(), &connect).await;
            assert_eq!(refused.code(), "AUTH_DEVICE_TOKEN_MISMATCH", "{name}");
        }
    }
    let as_token = Connect::operator(&Device::new("thief"), READ).auth(json!({"token": token}));
    assert_eq!(gateway.refused(&Caller::remote(), &as_token).await.code(), "AUTH_TOKEN_MISMATCH");
    let bare = Connect::deviceless(READ).auth(json!({"deviceToken": token}));
    assert_eq!(gateway.refused(&Caller::local(), &bare).await.code(), "DEVICE_IDENTITY_REQUIRED");
    let bare = Connect::deviceless(READ).auth(json!({"token": token}));
    assert_eq!(gateway.refused(&Caller::local(), &bare).await.code(), "AUTH_TOKEN_MISMATCH");
}

/// P-27, X-34: rotating its own token answers with the new one; the old one is refused.
#[tokio::test]
async fn rotating_its_own_token() {
    let gateway = TestGateway::proxied();
    let mut client = gateway.op(&desk(), &["operator.pairing", "operator.read"]).await;
    let old = client.device_token();
    let answer = client.ok("device.token.rotate", json!({"deviceId": desk().id(), "role": "operator"})).await;
    let token = answer["token"].as_str().unwrap().to_owned();
    let wanted = json!({
        "deviceId": desk().id(), "role": "operator", "scopes": ["operator.read", "operator.pairing"],
        "rotatedAtMs": answer["rotatedAtMs"], "token": token, "tokenDelivery": "in-band",
    });
    assert_eq!(answer, wanted);
    assert_ne!(token, old);
    client.ok("health", json!({})).await;
    assert_eq!(
        gateway.refused(&Caller::remote(), &op(READ).device_token(&old)).await.code(),
        "AUTH_DEVICE_TOKEN_MISMATCH"
    );
    assert_eq!(gateway.must(&Caller::remote(), &op(READ).device_token(&token)).await.device_token(), token);
}

/// P-27, X-34: rotating another's token withholds it; the device receives it when it connects next.
#[tokio::test]
async fn rotating_anothers_token_withholds_it() {
    let gateway = TestGateway::proxied();
    let old = gateway.op(&desk(), READ).await.device_token();
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let answer = admin.ok("device.token.rotate", json!({"deviceId": desk().id(), "role": "operator"})).await;
    let wanted = json!({
        "deviceId": desk().id(), "role": "operator", "scopes": READ, "rotatedAtMs": answer["rotatedAtMs"],
        "tokenDelivery": "withheld-cross-device",
    });
    assert_eq!(answer, wanted);
    assert_eq!(
        gateway.refused(&Caller::remote(), &op(READ).device_token(&old)).await.code(),
        "AUTH_DEVICE_TOKEN_MISMATCH"
    );
    let new = gateway.must(&Caller::remote(), &op(READ)).await.device_token();
    assert_ne!(new, old);
    // Its own device in another role is another token's holder.
    let mut node_side = gateway.must(&Caller::local(), &Connect::operator(&desk(), &["operator.pairing"])).await;
    gateway.node(&desk()).await;
    let answer = node_side.ok("device.token.rotate", json!({"deviceId": desk().id(), "role": "node"})).await;
    assert_eq!((&answer["tokenDelivery"], answer.get("token")), (&json!("withheld-cross-device"), None));
}

/// P-27: rotating never widens, whatever is asked, whoever asks; an empty list means none.
#[tokio::test]
async fn rotating_never_widens() {
    let gateway = TestGateway::proxied();
    gateway.op(&desk(), READ).await;
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let rotate = |role: &str, scopes: Value| json!({"deviceId": desk().id(), "role": role, "scopes": scopes});
    let cases = [
        (
            rotate("operator", json!(["operator.admin"])),
            "FORBIDDEN",
            "not approved for role operator of this device: operator.admin (approve an upgrade first)",
        ),
        (
            rotate("operator", json!(["operator.read", "operator.write"])),
            "FORBIDDEN",
            "not approved for role operator of this device: operator.write (approve an upgrade first)",
        ),
        (
            rotate("operator", json!(["operator.root"])),
            "INVALID_REQUEST",
            "requested scopes contain an unknown operator scope",
        ),
        (rotate("node", json!([])), "INVALID_REQUEST", "unknown deviceId/role"),
        (
            rotate("king", json!([])),
            "INVALID_REQUEST",
            "invalid device.token.rotate params: at /role: must be one of \"operator\", \"node\"",
        ),
    ];
    for (params, code, message) in cases {
        let error = admin.err("device.token.rotate", params.clone()).await;
        assert_eq!(error["code"], code, "{params}");
        assert!(error["message"].as_str().unwrap().starts_with(message.split(" one of").next().unwrap()), "{error}");
    }
    let answer = admin.ok("device.token.rotate", rotate("operator", json!([]))).await;
    assert_eq!(answer["scopes"], json!([]));
    // The device was not narrowed, only this token: with the secret it gets one that carries what it asks.
    assert_eq!(gateway.must(&Caller::remote(), &op(READ)).await.scopes(), READ);
}

/// P-27: a weak connection of a strong device cannot rotate itself up.
#[tokio::test]
async fn a_weak_connection_cannot_rotate_itself_up() {
    let gateway = TestGateway::proxied();
    gateway.op(&desk(), &["operator.admin"]).await;
    let mut weak = gateway.op(&desk(), &["operator.pairing"]).await;
    for scopes in [json!(["operator.admin"]), Value::Null] {
        let error = weak
            .err("device.token.rotate", json!({"deviceId": desk().id(), "role": "operator", "scopes": scopes}))
            .await;
        assert_eq!(
            (&error["code"], &error["details"]["missingScope"]),
            (&json!("FORBIDDEN"), &json!("operator.admin"))
        );
    }
}

/// P-27, X-34: a revoked token is refused until the device proves itself by another credential; revoking again is fine.
#[tokio::test]
async fn a_revoked_token_is_refused() {
    let gateway = TestGateway::proxied();
    let token = gateway.op(&desk(), READ).await.device_token();
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let params = json!({"deviceId": desk().id(), "role": "operator"});
    let answer = admin.ok("device.token.revoke", params.clone()).await;
    assert_eq!(answer, json!({"deviceId": desk().id(), "role": "operator", "revokedAtMs": answer["revokedAtMs"]}));
    assert_eq!(admin.ok("device.token.revoke", params).await, answer, "repeating changes nothing");
    let gateway = gateway.restart();
    let refused = gateway.refused(&Caller::remote(), &op(READ).device_token(&token)).await;
    assert_eq!(refused.code(), "AUTH_DEVICE_TOKEN_MISMATCH");
    let new = gateway.must(&Caller::remote(), &op(READ)).await.device_token();
    assert_ne!(new, token);
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    for params in
        [json!({"deviceId": desk().id(), "role": "node"}), json!({"deviceId": "ab".repeat(32), "role": "operator"})]
    {
        let error = admin.err("device.token.revoke", params).await;
        assert_eq!(error, json!({"code": "INVALID_REQUEST", "message": "unknown deviceId/role"}));
    }
}

/// what the list shows of tokens is never a token.
#[tokio::test]
async fn the_list_shows_no_token() {
    let gateway = TestGateway::start();
    let token = gateway.op(&desk(), READ).await.device_token();
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let listed = admin.ok("device.pair.list", json!({})).await;
    let own = listed["paired"].as_array().unwrap().iter().find(|device| device["deviceId"] == desk().id()).unwrap();
    let shown = &own["tokens"][0];
    assert_eq!((&shown["role"], &shown["scopes"]), (&json!("operator"), &json!(READ)));
    crate::harness::assert_keys(shown, &["role", "scopes", "createdAtMs", "lastUsedAtMs"]);
    assert!(!listed.to_string().contains(&token));
}
