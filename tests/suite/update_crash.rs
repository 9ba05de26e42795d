//! P2: kill -9 at every step of an update. Whatever was under way, the next start serves with all state, nobody is left
//! behind with the port, and no step is taken twice.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use tokio::net::TcpStream;

use super::update_trial::{admin, gateway, phase, serves};
use crate::harness::releases::{Releases, Served, known, program};
use crate::harness::{TestGateway, until};

const OLD: &str = env!("CARGO_PKG_VERSION");

/// Kills it when an update has got to `wanted`, and starts it again.
async fn killed_at(wanted: &str, prepare: impl FnOnce(&Releases), delay_ms: u64) -> TestGateway {
    let releases = Releases::start();
    releases.publish("0.2.0", program("0.2.0"));
    prepare(&releases);
    let mut gateway = gateway(&releases).await;
    let port = gateway.port;
    admin(&gateway).await.post("update.run", json!({"restartDelayMs": delay_ms})).await;
    phase(&gateway.state_dir(), &[wanted]).await;
    gateway.kill9();
    // Who was tried goes with its watcher.
    let mut free = false;
    while !free {
        free = TcpStream::connect(("127.0.0.1", port)).await.is_err();
        until("the port to be let go", || Some(())).await;
    }
    gateway.start_again()
}

#[tokio::test]
async fn while_it_is_fetched() {
    let stuck = |releases: &Releases| {
        releases.serve("postern-0.2.0", Served::Stuck(Arc::new(program("0.2.0")), 4_096));
    };
    let gateway = killed_at("downloaded", stuck, 0).await;
    assert_eq!(gateway.ready["version"], OLD);
    serves(&gateway, OLD).await;
    assert!(!gateway.state_dir().join("update/slots/a/postern").exists());
}

#[tokio::test]
async fn when_it_is_staged_the_next_start_tries_it() {
    let gateway = killed_at("staged", |_| {}, 60_000).await;
    assert_eq!(gateway.ready["version"], "0.2.0");
    phase(&gateway.state_dir(), &["confirmed"]).await;
    serves(&gateway, "0.2.0").await;
}

#[tokio::test]
async fn while_it_is_tried() {
    let gateway = killed_at("trial", |_| {}, 0).await;
    assert_eq!(gateway.ready["version"], OLD);
    serves(&gateway, OLD).await;
    let state = known(&gateway.state_dir());
    assert_eq!(state["phase"], "reverted");
    assert!(state["sentinel"]["reason"].as_str().unwrap().contains("broken off"), "{state}");
}

#[tokio::test]
async fn when_it_has_just_proved_itself() {
    let gateway = killed_at("confirmed", |_| {}, 0).await;
    assert_eq!(gateway.ready["version"], "0.2.0");
    serves(&gateway, "0.2.0").await;
}

/// Steps too short to be met by a kill: the state folder as it stands in the middle of them.
#[tokio::test]
async fn in_between() {
    let releases = Releases::start();
    releases.publish("0.2.0", program("0.2.0"));
    for (wanted, ruined) in [("verified", false), ("trial", true), ("reverting", false), ("reverting", true)] {
        let mut gateway = gateway(&releases).await;
        let state_dir = gateway.state_dir();
        gateway.stop();
        staged_and_copied(&state_dir);
        if ruined {
            std::fs::write(state_dir.join("postern.sqlite"), "half of a database").unwrap();
        }
        with_phase(&state_dir, wanted);
        gateway = gateway.start_again();
        assert_eq!(gateway.ready["version"], OLD, "{wanted}");
        serves(&gateway, OLD).await;
        assert_eq!(known(&state_dir)["phase"], if wanted == "verified" { "verified" } else { "reverted" });
    }
}

/// Killed between the decision to try a program and that program's first step: what the dying process leaves of itself has
/// the lock for a moment, and the next start waits for it.
#[tokio::test]
async fn while_the_program_to_try_is_started() {
    let releases = Releases::start();
    releases.publish("0.2.0", program("0.2.0"));
    let mut gateway = gateway(&releases).await;
    let state_dir = gateway.state_dir();
    gateway.stop();
    staged_and_copied(&state_dir);
    with_phase(&state_dir, "trial");
    let lock = std::fs::File::options().create(true).append(true).open(state_dir.join("update/trial.lock")).unwrap();
    lock.lock().unwrap();
    let starting = tokio::task::spawn_blocking(move || gateway.start_again());
    let log = state_dir.join("logs/postern.log");
    let waits = || std::fs::read_to_string(&log).is_ok_and(|text| text.contains("waiting for what is left of it"));
    until("the start to wait", || (waits() || starting.is_finished()).then_some(())).await;
    assert!(!starting.is_finished(), "it serves as if the update was still tried");
    drop(lock);
    let gateway = starting.await.unwrap();
    serves(&gateway, OLD).await;
    assert_eq!(known(&state_dir)["phase"], "reverted");
}

/// Stages the release and copies the state, as a trial does first.
fn staged_and_copied(state_dir: &Path) {
    let staged = crate::harness::run(&["update", "--yes"], &[("POSTERN_STATE_DIR", state_dir.to_str().unwrap())]);
    assert_eq!(staged.code, 0, "{staged:?}");
    std::fs::create_dir(state_dir.join("update/snapshot")).unwrap();
    std::fs::copy(state_dir.join("postern.sqlite"), state_dir.join("update/snapshot/postern.sqlite")).unwrap();
}

fn with_phase(state_dir: &Path, phase: &str) {
    let mut state = known(state_dir);
    state["phase"] = json!(phase);
    std::fs::write(state_dir.join("update/state.json"), state.to_string()).unwrap();
}

/// What is known about updates may itself be lost or damaged.
#[tokio::test]
async fn without_knowing_anything_the_installed_program_serves() {
    let releases = Releases::start();
    for damage in ["", "{", "null", r#"{"phase":"of a newer release"}"#] {
        let mut gateway = gateway(&releases).await;
        gateway.stop();
        std::fs::create_dir_all(gateway.state_dir().join("update")).unwrap();
        std::fs::write(gateway.state_dir().join("update/state.json"), damage).unwrap();
        gateway = gateway.start_again();
        serves(&gateway, OLD).await;
    }
}
