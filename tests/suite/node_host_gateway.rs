//! The node host and a gateway of somebody else: one that repeats itself, takes calls back, goes away in the middle,
//! and speaks the older generation.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{DEADLINE, Endpoint, TestNode, until};

const PLAIN: &[&str] = &["--without", "browser,canvas,camera,screen"];
const FULL: &str = r#"{"version":1,"defaults":{"security":"full"}}"#;

/// A gateway of which only one connection is looked at.
struct Other {
    listener: TcpListener,
    version: u32,
}

/// One connection of a node.
struct Link {
    socket: WebSocketStream<TcpStream>,
    connect: Value,
    node_id: String,
}

impl Other {
    async fn speaking(version: u32) -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap(), version }
    }

    fn endpoint(&self) -> Endpoint {
        Endpoint { port: self.listener.local_addr().unwrap().port(), token: Some("other-token-00000000".to_owned()) }
    }

    /// The next connection, up to its hello.
    async fn link(&self) -> Link {
        let accepted = tokio::time::timeout(DEADLINE, self.listener.accept()).await.expect("a node connects").unwrap();
        let mut socket = tokio_tungstenite::accept_async(accepted.0).await.unwrap();
        let challenge = json!({"nonce": uuid::Uuid::new_v4(), "ts": 1_767_225_600_000_i64});
        send(&mut socket, json!({"type": "event", "event": "connect.challenge", "payload": challenge})).await;
        let connect = next(&mut socket).await;
        assert_eq!(connect["method"], "connect", "{connect}");
        let token = json!({"deviceToken": "issued", "role": "node", "scopes": []});
        let hello = json!({
            "type": "hello-ok", "protocol": self.version,
            "server": {"version": "other", "connId": uuid::Uuid::new_v4()},
            "features": {"methods": ["node.invoke.result", "node.event"], "events": []},
            "snapshot": {"presence": [], "health": {}, "stateVersion": {"presence": 0, "health": 0}, "uptimeMs": 1},
            "policy": {"maxPayload": 524_288, "maxBufferedBytes": 1_572_864, "tickIntervalMs": 30_000},
            "auth": token,
        });
        send(&mut socket, json!({"type": "res", "id": connect["id"], "ok": true, "payload": hello})).await;
        let connect = connect["params"].clone();
        let node_id = connect["device"]["id"].as_str().unwrap().to_owned();
        Link { socket, connect, node_id }
    }
}

async fn send(socket: &mut WebSocketStream<TcpStream>, frame: Value) {
    socket.send(Message::text(frame.to_string())).await.unwrap();
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Value {
    loop {
        let message = tokio::time::timeout(DEADLINE, socket.next()).await.expect("a frame").expect("open").unwrap();
        if let Message::Text(text) = message {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

impl Link {
    async fn event(&mut self, name: &str, payload: Value) {
        send(&mut self.socket, json!({"type": "event", "event": name, "payload": payload})).await;
    }

    async fn invoke(&mut self, id: &str, key: &str, command: &str, params: Value) {
        let request = json!({
            "id": id, "nodeId": self.node_id, "command": command, "paramsJSON": params.to_string(),
            "timeoutMs": 30_000, "idempotencyKey": key,
        });
        self.event("node.invoke.request", request).await;
    }

    /// The result of one call; whatever else comes is acknowledged.
    async fn result(&mut self, id: &str) -> Value {
        loop {
            let frame = next(&mut self.socket).await;
            send(&mut self.socket, json!({"type": "res", "id": frame["id"], "ok": true, "payload": {"ok": true}}))
                .await;
            if frame["method"] == "node.invoke.result" && frame["params"]["id"] == id {
                assert_eq!(frame["params"]["nodeId"], self.node_id.as_str());
                return frame["params"].clone();
            }
        }
    }
}

fn counts(file: &std::path::Path) -> Value {
    json!({"command": ["/bin/sh", "-c", format!("echo once >> '{}'; echo done", file.display())]})
}

fn payload(result: &Value) -> Value {
    serde_json::from_str(result["payloadJSON"].as_str().unwrap_or_else(|| panic!("{result}"))).unwrap()
}

/// The same call twice is done once, by its id and by the caller's key; both are answered.
#[tokio::test]
async fn a_call_that_is_repeated_is_done_once() {
    let gateway = Other::speaking(4).await;
    let mut node = TestNode::start(&gateway.endpoint(), PLAIN);
    let mut link = gateway.link().await;
    node.connected().await;
    node.rules(FULL);
    let file = node.home().join("count");
    link.invoke("a", "key", "system.run", counts(&file)).await;
    link.invoke("a", "key", "system.run", counts(&file)).await;
    link.invoke("b", "key", "system.run", counts(&file)).await;
    for id in ["a", "b"] {
        assert_eq!(payload(&link.result(id).await)["stdout"], "done\n");
    }
    link.invoke("c", "key", "system.run", counts(&file)).await;
    assert_eq!(payload(&link.result("c").await)["stdout"], "done\n");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "once\n");
    link.invoke("d", "key d", "no.such", json!({})).await;
    assert_eq!(link.result("d").await["error"]["code"], "UNSUPPORTED");
    link.invoke("e", "key e", "system.run", json!({"command": "ls"})).await;
    assert_eq!(link.result("e").await["error"]["code"], "INVALID_REQUEST");
}

/// A call that is taken back ends with its whole group, though it does not want to.
#[tokio::test]
async fn a_call_that_is_taken_back_ends() {
    let gateway = Other::speaking(4).await;
    let mut node = TestNode::start(&gateway.endpoint(), PLAIN);
    let mut link = gateway.link().await;
    node.connected().await;
    node.rules(FULL);
    let file = node.home().join("pids");
    let script = format!(
        "trap '' TERM; sleep 1000 & echo $$ $! > '{0}.new'; mv '{0}.new' '{0}'; wait; sleep 1000",
        file.display()
    );
    link.invoke("a", "key", "system.run", json!({"command": ["/bin/sh", "-c", script]})).await;
    let pids = until("it to run", || std::fs::read_to_string(&file).ok()).await;
    link.event("node.invoke.cancel", json!({"invokeId": "a", "nodeId": link.node_id})).await;
    for pid in pids.split_whitespace() {
        let dead = || {
            !std::process::Command::new("kill")
                .args(["-0", pid])
                .stderr(std::process::Stdio::null())
                .status()
                .unwrap()
                .success()
        };
        until("the group to end", || dead().then_some(())).await;
    }
    link.invoke("b", "other key", "system.run", json!({"command": ["echo", "next"]})).await;
    assert_eq!(payload(&link.result("b").await)["stdout"], "next\n");
}

/// What was asked through a connection that is gone is not answered through the next one, and its key is not done again.
#[tokio::test]
async fn answers_do_not_move_to_another_connection() {
    let gateway = Other::speaking(4).await;
    let mut node = TestNode::start(&gateway.endpoint(), PLAIN);
    let mut link = gateway.link().await;
    node.connected().await;
    node.rules(FULL);
    let (begun, file) = (node.home().join("begun"), node.home().join("count"));
    let script = format!("echo once >> '{}'; touch '{}'; sleep 1000", file.display(), begun.display());
    let slow = json!({"command": ["/bin/sh", "-c", script]});
    link.invoke("a", "key", "system.run", slow.clone()).await;
    until("it to run", || begun.exists().then_some(())).await;
    drop(link);
    let mut link = gateway.link().await;
    link.invoke("b", "key", "system.run", slow).await;
    let result = link.result("b").await;
    assert_eq!((&result["ok"], &result["error"]["code"]), (&json!(false), &json!("CANCELLED")), "{result}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "once\n");
}

/// A gateway of the older generation is served too, within what it takes.
#[tokio::test]
async fn the_older_generation_is_served_within_its_limits() {
    let gateway = Other::speaking(3).await;
    let mut node = TestNode::start(&gateway.endpoint(), PLAIN);
    let mut link = gateway.link().await;
    assert_eq!(node.state("connected").await["gateway"]["protocol"], 3);
    let connect = &link.connect;
    assert_eq!(
        (&connect["minProtocol"], &connect["maxProtocol"], &connect["role"]),
        (&json!(3), &json!(4), &json!("node"))
    );
    assert_eq!((&connect["client"]["id"], &connect["client"]["mode"]), (&json!("node-host"), &json!("node")));
    assert!(connect["pathEnv"].as_str().unwrap().contains("bin"), "{connect}");
    node.rules(FULL);
    // Control characters take six bytes each, quoted twice.
    let script = "head -c 400000 /dev/zero | tr '\\0' '\\1'; echo the-end";
    link.invoke("a", "key", "system.run", json!({"command": ["/bin/sh", "-c", script]})).await;
    let result = link.result("a").await;
    assert!(result.to_string().len() <= 524_288, "{}", result.to_string().len());
    let ran = payload(&result);
    assert_eq!((&ran["truncated"], &ran["exitCode"]), (&json!(true), &json!(0)));
    assert!(ran["stdout"].as_str().unwrap().ends_with("the-end\n"));
}
