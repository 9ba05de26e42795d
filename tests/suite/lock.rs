//! One gateway per port and per state folder: the second start says who is there and touches nothing (F-39, DEMAND P4).

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Caller, Connect, DEADLINE, Device, TestGateway, run};

/// A start that came to an end.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ended {
    #[track_caller]
    fn error(&self) -> Value {
        let document: Value = serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        document["error"].clone()
    }
}

pub(super) fn gateway_command(state: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_postern"));
    command.arg("gateway").args(args).env_clear().env("HOME", state).env("POSTERN_STATE_DIR", state);
    command.env("POSTERN_CREDENTIALS", "file").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs `postern gateway ARGS` with this state folder; it has to end by itself.
fn second_start(state: &Path, args: &[&str]) -> Ended {
    let mut child = gateway_command(state, args).spawn().unwrap();
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > DEADLINE {
            drop(child.kill());
            panic!("the second start goes on: {:?}", child.wait_with_output());
        }
        std::thread::park_timeout(Duration::from_millis(2));
    };
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    Ended { code: status.code(), stdout, stderr }
}

#[track_caller]
fn says(second: &Ended, words: &[&str]) {
    assert_eq!(second.code, Some(75), "{second:?}");
    for word in words {
        assert!(second.stderr.contains(word), "{word:?} is missing: {second:?}");
    }
}

/// How this process is named to somebody who finds its port taken; not every system tells.
fn this_process() -> String {
    let name =
        std::fs::read_to_string("/proc/self/comm").map(|name| format!("pid {}, {}", std::process::id(), name.trim()));
    name.unwrap_or_default()
}

/// A program on a port of its own that answers every connection with these bytes. Told `stop` it ends, and says how often
/// it was asked.
fn program_that_says(answer: &'static str) -> (u16, std::thread::JoinHandle<usize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = std::thread::spawn(move || {
        let mut answered = 0;
        loop {
            let (mut stream, _) = listener.accept().unwrap();
            let mut buffer = [0; 4096];
            let count = stream.read(&mut buffer).unwrap();
            if buffer[..count].starts_with(b"stop") {
                return answered;
            }
            stream.write_all(answer.as_bytes()).unwrap();
            answered += 1;
        }
    });
    (port, serving)
}

/// The same profile twice on one port: the second start names the first, which goes on as if nothing had been.
#[tokio::test]
async fn the_same_profile_twice() {
    let mut gateway = TestGateway::start();
    let mut client = gateway.op(&Device::new("a"), &["operator.read"]).await;
    let (pid, url, port) = (format!("pid {}", gateway.pid()), gateway.url(), gateway.port.to_string());
    let before = std::fs::read_to_string(gateway.state_dir().join("gateway.lock")).unwrap();

    let second = second_start(&gateway.state_dir(), &["--port", &port]);
    says(&second, &[&pid, &url, &format!("127.0.0.1:{port}"), "already runs"]);
    assert_eq!(second.stdout, "");
    let second = second_start(&gateway.state_dir(), &["--port", &port, "--json"]);
    says(&second, &[&pid]);
    let error = second.error();
    assert_eq!((&error["exitCode"], &error["kind"]), (&json!(75), &json!("in-use")));
    assert!(error["message"].as_str().is_some_and(|text| text.contains(&pid) && text.contains(&url)), "{error}");

    assert_eq!(std::fs::read_to_string(gateway.state_dir().join("gateway.lock")).unwrap(), before);
    client.ok("health", json!({})).await;
    let (status, _) = gateway.stop();
    assert!(status.success(), "{status}");
}

/// F-40: a state folder that is in use is refused on every other port as well.
#[tokio::test]
async fn a_shared_state_folder_is_refused() {
    let gateway = TestGateway::start();
    let mut client = gateway.op(&Device::new("a"), &["operator.read"]).await;
    let folder = gateway.state_dir();
    let second = second_start(&folder, &["--port", "0", "--json"]);
    let pid = format!("pid {}", gateway.pid());
    says(&second, &[&pid, &gateway.url(), folder.to_str().unwrap(), "--profile", "POSTERN_STATE_DIR"]);
    assert_eq!(second.error()["kind"], "in-use");
    // The same folder by another name is the same folder.
    let link = folder.with_file_name("link");
    std::os::unix::fs::symlink(&folder, &link).unwrap();
    says(&second_start(&link, &["--port", "0"]), &[&pid]);
    client.ok("health", json!({})).await;
    assert_eq!(gateway.cli(&["health", "--json"]).json()["ok"], true);
}

/// Another Postern on the port, with its own state: named, with the way to reach it and the way out.
#[tokio::test]
async fn another_postern_on_the_port() {
    let gateway = TestGateway::start();
    let state = tempfile::tempdir().unwrap();
    let own = state.path().join("state");
    let second = second_start(&own, &["--port", &gateway.port.to_string()]);
    let pid = format!("pid {}", gateway.pid());
    says(&second, &["another Postern", &pid, &gateway.url(), "--port", "--profile"]);
    assert!(!own.join("postern.sqlite").exists() && !own.join("gateway.lock").exists(), "the port comes first");
    assert_eq!(gateway.http("GET", "/healthz", &Caller::local(), "").await.status, 200);
}

/// A program that is no gateway: named by pid and name, asked at most a question, never ended.
#[test]
fn another_program_on_the_port() {
    let (port, serving) = program_that_says("SSH-2.0-something\r\n");
    let state = tempfile::tempdir().unwrap();
    let second = second_start(&state.path().join("state"), &["--port", &port.to_string()]);
    says(&second, &["another program", &this_process(), &format!("127.0.0.1:{port}"), "--port"]);
    assert!(!second.stderr.contains("reach it"), "nobody can reach a gateway there: {second:?}");
    TcpStream::connect(("127.0.0.1", port)).unwrap().write_all(b"stop").unwrap();
    assert_eq!(serving.join().unwrap(), 1, "one polite question");
}

/// A program that takes connections and never answers is not waited for: it goes on holding them when the start has ended.
#[test]
fn a_silent_program_on_the_port() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let state = tempfile::tempdir().unwrap();
    let second =
        second_start(&state.path().join("state"), &["--port", &silent.local_addr().unwrap().port().to_string()]);
    says(&second, &["another program", &this_process()]);
    drop(silent);
}

/// A gateway of the ecosystem: it speaks the same protocol, so clients can use it.
#[test]
fn another_gateway_on_the_port() {
    let (port, serving) = program_that_says(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{\"ok\":true,\"status\":\"live\"}",
    );
    let state = tempfile::tempdir().unwrap();
    let second = second_start(&state.path().join("state"), &["--port", &port.to_string()]);
    says(&second, &["another gateway", &this_process(), &format!("ws://127.0.0.1:{port}")]);
    TcpStream::connect(("127.0.0.1", port)).unwrap().write_all(b"stop").unwrap();
    serving.join().unwrap();
}

/// After kill -9 nothing has to be cleaned up: the folder is free, its devices are known.
#[tokio::test]
async fn after_kill_9_the_folder_is_free() {
    let mut gateway = TestGateway::start();
    let token = gateway.op(&Device::new("a"), &["operator.read"]).await.device_token();
    let old = gateway.pid();
    gateway.kill9();
    let down = run(&["health"], &[("POSTERN_STATE_DIR", gateway.state_dir().to_str().unwrap())]);
    assert_eq!(down.code, 3, "{down:?}");
    let again = gateway.start_again();
    assert_ne!(again.pid(), old);
    let own = Connect::operator(&Device::new("a"), &["operator.read"]).device_token(&token);
    again.must(&Caller::local(), &own).await;
}

/// What a killed gateway wrote about itself is not believed: who holds its port now is named.
#[test]
fn a_dead_holder_is_not_named() {
    let mut gateway = TestGateway::start();
    let port = gateway.port;
    gateway.kill9();
    let other = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let second = second_start(&gateway.state_dir(), &["--port", &port.to_string()]);
    says(&second, &["another program", &this_process()]);
    assert!(!second.stderr.contains(&gateway.pid().to_string()), "{second:?}");
    drop(other);
}

/// Of many starts at once one serves, and all others say so.
#[test]
fn of_many_starts_one_serves() {
    let state = tempfile::tempdir().unwrap();
    let starts: Vec<_> =
        (0..6).map(|_| gateway_command(state.path(), &["--port", "0", "--json"]).spawn().unwrap()).collect();
    let mut serving = Vec::new();
    for mut start in starts {
        let mut line = String::new();
        BufReader::new(start.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let line: Value = serde_json::from_str(&line).unwrap();
        if line["event"] == "ready" {
            // Stopped only when all have spoken: a start waits a moment for a lock.
            serving.push(start);
        } else {
            assert_eq!(line["error"]["kind"], "in-use", "{line}");
            assert_eq!(start.wait().unwrap().code(), Some(75));
        }
    }
    let one = serving.len();
    for mut start in serving {
        start.kill().unwrap();
        start.wait().unwrap();
    }
    assert_eq!(one, 1);
}
