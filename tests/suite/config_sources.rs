//! What the file takes from elsewhere: other files, the environment, `.env` of the state folder; never anything of a
//! workspace or of the folder a program was started in (DEMAND §2, local code search paths).

use std::fs;
use std::process::Command;

use postern_gateway::config::Variables;
use serde_json::{Value, json};

use crate::harness::{Device, InProcess, TestGateway, run};

async fn config(gateway: &InProcess) -> Value {
    gateway.op(&Device::new("owner"), &["operator.read"]).await.ok("config.get", json!({})).await
}

#[tokio::test]
async fn files_are_included_and_what_is_written_beside_them_wins() {
    let text = "{\n $include: ['base.json5', 'more/agents.json5'],\n session: { mainKey: 'own' },\n}";
    let mut folder = std::path::PathBuf::new();
    let gateway = InProcess::with(text, |options| {
        folder.clone_from(&options.paths.state_dir);
        fs::create_dir(folder.join("more")).unwrap();
        fs::write(folder.join("base.json5"), "{ session: { mainKey: 'base', scope: 'global' } } // base").unwrap();
        fs::write(folder.join("more/agents.json5"), "{ agents: { $include: './list.json5' } }").unwrap();
        fs::write(folder.join("more/list.json5"), "{ list: [{ id: 'ada' }] }").unwrap();
    })
    .await;
    let mut client = gateway.op(&Device::new("owner"), &["operator.admin"]).await;
    let agents = client.ok("agents.list", json!({})).await;
    assert_eq!(
        (&agents["defaultId"], &agents["mainKey"], &agents["scope"]),
        (&json!("ada"), &json!("own"), &json!("global"))
    );
    // A file that is included is followed like the file itself, and its mistakes are told in its own words.
    fs::write(folder.join("more/list.json5"), "{ list: [{ id: 'bo' }] }").unwrap();
    client.event("config.changed", |event| event["valid"] == true).await;
    assert_eq!(client.ok("agents.list", json!({})).await["defaultId"], "bo");
    fs::write(folder.join("more/list.json5"), "{\n list: [\n  { id: 5 },\n ] }").unwrap();
    let told = client.event("config.changed", |event| event["valid"] == false).await;
    assert_eq!(told["issues"][0]["path"], "agents.list[0].id");
    let warnings = client.ok("status", json!({})).await["warnings"].to_string();
    assert!(warnings.contains("more/list.json5, line 3: agents.list[0].id"), "{warnings}");
    assert_eq!(client.ok("agents.list", json!({})).await["defaultId"], "bo");
}

#[tokio::test]
async fn what_cannot_be_included_is_told_and_opens_nothing() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("evil.json5"), "{ gateway: { auth: { mode: 'none' } } }").unwrap();
    let evil = outside.path().join("evil.json5").display().to_string();
    for (name, words) in [
        (evil.as_str(), "not in the folder"),
        ("link.json5", "not in the folder"),
        ("../../../../../etc/hostname", "not in the folder"),
        ("nowhere.json5", "is not there"),
        ("postern.json", "include itself"),
        ("loop-a.json5", "include itself"),
        ("broken.json5", "not JSON5"),
        // Nobody ever writes into the pipe, and of many times many files nobody would see the end.
        ("pipe.json5", "not a regular file"),
        ("many-0.json5", "more than 100 files"),
    ] {
        let text = format!("{{\n $include: {},\n}}", json!(name));
        let gateway = InProcess::with(&text, |options| {
            let folder = &options.paths.state_dir;
            std::os::unix::fs::symlink(&evil, folder.join("link.json5")).unwrap();
            fs::write(folder.join("loop-a.json5"), "{ $include: 'loop-b.json5' }").unwrap();
            fs::write(folder.join("loop-b.json5"), "{ $include: 'loop-a.json5' }").unwrap();
            fs::write(folder.join("broken.json5"), "{ nonsense").unwrap();
            assert!(Command::new("mkfifo").arg(folder.join("pipe.json5")).status().unwrap().success());
            for depth in 0..9 {
                let next = vec![format!("many-{}.json5", depth + 1); 12];
                let text = if depth == 8 { json!({}) } else { json!({ "$include": next }) };
                fs::write(folder.join(format!("many-{depth}.json5")), text.to_string()).unwrap();
            }
        })
        .await;
        let got = config(&gateway).await;
        assert_eq!(
            (&got["safeMode"], &got["config"]["gateway"]["auth"]["mode"]),
            (&json!(true), &json!("token")),
            "{name}"
        );
        assert!(got["issues"].to_string().contains(words), "{name}: {}", got["issues"]);
    }
}

#[tokio::test]
async fn variables_come_from_the_nearest_place_and_secrets_may_be_one() {
    let text = "{
  env: { vars: { MAIN: 'of-config', SPARE: 'spare' } },
  session: { mainKey: '${MAIN}' },
  agents: { list: [{ id: '${SPARE}', name: 'costs $${5}' }] },
  gateway: { auth: { token: '${HOUSE_TOKEN}' } },
  usage: { limits: { dailyTokens: '${TOKENS}' } },
  channels: { telegram: { botToken: '${NOT_SET_AND_NOT_USED}' } },
}";
    let gateway = InProcess::with(text, |options| {
        options.overrides.token = None;
        let own = [("MAIN", "of-environment"), ("TOKENS", "500")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        options.overrides.variables = Variables::new(own.into());
        let file = "HOUSE_TOKEN=\"canary-house-token\"\nMAIN=of-file\n";
        fs::write(options.paths.state_dir.join(".env"), file).unwrap();
    })
    .await;
    let owner = crate::harness::Connect::operator(&Device::new("owner"), &["operator.admin"]);
    let owner = owner.auth(json!({"token": "canary-house-token"}));
    let mut client = gateway.must(&crate::harness::Caller::local(), &owner).await;
    let agents = client.ok("agents.list", json!({})).await;
    assert_eq!((&agents["mainKey"], &agents["defaultId"]), (&json!("of-environment"), &json!("spare")));
    assert_eq!(agents["agents"][0]["name"], "costs ${5}");
    let got = client.ok("config.get", json!({})).await;
    assert_eq!((&got["valid"], &got["parsed"]["gateway"]["auth"]["token"]), (&json!(true), &json!("${HOUSE_TOKEN}")));
    assert!(!got.to_string().contains("canary") && !got.to_string().contains("spare\""), "{got}");
    // A change over the wire keeps the reference.
    let patch = json!({"raw": "{session: {scope: 'global'}}", "baseHash": got["hash"]});
    client.ok("config.patch", patch).await;
    let got = client.ok("config.get", json!({})).await;
    assert_eq!(got["parsed"]["session"], json!({"mainKey": "${MAIN}", "scope": "global"}));
    // One that is not set is a problem with its path and names the variable.
    let patch = json!({"raw": "{session: {mainKey: '${NOWHERE}'}}", "baseHash": got["hash"]});
    let refused = client.err("config.patch", patch).await;
    let issue = &refused["details"]["issues"][0];
    assert_eq!(issue["path"], "session.mainKey");
    assert!(issue["message"].as_str().unwrap().contains("NOWHERE"), "{issue}");
}

/// `.env` of the folder in which the program is started is somebody else's; the one of the state folder counts, and
/// what is really set counts more.
#[tokio::test]
async fn the_env_file_of_another_folder_is_not_read() {
    let state = tempfile::tempdir().unwrap();
    fs::write(state.path().join(".env"), "OPENCLAW_GATEWAY_TOKEN=canary-token-of-the-state\n").unwrap();
    let env = [("POSTERN_STATE_DIR", state.path().to_str().unwrap()), ("POSTERN_CREDENTIALS", "file")];
    let shown = run(&["token"], &env);
    assert_eq!((shown.code, shown.stdout.trim()), (0, "canary-token-of-the-state"), "{shown:?}");
    let more = [env[0], env[1], ("POSTERN_GATEWAY_TOKEN", "canary-token-really-set")];
    assert_eq!(run(&["token"], &more).stdout.trim(), "canary-token-really-set");
    let project = tempfile::tempdir().unwrap();
    fs::write(project.path().join(".env"), "POSTERN_GATEWAY_TOKEN=evil\nPOSTERN_STATE_DIR=/evil\n").unwrap();
    let started = std::process::Command::new(env!("CARGO_BIN_EXE_postern"))
        .args(["token"])
        .current_dir(project.path())
        .env_clear()
        .envs(env)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&started.stdout).trim(), "canary-token-of-the-state");
}

#[tokio::test]
async fn the_command_line_is_named_where_it_decides() {
    let gateway = TestGateway::builder().config("{gateway: {port: 18789, auth: {token: 'x'}}}").start();
    let mut client = gateway.op(&Device::new("owner"), &["operator.read"]).await;
    let got = client.ok("config.get", json!({})).await;
    let by = |path: &str| {
        let all = got["overridden"].as_array().unwrap();
        all.iter().find(|one| one["path"] == path).map(|one| one["by"].clone()).unwrap_or_default()
    };
    assert_eq!((by("gateway.port"), by("gateway.auth.token")), (json!("--port"), json!("POSTERN_GATEWAY_TOKEN")));
    assert_eq!(got["parsed"]["gateway"]["port"], 18789);
    assert_eq!(got["config"]["gateway"]["port"], 0, "what the command line says is in force");
}

/// Commands that work without a gateway read the same file with the same variables.
#[tokio::test]
async fn commands_without_a_gateway_know_the_variables() {
    let text = "{gateway: {port: 18791, auth: {mode: 'password', password: '${HOUSE_PASSWORD}'}}, backup: {dir: '${SHELF}'}, update: {channel: '${CHANNEL}'}}";
    let state = tempfile::tempdir().unwrap();
    let folder = state.path().to_str().unwrap();
    fs::write(state.path().join("postern.json"), text).unwrap();
    let mut env = vec![("POSTERN_STATE_DIR", folder), ("POSTERN_CREDENTIALS", "file")];
    let without = run(&["doctor", "--only", "config", "--json"], &env);
    assert_eq!(without.json()["checks"][0]["status"], "fail", "{without:?}");
    env.extend([("HOUSE_PASSWORD", "a long enough secret"), ("SHELF", "elsewhere"), ("CHANNEL", "beta")]);
    let doctor = run(&["doctor", "--only", "config", "--json"], &env);
    assert_eq!(doctor.json()["checks"][0]["status"], "ok", "{doctor:?}");
    let made = run(&["backup", "create", "--json"], &env);
    assert_eq!(made.code, 0, "{made:?}");
    assert!(made.json()["path"].as_str().unwrap().contains("/elsewhere/"), "{made:?}");
    let update = run(&["update", "--status", "--json"], &env);
    assert!(update.json()["channel"] == "beta", "{update:?}");
    let set = run(&["config", "set", "session.mainKey", "kitchen"], &env);
    assert_eq!(set.code, 0, "{set:?}");
}
