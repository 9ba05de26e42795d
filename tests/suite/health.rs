//! Health: the snapshot, its refresh, its event (`frames-and-events.md §8`).

use serde_json::{Value, json};

use crate::harness::{Caller, Connect, Device, InProcess, START_MS, TestGateway, assert_keys};

fn operator(scopes: &[&str], dialect: u32) -> Connect {
    Connect::operator(&Device::new(&scopes.join("+")), scopes).dialect(dialect)
}

/// X-40, M-14: the snapshot has a time and every part that old clients decode; without probe it is the one of before.
#[tokio::test]
async fn health_is_a_snapshot() {
    let config = r#"{agents: {defaults: {heartbeat: {every: "10m"}}, list: [{id: "main", default: true, name: "Home"}, {id: "work"}]}}"#;
    let gateway = InProcess::with(config, |_| {}).await;
    for dialect in [3, 4] {
        let mut client = gateway.must(&Caller::local(), &operator(&["operator.read"], dialect)).await;
        let health = client.ok("health", json!({})).await;
        let keys = [
            "ok",
            "ts",
            "durationMs",
            "channels",
            "channelOrder",
            "channelLabels",
            "heartbeatSeconds",
            "defaultAgentId",
            "agents",
            "sessions",
        ];
        assert_keys(&health, &keys);
        assert_eq!((&health["ok"], &health["ts"]), (&json!(true), &json!(START_MS)));
        assert!(health["durationMs"].is_u64());
        assert_eq!(
            (&health["channels"], &health["channelOrder"], &health["channelLabels"]),
            (&json!({}), &json!([]), &json!({}))
        );
        assert_eq!((&health["defaultAgentId"], &health["heartbeatSeconds"]), (&json!("main"), &json!(600)));
        assert_eq!((&health["sessions"]["count"], &health["sessions"]["recent"]), (&json!(0), &json!([])));
        assert!(health["sessions"]["path"].is_string());
        let agents: Vec<_> = health["agents"].as_array().unwrap().iter().map(|agent| &agent["agentId"]).collect();
        assert_eq!(agents, ["main", "work"]);
        let main = &health["agents"][0];
        assert_keys(main, &["agentId", "name", "isDefault", "heartbeat", "sessions"]);
        assert_keys(&main["heartbeat"], &["enabled", "every", "everyMs", "prompt", "target", "ackMaxChars"]);
        assert_eq!((&main["heartbeat"]["every"], &main["heartbeat"]["everyMs"]), (&json!("10m"), &json!(600_000)));
        gateway.clock.advance_ms(5);
        assert_eq!(client.ok("health", json!({"probe": false})).await, health, "the cached one");
        gateway.clock.advance_ms(-5);
    }
}

/// X-41, E-04, M-14: a probe takes a new snapshot and tells everybody, with a version one higher.
#[tokio::test]
async fn a_probe_refreshes_and_tells() {
    let gateway = InProcess::start().await;
    for dialect in [3, 4] {
        let mut client = gateway.must(&Caller::local(), &operator(&["operator.read"], dialect)).await;
        let mut node = gateway.must(&Caller::local(), &Connect::node(&Device::new("node")).dialect(dialect)).await;
        let version = client.hello["snapshot"]["stateVersion"]["health"].as_u64().unwrap();
        for step in 1..=2 {
            gateway.clock.advance_ms(1_000);
            let fresh = client.ok("health", json!({"probe": true})).await;
            assert_eq!(fresh["ts"], gateway.clock.now_ms());
            for other in [&mut client, &mut node] {
                let wanted = |frame: &Value| frame["event"] == "health" && frame["payload"]["ts"] == fresh["ts"];
                let seen = other.raw.frames().iter().find(|frame| wanted(frame)).cloned();
                let told = match seen {
                    Some(frame) => frame,
                    None => other.raw.until("the event", wanted).await,
                };
                assert_eq!(told["payload"], fresh);
                assert_keys(&told["stateVersion"], &["presence", "health"]);
                assert_eq!(told["stateVersion"]["health"], version + step);
            }
            assert_eq!(client.ok("health", json!({})).await, fresh);
        }
    }
}

/// E-04: the gateway refreshes by itself.
#[tokio::test]
async fn health_is_refreshed_by_itself() {
    let limits =
        postern_gateway::Limits { health_interval: std::time::Duration::from_millis(20), ..Default::default() };
    let gateway = InProcess::with_limits(limits).await;
    let mut client = gateway.op(&Device::new("a"), &[]).await;
    gateway.clock.advance_ms(7_000);
    client.event("health", |health| health["ts"] == START_MS + 7_000).await;
}

/// X-40: protocol 4 answers everybody who got in; protocol 3 only those who may read.
#[tokio::test]
async fn who_may_ask_for_health() {
    let gateway = InProcess::start().await;
    let node = |dialect| Connect::node(&Device::new("node")).dialect(dialect);
    for connect in [node(4), operator(&["operator.talk"], 4), operator(&["operator.read"], 3)] {
        gateway.must(&Caller::local(), &connect).await.ok("health", json!({})).await;
    }
    let old = gateway.must(&Caller::local(), &node(3)).await.err("health", json!({})).await;
    assert_eq!(old, json!({"code": "INVALID_REQUEST", "message": "unauthorized role: node"}));
    let blind =
        gateway.must(&Caller::local(), &operator(&["operator.approvals"], 3)).await.err("health", json!({})).await;
    assert_eq!(
        (&blind["code"], &blind["message"]),
        (&json!("INVALID_REQUEST"), &json!("missing scope: operator.read"))
    );
}

/// X-41: only readers make the gateway work and tell: a probe of anybody else gets the cached snapshot.
#[tokio::test]
async fn a_probe_without_the_right_to_read_is_cached() {
    let gateway = InProcess::start().await;
    let mut node = gateway.node(&Device::new("node")).await;
    gateway.clock.advance_ms(1_000);
    assert_eq!(node.ok("health", json!({"probe": true})).await["ts"], START_MS);
    node.catch_up().await;
    assert_eq!(node.events("health"), Vec::<Value>::new());
}

/// X-41: probes in a row are taken a few times, then once a second: each costs everybody an event.
#[tokio::test]
async fn probes_in_a_row_get_the_cached_snapshot() {
    let gateway = InProcess::start().await;
    let mut client = gateway.op(&Device::new("a"), &["operator.read"]).await;
    gateway.clock.advance_ms(60_000);
    for (pause, most) in [(0, 10), (1_000, 1), (999, 0), (1, 1)] {
        gateway.clock.advance_ms(pause);
        let before = client.events("health").len();
        for _ in 0..50 {
            client.ok("health", json!({"probe": true})).await;
        }
        client.catch_up().await;
        let told = client.events("health").len() - before;
        assert!(told <= most && told >= most.min(1), "{told} events after {pause} ms");
    }
}

/// M-14: the snapshot of hello-ok is the one that `health` answers.
#[tokio::test]
async fn hello_carries_the_latest_snapshot() {
    let gateway = TestGateway::start();
    let mut first = gateway.op(&Device::new("a"), &["operator.read"]).await;
    let fresh = first.ok("health", json!({"probe": true})).await;
    for dialect in [3, 4] {
        let second = gateway.must(&Caller::local(), &operator(&["operator.read"], dialect)).await;
        assert_eq!(second.hello["snapshot"]["health"], fresh);
    }
}
