//! Being found on the local network, and finding, with real mDNS on a network of its own. DEMAND §2 "Discovery & TLS
//! pinning": only on request, as little as possible, and nothing that is heard is believed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use mdns_sd::{Receiver, ResolvedService, ServiceDaemon, ServiceEvent, ServiceInfo};
use serde_json::{Value, json};

use crate::harness::{
    Cli, DEADLINE, DNS_NAME, Device, InProcess, LAN_IP, TOKEN, Tailnet, TestGateway, on_own_network, plug_in, run,
    until,
};

const OPENCLAW: &str = "_openclaw-gw._tcp.local.";
const POSTERN: &str = "_postern-gw._tcp.local.";
const MINIMAL: &str = "{gateway: {bind: 'lan'}, discovery: {mdns: {mode: 'minimal'}}}";
const MINIMAL_TLS: &str = "{gateway: {bind: 'lan', tls: {enabled: true}}, discovery: {mdns: {mode: 'minimal'}}}";

/// Somebody on the network.
struct Listener {
    daemon: ServiceDaemon,
    events: [Receiver<ServiceEvent>; 2],
    /// What is there, by full name.
    seen: BTreeMap<String, ResolvedService>,
    /// Every name that ever was.
    ever: BTreeSet<String>,
}

impl Listener {
    fn new() -> Self {
        let daemon = ServiceDaemon::new().unwrap();
        let events = [OPENCLAW, POSTERN].map(|kind| daemon.browse(kind).unwrap());
        Self { daemon, events, seen: BTreeMap::new(), ever: BTreeSet::new() }
    }

    /// One who asks nothing, and hears only what is told unasked.
    fn silent() -> Self {
        let daemon = ServiceDaemon::new().unwrap();
        daemon.accept_unsolicited(true).unwrap();
        let events = [OPENCLAW, POSTERN].map(|kind| daemon.browse_cache(kind).unwrap());
        Self { daemon, events, seen: BTreeMap::new(), ever: BTreeSet::new() }
    }

    fn listen(&mut self) {
        for event in self.events.iter().flat_map(Receiver::try_iter) {
            match event {
                ServiceEvent::ServiceResolved(service) => {
                    self.ever.insert(service.get_fullname().to_owned());
                    self.seen.insert(service.get_fullname().to_owned(), *service);
                }
                ServiceEvent::ServiceRemoved(_, name) => drop(self.seen.remove(&name)),
                _ => {}
            }
        }
    }

    /// Waits until what is there fits.
    async fn until<T>(&mut self, what: &str, wanted: impl Fn(&Self) -> Option<T>) -> T {
        until(what, || {
            self.listen();
            wanted(self)
        })
        .await
    }

    /// Waits for both names of a gateway.
    async fn both(&mut self, name: &str) -> [ResolvedService; 2] {
        let names = [format!("{name} (OpenClaw).{OPENCLAW}"), format!("{name}.{POSTERN}")];
        self.until(name, |own| {
            let [one, other] = names.each_ref().map(|name| own.seen.get(name).cloned());
            Some([one?, other?])
        })
        .await
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        drop(self.daemon.shutdown());
    }
}

fn txt(service: &ResolvedService) -> BTreeMap<String, String> {
    service.get_properties().iter().map(|one| (one.key().to_owned(), one.val_str().to_owned())).collect()
}

fn named(name: &str, config: &str) -> TestGateway {
    TestGateway::builder().config(config).env("POSTERN_MDNS_HOSTNAME", name).start()
}

/// A command of another machine: a state folder of its own.
fn elsewhere(folder: &Path, args: &[&str]) -> Cli {
    run(args, &[("POSTERN_STATE_DIR", folder.to_str().unwrap()), ("POSTERN_GATEWAY_TOKEN", TOKEN)])
}

fn found(folder: &Path) -> Vec<Value> {
    let told = elsewhere(folder, &["discover", "--json"]);
    assert_eq!(told.code, 0, "{told:?}");
    told.json()["gateways"].as_array().unwrap().clone()
}

/// Looks until a gateway of this name is found and fits.
fn look_for(folder: &Path, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let started = std::time::Instant::now();
    loop {
        let rows = found(folder);
        if let Some(row) = rows.iter().find(|row| row["name"] == name && wanted(row)) {
            return row.clone();
        }
        assert!(started.elapsed() < DEADLINE, "{name} is not there: {rows:?}");
    }
}

/// Both types, the certificate, no more than minimal; and all of it is taken back at the end.
#[tokio::test]
async fn the_network_is_told_the_least_and_the_end() {
    if !on_own_network("suite::discovery::the_network_is_told_the_least_and_the_end") {
        return;
    }
    let mut listener = Listener::new();
    let mut gateway = named("desk.home.example", MINIMAL_TLS);
    let fingerprint = gateway.ready["tlsFingerprint"].as_str().unwrap().to_owned();
    let port = gateway.port.to_string();
    for service in listener.both("desk").await {
        assert_eq!((service.get_port(), service.get_hostname()), (gateway.port, "desk.local."));
        let addresses: Vec<String> = service.get_addresses().iter().map(|ip| ip.to_ip_addr().to_string()).collect();
        assert_eq!(addresses, [LAN_IP], "neither loopback nor what is not listened on");
        let wanted = [
            ("displayName", "desk"),
            ("gatewayDirectReachable", "1"),
            ("gatewayPort", &port),
            ("gatewayTls", "1"),
            ("gatewayTlsSha256", &fingerprint),
            ("lanHost", "desk.local"),
            ("role", "gateway"),
            ("transport", "gateway"),
        ];
        assert_eq!(txt(&service), wanted.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    }
    let state = gateway.state_dir();
    let status = elsewhere(&state, &["remote", "--json"]).json();
    let status = status["discovery"].clone();
    assert_eq!(status, json!({"mode": "minimal", "advertised": true, "name": "desk (OpenClaw)"}));
    assert!(gateway.stop().0.success());
    listener.until("the end", |own| own.seen.is_empty().then_some(())).await;
}

/// Off unless asked for; off for whoever switches it off outside; and never where nobody could come, which is said.
#[tokio::test]
async fn nobody_is_told_unasked_or_in_vain() {
    if !on_own_network("suite::discovery::nobody_is_told_unasked_or_in_vain") {
        return;
    }
    let mut listener = Listener::new();
    let _default = named("unasked", "{gateway: {bind: 'lan'}}");
    let loopback = named("loopback", "{discovery: {mdns: {mode: 'full'}}}");
    let off = TestGateway::builder().config(MINIMAL).env("POSTERN_MDNS_HOSTNAME", "switched");
    let off = off.env("OPENCLAW_DISABLE_BONJOUR", "1").start();
    // One that is told, after them and on the same network: by then they would have been heard.
    let _told = named("told", MINIMAL);
    listener.both("told").await;
    let again = Listener::new().both("told").await;
    assert_eq!(again.len(), 2);
    listener.listen();
    assert_eq!(listener.ever.len(), 2, "{:?}", listener.ever);

    let warnings = loopback.cli(&["status", "--json"]).json()["warnings"].to_string();
    assert!(warnings.contains("discovery.mdns.mode is full") && warnings.contains("gateway.bind to lan"), "{warnings}");
    let mut client = off.op(&Device::new("desk"), &["operator.read"]).await;
    let status = client.ok("remote.status", json!({})).await;
    assert_eq!(status["discovery"], json!({"mode": "off", "advertised": false}));
    let config = client.ok("config.get", json!({})).await;
    let by = json!({"path": "discovery.mdns.mode", "by": "OPENCLAW_DISABLE_BONJOUR"});
    assert!(config["overridden"].as_array().unwrap().contains(&by), "{config}");
}

/// Where the canvas has a port of its own, old clients are told which; where it has none, there is nothing to tell.
#[tokio::test]
async fn the_port_of_the_canvas_is_told() {
    if !on_own_network("suite::discovery::the_port_of_the_canvas_is_told") {
        return;
    }
    let mut listener = Listener::new();
    let with = |canvas_host: &str| MINIMAL.replace("discovery:", &format!("canvasHost: {canvas_host}, discovery:"));
    let _own = named("own", &with("{port: 18793}"));
    let _off = named("off", &with("{port: 18794, enabled: false}"));
    for service in listener.both("own").await {
        assert_eq!(txt(&service).get("canvasPort").map(String::as_str), Some("18793"));
    }
    drop(std::net::TcpStream::connect((LAN_IP, 18_793)).expect("what is told is there"));
    for service in listener.both("off").await {
        assert_eq!(txt(&service).get("canvasPort"), None);
    }
}

/// A changed setting is felt at once, in both directions; `full` tells more, also the name in the tailnet.
#[tokio::test]
async fn a_changed_setting_is_felt_at_once() {
    if !on_own_network("suite::discovery::a_changed_setting_is_felt_at_once") {
        return;
    }
    let tailnet = Tailnet::new();
    let config = tailnet.config(json!({"bind": "lan"}));
    let gateway = TestGateway::builder().config(&config).env("PATH", &tailnet.path()).env("OPENCLAW_SSH_PORT", "2222");
    let gateway = gateway.env("CLAWDBOT_MDNS_HOSTNAME", "desk").start();
    let mut listener = Listener::new();
    let set = |mode: &str| {
        let done = gateway.cli(&["config", "set", "discovery.mdns.mode", mode]);
        assert_eq!(done.code, 0, "{done:?}");
    };
    set("minimal");
    let [service, _] = listener.both("desk").await;
    assert!(!txt(&service).contains_key("sshPort"));
    set("full");
    let full = listener
        .until("more", |own| {
            let mut rows = own.seen.values().map(txt).filter(|txt| txt.contains_key("sshPort"));
            Some([rows.next()?, rows.next()?])
        })
        .await;
    for txt in full {
        assert_eq!((txt["sshPort"].as_str(), txt["tailnetDns"].as_str()), ("2222", DNS_NAME));
        assert!(txt["cliPath"].ends_with("postern"), "{txt:?}");
    }
    set("off");
    listener.until("the end", |own| own.seen.is_empty().then_some(())).await;
    set("minimal");
    listener.both("desk").await;
}

/// A network that comes later hears of the gateway too.
#[tokio::test]
async fn a_new_network_hears_of_it() {
    if !on_own_network("suite::discovery::a_new_network_hears_of_it") {
        return;
    }
    let gateway = named("desk", MINIMAL);
    let folder = tempfile::tempdir().unwrap();
    let row = look_for(folder.path(), "desk", |_| true);
    assert_eq!((&row["addresses"], &row["port"]), (&json!([LAN_IP]), &json!(gateway.port)));
    plug_in("later0", "10.78.0.1");
    let row = look_for(folder.path(), "desk", |row| row["addresses"] == json!([LAN_IP, "10.78.0.1"]));
    assert_eq!(row["url"], format!("ws://{LAN_IP}:{}", gateway.port));
}

/// After sleep the network is told again, unasked; the thread ends with the gateway.
#[tokio::test]
async fn it_is_told_again_after_sleep_and_no_thread_stays() {
    if !on_own_network("suite::discovery::it_is_told_again_after_sleep_and_no_thread_stays") {
        return;
    }
    let gateway = InProcess::with(MINIMAL, |options| {
        options.overrides.machine.host_name = Some("desk".to_owned());
        options.limits.wake_interval = std::time::Duration::from_millis(20);
    })
    .await;
    Listener::new().both("desk").await;
    // What a start tells comes in two parts, a second apart. After two seconds without a word there is no more of it.
    let mut silent = loop {
        let mut silent = Listener::silent();
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        silent.listen();
        if silent.ever.is_empty() {
            break silent;
        }
    };
    gateway.clock.advance_ms(600_000);
    silent.both("desk").await;
    drop(silent);
    gateway.running.shutdown("the test ends").await;
    let is_its = |comm: String| comm.starts_with("mDNS_daemon");
    until("the threads to end", || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap().map(Result::unwrap);
        let mut names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
        (!names.any(is_its)).then_some(())
    })
    .await;
}

/// Two gateways of one name get along, and `postern discover` shows each once, whatever its types.
#[tokio::test]
async fn gateways_of_one_name_are_both_found_once() {
    if !on_own_network("suite::discovery::gateways_of_one_name_are_both_found_once") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let nobody = elsewhere(folder.path(), &["discover", "--timeout", "300"]);
    assert!(nobody.code == 0 && nobody.stdout.contains("discovery.mdns.mode minimal"), "{nobody:?}");
    let (one, other) = (named("desk", MINIMAL), named("desk", MINIMAL_TLS));
    let started = std::time::Instant::now();
    let rows = loop {
        let rows = found(folder.path());
        if rows.len() == 2 && rows.iter().all(|row| row["types"].as_array().unwrap().len() == 2) {
            break rows;
        }
        assert!(started.elapsed() < DEADLINE, "{rows:?}");
    };
    let row = |port: u16| rows.iter().find(|row| row["port"] == port).unwrap_or_else(|| panic!("{port}: {rows:?}"));
    let (plain, tls) = (row(one.port), row(other.port));
    assert_eq!(plain["types"], json!(["_openclaw-gw._tcp", "_postern-gw._tcp"]), "{plain}");
    assert_eq!(plain["url"], format!("ws://{LAN_IP}:{}", one.port));
    assert_eq!((&plain["fingerprint"], &plain["tls"]), (&Value::Null, &json!(false)));
    assert_eq!(tls["url"], format!("wss://{LAN_IP}:{}", other.port));
    assert_eq!(tls["fingerprint"], json!({"sha256": other.ready["tlsFingerprint"], "verified": false}));
    let text = elsewhere(folder.path(), &["gateway", "discover"]);
    assert!(text.stdout.contains("(unverified)") && text.stdout.contains("not encrypted"), "{text:?}");
}

/// Says that a gateway is there.
fn claim(daemon: &ServiceDaemon, name: &str, (host, port): (&str, u16), txt: &[(&str, &str)]) {
    let info = ServiceInfo::new(OPENCLAW, name, host, LAN_IP, port, txt).unwrap();
    daemon.register(info).unwrap();
}

/// CVE-2026-26327: whoever is on the network writes what they like into a TXT record. It neither leads anywhere, nor
/// becomes the certificate by which a gateway is known, nor takes encryption away from one that is known.
#[tokio::test]
async fn what_a_record_claims_overrides_no_pin_and_no_address() {
    if !on_own_network("suite::discovery::what_a_record_claims_overrides_no_pin_and_no_address") {
        return;
    }
    let gateway = TestGateway::builder().config("{gateway: {bind: 'lan', tls: {enabled: true}}}").start();
    let real = gateway.ready["tlsFingerprint"].as_str().unwrap().to_owned();
    let evil = "e1".repeat(32);
    let folder = tempfile::tempdir().unwrap();
    let pins = || std::fs::read_to_string(folder.path().join("remote-pins.json")).ok();
    let daemon = ServiceDaemon::new().unwrap();
    let port = gateway.port;
    let lies = [("gatewayTls", "1"), ("gatewayTlsSha256", evil.as_str()), ("lanHost", "evil.local")];
    let more = [("gatewayPort", "1"), ("tailnetDns", "evil.ts.net"), ("displayName", "Desk\u{1b}[2J\u{202e}")];
    claim(&daemon, "Desk (OpenClaw)", ("liar.local.", port), &[&lies[..], &more[..]].concat());

    // The address is the one of DNS, the name is harmless, and the fingerprint is a claim.
    let url = format!("wss://{LAN_IP}:{port}");
    let row = look_for(folder.path(), "Desk[2J", |_| true);
    assert_eq!((&row["url"], &row["port"]), (&json!(url), &json!(port)));
    assert_eq!((&row["fingerprint"], &row["confirmed"]), (&json!({"sha256": evil, "verified": false}), &Value::Null));
    assert!(!row["url"].to_string().contains("evil"));
    let shown = elsewhere(folder.path(), &["discover"]);
    assert!(!shown.stdout.contains(['\u{1b}', '\u{202e}']), "{shown:?}");

    // Without somebody who confirms it nothing is kept, and what is offered is what the handshake showed.
    let refused = elsewhere(folder.path(), &["remote", "add", "liar.local"]);
    assert_eq!(refused.code, 5, "{refused:?}");
    assert!(refused.stderr.contains(&real) && !refused.stderr.contains(&evil), "{refused:?}");
    assert!(refused.stderr.contains("claims another one"), "{refused:?}");
    assert_eq!(pins(), None);
    let unknown = elsewhere(folder.path(), &["health", "--url", &url]);
    assert_eq!(unknown.code, 5, "what a record says is not enough to connect: {unknown:?}");

    // Confirmed once, no record changes it, and the gateway is still known by it.
    assert_eq!(elsewhere(folder.path(), &["remote", "trust", &url, "--tls-fingerprint", &real]).code, 0);
    let kept = pins();
    let row = look_for(folder.path(), "Desk[2J", |_| true);
    assert_eq!(row["confirmed"], real);
    let shown = elsewhere(folder.path(), &["discover"]);
    assert!(shown.stdout.contains("claims another one") && shown.stdout.contains("not believed"), "{shown:?}");
    assert_eq!(
        elsewhere(folder.path(), &["remote", "add", "liar.local"]).code,
        0,
        "it shows the certificate it is known by"
    );
    let health = elsewhere(folder.path(), &["health", "--url", &url]);
    assert!(health.code != 5 || !health.stderr.contains("certificate"), "{health:?}");
    assert!(kept.is_some() && pins().unwrap().contains(&real) && !pins().unwrap().contains(&evil));

    // A record that says nothing of encryption takes none away.
    claim(&daemon, "Plain (OpenClaw)", ("plain.local.", port), &[("role", "gateway")]);
    let plain = look_for(folder.path(), "Plain", |_| true);
    assert_eq!((&plain["tls"], &plain["url"]), (&json!(false), &json!(url)));
    drop(daemon.shutdown());
}

/// The same certificate claimed by another gateway: what counts is what that one shows.
#[tokio::test]
async fn a_borrowed_fingerprint_is_worth_nothing() {
    if !on_own_network("suite::discovery::a_borrowed_fingerprint_is_worth_nothing") {
        return;
    }
    let tls = "{gateway: {bind: 'lan', tls: {enabled: true}}}";
    let (real, impostor) = (TestGateway::builder().config(tls).start(), TestGateway::builder().config(tls).start());
    let fingerprint = |gateway: &TestGateway| gateway.ready["tlsFingerprint"].as_str().unwrap().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let daemon = ServiceDaemon::new().unwrap();
    let borrowed = fingerprint(&real);
    claim(&daemon, "Desk (OpenClaw)", ("desk.local.", impostor.port), &[("gatewayTlsSha256", &borrowed)]);
    look_for(folder.path(), "Desk", |row| row["fingerprint"]["sha256"] == borrowed.as_str());
    let refused = elsewhere(folder.path(), &["remote", "add", "Desk"]);
    assert_eq!(refused.code, 5, "{refused:?}");
    assert!(
        refused.stderr.contains(&fingerprint(&impostor)) && refused.stderr.contains("claims another"),
        "{refused:?}"
    );
    assert!(!folder.path().join("remote-pins.json").exists());
    let missing = elsewhere(folder.path(), &["remote", "add", "Nobody", "--timeout", "500"]);
    assert!(missing.code == 3 && missing.stderr.contains("postern discover"), "{missing:?}");
    drop(daemon.shutdown());
}

/// What is not supported is said, and nothing else comes of it.
#[test]
fn a_domain_to_be_found_in_is_not_supported_and_said() {
    let gateway =
        TestGateway::builder().config("{discovery: {wideArea: {enabled: true, domain: 'home.internal.'}}}").start();
    let warnings = gateway.cli(&["status", "--json"]).json()["warnings"].to_string();
    assert!(warnings.contains("discovery.wideArea is not supported"), "{warnings}");
}
