//! The certificate in force: made, replaced, kept.

use super::*;

const NOW: i64 = 1_767_225_600_000;
const DAY: i64 = 86_400_000;

fn names() -> Names {
    Names { host: "desk".into(), tailnet: None, addresses: vec![] }
}

fn on(own: Option<CertificateFiles>, auto_generate: bool) -> TlsSettings {
    TlsSettings { enabled: true, auto_generate, own }
}

fn pair_in(folder: &Path) -> CertificateFiles {
    let files = files::default_files(folder);
    files::make(&files, &names(), NOW).unwrap();
    files
}

#[test]
fn the_pin_is_the_same_after_a_restart_and_known_to_this_machine() {
    let state = tempfile::tempdir().unwrap();
    let first = Tls::open(&on(None, true), state.path(), &names(), NOW).unwrap();
    let again = Tls::open(&on(None, true), state.path(), &names(), NOW + DAY).unwrap();
    assert_eq!(first.fingerprint(), again.fingerprint());
    assert!(first.warnings(NOW).is_empty(), "{:?}", first.warnings(NOW));
    let known = fs::read_to_string(fingerprint_file(state.path())).unwrap();
    assert_eq!(Some(known.trim()), first.fingerprint().as_deref());
    let off = Tls::open(&TlsSettings::default(), state.path(), &names(), NOW).unwrap();
    assert!(!off.is_on() && !fingerprint_file(state.path()).exists());
}

#[test]
fn an_unusable_pair_never_means_no_encryption() {
    let state = tempfile::tempdir().unwrap();
    let own = CertificateFiles { cert: "/nowhere/c.pem".into(), key: "/nowhere/k.pem".into(), chain: None };
    let served = Tls::open(&on(Some(own.clone()), true), state.path(), &names(), NOW).unwrap();
    let status = served.status();
    assert!(status.enabled && status.problem.unwrap().contains("/nowhere/c.pem does not exist"));
    assert!(served.warnings(NOW)[0].contains("/nowhere/c.pem"));
    assert!(fingerprint_file(state.path()).exists());
    let silent = Tls::open(&on(Some(own), false), state.path(), &names(), NOW).unwrap();
    assert!(silent.is_on() && silent.is_silent() && silent.acceptor().is_none() && silent.fingerprint().is_none());
    assert!(silent.warnings(NOW)[0].contains("/nowhere/c.pem"));
    assert!(!fingerprint_file(state.path()).exists(), "nothing is pinned that is not served");
}

#[test]
fn what_a_first_start_made_is_not_a_change() {
    let state = tempfile::tempdir().unwrap();
    let tls = Tls::open(&on(None, true), state.path(), &names(), NOW).unwrap();
    assert!(!tls.look() && !tls.look() && !tls.look());
}

#[test]
fn a_damaged_pair_of_the_gateway_itself_is_put_aside() {
    let state = tempfile::tempdir().unwrap();
    let files = files::default_files(state.path());
    let first = Tls::open(&on(None, true), state.path(), &names(), NOW).unwrap().fingerprint();
    fs::write(&files.key, "damaged").unwrap();
    let second = Tls::open(&on(None, true), state.path(), &names(), NOW).unwrap();
    assert_ne!(first, second.fingerprint());
    assert_eq!(fs::read_to_string(state.path().join("gateway/tls/gateway-key.pem.broken")).unwrap(), "damaged");
    assert!(second.warnings(NOW)[0].contains("gateway-key.pem"), "clients that pinned it must be told");
}

#[test]
fn a_new_pair_is_taken_over_once_it_stands_still_and_a_broken_one_is_not() {
    let (state, issuer) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let own = pair_in(issuer.path());
    let next = pair_in(&issuer.path().join("next"));
    let tls = Tls::open(&on(Some(own.clone()), true), state.path(), &names(), NOW).unwrap();
    let first = tls.fingerprint();
    assert!(!tls.look(), "nothing has changed");
    fs::copy(&next.cert, &own.cert).unwrap();
    assert!(!tls.look(), "it may still be changing");
    assert!(tls.look(), "half a pair is told");
    assert_eq!(tls.fingerprint(), first, "and not served");
    assert!(tls.status().problem.unwrap().contains("does not belong"));
    assert!(!tls.look(), "it is told once");
    fs::copy(&next.key, &own.key).unwrap();
    assert!(!tls.look() && tls.look());
    let fresh = tls.status();
    assert_ne!(fresh.fingerprint, first);
    assert_eq!(fresh.problem, None);
    assert_eq!(fs::read_to_string(fingerprint_file(state.path())).unwrap().trim(), fresh.fingerprint.unwrap());
}

#[test]
fn the_end_of_a_certificate_is_told_three_weeks_before() {
    let state = tempfile::tempdir().unwrap();
    let tls = Tls::open(&on(None, true), state.path(), &names(), NOW).unwrap();
    let end = tls.status().not_after_ms.unwrap();
    assert!(tls.warnings(end - 22 * DAY).is_empty());
    assert!(tls.warnings(end - 20 * DAY)[0].contains("expires in 20 days"));
    assert!(tls.warnings(end + DAY)[0].contains("has expired"));
    assert!(tls.warnings(NOW - 400 * DAY)[0].contains("not valid yet"));
}

#[test]
fn a_star_stands_for_one_label() {
    for (name, host, fits) in [
        ("gate.example", "GATE.example", true),
        ("*.example", "gate.example", true),
        ("*.example", "a.gate.example", false),
        ("*.example", "example", false),
        ("gate.example", "gate.example.evil", false),
        ("192.168.1.5", "192.168.1.5", true),
    ] {
        assert_eq!(matches(name, host), fits, "{name} {host}");
    }
}
