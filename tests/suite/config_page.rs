//! Settings of the page: how it looks, where a proxy shows it, and what belongs to clients (`http.md §2`).

use serde_json::{Value, json};

use crate::harness::{Caller, Connect, Device, Endpoint, TOKEN, TestGateway};

async fn shown(gateway: &Endpoint) -> Value {
    let caller = Caller::local().header("authorization", &format!("Bearer {TOKEN}"));
    let answer = gateway.http("GET", "/control-ui-config.json", &caller, "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

#[track_caller]
fn set(gateway: &TestGateway, path: &str, value: &str) {
    let done = gateway.cli(&["config", "set", path, value]);
    assert!(done.code == 0 && !done.stdout.contains("warning"), "{done:?}");
}

/// What is set is served to the page at once, as the protocol names it.
#[tokio::test]
async fn the_page_is_told_how_it_looks() {
    let gateway = TestGateway::start();
    let usual = shown(&gateway).await;
    assert_eq!((&usual["embedSandbox"], &usual["environment"]), (&json!("strict"), &Value::Null));
    set(&gateway, "gateway.controlUi.embedSandbox", "scripts");
    set(&gateway, "gateway.controlUi.environment.label", "Test");
    set(&gateway, "gateway.controlUi.environment.color", "#c03");
    set(&gateway, "ui.seamColor", "#112233");
    let told = shown(&gateway).await;
    assert_eq!(
        (&told["embedSandbox"], &told["environment"], &told["seamColor"]),
        (&json!("scripts"), &json!({"label": "Test", "color": "#c03"}), &json!("#112233"))
    );
    for (path, value, words) in [
        ("gateway.controlUi.embedSandbox", "all", "strict"),
        ("gateway.controlUi.environment.color", "red;x:url(y)", "CSS name"),
        ("gateway.controlUi.environment.label", &"x".repeat(41), "40"),
        ("gateway.publicOrigin", "https://gate.example/path", "without a path"),
        ("gateway.publicOrigin", "ftp://gate.example", "without a path"),
    ] {
        let refused = gateway.cli(&["config", "set", path, value]);
        assert!(refused.code != 0 && refused.stderr.contains(words), "{path} {value}: {refused:?}");
    }
}

/// The public origin is where codes lead and what is told, and a page may come from there.
#[tokio::test]
async fn a_public_origin_is_an_address_of_the_gateway() {
    let gateway = TestGateway::builder().config(r#"{gateway: {trustedProxies: ["127.0.0.1"]}}"#).start();
    let page = Caller::remote().header("origin", "https://gate.example");
    let browser = || Connect::operator(&Device::new("browser"), &["operator.read"]).client("openclaw-control-ui", "ui");
    let refused = gateway.refused(&page, &browser()).await;
    assert_eq!(refused.code(), "CONTROL_UI_ORIGIN_NOT_ALLOWED", "{refused:?}");
    set(&gateway, "gateway.publicOrigin", "https://Gate.example/");
    assert_eq!(gateway.refused(&page, &browser()).await.code(), "PAIRING_REQUIRED", "the origin is right now");
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let remote = admin.ok("remote.status", json!({})).await;
    assert_eq!(remote["publicOrigin"], "https://gate.example");
    let urls = remote["urls"].as_array().unwrap();
    assert!(urls.iter().any(|url| url["socketUrl"] == "wss://gate.example/" && url["kind"] == "proxy"), "{remote}");
    let made = admin.ok("device.pair.setupCode", json!({})).await;
    assert_eq!((&made["gatewayUrl"], &made["urlSource"]), (&json!("wss://gate.example"), &json!("publicOrigin")));
}

/// Sections of clients are taken as they are, by every way, and told without a warning; a reader sees no more of them
/// than of what nobody knows.
#[tokio::test]
async fn sections_of_clients_are_kept() {
    let gateway = TestGateway::start();
    set(&gateway, "talk.voiceId", "odd-voice");
    set(&gateway, "talk.deep.er", "[1, 2]");
    set(&gateway, "ui.assistant.name", "Ada");
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let got = admin.ok("config.get", json!({})).await;
    assert_eq!(got["config"]["talk"], json!({"voiceId": "odd-voice", "deep": {"er": [1, 2]}}));
    assert_eq!((&got["config"]["ui"], &got["warnings"]), (&json!({"assistant": {"name": "Ada"}}), &json!([])));
    let mut reader = gateway.op(&Device::new("admin"), &["operator.read"]).await;
    assert!(!reader.ok("config.get", json!({})).await.to_string().contains("odd-voice"));
}

/// M-10: what is in force is told with its defaults.
#[tokio::test]
async fn the_defaults_in_force_are_told() {
    let gateway = TestGateway::start();
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let config = admin.ok("config.get", json!({})).await["config"].clone();
    for (pointer, wanted) in [
        ("/gateway/reload/mode", json!("hybrid")),
        ("/gateway/tls/enabled", json!(false)),
        ("/gateway/tls/autoGenerate", json!(true)),
        ("/gateway/tailscale/mode", json!("off")),
        ("/gateway/metrics/enabled", json!(true)),
        ("/logging/level", json!("info")),
        ("/logging/redactSensitive", json!("on")),
        ("/logging/maxFiles", json!(10)),
        ("/backup/keep", json!(7)),
        ("/update/channel", json!("stable")),
        ("/update/auto", json!("off")),
    ] {
        assert_eq!(config.pointer(pointer), Some(&wanted), "{pointer}: {config}");
    }
}
