//! Rules for commands and the tools under them: what runs without asking, what is asked about, what never runs
//! (X-36, X-38; DEMAND §2 "Approval integrity").

use serde_json::{Value, json};

use crate::harness::{Client, Device, InProcess, assert_keys};

const GET: &str = "exec.approvals.get";
const SET: &str = "exec.approvals.set";
const INVOKE: &str = "tools.invoke";

async fn start(config: &str) -> InProcess {
    let path = std::env::var("PATH").unwrap_or_else(|_| "/usr/bin:/bin".to_owned());
    InProcess::with(config, |options| drop(options.command_env.insert("PATH".to_owned(), path))).await
}

async fn admin(gateway: &InProcess, name: &str) -> Client {
    gateway.op(&Device::new(name), &["operator.admin"]).await
}

fn exec(argv: &[&str]) -> Value {
    json!({"name": "exec", "args": {"argv": argv}})
}

fn text(result: &Value) -> String {
    result["output"]["content"][0]["text"].as_str().unwrap_or_default().to_owned()
}

/// Calls a tool while somebody answers the question that comes of it; returns what was asked and what came out.
async fn answered(caller: &mut Client, approver: &mut Client, call: Value, decision: &str) -> (Value, Value) {
    let posted = caller.post(INVOKE, call).await;
    let before = approver.events("exec.approval.resolved");
    let is_new = |event: &Value| !before.iter().any(|ended| ended["id"] == event["id"]);
    let shown = approver.event("exec.approval.requested", is_new).await;
    approver.ok("exec.approval.resolve", json!({"id": shown["id"], "decision": decision})).await;
    let result = caller.raw.answer(&posted).await["payload"].clone();
    approver.event("exec.approval.resolved", |event| event["id"] == shown["id"]).await;
    (shown, result)
}

#[tokio::test]
async fn rules_are_read_and_replaced_as_a_whole() {
    let gateway = start("{}").await;
    let mut admin = admin(&gateway, "desk").await;
    let empty = admin.ok(GET, json!({})).await;
    assert_keys(&empty, &["path", "exists", "hash", "file", "resolvedDefaults"]);
    assert_eq!((&empty["exists"], &empty["file"]), (&json!(false), &json!({"version": 1})));
    assert_eq!(
        empty["resolvedDefaults"],
        json!({"security": "allowlist", "ask": "on-miss", "askFallback": "deny", "autoAllowSkills": false})
    );
    let file = json!({"version": 1, "socket": {"path": "/run/x.sock", "token": "secret"},
        "defaults": {"ask": "always", "unknown": 1},
        "agents": {"main": {"security": "allowlist", "allowlist": [{"pattern": "/usr/bin/rg"}]}}});
    let set = admin.ok(SET, json!({"file": file})).await;
    assert_eq!(set["file"]["socket"], json!({"path": "/run/x.sock"}), "a socket's token is neither kept nor told");
    assert_eq!(set["file"]["defaults"], json!({"ask": "always"}));
    assert_eq!((&set["exists"], &set["resolvedDefaults"]["ask"]), (&json!(true), &json!("always")));
    assert_eq!(admin.ok(GET, json!({})).await, set);
    // Whoever read other rules does not overwrite these.
    let next = json!({"version": 1});
    let error = admin.err(SET, json!({"file": next})).await;
    assert_eq!(error["message"], "exec approvals base hash required; re-run exec.approvals.get and retry");
    let error = admin.err(SET, json!({"file": next, "baseHash": empty["hash"]})).await;
    assert_eq!(error["message"], "exec approvals changed since last load; re-run exec.approvals.get and retry");
    let last = admin.ok(SET, json!({"file": next, "baseHash": set["hash"]})).await;
    assert_eq!(last["file"], next);
}

#[tokio::test]
async fn rules_that_cannot_be_used_are_named() {
    let gateway = start("{}").await;
    let mut admin = admin(&gateway, "desk").await;
    for (file, at) in [
        (json!({"version": 2}), "/file/version"),
        (json!({"version": 1, "defaults": {"security": "maybe"}}), "/file/defaults/security"),
        (
            json!({"version": 1, "agents": {"main": {"allowlist": [{"pattern": 5}]}}}),
            "/file/agents/main/allowlist/0/pattern",
        ),
        (
            json!({"version": 1, "agents": {"main": {"allowlist": [{"pattern": "rg"}]}}}),
            "file.agents.main.allowlist[0].pattern",
        ),
    ] {
        let error = admin.err(SET, json!({"file": file})).await;
        assert!(error["message"].as_str().unwrap().contains(at), "{error}");
    }
    assert_eq!(admin.ok(GET, json!({})).await["exists"], false);
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_is_asked_about_until_it_is_on_the_list() {
    let gateway = start("{}").await;
    let (mut desk, mut phone) = (admin(&gateway, "desk").await, admin(&gateway, "phone").await);
    let (shown, result) = answered(&mut desk, &mut phone, exec(&["echo", "one"]), "deny").await;
    let request = &shown["request"];
    assert_eq!((&request["command"], &request["host"]), (&json!("echo one"), &json!("gateway")));
    assert_eq!((&request["agentId"], &request["sessionKey"]), (&json!("main"), &json!("agent:main:main")));
    assert_eq!(request["systemRunBinding"]["argv"], json!(["echo", "one"]));
    assert_eq!((&result["ok"], &result["error"]["code"]), (&json!(false), &json!("tool_error")), "{result}");
    assert!(result["error"]["message"].as_str().unwrap().contains("denied"), "{result}");
    // Once is once: the same again asks again, and so does anything else.
    let (_, result) = answered(&mut desk, &mut phone, exec(&["echo", "one"]), "allow-once").await;
    assert!(text(&result).contains("one"), "{result}");
    let (_, result) = answered(&mut desk, &mut phone, exec(&["echo", "two"]), "allow-always").await;
    assert!(text(&result).contains("two"), "{result}");
    // From now on this command runs unasked, and no other.
    let result = desk.ok(INVOKE, exec(&["echo", "two"])).await;
    assert!(text(&result).contains("two"), "{result}");
    let (_, result) = answered(&mut desk, &mut phone, exec(&["echo", "three"]), "deny").await;
    assert_eq!(result["ok"], false, "{result}");
    let rules = desk.ok(GET, json!({})).await;
    let entry = &rules["file"]["agents"]["main"]["allowlist"][0];
    assert!(entry["pattern"].as_str().unwrap().starts_with("command:"), "{rules}");
    assert_eq!(entry["lastUsedCommand"], "echo two");
}

/// The file behind a program's name.
#[cfg(unix)]
fn file_of(program: &str) -> std::path::PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut found = std::env::split_paths(&path).map(|folder| folder.join(program)).filter(|file| file.is_file());
    found.next().unwrap().canonicalize().unwrap()
}

/// X-38: an entry that somebody writes into the gateway's rules is enough, for that program and as long as it is there.
#[cfg(unix)]
#[tokio::test]
async fn a_program_that_is_put_on_the_list_runs_unasked() {
    let gateway = start("{}").await;
    let (mut desk, mut phone) = (admin(&gateway, "desk").await, admin(&gateway, "phone").await);
    let (_, result) = answered(&mut desk, &mut phone, exec(&["uname", "-s"]), "deny").await;
    assert_eq!(result["ok"], false, "{result}");
    let listed = json!({"version": 1, "agents": {"main": {"allowlist": [{"pattern": file_of("uname")}]}}});
    desk.ok(SET, json!({"file": listed})).await;
    for words in [&["uname", "-s"][..], &["uname"]] {
        let result = desk.ok(INVOKE, exec(words)).await;
        assert!(result["ok"] == true && !text(&result).is_empty(), "{result}");
    }
    phone.catch_up().await;
    assert_eq!(phone.events("exec.approval.requested").len(), 1, "only before it was listed");
    let (_, result) = answered(&mut desk, &mut phone, exec(&["id"]), "deny").await;
    assert_eq!(result["ok"], false, "{result}");
    let used = desk.ok(GET, json!({})).await;
    assert_eq!(used["file"]["agents"]["main"]["allowlist"][0]["lastUsedCommand"], "uname", "{used}");
    desk.ok(SET, json!({"file": {"version": 1}, "baseHash": used["hash"]})).await;
    let (_, result) = answered(&mut desk, &mut phone, exec(&["uname", "-s"]), "deny").await;
    assert_eq!(result["ok"], false, "{result}");
}

#[cfg(unix)]
#[tokio::test]
async fn an_approval_of_a_shell_line_opens_no_shell() {
    let gateway = start("{}").await;
    let (mut desk, mut phone) = (admin(&gateway, "desk").await, admin(&gateway, "phone").await);
    let line = |line: &str| json!({"name": "exec", "args": {"command": line}});
    let (_, result) = answered(&mut desk, &mut phone, line("echo kept"), "allow-always").await;
    assert!(text(&result).contains("kept"), "{result}");
    let result = desk.ok(INVOKE, line("echo kept")).await;
    assert!(text(&result).contains("kept"), "{result}");
    let mut other_env = line("echo kept");
    other_env["args"]["env"] = json!({"LC_ALL": "C"});
    let mut with_stdin = line("echo kept");
    with_stdin["args"]["stdin"] = json!("x");
    for other in [line("echo kept; id"), line("echo kept "), exec(&["/bin/sh", "-c", "id"]), other_env, with_stdin] {
        let (_, result) = answered(&mut desk, &mut phone, other.clone(), "deny").await;
        assert_eq!(result["ok"], false, "{other}");
    }
}

#[tokio::test]
async fn with_security_deny_nothing_runs_and_the_tool_is_not_offered() {
    let gateway = start(r#"{tools: {exec: {security: "deny"}}}"#).await;
    let (mut desk, mut phone) = (admin(&gateway, "desk").await, admin(&gateway, "phone").await);
    let result = desk.ok(INVOKE, exec(&["echo", "a"])).await;
    assert_eq!(result["error"], json!({"code": "not_found", "message": "Tool not available: exec"}));
    // The rules alone deny as well.
    let gateway = start(r#"{tools: {exec: {security: "full", ask: "off"}}}"#).await;
    let mut second = admin(&gateway, "second").await;
    second.ok(SET, json!({"file": {"version": 1, "agents": {"*": {"security": "deny"}}}})).await;
    let result = second.ok(INVOKE, exec(&["echo", "a"])).await;
    assert!(result["error"]["message"].as_str().unwrap().contains("switched off"), "{result}");
    phone.catch_up().await;
    assert_eq!(phone.events("exec.approval.requested"), [] as [Value; 0]);
}

#[tokio::test]
async fn tools_are_shown_by_section_and_limited_by_policy() {
    let config = r#"{tools: {deny: ["edit"]}, agents: {list: [{id: "main", default: true},
        {id: "reader", tools: {allow: ["group:fs", "exec"], deny: ["group:runtime", "wri*"]}}]}}"#;
    let gateway = start(config).await;
    let mut reader = gateway.op(&Device::new("ui"), &["operator.read"]).await;
    let names = |catalog: &Value| -> Vec<String> {
        let groups = catalog["groups"].as_array().unwrap().clone();
        let tools = groups.iter().flat_map(|group| group["tools"].as_array().unwrap().clone());
        tools.map(|tool| tool["id"].as_str().unwrap().to_owned()).collect()
    };
    let catalog = reader.ok("tools.catalog", json!({})).await;
    assert_keys(&catalog, &["agentId", "profiles", "groups"]);
    assert_keys(&catalog["groups"][0], &["id", "label", "source", "tools"]);
    assert_keys(&catalog["groups"][0]["tools"][0], &["id", "label", "description", "source", "defaultProfiles"]);
    for tool in ["read", "write", "edit", "list", "search", "exec", "web_fetch", "sessions_list", "sessions_send"] {
        assert!(names(&catalog).contains(&tool.to_owned()), "{tool}: {catalog}");
    }
    let effective = reader.ok("tools.effective", json!({"sessionKey": "main"})).await;
    assert!(!names(&effective).contains(&"edit".to_owned()) && names(&effective).contains(&"write".to_owned()));
    let effective = reader.ok("tools.effective", json!({"sessionKey": "agent:reader:main"})).await;
    assert_eq!(
        (&effective["agentId"], names(&effective)),
        (&json!("reader"), ["list", "read", "search"].map(str::to_owned).to_vec())
    );
    let error = reader.err("tools.catalog", json!({"agentId": "nobody"})).await;
    assert!(error["message"].as_str().unwrap().starts_with("unknown agent id"), "{error}");
    assert_eq!(reader.err(INVOKE, json!({"name": "read"})).await["details"]["missingScope"], "operator.write");
}

#[tokio::test]
async fn tools_are_called_under_the_rules_of_their_agent() {
    let gateway = start("{}").await;
    let mut writer = gateway.op(&Device::new("script"), &["operator.write"]).await;
    let mut admin = admin(&gateway, "desk").await;
    for name in ["exec", "write", "edit", "sessions_send"] {
        let refused = writer.ok(INVOKE, json!({"name": name, "args": {}})).await;
        assert_eq!((&refused["ok"], &refused["error"]["code"]), (&json!(false), &json!("forbidden")), "{refused}");
    }
    let write = json!({"name": "write", "args": {"path": "note.txt", "content": "hello"}});
    assert_eq!(admin.ok(INVOKE, write).await["ok"], true);
    let read = writer.ok(INVOKE, json!({"name": "read", "args": {"path": "note.txt"}})).await;
    assert_keys(&read, &["ok", "toolName", "output"]);
    assert!(text(&read).contains("hello"), "{read}");
    let outside = writer.ok(INVOKE, json!({"name": "read", "args": {"path": "../postern.json"}})).await;
    assert_eq!(outside["error"]["code"], "tool_error", "{outside}");
    let unknown = writer.ok(INVOKE, json!({"name": "nothing"})).await;
    assert_eq!(unknown["error"], json!({"code": "not_found", "message": "Tool not available: nothing"}));
}

/// A repeated call with its key does the thing once.
#[tokio::test]
async fn a_repeated_call_acts_once() {
    let gateway = start("{}").await;
    let mut admin = admin(&gateway, "desk").await;
    let write = |content: &str| json!({"name": "write", "args": {"path": "once.txt", "content": content}, "idempotencyKey": "k1"});
    let first = admin.ok(INVOKE, write("first")).await;
    assert_eq!(admin.ok(INVOKE, write("second")).await, first);
    let read = admin.ok(INVOKE, json!({"name": "read", "args": {"path": "once.txt"}})).await;
    assert!(text(&read).contains("first"), "{read}");
}

/// Conversations of another agent do not exist for an agent's tools.
#[tokio::test]
async fn tools_see_only_conversations_of_their_own_agent() {
    let config = r#"{agents: {list: [{id: "main", default: true}, {id: "other"}]}}"#;
    let gateway = start(config).await;
    let mut admin = admin(&gateway, "desk").await;
    for (key, message) in [("agent:main:one", "mine"), ("agent:other:two", "private")] {
        let params = json!({"key": key, "agentId": key.split(':').nth(1)});
        admin.ok("sessions.create", params).await;
        admin.ok("chat.inject", json!({"sessionKey": key, "message": message})).await;
    }
    let invoke = |name: &str, args: Value| json!({"name": name, "args": args, "sessionKey": "agent:main:main"});
    let list = text(&admin.ok(INVOKE, invoke("sessions_list", json!({}))).await);
    assert!(list.contains("agent:main:one") && !list.contains("other"), "{list}");
    let mine = admin.ok(INVOKE, invoke("sessions_history", json!({"sessionKey": "agent:main:one"}))).await;
    assert!(text(&mine).contains("mine"), "{mine}");
    for (name, args) in [
        ("sessions_history", json!({"sessionKey": "agent:other:two"})),
        ("sessions_send", json!({"sessionKey": "agent:other:two", "message": "hi"})),
        ("sessions_history", json!({"sessionKey": "agent:main:missing"})),
    ] {
        let refused = admin.ok(INVOKE, invoke(name, args)).await;
        assert!(refused["error"]["message"].as_str().unwrap().contains("there is no session"), "{refused}");
    }
    let sent =
        invoke("sessions_send", json!({"sessionKey": "agent:main:one", "message": "/help", "timeoutSeconds": 20}));
    let sent = admin.ok(INVOKE, sent).await;
    assert!(text(&sent).contains("\"status\": \"ok\""), "{sent}");
    let history = admin.ok(INVOKE, invoke("sessions_history", json!({"sessionKey": "agent:main:one"}))).await;
    assert!(text(&history).contains("[message from your session agent:main:main]"), "{history}");
}
