//! Events: who hears them, how they are numbered, that they are not kept for later (`frames-and-events.md §2, §3, §4`).

use futures_util::{SinkExt as _, StreamExt as _};
use postern_client::{ClientEvent, ClientOptions, GatewayClient};
use postern_protocol::identity::DeviceKey;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::schemas::Session;
use crate::harness::{Caller, Client, Connect, DEADLINE, Device, InProcess, TOKEN, TestGateway};

/// A client with an entry of its own in the presence list.
fn ui(name: &str, scopes: &[&str], dialect: u32) -> Connect {
    Connect::operator(&Device::new(name), scopes).client("openclaw-macos", "ui").dialect(dialect)
}

fn numbers(client: &Client) -> Vec<u64> {
    client.raw.frames().iter().filter_map(|frame| frame["seq"].as_u64()).collect()
}

/// Makes the gateway tell everybody its health, so many times; each probe has a second of its own, as many are not taken.
async fn probe(gateway: &InProcess, client: &mut Client, times: usize) {
    for _ in 0..times {
        gateway.clock.advance_ms(1_000);
        client.ok("health", json!({"probe": true})).await;
    }
}

/// W-12, E-08: a client that says nothing hears ticks.
#[tokio::test]
async fn a_silent_client_hears_ticks() {
    let gateway = TestGateway::builder().env("POSTERN_TICK_INTERVAL_MS", "30").start();
    for dialect in [3, 4] {
        let mut client = gateway.must(&Caller::local(), &ui("a", &["operator.read"], dialect)).await;
        client.raw.until("a tick", |frame| frame["event"] == "tick").await;
        let tick = client.raw.until("another tick", |frame| frame["event"] == "tick").await;
        assert!(tick["seq"].is_u64() && tick.get("stateVersion").is_none(), "{tick}");
    }
}

/// E-08: ticks come at the interval that hello-ok names. The gateway's own time counts, and the median: a busy machine
/// delays single ones.
#[tokio::test]
async fn ticks_keep_their_interval() {
    let gateway = TestGateway::builder().env("POSTERN_TICK_INTERVAL_MS", "100").start();
    let mut client = gateway.op(&Device::new("a"), &[]).await;
    assert_eq!(client.hello["policy"]["tickIntervalMs"], 100);
    while client.events("tick").len() < 12 {
        client.raw.recv().await.unwrap();
    }
    let times: Vec<i64> = client.events("tick").iter().map(|tick| tick["ts"].as_i64().unwrap()).collect();
    let mut gaps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_unstable();
    assert!((80..=120).contains(&gaps[gaps.len() / 2]), "{gaps:?}");
}

/// W-13: a hundred broadcasts are numbered from 1 without a hole, on every connection by itself; hello-ok and targeted
/// frames have no number.
#[tokio::test]
async fn broadcasts_are_numbered_per_connection() {
    let gateway = InProcess::start().await;
    for dialect in [3, 4] {
        let mut first = gateway.must(&Caller::local(), &ui("a", &["operator.read"], dialect)).await;
        probe(&gateway, &mut first, 40).await;
        let mut second = gateway.must(&Caller::local(), &ui("b", &["operator.read"], dialect)).await;
        probe(&gateway, &mut second, 100).await;
        first.catch_up().await;
        for client in [&first, &second] {
            let seen = numbers(client);
            assert!(seen.len() >= 100, "{}", seen.len());
            assert_eq!(seen, (1..=seen.len() as u64).collect::<Vec<_>>());
        }
        assert!(numbers(&first).len() >= 140);
    }
}

/// W-13, E-10: what a client may not see uses no number, in either dialect.
#[tokio::test]
async fn unseen_events_use_no_number() {
    let gateway = InProcess::start().await;
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let mut blind = gateway.must(&Caller::local(), &ui("blind", &["operator.talk"], 4)).await;
    let mut old = gateway.must(&Caller::local(), &ui("old", &["operator.talk"], 3)).await;
    for name in ["x", "y"] {
        gateway.refused(&Caller::remote(), &Connect::node(&Device::new(name))).await;
        admin.ok("health", json!({"probe": true})).await;
    }
    admin.event("device.pair.requested", |_| true).await;
    for (client, allowed) in [(&mut blind, ["health", "tick"].as_slice()), (&mut old, &["health", "tick", "presence"])]
    {
        client.raw.until("the second health", |frame| frame["event"] == "health").await;
        client.raw.until("the second health", |frame| frame["event"] == "health").await;
        let frames = client.raw.frames().iter().filter(|frame| frame["seq"].is_u64());
        let names: Vec<_> = frames.map(|frame| frame["event"].as_str().unwrap()).collect();
        assert!(names.iter().all(|name| allowed.contains(name)), "{names:?}");
        assert_eq!(numbers(client), (1..=names.len() as u64).collect::<Vec<_>>());
    }
}

/// E-10: the challenge is the first event of a socket, has no number, and never comes again.
#[tokio::test]
async fn the_challenge_comes_once() {
    for dialect in [3, 4] {
        let frames = Session::run(dialect).await.frames;
        for frame in frames.iter().filter(|frame| frame["event"] == "connect.challenge") {
            assert!(frame.get("seq").is_none(), "{frame}");
        }
    }
    let gateway = InProcess::start().await;
    let mut client = gateway.op(&Device::new("a"), &["operator.read"]).await;
    client.ok("health", json!({"probe": true})).await;
    assert_eq!(client.raw.events("connect.challenge").len(), 1);
    assert_eq!(client.raw.frames()[0]["event"], "connect.challenge");
}

/// E-16: a connected operator hears tick, presence, health and shutdown without asking; a node of protocol 4 what is for
/// everybody.
#[tokio::test]
async fn events_need_no_subscription() {
    let gateway = TestGateway::builder().env("POSTERN_TICK_INTERVAL_MS", "50").start();
    let mut reader = gateway.must(&Caller::local(), &ui("reader", &["operator.read"], 4)).await;
    let mut old = gateway.must(&Caller::local(), &ui("old", &["operator.read"], 3)).await;
    let mut node = gateway.node(&Device::new("node")).await;
    reader.ok("health", json!({"probe": true})).await;
    for event in ["tick", "presence", "health"] {
        reader.event(event, |_| true).await;
        old.event(event, |_| true).await;
    }
    node.event("tick", |_| true).await;
    node.event("health", |_| true).await;
    gateway.terminate();
    for client in [&mut reader, &mut old, &mut node] {
        client.event("shutdown", |_| true).await;
    }
    assert_eq!(node.events("presence"), Vec::<Value>::new());
}

/// E-17: what happened while a client was away is not sent to it later.
#[tokio::test]
async fn events_are_not_replayed() {
    let gateway = InProcess::start().await;
    let mut other = gateway.op(&Device::new("other"), &["operator.read"]).await;
    for dialect in [3, 4] {
        let connect = ui("a", &["operator.read"], dialect);
        let mut client = gateway.must(&Caller::local(), &connect).await;
        client.ok("health", json!({"probe": true})).await;
        let last = client.event("health", |_| true).await["ts"].as_i64().unwrap();
        drop(client);
        for _ in 0..5 {
            gateway.clock.advance_ms(1_000);
            other.ok("health", json!({"probe": true})).await;
        }
        let mut again = gateway.must(&Caller::local(), &connect).await;
        gateway.clock.advance_ms(1_000);
        other.ok("health", json!({"probe": true})).await;
        let first = again.event("health", |_| true).await;
        assert_eq!(first["ts"].as_i64().unwrap(), last + 6_000, "an event from the time of absence");
        assert_eq!(numbers(&again)[0], 1);
    }
}

/// E-20: hello-ok lists every event that is ever sent.
#[tokio::test]
async fn the_events_are_advertised() {
    for dialect in [3, 4] {
        let session = Session::run(dialect).await;
        let hello = session.frames.iter().find(|frame| frame["payload"]["type"] == "hello-ok").unwrap();
        let listed = hello["payload"]["features"]["events"].as_array().unwrap();
        for frame in session.frames.iter().filter(|frame| frame["type"] == "event") {
            assert!(listed.contains(&frame["event"]), "{}", frame["event"]);
        }
        for name in ["connect.challenge", "tick", "presence", "health", "shutdown", "device.pair.requested"] {
            assert!(listed.contains(&json!(name)), "{name}");
        }
    }
}

/// Passes one WebSocket on and leaves out the event with number 2; methods that the client called after that.
async fn lossy_proxy(listener: TcpListener, target: u16, called: &std::sync::Mutex<Vec<String>>) {
    let near = tokio_tungstenite::accept_async(listener.accept().await.unwrap().0).await.unwrap();
    let far = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
    let request = format!("ws://127.0.0.1:{target}").into_client_request().unwrap();
    let (far, _) = tokio_tungstenite::client_async(request, far).await.unwrap();
    let ((mut to_client, mut from_client), (mut to_gateway, mut from_gateway)) = (near.split(), far.split());
    let mut lost = false;
    loop {
        tokio::select! {
            Some(Ok(message)) = from_client.next() => {
                if let (true, Message::Text(text)) = (lost, &message) {
                    let frame: Value = serde_json::from_str(text).unwrap();
                    called.lock().unwrap().push(frame["method"].as_str().unwrap().to_owned());
                }
                drop(to_gateway.send(message).await);
            }
            Some(Ok(message)) = from_gateway.next() => {
                let is_second = matches!(&message, Message::Text(text) if text.contains(r#""seq":2}"#));
                lost |= is_second;
                if !is_second {
                    drop(to_client.send(message).await);
                }
            }
            else => return,
        }
    }
}

/// E-18: a client that misses a number says so and reads health and presence again.
#[tokio::test]
async fn a_client_reads_again_after_a_gap() {
    let gateway = InProcess::start().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let called = std::sync::Mutex::new(Vec::new());
    let work = async {
        let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
        let options = ClientOptions::new().url(url).token(TOKEN).device(DeviceKey::from_seed(&[7; 32]));
        let client = GatewayClient::start(options.scopes(["operator.read"])).unwrap();
        let mut events = client.events();
        client.connected().await.unwrap();
        for _ in 0..3 {
            admin.ok("health", json!({"probe": true})).await;
        }
        let (mut gap, mut refreshed) = (None, None);
        while gap.is_none() || refreshed.is_none() {
            match events.recv().await.unwrap() {
                ClientEvent::Gap(found) => gap = Some(found),
                ClientEvent::Refreshed(state) => refreshed = Some(state),
                ClientEvent::Gateway(_) | ClientEvent::Lagged { .. } => {}
            }
        }
        let (gap, refreshed) = (gap.unwrap(), refreshed.unwrap());
        assert_eq!((gap.expected, gap.received), (2, 3));
        assert!(refreshed.health.is_some() && refreshed.presence.is_some());
    };
    tokio::select! {
        done = tokio::time::timeout(DEADLINE, work) => done.expect("the client to read again"),
        () = lossy_proxy(listener, gateway.port, &called) => panic!("the proxy ended"),
    }
    let mut called = called.into_inner().unwrap();
    called.sort();
    assert_eq!(called, ["health", "system-presence"]);
}
