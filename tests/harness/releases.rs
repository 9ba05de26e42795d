//! A server of releases on this machine, and programs to put there.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use postern_gateway::update::{Manifest, PlatformFile, target};
use postern_protocol::identity::DeviceKey;
use serde_json::Value;

/// When the lists of the suite are signed, unless it says otherwise.
pub(crate) const SIGNED_MS: i64 = 1_700_000_000_000;

/// What the server answers.
#[derive(Debug, Clone)]
pub(crate) enum Served {
    /// This.
    Body(Arc<Vec<u8>>),
    /// This much of it, and then the connection ends.
    Cut(Arc<Vec<u8>>, usize),
    /// This much of it, and then nothing until the client goes.
    Stuck(Arc<Vec<u8>>, usize),
    /// Elsewhere.
    Redirect(String),
    /// A failure.
    Status(u16),
}

type Files = Arc<Mutex<BTreeMap<String, Served>>>;

/// The server, and the key that signs its lists.
pub(crate) struct Releases {
    port: u16,
    files: Files,
    asked: Arc<Mutex<Vec<String>>>,
    key: DeviceKey,
}

impl Releases {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (files, asked) = (Files::default(), Arc::<Mutex<Vec<String>>>::default());
        let (served, noted) = (Arc::clone(&files), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (served, noted) = (Arc::clone(&served), Arc::clone(&noted));
                // A client that goes early is part of some tests.
                std::thread::spawn(move || drop(answer(stream, &served, &noted)));
            }
        });
        Self { port, files, asked, key: DeviceKey::from_seed(&[11; 32]) }
    }

    /// Address of a file.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/{name}", self.port)
    }

    /// The `update` part of a configuration that looks here.
    pub(crate) fn config(&self) -> String {
        format!(r#"{{url: "{}", publicKeys: ["{}"], auto: "off"}}"#, self.url("{channel}.json"), self.public_key())
    }

    /// The same as a whole configuration.
    pub(crate) fn whole_config(&self) -> String {
        format!("{{update: {}}}", self.config())
    }

    pub(crate) fn public_key(&self) -> String {
        self.key.public_key().to_base64url()
    }

    /// What was asked for so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn serve(&self, name: &str, served: Served) {
        self.files.lock().unwrap().insert(format!("/{name}"), served);
    }

    /// Publishes a program as the newest release.
    pub(crate) fn publish(&self, version: &str, program: Vec<u8>) {
        self.publish_with(version, program, |_| {});
    }

    /// The same with a list that says something else.
    pub(crate) fn publish_with(&self, version: &str, program: Vec<u8>, change: impl FnOnce(&mut Manifest)) {
        let name = format!("postern-{version}");
        let mut manifest = list(version, &name, &program);
        change(&mut manifest);
        self.serve(&name, Served::Body(Arc::new(program)));
        let text = serde_json::to_string(&manifest).unwrap();
        self.serve("stable.json.sig", Served::Body(Arc::new(self.key.sign(&text).into_bytes())));
        self.serve("stable.json", Served::Body(Arc::new(text.into_bytes())));
    }
}

fn list(version: &str, name: &str, program: &[u8]) -> Manifest {
    let sha256 = super::tls::sha256(program);
    let file = PlatformFile { url: name.to_owned(), size: program.len() as u64, sha256 };
    Manifest {
        product: "postern".into(),
        version: version.into(),
        channel: "stable".into(),
        notes: Some(format!("What is new in {version}.")),
        published_at: SIGNED_MS,
        expires_at: None,
        min_version: None,
        platforms: BTreeMap::from([(target(), file)]),
    }
}

fn answer(mut stream: TcpStream, files: &Files, asked: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    asked.lock().unwrap().push(path.clone());
    let served = files.lock().unwrap().get(&path).cloned().unwrap_or(Served::Status(404));
    let head =
        |status: &str, length: usize| format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n");
    match served {
        Served::Body(body) => {
            stream.write_all(format!("{}\r\n", head("200 OK", body.len())).as_bytes())?;
            stream.write_all(&body)
        }
        Served::Cut(body, end) => {
            stream.write_all(format!("{}\r\n", head("200 OK", body.len())).as_bytes())?;
            stream.write_all(&body[..end])
        }
        Served::Stuck(body, end) => {
            stream.write_all(format!("{}\r\n", head("200 OK", body.len())).as_bytes())?;
            stream.write_all(&body[..end])?;
            reader.read_line(&mut header).map(|_| ())
        }
        Served::Redirect(to) => stream.write_all(format!("{}location: {to}\r\n\r\n", head("302 Found", 0)).as_bytes()),
        Served::Status(status) => stream.write_all(format!("{}\r\n", head(&format!("{status} No"), 0)).as_bytes()),
    }
}

/// The program under test as another release: the same file with another version
/// of the same length written into it, so that old and new are two real programs.
pub(crate) fn program(version: &str) -> Vec<u8> {
    let own = env!("CARGO_PKG_VERSION");
    assert_eq!(own.len(), version.len(), "the bytes are patched in place");
    let mut bytes = fs::read(stripped()).unwrap();
    let mut found = 0;
    let mut at = 0;
    while let Some(next) = bytes[at..].windows(own.len()).position(|window| window == own.as_bytes()) {
        bytes[at + next..at + next + own.len()].copy_from_slice(version.as_bytes());
        at += next + own.len();
        found += 1;
    }
    assert!(found > 0, "the program does not hold its version");
    bytes
}

/// A copy without symbols where that can be had: a tenth of the size. Made once
/// per build.
fn stripped() -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_postern"));
    let modified = fs::metadata(built).unwrap().modified().unwrap();
    let stamp = modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("postern-{stamp}"));
    if !kept.exists() {
        let mine = kept.with_extension(std::process::id().to_string());
        let done = Command::new("strip").arg("-o").arg(&mine).arg(built).status();
        if !done.is_ok_and(|status| status.success()) {
            fs::copy(built, &mine).unwrap();
        }
        fs::rename(&mine, &kept).unwrap();
    }
    kept
}

/// A program that calls itself this release and does this when it is to serve.
/// `$REAL` is the program under test.
pub(crate) fn script(version: &str, instead: &str) -> Vec<u8> {
    let real = env!("CARGO_BIN_EXE_postern");
    format!("#!/bin/sh\nif [ \"$1\" = --version ]; then echo postern {version}; exit 0; fi\nREAL='{real}'\n{instead}\n")
        .into_bytes()
}

/// What a gateway knows about updates, from its state folder.
pub(crate) fn known(state_dir: &Path) -> Value {
    let text = fs::read_to_string(state_dir.join("update/state.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}
