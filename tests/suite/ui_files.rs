//! X-84, B-01, B-07, D-19, F-38: the gateway itself serves the web app, as files and nothing more (`http.md §2`).

use postern_gateway::ui::UiAsset;
use postern_protocol::hex::hex;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::harness::{Caller, HttpAnswer, InProcess, TestGateway};

const PAGE: &str = "<!doctype html>\n<html lang=\"en\"><head><title>App</title></head><body></body></html>\n";
const SCRIPT: &str = "console.log('app');\n";
/// [`SCRIPT`] as gzip.
const PACKED_SCRIPT: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x4b\xce\xcf\x2b\xce\xcf\x49\xd5\xcb\xc9\x4f\xd7\x50\x4f\x2c\x28\x50\xd7\xb4\xe6\x02\x00\x26\x94\xdf\x81\x14\x00\x00\x00";

/// A web app as the build makes it.
static FILES: &[UiAsset] = &[
    UiAsset { path: "index.html", bytes: PAGE.as_bytes(), is_packed: false, etag: "aaaaaaaaaaaaaaaabbbb" },
    UiAsset { path: "assets/app-Bx3kQ9aT.js", bytes: PACKED_SCRIPT, is_packed: true, etag: "1111" },
    UiAsset { path: "assets/app-Cx3kQ9aT.css", bytes: b"body{}", is_packed: false, etag: "2222" },
    UiAsset { path: "favicon.svg", bytes: b"<svg/>", is_packed: false, etag: "3333" },
    UiAsset { path: "manifest.webmanifest", bytes: b"{}", is_packed: false, etag: "4444" },
];

/// A gateway with the web app and these settings of `gateway`.
async fn gateway(settings: &str) -> InProcess {
    let config = format!("{{ gateway: {{ trustedProxies: ['127.0.0.1'], {settings} }} }}");
    InProcess::with(&config, |options| options.ui = FILES).await
}

async fn get(gateway: &InProcess, path: &str) -> HttpAnswer {
    gateway.http("GET", path, &Caller::local(), "").await
}

#[track_caller]
fn is_page(answer: &HttpAnswer, why: &str) {
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")), "{why}");
    assert_eq!(answer.header("cache-control"), Some("no-cache"), "{why}");
    assert!(answer.body.contains("<title>App</title>"), "{why}: {answer:?}");
}

#[track_caller]
fn is_not_found(answer: &HttpAnswer, why: &str) {
    assert_eq!((answer.status, answer.body.trim()), (404, "Not Found"), "{why}");
    assert!(answer.header("content-type").unwrap().starts_with("text/plain"), "{why}");
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; frame-ancestors 'none'"), "{why}: {policy}");
}

/// B-01: what is served is what was built, byte by byte, with the kind its name says.
#[tokio::test]
async fn files_are_served_as_they_were_built() {
    let gateway = gateway("").await;
    let table = [
        ("/assets/app-Bx3kQ9aT.js", SCRIPT, "text/javascript; charset=utf-8"),
        ("/assets/app-Cx3kQ9aT.css", "body{}", "text/css; charset=utf-8"),
        ("/favicon.svg", "<svg/>", "image/svg+xml"),
        ("/manifest.webmanifest", "{}", "application/manifest+json; charset=utf-8"),
    ];
    for (path, body, kind) in table {
        let answer = get(&gateway, path).await;
        assert_eq!((answer.status, answer.body.as_str(), answer.header("content-type")), (200, body, Some(kind)));
        assert_eq!(answer.header("content-length"), Some(body.len().to_string().as_str()), "{path}");
        let forever = path.starts_with("/assets/").then_some("public, max-age=31536000, immutable");
        assert_eq!(answer.header("cache-control"), forever.or(Some("no-cache")), "{path}");
        let head = gateway.http("HEAD", path, &Caller::local(), "").await;
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        for name in ["content-type", "content-length", "etag", "cache-control", "content-security-policy"] {
            assert_eq!(head.header(name), answer.header(name), "{path} {name}");
        }
    }
}

/// X-84, B-07: the page is at the root and at every place that is no file, so that a link into the app works.
#[tokio::test]
async fn the_page_is_everywhere_else() {
    let gateway = gateway("").await;
    for path in
        ["/", "/index.html", "/?token=x", "/chat/agent:main:main", "/chat/", "/no/such/page", "/health/", "/uix"]
    {
        is_page(&get(&gateway, path).await, path);
    }
    let head = gateway.http("HEAD", "/", &Caller::local(), "").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    // A page at any depth finds its files; a file that is missing is not a page.
    for path in ["/chat/main/assets/app-Bx3kQ9aT.js", "/a/b/c/assets/app-Bx3kQ9aT.js"] {
        assert_eq!(get(&gateway, path).await.body, SCRIPT, "{path}");
    }
    for path in ["/assets/old-11111111.js", "/chat/assets/old.css", "/assets/sub/x.png"] {
        is_not_found(&get(&gateway, path).await, path);
    }
    is_page(&get(&gateway, "/assets").await, "no file");
    is_page(&get(&gateway, "/assets/place").await, "no ending");
}

/// F-49: the probes are in front of everything.
#[tokio::test]
async fn probes_come_first() {
    let gateway = gateway("controlUi: { basePath: '/postern' }").await;
    for path in ["/health", "/healthz", "/ready", "/readyz", "/startup", "/startupz"] {
        let answer = get(&gateway, path).await;
        assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"), "{path}");
    }
}

/// Below a base path everything moves there, and nothing is left at the root.
#[tokio::test]
async fn a_base_path_moves_everything() {
    let gateway = gateway("controlUi: { basePath: '/postern/' }").await;
    for (path, location) in [("/postern", "/postern/"), ("/postern?a=b&c", "/postern/?a=b&c")] {
        let answer = get(&gateway, path).await;
        assert_eq!((answer.status, answer.header("location")), (302, Some(location)), "{path}");
    }
    for path in ["/postern/", "/postern/chat/x", "/postern/ui"] {
        let answer = get(&gateway, path).await;
        is_page(&answer, path);
        assert!(answer.body.contains("<html data-openclaw-control-ui-base-path=\"/postern\""), "{}", answer.body);
    }
    assert_eq!(get(&gateway, "/postern/assets/app-Bx3kQ9aT.js").await.body, SCRIPT);
    for path in ["/", "/index.html", "/posternx/", "/assets/app-Bx3kQ9aT.js", "//postern/", "/ui"] {
        is_not_found(&get(&gateway, path).await, path);
    }
    // Another page's address is never a place to go to.
    is_not_found(&get(&gateway, "//evil.example").await, "not a redirect");
}

/// While nothing has a base path, the one that others use by default is not the app.
#[tokio::test]
async fn another_base_path_is_not_the_app() {
    let gateway = gateway("").await;
    for path in ["/ui", "/ui/", "/ui/chat", "/ui/assets/app-Bx3kQ9aT.js"] {
        is_not_found(&get(&gateway, path).await, path);
    }
}

/// The page can be turned off; a gateway that was built without it says how to get it.
#[tokio::test]
async fn off_and_not_built() {
    let off = gateway("controlUi: { enabled: false }").await;
    for path in ["/", "/assets/app-Bx3kQ9aT.js", "/control-ui-config.json", "/avatar/main"] {
        is_not_found(&get(&off, path).await, path);
    }
    let bare = InProcess::start().await;
    for path in ["/", "/chat/x"] {
        let answer = get(&bare, path).await;
        assert_eq!(answer.status, 503, "{path}");
        assert!(answer.header("content-type").unwrap().starts_with("text/plain"), "{path}");
        assert!(answer.body.contains("make ui"), "{}", answer.body);
    }
    is_not_found(&get(&bare, "/assets/a.js").await, "not built");
}

/// Only reading: nothing is done to the app by HTTP.
#[tokio::test]
async fn files_are_only_read() {
    let gateway = gateway("").await;
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        for path in ["/", "/index.html", "/assets/app-Bx3kQ9aT.js", "/control-ui-config.json"] {
            let answer = gateway.http(method, path, &Caller::local(), "").await;
            assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method} {path}");
        }
    }
}

/// D-19: what leads out of the app, in every spelling, leads nowhere.
#[tokio::test]
async fn nothing_leads_out_of_the_app() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.txt"), "outside").unwrap();
    let root = outside.path().join("app");
    std::fs::create_dir(&root).unwrap();
    std::fs::write(root.join("index.html"), PAGE).unwrap();
    std::fs::write(root.join(".env"), "outside").unwrap();
    let config = format!("{{ gateway: {{ controlUi: {{ root: '{}' }} }} }}", root.display());
    let of_folder = InProcess::with(&config, |_| {}).await;
    let built_in = gateway("").await;
    let attempts = [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2E%2E%2Fsecret.txt",
        "/..%2fsecret.txt",
        "/%252e%252e/secret.txt",
        "/%252e%252e%252fsecret.txt",
        "/..%5csecret.txt",
        "/%5c..%5csecret.txt",
        "/%c0%ae%c0%ae/secret.txt",
        "/%uff0e%uff0e/secret.txt",
        "/./../secret.txt",
        "/a/%2e%2e/%2e%2e/secret.txt",
        "/index.html%00.js",
        "/%00",
        "/secret.txt%00",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/%2f%2fetc/passwd",
        "/.env",
        "/%2eenv",
        "/assets/.env",
        "/.git/config",
        "/%",
        "/%zz",
        "/%ff%fe",
        "/a%0d%0aset-cookie:%20a=b",
        "/chat/../../secret.txt",
    ];
    for attempt in attempts {
        for gateway in [&of_folder, &built_in] {
            is_not_found(&get(gateway, attempt).await, attempt);
        }
    }
    // Places of the app, not files, whatever a system would make of them.
    for place in ["/c:/secret.txt", "/index.html::$DATA", "/chat/agent:main:main"] {
        is_page(&get(&of_folder, place).await, place);
    }
}

/// `gateway.controlUi.root`: a folder takes the place of the built-in files, and what changes there is seen at once.
#[cfg(unix)]
#[tokio::test]
async fn a_folder_takes_the_place_of_the_built_in_files() {
    let folder = tempfile::tempdir().unwrap();
    let (root, outside) = (folder.path().join("app"), folder.path().join("outside"));
    std::fs::create_dir_all(root.join("assets")).unwrap();
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("secret.js"), "outside").unwrap();
    std::fs::write(root.join("index.html"), PAGE.replace("App", "Mine")).unwrap();
    std::fs::write(root.join("assets/mine-12345678.js"), "one").unwrap();
    std::os::unix::fs::symlink(&outside, root.join("assets/out")).unwrap();
    std::os::unix::fs::symlink(outside.join("secret.js"), root.join("assets/link.js")).unwrap();
    let gateway = gateway(&format!("controlUi: {{ root: '{}' }}", root.display())).await;
    assert!(get(&gateway, "/").await.body.contains("<title>Mine</title>"));
    let first = get(&gateway, "/assets/mine-12345678.js").await;
    assert_eq!((first.body.as_str(), first.header("cache-control")), ("one", Some("no-cache")));
    std::fs::write(root.join("assets/mine-12345678.js"), "two").unwrap();
    let second = get(&gateway, "/assets/mine-12345678.js").await;
    assert_eq!(second.body, "two");
    assert_ne!(first.header("etag"), second.header("etag"));
    for path in ["/assets/out/secret.js", "/assets/link.js", "/assets/app-Bx3kQ9aT.js"] {
        is_not_found(&get(&gateway, path).await, path);
    }
}

/// A browser that has a file is not sent it again; one that takes it compressed gets it compressed.
#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    let gateway = gateway("").await;
    let script = "/assets/app-Bx3kQ9aT.js";
    let packed = String::from_utf8_lossy(PACKED_SCRIPT);
    for (encodings, body, encoding) in [("identity", SCRIPT, None), ("br, gzip", &packed, Some("gzip"))] {
        let caller = Caller::local().header("accept-encoding", encodings);
        let answer = gateway.http("GET", script, &caller, "").await;
        assert_eq!((answer.status, answer.body.as_str(), answer.header("content-encoding")), (200, body, encoding));
        assert_eq!(answer.header("vary"), Some("accept-encoding"));
        let etag = answer.header("etag").unwrap();
        for known in [etag.to_owned(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
            let again = gateway.http("GET", script, &caller.clone().header("if-none-match", &known), "").await;
            assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", Some(etag)), "{known}");
            assert_eq!(again.header("cache-control"), answer.header("cache-control"));
            assert_eq!(again.header("content-security-policy"), answer.header("content-security-policy"));
        }
        // Another representation is another thing.
        let other = caller.header("if-none-match", "\"other\"");
        assert_eq!(gateway.http("GET", script, &other, "").await.status, 200);
    }
    let page = get(&gateway, "/").await;
    let known = Caller::local().header("if-none-match", page.header("etag").unwrap());
    assert_eq!(gateway.http("GET", "/", &known, "").await.status, 304);
}

/// The page of one base path is not the page of another, and knows which build it is.
#[tokio::test]
async fn the_page_knows_where_it_is() {
    let (plain, moved) = (gateway("").await, gateway("controlUi: { basePath: '/p' }").await);
    let (plain, moved) = (get(&plain, "/").await, get(&moved, "/p/").await);
    let attributes = "<html data-openclaw-control-ui-base-path=\"\" data-openclaw-terminal-enabled=\"false\" \
                      data-openclaw-control-ui-build-id=\"aaaaaaaaaaaa\" lang=\"en\">";
    assert!(plain.body.contains(attributes), "{}", plain.body);
    assert_ne!(plain.header("etag"), moved.header("etag"));
}

const STRICT: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
                      font-src 'self'; connect-src 'self'CONNECT; media-src 'self' blob:; manifest-src 'self'; \
                      worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// D-19: the whole policy and every other header, word by word.
#[tokio::test]
async fn the_page_is_locked_down() {
    let gateway = gateway("").await;
    for path in ["/", "/assets/app-Bx3kQ9aT.js", "/favicon.svg"] {
        let answer = get(&gateway, path).await;
        let own = format!(" ws://127.0.0.1:{}", gateway.port);
        let wanted = [
            ("content-security-policy", STRICT.replace("CONNECT", &own)),
            ("x-content-type-options", "nosniff".to_owned()),
            ("x-frame-options", "DENY".to_owned()),
            ("referrer-policy", "no-referrer".to_owned()),
            ("cross-origin-resource-policy", "same-origin".to_owned()),
        ];
        for (name, value) in wanted {
            assert_eq!(answer.header(name), Some(value.as_str()), "{path} {name}");
        }
        for name in ["strict-transport-security", "access-control-allow-origin", "set-cookie"] {
            assert_eq!(answer.header(name), None, "{path}");
        }
        assert!(!answer.header("content-security-policy").unwrap().contains("unsafe"), "{path}");
    }
}

/// The Host header may name the gateway in the policy only when it is one of the gateway's names.
#[tokio::test]
async fn the_policy_names_no_host_that_somebody_made_up() {
    let gateway = gateway("controlUi: { allowedOrigins: ['https://gate.example'] }").await;
    let table = [
        ("localhost:1", " ws://localhost:1"),
        ("192.168.1.4:18789", " ws://192.168.1.4:18789"),
        ("gate.example", " ws://gate.example"),
        ("evil.example", ""),
        ("[::1]:18789", ""),
        ("localhost; script-src *", ""),
        ("localhost:80 'unsafe-inline'", ""),
        ("user@localhost", ""),
        ("*", ""),
    ];
    for (host, source) in table {
        let answer = gateway.http("GET", "/", &Caller::local().header("host", host), "").await;
        if answer.status == 400 {
            continue;
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert_eq!(policy, STRICT.replace("CONNECT", source), "{host}");
    }
    let proxied = Caller::remote().header("host", "gate.example");
    let answer = gateway.http("GET", "/", &proxied, "").await;
    assert!(answer.header("content-security-policy").unwrap().contains("connect-src 'self' wss://gate.example;"));
}

/// A page that was opened under a name that is not the gateway's loads, so that it can say what is wrong; it learns and
/// reaches nothing else.
#[tokio::test]
async fn a_page_under_another_name_loads_and_reaches_nothing() {
    let gateway = gateway("").await;
    let page = |origin: &str| Caller::page(origin).header("host", "gate.example:8443");
    for origin in ["http://gate.example:8443", "https://Gate.Example:8443"] {
        for path in ["/", "/assets/app-Bx3kQ9aT.js", "/favicon.svg"] {
            assert_eq!(gateway.http("GET", path, &page(origin), "").await.status, 200, "{path} {origin}");
        }
        for path in ["/control-ui-config.json", "/__openclaw__/control-ui-config.json", "/avatar/main"] {
            let answer = gateway.http("GET", path, &page(origin), "").await;
            assert_eq!((answer.status, &answer.json()["error"]["code"]), (403, &json!("host_not_allowed")), "{path}");
        }
        assert_eq!(gateway.http("POST", "/", &page(origin), "").await.status, 403);
        assert_eq!(gateway.upgrade(&page(origin)).await.err().unwrap().status, 403);
    }
    for origin in ["https://evil.example", "null", "http://gate.example"] {
        assert_eq!(gateway.http("GET", "/assets/app-Bx3kQ9aT.js", &page(origin), "").await.status, 403, "{origin}");
    }
}

/// `gateway.http.securityHeaders.strictTransportSecurity` is sent with everything once it is set.
#[tokio::test]
async fn transport_security_is_an_option() {
    let settings = "http: { securityHeaders: { strictTransportSecurity: 'max-age=60; includeSubDomains' } }";
    let gateway = gateway(settings).await;
    for path in ["/", "/health", "/assets/none.js"] {
        let answer = get(&gateway, path).await;
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=60; includeSubDomains"), "{path}");
    }
}

/// B-07: the program alone serves the page; nothing else has to run.
#[tokio::test]
async fn the_program_serves_the_page() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("index.html"), PAGE).unwrap();
    let config = format!("{{ gateway: {{ controlUi: {{ root: '{}' }} }} }}", root.path().display());
    let gateway = TestGateway::builder().config(&config).start();
    is_page(&gateway.http("GET", "/", &Caller::local(), "").await, "the program");
}

/// B-01: every file that was built is in the program, byte by byte; without the build it says how to get it.
#[tokio::test]
async fn the_program_serves_what_was_built() {
    let gateway = TestGateway::start();
    if postern_ui::FILES.is_empty() {
        let answer = gateway.http("GET", "/", &Caller::local(), "").await;
        assert_eq!(answer.status, 503);
        assert!(answer.body.contains("make ui"), "{}", answer.body);
        return;
    }
    assert_eq!(gateway.http("GET", "/", &Caller::local(), "").await.status, 200);
    for file in postern_ui::FILES.iter().filter(|file| file.path != "index.html") {
        let answer = gateway.http("GET", &format!("/{}", file.path), &Caller::local(), "").await;
        assert_eq!(
            (answer.status, answer.header("etag")),
            (200, Some(format!("\"{}\"", file.etag).as_str())),
            "{}",
            file.path
        );
        let is_whole = if file.is_packed {
            hex(&Sha256::digest(answer.body.as_bytes())) == file.etag
        } else {
            answer.body == String::from_utf8_lossy(file.bytes)
        };
        assert!(is_whole, "{} is not what was built", file.path);
    }
}
