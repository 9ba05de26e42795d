//! Disks with little room, and gateways on them.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Endpoint, TOKEN};

/// A place for state folders whose room is limited.
pub(in crate::suite) struct Disk {
    pub(in crate::suite) folder: tempfile::TempDir,
    /// Keeps the file system of a small disk mounted, out of everybody else's sight.
    pub(in crate::suite) mount: Option<Child>,
}

/// What is left on a disk.
#[derive(Debug, Clone, Copy)]
pub(in crate::suite) enum Room {
    Bytes(u64),
    Files(usize),
}

impl Disk {
    /// A disk as small as those that fill up.
    pub(in crate::suite) fn ordinary_small() -> Option<Self> {
        Self::small("size=4m,nr_inodes=100,mode=700")
    }

    /// A file system of its own with these mount options, where this machine lets us mount one.
    pub(in crate::suite) fn small(options: &str) -> Option<Self> {
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
    pub(in crate::suite) fn limited() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), mount: None }
    }

    /// Both kinds where both exist; the second one exists everywhere.
    pub(in crate::suite) fn both() -> Vec<Self> {
        Self::ordinary_small().into_iter().chain([Self::limited()]).collect()
    }

    pub(in crate::suite) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The folder as this process reaches it.
    pub(in crate::suite) fn seen(&self) -> PathBuf {
        let root = self.mount.as_ref().map_or_else(PathBuf::new, |mount| format!("/proc/{}/root", mount.id()).into());
        PathBuf::from(format!("{}{}", root.display(), self.folder.path().display()))
    }

    /// Runs what is added to it where the disk is.
    pub(in crate::suite) fn inside(&self) -> Command {
        // Ignored, so that a file that may not grow is an error and not the end of the process.
        let mut command = Command::new("sh");
        command.args(["-c", r#"trap "" XFSZ; exec "$@""#, "sh"]);
        if let Some(mount) = &self.mount {
            command.args(["nsenter", "--mount", "--target", &mount.id().to_string()]);
            command.args(if is_root() { &[][..] } else { &["--user", "--preserve-credentials"] });
        }
        command
    }

    /// `postern gateway --port 0 --json` with its state on this disk.
    pub(in crate::suite) fn command(&self) -> Command {
        let mut command = self.inside();
        command.args([env!("CARGO_BIN_EXE_postern"), "gateway", "--port", "0", "--json"]);
        command.env_clear().env("PATH", std::env::var("PATH").unwrap()).env("HOME", self.folder.path());
        command.env("POSTERN_CREDENTIALS", "file").env("POSTERN_STATE_DIR", self.state());
        command.env("POSTERN_GATEWAY_TOKEN", TOKEN);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(in crate::suite) fn start(&self) -> Result<Gateway, Ended> {
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

    /// Leaves a small disk room for this many bytes, or for this many files.
    pub(in crate::suite) fn leave(&self, room: Room) {
        let fillers = self.seen().join("fillers");
        fs::create_dir(&fillers).unwrap();
        let mut filler = fs::File::create(fillers.join("large")).unwrap();
        match room {
            Room::Bytes(bytes) => {
                while filler.write_all(&[b'x'; 4096]).is_ok() {}
                filler.set_len(filler.metadata().unwrap().len() - bytes).unwrap();
            }
            Room::Files(count) => {
                let numbers = (0..).take_while(|number| fs::File::create(fillers.join(number.to_string())).is_ok());
                let made: Vec<u32> = numbers.collect();
                made.iter()
                    .rev()
                    .take(count)
                    .for_each(|number| fs::remove_file(fillers.join(number.to_string())).unwrap());
            }
        }
    }

    /// Gives the room back.
    pub(in crate::suite) fn empty(&self) {
        fs::remove_dir_all(self.seen().join("fillers")).unwrap();
    }

    /// Leaves no room for anything more while a gateway runs.
    pub(in crate::suite) fn fill(&self, gateway: &Gateway) {
        match self.mount {
            None => gateway.limit("1:"),
            Some(_) => self.leave(Room::Bytes(0)),
        }
    }

    /// Gives the room back while it runs.
    pub(in crate::suite) fn free(&self, gateway: &Gateway) {
        match self.mount {
            None => gateway.limit("unlimited:"),
            Some(_) => self.empty(),
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
pub(in crate::suite) struct Gateway {
    pub(in crate::suite) child: Child,
    pub(in crate::suite) endpoint: Endpoint,
}

impl Gateway {
    /// Limits the size of the files that it writes: `SOFT:HARD` bytes, an empty part stays as it is.
    pub(in crate::suite) fn limit(&self, limit: &str) {
        let (pid, limit) = (self.child.id().to_string(), format!("--fsize={limit}"));
        assert!(Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap().success());
    }

    /// Ends it as a power cut would; returns its log.
    pub(in crate::suite) fn kill9(mut self) -> String {
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
pub(in crate::suite) struct Ended {
    pub(in crate::suite) code: Option<i32>,
    pub(in crate::suite) document: Value,
    pub(in crate::suite) stderr: String,
}

impl Ended {
    /// It said what is wrong with the state folder, in a document and in words, and what to do.
    #[track_caller]
    pub(in crate::suite) fn says_unwritable(&self, folder: &str) {
        assert_eq!(self.code, Some(73), "{self:?}");
        let error = &self.document["error"];
        assert_eq!((&error["exitCode"], &error["kind"]), (&json!(73), &json!("state-unwritable")), "{self:?}");
        let text = error.to_string();
        assert!(text.contains(folder), "{folder}: {self:?}");
        assert!(
            ["POSTERN_STATE_DIR", "another state folder", "free disk space"].iter().any(|way| text.contains(way)),
            "{self:?}"
        );
        assert!(self.stderr.contains("postern: ") && !self.stderr.contains("panicked"), "{self:?}");
    }
}

pub(in crate::suite) fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}
