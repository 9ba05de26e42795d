//! The window of the desktop app signs in with a cookie that the app put there (`docs/adr/0007`): one test per attack.
//! D-19.

pub(crate) mod scene;

use serde_json::json;

use self::scene::{ADMIN, ALL, CONFIG, PAGE, Scene, attach, is_refused, page_connect, scene, settings};
use crate::harness::{Caller, Client, Close, Connect, Device, InProcess, TOKEN, TestGateway, files_below, until};

/// Attack: another program of this machine asks for everything there is to GET. None of it is, or leads to, a secret.
#[tokio::test]
async fn attack_another_local_process() {
    let scene = scene().await;
    let (_, value) = scene.cookie.split_once('=').unwrap();
    let paths = [
        "/",
        "/index.html",
        CONFIG,
        "/__openclaw/control-ui-config.json",
        "/__openclaw__/control-ui-config.json",
        "/avatar/main",
        "/avatar/main?meta=1",
        "/health",
        "/ready",
        "/startup",
        "/desktop",
        "/desktop.attach",
        "/postern.json",
        "/webui/bootstrap",
        "/bootstrap",
        "/api/token",
        "/.well-known/postern",
        "/assets/config.json",
    ];
    for path in paths {
        for method in ["GET", "HEAD", "OPTIONS", "POST"] {
            let answer = scene.gateway.http(method, path, &Caller::local(), "").await;
            let text = format!("{answer:?}");
            assert!(!text.contains(TOKEN) && !text.contains(value), "{method} {path}");
            assert_eq!(answer.header("set-cookie"), None, "{method} {path}");
        }
    }
    scene.lets_nobody_in(&Caller::page(&scene.own_origin()), "no cookie").await;
}

/// Attack: another user of this machine reaches the port, but has no cookie and can only guess.
#[tokio::test]
async fn attack_another_local_user() {
    let scene = scene().await;
    let name = format!("postern_desktop_{}", scene.gateway.port);
    for cookie in [
        format!("{name}="),
        format!("{name}=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        format!("{name}={TOKEN}"),
        scene.cookie.replace(&name, "postern_desktop_1"),
        scene.cookie.replace(&name, "postern_desktop"),
        scene.cookie[..scene.cookie.len() - 1].to_owned(),
        format!("{}A", scene.cookie),
    ] {
        let caller = Caller::page(&scene.own_origin()).header("cookie", &cookie);
        scene.lets_nobody_in(&caller, &cookie).await;
    }
}

/// Attack: a page of somebody else runs where the cookie is sent along. Cookies know no ports and no schemes.
#[tokio::test]
async fn attack_a_web_page() {
    let scene = scene().await;
    let port = scene.gateway.port;
    let origins = [
        "https://evil.example".to_owned(),
        "null".to_owned(),
        "http://127.0.0.1".to_owned(),
        format!("http://127.0.0.1:{}", port ^ 1),
        format!("https://127.0.0.1:{port}"),
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1:{port}/"),
        format!("http://127.0.0.1:{port}.evil.example"),
        format!("http://127.0.0.2:{port}"),
        format!("HTTP://127.0.0.1:{port}"),
        format!("http://[::1]:{port}"),
        format!("tauri://127.0.0.1:{port}"),
        String::new(),
    ];
    for origin in origins {
        scene.lets_nobody_in(&scene.window_of(&origin), &origin).await;
    }
    // No page can leave the origin out of an upgrade.
    let silent = Caller::local().header("cookie", &scene.cookie);
    is_refused(&scene.gateway.refused(&silent, &page_connect()).await, "no origin");
    // Two origins are none.
    let two = scene.window().header("origin", "https://evil.example");
    let two_reversed = scene.window_of("https://evil.example").header("origin", &scene.own_origin());
    for caller in [two, two_reversed] {
        scene.lets_nobody_in(&caller, "two origins").await;
    }
    // What the browser itself says about the page counts, too.
    for site in ["cross-site", "same-site", "none"] {
        let caller = scene.window().header("sec-fetch-site", site);
        scene.lets_nobody_in(&caller, site).await;
    }
}

/// Attack: a name of somebody else leads to this machine (DNS rebinding), or the page is opened under another name.
#[tokio::test]
async fn attack_dns_rebinding() {
    let scene = scene().await;
    let port = scene.gateway.port;
    for host in [
        format!("evil.example:{port}"),
        format!("localhost:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        format!("[::1]:{port}"),
        format!("0.0.0.0:{port}"),
        format!("127.1:{port}"),
        format!("2130706433:{port}"),
        format!("127.0.0.1.:{port}"),
        "127.0.0.1".to_owned(),
        format!("127.0.0.1:{}", port ^ 1),
    ] {
        for origin in [scene.own_origin(), format!("http://{host}")] {
            let caller = scene.window_of(&origin).header("host", &host);
            scene.lets_nobody_in(&caller, &format!("{host} {origin}")).await;
        }
    }
}

/// Attack: the request came through a proxy, whoever runs it. Also one that is trusted makes the caller remote.
#[tokio::test]
async fn attack_through_a_proxy() {
    let config = "{ gateway: { trustedProxies: ['127.0.0.1'] } }";
    let gateway = InProcess::with(config, |options| options.ui = PAGE).await;
    let mut app = gateway.op(&Device::new("app"), &ADMIN).await;
    let cookie = attach(&gateway, &mut app).await;
    let trusting = Scene { gateway, app, cookie };
    let trusting_nobody = scene().await;
    for (header, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-for", "203.0.113.5"),
        ("forwarded", "for=127.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
        ("x-forwarded-host", "127.0.0.1"),
        ("x-forwarded-proto", "http"),
        ("tailscale-user-login", "ada@example"),
        ("via", "1.1 proxy"),
        ("x-forwarded-server", "127.0.0.1"),
        ("cf-connecting-ip", "127.0.0.1"),
        ("true-client-ip", "127.0.0.1"),
        ("x-client-ip", "127.0.0.1"),
    ] {
        for scene in [&trusting, &trusting_nobody] {
            let caller = scene.window().header(header, value);
            scene.lets_nobody_in(&caller, &format!("{header}: {value}")).await;
        }
    }
}

/// Attack: somebody in the network has the cookie. It works on this machine only.
#[tokio::test]
async fn attack_from_the_network() {
    let scene = scene().await;
    for ip in ["192.168.1.9", "10.0.0.4", "100.64.0.7", "203.0.113.5", "fe80::1", "2001:db8::1"] {
        assert_eq!(scene.gateway.http_as(ip, CONFIG, &scene.window()).await.status, 401, "{ip}");
        if let Ok(raw) = scene.gateway.upgrade_as(ip, &scene.window()).await {
            is_refused(&Client::connect(raw, &page_connect(), None).await.expect_err(ip), ip);
        }
    }
    // The very same request from this machine is let in.
    assert_eq!(scene.gateway.http_as("127.0.0.1", CONFIG, &scene.window()).await.status, 200);
    let raw = scene.gateway.upgrade_as("127.0.0.1", &scene.window()).await.unwrap();
    assert!(Client::connect(raw, &page_connect(), None).await.is_ok());
}

/// Attack: the cookie is used after the app went away. An open window goes with its app, too.
#[tokio::test]
async fn attack_after_the_app_is_gone() {
    let Scene { gateway, app, cookie } = scene().await;
    let other = gateway.op(&Device::new("other"), &ADMIN).await;
    let scene = Scene { gateway, app: other, cookie };
    let mut page = scene.open().await;
    drop(app);
    assert_eq!(page.closed().await, Close::new(1012, "service restart"));
    scene.is_over().await;
}

/// Attack: the cookie is used after the app's device was revoked, removed, or its token rotated away; open windows close.
#[tokio::test]
async fn attack_after_the_device_was_revoked() {
    let id = Device::new("app").id();
    for (method, params) in [
        ("device.token.revoke", json!({"deviceId": id, "role": "operator"})),
        ("device.pair.remove", json!({"deviceId": id})),
        ("device.token.rotate", json!({"deviceId": id, "role": "operator"})),
    ] {
        let mut scene = scene().await;
        let mut page = scene.open().await;
        let mut admin = scene.gateway.op(&Device::new("admin"), &ADMIN).await;
        admin.ok(method, params).await;
        assert_eq!(page.closed().await.code, 4001, "{method}");
        assert_eq!(scene.app.closed().await.code, 4001, "{method}");
        scene.is_over().await;
    }
}

/// Attack: the cookie is used after the gateway was started again on the same port.
#[tokio::test]
async fn attack_after_a_restart() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = format!("{{ gateway: {{ port: {port} }} }}");
    let start = || InProcess::with(&config, |options| options.overrides.port = Some(port));
    let first = start().await;
    let mut app = first.op(&Device::new("app"), &ADMIN).await;
    let cookie = attach(&first, &mut app).await;
    first.must(&Caller::page(&format!("http://127.0.0.1:{port}")).header("cookie", &cookie), &page_connect()).await;
    first.running.shutdown("test").await;
    let gateway = start().await;
    let app = gateway.op(&Device::new("app"), &ADMIN).await;
    Scene { gateway, app, cookie }.is_over().await;
}

/// Attack: the cookie is guessed, for so long that the owner's own window would be kept out. It is not: the right one is
/// let in whatever others did before, and no guess is.
#[tokio::test]
async fn attack_guessing() {
    let scene = scene().await;
    let name = format!("postern_desktop_{}", scene.gateway.port);
    let guess = |n: u32| Caller::page(&scene.own_origin()).header("cookie", &format!("{name}=guess-{n}"));
    for n in 0..30 {
        assert_eq!(scene.reading(&guess(n)).await.status, 401, "{n}");
        is_refused(&scene.gateway.refused(&guess(n), &page_connect()).await, "a guess");
    }
    assert_eq!(scene.reading(&scene.window()).await.status, 200, "the right one is not kept waiting");
    scene.open().await;
    // Nobody else is kept out: not the app itself, and not a page with the secret.
    scene.gateway.op(&Device::new("other"), &ADMIN).await;
    let page = Connect::operator(&Device::new("page"), &["operator.read"]).client("openclaw-control-ui", "webchat");
    scene.gateway.must(&Caller::page(&scene.own_origin()), &page).await;
    // Nor does a cookie that somebody planted in the owner's ordinary browser: the secret decides there.
    let planted = guess(1).header("authorization", &format!("Bearer {TOKEN}"));
    assert_eq!(scene.reading(&planted).await.status, 200);
}

/// Attack: a second cookie of the same name is slipped in, before or behind the right one, in one header or in two.
#[tokio::test]
async fn attack_two_cookies() {
    let scene = scene().await;
    let other = format!("postern_desktop_{}=planted", scene.gateway.port);
    let page = || Caller::page(&scene.own_origin());
    for caller in [
        page().header("cookie", &format!("{}; {other}", scene.cookie)),
        page().header("cookie", &format!("{other}; {}", scene.cookie)),
        page().header("cookie", &other).header("cookie", &scene.cookie),
        page().header("cookie", &format!("{0}; {0}", scene.cookie)),
    ] {
        scene.lets_nobody_in(&caller, "two cookies").await;
    }
    // Cookies of other names are no concern.
    let among = page().header("cookie", &format!("a=b; {}; theme=dark", scene.cookie));
    scene.gateway.must(&among, &page_connect()).await;
}

/// Attack: a page uses the cookie to change something by HTTP. The cookie reads two things and does nothing.
#[tokio::test]
async fn attack_cross_site_request() {
    let scene = scene().await;
    for path in ["/", CONFIG, "/tools/invoke", "/v1/chat/completions", "/v1/responses", "/hooks/agent", "/avatar/main"]
    {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let foreign = scene.window_of("https://evil.example");
            assert_eq!(scene.gateway.http(method, path, &foreign, "{}").await.status, 403, "{method} {path}");
            let own = scene.gateway.http(method, path, &scene.window(), "{}").await;
            assert_eq!(own.status, 405, "{method} {path}");
        }
    }
}

/// Attack: something that is not the desktop app attaches: a page, a program elsewhere, one with less than all rights, one
/// without a device, the window itself.
#[tokio::test]
async fn attack_attaching_as_somebody_else() {
    let params = json!({"settings": settings()});
    let proxied = InProcess::start().await;
    let own = format!("http://127.0.0.1:{}", proxied.port);
    let ui = |name: &str| Connect::operator(&Device::new(name), &ADMIN).client("openclaw-control-ui", "webchat");
    let mut page = proxied.must(&Caller::page(&own), &ui("page")).await;
    let error = page.err("desktop.attach", params.clone()).await;
    assert_eq!((&error["code"], &error["message"]), (&json!("FORBIDDEN"), &json!(NOT_THE_APP)), "a page");

    let far = Connect::operator(&Device::new("far"), &ADMIN);
    let refused = proxied.refused(&Caller::remote(), &far).await;
    proxied.approve(&refused).await;
    let mut remote = proxied.must(&Caller::remote(), &far).await;
    assert_eq!(remote.err("desktop.attach", params.clone()).await["message"], NOT_THE_APP, "elsewhere");

    let writer_scopes = ["operator.read", "operator.write", "operator.approvals", "operator.pairing"];
    let mut writer = proxied.op(&Device::new("writer"), &writer_scopes).await;
    for (method, params) in [
        ("desktop.attach", params.clone()),
        ("desktop.update", params.clone()),
        ("desktop.set", json!({"showIcon": false})),
    ] {
        assert_eq!(writer.err(method, params).await["message"], "missing scope: operator.admin", "{method}");
    }
    let mut node = proxied.node(&Device::new("node")).await;
    assert_eq!(node.err("desktop.attach", params.clone()).await["code"], "INVALID_REQUEST");

    let mut bare = proxied.must(&Caller::local(), &Connect::deviceless(&ADMIN)).await;
    let text = "the desktop app needs a paired device to attach";
    assert_eq!(bare.err("desktop.attach", params.clone()).await["message"], text);

    let scene = scene().await;
    let mut window = scene.open().await;
    assert_eq!(window.err("desktop.attach", params.clone()).await["message"], NOT_THE_APP, "the window");
    let text = "this connection is not attached: call desktop.attach first";
    assert_eq!(window.err("desktop.update", params).await["message"], text);
}

const NOT_THE_APP: &str = "only the desktop app on the gateway's own machine can attach";

/// Attack: the page ends up with more than it asks for. Of what its app holds and its app's device may, it gets what it
/// names; without naming any, none.
#[tokio::test]
async fn attack_asking_for_more() {
    let scene = scene().await;
    let asking = |scopes: &[&str]| Connect::deviceless(scopes).client("openclaw-control-ui", "webchat").no_auth();
    for scopes in [&["operator.read"][..], &["operator.read", "operator.write"], &[]] {
        let page = scene.gateway.must(&scene.window(), &asking(scopes)).await;
        assert_eq!(page.scopes(), scopes, "never more than it asks for");
    }
    let named_none = page_connect().without("/scopes");
    assert_eq!(scene.gateway.must(&scene.window(), &named_none).await.scopes(), [""; 0]);
}

/// Only the page itself, bringing nothing else: the cookie helps no other client, role or generation.
#[tokio::test]
async fn the_cookie_is_for_the_page_alone() {
    let scene = scene().await;
    let device = Device::new("stranger");
    let others = [
        Connect::deviceless(&ALL).no_auth(),
        Connect::deviceless(&ALL).client("webchat-ui", "webchat").no_auth(),
        page_connect().set("/role", json!("node")),
        page_connect().v3(),
        page_connect().auth(json!({"token": "wrong"})),
        page_connect().auth(json!({"deviceToken": "wrong"})),
        page_connect().auth(json!({"bootstrapToken": "wrong"})),
        Connect::operator(&device, &ALL).client("openclaw-control-ui", "webchat").no_auth(),
    ];
    for connect in others {
        is_refused(&scene.gateway.refused(&scene.window(), &connect).await, &format!("{connect:?}"));
    }
    // A page that brings the secret is judged by that: it becomes a device of its own, not the app's.
    let own = Connect::operator(&device, &ALL).client("openclaw-control-ui", "webchat");
    let page = scene.gateway.must(&scene.window(), &own).await;
    assert_eq!(page.hello["auth"]["method"], "token");
    // Empty fields are as good as none.
    let empty = page_connect().auth(json!({"token": "", "password": ""}));
    assert_eq!(scene.gateway.must(&scene.window(), &empty).await.hello["auth"]["method"], "desktop");
}

/// Secrets are in no log line, however much is logged, and in no file.
#[tokio::test]
async fn the_cookie_is_written_nowhere() {
    let gateway = TestGateway::builder().env("POSTERN_LOG", "trace").env("RUST_LOG", "trace").start();
    let mut app = gateway.op(&Device::new("app"), &ADMIN).await;
    let answer = app.ok("desktop.attach", json!({"settings": settings()})).await;
    let value = answer["cookieValue"].as_str().unwrap().to_owned();
    let cookie = format!("{}={value}", answer["cookieName"].as_str().unwrap());
    let window = Caller::page(&format!("http://127.0.0.1:{}", gateway.port)).header("cookie", &cookie);
    let mut page = gateway.must(&window, &page_connect()).await;
    page.ok("health", json!({})).await;
    assert_eq!(gateway.http("GET", CONFIG, &window, "").await.status, 200);
    let wrong = Caller::page("https://evil.example").header("cookie", &cookie);
    gateway.http("GET", CONFIG, &wrong, "").await;
    drop(page);
    let attached = || Some(gateway.log()).filter(|log| log.contains("The desktop app is attached."));
    let log = until("the log", attached).await;
    assert!(!log.contains(&value), "in the log");
    let stored = files_below(&gateway.state_dir());
    assert!(!stored.is_empty());
    for file in stored {
        let bytes = std::fs::read(&file).unwrap_or_default();
        assert!(!bytes.windows(value.len()).any(|window| window == value.as_bytes()), "in {}", file.display());
    }
}
