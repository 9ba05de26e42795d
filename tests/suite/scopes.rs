//! Scopes: what each method needs, what each grants, which events they let through, and that nobody holds more than was
//! approved (`handshake.md §6`; DEMAND §2: self-declared scopes).

use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, InProcess, TestGateway};
use postern_gateway::rpc::plugins::PluginMethod;
use postern_protocol::access::{Access, Scope, ScopeSet};

fn exported() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/methods.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

async fn op(gateway: &InProcess, scopes: &[&str], version: u32) -> Client {
    let device = Device::new(&format!("{scopes:?}-{version}"));
    gateway.must(&Caller::local(), &Connect::operator(&device, scopes).dialect(version)).await
}

/// every method that hello-ok lists declares a scope or a role in the exported table, and nothing is listed twice.
#[tokio::test]
async fn every_method_declares_who_may_call_it() {
    let gateway = TestGateway::start();
    let listed = gateway.op(&Device::new("d"), &[]).await.hello["features"]["methods"].clone();
    let exported = exported();
    for name in listed.as_array().unwrap() {
        let rows: Vec<_> = exported["methods"].as_array().unwrap().iter().filter(|row| row["name"] == *name).collect();
        assert_eq!(rows.len(), 1, "{name}");
        let scope = rows[0]["scope"].as_str().and_then(Scope::parse);
        let open = rows[0]["role"] == "any" && ["health", "connect"].contains(&name.as_str().unwrap());
        assert!(scope.is_some() || rows[0]["role"] == "node" || open, "{}", rows[0]);
    }
}

/// every method against every single scope, in both generations: let through exactly where
/// the table and the implications say so, else the missing scope is named.
#[tokio::test]
async fn every_method_meets_every_scope() {
    let gateway = InProcess::start().await;
    let exported = exported();
    let sets: Vec<Vec<&str>> =
        std::iter::once(Vec::new()).chain(Scope::ALL.iter().map(|scope| vec![scope.as_str()])).collect();
    for version in [3, 4] {
        for held in &sets {
            let mut client = op(&gateway, held, version).await;
            let holds = ScopeSet::parse(held.iter().copied());
            for row in exported["methods"].as_array().unwrap().iter().filter(|row| row["role"] == "operator") {
                let (name, scope) = (row["name"].as_str().unwrap(), row["scope"].as_str().unwrap());
                // Params that no method takes, so that nothing happens where it is let through.
                let error = client.call(name, json!([])).await.err().unwrap_or_default();
                let denied = error["message"] == format!("missing scope: {scope}");
                assert_eq!(denied, !holds.allows(Scope::parse(scope).unwrap()), "{name} with {held:?}: {error}");
                if denied && version == 4 {
                    let details = json!({"code": "MISSING_SCOPE", "missingScope": scope, "requiredScopes": [scope]});
                    assert_eq!((&error["code"], &error["details"]), (&json!("FORBIDDEN"), &details), "{name}");
                } else if denied {
                    assert_eq!(error["code"], "INVALID_REQUEST", "{name}");
                }
            }
        }
    }
}

/// methods of every kind of scope, as later ones will be, through the same dispatch.
#[tokio::test]
async fn added_methods_obey_their_scope() {
    let method =
        |name: &str, scope| PluginMethod::new(name, |_, _| async { Ok(json!("done")) }).access(Access::Operator(scope));
    let gateway = InProcess::with_plugins(vec![
        method("test.send", Scope::Write),
        method("test.resolve", Scope::Approvals),
        method("test.configure", Scope::Admin),
    ])
    .await;
    let everything_else = ["operator.read", "operator.write", "operator.approvals", "operator.pairing"];
    let table: [(&[&str], [bool; 3]); 6] = [
        (&["operator.read"], [false, false, false]),
        (&["operator.write"], [true, false, false]),
        (&["operator.approvals"], [false, true, false]),
        (&everything_else, [true, true, false]),
        (&["operator.admin"], [true, true, true]),
        (&[], [false, false, false]),
    ];
    for (held, allowed) in table {
        let mut client = op(&gateway, held, 4).await;
        for (name, allowed) in ["test.send", "test.resolve", "test.configure"].into_iter().zip(allowed) {
            assert_eq!(client.call(name, json!({})).await.is_ok(), allowed, "{name} with {held:?}");
        }
    }
}

/// a method that declares nothing is an admin's, and nobody else learns that it exists.
#[tokio::test]
async fn undeclared_methods_are_for_admins() {
    let gateway =
        InProcess::with_plugins(vec![PluginMethod::new("test.undeclared", |_, _| async { Ok(json!("done")) })]).await;
    let mut admin = op(&gateway, &["operator.admin"], 4).await;
    assert_eq!(admin.ok("test.undeclared", json!({})).await, "done");
    let mut strong =
        op(&gateway, &["operator.read", "operator.write", "operator.approvals", "operator.pairing"], 4).await;
    let there = strong.err("test.undeclared", json!({})).await;
    assert_eq!(there, strong.err("test.not.there", json!({})).await);
    assert_eq!(there["message"], "missing scope: operator.admin");
    let mut node = gateway.node(&Device::new("node")).await;
    assert_eq!(node.err("test.undeclared", json!({})).await["message"], "unauthorized role: node");
}

/// no scopes, no permission: absent, empty and meaningless lists alike.
#[tokio::test]
async fn no_scopes_mean_no_permission() {
    let gateway = TestGateway::start();
    let device = Device::new("d");
    let base = Connect::operator(&device, &[]);
    for connect in
        [base.clone(), base.clone().without("/scopes"), base.clone().set("/scopes", json!(["admin!", "operator."]))]
    {
        let mut client = gateway.must(&Caller::local(), &connect).await;
        assert!(client.scopes().is_empty());
        for method in ["status", "device.pair.list", "system-event", "system-presence"] {
            assert_eq!(client.err(method, json!({})).await["details"]["code"], "MISSING_SCOPE", "{method}");
        }
    }
}

/// R-17, E-11: events pass only where their scope is held; a weak client hears nothing of pairing, in both generations.
#[tokio::test]
async fn events_respect_scopes() {
    let gateway = TestGateway::proxied();
    let connect = |name: &str, scopes: &[&str]| Connect::operator(&Device::new(name), scopes);
    let mut deaf = Vec::new();
    for version in [3, 4] {
        let weak = connect("reader", &["operator.read", "operator.write", "operator.approvals"]).dialect(version);
        deaf.push(gateway.must(&Caller::local(), &weak).await);
        let node = Connect::node(&Device::new(&format!("node-{version}"))).dialect(version);
        deaf.push(gateway.must(&Caller::local(), &node).await);
        deaf.push(gateway.must(&Caller::local(), &connect("none", &[]).dialect(version)).await);
    }
    let mut hears = Vec::new();
    for version in [3, 4] {
        hears.push(gateway.must(&Caller::local(), &connect("pairing", &["operator.pairing"]).dialect(version)).await);
        hears.push(gateway.must(&Caller::local(), &connect("admin", &["operator.admin"]).dialect(version)).await);
    }
    let stranger = Connect::operator(&Device::new("stranger"), &[]);
    let refused = gateway.refused(&Caller::remote(), &stranger).await;
    hears[1].ok("device.pair.approve", json!({"requestId": refused.request_id()})).await;
    for client in &mut hears {
        client.event("device.pair.requested", |payload| payload["requestId"] == refused.request_id()).await;
        client.event("device.pair.resolved", |payload| payload["requestId"] == refused.request_id()).await;
    }
    for client in &mut deaf {
        client.catch_up().await;
        let heard: Vec<_> = client.raw.frames().iter().filter_map(|frame| frame["event"].as_str()).collect();
        assert!(!heard.iter().any(|name| name.starts_with("device.pair.")), "{heard:?}");
    }
}
