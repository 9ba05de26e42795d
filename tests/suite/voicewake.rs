//! Words that wake devices, voice conversations, programs of skills, machines: what nodes and clients are told of them,
//! over the wire in both generations., E-14.

use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, TestGateway, assert_keys};

const USUAL: [&str; 3] = ["openclaw", "claude", "computer"];

async fn node(gateway: &TestGateway, name: &str, v3: bool) -> Client {
    let connect = Connect::node(&Device::new(name));
    gateway.must(&Caller::local(), &if v3 { connect.v3() } else { connect }).await
}

/// What a connection was told under this name so far.
async fn told(client: &mut Client, event: &str) -> Vec<Value> {
    client.catch_up().await;
    client.events(event)
}

/// X-81, E-14: a change is answered as it is kept, survives a power cut, and reaches every reader and every node once.
#[tokio::test]
async fn words_are_kept_and_told_to_everybody() {
    let mut gateway = TestGateway::start();
    let mut writer = gateway.op(&Device::new("writer"), &["operator.write"]).await;
    let mut reader = gateway.op(&Device::new("reader"), &["operator.read"]).await;
    let mut other = gateway.op(&Device::new("other"), &["operator.pairing"]).await;
    let (mut new, mut old) = (node(&gateway, "new", false).await, node(&gateway, "old", true).await);
    assert_eq!(writer.ok("voicewake.get", json!({})).await, json!({"triggers": USUAL}));
    for node in [&mut new, &mut old] {
        node.event("voicewake.changed", |told| *told == json!({"triggers": USUAL})).await;
    }
    let set = writer.ok("voicewake.set", json!({"triggers": [" hey ", "", "robot  wake"]})).await;
    let wanted = json!({"triggers": ["hey", "robot wake"]});
    assert_eq!(set, wanted);
    assert_eq!(reader.ok("voicewake.get", json!({})).await, wanted);
    for client in [&mut reader, &mut new, &mut old] {
        client.event("voicewake.changed", |told| *told == wanted).await;
    }
    // Once each: nodes of protocol 3 belong to both kinds of receivers.
    assert_eq!(told(&mut reader, "voicewake.changed").await.len(), 1);
    assert_eq!(told(&mut other, "voicewake.changed").await, [] as [Value; 0], "without the scope nothing is heard");
    for node in [&mut new, &mut old] {
        node.err("voicewake.get", json!({})).await;
        assert_eq!(node.events("voicewake.changed"), [json!({"triggers": USUAL}), wanted.clone()]);
    }
    gateway.kill9();
    let gateway = gateway.start_again();
    let mut reader = gateway.op(&Device::new("reader"), &["operator.read"]).await;
    assert_eq!(reader.ok("voicewake.get", json!({})).await, wanted);
    let mut late = node(&gateway, "late", false).await;
    late.event("voicewake.changed", |told| *told == wanted).await;
    let mut writer = gateway.op(&Device::new("writer"), &["operator.write"]).await;
    assert_eq!(writer.ok("voicewake.set", json!({"triggers": []})).await, json!({"triggers": USUAL}));
}

/// What cannot be a word is refused by the name of its field, and changes nothing.
#[tokio::test]
async fn words_have_limits() {
    let gateway = TestGateway::start();
    let mut writer = gateway.op(&Device::new("writer"), &["operator.write"]).await;
    let many: Vec<String> = (0..33).map(|n| format!("word {n}")).collect();
    for (params, says) in [
        (json!({"triggers": many}), "triggers takes at most 32"),
        (json!({"triggers": ["ok", "x".repeat(65)]}), "triggers[1] takes at most 64"),
        (json!({"triggers": ["a\u{1b}b"]}), "triggers[0] must be one line"),
        (json!({"triggers": "hey"}), "triggers"),
        (json!({"triggers": [7]}), "triggers"),
        (json!({}), "triggers"),
    ] {
        let error = writer.err("voicewake.set", params.clone()).await;
        assert_eq!(error["code"], "INVALID_REQUEST", "{params}: {error}");
        assert!(error["message"].as_str().unwrap().contains(says), "{params}: {error}");
    }
    assert_eq!(writer.ok("voicewake.get", json!({})).await, json!({"triggers": USUAL}));
    let most = json!({"triggers": many[..32]});
    assert_eq!(writer.ok("voicewake.set", most.clone()).await, most);
    let mut reader = gateway.op(&Device::new("reader"), &["operator.read"]).await;
    for method in ["voicewake.set", "voicewake.routing.set"] {
        let error = reader.err(method, json!({"triggers": [], "config": {}})).await;
        assert_eq!(error["details"]["missingScope"], "operator.write", "{error}");
    }
}

/// routes make the round trip, as words are heard; protocol 4 is told, also each node that comes.
#[tokio::test]
async fn routes_are_kept_and_told() {
    let mut gateway = TestGateway::start();
    let mut writer = gateway.op(&Device::new("writer"), &["operator.write"]).await;
    let (mut new, mut old) = (node(&gateway, "new", false).await, node(&gateway, "old", true).await);
    let first = writer.ok("voicewake.routing.get", json!({})).await;
    let none = json!({"version": 1, "defaultTarget": {"mode": "current"}, "routes": [], "updatedAtMs": 0});
    assert_eq!(first, json!({"config": none}));
    new.event("voicewake.routing.changed", |told| *told == first).await;
    let routes = json!([
        {"trigger": " Hey, Bot!! ", "target": {"agentId": "Main"}},
        {"trigger": "robot wake", "target": {"sessionKey": "agent:main:main"}},
        {"trigger": "here", "target": {"mode": "current"}},
    ]);
    let set = writer.ok("voicewake.routing.set", json!({"config": {"version": 1, "routes": routes}})).await;
    let kept = json!([
        {"trigger": "hey bot", "target": {"agentId": "main"}},
        {"trigger": "robot wake", "target": {"sessionKey": "agent:main:main"}},
        {"trigger": "here", "target": {"mode": "current"}},
    ]);
    assert_eq!(set["config"]["routes"], kept);
    assert!(set["config"]["updatedAtMs"].as_i64().unwrap() > 0);
    for client in [&mut writer, &mut new] {
        client.event("voicewake.routing.changed", |told| *told == set).await;
    }
    old.err("voicewake.routing.get", json!({})).await;
    assert_eq!(old.events("voicewake.routing.changed"), [] as [Value; 0], "protocol 3 has no such event");
    for (config, says) in [
        (json!({"version": 2}), "config.version must be 1"),
        (json!({"routes": [{"trigger": "a", "target": {}}]}), "config.routes[0].target takes exactly one"),
        (json!({"defaultTarget": {"mode": "current", "agentId": "main"}}), "config.defaultTarget takes exactly one"),
        (json!({"routes": [{"trigger": "!!", "target": {"mode": "current"}}]}), "config.routes[0].trigger must have"),
        (json!({"routes": [{"trigger": "a", "target": {"mode": "elsewhere"}}]}), "mode"),
    ] {
        let error = writer.err("voicewake.routing.set", json!({"config": config})).await;
        assert!(error["message"].as_str().unwrap().contains(says), "{config}: {error}");
    }
    gateway.kill9();
    let gateway = gateway.start_again();
    let mut reader = gateway.op(&Device::new("reader"), &["operator.read"]).await;
    assert_eq!(reader.ok("voicewake.routing.get", json!({})).await, set);
    let mut late = node(&gateway, "late", false).await;
    late.event("voicewake.routing.changed", |told| *told == set).await;
}

/// X-73, E-14: a voice conversation is told to those who talk and to every node, in both generations.
#[tokio::test]
async fn a_voice_conversation_is_told() {
    let gateway = TestGateway::start();
    let mut talker = gateway.op(&Device::new("talker"), &["operator.talk"]).await;
    let mut reader = gateway.op(&Device::new("reader"), &["operator.read"]).await;
    let (mut new, mut old) = (node(&gateway, "new", false).await, node(&gateway, "old", true).await);
    let on = talker.ok("talk.mode", json!({"enabled": true, "phase": "listening"})).await;
    assert_keys(&on, &["enabled", "phase", "ts"]);
    assert_eq!((&on["enabled"], &on["phase"]), (&json!(true), &json!("listening")));
    for client in [&mut talker, &mut new, &mut old] {
        client.event("talk.mode", |told| *told == on).await;
    }
    let off = talker.ok("talk.mode", json!({"enabled": false})).await;
    assert_eq!((&off["enabled"], &off["phase"]), (&json!(false), &Value::Null));
    new.event("talk.mode", |told| *told == off).await;
    assert_eq!(told(&mut reader, "talk.mode").await, [] as [Value; 0]);
    assert_eq!(reader.err("talk.mode", json!({"enabled": true})).await["details"]["missingScope"], "operator.talk");
    assert_eq!(talker.err("talk.mode", json!({})).await["code"], "INVALID_REQUEST");
    assert_eq!(
        talker.err("talk.mode", json!({"enabled": true, "phase": "x".repeat(65)})).await["code"],
        "INVALID_REQUEST"
    );
}

/// settings of a voice conversation go to readers without keys; keys to those who may have them and ask.
#[tokio::test]
async fn voice_settings_keep_their_keys() {
    const KEY: &str = "sk-voice-4f8e2b7a91c6d350";
    let config = format!(
        "{{talk: {{provider: 'eleven', providers: {{eleven: {{voiceId: 'v1', apiKey: '{KEY}'}}}}, interruptOnSpeech: true}}, \
         session: {{mainKey: 'home'}}, ui: {{seamColor: '#123456'}}}}"
    );
    let gateway = TestGateway::builder().config(&config).start();
    let mut reader = gateway.op(&Device::new("reader"), &["operator.read"]).await;
    let shown = reader.ok("talk.config", json!({})).await;
    assert!(!shown.to_string().contains(KEY), "{shown}");
    let config = &shown["config"];
    assert_eq!((&config["session"], &config["ui"]), (&json!({"mainKey": "home"}), &json!({"seamColor": "#123456"})));
    let eleven = json!({"voiceId": "v1", "apiKey": "__OPENCLAW_REDACTED__"});
    assert_eq!(
        config["talk"],
        json!({"provider": "eleven", "providers": {"eleven": eleven}, "interruptOnSpeech": true,
            "resolved": {"provider": "eleven", "config": eleven}})
    );
    for scopes in [&["operator.read"][..], &["operator.read", "operator.write", "operator.talk"]] {
        let mut client = gateway.op(&Device::new("other"), scopes).await;
        let refused = client.err("talk.config", json!({"includeSecrets": true})).await;
        assert_eq!(refused["details"]["missingScope"], "operator.talk.secrets", "{refused}");
    }
    for scopes in [&["operator.admin"][..], &["operator.read", "operator.talk.secrets"]] {
        let mut client = gateway.op(&Device::new("trusted"), scopes).await;
        let shown = client.ok("talk.config", json!({"includeSecrets": true})).await;
        assert_eq!(shown["config"]["talk"]["resolved"]["config"]["apiKey"], KEY);
        assert!(!client.ok("talk.config", json!({})).await.to_string().contains(KEY), "only when asked for");
    }
    assert!(!gateway.log().contains(KEY));
}

/// a node learns which programs installed skills call; what an agent writes into its own folder is none of them.
#[tokio::test]
async fn programs_of_skills_are_for_nodes() {
    let gateway = TestGateway::start();
    let (mut new, mut old) = (node(&gateway, "new", false).await, node(&gateway, "old", true).await);
    assert_eq!(new.ok("skills.bins", json!({})).await, json!({"bins": []}));
    let write = |folder: &str, bin: &str| {
        let folder = gateway.state_dir().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        let text = format!("---\nname: x\nmetadata: {{\"openclaw\":{{\"requires\":{{\"bins\":[\"{bin}\"]}}}}}}\n---\n");
        std::fs::write(folder.join("SKILL.md"), text).unwrap();
    };
    write("skills/mail", "himalaya");
    write("workspace/skills/own", "rm");
    for node in [&mut new, &mut old] {
        assert_eq!(node.ok("skills.bins", json!({})).await, json!({"bins": ["himalaya"]}));
    }
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    assert_eq!(admin.err("skills.bins", json!({})).await["code"], "INVALID_REQUEST");
}

/// The gateway's machine and every node are listed, with what of each can be used at this moment.
#[tokio::test]
async fn machines_are_listed_with_their_nodes() {
    let gateway = TestGateway::start();
    let mut reader = gateway.op(&Device::new("reader"), &["operator.read"]).await;
    let alone = reader.ok("environments.list", json!({})).await;
    assert_eq!(alone["environments"].as_array().unwrap().len(), 1, "{alone}");
    let own = &alone["environments"][0];
    assert_eq!((&own["id"], &own["type"], &own["status"]), (&json!("gateway"), &json!("local"), &json!("available")));
    assert_eq!(&reader.ok("environments.status", json!({"environmentId": "gateway"})).await, own);
    let device = Device::new("box");
    let connect = Connect::node(&device).set("/caps", json!(["system"])).set("/commands", json!(["system.run"]));
    let connected = gateway.must(&Caller::local(), &connect).await;
    let id = format!("node:{}", device.id());
    let listed = reader.ok("environments.list", json!({})).await;
    let row = &listed["environments"][1];
    assert_eq!((&row["id"], &row["type"], &row["status"]), (&json!(id), &json!("node"), &json!("available")));
    assert_eq!((&row["capabilities"], &row["invocableCommands"]), (&json!(["system"]), &json!(["system.run"])));
    assert_eq!(row["sessionHost"], false);
    drop(connected);
    let gone = loop {
        let row = reader.ok("environments.status", json!({"environmentId": id})).await;
        if row["status"] == "unavailable" {
            break row;
        }
    };
    assert_eq!(gone["invocableCommands"], json!([]));
    assert!(gone["lastDisconnectedAtMs"].is_i64(), "{gone}");
    for unknown in ["node:nobody", "elsewhere"] {
        let error = reader.err("environments.status", json!({"environmentId": unknown})).await;
        assert!(error["message"].as_str().unwrap().contains("unknown environmentId"), "{error}");
    }
}
