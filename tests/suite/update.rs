//! `update.*` (X-77, X-78, E-15): what is offered and told, and everything that must not be installed. Nothing here gets
//! as far as a restart.

use std::fs;
use std::sync::Arc;

use postern_gateway::update::{MAX_FILE, Program};
use serde_json::{Value, json};

use crate::harness::releases::{Releases, SIGNED_MS, Served, known, script};
use crate::harness::{Client, Connect, Device, InProcess, TestGateway, run, until};

const ADMIN: &[&str] = &["operator.admin"];

fn gateway(releases: &Releases) -> TestGateway {
    TestGateway::builder().config(&releases.whole_config()).start()
}

async fn admin(gateway: &TestGateway) -> Client {
    gateway.op(&Device::new("admin"), ADMIN).await
}

/// A release that starts, as far as it gets here.
fn good(version: &str) -> Vec<u8> {
    script(version, "exit 9")
}

#[tokio::test]
async fn x77_status_tells_what_runs_and_what_is_offered() {
    let releases = Releases::start();
    releases.publish("0.2.0", good("0.2.0"));
    let gateway = gateway(&releases);
    let mut client = admin(&gateway).await;
    let status = client.ok("update.status", json!({})).await;
    assert_eq!(status["current"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!((&status["current"]["slot"], &status["phase"]), (&json!("installed"), &json!("idle")));
    assert_eq!((&status["sentinel"], &status["updateAvailable"]), (&Value::Null, &Value::Null));
    assert!(releases.asked().is_empty(), "nobody is asked before somebody wants it");
    let status = client.ok("update.check", json!({})).await;
    let offer = &status["updateAvailable"];
    assert_eq!((&offer["latestVersion"], &offer["notes"]), (&json!("0.2.0"), &json!("What is new in 0.2.0.")));
    assert!(status["lastCheckedAtMs"].is_i64(), "{status}");
    // The next one is not yet told about.
    assert_eq!(releases.asked(), ["/stable.json", "/stable.json.sig"]);
}

#[tokio::test]
async fn a_gateway_that_was_told_nothing_asks_nobody() {
    let gateway = TestGateway::start();
    let mut client = admin(&gateway).await;
    let status = client.ok("update.status", json!({})).await;
    assert_eq!(status["auto"], "off");
    assert!(status["unavailable"].as_str().unwrap().contains("update.url"), "{status}");
    let answer = client.ok("update.run", json!({})).await;
    assert_eq!((&answer["ok"], &answer["result"]["status"]), (&json!(true), &json!("skipped")));
    assert!(!gateway.state_dir().join("update/slots").exists());
}

/// E-15, by hand and by itself, and once per version.
#[tokio::test]
async fn e15_a_newer_release_is_told_once() {
    let releases = Releases::start();
    let config = format!(
        r#"{{gateway: {{trustedProxies: ["127.0.0.1"]}}, update: {{url: "{}", publicKeys: ["{}"]}}}}"#,
        releases.url("stable.json"),
        releases.public_key()
    );
    let gateway = InProcess::with(&config, |options| {
        options.version = "0.1.0".into();
        options.program = Program { path: Some("/usr/bin/postern".into()), ..Program::default() };
        options.limits.update_interval = std::time::Duration::from_millis(20);
    })
    .await;
    let mut client = gateway.op(&Device::new("reader"), &["operator.read"]).await;
    releases.publish("0.2.0", good("0.2.0"));
    gateway.clock.advance_ms(2 * 24 * 60 * 60 * 1000);
    let told = client.event("update.available", |_| true).await;
    assert_eq!(told["updateAvailable"]["latestVersion"], "0.2.0");
    assert_eq!(told["updateAvailable"]["currentVersion"], "0.1.0");
    let mut other = gateway.op(&Device::new("admin"), ADMIN).await;
    other.ok("update.check", json!({})).await;
    other.ok("update.check", json!({})).await;
    releases.publish("0.3.0", good("0.3.0"));
    other.ok("update.check", json!({})).await;
    client.event("update.available", |told| told["updateAvailable"]["latestVersion"] == "0.3.0").await;
    client.catch_up().await;
    assert_eq!(client.events("update.available").len(), 2);
}

#[tokio::test]
async fn only_admins_and_nobody_for_an_agent() {
    let releases = Releases::start();
    releases.publish("0.2.0", good("0.2.0"));
    let gateway = gateway(&releases);
    let mut writer = gateway.op(&Device::new("writer"), &["operator.read", "operator.write"]).await;
    for method in ["update.status", "update.check", "update.run", "update.revert"] {
        let error = writer.err(method, json!({})).await;
        assert!(error["message"].as_str().unwrap().contains("operator.admin"), "{method}: {error}");
    }
    writer.err("update.hold", json!({"hold": true})).await;
    let mut client = admin(&gateway).await;
    for method in ["update.run", "update.revert"] {
        let error = client.err(method, json!({"sessionKey": "agent:main:main"})).await;
        assert!(error["message"].as_str().unwrap().contains("on behalf of a conversation"), "{error}");
    }
    assert!(releases.asked().is_empty());
    let refused = gateway.cli_with(&["update", "--yes"], &[("POSTERN_AGENT", "1")]);
    assert_eq!(refused.code, 5, "{refused:?}");
}

#[tokio::test]
async fn what_is_on_hold_stays() {
    let releases = Releases::start();
    releases.publish("0.2.0", good("0.2.0"));
    let gateway = gateway(&releases);
    let mut client = admin(&gateway).await;
    let held = client.ok("update.hold", json!({})).await;
    assert_eq!((&held["ok"], &held["hold"]), (&json!(true), &json!(true)), "to hold is what the name says");
    let answer = client.ok("update.run", json!({})).await;
    assert_eq!(answer["result"]["status"], "skipped");
    assert!(answer["result"]["reason"].as_str().unwrap().contains("on hold"), "{answer}");
    client.err("update.hold", json!({"hold": true, "until": 5})).await;
    let held = gateway.cli(&["update", "--status", "--json"]).json();
    assert_eq!(held["hold"], true);
    assert_eq!(gateway.cli(&["update", "--unhold", "--json"]).json()["hold"], false);
}

/// Each of these ends without an update, says why, and leaves nothing that would be started.
#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table: what is published, and why it is refused")]
async fn what_must_not_be_installed_is_not() {
    let releases = Releases::start();
    let gateway = gateway(&releases);
    let mut client = admin(&gateway).await;
    type Case<'a> = (&'a str, Box<dyn Fn() + 'a>, &'a str);
    let program = || Arc::new(good("0.2.0"));
    let file = "postern-0.2.0";
    let publish = || releases.publish("0.2.0", good("0.2.0"));
    let cases: Vec<Case<'_>> = vec![
        ("server without a list", Box::new(|| ()), "answered 404"),
        (
            "another key",
            Box::new(|| {
                publish();
                releases.serve("stable.json.sig", Served::Body(Arc::new(vec![b'A'; 86])));
            }),
            "not signed by a key",
        ),
        (
            "a changed list",
            Box::new(|| {
                publish();
                releases.serve("stable.json", Served::Body(Arc::new(b"{\"product\":\"postern\"}".to_vec())));
            }),
            "not signed by a key",
        ),
        (
            "another file",
            Box::new(|| {
                publish();
                let mut other = good("0.2.0");
                other[40] ^= 1;
                releases.serve(file, Served::Body(Arc::new(other)));
            }),
            "SHA-256 differs",
        ),
        (
            "half a file",
            Box::new(|| {
                publish();
                releases.serve(file, Served::Cut(program(), 20));
            }),
            "ended after 20 of",
        ),
        (
            "more than was announced",
            Box::new(|| {
                publish();
                let longer = [good("0.2.0"), vec![b'\n'; 10]].concat();
                releases.serve(file, Served::Body(Arc::new(longer)));
            }),
            "more than it should",
        ),
        (
            "more than anybody should have",
            Box::new(|| {
                releases.publish_with("0.2.0", good("0.2.0"), |list| {
                    list.platforms.values_mut().for_each(|file| file.size = MAX_FILE + 1);
                });
            }),
            "size",
        ),
        (
            "a redirect to another scheme",
            Box::new(|| {
                publish();
                releases.serve(file, Served::Redirect("https://127.0.0.1:1/postern".into()));
            }),
            "redirects",
        ),
        (
            "a redirect to another machine in the clear",
            Box::new(|| {
                publish();
                releases.serve(file, Served::Redirect("http://192.0.2.1/postern".into()));
            }),
            "redirects",
        ),
        (
            "a file elsewhere in the clear",
            Box::new(|| {
                releases.publish_with("0.2.0", good("0.2.0"), |list| {
                    list.platforms.values_mut().for_each(|file| file.url = "http://192.0.2.1/postern".into());
                });
            }),
            "only https addresses",
        ),
        (
            "a server that fails",
            Box::new(|| {
                publish();
                releases.serve(file, Served::Status(503));
            }),
            "answered 503",
        ),
        (
            "a program of another platform",
            Box::new(|| releases.publish("0.2.0", b"\x7fELF of another machine".to_vec())),
            "does not start here",
        ),
        (
            "a program that calls itself otherwise",
            Box::new(|| releases.publish("0.2.0", good("0.9.0"))),
            "calls itself",
        ),
        (
            "a list that has expired",
            Box::new(|| {
                releases.publish_with("0.2.0", good("0.2.0"), |list| list.expires_at = Some(SIGNED_MS + 1));
            }),
            "expired",
        ),
    ];
    for (case, prepare, reason) in cases {
        prepare();
        let answer = client.ok("update.run", json!({})).await;
        assert_eq!(answer["result"]["status"], "error", "{case}: {answer}");
        assert!(answer["result"]["reason"].as_str().unwrap().contains(reason), "{case}: {answer}");
        assert_eq!((&answer["restart"], &answer["sentinel"]), (&Value::Null, &Value::Null), "{case}");
        let state = known(&gateway.state_dir());
        assert_eq!(
            (&state["phase"], &state["candidate"], &state["active"]),
            (&json!("idle"), &Value::Null, &Value::Null),
            "{case}"
        );
    }
    // And it is the same gateway as before.
    client.catch_up().await;
    assert_eq!(client.ok("update.status", json!({})).await["current"]["slot"], "installed");
}

#[tokio::test]
async fn never_back_and_never_the_same() {
    let releases = Releases::start();
    let gateway = gateway(&releases);
    let mut client = admin(&gateway).await;
    for version in [env!("CARGO_PKG_VERSION"), "0.0.9"] {
        releases.publish(version, good(version));
        let answer = client.ok("update.run", json!({})).await;
        assert_eq!(answer["result"]["status"], "skipped", "{answer}");
        assert!(!releases.asked().iter().any(|path| path.starts_with("/postern-")), "nothing was fetched");
    }
    // Whoever holds back newer lists is found out.
    releases.publish("0.2.0", good("0.2.0"));
    client.ok("update.check", json!({})).await;
    releases.publish_with("0.2.0", good("0.2.0"), |list| list.published_at -= 1);
    let error = client.err("update.check", json!({})).await;
    assert!(error["message"].as_str().unwrap().contains("older than one that was seen"), "{error}");
    let answer = client.ok("update.run", json!({"version": "0.2.0"})).await;
    assert_eq!(answer["result"]["status"], "error", "{answer}");
}

#[tokio::test]
async fn another_version_than_the_wanted_one_is_not_taken() {
    let releases = Releases::start();
    releases.publish("0.3.0", good("0.3.0"));
    let gateway = gateway(&releases);
    let answer = admin(&gateway).await.ok("update.run", json!({"version": "0.2.0"})).await;
    assert_eq!(answer["result"]["status"], "error");
    assert!(answer["result"]["reason"].as_str().unwrap().contains("0.3.0 is offered, not 0.2.0"), "{answer}");
}

#[tokio::test]
async fn one_update_at_a_time_and_a_slow_one_ends() {
    let releases = Releases::start();
    releases.publish("0.2.0", good("0.2.0"));
    releases.serve("postern-0.2.0", Served::Stuck(Arc::new(good("0.2.0")), 10));
    let gateway = gateway(&releases);
    let mut first = admin(&gateway).await;
    let mut second =
        gateway.must(&crate::harness::Caller::local(), &Connect::operator(&Device::new("two"), ADMIN)).await;
    let running = first.post("update.run", json!({"timeoutMs": 2_000})).await;
    until("the download", || releases.asked().iter().any(|path| path == "/postern-0.2.0").then_some(())).await;
    let error = second.err("update.run", json!({})).await;
    assert!(error["message"].as_str().unwrap().contains("under way"), "{error}");
    let answer = first.raw.answer(&running).await;
    assert_eq!(answer["payload"]["result"]["status"], "error", "{answer}");
    assert!(answer["payload"]["result"]["reason"].as_str().unwrap().contains("not done within 2 s"), "{answer}");
    // What was fetched in part is gone with the next attempt.
    releases.publish("0.3.0", good("0.9.0"));
    second.ok("update.run", json!({})).await;
    let left: Vec<_> = fs::read_dir(gateway.state_dir().join("update/slots/a")).unwrap().flatten().collect();
    assert!(left.iter().all(|entry| entry.file_name() == "postern"), "{left:?}");
}

/// What `postern release-manifest` signs is what a gateway believes.
#[tokio::test]
async fn releases_are_signed_by_a_command() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (key, out) = (path("release.key"), path("stable.json"));
    let made = run(&["release-manifest", "--key", &key, "--new-key", "--json"], &[]);
    let public = made.json()["publicKey"].as_str().unwrap().to_owned();
    assert!(!made.stdout.contains(fs::read_to_string(&key).unwrap().trim()), "the secret half is never printed");
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&key).unwrap().permissions()) & 0o777, 0o600);
    assert_eq!(run(&["release-manifest", "--key", &key, "--new-key"], &[]).code, 1, "a key is never written over");
    fs::write(path("postern-0.2.0"), good("0.2.0")).unwrap();
    let platform = format!("{}={}", postern_gateway::update::target(), path("postern-0.2.0"));
    let signed =
        run(&["release-manifest", "--key", &key, "--release", "0.2.0", "--platform", &platform, "--out", &out], &[]);
    assert_eq!(signed.code, 0, "{signed:?}");
    let releases = Releases::start();
    for name in ["stable.json", "stable.json.sig", "postern-0.2.0"] {
        releases.serve(name, Served::Body(Arc::new(fs::read(path(name)).unwrap())));
    }
    let config = format!(r#"{{update: {{url: "{}", publicKeys: ["{public}"]}}}}"#, releases.url("{channel}.json"));
    let gateway = TestGateway::builder().config(&config).start();
    let answer = admin(&gateway).await.ok("update.run", json!({"restartDelayMs": 60_000})).await;
    assert_eq!(answer["result"]["status"], "ok", "{answer}");
    assert_eq!(known(&gateway.state_dir())["phase"], "staged");
}

/// P1: a setting of a newer or an older release stops neither.
#[tokio::test]
async fn p1_settings_of_another_release_are_told_and_ignored() {
    let releases = Releases::start();
    releases.publish("0.2.0", good("0.2.0"));
    let config =
        format!("{{ofAnotherRelease: {{deep: [1]}}, update: {{ofAnotherRelease: true, {}", &releases.config()[1..]);
    let gateway = TestGateway::builder().config(&format!("{config}}}")).start();
    let mut client = admin(&gateway).await;
    assert_eq!(client.ok("update.check", json!({})).await["updateAvailable"]["latestVersion"], "0.2.0");
    let status = client.ok("status", json!({})).await;
    assert!(!status.to_string().contains("safe mode"), "{status}");
}

/// A disk without room ends an update with a clear word, and what runs goes on as it is; with room it works.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_leaves_what_runs_alone() {
    use super::disk::room::{Disk, Room};
    let Some(disk) = Disk::small("size=24m,mode=700") else { return };
    let releases = Releases::start();
    let large = [good("0.2.0"), b"\n# ".to_vec(), vec![b'x'; 2_000_000]].concat();
    releases.publish("0.2.0", large);
    fs::create_dir(disk.seen().join("state")).unwrap();
    fs::write(disk.seen().join("state/postern.json"), releases.whole_config()).unwrap();
    let gateway = disk.start().unwrap_or_else(|ended| panic!("did not start: {ended:?}"));
    let mut client = gateway.endpoint.op(&Device::new("admin"), ADMIN).await;
    client.ok("update.check", json!({})).await;
    // No room at all, and room for a note but not for the program.
    for room in [0, 256 * 1024] {
        disk.leave(Room::Bytes(room));
        let answer = client.ok("update.run", json!({})).await;
        assert_eq!(answer["result"]["status"], "error", "{answer}");
        assert!(answer["result"]["reason"].as_str().unwrap().to_lowercase().contains("space"), "{answer}");
        let status = client.ok("update.status", json!({})).await;
        assert_eq!(status["current"]["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!((&status["current"]["slot"], &status["phase"]), (&json!("installed"), &json!("idle")), "{status}");
        assert_eq!(client.ok("health", json!({})).await["ok"], true);
        disk.empty();
    }
    let log = gateway.kill9();
    assert!(!log.contains("panicked"), "{log}");
    // The next start is the same program.
    let again = disk.start().unwrap_or_else(|ended| panic!("did not start again: {ended:?}"));
    let mut client = again.endpoint.op(&Device::new("admin"), ADMIN).await;
    assert_eq!(client.ok("update.status", json!({})).await["current"]["version"], env!("CARGO_PKG_VERSION"));
}

/// The doctor knows of a release that was taken back, and of a place where none can run.
#[test]
fn the_doctor_knows_how_updates_are() {
    let state = tempfile::tempdir().unwrap();
    fs::create_dir(state.path().join("update")).unwrap();
    let env = [("POSTERN_STATE_DIR", state.path().to_str().unwrap()), ("POSTERN_CREDENTIALS", "file")];
    let check = |state: &str| {
        let done = run(&["doctor", "--only", "update", "--json"], &[("POSTERN_STATE_DIR", state), env[1]]);
        done.json()["checks"][0].clone()
    };
    assert_eq!(check(env[0].1)["status"], "ok");
    let sentinel = json!({"status": "error", "phase": "reverted", "fromVersion": "9.9.9", "toVersion": "0.1.0", "ts": 1,
        "reason": "it did not serve within 10 s", "note": null, "steps": []});
    fs::write(state.path().join("update/state.json"), json!({"phase": "reverted", "sentinel": sentinel}).to_string())
        .unwrap();
    let told = check(env[0].1);
    assert_eq!(told["status"], "warn", "{told}");
    let detail = told["detail"].as_str().unwrap();
    assert!(detail.contains("9.9.9") && detail.contains("did not serve within"), "{told}");
    assert!(told["fix"]["command"].as_str().unwrap().ends_with("update --status"), "{told}");

    // A place where nothing can be started.
    #[cfg(target_os = "linux")]
    if let Some(disk) = super::disk::room::Disk::small("size=8m,noexec,mode=700") {
        fs::create_dir(disk.seen().join("state")).unwrap();
        let mut command = disk.inside();
        command.args([env!("CARGO_BIN_EXE_postern"), "doctor", "--only", "update", "--json"]);
        command.env("POSTERN_STATE_DIR", disk.state()).env("POSTERN_CREDENTIALS", "file");
        let out = command.output().unwrap();
        let report: Value = serde_json::from_slice(&out.stdout).unwrap();
        assert!(report["checks"][0]["detail"].as_str().unwrap().contains("noexec"), "{report}");
    }
}

/// An update that was asked for and not done is a failure, with the reason and the way out, with and without a gateway.
#[tokio::test]
async fn an_update_that_is_not_done_is_a_failure() {
    let releases = Releases::start();
    releases.publish("0.2.0", good("0.2.0"));
    let gateway = gateway(&releases);
    assert_eq!(gateway.cli(&["update", "--hold"]).code, 0);
    for args in [&["update", "--yes"][..], &["update", "--version", "0.2.0", "--yes"]] {
        let held = gateway.cli(args);
        assert_eq!(held.code, 1, "{held:?}");
        assert!(held.stderr.contains("on hold") && held.stderr.contains("update --unhold"), "{held:?}");
        let told = gateway.cli(&[args, &["--json"]].concat());
        assert_eq!((told.code, &told.json()["result"]["status"]), (1, &json!("skipped")), "{told:?}");
    }
    let same = Releases::start();
    same.publish("0.1.0", good("0.1.0"));
    let gateway = self::gateway(&same);
    let missing = gateway.cli(&["update", "--version", "9.9.9", "--yes"]);
    assert!(missing.code == 1 && missing.stderr.contains("9.9.9 is not offered"), "{missing:?}");
}
