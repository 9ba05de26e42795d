//! Starts that end badly: counted, waited for, and in the end made with less (O-08; DEMAND P1, P4). Whatever is broken,
//! somebody answers, and nothing loops.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::lock::gateway_command;
use crate::harness::{Caller, DEADLINE, Device, Endpoint, InProcess, START_MS, TestGateway, free_port, until};

async fn mode(gateway: &TestGateway) -> (String, u64) {
    let mut client = gateway.op(&Device::new("looks"), &["operator.read"]).await;
    let starts = client.ok("service.status", json!({})).await["starts"].clone();
    (starts["mode"].as_str().unwrap().to_owned(), starts["crashes"].as_u64().unwrap())
}

async fn tools(gateway: &Endpoint) -> usize {
    let mut client = gateway.op(&Device::new("looks"), &["operator.read"]).await;
    let groups = client.ok("tools.catalog", json!({})).await["groups"].clone();
    groups.as_array().unwrap().iter().map(|group| group["tools"].as_array().unwrap().len()).sum()
}

fn crashed(mut gateway: TestGateway, times: u64) -> TestGateway {
    for _ in 0..times {
        gateway.kill9();
        gateway = gateway.start_again();
    }
    gateway
}

/// Three crashes in a row and tools wait, five and they stay off; page and calls work all the time, and everybody is told.
#[tokio::test]
async fn crashes_in_a_row_lead_to_safe_mode() {
    let gateway = TestGateway::start();
    let all = tools(&gateway).await;
    assert!(all > 0);
    let gateway = crashed(gateway, 2);
    assert_eq!(mode(&gateway).await, ("normal".to_owned(), 2));
    let gateway = crashed(gateway, 1);
    assert_eq!(mode(&gateway).await, ("waiting".to_owned(), 3));
    let gateway = crashed(gateway, 2);
    assert_eq!(mode(&gateway).await, ("safe".to_owned(), 5));
    assert_eq!(tools(&gateway).await, 0);
    for path in ["/healthz", "/readyz", "/"] {
        assert_eq!(gateway.http("GET", path, &Caller::local(), "").await.status, 200, "{path}");
    }
    let status = gateway.cli(&["status", "--json"]).json();
    let warnings = status["warnings"].to_string();
    assert!(warnings.contains("safe mode: 5 starts") && warnings.contains("doctor --fix"), "{warnings}");
    until("the log", || gateway.log().contains("Safe mode").then_some(())).await;
    let health = gateway.cli(&["health", "--json"]).json();
    assert_eq!(health["safeMode"]["reason"], "crashes", "{health}");

    // The doctor knows it, and what it does reaches the gateway that runs.
    let doctor = gateway.cli(&["doctor", "--json", "--only", "crashes"]);
    let check = doctor.json()["checks"][0].clone();
    assert_eq!(
        (doctor.code, &check["status"], &check["fix"]["automatic"]),
        (1, &json!("fail"), &json!(true)),
        "{check}"
    );
    let fixed = gateway.cli(&["doctor", "--fix", "--yes", "--json", "--only", "crashes"]).json();
    assert_eq!(fixed["repairs"][0], json!({"id": "crashes", "fixed": true, "detail": "the crashes are forgiven"}));
    let mut client = gateway.op(&Device::new("looks"), &["operator.read"]).await;
    loop {
        if client.ok("service.status", json!({})).await["starts"]["mode"] == "normal" {
            break;
        }
    }
    assert_eq!(tools(&gateway).await, all);
    let health = gateway.cli(&["health", "--probe", "--json"]).json();
    assert_eq!(health["safeMode"], Value::Null, "{health}");
}

/// A stop on purpose, and a change of the configuration, begin anew.
#[tokio::test]
async fn what_changes_deserves_a_new_chance() {
    let gateway = crashed(TestGateway::start(), 4);
    assert_eq!(mode(&gateway).await, ("waiting".to_owned(), 4));
    let gateway = gateway.restart();
    assert_eq!(mode(&gateway).await, ("normal".to_owned(), 0), "stopped on purpose");
    let mut gateway = crashed(gateway, 4);
    gateway.kill9();
    fs::write(gateway.state_dir().join("postern.json"), "{ui: {seamColor: \"#336699\"}}").unwrap();
    let gateway = gateway.start_again();
    assert_eq!(mode(&gateway).await, ("normal".to_owned(), 0), "another configuration");
}

/// A good while ends safe mode by itself.
#[tokio::test]
async fn a_good_while_ends_safe_mode() {
    let crash = |at: i64| json!({"atMs": at, "pid": 1, "version": "0.0.0-test", "config": "", "end": {"atMs": at, "clean": false, "reason": "killed"}});
    let gateway = InProcess::with("", |options| {
        let text = fs::read(&options.paths.config_path).unwrap();
        let hash = postern_gateway::config::file::hash(&String::from_utf8(text).unwrap());
        let mut starts: Vec<Value> = (0..6).map(|number| crash(START_MS - 10_000 + number)).collect();
        starts.iter_mut().for_each(|start| start["config"] = json!(hash));
        fs::write(options.paths.starts(), json!({"starts": starts}).to_string()).unwrap();
        options.limits.healthy_after = std::time::Duration::from_millis(300);
    })
    .await;
    let starts = gateway.running.services().starts.clone();
    assert!(starts.holds_back() && starts.warning().unwrap().contains("6 starts"));
    until("the good while", || (!starts.holds_back()).then_some(())).await;
    assert_eq!(starts.warning(), None);
    let written = fs::read_to_string(gateway.running.services().paths.starts()).unwrap();
    assert!(written.contains("\"healthy\": true"), "{written}");
}

/// P1, F4: a configuration with which every start ends is replaced by the one that last ran well; its owner is told, and
/// decides when it is tried again.
#[tokio::test]
async fn a_configuration_that_ends_every_start_gives_way() {
    let mut gateway = TestGateway::builder().config("{session: {mainKey: 'good'}}").start();
    let file = gateway.state_dir().join("postern.json");
    let main_key = async |gateway: &TestGateway| {
        let mut client = gateway.op(&Device::new("looks"), &["operator.read"]).await;
        client.ok("agents.list", json!({})).await["mainKey"].as_str().unwrap().to_owned()
    };
    // What a good while leaves behind.
    fs::copy(&file, gateway.state_dir().join("postern.last-healthy.json")).unwrap();
    let bad = "{session: {mainKey: 'bad'}}";
    gateway.kill9();
    fs::write(&file, bad).unwrap();
    gateway = gateway.start_again();
    assert_eq!(main_key(&gateway).await, "bad", "it is valid");
    gateway = crashed(gateway, 5);
    for _ in 0..2 {
        assert_eq!(main_key(&gateway).await, "good");
        let mut client = gateway.op(&Device::new("looks"), &["operator.read"]).await;
        let config = client.ok("config.get", json!({})).await;
        assert_eq!((&config["safeMode"], &config["raw"]), (&json!(true), &json!(bad)), "the file is the owner's");
        let warnings = client.ok("status", json!({})).await["warnings"].to_string();
        assert!(warnings.contains("last one that ran well") && warnings.contains("doctor --fix"), "{warnings}");
        gateway = crashed(gateway, 1);
    }
    // The owner may try it again, and a changed file is a new chance.
    let fixed = gateway.cli(&["doctor", "--fix", "--yes", "--json", "--only", "crashes"]);
    assert!(fixed.stdout.contains("forgiven"), "{fixed:?}");
    let begun = std::time::Instant::now();
    while main_key(&gateway).await != "bad" {
        assert!(begun.elapsed() < crate::harness::DEADLINE, "{}", gateway.log());
    }
}

/// What runs well for a good while is kept, and what does not is not.
#[tokio::test]
async fn what_runs_well_is_kept() {
    let gateway = InProcess::with("{session: {mainKey: 'well'}}", |options| {
        options.limits.healthy_after = std::time::Duration::from_millis(100);
    })
    .await;
    let paths = gateway.running.services().paths.clone();
    let kept = paths.last_healthy_config();
    until("the good while", || fs::read_to_string(&kept).ok().filter(|text| text.contains("well"))).await;
    fs::write(&paths.config_path, "{session: {mainKey: 'better'}}").unwrap();
    until("another one", || fs::read_to_string(&kept).ok().filter(|text| text.contains("better"))).await;
}

/// A start that is kept by somebody, whatever stands in its way.
struct Kept {
    child: Child,
    port: u16,
}

impl Kept {
    fn start(state: &Path) -> Self {
        let port = free_port();
        let child = gateway_command(state, &["--port", &port.to_string(), "--supervised", "--json"]).spawn().unwrap();
        Self { child, port }
    }

    /// One try; nothing when nobody is there yet, or one door closes while another opens.
    async fn ask(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        Some(answer)
    }

    /// Asks until it answers with this status; the whole answer.
    async fn reaches(&self, path: &str, status: u16) -> String {
        let wanted = format!("HTTP/1.1 {status} ");
        let asking = async {
            loop {
                match self.ask(path).await {
                    Some(answer) if answer.starts_with(&wanted) => return answer,
                    _ => tokio::time::sleep(Duration::from_millis(2)).await,
                }
            }
        };
        let reached = tokio::time::timeout(DEADLINE, asking).await;
        reached.unwrap_or_else(|_| panic!("{path} never answers {status}"))
    }

    /// Whether SIGTERM no longer ends it without being asked.
    fn catches_sigterm(&self) -> bool {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        u64::from_str_radix(caught.trim(), 16).unwrap() & (1 << (15 - 1)) != 0
    }

    /// Stops it; what it said on the way.
    fn stop(mut self) -> (Option<i32>, String) {
        assert!(Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        let mut text = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        (code, text)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// P1: a damaged database is told, in words, on the page and to probes; nothing is deleted, nothing loops, and it serves as
/// soon as the file is mended.
#[tokio::test]
async fn a_damaged_database_is_told_and_waited_for() {
    let state = tempfile::tempdir().unwrap();
    let database = state.path().join("postern.sqlite");
    fs::write(&database, "this is no database, but somebody's file".repeat(100)).unwrap();
    let kept = Kept::start(state.path());
    kept.reaches("/readyz", 503).await;
    kept.reaches("/healthz", 200).await;
    let page = kept.reaches("/", 503).await;
    assert!(page.contains("postern doctor") && !page.contains(state.path().to_str().unwrap()), "{page}");
    assert!(fs::read_to_string(&database).unwrap().starts_with("this is no database"), "it is left alone");
    fs::rename(&database, state.path().join("damaged")).unwrap();
    kept.reaches("/readyz", 200).await;
    let (code, log) = kept.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("damaged") && log.contains("will be tried again"), "{log}");
}

/// P1: a folder of an agent that cannot be used, and a configuration that is none, cost neither page nor calls.
#[tokio::test]
async fn one_broken_thing_costs_only_itself() {
    let state = tempfile::tempdir().unwrap();
    fs::write(state.path().join("file"), "no folder").unwrap();
    let broken = state.path().join("file/inside");
    let config = json!({"agents": {"list": [{"id": "main"}, {"id": "hurt", "workspace": broken}]}});
    fs::write(state.path().join("postern.json"), config.to_string()).unwrap();
    let kept = Kept::start(state.path());
    kept.reaches("/readyz", 200).await;
    assert_eq!(kept.stop().0, Some(0));

    fs::write(state.path().join("postern.json"), "{gateway: {port: }").unwrap();
    let kept = Kept::start(state.path());
    kept.reaches("/readyz", 200).await;
    assert_eq!(kept.stop().0, Some(0));
}

/// O-08, P4: whoever is told to stop while it waits stops at once.
#[tokio::test]
async fn a_start_that_waits_can_be_stopped() {
    let state = tempfile::tempdir().unwrap();
    let holder = TestGateway::start();
    fs::create_dir_all(state.path()).unwrap();
    let kept = Kept::start(&holder.state_dir());
    // Nothing answers on its own port: the folder is somebody else's, and the first goes on.
    until("it listens for the signal", || kept.catches_sigterm().then_some(())).await;
    assert_eq!(holder.http("GET", "/healthz", &Caller::local(), "").await.status, 200);
    let (code, log) = kept.stop();
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(mode(&holder).await, ("normal".to_owned(), 0), "who waits writes nothing into the folder of another");
}

/// A state folder that others can look into is told until it is closed to them.
#[cfg(unix)]
#[tokio::test]
async fn a_state_folder_that_is_open_to_others_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let gateway = TestGateway::start();
    let folder = gateway.state_dir();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    let gateway = gateway.restart();
    let told = gateway.cli(&["status"]);
    assert!(told.stdout.contains("is open to other users (mode 755): `postern doctor --fix`"), "{told:?}");
    // The gateway never waits for its log, so the line may come after the answer.
    until("the log", || gateway.log().contains("is open to other users").then_some(())).await;
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o755, "nothing is changed unasked");
    gateway.cli(&["doctor", "--fix", "--yes"]);
    let told = gateway.cli(&["status"]);
    assert!(told.code == 0 && !told.stdout.contains("is open to"), "{told:?}");
}
