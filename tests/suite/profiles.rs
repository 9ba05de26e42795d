//! Profiles: each with its own state, port, token and devices (F-40).

use serde_json::{Value, json};

use crate::harness::{Caller, Connect, Device, Endpoint, TestGateway, run, until};

/// A gateway of a profile in this home folder.
fn start(home: &str, profile: &str) -> TestGateway {
    // A blank variable counts as not set: the profile decides where the state is.
    let builder = TestGateway::builder().no_token().env("HOME", home).env("POSTERN_STATE_DIR", "");
    builder.args(&["--profile", profile]).start()
}

/// The gateway with the token that its profile has.
fn endpoint(home: &str, profile: &str, gateway: &TestGateway) -> Endpoint {
    let token = run(&["--profile", profile, "token"], &[("HOME", home)]).stdout.trim().to_owned();
    assert_eq!(token.len(), 43, "{token:?}");
    Endpoint { port: gateway.port, token: Some(token) }
}

/// F-40: two profiles side by side are both healthy and share nothing.
#[tokio::test]
async fn two_profiles_side_by_side() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().to_str().unwrap();
    let (work, play) = (start(home, "work"), start(home, "play"));
    assert_eq!(work.ready["stateDir"], format!("{home}/.postern-work"));
    assert_eq!(play.ready["configPath"], format!("{home}/.postern-play/postern.json"));
    assert_ne!(work.port, play.port);
    for (profile, gateway) in [("work", &work), ("play", &play)] {
        let health = run(&["--profile", profile, "health", "--json"], &[("HOME", home)]);
        assert_eq!((health.code, &health.json()["ok"]), (0, &json!(true)), "{health:?}");
        let info = run(&["call", "system.info", "--profile", profile, "--json"], &[("HOME", home)]).json();
        assert_eq!(info["pid"], gateway.pid());
    }

    let (at_work, at_play) = (endpoint(home, "work", &work), endpoint(home, "play", &play));
    assert_ne!(at_work.token, at_play.token);
    let desk = Device::new("desk");
    let token = at_work.op(&desk, &["operator.read"]).await.device_token();
    // Neither the secret nor the device token of one is worth anything to the other.
    let foreign = Endpoint { port: play.port, token: at_work.token.clone() };
    let operator = Connect::operator(&desk, &["operator.read"]);
    assert_eq!(foreign.refused(&Caller::local(), &operator).await.code(), "AUTH_TOKEN_MISMATCH");
    at_play.refused(&Caller::local(), &operator.device_token(&token)).await;
    let paired = |profile: &str| -> Vec<Value> {
        let list = run(&["--profile", profile, "devices", "list", "--json"], &[("HOME", home)]).json();
        list["paired"].as_array().unwrap().iter().map(|device| device["deviceId"].clone()).collect()
    };
    assert!(paired("work").contains(&json!(desk.id())));
    assert!(!paired("play").contains(&json!(desk.id())));
}

/// The same profile twice is one too many, whatever its port.
#[test]
fn the_same_profile_twice() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().to_str().unwrap();
    let first = start(home, "work");
    let second = run(&["--profile", "work", "gateway", "--port", "0"], &[("HOME", home)]);
    assert_eq!(second.code, 75, "{second:?}");
    assert!(second.stderr.contains(&format!("pid {}", first.pid())), "{second:?}");
}

/// Where `postern health` looks for the gateway of a profile that does not run.
fn address_of(home: &str, args: &[&str], env: &[(&str, &str)]) -> String {
    let mut all = vec![("HOME", home)];
    all.extend(env);
    let down = run(&[&["health", "--json"], args].concat(), &all);
    assert_eq!(down.code, 3, "{down:?}");
    let message = down.json()["error"]["message"].as_str().unwrap().to_owned();
    message.split_whitespace().find(|word| word.starts_with("ws://")).unwrap().to_owned()
}

/// Every profile has its own port, the same at every start; file and variable win over it.
#[test]
fn every_profile_has_its_port() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().to_str().unwrap();
    let of = |profile: &str| address_of(home, &["--profile", profile], &[]);
    let default = address_of(home, &[], &[]);
    assert_eq!(default, "ws://127.0.0.1:18789");
    assert_eq!(of("default"), default);
    let (work, play) = (of("work"), of("play"));
    assert!(work != play && work != default && play != default, "{work} {play}");
    assert_eq!(of("work"), work);
    assert_eq!(address_of(home, &[], &[("POSTERN_PROFILE", "work")]), work);
    assert_eq!(address_of(home, &[], &[("OPENCLAW_PROFILE", "work")]), work);
    assert_eq!(address_of(home, &["--profile", "play"], &[("POSTERN_PROFILE", "work")]), play);
    std::fs::write(format!("{home}/.postern-work/postern.json"), "{gateway: {port: 9}}").unwrap();
    assert_eq!(of("work"), "ws://127.0.0.1:9");
    assert_eq!(address_of(home, &["--profile", "work"], &[("POSTERN_GATEWAY_PORT", "7")]), "ws://127.0.0.1:7");
}

/// A gateway that is down is started by the command that is shown, profile included.
#[test]
fn the_way_to_start_it_names_the_profile() {
    let down = run(&["health", "--profile", "work"], &[]);
    assert_eq!(down.code, 3);
    assert!(down.stderr.contains("`postern --profile work gateway`"), "{down:?}");
}

/// A name that is no name of a profile never becomes a folder.
#[test]
fn names_are_checked() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().to_str().unwrap();
    let long = "x".repeat(33);
    for name in ["../escape", "a/b", "UPPER", "", " ", "a b", "ä", &long, "-x/"] {
        let refused = run(&["health", &format!("--profile={name}")], &[("HOME", home)]);
        assert_eq!(refused.code, 2, "{name:?}: {refused:?}");
        assert!(refused.stderr.contains("--profile"), "{name:?}: {refused:?}");
    }
    let refused = run(&["health"], &[("HOME", home), ("POSTERN_PROFILE", "a/b")]);
    assert!(refused.code == 2 && refused.stderr.contains("POSTERN_PROFILE"), "{refused:?}");
    assert_eq!(std::fs::read_dir(home).unwrap().count(), 0, "nothing was made");
}

/// W-02: with nothing configured it listens on 127.0.0.1:18789, perhaps on the other loopback address, and nowhere else.
#[cfg(target_os = "linux")]
#[test]
fn the_default_endpoint() {
    let home = tempfile::tempdir().unwrap();
    // In a network of its own the port is free whatever else runs here.
    let alone: &[&str] =
        &["unshare", "--map-root-user", "--net", "sh", "-c", r#"ip link set lo up && exec "$@""#, "sh"];
    let (program, port) = match listening(home.path(), alone, &[]) {
        Some(found) => found,
        // This machine lets us have none: then only the port is another.
        None => listening(home.path(), &["env"], &["--port", "0"]).expect("it does not start"),
    };
    let expected = ["127.0.0.1", "[::1]"].map(|ip| format!("{ip}:{port}"));
    assert!(program.contains(&expected[0]), "{program:?}");
    assert!(program.iter().all(|address| expected.contains(address)), "{program:?} reaches further than {expected:?}");
}

/// Starts a gateway in `home`; returns the addresses on which its process listens, and the port it says.
#[cfg(target_os = "linux")]
fn listening(home: &std::path::Path, before: &[&str], args: &[&str]) -> Option<(Vec<String>, u64)> {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};
    let mut command = Command::new(before[0]);
    command.args(&before[1..]).args([env!("CARGO_BIN_EXE_postern"), "gateway", "--json"]).args(args);
    command
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("HOME", home)
        .env("POSTERN_CREDENTIALS", "file");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take()?).read_line(&mut line).unwrap();
    let ready: Option<Value> = serde_json::from_str(&line).ok();
    let found = ready.map(|ready| {
        assert_eq!((&ready["event"], &ready["pid"]), (&json!("ready"), &json!(child.id())), "{ready}");
        if args.is_empty() {
            assert_eq!((&ready["url"], &ready["port"]), (&json!("ws://127.0.0.1:18789"), &json!(18789)));
        }
        (addresses_of(child.id()), ready["port"].as_u64().unwrap())
    });
    child.kill().unwrap();
    child.wait().unwrap();
    found
}

/// The TCP addresses on which a process listens, as its own network shows them.
#[cfg(target_os = "linux")]
fn addresses_of(pid: u32) -> Vec<String> {
    let read = |table: &str| std::fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
    let files = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let sockets: Vec<_> = files.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok()).collect();
    let tables = read("tcp") + &read("tcp6");
    let listening = tables.lines().filter_map(|line| {
        let columns: Vec<_> = line.split_whitespace().collect();
        let own =
            sockets.iter().any(|link| link.to_str() == Some(&format!("socket:[{}]", columns.get(9).unwrap_or(&""))));
        (own && columns.get(3) == Some(&"0A")).then(|| columns[1].to_owned())
    });
    listening
        .map(|address| {
            let (ip, port) = address.split_once(':').unwrap();
            let port = u16::from_str_radix(port, 16).unwrap();
            match ip {
                "0100007F" => format!("127.0.0.1:{port}"),
                "00000000000000000000000001000000" => format!("[::1]:{port}"),
                other => format!("{other}:{port}"),
            }
        })
        .collect()
}

/// A port that is written for a profile while its gateway runs waits for a restart, like that of the default one.
#[tokio::test]
async fn a_port_that_is_written_waits_for_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().to_str().unwrap();
    let folder = std::path::Path::new(home).join(".postern-work");
    std::fs::create_dir(&folder).unwrap();
    let port = crate::harness::free_port();
    std::fs::write(folder.join("postern.json"), format!("{{gateway: {{port: {port}, reload: {{mode: 'hot'}}}}}}"))
        .unwrap();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_postern"))
        .args(["--profile", "work", "gateway"])
        .env_clear()
        .env("HOME", home)
        .env("POSTERN_CREDENTIALS", "file")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let cli = |args: &[&str]| run(&[&["--profile", "work"], args].concat(), &[("HOME", home)]);
    until("the gateway of the profile", || (cli(&["health"]).code == 0).then_some(())).await;
    let set = cli(&["config", "set", "gateway.port", "1"]);
    let status = cli(&["status", "--json"]);
    drop(child.kill());
    child.wait().unwrap();
    assert!(set.code == 0 && set.stdout.contains("counts when the gateway starts again: gateway.port"), "{set:?}");
    assert!(status.json().to_string().contains("waits for the next start: gateway.port"), "{status:?}");
}

/// Whatever is told to type reaches the same profile: hints, answers, warnings and what other programs are told.
#[tokio::test]
async fn what_is_told_to_type_names_the_profile() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().to_str().unwrap();
    let gateway = start(home, "work");
    let cli = |args: &[&str]| run(&[&["--profile", "work"], args].concat(), &[("HOME", home)]);
    for (args, wanted) in [
        (&["config", "get", "zzzzzz.qqqqqq"][..], "postern --profile work config schema lists them"),
        (&["config", "restore"], "postern --profile work config versions"),
        (
            &["config", "set", "gateway.auth.password", "long-enough-pw"],
            "postern --profile work config set gateway.auth.password -",
        ),
        (&["sessions"], "Begin one with: postern --profile work chat"),
        (&["backup", "list"], "postern --profile work backup makes one"),
        (&["approvals", "deny", "abcd"], "postern --profile work approvals lists"),
        (&["models", "list"], "postern --profile work models auth"),
    ] {
        let told = cli(args);
        let text = format!("{}{}", told.stdout, told.stderr);
        assert!(text.contains(wanted), "{wanted}: {told:?}");
        assert!(!text.replace("postern --profile", "").contains("postern "), "{told:?}");
    }
    let proxied =
        gateway.http("GET", "/api/health", &Caller::local().header("x-forwarded-for", "203.0.113.9"), "").await;
    assert_eq!(proxied.status, 403);
    let fix = proxied.json()["error"]["fix"].as_str().unwrap().to_owned();
    assert!(fix.starts_with("postern --profile work config set gateway.trustedProxies"), "{fix}");
    let warned = cli(&["status"]);
    assert!(warned.stdout.contains("postern --profile work config set gateway.trustedProxies"), "{warned:?}");
    // Texts that are somebody's own stay as they are.
    assert_eq!(cli(&["config", "set", "agents.defaults.workspace", "/srv/postern chat"]).code, 0);
    assert_eq!(cli(&["config", "get", "agents.defaults.workspace"]).stdout, "/srv/postern chat\n");
}
