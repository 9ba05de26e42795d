//! Connections that end, and how the client comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use postern_client::{CallError, CloseInfo, ConnectError, ConnectionState, GatewayClient, ReconnectPolicy};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::gateway::{FakeGateway, ManualPause, NONCE, policy, soon, state};

fn tick(milliseconds: u64) -> serde_json::Value {
    json!({"policy": {"maxPayload": 1, "maxBufferedBytes": 1, "tickIntervalMs": milliseconds}})
}

#[tokio::test]
async fn a_restarted_gateway_is_found_again() {
    let gateway = FakeGateway::bind().await;
    let pause = ManualPause::new(0);
    let client = GatewayClient::start(gateway.options(&pause)).unwrap();
    let connection = gateway.welcome().await;
    soon("connection", client.connected()).await.unwrap();
    let port = gateway.port();
    drop(gateway);
    connection.close(1012, "service restart").await;
    pause.grant(1);
    state(&client, |now| matches!(now, ConnectionState::Waiting { attempt: 2, .. })).await;
    let gateway = FakeGateway::bind_again(port).await;
    pause.grant(1);
    let mut connection = gateway.welcome().await;
    let (answer, ()) = tokio::join!(client.call_raw("again", json!({})), connection.serve("again", json!(1)));
    assert_eq!(answer.unwrap(), json!(1));
    assert_eq!(pause.delays(), [1_000, 2_000]);
}

#[tokio::test]
async fn delays_grow_are_capped_and_begin_anew_after_a_success() {
    let gateway = FakeGateway::bind().await;
    let pause = ManualPause::new(7);
    let options = gateway.options(&pause);
    let port = gateway.port();
    drop(gateway);
    let client = GatewayClient::start(options).unwrap();
    state(&client, |now| matches!(now, ConnectionState::Waiting { attempt: 8, .. })).await;
    assert_eq!(pause.delays(), [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    let gateway = FakeGateway::bind_again(port).await;
    pause.grant(1);
    let connection = gateway.welcome().await;
    soon("connection", client.connected()).await.unwrap();
    connection.close(1012, "service restart").await;
    state(&client, |now| matches!(now, ConnectionState::Waiting { attempt: 1, .. })).await;
    assert_eq!(pause.delays()[8..], [1_000]);
}

#[tokio::test]
async fn chance_shortens_delays_and_never_lengthens_them() {
    let gateway = FakeGateway::bind().await;
    let pause = ManualPause::new(20);
    let options = gateway.options(&pause).reconnect(policy(&pause).jitter(0.2).attempts(20));
    drop(gateway);
    let client = GatewayClient::start(options).unwrap();
    soon("end", client.connected()).await.unwrap_err();
    let delays = pause.delays();
    assert_eq!(delays.len(), 20);
    for (delay, full) in delays.iter().zip([1_000, 2_000, 4_000, 8_000, 16_000].into_iter().chain([30_000; 15])) {
        assert!((full * 8 / 10..=full).contains(delay), "{delay} of {full}");
    }
    let capped: std::collections::BTreeSet<_> = delays[5..].iter().collect();
    assert!(capped.len() > 1, "no chance in {delays:?}");
}

#[tokio::test]
async fn a_client_that_must_not_come_back_ends_with_the_first_failure() {
    let gateway = FakeGateway::bind().await;
    let options = gateway.options(&ManualPause::new(0)).reconnect(ReconnectPolicy::never());
    drop(gateway);
    let client = GatewayClient::start(options).unwrap();
    let failure = soon("end", client.connected()).await.unwrap_err();
    assert!(matches!(failure, ConnectError::Unreachable { .. }), "{failure:?}");
    assert!(matches!(client.state(), ConnectionState::Stopped(error) if error == failure));
}

#[tokio::test]
async fn open_calls_fail_with_the_close_code_and_are_not_sent_again() {
    let gateway = FakeGateway::bind().await;
    let client = GatewayClient::start(gateway.options(&ManualPause::new(1))).unwrap();
    let mut connection = gateway.welcome().await;
    let break_it = async {
        connection.request().await;
        connection.request().await;
        connection.close(1012, "service restart").await;
    };
    let (one, two, ()) =
        tokio::join!(client.call_raw("one", json!({})), client.call_expect_final("two", json!({})), break_it);
    let expect = CallError::Disconnected(CloseInfo { code: 1012, reason: "service restart".to_owned() });
    assert_eq!((one, two), (Err(expect.clone()), Err(expect)));
    let mut connection = gateway.welcome().await;
    let (answer, ()) = tokio::join!(client.call_raw("three", json!({})), connection.serve("three", json!(3)));
    assert_eq!(answer.unwrap(), json!(3));
}

#[tokio::test]
async fn a_connection_that_breaks_counts_as_1006() {
    let gateway = FakeGateway::bind().await;
    let client = GatewayClient::start(gateway.options(&ManualPause::new(0))).unwrap();
    let mut connection = gateway.welcome().await;
    let break_it = async {
        connection.request().await;
        drop(connection);
    };
    let (result, ()) = tokio::join!(client.call_raw("one", json!({})), break_it);
    assert!(matches!(&result, Err(CallError::Disconnected(close)) if close.code == 1006), "{result:?}");
}

#[tokio::test]
async fn a_silent_gateway_is_left_after_two_ticks() {
    let gateway = FakeGateway::bind().await;
    let pause = ManualPause::new(1);
    let client = GatewayClient::start(gateway.options(&pause)).unwrap();
    let mut frozen = gateway.accept().await;
    frozen.hello(tick(60)).await;
    let open_call = client.call_raw("open", json!({}));
    let served = async {
        frozen.request().await;
        assert_eq!(frozen.closed().await, Some((4000, "tick timeout".to_owned())));
    };
    let (result, ()) = tokio::join!(open_call, served);
    let expect = CloseInfo { code: 4000, reason: "tick timeout".to_owned() };
    assert_eq!(result, Err(CallError::Disconnected(expect)));
    let _connection = gateway.welcome().await;
    soon("connection", client.connected()).await.unwrap();
    assert_eq!(pause.delays(), [1_000]);
}

#[tokio::test]
async fn any_frame_proves_that_the_gateway_lives() {
    let gateway = FakeGateway::bind().await;
    let client = GatewayClient::start(gateway.options(&ManualPause::new(0))).unwrap();
    let mut connection = gateway.accept().await;
    connection.hello(tick(500)).await;
    // Longer than two ticks in all, never two ticks without a frame.
    let mut pace = tokio::time::interval(Duration::from_millis(200));
    for _ in 0..8 {
        pace.tick().await;
        connection.event("other", json!({})).await;
    }
    let (answer, ()) = tokio::join!(client.call_raw("still", json!({})), connection.serve("still", json!("here")));
    assert_eq!(answer.unwrap(), json!("here"));
    assert!(gateway.is_left_alone());
}

#[tokio::test]
async fn the_last_handle_takes_the_connection_with_it() {
    let gateway = FakeGateway::bind().await;
    let client = GatewayClient::start(gateway.options(&ManualPause::new(0))).unwrap();
    let mut connection = gateway.welcome().await;
    let clone = client.clone();
    drop(client);
    let (answer, ()) = tokio::join!(clone.call_raw("still", json!({})), connection.serve("still", json!(1)));
    answer.unwrap();
    let mut states = clone.watch_state();
    drop(clone);
    assert_eq!(connection.closed().await, Some((1000, String::new())));
    let end = soon("end", states.wait_for(|now| matches!(now, ConnectionState::Stopped(_)))).await.unwrap().clone();
    assert!(matches!(end, ConnectionState::Stopped(ConnectError::ClosedByClient)));
}

#[tokio::test]
async fn closing_ends_every_handle_at_any_time() {
    let gateway = FakeGateway::bind().await;
    let pause = ManualPause::new(0);
    let options = gateway.options(&pause);
    drop(gateway);
    let client = GatewayClient::start(options).unwrap();
    state(&client, |now| matches!(now, ConnectionState::Waiting { .. })).await;
    let other = client.clone();
    soon("end", client.close()).await;
    let result = soon("failure", other.call_raw("any", json!({}))).await;
    assert_eq!(result, Err(CallError::NotConnected(ConnectError::ClosedByClient)));
    soon("second end", other.close()).await;
}

#[tokio::test]
async fn a_wait_can_be_cut_short() {
    let gateway = FakeGateway::bind().await;
    let client = GatewayClient::start(gateway.options(&ManualPause::new(0))).unwrap();
    gateway.welcome().await.close(1012, "service restart").await;
    state(&client, |now| matches!(now, ConnectionState::Waiting { .. })).await;
    client.reconnect();
    let _connection = gateway.welcome().await;
    soon("connection", client.connected()).await.unwrap();
}

#[tokio::test]
async fn a_node_that_was_replaced_does_not_fight() {
    let gateway = FakeGateway::bind().await;
    let pause = ManualPause::new(9);
    let client = GatewayClient::start(gateway.options(&pause)).unwrap();
    let connection = gateway.welcome().await;
    soon("connection", client.connected()).await.unwrap();
    connection.close(1001, "replaced by a newer connection").await;
    let end = state(&client, |now| matches!(now, ConnectionState::Stopped(_))).await;
    assert!(matches!(end, ConnectionState::Stopped(ConnectError::Closed(close)) if close.code == 1001));
    assert_eq!((pause.delays(), gateway.is_left_alone()), (vec![], true));
}

#[tokio::test]
async fn whoever_is_not_the_gateway_that_is_meant_receives_nothing() {
    let gateway = FakeGateway::bind().await;
    let pause = ManualPause::new(0);
    let meant = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&meant);
    let options = gateway
        .options(&pause)
        .token("shared")
        .check_peer(move || if asked.load(Ordering::SeqCst) { Ok(()) } else { Err("somebody else".to_owned()) });
    let client = GatewayClient::start(options).unwrap();
    let mut stranger = tokio_tungstenite::accept_async(gateway.accept_tcp().await).await.unwrap();
    let challenge = json!({"type": "event", "event": "connect.challenge", "payload": {"nonce": NONCE, "ts": 1}});
    stranger.send(Message::text(challenge.to_string())).await.unwrap();
    while let Some(Ok(message)) = soon("end", stranger.next()).await {
        assert!(!message.is_text() && !message.is_binary(), "{message:?} was sent to a stranger");
    }
    let refused = |now: &ConnectionState| matches!(now, ConnectionState::Waiting { reason: ConnectError::Unreachable { cause, .. }, .. } if cause == "somebody else");
    state(&client, refused).await;
    meant.store(true, Ordering::SeqCst);
    pause.grant(1);
    let connection = gateway.welcome().await;
    assert_eq!(connection.params["auth"]["token"], "shared");
    soon("connection", client.connected()).await.unwrap();
}
