//! A state folder that cannot be written, and a disk that is full or fills up: a clear end with 73, or a gateway that
//! goes on serving and promises nothing it cannot keep.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Caller, Connect, Device, Endpoint, PROXIED, TOKEN, run};

/// A place for state folders whose room is limited.
struct Disk {
    folder: tempfile::TempDir,
    /// Keeps the file system of a small disk mounted, out of everybody else's sight.
    mount: Option<Child>,
}

impl Disk {
    /// A file system of its own with these mount options, where this machine lets us mount one.
    fn small(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let script = r#"mount -t tmpfs -o "$1" tmpfs "$2" && echo mounted && exec cat"#;
        let mut command = Command::new("unshare");
        command.args(if is_root() { &["--mount"][..] } else { &["--map-root-user", "--mount"] });
        command.args(["sh", "-c", script, "sh", options]).arg(folder.path());
        let mut mount = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut line = String::new();
        BufReader::new(mount.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let disk = Self { folder, mount: Some(mount) };
        (line == "mounted\n").then_some(disk)
    }

    /// A folder of an ordinary disk; room runs out by a limit on the size of files.
    fn limited() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), mount: None }
    }

    /// Both kinds where both exist; the second one exists everywhere.
    fn both() -> Vec<Self> {
        Self::small("size=4m,mode=700").into_iter().chain([Self::limited()]).collect()
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The folder as this process reaches it.
    fn seen(&self) -> PathBuf {
        let root = self.mount.as_ref().map_or_else(PathBuf::new, |mount| format!("/proc/{}/root", mount.id()).into());
        PathBuf::from(format!("{}{}", root.display(), self.folder.path().display()))
    }

    /// Runs what is added to it where the disk is.
    fn inside(&self) -> Command {
        // Ignored, so that a file that may not grow is an error and not the end of the process.
        let mut command = Command::new("sh");
        command.args(["-c", r#"trap "" XFSZ; exec "$@""#, "sh"]);
        if let Some(mount) = &self.mount {
            command.args(["nsenter", "--mount", "--target", &mount.id().to_string()]);
            command.args(if is_root() { &[][..] } else { &["--user", "--preserve-credentials"] });
        }
        command
    }

    /// Makes a small disk large.
    fn grow(&self) {
        let mut command = self.inside();
        let grown = command.args(["mount", "-o", "remount,size=8m,nr_inodes=1000"]).arg(self.folder.path()).status();
        assert!(grown.unwrap().success());
    }

    /// `postern gateway --port 0 --json` with its state on this disk.
    fn command(&self) -> Command {
        let mut command = self.inside();
        command.args([env!("CARGO_BIN_EXE_postern"), "gateway", "--port", "0", "--json"]);
        command.env_clear().env("PATH", std::env::var("PATH").unwrap()).env("HOME", self.folder.path());
        command.env("POSTERN_CREDENTIALS", "file").env("POSTERN_STATE_DIR", self.state());
        command.env("POSTERN_GATEWAY_TOKEN", TOKEN);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn start(&self) -> Result<Gateway, Ended> {
        let mut child = self.command().spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let document: Value = serde_json::from_str(&line).unwrap_or_default();
        if document["event"] != "ready" {
            let mut stderr = String::new();
            child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
            return Err(Ended { code: child.wait().unwrap().code(), document, stderr });
        }
        let port = document["port"].as_u64().and_then(|port| port.try_into().ok()).unwrap();
        Ok(Gateway { child, endpoint: Endpoint { port, token: Some(TOKEN.to_owned()) } })
    }

    /// Leaves no room for anything more.
    fn fill(&self, gateway: &Gateway) {
        if self.mount.is_none() {
            return gateway.limit("1:");
        }
        let mut filler = fs::File::create(self.seen().join("filler")).unwrap();
        while filler.write_all(&[b'x'; 4096]).is_ok() {}
    }

    /// Gives the room back.
    fn free(&self, gateway: &Gateway) {
        match self.mount {
            None => gateway.limit("unlimited:"),
            Some(_) => fs::remove_file(self.seen().join("filler")).unwrap(),
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Some(mount) = &mut self.mount {
            drop(mount.kill());
            drop(mount.wait());
        }
    }
}

/// A gateway that serves; killed when dropped.
struct Gateway {
    child: Child,
    endpoint: Endpoint,
}

impl Gateway {
    /// Limits the size of the files that it writes: `SOFT:HARD` bytes, an empty part stays as it is.
    fn limit(&self, limit: &str) {
        let (pid, limit) = (self.child.id().to_string(), format!("--fsize={limit}"));
        assert!(Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap().success());
    }

    /// Ends it as a power cut would; returns its log.
    fn kill9(mut self) -> String {
        self.child.kill().unwrap();
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        log
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A start that came to an end.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    document: Value,
    stderr: String,
}

impl Ended {
    /// It said what is wrong with the state folder, in a document and in words, and what to do.
    #[track_caller]
    fn says_unwritable(&self, folder: &str) {
        assert_eq!(self.code, Some(73), "{self:?}");
        let error = &self.document["error"];
        assert_eq!((&error["exitCode"], &error["kind"]), (&json!(73), &json!("state-unwritable")), "{self:?}");
        let text = error.to_string();
        assert!(text.contains(folder), "{folder}: {self:?}");
        assert!(
            ["POSTERN_STATE_DIR", "another state folder", "free disk space"].iter().any(|way| text.contains(way)),
            "{self:?}"
        );
        assert!(self.stderr.starts_with("postern: ") && !self.stderr.contains("panicked"), "{self:?}");
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

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

/// A folder that may only be read: 73 as well, whether it is new or has been used before.
#[test]
fn a_read_only_folder() {
    let (disk, seen) = match Disk::small("ro") {
        Some(disk) => (disk, None),
        // Only root may write into a folder of mode 0500.
        None => {
            let disk = Disk::limited();
            let mode = |mode| std::os::unix::fs::PermissionsExt::from_mode(mode);
            fs::set_permissions(disk.folder.path(), mode(0o500)).unwrap();
            let seen = disk.seen();
            (disk, Some((seen, mode(0o700))))
        }
    };
    let ended = disk.start().err().expect("it serves without a place for its state");
    ended.says_unwritable(disk.state().to_str().unwrap());
    if let Some((seen, mode)) = seen {
        fs::set_permissions(seen, mode).unwrap();
    }
}

/// However little room there is, a start serves or ends with 73 and says so; a start with room then works.
#[test]
fn a_disk_that_is_too_small() {
    let sizes = [4, 8, 12, 16, 24, 44, 64, 96, 128, 256].map(|kib| format!("size={kib}k,mode=700"));
    let files = [2, 3, 4, 5, 6, 7].map(|files| format!("size=4m,nr_inodes={files},mode=700"));
    for options in sizes.iter().chain(&files) {
        let Some(disk) = Disk::small(options) else { break };
        match disk.start() {
            Ok(_) => assert_ne!(options, &sizes[0], "it serves from next to nothing"),
            Err(ended) => {
                ended.says_unwritable(disk.folder.path().to_str().unwrap());
                disk.grow();
                disk.start().unwrap_or_else(|ended| panic!("what {options} left is in the way: {ended:?}"));
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
        at.refused(&Caller::local(), &Connect::operator(&Device::new("new"), &["operator.read"])).await;
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
