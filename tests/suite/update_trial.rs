//! An update as a whole (P2, X-78): two real programs, one of which says that it is newer. What proves itself stays; what
//! does not is put back, and the one before serves again on the same port with all state.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::releases::{Releases, known, program, script};
use crate::harness::{Client, Connect, Device, TestGateway, run, until};

const ADMIN: &[&str] = &["operator.admin"];
const OLD: &str = env!("CARGO_PKG_VERSION");
/// A trial takes its ten seconds; this is reached only by a test that fails.
const PATIENCE: Duration = Duration::from_secs(90);

/// A gateway with something that must not be lost.
pub(super) async fn gateway(releases: &Releases) -> TestGateway {
    let gateway = TestGateway::builder().config(&releases.whole_config()).start();
    let mut client = gateway.op(&Device::new("admin"), ADMIN).await;
    client.ok("sessions.create", json!({"key": "agent:main:kept", "label": "Kept"})).await;
    gateway
}

/// A client of whatever serves now; programs come and go meanwhile.
pub(super) async fn admin(gateway: &TestGateway) -> Client {
    let connecting = async {
        loop {
            if let Some(client) = gateway.attempt(&Connect::operator(&Device::new("admin"), ADMIN)).await {
                return client;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, connecting).await.expect("nobody serves")
}

/// Waits until it is known what became of an update.
pub(super) async fn phase(state_dir: &Path, wanted: &[&str]) -> Value {
    let waiting = async {
        loop {
            let state = known(state_dir);
            if state["phase"].as_str().is_some_and(|phase| wanted.contains(&phase)) {
                return state;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never {wanted:?}: {}", known(state_dir)))
}

/// Waits until this version serves, alone and with everything there was.
pub(super) async fn serves(gateway: &TestGateway, version: &str) {
    let waiting = async {
        loop {
            if let Some(status) = asked(gateway).await
                && status["current"]["version"] == version
                && status["phase"] != "trial"
                && let Some(sessions) = sessions(gateway).await
            {
                return sessions;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let served = tokio::time::timeout(PATIENCE, waiting).await;
    let sessions = served.unwrap_or_else(|_| panic!("{version} never served"));
    assert_eq!(sessions["ok"], true, "{sessions}");
    assert!(sessions.to_string().contains("Kept"), "{sessions}");
}

/// The answer about the sessions; nothing when whoever was asked goes before it answers: one program hands over to another.
async fn sessions(gateway: &TestGateway) -> Option<Value> {
    let mut client = gateway.attempt(&Connect::operator(&Device::new("admin"), ADMIN)).await?;
    let id = client.post("sessions.list", json!({})).await;
    loop {
        let frame = client.raw.recv().await.ok()?;
        if frame["id"] == id.as_str() {
            return Some(frame);
        }
    }
}

/// `update.status`, if somebody answers.
async fn asked(gateway: &TestGateway) -> Option<Value> {
    let socket = tokio::net::TcpStream::connect(("127.0.0.1", gateway.port)).await.ok()?;
    drop(socket);
    let cli = gateway.cli(&["update", "--status", "--json"]);
    (cli.code == 0).then(|| cli.json())
}

#[tokio::test]
async fn x78_a_release_that_proves_itself_stays() {
    let releases = Releases::start();
    releases.publish("0.2.0", program("0.2.0"));
    let mut gateway = gateway(&releases).await;
    let pid = gateway.pid();
    let mut client = admin(&gateway).await;
    let answer = client.ok("update.run", json!({"note": "because"})).await;
    assert_eq!((&answer["ok"], &answer["result"]["status"]), (&json!(true), &json!("ok")), "{answer}");
    let steps: Vec<&str> =
        answer["result"]["steps"].as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(steps, ["check", "download", "verify", "start", "stage"]);
    let told = client.event("shutdown", |_| true).await;
    assert!(told["restartExpectedMs"].is_u64(), "{told}");
    serves(&gateway, "0.2.0").await;
    let state = phase(&gateway.state_dir(), &["confirmed"]).await;
    assert_eq!((&state["active"]["version"], &state["sentinel"]["note"]), (&json!("0.2.0"), &json!("because")));
    // In the end it is one process, the one that the supervisor knows.
    let slot = gateway.state_dir().join("update/slots/a/postern");
    #[cfg(target_os = "linux")]
    crate::harness::until("the old process to be the new program", || {
        (std::fs::read_link(format!("/proc/{pid}/exe")).ok()? == slot).then_some(())
    })
    .await;
    drop((slot, pid));
    serves(&gateway, "0.2.0").await;
    let status = admin(&gateway).await.ok("update.status", json!({})).await;
    assert_eq!((&status["current"]["slot"], &status["previousVersion"]), (&json!("a"), &json!(OLD)));
    assert_eq!((&status["lastResult"], &status["updateAvailable"]), (&json!("ok"), &Value::Null));
    // It is still there after a stop and a start of what was installed, and can be taken back.
    let (ended, _) = gateway.stop();
    assert!(ended.success());
    gateway = gateway.start_again();
    assert_eq!(gateway.ready["version"], "0.2.0");
    serves(&gateway, "0.2.0").await;
    let reverted = gateway.cli(&["update", "--revert", "--yes", "--json"]);
    assert_eq!(reverted.json()["revertedVersion"], "0.2.0", "{reverted:?}");
    serves(&gateway, OLD).await;
    let status = admin(&gateway).await.ok("update.status", json!({})).await;
    assert_eq!((&status["phase"], &status["current"]["slot"]), (&json!("reverted"), &json!("installed")));
    admin(&gateway).await.err("update.revert", json!({})).await;
}

#[tokio::test]
async fn the_command_waits_for_what_becomes_of_it() {
    let releases = Releases::start();
    releases.publish("0.2.0", program("0.2.0"));
    let gateway = gateway(&releases).await;
    let refused = gateway.cli(&["update"]);
    assert_eq!(refused.code, 2, "nobody is there to be asked: {refused:?}");
    let updated = gateway.cli(&["update", "--yes", "--json", "--timeout", "30000"]);
    assert_eq!(updated.code, 0, "{updated:?}");
    assert_eq!((&updated.json()["phase"], &updated.json()["lastResult"]), (&json!("confirmed"), &json!("ok")));
    serves(&gateway, "0.2.0").await;
}

#[tokio::test]
async fn it_works_with_the_gateway_down() {
    let releases = Releases::start();
    releases.publish("0.2.0", program("0.2.0"));
    let mut gateway = gateway(&releases).await;
    gateway.stop();
    let state_dir = gateway.state_dir();
    let offline = |args: &[&str]| run(args, &[("POSTERN_STATE_DIR", state_dir.to_str().unwrap())]);
    let checked = offline(&["update", "--check", "--json"]);
    assert_eq!(checked.json()["updateAvailable"]["latestVersion"], "0.2.0", "{checked:?}");
    let staged = offline(&["update", "--yes", "--json"]);
    assert_eq!((staged.code, &staged.json()["phase"]), (0, &json!("staged")), "{staged:?}");
    gateway = gateway.start_again();
    assert_eq!(gateway.ready["version"], "0.2.0", "the start tries it");
    phase(&state_dir, &["confirmed"]).await;
    serves(&gateway, "0.2.0").await;
    gateway.stop();
    let reverted = offline(&["update", "--revert", "--yes"]);
    assert_eq!(reverted.code, 0, "{reverted:?}");
    gateway = gateway.start_again();
    assert_eq!(gateway.ready["version"], OLD);
    serves(&gateway, OLD).await;
}

/// Updates to something that is wrong, and what is told about it.
async fn fails(instead: &str, reason: &str) {
    fails_after(async |_| {}, instead, reason).await;
}

/// The same with something that happens while it is tried.
async fn fails_after(meanwhile: impl AsyncFnOnce(&TestGateway), instead: &str, reason: &str) {
    let releases = Releases::start();
    releases.publish("0.2.0", script("0.2.0", instead));
    let gateway = gateway(&releases).await;
    let pid = gateway.pid();
    let answer = admin(&gateway).await.ok("update.run", json!({})).await;
    assert_eq!(answer["result"]["status"], "ok", "{answer}");
    meanwhile(&gateway).await;
    let state = phase(&gateway.state_dir(), &["reverted"]).await;
    assert!(state["sentinel"]["reason"].as_str().unwrap().contains(reason), "{state}");
    serves(&gateway, OLD).await;
    let status = admin(&gateway).await.ok("update.status", json!({})).await;
    assert_eq!((&status["lastResult"], &status["current"]["slot"]), (&json!("error"), &json!("installed")), "{status}");
    assert_eq!(known(&gateway.state_dir())["rejected"], json!(["0.2.0"]), "not by itself again");
    assert!(gateway.cli(&["health"]).code == 0 && gateway.pid() == pid, "the process is the one that was started");
}

#[tokio::test]
async fn p2_a_release_that_falls_over_at_once_is_put_back() {
    fails("exit 3", "ended while it was tried").await;
}

#[tokio::test]
async fn p2_a_release_that_hangs_at_start_is_put_back() {
    fails("exec sleep 600", "did not open its state within 10 s").await;
}

#[tokio::test]
async fn p2_a_release_that_falls_silent_is_put_back() {
    let instead = r#"(while [ -d "$POSTERN_STATE_DIR" ] && ! [ -e "$POSTERN_STATE_DIR/hush" ]; do sleep 0.1; done
kill -STOP $$) >/dev/null 2>&1 & exec "$REAL" "$@""#;
    let hush = async |gateway: &TestGateway| {
        let serves = || gateway.log().contains("The new release serves").then_some(());
        until("the new release to be seen to serve", serves).await;
        std::fs::write(gateway.state_dir().join("hush"), "").unwrap();
    };
    fails_after(hush, instead, "it served, and then did not answer for").await;
}

#[tokio::test]
async fn p2_a_release_that_ends_after_five_seconds_is_put_back() {
    fails("(sleep 5; kill -KILL $$) >/dev/null 2>&1 & exec \"$REAL\" \"$@\"", "ended while it was tried").await;
}

#[tokio::test]
async fn p2_a_release_that_ruins_the_database_is_put_back_with_the_state() {
    fails("echo ruined > \"$POSTERN_STATE_DIR/postern.sqlite\"; exit 4", "ended while it was tried").await;
}

#[tokio::test]
async fn a_gateway_that_speaks_tls_is_tried_too() {
    let releases = Releases::start();
    releases.publish("0.2.0", program("0.2.0"));
    let config = format!("{{gateway: {{tls: {{enabled: true}}}}, update: {}}}", releases.config());
    let mut gateway = TestGateway::builder().config(&config).start();
    gateway.stop();
    let state_dir = gateway.state_dir();
    let staged = run(&["update", "--yes"], &[("POSTERN_STATE_DIR", state_dir.to_str().unwrap())]);
    assert_eq!(staged.code, 0, "{staged:?}");
    gateway = gateway.start_again();
    assert_eq!(gateway.ready["version"], "0.2.0");
    phase(&state_dir, &["confirmed"]).await;
}
