//! What subscribers hear.

use std::sync::{Arc, Mutex};

use postern_client::{ClientEvent, ClientOptions, EventReceiver, GatewayClient, SequenceGap};
use postern_protocol::error::{ErrorCode, ErrorShape};
use postern_protocol::system::{HealthSnapshot, Tick};
use serde_json::json;
use tokio::net::TcpStream;

use crate::gateway::{Connection, FakeGateway, ManualPause, next_event, soon};

async fn connected(
    change: impl FnOnce(ClientOptions) -> ClientOptions,
) -> (GatewayClient, EventReceiver, Connection<TcpStream>) {
    let gateway = FakeGateway::bind().await;
    let client = GatewayClient::start(change(gateway.options(&ManualPause::new(0)))).unwrap();
    let events = client.events();
    let connection = gateway.welcome().await;
    soon("connection", client.connected()).await.unwrap();
    (client, events, connection)
}

/// Event names, `gap E-R` and `refreshed`, until `last` has come.
async fn heard_until(events: &mut EventReceiver, last: &str) -> Vec<String> {
    let mut heard = Vec::new();
    while heard.last().is_none_or(|word| word != last) {
        heard.push(match next_event(events).await {
            ClientEvent::Gateway(event) => event.name.clone(),
            ClientEvent::Gap(gap) => format!("gap {}-{}", gap.expected, gap.received),
            ClientEvent::Refreshed(_) => "refreshed".to_owned(),
            ClientEvent::Lagged { missed } => format!("lagged {missed}"),
        });
    }
    heard
}

#[tokio::test]
async fn events_reach_every_subscriber_with_their_payload() {
    let (client, mut events, mut gateway) = connected(|o| o).await;
    let mut other = client.events();
    gateway.event("tick", json!({"ts": 5})).await;
    gateway.send(json!({"type": "event", "event": "direct", "payload": {"a": 1}})).await;
    for receiver in [&mut events, &mut other] {
        let ClientEvent::Gateway(tick) = next_event(receiver).await else { panic!("no event") };
        assert_eq!((tick.read::<Tick>().unwrap().unwrap().ts, tick.seq), (5, Some(1)));
        assert!(tick.read::<HealthSnapshot>().is_none());
        let ClientEvent::Gateway(direct) = next_event(receiver).await else { panic!("no event") };
        assert_eq!(
            (direct.name.as_str(), direct.seq, direct.payload.as_ref().unwrap().get()),
            ("direct", None, r#"{"a":1}"#)
        );
    }
}

#[tokio::test]
async fn a_gap_is_reported_and_state_is_read_again() {
    let gaps: Arc<Mutex<Vec<SequenceGap>>> = Arc::default();
    let seen = Arc::clone(&gaps);
    let (_client, mut events, mut gateway) = connected(|o| o.on_gap(move |gap| seen.lock().unwrap().push(gap))).await;
    gateway.event("one", json!({})).await;
    gateway.lose(1);
    gateway.event("three", json!({})).await;
    gateway
        .serve("health", serde_json::to_value(HealthSnapshot { ok: true, ..HealthSnapshot::default() }).unwrap())
        .await;
    gateway.serve("system-presence", json!([{"host": "desk", "ts": 3}])).await;
    assert_eq!(heard_until(&mut events, "three").await, ["one", "gap 2-3", "three"]);
    let ClientEvent::Refreshed(refreshed) = next_event(&mut events).await else { panic!("not refreshed") };
    assert!(refreshed.health.as_ref().unwrap().read().unwrap().ok);
    assert_eq!(refreshed.presence.as_ref().unwrap().read().unwrap()[0].host.as_deref(), Some("desk"));
    assert_eq!(*gaps.lock().unwrap(), [SequenceGap { expected: 2, received: 3 }]);
}

#[tokio::test]
async fn the_first_event_of_a_connection_can_be_missed_too() {
    let (_client, mut events, mut gateway) = connected(|o| o).await;
    gateway.lose(4);
    gateway.event("five", json!({})).await;
    assert_eq!(heard_until(&mut events, "five").await, ["gap 1-5", "five"]);
}

#[tokio::test]
async fn gaps_during_a_refresh_cause_one_more_and_refusals_leave_a_part_out() {
    let (_client, mut events, mut gateway) = connected(|o| o).await;
    gateway.lose(1);
    gateway.event("a", json!({})).await;
    let (health, presence) = (gateway.request().await, gateway.request().await);
    for _ in 0..3 {
        gateway.lose(1);
        gateway.event("b", json!({})).await;
    }
    gateway.answer(&health.id, json!({"ok": true})).await;
    gateway.fail(&presence.id, ErrorShape::new(ErrorCode::Forbidden, "missing scope: operator.read")).await;
    gateway.serve("health", json!({"ok": true})).await;
    gateway.serve("system-presence", json!([])).await;
    gateway.event("end", json!({})).await;
    let mut parts = Vec::new();
    loop {
        match next_event(&mut events).await {
            ClientEvent::Refreshed(part) => parts.push((part.health.is_some(), part.presence.is_some())),
            ClientEvent::Gateway(event) if event.name == "end" => break,
            _ => {}
        }
    }
    assert_eq!(parts, [(true, false), (true, true)]);
}

#[tokio::test]
async fn each_connection_counts_from_one() {
    let gateway = FakeGateway::bind().await;
    let client = GatewayClient::start(gateway.options(&ManualPause::new(1))).unwrap();
    let mut events = client.events();
    let mut first = gateway.welcome().await;
    for name in ["a", "b", "c"] {
        first.event(name, json!({})).await;
    }
    assert_eq!(heard_until(&mut events, "c").await, ["a", "b", "c"]);
    first.close(1012, "service restart").await;
    let mut second = gateway.welcome().await;
    second.event("d", json!({})).await;
    assert_eq!(heard_until(&mut events, "d").await, ["d"]);
}

#[tokio::test]
async fn a_slow_subscriber_loses_the_oldest_and_is_told() {
    let (client, mut slow, mut gateway) = connected(|o| o.event_capacity(4)).await;
    for n in 0..10 {
        gateway.event("n", json!({"n": n})).await;
    }
    // The answer comes after the events on the same connection.
    let (answer, ()) = tokio::join!(client.call_raw("sync", json!({})), gateway.serve("sync", json!(1)));
    answer.unwrap();
    let ClientEvent::Lagged { missed } = next_event(&mut slow).await else { panic!("not told") };
    assert_eq!(missed, 6);
    let ClientEvent::Gateway(event) = next_event(&mut slow).await else { panic!("no event") };
    assert_eq!(event.seq, Some(7));
}

#[tokio::test]
async fn subscriptions_end_with_the_client() {
    let (client, mut events, gateway) = connected(|o| o).await;
    let ((), close) = tokio::join!(client.close(), gateway.closed());
    assert_eq!(close, Some((1000, String::new())));
    assert!(soon("end of events", events.recv()).await.is_none());
    assert!(soon("end of events", client.events().recv()).await.is_none());
}
