//! Who may look at the canvas. F-19, F-20, F-21, F-22, F-23.

use serde_json::json;

use super::scene::{CANVAS, PHONE, path_of, put, start, start_with};
use crate::harness::{Caller, Client, Connect, Device, Endpoint, HttpAnswer, InProcess, REMOTE_IP, TOKEN, TestGateway};

/// A machine of the home network that names the gateway by its address there.
fn at_home() -> Caller {
    Caller::local().header("host", "192.168.7.2:18789")
}

fn bearer(secret: &str) -> Caller {
    at_home().header("authorization", &format!("Bearer {secret}"))
}

async fn get(gateway: &InProcess, ip: &str, path: &str) -> HttpAnswer {
    gateway.http_as(ip, path, &at_home()).await
}

/// Lets a device in that asks from elsewhere.
async fn node_at(gateway: &InProcess, ip: &str, connect: &Connect) -> Client {
    let token = gateway.token.as_deref();
    let raw = gateway.upgrade_as(ip, &at_home()).await.unwrap();
    let refused = match Client::connect(raw, connect, token).await {
        Ok(client) => return client,
        Err(refused) => refused,
    };
    gateway.approve(&refused).await;
    let raw = gateway.upgrade_as(ip, &at_home()).await.unwrap();
    Client::connect(raw, connect, token).await.unwrap_or_else(|refused| panic!("refused: {refused:?}"))
}

fn surface(client: &Client) -> String {
    let url = client.hello["pluginSurfaceUrls"]["canvas"].as_str();
    url.unwrap_or_else(|| panic!("no surface: {}", client.hello)).to_owned()
}

/// F-19: other machines need the secret, in the header and nowhere else; this one needs nothing.
#[tokio::test]
async fn other_machines_need_the_secret() {
    let gateway = start("{}").await;
    put(&gateway, "index.html", "<p>secret page");
    for path in [CANVAS, "/__openclaw__/a2ui/", "/__postern__/canvas/none.js", "/__openclaw__/canvas/../x"] {
        for ip in [PHONE, REMOTE_IP, "fd00::7"] {
            let answer = get(&gateway, ip, path).await;
            assert_eq!((answer.status, answer.header("cache-control")), (401, Some("no-store")), "{ip} {path}");
            assert_eq!(answer.json()["error"]["type"], "unauthorized");
        }
    }
    let right = gateway.http_as(PHONE, CANVAS, &bearer(TOKEN)).await;
    assert!(right.status == 200 && right.body.contains("secret page"), "{right:?}");
    assert_eq!(gateway.http_as(PHONE, CANVAS, &bearer("wrong")).await.status, 401);
    let asked = format!("{CANVAS}?token={TOKEN}");
    assert_eq!(get(&gateway, PHONE, &asked).await.status, 401, "a secret in an address is none");
    assert_eq!(gateway.http("GET", CANVAS, &Caller::local(), "").await.status, 200);
}

/// This machine is this machine only under a name of its own: a page elsewhere can give itself our address.
#[tokio::test]
async fn a_rebound_name_is_not_this_machine() {
    let gateway = start("{}").await;
    for host in ["evil.example", "evil.example:18789", "localhost.evil.example", "127.0.0.1.nip.io", "192.168.7.2"] {
        let answer = gateway.http("GET", CANVAS, &Caller::local().header("host", host), "").await;
        assert_eq!(answer.status, 401, "{host}");
        let socket = Caller::local().header("host", host).path("/__openclaw__/ws");
        assert_eq!(gateway.upgrade(&socket).await.map(drop).unwrap_err().status, 401, "{host}");
    }
    for host in ["localhost:1", "127.0.0.1", "[::1]:18789"] {
        let answer = gateway.http("GET", CANVAS, &Caller::local().header("host", host), "").await;
        assert_eq!(answer.status, 200, "{host}");
    }
}

/// F-20: a node's hello has an address that works from anywhere; other tokens do not; it expires after ten minutes.
#[tokio::test]
async fn a_capability_opens_the_canvas_for_ten_minutes() {
    let gateway = start("{}").await;
    put(&gateway, "index.html", "<p>for the phone");
    let node = gateway.node(&Device::new("phone")).await;
    let url = surface(&node);
    assert!(url.starts_with(&format!("http://127.0.0.1:{}/__openclaw__/cap/", gateway.port)), "{url}");
    let path = path_of(&url);
    for below in ["/__openclaw__/canvas/", "/__openclaw__/a2ui/", "/canvas/", "/__openclaw__/a2ui/a2ui.bundle.js"] {
        for ip in [PHONE, REMOTE_IP, "127.0.0.1"] {
            assert_eq!(get(&gateway, ip, &format!("{path}{below}")).await.status, 200, "{ip} {below}");
        }
        // The name under which it is asked for does not matter, as the address is known to nobody else.
        let named = Caller::local().header("host", "gate.example");
        assert_eq!(gateway.http_as(REMOTE_IP, &format!("{path}{below}"), &named).await.status, 200);
    }
    for other in ["A".repeat(43), String::new(), "x".to_owned(), "A".repeat(5_000), format!("{}A", &path[22..])] {
        let answer = get(&gateway, REMOTE_IP, &format!("/__openclaw__/cap/{other}/__openclaw__/canvas/")).await;
        assert_eq!(answer.status, 401, "{other:.60}");
    }
    let page = format!("{path}/__openclaw__/canvas/");
    gateway.clock.advance_ms(10 * 60_000 - 1);
    assert_eq!(get(&gateway, PHONE, &page).await.status, 200);
    gateway.clock.advance_ms(1);
    assert_eq!(get(&gateway, PHONE, &page).await.status, 401);
}

/// F-20: a refresh gives another address; the one before works until its own end. Operators get theirs the same way.
#[tokio::test]
async fn a_refresh_gives_another_address() {
    let gateway = start("{}").await;
    let mut node = gateway.node(&Device::new("phone")).await;
    let mut owner = gateway.op(&Device::new("owner"), &["operator.read"]).await;
    assert!(owner.hello["pluginSurfaceUrls"].is_null() && owner.hello["canvasHostUrl"].is_null(), "{}", owner.hello);
    let first = surface(&node);
    gateway.clock.advance_ms(9 * 60_000);
    let again = node.ok("node.pluginSurface.refresh", json!({"surface": "canvas"})).await;
    assert_eq!(
        (&again["surface"], again["expiresAtMs"].as_i64()),
        (&json!("canvas"), Some(gateway.clock.now_ms() + 600_000))
    );
    let second = again["pluginSurfaceUrls"]["canvas"].as_str().unwrap().to_owned();
    let own = owner.ok("plugin.surface.refresh", json!({"surface": "canvas", "observedUrl": first})).await;
    let own = own["pluginSurfaceUrls"]["canvas"].as_str().unwrap().to_owned();
    let status = async |url: &str| get(&gateway, PHONE, &format!("{}{CANVAS}", path_of(url))).await.status;
    for url in [&first, &second, &own] {
        assert_eq!(status(url).await, 200);
    }
    assert!(first != second && second != own);
    gateway.clock.advance_ms(60_000);
    assert_eq!((status(&first).await, status(&second).await), (401, 200));
    for surface in ["board", "", "CANVAS"] {
        let error = node.err("node.pluginSurface.refresh", json!({ "surface": surface })).await;
        assert_eq!(error["code"], "INVALID_REQUEST");
    }
    assert_eq!(
        owner.err("node.pluginSurface.refresh", json!({"surface": "canvas"})).await["message"],
        "unauthorized role: operator"
    );
    assert_eq!(
        node.err("plugin.surface.refresh", json!({"surface": "canvas"})).await["message"],
        "unauthorized role: node"
    );
}

/// However often a node asks, the oldest addresses end.
#[tokio::test]
async fn the_addresses_of_one_node_are_bounded() {
    let gateway = start("{}").await;
    let mut node = gateway.node(&Device::new("phone")).await;
    let first = path_of(&surface(&node));
    let mut last = String::new();
    for _ in 0..8 {
        let again = node.ok("node.pluginSurface.refresh", json!({"surface": "canvas"})).await;
        last = path_of(again["pluginSurfaceUrls"]["canvas"].as_str().unwrap());
    }
    assert_eq!(get(&gateway, PHONE, &format!("{first}{CANVAS}")).await.status, 401);
    assert_eq!(get(&gateway, PHONE, &format!("{last}{CANVAS}")).await.status, 200);
}

/// Paired is not approved: until somebody approves what the node declares, and after that was taken back, its address
/// opens nothing.
#[tokio::test]
async fn a_node_that_waits_for_approval_reads_nothing() {
    let gateway = start("{}").await;
    let mut owner = gateway.op(&Device::new("owner"), &["operator.admin"]).await;
    let connect = Connect::node(&Device::new("phone")).set("/commands", json!(["canvas.present"]));
    let node = node_at(&gateway, PHONE, &connect).await;
    let page = format!("{}{CANVAS}", path_of(&surface(&node)));
    for path in [&*page, CANVAS] {
        assert_eq!(get(&gateway, PHONE, path).await.status, 401, "{path}");
    }
    let waiting = owner.ok("node.pair.list", json!({})).await;
    let request = waiting["pending"][0]["requestId"].clone();
    owner.ok("node.pair.approve", json!({"requestId": request})).await;
    for path in [&*page, CANVAS] {
        assert_eq!(get(&gateway, PHONE, path).await.status, 200, "{path}");
    }
    owner.ok("node.pair.remove", json!({"nodeId": Device::new("phone").id()})).await;
    let again = node_at(&gateway, PHONE, &connect).await;
    let page = format!("{}{CANVAS}", path_of(&surface(&again)));
    for path in [&*page, CANVAS] {
        assert_eq!(get(&gateway, PHONE, path).await.status, 401, "{path}");
    }
}

/// F-21: it ends with the node's connection, however that ends.
#[tokio::test]
async fn a_capability_dies_with_its_connection() {
    let gateway = start("{}").await;
    let gone = async |page: &str| {
        let deadline = std::time::Instant::now() + crate::harness::DEADLINE;
        while get(&gateway, REMOTE_IP, page).await.status != 401 {
            assert!(std::time::Instant::now() < deadline, "it still works");
        }
    };
    let node = gateway.node(&Device::new("phone")).await;
    let page = format!("{}{CANVAS}", path_of(&surface(&node)));
    assert_eq!(get(&gateway, REMOTE_IP, &page).await.status, 200);
    drop(node);
    gone(&page).await;
    // Revoked at the gateway, and replaced by a newer connection of its own.
    for ends in ["replaced", "revoked"] {
        let node = gateway.node(&Device::new("phone")).await;
        let page = format!("{}{CANVAS}", path_of(&surface(&node)));
        assert_eq!(get(&gateway, REMOTE_IP, &page).await.status, 200, "{ends}");
        let mut owner = gateway.op(&Device::new("owner"), &["operator.admin"]).await;
        let newer = if ends == "replaced" {
            Some(gateway.node(&Device::new("phone")).await)
        } else {
            owner.ok("device.pair.remove", json!({"deviceId": Device::new("phone").id()})).await;
            None
        };
        gone(&page).await;
        drop(newer);
    }
}

/// F-22: where a node is connected from, apps that can send no secret are let in; in private networks only.
#[tokio::test]
async fn a_node_opens_its_private_address() {
    let gateway = start("{}").await;
    let cases =
        [(PHONE, true), ("100.101.102.103", true), ("fd00::77", true), (REMOTE_IP, false), ("2001:db8::9", false)];
    for (number, (ip, opens)) in cases.into_iter().enumerate() {
        assert_eq!(get(&gateway, ip, CANVAS).await.status, 401, "{ip}: nobody is connected from there");
        let mut node = node_at(&gateway, ip, &Connect::node(&Device::new(&format!("node {number}"))).v3()).await;
        let want = if opens { 200 } else { 401 };
        assert_eq!(get(&gateway, ip, CANVAS).await.status, want, "{ip}");
        // A page elsewhere that gave itself our address is not the node.
        let rebound = Caller::local().header("host", "evil.example");
        assert_eq!(gateway.http_as(ip, CANVAS, &rebound).await.status, 401, "{ip}");
        // A wrong secret is worse than none.
        assert_eq!(gateway.http_as(ip, CANVAS, &bearer("wrong")).await.status, 401, "{ip}");
        node.raw.send_message(tokio_tungstenite::tungstenite::Message::Close(None)).await;
        node.closed().await;
        let deadline = std::time::Instant::now() + crate::harness::DEADLINE;
        while get(&gateway, ip, CANVAS).await.status != 401 {
            assert!(std::time::Instant::now() < deadline, "{ip} stays open");
        }
    }
    assert_eq!(get(&gateway, "192.168.7.21", CANVAS).await.status, 401, "a neighbour is not the node");
}

/// F-22: an operator's address opens nothing.
#[tokio::test]
async fn an_operator_opens_no_address() {
    let gateway = start("{}").await;
    let connect = Connect::operator(&Device::new("laptop"), &["operator.read"]);
    let _laptop = node_at(&gateway, PHONE, &connect).await;
    assert_eq!(get(&gateway, PHONE, CANVAS).await.status, 401);
}

/// F-22: an address that a proxy names counts when the proxy is trusted, and is refused otherwise.
#[tokio::test]
async fn forwarded_addresses_count_from_trusted_proxies_alone() {
    let gateway = start("{}").await;
    let _node = node_at(&gateway, PHONE, &Connect::node(&Device::new("phone")).v3()).await;
    let claims = at_home().header("x-forwarded-for", PHONE);
    assert_eq!(gateway.http_as("192.168.7.66", CANVAS, &claims).await.status, 403, "a neighbour says so");
    assert_eq!(gateway.http_as("127.0.0.1", CANVAS, &claims).await.status, 403);
    assert_eq!(gateway.http_as("127.0.0.9", CANVAS, &claims).await.status, 200);
    let other = at_home().header("x-forwarded-for", &format!("{PHONE}, 192.168.7.66"));
    assert_eq!(gateway.http_as("127.0.0.9", CANVAS, &other).await.status, 401, "the last hop counts");
}

const ONE_TRY: &str = "auth: {rateLimit: {maxAttempts: 1, lockoutMs: 60000}}";

#[track_caller]
fn limited(answer: &HttpAnswer, seconds: &str) {
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some(seconds)), "{answer:?}");
}

/// F-23: who guesses waits, also with an upgrade; a right token is served all the while, and nobody else waits.
#[tokio::test]
async fn who_guesses_waits() {
    let gateway = start_with("{}", ONE_TRY).await;
    let node = gateway.node(&Device::new("phone")).await;
    let right = format!("{}{CANVAS}", path_of(&surface(&node)));
    let wrong = format!("/__openclaw__/cap/{}{CANVAS}", "A".repeat(43));
    assert_eq!(get(&gateway, REMOTE_IP, &wrong).await.status, 401);
    limited(&get(&gateway, REMOTE_IP, &wrong).await, "60");
    let socket = at_home().path(&format!("/__openclaw__/cap/{}/__openclaw__/ws", "B".repeat(43)));
    limited(&gateway.upgrade_as(REMOTE_IP, &socket).await.map(drop).unwrap_err(), "60");
    assert_eq!(get(&gateway, REMOTE_IP, &right).await.status, 200);
    assert_eq!(get(&gateway, "198.51.100.7", &wrong).await.status, 401);
    assert_eq!(gateway.http_as(REMOTE_IP, CANVAS, &bearer(TOKEN)).await.status, 200, "another secret, another count");
    gateway.clock.advance_ms(60_000);
    assert_eq!(get(&gateway, REMOTE_IP, &wrong).await.status, 401);
}

/// F-23: the same with the gateway's secret, under the limits of the handshake.
#[tokio::test]
async fn who_guesses_the_secret_waits() {
    let gateway = start_with("{}", ONE_TRY).await;
    assert_eq!(gateway.http_as(PHONE, CANVAS, &bearer("one")).await.status, 401);
    limited(&gateway.http_as(PHONE, CANVAS, &bearer("two")).await, "60");
    limited(&gateway.upgrade_as(PHONE, &bearer("three").path("/__openclaw__/ws")).await.map(drop).unwrap_err(), "60");
    limited(&gateway.http_as(PHONE, CANVAS, &bearer(TOKEN)).await, "60");
    // Without any secret there is nothing to guess, and nothing to count.
    for _ in 0..3 {
        assert_eq!(get(&gateway, REMOTE_IP, CANVAS).await.status, 401);
    }
}

/// A gateway that asks nobody is for this machine; its canvas is, too.
#[tokio::test]
async fn the_secret_may_be_a_password() {
    let config = "{gateway: {auth: {mode: 'password', password: 'open sesame'}}}";
    let gateway = InProcess::with(config, |options| options.overrides.token = None).await;
    assert_eq!(gateway.http_as(PHONE, CANVAS, &bearer("open sesame")).await.status, 200);
    assert_eq!(gateway.http_as(PHONE, CANVAS, &bearer(TOKEN)).await.status, 401);
    let endpoint: &Endpoint = &gateway;
    assert_eq!(endpoint.http("GET", CANVAS, &Caller::local(), "").await.status, 200);
}

/// The environment leaves it out, whatever the configuration says, and the configuration tells by what.
#[tokio::test]
async fn it_can_be_left_out_from_outside() {
    let gateway = TestGateway::builder().config("{canvasHost: {enabled: true}}").env("OPENCLAW_SKIP_CANVAS_HOST", "1");
    let gateway = gateway.start();
    assert_eq!(gateway.http("GET", CANVAS, &Caller::local(), "").await.status, 404);
    let config = gateway.op(&Device::new("desk"), &["operator.read"]).await.ok("config.get", json!({})).await;
    let by = json!({"path": "canvasHost.enabled", "by": "OPENCLAW_SKIP_CANVAS_HOST"});
    assert!(config["overridden"].as_array().unwrap().contains(&by), "{config}");
}
