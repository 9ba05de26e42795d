//! An import brings nothing that takes the gateway from its owner: no configuration that does not start, nothing that lets
//! more in without having been asked for, no folder of keys, no wait without end.

use std::fs;

use serde_json::json;

use super::home::OtherHome;
use super::{area, import, left, stopped};
use crate::harness::{Connect, Device, TestGateway, files_below};

/// A setting with which the gateway would refuse to start is left, with the reason; the gateway that imports stays.
#[tokio::test]
async fn nothing_is_taken_with_which_the_gateway_would_not_start() {
    let home = OtherHome::new();
    home.write("openclaw.json", "{gateway: {bind: 'lan', tailscale: {mode: 'serve'}}, logging: {level: 'debug'}}");
    let gateway = TestGateway::builder().no_token().config(r#"{gateway: {port: 0, auth: {mode: "none"}}}"#).start();
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let imported = import(&gateway.state_dir(), &home, &[]);
    assert!(left(&imported, "config", "gateway.bind").contains("without authentication"), "{imported}");
    assert!(left(&imported, "config", "gateway.tailscale").contains("without authentication"), "{imported}");
    assert!(area(&imported, "config")["took"].to_string().contains("logging.level"), "{imported}");
    assert_eq!(imported["needsRestart"], true);
    admin.closed().await;
    let connect = Connect::operator(&Device::new("admin"), &["operator.admin"]);
    gateway.next_run_anywhere(&admin, &connect).await.ok("health", json!({})).await;
}

/// What would let more in than this gateway lets in by itself is not taken without a word: its owner sets it.
#[test]
fn what_widens_is_left_to_the_owner() {
    let (home, gateway) = (OtherHome::new(), stopped());
    home.write(
        "openclaw.json",
        r#"{gateway: {auth: {mode: "none"}, trustedProxies: ["10.0.0.7", "0.0.0.0/0"], tailscale: {mode: "funnel"},
               controlUi: {allowedOrigins: ["*"], allowInsecureAuth: true}},
            tools: {exec: {security: "full", ask: "off"}}, logging: {level: "debug"}}"#,
    );
    home.write(
        "exec-approvals.json",
        r#"{"version": 1, "defaults": {"security": "full", "ask": "off"}, "agents": {"main": {"security": "full", "ask": "always",
            "allowlist": [{"pattern": "/usr/bin/rg"}, {"pattern": "/**"}, {"pattern": "/bin/sh"}, {"pattern": "/usr/bin/*"},
                          {"pattern": "/usr/bin/python3"}, {"pattern": "~/bin/t*"}]}}}"#,
    );
    let report = import(&gateway.state_dir(), &home, &[]);
    for setting in [
        "gateway.auth.mode",
        "gateway.trustedProxies",
        "gateway.tailscale",
        "gateway.controlUi.allowedOrigins",
        "gateway.controlUi.allowInsecureAuth",
        "tools.exec.security",
        "tools.exec.ask",
    ] {
        let why = left(&report, "config", setting);
        assert!(why.contains("set it yourself"), "{setting}: {why}");
    }
    for rule in [
        "defaults: security",
        "defaults: ask",
        "main: security",
        "main: /**",
        "main: /bin/sh",
        "main: /usr/bin/*",
        "main: /usr/bin/python3",
    ] {
        let why = left(&report, "approvals", rule);
        assert!(why.contains("yourself"), "{rule}: {why}");
    }
    let took = area(&report, "approvals")["took"].to_string();
    assert!(took.contains("/usr/bin/rg") && took.contains("/bin/t*"), "{took}");
    let config = fs::read_to_string(gateway.state_dir().join("postern.json")).unwrap();
    assert!(config.contains("debug") && !config.contains("full") && !config.contains("funnel"), "{config}");
    let again = import(&gateway.state_dir(), &home, &["--dry-run"]);
    assert_eq!(area(&again, "approvals")["took"], json!([]), "{again}");
}

/// A folder that an agent may not have here is none that is copied into an agent's, whoever named it.
#[test]
fn folders_of_keys_are_not_copied() {
    let (home, gateway) = (OtherHome::new(), stopped());
    let keys = home.user().join(".ssh");
    fs::create_dir_all(keys.join("sub")).unwrap();
    fs::write(keys.join("id_ed25519"), "a private key").unwrap();
    fs::write(home.path().join("workspace/plain.md"), "plain").unwrap();
    fs::create_dir_all(home.path().join("workspace/.ssh")).unwrap();
    fs::write(home.path().join("workspace/.ssh/id_rsa"), "a private key").unwrap();
    std::os::unix::fs::symlink(home.user(), home.user().join("round")).unwrap();
    let agents =
        |folder: &str| json!({"agents": {"list": [{"id": "main"}, {"id": "work", "workspace": folder}]}}).to_string();
    let state = gateway.state_dir();
    let above = state.parent().unwrap().to_owned();
    for folder in [
        "~/.ssh",
        "~/.ssh/sub",
        "~/round/.ssh",
        "/etc",
        "/",
        "~/",
        above.to_str().unwrap(),
        home.path().to_str().unwrap(),
    ] {
        home.write("openclaw.json", &agents(folder));
        let report = import(&state, &home, &["--dry-run"]);
        let why = left(&report, "workspaces", "work");
        assert!(why.contains("copy"), "{folder}: {why}");
        assert!(!area(&report, "workspaces")["took"].to_string().contains("work:"), "{folder}: {report}");
    }
    let report = import(&state, &home, &[]);
    assert!(left(&report, "workspaces", ".ssh").contains("keys"), "{report}");
    assert!(files_below(&state).iter().all(|path| !path.ends_with("id_rsa") && !path.ends_with("id_ed25519")));
    assert_eq!(fs::read_to_string(state.join("workspace/plain.md")).unwrap(), "plain");
}

/// A pipe where a file should be is told and left: nobody waits for whoever might write into it.
#[test]
fn pipes_are_not_waited_for() {
    let gateway = stopped();
    let pipe = |home: &OtherHome, name: &str| {
        let path = home.path().join(name);
        drop(fs::remove_file(&path));
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    };
    let home = OtherHome::new();
    for (name, area) in [
        ("agents/main/sessions/11111111-aaaa.jsonl", "sessions"),
        ("devices/paired.json", "devices"),
        ("exec-approvals.json", "approvals"),
        ("openclaw.json", "config"),
    ] {
        pipe(&home, name);
        let report = import(&gateway.state_dir(), &home, &["--dry-run"]);
        assert!(left(&report, area, name).contains("no regular file"), "{name}: {report}");
    }
}

/// On a terminal the list comes first, and nothing is taken without a yes.
#[test]
fn the_command_asks_on_a_terminal() {
    let (home, gateway) = (OtherHome::new(), stopped());
    let state = gateway.state_dir();
    let typed = |more: &[&str], keys: &str| {
        let python = "import os, pty, sys\nkeys = sys.argv[1].encode()\nsent = []\n\
             def answer(fd):\n    data = os.read(fd, 4096)\n    if b'[y/N]' in data and not sent:\n        sent.append(1); os.write(fd, keys)\n    return data\n\
             sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[2:], answer, lambda fd: b'')))";
        let mut command = std::process::Command::new("python3");
        command.args(["-c", python, keys, env!("CARGO_BIN_EXE_postern"), "import", "openclaw", "--from"]);
        command.arg(home.path()).args(more).env_clear().env("PATH", std::env::var("PATH").unwrap());
        command.env("HOME", home.user()).env("POSTERN_CREDENTIALS", "file").env("POSTERN_STATE_DIR", &state);
        let ended = command.stdin(std::process::Stdio::null()).output().unwrap();
        (ended.status.code(), String::from_utf8_lossy(&ended.stdout).into_owned())
    };
    let (code, shown) = typed(&[], "n\n");
    assert!(
        code == Some(1) && shown.contains("Would import") && shown.contains("nothing was changed"),
        "{code:?} {shown}"
    );
    assert!(!state.join("workspace/notes/today.md").exists());
    let (code, shown) = typed(&[], "y\n");
    assert!(code == Some(0) && shown.contains("Imported from"), "{code:?} {shown}");
    assert!(state.join("workspace/notes/today.md").exists());
    let (code, shown) = typed(&["--yes"], "");
    assert!(code == Some(0) && !shown.contains("[y/N]"), "{code:?} {shown}");
}
