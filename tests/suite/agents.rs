//! Agents: the list, making, changing and deleting them, and how they are shown (`methods.md §4`).

use serde_json::{Value, json};

use crate::harness::{Connect, Device, TestGateway, assert_keys};

const ADMIN: &[&str] = &["operator.admin"];
const READ: &[&str] = &["operator.read"];

const TWO: &str = r#"{
    session: { mainKey: "home" },
    agents: {
        defaults: { model: "openai/base" },
        list: [
            { id: "front", name: "Front desk", default: true },
            { id: "work", model: { primary: "openai/big", fallbacks: ["openai/small"] }, thinkingDefault: "high",
              identity: { name: "Worker", emoji: "🔧", theme: "dry", avatar: "https://example.com/a.png" } },
        ],
    },
}"#;

fn two() -> TestGateway {
    TestGateway::builder().config(TWO).start()
}

fn ids(list: &Value) -> Vec<&str> {
    list["agents"].as_array().unwrap().iter().map(|agent| agent["id"].as_str().unwrap()).collect()
}

fn row<'a>(list: &'a Value, id: &str) -> &'a Value {
    list["agents"]
        .as_array()
        .unwrap()
        .iter()
        .find(|agent| agent["id"] == id)
        .unwrap_or_else(|| panic!("no {id}: {list}"))
}

/// X-07, M-12: the agents of the configuration are listed, one is the default, whole answer.
#[tokio::test]
async fn configured_agents_are_listed() {
    let gateway = two();
    let mut op = gateway.op(&Device::new("op"), READ).await;
    let list = op.ok("agents.list", json!({})).await;
    assert_keys(&list, &["defaultId", "ownership", "selectionRequired", "mainKey", "scope", "agents"]);
    let levels = ["off", "minimal", "low", "medium", "high", "xhigh"];
    let level = |level: &&str| json!({"id": level, "label": level});
    let path = |name: &str| gateway.state_dir().join(name).display().to_string();
    let want = json!({
        "defaultId": "front", "ownership": "legacy", "selectionRequired": false, "mainKey": "home", "scope": "per-sender",
        "agents": [
            {
                "id": "front", "name": "Front desk", "workspace": path("workspace"),
                "identity": {"name": "Front desk", "avatar": "F"}, "model": {"primary": "openai/base"},
                "thinkingLevels": levels.iter().map(level).collect::<Vec<_>>(), "thinkingOptions": levels,
            },
            {
                "id": "work", "workspace": path("workspace-work"),
                "identity": {
                    "name": "Worker", "theme": "dry", "emoji": "🔧", "avatar": "https://example.com/a.png",
                    "avatarUrl": "https://example.com/a.png",
                },
                "model": {"primary": "openai/big", "fallbacks": ["openai/small"]},
                "thinkingLevels": levels.iter().map(level).collect::<Vec<_>>(), "thinkingOptions": levels,
                "thinkingDefault": "high",
            },
        ],
    });
    assert_eq!(list, want);
    // Older clients know less of an agent.
    let mut old =
        gateway.must(&crate::harness::Caller::local(), &Connect::operator(&Device::new("old"), READ).v3()).await;
    let known = |agent: &Value| {
        let mut agent = agent.clone();
        agent.as_object_mut().unwrap().retain(|key, _| ["id", "name", "identity"].contains(&key.as_str()));
        agent
    };
    let agents: Vec<Value> = want["agents"].as_array().unwrap().iter().map(known).collect();
    assert_eq!(
        old.ok("agents.list", json!({})).await,
        json!({"defaultId": "front", "mainKey": "home", "scope": "per-sender", "agents": agents})
    );
    assert!(!gateway.state_dir().join("workspace").exists(), "looking makes no folder");
}

/// X-07: without configuration there is one agent, and it has a name.
#[tokio::test]
async fn there_always_is_an_agent() {
    let gateway = TestGateway::start();
    let mut op = gateway.op(&Device::new("op"), READ).await;
    let list = op.ok("agents.list", json!({})).await;
    assert_eq!((&list["defaultId"], &list["ownership"], ids(&list)), (&json!("main"), &json!("sole"), vec!["main"]));
    assert_eq!(op.hello["snapshot"]["sessionDefaults"]["defaultAgentId"], "main");
    let shown = op.ok("agent.identity.get", json!({})).await;
    let want = json!({
        "agentId": "main", "name": "Assistant", "nameSource": "default", "avatar": "A", "avatarStatus": "none",
    });
    assert_eq!(shown, want);
}

/// X-08: an agent is made, changed and deleted; it lasts, also through kill -9.
#[tokio::test]
async fn agents_are_made_changed_and_deleted() {
    let mut gateway = two();
    let mut admin = gateway.op(&Device::new("admin"), ADMIN).await;
    let params = json!({"name": "Night Owl", "emoji": "🦊", "model": "ollama/llama", "unknown": 1, "workspace": null});
    let made = admin.ok("agents.create", params).await;
    let folder = gateway.state_dir().join("workspace-night-owl");
    let want = json!({
        "ok": true, "agentId": "night-owl", "name": "Night Owl", "workspace": folder.display().to_string(),
        "model": "ollama/llama",
    });
    assert_eq!(made, want);
    gateway.kill9();
    let gateway = gateway.start_again();
    let mut admin = gateway.op(&Device::new("admin"), ADMIN).await;
    let list = admin.ok("agents.list", json!({})).await;
    assert_eq!((&list["defaultId"], ids(&list)), (&json!("front"), vec!["front", "work", "night-owl"]));
    assert_eq!(row(&list, "night-owl")["model"], json!({"primary": "ollama/llama"}));
    assert_eq!(row(&list, "night-owl")["identity"], json!({"name": "Night Owl", "emoji": "🦊", "avatar": "🦊"}));

    let changes = json!({"agentId": "Night-Owl", "name": "Early Bird", "model": null});
    assert_eq!(admin.ok("agents.update", changes).await, json!({"ok": true, "agentId": "night-owl"}));
    admin.ok("agents.update", json!({"agentId": "work", "name": "Boss", "model": "openai/own"})).await;
    let gateway = gateway.restart();
    let mut admin = gateway.op(&Device::new("admin"), ADMIN).await;
    let list = admin.ok("agents.list", json!({})).await;
    assert_eq!(row(&list, "night-owl")["name"], "Early Bird");
    assert_eq!(row(&list, "night-owl")["model"], json!({"primary": "openai/base"}), "back to what holds for all");
    assert_eq!(
        (&row(&list, "work")["name"], &row(&list, "work")["model"]["primary"]),
        (&json!("Boss"), &json!("openai/own"))
    );
    let boss = admin.ok("agent.identity.get", json!({"agentId": "work"})).await;
    assert_eq!((&boss["name"], &boss["nameSource"]), (&json!("Boss"), &json!("agent")));

    let gone = admin.ok("agents.delete", json!({"agentId": "night-owl", "deleteFiles": true})).await;
    let removed = json!([{"path": folder.display().to_string(), "method": "trash"}]);
    assert_eq!(gone, json!({"ok": true, "agentId": "night-owl", "removedBindings": 0, "removed": removed}));
    assert!(!folder.exists());
    assert_eq!(std::fs::read_dir(gateway.state_dir().join("trash")).unwrap().count(), 1);
    assert_eq!(ids(&admin.ok("agents.list", json!({})).await), ["front", "work"]);
}

/// X-08: what cannot be is refused with what to do about it, and nothing changed.
#[tokio::test]
async fn refusals_name_the_field_or_the_fix() {
    let gateway = two();
    let mut admin = gateway.op(&Device::new("admin"), ADMIN).await;
    let state = gateway.state_dir().display().to_string();
    for (method, params, part) in [
        ("agents.create", json!({}), "name"),
        ("agents.create", json!({"name": ""}), "/name"),
        ("agents.create", json!({"name": " \u{0} "}), "name: needs"),
        ("agents.create", json!({"name": "a", "model": "gpt"}), "model: must be"),
        ("agents.create", json!({"name": "a", "emoji": "<b>"}), "emoji: must be"),
        ("agents.create", json!({"name": "a", "avatar": "javascript:alert(1)"}), "avatar: must be"),
        ("agents.create", json!({"name": "a", "workspace": "../up"}), "workspace: must not contain .."),
        ("agents.create", json!({"name": "a", "workspace": "~/x"}), "workspace: ~"),
        ("agents.create", json!({"name": "a", "workspace": state}), "workspace: would contain the state folder"),
        ("agents.create", json!({"name": "a", "workspace": "/"}), "workspace: would contain the state folder"),
        ("agents.update", json!({"agentId": "nobody"}), "unknown agent id"),
        ("agents.delete", json!({"agentId": "front"}), "default agent"),
        ("agents.delete", json!({"agentId": "work"}), "postern.json"),
        ("agents.delete", json!({"agentId": "../work"}), "unknown agent id"),
        ("agent.identity.get", json!({"agentId": "nobody"}), "unknown agent id"),
        ("agents.files.list", json!({"agentId": "<script>"}), "unknown agent id"),
    ] {
        let error = admin.err(method, params.clone()).await;
        let message = error["message"].as_str().unwrap();
        assert_eq!(error["code"], "INVALID_REQUEST", "{method} {params}: {error}");
        assert!(message.contains(part) && !message.contains("<script>"), "{method} {params}: {message}");
    }
    assert_eq!(ids(&admin.ok("agents.list", json!({})).await), ["front", "work"]);
    assert!(!gateway.state_dir().join("trash").exists());
}

/// X-08: everything that changes an agent needs admin, everything that shows one needs read.
#[tokio::test]
async fn only_admins_change_agents() {
    let gateway = two();
    let mut op = gateway.op(&Device::new("op"), &["operator.write", "operator.pairing", "operator.approvals"]).await;
    for (method, params) in [
        ("agents.create", json!({"name": "a"})),
        ("agents.update", json!({"agentId": "work", "name": "b"})),
        ("agents.delete", json!({"agentId": "work"})),
        ("agents.files.set", json!({"agentId": "work", "name": "SOUL.md", "content": "x"})),
    ] {
        let error = op.err(method, params).await;
        assert_eq!(error["details"]["missingScope"], "operator.admin", "{method}: {error}");
    }
    op.ok("agents.files.get", json!({"agentId": "work", "name": "SOUL.md"})).await;
    let mut none = gateway.op(&Device::new("none"), &["operator.pairing"]).await;
    for method in ["agents.list", "agent.identity.get", "agents.files.list", "commands.list"] {
        assert_eq!(none.err(method, json!({"agentId": "work"})).await["details"]["missingScope"], "operator.read");
    }
}

/// X-06: an agent is shown as its session's, its configuration and its own file say, in this order.
#[tokio::test]
async fn agents_are_shown_as_they_are() {
    let gateway = two();
    let mut admin = gateway.op(&Device::new("admin"), ADMIN).await;
    let worker = json!({
        "agentId": "work", "name": "Worker", "nameSource": "config", "emoji": "🔧",
        "avatar": "https://example.com/a.png", "avatarSource": "https://example.com/a.png", "avatarStatus": "remote",
    });
    for params in [
        json!({"agentId": "work"}),
        json!({"agentId": "WORK"}),
        json!({"sessionKey": "agent:work:home"}),
        json!({"sessionKey": "agent:work:home", "agentId": "work"}),
    ] {
        assert_eq!(admin.ok("agent.identity.get", params.clone()).await, worker, "{params}");
    }
    for params in [json!({}), json!({"sessionKey": "main"}), json!({"agentId": null, "sessionKey": null})] {
        assert_eq!(admin.ok("agent.identity.get", params.clone()).await["agentId"], "front", "{params}");
    }
    let mixed = admin.err("agent.identity.get", json!({"sessionKey": "agent:work:home", "agentId": "front"})).await;
    assert_eq!(mixed["code"], "INVALID_REQUEST", "{mixed}");

    admin.ok("agents.create", json!({"name": "Nova"})).await;
    let text = "- Name: Other\n- Emoji: 🦊\n- Avatar: http://10.0.0.1/spy.png\n";
    admin.ok("agents.files.set", json!({"agentId": "nova", "name": "IDENTITY.md", "content": text})).await;
    let want = json!({
        "agentId": "nova", "name": "Nova", "nameSource": "agent", "emoji": "🦊", "avatar": "🦊",
        "avatarSource": "http://10.0.0.1/spy.png", "avatarStatus": "none", "avatarReason": "only https addresses are shown",
    });
    assert_eq!(admin.ok("agent.identity.get", json!({"agentId": "nova"})).await, want);
}
