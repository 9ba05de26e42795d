//! A state folder that cannot be written, and a disk that is full or fills up: a clear end with 73, or a gateway that
//! goes on serving and promises nothing it cannot keep.
#![cfg(target_os = "linux")]

use std::fs;
use std::process::{Command, Stdio};

use serde_json::json;

use self::room::{Disk, Room};
use crate::harness::{Caller, Connect, Device, PROXIED, run};

pub(super) mod room;

/// A file where the folder should be: 73, and the way out; for the gateway and for a command that needs its keys.
#[test]
fn a_file_in_the_way() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("file"), "x").unwrap();
    let state = root.path().join("file").join("state");
    let state = state.to_str().unwrap();
    for command in [&["gateway", "--port", "0", "--json"][..], &["health", "--json"], &["token", "--json"]] {
        let ended = run(command, &[("POSTERN_STATE_DIR", state)]);
        assert_eq!(ended.code, 73, "{command:?}: {ended:?}");
        let error = &ended.json()["error"];
        assert_eq!(error["kind"], "state-unwritable");
        assert!(error.to_string().contains(state) && error.to_string().contains("POSTERN_STATE_DIR"), "{error}");
    }
}

/// A place where nobody may write, not even root: 73 as well.
#[test]
fn a_read_only_folder() {
    let ended = run(&["gateway", "--port", "0", "--json"], &[("POSTERN_STATE_DIR", "/proc/postern/state")]);
    assert_eq!((ended.code, &ended.json()["error"]["kind"]), (73, &json!("state-unwritable")), "{ended:?}");
    assert!(ended.stderr.contains("/proc/postern/state") && ended.stderr.contains("POSTERN_STATE_DIR"), "{ended:?}");
    // Where this machine lets us mount one: a disk that is there and may only be read.
    if let Some(disk) = Disk::small("ro") {
        let ended = disk.start().err().expect("it serves without a place for its state");
        ended.says_unwritable(disk.state().to_str().unwrap());
    }
}

/// However little room there is, a start serves or ends with 73 and says so; a start with room then works.
#[test]
fn a_disk_that_is_too_small() {
    let bytes = [0, 4, 8, 12, 16, 24, 44, 64, 96, 128, 256].map(|kib| Room::Bytes(kib * 1024));
    for room in bytes.into_iter().chain([0, 1, 2, 3, 4, 5, 6, 7].map(Room::Files)) {
        let Some(disk) = Disk::ordinary_small() else { break };
        disk.leave(room);
        match disk.start() {
            Ok(_) => assert!(!matches!(room, Room::Bytes(0) | Room::Files(0)), "it serves from nothing: {room:?}"),
            Err(ended) => {
                ended.says_unwritable(disk.folder.path().to_str().unwrap());
                disk.empty();
                disk.start().unwrap_or_else(|ended| panic!("what {room:?} left is in the way: {ended:?}"));
            }
        }
    }
    let disk = Disk::limited();
    let mut nowhere = Command::new("prlimit");
    nowhere.arg("--fsize=0:").args([disk.command().get_program()]).args(disk.command().get_args());
    let envs: Vec<_> =
        disk.command().get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
    let output = nowhere.env_clear().envs(envs).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(73), "{output:?}");
    disk.start().unwrap_or_else(|ended| panic!("with room it does not start: {ended:?}"));
}

/// A disk that fills up while it runs: everybody is served, nothing is promised, nothing is half done.
#[tokio::test]
async fn a_disk_that_fills_up() {
    for disk in Disk::both() {
        fs::create_dir(disk.seen().join("state")).unwrap();
        fs::write(disk.seen().join("state").join("postern.json"), PROXIED).unwrap();
        let gateway = disk.start().unwrap_or_else(|ended| panic!("did not start: {ended:?}"));
        let at = gateway.endpoint.clone();
        let mut admin = at.op(&Device::new("admin"), &["operator.admin"]).await;
        let token = admin.device_token();
        let phone = Connect::operator(&Device::new("phone"), &["operator.read"]);
        let id = at.refused(&Caller::remote(), &phone).await.request_id().to_owned();

        disk.fill(&gateway);
        // The first change may still find room in what is allocated; of a hundred, hardly one does.
        let mut failed = None;
        for round in 0..100 {
            let label = format!("{round} {}", "long ".repeat(10));
            let renamed =
                admin.call("device.pair.rename", json!({"deviceId": Device::new("admin").id(), "label": label})).await;
            if renamed.is_err() {
                failed = Some(round);
                break;
            }
        }
        let failed = failed.expect("the disk never filled up");
        let error = admin.err("device.pair.approve", json!({"requestId": id})).await;
        assert_eq!(error["code"], "UNAVAILABLE", "{error}");
        if disk.mount.is_some() {
            assert!(error["message"].as_str().unwrap().contains("disk is full"), "{error}");
        }
        assert!(!error.to_string().contains("state/"), "paths are for the log: {error}");
        assert_eq!(admin.ok("health", json!({})).await["ok"], true);
        let list = admin.ok("device.pair.list", json!({})).await;
        assert_eq!(
            (&list["pending"][0]["requestId"], list["paired"].as_array().unwrap().len()),
            (&json!(id), 1),
            "{list}"
        );
        let label = list["paired"][0]["label"].as_str().unwrap_or_default().to_owned();
        assert!(!label.starts_with(&format!("{failed} ")), "a name that was not kept is shown: {label}");
        let again = Connect::operator(&Device::new("admin"), &["operator.admin"]).device_token(&token);
        at.must(&Caller::local(), &again).await;
        let stranger = at.refused(&Caller::local(), &Connect::operator(&Device::new("new"), &["operator.read"])).await;
        assert_eq!(stranger.error["code"], "UNAVAILABLE", "{stranger:?}");
        if disk.mount.is_some() {
            assert_eq!(stranger.error["message"], "the gateway's disk is full; free space on its machine");
        }
        assert_eq!(at.http("GET", "/healthz", &Caller::local(), "").await.status, 200);

        disk.free(&gateway);
        let log = gateway.kill9();
        assert!(!log.contains("panicked"), "{log}");
        let gateway = disk.start().unwrap_or_else(|ended| panic!("did not start again: {ended:?}"));
        let at = gateway.endpoint.clone();
        let mut admin = at.must(&Caller::local(), &again).await;
        let list = admin.ok("device.pair.list", json!({})).await;
        assert_eq!(list["paired"].as_array().unwrap().len(), 1, "what was answered with an error is there: {list}");
        assert_eq!(list["paired"][0]["label"].as_str().unwrap_or_default(), label);
        // The request was acknowledged, so it still waits; with room it can be approved.
        assert_eq!(at.refused(&Caller::remote(), &phone).await.request_id(), id);
        admin.ok("device.pair.approve", json!({"requestId": id})).await;
        at.must(&Caller::remote(), &phone).await;
    }
}

/// The doctor tells what the disk of the state folder has, also one that lives in memory.
#[tokio::test]
async fn the_doctor_tells_the_room_of_a_disk_in_memory() {
    let Some(disk) = Disk::small("size=32m,mode=700") else { return };
    let gateway = disk.start().unwrap();
    let mut client = gateway.endpoint.op(&Device::new("reads"), &["operator.read"]).await;
    let report = client.ok("doctor.run", json!({"ids": ["disk"]})).await;
    let check = &report["checks"][0];
    let free: u64 = check["detail"].as_str().unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(check["status"] == "fail" && free <= 34, "{report:#}");
}
