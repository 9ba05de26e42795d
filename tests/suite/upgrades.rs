//! A paired device that asks for more: another role, more scopes (`handshake.md §8`). P-26.

use serde_json::json;

use crate::harness::{Caller, Close, Connect, Device, TestGateway};

fn desk() -> Device {
    Device::new("desk")
}

fn op(scopes: &[&str]) -> Connect {
    Connect::operator(&desk(), scopes)
}

/// P-26: from elsewhere an upgrade has to wait; the answer says what is approved and what is asked, in both generations.
#[tokio::test]
async fn upgrades_from_elsewhere_have_to_wait() {
    let gateway = TestGateway::proxied();
    gateway.op(&desk(), &["operator.read"]).await;
    let higher = "device is asking for a higher role than currently approved";
    let more = "device is asking for more scopes than currently approved";
    let cases = [
        (Connect::node(&desk()), "role-upgrade", higher, "node", json!([])),
        (op(&["operator.admin"]), "scope-upgrade", more, "operator", json!(["operator.admin"])),
        (
            op(&["operator.read", "operator.pairing"]),
            "scope-upgrade",
            more,
            "operator",
            json!(["operator.read", "operator.pairing"]),
        ),
    ];
    for (connect, reason, requirement, role, scopes) in cases {
        let refused = gateway.refused(&Caller::remote(), &connect).await;
        let id = refused.request_id();
        let details = json!({
            "code": "PAIRING_REQUIRED", "reason": reason, "requestId": id,
            "remediationHint": format!("on the gateway's machine run: postern devices approve {id}"),
            "deviceId": desk().id(), "requestedRole": role, "requestedScopes": scopes,
            "recommendedNextStep": "wait_then_retry", "retryable": true, "pauseReconnect": false,
            "approvedRoles": ["operator"], "approvedScopes": ["operator.read"],
        });
        let message = format!("pairing required: {requirement}");
        assert_eq!(refused.error, json!({"code": "NOT_PAIRED", "message": message, "details": details}));
        let reason = format!("{message} (requestId: {id})");
        assert_eq!(refused.close, Close::new(1008, reason.get(..120).unwrap_or(&reason)));
        let old = gateway.refused(&Caller::remote(), &connect.v3()).await;
        assert_eq!(old.error, json!({"code": "NOT_PAIRED", "message": "pairing required", "details": details}));
        assert_eq!(old.close, Close::new(1008, "pairing required"));
    }
    // Meanwhile the device keeps what it has.
    assert_eq!(gateway.must(&Caller::remote(), &op(&["operator.read"])).await.scopes(), ["operator.read"]);
}

/// P-26: what is implied by an approved scope is no upgrade.
#[tokio::test]
async fn implied_scopes_are_no_upgrade() {
    let gateway = TestGateway::proxied();
    gateway.op(&desk(), &["operator.write"]).await;
    for scopes in [&["operator.read"][..], &["operator.sessions.write", "operator.talk"], &[]] {
        for version in [3, 4] {
            let client = gateway.must(&Caller::remote(), &op(scopes).dialect(version)).await;
            let mut granted = client.scopes();
            granted.sort();
            assert_eq!(granted, scopes);
        }
    }
    gateway.op(&desk(), &["operator.admin"]).await;
    gateway.must(&Caller::remote(), &op(&["operator.talk.secrets", "operator.pairing"])).await;
}

/// P-26: on this machine the owner's programs are upgraded silently, but only by the secret, never by a device token.
#[tokio::test]
async fn only_the_secret_upgrades_silently() {
    let gateway = TestGateway::start();
    let token = gateway.op(&desk(), &["operator.read"]).await.device_token();
    for version in [3, 4] {
        for connect in
            [op(&["operator.admin"]).device_token(&token), op(&["operator.admin"]).auth(json!({"token": token}))]
        {
            let refused = gateway.refused(&Caller::local(), &connect.dialect(version)).await;
            assert_eq!(refused.error["details"]["reason"], "scope-upgrade");
        }
    }
    assert_eq!(gateway.op(&desk(), &["operator.admin"]).await.scopes(), ["operator.admin"]);
    assert_eq!(gateway.node(&desk()).await.hello["auth"]["role"], "node");
    let mut admin = gateway.op(&desk(), &["operator.admin"]).await;
    let listed = admin.ok("device.pair.list", json!({})).await;
    let device = &listed["paired"][0];
    assert_eq!(
        (&device["roles"], &device["scopes"]),
        (&json!(["operator", "node"]), &json!(["operator.admin", "operator.read"]))
    );
    assert_eq!(listed["pending"], json!([]), "the silent upgrade settled what waited");
}

/// P-26: approving merges: the device keeps what it had and gets what was asked, not more.
#[tokio::test]
async fn approving_an_upgrade_merges() {
    let gateway = TestGateway::proxied();
    gateway.op(&desk(), &["operator.read"]).await;
    let refused = gateway.refused(&Caller::remote(), &op(&["operator.read", "operator.approvals"])).await;
    let device = gateway.approve(&refused).await["device"].clone();
    assert_eq!(
        (&device["roles"], &device["scopes"]),
        (&json!(["operator"]), &json!(["operator.read", "operator.approvals"]))
    );
    let client = gateway.must(&Caller::remote(), &op(&["operator.read", "operator.approvals"])).await;
    assert_eq!(client.scopes(), ["operator.read", "operator.approvals"]);
    let refused = gateway.refused(&Caller::remote(), &Connect::node(&desk())).await;
    let device = gateway.approve(&refused).await["device"].clone();
    assert_eq!(device["roles"], json!(["operator", "node"]));
    assert_eq!(device["scopes"], json!(["operator.read", "operator.approvals"]));
}

/// P-25, P-26: a phone asks as operator and as node with one key; both stand in one request and do not replace each other.
#[tokio::test]
async fn two_roles_of_one_device_are_one_request() {
    let gateway = TestGateway::proxied();
    let phone = Device::new("phone");
    let (operator, node) = (Connect::operator(&phone, &["operator.read"]), Connect::node(&phone));
    gateway.refused(&Caller::remote(), &operator).await;
    let both = gateway.refused(&Caller::remote(), &node).await;
    for connect in [&operator, &node, &operator] {
        assert_eq!(gateway.refused(&Caller::remote(), connect).await.request_id(), both.request_id());
    }
    let device = gateway.approve(&both).await["device"].clone();
    assert_eq!((&device["roles"], &device["scopes"]), (&json!(["operator", "node"]), &json!(["operator.read"])));
    gateway.must(&Caller::remote(), &operator).await;
    gateway.must(&Caller::remote(), &node).await;
}

/// Asking without reconnecting: the request waits like any other, the answer brings the wider token.
#[tokio::test]
async fn a_connected_device_asks_for_more() {
    let gateway = TestGateway::proxied();
    let mut client = gateway.op(&desk(), &["operator.read"]).await;
    let wider = json!({"scopes": ["operator.read", "operator.approvals"]});
    let asked = client.ok("device.scopes.requestUpgrade", wider.clone()).await;
    let id = asked["requestId"].clone();
    assert_eq!(client.ok("device.scopes.requestUpgrade", wider).await["requestId"], id, "one request");
    let wait = client.post("device.scopes.waitUpgrade", json!({"requestId": id})).await;
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let pending = admin.ok("device.pair.list", json!({})).await["pending"][0].clone();
    assert_eq!(
        (&pending["requestId"], &pending["scopes"], &pending["isRepair"]),
        (&id, &json!(["operator.read", "operator.approvals"]), &json!(true))
    );
    admin.ok("device.pair.approve", json!({"requestId": id})).await;
    let answer = client.raw.answer(&wait).await["payload"].clone();
    let token = answer["deviceToken"].as_str().unwrap().to_owned();
    let wanted = json!({"status": "approved", "requestId": id, "deviceToken": token, "scopes": ["operator.read", "operator.approvals"]});
    assert_eq!(answer, wanted);
    let again = gateway.must(&Caller::remote(), &op(&["operator.approvals"]).device_token(&token)).await;
    assert_eq!(again.scopes(), ["operator.approvals"]);
}

/// The same, refused: unknown words, less than it has, no device, another's request.
#[tokio::test]
async fn asking_for_more_has_rules() {
    let gateway = TestGateway::proxied();
    let mut client = gateway.op(&desk(), &["operator.read"]).await;
    let invalid = |message: &str| json!({"code": "INVALID_REQUEST", "message": message});
    let cases = [
        (json!({"scopes": ["operator.read", "operator.root"]}), "requested scopes contain an unknown operator scope"),
        (json!({"scopes": ["operator.approvals"]}), "requested scopes must include the connection's current scopes"),
        (json!({}), "invalid device.scopes.requestUpgrade params: must have required property 'scopes'"),
    ];
    for (params, message) in cases {
        assert_eq!(client.err("device.scopes.requestUpgrade", params).await, invalid(message));
    }
    let mut tool = gateway.must(&Caller::local(), &Connect::deviceless(&["operator.read"])).await;
    let error = tool.err("device.scopes.requestUpgrade", json!({"scopes": ["operator.admin"]})).await;
    assert_eq!(error["details"]["code"], "DEVICE_IDENTITY_REQUIRED");
    let asked = client.ok("device.scopes.requestUpgrade", json!({"scopes": ["operator.read", "operator.admin"]})).await;
    let mut other = gateway.op(&Device::new("other"), &["operator.admin"]).await;
    let error = other.err("device.scopes.waitUpgrade", json!({"requestId": asked["requestId"]})).await;
    assert_eq!(error, invalid("scope upgrade expired or not found"), "only the device itself may wait");
    let wait = client.post("device.scopes.waitUpgrade", json!({"requestId": asked["requestId"]})).await;
    other.ok("device.pair.reject", json!({"requestId": asked["requestId"]})).await;
    let answer = client.raw.answer(&wait).await;
    assert_eq!(answer["payload"], json!({"status": "rejected", "requestId": asked["requestId"]}));
}
