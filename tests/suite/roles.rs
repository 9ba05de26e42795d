//! Operators and nodes: who may call what kind of method, and in which order a call is judged (`methods.md`, rule 1).

use serde_json::{Value, json};

use crate::harness::{Caller, Client, Close, Connect, Device, InProcess, TestGateway};
use postern_gateway::methods::METHODS;
use postern_gateway::rpc::MethodDef;
use postern_gateway::rpc::plugins::PluginMethod;
use postern_protocol::access::Access;

fn node_only() -> Vec<PluginMethod> {
    let method = PluginMethod::new("node.test.result", |_, params| async move { Ok(params) });
    vec![method.access(Access::Node)]
}

fn is_operators(method: &MethodDef) -> bool {
    matches!(method.access, Access::Operator(_))
}

async fn old_node(gateway: &InProcess) -> Client {
    gateway.must(&Caller::local(), &Connect::node(&Device::new("old-node")).v3()).await
}

/// operators read the state of the gateway; a node is counted and listed as a node.
#[tokio::test]
async fn operators_read_and_nodes_are_listed() {
    let gateway = TestGateway::start();
    let node = gateway.node(&Device::new("node")).await;
    let mut op = gateway.op(&Device::new("op"), &["operator.read", "operator.pairing"]).await;
    for method in ["status", "health", "system-presence", "last-heartbeat", "system.info", "gateway.identity.get"] {
        op.ok(method, json!({})).await;
    }
    assert_eq!(op.ok("status", json!({})).await["connections"], json!({"operators": 1, "nodes": 1}));
    let listed = op.ok("device.pair.list", json!({})).await;
    let own = listed["paired"]
        .as_array()
        .unwrap()
        .iter()
        .find(|device| device["deviceId"] == Device::new("node").id())
        .unwrap();
    assert_eq!((&own["role"], &own["connected"]), (&json!("node"), &json!(true)));
    let presence = op.ok("system-presence", json!({})).await;
    assert!(
        presence
            .as_array()
            .unwrap()
            .iter()
            .any(|entry| entry["roles"] == json!(["node"]) && entry["reason"] == "node-connected")
    );
    drop(node);
}

/// a node calls no operator method, whatever its scopes said, in both generations.
#[tokio::test]
async fn nodes_call_no_operator_method() {
    let gateway = InProcess::with_plugins(node_only()).await;
    let methods = gateway.op(&Device::new("op"), &[]).await.hello["features"]["methods"].clone();
    let open: Vec<&str> = METHODS.iter().filter(|method| !is_operators(method)).map(|method| method.name).collect();
    let known = methods.as_array().unwrap().iter().filter_map(Value::as_str);
    let names: Vec<&str> = known.filter(|name| !open.contains(name) && *name != "node.test.result").collect();
    assert!(names.len() > 10, "{names:?}");
    for (index, group) in names.chunks(10).enumerate() {
        for version in [3, 4] {
            let device = Device::new(&format!("node-{index}-{version}"));
            let connect = Connect::node(&device).dialect(version).set("/scopes", json!(["operator.admin"]));
            let mut node = gateway.must(&Caller::local(), &connect).await;
            for name in group {
                let error = node.err(name, json!({})).await;
                assert_eq!(
                    error,
                    json!({"code": "INVALID_REQUEST", "message": "unauthorized role: node"}),
                    "{name} v{version}"
                );
            }
        }
    }
}

/// an operator calls no method of nodes, an admin neither.
#[tokio::test]
async fn operators_call_no_node_method() {
    let gateway = InProcess::with_plugins(node_only()).await;
    for version in [3, 4] {
        let connect = Connect::operator(&Device::new("op"), &["operator.admin"]).dialect(version);
        let mut admin = gateway.must(&Caller::local(), &connect).await;
        let of_nodes = METHODS.iter().filter(|method| matches!(method.access, Access::Node)).map(|method| method.name);
        for name in of_nodes.take(8).chain(["node.test.result"]) {
            let error = admin.err(name, json!({})).await;
            assert_eq!(error, json!({"code": "INVALID_REQUEST", "message": "unauthorized role: operator"}), "{name}");
        }
    }
    let mut node = gateway.node(&Device::new("node")).await;
    // Newer node hosts announce more than this gateway takes, again and again, and stay connected.
    for _ in 0..20 {
        let error = node.err("node.skills.update", json!({"skills": []})).await;
        assert_eq!(error["message"], "unknown method: node.skills.update");
    }
    assert_eq!(node.ok("node.test.result", json!({"a": 1})).await, json!({"a": 1}));
}

/// `health` is every role's in protocol 4 and the operators' in protocol 3.
#[tokio::test]
async fn health_is_for_every_role_of_the_newer_generation() {
    let gateway = InProcess::with_plugins(Vec::new()).await;
    gateway.node(&Device::new("node")).await.ok("health", json!({})).await;
    gateway.op(&Device::new("op"), &[]).await.ok("health", json!({})).await;
    let error = old_node(&gateway).await.err("health", json!({})).await;
    assert_eq!(error, json!({"code": "INVALID_REQUEST", "message": "unauthorized role: node"}));
    let reader = Connect::operator(&Device::new("reader"), &[]).v3();
    let error = gateway.must(&Caller::local(), &reader).await.err("health", json!({})).await;
    assert_eq!(error["message"], "missing scope: operator.read");
}

/// role before scope before name: who may not know what exists learns nothing.
#[tokio::test]
async fn role_then_scope_then_name_then_params() {
    let gateway = InProcess::with_plugins(node_only()).await;
    let mut node = gateway.node(&Device::new("node")).await;
    let mut reader = gateway.op(&Device::new("reader"), &["operator.read"]).await;
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    for name in ["no.such.method", "device.pair.approve"] {
        assert_eq!(node.err(name, json!({})).await["message"], "unauthorized role: node", "{name}");
    }
    let error = reader.err("no.such.method", json!({})).await;
    assert_eq!((&error["code"], &error["message"]), (&json!("FORBIDDEN"), &json!("missing scope: operator.admin")));
    assert_eq!(reader.err("device.pair.approve", json!({})).await["message"], "missing scope: operator.pairing");
    let error = admin.err("no.such.method", json!({})).await;
    assert_eq!(error, json!({"code": "INVALID_REQUEST", "message": "unknown method: no.such.method"}));
    let error = admin.err("device.pair.approve", json!({})).await;
    assert_eq!(error["message"], "invalid device.pair.approve params: must have required property 'requestId'");
}

/// ten violations of the role rule are answered, the eleventh is answered and ends the connection.
#[tokio::test]
async fn repeated_violations_end_the_connection() {
    let gateway = InProcess::with_plugins(node_only()).await;
    let op = gateway.op(&Device::new("op"), &["operator.admin"]).await;
    for (mut client, method) in [
        (gateway.node(&Device::new("node")).await, "status"),
        (op, "node.test.result"),
        (old_node(&gateway).await, "no.such"),
    ] {
        for _ in 0..11 {
            client.err(method, json!({})).await;
        }
        assert_eq!(client.closed().await, Close::new(1008, "repeated unauthorized calls"));
    }
}

/// a missing scope is no violation of the role rule: a weak client may ask and go on.
#[tokio::test]
async fn missing_scopes_do_not_end_the_connection() {
    let gateway = TestGateway::start();
    let mut reader = gateway.op(&Device::new("reader"), &["operator.read"]).await;
    for _ in 0..40 {
        reader.err("device.pair.list", json!({})).await;
        reader.err("no.such.method", json!({})).await;
    }
    reader.ok("status", json!({})).await;
}
