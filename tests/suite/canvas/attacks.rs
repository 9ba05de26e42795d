//! What agents put into the canvas acts in nobody's name, and nothing leads out of it. V-06; DEMAND §2: a page that an
//! agent wrote, on the gateway's own origin.

use super::scene::{CANVAS, canvas_of, path_of, put, start};
use crate::harness::{Caller, Device, HttpAnswer, InProcess};
use crate::suite::desktop_sign_in::scene::{CONFIG, page_connect, scene};

/// V-06: every way up, spelled in every way, is 404, with and without a capability.
#[tokio::test]
async fn nothing_leads_out() {
    let gateway = start("{}").await;
    put(&gateway, "index.html", "<p>");
    put(&gateway, ".env", "canary");
    put(&gateway, "sub/.git/config", "canary");
    std::fs::write(canvas_of(&gateway).with_file_name("secret.txt"), "canary").unwrap();
    let node = gateway.node(&Device::new("phone")).await;
    let cap = path_of(node.hello["pluginSurfaceUrls"]["canvas"].as_str().unwrap());
    let attempts = [
        "../secret.txt",
        "../../etc/passwd",
        "sub/../../secret.txt",
        "%2e%2e/secret.txt",
        "%2E%2E%2Fsecret.txt",
        "..%2fsecret.txt",
        "..%5csecret.txt",
        "..\\secret.txt",
        "%252e%252e%252fsecret.txt",
        "....//secret.txt",
        "..;/secret.txt",
        "%c0%ae%c0%ae/secret.txt",
        "/etc/passwd",
        "//etc/passwd",
        "%2fetc%2fpasswd",
        "sub%2f..%2f..%2fsecret.txt",
        "index.html%00.png",
        "%00",
        ".env",
        "sub/.git/config",
        "./index.html",
        "index.html/",
        "index.html/../../secret.txt",
        "file:///etc/passwd",
        "C:%5cwindows%5cwin.ini",
        "index.html::$DATA",
        "index.html%20",
        "index.html.",
    ];
    for attempt in attempts {
        for prefix in
            [CANVAS.to_owned(), format!("{cap}{CANVAS}"), format!("{cap}/canvas/"), CANVAS.replace("canvas", "a2ui")]
        {
            let answer = gateway.http("GET", &format!("{prefix}{attempt}"), &Caller::local(), "").await;
            assert_eq!(answer.status, 404, "{prefix}{attempt}: {answer:?}");
            assert!(!answer.body.contains("canary") && !answer.body.contains("root:"), "{attempt}: {answer:?}");
        }
    }
    // Up to the token and into another part of the gateway.
    for path in
        [format!("{cap}/health"), format!("{cap}/control-ui-config.json"), format!("{cap}/../../canvas/"), cap.clone()]
    {
        assert_eq!(gateway.http("GET", &path, &Caller::local(), "").await.status, 404, "{path}");
    }
}

/// V-06: links that an agent makes lead nowhere but into the canvas.
#[cfg(unix)]
#[tokio::test]
async fn links_lead_nowhere() {
    use std::os::unix::fs::symlink;
    let gateway = start("{}").await;
    let root = canvas_of(&gateway);
    std::fs::write(root.with_file_name("secret.txt"), "canary").unwrap();
    put(&gateway, "real.txt", "real");
    for (target, name) in [
        ("../secret.txt", "file.txt"),
        ("/etc", "etc"),
        ("..", "up"),
        ("/dev/zero", "zero.bin"),
        ("/proc/self/environ", "environ"),
        ("loop", "loop"),
    ] {
        symlink(target, root.join(name)).unwrap();
    }
    symlink("real.txt", root.join("inside.txt")).unwrap();
    for path in ["file.txt", "etc/passwd", "up/secret.txt", "up/canvas/real.txt", "zero.bin", "environ", "loop"] {
        let answer = gateway.http("GET", &format!("{CANVAS}{path}"), &Caller::local(), "").await;
        assert_eq!((answer.status, answer.body.as_str()), (404, "Not Found\n"), "{path}");
    }
    let inside = gateway.http("GET", &format!("{CANVAS}inside.txt"), &Caller::local(), "").await;
    assert_eq!((inside.status, inside.body.as_str()), (200, "real"));
    // The root itself may be a link that its owner made; never one that leads to keys.
    for (target, file) in [("/etc", "passwd"), ("logs", "postern.log"), (".", "postern.sqlite"), ("..", "x")] {
        std::fs::rename(&root, root.with_file_name(format!("was-{file}"))).unwrap();
        symlink(target, &root).unwrap();
        std::fs::create_dir_all(root.with_file_name("logs")).unwrap();
        std::fs::write(root.with_file_name("logs").join("postern.log"), "canary").unwrap();
        let answer = gateway.http("GET", &format!("{CANVAS}{file}"), &Caller::local(), "").await;
        assert_eq!(answer.status, 404, "{target}: {answer:?}");
    }
}

#[track_caller]
fn has_no_origin(answer: &HttpAnswer, what: &str) {
    let policy = answer.header("content-security-policy").unwrap_or_default();
    let words: Vec<&str> = policy.split(';').next().unwrap_or_default().split_whitespace().collect();
    assert_eq!(words.first(), Some(&"sandbox"), "{what}: {answer:?}");
    assert!(!words.contains(&"allow-same-origin") && !words.contains(&"allow-top-navigation"), "{what}: {policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{what}: {policy}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{what}");
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{what}: the address may hold a token");
}

/// Whatever is answered below the canvas has no origin: a page, a picture that is a document, a refusal.
#[tokio::test]
async fn no_answer_has_the_gateways_origin() {
    let gateway = start("{}").await;
    put(&gateway, "index.html", "<script>");
    put(&gateway, "evil.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>");
    put(&gateway, "evil.xml", "<html xmlns='http://www.w3.org/1999/xhtml'><script>1</script></html>");
    put(&gateway, "evil.pdf", "%PDF");
    put(&gateway, "evil.unknown", "<html><script>1</script>");
    for path in ["", "index.html", "evil.svg", "evil.xml", "evil.pdf", "evil.unknown", "none", "none/", "../x"] {
        let answer = gateway.http("GET", &format!("{CANVAS}{path}"), &Caller::local(), "").await;
        has_no_origin(&answer, path);
    }
    for (method, path) in
        [("GET", "a2ui/"), ("GET", "a2ui/a2ui.bundle.js"), ("POST", "canvas/"), ("GET", "ws"), ("GET", "canvas")]
    {
        has_no_origin(&gateway.http(method, &format!("/__openclaw__/{path}"), &Caller::local(), "").await, path);
    }
    has_no_origin(&gateway.http_as("203.0.113.5", CANVAS, &Caller::local()).await, "401");
}

/// A page of the canvas cannot use the cookie of the desktop window: it has no origin, and who has none is not the window.
#[tokio::test]
async fn a_canvas_page_is_not_the_desktop_window() {
    let scene = scene().await;
    let cookie = |caller: Caller| caller.header("cookie", &scene.cookie);
    for caller in [
        cookie(Caller::page("null")),
        cookie(Caller::page("null")).header("sec-fetch-site", "cross-site"),
        cookie(Caller::page("null")).header("sec-fetch-site", "same-origin"),
        cookie(Caller::page("null")).header("referer", &format!("{}{CANVAS}", scene.own_origin())),
    ] {
        let refused = scene.gateway.refused(&caller, &page_connect()).await;
        assert!(refused.close.code == 1008, "{refused:?}");
        assert_eq!(scene.gateway.http("GET", CONFIG, &caller, "").await.status, 401);
    }
    let unread = cookie(Caller::local()).header("sec-fetch-site", "cross-site");
    assert_eq!(scene.gateway.http("GET", CONFIG, &unread, "").await.status, 401);
    // The window itself still is.
    scene.open().await;
}

/// Nor can it speak as an operator without anything, or change something by HTTP.
#[tokio::test]
async fn a_page_without_origin_is_nobody() {
    let gateway = start("{}").await;
    for origin in ["null", "file://", "about:blank"] {
        let refused = gateway.refused(&Caller::page(origin), &page_connect()).await;
        assert!(matches!(refused.close.code, 1008), "{origin}: {refused:?}");
        let answer = gateway.http("POST", "/tools/invoke", &Caller::page(origin), "{}").await;
        assert_eq!(answer.status, 403, "{origin}");
    }
}

fn browser(site: &str, mode: &str, kind: &str) -> Caller {
    let caller = Caller::local().header("sec-fetch-site", site).header("sec-fetch-mode", mode);
    caller.header("sec-fetch-dest", kind)
}

async fn view(gateway: &InProcess) -> String {
    let visit = gateway.http("GET", &format!("{CANVAS}?x=1"), &browser("none", "navigate", "document"), "").await;
    assert_eq!(visit.status, 302, "{visit:?}");
    visit.header("location").unwrap().to_owned()
}

/// Other sites load nothing from this machine's canvas; a person who goes there is sent where they could not either.
#[tokio::test]
async fn other_sites_load_nothing_from_it() {
    let gateway = start("{}").await;
    put(&gateway, "index.html", "<p>mine");
    put(&gateway, "data.js", "secret = 1");
    for (mode, kind) in [("no-cors", "script"), ("no-cors", "image"), ("cors", "empty"), ("navigate", "iframe")] {
        for site in ["cross-site", "same-site"] {
            let answer = gateway.http("GET", &format!("{CANVAS}data.js"), &browser(site, mode, kind), "").await;
            assert_eq!(answer.status, 403, "{site} {mode} {kind}");
            assert!(!answer.body.contains("secret"));
        }
    }
    let location = view(&gateway).await;
    assert!(location.starts_with("/__openclaw__/cap/") && location.ends_with(&format!("{CANVAS}?x=1")), "{location}");
    let base = location.trim_end_matches("?x=1");
    let page = gateway.http("GET", base, &browser("none", "navigate", "document"), "").await;
    assert!(page.status == 200 && page.body.contains("<p>mine"), "{page:?}");
    // There its own files are loaded, and read by its own scripts alone.
    let own = browser("cross-site", "cors", "empty").header("origin", "null");
    let data = gateway.http("GET", &format!("{base}data.js"), &own, "").await;
    assert_eq!((data.status, data.header("access-control-allow-origin")), (200, Some("null")));
    assert_eq!(data.header("cross-origin-resource-policy"), Some("cross-origin"));
    let plain = gateway.http("GET", &format!("{CANVAS}data.js"), &Caller::page("null"), "").await;
    assert_eq!(plain.header("access-control-allow-origin"), None, "the plain address is known to everybody");
    // Known here, it is worth nothing from elsewhere.
    assert_eq!(gateway.http_as("192.168.7.20", base, &Caller::local()).await.status, 401);
    let rebound = Caller::local().header("host", "evil.example");
    assert_eq!(gateway.http("GET", base, &rebound, "").await.status, 401);
}

/// A page that was open when the gateway started again finds its way by itself; nobody else does.
#[tokio::test]
async fn an_old_view_finds_the_new_one() {
    let gateway = start("{}").await;
    let old = format!("/__openclaw__/cap/{}/__openclaw__/canvas/?x=1", "A".repeat(43));
    let visit = gateway.http("GET", &old, &browser("none", "navigate", "document"), "").await;
    assert_eq!((visit.status, visit.header("location")), (302, Some("/__openclaw__/canvas/?x=1")));
    assert_eq!(gateway.http("GET", &old, &Caller::local(), "").await.status, 401);
    let far = browser("none", "navigate", "document");
    assert_eq!(gateway.http_as("203.0.113.5", &old, &far).await.status, 401);
}

/// What agents write does not become a part of the gateway's own page, which runs scripts of its origin.
#[tokio::test]
async fn the_gateways_page_runs_none_of_it() {
    let gateway = start("{}").await;
    put(&gateway, "evil.js", "steal()");
    let base = view(&gateway).await;
    let base = base.trim_end_matches("?x=1");
    for prefix in [CANVAS, base] {
        for kind in ["script", "style", "worker", "sharedworker", "serviceworker", "object", "embed"] {
            let caller = browser("same-origin", "no-cors", kind);
            let answer = gateway.http("GET", &format!("{prefix}evil.js"), &caller, "").await;
            assert_eq!(answer.status, 403, "{prefix} {kind}");
        }
        let worker = browser("same-origin", "same-origin", "serviceworker").header("service-worker", "script");
        assert_eq!(gateway.http("GET", &format!("{prefix}evil.js"), &worker, "").await.status, 403);
    }
}
