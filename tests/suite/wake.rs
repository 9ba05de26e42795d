//! Sleep and wake (DEMAND P8): after a gap nothing says that it is well while it is dead.

use std::time::Duration;

use futures_util::StreamExt as _;
use postern_gateway::Limits;
use serde_json::json;

use crate::harness::{Device, InProcess, PROXIED, START_MS, until};

const TEN_MINUTES_MS: i64 = 600_000;

async fn gateway(config: &str) -> InProcess {
    let limits = Limits {
        wake_interval: Duration::from_millis(20),
        // Only who answers nothing at all waits for its end.
        wake_patience: Duration::from_secs(5),
        // Nothing but the wake can be what makes them act.
        tick_interval: Duration::from_secs(3_600),
        ping_interval: Duration::from_secs(3_600),
        health_interval: Duration::from_secs(3_600),
        ..Limits::default()
    };
    InProcess::with(config, |options| options.limits = limits).await
}

/// Ten minutes of sleep: clients hear from the gateway at once, who answers stays, and who is gone is let go; health says
/// when it was; what waits for a wake is told.
#[tokio::test]
async fn a_gap_of_ten_minutes_is_noticed_and_dead_sockets_go() {
    let gateway = gateway(PROXIED).await;
    let services = gateway.running.services();
    let mut told = services.wake.subscribe();
    let mut alive = gateway.op(&Device::new("alive"), &["operator.read"]).await;
    // Reads nothing and answers no ping, as a machine that is gone.
    let dead = gateway.op(&Device::new("dead"), &["operator.read"]).await;
    assert!(alive.ok("health", json!({})).await.get("lastWakeMs").is_none());
    assert_eq!(services.hub.counts().0, 2);

    gateway.clock.advance_ms(TEN_MINUTES_MS);
    let health = alive.event("health", |event| event.get("lastWakeMs").is_some()).await;
    assert_eq!(health["lastWakeMs"], START_MS + TEN_MINUTES_MS);
    alive.event("tick", |event| event["ts"] == START_MS + TEN_MINUTES_MS).await;
    told.changed().await.unwrap();
    let woken = told.borrow().unwrap();
    // What passed on the other clock between the two looks is not sleep.
    assert!((590..=600).contains(&woken.slept.as_secs()), "{woken:?}");

    let gone = async {
        until("the dead socket to go", || (services.hub.counts().0 == 1).then_some(())).await;
    };
    let reading = async {
        loop {
            alive.ok("health", json!({})).await;
        }
    };
    tokio::select! {
        () = gone => {}
        () = reading => unreachable!("it goes on"),
    }
    assert_eq!(alive.ok("health", json!({})).await["lastWakeMs"], START_MS + TEN_MINUTES_MS);
    drop(dead);
}

/// Time that passes as usual, or a clock that is set back, is no sleep.
#[tokio::test]
async fn no_gap_no_wake() {
    let gateway = gateway(PROXIED).await;
    let services = gateway.running.services();
    for by in [5_000, -TEN_MINUTES_MS, 9_000] {
        gateway.clock.advance_ms(by);
        let mut client = gateway.op(&Device::new("reader"), &["operator.read"]).await;
        client.ok("health", json!({"probe": true})).await;
    }
    assert_eq!(services.wake.last(), None);
    // Looks go on: time that jumps is noticed, whenever the next one is.
    let jumped = || {
        gateway.clock.advance_ms(11_000);
        services.wake.last()
    };
    until("the wake", jumped).await;
    assert!(services.wake.last().unwrap().slept <= Duration::from_secs(620), "{:?}", services.wake.last());
}

/// The other end: a client that slept does not wait for the silence to be long enough.
#[tokio::test]
async fn a_client_connects_again_after_a_gap() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use postern_client::{ClientOptions, ConnectionState, GatewayClient, ReconnectPolicy};

    let gateway = gateway(PROXIED).await;
    let clock = Arc::new(AtomicI64::new(0));
    let reading = Arc::clone(&clock);
    let options = ClientOptions::new().url(gateway.url()).token(crate::harness::TOKEN).without_device();
    let options = options
        .reconnect(ReconnectPolicy::default().delays(Duration::from_millis(1), Duration::from_millis(10)))
        .wall_clock(Arc::new(move || reading.load(Ordering::SeqCst)));
    let client = GatewayClient::start(options).unwrap();
    client.connected().await.unwrap();
    let mut states = tokio_stream(client.watch_state());
    clock.fetch_add(TEN_MINUTES_MS, Ordering::SeqCst);
    let seen = tokio::time::timeout(crate::harness::DEADLINE, async {
        let mut lost = false;
        while let Some(state) = states.next().await {
            match state {
                ConnectionState::Connected(_) if lost => return true,
                ConnectionState::Connected(_) => {}
                _ => lost = true,
            }
        }
        false
    });
    assert!(seen.await.unwrap());
    client.close().await;
}

/// A computer that is lent slept for ten minutes: its node host comes back by itself, and does what it is asked again.
#[cfg(unix)]
#[tokio::test]
async fn a_node_host_comes_back_after_a_gap() {
    use postern_node::NodeState;

    let gateway = gateway(PROXIED).await;
    let node = crate::harness::InProcessNode::start(&gateway, |_| {});
    node.connected().await;
    let mut op = gateway.op(&Device::new("op"), &["operator.admin"]).await;
    let which = |key: &str| {
        let params = json!({"bins": ["sh"]});
        json!({"nodeId": node.id, "command": "system.which", "params": params, "idempotencyKey": key})
    };
    let before = op.ok("node.invoke", which("before")).await;
    assert!(before["payload"]["bins"]["sh"].is_string(), "{before}");
    // Time that passes as usual is no sleep: nothing else would part them here.
    node.clock.advance_ms(9_000);
    op.ok("node.invoke", which("meanwhile")).await;
    node.clock.advance_ms(TEN_MINUTES_MS);
    node.state("apart", |state| !matches!(state, NodeState::Connected { .. })).await;
    node.connected().await;
    let after = op.ok("node.invoke", which("after")).await;
    assert!(after["payload"]["bins"]["sh"].is_string(), "{after}");
    assert_eq!(op.ok("node.describe", json!({"nodeId": node.id})).await["connected"], true);
    // It is the one node that it was.
    assert_eq!(op.ok("node.list", json!({})).await["nodes"].as_array().map(Vec::len), Some(1));
}

/// Every state that is seen of a watch.
fn tokio_stream<T: Clone + 'static>(
    receiver: tokio::sync::watch::Receiver<T>,
) -> std::pin::Pin<Box<dyn futures_util::Stream<Item = T>>> {
    Box::pin(futures_util::stream::unfold(receiver, |mut receiver| async move {
        receiver.changed().await.ok()?;
        let value = receiver.borrow_and_update().clone();
        Some((value, receiver))
    }))
}
