//! Who is there: the list, its version, its announcements, and beacons (`frames-and-events.md §4`, `methods.md §1`).

use serde_json::{Value, json};

use super::status::connections_become;
use crate::harness::{Caller, Client, Connect, Device, InProcess, REMOTE_IP, START_MS, TestGateway, assert_keys};

/// Beacons that are not repeated disappear after this long.
const BEACON_TTL_MS: i64 = 5 * 60 * 1000;

fn ui(name: &str, dialect: u32) -> Connect {
    Connect::operator(&Device::new(name), &["operator.read"]).client("openclaw-macos", "ui").dialect(dialect)
}

fn entry<'a>(presence: &'a Value, key: &str, value: &str) -> Option<&'a Value> {
    presence.as_array().unwrap().iter().find(|entry| entry[key] == value)
}

fn version(client: &Client) -> u64 {
    client.hello["snapshot"]["stateVersion"]["presence"].as_u64().unwrap()
}

/// the gateway's own entry comes first, then whoever is connected; command lines and probes are nobody.
#[tokio::test]
async fn the_list_names_the_gateway_and_its_clients() {
    let gateway = InProcess::start().await;
    for dialect in [3, 4] {
        let mut reader = gateway.must(&Caller::local(), &ui("reader", dialect)).await;
        let _cli = gateway
            .must(&Caller::local(), &Connect::operator(&Device::new("cli"), &["operator.read"]).dialect(dialect))
            .await;
        let node = Connect::node(&Device::new("node")).dialect(dialect).set("/client/displayName", json!("Shelf"));
        let _node = gateway.must(&Caller::local(), &node).await;
        let presence = reader.ok("system-presence", json!({})).await;
        let own = &presence[0];
        assert_eq!((&own["mode"], &own["reason"]), (&json!("gateway"), &json!("self")));
        let text = own["text"].as_str().unwrap();
        assert!(
            text.starts_with("Gateway: ") && text.ends_with(" · app 0.0.0-test · mode gateway · reason self"),
            "{text}"
        );
        let mine = entry(&presence, "deviceId", &Device::new("reader").id()).unwrap();
        let wanted = json!({"host": "openclaw-macos", "version": "1.2.3", "platform": "linux", "mode": "ui", "reason": "connect",
            "ts": START_MS, "deviceId": Device::new("reader").id(), "roles": ["operator"], "scopes": ["operator.read"]});
        assert_eq!(*mine, wanted);
        let shelf = entry(&presence, "host", "Shelf").unwrap();
        assert_eq!((&shelf["reason"], &shelf["roles"]), (&json!("node-connected"), &json!(["node"])));
        assert!(shelf.get("scopes").is_none() && shelf.get("ip").is_none(), "{shelf}");
        assert_eq!(entry(&presence, "deviceId", &Device::new("cli").id()), None);
        assert_eq!(presence.as_array().unwrap().len(), 3);
    }
}

/// N-17: an app, a command line, a page, an automation and a node at once. All of them work; who is listed is decided by
/// what they are (`handshake.md §10`): command lines are not, nor automations of protocol 4.
#[tokio::test]
async fn every_kind_of_client_is_there_at_once() {
    for dialect in [3, 4] {
        let gateway = TestGateway::start();
        let page = Caller::page(&format!("http://127.0.0.1:{}", gateway.port));
        let kinds: [(&str, &str, &str, bool); 4] = [
            ("app", "openclaw-macos", "ui", true),
            ("terminal", "cli", "cli", false),
            ("page", "openclaw-control-ui", "webchat", true),
            ("automation", "gateway-client", "backend", dialect == 3),
        ];
        let mut clients = Vec::new();
        for (name, id, mode, is_listed) in kinds {
            let device = Device::new(&format!("{name} {dialect}"));
            let connect = Connect::operator(&device, &["operator.read"]).client(id, mode).dialect(dialect);
            let connect = connect.set("/client/displayName", json!(name));
            let local = Caller::local();
            let client = gateway.must(if name == "page" { &page } else { &local }, &connect).await;
            clients.push((client, device.id(), is_listed));
        }
        let device = Device::new(&format!("node {dialect}"));
        let mut node = gateway.must(&Caller::local(), &Connect::node(&device).dialect(dialect)).await;
        connections_become(&mut clients[0].0, 4, 1).await;
        let listed: Vec<(String, bool)> = clients.iter().map(|(_, id, is_listed)| (id.clone(), *is_listed)).collect();
        for (client, ..) in &mut clients {
            let presence = client.ok("system-presence", json!({})).await;
            assert!(entry(&presence, "mode", "gateway").is_some() && entry(&presence, "mode", "node").is_some());
            for (id, is_listed) in &listed {
                let row = entry(&presence, "deviceId", id);
                assert_eq!(row.is_some(), *is_listed, "{dialect}: {presence}");
                assert!(row.is_none_or(|row| row["roles"] == json!(["operator"])), "{presence}");
            }
            let rows = presence.as_array().unwrap().len();
            assert_eq!(rows, 2 + listed.iter().filter(|(_, is_listed)| *is_listed).count(), "{presence}");
        }
        node.catch_up().await;
    }
}

/// a client elsewhere is listed with its address.
#[tokio::test]
async fn remote_clients_have_an_address() {
    let gateway = InProcess::start().await;
    let refused = gateway.refused(&Caller::remote(), &ui("far", 4)).await;
    gateway.approve(&refused).await;
    let mut far = gateway.must(&Caller::remote(), &ui("far", 4)).await;
    let presence = far.ok("system-presence", json!({})).await;
    assert_eq!(entry(&presence, "deviceId", &Device::new("far").id()).unwrap()["ip"], REMOTE_IP);
}

/// E-03, W-14, M-15: connect and disconnect of another client are told, each with a higher version than was known before.
#[tokio::test]
async fn connect_and_disconnect_are_told() {
    let gateway = TestGateway::start();
    for dialect in [3, 4] {
        let mut first = gateway.must(&Caller::local(), &ui("first", dialect)).await;
        let other = gateway.must(&Caller::local(), &ui("other", dialect)).await;
        let id = Device::new("other").id();
        let told = |reason: &'static str| {
            let id = id.clone();
            move |frame: &Value| {
                let list = &frame["payload"]["presence"];
                let mut entries = list.as_array().into_iter().flatten();
                frame["event"] == "presence"
                    && entries.any(|entry| entry["deviceId"] == id.as_str() && entry["reason"] == reason)
            }
        };
        let came = first.raw.until("the connect", told("connect")).await;
        assert!(version(&other) > version(&first));
        drop(other);
        let left = first.raw.until("the disconnect", told("disconnect")).await;
        let told_version = |frame: &Value| frame["stateVersion"]["presence"].as_u64().unwrap();
        assert!(told_version(&came) > version(&first) && told_version(&left) > told_version(&came));
        assert_keys(&left["stateVersion"], &["presence", "health"]);
        // Who left is told once and then forgotten.
        let presence = first.ok("system-presence", json!({})).await;
        assert_eq!(entry(&presence, "deviceId", &id), None);
        let mut again = gateway.must(&Caller::local(), &ui("again", dialect)).await;
        assert!(version(&again) >= told_version(&left));
        let next = again.event("presence", |_| true).await;
        assert_eq!(entry(&next["presence"], "deviceId", &id), None);
    }
}

/// a beacon appears in the list, is told, merges with what it said before, and expires.
#[tokio::test]
async fn beacons_update_the_list() {
    let gateway = InProcess::start().await;
    for dialect in [3, 4] {
        let admin = Connect::operator(&Device::new("admin"), &["operator.admin"]).dialect(dialect);
        let mut admin = gateway.must(&Caller::local(), &admin).await;
        let host = format!("mac-{dialect}");
        let before = version(&admin);
        let first = json!({"text": "Node: mac", "host": host, "mode": "local", "lastInputSeconds": 3, "tags": ["a"]});
        assert_eq!(admin.ok("system-event", first).await, json!({"ok": true}));
        let told = admin
            .raw
            .until("the beacon", |frame| frame.to_string().contains(&host) && frame["event"] == "presence")
            .await;
        assert!(told["stateVersion"]["presence"].as_u64().unwrap() > before);
        let wanted = json!({"host": host, "mode": "local", "lastInputSeconds": 3, "tags": ["a"], "text": "Node: mac",
            "ts": gateway.clock.now_ms()});
        assert_eq!(*entry(&told["payload"]["presence"], "host", &host).unwrap(), wanted);
        gateway.clock.advance_ms(BEACON_TTL_MS - 1);
        admin
            .ok("system-event", json!({"text": "Node: mac awake", "host": host, "ip": "192.0.2.9", "mode": null}))
            .await;
        let presence = admin.ok("system-presence", json!({})).await;
        let merged = json!({"host": host, "ip": "192.0.2.9", "mode": "local", "lastInputSeconds": 3, "tags": ["a"],
            "text": "Node: mac awake", "ts": gateway.clock.now_ms()});
        assert_eq!(*entry(&presence, "host", &host).unwrap(), merged);
        gateway.clock.advance_ms(BEACON_TTL_MS);
        gateway.running.services().presence.expire();
        let presence = admin.ok("system-presence", json!({})).await;
        assert_eq!(entry(&presence, "host", &host), None);
    }
}

/// what a beacon says waits for the main session; a line that repeats itself is kept once, an empty one refused.
#[tokio::test]
async fn beacons_wait_for_the_main_session() {
    let gateway = InProcess::start().await;
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    for text in ["", " \n"] {
        let error = admin.err("system-event", json!({"text": text})).await;
        assert_eq!(error, json!({"code": "INVALID_REQUEST", "message": "text required"}));
    }
    let long = "ä".repeat(3_000);
    for text in ["Backup done", "Node: mac", "Node: mac", "Backup done again", long.as_str()] {
        admin.ok("system-event", json!({"text": text})).await;
    }
    let cut: String = long.chars().take(2_000).collect();
    let status = admin.ok("status", json!({})).await;
    assert_eq!(status["queuedSystemEvents"], json!(["Backup done", "Node: mac", "Backup done again", cut]));
}

/// E-03: an announcement does not grow with clients that are gone, nor with beacons beyond any number.
#[tokio::test]
async fn the_list_does_not_grow_without_end() {
    let gateway = InProcess::start().await;
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    for number in 0..300 {
        admin.post("system-event", json!({"text": "x", "host": format!("host-{number}")})).await;
    }
    let presence = admin.ok("system-presence", json!({})).await;
    assert_eq!(presence.as_array().unwrap().len(), 201, "200 and the gateway itself");
    gateway.clock.advance_ms(BEACON_TTL_MS);
    gateway.running.services().presence.expire();
    for _ in 0..40 {
        drop(gateway.must(&Caller::local(), &ui("guest", 4)).await);
    }
    connections_become(&mut admin, 1, 0).await;
    assert_eq!(admin.ok("system-presence", json!({})).await.as_array().unwrap().len(), 1);
    let mut last = gateway.must(&Caller::local(), &ui("last", 4)).await;
    let told = last.event("presence", |_| true).await;
    assert!(told["presence"].as_array().unwrap().len() <= 2 + 32, "{told}");
}
