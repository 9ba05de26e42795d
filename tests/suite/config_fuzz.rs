//! Spoilt files and the real program: each start serves its probes (DEMAND P1). Ten thousand of them are loaded in
//! `crates/gateway/src/config/tests/mutations.rs`; here are as many as a machine has patience for.

use std::fs;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use tokio::net::TcpStream;

use crate::harness::{Caller, Connect, Device, TestGateway, until};

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

/// Ways in which a file lets strangers in, each with the setting that is told.
const OPEN: &[(&str, &str)] = &[
    ("{gateway: {bind: 'lan', auth: {mode: 'none'}}}", "gateway.auth"),
    ("{gateway: {bind: 'tailnet', auth: {mode: 'none'}}}", "gateway.auth"),
    ("{gateway: {bind: 'auto', auth: {mode: 'none'}}}", "gateway.auth"),
    (
        "{gateway: {bind: 'custom', customBindHost: '127.0.0.2', auth: {mode: 'trusted-proxy', trustedProxy: {userHeader: 'x-user'}}}}",
        "gateway.trustedProxies",
    ),
    ("{gateway: {bind: 'custom', customBindHost: '192.0.2.1', auth: {mode: 'none'}}}", "gateway.auth"),
    (
        "{gateway: {trustedProxies: ['127.0.0.1'], auth: {mode: 'trusted-proxy', trustedProxy: {userHeader: 'x-user'}}}}",
        "gateway.auth.mode",
    ),
    ("{gateway: {tailscale: {mode: 'funnel'}}}", "gateway.tailscale.mode"),
    ("{gateway: {tailscale: {mode: 'serve'}, auth: {mode: 'none'}}}", "gateway.tailscale.mode"),
];

/// This machine reaches it, nobody else does, and its owner is told where and what.
async fn is_closed(gateway: &TestGateway, setting: &str) {
    assert_eq!(gateway.http("GET", "/healthz", &Caller::local(), "").await.status, 200, "{setting}");
    let own = postern_gateway::system::own_addresses().into_iter().filter(|ip| ip.is_ipv4() && !ip.is_loopback());
    for ip in own.chain(["127.0.0.2".parse().unwrap()]) {
        assert!(TcpStream::connect((ip, gateway.port)).await.is_err(), "{ip} is listened on, {setting}");
    }
    let mut client = gateway.op(&Device::new("owner"), &["operator.read"]).await;
    let config = client.ok("config.get", json!({})).await;
    let issue = &config["issues"][0];
    assert_eq!((&config["safeMode"], &issue["path"], &issue["line"]), (&json!(true), &json!(setting), &json!(1)));
    let status = client.ok("status", json!({})).await["warnings"].to_string();
    assert!(
        status.contains("safe mode") && status.contains("only this machine") && status.contains(setting),
        "{status}"
    );
    until("the log", || gateway.log().contains(setting).then_some(())).await;
}

/// DEMAND P1, DESIGN "refuses to start exposed without auth": the address that would be exposed is never opened, and the
/// file that asks for it does not keep the gateway down.
#[tokio::test]
async fn a_file_that_lets_strangers_in_serves_this_machine_alone() {
    let mut gateway = TestGateway::builder().config("{session: {mainKey: 'kitchen'}}").start();
    for known in [true, false] {
        for (text, setting) in OPEN {
            fs::write(gateway.state_dir().join("postern.json"), text).unwrap();
            if !known {
                drop(fs::remove_file(gateway.state_dir().join("postern.last-good.json")));
            }
            gateway = gateway.restart();
            assert_eq!(gateway.ready["authMode"], "token");
            is_closed(&gateway, setting).await;
        }
    }
}

/// The same while it runs: nothing of such a file is taken over.
#[tokio::test]
async fn a_file_that_lets_strangers_in_changes_nothing_while_it_runs() {
    let gateway = TestGateway::start();
    fs::write(gateway.state_dir().join("postern.json"), OPEN[0].0).unwrap();
    let mut client = gateway.op(&Device::new("owner"), &["operator.read"]).await;
    loop {
        let status = client.ok("status", json!({})).await["warnings"].to_string();
        if status.contains("gateway.auth") {
            break;
        }
    }
    let stranger = Connect::operator(&Device::new("b"), &[]).auth(json!({"token": "guess"}));
    gateway.refused(&Caller::local(), &stranger).await;
}

#[tokio::test]
async fn every_start_serves() {
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut gateway = TestGateway::builder().config(VALID).start();
    for round in 0..STARTS {
        let mut bytes = spoil(&mut rng);
        if round % 10 == 0 {
            // Nearly right, and open.
            let text = String::from_utf8_lossy(&bytes).replace("loopback", "lan").replace("\"token\"", "\"none\"");
            bytes = text.into_bytes();
        }
        fs::write(gateway.state_dir().join("postern.json"), &bytes).unwrap();
        gateway.kill9();
        gateway = gateway.start_again();
        let health = gateway.http("GET", "/healthz", &Caller::local(), "").await;
        assert_eq!(health.status, 200, "round {round}, seed {SEED:#x}: {}", String::from_utf8_lossy(&bytes));
    }
}
