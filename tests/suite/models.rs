//! `models.*`: which models there are, whether they can be asked, and the keys of providers (`methods.md §4`).

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use serde_json::{Value, json};

use crate::harness::{
    Api, Client, Connect, DEADLINE, Device, FakeModel, InProcess, TestGateway, assert_keys, files_below,
};

const CANARY: &str = "sk-canary-5d1f7a2c90be";

/// A provider that refuses every key and repeats it in its answer, as some do.
pub(super) struct Refusing(SocketAddr);

impl Refusing {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                    head.push(byte[0]);
                }
                let head = String::from_utf8_lossy(&head).to_lowercase();
                let key = head.lines().find_map(|line| line.strip_prefix("authorization: bearer ")).unwrap_or_default();
                let body =
                    json!({"error": {"message": format!("Incorrect API key: {key}"), "type": "auth"}}).to_string();
                let answer = format!(
                    "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
                     connection: close\r\n\r\n{body}",
                    body.len()
                );
                drop(stream.write_all(answer.as_bytes()));
            }
        });
        Self(address)
    }

    pub(super) fn config(&self) -> Value {
        json!({"models": {"providers": {"refusing": {"api": "openai", "baseUrl": format!("http://{}/v1", self.0),
            "models": [{"id": "m"}]}}, "discovery": {"enabled": false}}})
    }
}

async fn admin(gateway: &InProcess) -> Client {
    gateway.op(&Device::new("admin"), &["operator.admin"]).await
}

#[track_caller]
fn find<'a>(list: &'a Value, key: &str, wanted: &str) -> &'a Value {
    let rows = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    rows.iter().find(|row| row[key] == wanted).unwrap_or_else(|| panic!("no {wanted} in {list}"))
}

/// X-45: configured models are listed, in the words of either generation.
#[tokio::test]
async fn configured_models_are_listed() {
    let model = FakeModel::start();
    let gateway = InProcess::with(&model.config(), |_| {}).await;
    for dialect in [3, 4] {
        let connect = Connect::operator(&Device::new("reader"), &["operator.read"]).dialect(dialect);
        let mut client = gateway.connect(&connect).await.unwrap();
        let list = client.ok("models.list", json!({})).await;
        assert_keys(&list, &["models"]);
        let row = find(&list["models"], "id", "echo-1");
        let assistant = find(&list["models"], "id", "assistant");
        if dialect == 3 {
            assert_eq!(
                *row,
                json!({"id": "echo-1", "name": "echo-1", "provider": "fake", "contextWindow": 32768, "reasoning": true})
            );
            assert_eq!(
                *assistant,
                json!({"id": "assistant", "name": "Built-in assistant", "provider": "postern", "reasoning": false})
            );
            continue;
        }
        assert_eq!((&row["available"], &row["tags"]), (&json!(true), &json!(["default", "configured"])));
        assert_eq!(row["input"], json!(["text", "image"]));
        // Prices are for those who ask: others know the rows by their schema.
        assert_eq!(row.get("cost"), None);
        let list = client.ok("models.list", json!({"includeCost": true})).await;
        let cost = json!({"input": 1.0, "output": 2.0, "cacheRead": 0.1, "cacheWrite": 1.25});
        assert_eq!(find(&list["models"], "id", "echo-1")["cost"], cost);
        assert_eq!(find(&list["models"], "id", "assistant").get("cost"), None);
        let levels: Vec<_> =
            row["thinkingLevels"].as_array().unwrap().iter().map(|level| level["id"].clone()).collect();
        assert_eq!(levels, ["off", "minimal", "low", "medium", "high", "xhigh"]);
        assert_eq!((&assistant["tags"], &assistant["available"]), (&json!(["built-in"]), &json!(true)));
        assert_eq!(assistant["thinkingLevels"], json!([{"id": "off", "label": "off"}]));
    }
}

/// X-45: what is shown depends on the view; a model without a key says why it cannot be asked.
#[tokio::test]
async fn views_differ() {
    let model = FakeModel::start();
    let config = model.config_with(json!({
        "agents": {"defaults": {"model": {"primary": "fake/echo-1", "fallbacks": ["anthropic/claude-nine", "nobody/x"]}}},
    }));
    let gateway = InProcess::with(&config, |_| {}).await;
    let mut client = admin(&gateway).await;
    let mut list = async |view: &str| client.ok("models.list", json!({"view": view})).await["models"].clone();
    let ids = |list: &Value| -> Vec<String> {
        list.as_array()
            .unwrap()
            .iter()
            .map(|row| format!("{}/{}", row["provider"], row["id"]).replace('"', ""))
            .collect()
    };
    let named = list("default").await;
    let want = ["anthropic/claude-nine", "fake/echo-1", "fake/echo-2", "nobody/x", "postern/assistant"];
    assert_eq!(ids(&named), want);
    let claude = find(&named, "id", "claude-nine");
    assert_eq!((&claude["available"], &claude["unavailableReason"]), (&json!(false), &json!("missing-auth")));
    assert_eq!(claude["tags"], json!(["fallback", "configured"]));
    let nobody = find(&named, "id", "x");
    assert_eq!((&nobody["available"], &nobody["unavailableReason"]), (&json!(false), &Value::Null));
    assert_eq!(ids(&list("configured").await), want[..4]);
    assert_eq!(ids(&list("provider-config").await), ["fake/echo-1", "fake/echo-2"]);
    let all = ids(&list("all").await);
    assert!(all.len() > want.len() && want.iter().all(|id| all.iter().any(|own| own == id)), "{all:?}");
    let error = client.err("models.list", json!({"agentId": "nobody"})).await;
    assert_eq!(error["code"], "INVALID_REQUEST", "{error}");
}

/// A model server of this machine is found by itself and becomes the default when none is configured.
#[tokio::test]
async fn a_local_model_is_found() {
    let model = FakeModel::start();
    let config = json!({"models": {"discovery": {"ollama": model.url(), "lmstudio": "http://127.0.0.1:9"}}});
    let gateway = InProcess::with(&config.to_string(), |_| {}).await;
    let mut client = admin(&gateway).await;
    let found = async {
        loop {
            let list = client.ok("models.list", json!({"refresh": true})).await["models"].clone();
            if list.as_array().unwrap().iter().any(|row| row["provider"] == "ollama") {
                break list;
            }
        }
    };
    let list = tokio::time::timeout(DEADLINE, found).await.unwrap();
    let row = find(&list, "id", "echo-1:latest");
    assert_eq!((&row["tags"], &row["available"]), (&json!(["default", "discovered"]), &json!(true)));
    assert_eq!(find(&list, "id", "assistant")["tags"], json!(["built-in"]));
    assert!(model.requests().is_empty(), "looking asks for no answer");
    // Who asks to look again is not told what was found a moment ago.
    for _ in 0..2 {
        let before = model.lookups().len();
        client.ok("models.list", json!({})).await;
        assert_eq!(model.lookups().len(), before, "nobody asked to look");
        client.ok("models.list", json!({"refresh": true})).await;
        assert!(model.lookups().len() > before, "it was looked again");
    }
}

/// X-46: a provider without a key is shown as missing, with what to do; one that needs none is not.
#[tokio::test]
async fn a_missing_key_is_shown() {
    let model = FakeModel::start();
    let gateway = InProcess::with(&model.config(), |_| {}).await;
    let mut client = gateway.op(&Device::new("reader"), &["operator.read"]).await;
    let status = client.ok("models.authStatus", json!({})).await;
    assert_keys(&status, &["ts", "providers"]);
    assert_eq!(status["ts"], gateway.clock.now_ms());
    let openai = find(&status["providers"], "provider", "openai");
    assert_eq!((&openai["status"], &openai["profiles"]), (&json!("missing"), &json!([])));
    assert_eq!(openai["displayName"], "OpenAI");
    assert!(openai["hint"].as_str().unwrap().contains("postern models auth openai"), "{openai}");
    assert_eq!(find(&status["providers"], "provider", "fake")["status"], "static");
}

/// A key comes in, is used, shown as there but never given back, and goes again.
#[tokio::test]
async fn a_key_is_kept_until_it_is_forgotten() {
    let gateway = InProcess::with(r#"{models: {discovery: {enabled: false}}}"#, |_| {}).await;
    let mut client = admin(&gateway).await;
    let stored = client.ok("models.authLogin", json!({"provider": " OpenAI ", "apiKey": format!(" {CANARY}\n")})).await;
    assert_eq!(stored, json!({"ok": true, "provider": "openai", "storedIn": "memory"}));
    let status = client.ok("models.authStatus", json!({})).await;
    let openai = find(&status["providers"], "provider", "openai");
    assert_eq!(openai["status"], "ok");
    assert_eq!(openai["profiles"], json!([{"profileId": "openai:default", "type": "api_key", "status": "ok"}]));
    let listed = client.ok("models.list", json!({})).await;
    let models = listed["models"].as_array().unwrap();
    assert!(models.iter().any(|row| row["provider"] == "openai" && row["available"] == true), "{listed}");
    let gone = client.ok("models.authLogout", json!({"provider": "openai"})).await;
    assert_eq!(gone, json!({"ok": true, "provider": "openai", "removedProfiles": ["openai:default"]}));
    let again = client.ok("models.authLogout", json!({"provider": "openai"})).await;
    assert_eq!(again["removedProfiles"], json!([]));
    let status = client.ok("models.authStatus", json!({})).await;
    assert_eq!(find(&status["providers"], "provider", "openai")["status"], "missing");
    let audit = gateway.running.services().store.audit_tail(10).await.unwrap();
    let kinds: Vec<_> =
        audit.iter().map(|entry| entry.kind.as_str()).filter(|kind| kind.starts_with("models.")).collect();
    assert_eq!(kinds, ["models.key.stored", "models.key.removed"]);
}

/// A provider that has two names has one key.
#[tokio::test]
async fn another_name_of_a_provider_means_the_same_key() {
    let gateway = InProcess::with(r#"{models: {discovery: {enabled: false}}}"#, |_| {}).await;
    let mut client = admin(&gateway).await;
    let stored = client.ok("models.authLogin", json!({"provider": "gemini", "apiKey": CANARY})).await;
    assert_eq!(stored["provider"], "google");
    let status = client.ok("models.authStatus", json!({})).await;
    assert_eq!(find(&status["providers"], "provider", "google")["status"], "ok");
    client.ok("models.authLogout", json!({"provider": "google"})).await;
    let status = client.ok("models.authStatus", json!({})).await;
    assert_eq!(find(&status["providers"], "provider", "google")["status"], "missing");
}

/// Keys are changed by admins only, for providers that exist, in the shape of a key; no refusal repeats one.
#[tokio::test]
async fn a_key_that_cannot_be_kept_is_refused() {
    let gateway = InProcess::start().await;
    let mut writer = gateway.op(&Device::new("writer"), &["operator.write"]).await;
    for (method, params) in [
        ("models.authLogin", json!({"provider": "openai", "apiKey": CANARY})),
        ("models.authLogout", json!({"provider": "openai"})),
    ] {
        let error = writer.err(method, params).await;
        assert_eq!(error["details"]["missingScope"], "operator.admin", "{method}: {error}");
    }
    let mut client = admin(&gateway).await;
    for (provider, key, want) in [
        ("nobody", CANARY, "unknown provider \"nobody\""),
        ("../../etc", CANARY, "unknown provider"),
        ("postern", CANARY, "the built-in assistant needs no key"),
        ("openai", "short", "apiKey must be 8 to 2048"),
        ("openai", "sk canary with spaces", "apiKey must be 8 to 2048"),
        ("openai", "sk-canary-\u{1f511}-5d1f7a2c", "apiKey must be 8 to 2048"),
        ("openai", "", "apiKey"),
    ] {
        let error = client.err("models.authLogin", json!({"provider": provider, "apiKey": key})).await;
        assert_eq!(error["code"], "INVALID_REQUEST", "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(want) && !error.to_string().contains("canary"), "{provider}: {error}");
    }
    let error = client.err("models.authLogin", json!({"provider": {"x": CANARY}, "apiKey": [CANARY]})).await;
    assert!(!error.to_string().contains("canary"), "{error}");
    for provider in ["nobody", "postern"] {
        client.err("models.probe", json!({"provider": provider})).await;
        client.err("models.authLogout", json!({"provider": provider})).await;
    }
}

/// A probe says what the provider says, with the stored key, and remembers a refusal.
#[tokio::test]
async fn a_probe_tells_how_it_went() {
    let (model, refusing) = (FakeModel::start(), Refusing::start());
    let mut config = refusing.config();
    config["models"]["providers"]["fake"] = model.provider(Api::OpenAi);
    config["models"]["providers"]["gone"] = json!({"api": "openai", "baseUrl": "http://127.0.0.1:9/v1"});
    let gateway = InProcess::with(&config.to_string(), |_| {}).await;
    let mut client = admin(&gateway).await;
    let key = json!({"provider": "fake", "apiKey": CANARY, "probe": true});
    let good = client.ok("models.authLogin", key).await["probe"].clone();
    assert_eq!((&good["status"], &good["provider"]), (&json!("ok"), &json!("fake")));
    assert_keys(&good["results"][0], &["profileId", "label", "status", "latencyMs"]);
    assert_eq!(model.lookups()[0].key(), Some(CANARY), "the key goes to its provider");

    let key = json!({"provider": "refusing", "apiKey": CANARY, "probe": true});
    let bad = client.ok("models.authLogin", key).await["probe"].clone();
    assert_eq!(bad["status"], "auth", "{bad}");
    assert!(bad["error"].as_str().is_some_and(|text| !text.is_empty()) && !bad.to_string().contains("canary"), "{bad}");
    let list = client.ok("models.list", json!({})).await;
    let row = find(&list["models"], "provider", "refusing");
    assert_eq!((&row["available"], &row["unavailableReason"]), (&json!(false), &json!("auth-failed")));
    let status = client.ok("models.authStatus", json!({})).await;
    assert_eq!(find(&status["providers"], "provider", "refusing")["status"], "expired");
    client.ok("models.authLogout", json!({"provider": "refusing"})).await;
    let status = client.ok("models.authStatus", json!({"refresh": true})).await;
    assert_eq!(find(&status["providers"], "provider", "refusing")["status"], "static");

    let gone = client.ok("models.probe", json!({"provider": "gone", "timeoutMs": 5_000})).await;
    assert!(matches!(gone["status"].as_str(), Some("unknown" | "timeout")), "{gone}");
    let mut reader = gateway.op(&Device::new("reader"), &["operator.read"]).await;
    let error = reader.err("models.probe", json!({"provider": "fake"})).await;
    assert_eq!(error["details"]["missingScope"], "operator.write", "{error}");
}

/// A key is in the credential store and nowhere else: no frame, log line or state file has it, at the most talkative
/// log level, with a provider that repeats it; and it survives a restart.
#[tokio::test]
async fn a_key_is_nowhere_but_in_the_credential_store() {
    let (model, refusing) = (FakeModel::start(), Refusing::start());
    model.require_key(CANARY);
    let mut config = refusing.config();
    config["models"]["providers"]["fake"] = model.provider(Api::OpenAi);
    config["agents"] = json!({"defaults": {"model": FakeModel::REFERENCE}});
    let builder = TestGateway::builder().config(&config.to_string()).env("POSTERN_LOG", "trace");
    let gateway = builder.start();
    let mut frames = live(&gateway).await;
    let mut gateway = gateway.restart();
    let mut client = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    client.ok("models.probe", json!({"provider": "fake"})).await;
    assert_eq!(model.lookups().last().unwrap().key(), Some(CANARY), "the key outlives a restart");
    frames.extend(client.raw.frames().to_vec());
    let (_, stdout) = gateway.stop();

    let state = gateway.state_dir();
    let (kept, files): (Vec<_>, Vec<_>) =
        files_below(&state).into_iter().partition(|file| file.starts_with(state.join("credentials")));
    let text = |file| String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
    assert!(kept.iter().any(|file| text(file).contains(CANARY)), "{kept:?}");
    assert!(files.iter().any(|file| file.ends_with("postern.sqlite")), "{files:?}");
    let mut places = vec![("log".to_owned(), gateway.log()), ("output".to_owned(), format!("{stdout:?}"))];
    places.extend(frames.iter().map(|frame| ("frame".to_owned(), frame.to_string())));
    places.extend(files.iter().map(|file| (file.display().to_string(), text(file))));
    assert!(places[0].1.len() > 1_000, "the log was read");
    for (place, text) in places {
        let at = text.find("canary-5d1f7a2c90be");
        let around = at.map(|at| text.get(at.saturating_sub(300)..at + 20).unwrap_or("…").to_owned());
        assert_eq!(around, None, "the key is in the {place}");
    }
}

/// Everything that handles a key, the ways that fail included.
async fn live(gateway: &TestGateway) -> Vec<Value> {
    let mut client = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    for provider in ["fake", "refusing", "openai"] {
        let params = json!({"provider": provider, "apiKey": CANARY, "probe": provider != "openai"});
        client.ok("models.authLogin", params).await;
    }
    for params in [
        json!({"provider": "nobody", "apiKey": CANARY}),
        json!({"provider": CANARY, "apiKey": CANARY, "probe": "yes"}),
        json!({"provider": "openai", "apiKey": format!("{CANARY} {CANARY}")}),
        json!({"provider": "openai", "apiKey": {"value": CANARY}}),
    ] {
        client.err("models.authLogin", params).await;
    }
    client.ok("models.probe", json!({"provider": "refusing"})).await;
    client.ok("models.authStatus", json!({"refresh": true})).await;
    client.ok("models.list", json!({"view": "all"})).await;
    client.ok("models.authLogout", json!({"provider": "openai"})).await;
    client.raw.frames().to_vec()
}
