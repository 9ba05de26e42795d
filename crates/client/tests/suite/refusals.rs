//! Handshakes that fail: what the client reports, and whether it comes back.

use std::time::Duration;

use postern_client::{CallError, ConnectError, ConnectErrorKind, ConnectionState, GatewayClient, OptionsError};
use postern_protocol::error::ErrorCode;
use postern_protocol::system::{Health, HealthParams};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use crate::gateway::{Connection, FakeGateway, ManualPause, refusal, soon, state};

#[tokio::test]
async fn another_protocol_is_a_typed_error_and_no_retry_storm() {
    let gateway = FakeGateway::bind().await;
    let pause = ManualPause::new(9);
    let client = GatewayClient::start(gateway.options(&pause)).unwrap();
    let error =
        refusal(ErrorCode::InvalidRequest, "PROTOCOL_MISMATCH", "protocol mismatch").detail("expectedProtocol", 7);
    gateway.accept().await.refuse(error, 1002).await;
    let Err(ConnectError::ProtocolMismatch(mismatch)) = soon("end", client.connected()).await else {
        panic!("{:?}", client.state())
    };
    assert_eq!((mismatch.client_min, mismatch.client_max, mismatch.server), (4, 4, Some(7)));
    assert_eq!(mismatch.error.unwrap().message, "protocol mismatch");
    // A call after it fails at once and causes no try either.
    let call = soon("answer", client.call::<Health>(HealthParams::default())).await;
    assert!(matches!(call, Err(CallError::NotConnected(ConnectError::ProtocolMismatch(_)))), "{call:?}");
    assert_eq!((pause.delays(), gateway.is_left_alone()), (vec![], true));
}

#[tokio::test]
async fn a_hello_in_a_generation_that_was_not_offered_is_a_mismatch() {
    let gateway = FakeGateway::bind().await;
    let pause = ManualPause::new(9);
    let client = GatewayClient::start(gateway.options(&pause)).unwrap();
    gateway.accept().await.hello(json!({"protocol": 3})).await;
    let Err(ConnectError::ProtocolMismatch(mismatch)) = soon("end", client.connected()).await else {
        panic!("{:?}", client.state())
    };
    assert_eq!((mismatch.server, mismatch.error), (Some(3), None));
    assert_eq!(pause.delays(), []);
}

#[tokio::test]
async fn refusals_that_stay_true_are_not_repeated() {
    for detail in [
        "AUTH_TOKEN_MISSING",
        "AUTH_TOKEN_MISMATCH",
        "AUTH_PASSWORD_MISSING",
        "AUTH_PASSWORD_MISMATCH",
        "AUTH_BOOTSTRAP_TOKEN_INVALID",
        "AUTH_RATE_LIMITED",
        "AUTH_SCOPE_MISMATCH",
        "DEVICE_IDENTITY_REQUIRED",
        "CLIENT_VERSION_MISMATCH",
    ] {
        let gateway = FakeGateway::bind().await;
        let pause = ManualPause::new(9);
        let client = GatewayClient::start(gateway.options(&pause)).unwrap();
        let error = refusal(ErrorCode::InvalidRequest, detail, "unauthorized").retry_after(1);
        gateway.accept().await.refuse(error.clone(), 1008).await;
        let failure = soon("end", client.connected()).await.unwrap_err();
        assert_eq!(failure, ConnectError::Refused(Box::new(error)), "{detail}");
        assert_eq!((pause.delays(), gateway.is_left_alone()), (vec![], true), "{detail}");
    }
}

#[tokio::test]
async fn pairing_names_its_request_and_is_tried_again_when_told() {
    let gateway = FakeGateway::bind().await;
    let pause = ManualPause::new(9);
    let client = GatewayClient::start(gateway.options(&pause)).unwrap();
    let error = refusal(ErrorCode::NotPaired, "PAIRING_REQUIRED", "pairing required: device is not approved yet")
        .detail("requestId", "req-5")
        .detail("reason", "not-paired");
    gateway.accept().await.refuse(error, 1008).await;
    let ConnectionState::PairingRequired(pairing) =
        state(&client, |now| matches!(now, ConnectionState::PairingRequired(_))).await
    else {
        unreachable!("waited for it")
    };
    assert_eq!((pairing.request_id.as_deref(), pairing.reason.as_deref()), (Some("req-5"), Some("not-paired")));
    assert_eq!(soon("end", client.connected()).await.unwrap_err().kind(), ConnectErrorKind::PairingRequired);
    assert_eq!((pause.delays(), gateway.is_left_alone()), (vec![], true));

    client.reconnect();
    let _connection = gateway.welcome().await;
    state(&client, |now| matches!(now, ConnectionState::Connected(_))).await;
}

#[tokio::test]
async fn a_gateway_may_ask_to_keep_trying_while_somebody_decides() {
    let gateway = FakeGateway::bind().await;
    let pause = ManualPause::new(9);
    let client = GatewayClient::start(gateway.options(&pause)).unwrap();
    let error = refusal(ErrorCode::NotPaired, "PAIRING_REQUIRED", "pairing required")
        .detail("recommendedNextStep", "wait_then_retry")
        .retry_after(2_500);
    gateway.accept().await.refuse(error, 1008).await;
    let _connection = gateway.welcome().await;
    soon("connection", client.connected()).await.unwrap();
    assert_eq!(pause.delays(), [2_500]);
}

#[tokio::test]
async fn a_starting_gateway_names_the_delay() {
    let gateway = FakeGateway::bind().await;
    let pause = ManualPause::new(9);
    let client = GatewayClient::start(gateway.options(&pause)).unwrap();
    for _ in 0..3 {
        let error = refusal(ErrorCode::Unavailable, "x", "gateway starting; retry shortly").retry_after(500);
        gateway.accept().await.refuse(error, 1013).await;
    }
    let _connection = gateway.welcome().await;
    soon("connection", client.connected()).await.unwrap();
    assert_eq!(pause.delays(), [500, 500, 500]);
}

#[tokio::test]
async fn a_gateway_that_says_nothing_is_given_up_in_time() {
    let gateway = FakeGateway::bind().await;
    let pause = ManualPause::new(0);
    // Long enough for all that comes before the challenge.
    let short = Duration::from_secs(2);
    let client = GatewayClient::start(gateway.options(&pause).handshake_timeout(short)).unwrap();
    let silent = Connection::upgrade(gateway.accept_tcp().await).await;
    let ConnectionState::Waiting { reason, .. } =
        state(&client, |now| matches!(now, ConnectionState::Waiting { .. })).await
    else {
        unreachable!("waited for it")
    };
    assert_eq!(reason, ConnectError::Timeout { awaited: "challenge", after: short });
    assert_eq!(silent.closed().await, Some((1008, "connect failed".to_owned())));
}

#[tokio::test]
async fn a_challenge_without_nonce_is_not_answered() {
    let gateway = FakeGateway::bind().await;
    let client = GatewayClient::start(gateway.options(&ManualPause::new(0)).token("secret")).unwrap();
    let mut connection = Connection::upgrade(gateway.accept_tcp().await).await;
    connection.send(json!({"type": "event", "event": "connect.challenge", "payload": {"nonce": " ", "ts": 1}})).await;
    let waiting = state(&client, |now| matches!(now, ConnectionState::Waiting { .. })).await;
    let ConnectionState::Waiting { reason: ConnectError::Unreadable(problem), .. } = waiting else {
        panic!("{waiting:?}")
    };
    assert!(problem.contains("nonce"), "{problem}");
    assert_eq!(connection.closed().await, Some((1008, "connect failed".to_owned())));
}

#[tokio::test]
async fn http_refusals_are_told_with_status_and_body() {
    let gateway = FakeGateway::bind().await;
    let client = GatewayClient::start(gateway.options(&ManualPause::new(0))).unwrap();
    let mut stream = gateway.accept_tcp().await;
    stream
        .write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 16\r\nconnection: close\r\n\r\nproxy not listed")
        .await
        .unwrap();
    let waiting = state(&client, |now| matches!(now, ConnectionState::Waiting { .. })).await;
    let ConnectionState::Waiting { reason, .. } = waiting else { panic!("{waiting:?}") };
    assert_eq!(reason, ConnectError::UpgradeRefused { status: 403, message: "proxy not listed".to_owned() });
}

#[tokio::test]
async fn plaintext_to_another_machine_is_refused_before_a_packet_leaves() {
    let gateway = FakeGateway::bind().await;
    let start = |url: &str| GatewayClient::start(gateway.options(&ManualPause::new(0)).url(url).token("secret"));
    let refused = start("ws://192.0.2.1:18789").unwrap_err();
    assert_eq!(refused, OptionsError::PlaintextRefused { host: "192.0.2.1".to_owned() });
    assert!(refused.to_string().contains("wss://"), "{refused}");
    assert!(matches!(start("ws://192.168.0.4:18789"), Err(OptionsError::PlaintextRefused { .. })));
    let options = gateway.options(&ManualPause::new(0)).tls_fingerprint("ab".repeat(32));
    assert_eq!(GatewayClient::start(options).unwrap_err(), OptionsError::FingerprintWithoutTls);
    assert!(gateway.is_left_alone());
}
