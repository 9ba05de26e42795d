//! What a first frame may not be, and the limits before authentication (`handshake.md §2, §11`).

use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::harness::{Caller, Client, Close, Connect, DEADLINE, Device, Endpoint, InProcess, Raw, TOKEN, TestGateway};
use postern_gateway::Limits;

async fn greeted(gateway: &Endpoint) -> Raw {
    let mut raw = gateway.raw().await;
    raw.challenge().await;
    raw
}

/// Connects to a gateway with a deadline so short that a busy machine misses it too: then it is tried again.
pub(super) async fn in_at_last(gateway: &Endpoint, connect: &Connect) -> Client {
    let connecting = async {
        loop {
            match gateway.connect(connect).await {
                Ok(client) => return client,
                Err(late) => assert_eq!((&late.error, late.close), (&Value::Null, Close::new(1000, ""))),
            }
        }
    };
    tokio::time::timeout(DEADLINE, connecting).await.expect("nobody gets in")
}

/// W-20, H-12: each fault of the first frame has its own answer and close.
#[tokio::test]
async fn each_fault_of_the_first_frame_has_its_own_end() {
    let gateway = TestGateway::start();
    let plain = || Close::new(1000, "");
    let not_a_request = || Close::new(1008, "invalid request frame");
    let table = [
        ("hello", plain()),
        ("", plain()),
        ("{\"type\":\"req\"", plain()),
        ("{} {}", plain()),
        ("{}", not_a_request()),
        ("[]", not_a_request()),
        ("null", not_a_request()),
        ("\"connect\"", not_a_request()),
        (r#"{"type":"event","event":"connect"}"#, not_a_request()),
        (r#"{"type":"req","method":"connect","params":{}}"#, not_a_request()),
        (r#"{"type":"req","id":"","method":"connect"}"#, not_a_request()),
        (r#"{"type":"req","id":7,"method":"connect"}"#, not_a_request()),
        (r#"{"type":"req","id":"1","method":""}"#, not_a_request()),
    ];
    for (text, close) in table {
        let mut raw = greeted(&gateway).await;
        raw.send_text(text).await;
        assert_eq!(raw.closed().await, close, "{text}");
        assert_eq!(raw.frames().len(), 1, "no answer to {text}: {:?}", raw.frames());
    }
}

/// H-12: a refusal is always a whole answer before the close frame, for a request as for a connect.
#[tokio::test]
async fn refusals_are_answered_before_the_close() {
    let gateway = TestGateway::start();
    let first = "invalid handshake: first request must be connect";
    let mode = "invalid connect params: at /client: must have required property 'mode'";
    let client = json!({"id": "cli", "version": "1", "platform": "linux"});
    let table = [
        (json!({"type": "req", "id": "a", "method": "health"}), first),
        (json!({"type": "req", "id": "b", "method": "Connect", "params": {}}), first),
        (
            json!({"type": "req", "id": "c", "method": "connect", "params": {"minProtocol": 4, "maxProtocol": 4, "client": client}}),
            mode,
        ),
    ];
    for (frame, message) in table {
        let mut raw = greeted(&gateway).await;
        raw.send(&frame).await;
        let error = json!({"code": "INVALID_REQUEST", "message": message});
        assert_eq!(raw.recv().await, Ok(json!({"type": "res", "id": frame["id"], "ok": false, "error": error})));
        assert_eq!(raw.closed().await, Close::new(1008, message));
    }
}

/// A first frame may be binary and may come in pieces, as Swift clients send it; answers are text.
#[tokio::test]
async fn binary_frames_are_read_like_text() {
    let gateway = TestGateway::start();
    let mut raw = gateway.raw().await;
    let challenge = raw.challenge().await;
    let params = Connect::operator(&Device::new("swift"), &["operator.read"]).v3().params(&challenge, Some(TOKEN));
    let text = json!({"type": "req", "id": "s", "method": "connect", "params": params}).to_string();
    raw.send_message(Message::binary(text)).await;
    assert_eq!(raw.answer("s").await["ok"], true);
    raw.send_message(Message::binary(r#"{"type":"req","id":"h","method":"health"}"#)).await;
    assert_eq!(raw.answer("h").await["ok"], true);
}

/// H-23: who says nothing is closed without a word when the time is over.
#[tokio::test]
async fn a_stalled_handshake_times_out() {
    let gateway = TestGateway::builder().env("POSTERN_HANDSHAKE_TIMEOUT_MS", "150").start();
    let mut silent = greeted(&gateway).await;
    let mut pinging = greeted(&gateway).await;
    pinging.send_message(Message::Ping(vec![1].into())).await;
    assert_eq!(silent.closed().await, Close::new(1000, ""));
    assert_eq!(pinging.closed().await, Close::new(1000, ""));
    assert_eq!((silent.frames().len(), pinging.frames().len()), (1, 1));
    // The deadline is the handshake's: a connected client stays.
    let mut client = in_at_last(&gateway, &Connect::operator(&Device::new("d"), &["operator.read"])).await;
    let mut late = greeted(&gateway).await;
    assert_eq!(late.closed().await, Close::new(1000, ""));
    client.ok("health", json!({})).await;
}

/// H-23: the ecosystem's names of the variable count too.
#[tokio::test]
async fn the_deadline_has_the_ecosystems_names() {
    for name in ["OPENCLAW_HANDSHAKE_TIMEOUT_MS", "OPENCLAW_TEST_HANDSHAKE_TIMEOUT_MS"] {
        let gateway = TestGateway::builder().env(name, "120").start();
        let usual = TestGateway::start();
        let mut longer = usual.raw().await;
        let challenge = longer.challenge().await;
        assert_eq!(greeted(&gateway).await.closed().await, Close::new(1000, ""), "{name}");
        // Without the variable a handshake that began earlier still has time.
        longer.request("c", "connect", Connect::deviceless(&[]).params(&challenge, Some(TOKEN))).await;
        assert_eq!(longer.answer("c").await["ok"], true, "{name}");
    }
}

/// Limits before authentication: 64 KiB per frame, in one piece or many; more is refused before it is there.
#[tokio::test]
async fn large_frames_are_refused_before_authentication() {
    let gateway = TestGateway::start();
    let too_big = Close::new(1009, "preauth payload too large");
    let connect = |padding: usize| {
        let params = json!({"minProtocol": 4, "maxProtocol": 4, "client": {"id": "x".repeat(padding)}});
        json!({"type": "req", "id": "1", "method": "connect", "params": params}).to_string()
    };
    let mut raw = greeted(&gateway).await;
    raw.send_text(connect(70_000)).await;
    assert_eq!(raw.closed().await, too_big);
    let mut raw = greeted(&gateway).await;
    raw.send_text(connect(60_000)).await;
    assert_eq!(raw.closed().await.code, 1008, "below the limit it is read");
    let params = Connect::operator(&Device::new("d"), &[]).set("/userAgent", json!("x".repeat(60_000)));
    gateway.must(&Caller::local(), &params).await;
}

/// Limits before authentication: at most 15 frames wait while a handshake is decided; they are then served in order.
#[tokio::test]
async fn frames_behind_connect_wait_for_the_decision() {
    let gateway = TestGateway::start();
    let mut raw = gateway.raw().await;
    let challenge = raw.challenge().await;
    let params = Connect::operator(&Device::new("eager"), &["operator.read"]).params(&challenge, Some(TOKEN));
    raw.request("c", "connect", params).await;
    for n in 0..10 {
        raw.request(&format!("r{n}"), "health", json!({})).await;
    }
    raw.answer("r9").await;
    let ids: Vec<_> =
        raw.frames().iter().filter(|frame| frame["type"] == "res").map(|frame| frame["id"].clone()).collect();
    let wanted: Vec<Value> = std::iter::once("c".into()).chain((0..10).map(|n| format!("r{n}").into())).collect();
    assert_eq!(ids, wanted);
}

/// Limits before authentication: the sixteenth frame behind a connect that is still being decided ends the connection,
/// and so do 64 KiB of them. The frames are all there before the gateway starts to decide.
#[tokio::test]
async fn few_frames_may_wait_for_the_decision() {
    let gateway = InProcess::start().await;
    let here = || "127.0.0.1".parse().unwrap();
    let caller = Caller::local().header("host", "localhost");
    let crowd = Close::new(1008, "too many pending handshake frames");
    let heavy = Close::new(1009, "preauth payload too large");
    for (index, (frames, bytes, close)) in
        [(15, 10, None), (16, 10, Some(crowd)), (3, 40_000, Some(heavy))].into_iter().enumerate()
    {
        // A device that is new, so that the decision waits for the store.
        let connect = Connect::operator(&Device::new(&format!("new-{index}")), &["operator.read"]);
        let ended = gateway.serve_from((here(), &[]), &caller, async |mut raw| {
            let challenge = raw.challenge().await;
            raw.request("c", "connect", connect.params(&challenge, Some(TOKEN))).await;
            for n in 0..frames {
                raw.request(&format!("r{n}"), "health", json!({"padding": "x".repeat(bytes)})).await;
            }
            match raw.recv().await {
                Ok(hello) => {
                    assert_eq!(hello["ok"], true, "{hello}");
                    raw.answer(&format!("r{}", frames - 1)).await;
                    None
                }
                Err(close) => Some(close),
            }
        });
        assert_eq!(ended.await, close, "{frames} frames of {bytes} bytes");
    }
}

/// Limits before authentication: silent sockets of one address make room, so that the next client still gets in.
#[tokio::test]
async fn silent_sockets_make_room_for_new_ones() {
    let limits = Limits { preauth_per_ip: 4, preauth_grace: Duration::ZERO, ..Limits::default() };
    let gateway = InProcess::with_limits(limits).await;
    let mut silent = Vec::new();
    for _ in 0..6 {
        silent.push(greeted(&gateway).await);
    }
    let mut client = gateway.op(&Device::new("owner"), &["operator.read"]).await;
    client.ok("health", json!({})).await;
    assert_eq!(silent[0].closed().await, Close::new(1000, ""));
    // Those that are connected are not counted.
    let mut others = Vec::new();
    for n in 0..6 {
        others.push(gateway.op(&Device::new(&format!("d{n}")), &["operator.read"]).await);
    }
    for other in &mut others {
        other.ok("health", json!({})).await;
    }
}

/// A peer that closes first, with or without a reason, leaves nothing behind.
#[tokio::test]
async fn leaving_before_connect_is_fine() {
    let gateway = TestGateway::start();
    let mut raw = greeted(&gateway).await;
    let frame = CloseFrame { code: 1001.into(), reason: "bye".into() };
    raw.send_message(Message::Close(Some(frame))).await;
    assert!(tokio::time::timeout(DEADLINE, raw.closed()).await.is_ok());
    drop(greeted(&gateway).await);
    let mut client = gateway.op(&Device::new("d"), &["operator.read"]).await;
    assert_eq!(client.ok("status", json!({})).await["connections"], json!({"operators": 1, "nodes": 0}));
}
