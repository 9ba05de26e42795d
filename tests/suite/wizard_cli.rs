//! `postern setup`: the wizard on the command line, with and without a gateway.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::models::Refusing;
use crate::harness::{Cli, DEADLINE, FakeModel, TestGateway, files_below, run, run_with_input};

const KEY: &str = "sk-setup-canary-1f0a77";

struct State(tempfile::TempDir);

impl State {
    fn with(config: &str) -> Self {
        let state = Self(tempfile::tempdir().unwrap());
        std::fs::write(state.0.path().join("postern.json"), config).unwrap();
        state
    }

    fn path(&self) -> &str {
        self.0.path().to_str().unwrap()
    }

    fn cli(&self, args: &[&str], input: &str) -> Cli {
        run_with_input(args, &[("POSTERN_STATE_DIR", self.path())], input)
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.0.path().join("postern.json")).unwrap()
    }

    fn settings(&self) -> Value {
        self.cli(&["config", "get", "--json"], "").json()
    }

    fn holds(&self, secret: &str) -> Vec<String> {
        let holding = files_below(self.0.path()).into_iter().filter(|file| {
            std::fs::read(file).is_ok_and(|bytes| bytes.windows(secret.len()).any(|part| part == secret.as_bytes()))
        });
        holding.map(|file| file.strip_prefix(self.0.path()).unwrap().display().to_string()).collect()
    }
}

/// Without a terminal everything comes from flags; what is missing is what is usual.
#[test]
fn flags_answer_for_people() {
    let model = FakeModel::start();
    model.require_key(KEY);
    let config = json!({"models": {"providers": {"fake": model.provider(crate::harness::Api::OpenAi)},
        "discovery": {"enabled": false}}});
    let state = State::with(&format!("// kept\n{config}\n"));
    let nobody = state.cli(&["setup"], "");
    assert_eq!(nobody.code, 2, "{nobody:?}");
    for flag in ["--yes", "--auth", "--bind", "--model", "--key-stdin", "--service"] {
        assert!(nobody.stderr.contains(flag), "{flag}: {nobody:?}");
    }
    let args =
        ["setup", "--yes", "--bind", "lan", "--tls", "false", "--model", "fake/echo-1", "--key-stdin", "--service"];
    let done = state.cli(&args, &format!("{KEY}\n"));
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stdout.contains("postern service install"), "{done:?}");
    assert!(!format!("{done:?}").contains(KEY));
    let settings = state.settings();
    assert_eq!((&settings["gateway"]["auth"]["mode"], &settings["gateway"]["bind"]), (&json!("token"), &json!("lan")));
    assert_eq!(settings["agents"]["defaults"]["model"], "fake/echo-1");
    assert!(state.text().starts_with("// kept\n"), "{}", state.text());
    let holding = state.holds(KEY);
    assert!(!holding.is_empty() && holding.iter().all(|file| file.starts_with("credentials")), "{holding:?}");
    // Again with the same answers: nothing is left to write.
    let before = state.text();
    assert_eq!(state.cli(&["setup", "--yes", "--json"], "").json()["status"], "done");
    assert_eq!(state.text(), before);
}

/// What is refused names the flag, and nothing is changed, no key is kept.
#[test]
fn refused_answers_name_their_flag_and_change_nothing() {
    let provider = Refusing::start();
    let state = State::with(&provider.config().to_string());
    let before = state.text();
    let open = state.cli(&["setup", "--yes", "--auth", "none", "--bind", "lan"], "");
    assert!(
        open.code == 1 && open.stderr.contains("bind: must be loopback") && open.stderr.contains("--bind"),
        "{open:?}"
    );
    let secretless = state.cli(&["setup", "--yes", "--auth", "password"], "");
    assert!(secretless.code == 1 && secretless.stderr.contains("--password-file"), "{secretless:?}");
    let unknown = state.cli(&["setup", "--yes", "--model", "nowhere/x"], "");
    assert!(unknown.code == 1 && unknown.stderr.contains("--model"), "{unknown:?}");
    let refused = state.cli(&["setup", "--yes", "--model", "refusing/m", "--key-stdin"], "sk-wrong-canary-1\n");
    assert!(
        refused.code == 1 && refused.stderr.contains("apiKey") && refused.stderr.contains("--key-stdin"),
        "{refused:?}"
    );
    assert!(!format!("{refused:?}").contains("sk-wrong-canary"));
    assert_eq!(state.text(), before);
    assert_eq!(state.holds("sk-wrong-canary"), Vec::<String>::new());
    let file = state.0.path().join("pass");
    std::fs::write(&file, "a password of mine\n").unwrap();
    let args = ["setup", "--yes", "--auth", "password", "--password-file", file.to_str().unwrap()];
    let done = state.cli(&args, "");
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(state.settings()["gateway"]["auth"]["mode"], "password");
    let shown = state.cli(&["config", "get", "--show-secrets", "gateway.auth.password"], "");
    assert_eq!(shown.stdout, "a password of mine\n");
}

/// A gateway that runs is asked: its own wizard writes, and another one waits.
#[test]
fn a_running_gateway_is_set_up_through_its_wizard() {
    let gateway = TestGateway::builder().config("{models: {discovery: {enabled: false}}} // mine\n").start();
    let done = gateway.cli(&["setup", "--yes", "--bind", "loopback", "--no-service", "--json"]);
    assert_eq!((done.code, &done.json()["status"]), (0, &json!("done")), "{done:?}");
    let text = std::fs::read_to_string(gateway.state_dir().join("postern.json")).unwrap();
    assert!(text.contains("\"loopback\"") || text.contains("loopback"), "{text}");
    assert!(text.ends_with("// mine\n"), "{text}");
}

/// An agent that runs it is refused, whatever it takes out of its environment.
#[test]
fn agents_do_not_set_up() {
    let state = State::with("{}");
    for args in [&["setup", "--yes"][..], &["config", "edit"], &["config", "restore", "--yes"]] {
        let refused = run(args, &[("POSTERN_STATE_DIR", state.path()), ("POSTERN_AGENT", "1"), ("EDITOR", "true")]);
        assert!(refused.code == 5 && refused.stderr.contains("agents cannot change"), "{args:?}: {refused:?}");
    }
    assert_eq!(state.text(), "{}");
}

/// `script` gives it a terminal; what is typed there reaches it as from a keyboard.
#[cfg(target_os = "linux")]
fn on_a_terminal(state: &Path) -> Child {
    let program = format!("{} setup", env!("CARGO_BIN_EXE_postern"));
    Command::new("script")
        .args(["-qec", &program, "/dev/null"])
        .env("POSTERN_STATE_DIR", state)
        .env("POSTERN_CREDENTIALS", "file")
        .env("TERM", "xterm")
        .env_remove("POSTERN_GATEWAY_URL")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Ctrl-C in the middle of a question leaves nothing behind.
#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_leaves_nothing_behind() {
    let state = State::with("{models: {discovery: {enabled: false}}}");
    let before = state.text();
    let mut child = on_a_terminal(Path::new(state.path()));
    let mut stdin = child.stdin.take().unwrap();
    let stdout = child.stdout.take().unwrap();
    let (shown, seen) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut reader = stdout;
        let mut piece = [0; 1024];
        while let Ok(read @ 1..) = std::io::Read::read(&mut reader, &mut piece) {
            if shown.send(String::from_utf8_lossy(&piece[..read]).into_owned()).is_err() {
                break;
            }
        }
    });
    let mut screen = String::new();
    let wait_for = |words: &str, screen: &mut String| {
        while !screen.contains(words) {
            screen.push_str(&seen.recv_timeout(DEADLINE).unwrap_or_else(|_| panic!("no {words:?} in {screen}")));
        }
    };
    wait_for("How do programs", &mut screen);
    // The second of the list: a password.
    stdin.write_all(b"\x1b[B\r").unwrap();
    wait_for("The password, 8 characters or more", &mut screen);
    stdin.write_all(b"typed-canary-secret\r").unwrap();
    wait_for("Who can reach the gateway", &mut screen);
    assert!(!screen.contains("typed-canary"), "{screen}");
    stdin.write_all(b"\x03").unwrap();
    wait_for("nothing was changed", &mut screen);
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(state.text(), before);
    assert_eq!(state.holds("typed-canary"), Vec::<String>::new());
}

/// Whoever gives up at the first question has not even a state folder afterwards.
#[cfg(target_os = "linux")]
#[test]
fn giving_up_at_once_makes_nothing() {
    let home = tempfile::tempdir().unwrap();
    for (key, folder) in [(&b"\x03"[..], "fresh"), (b"\x1b", "other"), (b"\x1b", "there")] {
        let state = home.path().join(folder);
        if folder == "there" {
            std::fs::create_dir(&state).unwrap();
        }
        let mut child = on_a_terminal(&state);
        let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (mut screen, mut piece, mut given_up) = (String::new(), [0; 1024], false);
        while let Ok(read @ 1..) = std::io::Read::read(&mut stdout, &mut piece) {
            screen.push_str(&String::from_utf8_lossy(&piece[..read]));
            if !given_up && screen.contains("How do programs") {
                stdin.write_all(key).unwrap();
                given_up = true;
            }
        }
        assert_eq!(child.wait().unwrap().code(), Some(1), "{screen}");
        assert!(screen.contains("nothing was changed"), "{screen}");
        let left = std::fs::read_dir(&state).map(|entries| entries.count()).ok();
        assert_eq!(left, (folder == "there").then_some(0), "{folder}");
    }
}

/// What is set already is what is usual: flags that are not given change nothing.
#[test]
fn what_is_set_stays_where_no_flag_says_otherwise() {
    let model = FakeModel::start();
    let provider = model.provider(crate::harness::Api::OpenAi);
    let of = |gateway: &Value, answers: &str| {
        json!({"gateway": gateway, "agents": {"defaults": {"model": answers}},
            "models": {"providers": {"fake": provider}, "discovery": {"enabled": false}}})
    };
    let proxy = json!({"bind": "lan", "tls": {"enabled": false}, "trustedProxies": ["10.1.2.3", "10.4.0.0/16"],
        "auth": {"mode": "trusted-proxy", "trustedProxy": {"userHeader": "x-my-user"}}});
    for config in [
        of(&json!({"bind": "auto", "auth": {"mode": "token"}}), "fake/not-listed"),
        of(&json!({"bind": "custom", "customBindHost": "127.0.0.1", "auth": {"mode": "token"}}), "openai/gpt-of-mine"),
        of(&proxy, "fake/echo-1"),
    ] {
        let state = State::with(&config.to_string());
        let done = state.cli(&["setup", "--yes", "--workspace", "/srv/agent"], "");
        assert!(done.code == 0 && done.stdout.contains("no gateway runs"), "{done:?}");
        assert!(!done.stdout.contains("in force"), "{done:?}");
        let mut after = state.settings();
        assert_eq!(after["agents"]["defaults"]["workspace"], "/srv/agent");
        after["agents"]["defaults"].as_object_mut().unwrap().remove("workspace");
        let tls = after["gateway"].as_object_mut().unwrap().remove("tls");
        assert!(config["gateway"]["tls"].is_null() || tls.as_ref() == Some(&config["gateway"]["tls"]), "{tls:?}");
        let mut before = config.clone();
        before["gateway"].as_object_mut().unwrap().remove("tls");
        assert_eq!((&after["gateway"], &after["agents"]), (&before["gateway"], &before["agents"]));
    }
}
