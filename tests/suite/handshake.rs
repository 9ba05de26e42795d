//! The handshake as a client sees it: challenge, connect, hello-ok (`handshake.md §2, §10`).

use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, TOKEN, TestGateway, assert_keys};

/// H-02: the challenge is the first frame, has a nonce of its own socket and the time, and no `seq`.
#[tokio::test]
async fn every_socket_starts_with_a_challenge_of_its_own() {
    let gateway = TestGateway::start();
    let mut first = gateway.raw().await;
    let mut second = gateway.raw_from(&Caller::local().path("/behind/a/prefix?x=1")).await;
    let (one, other) = (first.challenge().await, second.challenge().await);
    assert_ne!(one["nonce"], other["nonce"]);
    assert_eq!(uuid::Uuid::parse_str(one["nonce"].as_str().unwrap()).unwrap().get_version_num(), 4);
    assert!(one["ts"].as_i64().unwrap() > 1_767_225_600_000);
    assert_keys(&first.frames()[0], &["type", "event", "payload"]);
    assert_keys(&one, &["nonce", "ts"]);
}

/// H-01, A-17: before connect succeeds no method answers and nothing happens.
#[tokio::test]
async fn no_method_answers_before_connect_succeeds() {
    let gateway = TestGateway::start();
    for method in ["health", "device.pair.list", "system-event", "device.pair.setupCode"] {
        let mut raw = gateway.raw().await;
        raw.challenge().await;
        raw.request("r1", method, json!({"text": "Node: intruder"})).await;
        let text = "invalid handshake: first request must be connect";
        let answer =
            json!({"type": "res", "id": "r1", "ok": false, "error": {"code": "INVALID_REQUEST", "message": text}});
        assert_eq!(raw.recv().await, Ok(answer), "{method}");
        let close = raw.closed().await;
        assert_eq!((close.code, close.reason.as_str()), (1008, text), "{method}");
    }
    // What is pipelined behind a connect that fails is never looked at.
    let mut raw = gateway.raw().await;
    let challenge = raw.challenge().await;
    let connect = Connect::operator(&Device::new("stranger"), &["operator.admin"]).auth(json!({"token": "wrong"}));
    raw.request("c", "connect", connect.params(&challenge, None)).await;
    raw.request("r2", "system-event", json!({"text": "Node: intruder"})).await;
    raw.closed().await;
    let answers: Vec<_> = raw.frames().iter().filter(|frame| frame["type"] == "res").collect();
    assert_eq!(answers.len(), 1, "{answers:?}");
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let presence = admin.ok("system-presence", json!({})).await.to_string();
    assert!(!presence.contains("intruder"), "{presence}");
    assert_eq!(admin.ok("device.pair.list", json!({})).await["paired"].as_array().unwrap().len(), 1);
}

/// H-21: a socket that has not connected hears nothing but its challenge.
#[tokio::test]
async fn events_are_for_connected_clients_only() {
    let gateway = TestGateway::builder().env("POSTERN_TICK_INTERVAL_MS", "50").start();
    let mut held = gateway.raw().await;
    held.challenge().await;
    let mut watcher = gateway.op(&Device::new("watcher"), &["operator.read"]).await;
    gateway
        .must(&Caller::local(), &Connect::operator(&Device::new("other"), &["operator.read"]).client("test", "ui"))
        .await;
    watcher.event("presence", |_| true).await;
    watcher.event("tick", |_| true).await;
    let mut late = Client::connect(held, &Connect::operator(&Device::new("late"), &[]), Some(TOKEN)).await.unwrap();
    let first: Vec<_> =
        late.raw.frames().iter().map(|frame| frame["event"].as_str().unwrap_or("res").to_owned()).collect();
    assert_eq!(first, ["connect.challenge", "res"]);
    late.event("tick", |_| true).await;
}

/// H-11, H-16, H-17: success is an ordinary answer; two connections differ in `connId` and share the process.
#[tokio::test]
async fn hello_ok_is_the_answer_to_connect() {
    let gateway = TestGateway::start();
    let device = Device::new("laptop");
    let first = gateway.op(&device, &["operator.read"]).await;
    let second = gateway.op(&device, &["operator.read"]).await;
    let answer = &first.raw.frames()[1];
    assert_keys(answer, &["type", "id", "ok", "payload"]);
    assert_eq!((&answer["type"], &answer["id"], &answer["ok"]), (&json!("res"), &json!("connect-1"), &json!(true)));
    assert_keys(&first.hello, &["type", "protocol", "server", "features", "snapshot", "auth", "policy"]);
    assert_eq!(
        first.hello["policy"],
        json!({"maxPayload": 26_214_400, "maxBufferedBytes": 52_428_800, "tickIntervalMs": 30_000})
    );
    let (one, other) = (&first.hello["server"], &second.hello["server"]);
    assert_keys(one, &["version", "connId", "bootId"]);
    assert_eq!((&one["version"], &one["bootId"]), (&gateway.ready["version"], &other["bootId"]));
    assert_ne!(one["connId"], other["connId"]);
    assert!(uuid::Uuid::parse_str(one["connId"].as_str().unwrap()).is_ok());
}

/// H-16, H-17: the same for protocol 3, whose clients know other fields.
#[tokio::test]
async fn old_clients_get_the_hello_they_know() {
    let gateway = TestGateway::start();
    let connect = Connect::operator(&Device::new("old"), &["operator.read"]).v3();
    let client = gateway.must(&Caller::local(), &connect).await;
    assert_keys(
        &client.hello,
        &["type", "protocol", "server", "features", "snapshot", "canvasHostUrl", "auth", "policy"],
    );
    assert_eq!(client.hello["protocol"], 3);
    assert_keys(&client.hello["server"], &["version", "connId", "host"]);
    assert_eq!(
        client.hello["policy"],
        json!({"maxPayload": 524_288, "maxBufferedBytes": 1_572_864, "tickIntervalMs": 30_000})
    );
    assert_keys(&client.hello["auth"], &["deviceToken", "role", "scopes", "issuedAtMs"]);
    let snapshot = &client.hello["snapshot"];
    assert!(snapshot["presence"].as_array().unwrap().iter().all(|entry| entry["ts"].is_i64()), "{snapshot}");
    let keys = ["presence", "health", "stateVersion", "uptimeMs", "configPath", "stateDir", "sessionDefaults"];
    assert_keys(snapshot, &keys);
    // Without device no token was issued, and then protocol 3 has no `auth` at all.
    let client = gateway.must(&Caller::local(), &Connect::deviceless(&["operator.read"]).v3()).await;
    assert!(client.hello.get("auth").is_none(), "{}", client.hello);
}

/// H-13, H-19: a connect is told to those who were there, and hello-ok shows them.
#[tokio::test]
async fn presence_is_in_hello_ok_and_then_told() {
    let gateway = TestGateway::start();
    let (near, far) = (Device::new("near"), Device::new("far"));
    let ui = |device: &Device| Connect::operator(device, &["operator.read"]).client("openclaw-macos", "ui");
    let mut first = gateway.must(&Caller::local(), &ui(&near)).await;
    let second = gateway.must(&Caller::local(), &ui(&far)).await;
    let ids = |presence: &Value| -> Vec<String> {
        let entries = presence.as_array().unwrap().iter();
        entries
            .filter(|entry| entry["reason"] == "connect")
            .map(|entry| entry["deviceId"].as_str().unwrap().to_owned())
            .collect()
    };
    let seen = ids(&second.hello["snapshot"]["presence"]);
    assert!(seen.contains(&near.id()), "{seen:?}");
    let told = first.event("presence", |payload| ids(&payload["presence"]).contains(&far.id())).await;
    assert!(ids(&told["presence"]).contains(&near.id()));
    drop(second);
    first
        .event("presence", |payload| {
            let mut entries = payload["presence"].as_array().unwrap().iter();
            entries.any(|entry| entry["deviceId"] == far.id() && entry["reason"] == "disconnect")
        })
        .await;
}

/// H-14: the health snapshot is there from the first hello on, and is what `health` answers.
#[tokio::test]
async fn health_is_in_hello_ok() {
    let gateway = TestGateway::start();
    let mut client = gateway.op(&Device::new("laptop"), &["operator.read"]).await;
    let health = client.hello["snapshot"]["health"].clone();
    assert_eq!(health["ok"], true, "{health}");
    assert_eq!(client.ok("health", json!({})).await, health);
}

/// H-15: what hello-ok lists is what the exported table holds.
#[tokio::test]
async fn features_are_the_exported_tables() {
    let gateway = TestGateway::start();
    let client = gateway.op(&Device::new("laptop"), &[]).await;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/methods.json");
    let exported: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let names =
        |key: &str| -> Value { exported[key].as_array().unwrap().iter().map(|row| row["name"].clone()).collect() };
    assert_eq!(client.hello["features"]["methods"], names("methods"));
    assert_eq!(client.hello["features"]["events"], names("events"));
}

/// H-20: ticks come at the announced interval, to every role.
#[tokio::test]
async fn ticks_follow_the_handshake() {
    let gateway = TestGateway::builder().env("POSTERN_TICK_INTERVAL_MS", "60").start();
    for connect in
        [Connect::operator(&Device::new("op"), &[]), Connect::node(&Device::new("node")), Connect::deviceless(&[]).v3()]
    {
        let mut client = gateway.must(&Caller::local(), &connect).await;
        assert_eq!(client.hello["policy"]["tickIntervalMs"], 60);
        let ticks = |client: &Client| client.events("tick").len();
        while ticks(&client) < 2 {
            client.raw.recv().await.unwrap();
        }
        assert!(client.events("tick")[0]["ts"].as_i64().unwrap() > 1_767_225_600_000);
    }
}

/// H-22: a second connect is refused and the connection goes on.
#[tokio::test]
async fn connect_is_only_ever_the_first_request() {
    let gateway = TestGateway::start();
    let mut client = gateway.op(&Device::new("laptop"), &["operator.read"]).await;
    let again = client.sent.clone();
    let error = client.err("connect", again).await;
    assert_eq!(error, json!({"code": "INVALID_REQUEST", "message": "connect is only valid as the first request"}));
    client.ok("health", json!({})).await;
}
