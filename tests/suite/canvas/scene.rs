//! A gateway with a canvas, and what is in it.

use std::path::PathBuf;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::harness::{Endpoint, InProcess};

pub(super) const CANVAS: &str = "/__openclaw__/canvas/";
/// A phone in the home network.
pub(super) const PHONE: &str = "192.168.7.20";

/// With this `canvasHost`; `127.0.0.9` is a proxy, so that this machine itself is local.
pub(super) async fn start(canvas_host: &str) -> InProcess {
    start_with(canvas_host, "").await
}

/// The same with more in `gateway`.
pub(super) async fn start_with(canvas_host: &str, gateway: &str) -> InProcess {
    let config = format!("{{gateway: {{trustedProxies: ['127.0.0.9'], {gateway}}}, canvasHost: {canvas_host}}}");
    InProcess::with(&config, |_| {}).await
}

pub(super) fn canvas_of(gateway: &InProcess) -> PathBuf {
    let root = gateway.running.services().paths.state_dir.join("canvas");
    std::fs::create_dir_all(&root).unwrap();
    root
}

/// Puts a file into the canvas.
pub(super) fn put(gateway: &InProcess, path: &str, content: &str) {
    let file = canvas_of(gateway).join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, content).unwrap();
}

/// A port that was free a moment ago.
pub(super) fn own_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// A page, or nothing while nobody answers.
pub(super) async fn visit(endpoint: &Endpoint, path: &str) -> Option<String> {
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", endpoint.port)).await.ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nconnection: close\r\n\r\n", endpoint.port);
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    Some(answer)
}

/// The path of an address.
#[track_caller]
pub(super) fn path_of(url: &str) -> String {
    let (_, rest) = url.split_once("://").unwrap_or_else(|| panic!("no address: {url}"));
    rest.find('/').map_or_else(String::new, |at| rest[at..].to_owned())
}
