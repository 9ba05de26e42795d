//! Calls and their answers.

use std::time::Duration;

use futures_util::future::join_all;
use postern_client::{CallError, CallOptions, ConnectError, GatewayClient};
use postern_protocol::error::{ErrorCode, ErrorShape};
use postern_protocol::system::{Health, HealthParams, HealthSnapshot};
use serde_json::json;
use tokio::net::TcpStream;

use crate::gateway::{Connection, FakeGateway, ManualPause, soon};

async fn connected() -> (GatewayClient, Connection<TcpStream>) {
    let gateway = FakeGateway::bind().await;
    let client = GatewayClient::start(gateway.options(&ManualPause::new(0))).unwrap();
    let connection = gateway.welcome().await;
    (client, connection)
}

#[tokio::test]
async fn typed_calls_are_answered() {
    let (client, mut gateway) = connected().await;
    let snapshot = HealthSnapshot { ok: true, ts: 7, ..HealthSnapshot::default() };
    let call = client.call::<Health>(HealthParams { probe: Some(true) });
    let serve = async {
        let request = gateway.request().await;
        assert_eq!((request.method.as_str(), request.params), ("health", json!({"probe": true})));
        gateway.answer(&request.id, serde_json::to_value(&snapshot).unwrap()).await;
    };
    let (health, ()) = tokio::join!(call, serve);
    assert_eq!(health.unwrap().read().unwrap(), snapshot);
}

#[tokio::test]
async fn answers_find_their_callers_in_any_order() {
    let (client, mut gateway) = connected().await;
    let calls = join_all((0..50).map(|n| client.call_raw("echo", json!({"n": n}))));
    let serve = async {
        let mut requests = Vec::new();
        for _ in 0..50 {
            requests.push(gateway.request().await);
        }
        for request in requests.iter().rev() {
            gateway.answer(&request.id, request.params.clone()).await;
        }
    };
    let (results, ()) = tokio::join!(calls, serve);
    for (n, result) in results.into_iter().enumerate() {
        assert_eq!(result.unwrap(), json!({"n": n}));
    }
}

#[tokio::test]
async fn refusals_keep_their_shape() {
    let (client, mut gateway) = connected().await;
    let error = ErrorShape::new(ErrorCode::Forbidden, "missing scope: operator.write").detail("code", "MISSING_SCOPE");
    let serve = async {
        let request = gateway.request().await;
        gateway.fail(&request.id, error.clone()).await;
    };
    let (result, ()) = tokio::join!(client.call_raw("chat.send", json!({})), serve);
    assert_eq!(result, Err(CallError::Refused(Box::new(error))));
}

#[tokio::test]
async fn answers_in_an_unknown_shape_end_their_call() {
    let (client, mut gateway) = connected().await;
    let serve = async {
        let request = gateway.request().await;
        let error = json!({"code": "LATER", "message": "because"});
        gateway.send(json!({"type": "res", "id": request.id, "ok": false, "error": error})).await;
        gateway.serve("health", json!({"ok": "perhaps"})).await;
        gateway.serve("nothing", json!(null)).await;
    };
    let call = async {
        let result = client.call_raw("newer", json!({})).await;
        assert!(
            matches!(&result, Err(CallError::Unreadable { problem, .. }) if problem.contains("LATER")),
            "{result:?}"
        );
        let health = client.call::<Health>(HealthParams::default()).await.unwrap();
        assert!(health.read().is_err());
        assert_eq!(client.call_raw("nothing", json!({})).await.unwrap(), json!(null));
    };
    tokio::join!(call, serve);
}

#[tokio::test]
async fn the_final_answer_is_awaited_where_there_are_two() {
    let (client, mut gateway) = connected().await;
    let serve = async {
        for _ in 0..2 {
            let request = gateway.request().await;
            gateway.answer(&request.id, json!({"runId": "r", "status": "accepted", "acceptedAt": 1})).await;
            gateway.answer(&request.id, json!({"runId": "r", "status": "ok", "result": 5})).await;
        }
    };
    let call = async {
        let last = client.call_expect_final("agent", json!({"message": "hi"})).await.unwrap();
        let first = client.call_raw("agent", json!({"message": "hi"})).await.unwrap();
        (last["status"].clone(), first["status"].clone())
    };
    let (statuses, ()) = tokio::join!(soon("answers", call), serve);
    assert_eq!(statuses, (json!("ok"), json!("accepted")));
}

#[tokio::test]
async fn a_call_without_answer_ends_at_its_deadline_and_a_late_answer_harms_nobody() {
    let (client, mut gateway) = connected().await;
    let short = Duration::from_millis(50);
    let slow = client.call_raw_with("slow", json!({}), CallOptions::new().timeout(short));
    let (result, request) = tokio::join!(slow, gateway.request());
    assert_eq!(result, Err(CallError::Timeout { method: "slow".to_owned(), after: short }));
    gateway.answer(&request.id, json!("late")).await;
    let (result, ()) = tokio::join!(client.call_raw("next", json!({})), gateway.serve("next", json!("in time")));
    assert_eq!(result.unwrap(), json!("in time"));
}

#[tokio::test]
async fn calls_wait_for_the_connection() {
    let gateway = FakeGateway::bind().await;
    let client = GatewayClient::start(gateway.options(&ManualPause::new(0))).unwrap();
    let serve = async {
        let mut connection = gateway.welcome().await;
        connection.serve("early", json!(1)).await;
        connection
    };
    let (result, _connection) = tokio::join!(client.call_raw("early", json!({})), serve);
    assert_eq!(result.unwrap(), json!(1));
}

#[tokio::test]
async fn without_a_gateway_a_call_says_why() {
    let port = FakeGateway::bind().await.port();
    let gateway = FakeGateway::bind_again(port).await;
    let options = gateway.options(&ManualPause::new(0)).request_timeout(Duration::from_millis(200));
    drop(gateway);
    let client = GatewayClient::start(options).unwrap();
    let result = soon("failure", client.call_raw("any", json!({}))).await;
    let Err(CallError::NotConnected(ConnectError::Unreachable { url, .. })) = result else { panic!("{result:?}") };
    assert_eq!(url, format!("ws://127.0.0.1:{port}"));
}

#[tokio::test]
async fn both_sides_may_write_much_at_once() {
    const COUNT: usize = 200;
    let (client, mut gateway) = connected().await;
    let large = "x".repeat(64 * 1024);
    let calls = join_all((0..COUNT).map(|_| client.call_raw("large", json!({"text": large}))));
    let serve = async {
        // Nothing is read until megabytes are written: the client must read
        // while its own bytes wait.
        for _ in 0..COUNT {
            gateway.event("large", json!({"text": large})).await;
        }
        for _ in 0..COUNT {
            gateway.serve("large", json!(true)).await;
        }
    };
    let (results, ()) = soon("answers", async { tokio::join!(calls, serve) }).await;
    assert!(results.iter().all(Result::is_ok));
}
