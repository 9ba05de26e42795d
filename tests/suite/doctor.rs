//! The doctor: what it sees in a healthy installation and in a hurt one, what it repairs and what it leaves alone, on the
//! command line and over the wire (`doctor.run`, `doctor.fix`).

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::harness::{Cli, Device, TestGateway, run};

#[track_caller]
fn check<'a>(report: &'a Value, id: &str) -> &'a Value {
    let checks = report["checks"].as_array().unwrap_or_else(|| panic!("no report: {report}"));
    checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no {id} in {report}"))
}

fn doctor(state: &Path, args: &[&str]) -> Cli {
    run(&[&["doctor", "--json"], args].concat(), &[("POSTERN_STATE_DIR", state.to_str().unwrap())])
}

/// A gateway that is well: no check fails, the command ends with 0, and asking over the wire says the same.
#[tokio::test]
async fn a_healthy_gateway_is_called_healthy() {
    let gateway = TestGateway::start();
    let asked = doctor(&gateway.state_dir(), &[]);
    let report = asked.json();
    assert_eq!((asked.code, &report["ok"]), (0, &json!(true)), "{report:#}");
    for id in ["state-folder", "state-rights", "database", "config", "gateway", "credentials", "crashes", "clock"] {
        assert_eq!(check(&report, id)["status"], "ok", "{report:#}");
    }
    let mut client = gateway.op(&Device::new("reads"), &["operator.read"]).await;
    let over_the_wire = client.ok("doctor.run", json!({})).await;
    let outcomes = |report: &Value| -> Vec<(String, String)> {
        let rows = report["checks"].as_array().unwrap().iter();
        rows.map(|row| (row["id"].to_string(), row["status"].to_string()))
            .filter(|(id, _)| !id.contains("port"))
            .collect()
    };
    assert_eq!(outcomes(&over_the_wire), outcomes(&report));
    let only = client.ok("doctor.run", json!({"ids": ["disk"]})).await;
    assert_eq!(only["checks"].as_array().unwrap().len(), 1);
    let unknown = client.err("doctor.run", json!({"ids": ["nonsense"]})).await;
    assert!(unknown["message"].as_str().unwrap().contains("there is no check `nonsense`"), "{unknown}");
    let refused = client.err("doctor.fix", json!({"ids": ["temp-files"]})).await;
    assert!(refused["message"].as_str().unwrap().contains("operator.admin"), "{refused}");
}

/// What is hurt is named with what to do, and `--fix` repairs what loses nothing, nothing else.
#[tokio::test]
async fn what_can_be_repaired_is_repaired_and_nothing_else() {
    let gateway =
        TestGateway::builder().config("{agents: {list: [{id: \"main\", workspace: \"/nonexistent/place\"}]}}").start();
    let state = gateway.state_dir();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let database = state.join("postern.sqlite");
    fs::set_permissions(&state, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&database, fs::Permissions::from_mode(0o644)).unwrap();
    let stale = state.join(".postern-AbCdEf");
    fs::write(&stale, "half").unwrap();
    fs::File::options().write(true).open(&stale).unwrap().set_modified(from_now(-9_000)).unwrap();
    let young = state.join(".postern-Young1");
    fs::write(&young, "a write that is under way").unwrap();

    let asked = doctor(&state, &[]);
    let report = asked.json();
    assert_eq!((asked.code, &report["ok"]), (1, &json!(false)), "{report:#}");
    assert_eq!(check(&report, "state-folder")["status"], "fail");
    let rights = check(&report, "state-rights");
    assert!(rights["detail"].as_str().unwrap().contains("postern.sqlite"), "{rights}");
    let command = rights["fix"]["command"].as_str().unwrap();
    assert!(command.ends_with("doctor --fix --only state-rights"), "{command}");
    assert_eq!(check(&report, "temp-files")["status"], "warn");
    assert_eq!((mode(&state), mode(&database)), (0o755, 0o644), "looking changes nothing");

    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let by_hand = admin.err("doctor.fix", json!({"ids": ["database"]})).await;
    assert!(by_hand["message"].as_str().unwrap().contains("cannot be repaired automatically"), "{by_hand}");
    assert_eq!(mode(&database), 0o644);
    let ids = json!({"ids": ["state-folder", "state-rights", "temp-files"]});
    let fixed = admin.ok("doctor.fix", ids.clone()).await;
    let repairs = fixed["repairs"].as_array().unwrap();
    assert!(repairs.len() == 3 && repairs.iter().all(|repair| repair["fixed"] == true), "{fixed:#}");
    assert_eq!((mode(&state), mode(&database)), (0o700, 0o600));
    assert!(!stale.exists() && young.exists(), "a write that is under way is left alone");
    assert_eq!(check(&fixed["report"], "state-rights")["status"], "ok");
    let again = admin.ok("doctor.fix", ids).await;
    assert_eq!(again["repairs"][1]["detail"], "nothing to do", "{again}");
}

/// What agents and other programs have below the state folder is not the doctor's, whatever it is called; programs stay
/// programs; and rights that nobody can use are no failure.
#[test]
fn only_files_of_the_gateway_are_repaired() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");
    let put = |name: &str, mode: u32| {
        let path = state.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "{}").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let long_ago = from_now(-9_000);
        fs::File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
        path
    };
    let foreign = [
        put("projects/run.sh", 0o755),
        put("projects/.postern-notes", 0o644),
        put("before-restore-x/workspace/run.sh", 0o755),
        put("before-restore-x/workspace/.postern-mine", 0o600),
        put("trash/old-1/run.sh", 0o755),
        put("logs/agent/run.sh", 0o755),
        put("somebodys.txt", 0o644),
    ];
    let config = r#"{agents: {list: [{id: "main", workspace: "projects"}, {id: "odd", workspace: "logs/agent"}]}}"#;
    fs::write(state.join("postern.json"), config).unwrap();
    let linked = put("gateway/tls/linked.pem", 0o644);
    fs::hard_link(&linked, home.path().join("elsewhere.pem")).unwrap();
    let (program, version) = (put("update/slot/postern", 0o755), put("config-versions/1.json", 0o644));
    let stale = put("logs/.postern-AbCdEf", 0o600);
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let before: Vec<u32> = foreign.iter().map(|path| mode(path)).collect();

    let report = doctor(&state, &["--only", "state-rights"]).json();
    let rights = check(&report, "state-rights");
    assert_eq!(rights["status"], "warn", "nobody gets through the folder above: {rights}");
    let fixed = doctor(&state, &["--fix", "--yes", "--only", "state-rights", "--only", "temp-files"]).json();
    assert_eq!(fixed["repairs"].as_array().unwrap().len(), 2, "{fixed:#}");
    assert_eq!(foreign.iter().map(|path| mode(path)).collect::<Vec<_>>(), before);
    assert_eq!(mode(&linked), 0o644, "its other name is somebody's elsewhere");
    assert_eq!((mode(&program), mode(&version)), (0o700, 0o600));
    assert!(!stale.exists());
}

/// Nobody is asked on the command line with `--yes`; without it and without a terminal nothing happens.
#[test]
fn the_command_asks_before_it_repairs() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");
    fs::create_dir(&state).unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o777)).unwrap();
    let asked = doctor(&state, &["--fix"]);
    assert_eq!(asked.code, 2, "{asked:?}");
    assert!(asked.stderr.contains("--yes"), "{asked:?}");
    let mode = || fs::metadata(&state).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o777);
    let fixed = doctor(&state, &["--fix", "--yes"]);
    assert_eq!(mode(), 0o700, "{fixed:?}");
    let repairs = fixed.json()["repairs"].clone();
    assert_eq!((&repairs[0]["id"], &repairs[0]["fixed"]), (&json!("state-folder"), &json!(true)), "{repairs}");
    let again = doctor(&state, &["--fix", "--yes"]);
    assert_eq!((again.code, &again.json()["repairs"]), (0, &json!([])), "{again:?}");
}

/// Without a gateway: a damaged database, a broken configuration, a port in other hands.
#[test]
fn what_is_broken_is_named_with_the_way_out() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");
    fs::create_dir(&state).unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
    let write = |name: &str, text: &str| {
        let path = state.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    };
    write("postern.sqlite", &"no database at all".repeat(500));
    write("postern.json", "{gateway: {port: \"many\", bnid: \"lan\"},\n agents: 7}");
    let asked = doctor(&state, &[]);
    let report = asked.json();
    assert_eq!(asked.code, 1);
    let database = check(&report, "database");
    assert_eq!(database["status"], "fail");
    let fix = database["fix"]["text"].as_str().unwrap();
    assert!(fix.contains("postern.sqlite-wal") && fix.contains("postern restore"), "{fix}");
    let config = check(&report, "config")["detail"].as_str().unwrap().to_owned();
    assert!(
        config.contains("gateway.port") && config.contains("line 2") && config.contains("agents"),
        "all at once: {config}"
    );
    assert_eq!(fs::read_to_string(state.join("postern.sqlite")).unwrap(), "no database at all".repeat(500));

    let other = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    write("postern.json", &format!("{{gateway: {{port: {}}}}}", other.local_addr().unwrap().port()));
    let report = doctor(&state, &["--only", "port"]).json();
    let port = check(&report, "port");
    assert!(port["status"] == "fail" && port["detail"].as_str().unwrap().contains("another program"), "{port}");
}

/// So many seconds from now, by the clock that the program reads.
#[expect(clippy::disallowed_methods, reason = "the command reads the real clock, so times of files are set by it")]
fn from_now(seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { SystemTime::now() - distance } else { SystemTime::now() + distance }
}

/// A clock that was set back is seen by the files that were written before.
#[test]
fn a_clock_that_was_set_back_is_seen() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");
    fs::create_dir(&state).unwrap();
    let path = state.join("starts.json");
    fs::write(&path, "{}").unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(from_now(7_200)).unwrap();
    let report = doctor(&state, &["--only", "clock"]).json();
    let clock = check(&report, "clock");
    assert!(clock["status"] == "warn" && clock["detail"].as_str().unwrap().contains("set back"), "{clock}");
}

/// A certificate that ends soon is told in time, one that has ended is a failure, and so is a key that others can read.
#[test]
fn a_certificate_is_watched() {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state");
    let key = rcgen::KeyPair::generate().unwrap();
    let (cert_path, key_path) = (home.path().join("cert.pem"), home.path().join("key.pem"));
    fs::create_dir(&state).unwrap();
    fs::write(&key_path, key.serialize_pem()).unwrap();
    fs::set_permissions(&key_path, fs::Permissions::from_mode(0o600)).unwrap();
    let config = json!({"gateway": {"tls": {"enabled": true, "certPath": cert_path, "keyPath": key_path}}});
    fs::write(state.join("postern.json"), config.to_string()).unwrap();
    let look = |until: (i32, u8, u8)| {
        let mut params = rcgen::CertificateParams::new(vec!["gateway.example".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(until.0, until.1, until.2);
        fs::write(&cert_path, params.self_signed(&key).unwrap().pem()).unwrap();
        let report = doctor(&state, &["--only", "tls"]).json();
        let row = check(&report, "tls");
        (row["status"].as_str().unwrap().to_owned(), row["detail"].as_str().unwrap().to_owned())
    };
    let (status, detail) = look((2021, 1, 1));
    assert!(status == "fail" && detail.contains("has expired"), "{detail}");
    let (status, detail) = look((2099, 1, 1));
    assert!(status == "ok" && detail.contains("cert.pem is valid"), "{detail}");
    fs::set_permissions(&key_path, fs::Permissions::from_mode(0o644)).unwrap();
    let (status, detail) = look((2099, 1, 1));
    assert!(status == "fail" && detail.contains("chmod 600"), "{detail}");
}

/// Another gateway of this user is seen wherever its state folder is.
#[test]
fn another_gateway_is_seen_wherever_its_folder_is() {
    let (one, other) = (TestGateway::start(), TestGateway::start());
    let told = doctor(&one.state_dir(), &["--only", "other-gateways"]).json();
    let detail = check(&told, "other-gateways")["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains(&format!("port {})", other.port)), "{detail}");
    assert!(detail.contains(other.state_dir().to_str().unwrap()), "{detail}");
    assert!(!detail.contains(&format!("port {})", one.port)), "{detail}");
}
