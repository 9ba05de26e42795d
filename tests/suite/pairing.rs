//! New devices: who must ask, who is asked, what approving and rejecting do (`handshake.md §8`).

use std::collections::HashSet;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::harness::{Caller, Client, Close, Connect, Device, Endpoint, InProcess, PROXIED, REMOTE_IP, TestGateway};

const ADMIN: &[&str] = &["operator.admin"];

fn phone() -> Device {
    Device::new("phone")
}

fn ask() -> Connect {
    Connect::operator(&phone(), &["operator.read"]).client("openclaw-ios", "ui")
}

/// P-01: whoever has no device is refused, from elsewhere and from here, but for the documented exceptions.
#[tokio::test]
async fn clients_present_a_device() {
    let gateway = TestGateway::proxied();
    let node = || Connect::deviceless(&[]).set("/role", json!("node")).client("node-host", "node");
    let bare = || Connect::deviceless(&[]).no_auth();
    for caller in [Caller::remote(), Caller::local()] {
        for connect in [node(), node().no_auth(), bare(), bare().v3(), node().no_auth().v3()] {
            let refused = gateway.refused(&caller, &connect).await;
            assert_eq!((refused.code(), &refused.error["code"]), ("DEVICE_IDENTITY_REQUIRED", &json!("NOT_PAIRED")));
        }
    }
    // Who knows the secret but shows no device gets in and may do nothing.
    let mut guest = gateway.must(&Caller::remote(), &Connect::deviceless(ADMIN)).await;
    assert!(guest.scopes().is_empty() && guest.hello["auth"].get("deviceToken").is_none(), "{}", guest.hello);
    assert_eq!(guest.err("status", json!({})).await["details"]["missingScope"], "operator.read");
    let mut tool = gateway.must(&Caller::local(), &Connect::deviceless(ADMIN)).await;
    assert_eq!(tool.scopes(), ADMIN);
    assert_eq!(tool.ok("device.pair.list", json!({})).await, json!({"pending": [], "paired": []}));
}

/// P-03, P-21: a new device from elsewhere is told to wait, whole answer, both generations.
#[tokio::test]
async fn a_new_device_from_elsewhere_has_to_wait() {
    let gateway = TestGateway::proxied();
    let refused = gateway.refused(&Caller::remote(), &ask()).await;
    let id = refused.request_id().to_owned();
    let message = "pairing required: device is not approved yet";
    let details = json!({
        "code": "PAIRING_REQUIRED", "reason": "not-paired", "requestId": id,
        "remediationHint": format!("on the gateway's machine run: postern devices approve {id}"),
        "deviceId": phone().id(), "requestedRole": "operator", "requestedScopes": ["operator.read"],
        "recommendedNextStep": "wait_then_retry", "retryable": true, "pauseReconnect": false,
    });
    assert_eq!(refused.error, json!({"code": "NOT_PAIRED", "message": message, "details": details}));
    assert_eq!(refused.close, Close::new(1008, &format!("{message} (requestId: {id})")));
    let old = gateway.refused(&Caller::remote(), &ask().v3()).await;
    assert_eq!(old.error, json!({"code": "NOT_PAIRED", "message": "pairing required", "details": details}));
    assert_eq!(old.close, Close::new(1008, "pairing required"));
}

/// P-03, P-25, X-32: however often it asks, one request waits, under one id, with what approvers need to see.
#[tokio::test]
async fn one_device_is_one_request() {
    let gateway = TestGateway::proxied();
    let mut admin = gateway.op(&Device::new("admin"), &["operator.pairing"]).await;
    let named = || ask().set("/client/displayName", json!("Ada's phone")).set("/client/deviceFamily", json!("iPhone"));
    let first = gateway.refused(&Caller::remote(), &named()).await;
    for connect in [named(), named().v3(), named()] {
        assert_eq!(gateway.refused(&Caller::remote(), &connect).await.request_id(), first.request_id());
    }
    let pending = admin.ok("device.pair.list", json!({})).await["pending"].clone();
    let shown = json!([{
        "requestId": first.request_id(), "deviceId": phone().id(), "publicKey": phone().public_key(),
        "displayName": "Ada's phone", "platform": "linux", "deviceFamily": "iPhone", "clientId": "openclaw-ios",
        "clientMode": "ui", "role": "operator", "roles": ["operator"], "scopes": ["operator.read"],
        "remoteIp": REMOTE_IP, "silent": false, "isRepair": false, "ts": pending[0]["ts"],
        "expiresAtMs": pending[0]["expiresAtMs"],
    }]);
    assert_eq!(pending, shown);
    assert!(pending[0]["ts"].is_i64() && pending[0]["expiresAtMs"].as_i64() > pending[0]["ts"].as_i64());
    let mut told = shown[0].clone();
    told.as_object_mut().unwrap().remove("expiresAtMs");
    assert_eq!(admin.events("device.pair.requested"), [told], "told once, in the words that every client knows");
}

/// P-04: nodes are paired like operators, with the role node and without scopes.
#[tokio::test]
async fn nodes_are_paired_as_devices() {
    let gateway = TestGateway::proxied();
    let node = Connect::node(&phone()).set("/scopes", json!(["operator.admin"]));
    let refused = gateway.refused(&Caller::remote(), &node).await;
    let mut admin = gateway.op(&Device::new("admin"), ADMIN).await;
    let pending = admin.ok("device.pair.list", json!({})).await["pending"][0].clone();
    assert_eq!((&pending["role"], &pending["roles"]), (&json!("node"), &json!(["node"])));
    assert!(pending.get("scopes").is_none_or(|scopes| scopes == &json!([])), "{pending}");
    let approved = gateway.approve(&refused).await;
    assert_eq!((&approved["device"]["roles"], &approved["device"]["scopes"]), (&json!(["node"]), &json!([])));
    let client = gateway.must(&Caller::remote(), &node).await;
    assert_eq!((&client.hello["auth"]["role"], client.scopes()), (&json!("node"), Vec::new()));
}

/// P-05, P-30: the approval lives in the device store and outlives the process; nothing else gates the handshake.
#[tokio::test]
async fn approvals_outlive_a_restart() {
    let gateway = TestGateway::proxied();
    let node = Connect::node(&phone());
    let refused = gateway.refused(&Caller::remote(), &node).await;
    gateway.approve(&refused).await;
    let token = gateway.must(&Caller::remote(), &node).await.device_token();
    let waiting = gateway.refused(&Caller::remote(), &Connect::node(&Device::new("other"))).await;
    let gateway = gateway.restart();
    let again = gateway.must(&Caller::remote(), &node.clone().device_token(&token)).await;
    assert_eq!(again.device_token(), token, "the same token on each connect");
    let still = gateway.refused(&Caller::remote(), &Connect::node(&Device::new("other"))).await;
    assert_eq!(still.request_id(), waiting.request_id());
}

/// P-06, P-07, P-09, H-18, E-11: asked, told, approved, told, in, with a token of its own.
#[tokio::test]
async fn approving_lets_the_device_in() {
    let gateway = TestGateway::proxied();
    let mut approver = gateway.op(&Device::new("admin"), &["operator.pairing", "operator.read"]).await;
    let refused = gateway.refused(&Caller::remote(), &ask()).await;
    let asked = approver.event("device.pair.requested", |_| true).await;
    assert_eq!(asked["requestId"], refused.request_id());
    let answer =
        approver.ok("device.pair.approve", json!({"requestId": asked["requestId"], "deviceId": phone().id()})).await;
    let device = &answer["device"];
    assert_eq!((&answer["requestId"], &device["deviceId"]), (&asked["requestId"], &json!(phone().id())));
    assert_eq!(
        (&device["approvedVia"], &device["connected"], &device["scopes"]),
        (&json!("operator"), &json!(false), &json!(["operator.read"]))
    );
    let resolved = approver.event("device.pair.resolved", |_| true).await;
    let wanted = json!({"requestId": refused.request_id(), "deviceId": phone().id(), "decision": "approved", "ts": resolved["ts"]});
    assert_eq!(resolved, wanted);
    approver.event("device.pair.changed", |payload| payload["deviceId"] == phone().id()).await;
    let client = gateway.must(&Caller::remote(), &ask()).await;
    assert_eq!(client.device_token().len(), 43);
    let listed = approver.ok("device.pair.list", json!({})).await;
    assert_eq!(listed["pending"], json!([]));
    let own = listed["paired"].as_array().unwrap().iter().find(|device| device["deviceId"] == phone().id()).unwrap();
    assert_eq!((&own["connected"], &own["remoteIp"]), (&json!(true), &json!(REMOTE_IP)));
}

/// P-08, X-33: rejecting drops the request; the device stays out and may ask anew.
#[tokio::test]
async fn rejecting_keeps_the_device_out() {
    let gateway = TestGateway::proxied();
    let mut approver = gateway.op(&Device::new("admin"), &["operator.pairing"]).await;
    let refused = gateway.refused(&Caller::remote(), &ask()).await;
    let id = refused.request_id();
    let answer = approver.ok("device.pair.reject", json!({"requestId": id})).await;
    assert_eq!(answer, json!({"requestId": id, "deviceId": phone().id()}));
    let resolved = approver.event("device.pair.resolved", |_| true).await;
    assert_eq!((&resolved["decision"], &resolved["requestId"]), (&json!("rejected"), &json!(id)));
    assert_eq!(approver.ok("device.pair.list", json!({})).await["pending"], json!([]));
    for method in ["device.pair.reject", "device.pair.approve"] {
        let error = approver.err(method, json!({"requestId": id})).await;
        assert_eq!(error, json!({"code": "INVALID_REQUEST", "message": "unknown requestId"}));
    }
    let again = gateway.refused(&Caller::remote(), &ask()).await;
    assert_ne!(again.request_id(), id);
}

/// P-13: a program of this machine that knows the secret is paired without asking, operator or node, both generations.
#[tokio::test]
async fn local_devices_are_paired_silently() {
    let gateway = TestGateway::start();
    let mut watcher = gateway.op(&Device::new("watcher"), &["operator.pairing"]).await;
    for (name, version) in [("a", 3), ("b", 4)] {
        let operator = Connect::operator(&Device::new(name), ADMIN).dialect(version);
        let client = gateway.must(&Caller::local(), &operator).await;
        assert_eq!(client.scopes(), ADMIN);
        gateway.must(&Caller::local(), &Connect::node(&Device::new(&format!("{name}-node"))).dialect(version)).await;
    }
    let listed = watcher.ok("device.pair.list", json!({})).await;
    let paired = listed["paired"].as_array().unwrap();
    assert_eq!((paired.len(), &listed["pending"]), (5, &json!([])));
    assert!(paired.iter().all(|device| device["approvedVia"] == "local"), "{listed}");
    assert!(watcher.events("device.pair.requested").is_empty());
}

/// P-15: with the setting off, a local device asks like any other.
#[tokio::test]
async fn silent_pairing_can_be_switched_off() {
    let config = r#"{gateway: {nodes: {pairing: {autoApproveLocal: false}}}}"#;
    let gateway = TestGateway::builder().config(config).start();
    let refused = gateway.refused(&Caller::local(), &ask()).await;
    assert_eq!((refused.code(), &refused.error["details"]["reason"]), ("PAIRING_REQUIRED", &json!("not-paired")));
    let mut owner = gateway.must(&Caller::local(), &Connect::deviceless(ADMIN)).await;
    owner.ok("device.pair.approve", json!({"requestId": refused.request_id()})).await;
    gateway.must(&Caller::local(), &ask()).await;
}

/// P-21: time alone never pairs anybody; what nobody decided is forgotten after five minutes and then asked anew.
#[tokio::test]
async fn waiting_is_never_enough() {
    let gateway = InProcess::with(PROXIED, |_| {}).await;
    let first = gateway.refused(&Caller::remote(), &ask()).await;
    for _ in 0..3 {
        gateway.clock.advance_ms(4 * 60_000);
        let again = gateway.refused(&Caller::remote(), &ask()).await;
        assert_eq!(again.request_id(), first.request_id(), "a retry keeps the request alive");
    }
    gateway.clock.advance_ms(5 * 60_000);
    let mut admin = gateway.op(&Device::new("admin"), ADMIN).await;
    assert_eq!(admin.ok("device.pair.list", json!({})).await["pending"], json!([]));
    let error = admin.err("device.pair.approve", json!({"requestId": first.request_id()})).await;
    assert_eq!(error["message"], "unknown requestId");
    let anew = gateway.refused(&Caller::remote(), &ask()).await;
    assert_ne!(anew.request_id(), first.request_id());
}

/// P-22, P-23: being paired replaces no credential, here or elsewhere.
#[tokio::test]
async fn paired_devices_still_authenticate() {
    let gateway = TestGateway::proxied();
    gateway.op(&phone(), &["operator.read"]).await;
    let table = [(None, "AUTH_TOKEN_MISSING"), (Some("wrong"), "AUTH_TOKEN_MISMATCH")];
    for caller in [Caller::local(), Caller::remote()] {
        for version in [3, 4] {
            for (token, code) in table {
                let connect = ask().dialect(version);
                let connect = token.map_or(connect.clone().no_auth(), |token| connect.auth(json!({"token": token})));
                assert_eq!(gateway.refused(&caller, &connect).await.code(), code);
            }
        }
    }
}

/// P-28, X-33: a removed device is unknown again.
#[tokio::test]
async fn a_removed_device_asks_again() {
    let gateway = TestGateway::proxied();
    let mut admin = gateway.op(&Device::new("admin"), ADMIN).await;
    let token = gateway.op(&phone(), &["operator.read"]).await.device_token();
    let id = json!({"deviceId": phone().id()});
    assert_eq!(admin.ok("device.pair.remove", id.clone()).await, id);
    admin.event("device.pair.changed", |payload| payload["deviceId"] == phone().id()).await;
    let by_token = gateway.refused(&Caller::remote(), &ask().device_token(&token)).await;
    assert_eq!(by_token.code(), "AUTH_DEVICE_TOKEN_MISMATCH");
    let by_secret = gateway.refused(&Caller::remote(), &ask()).await;
    assert_eq!(by_secret.error["details"]["reason"], "not-paired");
    let error = admin.err("device.pair.remove", id).await;
    assert_eq!(error, json!({"code": "INVALID_REQUEST", "message": "unknown deviceId"}));
    assert_eq!(admin.ok("device.pair.list", json!({})).await["paired"].as_array().map(Vec::len), Some(1));
    let silence: Value = json!(admin.events("device.pair.resolved"));
    assert_eq!(silence, json!([]), "removing is no decision about a request");
}

/// P-03: a device that keeps knocking while it is being approved gets in, and asks for nothing that it already has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn knocking_during_an_approval_leaves_no_request() {
    let gateway = TestGateway::proxied();
    let mut admin = gateway.op(&Device::new("admin"), ADMIN).await;
    for round in 0..4 {
        let (asked, mut asks) = mpsc::unbounded_channel();
        let mut phones = JoinSet::new();
        for number in 0..8 {
            let phone = Connect::node(&Device::new(&format!("phone {round}.{number}")));
            phones.spawn(knocks(gateway.endpoint(), phone, asked.clone()));
        }
        drop(asked);
        let mut requests = HashSet::new();
        while requests.len() < 8 {
            requests.insert(asks.recv().await.unwrap());
        }
        // One after the other, so that each is somewhere in the middle of a try.
        for request in &requests {
            admin.ok("device.pair.approve", json!({"requestId": request})).await;
        }
        while let Some(request) = asks.recv().await {
            assert!(requests.contains(&request), "one request of each");
        }
        phones.join_all().await;
        assert_eq!(admin.ok("device.pair.list", json!({})).await["pending"], json!([]), "round {round}");
    }
}

/// Connects until it is let in; tells the requests it was named.
async fn knocks(gateway: Endpoint, phone: Connect, asked: mpsc::UnboundedSender<String>) -> Client {
    loop {
        match gateway.connect_from(&Caller::remote(), &phone).await {
            Ok(client) => return client,
            Err(refused) => asked.send(refused.request_id().to_owned()).unwrap(),
        }
    }
}
