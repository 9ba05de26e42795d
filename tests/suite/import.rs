//! Trying it costs nothing (DEMAND lever 8): what another gateway of the ecosystem left is taken over, its devices keep
//! working, its home is not touched, and everything that was left is told.

#[path = "import/caution.rs"]
mod caution;
#[path = "import/home.rs"]
mod home;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use self::home::{DESK_TOKEN, OtherHome, SHARED_TOKEN};
use super::backup::owner;
use crate::harness::{Caller, Connect, Device, Endpoint, TestGateway, files_below, run};

fn import(state: &Path, home: &OtherHome, more: &[&str]) -> Value {
    let from = home.path();
    let mut args = vec!["import", "openclaw", "--json", "--from", from.to_str().unwrap()];
    args.extend(more);
    let done = owner(state, &args, "");
    assert_eq!(done.code, 0, "{done:?}");
    done.json()
}

fn area<'r>(report: &'r Value, name: &str) -> &'r Value {
    let areas = report["areas"].as_array().unwrap();
    areas.iter().find(|area| area["area"] == name).unwrap_or_else(|| panic!("no {name}: {report}"))
}

/// What was left of an area, and why.
#[track_caller]
fn left(report: &Value, name: &str, what: &str) -> String {
    let all = area(report, name)["left"].as_array().unwrap();
    let found = all.iter().find(|left| left["what"].as_str().unwrap().contains(what));
    found.unwrap_or_else(|| panic!("{what}: {report}"))["why"].as_str().unwrap().to_owned()
}

/// Everything below a folder, to be compared.
fn snapshot(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = files_below(folder)
        .into_iter()
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap_or_default()))
        .collect();
    files.sort();
    files
}

/// A fresh state folder that a gateway is started on afterwards.
fn stopped() -> TestGateway {
    let mut gateway = TestGateway::builder().no_token().start();
    gateway.stop();
    gateway
}

/// The whole of it: settings, agents with their files, conversations, devices with their tokens, keys, rules.
#[tokio::test]
async fn a_home_is_taken_over() {
    let (home, gateway) = (OtherHome::new(), stopped());
    let state = gateway.state_dir();
    fs::create_dir_all(home.path().join("canvas/game")).unwrap();
    fs::write(home.path().join("canvas/game/index.html"), "<p>their game").unwrap();
    // A gateway that never made a token of its own takes the one that its clients know.
    fs::remove_file(state.join("credentials/gateway-token")).unwrap();
    let before = snapshot(home.user());
    let report = import(&state, &home, &[]);
    assert_eq!(snapshot(home.user()), before, "the source is not touched");
    assert!(!report.to_string().contains("secret-of"), "{report}");
    assert!(!report.to_string().contains(DESK_TOKEN) && !report.to_string().contains("key-of-"), "{report}");

    let gateway = gateway.start_again();
    let at = Endpoint { port: gateway.port, token: Some(SHARED_TOKEN.to_owned()) };
    let mut admin = at.op(&Device::new("admin"), &["operator.admin"]).await;
    let desk = Connect::operator(&Device::new("their desk"), &["operator.read"]).device_token(DESK_TOKEN);
    let desk = at.must(&Caller::local(), &desk).await;
    assert_eq!(desk.device_token(), DESK_TOKEN, "it keeps the token that it has");

    let agents = admin.ok("agents.list", json!({})).await;
    let ids: Vec<_> = agents["agents"].as_array().unwrap().iter().map(|agent| agent["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["main", "work"], "{agents}");
    let soul = admin.ok("agents.files.get", json!({"agentId": "main", "name": "SOUL.md"})).await;
    assert_eq!(soul["file"]["content"], "I am Molty.");
    assert_eq!(fs::read_to_string(state.join("workspace/notes/today.md")).unwrap(), "remember the milk");
    assert_eq!(fs::read_to_string(state.join("workspace-work/plan.md")).unwrap(), "the plan");
    let game = at.http("GET", "/__openclaw__/canvas/game/", &Caller::local(), "").await;
    assert!(game.status == 200 && game.body.contains("<p>their game"), "{game:?}");
    assert!(!state.join("workspace-work/link").exists() && !state.join("workspace/node_modules").exists());

    let history = admin.ok("chat.history", json!({"sessionKey": "agent:main:home"})).await;
    let messages = history["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 2, "{history}");
    assert_eq!(
        (&messages[0]["__openclaw"]["id"], &messages[0]["timestamp"]),
        (&json!("aaaaaaaa"), &json!(1_767_323_046_000_i64))
    );
    assert_eq!(messages[1]["usage"]["cost"]["total"], 0.3);
    let sessions = admin.ok("sessions.list", json!({"includeArchived": true})).await.to_string();
    for key in ["agent:main:home", "agent:main:telegram:dm:7"] {
        assert!(sessions.contains(key), "{key}: {sessions}");
    }
    let former = admin.ok("chat.history", json!({"sessionKey": "agent:main:imported:99999999-dddd"})).await;
    assert!(former.to_string().contains("before the reset"), "{former}");
    let rules = admin.ok("exec.approvals.get", json!({})).await["file"].to_string();
    assert!(rules.contains("/usr/bin/rg") && rules.contains("/bin/tool") && !rules.contains("secret-of"), "{rules}");
    let providers = admin.ok("models.authStatus", json!({})).await;
    let status = |id: &str| {
        let all = providers["providers"].as_array().unwrap();
        all.iter().find(|provider| provider["provider"] == id).map(|provider| provider["status"].clone())
    };
    assert_eq!((status("anthropic"), status("mine")), (Some(json!("ok")), Some(json!("static"))), "{providers}");
}

/// What was left is told with the reason; what is broken costs only itself.
#[test]
fn what_was_left_is_told() {
    let (home, gateway) = (OtherHome::new(), stopped());
    let report = import(&gateway.state_dir(), &home, &[]);
    let left = |name: &str, what: &str| left(&report, name, what);
    assert!(left("config", "channels").contains("no meaning"));
    assert!(left("config", "models.providers.odd").contains("smoke-signals"));
    assert!(left("agents", "bad id").contains("a-z"));
    assert!(left("workspaces", "node_modules").contains("made again"));
    assert!(left("workspaces", "link").contains("link"));
    assert!(left("sessions", "agents/work/sessions/sessions.json").contains("JSON"));
    assert!(left("sessions", "agent:main:broken").contains("session id"));
    assert!(left("sessions", "agent:gone:main").contains("gone"));
    assert!(left("sessions", "11111111-aaaa.jsonl").contains("1 of its lines"));
    assert!(left("sessions", ".deleted.").contains("deleted"));
    assert!(left("devices", &Device::new("another").id()[..12]).contains("not the one of its key"));
    assert!(left("devices", "nodes/paired.json").contains("pair"));
    assert!(left("keys", "openai-codex:me").contains("oauth"));
    assert!(left("keys", "gateway.auth.token").contains("stays"));
    assert!(left("approvals", "rg").contains("absolute"));
    assert!(left("other", "credentials").contains("channels"));
    assert!(area(&report, "cron")["took"][0].as_str().unwrap().contains("kept for later"));
    let text = owner(&gateway.state_dir(), &["import", "openclaw", "--from", home.path().to_str().unwrap()], "");
    assert!(text.stdout.contains("sessions: 0 taken, 3 here already"), "{text:?}");
}

/// A second import adds nothing, and a dry run changes nothing.
#[test]
fn again_adds_nothing_and_looking_changes_nothing() {
    let (home, gateway) = (OtherHome::new(), stopped());
    let state = gateway.state_dir();
    let settle = |files: Vec<(String, Vec<u8>)>| -> Vec<(String, Vec<u8>)> {
        files.into_iter().filter(|(name, _)| !name.contains("postern.sqlite-")).collect()
    };
    let before = settle(snapshot(&state));
    let dry = import(&state, &home, &["--dry-run"]);
    assert_eq!(settle(snapshot(&state)), before);
    assert_eq!(dry["dryRun"], true);
    let first = import(&state, &home, &[]);
    for name in ["config", "sessions", "devices", "keys", "approvals", "cron", "workspaces"] {
        assert_eq!(area(&dry, name)["took"], area(&first, name)["took"], "{name}");
        assert!(!area(&first, name)["took"].as_array().unwrap().is_empty(), "{name}: {first}");
    }
    let second = import(&state, &home, &[]);
    for area in second["areas"].as_array().unwrap() {
        assert_eq!(area["took"], json!([]), "{area}");
    }
}

/// Looking makes nothing, where nothing is yet.
#[test]
fn looking_makes_no_state_folder() {
    let (home, here) = (OtherHome::new(), tempfile::tempdir().unwrap());
    let dry = import(&here.path().join("state"), &home, &["--dry-run"]);
    assert!(!area(&dry, "config")["took"].as_array().unwrap().is_empty(), "{dry}");
    assert_eq!(fs::read_dir(here.path()).unwrap().count(), 0);
}

/// Through a running gateway, which restarts; only an admin, and only on its own machine.
#[tokio::test]
async fn a_running_gateway_imports() {
    let home = OtherHome::new();
    let gateway = TestGateway::proxied();
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let dry = admin.ok("import.openclaw", json!({"from": home.path()})).await;
    assert_eq!((&dry["dryRun"], &dry["needsRestart"]), (&json!(true), &json!(false)));
    let mut reader = gateway.op(&Device::new("reader"), &["operator.read"]).await;
    let refused = reader.err("import.openclaw", json!({"from": home.path()})).await;
    assert_eq!(refused["details"]["missingScope"], "operator.admin", "{refused}");
    let nothing = admin.err("import.openclaw", json!({"from": home.user().join("work-folder")})).await;
    assert!(nothing["message"].as_str().unwrap().contains("--from"), "{nothing}");
    let done = owner(
        &gateway.state_dir(),
        &["--token", crate::harness::TOKEN, "import", "openclaw", "--json", "--from", home.path().to_str().unwrap()],
        "",
    );
    assert_eq!((done.code, &done.json()["needsRestart"]), (0, &json!(true)), "{done:?}");
    admin.closed().await;
    let connect = Connect::operator(&Device::new("admin"), &["operator.admin"]);
    let mut admin = gateway.next_run_anywhere(&admin, &connect).await;
    let history = admin.ok("chat.history", json!({"sessionKey": "agent:main:home"})).await;
    assert!(history.to_string().contains("a crustacean"), "{history}");
}

/// A configuration that takes its password from the environment holds for an import too: files go where it says.
#[test]
fn an_import_knows_what_the_environment_gives() {
    let (home, root) = (OtherHome::new(), tempfile::tempdir().unwrap());
    let (state, workspace) = (root.path().join("state"), root.path().join("elsewhere"));
    fs::create_dir(&state).unwrap();
    let config = json!({
        "gateway": {"auth": {"mode": "password"}},
        "agents": {"list": [{"id": "main", "default": true, "workspace": workspace}]},
    });
    fs::write(state.join("postern.json"), config.to_string()).unwrap();
    let from = home.path();
    let args = ["import", "openclaw", "--json", "--from", from.to_str().unwrap()];
    let env = [("POSTERN_STATE_DIR", state.to_str().unwrap()), ("POSTERN_GATEWAY_PASSWORD", "from the environment")];
    let done = run(&args, &env);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(fs::read_to_string(workspace.join("notes/today.md")).unwrap(), "remember the milk");
}

/// What has a meaning here is taken, encryption above all; a secret that is only referred to stays a reference or is
/// told with what to do.
#[test]
fn what_has_a_meaning_here_is_taken() {
    let (home, gateway) = (OtherHome::new(), stopped());
    home.write(
        "openclaw.json",
        r#"{env: {vars: {FROM_FILE: "a-token-of-the-file"}},
            gateway: {tls: {enabled: true}, reload: {mode: "hot", debounceMs: 700},
                remote: {url: "wss://desk.example:18789"}, auth: {token: "${FROM_FILE}"},
                http: {securityHeaders: {strictTransportSecurity: "max-age=60"}}},
            models: {providers: {mine: {baseUrl: "http://127.0.0.1:9/v1", apiKey: "${MY_KEY}", api: "openai"}}},
            tools: {exec: {}}, channels: {telegram: {}}, backup: {keep: 3}}"#,
    );
    let state = gateway.state_dir();
    let report = import(&state, &home, &[]);
    let config = run(&["config", "get", "--json", "--show-secrets"], &[("POSTERN_STATE_DIR", state.to_str().unwrap())]);
    let config = config.json();
    assert_eq!(config["gateway"]["tls"]["enabled"], true, "{report}");
    assert_eq!(config["gateway"]["reload"], json!({"mode": "hot", "debounceMs": 700}), "{report}");
    assert_eq!(config["gateway"]["remote"]["url"], "wss://desk.example:18789", "{report}");
    assert_eq!(config["gateway"]["http"]["securityHeaders"]["strictTransportSecurity"], "max-age=60", "{report}");
    assert_eq!(config["env"]["vars"]["FROM_FILE"], "a-token-of-the-file", "{report}");
    assert_eq!(config["gateway"]["auth"]["token"], "${FROM_FILE}", "{report}");
    assert!(left(&report, "keys", "models.providers.mine.apiKey").contains("postern models auth mine"), "{report}");
    assert!(left(&report, "config", "channels").contains("no meaning"), "{report}");
    assert!(left(&report, "config", "backup").contains("can be set here"), "{report}");
    assert!(!report.to_string().contains("a-token-of-the-file"), "{report}");

    let (home, gateway) = (OtherHome::new(), stopped());
    home.write("openclaw.json", r#"{gateway: {auth: {token: "${NOBODY_SETS_THIS}"}}}"#);
    let report = import(&gateway.state_dir(), &home, &[]);
    let told = left(&report, "config", "gateway.auth.token");
    assert!(told.contains("NOBODY_SETS_THIS") && told.contains("postern config set gateway.auth.token"), "{told}");
}
