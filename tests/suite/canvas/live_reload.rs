//! Pages hear that a file changed. V-05.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::scene::{CANVAS, canvas_of, path_of, put, start};
use crate::harness::{Caller, DEADLINE, Device, Endpoint, InProcess};

type Page = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A page without an origin, as canvas pages are.
async fn page(gateway: &Endpoint, path: &str) -> Page {
    let mut request = format!("{}{path}", gateway.url()).into_client_request().unwrap();
    request.headers_mut().insert("origin", "null".parse().unwrap());
    tokio_tungstenite::connect_async(request).await.unwrap().0
}

/// The next word; `None` when the gateway closes.
async fn word(page: &mut Page) -> Option<String> {
    loop {
        let next = tokio::time::timeout(DEADLINE, page.next()).await.expect("no word");
        match next {
            Some(Ok(Message::Text(text))) => return Some(text.to_string()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            Some(Ok(_)) => {}
        }
    }
}

/// Writes until the page hears of it: watching begins with the first page that asks.
async fn reloads(gateway: &InProcess, pages: &mut [Page]) {
    let mut first = std::pin::pin!(async {
        for page in pages.iter_mut() {
            assert_eq!(word(page).await.as_deref(), Some("reload"));
        }
    });
    let mut round = 0;
    let deadline = std::time::Instant::now() + DEADLINE;
    loop {
        round += 1;
        put(gateway, "game/level.json", &round.to_string());
        if tokio::time::timeout(Duration::from_millis(500), &mut first).await.is_ok() {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "nobody hears of changes");
    }
}

/// V-05: every page hears `reload` after a file changed, in a folder that came later too; one watcher serves all.
#[tokio::test]
async fn pages_hear_of_changes() {
    let gateway = start("{}").await;
    let mut pages = Vec::new();
    for name in ["openclaw", "postern", "fased", "openclaw"] {
        pages.push(page(&gateway, &format!("/__{name}__/ws")).await);
    }
    reloads(&gateway, &mut pages).await;
    for path in ["later/deep/page.html", "later/deep/page.html"] {
        reloads(&gateway, &mut pages).await;
        put(&gateway, path, "<p>");
        for page in &mut pages {
            assert_eq!(word(page).await.as_deref(), Some("reload"));
        }
    }
    std::fs::remove_dir_all(canvas_of(&gateway).join("later")).unwrap();
    for page in &mut pages {
        assert_eq!(word(page).await.as_deref(), Some("reload"), "a file that goes is a change");
    }
}

/// The folder may be replaced as a whole.
#[tokio::test]
async fn a_folder_that_is_replaced_is_followed() {
    let gateway = start("{}").await;
    let mut pages = [page(&gateway, "/__openclaw__/ws").await];
    reloads(&gateway, &mut pages).await;
    let root = canvas_of(&gateway);
    std::fs::rename(&root, root.with_file_name("before")).unwrap();
    put(&gateway, "index.html", "<p>new");
    assert_eq!(word(&mut pages[0]).await.as_deref(), Some("reload"));
    reloads(&gateway, &mut pages).await;
}

/// A request that is no upgrade is told so; without live reload there is nothing.
#[tokio::test]
async fn it_is_for_sockets_only() {
    let gateway = start("{}").await;
    for method in ["GET", "HEAD"] {
        let answer = gateway.http(method, "/__openclaw__/ws", &Caller::local(), "").await;
        assert_eq!((answer.status, answer.header("upgrade")), (426, Some("websocket")), "{method}");
    }
    assert_eq!(gateway.http("POST", "/__openclaw__/ws", &Caller::local(), "").await.status, 405);
    let off = start("{liveReload: false}").await;
    assert_eq!(off.http("GET", "/__openclaw__/ws", &Caller::local(), "").await.status, 404);
    let refused = off.upgrade(&Caller::local().path("/__openclaw__/ws")).await.map(drop).unwrap_err();
    assert_eq!(refused.status, 404);
    put(&off, "index.html", "<p>");
    let page = off.http("GET", CANVAS, &Caller::local(), "").await;
    assert!(page.body.contains("sendUserAction") && !page.body.contains("WebSocket"), "{page:?}");
}

/// A page of another site hears nothing; one without origin only that something changed.
#[tokio::test]
async fn pages_of_others_are_not_told() {
    let gateway = start("{}").await;
    let own = format!("http://127.0.0.1:{}", gateway.port);
    for (origin, status) in
        [("https://evil.example", 403), ("http://192.168.7.9:1", 403), ("http://evil.localhost.x", 403)]
    {
        let caller = Caller::page(origin).path("/__openclaw__/ws");
        assert_eq!(gateway.upgrade(&caller).await.map(drop).unwrap_err().status, status, "{origin}");
    }
    for origin in [own.as_str(), "null"] {
        drop(gateway.upgrade(&Caller::page(origin).path("/__openclaw__/ws")).await.unwrap());
    }
}

/// With a capability it works from anywhere, and ends with its connection.
#[tokio::test]
async fn a_capability_opens_it_and_closes_it() {
    let gateway = start("{}").await;
    let node = gateway.node(&Device::new("phone")).await;
    let path = path_of(node.hello["pluginSurfaceUrls"]["canvas"].as_str().unwrap());
    let far = Caller::page("null").header("host", "gate.example").path(&format!("{path}/__openclaw__/ws"));
    drop(gateway.upgrade_as("203.0.113.5", &far).await.unwrap());
    let mut own = [page(&gateway, &format!("{path}/__openclaw__/ws")).await];
    reloads(&gateway, &mut own).await;
    drop(node);
    let deadline = std::time::Instant::now() + DEADLINE;
    loop {
        put(&gateway, "index.html", &format!("{:?}", std::time::Instant::now()));
        match tokio::time::timeout(Duration::from_millis(500), word(&mut own[0])).await {
            Ok(None) => break,
            Ok(Some(text)) => assert_eq!(text, "reload"),
            Err(_) => {}
        }
        assert!(std::time::Instant::now() < deadline, "it stays open");
    }
    assert_eq!(gateway.upgrade_as("203.0.113.5", &far).await.map(drop).unwrap_err().status, 401);
}

/// Pages that say something, or too much, disturb nobody.
#[tokio::test]
async fn what_pages_say_is_not_heard() {
    let gateway = start("{}").await;
    let mut raw = gateway.raw_from(&Caller::local().path("/__openclaw__/ws")).await;
    raw.request("1", "connect", json!({})).await;
    raw.send_text("x".repeat(2_000)).await;
    assert!(matches!(raw.closed().await.code, 1005 | 1006 | 1009 | 1012));
    assert!(raw.frames().is_empty(), "no challenge, no answer");
    let mut pages = [page(&gateway, "/__openclaw__/ws").await];
    reloads(&gateway, &mut pages).await;
}
