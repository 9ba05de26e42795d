//! The command line as its owner uses it: help, answers for people and for programs, setup codes, completions.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use postern_protocol::pairing::{SetupAccess, read_setup_code};
use serde_json::{Value, json};

use crate::harness::{Caller, Cli, Connect, Device, TestGateway, run, run_with_input};

/// Commands that ask the gateway or the state folder and change nothing that matters here.
const ASKING: &[&[&str]] = &[
    &["status"],
    &["health"],
    &["health", "--probe"],
    &["devices"],
    &["devices", "list"],
    &["presence"],
    &["sessions"],
    &["agents"],
    &["agents", "files", "main"],
    &["models"],
    &["models", "list", "--all"],
    &["models", "status"],
    &["approvals"],
    &["approvals", "rules"],
    &["usage"],
    &["call", "health"],
    &["call", "system-presence"],
    &["pair"],
    &["token"],
    &["protocol", "schema"],
    &["completions", "bash"],
    &["gateway", "--check"],
];

/// `postern ARGS` of the gateway's owner, who has nothing but the state folder.
fn own(gateway: &TestGateway, args: &[&str]) -> Cli {
    run(args, &[("POSTERN_STATE_DIR", gateway.state_dir().to_str().unwrap())])
}

#[track_caller]
fn worked(cli: Cli) -> Cli {
    assert_eq!(cli.code, 0, "{cli:?}");
    cli
}

/// Subcommands that a help text lists.
fn listed(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let words = lines.filter_map(|line| line.split_whitespace().next());
    words.filter(|word| *word != "help").map(str::to_owned).collect()
}

/// Every command, in the order of the help.
const COMMANDS: [&str; 34] = [
    "gateway",
    "setup",
    "config",
    "service",
    "doctor",
    "bundle",
    "chat",
    "agent",
    "sessions",
    "agents",
    "models",
    "approvals",
    "usage",
    "update",
    "status",
    "health",
    "devices",
    "pair",
    "node",
    "nodes",
    "logs",
    "presence",
    "tailscale",
    "call",
    "protocol",
    "completions",
    "backup",
    "restore",
    "remote",
    "discover",
    "tunnel",
    "import",
    "token",
    "dashboard",
];

/// Every command explains itself, at every level, and its examples are commands that there are.
#[test]
fn every_command_has_help_with_examples() {
    let top = listed(&worked(run(&["--help"], &[])).stdout);
    assert_eq!(top, COMMANDS);
    let mut examples = Vec::new();
    for command in [vec![]].into_iter().chain(top.iter().map(|name| vec![name.as_str()])) {
        let help = worked(run(&[&command[..], &["--help"]].concat(), &[]));
        assert_eq!(help.stderr, "");
        assert!(
            help.stdout.contains("Usage: postern") && help.stdout.contains("Examples:\n"),
            "{command:?}: {}",
            help.stdout
        );
        for flag in ["--json", "--url", "--token", "--timeout", "--profile"] {
            assert!(help.stdout.contains(flag), "{command:?} hides {flag}");
        }
        assert!(["Exit codes", "exit code"].iter().any(|words| help.stdout.contains(words)), "{command:?}");
        let lines = help.stdout.lines().map(str::trim).filter(|line| line.starts_with("postern "));
        // The second line of a usage is no example.
        let lines = lines.filter(|line| !line.contains(" <COMMAND>"));
        examples.extend(lines.map(|line| line.split(['|', '>', '<']).next().unwrap().to_owned()));
    }
    assert!(examples.len() > 20, "{examples:?}");
    for example in examples {
        // Two spaces begin the explanation.
        let words = example.split("  ").next().unwrap().trim_start_matches("postern ").split_whitespace();
        let words: Vec<_> = words.map(|word| word.trim_matches('\'')).chain(["--help"]).collect();
        worked(run(&words, &[]));
    }
    for name in listed(&worked(run(&["devices", "--help"], &[])).stdout) {
        let help = worked(run(&["devices", &name, "--help"], &[])).stdout;
        assert!(help.contains(&format!("Usage: postern devices {name}")), "{help}");
    }
    assert_eq!(worked(run(&["--version"], &[])).stdout.trim(), format!("postern {}", env!("CARGO_PKG_VERSION")));
}

/// With `--json` standard output is one document and a line break, wherever the flag stands.
#[test]
fn programs_get_one_document() {
    let gateway = TestGateway::builder().no_token().start();
    for command in ASKING {
        let after = worked(own(&gateway, &[command, &["--json"][..]].concat()));
        let document: Value = after.json();
        assert!(
            !document.is_null() && after.stdout.ends_with('\n') && after.stdout.lines().count() == 1,
            "{command:?}"
        );
        assert!(after.stderr.is_empty() || command[0] == "pair", "{command:?}: {after:?}");
    }
    assert_eq!(worked(own(&gateway, &["--json", "health"])).json()["ok"], true);
    // What a program reads is what the gateway answered.
    let health = worked(own(&gateway, &["health", "--json"])).json();
    assert!(health["ts"].is_i64() && health["durationMs"].is_u64(), "{health}");
    let status = worked(own(&gateway, &["status", "--json"])).json();
    assert_eq!(status["devices"], json!({"paired": 1, "pending": 0}));
}

/// Without it people get lines to read: no JSON but from `call`, no colours where no terminal is.
#[test]
fn people_get_text() {
    let gateway = TestGateway::builder().no_token().start();
    for command in ASKING {
        let text = worked(own(&gateway, command));
        assert!(!text.stdout.contains('\u{1b}') && !text.stderr.contains('\u{1b}'), "{command:?}: {text:?}");
        let is_json = serde_json::from_str::<Value>(&text.stdout).is_ok();
        assert_eq!(is_json, ["call", "protocol"].contains(&command[0]), "{command:?}: {}", text.stdout);
    }
    let status = worked(own(&gateway, &["status"])).stdout;
    for words in [&gateway.url()[..], "0.1.0", "1 operator", "1 device"] {
        assert!(status.contains(words), "{words}: {status}");
    }
    assert!(worked(own(&gateway, &["health"])).stdout.starts_with("healthy\n"));
    assert!(worked(own(&gateway, &["presence"])).stdout.contains("gateway"));
}

/// `token` prints what clients need and nothing else, also while no gateway runs.
#[tokio::test]
async fn the_token_can_be_printed() {
    let mut gateway = TestGateway::builder().no_token().start();
    let token = worked(own(&gateway, &["token"])).stdout;
    assert_eq!((token.trim().len(), token.lines().count()), (43, 1));
    let with = Connect::operator(&Device::new("a"), &[]).auth(json!({"token": token.trim()}));
    gateway.must(&Caller::local(), &with).await;
    let document = worked(own(&gateway, &["token", "--json"])).json();
    assert_eq!(document["token"], token.trim());
    assert!(document["source"].as_str().unwrap().contains("credentials"), "{document}");
    gateway.stop();
    assert_eq!(worked(own(&gateway, &["token"])).stdout, token);
    let file = gateway.state_dir().join("postern.json");
    std::fs::write(&file, "{gateway: {auth: {token: 'from the file'}}}").unwrap();
    let document = worked(own(&gateway, &["token", "--json"])).json();
    assert_eq!(document["token"], "from the file");
    assert!(document["source"].as_str().unwrap().contains(file.to_str().unwrap()), "{document}");
}

/// `call` takes params from the line, a file or standard input; its answer is the payload, indented for people.
#[test]
fn any_method_can_be_called() {
    let gateway = TestGateway::start();
    assert_eq!(worked(gateway.cli(&["call", "health", r#"{"probe": true}"#])).json()["ok"], true);
    let file = gateway.state_dir().join("event.json");
    std::fs::write(&file, r#"{"text": "from a file"}"#).unwrap();
    let answer = worked(gateway.cli(&["call", "system-event", &format!("@{}", file.display()), "--json"]));
    assert_eq!(answer.json(), json!({"ok": true}));
    let env = [("POSTERN_GATEWAY_URL", &gateway.url()[..]), ("POSTERN_GATEWAY_TOKEN", crate::harness::TOKEN)];
    worked(run_with_input(&["call", "system-event", "-"], &env, r#"{"text": "from a pipe"}"#));
    let waiting = worked(gateway.cli(&["status", "--json"])).json()["queuedSystemEvents"].to_string();
    assert!(waiting.contains("from a file") && waiting.contains("from a pipe"), "{waiting}");
    assert!(worked(gateway.cli(&["call", "health"])).stdout.starts_with("{\n  \""));
}

/// What the program says the protocol is, is what the repository says.
#[test]
fn the_schema_is_the_committed_one() {
    let committed = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/protocol.json")).unwrap();
    let printed = worked(run(&["protocol", "schema"], &[])).stdout;
    assert!(printed == committed, "schemas/protocol.json differs from `postern protocol schema`: make schemas");
    assert_eq!(
        worked(run(&["protocol", "schema", "--json"], &[])).json(),
        serde_json::from_str::<Value>(&committed).unwrap()
    );
}

/// Completions for every shell; the one of bash is tried.
#[test]
fn shells_complete_commands() {
    let marks = [
        ("zsh", "#compdef postern"),
        ("fish", "complete -c postern"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ];
    for (shell, mark) in marks {
        let script = worked(run(&["completions", shell], &[])).stdout;
        assert!(script.contains(mark) && script.contains("presence") && script.contains("rotate"), "{shell}");
    }
    // Too long for an argument.
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), worked(run(&["completions", "bash"], &[])).stdout).unwrap();
    let script = file.path().display();
    let complete = |words: &str, word: &str| {
        let asking = format!(
            "source {script}\nCOMP_WORDS=({words} {word}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
             _postern postern \"{word}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let output = Command::new("bash").args(["--norc", "-c", &asking]).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(complete("postern", "pre"), ["presence"]);
    assert_eq!(complete("postern devices", "re"), ["reject", "remove", "rename", "revoke"]);
    assert!(complete("postern gateway", "--p").contains(&"--port".to_owned()));
}

/// `pair` draws the code and prints the link; the code says where the gateway is and what it is worth.
#[test]
fn pair_makes_a_setup_code() {
    let gateway = TestGateway::builder().no_token().start();
    let made = worked(own(&gateway, &["pair", "--json"]));
    assert!(made.stderr.contains("only this machine can reach"), "{made:?}");
    let code = read_setup_code(made.json()["setupCode"].as_str().unwrap()).unwrap();
    assert_eq!(code.url, gateway.url());
    for (flag, access) in [("--node", SetupAccess::Node), ("--limited", SetupAccess::Limited)] {
        let made = worked(own(&gateway, &["pair", "--json", flag])).json();
        assert_eq!(made["access"], json!(access), "{made}");
    }
    let made = worked(own(&gateway, &["pair", "--public-url", "wss://gateway.example.org"]));
    let link = made.stdout.split_whitespace().find(|word| word.starts_with("oc-pair://")).unwrap();
    assert_eq!(read_setup_code(link).unwrap().url, "wss://gateway.example.org");
    assert_eq!(made.stderr, "");
    assert!(made.stdout.contains("expires  in 10 min"), "{}", made.stdout);
    // The picture holds exactly the link, as light on dark, with a quiet zone of four.
    let code = qrcode::QrCode::with_error_correction_level(link, qrcode::EcLevel::L).unwrap();
    let colors = code.to_colors();
    let picture: Vec<Vec<char>> = made.stdout.lines().map(|line| line.chars().collect()).collect();
    for (at, color) in colors.iter().enumerate() {
        let (x, y) = (at % code.width() + 4, at / code.width() + 4);
        let is_light = matches!((picture[y / 2][x], y % 2), ('█', _) | ('▀', 0) | ('▄', 1));
        assert_eq!(is_light, *color == qrcode::Color::Light, "module {x},{y}");
    }
}

/// `pair --wait` stays until the code was used, and says by whom.
#[tokio::test]
async fn pair_waits_for_the_device() {
    let gateway = TestGateway::builder().no_token().start();
    let mut waiting = Command::new(env!("CARGO_BIN_EXE_postern"));
    waiting.args(["pair", "--wait"]).env_clear().env("HOME", gateway.state_dir());
    waiting.env("POSTERN_STATE_DIR", gateway.state_dir()).env("POSTERN_CREDENTIALS", "file");
    let mut waiting = waiting.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(waiting.stdout.take().unwrap()).lines().map(Result::unwrap);
    let link = lines.find_map(|line| Some(line.split_once("oc-pair://")?.1.to_owned())).unwrap();
    let token = read_setup_code(&link).unwrap().bootstrap_token;
    let phone = Connect::node(&Device::new("phone"))
        .auth(json!({"bootstrapToken": token}))
        .set("/client/displayName", json!("Ada's phone"));
    gateway.must(&Caller::local(), &phone).await;
    assert_eq!(lines.last().unwrap(), "paired: Ada's phone");
    assert!(waiting.wait().unwrap().success());
}

/// Words that scripts of the ecosystem use for what has another name here.
#[test]
fn words_of_the_ecosystem_are_understood() {
    let gateway = TestGateway::start();
    for (theirs, ours) in [
        (&["config", "file"][..], &["config", "path"][..]),
        (&["completion", "bash"], &["completions", "bash"]),
        (&["dashboard", "--no-open"], &["dashboard", "--print"]),
    ] {
        let (theirs, ours) = (gateway.cli(theirs), gateway.cli(ours));
        assert_eq!((theirs.code, &theirs.stdout), (0, &ours.stdout), "{theirs:?}");
    }
    let called = gateway.cli(&["gateway", "call", "health"]);
    assert_eq!((called.code, &called.json()["ok"]), (0, &json!(true)), "{called:?}");
    assert_eq!(gateway.cli(&["gateway", "health", "--json"]).json()["ok"], true);
    let probe = gateway.cli(&["gateway", "probe"]);
    assert!(probe.code == 0 && probe.stdout.contains(&gateway.url()), "{probe:?}");
    let agent = gateway.cli_with(&["gateway", "call", "device.pair.approve"], &[("POSTERN_AGENT", "1")]);
    assert_eq!(agent.code, 5, "no way around what agents may not do: {agent:?}");
    assert_ne!(gateway.cli(&["doctor", "--fix", "--non-interactive"]).code, 2);
}

/// `gateway --password-file` demands what stands in the file, without an argument that others see.
#[test]
fn the_password_may_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "a password of a file\n").unwrap();
    let path = file.to_str().unwrap();
    let gateway = TestGateway::builder().no_token().args(&["--auth", "password", "--password-file", path]).start();
    let (state, url) = (tempfile::tempdir().unwrap(), gateway.url());
    let ask = |password: &str| {
        let env = [("POSTERN_STATE_DIR", state.path().to_str().unwrap()), ("POSTERN_GATEWAY_PASSWORD", password)];
        run(&["health", "--url", &url], &env).code
    };
    assert_eq!((ask("a password of a file"), ask("another one")), (0, 5));
    let missing = run(&["gateway", "--password-file", "/no/such/file"], &[]);
    assert!(missing.code == 2 && missing.stderr.contains("--password-file /no/such/file"), "{missing:?}");
    let both = run(&["gateway", "--password", "x", "--password-file", path], &[]);
    assert!(both.code == 2 && both.stderr.contains("leave one out"), "{both:?}");
}
