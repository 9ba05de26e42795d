//! Nodes on other computers of real networks: at home, in a tailnet, behind a proxy; cables that lose packets, and cables
//! that are pulled out (FEATURES N-02, N-16; a node that vanishes without a word is noticed within the keepalive deadline).

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use postern_gateway::{Clock, Limits};
use serde_json::{Value, json};

use crate::harness::{Cable, Client, Device, InProcess, LAN_IP, Nginx, TOKEN, TestNode, on_own_network};

const PLAIN: &[&str] = &["--without", "browser,canvas,camera,screen"];
const FULL: &str = r#"{"version":1,"defaults":{"security":"full"}}"#;
const LISTENS: &str = "{gateway: {bind: 'lan'}}";
/// Even where the owner's own tailnet addresses count as this machine, another member's do not.
const IN_A_TAILNET: &str = "{gateway: {bind: 'lan', pairing: {trustOwnTailnet: true}}}";

/// Who is silent for this long is gone, to either side.
const PATIENCE: Duration = Duration::from_secs(4);

/// A gateway that listens on the cable.
async fn gateway(limits: Limits) -> InProcess {
    gateway_with(LISTENS, limits).await
}

#[expect(clippy::disallowed_methods, reason = "the node host on the other side reads the real clock")]
async fn gateway_with(config: &str, limits: Limits) -> InProcess {
    InProcess::with(config, |options| {
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
    let mut node = dialling(cable, (LAN_IP, gateway.port));
    let id = approved(&mut node, Cable::FAR_IP, op).await;
    (node, id)
}

/// The node of the computer beyond the cable, on its way to this address.
fn dialling(cable: &Cable, (ip, port): (&str, u16)) -> TestNode {
    let port = port.to_string();
    TestNode::beyond(cable, &[&["--host", ip, "--port", &port, "--token", TOKEN], PLAIN].concat())
}

/// Approves a node's device and then its commands, both seen with this address; its id.
async fn approved(node: &mut TestNode, ip: &str, op: &mut Client) -> String {
    let request = node.state("waiting-for-approval").await["requestId"].clone();
    let asked = op.event("device.pair.requested", |asked| asked["requestId"] == request).await;
    assert_eq!((&asked["remoteIp"], &asked["role"]), (&json!(ip), &json!("node")), "{asked}");
    op.ok("device.pair.approve", json!({"requestId": request})).await;
    let id = node.connected().await;
    let asked = op.event("node.pair.requested", |asked| asked["nodeId"] == id.as_str()).await;
    assert_eq!(asked["remoteIp"], ip, "{asked}");
    let error = op.err("node.invoke", run(&id, json!(["echo", "early"]))).await;
    assert_eq!(error["details"]["code"], "PAIRING_CHANGED", "being near is no approval: {error}");
    op.ok("node.pair.approve", json!({"requestId": asked["requestId"]})).await;
    node.rules(FULL);
    id
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

/// Every one of these calls prints what it is to print; in whatever order the answers come.
async fn are_answered(op: &mut Client, calls: &BTreeMap<String, String>) {
    let mut answers = BTreeMap::new();
    let answered = op.raw.until("every answer", |frame| {
        if let Some(call) = frame["id"].as_str().filter(|id| frame["type"] == "res" && calls.contains_key(*id)) {
            let said = frame["payload"]["payload"]["stdout"].as_str().map(str::to_owned);
            answers.insert(call.to_owned(), said.unwrap_or_else(|| frame.to_string()));
        }
        answers.len() == calls.len()
    });
    answered.await;
    assert_eq!(answers, *calls);
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

/// Every twentieth packet is lost, in both directions: it takes longer, and nothing is missing or done twice.
#[tokio::test]
async fn lost_packets_lose_no_calls() {
    if !on_own_network("suite::node_network::lost_packets_lose_no_calls") {
        return;
    }
    let cable = Cable::to_other_network().await;
    let gateway = gateway(Limits::default()).await;
    let mut op = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let (node, id) = joined(&gateway, &cable, &mut op).await;
    cable.lose_every(20);
    let file = node.home().join("lines");
    let mut calls = BTreeMap::new();
    for number in 0..100 {
        let line = format!("echo {number} >> '{}'; echo {number}", file.display());
        let call = op.post("node.invoke", run(&id, json!(["/bin/sh", "-c", line]))).await;
        calls.insert(call, format!("{number}\n"));
    }
    are_answered(&mut op, &calls).await;
    let mut lines: Vec<u32> =
        std::fs::read_to_string(file).unwrap().lines().map(|line| line.parse().unwrap()).collect();
    lines.sort_unstable();
    assert_eq!(lines, (0..100).collect::<Vec<_>>());
    assert!(is_connected(&mut op, &id).await);
    assert!(cable.lost().iter().all(|lost| *lost > 0), "nothing was lost: {:?}", cable.lost());
}

/// nginx on the gateway's machine, at this address of it; it says who calls.
fn proxy(ip: &str, gateway: &InProcess) -> Nginx {
    let location = format!(
        "location / {{ proxy_pass http://127.0.0.1:{port}; proxy_http_version 1.1;
            proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; }}",
        port = gateway.port
    );
    Nginx::at(ip, &location, &[])
}

async fn set_trusted_proxies(op: &mut Client, ips: &[&str]) {
    let hash = op.ok("config.get", json!({})).await["hash"].clone();
    let raw = json!({"gateway": {"trustedProxies": ips}}).to_string();
    op.ok("config.patch", json!({"raw": raw, "baseHash": hash})).await;
}

/// Three computers at once, each on a network of its own: the home network, a tailnet, and behind a reverse proxy. None
/// is this machine, so each is approved twice, and each is seen with its own address; that of the one behind the proxy
/// is believed once the proxy is listed, and until then nobody comes through it.
#[tokio::test]
async fn nodes_of_three_networks_work_side_by_side() {
    if !on_own_network("suite::node_network::nodes_of_three_networks_work_side_by_side") {
        return;
    }
    let (tailnet_ip, member_ip) = ("100.101.102.1", "100.101.102.7");
    let (front_ip, behind_ip) = ("10.79.0.1", "10.79.0.2");
    let lan = Cable::to_other_network().await;
    let tailnet = Cable::to_another("ts0", tailnet_ip, member_ip).await;
    let behind = Cable::to_another("dmz0", front_ip, behind_ip).await;
    let gateway = gateway_with(IN_A_TAILNET, Limits::default()).await;
    let mut op = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let nginx = proxy(front_ip, &gateway);

    let mut shelf = dialling(&lan, (LAN_IP, gateway.port));
    let mut member = dialling(&tailnet, (tailnet_ip, gateway.port));
    let shelf_id = approved(&mut shelf, Cable::FAR_IP, &mut op).await;
    let member_id = approved(&mut member, member_ip, &mut op).await;

    // Not before the others are in: who is refused waits longer from one attempt to the next.
    let mut hidden = dialling(&behind, (front_ip, nginx.endpoint().port));
    let refused = hidden.state("lost").await;
    assert!(refused["reason"].as_str().unwrap().contains("403"), "{refused}");
    let waiting = op.ok("device.pair.list", json!({})).await["pending"].take();
    assert_eq!(waiting, json!([]), "who comes through an unlisted proxy does not even ask");
    set_trusted_proxies(&mut op, &["127.0.0.1"]).await;
    let hidden_id = approved(&mut hidden, behind_ip, &mut op).await;

    let everybody = [(&shelf_id, Cable::FAR_IP), (&member_id, member_ip), (&hidden_id, behind_ip)];
    let list = op.ok("node.list", json!({})).await;
    for (id, ip) in everybody {
        let row = list["nodes"].as_array().unwrap().iter().find(|row| row["nodeId"] == id.as_str()).unwrap();
        assert_eq!((&row["remoteIp"], &row["connected"]), (&json!(ip), &json!(true)), "{row}");
        echoes(&mut op, id, ip).await;
    }
    // Asked all at once, each answers for itself.
    let mut asked = BTreeMap::new();
    for (node, (id, _)) in [&shelf, &member, &hidden].into_iter().zip(everybody) {
        let home = node.home().display().to_string();
        let call = op.post("node.invoke", run(id, json!(["/bin/sh", "-c", "cd && pwd"]))).await;
        asked.insert(call, format!("{home}\n"));
    }
    are_answered(&mut op, &asked).await;
    // One network that breaks is its own trouble.
    drop(nginx);
    hidden.state("lost").await;
    for (id, ip) in &everybody[..2] {
        echoes(&mut op, id, ip).await;
    }
    assert!(!is_connected(&mut op, &hidden_id).await);
}
