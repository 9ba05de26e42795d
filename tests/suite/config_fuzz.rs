//! Spoilt files and the real program: each start serves its probes (DEMAND P1). Ten thousand of them are loaded in
//! `crates/gateway/src/config/tests/mutations.rs`; here are as many as a machine has patience for.

use std::fs;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::harness::{Caller, TestGateway};

const SEED: u64 = 0x5eed_2027;
const STARTS: usize = 60;

const VALID: &str = r#"{
  gateway: { port: 18789, bind: "loopback", trustedProxies: ["10.0.0.2"], auth: { mode: "token" }, reload: { debounceMs: 300 } },
  session: { mainKey: "main", scope: "per-sender" }, // the usual one
  agents: { defaults: { heartbeat: { every: "30m" } }, list: [{ id: "main", name: "Ada" }, { id: "cook" }] },
  mcp: { servers: { notes: { command: "true", env: { A: "b" } } } },
  usage: { limits: { dailyTokens: 100000 } }, channels: { telegram: { botToken: "x" } },
}
"#;

fn spoil(rng: &mut StdRng) -> Vec<u8> {
    let mut bytes = VALID.as_bytes().to_vec();
    for _ in 0..rng.random_range(1..5) {
        let at = rng.random_range(0..bytes.len().max(1));
        match rng.random_range(0..4) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at.min(bytes.len()), rng.random()),
            2 if !bytes.is_empty() => drop(bytes.drain(at..(at + rng.random_range(1..30)).min(bytes.len()))),
            _ => {
                let copy = bytes[at.min(bytes.len())..].iter().copied().take(20).collect::<Vec<_>>();
                let into = rng.random_range(0..=bytes.len());
                bytes.splice(into..into, copy);
            }
        }
    }
    bytes
}

#[tokio::test]
async fn every_start_serves() {
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut gateway = TestGateway::builder().config(VALID).start();
    for round in 0..STARTS {
        let bytes = spoil(&mut rng);
        fs::write(gateway.state_dir().join("postern.json"), &bytes).unwrap();
        gateway.kill9();
        gateway = gateway.start_again();
        let health = gateway.http("GET", "/healthz", &Caller::local(), "").await;
        assert_eq!(health.status, 200, "round {round}, seed {SEED:#x}: {}", String::from_utf8_lossy(&bytes));
    }
}
