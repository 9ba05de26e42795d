//! One event to many subscribers: frames delivered per second, counted where they arrive.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::broadcaster;
use crate::client::{Connection, Route, TEXT, encode, find, head, request};
use crate::floor::{FANOUT_EVENT, FANOUT_METHOD};
use crate::handshakes::open_all;
use crate::identity::{CLI, Identity, handshake};
use crate::measure::{Meter, Round, Series};
use crate::report::Figure;
use crate::scenarios::Bench;
use crate::server::{Program, Server, Target};

const SUBSCRIBERS: [usize; 2] = [100, 500];
/// Broadcasts on their way at the same time; bounded so that no server has to drop any.
const WINDOW: u64 = 16;
const DELIVERY_DEADLINE: Duration = Duration::from_secs(10);

/// A request that makes a server broadcast.
#[derive(Clone)]
struct Trigger {
    method: &'static str,
    params: String,
    event: &'static str,
    /// Broadcasts that may be on their way at once.
    window: u64,
}

/// What the receivers have counted.
struct Delivered {
    frames: AtomicU64,
    subscribers: u64,
    broadcast_complete: Notify,
}

pub(super) async fn run(bench: Bench<'_>) -> Result<Vec<Figure>> {
    let floor = bench.launcher.start(Program::Floor)?;
    let gateway = bench.launcher.start(Program::Broadcaster(&bench.launcher.new_state()?))?;
    let trigger =
        Trigger { method: broadcaster::METHOD, params: "{}".to_owned(), event: broadcaster::EVENT, window: WINDOW };
    let bytes = event_size(gateway.target(), &trigger).await?;
    let canned = Trigger {
        method: FANOUT_METHOD,
        params: format!(r#"{{"bytes":{bytes}}}"#),
        event: FANOUT_EVENT,
        window: trigger.window,
    };
    let mut figures = Vec::new();
    for subscribers in SUBSCRIBERS {
        let mut series = [Series::default(), Series::default()];
        let identities = Arc::new(Identity::generate_many(subscribers));
        for _ in 0..bench.plan.rounds {
            for ((server, trigger), series) in [(&floor, &canned), (&gateway, &trigger)].into_iter().zip(&mut series) {
                round(bench, server, trigger, &identities, series).await?;
            }
        }
        let [mut floor, mut gateway] = series;
        let figure = Figure::rate(format!("fan-out to {subscribers}"), &mut gateway, &mut floor);
        figures.push(figure.at_least_of_floor(0.7).note(format!(
            "{} event of {bytes} bytes caused by {}, at most {} on their way",
            trigger.event, trigger.method, trigger.window
        )));
    }
    Ok(figures)
}

/// Sends `WINDOW` triggers at once and expects as many events; returns the size of the last.
async fn event_size(target: Target, trigger: &Trigger) -> Result<usize> {
    let identity = Identity::generate();
    let (mut connection, _) = handshake(Route::local(target.address), &identity, CLI, target.token).await?;
    connection.send(&trigger.framed().repeat(usize::try_from(WINDOW)?)).await?;
    let (mut events, mut bytes) = (0, 0);
    let collect = async {
        while events < WINDOW {
            let text = connection.next_text().await?;
            if trigger.is_event(&text) {
                events += 1;
                bytes = text.len();
            }
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(DELIVERY_DEADLINE, collect).await.context("broadcasts were merged or lost")??;
    connection.close().await;
    Ok(bytes)
}

async fn round(
    bench: Bench<'_>,
    server: &Server,
    trigger: &Trigger,
    identities: &Arc<Vec<Identity>>,
    series: &mut Series,
) -> Result<()> {
    let target = server.target();
    let delivered = Arc::new(Delivered::to(identities.len() as u64));
    let mut receivers = JoinSet::new();
    for connection in open_all(target, identities, CLI).await? {
        receivers.spawn(receive(connection, trigger.clone(), Arc::clone(&delivered)));
    }
    let identity = Identity::generate();
    let (driver, _) = handshake(Route::local(target.address), &identity, CLI, target.token).await?;
    let meter = Meter::start(server);
    let start = Instant::now();
    let operations = drive(driver, trigger, &delivered, start + bench.plan.round).await?;
    let elapsed = start.elapsed();
    series.add(server, &meter, Round { operations, elapsed, latencies: Vec::new() });
    receivers.abort_all();
    while let Some(receiver) = receivers.join_next().await {
        if let Ok(outcome) = receiver {
            outcome?;
        }
    }
    Ok(())
}

/// Keeps `window` broadcasts on their way until `end`, then waits for the last frame.
async fn drive(mut driver: Connection, trigger: &Trigger, delivered: &Delivered, end: Instant) -> Result<u64> {
    let framed = trigger.framed();
    let (mut caused, mut last_progress) = (0, Instant::now());
    loop {
        let complete = delivered.broadcasts();
        let on_time = Instant::now() < end;
        while on_time && caused < complete + trigger.window {
            driver.send(&framed).await?;
            caused += 1;
            last_progress = Instant::now();
        }
        if !on_time && complete >= caused {
            return Ok(caused * delivered.subscribers);
        }
        ensure!(last_progress.elapsed() < DELIVERY_DEADLINE, "{complete} of {caused} broadcasts arrived everywhere");
        tokio::select! {
            // Answers and the driver's own events are read and thrown away.
            read = driver.fill() => {
                read.context("the driver was disconnected")?;
                while driver.take().is_some() {}
            }
            () = delivered.broadcast_complete.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(200)) => {}
        }
    }
}

async fn receive(mut connection: Connection, trigger: Trigger, delivered: Arc<Delivered>) -> Result<()> {
    loop {
        connection.fill().await.context("a subscriber was disconnected")?;
        let mut frames = 0;
        while let Some(frame) = connection.take() {
            let payload = connection.payload(&frame);
            if frame.is_close() {
                bail!("a subscriber was closed");
            }
            frames += u64::from(frame.is_text() && trigger.is_event(payload));
        }
        delivered.add(frames);
    }
}

impl Delivered {
    fn to(subscribers: u64) -> Self {
        Self { frames: AtomicU64::new(0), subscribers, broadcast_complete: Notify::new() }
    }

    /// Broadcasts whose frames have all been counted, if deliveries are in step.
    fn broadcasts(&self) -> u64 {
        self.frames.load(Ordering::Acquire) / self.subscribers
    }

    fn add(&self, frames: u64) {
        let before = self.frames.fetch_add(frames, Ordering::AcqRel);
        // Waking the driver for every frame would cost more than the frame.
        if (before + frames) / self.subscribers != before / self.subscribers {
            self.broadcast_complete.notify_one();
        }
    }
}

impl Trigger {
    fn framed(&self) -> Vec<u8> {
        let mut framed = Vec::new();
        encode(TEXT, request("trigger", self.method, &self.params).as_bytes(), &mut framed);
        framed
    }

    fn is_event(&self, text: &[u8]) -> bool {
        let Some(at) = find(head(text), b"\"event\":\"") else { return false };
        text[at + 9..].starts_with(self.event.as_bytes()) && text.get(at + 9 + self.event.len()) == Some(&b'"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_event_counts() {
        let trigger = Trigger { method: "health", params: String::new(), event: "health", window: 1 };
        assert!(trigger.is_event(br#"{"type":"event","event":"health","seq":1}"#));
        assert!(!trigger.is_event(br#"{"type":"event","event":"healthy","seq":1}"#));
        assert!(!trigger.is_event(br#"{"type":"res","id":"1","ok":true}"#));
    }

    #[test]
    fn a_broadcast_counts_once_every_subscriber_has_it() {
        let delivered = Delivered::to(3);
        delivered.add(2);
        assert_eq!(delivered.broadcasts(), 0);
        delivered.add(5);
        assert_eq!(delivered.broadcasts(), 2);
    }

    #[tokio::test]
    async fn every_broadcast_reaches_every_subscriber_and_is_counted_once() {
        let (target, _serving) = crate::scenarios::tests::floor().await;
        let trigger =
            Trigger { method: FANOUT_METHOD, params: r#"{"bytes":500}"#.to_owned(), event: FANOUT_EVENT, window: 4 };
        let identities = Arc::new(Identity::generate_many(5));
        let delivered = Arc::new(Delivered::to(5));
        let mut receivers = JoinSet::new();
        for connection in open_all(target, &identities, CLI).await.unwrap() {
            receivers.spawn(receive(connection, trigger.clone(), Arc::clone(&delivered)));
        }
        let (driver, _) =
            handshake(Route::local(target.address), &Identity::generate(), CLI, target.token).await.unwrap();
        let end = Instant::now() + Duration::from_millis(50);
        let frames = drive(driver, &trigger, &delivered, end).await.unwrap();
        assert!(frames >= 20, "only {frames} frames");
        assert_eq!(frames % 5, 0);
        assert_eq!(delivered.frames.load(Ordering::Acquire), frames);
    }
}
