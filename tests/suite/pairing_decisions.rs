//! Whoever decides about a device: only what they hold, only what they saw, by every way in (DEMAND §2: approve more
//! than you hold, wrong requester approved).

use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, Refused, TOKEN, TestGateway, run};

fn phone() -> Device {
    Device::new("phone")
}

async fn asks(gateway: &TestGateway, scopes: &[&str]) -> Refused {
    gateway.refused(&Caller::remote(), &Connect::operator(&phone(), scopes)).await
}

async fn pairing_only(gateway: &TestGateway) -> Client {
    gateway.op(&Device::new("desk"), &["operator.pairing"]).await
}

/// Nobody gives more than they hold: the refusal names what is missing and nothing changes.
#[tokio::test]
async fn nobody_approves_more_than_they_hold() {
    let gateway = TestGateway::proxied();
    let cases: [(&[&str], &[&str], &[&str]); 4] = [
        (&["operator.pairing"], &["operator.admin"], &["operator.admin"]),
        (&["operator.pairing"], &["operator.read", "operator.write"], &["operator.read", "operator.write"]),
        (&["operator.pairing", "operator.read"], &["operator.read", "operator.approvals"], &["operator.approvals"]),
        (&["operator.pairing", "operator.write"], &["operator.talk.secrets"], &["operator.talk.secrets"]),
    ];
    for (index, (held, asked, missing)) in cases.into_iter().enumerate() {
        let mut approver = gateway.op(&Device::new(&format!("approver-{index}")), held).await;
        let refused = asks(&gateway, asked).await;
        let error = approver.err("device.pair.approve", json!({"requestId": refused.request_id()})).await;
        let message = format!("this needs scopes that the caller does not hold: {}", missing.join(","));
        let details = json!({"code": "MISSING_SCOPE", "missingScope": missing[0], "requiredScopes": missing});
        assert_eq!(error, json!({"code": "FORBIDDEN", "message": message, "details": details}));
        assert_eq!(asks(&gateway, asked).await.request_id(), refused.request_id(), "it still waits");
    }
    // What one holds by implication may be given.
    let mut writer = gateway.op(&Device::new("writer"), &["operator.pairing", "operator.write"]).await;
    let refused = asks(&gateway, &["operator.read", "operator.talk"]).await;
    writer.ok("device.pair.approve", json!({"requestId": refused.request_id()})).await;
}

/// Protocol 3 callers meet the same rule in their own words.
#[tokio::test]
async fn old_clients_approve_no_more_than_they_hold() {
    let gateway = TestGateway::proxied();
    let connect = Connect::operator(&Device::new("desk"), &["operator.pairing"]).v3();
    let mut approver = gateway.must(&Caller::local(), &connect).await;
    let refused = asks(&gateway, &["operator.admin"]).await;
    let error = approver.err("device.pair.approve", json!({"requestId": refused.request_id()})).await;
    assert_eq!(error["code"], "INVALID_REQUEST");
    assert_eq!(error["message"], "this needs scopes that the caller does not hold: operator.admin");
}

/// A stolen shared secret from elsewhere approves nothing; the owner's command line on this machine does.
#[tokio::test]
async fn the_secret_alone_approves_nothing_from_elsewhere() {
    let gateway = TestGateway::proxied();
    let refused = asks(&gateway, &["operator.admin"]).await;
    let mut guest = gateway.must(&Caller::remote(), &Connect::deviceless(&["operator.admin"])).await;
    let error = guest.err("device.pair.approve", json!({"requestId": refused.request_id()})).await;
    assert_eq!(error["details"]["missingScope"], "operator.pairing");
    let mut old = gateway.must(&Caller::remote(), &Connect::deviceless(&["operator.admin"]).v3()).await;
    let error = old.err("device.pair.approve", json!({"requestId": refused.request_id()})).await;
    assert_eq!(error["message"], "missing scope: operator.pairing");
    let approve = gateway.cli(&["devices", "approve", refused.request_id(), "--json"]);
    assert_eq!((approve.code, &approve.json()["device"]["deviceId"]), (0, &json!(phone().id())), "{approve:?}");
    gateway.must(&Caller::remote(), &Connect::operator(&phone(), &["operator.admin"])).await;
}

/// The command line is one more client: where its own device is not approved, or no more, it lets nobody in.
#[tokio::test]
async fn the_command_line_approves_no_more_than_its_device_holds() {
    let config = r#"{gateway: {trustedProxies: ["127.0.0.1"], nodes: {pairing: {autoApproveLocal: false}}}}"#;
    let gateway = TestGateway::builder().config(config).start();
    let refused = asks(&gateway, &["operator.admin"]).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let url = gateway.url();
    let state = ("POSTERN_STATE_DIR", elsewhere.path().to_str().unwrap());
    let approve = ["devices", "approve", refused.request_id(), "--json"];
    // It knows the secret, but its device waits itself: it approves neither the phone nor itself.
    let unapproved = run(&approve, &[state, ("POSTERN_GATEWAY_URL", &url), ("POSTERN_GATEWAY_TOKEN", TOKEN)]);
    assert_eq!(unapproved.code, 4, "{unapproved:?}");
    let mut admin = gateway.must(&Caller::local(), &Connect::deviceless(&["operator.admin"])).await;
    let pending = admin.ok("device.pair.list", json!({})).await["pending"].clone();
    let own = pending
        .as_array()
        .unwrap()
        .iter()
        .find(|request| request["clientId"] == "cli" && request["deviceId"] != phone().id());
    let own = own.unwrap_or_else(|| panic!("{pending}")).clone();
    let itself = run(
        &["devices", "approve", own["requestId"].as_str().unwrap(), "--json"],
        &[state, ("POSTERN_GATEWAY_URL", &url), ("POSTERN_GATEWAY_TOKEN", TOKEN)],
    );
    assert_eq!(itself.code, 4, "{itself:?}");
    // Approved, then cut down: what it keeps is worth nothing.
    admin.ok("device.pair.approve", json!({"requestId": own["requestId"]})).await;
    let list =
        run(&["devices", "list", "--json"], &[state, ("POSTERN_GATEWAY_URL", &url), ("POSTERN_GATEWAY_TOKEN", TOKEN)]);
    assert_eq!(list.code, 0, "{list:?}");
    let narrow = json!({"deviceId": own["deviceId"], "role": "operator", "scopes": ["operator.pairing"]});
    admin.ok("device.token.rotate", narrow).await;
    let cut = run(&approve, &[state, ("POSTERN_GATEWAY_URL", &url)]);
    assert!(matches!(cut.code, 4 | 5), "{cut:?}");
    assert_eq!(asks(&gateway, &["operator.admin"]).await.request_id(), refused.request_id(), "it still waits");
}

/// With two requests waiting the command line picks none for its user.
#[tokio::test]
async fn the_command_line_never_picks_one_of_several() {
    let gateway = TestGateway::proxied();
    asks(&gateway, &["operator.read"]).await;
    gateway
        .refused(&Caller::at("203.0.113.66"), &Connect::operator(&Device::new("attacker"), &["operator.read"]))
        .await;
    for args in
        [&["devices", "approve", "--latest", "--json"][..], &["devices", "approve", "--yes"], &["devices", "approve"]]
    {
        let chosen = gateway.cli(args);
        assert_eq!(chosen.code, 2, "{chosen:?}");
        assert!(chosen.stderr.contains("postern devices approve") || args.contains(&"--json"), "{chosen:?}");
    }
    let list = gateway.cli(&["devices", "list", "--json"]).json();
    assert_eq!(list["pending"].as_array().map(Vec::len), Some(2), "{list}");
}

/// A repair of an administrator's device is worth an administrator's scopes, whatever the request asks for.
#[tokio::test]
async fn nobody_repairs_a_device_that_holds_more() {
    let gateway = TestGateway::proxied();
    gateway.op(&phone(), &["operator.admin"]).await;
    let changed = Connect::operator(&phone(), &[]).set("/client/platform", json!("windows"));
    let refused = gateway.refused(&Caller::remote(), &changed).await;
    let error =
        pairing_only(&gateway).await.err("device.pair.approve", json!({"requestId": refused.request_id()})).await;
    assert_eq!(error["details"]["missingScope"], "operator.admin");
}

/// Everything else that touches a device needs as much: rotate, revoke, remove, rename, reject.
#[tokio::test]
async fn nobody_touches_a_device_that_holds_more() {
    let gateway = TestGateway::proxied();
    gateway.op(&phone(), &["operator.admin"]).await;
    let upgrade = Connect::node(&phone());
    let refused = gateway.refused(&Caller::remote(), &upgrade).await;
    let mut weak = pairing_only(&gateway).await;
    let device = phone().id();
    let calls = [
        ("device.token.rotate", json!({"deviceId": device, "role": "operator"})),
        ("device.token.revoke", json!({"deviceId": device, "role": "operator"})),
        ("device.pair.remove", json!({"deviceId": device})),
        ("device.pair.rename", json!({"deviceId": device, "label": "mine"})),
        ("device.pair.reject", json!({"requestId": refused.request_id()})),
    ];
    for (method, params) in calls {
        let error = weak.err(method, params).await;
        assert_eq!(
            (&error["code"], &error["details"]["missingScope"]),
            (&json!("FORBIDDEN"), &json!("operator.admin")),
            "{method}"
        );
    }
}

/// An approval names its request and may name the device that was shown; any mismatch approves nobody.
#[tokio::test]
async fn only_what_was_shown_is_approved() {
    let gateway = TestGateway::proxied();
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let shown = asks(&gateway, &["operator.read"]).await;
    let attacker = Device::new("attacker");
    let other = gateway.refused(&Caller::at("203.0.113.66"), &Connect::operator(&attacker, &["operator.read"])).await;
    let mismatch = json!({"requestId": other.request_id(), "deviceId": phone().id()});
    for method in ["device.pair.approve", "device.pair.reject"] {
        let error = admin.err(method, mismatch.clone()).await;
        let message = "requestId is for another device than deviceId: list again and decide what is shown";
        assert_eq!(error, json!({"code": "INVALID_REQUEST", "message": message}));
    }
    let required = "invalid device.pair.approve params: must have required property 'requestId'";
    assert_eq!(admin.err("device.pair.approve", json!({"deviceId": phone().id()})).await["message"], required);
    for id in ["latest", "", "*", shown.request_id().get(..8).unwrap()] {
        let error = admin.err("device.pair.approve", json!({"requestId": id})).await;
        assert_eq!(error["code"], "INVALID_REQUEST", "{id:?}");
    }
    assert_eq!(admin.ok("device.pair.list", json!({})).await["pending"].as_array().map(Vec::len), Some(2));
    admin.ok("device.pair.approve", json!({"requestId": shown.request_id(), "deviceId": phone().id()})).await;
    gateway.refused(&Caller::at("203.0.113.66"), &Connect::operator(&attacker, &["operator.read"])).await;
}

/// A request that changed is another request: the approver's old id approves nothing.
#[tokio::test]
async fn a_changed_request_needs_a_new_look() {
    let gateway = TestGateway::proxied();
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let harmless = asks(&gateway, &["operator.read"]).await;
    let widened = asks(&gateway, &["operator.admin"]).await;
    assert_ne!(harmless.request_id(), widened.request_id());
    let resolved = admin.event("device.pair.resolved", |_| true).await;
    assert_eq!((&resolved["requestId"], &resolved["decision"]), (&json!(harmless.request_id()), &json!("rejected")));
    let error = admin.err("device.pair.approve", json!({"requestId": harmless.request_id()})).await;
    assert_eq!(error["message"], "unknown requestId");
    let pending = admin.ok("device.pair.list", json!({})).await["pending"].clone();
    assert_eq!((pending.as_array().map(Vec::len), &pending[0]["scopes"]), (Some(1), &json!(["operator.admin"])));
}

/// What approvers read cannot be painted over: control and direction marks of a client's name are gone.
#[tokio::test]
async fn names_are_shown_as_they_are() {
    let gateway = TestGateway::proxied();
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let nasty = "\u{1b}[2Jphone\u{202e}gnp.\r\nApproved: yes\u{0}";
    let connect = Connect::operator(&phone(), &[]).set("/client/displayName", json!(nasty));
    gateway.refused(&Caller::remote(), &connect).await;
    let shown = admin.event("device.pair.requested", |_| true).await["displayName"].clone();
    assert_eq!(shown, "[2Jphonegnp.Approved: yes");
    let list = gateway.cli(&["devices", "list"]);
    assert!(list.code == 0 && !list.stdout.contains(['\u{1b}', '\u{202e}']), "{list:?}");
}

/// Two approvers at once: one wins, the other learns that nothing waits; the device is approved once.
#[tokio::test]
async fn two_approvers_at_once_decide_once() {
    let gateway = TestGateway::proxied();
    let refused = asks(&gateway, &["operator.read"]).await;
    let mut one = gateway.op(&Device::new("one"), &["operator.admin"]).await;
    let mut two = gateway.op(&Device::new("two"), &["operator.admin"]).await;
    let params = json!({"requestId": refused.request_id()});
    let (first, second) =
        tokio::join!(one.call("device.pair.approve", params.clone()), two.call("device.pair.reject", params));
    let told: Vec<&Value> = [&first, &second].into_iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert_eq!(told, [&json!({"code": "INVALID_REQUEST", "message": "unknown requestId"})]);
    one.event("device.pair.resolved", |_| true).await;
    one.catch_up().await;
    assert_eq!(one.events("device.pair.resolved").len(), 1);
    let connected = gateway.connect_from(&Caller::remote(), &Connect::operator(&phone(), &["operator.read"])).await;
    assert_eq!(connected.is_ok(), first.is_ok());
}
