//! The configuration over the wire: read, set, patched, restored, explained. What is refused changes nothing (DEMAND
//! P20; X-21 to X-25).

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, InProcess};

const SENTINEL: &str = "__OPENCLAW_REDACTED__";

/// What an owner might have written.
const FILE: &str = r#"// The house gateway.
{
  session: { mainKey: "home" }, // the kitchen calls it home
  gateway: { trustedProxies: ["127.0.0.1"], auth: { rateLimit: { maxAttempts: 7 } } },
  mcp: { servers: { notes: { command: "true", args: ["--key", "canary-arg-4"], env: { NOTES_KEY: "canary-env-1" } } } },
  channels: { telegram: { botToken: "canary-bot-2" }, slack: { hook: "https://hooks.example/T/B/odd-3" } },
}
"#;

struct House {
    gateway: InProcess,
    file: PathBuf,
}

impl House {
    async fn new(text: &str) -> Self {
        let mut file = PathBuf::new();
        let gateway = InProcess::with(text, |options| file.clone_from(&options.paths.config_path)).await;
        Self { gateway, file }
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.file).unwrap()
    }

    async fn admin(&self, version: u32) -> Client {
        let connect = Connect::operator(&Device::new("owner"), &["operator.admin"]).dialect(version);
        self.gateway.must(&Caller::local(), &connect).await
    }
}

async fn hash(client: &mut Client) -> Value {
    client.ok("config.get", json!({})).await["hash"].clone()
}

#[tokio::test]
async fn it_is_read_without_its_secrets() {
    for version in [3, 4] {
        let house = House::new(FILE).await;
        let mut client = house.admin(version).await;
        let got = client.ok("config.get", json!({})).await;
        assert_eq!(got["path"], house.file.to_str().unwrap());
        assert_eq!((&got["exists"], &got["valid"], &got["issues"]), (&json!(true), &json!(true), &json!([])));
        assert_eq!(got["parsed"]["mcp"]["servers"]["notes"]["env"]["NOTES_KEY"], SENTINEL);
        assert_eq!(got["parsed"]["channels"]["telegram"]["botToken"], SENTINEL);
        let raw = got["raw"].as_str().unwrap();
        assert!(raw.contains("// the kitchen calls it home") && raw.contains(SENTINEL), "{raw}");
        assert!(!got.to_string().contains("canary"), "{got}");
        assert_eq!(
            (&got["config"]["session"]["mainKey"], &got["config"]["session"]["scope"]),
            (&json!("home"), &json!("per-sender"))
        );
        assert!(got["warnings"].to_string().contains("channels"), "{got}");
        assert_eq!(got["hash"].as_str().unwrap().len(), 64);
        assert!(raw.contains("odd-3"), "the owner sees what is in settings that nobody knows");
        // Somebody who may only read sees the same, but for those settings; who may not even that, nothing.
        let connect = Connect::operator(&Device::new("owner"), &["operator.read"]).dialect(version);
        let mut reader = house.gateway.must(&Caller::local(), &connect).await;
        let read = reader.ok("config.get", json!({})).await;
        assert_eq!(read["hash"], got["hash"]);
        assert!(!read.to_string().contains("odd-3") && read["raw"].to_string().contains("home"), "{read}");
        let refused = reader.err("config.set", json!({"raw": "{}", "baseHash": got["hash"]})).await;
        assert!(refused.to_string().contains("operator.admin"), "{refused}");
    }
}

#[tokio::test]
async fn a_patch_changes_one_setting_and_nothing_else() {
    for version in [3, 4] {
        let house = House::new(FILE).await;
        let mut client = house.admin(version).await;
        let base = hash(&mut client).await;
        let raw = "{ session: { mainKey: 'attic' } } // new name";
        let done = client.ok("config.patch", json!({"raw": raw, "baseHash": base})).await;
        assert_eq!(house.text(), FILE.replace("\"home\"", "\"attic\""), "one word of the file");
        assert_eq!((&done["ok"], &done["config"]["session"]["mainKey"]), (&json!(true), &json!("attic")));
        assert_eq!((&done["restart"]["scheduled"], &done["sentinel"]), (&json!(false), &Value::Null));
        assert_eq!(done["hash"], hash(&mut client).await);
        // It is in force at once, for everybody who comes now.
        let next = house.gateway.op(&Device::new("owner"), &["operator.read"]).await;
        assert_eq!(next.hello["snapshot"]["sessionDefaults"]["mainKey"], "attic");
        // `null` removes.
        let base = done["hash"].clone();
        client.ok("config.patch", json!({"raw": "{session: null}", "baseHash": base})).await;
        assert!(!house.text().contains("attic") && house.text().contains("canary-env-1"), "{}", house.text());
    }
}

#[tokio::test]
async fn without_the_hash_of_what_is_there_nothing_is_written() {
    for version in [3, 4] {
        let house = House::new(FILE).await;
        let mut client = house.admin(version).await;
        for method in ["config.set", "config.apply", "config.patch"] {
            let missing = client.err(method, json!({"raw": "{}"})).await;
            assert_eq!(missing["code"], "INVALID_REQUEST");
            assert_eq!(missing["message"], "config base hash required; re-run config.get and retry");
            let stale = client.err(method, json!({"raw": "{}", "baseHash": "0".repeat(64)})).await;
            assert_eq!(stale["message"], "config changed since last load; re-run config.get and retry");
        }
        // Somebody else writes between reading and writing.
        let base = hash(&mut client).await;
        let theirs = FILE.replace("home", "theirs");
        fs::write(&house.file, &theirs).unwrap();
        let stale = client.err("config.set", json!({"raw": "{}", "baseHash": base})).await;
        assert_eq!(stale["message"], "config changed since last load; re-run config.get and retry");
        assert_eq!(house.text(), theirs);
    }
}

#[tokio::test]
async fn an_invalid_text_is_refused_with_every_problem_and_changes_nothing() {
    for version in [3, 4] {
        let house = House::new(FILE).await;
        let mut client = house.admin(version).await;
        let base = hash(&mut client).await;
        let refused = client.err("config.patch", json!({"raw": "{gateway: {port: 'x'}}", "baseHash": base})).await;
        assert_eq!((&refused["code"], &refused["message"]), (&json!("INVALID_REQUEST"), &json!("invalid config")));
        assert_eq!(refused["details"]["issues"][0]["path"], "gateway.port");
        let raw = "{\n gateway: { port: 'x',\n bind: 'wan' },\n session: { mainKey: 'a:b' },\n}";
        let refused = client.err("config.set", json!({"raw": raw, "baseHash": base})).await;
        let issues = refused["details"]["issues"].as_array().unwrap();
        let told: Vec<_> =
            issues.iter().map(|issue| (issue["path"].as_str().unwrap(), issue["line"].as_u64())).collect();
        assert!(told.contains(&("gateway.port", Some(2))) && told.contains(&("gateway.bind", Some(3))), "{told:?}");
        assert!(told.contains(&("session.mainKey", Some(4))), "rules are told together with types: {told:?}");
        let refused = client.err("config.set", json!({"raw": "{ nonsense", "baseHash": base})).await;
        assert!(refused["details"]["issues"][0]["message"].as_str().unwrap().contains("JSON5"), "{refused}");
        // Nor one that would let strangers in.
        let open = "{gateway: {bind: 'lan', auth: {mode: 'none'}}}";
        let refused = client.err("config.set", json!({"raw": open, "baseHash": base})).await;
        assert!(refused.to_string().contains("exposed"), "{refused}");
        assert_eq!(house.text(), FILE);
        assert_eq!(client.ok("config.versions", json!({})).await["versions"], json!([]));
    }
}

#[tokio::test]
async fn the_placeholder_keeps_the_secret_and_is_never_written() {
    let house = House::new(FILE).await;
    let mut client = house.admin(4).await;
    let got = client.ok("config.get", json!({})).await;
    // What a page does: it sends back what it was shown, with one change.
    let raw = got["raw"].as_str().unwrap().replace("\"home\"", "\"den\"");
    client.ok("config.set", json!({"raw": raw, "baseHash": got["hash"]})).await;
    assert_eq!(house.text(), FILE.replace("\"home\"", "\"den\""), "secrets and comments are where they were");
    let base = hash(&mut client).await;
    let raw = json!({"channels": {"telegram": {"botToken": SENTINEL}}}).to_string();
    client.ok("config.patch", json!({"raw": raw, "baseHash": base})).await;
    assert!(house.text().contains("canary-bot-2"));
    // In a place without a stored value it stands for nothing.
    for raw in [
        json!({"channels": {"slack": {"token": SENTINEL}}}).to_string(),
        json!({"session": {"mainKey": format!("x{SENTINEL}")}}).to_string(),
        json!({"gateway": {"auth": {"token": SENTINEL}}}).to_string(),
    ] {
        let base = hash(&mut client).await;
        let refused = client.err("config.patch", json!({"raw": raw, "baseHash": base})).await;
        assert!(refused["details"]["issues"][0]["message"].as_str().unwrap().contains("placeholder"), "{refused}");
    }
    // Whoever has not seen a secret cannot bring it to where it would be seen.
    let base = hash(&mut client).await;
    let raw = json!({"mcp": {"servers": {"notes": {"args": ["--visible", SENTINEL]}}}}).to_string();
    let refused = client.err("config.patch", json!({"raw": raw, "baseHash": base})).await;
    assert!(refused["details"]["issues"][0]["message"].as_str().unwrap().contains("would show a secret"), "{refused}");
    assert!(!house.text().contains(SENTINEL));
    for kept in client.ok("config.versions", json!({})).await["versions"].as_array().unwrap() {
        let text = client.ok("config.versions", json!({"id": kept["id"]})).await["raw"].to_string();
        assert!(!text.contains("canary"), "{text}");
    }
}

#[tokio::test]
async fn an_agent_cannot_change_what_protects_the_gateway() {
    for version in [3, 4] {
        let house = House::new(FILE).await;
        let mut client = house.admin(version).await;
        for raw in [
            "{gateway: {auth: {mode: 'none'}}}",
            "{gateway: {port: 1}}",
            "{gateway: null}",
            "{tools: {exec: {security: 'full'}}}",
            "{mcp: {servers: {notes: {command: 'sh'}}}}",
            "{mcp: {servers: {evil: {command: 'sh', args: ['-c', 'id']}}}}",
            "{agents: {list: [{id: 'main', tools: {allow: ['exec']}}]}}",
            "{agents: {list: [{id: 'main', workspace: '/'}]}}",
            "{models: {providers: {openai: {baseUrl: 'http://evil.example'}}}}",
            "{update: {url: 'https://evil.example/list.json'}}",
            "{'$include': 'evil.json5'}",
            "{models: {discovery: {ollama: 'http://evil.example:1'}}}",
            "{session: {mainKey: '${OTHER_API_KEY}'}}",
        ] {
            let base = hash(&mut client).await;
            let patch = json!({"raw": raw, "baseHash": base, "sessionKey": "agent:main:main"});
            let refused = client.err("config.patch", patch).await;
            assert!(refused["message"].as_str().unwrap().contains("on behalf of a conversation"), "{raw}: {refused}");
        }
        assert_eq!(house.text(), FILE);
        for method in ["config.set", "config.apply"] {
            let base = hash(&mut client).await;
            let set = json!({"raw": "{}", "baseHash": base, "sessionKey": "agent:main:main"});
            assert!(client.err(method, set).await["message"].as_str().unwrap().contains("gateway"));
        }
        let restart = client.err("gateway.restart.request", json!({"sessionKey": "agent:main:main"})).await;
        assert!(restart["message"].as_str().unwrap().contains("agent"), "{restart}");
        // What is its own business it may.
        let base = hash(&mut client).await;
        let patch =
            json!({"raw": "{agents: {defaults: {heartbeat: {every: '1h'}}}}", "baseHash": base, "sessionKey": "main"});
        client.ok("config.patch", patch).await;
        assert!(house.text().contains("1h"));
    }
}

#[tokio::test]
async fn what_was_there_before_can_be_brought_back() {
    for version in [3, 4] {
        let house = House::new(FILE).await;
        let mut client = house.admin(version).await;
        let mut texts = vec![house.text()];
        for name in ["one", "two", "three"] {
            let base = hash(&mut client).await;
            let raw = json!({"session": {"mainKey": name}}).to_string();
            client.ok("config.patch", json!({"raw": raw, "baseHash": base})).await;
            texts.push(house.text());
        }
        let kept = client.ok("config.versions", json!({})).await["versions"].clone();
        assert_eq!(kept.as_array().unwrap().len(), 3);
        assert_eq!((&kept[0]["cause"], &kept[2]["bytes"]), (&json!("patch"), &json!(FILE.len())));
        let base = hash(&mut client).await;
        let stale = client.err("config.restore", json!({"id": kept[2]["id"]})).await;
        assert_eq!(stale["message"], "config base hash required; re-run config.get and retry");
        let back = client.ok("config.restore", json!({"id": kept[2]["id"], "baseHash": base})).await;
        assert_eq!((house.text(), &back["config"]["session"]["mainKey"]), (FILE.to_owned(), &json!("home")));
        // Also the change itself can be taken back.
        let kept = client.ok("config.versions", json!({})).await["versions"].clone();
        let base = hash(&mut client).await;
        client.ok("config.restore", json!({"id": kept[0]["id"], "baseHash": base})).await;
        assert_eq!(house.text(), texts[3]);
        let base = hash(&mut client).await;
        let unknown = client.err("config.restore", json!({"id": "../postern", "baseHash": base})).await;
        assert!(unknown["message"].as_str().unwrap().contains("config.versions"), "{unknown}");
    }
}

#[tokio::test]
async fn a_gateway_without_a_file_gets_one() {
    let house = House::new("").await;
    fs::remove_file(&house.file).unwrap();
    let mut client = house.admin(4).await;
    let got = client.ok("config.get", json!({})).await;
    assert_eq!((&got["exists"], &got["raw"], &got["valid"]), (&json!(false), &Value::Null, &json!(true)));
    client.ok("config.patch", json!({"raw": "{session: {mainKey: 'first'}}"})).await;
    assert_eq!(client.ok("config.get", json!({})).await["config"]["session"]["mainKey"], "first");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&house.file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn the_schema_says_what_can_be_written() {
    let house = House::new(FILE).await;
    let mut client = house.admin(4).await;
    let schema = client.ok("config.schema", json!({})).await;
    let validator = jsonschema::validator_for(&schema["schema"]).expect("a JSON Schema");
    assert!(validator.is_valid(&json!({"gateway": {"port": 1}})));
    assert!(!validator.is_valid(&json!({"gateway": {"port": "x"}})));
    let hints = &schema["uiHints"];
    assert_eq!(
        (&hints["gateway.auth.token"]["sensitive"], &hints["gateway.port"]["restart"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(hints["session.mainKey"]["label"], "Main key");
    assert!(schema["generatedAt"].as_str().unwrap().ends_with('Z'));
    let port = client.ok("config.schema.lookup", json!({"path": "gateway.port"})).await;
    assert_eq!((&port["schema"]["maximum"], &port["hint"]["placeholder"]), (&json!(65535), &json!("18789")));
    let agent = client.ok("config.schema.lookup", json!({"path": "agents.list[3]"})).await;
    let inside = |answer: &Value, key: &str| {
        let all = answer["children"].as_array().unwrap();
        all.iter().find(|child| child["key"] == key).unwrap_or_else(|| panic!("no {key} in {answer}")).clone()
    };
    let workspace = inside(&agent, "workspace");
    assert_eq!((&workspace["path"], &workspace["type"]), (&json!("agents.list[3].workspace"), &json!("string")));
    assert_eq!((&workspace["hasChildren"], &workspace["required"]), (&json!(false), &json!(false)));
    // A way from the whole file down to any setting.
    let root = client.ok("config.schema.lookup", json!({"path": "."})).await;
    let gateway = client.ok("config.schema.lookup", json!({"path": inside(&root, "gateway")["path"]})).await;
    assert_eq!((gateway.get("reloadKind"), &inside(&gateway, "port")["reloadKind"]), (None, &json!("restart")));
    let agents = client.ok("config.schema.lookup", json!({"path": "agents.list"})).await;
    let any = client.ok("config.schema.lookup", json!({"path": inside(&agents, "*")["path"]})).await;
    assert_eq!(any["children"].as_array().unwrap().len(), agent["children"].as_array().unwrap().len());
    let unknown = client.err("config.schema.lookup", json!({"path": "gateway.prot"})).await;
    assert!(unknown["message"].as_str().unwrap().contains("gateway.prot"), "{unknown}");
}

#[tokio::test]
async fn the_file_is_opened_on_its_own_machine_only() {
    let house = House::new(FILE).await;
    let connect = Connect::operator(&Device::new("far"), &["operator.admin"]);
    let refused = house.gateway.refused(&Caller::remote(), &connect).await;
    house.gateway.approve(&refused).await;
    let mut far = house.gateway.must(&Caller::remote(), &connect).await;
    let refused = far.err("config.openFile", json!({})).await;
    assert!(refused["message"].as_str().unwrap().contains("own machine"), "{refused}");
}
