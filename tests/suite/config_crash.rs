//! A change of the configuration that is interrupted leaves the old file or the new one, never half of one; a disk that
//! is full answers with an error and leaves the file (DEMAND P20).
#![cfg(target_os = "linux")]

use std::fs;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;

use super::disk::room::Disk;
use crate::harness::{Device, TestGateway};

const SEED: u64 = 0x5eed_2028;
const ROUNDS: usize = 20;

fn text(name: &str) -> String {
    // Large enough to be written in more than one piece.
    let comment = format!("// {name} {}\n", "long ".repeat(20)).repeat(300);
    format!("{comment}{{ session: {{ mainKey: '{name}' }} }}\n{comment}")
}

#[tokio::test]
async fn kill_9_leaves_a_whole_file() {
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut gateway = TestGateway::builder().config(&text("start")).start();
    let file = gateway.state_dir().join("postern.json");
    let mut standing = text("start");
    for round in 0..ROUNDS {
        let mut client = gateway.op(&Device::new("owner"), &["operator.admin"]).await;
        let base = client.ok("config.get", json!({})).await["hash"].clone();
        let wanted = text(&format!("round-{round}"));
        client.post("config.set", json!({"raw": wanted, "baseHash": base})).await;
        tokio::time::sleep(Duration::from_micros(rng.random_range(0..20_000))).await;
        gateway.kill9();
        let left = fs::read_to_string(&file).unwrap();
        assert!(left == standing || left == wanted, "round {round}, seed {SEED:#x}: {} bytes of neither", left.len());
        standing = left;
        gateway = gateway.start_again();
        let mut client = gateway.op(&Device::new("owner"), &["operator.admin"]).await;
        let got = client.ok("config.get", json!({})).await;
        assert_eq!((&got["valid"], &got["safeMode"]), (&json!(true), &json!(false)), "round {round}");
        assert_eq!(got["raw"], standing);
    }
}

#[tokio::test]
async fn a_full_disk_leaves_the_file() {
    for disk in Disk::both() {
        fs::create_dir(disk.seen().join("state")).unwrap();
        let file = disk.seen().join("state").join("postern.json");
        fs::write(&file, text("start")).unwrap();
        let gateway = disk.start().unwrap_or_else(|ended| panic!("did not start: {ended:?}"));
        let mut client = gateway.endpoint.op(&Device::new("owner"), &["operator.admin"]).await;
        disk.fill(&gateway);
        let mut refused = None;
        for round in 0..50 {
            let base = client.ok("config.get", json!({})).await["hash"].clone();
            let before = fs::read_to_string(&file).unwrap();
            let wanted = text(&format!("round-{round}"));
            match client.call("config.set", json!({"raw": wanted, "baseHash": base})).await {
                Ok(_) => assert_eq!(fs::read_to_string(&file).unwrap(), wanted),
                Err(error) => {
                    assert_eq!(fs::read_to_string(&file).unwrap(), before, "the file is as it was");
                    refused = Some(error);
                    break;
                }
            }
        }
        let error = refused.expect("the disk never filled up");
        assert_eq!((&error["code"], &error["retryable"]), (&json!("UNAVAILABLE"), &json!(true)), "{error}");
        assert!(error["message"].as_str().unwrap().contains("nothing was changed"), "{error}");
        let got = client.ok("config.get", json!({})).await;
        assert_eq!((&got["valid"], &got["safeMode"]), (&json!(true), &json!(false)));
        disk.free(&gateway);
        client.ok("config.set", json!({"raw": text("room"), "baseHash": got["hash"]})).await;
        assert_eq!(fs::read_to_string(&file).unwrap(), text("room"));
    }
}
