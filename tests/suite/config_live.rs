//! Changes of the configuration reach a gateway that runs, and nobody is dropped; a file that cannot be used changes
//! nothing; what needs a restart gets a planned one (DEMAND P1, P20).

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::{Caller, Client, Connect, Device, Endpoint, InProcess, TestGateway};

async fn house(text: &str) -> (InProcess, PathBuf) {
    let mut file = PathBuf::new();
    let gateway = InProcess::with(text, |options| file.clone_from(&options.paths.config_path)).await;
    (gateway, file)
}

async fn admin(gateway: &InProcess) -> Client {
    gateway.op(&Device::new("owner"), &["operator.admin"]).await
}

/// As editors do: another file that takes the place of the old one.
fn write_by_renaming(file: &Path, text: &str) {
    let next = file.with_extension("tmp~");
    fs::write(&next, text).unwrap();
    fs::rename(&next, file).unwrap();
}

#[tokio::test]
async fn a_file_that_is_written_is_in_force_and_nobody_is_dropped() {
    let (gateway, file) = house("{session: {mainKey: 'one'}}").await;
    let mut watching = admin(&gateway).await;
    for (key, rename) in [("two", false), ("three", true)] {
        let text = format!("{{session: {{mainKey: '{key}'}}, agents: {{list: [{{id: 'a-{key}'}}]}}}}");
        if rename {
            write_by_renaming(&file, &text)
        } else {
            fs::write(&file, &text).unwrap()
        }
        let valid_with =
            |event: &Value| event["valid"] == true && event["paths"].to_string().contains("session.mainKey");
        let seen = watching.events("config.changed").len();
        let mut count = 0;
        let event = watching
            .event("config.changed", |event| {
                count += 1;
                count > seen && valid_with(event)
            })
            .await;
        assert_eq!(event["restart"], json!([]));
        // The same socket goes on, and everything that was told knows it.
        let got = watching.ok("config.get", json!({})).await;
        assert_eq!((&got["config"]["session"]["mainKey"], &got["hash"]), (&json!(key), &event["hash"]));
        let agents = watching.ok("agents.list", json!({})).await;
        assert_eq!((&agents["mainKey"], &agents["defaultId"]), (&json!(key), &json!(format!("a-{key}"))));
        assert_eq!(watching.ok("health", json!({})).await["defaultAgentId"], format!("a-{key}"));
    }
}

/// What somebody wrote over by hand can be brought back, also after a file that was broken in between.
#[tokio::test]
async fn what_was_written_over_by_hand_is_kept() {
    let text = |key: &str| format!("{{ // {key}\n  session: {{mainKey: '{key}'}},\n}}\n");
    let gateway = TestGateway::builder().config(&text("one")).start();
    let file = gateway.state_dir().join("postern.json");
    let mut client = gateway.op(&Device::new("owner"), &["operator.admin"]).await;
    let mut seen = Vec::new();
    for (write, key) in [(text("two"), "two"), ("{ session: {".to_owned(), "two"), (text("three"), "three")] {
        let is_valid = write.ends_with("}\n");
        fs::write(&file, &write).unwrap();
        let is_new = |event: &Value| event["valid"] == is_valid && !seen.contains(&event["hash"]);
        let event = client.event("config.changed", is_new).await;
        seen.push(event["hash"].clone());
        assert_eq!(client.ok("config.get", json!({})).await["config"]["session"]["mainKey"], key);
    }
    let kept = client.ok("config.versions", json!({})).await["versions"].clone();
    let causes: Vec<_> = kept.as_array().unwrap().iter().map(|version| version["cause"].clone()).collect();
    assert_eq!(causes, ["disk", "disk"], "{kept}");
    let back = gateway.cli(&["config", "restore", "--yes"]);
    assert!(back.code == 0 && fs::read_to_string(&file).unwrap() == text("two"), "{back:?}");
    let first = kept[1]["id"].as_str().unwrap();
    assert_eq!(gateway.cli(&["config", "restore", "--yes", first]).code, 0);
    assert_eq!(fs::read_to_string(&file).unwrap(), text("one"));
}

#[tokio::test]
async fn a_broken_file_changes_nothing_and_is_told() {
    let (gateway, file) = house("{session: {mainKey: 'one'}, gateway: {reload: {debounceMs: 20}}}").await;
    let mut watching = admin(&gateway).await;
    fs::write(&file, "{session: {mainKey: 'two'},\n gateway: {port: 'x'}}").unwrap();
    let told = watching.event("config.changed", |event| event["valid"] == false).await;
    assert_eq!((&told["issues"][0]["path"], &told["issues"][0]["line"]), (&json!("gateway.port"), &json!(2)));
    let got = watching.ok("config.get", json!({})).await;
    assert_eq!((&got["valid"], &got["safeMode"]), (&json!(false), &json!(true)));
    assert_eq!(got["config"]["session"]["mainKey"], "one");
    let status = watching.ok("status", json!({})).await["warnings"].to_string();
    assert!(status.contains("safe mode") && status.contains("gateway.port"), "{status}");
    // It is mended over the wire: what is there is the base, also of a broken text.
    let raw = got["raw"].as_str().unwrap().replace("'x'", "18789");
    watching.ok("config.set", json!({"raw": raw, "baseHash": got["hash"]})).await;
    let got = watching.ok("config.get", json!({})).await;
    assert_eq!((&got["valid"], &got["safeMode"]), (&json!(true), &json!(false)));
    assert_eq!(got["config"]["session"]["mainKey"], "two");
    let status = watching.ok("status", json!({})).await["warnings"].to_string();
    assert!(!status.contains("safe mode"), "{status}");
}

/// A gateway that started in safe mode leaves it when the file is repaired, without a start.
#[tokio::test]
async fn safe_mode_is_left_while_it_runs() {
    let gateway = TestGateway::builder().config("{session: {mainKey: ").start();
    let mut client = gateway.op(&Device::new("owner"), &["operator.admin"]).await;
    let got = client.ok("config.get", json!({})).await;
    assert_eq!((&got["safeMode"], &got["valid"], &got["parsed"]), (&json!(true), &json!(false), &Value::Null));
    fs::write(gateway.state_dir().join("postern.json"), "{session: {mainKey: 'mended'}}").unwrap();
    client.event("config.changed", |event| event["valid"] == true).await;
    let got = client.ok("config.get", json!({})).await;
    assert_eq!((&got["safeMode"], &got["config"]["session"]["mainKey"]), (&json!(false), &json!("mended")));
    assert_eq!(gateway.http("GET", "/healthz", &Caller::local(), "").await.status, 200);
}

#[tokio::test]
async fn a_new_shared_secret_ends_the_connections_that_used_the_old_one() {
    let mut file = PathBuf::new();
    let gateway = InProcess::with("{gateway: {auth: {token: 'first-token-0123456789'}}}", |options| {
        options.overrides.token = None;
        file.clone_from(&options.paths.config_path);
    })
    .await;
    let first = |connect: Connect| connect.auth(json!({"token": "first-token-0123456789"}));
    let mut by_secret =
        gateway.must(&Caller::local(), &first(Connect::operator(&Device::new("owner"), &["operator.admin"]))).await;
    let token = by_secret.device_token();
    let by_device = Connect::operator(&Device::new("owner"), &["operator.admin"]).device_token(&token);
    let mut by_device = gateway.must(&Caller::local(), &by_device).await;
    let base = by_secret.ok("config.get", json!({})).await["hash"].clone();
    let raw = "{gateway: {auth: {token: 'second-token-0123456789'}}}";
    // Whoever changes it hears that it worked, and is asked again.
    by_secret.ok("config.patch", json!({"raw": raw, "baseHash": base})).await;
    let close = by_secret.closed().await;
    assert_eq!((close.code, close.reason.as_str()), (4001, "gateway auth changed"));
    by_device.ok("health", json!({})).await;
    gateway.refused(&Caller::local(), &first(Connect::operator(&Device::new("other"), &[]))).await;
    let second =
        Connect::operator(&Device::new("other"), &["operator.read"]).auth(json!({"token": "second-token-0123456789"}));
    gateway.must(&Caller::local(), &second).await;
}

/// Whoever signs in at that very moment is refused, asked to try again, or let in and ended like everybody: nobody stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_who_signs_in_while_the_secret_changes_keeps_the_old_one() {
    let config = "{gateway: {auth: {token: 'first-token-0123456789'}}}";
    let gateway = TestGateway::builder().no_token().config(config).start();
    let first = |name: &str| {
        let connect = Connect::operator(&Device::new(name), &["operator.admin"]);
        connect.auth(json!({"token": "first-token-0123456789"}))
    };
    let mut owner = gateway.must(&Caller::local(), &first("owner")).await;
    let base = owner.ok("config.get", json!({})).await["hash"].clone();
    let mut clients = JoinSet::new();
    for number in 0..6 {
        clients.spawn(sign_in_until_refused(gateway.endpoint(), first(&format!("client {number}"))));
    }
    let raw = "{gateway: {auth: {token: 'second-token-0123456789'}}}";
    owner.ok("config.patch", json!({"raw": raw, "baseHash": base})).await;
    for let_in in clients.join_all().await {
        for mut client in let_in {
            assert_eq!(client.closed().await.code, 4001);
        }
    }
}

/// Those who were let in before the secret was wrong.
async fn sign_in_until_refused(gateway: Endpoint, connect: Connect) -> Vec<Client> {
    let mut let_in = Vec::new();
    loop {
        match gateway.connect_from(&Caller::local(), &connect).await {
            Ok(client) => let_in.push(client),
            Err(refused) if refused.error["code"] == "UNAVAILABLE" => {}
            Err(refused) => {
                assert_eq!(refused.code(), "AUTH_TOKEN_MISMATCH", "{refused:?}");
                return let_in;
            }
        }
    }
}

/// What cannot change at once is announced, and one planned restart brings it; clients come back to the same port.
#[tokio::test]
async fn what_needs_a_restart_gets_a_planned_one() {
    let mut gateway = TestGateway::builder().config("{session: {mainKey: 'one'}}").start();
    let mut client = gateway.op(&Device::new("owner"), &["operator.admin"]).await;
    let base = client.ok("config.get", json!({})).await["hash"].clone();
    let patch = json!({"raw": "{gateway: {tls: {autoGenerate: false}}, session: {mainKey: 'two'}}", "baseHash": base, "note": "as you wished", "restartDelayMs": 0});
    let done = client.ok("config.patch", patch).await;
    assert_eq!((&done["restart"]["scheduled"], &done["restart"]["paths"]), (&json!(true), &json!(["gateway.tls"])));
    assert_eq!(done["sentinel"]["note"], "as you wished");
    let shutdown = client.event("shutdown", |_| true).await;
    assert_eq!((&shutdown["reason"], shutdown["restartExpectedMs"].is_u64()), (&json!("config"), true), "{shutdown}");
    assert_eq!(client.closed().await.code, 1012);
    let connect = Connect::operator(&Device::new("owner"), &["operator.admin"]);
    let mut again = gateway.next_run(&client, &connect).await;
    let status = again.ok("config.get", json!({})).await;
    assert_eq!((&status["waiting"], &status["config"]["session"]["mainKey"]), (&json!([]), &json!("two")));
    let events = again.ok("status", json!({})).await["queuedSystemEvents"].to_string();
    assert!(events.contains("as you wished"), "the next start is told: {events}");
    assert!(!gateway.state_dir().join("restart-sentinel.json").exists());
    let (status, _) = gateway.stop();
    assert!(status.success());
}

/// A change that is taken back before its restart needs none; what somebody asked for otherwise stays.
#[tokio::test]
async fn a_change_that_is_taken_back_brings_no_restart() {
    let gateway = TestGateway::builder().config("{gateway: {tls: {autoGenerate: true}}}").start();
    let mut client = gateway.op(&Device::new("owner"), &["operator.admin"]).await;
    let base = client.ok("config.get", json!({})).await["hash"].clone();
    let later = json!({"raw": "{gateway: {tls: {autoGenerate: false}}}", "baseHash": base, "restartDelayMs": 60_000});
    let done = client.ok("config.patch", later).await;
    assert_eq!(done["restart"]["scheduled"], true);
    let ready = client.ok("gateway.restart.preflight", json!({})).await;
    assert_eq!((&ready["requested"], &ready["waiting"]), (&json!(true), &json!(["gateway.tls"])));
    let back = json!({"raw": "{gateway: {tls: {autoGenerate: true}}}", "baseHash": done["hash"]});
    client.ok("config.set", back).await;
    let ready = client.ok("gateway.restart.preflight", json!({})).await;
    assert_eq!((&ready["requested"], &ready["waiting"]), (&json!(false), &json!([])));
    assert_eq!(client.ok("config.get", json!({})).await["waiting"], json!([]));
    let status = client.ok("status", json!({})).await["warnings"].to_string();
    assert!(!status.contains("next start"), "{status}");

    client.ok("gateway.restart.request", json!({"delayMs": 60_000, "reason": "because"})).await;
    let base = client.ok("config.get", json!({})).await["hash"].clone();
    let again = json!({"raw": "{gateway: {tls: {autoGenerate: false}}}", "baseHash": base, "restartDelayMs": 60_000});
    let done = client.ok("config.patch", again).await;
    client.ok("config.set", json!({"raw": "{}", "baseHash": done["hash"]})).await;
    assert_eq!(client.ok("gateway.restart.preflight", json!({})).await["requested"], true);
}

#[tokio::test]
async fn restarts_wait_where_the_owner_wants_that() {
    let (gateway, file) = house("{gateway: {reload: {mode: 'hot'}}}").await;
    let mut client = admin(&gateway).await;
    fs::write(&file, "{gateway: {reload: {mode: 'hot'}, port: 18999}, session: {mainKey: 'live'}}").unwrap();
    // The port was given on the command line, so nothing waits for it.
    client.event("config.changed", |event| event["paths"].to_string().contains("gateway.port")).await;
    fs::write(&file, "{gateway: {reload: {mode: 'hot'}, tls: {autoGenerate: false}}}").unwrap();
    let event = client.event("config.changed", |event| event["restart"] == json!(["gateway.tls"])).await;
    assert_eq!(event["valid"], true);
    let ready = client.ok("gateway.restart.preflight", json!({})).await;
    assert_eq!(
        (&ready["requested"], &ready["waiting"], &ready["safe"]),
        (&json!(false), &json!(["gateway.tls"]), &json!(true))
    );
    let status = client.ok("status", json!({})).await["warnings"].to_string();
    assert!(status.contains("waits for the next start: gateway.tls"), "{status}");
}

/// A reload mode of off leaves the file alone; what is asked for over the wire counts all the same.
#[tokio::test]
async fn a_file_that_nobody_watches_counts_with_the_next_change() {
    let (gateway, file) = house("{gateway: {reload: {mode: 'off'}}}").await;
    let mut client = admin(&gateway).await;
    fs::write(&file, "{gateway: {reload: {mode: 'off'}}, session: {mainKey: 'quiet'}}").unwrap();
    let got = client.ok("config.get", json!({})).await;
    assert!(got["raw"].as_str().unwrap().contains("quiet"), "what is written is shown");
    assert_eq!(got["config"]["session"]["mainKey"], "main", "and not in force");
    client.ok("config.patch", json!({"raw": "{session: {scope: 'global'}}", "baseHash": got["hash"]})).await;
    assert_eq!(client.ok("config.get", json!({})).await["config"]["session"]["mainKey"], "quiet");
}
