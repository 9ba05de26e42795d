//! The service as its owner uses it: install, start, stop, restart, over and over and after accidents (O-04, O-05, O-06,
//! O-12; DEMAND P3, P4, P5). The service manager is played by [`Supervisor`], the gateway is the real one.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::harness::{Caller, Cli, Endpoint, Supervisor, free_port, run, until};

/// A user with a home folder, a service manager and a gateway that is told to listen on a port of its own.
struct Owner {
    home: tempfile::TempDir,
    manager: Supervisor,
    port: u16,
}

impl Owner {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let manager = Supervisor::start(home.path());
        let port = free_port();
        fs::create_dir(home.path().join(".postern")).unwrap();
        let config = format!("{{gateway: {{port: {port}}}}}");
        fs::write(home.path().join(".postern/postern.json"), config).unwrap();
        Self { home, manager, port }
    }

    fn cli_with(&self, args: &[&str], more: &[(&str, &str)]) -> Cli {
        let (path, home) = (self.manager.path(), self.home.path().to_str().unwrap());
        let mut env = vec![("HOME", home), ("PATH", &path), ("USER", "ada")];
        env.extend(more);
        run(args, &env)
    }

    #[track_caller]
    fn cli(&self, args: &[&str]) -> Cli {
        let done = self.cli_with(args, &[]);
        assert_eq!(done.code, 0, "{args:?}: {done:?}\n{:?}", self.manager.asked());
        done
    }

    #[track_caller]
    fn service(&self, word: &str) -> Value {
        self.cli(&["service", word, "--json"]).json()
    }

    fn state(&self) -> PathBuf {
        self.home.path().join(".postern")
    }

    fn unit(&self) -> PathBuf {
        self.home.path().join(".config/systemd/user/postern.service")
    }

    fn pid(&self) -> u32 {
        self.manager.pid("postern.service").expect("the service runs")
    }

    async fn is_healthy(&self) -> bool {
        let endpoint = Endpoint { port: self.port, token: None };
        endpoint.http("GET", "/healthz", &Caller::local(), "").await.status == 200
    }

    /// Processes that have this home's state folder in their environment or arguments.
    fn processes(&self) -> usize {
        let home = format!("HOME={}", self.home.path().display());
        let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let mine = entries.filter(|entry| {
            fs::read(entry.path().join("environ"))
                .is_ok_and(|environ| environ.split(|byte| *byte == 0).any(|variable| variable == home.as_bytes()))
        });
        mine.filter(|entry| fs::read_to_string(entry.path().join("comm")).is_ok_and(|name| name.trim() == "postern"))
            .count()
    }
}

fn kill(signal: &str, pid: u32) {
    assert!(Command::new("kill").args([signal, &pid.to_string()]).status().unwrap().success());
}

/// P3, O-12: a hundred times stopped and started on one port and one state: each time it serves, nothing is left between.
#[tokio::test]
async fn stopped_and_started_a_hundred_times() {
    let owner = Owner::new();
    let installed = owner.service("install");
    assert_eq!((&installed["service"]["running"], &installed["service"]["enabled"]), (&true.into(), &true.into()));
    let mut before = owner.pid();
    for round in 0..100 {
        let stopped = owner.service("stop");
        assert_eq!(stopped["service"]["gatewayRunning"], false, "round {round}: {stopped}");
        assert_eq!(stopped["service"]["lastExit"]["clean"], true, "round {round}: {stopped}");
        assert_eq!(owner.processes(), 0, "round {round}");
        let started = owner.service("start");
        assert_eq!(started["service"]["pid"], owner.pid(), "round {round}: {started}");
        assert_ne!(owner.pid(), before, "round {round}");
        assert!(owner.is_healthy().await, "round {round}");
        before = owner.pid();
    }
    assert_eq!(
        (owner.processes(), owner.manager.restarts("postern.service")),
        (1, 0),
        "it never had to be brought back"
    );
}

/// The same in one go: never two of them, never none at the end.
#[tokio::test]
async fn restarted_a_hundred_times() {
    let owner = Owner::new();
    owner.service("install");
    for round in 0..100 {
        let before = owner.pid();
        let restarted = owner.service("restart");
        assert_eq!(restarted["service"]["pid"], owner.pid(), "round {round}: {restarted}");
        assert_ne!(owner.pid(), before, "round {round}");
        assert!(owner.processes() == 1 && owner.is_healthy().await, "round {round}");
    }
    assert_eq!(owner.manager.restarts("postern.service"), 0, "it never had to be brought back");
}

/// O-06: killed, it is back, and what is told says why.
#[tokio::test]
async fn killed_it_comes_back() {
    let owner = Owner::new();
    owner.service("install");
    let before = owner.pid();
    kill("-KILL", before);
    until("a new process", || owner.manager.pid("postern.service").filter(|pid| *pid != before)).await;
    let status = until("a gateway that serves", || {
        let status = owner.service("status");
        (status["gatewayRunning"] == true).then_some(status)
    })
    .await;
    assert!(owner.is_healthy().await);
    assert_eq!(status["restarts"], 1);
    let reason = status["lastExit"]["reason"].as_str().unwrap();
    assert!(reason.contains("killed by signal 9"), "{status}");
    assert_eq!(status["lastExit"]["clean"], false);
}

/// P3: `start` works after `stop`, whatever happened to the file in between; P5: a program that has moved is found again.
#[tokio::test]
async fn start_mends_what_is_gone_and_what_has_moved() {
    let owner = Owner::new();
    owner.service("install");
    let written = fs::read_to_string(owner.unit()).unwrap();
    owner.service("stop");

    fs::remove_file(owner.unit()).unwrap();
    assert_eq!(owner.service("status")["installed"], false);
    let started = owner.service("start");
    assert!(started["notes"][0].as_str().unwrap().contains("written again"), "{started}");
    assert_eq!(fs::read_to_string(owner.unit()).unwrap(), written);
    owner.service("stop");

    // As after an update of Node, of Homebrew, or a move: the unit starts what is not there any more.
    fs::write(owner.unit(), written.replace(env!("CARGO_BIN_EXE_postern"), "/opt/gone/bin/postern")).unwrap();
    let status = owner.service("status");
    assert_eq!((&status["program"], &status["programCurrent"]), (&"/opt/gone/bin/postern".into(), &false.into()));
    assert!(status["advice"][0].as_str().unwrap().contains("service install"), "{status}");
    let doctor = owner.cli_with(&["doctor", "--json", "--only", "service"], &[]);
    assert_eq!((doctor.code, &doctor.json()["checks"][0]["status"]), (1, &"fail".into()), "{doctor:?}");
    let started = owner.service("start");
    assert!(started["notes"][0].as_str().unwrap().contains("moved"), "{started}");
    assert!(owner.is_healthy().await);
    assert_eq!(fs::read_to_string(owner.unit()).unwrap(), written);
}

/// O-12: what is done already is done; nothing needs the words in an order.
#[tokio::test]
async fn every_word_can_be_said_twice() {
    let owner = Owner::new();
    let early = owner.cli_with(&["service", "start"], &[]);
    assert_eq!(early.code, 1);
    assert!(early.stderr.contains("postern service install"), "{early:?}");
    for word in ["stop", "uninstall", "status"] {
        let said = owner.service(word);
        let status = if word == "status" { &said } else { &said["service"] };
        assert_eq!(status["installed"], false, "{word}: {said}");
    }
    owner.service("install");
    let pid = owner.pid();
    let again = owner.service("install");
    assert_eq!((again["done"].as_str(), owner.pid()), (Some("is installed already"), pid), "it is not disturbed");
    owner.service("start");
    assert_eq!(owner.pid(), pid);
    owner.service("stop");
    owner.service("stop");
    // The words of the ecosystem are the same ones.
    owner.cli(&["gateway", "start"]);
    let (mine, theirs) = (owner.service("status"), owner.cli(&["gateway", "status", "--json"]).json());
    assert_eq!(mine, theirs);
    owner.cli(&["gateway", "restart"]);
    owner.service("uninstall");
    assert_eq!(owner.processes(), 0);
    assert!(!owner.unit().exists() && owner.state().join("postern.sqlite").exists());
    owner.service("uninstall");
}

/// A gateway that somebody started in a terminal is stopped too, and the service takes its place.
#[tokio::test]
async fn a_gateway_without_the_service_is_not_in_the_way() {
    let owner = Owner::new();
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_postern"));
        command
            .args(["gateway", "--json"])
            .env_clear()
            .env("HOME", owner.home.path())
            .env("POSTERN_CREDENTIALS", "file");
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap()
    };
    let mut first = start();
    let held = || owner.service("status")["gatewayRunning"] == true;
    until("the first gateway", || held().then_some(())).await;
    let stopped = owner.service("stop");
    assert!(stopped["done"].as_str().unwrap().contains("without the service"), "{stopped}");
    assert!(first.wait().unwrap().success());

    owner.cli(&["service", "install", "--no-start"]);
    let mut second = start();
    until("the second gateway", || held().then_some(())).await;
    let restarted = owner.service("restart");
    assert!(second.wait().unwrap().success());
    assert_eq!(restarted["service"]["pid"], owner.pid(), "{restarted}");
    assert_eq!(owner.processes(), 1);
}

/// P4: a port that somebody else has is no storm of restarts: one process waits, says who it is, and serves when it can.
#[tokio::test]
async fn a_taken_port_is_waited_for() {
    let owner = Owner::new();
    let other = TcpListener::bind(("127.0.0.1", owner.port)).unwrap();
    owner.cli(&["service", "install", "--no-start"]);
    // `start` answers when the service says that it lives; who cannot serve is told apart.
    assert!(
        Command::new("sh")
            .args(["-c", "systemctl --user start postern"])
            .env("PATH", owner.manager.path())
            .status()
            .unwrap()
            .success()
    );
    let status = owner.service("status");
    assert_eq!((&status["running"], &status["gatewayRunning"]), (&true.into(), &false.into()), "{status}");
    assert!(status["problem"].as_str().unwrap().contains("is in use by another program"), "{status}");
    let pid = owner.pid();
    drop(other);
    until("a gateway that serves", || (owner.service("status")["gatewayRunning"] == true).then_some(())).await;
    assert!(owner.is_healthy().await);
    assert_eq!((owner.pid(), owner.manager.restarts("postern.service")), (pid, 0), "the same process all the time");
}

/// Each profile has its own service, state and port.
#[tokio::test]
async fn profiles_have_services_of_their_own() {
    let owner = Owner::new();
    owner.service("install");
    let work = owner.home.path().join(".postern-work");
    fs::create_dir(&work).unwrap();
    fs::write(work.join("postern.json"), format!("{{gateway: {{port: {}}}}}", free_port())).unwrap();
    owner.cli(&["--profile", "work", "service", "install"]);
    let status = owner.cli(&["--profile", "work", "service", "status", "--json"]).json();
    assert_eq!((status["name"].as_str(), &status["gatewayRunning"]), (Some("postern-work.service"), &true.into()));
    assert_ne!(status["url"], owner.service("status")["url"]);
    let others = owner.cli_with(&["doctor", "--json", "--only", "other-gateways"], &[]).json();
    assert!(others["checks"][0]["detail"].as_str().unwrap().contains(".postern-work"), "{others}");
    owner.cli(&["--profile", "work", "service", "uninstall"]);
    assert!(owner.is_healthy().await, "the other one goes on");
}

/// P5, P23: the unit names the program by its full path, and nothing of the shell gets into it: no `PATH`, no secret.
#[test]
fn nothing_of_the_shell_is_written_down() {
    let owner = Owner::new();
    let path = format!("/home/ada/.nvm/versions/node/v22/bin:{}", owner.manager.path());
    let shell = [("PATH", path.as_str()), ("POSTERN_GATEWAY_TOKEN", "canary-7Hq2"), ("OPENAI_API_KEY", "canary-9Zw1")];
    let installed = owner.cli_with(&["service", "install", "--no-start", "--json"], &shell);
    assert_eq!(installed.code, 0, "{installed:?}");
    assert!(installed.stdout.contains("POSTERN_GATEWAY_TOKEN is not written into the service"), "{installed:?}");
    let unit = fs::read_to_string(owner.unit()).unwrap();
    let program = fs::canonicalize(env!("CARGO_BIN_EXE_postern")).unwrap();
    assert!(unit.contains(&format!("ExecStart={} gateway --supervised\n", program.display())), "{unit}");
    for word in ["canary", "PATH=/", "nvm"] {
        assert!(!unit.contains(word), "{unit}");
    }
    let dry = owner.cli_with(&["service", "install", "--dry-run", "--json"], &shell).json();
    assert_eq!(dry["definition"], unit, "what is printed is what is written");
    let record = fs::read_to_string(owner.state().join("service.json")).unwrap();
    assert!(!record.contains("canary"), "{record}");
}

/// An agent looks at the service and does not change it.
#[test]
fn agents_do_not_change_the_service() {
    let owner = Owner::new();
    for word in ["install", "uninstall", "start", "stop", "restart"] {
        let refused = owner.cli_with(&["service", word], &[("POSTERN_AGENT", "1")]);
        assert_eq!(refused.code, 5, "{word}: {refused:?}");
    }
    assert_eq!(owner.cli_with(&["service", "status"], &[("POSTERN_AGENT", "1")]).code, 0);
    assert!(!owner.unit().exists());
}

/// A link at the unit's place is somebody's own, or a mask: it and what it leads to stay as they are.
#[test]
fn a_unit_is_never_written_through_a_link() {
    let owner = Owner::new();
    let theirs = owner.home.path().join("dotfiles.service");
    fs::write(&theirs, "# mine\n").unwrap();
    fs::create_dir_all(owner.unit().parent().unwrap()).unwrap();
    for (target, hint) in [(theirs.as_path(), "rm "), (std::path::Path::new("/dev/null"), "systemctl --user unmask")] {
        std::os::unix::fs::symlink(target, owner.unit()).unwrap();
        let refused = owner.cli_with(&["service", "install"], &[]);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.stderr.contains("is a link to") && refused.stderr.contains(hint), "{refused:?}");
        assert_eq!(fs::read_link(owner.unit()).unwrap(), target);
        fs::remove_file(owner.unit()).unwrap();
    }
    assert_eq!(fs::read_to_string(theirs).unwrap(), "# mine\n");
    owner.service("install");
    owner.service("stop");
}

/// The log as `postern logs` shows it: lines for people, and the lines of the file for programs; also elsewhere than usual.
#[test]
fn its_log_is_shown_as_logs_are() {
    let owner = Owner::new();
    let elsewhere = owner.home.path().join("other.log");
    let config = format!("{{gateway: {{port: {}}}, logging: {{file: {:?}}}}}", owner.port, elsewhere.display());
    fs::write(owner.state().join("postern.json"), config).unwrap();
    owner.service("install");
    owner.service("stop");
    let (shown, raw) =
        (owner.cli(&["service", "logs", "-n", "50"]), owner.cli(&["service", "logs", "-n", "2", "--json"]));
    assert!(shown.stdout.contains("Ready.") && !shown.stdout.contains("{\""), "{shown:?}");
    let lines: Vec<&str> = raw.stdout.lines().collect();
    assert!(lines.len() == 2 && lines.iter().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{raw:?}");
}
