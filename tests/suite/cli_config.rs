//! `postern config`: looking at the configuration and changing it, with and without a gateway that runs.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Cli, Device, FakeModel, TestGateway, Turn, files_below, run, run_with_input};

const COMMENTED: &str = "\
// The gateway of the house.
{
  gateway: {
    port: 18790, // beside the other one
    /* who may come */
    auth: { mode: 'token', token: 'canary-token-4711' },
  },
  agents: { defaults: { timeoutSeconds: 60 } },
}
";

/// A state folder of a gateway that does not run.
struct State(tempfile::TempDir);

impl State {
    fn with(config: &str) -> Self {
        let state = Self(tempfile::tempdir().unwrap());
        std::fs::write(state.file(), config).unwrap();
        state
    }

    fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("postern.json")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap()
    }

    fn env(&self) -> [(&str, &str); 1] {
        [("POSTERN_STATE_DIR", self.0.path().to_str().unwrap())]
    }

    fn cli(&self, args: &[&str]) -> Cli {
        run(&[&["config"], args].concat(), &self.env())
    }

    fn with_env(&self, args: &[&str], more: &[(&str, &str)]) -> Cli {
        run(&[&["config"], args].concat(), &[&self.env()[..], more].concat())
    }
}

#[track_caller]
fn worked(cli: Cli) -> Cli {
    assert_eq!(cli.code, 0, "{cli:?}");
    cli
}

#[track_caller]
fn fails(cli: Cli, code: i32, words: &[&str]) -> Cli {
    assert_eq!(cli.code, code, "{cli:?}");
    for word in words {
        assert!(cli.stderr.contains(word), "{word:?} is missing: {cli:?}");
    }
    cli
}

/// X-23, P20: one setting changes, everything else stays as it was written.
#[test]
fn a_change_keeps_comments_and_everything_else() {
    let state = State::with(COMMENTED);
    let set = worked(state.cli(&["set", "gateway.port", "18791"]));
    assert!(set.stdout.contains("set: gateway.port") && set.stdout.contains("no gateway runs"), "{set:?}");
    assert_eq!(state.text(), COMMENTED.replace("18790", "18791"));
    worked(state.cli(&["set", "agents.defaults.model", "openai/gpt-5"]));
    assert_eq!(worked(state.cli(&["get", "agents.defaults.model"])).stdout, "openai/gpt-5\n");
    worked(state.cli(&["unset", "agents.defaults.model"]));
    worked(state.cli(&["patch", "{gateway: {bind: 'loopback', port: null}}"]));
    let text = state.text();
    assert!(text.contains("/* who may come */") && text.contains("// The gateway of the house."), "{text}");
    assert!(!text.contains("18791") && text.contains("canary-token-4711"), "{text}");
    assert_eq!(worked(state.cli(&["get", "--json", "gateway.bind"])).json(), "loopback");
    let before = state.text();
    let same = worked(state.cli(&["set", "gateway.bind", "loopback"]));
    assert!(same.stdout.contains("nothing to change"), "{same:?}");
    assert_eq!(state.text(), before);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(state.file()).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let none = State::empty();
    worked(none.cli(&["set", "gateway.port", "1234"]));
    assert_eq!(worked(none.cli(&["get", "gateway.port"])).stdout, "1234\n");
}

/// What would be a mistake is refused with the setting, and the file stays byte for byte.
#[test]
fn mistakes_change_nothing() {
    let state = State::with(COMMENTED);
    let table: &[(&[&str], i32, &[&str])] = &[
        (&["set", "gateway.prot", "1"], 2, &["no setting gateway.prot", "did you mean gateway.port?"]),
        (&["set", "gateway.port", "soon"], 78, &["gateway.port", "whole number"]),
        (&["set", "gateway.port", "70000"], 78, &["gateway.port", "65535"]),
        (&["set", "gateway.bind", "everywhere"], 78, &["gateway.bind", "\"lan\""]),
        (&["set", "gateway.trustedProxies", "[1"], 2, &["gateway.trustedProxies"]),
        (&["set", "gateway.auth.password", "__OPENCLAW_REDACTED__"], 78, &["gateway.auth.password", "placeholder"]),
        (&["set", "gateway.auth.token", "__OPENCLAW_REDACTED__"], 0, &["shell's history"]),
        (&["unset", "gateway.bind"], 1, &["gateway.bind is not set"]),
        (&["patch", "[]"], 2, &["section"]),
        (&["patch", "{gateway: {port: 'x', bind: 'y'}}"], 78, &["gateway.port", "gateway.bind"]),
        (&["get", "gateway.bind"], 1, &["not set", "default"]),
        (&["get", "gatway"], 1, &["did you mean gateway?"]),
        (&["schema", "gateway.prot"], 1, &["did you mean gateway.port?"]),
        (&["restore", "--yes"], 1, &["no earlier version"]),
        (&["edit"], 2, &["EDITOR"]),
    ];
    for (args, code, words) in table {
        fails(state.cli(args), *code, words);
        assert_eq!(state.text(), COMMENTED, "{args:?}");
    }
}

/// P20: secrets are shown only to those who ask for them on this machine, and come in through standard input.
#[test]
fn secrets_are_hidden_and_are_never_saved_as_placeholders() {
    let state = State::with(COMMENTED);
    for args in [&["get"][..], &["get", "--json"], &["get", "gateway.auth"], &["diff", "--json"], &["validate"]] {
        let cli = state.cli(args);
        assert!(!format!("{cli:?}").contains("canary-token"), "{cli:?}");
    }
    assert_eq!(worked(state.cli(&["get", "--show-secrets", "gateway.auth.token"])).stdout, "canary-token-4711\n");
    let warned = worked(state.cli(&["set", "gateway.auth.password", "canary-password-argument"]));
    assert!(warned.stderr.contains("shell's history"), "{warned:?}");
    let quiet = run_with_input(&["config", "set", "gateway.auth.password", "-"], &state.env(), "canary password\n");
    assert!(quiet.code == 0 && quiet.stderr.is_empty(), "{quiet:?}");
    assert_eq!(worked(state.cli(&["get", "--show-secrets", "gateway.auth.password"])).stdout, "canary password\n");
    let diff = worked(state.cli(&["diff"]));
    assert!(!format!("{diff:?}").contains("canary") && diff.stdout.contains("only secrets differ"), "{diff:?}");
}

/// P20: what was in force before can be looked at and brought back.
#[test]
fn earlier_versions_come_back() {
    let state = State::with(COMMENTED);
    worked(state.cli(&["set", "gateway.port", "1111"]));
    worked(state.cli(&["set", "gateway.port", "2222"]));
    let kept = worked(state.cli(&["versions", "--json"])).json()["versions"].clone();
    let ids: Vec<&str> = kept.as_array().unwrap().iter().map(|version| version["id"].as_str().unwrap()).collect();
    assert_eq!((ids.len(), &kept[0]["note"]), (2, &json!("patch")), "{kept}");
    let diff = worked(state.cli(&["diff", ids[1]])).stdout;
    assert!(diff.contains("-    port: 18790, // beside the other one") && diff.contains("+    port: 2222,"), "{diff}");
    fails(state.cli(&["restore", ids[1]]), 2, &["--yes"]);
    worked(state.cli(&["restore", "--yes", ids[1]]));
    assert_eq!(state.text(), COMMENTED);
    fails(state.cli(&["diff", "no-such-version"]), 1, &["postern config versions"]);
    // Without a name: the newest that differs.
    worked(state.cli(&["restore", "--yes"]));
    assert!(state.text().contains("2222"), "{}", state.text());
}

/// All problems at once, each with line and path; a broken file can be mended piece by piece or brought back.
#[test]
fn validate_lists_every_problem() {
    let state = State::with("{\n  gateway: {\n    port: 'x',\n    bind: 'y',\n  },\n  agents: 7,\n}\n");
    fails(
        state.cli(&["validate"]),
        78,
        &["line 3: gateway.port", "line 4: gateway.bind", "line 6: agents", "3 problems"],
    );
    let document = state.cli(&["validate", "--json"]);
    let problems = document.json()["problems"].clone();
    assert_eq!((document.code, problems.as_array().unwrap().len()), (78, 3), "{problems}");
    assert_eq!((&problems[0]["path"], &problems[0]["line"]), (&json!("gateway.port"), &json!(3)));
    worked(state.cli(&["set", "gateway.port", "1"]));
    worked(state.cli(&["set", "gateway.bind", "lan"]));
    worked(state.cli(&["unset", "agents"]));
    worked(state.cli(&["validate"]));
}

/// Wrong types, wrong meanings, what would let strangers in and unknown keys are told in one round.
#[test]
fn mistakes_of_every_kind_are_told_at_once() {
    let state = State::with(
        "{\n  gateway: {\n    port: 'x',\n    bind: 'lan',\n    auth: { mode: 'none', rateLimit: { maxAttempts: 'y' } },\n  \
         },\n  session: { mainKey: 'a:b' },\n  agents: { list: [\n    7,\n    { id: 'c:d' },\n  ] },\n  gatway: {},\n}\n",
    );
    let words = [
        "line 3: gateway.port",
        "line 5: gateway.auth.rateLimit.maxAttempts",
        "line 5: gateway.auth: refuses to start exposed",
        "line 7: session.mainKey",
        "line 9: agents.list[0]",
        "line 10: agents.list[1].id",
        "6 problems",
        "line 12: gatway: not a setting",
    ];
    let told = fails(state.cli(&["validate"]), 78, &words);
    assert!(!told.stderr.contains("agents.list[0].id"), "what follows from a mistake is not told as well: {told:?}");
    // Where a mistake leaves open who would be let in, nothing is claimed about that.
    let state = State::with("{gateway: {bind: 'everywhere', auth: {mode: 'none'}}}");
    let told = fails(state.cli(&["validate"]), 78, &["gateway.bind", "1 problem"]);
    assert!(!told.stderr.contains("exposed"), "{told:?}");
}

/// A gateway in safe mode lets its file be mended one mistake after the other, and tells what is left.
#[tokio::test]
async fn a_file_with_several_mistakes_is_mended_through_the_gateway() {
    let broken = "{\n  // mine\n  gateway: { bind: 'y' },\n  session: { mainKey: 'a:b' },\n  agents: 7,\n}\n";
    let gateway = TestGateway::builder().config(broken).start();
    let text = || std::fs::read_to_string(gateway.state_dir().join("postern.json")).unwrap();
    let cli = |args: &[&str]| gateway.cli(&[&["config"], args].concat());
    fails(cli(&["set", "gateway.port", "70000"]), 78, &["gateway.port"]);
    fails(cli(&["set", "session.queueMode", "interrupt"]), 78, &["gateway.bind", "session.mainKey", "agents"]);
    assert_eq!(text(), broken);
    let first = worked(cli(&["unset", "agents"]));
    for word in ["not in force yet: 2 mistakes remain", "line 3: gateway.bind", "line 4: session.mainKey"] {
        assert!(first.stdout.contains(word), "{word}: {first:?}");
    }
    let second = worked(cli(&["set", "--json", "session.mainKey", "attic"])).json();
    assert_eq!((second["issues"].as_array().unwrap().len(), &second["issues"][0]["path"]), (1, &json!("gateway.bind")));
    let third = worked(cli(&["set", "gateway.bind", "loopback"]));
    assert!(!third.stdout.contains("remain") && text().contains("// mine"), "{third:?}");
    let client = gateway.op(&Device::new("owner"), &["operator.read"]).await;
    assert_eq!(client.hello["snapshot"]["sessionDefaults"]["mainKey"], "attic");
}

/// Programs that change different settings at the same moment all get what they asked for.
#[tokio::test]
async fn changes_at_the_same_moment_all_count() {
    let gateway = TestGateway::builder().config("{ // mine\n}").start();
    let state = State::with("{ // mine\n}");
    let own = gateway.state_dir();
    let settings = [
        ("session.mainKey", "home"),
        ("agents.defaults.timeoutSeconds", "77"),
        ("session.queueMode", "interrupt"),
        ("usage.limits.dailyUsd", "5"),
        ("logging.level", "debug"),
        ("session.scope", "global"),
    ];
    for folder in [state.0.path(), own.as_path()] {
        let env = [("POSTERN_STATE_DIR", folder.to_str().unwrap()), ("POSTERN_GATEWAY_TOKEN", crate::harness::TOKEN)];
        std::thread::scope(|scope| {
            for (setting, value) in settings {
                scope.spawn(move || worked(run(&["config", "set", setting, value], &env)));
            }
        });
        let text = std::fs::read_to_string(folder.join("postern.json")).unwrap();
        assert!(settings.iter().all(|(_, value)| text.contains(value)) && text.contains("// mine"), "{text}");
    }
}

/// The editor works on a copy; only what is right takes the file's place.
#[cfg(unix)]
#[test]
fn the_editor_never_leaves_a_broken_file() {
    let state = State::with(COMMENTED);
    let edit = |script: &str| state.with_env(&["edit"], &[("EDITOR", script)]);
    worked(edit("true"));
    assert_eq!(state.text(), COMMENTED);
    fails(edit("sed -i 's/18790/x y/; s/60/'\"'many'\"'/' "), 78, &["as it was"]);
    fails(edit("sed -i 's/18790/99999/; s/: 60/: 0/' "), 78, &["line 4: gateway.port", "line 8: agents.defaults"]);
    fails(edit("false"), 1, &["nothing was written"]);
    assert_eq!(state.text(), COMMENTED);
    worked(edit("sed -i 's/18790/4444/' "));
    assert_eq!(state.text(), COMMENTED.replace("18790", "4444"));
    // Somebody else was quicker: both texts survive.
    let other = format!("printf '{{}}' > '{}'; sed -i 's/4444/5555/' ", state.file().display());
    let lost = fails(edit(&other), 1, &["changed"]);
    assert_eq!(state.text(), "{}");
    let place = lost.stderr.split("is in ").nth(1).unwrap().trim();
    assert!(std::fs::read_to_string(place).unwrap().contains("5555"), "{lost:?}");
    // VISUAL wins, and no copy is left behind by what ended well.
    worked(state.with_env(&["edit"], &[("VISUAL", "true"), ("EDITOR", "false")]));
    let copies =
        files_below(state.0.path()).into_iter().filter(|file| file.extension().is_some_and(|it| it == "json5"));
    let copies: Vec<_> =
        copies.filter(|file| file.parent() == Some(state.0.path()) && file != Path::new(place)).collect();
    assert_eq!(copies, Vec::<PathBuf>::new());
}

/// Several programs that change the file at once all count, and a kill leaves a whole file.
#[cfg(unix)]
#[test]
fn nobody_clobbers_the_file() {
    let state = State::with(COMMENTED);
    let change = |setting: &str, value: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_postern"));
        command.args(["config", "set", setting, value]).env_clear().env("HOME", state.0.path());
        command.env("POSTERN_STATE_DIR", state.0.path()).env("POSTERN_CREDENTIALS", "file");
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap()
    };
    for round in 0..20 {
        let mut killed = change("gateway.port", &(2000 + round).to_string());
        // Somewhere between its start and its end.
        for _ in 0..round * 200 {
            std::thread::yield_now();
        }
        killed.kill().unwrap();
        killed.wait().unwrap();
        worked(state.cli(&["validate"]));
        assert!(state.text().contains("/* who may come */"), "{}", state.text());
    }
    let settings = [("session.mainKey", "home"), ("gateway.bind", "lan"), ("agents.defaults.timeoutSeconds", "77")];
    let mut children: Vec<_> = settings.iter().map(|(setting, value)| change(setting, value)).collect();
    let ends: Vec<bool> = children.iter_mut().map(|child| child.wait().unwrap().success()).collect();
    for ((setting, value), worked) in settings.iter().zip(ends) {
        // One that lost the race says so; none is told that it worked when it did not.
        let now = state.cli(&["get", setting]).stdout;
        assert_eq!(now.trim() == *value, worked, "{setting}");
    }
}

/// With a gateway that runs, changes go through it and count at once.
#[tokio::test]
async fn a_running_gateway_takes_changes_in() {
    let gateway = TestGateway::builder().config(COMMENTED.replace("port: 18790, ", "").as_str()).start();
    let state = gateway.state_dir();
    let env = [("POSTERN_STATE_DIR", state.to_str().unwrap()), ("POSTERN_GATEWAY_TOKEN", crate::harness::TOKEN)];
    let cli = |args: &[&str]| run(&[&["config"], args].concat(), &env);
    let set = worked(cli(&["set", "session.queueMode", "interrupt"]));
    assert!(set.stdout.contains("set: session.queueMode") && !set.stdout.contains("no gateway runs"), "{set:?}");
    let text = std::fs::read_to_string(state.join("postern.json")).unwrap();
    assert!(text.contains("/* who may come */") && text.contains("canary-token-4711"), "{text}");
    let mut client = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let config = client.ok("config.get", json!({})).await;
    assert_eq!(config["parsed"]["session"]["queueMode"], "interrupt", "{config}");
    fails(cli(&["set", "gateway.bind", "everywhere"]), 78, &["gateway.bind"]);
    // The same over its address, where secrets stay hidden and stored ones stay what they are.
    let shown = worked(gateway.cli(&["config", "get", "gateway.auth.token"]));
    assert_eq!(shown.stdout, "__OPENCLAW_REDACTED__\n");
    worked(gateway.cli(&["config", "set", "agents.defaults.timeoutSeconds", "99"]));
    let text = std::fs::read_to_string(state.join("postern.json")).unwrap();
    assert!(text.contains("canary-token-4711") && text.contains("99"), "{text}");
    worked(cli(&["restore", "--yes"]));
    assert!(std::fs::read_to_string(state.join("postern.json")).unwrap().contains("60"));
}

/// What only a start can bring brings a planned one, as a change of the file does.
#[tokio::test]
async fn a_change_that_needs_a_restart_brings_it() {
    let gateway = TestGateway::start();
    let mut client = gateway.op(&Device::new("admin"), &["operator.read"]).await;
    let set = worked(gateway.cli(&["config", "set", "gateway.tls.autoGenerate", "false"]));
    assert!(set.stdout.contains("the gateway restarts in a moment for gateway.tls"), "{set:?}");
    assert_eq!(client.event("shutdown", |_| true).await["reason"], "config");
}

/// P20: a command that an agent runs looks at everything and changes nothing that decides about agents, also when it
/// takes the marker out of its environment.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_agents_command_does_not_change_what_agents_may_do() {
    let model = FakeModel::start();
    let exec = json!({"tools": {"exec": {"security": "full", "ask": "off"}}});
    let gateway = TestGateway::builder().config(&model.config_with(exec)).start();
    let before = std::fs::read_to_string(gateway.state_dir().join("postern.json")).unwrap();
    let (program, state) = (env!("CARGO_BIN_EXE_postern"), gateway.state_dir());
    let run = format!(
        "POSTERN_STATE_DIR={} POSTERN_CREDENTIALS=file POSTERN_GATEWAY_TOKEN={} {program}",
        state.display(),
        crate::harness::TOKEN
    );
    let script = format!(
        "{run} config set gateway.bind lan; {run} config set tools.exec.security allowlist; \
         env -u POSTERN_AGENT {run} config unset tools; {run} config restore --yes; {run} setup --yes; \
         {run} devices approve --latest; {run} call config.set '{{}}'; {run} token; {run} config get gateway; echo marker=$POSTERN_AGENT"
    );
    model.push(Turn::new().tool_call("exec", json!({"command": script})));
    model.push(Turn::say("done"));
    let mut client = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let said = json!({"sessionKey": "main", "message": "change it", "idempotencyKey": "r1"});
    client.ok("chat.send", said).await;
    let ended = client.ok("agent.wait", json!({"runId": "r1", "timeoutMs": 20_000})).await;
    assert_eq!(ended["status"], "ok", "{ended}");
    let request = model.request(1).await;
    let output: String =
        request.messages().iter().filter(|message| message["role"] == "tool").map(Value::to_string).collect();
    assert!(output.contains("marker=1"), "{output}");
    assert_eq!(output.matches("agents cannot change").count(), 8, "{output}");
    assert_eq!(std::fs::read_to_string(gateway.state_dir().join("postern.json")).unwrap(), before);
}

/// Where the environment says that the file is read-only nothing writes it, with and without a gateway, and the variable
/// is named.
#[test]
fn a_read_only_configuration_is_never_written() {
    let mut gateway =
        TestGateway::builder().config("{session: {mainKey: 'home'}}").env("OPENCLAW_CONFIG_READONLY", "1").start();
    let file = gateway.state_dir().join("postern.json");
    let before = std::fs::read_to_string(&file).unwrap();
    let set = ["config", "set", "session.mainKey", "attic"];
    let through = gateway.cli(&set);
    assert!(through.code == 1 && through.stderr.contains("OPENCLAW_CONFIG_READONLY"), "{through:?}");
    assert_eq!(gateway.cli(&["config", "set", "session.mainKey", "home"]).code, 0, "what is so already is no change");
    gateway.stop();
    let state = gateway.state_dir();
    let env = [("POSTERN_STATE_DIR", state.to_str().unwrap()), ("POSTERN_CONFIG_READONLY", "1")];
    let alone = run(&set, &env);
    assert!(alone.code != 0 && alone.stderr.contains("POSTERN_CONFIG_READONLY"), "{alone:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
    assert_eq!(run(&set, &[env[0], ("POSTERN_CONFIG_READONLY", "0")]).code, 0);
}
