//! Clients that do not read: they cost themselves their events or their connection, and nobody else anything
//! (`frames-and-events.md §2`).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use postern_gateway::hub::{Conn, event_head};
use postern_protocol::call::{Event, Rendered};
use postern_protocol::system::{HealthSnapshot, PresenceChanged, PresenceEntry};
use serde_json::json;
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::status::connections_become;
use crate::harness::{Caller, Client, Close, Connect, Device, Endpoint, InProcess, Raw, TestGateway};

/// What the systems of both ends keep for a socket whose reader sleeps, at most.
const KERNEL_BYTES: usize = 10 << 20;

fn reader(name: &str, dialect: u32) -> Connect {
    Connect::operator(&Device::new(name), &["operator.read"]).dialect(dialect)
}

/// A client for which its system keeps little until it reads.
async fn narrow(endpoint: &Endpoint, connect: &Connect) -> Client {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let stream = socket.connect(([127, 0, 0, 1], endpoint.port).into()).await.unwrap();
    let request = endpoint.url().into_client_request().unwrap();
    let (socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    Client::connect(Raw::new(Box::new(socket)), connect, endpoint.token.as_deref()).await.unwrap()
}

/// An event that may be left out, of about so many bytes.
fn droppable(bytes: usize) -> PresenceChanged {
    let entry = PresenceEntry { text: Some("x".repeat(bytes)), ..PresenceEntry::default() };
    PresenceChanged { presence: Rendered::render(&vec![entry]).unwrap() }
}

/// An event that may not.
fn vital(bytes: usize) -> HealthSnapshot {
    HealthSnapshot {
        channel_labels: BTreeMap::from([("x".to_owned(), "x".repeat(bytes))]),
        ..HealthSnapshot::default()
    }
}

/// Publishes an event to everybody so many times: large for the device `sleeper`, small for the rest. All at once: nobody
/// reads in between, so the limit alone decides what becomes of it.
fn publish<E: Event>(gateway: &InProcess, make: fn(usize) -> E, (bytes, times): (usize, u64)) {
    let (large, small) = (event_head(&make(bytes)).unwrap(), event_head(&make(1)).unwrap());
    let sleeper = Device::new("sleeper").id();
    let is_sleeper = |conn: &Conn| conn.principal.device_id.as_ref().is_some_and(|id| id.as_str() == sleeper);
    let head = |conn: &Conn| Some(if is_sleeper(conn) { large.clone() } else { small.clone() });
    (0..times).for_each(|_| gateway.running.services().hub.publish_where(E::ON_SLOW, head));
}

fn numbers(client: &Client) -> Vec<u64> {
    client.raw.frames().iter().filter_map(|frame| frame["seq"].as_u64()).collect()
}

fn buffered_bytes(client: &Client) -> usize {
    usize::try_from(client.hello["policy"]["maxBufferedBytes"].as_u64().unwrap()).unwrap()
}

/// E-19: a client that sleeps misses what may be missed, sees the hole in the numbers, and is served as before.
async fn a_sleeper_misses_events(dialect: u32) {
    const COUNT: u64 = 32;
    let gateway = InProcess::start().await;
    let mut other = gateway.must(&Caller::local(), &reader("other", dialect)).await;
    let mut sleeper = gateway.must(&Caller::local(), &reader("sleeper", dialect)).await;
    let bytes = buffered_bytes(&sleeper) / 16;
    publish(&gateway, droppable, (bytes, COUNT));
    sleeper.ok("health", json!({})).await;
    let heard = numbers(&sleeper);
    publish(&gateway, droppable, (1, 1));
    let next = sleeper.raw.until("the next event", |frame| frame["event"] == "presence").await;
    assert_eq!(heard, (1..=heard.len() as u64).collect::<Vec<_>>(), "what was kept is in order and without a hole");
    assert!((14..=16).contains(&heard.len()), "{} of sixteen were kept", heard.len());
    assert_eq!(next["seq"], COUNT + 1);
    other.catch_up().await;
    assert_eq!(numbers(&other), (1..=COUNT + 1).collect::<Vec<_>>());
}

/// E-19: protocol 3, 1.5 MiB.
#[tokio::test]
async fn a_sleeper_misses_events_v3() {
    a_sleeper_misses_events(3).await;
}

/// E-19: protocol 4, 50 MiB.
#[tokio::test]
async fn a_sleeper_misses_events_v4() {
    a_sleeper_misses_events(4).await;
}

/// E-19: an event that must arrive and cannot ends the connection of the sleeper, and of nobody else.
async fn a_sleeper_is_dropped(dialect: u32) {
    let gateway = InProcess::start().await;
    let mut other = gateway.must(&Caller::local(), &reader("other", dialect)).await;
    let mut sleeper = gateway.must(&Caller::local(), &reader("sleeper", dialect)).await;
    let limit = buffered_bytes(&sleeper);
    publish(&gateway, vital, (limit / 16, 32));
    assert_eq!(sleeper.closed().await, Close::new(1008, "slow consumer"));
    other.catch_up().await;
    assert_eq!(other.events("health").len(), 32);
    connections_become(&mut other, 1, 0).await;
}

/// E-19: protocol 3.
#[tokio::test]
async fn a_sleeper_is_dropped_v3() {
    a_sleeper_is_dropped(3).await;
}

/// E-19: protocol 4.
#[tokio::test]
async fn a_sleeper_is_dropped_v4() {
    a_sleeper_is_dropped(4).await;
}

/// E-19: a sleeper that never wakes is let go once the buffers of both systems are full too. Others have each event at once.
#[tokio::test]
async fn a_sleeper_that_never_wakes_is_let_go() {
    let gateway = InProcess::start().await;
    let mut other = gateway.must(&Caller::local(), &reader("other", 3)).await;
    let sleeper = narrow(&gateway, &reader("sleeper", 3)).await;
    let limit = buffered_bytes(&sleeper);
    let count = u32::try_from((limit + KERNEL_BYTES) / (limit / 16)).unwrap();
    let start = Instant::now();
    for _ in 0..count {
        publish(&gateway, vital, (limit / 16, 1));
        other.raw.until("the event", |frame| frame["event"] == "health").await;
    }
    assert!(start.elapsed() / count < Duration::from_secs(1), "others wait");
    connections_become(&mut other, 1, 0).await;
    drop(sleeper);
}

/// W-07, M-04: whoever asks much and reads late gets every answer once, in time: the gateway stops reading meanwhile.
#[tokio::test]
async fn a_late_reader_gets_every_answer() {
    const COUNT: usize = 4_000;
    let gateway = TestGateway::start();
    let mut late = narrow(&gateway, &reader("late", 3)).await;
    for _ in 0..COUNT {
        late.post("health", json!({})).await;
    }
    let mut other = gateway.op(&Device::new("other"), &["operator.read"]).await;
    for _ in 0..20 {
        other.ok("health", json!({})).await;
    }
    let mut seen = Vec::new();
    while seen.len() < COUNT {
        let frame = late.raw.recv().await.unwrap();
        seen.extend((frame["type"] == "res").then(|| frame["id"].as_str().unwrap().to_owned()));
    }
    assert_eq!(seen, (1..=COUNT).map(|number| format!("r{number}")).collect::<Vec<_>>());
}

/// E-19: 20,000 requests of a client that never reads cost a few MiB, whatever they are, and others are served.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_client_that_only_asks_costs_little_memory() {
    let gateway = TestGateway::start();
    let mut other = gateway.op(&Device::new("other"), &["operator.read"]).await;
    for _ in 0..200 {
        other.post("health", json!({})).await;
    }
    other.catch_up().await;
    let before = memory_kib(gateway.pid(), "VmRSS:");
    let request = json!({"type": "req", "id": "1", "method": "health", "params": {}}).to_string();
    for message in [Message::text(request), Message::text("garbage"), Message::Ping(vec![b'x'; 125].into())] {
        let mut greedy = narrow(&gateway, &reader("greedy", 4)).await;
        let asking = async {
            for _ in 0..20_000 {
                greedy.raw.send_message(message.clone()).await;
            }
        };
        let others = async {
            // A connection is given a few dozen frames for each of ours: this is long enough for all it will ever be given.
            for _ in 0..200 {
                other.ok("health", json!({})).await;
            }
        };
        tokio::join!(asking, others);
    }
    let peak = memory_kib(gateway.pid(), "VmHWM:");
    assert!(peak - before < 6 * 1024, "{before} KiB before, {peak} KiB at most");
}

#[cfg(target_os = "linux")]
fn memory_kib(pid: u32, key: &str) -> i64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// E-19: a client that closes its half and a client that vanishes are both forgotten.
#[tokio::test]
async fn clients_that_vanish_are_forgotten() {
    let gateway = InProcess::start().await;
    let mut other = gateway.op(&Device::new("other"), &["operator.read"]).await;
    for dialect in [3, 4] {
        let mut guest = narrow(&gateway, &reader("guest", dialect)).await;
        guest.post("health", json!({})).await;
        connections_become(&mut other, 2, 0).await;
        drop(guest);
        connections_become(&mut other, 1, 0).await;
    }
}

/// E-19: a client from which nothing is heard for three pings is let go; one that reads them is heard.
#[tokio::test]
async fn a_client_that_answers_no_ping_is_let_go() {
    let gateway = InProcess::start().await;
    for dialect in [3, 4] {
        let mut asleep = gateway.must(&Caller::local(), &reader("asleep", dialect)).await;
        let mut awake = gateway.must(&Caller::local(), &reader("awake", dialect)).await;
        for _ in 0..3 {
            gateway.running.services().hub.ping_all();
            awake.catch_up().await;
        }
        assert_eq!(asleep.closed().await, Close::new(1001, "keepalive timeout"));
        connections_become(&mut awake, 1, 0).await;
    }
}
