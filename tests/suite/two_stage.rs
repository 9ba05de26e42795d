//! Two answers under one id: accepted, then the end (`frames-and-events.md §1`, double response).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use postern_gateway::rpc::RpcError;
use postern_gateway::rpc::plugins::PluginMethod;
use postern_protocol::access::{Access, Scope};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::status::connections_become;
use crate::harness::{Caller, Client, Connect, Device, InProcess};

/// A method that accepts at once and ends when `gate` lets it; `params.end` says how.
fn agent(gate: &Arc<Semaphore>) -> PluginMethod {
    let gate = Arc::clone(gate);
    let method = PluginMethod::new("test.agent", move |cx, params| {
        let gate = Arc::clone(&gate);
        async move {
            if params["end"] == "refused" {
                cx.finish_later(async { Ok(json!({"status": "never"})) });
                return Err(RpcError::invalid("refused at once"));
            }
            cx.finish_later(async move {
                gate.acquire().await.unwrap().forget();
                match params["end"].as_str() {
                    Some("error") => Err(RpcError::unavailable("the run failed")),
                    Some("panic") => panic!("the run panicked"),
                    _ => Ok(json!({"status": "ok", "runId": "run-1"})),
                }
            });
            Ok(json!({"status": "accepted", "runId": "run-1"}))
        }
    });
    method.access(Access::Operator(Scope::Read))
}

async fn gateway(gate: &Arc<Semaphore>) -> InProcess {
    InProcess::with_plugins(vec![agent(gate)]).await
}

fn reader() -> Connect {
    Connect::operator(&Device::new("reader"), &["operator.read"])
}

fn answers_to(client: &Client, id: &str) -> Vec<Value> {
    client.raw.frames().iter().filter(|frame| frame["type"] == "res" && frame["id"] == id).cloned().collect()
}

/// W-25: both answers carry the id of the request; others are served in between; no third follows.
#[tokio::test]
async fn both_answers_share_the_id() {
    let gate = Arc::new(Semaphore::new(0));
    let gateway = gateway(&gate).await;
    for dialect in [3, 4] {
        let mut client = gateway.must(&Caller::local(), &reader().dialect(dialect)).await;
        let id = client.post("test.agent", json!({})).await;
        let first = client.raw.answer(&id).await;
        assert_eq!((&first["ok"], &first["payload"]), (&json!(true), &json!({"status": "accepted", "runId": "run-1"})));
        client.ok("health", json!({})).await;
        assert_eq!(answers_to(&client, &id).len(), 1);
        gate.add_permits(1);
        let last = client.raw.answer(&id).await;
        assert_eq!((&last["ok"], &last["payload"]), (&json!(true), &json!({"status": "ok", "runId": "run-1"})));
        client.catch_up().await;
        assert_eq!(answers_to(&client, &id), [first, last]);
    }
}

/// W-25: runs end in any order; each end finds its own id.
#[tokio::test]
async fn many_runs_end_under_their_own_ids() {
    let gate = Arc::new(Semaphore::new(0));
    let gateway = gateway(&gate).await;
    let mut client = gateway.must(&Caller::local(), &reader()).await;
    let mut ids = Vec::new();
    for _ in 0..40 {
        ids.push(client.post("test.agent", json!({})).await);
    }
    for id in &ids {
        while answers_to(&client, id).is_empty() {
            client.raw.recv().await.unwrap();
        }
    }
    gate.add_permits(ids.len());
    for id in &ids {
        while answers_to(&client, id).len() < 2 {
            client.raw.recv().await.unwrap();
        }
    }
    client.catch_up().await;
    assert!(ids.iter().all(|id| answers_to(&client, id).len() == 2));
}

/// W-25, M-05: an end that failed or panicked is an error under the same id.
#[tokio::test]
async fn the_second_answer_may_be_an_error() {
    let gate = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
    let gateway = gateway(&gate).await;
    let mut client = gateway.must(&Caller::local(), &reader()).await;
    for (end, error) in [
        ("error", json!({"code": "UNAVAILABLE", "message": "the run failed"})),
        ("panic", json!({"code": "UNAVAILABLE", "message": "internal error"})),
    ] {
        let id = client.post("test.agent", json!({"end": end})).await;
        assert_eq!(client.raw.answer(&id).await["payload"]["status"], "accepted");
        // Whether the end comes is only known by what comes after it.
        client.catch_up().await;
        client.catch_up().await;
        let answers = answers_to(&client, &id);
        let [_, last] = answers.as_slice() else { panic!("{end}: {answers:?}") };
        assert_eq!((&last["ok"], &last["error"]), (&json!(false), &error), "{end}");
    }
}

/// M-05: a hundred runs that panic leave the connection able to run more.
#[tokio::test]
async fn runs_that_panic_use_nothing_up() {
    let gate = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
    let gateway = gateway(&gate).await;
    let mut client = gateway.must(&Caller::local(), &reader()).await;
    for _ in 0..100 {
        let id = client.post("test.agent", json!({"end": "panic"})).await;
        assert_eq!(client.raw.answer(&id).await["payload"]["status"], "accepted");
    }
    client.ok("test.agent", json!({})).await;
}

/// W-25: a refusal is the only answer, even of a method that had announced another.
#[tokio::test]
async fn a_refusal_is_the_only_answer() {
    let gate = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
    let gateway = gateway(&gate).await;
    let mut client = gateway.must(&Caller::local(), &reader()).await;
    let id = client.post("test.agent", json!({"end": "refused"})).await;
    assert_eq!(client.raw.answer(&id).await["error"]["message"], "refused at once");
    client.catch_up().await;
    client.catch_up().await;
    assert_eq!(answers_to(&client, &id).len(), 1);
}

/// W-25: the run goes on when its client is gone.
#[tokio::test]
async fn a_run_outlives_its_client() {
    let (gate, ended) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let (own_gate, own_ended) = (Arc::clone(&gate), Arc::clone(&ended));
    let method = PluginMethod::new("test.run", move |cx, _params| {
        let (gate, ended) = (Arc::clone(&own_gate), Arc::clone(&own_ended));
        async move {
            cx.finish_later(async move {
                gate.acquire().await.unwrap().forget();
                ended.fetch_add(1, Ordering::SeqCst);
                Ok(json!({}))
            });
            Ok(json!({"status": "accepted"}))
        }
    });
    let gateway = InProcess::with_plugins(vec![method.access(Access::Operator(Scope::Read))]).await;
    let mut client = gateway.must(&Caller::local(), &reader()).await;
    client.ok("test.run", json!({})).await;
    drop(client);
    let mut watcher = gateway.must(&Caller::local(), &reader()).await;
    connections_become(&mut watcher, 1, 0).await;
    gate.add_permits(1);
    crate::harness::until("the run to end", || (ended.load(Ordering::SeqCst) == 1).then_some(())).await;
}
