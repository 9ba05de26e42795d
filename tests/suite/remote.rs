//! The command line and gateways that speak TLS, here and elsewhere: found, known by their certificate, and refused
//! when it changes. T-09, T-10, P19; DEMAND §2 "Discovery & TLS pinning".

use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Caller, Cli, Device, InProcess, Issued, TOKEN, TestGateway, run};

const TLS: &str = "{gateway: {tls: {enabled: true}}}";
const NAMES: [&str; 1] = ["127.0.0.1"];
const LASTING: (i32, i32) = (2020, 2040);

/// A command of another machine: a state folder of its own.
fn elsewhere(folder: &Path, args: &[&str], env: &[(&str, &str)]) -> Cli {
    let mut all = vec![("POSTERN_STATE_DIR", folder.to_str().unwrap())];
    all.extend_from_slice(env);
    run(args, &all)
}

/// P19: commands on the gateway's machine find it encrypted, pinned to its own certificate, without a flag.
#[test]
fn commands_of_this_machine_speak_tls_by_themselves() {
    let gateway = TestGateway::builder().config(TLS).no_token().start();
    let state = gateway.state_dir();
    let env = [("POSTERN_STATE_DIR", state.to_str().unwrap())];
    let status = run(&["status", "--json"], &env);
    assert_eq!(status.code, 0, "{status:?}");
    assert_eq!(status.json()["tlsFingerprint"], gateway.ready["tlsFingerprint"]);
    let text = run(&["status"], &env);
    assert!(text.stdout.contains(&format!("wss://127.0.0.1:{}", gateway.port)), "{text:?}");
    let page = run(&["dashboard", "--print"], &env);
    assert_eq!(page.stdout.trim(), format!("https://127.0.0.1:{}/", gateway.port));
    let remote = run(&["remote"], &env);
    assert!(remote.stdout.contains(gateway.ready["tlsFingerprint"].as_str().unwrap()), "{remote:?}");
    // Somebody else's certificate behind the same port is nothing.
    std::fs::write(state.join("gateway/tls/fingerprint"), "0".repeat(64)).unwrap();
    let refused = run(&["status"], &env);
    assert_eq!(refused.code, 5, "{refused:?}");
}

/// The wrong scheme is told with the right one, both ways.
#[test]
fn the_wrong_scheme_is_told_with_the_right_one() {
    let (tls, plain) = (TestGateway::builder().config(TLS).start(), TestGateway::start());
    let folder = tempfile::tempdir().unwrap();
    let token = [("POSTERN_GATEWAY_TOKEN", TOKEN)];
    let told = elsewhere(folder.path(), &["status", "--url", &format!("ws://127.0.0.1:{}", tls.port)], &token);
    assert_eq!(told.code, 3, "{told:?}");
    assert!(
        told.stderr.contains("speaks TLS") && told.stderr.contains(&format!("wss://127.0.0.1:{}", tls.port)),
        "{told:?}"
    );
    let url = format!("wss://127.0.0.1:{}", plain.port);
    let told = elsewhere(folder.path(), &["status", "--url", &url], &token);
    assert!(told.code == 5 && told.stderr.contains("speaks no TLS") && told.stderr.contains("ws://"), "{told:?}");
}

/// T-09: an unknown certificate is never accepted in silence, a confirmed one is kept for its host, and a changed one
/// is refused until somebody confirms it.
#[test]
fn a_certificate_is_confirmed_once_and_a_changed_one_again() {
    let issued = tempfile::tempdir().unwrap();
    let (first, next) = (
        Issued::new(&issued.path().join("first"), &NAMES, LASTING),
        Issued::new(&issued.path().join("next"), &NAMES, LASTING),
    );
    let gateway = TestGateway::builder().config(&first.config("")).start();
    let url = format!("wss://127.0.0.1:{}", gateway.port);
    let folder = tempfile::tempdir().unwrap();
    let token = [("POSTERN_GATEWAY_TOKEN", TOKEN), ("POSTERN_GATEWAY_URL", url.as_str())];
    let on = |args: &[&str]| elsewhere(folder.path(), args, &token);

    let unknown = on(&["health"]);
    assert_eq!(unknown.code, 5, "{unknown:?}");
    let command = format!("postern remote trust {url} --tls-fingerprint {}", first.fingerprint);
    assert!(unknown.stderr.contains(&command), "{unknown:?}");
    assert!(!folder.path().join("remote-pins.json").exists(), "nothing is kept unasked");
    // A flag counts for one command, and keeps nothing.
    let pinned = on(&["health", "--tls-fingerprint", &first.fingerprint.to_uppercase()]);
    assert_eq!(pinned.code, 0, "{pinned:?}");
    let wrong = on(&["health", "--tls-fingerprint", &next.fingerprint]);
    assert!(wrong.code == 5 && wrong.stderr.contains(&first.fingerprint), "{wrong:?}");
    assert_eq!(on(&["remote", "trust", &url]).code, 5, "nobody is there to confirm it");

    let arguments: Vec<&str> = command.split(' ').skip(1).collect();
    assert_eq!(on(&arguments).code, 0);
    assert_eq!(on(&["health"]).code, 0);
    let known = on(&["remote", "pins", "--json"]).json();
    assert_eq!(known["pins"][format!("127.0.0.1:{}", gateway.port)]["sha256"], first.fingerprint);

    std::fs::copy(&next.cert, &first.cert).unwrap();
    std::fs::copy(&next.key, &first.key).unwrap();
    let started = std::time::Instant::now();
    let changed = loop {
        let health = on(&["health"]);
        if health.code != 0 {
            break health;
        }
        assert!(started.elapsed() < crate::harness::DEADLINE, "the certificate was not taken over");
    };
    assert_eq!(changed.code, 5, "{changed:?}");
    assert!(
        changed.stderr.contains(&next.fingerprint) && changed.stderr.contains("postern remote trust"),
        "{changed:?}"
    );
    assert_eq!(on(&["health"]).code, 5, "and again, until somebody confirms it");
    assert_eq!(on(&["remote", "trust", &url, "--tls-fingerprint", &next.fingerprint]).code, 0);
    assert_eq!(on(&["health"]).code, 0);
    assert_eq!(on(&["remote", "forget", &url]).code, 0);
    assert_eq!(on(&["health"]).code, 5);
}

/// T-10: `gateway.remote` names the gateway of every command, with its token and its certificate.
#[test]
fn the_settings_name_a_gateway_elsewhere() {
    let gateway = TestGateway::builder().config(TLS).start();
    let folder = tempfile::tempdir().unwrap();
    let write = |more: &str| {
        let url = format!("wss://127.0.0.1:{}", gateway.port);
        let text = format!("{{gateway: {{mode: 'remote', remote: {{url: '{url}', token: '{TOKEN}'{more}}}}}}}");
        std::fs::write(folder.path().join("postern.json"), text).unwrap();
    };
    let pin = gateway.ready["tlsFingerprint"].as_str().unwrap();
    write(&format!(", tlsFingerprint: '{pin}'"));
    let status = elsewhere(folder.path(), &["status", "--json"], &[]);
    assert_eq!(status.code, 0, "{status:?}");
    assert_eq!(status.json()["tlsFingerprint"], pin);
    // The device token that was issued is kept, so that the second command could do without the shared one.
    assert_eq!(elsewhere(folder.path(), &["presence"], &[]).code, 0);
    let page = elsewhere(folder.path(), &["dashboard", "--print"], &[]);
    assert_eq!(page.stdout.trim(), format!("https://127.0.0.1:{}/", gateway.port));

    write(&format!(", tlsFingerprint: '{}'", "0".repeat(64)));
    let refused = elsewhere(folder.path(), &["status"], &[]);
    assert_eq!(refused.code, 5, "{refused:?}");
    assert!(refused.stderr.contains(pin) && !refused.stderr.contains(TOKEN), "{refused:?}");
    // What is to be changed is what names the certificate.
    let way_out = format!("postern config set gateway.remote.tlsFingerprint {pin}");
    assert!(refused.stderr.contains(&way_out) && !refused.stderr.contains("remote trust"), "{refused:?}");
    let by_flag = elsewhere(folder.path(), &["status", "--tls-fingerprint", &"1".repeat(64)], &[]);
    assert!(by_flag.code == 5 && by_flag.stderr.contains("correct --tls-fingerprint"), "{by_flag:?}");
    std::fs::write(folder.path().join("postern.json"), "{gateway: {mode: 'remote'}}").unwrap();
    let nowhere = elsewhere(folder.path(), &["status"], &[]);
    assert!(nowhere.code == 78 && nowhere.stderr.contains("gateway.remote.url"), "{nowhere:?}");
}

/// A gateway elsewhere that is named wrongly is never replaced by the one of this machine, and no gateway begins on a
/// machine that is a client, unless somebody says so.
#[test]
fn a_client_never_falls_back_to_a_gateway_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| std::fs::write(folder.path().join("postern.json"), text).unwrap();
    let refused = |args: &[&str], words: &[&str]| {
        let cli = elsewhere(folder.path(), args, &[]);
        let is_told = words.iter().all(|word| cli.stderr.contains(word));
        assert!(cli.code == 78 && is_told, "{args:?} {words:?}: {cli:?}");
    };
    // What ran here before must not be what is used now.
    write("{gateway: {mode: 'local'}}");
    assert_eq!(elsewhere(folder.path(), &["config", "validate"], &[]).code, 0);
    let broken = "{\n gateway: {mode: 'remote',\n  remote: {url: 'desk', tlsFingerprint: 7}}}";
    for (text, field) in [
        (broken, "line 3: gateway.remote.url"),
        (broken, "gateway.remote.tlsFingerprint"),
        ("{gateway: {mode: 'remot'}}", "gateway.mode"),
        ("{gateway: {mode: 'remote', remote: {url: 'wss://desk:1'}}, session: {mainKey: 'a:b'}}", "session.mainKey"),
    ] {
        write(text);
        for command in [&["status"][..], &["dashboard", "--print"], &["logs"]] {
            refused(command, &[field, "postern config set gateway.mode local"]);
        }
    }
    for text in [broken, "{gateway: {mode: 'remote', remote: {url: 'wss://desk:1'}}}"] {
        write(text);
        refused(
            &["gateway", "--port", "0"],
            &["gateway.mode", "config set gateway.mode local", "--allow-unconfigured"],
        );
    }
    assert!(!folder.path().join("postern.sqlite").exists());
    let gateway = TestGateway::builder().config("{gateway: {mode: 'remote', remote: {url: 'wss://desk:1'}}}");
    assert_eq!(gateway.args(&["--allow-unconfigured"]).start().ready["event"], "ready");
}

/// A gateway that runs is not made a client by a call: it would not start again, and nobody could reach it to mend that.
#[tokio::test]
async fn a_running_gateway_is_not_made_a_client() {
    let gateway = TestGateway::builder().config("{gateway: {controlUi: {enabled: true}}}").start();
    let file = gateway.state_dir().join("postern.json");
    let before = std::fs::read_to_string(&file).unwrap();
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let base = admin.ok("config.get", json!({})).await["hash"].clone();
    let whole = "{gateway: {mode: 'remote', remote: {url: 'wss://desk:1'}}}";
    for (method, raw) in
        [("config.patch", "{gateway: {mode: 'remote'}}"), ("config.set", whole), ("config.apply", whole)]
    {
        let error = admin.err(method, json!({"raw": raw, "baseHash": base})).await;
        let issue = &error["details"]["issues"][0];
        assert_eq!((&error["code"], &issue["path"]), (&json!("INVALID_REQUEST"), &json!("gateway.mode")), "{method}");
        assert!(issue["message"].as_str().unwrap().contains("postern config set gateway.mode remote"), "{error}");
    }
    let typed = gateway.cli(&["config", "set", "gateway.mode", "remote"]);
    assert!(typed.code != 0 && typed.stderr.contains("from starting again"), "{typed:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);
    // A file that was edited by hand means what it says, and other settings of it can be changed.
    std::fs::write(&file, whole).unwrap();
    let base = admin.ok("config.get", json!({})).await["hash"].clone();
    admin.ok("config.patch", json!({"raw": "{session: {mainKey: 'home'}}", "baseHash": base})).await;
}

/// Whether a gateway would start is what `--check` is asked: as a client it would not.
#[test]
fn the_check_tells_that_a_client_starts_no_gateway() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("postern.json"), "{gateway: {mode: 'remote', remote: {url: 'wss://desk:1'}}}")
        .unwrap();
    let told = elsewhere(folder.path(), &["gateway", "--check", "--json"], &[]);
    assert_eq!(told.code, 78, "{told:?}");
    let problem = told.json()["problems"][0].clone();
    assert!(problem["path"] == "gateway.mode" && problem["message"].as_str().unwrap().contains("gateway.mode local"));
    assert_eq!(elsewhere(folder.path(), &["gateway", "--check", "--allow-unconfigured"], &[]).code, 0);
    assert_eq!(elsewhere(folder.path(), &["config", "validate"], &[]).code, 0, "the file itself is right");
}

/// Plain answers of the port still say who is there, so that a second start can name it.
#[tokio::test]
async fn a_taken_port_is_explained_when_it_speaks_tls() {
    let gateway = TestGateway::builder().config(TLS).start();
    let (port, folder) = (gateway.port.to_string(), tempfile::tempdir().unwrap());
    let failed = elsewhere(folder.path(), &["gateway", "--port", &port], &[]);
    assert_eq!(failed.code, 75, "{failed:?}");
    assert!(failed.stderr.contains("another Postern"), "{failed:?}");
    assert_eq!(gateway.http("GET", "/", &Caller::local(), "").await.header("server"), Some("postern"));
}

/// Where a gateway elsewhere is reached through ssh, the page needs a way that stays: that is said instead of opening nothing.
#[test]
fn the_page_behind_ssh_needs_a_tunnel() {
    let state = tempfile::tempdir().unwrap();
    let config = r#"{"gateway": {"mode": "remote", "remote": {"transport": "ssh", "sshTarget": "ada@desk"}}}"#;
    std::fs::write(state.path().join("postern.json"), config).unwrap();
    let env = [("POSTERN_STATE_DIR", state.path().to_str().unwrap()), ("POSTERN_CREDENTIALS", "file")];
    for args in [&["dashboard"][..], &["dashboard", "--print"]] {
        let told = run(args, &env);
        assert_eq!((told.code, told.stdout.as_str()), (2, ""), "{told:?}");
        assert!(told.stderr.contains("postern tunnel ada@desk"), "{told:?}");
    }
}

/// The address behind a proxy is told where one is believed, and only there.
#[tokio::test]
async fn the_address_behind_a_proxy_is_told() {
    let origin = async |config: &str| {
        let gateway = InProcess::with(config, |_| {}).await;
        gateway.op(&Device::new("desk"), &["operator.read"]).await.ok("remote.status", json!({})).await["publicOrigin"]
            .clone()
    };
    let origins = "controlUi: {allowedOrigins: ['*', 'http://10.0.0.3', 'https://gate.example']}";
    let believed = format!("{{gateway: {{trustedProxies: ['10.0.0.2'], {origins}}}}}");
    assert_eq!(origin(&believed).await, "https://gate.example");
    assert_eq!(origin(&format!("{{gateway: {{{origins}}}}}")).await, Value::Null);
}
