//! The canvas over HTTP (`http.md §3`): what is served, how, and that it stays there. V-01 to V-07, F-16 to F-18, F-24.

mod access;
mod attacks;
mod live_reload;
mod nodes;
mod scene;

use serde_json::json;

use self::scene::{CANVAS, canvas_of, own_port, put, start, visit};
use crate::harness::{Caller, Device, TestGateway};

/// V-01, V-02, F-16: what is in the canvas is served on the gateway's port, under every name of it.
#[tokio::test]
async fn what_is_written_there_is_served() {
    let gateway = start("{}").await;
    put(&gateway, "index.html", "<!doctype html><body><h1>Game</h1></body>");
    put(&gateway, "app/main.js", "one()");
    put(&gateway, "a b.txt", "space");
    for name in ["openclaw", "postern", "fased"] {
        let get =
            async |path: &str| gateway.http("GET", &format!("/__{name}__/canvas/{path}"), &Caller::local(), "").await;
        let page = get("").await;
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
        assert!(page.body.contains("<h1>Game</h1>") && page.body.ends_with("</script>\n</body>"), "{page:?}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(get("index.html").await.body, page.body);
        let script = get("app/main.js").await;
        assert_eq!((script.status, script.body.as_str()), (200, "one()"));
        assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
        assert_eq!((script.header("content-length"), script.header("cache-control")), (Some("5"), Some("no-store")));
        assert_eq!(get("a%20b.txt").await.body, "space");
        let folder = get("app/").await;
        assert_eq!((folder.status, folder.header("content-type")), (404, Some("text/html; charset=utf-8")));
        let missing = get("none.js").await;
        assert_eq!((missing.status, missing.body.as_str()), (404, "Not Found\n"));
        put(&gateway, "sub/index.html", "<p>sub");
        let without = get("sub?x=1").await;
        let location = format!("/__{name}__/canvas/sub/?x=1");
        assert_eq!((without.status, without.header("location")), (302, Some(location.as_str())));
    }
    let without = gateway.http("GET", "/__openclaw__/canvas", &Caller::local(), "").await;
    assert_eq!((without.status, without.header("location")), (302, Some("/__openclaw__/canvas/")));
}

/// A new canvas is made with its first request and has a page; nobody else may look into its folder.
#[tokio::test]
async fn a_new_canvas_has_a_page() {
    let gateway = TestGateway::start();
    let root = gateway.state_dir().join("canvas");
    assert!(!root.exists(), "nothing is made before anybody asks");
    let page = gateway.http("GET", "/__openclaw__/canvas/", &Caller::local(), "").await;
    assert!(page.status == 200 && page.body.contains("canvas is ready"), "{page:?}");
    assert!(root.join("index.html").is_file());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&root).unwrap().permissions().mode() & 0o777, 0o700);
    }
}

/// HEAD has the headers and nothing else; F-24: everything else is 405 and says what is allowed.
#[tokio::test]
async fn only_reading_is_possible() {
    let gateway = start("{}").await;
    put(&gateway, "data.bin", "12345678");
    put(&gateway, "index.html", "<p>");
    for (path, length) in [("canvas/data.bin", Some("8")), ("canvas/", None), ("a2ui/", None)] {
        let path = format!("/__openclaw__/{path}");
        let head = gateway.http("HEAD", &path, &Caller::local(), "").await;
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        assert!(head.header("content-length").is_some_and(|own| length.is_none_or(|length| length == own)), "{head:?}");
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let answer = gateway.http(method, &path, &Caller::local(), "").await;
            assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method} {path}");
        }
    }
}

/// A file of 1 TiB is sent without being read: its beginning is there at once.
#[cfg(unix)]
#[tokio::test]
async fn a_huge_file_costs_no_memory() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let gateway = start("{}").await;
    let file = std::fs::File::create(canvas_of(&gateway).join("huge.bin")).unwrap();
    file.set_len(1 << 40).unwrap();
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", gateway.port)).await.unwrap();
    let request = format!("GET /__openclaw__/canvas/huge.bin HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n\r\n", gateway.port);
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut start = vec![0; 1 << 20];
    tokio::time::timeout(crate::harness::DEADLINE, stream.read_exact(&mut start)).await.unwrap().unwrap();
    let head = String::from_utf8_lossy(&start[..512]).to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 200 ") && head.contains("content-length: 1099511627776"), "{head}");
}

/// V-03, F-17: the page for A2UI and its files, the same under every name.
#[tokio::test]
async fn the_page_for_a2ui_is_served() {
    let gateway = start("{}").await;
    for name in ["openclaw", "postern", "fased"] {
        let page = gateway.http("GET", &format!("/__{name}__/a2ui/?platform=ios"), &Caller::local(), "").await;
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("sandbox allow-scripts") && policy.contains("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        for (file, kind) in [("a2ui.bundle.js", "javascript"), ("a2ui.css", "css"), ("canvas.js", "javascript")] {
            assert!(page.body.contains(file), "{file} is asked for by the page");
            let answer = gateway.http("GET", &format!("/__{name}__/a2ui/{file}"), &Caller::local(), "").await;
            assert_eq!(answer.status, 200, "{file}");
            assert!(answer.header("content-type").unwrap().contains(kind), "{file}");
            assert_eq!(answer.header("cache-control"), Some("no-store"));
        }
        let none = gateway.http("GET", &format!("/__{name}__/a2ui/none.js"), &Caller::local(), "").await;
        assert_eq!(none.status, 404);
    }
}

/// F-18: what is off is not there, also not for those who have the secret.
#[tokio::test]
async fn what_is_off_is_not_there() {
    let gateway = start("{enabled: false}").await;
    put(&gateway, "index.html", "<p>");
    let bearer = Caller::local().header("authorization", &format!("Bearer {}", crate::harness::TOKEN));
    for path in ["canvas/", "a2ui/", "ws", "cap/AAAA/canvas/", "cap/AAAA/__openclaw__/ws"] {
        for method in ["GET", "POST"] {
            let answer = gateway.http(method, &format!("/__openclaw__/{path}"), &bearer, "").await;
            assert_eq!(answer.status, 404, "{method} {path}");
        }
        let socket = gateway.upgrade(&Caller::local().path(&format!("/__openclaw__/{path}"))).await;
        if path.ends_with("ws") {
            assert_eq!(socket.map(drop).unwrap_err().status, 404);
        }
    }
    let mut owner = gateway.op(&Device::new("owner"), &["operator.read"]).await;
    let error = owner.err("plugin.surface.refresh", json!({"surface": "canvas"})).await;
    assert!(error["message"].as_str().unwrap().contains("canvasHost.enabled"), "{error}");
    let node = gateway.node(&Device::new("node")).await;
    assert!(node.hello["pluginSurfaceUrls"].is_null(), "{}", node.hello);
}

/// V-02: a port of its own has the canvas and nothing else; the gateway's has it too.
#[tokio::test]
async fn a_port_of_its_own_has_the_canvas_alone() {
    let port = own_port();
    let gateway = start(&format!("{{port: {port}}}")).await;
    put(&gateway, "index.html", "<p>own");
    let own = crate::harness::Endpoint { port, ..crate::harness::Endpoint::clone(&gateway) };
    for at in [&*gateway, &own] {
        assert!(at.http("GET", CANVAS, &Caller::local(), "").await.body.contains("<p>own"));
        assert_eq!(at.http("GET", "/__openclaw__/a2ui/", &Caller::local(), "").await.status, 200);
    }
    for path in ["/", "/health", "/control-ui-config.json", "/metrics"] {
        assert_eq!(own.http("GET", path, &Caller::local(), "").await.status, 404, "{path}");
    }
    let refused = own.upgrade(&Caller::local()).await.map(drop).unwrap_err();
    assert_eq!(refused.status, 404, "no gateway is there");
    drop(own.upgrade(&Caller::local().path("/__openclaw__/ws")).await.unwrap());
}

/// A port that is taken costs that port alone, and is told.
#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let gateway = start(&format!("{{port: {}}}", taken.local_addr().unwrap().port())).await;
    assert_eq!(gateway.http("GET", CANVAS, &Caller::local(), "").await.status, 200);
    assert!(gateway.running.warnings().iter().any(|warning| warning.starts_with("canvasHost.port: ")));
}

/// V-04: what an agent's file tool writes, a browser sees; the model is told where.
#[tokio::test]
async fn an_agent_writes_what_a_browser_sees() {
    let gateway = TestGateway::start();
    let root = gateway.state_dir().join("canvas");
    let mut owner = gateway.op(&Device::new("owner"), &["operator.admin"]).await;
    let catalog = owner.ok("tools.catalog", json!({})).await.to_string();
    assert!(catalog.contains(&format!("The folder {} is open as well", root.display())), "{catalog}");
    let path = root.join("board/index.html");
    let write = json!({"name": "write", "args": {"path": path, "content": "<body>by an agent</body>"}});
    let written = owner.ok("tools.invoke", write).await;
    assert_eq!(written["ok"], true, "{written}");
    let page = gateway.http("GET", "/__openclaw__/canvas/board/", &Caller::local(), "").await;
    assert!(page.status == 200 && page.body.contains("by an agent"), "{page:?}");
    let state = json!({"name": "write", "args": {"path": root.join("../stolen.txt"), "content": "x"}});
    assert_eq!(owner.ok("tools.invoke", state).await["ok"], false, "the state folder stays closed");
    let database = json!({"name": "read", "args": {"path": gateway.state_dir().join("postern.sqlite")}});
    assert_eq!(owner.ok("tools.invoke", database).await["ok"], false);
}

/// What may not be an agent's folder is no canvas either.
#[tokio::test]
async fn a_root_that_holds_secrets_is_refused() {
    let gateway = start("{root: '/etc'}").await;
    let answer = gateway.http("GET", "/__openclaw__/canvas/passwd", &Caller::local(), "").await;
    assert_eq!(answer.status, 404);
    assert!(gateway.running.warnings().iter().any(|warning| warning.starts_with("canvasHost.root: /etc ")));
}

/// A change of the section restarts the gateway, which then serves another folder.
#[tokio::test]
async fn another_root_is_served_after_a_restart() {
    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join("index.html"), "<p>elsewhere").unwrap();
    let gateway = TestGateway::start();
    let config = json!({"canvasHost": {"root": other.path()}});
    std::fs::write(gateway.state_dir().join("postern.json"), config.to_string()).unwrap();
    let endpoint = gateway.endpoint();
    let pages = async || visit(&endpoint, CANVAS).await;
    until_served(pages, "<p>elsewhere").await;
}

async fn until_served(pages: impl AsyncFn() -> Option<String>, text: &str) {
    let mut seen = pages().await;
    let deadline = std::time::Instant::now() + crate::harness::DEADLINE;
    while !seen.as_ref().is_some_and(|page| page.contains(text)) {
        assert!(std::time::Instant::now() < deadline, "still {seen:?}");
        seen = pages().await;
    }
}
