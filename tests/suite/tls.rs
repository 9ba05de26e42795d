//! TLS on the gateway's port: wss and https beside each other, and a plain word to everybody else. T-07, T-08, P16.

use std::time::Duration;

use postern_gateway::Limits;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::{Caller, Connect, DEADLINE, Device, InProcess, TestGateway, sha256};

const TLS: &str = "{gateway: {tls: {enabled: true}}}";
const ADMIN: [&str; 1] = ["operator.admin"];

fn operator() -> Connect {
    Connect::operator(&Device::new("desk"), &ADMIN)
}

/// T-07, T-08: the first start makes a certificate and prints what clients pin; wss works with it, ws does not.
#[tokio::test]
async fn the_first_start_makes_a_certificate_and_wss_works_with_it() {
    let gateway = TestGateway::builder().config(TLS).start();
    let pin = gateway.ready["tlsFingerprint"].as_str().unwrap().to_owned();
    assert_eq!(gateway.ready["url"], format!("wss://127.0.0.1:{}", gateway.port));
    let pem = std::fs::read_to_string(gateway.state_dir().join("gateway/tls/gateway-cert.pem")).unwrap();
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, body).unwrap();
    assert_eq!(sha256(&der), pin, "what is printed is the SHA-256 of the file");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |name: &str| {
            std::fs::metadata(gateway.state_dir().join("gateway/tls").join(name)).unwrap().permissions().mode() & 0o777
        };
        assert_eq!((mode("gateway-key.pem"), mode("")), (0o600, 0o700));
    }

    let mut client = gateway.connect_tls(&pin, &operator()).await.unwrap();
    let remote = client.ok("remote.status", json!({})).await;
    assert_eq!((&remote["tls"]["enabled"], &remote["tls"]["fingerprint"]), (&json!(true), &json!(pin)));
    assert_eq!(remote["tls"]["selfSigned"], true);
    assert_eq!(remote["urls"][0]["url"], format!("https://127.0.0.1:{}/", gateway.port));
    assert_eq!(remote["urls"][0]["socketUrl"], format!("wss://127.0.0.1:{}", gateway.port));
    assert_eq!(client.ok("status", json!({})).await["tlsFingerprint"], pin);

    let again = gateway.restart();
    assert_eq!(again.ready["tlsFingerprint"], pin, "a pin outlives a restart");
    assert!(again.tls(&"0".repeat(64)).await.is_err(), "another pin is not met");
}

/// T-07: a plain client is told the right address, whatever it asks for, and gets nothing else.
#[tokio::test]
async fn plain_clients_are_told_the_encrypted_address() {
    let gateway = InProcess::with(TLS, |_| {}).await;
    let answer = gateway.http("GET", "/health", &Caller::local(), "").await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains(&format!("https://127.0.0.1:{}/", gateway.port)), "{}", answer.body);
    let posted = gateway.http("POST", "/", &Caller::local(), "body").await;
    assert_eq!(posted.status, 400);
    let refused = gateway.upgrade(&Caller::local()).await.err().expect("ws on a port that speaks TLS");
    assert!(refused.status == 400 && refused.body.contains("wss://"), "{refused:?}");
    let evil = gateway.http("GET", "/", &Caller::local().header("host", "\"><script>"), "").await;
    assert!(!evil.body.contains("script"), "{}", evil.body);
}

/// Bytes of no protocol end the connection at once, and silence ends it at the deadline of headers.
#[tokio::test]
async fn garbage_and_silence_are_not_waited_for() {
    let limits = Limits { header_timeout: Duration::from_millis(150), ..Limits::default() };
    let gateway = InProcess::with(TLS, |options| options.limits = limits).await;
    let whole = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    for bytes in [&b"\x00\x01\x02\x03"[..], b"\xff", b"hello", b"", whole, b"\x16", b"GET / HTTP/1.1\r\n"] {
        let mut stream = TcpStream::connect(("127.0.0.1", gateway.port)).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        // A reset is an end too.
        let ended = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut answer)).await;
        assert!(ended.is_ok(), "{bytes:?} is kept waiting");
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{bytes:?}");
    }
    // Somebody who speaks gets in; the short deadline would be too short for that on a busy machine.
    let gateway = InProcess::with(TLS, |_| {}).await;
    let pin = gateway.running.tls_fingerprint().unwrap();
    gateway.connect_tls(&pin, &operator()).await.unwrap();
}

/// A thousand handshakes that are begun and never finished keep nobody out.
#[tokio::test]
async fn a_thousand_half_open_handshakes_block_nobody() {
    let gateway = InProcess::with(TLS, |_| {}).await;
    let pin = gateway.running.tls_fingerprint().unwrap();
    let mut half_open = Vec::new();
    for _ in 0..1_000 {
        let mut stream = TcpStream::connect(("127.0.0.1", gateway.port)).await.unwrap();
        stream.write_all(b"\x16\x03\x01").await.unwrap();
        half_open.push(stream);
    }
    let mut client = gateway.connect_tls(&pin, &operator()).await.unwrap();
    client.ok("health", json!({})).await;
    assert_eq!(gateway.https(&pin, "/health", &Caller::local()).await.status, 200);
}

/// P16: over https the page is served as over http, may open its own socket, and only from its own encrypted origin.
#[tokio::test]
async fn the_page_over_https_may_talk_to_its_own_gateway() {
    let gateway = TestGateway::builder().config(TLS).start();
    let pin = gateway.ready["tlsFingerprint"].as_str().unwrap();
    let lan = format!("192.168.1.5:{}", gateway.port);
    let page = gateway.https(pin, "/", &Caller::local().header("host", &lan)).await;
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains(&format!("connect-src 'self' wss://{lan};")), "{policy}");
    assert!(page.header("strict-transport-security").is_none(), "a self-signed certificate must stay replaceable");

    let own = Caller::page(&format!("https://{lan}")).header("host", &lan);
    let in_between = Caller::page(&format!("http://{lan}")).header("host", &lan);
    let browser = || operator().client("openclaw-control-ui", "webchat");
    let mut told = Vec::new();
    for caller in [own, in_between] {
        let raw = gateway.wss(pin, &caller).await.unwrap();
        let outcome = crate::harness::Client::connect(raw, &browser(), gateway.token.as_deref()).await;
        told.push(outcome.err().map(|refused| refused.error["message"].as_str().unwrap_or_default().to_owned()));
    }
    assert!(told[0].as_deref().is_none_or(|message| !message.contains("origin")), "{told:?}");
    assert!(told[1].as_deref().is_some_and(|message| message.contains("origin not allowed")), "{told:?}");
}

/// A setup code names the encrypted address and the certificate that the phone must see.
#[tokio::test]
async fn a_setup_code_carries_the_certificate() {
    let gateway = InProcess::with(TLS, |_| {}).await;
    let pin = gateway.running.tls_fingerprint().unwrap();
    let mut admin = gateway.connect_tls(&pin, &operator()).await.unwrap();
    let read = |made: serde_json::Value| {
        postern_protocol::pairing::read_setup_code(made["setupCode"].as_str().unwrap()).unwrap()
    };
    let own = read(admin.ok("device.pair.setupCode", json!({})).await);
    assert_eq!((own.url, own.tls_fingerprint), (format!("wss://127.0.0.1:{}", gateway.port), Some(pin)));
    let proxied = read(admin.ok("device.pair.setupCode", json!({"publicUrl": "https://gate.example"})).await);
    assert_eq!(proxied.tls_fingerprint, None, "a proxy shows another certificate");
}

/// The window of the desktop app has a plain door of its own: on this machine only, and only while TLS is on.
#[tokio::test]
async fn the_window_has_a_door_of_its_own() {
    let gateway = InProcess::with(TLS, |_| {}).await;
    let pin = gateway.running.tls_fingerprint().unwrap();
    let mut app = gateway.connect_tls(&pin, &operator()).await.unwrap();
    let settings = super::desktop_sign_in::scene::settings();
    let attached = app.ok("desktop.attach", json!({"settings": settings})).await;
    let door = gateway.running.window_url();
    let port: u16 = door.rsplit(':').next().unwrap().parse().unwrap();
    assert_ne!(port, gateway.port);
    assert_eq!(attached["url"], format!("http://127.0.0.1:{port}/"));
    assert_eq!(attached["cookieName"], format!("postern_desktop_{port}"));

    let cookie = format!("postern_desktop_{port}={}", attached["cookieValue"].as_str().unwrap());
    let window = crate::harness::Endpoint { port, token: None };
    let asks = Caller::local().header("cookie", &cookie);
    let answer = window.http("GET", "/control-ui-config.json", &asks, "").await;
    assert_eq!((answer.status, &answer.json()["desktop"]), (200, &json!(true)));
    // The rules are those of the other port.
    let rebound = Caller::page("http://evil.example").header("host", "evil.example");
    assert_eq!(window.http("GET", "/control-ui-config.json", &rebound, "").await.status, 403);
    // On the port that others reach the cookie is nothing.
    let elsewhere = asks.header("host", &format!("127.0.0.1:{port}"));
    let answer = gateway.https(&pin, "/control-ui-config.json", &elsewhere).await;
    assert_ne!(answer.json()["desktop"], json!(true), "{answer:?}");
    // Only 127.0.0.1 is listened on.
    for ip in ["127.0.0.2", "::1"] {
        assert!(TcpStream::connect((ip, port)).await.is_err(), "{ip}");
    }
    let plain = InProcess::start().await;
    assert_eq!(plain.running.window_url(), plain.running.url(), "without TLS there is one door");
}
