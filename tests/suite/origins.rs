//! Pages: which may talk to the gateway, and that every other gets neither a socket nor an effect nor a secret
//! (`handshake.md §7`; DEMAND §2: cross-site WebSocket and CSRF on loopback).

use serde_json::{Value, json};

use crate::harness::{Caller, Connect, Device, HttpAnswer, Raw, TOKEN, TestGateway};

fn page_client() -> Connect {
    Connect::operator(&Device::new("page"), &["operator.admin"]).client("openclaw-control-ui", "ui")
}

/// What a page hears that opens a socket and knows everything: `Ok` when it gets in.
async fn attempt(gateway: &TestGateway, caller: &Caller, connect: &Connect) -> Result<Value, String> {
    let raw: Result<Raw, HttpAnswer> = gateway.upgrade(caller).await;
    match raw {
        Err(answer) => Err(format!("{} {}", answer.status, answer.body)),
        Ok(raw) => match crate::harness::Client::connect(raw, connect, Some(TOKEN)).await {
            Ok(client) => Ok(client.hello),
            Err(refused) => {
                assert_eq!(refused.frames.len(), 2, "challenge and refusal: {:?}", refused.frames);
                Err(refused.code().to_owned())
            }
        },
    }
}

/// Foreign, null, look-alike and rebound pages get no hello with the right token and a good device, as any client.
#[tokio::test]
async fn foreign_pages_get_nowhere() {
    let gateway = TestGateway::start();
    let port = gateway.port;
    let own = format!("127.0.0.1:{port}");
    let pages = [
        ("https://evil.example".to_owned(), own.clone()),
        ("null".to_owned(), own.clone()),
        (String::new(), own.clone()),
        ("file://".to_owned(), own.clone()),
        ("chrome-extension://abcdef".to_owned(), own.clone()),
        ("http://127.0.0.1.evil.example".to_owned(), own.clone()),
        ("http://localhost.evil.example:8080".to_owned(), own.clone()),
        (format!("http://localhost.:{port}"), format!("localhost.:{port}")),
        (format!("http://127.0.0.1.:{port}"), format!("127.0.0.1.:{port}")),
        (format!("http://evil.example:{port}"), format!("evil.example:{port}")),
        (format!("http://evil.example.:{port}"), format!("evil.example.:{port}")),
        ("http://evil.example".to_owned(), "evil.example".to_owned()),
        (format!("http://user@127.0.0.1:{port}@evil.example"), own.clone()),
        ("http://192.168.1.7".to_owned(), own),
    ];
    for (origin, host) in pages {
        let caller = Caller::page(&origin).header("host", &host);
        for connect in [
            page_client(),
            page_client().v3(),
            page_client().client("cli", "cli"),
            Connect::deviceless(&["operator.admin"]),
        ] {
            let heard = attempt(&gateway, &caller, &connect).await;
            let refusal = heard.expect_err(&origin);
            assert!(refusal == "CONTROL_UI_ORIGIN_NOT_ALLOWED" || refusal.starts_with("403 "), "{origin}: {refusal}");
            assert!(!refusal.contains(TOKEN));
        }
    }
}

/// A rebound name is refused before the upgrade, with a text that says how to allow one's own name.
#[tokio::test]
async fn rebound_names_are_refused_before_the_upgrade() {
    let gateway = TestGateway::start();
    let caller = Caller::page("http://evil.example").header("host", "evil.example");
    let answer = gateway.upgrade(&caller).await.map(|_| ()).unwrap_err();
    assert_eq!(answer.status, 403);
    let error = answer.json()["error"].clone();
    assert_eq!(error["code"], "host_not_allowed");
    assert!(error["message"].as_str().unwrap().contains("gateway.controlUi.allowedOrigins"), "{error}");
    let answer = gateway.http("GET", "/readyz", &caller, "").await;
    assert_eq!(answer.status, 403);
}

/// The gateway's own page is let in under each of the machine's private names, and pairs silently only on this machine.
#[tokio::test]
async fn the_own_page_is_let_in() {
    let gateway = TestGateway::start();
    let port = gateway.port;
    for name in ["127.0.0.1", "localhost", "LOCALHOST", "[::1]", "gateway.localhost"] {
        let caller = Caller::page(&format!("http://{name}:{port}")).header("host", &format!("{name}:{port}"));
        let hello = attempt(&gateway, &caller, &page_client()).await;
        assert!(hello.is_ok(), "{name}: {hello:?}");
    }
    // A development server of this machine, seen by a local browser.
    assert!(attempt(&gateway, &Caller::page("http://localhost:5173"), &page_client()).await.is_ok());
    // Names of the house and the tailnet are the gateway's, but not this machine: approval is asked.
    for (name, new) in [("192.168.1.4", "a"), ("gateway.local", "b"), ("desk.tail1234.ts.net", "c"), ("gateway", "d")] {
        let caller = Caller::page(&format!("http://{name}:{port}")).header("host", &format!("{name}:{port}"));
        let connect = Connect::operator(&Device::new(new), &[]).client("openclaw-control-ui", "ui");
        assert_eq!(attempt(&gateway, &caller, &connect).await, Err("PAIRING_REQUIRED".to_owned()), "{name}");
    }
}

/// A program that is no browser but sends an Origin is asked to pair, here too.
#[tokio::test]
async fn an_origin_makes_nothing_silent() {
    let gateway = TestGateway::start();
    let caller = Caller::page(&format!("http://127.0.0.1:{}", gateway.port));
    let cli = Connect::operator(&Device::new("script"), &["operator.admin"]);
    assert_eq!(attempt(&gateway, &caller, &cli).await, Err("PAIRING_REQUIRED".to_owned()));
    let node = Connect::node(&Device::new("script"));
    assert_eq!(attempt(&gateway, &caller, &node).await, Err("PAIRING_REQUIRED".to_owned()));
    // Without device it keeps no scopes.
    let hello = attempt(&gateway, &caller, &Connect::deviceless(&["operator.admin"])).await.unwrap();
    assert_eq!(hello["auth"]["scopes"], json!([]));
}

/// Allowed origins are compared whole: scheme, name and port; a star allows all.
#[tokio::test]
async fn allowed_origins_are_compared_whole() {
    let config =
        r#"{gateway: {controlUi: {allowedOrigins: ["https://panel.example.org", "http://other.example:8080"]}}}"#;
    let gateway = TestGateway::builder().config(config).start();
    let table = [
        ("https://panel.example.org", true),
        ("https://PANEL.example.org", true),
        ("http://other.example:8080", true),
        ("http://panel.example.org", false),
        ("https://panel.example.org:8443", false),
        ("https://panel.example.org.evil.example", false),
        ("https://sub.panel.example.org", false),
        ("http://other.example", false),
    ];
    for (origin, allowed) in table {
        let heard = attempt(&gateway, &Caller::page(origin), &page_client()).await;
        assert_eq!(heard.is_ok(), allowed, "{origin}: {heard:?}");
    }
    let gateway = TestGateway::builder().config(r#"{gateway: {controlUi: {allowedOrigins: ["*"]}}}"#).start();
    assert!(attempt(&gateway, &Caller::page("https://anything.example"), &page_client()).await.is_ok());
}

/// Every request that could change something is refused to foreign pages, on every path, and none is invited by CORS.
#[tokio::test]
async fn foreign_pages_change_nothing_over_http() {
    let gateway = TestGateway::start();
    let origins = ["https://evil.example", "null", "http://localhost.", "http://127.0.0.1.evil.example"];
    for origin in origins {
        for path in ["/", "/hooks/wake", "/tools/invoke", "/v1/chat/completions", "/health", "/api/config"] {
            for method in ["POST", "PUT", "PATCH", "DELETE"] {
                let caller = Caller::page(origin).header("authorization", &format!("Bearer {TOKEN}"));
                let answer = gateway.http(method, path, &caller, "{}").await;
                assert_eq!(
                    (answer.status, &answer.json()["error"]["code"]),
                    (403, &json!("origin_not_allowed")),
                    "{method} {path} {origin}"
                );
            }
            let preflight = gateway
                .http("OPTIONS", path, &Caller::page(origin).header("access-control-request-method", "POST"), "")
                .await;
            let invited = preflight.headers.iter().find(|(name, _)| name.starts_with("access-control"));
            assert_eq!(invited, None, "{preflight:?}");
        }
    }
    let rebound = Caller::page("http://evil.example").header("host", "evil.example");
    assert_eq!(gateway.http("POST", "/hooks/wake", &rebound, "{}").await.status, 403);
    assert_eq!(
        gateway.http("POST", "/hooks/wake", &Caller::local(), "{}").await.status,
        405,
        "without a page it is only not there"
    );
}

/// Every answer forbids framing, sniffing and scripts.
#[tokio::test]
async fn answers_forbid_what_pages_could_do_with_them() {
    let gateway = TestGateway::start();
    for path in ["/", "/readyz", "/nothing"] {
        let answer = gateway.http("GET", path, &Caller::local(), "").await;
        let wanted = [
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            // Of the app a browser may keep what it asks for again each time.
            ("cache-control", if answer.header("etag").is_some() { "no-cache" } else { "no-store" }),
        ];
        for (name, value) in wanted {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        assert!(answer.header("content-security-policy").unwrap().contains("default-src 'none'"), "{path}");
    }
}
