//! Nobody holds more than was asked and approved: random scopes through every mode, role, credential and place
//! (DEMAND §2: self-declared scopes, rotate/re-pair to escalate).

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, InProcess, TOKEN};
use postern_protocol::access::{Scope, ScopeSet};

/// One handshake: the device's number, what it asks, from where, with which credential, in which generation and role.
#[derive(Debug, Clone)]
struct Attempt {
    device: usize,
    scopes: Vec<&'static str>,
    remote: bool,
    by_device_token: bool,
    v3: bool,
    node: bool,
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let words: Vec<&str> =
        Scope::ALL.iter().map(|scope| scope.as_str()).chain(["operator.root", "admin", "*"]).collect();
    let scopes = proptest::sample::subsequence(words, 0..5);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), proptest::bool::weighted(0.2));
    let attempt = (0..3usize, scopes, flags).prop_map(|(device, scopes, (remote, by_device_token, v3, node))| {
        Attempt { device, scopes, remote, by_device_token, v3, node }
    });
    proptest::collection::vec(attempt, 1..12)
}

fn set(words: &Value) -> ScopeSet {
    ScopeSet::parse(words.as_array().into_iter().flatten().filter_map(Value::as_str))
}

/// What a device is approved for, by the list.
async fn approved(admin: &mut Client, device: &Device) -> ScopeSet {
    let listed = admin.ok("device.pair.list", json!({})).await;
    let row = listed["paired"].as_array().unwrap().iter().find(|row| row["deviceId"] == device.id()).cloned();
    row.map_or(ScopeSet::EMPTY, |row| set(&row["scopes"]))
}

/// The connect of an attempt, with the secret of this mode or the device's last token.
fn connect(attempt: &Attempt, auth: &Value, token: Option<&str>) -> Connect {
    let device = Device::new(&format!("d{}", attempt.device));
    let connect = if attempt.node { Connect::node(&device) } else { Connect::operator(&device, &[]) };
    let connect = connect.set("/scopes", json!(attempt.scopes));
    let connect = if attempt.v3 { connect.v3() } else { connect };
    match token {
        Some(token) if attempt.by_device_token => connect.device_token(token),
        _ => connect.auth(auth.clone()),
    }
}

async fn run(config: &str, auth: &Value, attempts: &[Attempt]) {
    let gateway = InProcess::with(config, |_| {}).await;
    let owner = Connect::operator(&Device::new("owner"), &["operator.admin"]).auth(auth.clone());
    let mut admin = gateway.must(&Caller::local(), &owner).await;
    let mut tokens: [Option<String>; 3] = Default::default();
    for attempt in attempts {
        let device = Device::new(&format!("d{}", attempt.device));
        let caller = if attempt.remote { Caller::remote() } else { Caller::local() };
        let before = approved(&mut admin, &device).await;
        // In mode none a token is not looked at.
        let by_token = attempt.by_device_token && tokens[attempt.device].is_some() && auth != &json!({});
        let connect = connect(attempt, auth, tokens[attempt.device].as_deref());
        let outcome = gateway.connect_from(&caller, &connect).await;
        let after = approved(&mut admin, &device).await;
        // Only this machine with the secret raises what is approved, and only to what was asked.
        let asked = ScopeSet::parse(attempt.scopes.iter().copied());
        if attempt.remote || by_token || attempt.node {
            assert!(before.covers(after), "{attempt:?} raised {before} to {after}");
        }
        assert!(before.union(asked).covers(after), "{attempt:?} raised {before} to {after}");
        let Ok(client) = outcome else { continue };
        let granted =
            if client.hello.get("auth").is_some() { set(&client.hello["auth"]["scopes"]) } else { ScopeSet::EMPTY };
        assert!(asked.covers(granted) && after.covers(granted), "{attempt:?} holds {granted} of {after}");
        assert!(!attempt.node || granted.is_empty(), "{attempt:?}");
        if !attempt.node {
            tokens[attempt.device] = Some(client.device_token());
        }
    }
}

fn hold(config: &str, auth: &Value) {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner =
        TestRunner::new_with_rng(Config { cases: 24, failure_persistence: None, ..Config::default() }, rng);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runner.run(&attempts(), |attempts| {
        runtime.block_on(run(config, auth, &attempts));
        Ok(())
    });
    outcome.unwrap();
}

/// R-15: mode token.
#[test]
fn nobody_holds_more_than_approved_in_mode_token() {
    hold(r#"{gateway: {trustedProxies: ["127.0.0.1"]}}"#, &json!({"token": TOKEN}));
}

/// R-15: mode password.
#[test]
fn nobody_holds_more_than_approved_in_mode_password() {
    let config = r#"{gateway: {trustedProxies: ["127.0.0.1"], auth: {mode: "password", password: "open sesame"}}}"#;
    hold(config, &json!({"password": "open sesame"}));
}

/// R-15: mode none.
#[test]
fn nobody_holds_more_than_approved_in_mode_none() {
    hold(r#"{gateway: {trustedProxies: ["127.0.0.1"], auth: {mode: "none"}}}"#, &json!({}));
}

/// Device identity skipped or unpaired: a garbage token and no, an unknown or a paired device never get past connect.
#[tokio::test]
async fn garbage_never_gets_past_connect() {
    let gateway = InProcess::start().await;
    gateway.op(&Device::new("paired"), &["operator.admin"]).await;
    let fields =
        ["token", "password", "deviceToken", "bootstrapToken", "approvalRuntimeToken", "agentRuntimeIdentityToken"];
    let mut number = 0_u8;
    for version in [3, 4] {
        for field in fields {
            number += 1;
            let auth = json!({field: "garbage"});
            for remote in [true, false] {
                let caller = if remote { Caller::at(&format!("203.0.113.{number}")) } else { Caller::local() };
                let bare = Connect::deviceless(&["operator.admin"]);
                let connects = [
                    bare.clone(),
                    bare.set("/role", json!("node")),
                    Connect::operator(&Device::new("new"), &["operator.admin"]),
                    Connect::operator(&Device::new("paired"), &["operator.admin"]),
                    Connect::node(&Device::new("new")),
                ];
                for connect in connects {
                    let refused = gateway.refused(&caller, &connect.dialect(version).auth(auth.clone())).await;
                    assert!(
                        refused.code().starts_with("AUTH_") || refused.code() == "DEVICE_IDENTITY_REQUIRED",
                        "{field}: {refused:?}"
                    );
                }
            }
        }
    }
    // What the guesses cost the owner's own command line is a delay.
    gateway.clock.advance_ms(5_000);
    let mut admin = gateway.must(&Caller::local(), &Connect::deviceless(&["operator.admin"])).await;
    let listed = admin.ok("device.pair.list", json!({})).await;
    assert_eq!(listed["paired"].as_array().map(Vec::len), Some(1), "{listed}");
}
