//! A configuration that is broken or odd never keeps the gateway down: it serves, says which line of which setting is
//! wrong, and goes on with what was valid before (DEMAND P1, P20).

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Caller, Connect, Device, Endpoint, InProcess, TOKEN, TestGateway, run};

mod any_file;

/// Broken files, each with what the owner is told: line, path and what to write instead.
const BROKEN: &[(&str, &[&str])] = &[
    ("{", &["line 1", "not JSON5"]),
    ("}", &["line 1", "not JSON5"]),
    ("\n\n{gateway: {port: }}", &["line 3", "not JSON5"]),
    ("{gateway: {port: 1}", &["line 1", "not JSON5"]),
    ("{\r\n gateway: {},\r\n oops\r\n}", &["line ", "not JSON5"]),
    ("{a: 1 b: 2}", &["line 1", "not JSON5"]),
    ("{a: 'open}", &["line 1", "not JSON5"]),
    ("{} {}", &["line 1", "not JSON5"]),
    ("/* open", &["line 1", "not JSON5"]),
    ("gateway: {port: 1}", &["line 1", "not JSON5"]),
    ("gateway:\n  port: 18789\n", &["line 1", "not JSON5"]),
    ("[gateway]\nport = 1\n", &["line ", "not JSON5"]),
    ("<html>", &["line 1", "not JSON5"]),
    ("[]", &["line 1", "must be a section"]),
    ("\"text\"", &["line 1", "must be a section"]),
    ("true", &["line 1", "must be a section"]),
    ("{\n gateway: []\n}", &["line 2", "gateway: must be a section"]),
    ("{gateway: {\n port: '18789'}}", &["line 2", "gateway.port", "whole number"]),
    ("{gateway: {port: 65536}}", &["line 1", "gateway.port", "65535"]),
    ("{gateway: {port: -1}}", &["line 1", "gateway.port"]),
    ("{gateway: {port: 1e999}}", &["line 1", "gateway.port"]),
    ("{gateway: {port: NaN}}", &["line 1", "gateway.port"]),
    ("{gateway: {\n\n bind: 'wan'}}", &["line 3", "gateway.bind", "loopback"]),
    ("{gateway: {bind: 'custom'}}", &["line 1", "gateway.bind", "customBindHost"]),
    ("{gateway: {customBindHost: 'here'}}", &["line 1", "gateway.customBindHost", "IPv4"]),
    ("{gateway: {auth: {mode: 'open'}}}", &["line 1", "gateway.auth.mode", "\"token\""]),
    ("{gateway: {auth: {token: 12345}}}", &["line 1", "gateway.auth.token", "quotes"]),
    ("{gateway: {auth: {token: '${POSTERN_NOWHERE}'}}}", &["line 1", "gateway.auth.token", "not set"]),
    ("{gateway: {trustedProxies: ['10.0.0.1', 'proxy']}}", &["line 1", "gateway.trustedProxies[1]"]),
    ("{gateway: {controlUi: {allowedOrigins: [\n'host']}}}", &["line 2", "gateway.controlUi.allowedOrigins[0]"]),
    ("{session: {mainKey: 'a:b'}}", &["line 1", "session.mainKey"]),
    ("{agents: {list: [{id: 'a'},\n{id: 'A'}]}}", &["line 2", "agents.list[1].id"]),
    ("{agents: {defaults: {heartbeat: {every: 'often'}}}}", &["agents.defaults.heartbeat.every", "30m"]),
];

/// Odd files that are fine; some deserve a warning.
const ODD: &[(&[u8], Option<&str>)] = &[
    (b"", None),
    (b"\n\n", None),
    (b"\xef\xbb\xbf{}", None),
    (b"// nothing yet", None),
    (b"null", None),
    (b"{gateway: null, session: {mainKey: null}}", None),
    (b"{'gateway': {\"port\": 0x4965,},}", None),
    (b"{gateway: {prot: 1}}", Some("line 1: gateway.prot")),
    (b"{\n  \"channels\": {\"telegram\": {\"enabled\": true}}}", Some("line 2: channels")),
    (b"{__proto__: {a: 1}}", Some("__proto__")),
    ("{'schlüssel 🔑': 1}".as_bytes(), Some("schlüssel 🔑")),
    (b"{gateway: {port: 1}, gateway: {port: 2}}", Some("written twice")),
    (b"{gateway: {trustedProxies: ['0.0.0.0/0']}}", Some("gateway.trustedProxies[0]")),
];

/// A gateway with these bytes as its configuration.
async fn with(config: &[u8]) -> InProcess {
    InProcess::with("", |options| fs::write(&options.paths.config_path, config).unwrap()).await
}

/// It serves probes and a client; returns what it warns of.
async fn warnings(gateway: &Endpoint) -> Vec<String> {
    assert_eq!(gateway.http("GET", "/healthz", &Caller::local(), "").await.status, 200);
    let mut client = gateway.op(&Device::new("owner"), &["operator.read"]).await;
    assert_eq!(client.ok("health", json!({})).await["ok"], true);
    let status = client.ok("status", json!({})).await;
    serde_json::from_value(status["warnings"].clone()).unwrap()
}

/// A broken file is safe mode, and the warnings say what is wrong and where.
#[tokio::test]
async fn a_broken_file_is_safe_mode() {
    for (text, words) in BROKEN {
        let gateway = with(text.as_bytes()).await;
        let warnings = warnings(&gateway).await;
        assert!(warnings[0].starts_with("safe mode"), "{text:?}: {warnings:?}");
        let told = warnings.iter().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(told, "{text:?} should be told with {words:?}: {warnings:#?}");
    }
}

/// `--check` tells the same without starting anything, and ends with 78.
#[test]
fn check_tells_the_same() {
    let state = tempfile::tempdir().unwrap();
    let env = [("POSTERN_STATE_DIR", state.path().to_str().unwrap())];
    let file = state.path().join("postern.json");
    for (text, words) in BROKEN {
        fs::write(&file, text).unwrap();
        let checked = run(&["gateway", "--check"], &env);
        assert_eq!((checked.code, checked.stdout.as_str()), (78, ""), "{text:?}: {checked:?}");
        assert!(checked.stderr.contains(file.to_str().unwrap()), "{checked:?}");
        assert!(words.iter().all(|word| checked.stderr.contains(word)), "{text:?}: {words:?} {}", checked.stderr);
    }
    let document = run(&["gateway", "--check", "--json"], &env);
    assert_eq!((document.code, &document.json()["valid"]), (78, &json!(false)));
    assert_eq!(document.json()["problems"][0]["path"], "agents.defaults.heartbeat.every");
    assert_eq!(document.json()["problems"][0]["line"], 1);
    for (bytes, warning) in ODD {
        fs::write(&file, bytes).unwrap();
        let checked = run(&["gateway", "--check"], &env);
        assert_eq!(checked.code, 0, "{:?}: {checked:?}", String::from_utf8_lossy(bytes));
        assert!(checked.stdout.contains(warning.unwrap_or("is valid")), "{checked:?}");
    }
    assert!(!state.path().join("gateway.lock").exists() && !state.path().join("postern.sqlite").exists());
}

/// Unknown keys, comments, marks and empty files are no reason for safe mode.
#[tokio::test]
async fn an_odd_file_is_used() {
    for (bytes, wanted) in ODD {
        let gateway = with(bytes).await;
        let warnings = warnings(&gateway).await;
        let shown = String::from_utf8_lossy(bytes);
        assert!(!warnings.iter().any(|line| line.contains("safe mode")), "{shown}: {warnings:?}");
        assert_eq!(
            warnings.iter().any(|line| line.contains(wanted.unwrap_or(""))),
            wanted.is_some(),
            "{shown}: {warnings:?}"
        );
    }
}

/// Files that no editor writes: not text, without end, of endless depth, no file at all.
#[tokio::test]
async fn a_monstrous_file_is_safe_mode() {
    let deep = |open: &str, close: &str| open.repeat(20_000) + &close.repeat(20_000);
    let monsters: Vec<Vec<u8>> = vec![
        vec![0xff, 0xfe, b'{', 0],
        vec![0; 64],
        b"{gateway: {port: '\xc3\x28'}}".to_vec(),
        vec![b' '; 5 << 20],
        deep("[", "]").into_bytes(),
        deep("{a:", "}").into_bytes(),
        deep("{gateway:", "}").into_bytes(),
        "[".repeat(100_000).into_bytes(),
    ];
    for monster in monsters {
        let state = tempfile::tempdir().unwrap();
        fs::write(state.path().join("postern.json"), &monster).unwrap();
        let gateway = TestGateway::builder().env("POSTERN_STATE_DIR", state.path().to_str().unwrap()).start();
        let warnings = warnings(&gateway).await;
        let shown = String::from_utf8_lossy(&monster[..8.min(monster.len())]).into_owned();
        assert!(warnings[0].starts_with("safe mode"), "{shown} …: {warnings:?}");
        assert!(warnings.concat().len() < 4096, "{shown} …");
    }
    for odd in ["folder", "loop"] {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join(odd);
        if odd == "folder" {
            fs::create_dir(&path).unwrap();
        } else {
            std::os::unix::fs::symlink(&path, &path).unwrap();
        }
        let gateway = TestGateway::builder().env("POSTERN_CONFIG_PATH", path.to_str().unwrap()).start();
        let warnings = warnings(&gateway).await.concat();
        assert!(warnings.contains("cannot be read") && warnings.contains(path.to_str().unwrap()), "{warnings}");
    }
}

/// Thousands of mistakes are not thousands of lines in every answer, and the first ones are told.
#[tokio::test]
async fn many_mistakes_are_told_in_short() {
    let unknown: String = (0..20_000).map(|at| format!("key{at}: {at},\n")).collect();
    let wrong: String = (0..20_000).map(|at| format!("{{id: {at}}},\n")).collect();
    for (config, first) in
        [(format!("{{{unknown}}}"), "key0"), (format!("{{agents: {{list: [{wrong}]}}}}"), "agents.list[0]")]
    {
        let gateway = with(config.as_bytes()).await;
        let warnings = warnings(&gateway).await;
        assert!(warnings.iter().any(|line| line.contains(first)), "{:?}", &warnings[..3.min(warnings.len())]);
        assert!(warnings.len() <= 200, "{} lines", warnings.len());
    }
    let long = "k".repeat(100_000);
    let gateway = with(format!("{{{long}: 1}}").as_bytes()).await;
    let warnings = warnings(&gateway).await;
    assert!(warnings.concat().len() < 4096);
}

/// After the file breaks the last good one is in force, from the first start on; fixed, the file counts again.
#[tokio::test]
async fn the_last_good_one_is_in_force() {
    let main_key = async |gateway: &Endpoint| -> Value {
        let client = gateway.op(&Device::new("owner"), &["operator.read"]).await;
        client.hello["snapshot"]["sessionDefaults"]["mainKey"].clone()
    };
    let gateway = TestGateway::builder().config("{session: {mainKey: 'kitchen'}}").start();
    assert_eq!(main_key(&gateway).await, "kitchen");
    let file = gateway.state_dir().join("postern.json");
    let mut gateway = gateway;
    for broken in ["{session: {mainKey: 'cellar'", "{session: {mainKey: 'cellar', scope: 'everybody'}}", "\0"] {
        fs::write(&file, broken).unwrap();
        // Not only once: a broken file does not become the last good one.
        for _ in 0..2 {
            gateway = gateway.restart();
            assert_eq!(main_key(&gateway).await, "kitchen", "{broken}");
            let warnings = warnings(&gateway).await.concat();
            assert!(warnings.contains("safe mode") && warnings.contains("last"), "{warnings}");
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), broken, "the owner's file is the owner's");
    }
    fs::write(&file, "{session: {mainKey: 'attic'}}").unwrap();
    let gateway = gateway.restart();
    assert_eq!((main_key(&gateway).await, warnings(&gateway).await), (json!("attic"), vec![]));
    fs::write(&file, "{").unwrap();
    assert_eq!(main_key(&gateway.restart()).await, "attic");
}

/// Without a good one the defaults are in force, and nothing else is claimed.
#[tokio::test]
async fn without_a_good_one_the_defaults_are_in_force() {
    let gateway = TestGateway::builder().config("{gateway: {bind: 'lan', auth: {mode: 'none'}}, session: 1}").start();
    assert_eq!(gateway.ready["authMode"], "token", "a broken file opens no door");
    let warnings = warnings(&gateway).await.join("\n");
    assert!(
        warnings.contains("the defaults are in force") && !warnings.contains("last good one is in use"),
        "{warnings}"
    );
    assert!(gateway.cli(&["status"]).stdout.to_lowercase().contains("safe mode"));
    let strange = Connect::operator(&Device::new("b"), &[]).auth(json!({"token": format!("{TOKEN}x")}));
    gateway.refused(&Caller::local(), &strange).await;
    // A damaged copy is no copy.
    fs::write(gateway.state_dir().join("postern.last-good.json"), "{session: {mainKey: ").unwrap();
    let again = gateway.restart();
    let text = self::warnings(&again).await.join("\n");
    assert!(text.contains("the defaults are in force"), "{text}");
}
