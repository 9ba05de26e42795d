//! Planted secrets are where they must be and nowhere else: DEMAND P23, "Secrets in logs/URLs/storage", FEATURES X-44.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use serde_json::{Value, json};

use super::faults::{ask, words};
use crate::harness::{Caller, Client, Connect, Device, FakeModel, TestGateway, Turn, files_below, until};

/// One for each place where a secret is given to the gateway. None looks like a key of anybody.
const TOKEN: &str = "plum-canary-of-the-gateway-token";
const PASSWORD: &str = "plum-canary-of-the-password";
const PROVIDER_KEY: &str = "plum-canary-of-the-provider-key";
const PROVIDER_HEADER: &str = "plum-canary-of-a-provider-header";
const MCP_ENV: &str = "plum-canary-of-an-mcp-variable";
const WRONG: &str = "sk-canary-0f3c9a7e1b2d4f5a6c7d8e9f";
/// What all of them have in common.
const MARKS: [&str; 2] = ["plum-canary", "sk-canary"];

fn has_canary(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let at = MARKS.iter().find_map(|mark| text.find(mark))?;
    let from = text.floor_char_boundary(at.saturating_sub(200));
    Some(text[from..text.ceil_char_boundary((at + 40).min(text.len()))].to_owned())
}

#[track_caller]
fn clean(place: &str, bytes: impl AsRef<[u8]>) {
    if let Some(around) = has_canary(bytes.as_ref()) {
        panic!("a secret is in {place}: …{around}…");
    }
}

fn config(model: &FakeModel) -> String {
    let mut more = json!({
        "gateway": {"trustedProxies": ["127.0.0.1"], "auth": {"mode": "token", "token": TOKEN, "password": PASSWORD}},
        "tools": {"exec": {"security": "full", "ask": "off"}},
        "mcp": {"servers": {"bad": {"command": "sh", "args": ["-c", "echo \"$CANARY\" >&2; exit 3"], "env": {"CANARY": MCP_ENV}}}},
    });
    let whole: Value = serde_json::from_str(&model.config_with(more.take())).unwrap();
    let mut whole = whole;
    whole["models"]["providers"]["fake"]["headers"] = json!({"x-gateway": PROVIDER_HEADER});
    whole.to_string()
}

/// The state folder without the two places where secrets have to be.
fn search_state(gateway: &TestGateway) {
    let state = gateway.state_dir();
    let keeps = |file: &Path| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        // The configuration as its owner wrote it, the copies that are made of it, and the credential store.
        file.starts_with(state.join("credentials"))
            || file.starts_with(state.join("config-versions"))
            || matches!(&*name, "postern.json" | "postern.last-good.json" | "postern.last-healthy.json")
    };
    let files: Vec<_> = files_below(&state).into_iter().filter(|file| !keeps(file)).collect();
    assert!(files.iter().any(|file| file.ends_with("postern.sqlite")), "{files:?}");
    assert!(files.iter().any(|file| file.ends_with("postern.log")), "{files:?}");
    for file in files {
        clean(&file.display().to_string(), fs::read(&file).unwrap());
    }
}

#[cfg(target_os = "linux")]
fn search_process(gateway: &TestGateway) {
    for part in ["cmdline", "environ"] {
        clean(part, fs::read(format!("/proc/{}/{part}", gateway.pid())).unwrap());
    }
}

#[cfg(not(target_os = "linux"))]
fn search_process(_: &TestGateway) {}

async fn wrong_ways_in(gateway: &TestGateway) {
    let device = Device::new("stranger");
    let operator = || Connect::operator(&device, &["operator.read"]);
    for auth in [
        json!({"token": WRONG}),
        json!({"password": WRONG}),
        json!({"deviceToken": WRONG}),
        json!({"bootstrapToken": WRONG}),
    ] {
        drop(gateway.connect_from(&Caller::local(), &operator().auth(auth)).await);
    }
    let bearer =
        Caller::remote().header("authorization", &format!("Bearer {WRONG}")).header("cookie", &format!("a={WRONG}"));
    for path in [format!("/?token={WRONG}"), format!("/#token={TOKEN}"), format!("/hooks/x?password={PASSWORD}")] {
        gateway.http("GET", &path, &bearer, "").await;
    }
    let mut raw = gateway.raw().await;
    raw.send_text(&format!("{{\"token\": \"{TOKEN}\"")).await;
    raw.closed().await;
}

async fn conversations(client: &mut Client, model: &FakeModel) -> String {
    client.ok("models.authLogin", json!({"provider": "fake", "apiKey": PROVIDER_KEY})).await;
    assert_eq!(ask(client, "main", "fine", "hello").await["state"], "final");
    let echo = json!({"error": {"message": format!("no such key: {PROVIDER_KEY} with {PROVIDER_HEADER}"), "code": PROVIDER_KEY}});
    for (key, status) in [("k401", 401), ("k400", 400), ("k500", 500)] {
        model.push(Turn::status(status, &echo.to_string()));
        ask(client, "main", key, "again").await;
    }
    // What a command of an agent has around it, and what it can see of the gateway.
    let look = "env; tr '\\0' '\\n' < /proc/$PPID/environ; tr '\\0' ' ' < /proc/$PPID/cmdline; tr '\\0' '\\n' < /proc/self/environ";
    model.push(Turn::new().tool_call("exec", json!({"command": look})));
    model.push(Turn::say("looked"));
    let end = ask(client, "main", "look", "look around").await;
    let said = words(&end["message"]);
    client.ok("chat.history", json!({"sessionKey": "main", "limit": 1000})).await.to_string() + &said
}

/// Answers that tell about the gateway and its settings.
async fn answers(client: &mut Client) {
    for (method, params) in [
        ("status", json!({})),
        ("health", json!({"probe": true})),
        ("system.info", json!({})),
        ("models.list", json!({})),
        ("models.authStatus", json!({"refresh": true})),
        ("sessions.list", json!({})),
        ("device.pair.list", json!({})),
        ("tools.catalog", json!({})),
        ("config.get", json!({})),
        ("config.schema", json!({})),
        ("remote.status", json!({})),
        ("doctor.run", json!({})),
        ("update.status", json!({})),
        ("service.status", json!({})),
        ("logs.tail", json!({"limit": 5000, "maxBytes": 1_000_000})),
    ] {
        let answer = client.call(method, params).await;
        clean(method, format!("{answer:?}"));
    }
    // What somebody attaches to a bug report: every file of it, unpacked.
    let bundle = client.ok("diagnostics.bundle", json!({})).await;
    let archive = base64::engine::general_purpose::STANDARD.decode(bundle["data"].as_str().unwrap()).unwrap();
    let parts = super::bundle::texts(&archive);
    assert!(parts.iter().any(|(name, _)| name.starts_with("logs/")), "the log is in it");
    for (name, text) in parts {
        clean(&format!("{name} of the bundle"), text);
    }
}

#[tokio::test]
async fn planted_secrets_are_nowhere_else() {
    let model = FakeModel::start();
    model.require_key(PROVIDER_KEY);
    let builder = TestGateway::builder().no_token().config(&config(&model)).env("POSTERN_LOG", "trace");
    let mut gateway = builder.start();
    let token = |connect: Connect| connect.auth(json!({"token": TOKEN}));
    wrong_ways_in(&gateway).await;
    let desk = Device::new("desk");
    let mut admin = gateway.must(&Caller::local(), &token(Connect::operator(&desk, &["operator.admin"]))).await;
    let device_token = admin.device_token();
    let code = admin.ok("device.pair.setupCode", json!({})).await["setupCode"].as_str().unwrap().to_owned();
    let seen = conversations(&mut admin, &model).await;
    assert!(seen.contains("POSTERN_AGENT"), "the command looked around: {seen}");
    clean("what a command of an agent sees", &seen);
    answers(&mut admin).await;

    gateway.kill9();
    let gateway = gateway.start_again();
    let mut admin = gateway
        .must(&Caller::local(), &Connect::operator(&desk, &["operator.admin"]).device_token(&device_token))
        .await;
    answers(&mut admin).await;
    for args in [
        &["status"][..],
        &["logs", "--limit", "5000", "--max-bytes", "1000000"],
        &["devices", "list"],
        &["models", "status"],
        &["gateway", "--check"],
        &["config", "get"],
        &["doctor"],
        &["chat", "--nonsense", TOKEN],
    ] {
        let ran = gateway.cli(args);
        if args[0] != "chat" {
            clean(&format!("postern {args:?}"), format!("{}{}", ran.stdout, ran.stderr));
        }
    }
    for frame in admin.raw.frames() {
        clean("a frame", frame.to_string());
    }
    search_state(&gateway);
    // The gateway never waits for its log, so lines may come after the answers.
    let detailed = |log: &String| log.contains("DEBUG") || log.contains("TRACE");
    let log = until("a detailed log", || Some(gateway.log()).filter(detailed)).await;
    clean("the terminal's log", &log);
    for secret in [&device_token, &code] {
        for (place, text) in
            [("log", log.clone()), ("file", fs::read_to_string(gateway.state_dir().join("logs/postern.log")).unwrap())]
        {
            assert!(!text.contains(secret.as_str()), "{secret} is in the {place}");
        }
    }
}

/// A panic leaves a file with what is needed and without secrets, and the gateway goes on.
#[tokio::test]
async fn a_crash_file_has_no_secret() {
    let model = FakeModel::start();
    let panic = format!("plugin failed with {TOKEN}, {PASSWORD} and {WRONG}");
    let builder = TestGateway::builder().no_token().config(&config(&model));
    let gateway = builder.env("POSTERN_TEST_PANIC", &panic).start();
    let find =
        || files_below(&gateway.state_dir()).into_iter().find(|file| file.to_string_lossy().contains("/logs/crash-"));
    let file = until("the crash file", find).await;
    let read = || serde_json::from_slice::<Value>(&fs::read(&file).unwrap()).ok();
    let crash = until("all of it", read).await;
    assert_eq!(crash["message"], "plugin failed with [redacted], [redacted] and [redacted]");
    assert!(crash["location"].as_str().unwrap().contains(".rs:") && crash["time"].as_str().unwrap().ends_with('Z'));
    assert!(crash["backtrace"].as_str().unwrap().len() > 100 && crash["version"].is_string(), "{crash}");
    until("the line about it", || gateway.log().contains("Panicked: plugin failed with [redacted]").then_some(()))
        .await;
    clean("the terminal's log", gateway.log());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let admin = Connect::operator(&Device::new("desk"), &["operator.admin"]).auth(json!({"token": TOKEN}));
    let mut admin = gateway.must(&Caller::local(), &admin).await;
    assert_eq!(admin.ok("health", json!({})).await["ok"], true);
    search_state(&gateway);
}

/// Secrets that came with the environment or the configuration are not in what every user of the machine may see.
#[tokio::test]
async fn a_running_gateway_shows_none_to_the_machine() {
    let model = FakeModel::start();
    let gateway = TestGateway::builder().no_token().config(&config(&model)).start();
    search_process(&gateway);
}

/// A secret in the wrong place of the configuration: the mistake is told, the secret is not.
#[tokio::test]
async fn mistakes_in_the_configuration_do_not_repeat_secrets() {
    for config in [
        json!({"gateway": {"auth": {"token": {"value": TOKEN}}}}),
        json!({"gateway": {"port": TOKEN, "bind": TOKEN, "auth": {"mode": TOKEN}}}),
        json!({"gateway": {"auth": TOKEN}}),
        json!({"logging": {"redactPatterns": [format!("({TOKEN}")], "level": TOKEN, "file": TOKEN}}),
        json!({"mcp": {"servers": {"a": {"url": format!("nonsense {TOKEN}")}}}}),
        json!({"models": {"providers": {"fake": {"baseUrl": format!("http://ada:{TOKEN}@[")}}}}),
    ] {
        let gateway = TestGateway::builder().config(&config.to_string()).start();
        let mut client = gateway.op(&Device::new("reader"), &["operator.admin"]).await;
        // Not config.get: an administrator mends that text, and a port is shown whatever it is.
        for method in ["status", "health", "logs.tail", "doctor.run"] {
            let answer = client.call(method, json!({})).await;
            clean(&format!("{method} with {config}"), format!("{answer:?}"));
        }
        let check = gateway.cli(&["gateway", "--check"]);
        assert_ne!(check.code, 0, "{check:?}");
        clean("postern gateway --check", format!("{}{}", check.stdout, check.stderr));
        clean("the log", gateway.log());
        clean("the ready line", gateway.ready.to_string());
    }
}
