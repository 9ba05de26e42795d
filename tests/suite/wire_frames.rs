//! Frames on the wire: three kinds, their keys, and what happens to anything else (`frames-and-events.md §1`).

use std::net::SocketAddr;

use postern_gateway::Paths;
use postern_gateway::config::{Overrides, load};
use postern_gateway::system::own_addresses;
use postern_gateway::wire::listener;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::schemas::Session;
use super::status::connections_become;
use crate::harness::{Caller, Close, Connect, Device, TestGateway, assert_keys};

const BOTH: [u32; 2] = [3, 4];

fn reader(name: &str, dialect: u32) -> Connect {
    Connect::operator(&Device::new(name), &["operator.read"]).dialect(dialect)
}

/// W-01: the port speaks WebSocket, and speaks first.
#[tokio::test]
async fn the_port_switches_to_websocket() {
    let gateway = TestGateway::start();
    let mut raw = gateway.upgrade(&Caller::local()).await.unwrap();
    raw.challenge().await;
    assert_eq!(gateway.ready["url"], gateway.url());
}

/// W-02: without configuration the place is 127.0.0.1:18789, and a gateway is reachable on loopback alone.
#[tokio::test]
async fn only_loopback_is_served_by_default() {
    let empty = tempfile::tempdir().unwrap();
    let paths = Paths { state_dir: empty.path().into(), config_path: empty.path().join("postern.json") };
    let config = load(&paths, &Overrides::default()).config;
    let default = listener::addresses(&config, config.port, &own_addresses());
    assert_eq!(default, ["127.0.0.1:18789".parse::<SocketAddr>().unwrap()]);
    let gateway = TestGateway::start();
    assert!(TcpStream::connect(("127.0.0.1", gateway.port)).await.is_ok());
    let elsewhere = own_addresses().into_iter().filter(|ip| ip.is_ipv4() && !ip.is_loopback());
    // The whole of 127/8 is this machine: a listener on every address would answer here too.
    for ip in elsewhere.chain(["127.0.0.2".parse().unwrap()]) {
        let answer = TcpStream::connect((ip, gateway.port)).await;
        assert!(answer.is_err(), "somebody answers at {ip}:{}", gateway.port);
    }
}

/// W-03, W-04, W-06, W-08, W-09, W-10, W-11, W-30: every frame of a whole session, in both dialects. (`Raw` fails on any
/// message that is not text or not JSON.)
#[tokio::test]
async fn every_frame_has_one_of_two_shapes() {
    for dialect in BOTH {
        for frame in Session::run(dialect).await.frames {
            match frame["type"].as_str() {
                Some("res") => check_response(&frame),
                Some("event") => check_event(&frame),
                _ => panic!("neither an answer nor an event: {frame}"),
            }
        }
    }
}

#[track_caller]
fn check_response(frame: &Value) {
    assert!(frame["id"].as_str().is_some_and(|id| !id.is_empty()), "{frame}");
    match frame["ok"].as_bool() {
        Some(true) => assert_keys(frame, &["type", "id", "ok", "payload"]),
        Some(false) => {
            assert_keys(frame, &["type", "id", "ok", "error"]);
            let text = |key: &str| frame["error"][key].as_str().is_some_and(|text| !text.is_empty());
            assert!(text("code") && text("message"), "{frame}");
            let known = ["code", "message", "details", "retryable", "retryAfterMs"];
            assert!(keys(&frame["error"]).iter().all(|key| known.contains(&key.as_str())), "{frame}");
        }
        None => panic!("ok is not a boolean: {frame}"),
    }
}

#[track_caller]
fn check_event(frame: &Value) {
    assert!(frame["event"].as_str().is_some_and(|name| !name.is_empty()), "{frame}");
    let known = ["type", "event", "payload", "seq", "stateVersion"];
    assert!(keys(frame).iter().all(|key| known.contains(&key.as_str())), "{frame}");
    assert!(frame.get("seq").is_none_or(Value::is_u64), "{frame}");
    if let Some(version) = frame.get("stateVersion") {
        assert_keys(version, &["presence", "health"]);
        assert!(version["presence"].is_u64() && version["health"].is_u64(), "{frame}");
    }
}

fn keys(object: &Value) -> Vec<String> {
    object.as_object().unwrap().keys().cloned().collect()
}

/// W-05: params may be absent, empty or null.
#[tokio::test]
async fn params_may_be_left_out() {
    let gateway = TestGateway::start();
    for dialect in BOTH {
        let mut client = gateway.must(&Caller::local(), &reader("a", dialect)).await;
        for (id, rest) in [("none", json!({})), ("empty", json!({"params": {}})), ("null", json!({"params": null}))] {
            let mut frame = json!({"type": "req", "id": id, "method": "system-presence"});
            frame.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            client.raw.send(&frame).await;
            assert_eq!(client.raw.answer(id).await["ok"], true, "{id} in protocol {dialect}");
        }
    }
}

/// W-17: keys that the gateway does not know are ignored, in the frame and in params; null is absent.
#[tokio::test]
async fn unknown_keys_change_nothing() {
    let gateway = TestGateway::start();
    for dialect in BOTH {
        let mut client = gateway.must(&Caller::local(), &reader("a", dialect)).await;
        let params = json!({"probe": null, "bogus": {"deep": [1]}, "then": null});
        let frame = json!({"type": "req", "id": "x", "method": "health", "params": params,
            "traceparent": "00-1", "expectedProfileId": null, "bogus": 1});
        client.raw.send(&frame).await;
        let answer = client.raw.answer("x").await;
        assert_eq!(answer["payload"], client.ok("health", json!({})).await);
    }
}

/// W-18: what is no request is answered, under its id where it has one, and the connection goes on.
#[tokio::test]
async fn an_invalid_frame_is_answered_and_not_fatal() {
    let long = "x".repeat(257);
    let table = [
        (json!({"type": "req"}).to_string(), "invalid", "must have required property 'method'"),
        (json!({"type": "req", "method": "health"}).to_string(), "invalid", "must have required property 'id'"),
        (json!({"type": "req", "id": "i1"}).to_string(), "i1", "must have required property 'method'"),
        (json!({"type": "req", "id": "i2", "method": 5}).to_string(), "i2", "at /method: must be string"),
        (json!({"type": "req", "id": "i3", "method": ""}).to_string(), "i3", "at /method: must be 1 to 256 characters"),
        (json!({"type": "req", "id": 7, "method": "health"}).to_string(), "invalid", "at /id: must be string"),
        (
            json!({"type": "req", "id": "", "method": "health"}).to_string(),
            "invalid",
            "must have required property 'id'",
        ),
        (
            json!({"type": "req", "id": long, "method": "health"}).to_string(),
            "invalid",
            "at /id: must be 1 to 256 characters",
        ),
        (json!({"id": "i4", "method": "health"}).to_string(), "i4", "must have required property 'type'"),
        (json!({"type": "res", "id": "i5", "ok": true}).to_string(), "i5", "at /type: must be \"req\""),
        (json!(["req", "i6", "health"]).to_string(), "invalid", "at root: must be object"),
        (json!("health").to_string(), "invalid", "at root: must be object"),
        ("hello".to_owned(), "invalid", "not JSON"),
        (String::new(), "invalid", "not JSON"),
    ];
    let gateway = TestGateway::start();
    for dialect in BOTH {
        let mut client = gateway.must(&Caller::local(), &reader("a", dialect)).await;
        for (text, id, problem) in &table {
            client.raw.send_text(text.as_str()).await;
            let message = format!("invalid request frame: {problem}");
            let error = json!({"code": "INVALID_REQUEST", "message": message});
            assert_eq!(
                client.raw.answer(id).await,
                json!({"type": "res", "id": id, "ok": false, "error": error}),
                "{text}"
            );
        }
        client.ok("health", json!({})).await;
    }
}

/// W-19: the first frame must be connect; another request is told so before the close.
#[tokio::test]
async fn the_first_request_must_be_connect() {
    let gateway = TestGateway::start();
    let text = "invalid handshake: first request must be connect";
    for binary in [false, true] {
        let mut raw = gateway.raw().await;
        raw.challenge().await;
        let frame = json!({"type": "req", "id": "r1", "method": "health"}).to_string();
        raw.send_message(if binary { Message::binary(frame) } else { Message::text(frame) }).await;
        let error = json!({"code": "INVALID_REQUEST", "message": text});
        assert_eq!(raw.recv().await, Ok(json!({"type": "res", "id": "r1", "ok": false, "error": error})));
        assert_eq!(raw.closed().await, Close::new(1008, text));
    }
}

/// W-20: a first frame that is not JSON is closed plainly (1000, no reason) and not answered.
#[tokio::test]
async fn a_first_frame_that_is_not_json_ends_the_socket() {
    let gateway = TestGateway::start();
    for message in [Message::text("hello"), Message::text(""), Message::text("{"), Message::binary(vec![0xff, 0xfe])] {
        let mut raw = gateway.raw().await;
        raw.challenge().await;
        raw.send_message(message.clone()).await;
        assert_eq!(raw.recv().await, Err(Close::new(1000, "")), "{message:?}");
    }
}

/// W-21: JSON that is no request ends the socket with a reason and no answer.
#[tokio::test]
async fn a_first_frame_that_is_no_request_ends_the_socket() {
    let gateway = TestGateway::start();
    let frames = [
        json!({"type": "res", "id": "1", "ok": true, "payload": {}}),
        json!({"type": "event", "event": "tick", "payload": {"ts": 1}}),
        json!({"method": "connect", "id": "1", "params": {}}),
        json!([{"type": "req", "id": "1", "method": "connect"}]),
        json!(null),
    ];
    for frame in frames {
        let mut raw = gateway.raw().await;
        raw.challenge().await;
        raw.send(&frame).await;
        assert_eq!(raw.recv().await, Err(Close::new(1008, "invalid request frame")), "{frame}");
    }
}

/// W-03: binary messages that hold JSON are requests like any other; Swift clients send nothing else.
#[tokio::test]
async fn binary_messages_are_understood() {
    let gateway = TestGateway::start();
    for dialect in BOTH {
        let mut raw = gateway.raw().await;
        let challenge = raw.challenge().await;
        let params = reader("swift", dialect).params(&challenge, gateway.token.as_deref());
        for (id, method, params) in [("c", "connect", params), ("h", "health", json!({}))] {
            let frame = json!({"type": "req", "id": id, "method": method, "params": params});
            raw.send_message(Message::binary(frame.to_string())).await;
            assert_eq!(raw.answer(id).await["ok"], true, "{method}");
        }
    }
}

/// W-03: a request may come in parts, with a ping between them.
#[tokio::test]
async fn messages_may_come_in_parts() {
    let gateway = TestGateway::start();
    let part =
        |bytes: &[u8], kind: Data, last: bool| Message::Frame(Frame::message(bytes.to_vec(), OpCode::Data(kind), last));
    for dialect in BOTH {
        let mut client = gateway.must(&Caller::local(), &reader("a", dialect)).await;
        let text = json!({"type": "req", "id": "in parts", "method": "health"}).to_string();
        let (start, end) = text.as_bytes().split_at(20);
        client.raw.send_message(part(start, Data::Text, false)).await;
        client.raw.send_message(Message::Ping(Vec::new().into())).await;
        client.raw.send_message(part(end, Data::Continue, true)).await;
        assert_eq!(client.raw.answer("in parts").await["ok"], true);
    }
}

/// W-22: operators and nodes of both dialects share one address, whatever the path.
#[tokio::test]
async fn operators_and_nodes_share_the_address() {
    let gateway = TestGateway::start();
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let mut others = Vec::new();
    for (dialect, path) in [(3, "/"), (4, "/gateway?x=1"), (4, "/ws")] {
        let caller = Caller::local().path(path);
        others.push(gateway.must(&caller, &Connect::node(&Device::new(path)).dialect(dialect)).await);
        others.push(gateway.must(&caller, &reader(path, dialect)).await);
    }
    let status = admin.ok("status", json!({})).await;
    assert_eq!(status["connections"], json!({"operators": 4, "nodes": 3}));
}

/// W-23: one socket carries a client's requests, answers and events.
#[tokio::test]
async fn one_connection_carries_everything() {
    let gateway = TestGateway::builder().env("POSTERN_TICK_INTERVAL_MS", "50").start();
    for dialect in BOTH {
        let mut client = gateway.must(&Caller::local(), &reader("a", dialect)).await;
        for method in ["health", "system-presence", "system.info", "gateway.identity.get"] {
            client.ok(method, json!({})).await;
        }
        client.event("tick", |_| true).await;
        assert_eq!(client.ok("status", json!({})).await["connections"], json!({"operators": 1, "nodes": 0}));
        drop(client);
        let mut next = gateway.op(&Device::new("a"), &["operator.read"]).await;
        connections_become(&mut next, 1, 0).await;
    }
}
