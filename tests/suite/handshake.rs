//! The handshake as a client sees it: challenge, connect, hello-ok (`handshake.md §2, §10`).

use serde_json::json;

use crate::harness::{Client, Connect, Device, Raw, TestGateway};

/// H-02: the challenge is the first frame, has a nonce of its own socket and the time, and no `seq`.
#[tokio::test]
async fn every_socket_starts_with_a_challenge_of_its_own() {
    let gateway = TestGateway::start();
    let mut first = gateway.raw().await;
    let mut second = gateway.raw().await;
    let (one, other) = (first.challenge().await, second.challenge().await);
    assert_ne!(one["nonce"], other["nonce"]);
    assert_eq!(uuid::Uuid::parse_str(one["nonce"].as_str().unwrap()).unwrap().get_version_num(), 4);
    assert!(one["ts"].as_i64().unwrap() > 1_767_225_600_000);
    crate::harness::assert_keys(&first.frames()[0], &["type", "event", "payload"]);
    crate::harness::assert_keys(&one, &["nonce", "ts"]);
}

/// H-11: success is an ordinary answer to the connect request.
#[tokio::test]
async fn hello_ok_is_the_answer_to_connect() {
    let gateway = TestGateway::start();
    let client = gateway.op(&Device::new("laptop"), &["operator.read"]).await;
    let answer = &client.raw.frames()[1];
    assert_eq!((&answer["type"], &answer["id"], &answer["ok"]), (&json!("res"), &json!("connect-1"), &json!(true)));
    assert_eq!(answer["payload"]["type"], "hello-ok");
}
