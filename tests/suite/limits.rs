//! Limits: sizes, deadlines, frames and sockets before the handshake (`handshake.md §2, §11`).

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _, stream};
use postern_gateway::Limits;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::first_frame::in_at_last;
use crate::harness::{Caller, Close, Connect, Device, Endpoint, InProcess, Raw, TestGateway, files_below};

/// Largest frame before authentication.
const PREAUTH_BYTES: usize = 64 * 1024;

fn reader(dialect: u32) -> Connect {
    Connect::operator(&Device::new("reader"), &["operator.read"]).dialect(dialect)
}

/// A request of exactly so many bytes.
fn request(id: &str, method: &str, params: &Value, bytes: usize) -> String {
    let mut params = params.clone();
    params["pad"] = json!("");
    let mut text = json!({"type": "req", "id": id, "method": method, "params": params}).to_string();
    let pad = text.find(r#""pad":"""#).unwrap() + r#""pad":""#.len();
    text.insert_str(pad, &"x".repeat(bytes - text.len()));
    text
}

/// Stops it; nothing of it has panicked, also where nobody saw that.
pub(super) fn stops_without_a_crash(mut gateway: TestGateway) {
    assert!(gateway.stop().0.success());
    let is_crash = |file: &PathBuf| file.to_string_lossy().contains("/logs/crash-");
    let crashes: Vec<_> = files_below(&gateway.state_dir()).into_iter().filter(is_crash).collect();
    assert!(crashes.is_empty(), "{crashes:?}");
}

/// W-29: a frame of the size that hello-ok names passes, one byte more closes with 1009.
async fn the_largest_frame_passes(dialect: u32) {
    let gateway = TestGateway::start();
    let mut client = gateway.must(&Caller::local(), &reader(dialect)).await;
    let most = usize::try_from(client.hello["policy"]["maxPayload"].as_u64().unwrap()).unwrap();
    client.raw.send_text(request("big", "health", &json!({}), most)).await;
    assert_eq!(client.raw.answer("big").await["ok"], true);
    client.ok("health", json!({})).await;
    let mut other = gateway.op(&Device::new("other"), &["operator.read"]).await;
    // The gateway may close before everything is sent.
    client.raw.send_text(request("bigger", "health", &json!({}), most + 1)).await;
    assert_eq!(client.closed().await, Close::new(1009, "payload too large"));
    other.ok("health", json!({})).await;
    stops_without_a_crash(gateway);
}

/// W-29: protocol 3.
#[tokio::test]
async fn the_largest_frame_passes_v3() {
    the_largest_frame_passes(3).await;
}

/// W-29: protocol 4.
#[tokio::test]
async fn the_largest_frame_passes_v4() {
    the_largest_frame_passes(4).await;
}

/// W-29: before authentication 64 KiB is the most, whatever the protocol allows later.
#[tokio::test]
async fn the_first_frame_is_at_most_64_kib() {
    let gateway = TestGateway::start();
    for dialect in [3, 4] {
        for (bytes, fits) in [(PREAUTH_BYTES, true), (PREAUTH_BYTES + 1, false), (PREAUTH_BYTES * 20, false)] {
            let mut raw = gateway.raw().await;
            let params = reader(dialect).params(&raw.challenge().await, gateway.token.as_deref());
            raw.send_text(request("c", "connect", &params, bytes)).await;
            if fits {
                assert_eq!(raw.recv().await.unwrap()["ok"], true, "{bytes}");
            } else {
                assert_eq!(raw.recv().await, Err(Close::new(1009, "preauth payload too large")), "{bytes}");
            }
        }
    }
    stops_without_a_crash(gateway);
}

/// A connect of a device that is not paired yet, with so many requests right behind it: all in one write, so that they are
/// there while the pairing is written down.
async fn burst(endpoint: &Endpoint, device: &str, behind: &[String]) -> Raw {
    let request = endpoint.url().into_client_request().unwrap();
    let stream = TcpStream::connect(("127.0.0.1", endpoint.port)).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    let challenge: Value = serde_json::from_str(socket.next().await.unwrap().unwrap().to_text().unwrap()).unwrap();
    let connect = Connect::operator(&Device::new(device), &["operator.read"]);
    let params = connect.params(&challenge["payload"], endpoint.token.as_deref());
    let frame = json!({"type": "req", "id": "c", "method": "connect", "params": params});
    socket.feed(Message::text(frame.to_string())).await.unwrap();
    for text in behind {
        socket.feed(Message::text(text.as_str())).await.unwrap();
    }
    socket.flush().await.unwrap();
    Raw::new(socket)
}

/// W-29: fifteen requests may wait for the handshake and are answered after it, in order; the sixteenth ends it.
#[tokio::test]
async fn fifteen_frames_may_wait_for_the_handshake() {
    let gateway = InProcess::start().await;
    let requests = |count: usize| -> Vec<String> {
        let frame = |n| json!({"type": "req", "id": format!("q{n}"), "method": "health"}).to_string();
        (0..count).map(frame).collect()
    };
    let mut patient = burst(&gateway, "patient", &requests(15)).await;
    let hello = patient.recv().await.unwrap();
    assert_eq!((&hello["id"], &hello["payload"]["type"]), (&json!("c"), &json!("hello-ok")));
    for number in 0..15 {
        let id = format!("q{number}");
        let frame = patient.until("an answer", |frame| frame["type"] == "res").await;
        assert_eq!((&frame["id"], &frame["ok"]), (&json!(id), &json!(true)));
    }
    let mut hasty = burst(&gateway, "hasty", &requests(16)).await;
    assert_eq!(hasty.recv().await, Err(Close::new(1008, "too many pending handshake frames")));
    let large = ["x".repeat(PREAUTH_BYTES / 2), "x".repeat(PREAUTH_BYTES / 2 + 1)];
    let mut heavy = burst(&gateway, "heavy", &large).await;
    assert_eq!(heavy.recv().await, Err(Close::new(1009, "preauth payload too large")));
}

/// W-29: a socket that does not finish its handshake in time is closed plainly, also when it keeps itself alive with pings;
/// one that did finish stays.
#[tokio::test]
async fn a_handshake_has_a_deadline() {
    let gateway = TestGateway::builder().env("POSTERN_HANDSHAKE_TIMEOUT_MS", "300").start();
    let mut connected = in_at_last(&gateway, &reader(4)).await;
    let (mut silent, mut pinging) = (gateway.raw().await, gateway.raw().await);
    for _ in 0..20 {
        pinging.send_message(Message::Ping(Vec::new().into())).await;
    }
    assert_eq!(silent.closed().await, Close::new(1000, ""));
    assert_eq!(pinging.closed().await, Close::new(1000, ""));
    connected.ok("health", json!({})).await;
}

/// W-29: pings before the handshake are frames that wait, and end it when they are many.
#[tokio::test]
async fn pings_before_the_handshake_are_counted() {
    let gateway = TestGateway::start();
    for (count, end) in [(32, None), (1_000, Some(Close::new(1008, "too many pending handshake frames")))] {
        let mut raw = gateway.raw().await;
        let challenge = raw.challenge().await;
        for _ in 0..count {
            if !raw.send_message(Message::Ping(vec![b'x'; 125].into())).await {
                break;
            }
        }
        match end {
            Some(end) => assert_eq!(raw.recv().await, Err(end)),
            None => {
                raw.request("c", "connect", reader(4).params(&challenge, gateway.token.as_deref())).await;
                assert_eq!(raw.recv().await.unwrap()["ok"], true);
            }
        }
    }
}

/// W-29: unauthenticated sockets of one address make room, the oldest first, and no more than needed; the newest is served.
#[tokio::test]
async fn the_oldest_silent_socket_makes_room() {
    let limits = Limits { preauth_per_ip: 4, preauth_grace: Duration::ZERO, ..Limits::default() };
    let gateway = InProcess::with_limits(limits).await;
    let mut elsewhere = gateway.raw_from(&Caller::remote()).await;
    let mut silent = Vec::new();
    for _ in 0..6 {
        let mut raw = gateway.raw().await;
        raw.challenge().await;
        silent.push(raw);
    }
    for raw in &mut silent[..2] {
        assert_eq!(raw.recv().await, Err(Close::new(1000, "")));
    }
    // The four that are left can still finish; so can one of another address, however old.
    for raw in silent[2..].iter_mut().chain([&mut elsewhere]) {
        let params = reader(4).params(&raw.challenge().await, gateway.token.as_deref());
        raw.request("c", "connect", params).await;
        assert!(raw.recv().await.is_ok());
    }
}

/// W-29: a socket that is younger than its grace is left alone, however many there are.
#[tokio::test]
async fn young_sockets_are_left_alone() {
    let limits = Limits { preauth_per_ip: 1, preauth_grace: Duration::from_secs(3_600), ..Limits::default() };
    let gateway = InProcess::with_limits(limits).await;
    let mut first = gateway.raw().await;
    let challenge = first.challenge().await;
    let others: Vec<Raw> = stream::iter(0..8).then(|_| gateway.raw()).collect().await;
    first.request("c", "connect", reader(4).params(&challenge, gateway.token.as_deref())).await;
    assert_eq!(first.recv().await.unwrap()["ok"], true);
    drop(others);
}

/// W-29: a thousand sockets that say nothing, from the same address, keep nobody out: neither while they are young nor
/// when they are old, neither before their upgrade nor after it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_thousand_silent_sockets_keep_nobody_out() {
    allow_descriptors(std::process::id(), "4096:");
    for grace in [Duration::from_secs(1), Duration::ZERO] {
        let gateway = InProcess::with_limits(Limits { preauth_grace: grace, ..Limits::default() }).await;
        let (mut mute, mut silent) = (Vec::new(), Vec::new());
        for _ in 0..500 {
            mute.push(TcpStream::connect(("127.0.0.1", gateway.port)).await.unwrap());
            silent.push(gateway.raw().await);
        }
        for dialect in [3, 4] {
            let mut client = gateway.must(&Caller::local(), &reader(dialect)).await;
            client.ok("health", json!({})).await;
        }
    }
}

/// W-29: when the system gives the gateway no more sockets, silent ones make room too.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn silent_sockets_make_room_when_descriptors_run_out() {
    let gateway = TestGateway::start();
    allow_descriptors(gateway.pid(), "128:128");
    let mut silent: Vec<TcpStream> = Vec::new();
    for _ in 0..600 {
        silent.push(TcpStream::connect(("127.0.0.1", gateway.port)).await.unwrap());
    }
    // Whoever waited for the deadlines of the silent ones, ten seconds for each hundred of them, would give up before.
    gateway.must(&Caller::local(), &reader(4)).await.ok("health", json!({})).await;
}

/// Sets how many files and sockets a process may have open.
#[cfg(target_os = "linux")]
fn allow_descriptors(pid: u32, limit: &str) {
    let set = Command::new("prlimit").args(["--pid", &pid.to_string(), &format!("--nofile={limit}")]).status();
    assert!(set.unwrap().success());
}
