//! Nodes over the wire: who is listed, what of them is approved, and what may be invoked (FEATURES N-*, H-24, F-13,
//! X-47 to X-51, P-30; DEMAND §2: a node that comes again with more).

use serde_json::{Value, json};

use crate::harness::{Caller, Client, Close, Connect, Device, TestGateway};

/// What a Linux node host declares.
const HOST: &[&str] = &["system.run", "system.which", "system.notify"];

fn box_() -> Device {
    Device::new("box")
}

/// A node that declares these commands.
fn declares(device: &Device, commands: &[&str]) -> Connect {
    Connect::node(device).set("/caps", json!(["system"])).set("/commands", json!(commands))
}

async fn admin(gateway: &TestGateway) -> Client {
    gateway.op(&Device::new("admin"), &["operator.admin"]).await
}

/// A node from elsewhere, its device approved, its commands not.
async fn paired_from_afar(gateway: &TestGateway, connect: &Connect) -> Client {
    let refused = gateway.refused(&Caller::remote(), connect).await;
    gateway.approve(&refused).await;
    gateway.must(&Caller::remote(), connect).await
}

async fn row(op: &mut Client, device: &Device) -> Value {
    op.ok("node.describe", json!({"nodeId": device.id()})).await
}

/// The one request that waits.
async fn request_id(op: &mut Client) -> String {
    let list = op.ok("node.pair.list", json!({})).await;
    assert_eq!(list["pending"].as_array().map(Vec::len), Some(1), "{list}");
    list["pending"][0]["requestId"].as_str().unwrap().to_owned()
}

/// Answers the node's next request.
async fn answers(node: &mut Client, wanted: &str, answer: Value) -> Value {
    let request = node.event("node.invoke.request", |request| request["command"] == wanted).await;
    let mut result = json!({"id": request["id"], "nodeId": request["nodeId"]});
    for (key, value) in answer.as_object().unwrap() {
        result[key] = value.clone();
    }
    assert_eq!(node.ok("node.invoke.result", result).await, json!({"ok": true}));
    request
}

fn invoke(device: &Device, command: &str, key: &str) -> Value {
    json!({"nodeId": device.id(), "command": command, "idempotencyKey": key})
}

#[tokio::test]
async fn a_local_node_is_listed_with_exactly_what_it_declared() {
    let gateway = TestGateway::start();
    let connect = declares(&box_(), HOST)
        .set("/permissions", json!({"screen.record": false}))
        .set("/pathEnv", json!("/usr/bin"))
        .set("/client/displayName", json!("Box"));
    let _node = gateway.must(&Caller::local(), &connect).await;
    let mut op = admin(&gateway).await;
    let list = op.ok("node.list", json!({})).await;
    let node = &list["nodes"][0];
    assert_eq!(node["nodeId"], json!(box_().id()));
    assert_eq!((&node["caps"], &node["commands"]), (&json!(["system"]), &json!(HOST)));
    assert_eq!(node["permissions"], json!({"screen.record": false}));
    assert_eq!((&node["displayName"], &node["pathEnv"]), (&json!("Box"), &json!("/usr/bin")));
    assert_eq!(
        (&node["connected"], &node["paired"], &node["approvalState"]),
        (&json!(true), &json!(true), &json!("approved"))
    );
    assert_eq!(node["sessionHost"], json!(false));
    let described = row(&mut op, &box_()).await;
    assert_eq!(described["commands"], json!(HOST));
    assert_eq!(op.err("node.describe", json!({"nodeId": "nobody"})).await["message"], "unknown nodeId");
}

#[tokio::test]
async fn commands_of_a_node_from_elsewhere_wait_for_a_second_approval() {
    let gateway = TestGateway::proxied();
    let mut op = admin(&gateway).await;
    let mut node = paired_from_afar(&gateway, &declares(&box_(), HOST)).await;
    let asked = op.event("node.pair.requested", |_| true).await;
    assert_eq!((&asked["nodeId"], &asked["commands"]), (&json!(box_().id()), &json!(HOST)));
    assert_eq!(asked["requiredApproveScopes"], json!(["operator.admin", "operator.write", "operator.pairing"]));
    let waiting = row(&mut op, &box_()).await;
    assert_eq!((&waiting["approvalState"], &waiting["commands"]), (&json!("pending-approval"), &json!([])));
    assert_eq!(waiting["pendingDeclaredCommands"], json!(HOST));
    let error = op.err("node.invoke", invoke(&box_(), "system.notify", "k1")).await;
    assert_eq!((&error["code"], &error["details"]["code"]), (&json!("UNAVAILABLE"), &json!("PAIRING_CHANGED")));
    assert_eq!(error["retryable"], true);

    let id = request_id(&mut op).await;
    assert_eq!(asked["requestId"], json!(id));
    // Coming back for the same is the same request.
    drop(node);
    node = gateway.must(&Caller::remote(), &declares(&box_(), HOST)).await;
    assert_eq!(request_id(&mut op).await, id);
    let approved = op.ok("node.pair.approve", json!({"requestId": id})).await;
    assert_eq!((&approved["requestId"], &approved["node"]["commands"]), (&json!(id), &json!(HOST)));
    op.event("node.pair.resolved", |event| event["requestId"] == json!(id) && event["decision"] == "approved").await;
    let call = op.post("node.invoke", invoke(&box_(), "system.notify", "k2")).await;
    answers(&mut node, "system.notify", json!({"ok": true})).await;
    assert_eq!(op.raw.answer(&call).await["ok"], true);
    assert_eq!(op.err("node.pair.approve", json!({"requestId": id})).await["message"], "unknown requestId");
}

/// DEMAND §2, approve more than you hold: whoever approves a command could invoke it himself.
#[tokio::test]
async fn an_approver_holds_what_the_commands_need() {
    let gateway = TestGateway::proxied();
    let mut admin = admin(&gateway).await;
    let _node = paired_from_afar(&gateway, &declares(&box_(), HOST)).await;
    let id = request_id(&mut admin).await;
    for scopes in [&["operator.pairing"][..], &["operator.pairing", "operator.write"]] {
        let mut weak = gateway.op(&Device::new("weak"), scopes).await;
        let error = weak.err("node.pair.approve", json!({"requestId": id})).await;
        assert_eq!((&error["code"], &error["details"]["code"]), (&json!("FORBIDDEN"), &json!("MISSING_SCOPE")));
    }
    let mut writer = gateway.op(&Device::new("writer"), &["operator.write"]).await;
    assert_eq!(writer.err("node.pair.approve", json!({"requestId": id})).await["code"], "FORBIDDEN");
    let error = admin.err("node.pair.approve", json!({"requestId": id, "nodeId": "another"})).await;
    assert!(error["message"].as_str().unwrap().starts_with("requestId is for another node"), "{error}");
    assert_eq!(row(&mut admin, &box_()).await["approvalState"], "pending-approval");
}

/// DEMAND §2, node reconnect adds commands: what is wider than approved waits; what was approved works on.
#[tokio::test]
async fn coming_again_with_more_widens_nothing() {
    let gateway = TestGateway::start();
    let mut op = admin(&gateway).await;
    for (device, version) in [(Device::new("new"), 4), (Device::new("old"), 3)] {
        let little = declares(&device, &["system.notify"]).dialect(version);
        let much = declares(&device, HOST).dialect(version);
        let first = gateway.must(&Caller::local(), &little).await;
        assert_eq!(row(&mut op, &device).await["approvalState"], "approved");
        drop(first);
        let mut node = gateway.must(&Caller::local(), &much).await;
        let wider = row(&mut op, &device).await;
        assert_eq!(wider["approvalState"], "pending-reapproval");
        assert_eq!(wider["commands"], json!(["system.notify"]));
        let run = json!({"nodeId": device.id(), "command": "system.run", "idempotencyKey": "r", "params": {"command": ["id"]}});
        assert_eq!(op.err("node.invoke", run).await["details"]["code"], "PAIRING_CHANGED");
        let call = op.post("node.invoke", invoke(&device, "system.notify", &format!("n{version}"))).await;
        answers(&mut node, "system.notify", json!({"ok": true, "payload": {"shown": true}})).await;
        assert_eq!(op.raw.answer(&call).await["payload"]["payload"], json!({"shown": true}));
        let id = wider["pendingRequestId"].as_str().unwrap().to_owned();
        op.ok("node.pair.reject", json!({"requestId": id})).await;
        assert_eq!(row(&mut op, &device).await["commands"], json!(["system.notify"]));
    }
}

/// A node that speaks the older protocol cannot shed a question that waits.
#[tokio::test]
async fn an_older_dialect_is_no_way_around_the_approval() {
    let gateway = TestGateway::proxied();
    let mut op = admin(&gateway).await;
    let node = paired_from_afar(&gateway, &declares(&box_(), HOST)).await;
    let id = request_id(&mut op).await;
    drop(node);
    let old = gateway.must(&Caller::remote(), &declares(&box_(), HOST).v3()).await;
    assert_eq!(row(&mut op, &box_()).await["approvalState"], "pending-approval");
    op.ok("node.pair.reject", json!({"requestId": id})).await;
    drop(old);
    let _old = gateway.must(&Caller::remote(), &declares(&box_(), HOST).v3()).await;
    assert_eq!(row(&mut op, &box_()).await["approvalState"], "pending-approval");
}

#[tokio::test]
async fn a_node_of_protocol_3_is_approved_with_its_device_and_strict_asks() {
    for (strict, state) in [(false, "approved"), (true, "pending-approval")] {
        let gateway = TestGateway::builder()
            .config(&format!("{{ gateway: {{ trustedProxies: ['127.0.0.1'], nodes: {{ strict: {strict} }} }} }}"))
            .start();
        let mut op = admin(&gateway).await;
        let connect =
            declares(&box_(), &["camera.snap", "canvas.eval"]).v3().set("/client/platform", json!("iOS 18.2"));
        let _node = paired_from_afar(&gateway, &connect).await;
        let node = row(&mut op, &box_()).await;
        assert_eq!(node["approvalState"], json!(state));
        let commands = if strict { json!([]) } else { json!(["camera.snap", "canvas.eval"]) };
        assert_eq!(node["commands"], commands);
    }
}

/// The platform that was approved counts, not the one a connection claims (FEATURES F-13).
#[tokio::test]
async fn the_pinned_platform_drives_the_list() {
    let gateway = TestGateway::start();
    let mut op = admin(&gateway).await;
    let phone = declares(&box_(), &["system.run", "location.get"]).set("/client/platform", json!("iOS 18.2"));
    drop(gateway.must(&Caller::local(), &phone).await);
    let claims = declares(&box_(), &["system.run", "location.get"]).set("/client/platform", json!("linux"));
    let refused = gateway.refused(&Caller::local(), &claims).await;
    assert_eq!(refused.error["details"]["reason"], "metadata-upgrade");
    let _node = gateway.must(&Caller::local(), &phone).await;
    let node = row(&mut op, &box_()).await;
    assert_eq!(node["commands"], json!(["location.get"]));
    let run =
        json!({"nodeId": box_().id(), "command": "system.run", "idempotencyKey": "r", "params": {"command": ["id"]}});
    let error = op.err("node.invoke", run).await;
    assert_eq!(
        (&error["message"], &error["details"]["reason"]),
        (
            &json!("node command not allowed: \"system.run\" is not in the allowlist for platform \"ios\""),
            &json!("command not allowlisted")
        )
    );
}

#[tokio::test]
async fn the_configuration_allows_and_denies_by_exact_names_at_once() {
    let gateway = TestGateway::builder()
        .config("{ gateway: { nodes: { allowCommands: ['sms.send'], commands: { deny: ['system.run'], allow: ['camera.*'] } } } }")
        .start();
    let mut op = admin(&gateway).await;
    let _node = gateway.must(&Caller::local(), &declares(&box_(), &["system.run", "sms.send", "camera.snap"])).await;
    assert_eq!(row(&mut op, &box_()).await["commands"], json!(["sms.send"]));
    let hash = op.ok("config.get", json!({})).await["hash"].clone();
    let patch =
        json!({"baseHash": hash, "raw": "{ gateway: { nodes: { commands: { deny: [], allow: ['camera.snap'] } } } }"});
    op.ok("config.patch", patch).await;
    assert_eq!(row(&mut op, &box_()).await["commands"], json!(["system.run", "sms.send", "camera.snap"]));
}

#[tokio::test]
async fn undeclared_commands_are_refused_in_the_words_of_each_generation() {
    let gateway = TestGateway::start();
    let mut op = admin(&gateway).await;
    let _node = gateway.must(&Caller::local(), &declares(&box_(), &["system.notify"])).await;
    let mute = Device::new("mute");
    let _mute = gateway.node(&mute).await;
    let error = op.err("node.invoke", invoke(&box_(), "system.which", "a")).await;
    assert_eq!(error["details"], json!({"reason": "command not declared by node", "command": "system.which"}));
    let error = op.err("node.invoke", invoke(&mute, "system.notify", "b")).await;
    assert_eq!(error["details"]["reason"], "node did not declare commands");
    let mut old = gateway.must(&Caller::local(), &Connect::operator(&Device::new("o"), &["operator.admin"]).v3()).await;
    let error = old.err("node.invoke", invoke(&box_(), "sms.send", "c")).await;
    assert_eq!((&error["code"], &error["message"]), (&json!("INVALID_REQUEST"), &json!("node command not allowed")));
}

#[tokio::test]
async fn names_and_approvals_survive_a_kill() {
    let gateway = TestGateway::proxied();
    let mut op = admin(&gateway).await;
    let connect = declares(&box_(), HOST);
    drop(paired_from_afar(&gateway, &connect).await);
    let id = request_id(&mut op).await;
    op.ok("node.pair.approve", json!({"requestId": id})).await;
    let renamed = op.ok("node.rename", json!({"nodeId": box_().id(), "displayName": " Kitchen\u{202e} "})).await;
    assert_eq!(renamed, json!({"nodeId": box_().id(), "displayName": "Kitchen"}));
    let other = declares(&Device::new("other"), HOST);
    drop(paired_from_afar(&gateway, &other).await);
    // Announced once it is durable.
    op.event("node.pair.requested", |event| event["nodeId"] == json!(Device::new("other").id())).await;
    let waiting = request_id(&mut op).await;
    let mut gateway = gateway;
    gateway.kill9();
    let gateway = gateway.start_again();
    let mut op = admin(&gateway).await;
    assert_eq!(request_id(&mut op).await, waiting);
    let _node = gateway.must(&Caller::remote(), &connect).await;
    let node = row(&mut op, &box_()).await;
    assert_eq!(
        (&node["displayName"], &node["approvalState"], &node["connected"]),
        (&json!("Kitchen"), &json!("approved"), &json!(true))
    );
    assert_eq!(node["commands"], json!(HOST));
}

#[tokio::test]
async fn removing_takes_back_what_was_approved_and_closes_the_node() {
    let gateway = TestGateway::start();
    let mut op = admin(&gateway).await;
    let mut node = gateway.must(&Caller::local(), &declares(&box_(), HOST).v3()).await;
    op.ok("node.pair.remove", json!({"nodeId": box_().id()})).await;
    assert_eq!(node.closed().await, Close::new(4001, "client invalidated: node removed"));
    op.event("node.pair.resolved", |event| event["decision"] == "removed").await;
    let _node = gateway.must(&Caller::local(), &declares(&box_(), HOST).v3()).await;
    let again = row(&mut op, &box_()).await;
    assert_eq!((&again["approvalState"], &again["commands"]), (&json!("pending-approval"), &json!([])));
    assert_eq!(op.err("node.pair.remove", json!({"nodeId": "nobody"})).await["message"], "unknown nodeId");
    // A removed device leaves nothing behind.
    op.ok("device.pair.remove", json!({"deviceId": box_().id()})).await;
    assert_eq!(op.ok("node.list", json!({})).await["nodes"], json!([]));
    assert_eq!(op.ok("node.pair.list", json!({})).await, json!({"pending": [], "paired": []}));
}

/// FEATURES X-51, P-30: asked, approved, verified; and none of it is needed to connect, or enough.
#[tokio::test]
async fn the_older_pairing_gives_tokens_that_are_only_verified() {
    let gateway = TestGateway::start();
    let mut op = gateway.must(&Caller::local(), &Connect::operator(&Device::new("a"), &["operator.admin"]).v3()).await;
    let asked =
        op.ok("node.pair.request", json!({"nodeId": "n1", "displayName": "Phone", "commands": ["location.get"]})).await;
    assert_eq!((&asked["status"], &asked["created"]), (&json!("pending"), &json!(true)));
    let again = op.ok("node.pair.request", json!({"nodeId": "n1", "commands": ["location.get"]})).await;
    assert_eq!((&again["created"], &again["request"]["requestId"]), (&json!(false), &asked["request"]["requestId"]));
    let approved = op.ok("node.pair.approve", json!({"requestId": asked["request"]["requestId"]})).await;
    let token = approved["node"]["token"].as_str().unwrap().to_owned();
    let verified = op.ok("node.pair.verify", json!({"nodeId": "n1", "token": token})).await;
    assert_eq!((&verified["ok"], &verified["node"]["nodeId"]), (&json!(true), &json!("n1")));
    assert_eq!(op.ok("node.pair.verify", json!({"nodeId": "n1", "token": "other"})).await, json!({"ok": false}));
    let listed = op.ok("node.pair.list", json!({})).await;
    assert!(!listed.to_string().contains(&token));
    op.ok("node.pair.remove", json!({"nodeId": "n1"})).await;
    assert_eq!(op.ok("node.pair.verify", json!({"nodeId": "n1", "token": token})).await, json!({"ok": false}));
    let _node = gateway.node(&box_()).await;
}

#[tokio::test]
async fn one_node_has_one_connection_and_leaves_the_list_of_the_connected() {
    let gateway = TestGateway::start();
    let mut op = admin(&gateway).await;
    let mut first = gateway.must(&Caller::local(), &declares(&box_(), HOST)).await;
    let second = gateway.must(&Caller::local(), &declares(&box_(), HOST)).await;
    assert_eq!(first.closed().await.code, 1001);
    // An operator of the same device is not another node.
    let _same = gateway.op(&box_(), &["operator.read"]).await;
    let list = op.ok("node.list", json!({})).await;
    assert_eq!(list["nodes"].as_array().map(Vec::len), Some(1), "{list}");
    assert_eq!(list["nodes"][0]["connected"], true);
    drop(second);
    let away = |list: &Value| list["nodes"][0]["connected"] == false;
    op.ok_until(("node.list", json!({})), "the node to be away", away).await;
    let gone = row(&mut op, &box_()).await;
    assert_eq!((&gone["connected"], &gone["lastSeenReason"]), (&json!(false), &json!("disconnect")));
    assert!(gone["lastDisconnectedAtMs"].is_i64());
}

#[tokio::test]
async fn lists_put_the_connected_first_and_speak_protocol_3() {
    let gateway = TestGateway::start();
    let named = |name: &str| declares(&Device::new(name), HOST).set("/client/displayName", json!(name));
    drop(gateway.must(&Caller::local(), &named("aaa")).await);
    let _zoo = gateway.must(&Caller::local(), &named("zoo")).await;
    let _mid = gateway.must(&Caller::local(), &named("Mid")).await;
    let mut op = gateway.must(&Caller::local(), &Connect::operator(&Device::new("o"), &["operator.admin"]).v3()).await;
    let names = until_names(&mut op, &["Mid", "zoo", "aaa"]).await;
    for node in names {
        for newer in ["approvalState", "sessionHost", "clientId", "lastSeenAtMs"] {
            assert!(node.get(newer).is_none(), "{newer}: {node}");
        }
    }
}

/// The nodes, once they are listed in this order.
async fn until_names(op: &mut Client, wanted: &[&str]) -> Vec<Value> {
    let in_order = |list: &Value| {
        let names = list["nodes"].as_array().into_iter().flatten().map(|node| node["displayName"].as_str());
        names.eq(wanted.iter().map(|name| Some(*name)))
    };
    let list = op.ok_until(("node.list", json!({})), "the nodes in their order", in_order).await;
    list["nodes"].as_array().unwrap().clone()
}

/// FEATURES R-04, R-05: neither role reaches the other's methods.
#[tokio::test]
async fn roles_keep_to_their_methods() {
    let gateway = TestGateway::start();
    let mut op = admin(&gateway).await;
    let mut node = gateway.must(&Caller::local(), &declares(&box_(), HOST)).await;
    for method in ["node.list", "node.invoke", "node.pair.approve", "config.get"] {
        assert_eq!(node.err(method, json!({})).await["message"], "unauthorized role: node", "{method}");
    }
    for method in ["node.invoke.result", "node.invoke.progress"] {
        assert_eq!(op.err(method, json!({})).await["message"], "unauthorized role: operator", "{method}");
    }
}
