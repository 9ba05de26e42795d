//! The bundle for a bug report: everything that helps, no secret, nothing that was said, never in place of another file.

use std::fs;
use std::io::{Cursor, Read as _};

use base64::Engine as _;
use serde_json::{Value, json};

use crate::harness::{Device, TestGateway, run};

/// Secrets in every place where one can be, each told apart by its end.
const CANARY: &str = "canary-6Xr4Tq9ZbW2m";

pub(super) fn texts(archive: &[u8]) -> Vec<(String, String)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    (0..zip.len())
        .map(|index| {
            let mut file = zip.by_index(index).unwrap();
            let (name, mut text) = (file.name().unwrap().into_owned(), String::new());
            file.read_to_string(&mut text).unwrap();
            (name, text)
        })
        .collect()
}

#[track_caller]
fn has_no_secret(parts: &[(String, String)]) {
    for (name, text) in parts {
        for secret in [CANARY, "a word that was said"] {
            let found = text.find(secret).map(|at| text[at.saturating_sub(60)..].chars().take(120).collect::<String>());
            assert_eq!(found, None, "{name}");
        }
    }
}

fn hurt_gateway() -> TestGateway {
    let config = json!({
        "gateway": {"auth": {"token": format!("{CANARY}-token")}},
        "models": {"providers": {"mine": {
            "api": "openai", "baseUrl": "http://127.0.0.1:9/v1", "models": [{"id": "m"}],
            "headers": {"x-api-key": format!("{CANARY}-header")}
        }}},
        "mcp": {"servers": {"tools": {"command": "true", "env": {"SERVICE_PASSWORD": format!("{CANARY}-env")}}}},
    });
    let token = format!("{CANARY}-token");
    let gateway = TestGateway::builder()
        .config(&config.to_string())
        .token(&token)
        .env("OPENAI_API_KEY", &format!("{CANARY}-variable"))
        .start();
    let logs = gateway.state_dir().join("logs");
    fs::create_dir_all(&logs).unwrap();
    let line = format!("{{\"time\":\"x\",\"1\":\"Authorization: Bearer {CANARY}-token and key={CANARY}-header\"}}\n");
    fs::write(logs.join("postern.log.1"), &line).unwrap();
    fs::write(logs.join("crash-1.json"), format!("panicked with {CANARY}-env in hand")).unwrap();
    gateway
}

/// With a gateway that runs, over the wire and on the command line: whole, useful, without a secret.
#[tokio::test]
async fn a_bundle_tells_everything_but_secrets() {
    let gateway = hurt_gateway();
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    admin.ok("system-event", json!({"text": "a word that was said"})).await;
    let bundle = admin.ok("diagnostics.bundle", json!({})).await;
    let archive = base64::engine::general_purpose::STANDARD.decode(bundle["data"].as_str().unwrap()).unwrap();
    assert_eq!(
        (bundle["mimeType"].as_str(), bundle["bytes"].as_u64()),
        (Some("application/zip"), Some(archive.len() as u64))
    );
    let parts = texts(&archive);
    has_no_secret(&parts);
    let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
    for name in [
        "about.json",
        "doctor.json",
        "service.json",
        "status.json",
        "config.json5",
        "database.json",
        "starts.json",
        "logs/postern.log.1",
        "crashes/crash-1.json",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
    let part = |wanted: &str| parts.iter().find(|(name, _)| name == wanted).map(|(_, text)| text.as_str()).unwrap();
    let about: Value = serde_json::from_str(part("about.json")).unwrap();
    assert!(about["variables"].as_array().unwrap().contains(&json!("OPENAI_API_KEY")), "names of variables: {about}");
    assert!(part("config.json5").contains("baseUrl"), "what is no secret is there");
    assert!(part("crashes/crash-1.json").contains("panicked"));
    let database: Value = serde_json::from_str(part("database.json")).unwrap();
    assert!(database["rows"]["devices"].as_i64().unwrap() >= 1, "{database}");

    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("report.zip");
    let out = out.to_str().unwrap();
    let made = gateway.cli(&["bundle", "--out", out, "--json"]);
    assert_eq!(made.code, 0, "{made:?}");
    let parts = texts(&fs::read(out).unwrap());
    has_no_secret(&parts);
    assert!(parts.iter().any(|(name, text)| name == "status.json" && text.contains("uptimeMs")), "{parts:?}");
    let again = gateway.cli(&["bundle", "--out", out]);
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("exists already"), "{again:?}");

    let mut reader = gateway.op(&Device::new("reader"), &["operator.read"]).await;
    assert_eq!(reader.err("diagnostics.bundle", json!({})).await["code"], "FORBIDDEN");
}

/// It is wanted most when nothing runs: a broken configuration still gives a bundle, and none of its secrets.
#[test]
fn a_bundle_is_made_without_a_gateway() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    fs::create_dir_all(state.join("logs")).unwrap();
    fs::write(state.join("postern.json"), format!("{{gateway: {{auth: {{token: \"{CANARY}\"}}, port: }}")).unwrap();
    fs::write(state.join("postern.sqlite"), "broken".repeat(2_000)).unwrap();
    let out = folder.path().join("b.zip");
    let env = [("POSTERN_STATE_DIR", state.to_str().unwrap()), ("POSTERN_GATEWAY_TOKEN", CANARY)];
    let made = run(&["bundle", "--out", out.to_str().unwrap()], &env);
    assert_eq!(made.code, 0, "{made:?}");
    let parts = texts(&fs::read(&out).unwrap());
    has_no_secret(&parts);
    let text = |wanted: &str| parts.iter().find(|(name, _)| name == wanted).unwrap().1.clone();
    assert!(text("database.json").contains("is damaged"), "{}", text("database.json"));
    assert!(text("doctor.json").contains("\"fail\""));
}
