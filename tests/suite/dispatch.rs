//! From a request to exactly one answer: order of checks, unknown names, failures inside, many requests at once
//! (`DESIGN: dispatch order`).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use postern_gateway::rpc::plugins::PluginMethod;
use postern_gateway::rpc::{RpcError, RpcResult};
use postern_protocol::access::{Access, Scope};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, InProcess, TestGateway, until};

fn operator(scopes: &[&str], dialect: u32) -> Connect {
    Connect::operator(&Device::new(&scopes.join("+")), scopes).dialect(dialect)
}

/// A method for readers.
fn plugin<F, R>(name: &str, handler: F) -> PluginMethod
where
    F: Fn(Value) -> R + Send + Sync + 'static,
    R: Future<Output = RpcResult<Value>> + Send + 'static,
{
    PluginMethod::new(name, move |_cx, params| handler(params)).access(Access::Operator(Scope::Read))
}

/// Reads until every id was answered; how often each was.
async fn answers(client: &mut Client, wanted: usize) -> HashMap<String, Vec<Value>> {
    let mut seen: HashMap<String, Vec<Value>> = HashMap::new();
    while seen.values().map(Vec::len).sum::<usize>() < wanted {
        let frame = client.raw.recv().await.unwrap();
        if frame["type"] == "res" {
            seen.entry(frame["id"].as_str().unwrap().to_owned()).or_default().push(frame);
        }
    }
    // Whatever would follow by mistake is here before the answer to this.
    let before = client.raw.frames().len();
    client.ok("health", json!({})).await;
    for frame in client.raw.frames()[before..].iter().filter(|frame| frame["type"] == "res") {
        seen.entry(frame["id"].as_str().unwrap().to_owned()).or_default().push(frame.clone());
    }
    seen.remove("r1");
    seen
}

/// W-07: 50 requests with ids of any kind in one burst are each answered once, under their own id.
#[tokio::test]
async fn every_id_of_a_burst_is_answered_once() {
    let gateway = TestGateway::start();
    for dialect in [3, 4] {
        let mut client = gateway.must(&Caller::local(), &operator(&["operator.read"], dialect)).await;
        let mut ids = BTreeSet::from(["ü\n\"\\".to_owned(), "0".into(), "x".repeat(256), "日本語".into(), " ".into()]);
        while ids.len() < 50 {
            ids.insert(uuid::Uuid::new_v4().to_string());
        }
        for (index, id) in ids.iter().enumerate() {
            let method = ["health", "system-presence", "system.info", "no.such.method"][index % 4];
            client.raw.request(id, method, json!({})).await;
        }
        let seen = answers(&mut client, 50).await;
        assert_eq!(seen.keys().cloned().collect::<BTreeSet<_>>(), ids);
        assert!(seen.values().all(|frames| frames.len() == 1), "{seen:?}");
    }
}

/// M-04: 500 random calls that fit their schema get 500 answers.
#[tokio::test]
async fn every_valid_call_is_answered_once() {
    let gateway = InProcess::start().await;
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let word = "[a-z]{1,8}";
    let calls = prop_oneof![
        prop::option::of(any::<bool>()).prop_map(|probe| ("health", json!({"probe": probe}))),
        (word, any::<u32>())
            .prop_map(|(text, n)| ("system-event", json!({"text": text, "host": text, "lastInputSeconds": n}))),
        prop::sample::select(vec!["status", "system-presence", "last-heartbeat", "device.pair.list", "connect"])
            .prop_map(|method| (method, json!({}))),
        (word, word).prop_map(|(id, label)| ("device.pair.rename", json!({"deviceId": id, "label": label}))),
        word.prop_map(|id| ("device.pair.approve", json!({"requestId": id}))),
        word.prop_map(|id| ("device.token.rotate", json!({"deviceId": id, "role": "node"}))),
        word.prop_map(|id| ("device.pair.setupStatus", json!({"setupId": id}))),
    ];
    let mut runner = TestRunner::deterministic();
    let mut sent = BTreeMap::new();
    for number in 0..500 {
        let (method, params) = calls.new_tree(&mut runner).unwrap().current();
        admin.raw.request(&format!("c{number}"), method, params).await;
        sent.insert(format!("c{number}"), method);
    }
    let seen = answers(&mut admin, 500).await;
    for (id, method) in &sent {
        let [answer] = seen[id].as_slice() else { panic!("{id} {method}: {:?}", seen[id]) };
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(!message.starts_with("invalid") && !message.starts_with("unknown method"), "{method}: {answer}");
    }
    assert_eq!(seen.len(), 500);
}

/// M-01: the log has one record for each request, whatever became of it.
#[tokio::test]
async fn the_log_has_one_record_per_request() {
    let gateway = TestGateway::builder().env("POSTERN_LOG", "postern::rpc=debug,info").start();
    let mut client = gateway.op(&Device::new("reader"), &["operator.read"]).await;
    let params = json!({"text": "canary-in-params", "probe": "canary-in-probe"});
    for (id, method) in
        [("id-a", "health"), ("id-b", "status"), ("id-c", "no.such"), ("id-d", "system-event"), ("id-e", "status")]
    {
        client.raw.request(id, method, if id == "id-b" { json!({}) } else { params.clone() }).await;
        client.raw.answer(id).await;
    }
    for (id, method, end) in [
        ("id-a", "health", r#"ok=false code="INVALID_REQUEST""#),
        ("id-b", "status", r#"ok=true code="""#),
        ("id-c", "no.such", r#"ok=false code="FORBIDDEN""#),
        ("id-d", "system-event", r#"ok=false code="FORBIDDEN""#),
        ("id-e", "status", r#"ok=true code="""#),
    ] {
        let mine = |log: String| log.lines().filter(|line| line.contains(id)).map(str::to_owned).collect::<Vec<_>>();
        let lines = until("the record", || Some(mine(gateway.log())).filter(|lines| !lines.is_empty())).await;
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert!(line.contains("postern::rpc") && line.contains(&format!("{method:?}")) && line.contains(end), "{line}");
    }
    assert!(!gateway.log().contains("canary"), "{}", gateway.log());
}

/// M-02: who may not call gets that answer and nothing happens, whatever else is wrong with the call.
#[tokio::test]
async fn a_forbidden_call_has_no_effect() {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let counted = PluginMethod::new("test.count", move |_cx, _params| {
        counter.fetch_add(1, Ordering::SeqCst);
        async { Ok(json!({})) }
    });
    let gateway = InProcess::with_plugins(vec![counted]).await;
    let missing = |dialect: u32, scope: &str| match dialect {
        3 => ("INVALID_REQUEST".to_owned(), format!("missing scope: {scope}")),
        _ => ("FORBIDDEN".to_owned(), format!("missing scope: {scope}")),
    };
    for dialect in [3, 4] {
        let mut reader = gateway.must(&Caller::local(), &operator(&["operator.read"], dialect)).await;
        for (method, params, scope) in [
            ("test.count", json!({}), "operator.admin"),
            ("system-event", json!({"text": "Node: intruder", "host": "intruder"}), "operator.admin"),
            ("system-event", json!({"text": 5}), "operator.admin"),
            ("device.pair.remove", json!({"deviceId": Device::new("operator.read").id()}), "operator.pairing"),
            ("no.such.method", json!({}), "operator.admin"),
        ] {
            let error = reader.err(method, params).await;
            let text = |key: &str| error[key].as_str().unwrap().to_owned();
            assert_eq!((text("code"), text("message")), missing(dialect, scope), "{method}");
            let details = json!({"code": "MISSING_SCOPE", "missingScope": scope, "requiredScopes": [scope]});
            assert_eq!(error["details"], details, "{method}");
        }
        let presence = reader.ok("system-presence", json!({})).await.to_string();
        assert!(!presence.contains("intruder"), "{presence}");
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

/// M-03, W-09: a name that nobody has is an error that says the name; weak clients learn not even that.
#[tokio::test]
async fn an_unknown_method_is_named() {
    let gateway = TestGateway::start();
    for dialect in [3, 4] {
        let mut admin = gateway.must(&Caller::local(), &operator(&["operator.admin"], dialect)).await;
        for method in ["no.such.method", "Health", "health ", "device.pair", "__proto__"] {
            let message = format!("unknown method: {method}");
            assert_eq!(admin.err(method, json!({})).await, json!({"code": "INVALID_REQUEST", "message": message}));
        }
        let mut node = gateway.must(&Caller::local(), &Connect::node(&Device::new("node")).dialect(dialect)).await;
        let error = node.err("no.such.method", json!({})).await;
        assert_eq!(error, json!({"code": "INVALID_REQUEST", "message": "unauthorized role: node"}));
    }
}

/// W-16: params that do not fit are refused with the place; nothing of the value is repeated.
#[tokio::test]
async fn params_that_do_not_fit_are_refused_with_the_place() {
    let gateway = TestGateway::start();
    let long = json!({"publicUrl": ""});
    for (method, params, problem) in [
        ("system-event", json!({"text": 5}), "at /text: must be string"),
        ("system-event", json!({"text": "x", "tags": ["a", 7]}), "at /tags/1: must be string"),
        ("system-event", json!({"text": "x", "roles": ["king-canary"]}), "at /roles/0: must be one of"),
        ("health", json!({"probe": "canary"}), "at /probe: must be boolean"),
        ("health", json!([true]), "at root: must be object"),
        ("device.pair.approve", json!({}), "must have required property 'requestId'"),
        ("device.pair.rename", json!({"deviceId": "d"}), "must have required property 'label'"),
        ("device.pair.setupCode", long, "at /publicUrl: must have at least 1 characters"),
        ("device.scopes.requestUpgrade", json!({"scopes": []}), "at /scopes: must have at least 1 items"),
        ("device.token.rotate", json!({"deviceId": "d", "role": "king"}), "at /role: must be one of"),
    ] {
        for dialect in [3, 4] {
            let mut admin = gateway.must(&Caller::local(), &operator(&["operator.admin"], dialect)).await;
            let error = admin.err(method, params.clone()).await;
            let message = error["message"].as_str().unwrap();
            assert!(message.starts_with(&format!("invalid {method} params: {problem}")), "{message}");
            assert!(!message.contains("canary"), "{message}");
            assert_eq!(error["code"], "INVALID_REQUEST");
        }
    }
}

/// M-05: a method that fails or panics is an answer; what went wrong stays inside, and everything goes on.
#[tokio::test]
async fn a_failure_inside_is_an_answer() {
    let panics = plugin("test.panic", |params| async move {
        assert!(params["late"].is_null(), "canary of a panic");
        panic!("canary of a panic")
    });
    let early = plugin("test.panic.early", |params| {
        assert!(!params.is_object(), "canary before the first await");
        async { Ok(Value::Null) }
    });
    let fails = plugin("test.fail", |_| async { Err(RpcError::internal(std::io::Error::other("canary of an error"))) });
    let gateway = InProcess::with_plugins(vec![panics, early, fails]).await;
    for dialect in [3, 4] {
        let mut client = gateway.must(&Caller::local(), &operator(&["operator.read"], dialect)).await;
        let mut other = gateway.op(&Device::new("other"), &["operator.read"]).await;
        for method in ["test.panic", "test.panic.early", "test.fail"] {
            let error = client.err(method, json!({})).await;
            assert_eq!(error, json!({"code": "UNAVAILABLE", "message": "internal error"}), "{method}");
            client.ok("health", json!({})).await;
            other.ok("health", json!({})).await;
        }
    }
}

/// M-06, M-08: every module has its methods in the one table, no name twice, and each that is advertised can be called.
#[tokio::test]
async fn what_is_advertised_can_be_called() {
    let gateway = TestGateway::start();
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let methods = admin.hello["features"]["methods"].as_array().unwrap().clone();
    let names: BTreeSet<&str> = methods.iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(names.len(), methods.len(), "a name occurs twice: {methods:?}");
    for module in ["connect", "health", "status", "system-presence", "system-event", "last-heartbeat"] {
        assert!(names.contains(module), "{module}");
    }
    for module in ["device.pair.", "device.token.", "device.scopes.", "gateway.identity.", "system."] {
        assert!(names.iter().any(|name| name.starts_with(module)), "{module}");
    }
    for name in names {
        let answer = admin.call(name, json!({})).await;
        let message = answer.err().map(|error| error["message"].as_str().unwrap().to_owned()).unwrap_or_default();
        assert!(!message.contains("unknown method") && !message.contains("internal"), "{name}: {message}");
    }
}

/// X-26: `connect` stands for the handshake alone: a second one is refused, and changes nothing about the connection.
#[tokio::test]
async fn a_second_connect_is_refused() {
    let gateway = TestGateway::start();
    for dialect in [3, 4] {
        let mut reader = gateway.must(&Caller::local(), &operator(&["operator.read"], dialect)).await;
        let mut again = reader.sent.clone();
        again["scopes"] = json!(["operator.admin"]);
        for params in [json!({}), again] {
            let error = reader.err("connect", params).await;
            let text = "connect is only valid as the first request";
            assert_eq!(error, json!({"code": "INVALID_REQUEST", "message": text}));
        }
        assert_eq!(reader.err("system-event", json!({"text": "x"})).await["message"], "missing scope: operator.admin");
    }
}
