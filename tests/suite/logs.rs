//! The log as an operator has it: a file of JSON lines, lines on the terminal, and `postern logs`
//! (FEATURES O-01, X-43; DEMAND P25).

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};

use crate::harness::{Caller, DEADLINE, Device, TOKEN, TestGateway, files_below, run, until};

fn file(gateway: &TestGateway) -> PathBuf {
    gateway.state_dir().join("logs/postern.log")
}

fn lines(path: &PathBuf) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// Kills what it holds.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Running {
    fn cli(gateway: &TestGateway, args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_postern"));
        command.args(args).env_clear().env("PATH", std::env::var("PATH").unwrap_or_default());
        command.env("HOME", gateway.state_dir()).env("POSTERN_CREDENTIALS", "file");
        command.env("POSTERN_STATE_DIR", gateway.state_dir()).env("POSTERN_GATEWAY_TOKEN", TOKEN);
        Self(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    fn stdout(&mut self) -> Receiver<String> {
        let (sender, receiver) = channel();
        let pipe = self.0.stdout.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                drop(sender.send(line));
            }
        });
        receiver
    }
}

/// O-01: started in a terminal without options, it stays there and tells what happens on standard output; the file has the
/// same as JSON, in the shape that the ecosystem's log readers know.
#[tokio::test]
async fn a_file_of_json_lines_and_lines_for_people() {
    let state = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_postern"));
    command.args(["gateway", "--port", "0"]).env_clear().env("HOME", state.path()).env("POSTERN_CREDENTIALS", "file");
    command.env("POSTERN_STATE_DIR", state.path().join("s")).env("POSTERN_GATEWAY_TOKEN", TOKEN);
    let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running(piped.spawn().unwrap());
    let stdout = running.stdout();
    let mut seen = Vec::new();
    while !seen.iter().any(|line: &String| line.contains(" INFO postern::serve")) {
        seen.push(stdout.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("no line: {seen:#?}")));
    }
    assert!(seen.iter().any(|line| line.contains("is ready")), "the banner: {seen:#?}");
    assert!(!seen.iter().any(|line| line.contains('\u{1b}')), "colours in a pipe: {seen:#?}");
    assert!(running.0.try_wait().unwrap().is_none(), "it stays");

    let path = state.path().join("s/logs/postern.log");
    let line = until("the file", || lines(&path).into_iter().find(|line| line["0"]["subsystem"] == "serve")).await;
    assert!(line["1"].as_str().unwrap().starts_with("Ready. version="), "{line}");
    assert_eq!(line["_meta"]["logLevelName"], "INFO");
    assert_eq!((&line["_meta"]["date"], &line["_meta"]["name"]), (&line["time"], &json!(r#"{"subsystem":"serve"}"#)));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    }
    drop(running);
}

/// A file that is removed, or a folder, costs the lines of a moment; the gateway and its log go on.
#[tokio::test]
async fn a_removed_file_comes_back() {
    let gateway = TestGateway::start();
    until("the file", || file(&gateway).exists().then_some(())).await;
    fs::remove_dir_all(file(&gateway).parent().unwrap()).unwrap();
    let mut number = 0;
    while !file(&gateway).exists() {
        number += 1;
        gateway.op(&Device::new("again"), &["operator.read"]).await.ok("health", json!({})).await;
        assert!(number < 5_000, "no new file");
    }
    until("a line", || lines(&file(&gateway)).into_iter().find(|line| line["1"].as_str().is_some())).await;
}

/// What a stranger sends can neither begin a line of its own in the file, nor act on the terminal of who reads it.
#[tokio::test]
async fn strangers_cannot_forge_lines() {
    let gateway = TestGateway::start();
    let hostile = "x\n2026-01-01T00:00:00.000Z ERROR postern: forged\u{1b}[2J";
    let connect = crate::harness::Connect::operator(&Device::new("evil"), &["operator.read"]);
    let refused = connect.set("/client/displayName", json!(hostile)).auth(json!({"token": "wrong"}));
    drop(gateway.connect_from(&Caller::local(), &refused).await);
    let agent = Caller::local().header("user-agent", "a\u{9b}31m");
    drop(gateway.connect_from(&agent, &refused).await);
    // Two writers that do not wait for each other.
    let texts = || [gateway.log(), fs::read_to_string(file(&gateway)).unwrap_or_default()];
    let refused = || Some(texts()).filter(|texts| texts.iter().all(|text| text.contains("Refused.")));
    for text in until("the refusal", refused).await {
        assert!(!text.lines().any(|line| line.starts_with("2026-01-01T00:00:00.000Z")), "{text}");
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
    assert!(!lines(&file(&gateway)).is_empty());
}

/// From the gateway while it runs, from the file when it does not; filters; one document per line for programs.
#[tokio::test]
async fn the_command_shows_the_log_with_and_without_a_gateway() {
    let mut gateway = TestGateway::start();
    gateway.op(&Device::new("somebody"), &["operator.read"]).await;
    until("a line", || gateway.log().contains("Connected.").then_some(())).await;
    let shown = gateway.cli(&["logs"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(shown.stdout.contains(" INFO serve: Ready. version="), "{shown:?}");
    assert_eq!(shown.stderr, "");
    let utc = gateway.cli(&["logs", "--utc", "--limit", "1"]);
    assert_eq!(utc.stdout.lines().count(), 1, "{utc:?}");
    assert_eq!(utc.stdout.as_bytes()[23], b'Z', "{utc:?}");

    gateway.stop();
    let env = [("POSTERN_STATE_DIR", gateway.state_dir())];
    let alone = |args: &[&str]| run(args, &[(env[0].0, env[0].1.to_str().unwrap())]);
    let shown = alone(&["logs"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(shown.stdout.contains("serve: Ready.") && shown.stdout.contains("Stopping."), "{shown:?}");
    assert!(shown.stderr.contains("no gateway answers; reading"), "{shown:?}");
    let json = alone(&["logs", "--json", "--grep", "READY."]);
    let document: Value = serde_json::from_str(json.stdout.trim()).unwrap_or_else(|error| panic!("{error}: {json:?}"));
    assert_eq!(
        (&document["type"], &document["level"], &document["subsystem"]),
        (&json!("log"), &json!("info"), &json!("serve"))
    );
    assert_eq!(alone(&["logs", "--level", "fatal"]).stdout, "");
    assert_eq!(alone(&["logs", "--since", "2999-01-01T00:00:00Z"]).stdout, "");
    assert!(alone(&["logs", "--since", "10m", "--level", "info"]).stdout.contains("Ready."));
    let wrong = alone(&["logs", "--since", "soon"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("--since"), "{wrong:?}");

    let nowhere = tempfile::tempdir().unwrap();
    let none = run(&["logs"], &[("POSTERN_STATE_DIR", nowhere.path().to_str().unwrap())]);
    assert!(none.code == 3 && none.stderr.contains("no log yet"), "{none:?}");
}

/// P25: the log turns over and over under a bound on all files, while somebody follows it: every line is seen once, in order,
/// also over the end of the gateway and the start of the next.
#[tokio::test]
async fn following_loses_and_doubles_nothing_while_files_turn() {
    let config = "{logging: {maxFileBytes: 10000, maxFiles: 3, maxTotalBytes: 60000}}";
    let builder = TestGateway::builder().config(config).env("POSTERN_LOG", "postern::rpc=debug,off");
    let gateway = builder.args(&["--token", TOKEN]).start();
    let mut client = gateway.op(&Device::new("busy"), &["operator.read"]).await;
    client.ok("health", json!({})).await;
    until("the file", || file(&gateway).exists().then_some(())).await;
    let mut follower = Running::cli(&gateway, &["logs", "--follow", "--json", "--interval", "50", "--grep", "id-"]);
    let shown = follower.stdout();
    let mut want = Vec::new();
    let mut seen = Vec::new();
    let catch_up = |want: &Vec<String>, seen: &mut Vec<String>| {
        while seen.len() < want.len() {
            let line =
                shown.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("{} of {} lines", seen.len(), want.len()));
            let line: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(line["type"], "log", "{line}");
            let message = line["message"].as_str().unwrap().to_owned();
            let id = message.split("id=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
            seen.push(id);
        }
    };
    for round in 0..12 {
        for number in 0..20 {
            let id = format!("id-{round}-{number}");
            client.raw.request(&id, "health", json!({})).await;
            client.raw.answer(&id).await;
            want.push(id);
        }
        catch_up(&want, &mut seen);
    }
    assert_eq!(seen, want);
    let logs = files_below(file(&gateway).parent().unwrap());
    let bytes: u64 = logs.iter().map(|file| fs::metadata(file).unwrap().len()).sum();
    assert!(logs.len() > 2 && bytes <= 60_000, "{logs:?} {bytes}");

    drop(client);
    let gateway = gateway.restart();
    let mut client = gateway.op(&Device::new("busy"), &["operator.read"]).await;
    client.raw.request("id-later", "health", json!({})).await;
    client.raw.answer("id-later").await;
    want.push("id-later".to_owned());
    catch_up(&want, &mut seen);
    assert_eq!(seen, want);
}

/// `postern logs --follow | head -1` ends quietly.
#[tokio::test]
async fn a_reader_that_goes_ends_the_command_quietly() {
    let gateway = TestGateway::builder().env("POSTERN_LOG", "postern::rpc=debug,info").start();
    let mut client = gateway.op(&Device::new("busy"), &["operator.read"]).await;
    until("a line", || file(&gateway).exists().then_some(())).await;
    let mut follower = Running::cli(&gateway, &["logs", "--follow", "--interval", "50"]);
    let mut first = String::new();
    BufReader::new(follower.0.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(!first.is_empty());
    let mut number = 0;
    let status = loop {
        client.raw.request(&format!("n{number}"), "health", json!({})).await;
        client.raw.answer(&format!("n{number}")).await;
        number += 1;
        if let Some(status) = follower.0.try_wait().unwrap() {
            break status;
        }
        assert!(number < 100_000, "it goes on for nobody");
    };
    let mut stderr = String::new();
    follower.0.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""));
}

/// X-43: how much is told changes with the setting, over the wire, without a restart.
#[tokio::test]
async fn the_level_changes_while_it_runs() {
    let gateway = TestGateway::builder().config("{logging: {level: 'error'}}").start();
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let told =
        |level: &str| lines(&file(&gateway)).iter().filter(|line| line["_meta"]["logLevelName"] == level).count();
    let connect = async || drop(gateway.op(&Device::new("other"), &["operator.read"]).await);
    let set = async |admin: &mut crate::harness::Client, level: &str| {
        let base = admin.ok("config.get", json!({})).await["hash"].clone();
        let raw = format!("{{logging: {{level: '{level}'}}}}");
        let done = admin.ok("config.patch", json!({"raw": raw, "baseHash": base})).await;
        assert_eq!(done["restart"]["scheduled"], false, "{done}");
    };
    connect().await;
    assert_eq!(told("INFO"), 0);
    set(&mut admin, "info").await;
    connect().await;
    until("lines", || (told("INFO") > 0).then_some(())).await;
    assert_eq!(told("DEBUG"), 0);
    set(&mut admin, "debug").await;
    connect().await;
    until("more lines", || (told("DEBUG") > 0).then_some(())).await;
}
