//! What the command line says when something is wrong: the right exit code, what happened, and what to do about it.

use std::fs::File;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Cli, TOKEN, TestGateway, free_port, run};

/// The run failed with this code, said these words on standard error only, and gives programs the same as a document.
#[track_caller]
fn check(args: &[&str], env: &[(&str, &str)], code: i32, words: &[&str]) -> Value {
    let text = run(args, env);
    assert_eq!((text.code, text.stdout.as_str()), (code, ""), "{args:?}: {text:?}");
    for word in words {
        assert!(text.stderr.contains(word), "{args:?} {word:?} is missing: {text:?}");
    }
    assert!(!text.stderr.contains("panicked") && !text.stderr.contains('\u{1b}'), "{text:?}");
    let document = error(&run(&[args, &["--json"]].concat(), env));
    assert_eq!(document["exitCode"], code, "{args:?}: {document}");
    document
}

/// `error` of the one document on standard output.
#[track_caller]
fn error(cli: &Cli) -> Value {
    let document = cli.json();
    assert!(document["error"]["message"].as_str().is_some_and(|text| !text.is_empty()), "{cli:?}");
    document["error"].clone()
}

/// 2: a mistake on the line is answered with what was probably meant, or with what there is.
#[test]
fn mistakes_on_the_line() {
    let table: &[(&[&str], &[&str])] = &[
        (&["helth"], &["helth", "'health'"]),
        (&["device", "list"], &["'devices'"]),
        (&["devices", "aprove"], &["'approve'"]),
        (&["health", "--jsn"], &["'--json'"]),
        (&["gateway", "--prot", "1"], &["'--port'"]),
        (&["gateway", "--port", "x"], &["--port", "'x'"]),
        (&["gateway", "--port", "65536"], &["--port", "65535"]),
        (&["gateway", "--auth", "tokn"], &["'token'"]),
        (&["completions", "tcsh"], &["bash", "fish", "zsh"]),
        (&["--timeout", "0", "health"], &["--timeout", "1..="]),
        (&["--timeout", "soon", "health"], &["--timeout", "'soon'"]),
        (&["call"], &["<METHOD>", "Usage:"]),
        (&["devices", "rename", "x"], &["<NAME>", "Usage:"]),
        (&["pair", "--node", "--limited"], &["--limited"]),
        (&["protocol"], &["schema"]),
    ];
    for (args, words) in table {
        let cli = run(args, &[]);
        assert_eq!((cli.code, cli.stdout.as_str()), (2, ""), "{args:?}: {cli:?}");
        assert!(words.iter().all(|word| cli.stderr.contains(word)), "{args:?} {words:?}: {}", cli.stderr);
    }
    let nothing = run(&[], &[]);
    assert!(nothing.code == 2 && nothing.stderr.contains("Examples:"), "{nothing:?}");
}

/// 2: what the program itself refuses names the flag or variable and what it takes.
#[test]
fn values_that_cannot_be() {
    let long = "x".repeat(65);
    type Row<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a [&'a str]);
    let table: &[Row<'_>] = &[
        (&["health", "--url", "http://"], &[], &["--url", "ws://127.0.0.1:18789"]),
        (&["health"], &[("POSTERN_GATEWAY_URL", "ftp://host")], &["POSTERN_GATEWAY_URL", "ftp://host"]),
        (&["health"], &[("OPENCLAW_GATEWAY_URL", "x://y")], &["OPENCLAW_GATEWAY_URL"]),
        (&["health"], &[("POSTERN_GATEWAY_PORT", "many")], &["POSTERN_GATEWAY_PORT", "65535", "many"]),
        (&["health"], &[("POSTERN_CREDENTIALS", "cloud")], &["POSTERN_CREDENTIALS", "keychain"]),
        (&["gateway"], &[("POSTERN_LOG", "a=b=c")], &["POSTERN_LOG"]),
        (&["gateway"], &[("POSTERN_TICK_INTERVAL_MS", "0")], &["POSTERN_TICK_INTERVAL_MS", "milliseconds"]),
        (&["gateway", "--bind", "everywhere"], &[], &["--bind", "loopback"]),
        (&["gateway"], &[("POSTERN_GATEWAY_BIND", "wan")], &["POSTERN_GATEWAY_BIND", "loopback"]),
        (&["gateway", "--url", "ws://h"], &[], &["--url", "--port"]),
        (&["gateway", "--auth", "password"], &[], &["gateway.auth.mode", "POSTERN_GATEWAY_PASSWORD"]),
        (&["call", "health", "{probe: true}"], &[], &["not valid JSON", "line 1 column 2"]),
        (&["call", "health", "[1]"], &[], &["must be a JSON object"]),
        (&["call", "health", "@/no/such/file"], &[], &["/no/such/file"]),
        (&["call", "health", "-"], &[], &["standard input: not valid JSON"]),
        (&["devices", "rename", "x", &long], &[], &["64 characters"]),
        (&["devices", "approve"], &[], &["--latest"]),
        (&["health", "--url", "ws://192.0.2.1:1", "--token", "t0psecret"], &[], &["POSTERN_ALLOW_PLAINTEXT"]),
    ];
    for (args, env, words) in table {
        assert_eq!(check(args, env, 2, words)["kind"], "usage");
    }
}

/// Programs get a document for every mistake, also for those in the arguments themselves.
#[test]
fn programs_get_a_document_for_every_mistake() {
    for args in [&["helth", "--json"][..], &["health", "--json", "--prot", "1"], &["--json"], &["call", "--json"]] {
        let cli = run(args, &[]);
        assert_eq!(cli.code, 2, "{cli:?}");
        let error = error(&cli);
        assert_eq!((&error["exitCode"], &error["kind"]), (&json!(2), &json!("usage")), "{args:?}");
    }
    // A help text that was asked for is no mistake.
    assert!(run(&["health", "--json", "--help"], &[]).stdout.contains("Usage:"));
}

/// 3: nobody is there. Told at once, with the command that starts it and where the address came from.
#[test]
fn the_gateway_is_down() {
    let port = free_port().to_string();
    let url = format!("ws://127.0.0.1:{port}");
    for command in [&["status"][..], &["health"], &["devices", "list"], &["pair"], &["presence"], &["call", "health"]] {
        let error = check(command, &[("POSTERN_GATEWAY_PORT", &port)], 3, &[&url, "`postern gateway`"]);
        assert_eq!(error["kind"], "unreachable");
    }
    check(&["health", "--url", &url], &[], 3, &[&url, "given by --url"]);
    check(&["health"], &[("POSTERN_GATEWAY_URL", &url)], 3, &[&url, "given by POSTERN_GATEWAY_URL"]);
}

/// 3: somebody is there, but it is no gateway.
#[test]
fn what_answers_is_no_gateway() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let serving = std::thread::spawn(move || {
        for answer in ["HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "SSH-2.0-x\r\n\r\n"] {
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().unwrap();
                drop(std::io::Read::read(&mut stream, &mut [0; 4096]));
                std::io::Write::write_all(&mut stream, answer.as_bytes()).unwrap();
            }
        }
    });
    for _ in 0..2 {
        check(&["health", "--url", &url], &[], 3, &[&url]);
    }
    serving.join().unwrap();
}

/// 4: this program's own device waits; the message has the command that lets it in, and that command works.
#[test]
fn pairing_is_required() {
    let config = "{gateway: {nodes: {pairing: {autoApproveLocal: false}}}}";
    let gateway = TestGateway::builder().config(config).no_token().start();
    let state = gateway.state_dir();
    let env = [("POSTERN_STATE_DIR", state.to_str().unwrap())];
    let error = check(&["health"], &env, 4, &["pairing required", "postern devices approve"]);
    assert_eq!((&error["kind"], &error["code"]), (&json!("pairing-required"), &json!("NOT_PAIRED")));
    let id = error["details"]["requestId"].as_str().unwrap();
    assert!(error["hint"].as_str().unwrap().ends_with(&format!("postern devices approve {id}")), "{error}");
    let approved = run(&["devices", "approve", id], &env);
    assert_eq!(approved.code, 0, "{approved:?}");
    assert_eq!(run(&["health"], &env).code, 0);
}

/// 5: wrong or missing secrets; the message says where the wrong one came from, never what it was.
#[test]
fn secrets_that_are_wrong() {
    let gateway = TestGateway::start();
    let url = gateway.url();
    let wrong = "wr0ng-s3cret-value";
    let flag = ["health", "--url", &url, "--token", wrong];
    let error = check(&flag, &[], 5, &["--token", "postern token"]);
    assert_eq!((&error["kind"], &error["details"]["code"]), (&json!("unauthorized"), &json!("AUTH_TOKEN_MISMATCH")));
    assert!(!run(&flag, &[]).stderr.contains(wrong));
    let variable = [("POSTERN_GATEWAY_TOKEN", wrong), ("POSTERN_GATEWAY_URL", url.as_str())];
    check(&["health"], &variable, 5, &["POSTERN_GATEWAY_TOKEN"]);
    let error = check(&["health", "--url", &url], &[], 5, &["--url", "no stored credentials", "--token"]);
    assert_eq!(error["details"]["code"], "AUTH_TOKEN_MISSING");
    check(&["health", "--url", &url, "--password", "x"], &[], 5, &["token"]);

    let config = "{gateway: {auth: {mode: 'password', password: 'open sesame'}}}";
    let gateway = TestGateway::builder().config(config).no_token().start();
    let url = gateway.url();
    check(&["health", "--url", &url], &[], 5, &["--password", "POSTERN_GATEWAY_PASSWORD"]);
    check(&["health", "--url", &url, "--password", wrong], &[], 5, &["password came from --password"]);
    let state = gateway.state_dir();
    let env = [("POSTERN_STATE_DIR", state.to_str().unwrap())];
    assert_eq!(run(&["health"], &env).code, 0, "the owner's own password is in the file");
    check(&["token"], &env, 1, &["asks for a password", "postern.json"]);
}

/// 6: somebody takes the connection and says nothing; the wait ends when it was said to.
#[test]
fn nobody_answers_in_time() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("ws://{}", silent.local_addr().unwrap());
    let error = check(&["health", "--url", &url, "--timeout", "100"], &[], 6, &[&url, "--timeout"]);
    assert_eq!(error["kind"], "timeout");
}

/// 1: the gateway's own refusals, in its words, with code and path of the mistake.
#[test]
fn the_gateway_says_no() {
    let gateway = TestGateway::start();
    let url = gateway.url();
    let env = [("POSTERN_GATEWAY_TOKEN", TOKEN), ("POSTERN_GATEWAY_URL", url.as_str())];
    let error = check(&["call", "no.such.method"], &env, 1, &["no.such.method"]);
    assert_eq!((&error["kind"], &error["code"]), (&json!("failed"), &json!("INVALID_REQUEST")));
    check(&["call", "health", r#"{"probe": 7}"#], &env, 1, &["invalid health params", "/probe"]);
    check(&["call", "device.pair.approve", r#"{"requestId": "x"}"#], &env, 1, &["requestId"]);
    let fresh = tempfile::tempdir().unwrap();
    check(
        &["token"],
        &[("POSTERN_STATE_DIR", fresh.path().to_str().unwrap())],
        1,
        &["no gateway token", "postern gateway"],
    );
    // An address of this range is nobody's.
    check(&["gateway", "--port", "0", "--bind", "192.0.2.1"], &[], 1, &["cannot listen on 192.0.2.1", "--bind"]);
}

/// A reader that goes away is no failure; a place that takes nothing is one.
#[test]
fn answers_that_nobody_takes() {
    let printing = |out: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_postern"));
        command.args(["protocol", "schema"]).env_clear().env("HOME", "/nonexistent").stdin(Stdio::null());
        command.stdout(out).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut gone = printing(Stdio::piped());
    drop(gone.stdout.take());
    let gone = gone.wait_with_output().unwrap();
    assert_eq!((gone.status.code(), gone.stderr.len()), (Some(0), 0), "{gone:?}");
    if let Ok(full) = File::options().write(true).open("/dev/full") {
        let full = printing(full.into()).wait_with_output().unwrap();
        assert_eq!(full.status.code(), Some(1), "{full:?}");
        assert!(String::from_utf8_lossy(&full.stderr).contains("cannot be written"), "{full:?}");
    }
}
