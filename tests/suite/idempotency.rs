//! A side effect happens once per device, method and idempotency key (`handshake.md §11`).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use postern_gateway::rpc::RpcError;
use postern_gateway::rpc::plugins::PluginMethod;
use postern_protocol::access::{Access, Scope};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::harness::{Caller, Connect, Device, InProcess, until};

/// How long a finished answer is kept.
const KEEP_MS: i64 = 5 * 60 * 1000;

/// A method with a side effect that the test can count and hold back.
#[derive(Clone)]
struct Effect {
    count: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

impl Effect {
    /// Runs at once.
    fn open() -> Self {
        Self { count: Arc::default(), gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)) }
    }

    /// Each run waits for [`Effect::release`].
    fn held() -> Self {
        Self { count: Arc::default(), gate: Arc::new(Semaphore::new(0)) }
    }

    fn release(&self) {
        self.gate.add_permits(1);
    }

    fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    fn method(&self, name: &str) -> PluginMethod {
        let own = self.clone();
        let method = PluginMethod::new(name, move |_cx, params| {
            let own = own.clone();
            async move {
                let number = own.count.fetch_add(1, Ordering::SeqCst) + 1;
                own.gate.acquire().await.unwrap().forget();
                if params["fail"] == true {
                    Err(RpcError::unavailable(format!("failed {number}")))
                } else {
                    Ok(json!({"number": number}))
                }
            }
        });
        method.access(Access::Operator(Scope::Write)).idempotent()
    }
}

fn writer(device: &str) -> Connect {
    Connect::operator(&Device::new(device), &["operator.write"])
}

fn key(key: &str) -> Value {
    json!({"idempotencyKey": key})
}

/// W-26: without key, or with one that is no key, the call is refused and nothing happens.
#[tokio::test]
async fn a_key_is_required() {
    let effect = Effect::open();
    let gateway = InProcess::with_plugins(vec![effect.method("test.send")]).await;
    for dialect in [3, 4] {
        let mut client = gateway.must(&Caller::local(), &writer("a").dialect(dialect)).await;
        for (params, problem) in [
            (json!({}), "must have required property 'idempotencyKey'"),
            (json!({"idempotencyKey": ""}), "at /idempotencyKey: "),
            (json!({"idempotencyKey": 5}), "at /idempotencyKey: "),
        ] {
            let error = client.err("test.send", params).await;
            let message = error["message"].as_str().unwrap();
            assert!(message.starts_with(&format!("invalid test.send params: {problem}")), "{message}");
            assert_eq!(error["code"], "INVALID_REQUEST");
        }
    }
    assert_eq!(effect.count(), 0);
}

/// W-27: a repetition gets the first answer for five minutes, then acts again.
#[tokio::test]
async fn a_repetition_gets_the_first_answer() {
    let effect = Effect::open();
    let gateway = InProcess::with_plugins(vec![effect.method("test.send"), effect.method("test.poll")]).await;
    let mut client = gateway.must(&Caller::local(), &writer("a")).await;
    assert_eq!(client.ok("test.send", key("k")).await, json!({"number": 1}));
    gateway.clock.advance_ms(60_000);
    assert_eq!(client.ok("test.send", key("k")).await, json!({"number": 1}));
    assert_eq!(client.ok("test.send", key("other")).await, json!({"number": 2}), "another key");
    assert_eq!(client.ok("test.poll", key("k")).await, json!({"number": 3}), "another method");
    let mut other = gateway.must(&Caller::local(), &writer("b")).await;
    assert_eq!(other.ok("test.send", key("k")).await, json!({"number": 4}), "another device");
    gateway.clock.advance_ms(KEEP_MS - 60_000 - 1);
    assert_eq!(client.ok("test.send", key("k")).await, json!({"number": 1}), "just before the end");
    gateway.clock.advance_ms(1);
    assert_eq!(client.ok("test.send", key("k")).await, json!({"number": 5}), "after the end");
    assert_eq!(effect.count(), 5);
}

/// W-27: calls with one key that overlap share one run and get one answer each.
#[tokio::test]
async fn calls_that_overlap_share_one_run() {
    let effect = Effect::held();
    let gateway = InProcess::with_plugins(vec![effect.method("test.send")]).await;
    let mut first = gateway.must(&Caller::local(), &writer("a")).await;
    let mut second = gateway.must(&Caller::local(), &writer("a").v3()).await;
    let ids = [first.post("test.send", key("k")).await, first.post("test.send", key("k")).await];
    let third = second.post("test.send", key("k")).await;
    first.ok("health", json!({})).await;
    second.catch_up().await;
    assert_eq!(effect.count(), 1);
    effect.release();
    for id in ids {
        assert_eq!(first.raw.answer(&id).await["payload"], json!({"number": 1}));
    }
    assert_eq!(second.raw.answer(&third).await["payload"], json!({"number": 1}));
    assert_eq!(effect.count(), 1);
}

/// W-27: who may not call learns nothing of what somebody else's key came to.
#[tokio::test]
async fn a_key_does_not_replace_a_scope() {
    let effect = Effect::open();
    let gateway = InProcess::with_plugins(vec![effect.method("test.send")]).await;
    let device = Device::new("a");
    let mut writer = gateway.op(&device, &["operator.write"]).await;
    writer.ok("test.send", key("k")).await;
    let mut reader = gateway.op(&device, &["operator.read"]).await;
    assert_eq!(reader.err("test.send", key("k")).await["message"], "missing scope: operator.write");
    let missing = Connect::deviceless(&["operator.write"]);
    let mut deviceless = gateway.must(&Caller::local(), &missing).await;
    assert_eq!(deviceless.ok("test.send", key("k")).await, json!({"number": 2}));
    let mut another = gateway.must(&Caller::local(), &missing).await;
    assert_eq!(
        another.ok("test.send", key("k")).await,
        json!({"number": 3}),
        "without device each connection is its own"
    );
}

/// W-28: a client that lost its connection before the answer repeats the call on a new one: one effect, the same answer.
#[tokio::test]
async fn a_retry_on_a_new_connection_acts_once() {
    let effect = Effect::held();
    let gateway = InProcess::with_plugins(vec![effect.method("test.send")]).await;
    let mut client = gateway.must(&Caller::local(), &writer("a")).await;
    client.post("test.send", key("k")).await;
    until("the call to start", || (effect.count() == 1).then_some(())).await;
    drop(client);
    let mut again = gateway.must(&Caller::local(), &writer("a")).await;
    let id = again.post("test.send", key("k")).await;
    again.catch_up().await;
    effect.release();
    assert_eq!(again.raw.answer(&id).await["payload"], json!({"number": 1}));
    // The same when the call had ended meanwhile.
    drop(again);
    let mut late = gateway.must(&Caller::local(), &writer("a")).await;
    assert_eq!(late.ok("test.send", key("k")).await, json!({"number": 1}));
    assert_eq!(effect.count(), 1);
}

/// W-27: a failure is an answer like any other: the repetition gets it, and the effect is not tried twice.
#[tokio::test]
async fn a_failure_is_repeated_too() {
    let effect = Effect::open();
    let gateway = InProcess::with_plugins(vec![effect.method("test.send")]).await;
    let mut client = gateway.must(&Caller::local(), &writer("a")).await;
    let params = json!({"idempotencyKey": "k", "fail": true});
    let first = client.err("test.send", params.clone()).await;
    assert_eq!(first, json!({"code": "UNAVAILABLE", "message": "failed 1"}));
    assert_eq!(client.err("test.send", params).await, first);
    assert_eq!(effect.count(), 1);
}
