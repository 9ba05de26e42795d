//! HTTP on the gateway's port: probes, the page at `/`, and what an upgrade needs (`http.md §1, §2`, `handshake.md §1`).

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::{Caller, Connect, DEADLINE, Device, Endpoint, HttpAnswer, TOKEN, TestGateway, assert_keys};

const PROBES: [&str; 6] = ["/health", "/healthz", "/ready", "/readyz", "/startup", "/startupz"];

/// Headers that every answer has, so that no browser shows it inside another page or guesses what it is.
#[track_caller]
fn check_headers(answer: &HttpAnswer) {
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{answer:?}");
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{answer:?}");
    assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{answer:?}");
    let policy = answer.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{answer:?}");
}

#[track_caller]
fn check_probe(answer: &HttpAnswer) {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    check_headers(answer);
}

/// F-49: anybody may ask whether the gateway lives, and learns nothing else.
#[tokio::test]
async fn everybody_may_ask_whether_it_lives() {
    let gateway = TestGateway::proxied();
    for caller in [Caller::local(), Caller::remote()] {
        for path in ["/health", "/healthz"] {
            let answer = gateway.http("GET", path, &caller, "").await;
            check_probe(&answer);
            assert_eq!(answer.json(), json!({"ok": true, "status": "live"}));
        }
        for path in ["/startup", "/startupz"] {
            let answer = gateway.http("GET", path, &caller, "").await;
            check_probe(&answer);
            assert_eq!(answer.json(), json!({"started": true}));
        }
        for path in PROBES {
            let answer = gateway.http("HEAD", path, &caller, "").await;
            check_probe(&answer);
            assert_eq!(answer.body, "");
        }
    }
}

/// F-49: strangers learn whether it is ready; this machine, and whoever has the secret, learns more.
#[tokio::test]
async fn strangers_learn_only_whether_it_is_ready() {
    let gateway = TestGateway::proxied();
    for path in ["/ready", "/readyz"] {
        let bearer = |secret: &str| Caller::remote().header("authorization", &format!("Bearer {secret}"));
        for stranger in [Caller::remote(), bearer("wrong"), bearer(""), Caller::remote().header("authorization", TOKEN)]
        {
            let answer = gateway.http("GET", path, &stranger, "").await;
            check_probe(&answer);
            assert_eq!(answer.json(), json!({"ready": true}));
        }
        for known in [Caller::local(), bearer(TOKEN)] {
            let answer = gateway.http("GET", path, &known, "").await;
            check_probe(&answer);
            let body = answer.json();
            assert_keys(&body, &["ready", "failing", "uptimeMs", "warnings"]);
            assert_eq!((&body["ready"], &body["failing"]), (&json!(true), &json!([])));
            assert!(body["uptimeMs"].is_u64());
        }
    }
}

/// F-49: other methods are refused, with those that work.
#[tokio::test]
async fn other_methods_are_refused() {
    let gateway = TestGateway::start();
    for path in PROBES.into_iter().chain(["/", "/no/such/page"]) {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let answer = gateway.http(method, path, &Caller::local(), "{}").await;
            assert_eq!(answer.status, 405, "{method} {path}");
            let mut allowed: Vec<_> = answer.header("allow").unwrap_or_default().split(',').map(str::trim).collect();
            allowed.sort_unstable();
            assert_eq!(allowed, ["GET", "HEAD"], "{method} {path}");
            assert_eq!(answer.body.trim(), "Method Not Allowed", "{method} {path}");
            check_headers(&answer);
        }
    }
}

/// F-49: what is not there is 404 in plain text.
#[tokio::test]
async fn what_is_not_there() {
    let gateway = TestGateway::start();
    for path in ["/assets/none.js", "/ui", "/../etc/passwd", "/%00", "/avatar/NOBODY", "/assets/../x"] {
        let answer = gateway.http("GET", path, &Caller::local(), "").await;
        assert_eq!((answer.status, answer.body.trim()), (404, "Not Found"), "{path}");
        assert!(answer.header("content-type").unwrap().starts_with("text/plain"), "{path}");
        check_headers(&answer);
    }
}

/// a request that would change something is refused when another page sent it.
#[tokio::test]
async fn other_pages_change_nothing() {
    let gateway = TestGateway::start();
    for origin in ["https://evil.example", "null", "http://127.0.0.1.evil.example", "not an origin"] {
        for method in ["POST", "PUT", "DELETE"] {
            for path in ["/health", "/", "/tools/invoke"] {
                let answer = gateway.http(method, path, &Caller::page(origin), "{}").await;
                assert_eq!(answer.status, 403, "{method} {path} from {origin}");
                assert_eq!(answer.json()["error"]["code"], "origin_not_allowed");
                check_headers(&answer);
            }
        }
        // Reading is harmless: no answer carries leave for the page to see it.
        let answer = gateway.http("GET", "/ready", &Caller::page(origin), "").await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None), "{origin}");
    }
    let own = Caller::page(&format!("http://127.0.0.1:{}", gateway.port));
    assert_eq!(gateway.http("POST", "/health", &own, "").await.status, 405);
}

/// requests through a proxy that nobody vouched for are refused before they are looked at, upgrades too.
#[tokio::test]
async fn unknown_proxies_are_refused() {
    let gateway = TestGateway::start();
    for header in ["x-forwarded-for", "x-real-ip", "forwarded", "x-forwarded-proto"] {
        let caller = Caller::local().header(header, "203.0.113.9");
        let answer = gateway.http("GET", "/health", &caller, "").await;
        assert_eq!(
            (answer.status, &answer.json()["error"]["code"]),
            (403, &json!("proxy_attribution_required")),
            "{header}"
        );
        check_headers(&answer);
        assert_eq!(gateway.upgrade(&caller).await.err().unwrap().status, 403, "{header}");
    }
}

/// W-01: any path is a way in, with any query; a page that exists is no exception.
#[tokio::test]
async fn an_upgrade_works_on_any_path() {
    let gateway = TestGateway::start();
    for path in ["/", "/ws", "/health", "/behind/a/proxy/?token=x", "/%20"] {
        let caller = Caller::local().path(path);
        let connect = Connect::operator(&Device::new("a"), &["operator.read"]);
        gateway.must(&caller, &connect).await.ok("health", json!({})).await;
    }
}

const UPGRADE: &str = "connection: keep-alive, Upgrade\r\nupgrade: WebSocket\r\n";
const KEY: &str = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Sends a request as it is and reads the head of the answer.
async fn head(endpoint: &Endpoint, request: &str) -> HttpAnswer {
    let mut stream = TcpStream::connect(("127.0.0.1", endpoint.port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let reading = async {
        while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "{:?}", String::from_utf8_lossy(&bytes));
        }
    };
    tokio::time::timeout(DEADLINE, reading).await.unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.split("\r\n\r\n").next().unwrap().lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    HttpAnswer { status, headers, body: String::new() }
}

/// W-01: the handshake of RFC 6455, without extensions and without a subprotocol, whatever was offered.
#[tokio::test]
async fn an_upgrade_is_answered_by_the_standard() {
    let gateway = TestGateway::start();
    let offers = "sec-websocket-extensions: permessage-deflate\r\nsec-websocket-protocol: chat\r\n";
    let request =
        format!("GET / HTTP/1.1\r\nhost: localhost\r\n{UPGRADE}{KEY}sec-websocket-version: 13\r\n{offers}\r\n");
    let answer = head(&gateway, &request).await;
    assert_eq!(answer.status, 101);
    // The example of the standard, §1.3.
    assert_eq!(answer.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert_eq!(answer.header("upgrade").map(str::to_ascii_lowercase).as_deref(), Some("websocket"));
    assert_eq!((answer.header("sec-websocket-extensions"), answer.header("sec-websocket-protocol")), (None, None));
}

/// W-01: an upgrade that is none is refused with what is wrong.
#[tokio::test]
async fn an_invalid_upgrade_is_refused() {
    let gateway = TestGateway::start();
    let version = "sec-websocket-version: 13\r\n";
    let table = [
        ("GET", version.to_owned(), 400),
        ("GET", format!("{KEY}sec-websocket-version: 12\r\n"), 426),
        ("GET", KEY.to_owned(), 426),
        ("GET", format!("sec-websocket-key: short\r\n{version}"), 400),
        ("POST", format!("{KEY}{version}"), 405),
    ];
    for (method, headers, status) in table {
        let request = format!("{method} / HTTP/1.1\r\nhost: localhost\r\n{UPGRADE}{headers}\r\n");
        let answer = head(&gateway, &request).await;
        assert_eq!(answer.status, status, "{request}");
        let wanted = match status {
            426 => ("sec-websocket-version", "13"),
            405 => ("allow", "GET"),
            _ => ("x-content-type-options", "nosniff"),
        };
        assert_eq!(answer.header(wanted.0), Some(wanted.1), "{request}");
        check_headers(&answer);
    }
}

/// F-49: a client that never ends its headers, or says nothing at all, is not waited for.
#[tokio::test]
async fn slow_headers_end() {
    let limits =
        postern_gateway::Limits { header_timeout: std::time::Duration::from_millis(100), ..Default::default() };
    let gateway = crate::harness::InProcess::with_limits(limits).await;
    for start in ["", "GET / HTTP/1.1\r\nhost: loc", "GET / HTTP/1.1\r\nhost: localhost\r\nx-a: b\r\n"] {
        let mut stream = TcpStream::connect(("127.0.0.1", gateway.port)).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "still open after {start:?}");
    }
    gateway.op(&Device::new("a"), &["operator.read"]).await.ok("health", json!({})).await;
}
