//! Whatever the gateway puts into its state folder is for its owner alone: files 0600 (programs 0700), folders 0700, also
//! behind a folder that is closed, since copies keep the rights (DEMAND "Secrets in logs/URLs/storage").
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use serde_json::json;

use super::backup::{PASSPHRASE, owner};
use super::faults::ask;
use super::update_trial::{admin, phase};
use crate::harness::releases::{Releases, script};
use crate::harness::{Client, Device, FakeModel, TestGateway, Turn, until};

/// What an agent makes where it works has the rights of any project; the folder around it is closed.
const OF_AN_AGENT: &str = "workspace/notes";

/// Everything below a folder that others may do anything with.
fn open_to_others(folder: &Path) -> Vec<String> {
    let mut open = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            // Gone again since it was listed. A link has no rights of its own.
            let Ok(about) = fs::symlink_metadata(&path) else { continue };
            if about.is_symlink() || path.ends_with(OF_AN_AGENT) {
                continue;
            }
            let mode = about.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                open.push(format!("{mode:03o} {}", path.display()));
            }
            if about.is_dir() {
                folders.push(path);
            }
        }
    }
    open.sort();
    open
}

#[track_caller]
fn private(state: &Path, has: &[&str]) {
    for name in has {
        assert!(state.join(name).exists(), "{name} was to be there, or this looks at nothing");
    }
    assert_eq!(open_to_others(state), Vec::<String>::new());
}

async fn use_it(client: &mut Client, model: &FakeModel) {
    model.push(Turn::new().tool_call("write", json!({"path": "notes/list.md", "content": "milk"})));
    model.push(Turn::say("written"));
    assert_eq!(ask(client, "main", "write", "write it down").await["state"], "final");
    client.ok("agents.create", json!({"name": "Ada"})).await;
    client.ok("device.pair.setupCode", json!({})).await;
    client.ok("models.authLogin", json!({"provider": "fake", "apiKey": "a-key-of-nobody"})).await;
    let base = client.ok("config.get", json!({})).await["hash"].clone();
    client.ok("config.patch", json!({"raw": "{session: {mainKey: 'other'}}", "baseHash": base})).await;
    client.ok("backup.create", json!({})).await;
    let piece = base64::engine::general_purpose::STANDARD.encode("half of one");
    client.ok("backup.upload", json!({"name": "brought.zip", "offset": 0, "data": piece, "done": false})).await;
    client.ok("doctor.run", json!({})).await;
}

#[tokio::test]
async fn everything_in_the_state_folder_is_for_its_owner_alone() {
    let (model, releases) = (FakeModel::start(), Releases::start());
    let update = json!({"url": releases.url("{channel}.json"), "publicKeys": [releases.public_key()], "auto": "off"});
    let config = model.config_with(json!({ "update": update }));
    let mut gateway = TestGateway::builder().config(&config).env("POSTERN_TEST_PANIC", "on purpose").start();
    let state = gateway.state_dir();
    // The harness made these two as its user would have.
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(state.join("postern.json"), fs::Permissions::from_mode(0o600)).unwrap();
    let mut client = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    use_it(&mut client, &model).await;
    until("the crash is written down", || fs::read_dir(state.join("logs")).unwrap().nth(1).map(drop)).await;
    private(&state, &["logs/postern.log", "backups", "config-versions", "credentials", "workspace/notes/list.md"]);

    // A release that does not come up: tried, and everything put back.
    releases.publish("0.2.0", script("0.2.0", "exit 9"));
    client.ok("update.run", json!({})).await;
    phase(&state, &["reverted"]).await;
    drop(admin(&gateway).await);
    private(&state, &["update/state.lock", "update/trial.lock", "update/slots", "update/snapshot"]);

    gateway.stop();
    let archives = fs::read_dir(state.join("backups")).unwrap().map(|entry| entry.unwrap().path());
    let archive = archives.into_iter().find(|path| path.extension().is_some_and(|end| end == "zip")).unwrap();
    let restored = owner(&state, &["restore", archive.to_str().unwrap(), "--yes", "--json"], PASSPHRASE);
    assert_eq!(restored.code, 0, "{restored:?}");
    let aside = restored.json()["movedAside"].as_str().unwrap().to_owned();
    let gateway = gateway.start_again();
    drop(admin(&gateway).await);
    private(&state, &[&aside, "postern.sqlite"]);
}

/// The same for what encryption brings, and for a folder that was not there.
#[tokio::test]
async fn certificates_and_a_folder_that_is_made_are_private() {
    let root = tempfile::tempdir().unwrap();
    let state = root.path().join("above/state");
    let set = owner(&state, &["config", "set", "gateway.tls.enabled", "true"], "");
    assert_eq!(set.code, 0, "{set:?}");
    assert_eq!(open_to_others(root.path()), Vec::<String>::new());
    let gateway = TestGateway::builder().config("{gateway: {tls: {enabled: true}}}").start();
    let state = gateway.state_dir();
    fs::set_permissions(state.join("postern.json"), fs::Permissions::from_mode(0o600)).unwrap();
    private(&state, &["gateway/tls"]);
}
