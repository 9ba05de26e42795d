//! `browser.proxy` and `canvas.*` of the node host, with a real Chromium. Where none is installed the host offers
//! neither, and that is what is checked then.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use serde_json::{Value, json};

use crate::harness::{Client, Device, TestGateway, TestNode};

const WITHOUT: &[&str] = &["--without", "camera,screen", "--browser-no-sandbox"];

const PAGE: &str = "<!doctype html><title>Order</title><h1>Order form</h1>\
    <label>Name <input id=name></label><label><input type=checkbox id=gift> Gift</label>\
    <button onclick=\"document.title = 'sent'; document.getElementById('said').textContent = \
    'for ' + document.getElementById('name').value\">Send</button><p id=said></p>";

/// A page on this machine, served until the test ends.
fn page() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut stream = stream;
            let mut head = [0; 4096];
            let read = stream.read(&mut head).unwrap_or(0);
            let (status, more) = match head[..read].starts_with(b"GET /away") {
                true => ("302 Found", "Location: http://localhost:18789/\r\n"),
                false => ("200 OK", "Content-Type: text/html\r\n"),
            };
            let answer =
                format!("HTTP/1.1 {status}\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n{PAGE}", PAGE.len());
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    port
}

fn chromium() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
    std::env::split_paths(&path).any(|folder| names.iter().any(|name| folder.join(name).is_file()))
}

fn call(node_id: &str, command: &str, params: Value) -> Value {
    let key = uuid::Uuid::new_v4().to_string();
    json!({"nodeId": node_id, "command": command, "params": params, "idempotencyKey": key, "timeoutMs": 60_000})
}

async fn asked(op: &mut Client, node_id: &str, method: &str, path: &str, body: Value) -> Value {
    let params = match method {
        "GET" => json!({"method": method, "path": path, "query": body}),
        _ => json!({"method": method, "path": path, "body": body}),
    };
    op.ok("node.invoke", call(node_id, "browser.proxy", params)).await["payload"].take()
}

async fn blocked(op: &mut Client, node_id: &str, url: &str) -> Value {
    let params = json!({"method": "POST", "path": "/navigate", "body": {"url": url}});
    op.err("node.invoke", call(node_id, "browser.proxy", params)).await["details"]["nodeError"]["code"].take()
}

/// Ports of this machine on which a process or one of its group waits for anybody to come.
#[cfg(target_os = "linux")]
fn listening(group: u64) -> Vec<String> {
    let read = |path: String| std::fs::read_to_string(path).unwrap_or_default();
    let sockets = |table: &str| -> Vec<(String, String)> {
        let table = read(format!("/proc/net/{table}"));
        let rows = table.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
        let listens = rows.filter(|row| row[3] == "0A");
        listens.map(|row| (format!("socket:[{}]", row[9]), row[1].to_owned())).collect()
    };
    let waiting = [sockets("tcp"), sockets("tcp6")].concat();
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok).map(|entry| entry.path());
    let of_group = |path: &std::path::PathBuf| {
        let stat = read(format!("{}/stat", path.display()));
        let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest).to_owned();
        after_name.split(' ').nth(2) == Some(group.to_string().as_str())
    };
    let own: Vec<_> = processes.filter(of_group).collect();
    assert!(!own.is_empty(), "no process of the group {group}");
    let files = own.iter().filter_map(|path| std::fs::read_dir(path.join("fd")).ok()).flatten().filter_map(Result::ok);
    let links: Vec<String> =
        files.filter_map(|file| Some(file.path().read_link().ok()?.to_string_lossy().into_owned())).collect();
    waiting.into_iter().filter(|(link, _)| links.contains(link)).map(|(_, address)| address).collect()
}

/// Pages are opened, read, filled in and pictured; only where the owner lets the browser go.
#[tokio::test]
async fn a_real_browser_is_steered_within_its_limits() {
    let gateway = TestGateway::start();
    let site = format!("127.0.0.1:{}", page());
    let mut node = TestNode::start(&gateway, &[WITHOUT, &["--browser-allow", &site]].concat());
    let id = node.connected().await;
    let mut op = gateway.op(&Device::new("op"), &["operator.admin"]).await;
    let list = op.ok("node.list", json!({})).await;
    let offers = list["nodes"][0]["commands"].to_string().contains("browser.proxy");
    assert_eq!(offers, chromium(), "it is offered where it works: {list}");
    if !offers {
        return;
    }
    assert_eq!(asked(&mut op, &id, "GET", "/", json!({})).await["result"]["running"], false);
    let url = format!("http://{site}/");
    let opened = asked(&mut op, &id, "POST", "/tabs/open", json!({"url": url})).await["result"].take();
    assert_eq!((&opened["title"], &opened["url"]), (&json!("Order"), &json!(url)), "{opened}");
    let target = opened["targetId"].clone();
    #[cfg(target_os = "linux")]
    {
        let pid = asked(&mut op, &id, "GET", "/", json!({})).await["result"]["pid"].as_u64().unwrap();
        assert_eq!(listening(pid), Vec::<String>::new(), "other users of the machine could steer it");
    }

    let seen = asked(&mut op, &id, "GET", "/snapshot", json!({"targetId": target})).await["result"].take();
    let text = seen["snapshot"].as_str().unwrap();
    assert!(text.contains("heading \"Order form\"") && text.contains("textbox \"Name\""), "{text}");
    let marks = seen["refs"].as_object().unwrap();
    let mark = |role: &str| marks.iter().find(|(_, thing)| thing["role"] == role).unwrap().0.clone();
    let typed = json!({"kind": "type", "ref": mark("textbox"), "text": "Ada"});
    asked(&mut op, &id, "POST", "/act", typed).await;
    asked(&mut op, &id, "POST", "/act", json!({"kind": "click", "ref": mark("checkbox")})).await;
    asked(&mut op, &id, "POST", "/act", json!({"kind": "click", "ref": mark("button")})).await;
    let said = json!({"kind": "evaluate", "fn": "() => [document.title, said.textContent, gift.checked]"});
    let said = asked(&mut op, &id, "POST", "/act", said).await["result"]["result"].take();
    assert_eq!(said, json!(["sent", "for Ada", true]));

    let picture = asked(&mut op, &id, "POST", "/screenshot", json!({})).await;
    assert!(picture["files"][0]["base64"].as_str().unwrap().starts_with("iVBORw0KGgo"), "a PNG");
    assert_eq!(picture["files"][0]["path"], picture["result"]["path"]);

    let own = gateway.url().replace("ws://", "http://");
    for url in [own.as_str(), "http://localhost:18789/", "http://[::1]/", "http://169.254.169.254/latest/"] {
        assert_eq!(blocked(&mut op, &id, url).await, "NAVIGATION_BLOCKED", "{url}");
    }
    for url in ["file:///etc/passwd", "chrome://settings", "javascript:1"] {
        assert_eq!(blocked(&mut op, &id, url).await, "INVALID_REQUEST", "{url}");
    }
    // A page of the web that leads home is stopped on the way.
    asked(&mut op, &id, "POST", "/navigate", json!({"url": format!("{url}away")})).await;
    let body = json!({"kind": "evaluate", "fn": "() => document.body.innerText"});
    let body = asked(&mut op, &id, "POST", "/act", body).await["result"]["result"].take();
    assert!(body.as_str().unwrap().contains("localhost is not reached"), "{body}");

    assert_eq!(asked(&mut op, &id, "POST", "/stop", json!({})).await["result"]["ok"], true);
    assert_eq!(asked(&mut op, &id, "GET", "/tabs", json!({})).await["result"]["running"], false);
}

/// Pages of the canvas are shown, read and pictured.
#[tokio::test]
async fn the_canvas_is_a_page_that_can_be_read() {
    if !chromium() {
        return;
    }
    let commands = r#"["canvas.present", "canvas.eval", "canvas.snapshot", "canvas.hide"]"#;
    let gateway =
        TestGateway::builder().config(&format!("{{gateway: {{nodes: {{commands: {{allow: {commands}}}}}}}}}")).start();
    let site = format!("127.0.0.1:{}", page());
    let mut node = TestNode::start(&gateway, &[WITHOUT, &["--browser-allow", &site]].concat());
    let id = node.connected().await;
    let mut op = gateway.op(&Device::new("op"), &["operator.admin"]).await;
    let nothing = op.err("node.invoke", call(&id, "canvas.eval", json!({"javaScript": "1"}))).await;
    assert!(nothing["message"].as_str().unwrap().contains("canvas.present"), "{nothing}");
    let url = format!("http://{site}/");
    op.ok("node.invoke", call(&id, "canvas.present", json!({"url": url}))).await;
    let script = json!({"javaScript": "document.querySelector('h1').textContent"});
    let read = op.ok("node.invoke", call(&id, "canvas.eval", script)).await;
    assert_eq!(read["payload"]["result"], "Order form", "{read}");
    let taken = op.ok("node.invoke", call(&id, "canvas.snapshot", json!({"format": "jpeg"}))).await;
    assert!(taken["payload"]["base64"].as_str().unwrap().starts_with("/9j/"), "a JPEG");
    let refused = op.err("node.invoke", call(&id, "canvas.present", json!({"url": "file:///etc/passwd"}))).await;
    assert_eq!(refused["details"]["nodeError"]["code"], "INVALID_REQUEST", "{refused}");
    op.ok("node.invoke", call(&id, "canvas.hide", json!({}))).await;
}

/// What agents draw appears on the gateway's own page, which the host opens by an address made for it.
#[tokio::test]
async fn what_agents_draw_is_seen() {
    if !chromium() {
        return;
    }
    let commands = r#"["canvas.a2ui.pushJSONL", "canvas.a2ui.reset", "canvas.eval", "canvas.present"]"#;
    let gateway =
        TestGateway::builder().config(&format!("{{gateway: {{nodes: {{commands: {{allow: {commands}}}}}}}}}")).start();
    let mut node = TestNode::start(&gateway, WITHOUT);
    let id = node.connected().await;
    let mut op = gateway.op(&Device::new("op"), &["operator.admin"]).await;
    let update = json!({"surfaceUpdate": {"surfaceId": "main", "components": [
        {"id": "root", "component": {"Text": {"text": {"literalString": "drawn by an agent"}}}},
    ]}});
    let begin = json!({"beginRendering": {"surfaceId": "main", "root": "root"}});
    let lines = json!({"jsonl": format!("{update}\n{begin}\n")});
    let drawn = op.ok("node.invoke", call(&id, "canvas.a2ui.pushJSONL", lines)).await;
    assert_eq!(drawn["payload"]["surfaces"], json!(["main"]), "{drawn}");
    let seen = json!({"javaScript": "document.body.innerText"});
    let read = op.ok("node.invoke", call(&id, "canvas.eval", seen)).await;
    assert!(read["payload"]["result"].as_str().unwrap().contains("drawn by an agent"), "{read}");
    let wrong = call(&id, "canvas.a2ui.pushJSONL", json!({"jsonl": "{\"nothing\": 1}"}));
    assert_eq!(op.err("node.invoke", wrong).await["details"]["nodeError"]["code"], "INVALID_REQUEST");
    op.ok("node.invoke", call(&id, "canvas.a2ui.reset", json!({}))).await;
    // The way to the gateway is for its own pages; nothing else of this computer is reached.
    let other = op.err("node.invoke", call(&id, "canvas.present", json!({"url": "http://127.0.0.1:4/"}))).await;
    assert_eq!(other["details"]["nodeError"]["code"], "NAVIGATION_BLOCKED", "{other}");
}
