//! Restoring (DEMAND F3): onto another machine with devices that keep working, over a state that is moved aside, through
//! a running gateway, and interrupted anywhere.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::backup::{PASSPHRASE, owner, sealed};
use crate::harness::{Caller, Connect, Device, TestGateway, until};

fn restore(state: &Path, archive: &Path) -> crate::harness::Cli {
    owner(state, &["restore", archive.to_str().unwrap(), "--yes", "--passphrase-stdin", "--json"], PASSPHRASE)
}

/// A device that was paired with one gateway connects to the restored one with its token alone; token, identity,
/// conversations and agents' files are there.
#[tokio::test]
async fn paired_devices_keep_working_on_another_machine() {
    let old = TestGateway::builder().no_token().start();
    let token = owner(&old.state_dir(), &["token"], "").stdout.trim().to_owned();
    let at = |gateway: &TestGateway| crate::harness::Endpoint { port: gateway.port, token: Some(token.clone()) };
    let desk = Connect::operator(&Device::new("desk"), &["operator.admin"]);
    let mut client = at(&old).must(&Caller::local(), &desk).await;
    let device_token = client.device_token();
    client.ok("sessions.create", json!({"key": "agent:main:kept", "label": "Kept"})).await;
    let identity = client.ok("gateway.identity.get", json!({})).await;
    client.ok("agents.files.set", json!({"agentId": "main", "name": "SOUL.md", "content": "I moved."})).await;
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.zip");
    sealed(&old.state_dir(), &archive);
    drop(old);

    let mut new = TestGateway::builder().no_token().start();
    new.stop();
    let state = new.state_dir();
    let dry =
        owner(&state, &["restore", archive.to_str().unwrap(), "--dry-run", "--passphrase-stdin", "--json"], PASSPHRASE);
    assert_eq!(dry.json()["database"]["sessions"], 1, "{dry:?}");
    let restored = restore(&state, &archive);
    assert_eq!(restored.code, 0, "{restored:?}");
    assert!(Path::new(restored.json()["movedAside"].as_str().unwrap()).join("postern.sqlite").exists());
    let new = new.start_again();
    assert_eq!(owner(&new.state_dir(), &["token"], "").stdout.trim(), token);
    let mut client = at(&new).must(&Caller::local(), &desk.clone().device_token(&device_token)).await;
    assert_eq!(client.device_token(), device_token, "it is the token it was");
    assert_eq!(client.ok("gateway.identity.get", json!({})).await, identity);
    let sessions = client.ok("sessions.list", json!({})).await;
    assert!(sessions.to_string().contains("agent:main:kept"), "{sessions}");
    let soul = client.ok("agents.files.get", json!({"agentId": "main", "name": "SOUL.md"})).await;
    assert_eq!(soul["file"]["content"], "I moved.", "{soul}");
}

/// Without a passphrase the keys are not moved: the hash of a token still lets its device in, under the new key.
#[tokio::test]
async fn a_backup_without_keys_lets_devices_in_by_their_tokens() {
    let old = TestGateway::start();
    let desk = Connect::operator(&Device::new("desk"), &["operator.admin"]);
    let device_token = old.must(&Caller::local(), &desk).await.device_token();
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.zip");
    assert_eq!(owner(&old.state_dir(), &["backup", "--out", archive.to_str().unwrap()], "").code, 0);
    let mut new = TestGateway::start();
    new.stop();
    let restored = owner(&new.state_dir(), &["restore", archive.to_str().unwrap(), "--yes"], "");
    assert!(restored.code == 0 && restored.stdout.contains("no keys and tokens"), "{restored:?}");
    let new = new.start_again();
    let client = new.must(&Caller::local(), &desk.clone().device_token(&device_token)).await;
    assert_eq!(client.device_token(), device_token);
}

/// A gateway that runs is not restored under its feet; it restores itself with a restart.
#[tokio::test]
async fn a_running_gateway_restores_itself() {
    let gateway = TestGateway::start();
    let desk = Connect::operator(&Device::new("desk"), &["operator.admin"]);
    let mut client = gateway.must(&Caller::local(), &desk).await;
    client.ok("sessions.create", json!({"key": "agent:main:early"})).await;
    let made = client.ok("backup.create", json!({"passphrase": PASSPHRASE})).await;
    client.ok("sessions.create", json!({"key": "agent:main:late"})).await;
    let archive = gateway.state_dir().join("backups").join(made["name"].as_str().unwrap());
    let refused = restore(&gateway.state_dir(), &archive);
    assert!(refused.code == 75 && refused.stderr.contains("stop that gateway"), "{refused:?}");
    let wrong = client.err("backup.restore", json!({"id": made["id"], "passphrase": "wrong but long"})).await;
    assert!(wrong["message"].as_str().unwrap().contains("passphrase is wrong"), "{wrong}");
    assert!(!gateway.state_dir().join("restore").exists());

    let staged = client.ok("backup.restore", json!({"id": made["id"], "passphrase": PASSPHRASE})).await;
    assert_eq!((&staged["restarting"], &staged["database"]["sessions"]), (&json!(true), &json!(1)), "{staged}");
    client.closed().await;
    let aside = staged["movedAside"].as_str().unwrap().to_owned();
    until("the restore to be finished", || {
        let done = Path::new(&aside).join("postern.sqlite").exists() && !gateway.state_dir().join("restore").exists();
        done.then_some(())
    })
    .await;
    let mut client = gateway.next_run_anywhere(&client, &desk).await;
    let sessions = client.ok("sessions.list", json!({})).await.to_string();
    assert!(sessions.contains("agent:main:early") && !sessions.contains("agent:main:late"), "{sessions}");
    let status = client.ok("status", json!({})).await;
    assert!(status["warnings"].to_string().contains("was restored"), "{status}");
}

/// The archive of a gateway that has the conversation `agent:main:new`.
async fn archive_with_a_session() -> (tempfile::TempDir, PathBuf) {
    let mut source = TestGateway::start();
    let mut client = source.op(&Device::new("desk"), &["operator.admin"]).await;
    client.ok("sessions.create", json!({"key": "agent:main:new"})).await;
    source.stop();
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.zip");
    sealed(&source.state_dir(), &archive);
    (folder, archive)
}

/// Killed at any moment: the next start has the old state or the new one, whole.
#[tokio::test]
async fn an_interrupted_restore_ends_with_the_old_or_the_new() {
    let (folder, archive) = archive_with_a_session().await;
    let mut ends = (0, 0);
    let mut target = TestGateway::start();
    let mut client = target.op(&Device::new("desk"), &["operator.admin"]).await;
    client.ok("sessions.create", json!({"key": "agent:main:old"})).await;
    target.stop();
    let pristine = folder.path().join("pristine");
    copy(&target.state_dir(), &pristine);
    let state = target.state_dir();
    let aside = |name: &'static str| {
        move |state: &Path| {
            let entries = fs::read_dir(state).into_iter().flatten().filter_map(Result::ok);
            let mut asides = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("before-restore-"));
            asides.any(|entry| entry.path().join(name).exists())
        }
    };
    type Reached<'a> = Box<dyn Fn(&Path) -> bool + 'a>;
    let moments: Vec<(&str, Reached<'_>)> = vec![
        ("begun", Box::new(|_| true)),
        ("unpacking", Box::new(|state| state.join("restore").exists())),
        ("unpacked", Box::new(|state| state.join("restore/new/postern.sqlite").exists())),
        ("ready", Box::new(|state| state.join("restore/ready.json").exists())),
        ("moving", Box::new(aside(""))),
        ("moved", Box::new(aside("postern.sqlite"))),
        ("done", Box::new(|state| aside("postern.sqlite")(state) && !state.join("restore").exists())),
    ];
    for (moment, reached) in moments {
        fs::remove_dir_all(&state).unwrap();
        copy(&pristine, &state);
        let mut command = Command::new(env!("CARGO_BIN_EXE_postern"));
        command.args(["restore", archive.to_str().unwrap(), "--yes", "--passphrase-stdin"]).env_clear();
        command.env("POSTERN_STATE_DIR", &state).env("POSTERN_CREDENTIALS", "file").env("HOME", folder.path());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), PASSPHRASE.as_bytes()).unwrap();
        // A moment that was over before anybody looked ends with the command.
        until(moment, || (reached(&state) || child.try_wait().unwrap().is_some()).then_some(())).await;
        drop(child.kill());
        child.wait().unwrap();
        target = target.start_again();
        let mut client = target.op(&Device::new("desk"), &["operator.admin"]).await;
        let sessions = client.ok("sessions.list", json!({})).await.to_string();
        match (sessions.contains("agent:main:old"), sessions.contains("agent:main:new")) {
            (true, false) => ends.0 += 1,
            (false, true) => ends.1 += 1,
            other => panic!("{moment}: {other:?} {sessions}"),
        }
        assert!(!target.state_dir().join("restore").exists(), "{moment}");
        target.stop();
    }
    assert!(ends.0 > 0 && ends.1 > 0, "both ends were seen: {ends:?}");
}

/// Every step of the second half, killed right before it: the start after it finishes.
#[tokio::test]
async fn every_step_of_the_swap_can_be_the_last() {
    let (_folder, archive) = archive_with_a_session().await;
    let mut gateway = TestGateway::start();
    gateway.stop();
    let state = gateway.state_dir();
    let restored = restore(&state, &archive);
    let aside = restored.json()["movedAside"].as_str().unwrap().to_owned();
    let aside = Path::new(&aside);
    // The state between the halves, made again from what the whole restore left.
    let staged = state.join("restore");
    for moved_back in ["postern.sqlite", "workspace"] {
        fs::create_dir_all(staged.join("new")).unwrap();
        if state.join(moved_back).exists() {
            fs::rename(state.join(moved_back), staged.join("new").join(moved_back)).unwrap();
        }
        let plan = json!({
            "aside": aside.file_name().unwrap().to_str().unwrap(), "old": ["postern.sqlite", "workspace"],
            "new": ["postern.sqlite", "workspace"], "config": false, "secrets": ["gateway-token", "device-token-key"],
            "keep": [], "keepSettings": [], "from": "a.zip of here",
        });
        fs::write(staged.join("ready.json"), plan.to_string()).unwrap();
        gateway = gateway.start_again();
        let mut client = gateway.op(&Device::new("desk"), &["operator.admin"]).await;
        let sessions = client.ok("sessions.list", json!({})).await.to_string();
        assert!(sessions.contains("agent:main:new"), "{moved_back}: {sessions}");
        assert!(!staged.exists());
        gateway.stop();
    }
}

/// What a start says first: that it is ready, or why not.
fn first_line_of_a_start(state: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_postern"));
    command.args(["gateway", "--port", "0", "--json"]).env_clear().env("HOME", state).env("POSTERN_STATE_DIR", state);
    command.env("POSTERN_CREDENTIALS", "file").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    line
}

/// A plan that came from elsewhere moves nothing out of the state folder, and nothing that a restore leaves alone.
#[test]
fn a_plan_that_leads_elsewhere_moves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let (state, outside) = (root.path().join("state"), root.path().join("outside"));
    let plan = |field: &str, value: Value| {
        let mut plan = json!({
            "aside": "before-restore-20260101-000000", "old": [], "new": [], "config": false,
            "secrets": [], "keep": [], "keepSettings": [], "from": "a.zip of here",
        });
        plan[field] = value;
        plan
    };
    let plans = [
        ("aside", plan("aside", json!("../outside/taken"))),
        ("aside", plan("aside", json!("restore"))),
        ("old", plan("old", json!(["../outside"]))),
        ("old", plan("old", json!([outside.to_str().unwrap()]))),
        ("old", plan("old", json!(["credentials"]))),
        ("new", plan("new", json!(["../../../outside"]))),
        ("keep", plan("keep", json!(["../outside/file"]))),
    ];
    for (field, plan) in plans {
        drop(fs::remove_dir_all(&state));
        for folder in [&outside, &state.join("credentials"), &state.join("restore/new")] {
            fs::create_dir_all(folder).unwrap();
            fs::write(folder.join("file"), "whole").unwrap();
        }
        fs::write(state.join("restore/ready.json"), plan.to_string()).unwrap();
        let told = first_line_of_a_start(&state);
        assert!(told.contains(&format!("`{field}`")) && told.contains("ready.json"), "{plan}: {told}");
        for file in [outside.join("file"), state.join("credentials/file"), state.join("restore/new/file")] {
            assert_eq!(fs::read_to_string(&file).ok().as_deref(), Some("whole"), "{plan}: {file:?}");
        }
        assert!(!outside.join("taken").exists() && !state.join("before-restore-20260101-000000").exists(), "{plan}");
    }
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}
