//! `logs.tail` over the wire: cursors, whole lines, no secrets, no way out of the log (FEATURES X-43, X-44).

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, InProcess};

/// A gateway whose log is written by the test: in this process nobody else writes one.
struct Scene {
    gateway: InProcess,
    client: Client,
}

impl Scene {
    async fn start() -> Self {
        let gateway = InProcess::start().await;
        let client =
            gateway.must(&Caller::local(), &Connect::operator(&Device::new("reader"), &["operator.read"])).await;
        Self { gateway, client }
    }

    fn file(&self) -> PathBuf {
        self.gateway.running.services().paths.log()
    }

    fn append(&self, text: &str) {
        fs::create_dir_all(self.file().parent().unwrap()).unwrap();
        let mut file = fs::File::options().create(true).append(true).open(self.file()).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    async fn tail(&mut self, params: Value) -> Value {
        self.client.ok("logs.tail", params).await
    }
}

#[tokio::test]
async fn recent_lines_and_then_only_new_ones() {
    let mut scene = Scene::start().await;
    let empty = scene.tail(json!({})).await;
    assert_eq!((&empty["lines"], &empty["cursor"], &empty["size"]), (&json!([]), &json!(0), &json!(0)));
    assert_eq!(empty["file"], scene.file().display().to_string());
    assert!(empty.get("reset").is_none() && empty.get("truncated").is_none(), "{empty}");

    scene.append("one\ntwo\nthr");
    let first = scene.tail(json!({"limit": null})).await;
    assert_eq!(first["lines"], json!(["one", "two"]));
    assert_eq!((&first["cursor"], &first["size"]), (&json!(8), &json!(11)), "half a line waits for its end");
    let cursor = &first["cursor"];
    assert_eq!(scene.tail(json!({"cursor": cursor})).await["lines"], json!([]));
    scene.append("ee\nfour\n");
    let next = scene.tail(json!({"cursor": cursor})).await;
    assert_eq!(next["lines"], json!(["three", "four"]));
    assert_eq!(next["cursor"], next["size"]);
    let last = scene.tail(json!({"limit": 1})).await;
    assert_eq!((&last["lines"], &last["truncated"]), (&json!(["four"]), &json!(true)));
}

#[tokio::test]
async fn another_file_is_told_and_a_mark_finds_the_rest_of_the_old_one() {
    let mut scene = Scene::start().await;
    scene.append("a1\na2\n");
    let first = scene.tail(json!({})).await;
    scene.append("a3\n");
    fs::rename(scene.file(), postern_gateway::logs::older(&scene.file(), 1)).unwrap();
    scene.append("b1\n");
    let plain = scene.tail(json!({"cursor": first["cursor"]})).await;
    assert_eq!((&plain["reset"], &plain["lines"]), (&json!(true), &json!(["b1"])));
    let marked = scene.tail(json!({"cursor": first["cursor"], "mark": first["mark"]})).await;
    assert_eq!(marked["lines"], json!(["a3", "b1"]));
    assert!(marked.get("reset").is_none(), "{marked}");
    assert_eq!(marked["mark"], plain["mark"]);
}

#[tokio::test]
async fn bounds_are_told_by_name() {
    let mut scene = Scene::start().await;
    for (params, named) in [
        (json!({"limit": 0}), "/limit"),
        (json!({"limit": 5001}), "/limit"),
        (json!({"maxBytes": 1_000_001}), "/maxBytes"),
        (json!({"cursor": -1}), "/cursor"),
        (json!({"cursor": "8"}), "/cursor"),
    ] {
        let error = scene.client.err("logs.tail", params.clone()).await;
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("invalid logs.tail params") && message.contains(named), "{params}: {message}");
    }
    // Answers stay below their bounds, whatever there is.
    scene.append(&format!("{}\n", "x".repeat(99)).repeat(20_000));
    let most = scene.tail(json!({"limit": 5000, "maxBytes": 1_000_000})).await;
    assert_eq!(most["lines"].as_array().unwrap().len(), 5_000);
    let usual = scene.tail(json!({})).await;
    assert_eq!((usual["lines"].as_array().unwrap().len(), &usual["truncated"]), (500, &json!(true)));
    let bytes = scene.tail(json!({"limit": 5000})).await;
    assert_eq!(bytes["lines"].as_array().unwrap().len(), 2_500);
}

/// Whoever may read the log must not become an admin by it (a token in a link is what others leaked there).
#[tokio::test]
async fn secrets_in_the_file_are_not_told() {
    let mut scene = Scene::start().await;
    let token = scene.gateway.token.clone().unwrap();
    let lines = [
        format!(r#"{{"1":"open http://127.0.0.1:18789/#token={token}"}}"#),
        format!("the word alone: {token}"),
        r#"{"1":"provider said: Incorrect API key provided: sk-proj-4f9aB2c3D4e5F6g7H8i9J0."}"#.to_owned(),
    ];
    scene.append(&(lines.join("\n") + "\n"));
    let answer = scene.tail(json!({})).await;
    let told = answer["lines"].to_string();
    assert!(!told.contains(&token) && !told.contains("4f9aB2c3D4e5F6"), "{told}");
    assert!(told.contains("Incorrect API key provided: [redacted]."), "{told}");
    for line in [0, 2] {
        assert!(serde_json::from_str::<Value>(answer["lines"][line].as_str().unwrap()).is_ok(), "{told}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_in_its_place_is_not_followed() {
    let mut scene = Scene::start().await;
    let other = scene.gateway.running.services().paths.config_path.clone();
    fs::create_dir_all(scene.file().parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(&other, scene.file()).unwrap();
    let error = scene.client.err("logs.tail", json!({})).await;
    assert_eq!(error["code"], "UNAVAILABLE");
    assert!(error["message"].as_str().unwrap().contains("is not a regular file"), "{error}");
}

#[tokio::test]
async fn reading_takes_the_scope_for_it() {
    let mut scene = Scene::start().await;
    let pairing = Connect::operator(&Device::new("pairer"), &["operator.pairing"]);
    let mut other = scene.gateway.must(&Caller::local(), &pairing).await;
    let error = other.err("logs.tail", json!({})).await;
    assert!(error["message"].as_str().unwrap().contains("operator.read"), "{error}");
    let mut node = scene.gateway.must(&Caller::local(), &Connect::node(&Device::new("node"))).await;
    let error = node.err("logs.tail", json!({})).await;
    assert!(error["message"].as_str().unwrap().contains("role"), "{error}");
    scene.append("x\n");
    assert_eq!(scene.tail(json!({})).await["lines"], json!(["x"]));
}
