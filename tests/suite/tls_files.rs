//! Certificate files of the operator: taken over while running, checked, and never replaced by no encryption. T-08.

use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, InProcess, Issued, START_MS, TestGateway, run, until};

const LASTING: (i32, i32) = (2020, 2040);
const NAMES: [&str; 2] = ["gate.example", "127.0.0.1"];

fn operator() -> Connect {
    Connect::operator(&Device::new("desk"), &["operator.admin"])
}

async fn tls_status(client: &mut Client) -> Value {
    client.ok("remote.status", json!({})).await["tls"].clone()
}

/// Asks until the status fits.
async fn until_tls(client: &mut Client, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let started = std::time::Instant::now();
    loop {
        let tls = tls_status(client).await;
        if fits(&tls) {
            return tls;
        }
        assert!(started.elapsed() < crate::harness::DEADLINE, "timed out waiting for {what}: {tls}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// New files are served to new connections; those that are there go on; a broken pair changes nothing and is told.
#[tokio::test]
async fn new_files_are_taken_over_without_dropping_anybody() {
    let folder = tempfile::tempdir().unwrap();
    let first = Issued::new(folder.path(), &NAMES, LASTING);
    let next = Issued::new(&folder.path().join("next"), &NAMES, LASTING);
    let gateway = InProcess::with(&first.config(""), |_| {}).await;
    let mut client = gateway.connect_tls(&first.fingerprint, &operator()).await.unwrap();
    let tls = tls_status(&mut client).await;
    assert_eq!((&tls["certPath"], &tls["problem"]), (&json!(first.cert), &Value::Null));
    assert_eq!(tls["names"], json!(NAMES));

    std::fs::copy(&next.cert, &first.cert).unwrap();
    let half = until_tls(&mut client, "the half pair", |tls| tls["problem"].is_string()).await;
    assert!(half["problem"].as_str().unwrap().contains("does not belong to the certificate"), "{half}");
    assert_eq!(gateway.shown_certificate().await.unwrap(), first.fingerprint, "the old pair stays");
    let warnings = client.ok("status", json!({})).await["warnings"].to_string();
    assert!(warnings.contains(first.key.to_str().unwrap()), "{warnings}");

    std::fs::copy(&next.key, &first.key).unwrap();
    let whole = until_tls(&mut client, "the new pair", |tls| tls["fingerprint"] == next.fingerprint).await;
    assert_eq!(whole["problem"], Value::Null);
    assert_eq!(gateway.shown_certificate().await.unwrap(), next.fingerprint);
    client.ok("health", json!({})).await;
    gateway.connect_tls(&next.fingerprint, &operator()).await.unwrap();

    std::fs::remove_file(&first.cert).unwrap();
    until_tls(&mut client, "the missing file", |tls| tls["problem"].is_string()).await;
    assert_eq!(gateway.shown_certificate().await.unwrap(), next.fingerprint);
}

/// Files that cannot be used at the start are told with the fix, and something encrypted is served in their place.
#[tokio::test]
async fn files_that_cannot_be_used_are_told_and_encryption_stays() {
    let folder = tempfile::tempdir().unwrap();
    let one = Issued::new(&folder.path().join("one"), &NAMES, LASTING);
    let other = Issued::new(&folder.path().join("other"), &NAMES, LASTING);
    let mixed = Issued { key: other.key.clone(), ..one.clone() };
    let gateway = TestGateway::builder().config(&mixed.config("")).start();
    let pin = gateway.ready["tlsFingerprint"].as_str().unwrap();
    assert!(pin != one.fingerprint && pin != other.fingerprint);
    let mut client = gateway.connect_tls(pin, &operator()).await.unwrap();
    let tls = tls_status(&mut client).await;
    assert!(tls["problem"].as_str().unwrap().contains(other.key.to_str().unwrap()), "{tls}");
    assert_eq!(gateway.http("GET", "/health", &Caller::local(), "").await.status, 400, "never plain instead");
}

/// Told to make none and given none that works, the port speaks to nobody: neither plain nor in TLS, here or elsewhere.
/// Commands of this machine still learn why, and a certificate is served as soon as it is there.
#[tokio::test]
async fn without_any_certificate_the_port_answers_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let issued = Issued::new(folder.path(), &NAMES, LASTING);
    let aside = folder.path().join("aside.pem");
    for (broken, why) in [(None, "does not exist"), (Some("no certificate"), "cert.pem")] {
        std::fs::rename(&issued.cert, &aside).unwrap();
        broken.into_iter().for_each(|text| std::fs::write(&issued.cert, text).unwrap());
        let gateway = TestGateway::builder().config(&issued.config(", autoGenerate: false")).start();
        assert_eq!(gateway.ready["tlsFingerprint"], Value::Null);
        assert!(gateway.ready["url"].as_str().unwrap().starts_with("wss://"), "{}", gateway.ready);
        let refused = gateway.upgrade(&Caller::local()).await.err().expect("ws in place of wss");
        assert_eq!(refused.status, 400);
        assert_eq!(gateway.http("GET", "/health", &Caller::local(), "").await.status, 400);
        let error = gateway.tls(&issued.fingerprint).await.unwrap_err();
        assert!(error.to_string().contains("HandshakeFailure"), "{error}");

        let (state, token) = (gateway.state_dir(), crate::harness::TOKEN);
        let here = |args: &[&str]| {
            run(args, &[("POSTERN_STATE_DIR", state.to_str().unwrap()), ("POSTERN_GATEWAY_TOKEN", token)])
        };
        let status = here(&["status", "--json"]);
        assert_eq!(status.code, 0, "{status:?}");
        let status = status.json();
        let warnings = status["warnings"].to_string();
        assert!(warnings.contains(why) && warnings.contains("the port answers nobody"), "{warnings}");
        assert_eq!(status["urls"], json!([]), "no address works");
        let remote = here(&["remote", "--json"]).json();
        assert!(remote["tls"]["enabled"] == true && remote["tls"]["problem"].is_string(), "{remote}");
        assert!(here(&["doctor", "--json"]).stdout.contains(why));

        std::fs::rename(&aside, &issued.cert).unwrap();
        until_shown(&gateway, &issued.fingerprint).await;
        gateway.connect_tls(&issued.fingerprint, &operator()).await.unwrap().ok("health", json!({})).await;
        assert_eq!(here(&["remote", "--json"]).json()["tls"]["fingerprint"], issued.fingerprint);
    }
}

async fn until_shown(gateway: &TestGateway, fingerprint: &str) {
    let started = std::time::Instant::now();
    while gateway.shown_certificate().await.as_deref() != Some(fingerprint) {
        assert!(started.elapsed() < crate::harness::DEADLINE, "timed out waiting for the certificate");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// The end of a certificate is told three weeks before, and an expired one is still served to those who pinned it.
#[tokio::test]
async fn the_end_of_a_certificate_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let expiring = Issued::new(folder.path(), &NAMES, (2020, 2027));
    let gateway = InProcess::with(&expiring.config(""), |_| {}).await;
    let mut client = gateway.connect_tls(&expiring.fingerprint, &operator()).await.unwrap();
    let year = 365 * 86_400_000;
    assert_eq!(tls_status(&mut client).await["notAfterMs"], START_MS + year);
    let mut warned = Vec::new();
    for days_before in [22, 20, -1] {
        gateway.clock.advance_ms(START_MS + year - days_before * 86_400_000 - gateway.clock.now_ms());
        warned.push(client.ok("status", json!({})).await["warnings"].to_string());
    }
    assert!(!warned[0].contains("TLS"), "{warned:?}");
    assert!(warned[1].contains("expires in 20 days") && warned[1].contains("cert.pem"), "{warned:?}");
    assert!(warned[2].contains("has expired"), "{warned:?}");
    gateway.connect_tls(&expiring.fingerprint, &operator()).await.unwrap();
}

/// A certificate names its own gateway: a page under that name may talk to it, one under another may not.
#[tokio::test]
async fn names_of_the_certificate_are_names_of_the_gateway() {
    let folder = tempfile::tempdir().unwrap();
    let issued = Issued::new(folder.path(), &["*.example", "127.0.0.1"], LASTING);
    let gateway = InProcess::with(&issued.config(""), |_| {}).await;
    let page = |host: &str| Caller::page(&format!("https://{host}")).header("host", host);
    assert!(gateway.wss(&issued.fingerprint, &page("gate.example")).await.is_ok());
    let refused = gateway.wss(&issued.fingerprint, &page("gate.evil.example")).await.err().unwrap();
    assert_eq!(refused.status, 403);
}

/// A key that others can read is told.
#[cfg(unix)]
#[tokio::test]
async fn a_key_that_others_can_read_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let issued = Issued::new(folder.path(), &NAMES, LASTING);
    std::fs::set_permissions(&issued.key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let gateway = InProcess::with(&issued.config(""), |_| {}).await;
    let warnings = until("the warning", || Some(gateway.running.warnings()).filter(|all| !all.is_empty())).await;
    assert!(warnings[0].contains("chmod 600") && warnings[0].contains(issued.key.to_str().unwrap()), "{warnings:?}");
}
