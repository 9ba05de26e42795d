//! A node on another computer of a real network: cables that lose packets, and cables that are pulled out (FEATURES
//! N-02, N-16; a node that vanishes without a word is noticed within the keepalive deadline).

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use postern_gateway::{Clock, Limits};
use serde_json::{Value, json};

use crate::harness::{Cable, Client, Device, InProcess, LAN_IP, TOKEN, TestNode, on_own_network};

const PLAIN: &[&str] = &["--without", "browser,canvas,camera,screen"];
const FULL: &str = r#"{"version":1,"defaults":{"security":"full"}}"#;
const LISTENS: &str = "{gateway: {bind: 'lan'}}";

/// Who is silent for this long is gone, to either side.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// A gateway that listens on the cable.
#[expect(clippy::disallowed_methods, reason = "the node host on the other side reads the real clock")]
async fn gateway(limits: Limits) -> InProcess {
    InProcess::with(LISTENS, |options| {
        options.limits = limits;
        options.clock = Clock::new(|| {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
            i64::try_from(now.as_millis()).unwrap()
        });
    })
    .await
}

/// The other computer's node and its id, its device and its commands approved.
async fn joined(gateway: &InProcess, cable: &Cable, op: &mut Client) -> (TestNode, String) {
    let port = gateway.port.to_string();
    let words = [&["--host", LAN_IP, "--port", &port, "--token", TOKEN], PLAIN].concat();
    let mut node = TestNode::beyond(cable, &words);
    let request = node.state("waiting-for-approval").await["requestId"].clone();
    op.ok("device.pair.approve", json!({"requestId": request})).await;
    let id = node.connected().await;
    let asked = op.event("node.pair.requested", |_| true).await;
    assert_eq!((&asked["nodeId"], &asked["remoteIp"]), (&json!(id), &json!(Cable::FAR_IP)), "{asked}");
    op.ok("node.pair.approve", json!({"requestId": asked["requestId"]})).await;
    node.rules(FULL);
    (node, id)
}

fn run(node_id: &str, command: Value) -> Value {
    let key = uuid::Uuid::new_v4().to_string();
    let params = json!({"command": command});
    json!({"nodeId": node_id, "command": "system.run", "params": params, "idempotencyKey": key, "timeoutMs": 600_000})
}

async fn echoes(op: &mut Client, id: &str, word: &str) {
    let ran = op.ok("node.invoke", run(id, json!(["echo", word]))).await;
    assert_eq!(ran["payload"]["stdout"], json!(format!("{word}\n")), "{ran}");
}

async fn is_connected(op: &mut Client, id: &str) -> bool {
    op.ok("node.describe", json!({"nodeId": id})).await["connected"] == true
}

/// The cable is pulled out while a command runs: both sides notice, the caller is told, and when the cable is back so
/// is the node.
#[tokio::test]
async fn a_pulled_cable_is_noticed_and_a_mended_one_is_enough() {
    if !on_own_network("suite::node_network::a_pulled_cable_is_noticed_and_a_mended_one_is_enough") {
        return;
    }
    let cable = Cable::to_other_network().await;
    let gateway =
        gateway(Limits { ping_interval: PATIENCE / 2, tick_interval: PATIENCE / 2, ..Limits::default() }).await;
    let mut op = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let (mut node, id) = joined(&gateway, &cable, &mut op).await;
    echoes(&mut op, &id, "before").await;
    for round in 0..2 {
        let under_way = op.post("node.invoke", run(&id, json!(["sleep", "1000"]))).await;
        // What is asked later is answered: the command before it is with the node.
        echoes(&mut op, &id, "meanwhile").await;
        cable.cut();
        let error = op.raw.answer(&under_way).await["error"].clone();
        assert_eq!(error["details"]["code"], "NOT_CONNECTED", "round {round}: {error}");
        assert_eq!(error["details"]["nodeCommandDispatched"], true, "{error}");
        assert!(!is_connected(&mut op, &id).await);
        node.state("lost").await;
        let error = op.err("node.invoke", run(&id, json!(["echo", "nobody"]))).await;
        assert_eq!(error["details"]["nodeCommandDispatched"], false, "{error}");
        cable.mend();
        assert_eq!(node.connected().await, id);
        echoes(&mut op, &id, "again").await;
    }
}

/// Where the kernel can lose packets (`sch_netem`), every twentieth is lost: it takes longer, and nothing is missing or
/// done twice. Elsewhere the cable is sound, and a hundred calls across it are what is left of the test.
#[tokio::test]
async fn lost_packets_lose_no_calls() {
    if !on_own_network("suite::node_network::lost_packets_lose_no_calls") {
        return;
    }
    let cable = Cable::to_other_network().await;
    let gateway = gateway(Limits::default()).await;
    let mut op = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let (node, id) = joined(&gateway, &cable, &mut op).await;
    cable.lose(5);
    let file = node.home().join("lines");
    let mut calls = BTreeMap::new();
    for number in 0..100 {
        let line = format!("echo {number} >> '{}'; echo {number}", file.display());
        let call = op.post("node.invoke", run(&id, json!(["/bin/sh", "-c", line]))).await;
        calls.insert(call, format!("{number}\n"));
    }
    // In whatever order they come.
    let mut answers = BTreeMap::new();
    let answered = op.raw.until("every answer", |frame| {
        if let Some(call) = frame["id"].as_str().filter(|id| frame["type"] == "res" && calls.contains_key(*id)) {
            let said = frame["payload"]["payload"]["stdout"].as_str().map(str::to_owned);
            answers.insert(call.to_owned(), said.unwrap_or_else(|| frame.to_string()));
        }
        answers.len() == calls.len()
    });
    answered.await;
    assert_eq!(answers, calls);
    let mut lines: Vec<u32> =
        std::fs::read_to_string(file).unwrap().lines().map(|line| line.parse().unwrap()).collect();
    lines.sort_unstable();
    assert_eq!(lines, (0..100).collect::<Vec<_>>());
    assert!(is_connected(&mut op, &id).await);
}
