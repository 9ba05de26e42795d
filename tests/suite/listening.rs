//! A port or an address that cannot be had never locks the owner out (DEMAND P1): it is told, and the gateway is reached
//! where it was.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::Child;

use serde_json::{Value, json};

use super::lock::gateway_command;
use crate::harness::{Caller, Client, Connect, Device, Endpoint, TOKEN, TestGateway, free_port, until};

/// A gateway whose port the file decides.
struct ByFile {
    child: Child,
    endpoint: Endpoint,
}

impl ByFile {
    fn start(state: &Path) -> Self {
        let mut child = gateway_command(state, &["--json"]).env("POSTERN_GATEWAY_TOKEN", TOKEN).spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        // Read on, so that it is never kept from writing.
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).for_each(drop));
        let port = u16::try_from(ready["port"].as_u64().unwrap()).unwrap();
        Self { child, endpoint: Endpoint { port, token: Some(TOKEN.to_owned()) } }
    }
}

impl Drop for ByFile {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn write(state: &Path, port: u16, mode: &str) {
    let text = json!({"gateway": {"port": port, "reload": {"mode": mode}}}).to_string();
    fs::write(state.join("postern.json"), text).unwrap();
}

async fn owner(endpoint: &Endpoint) -> Client {
    endpoint.must(&Caller::local(), &as_owner()).await
}

fn as_owner() -> Connect {
    Connect::operator(&Device::new("owner"), &["operator.admin"])
}

async fn patch(client: &mut Client, patch: &str) -> Value {
    let base = client.ok("config.get", json!({})).await["hash"].clone();
    client.ok("config.patch", json!({"raw": patch, "baseHash": base, "restartDelayMs": 0})).await
}

/// The problem is told wherever an owner looks.
async fn is_told(client: &mut Client, path: &str, words: &str) {
    let config = client.ok("config.get", json!({})).await;
    let issue = &config["issues"][0];
    assert_eq!((&config["valid"], &issue["path"]), (&json!(true), &json!(path)), "{config}");
    assert!(issue["message"].as_str().unwrap().contains(words), "{issue}");
    let status = client.ok("status", json!({})).await["warnings"].to_string();
    assert!(status.contains(path) && status.contains(words), "{status}");
}

/// A change that could not be served afterwards is told before anything is given up for it: nobody is disconnected.
#[tokio::test]
async fn what_is_taken_is_told_and_nobody_is_dropped() {
    let (state, taken) = (tempfile::tempdir().unwrap(), TcpListener::bind(("127.0.0.1", 0)).unwrap());
    let (first, second) = (free_port(), free_port());
    write(state.path(), first, "hybrid");
    let gateway = ByFile::start(state.path());
    assert_eq!(gateway.endpoint.port, first);
    let mut client = owner(&gateway.endpoint).await;
    let occupied = taken.local_addr().unwrap().port();
    let done = patch(&mut client, &json!({"gateway": {"port": occupied}}).to_string()).await;
    assert_eq!((&done["restart"]["scheduled"], &done["restart"]["paths"]), (&json!(false), &json!(["gateway.port"])));
    assert!(done["restart"]["reason"].as_str().unwrap().contains("cannot listen"), "{done}");
    let event = client.event("config.changed", |event| event["restart"] == json!(["gateway.port"])).await;
    assert_eq!(event["issues"][0]["path"], "gateway.port", "{event}");
    is_told(&mut client, "gateway.port", "cannot listen").await;
    // Other settings go on changing at once, without another try of what cannot be.
    let done = patch(&mut client, "{session: {mainKey: 'two'}}").await;
    assert_eq!(done["restart"]["scheduled"], false, "{done}");
    // One that is free is taken, and the problem is gone.
    let done = patch(&mut client, &json!({"gateway": {"port": second}}).to_string()).await;
    assert_eq!(done["restart"]["scheduled"], true, "{done}");
    client.closed().await;
    let there = Endpoint { port: second, token: Some(TOKEN.to_owned()) };
    let mut client = there.next_run(&client, &as_owner()).await;
    assert_eq!(client.ok("config.get", json!({})).await["issues"], json!([]));
}

/// A planned restart to a port that somebody took meanwhile comes back where it was.
#[tokio::test]
async fn a_planned_restart_comes_back_where_it_was() {
    let (state, taken) = (tempfile::tempdir().unwrap(), TcpListener::bind(("127.0.0.1", 0)).unwrap());
    let (first, occupied) = (free_port(), taken.local_addr().unwrap().port());
    write(state.path(), first, "off");
    let gateway = ByFile::start(state.path());
    let mut client = owner(&gateway.endpoint).await;
    // Nobody looks at the file before the restart.
    write(state.path(), occupied, "off");
    client.ok("gateway.restart.request", json!({"delayMs": 0})).await;
    client.closed().await;
    let mut client = gateway.endpoint.next_run(&client, &as_owner()).await;
    is_told(&mut client, "gateway.port", "in use by").await;
    assert_eq!(client.ok("config.get", json!({})).await["waiting"], json!(["gateway.port"]));
    // Once the port is free, the next restart brings it.
    drop(taken);
    client.ok("gateway.restart.request", json!({"delayMs": 0})).await;
    client.closed().await;
    let there = Endpoint { port: occupied, token: Some(TOKEN.to_owned()) };
    let mut client = there.next_run(&client, &as_owner()).await;
    assert_eq!(client.ok("config.get", json!({})).await["issues"], json!([]));
}

/// An address that this machine does not have: this machine is served, at a first start too.
#[tokio::test]
async fn an_address_of_another_machine_leaves_loopback() {
    let elsewhere = "{gateway: {bind: 'custom', customBindHost: '192.0.2.1'}}";
    let gateway = TestGateway::builder().config(elsewhere).start();
    assert_eq!(gateway.http("GET", "/healthz", &Caller::local(), "").await.status, 200);
    is_told(&mut owner(&gateway).await, "gateway.bind", "192.0.2.1").await;
    until("the log", || gateway.log().contains("192.0.2.1").then_some(())).await;
    let gateway = gateway.restart();
    let mut client = owner(&gateway).await;
    let done = patch(&mut client, "{gateway: {bind: 'loopback', customBindHost: null}}").await;
    assert_eq!(done["restart"]["scheduled"], false, "it listens there already: {done}");
    assert_eq!(client.ok("config.get", json!({})).await["issues"], json!([]));
    let done = patch(&mut client, elsewhere).await;
    assert_eq!(done["restart"]["scheduled"], false, "{done}");
    is_told(&mut client, "gateway.bind", "192.0.2.1").await;
}

/// A restart that the gateway planned itself does not end it, whatever is in the way: it waits, says so to probes, and
/// serves once it can.
#[tokio::test]
async fn a_planned_restart_that_fails_is_tried_again() {
    let off = "gateway: {reload: {mode: 'off'}";
    let mut gateway = TestGateway::builder().args(&["--bind", "lan"]).config(&format!("{{{off}}}}}")).start();
    let file = gateway.state_dir().join("postern.json");
    let mut client = owner(&gateway).await;
    // With the flag it would let strangers in, and a start by hand is refused.
    fs::write(&file, format!("{{{off}, auth: {{mode: 'none'}}}}}}")).unwrap();
    client.ok("gateway.restart.request", json!({"delayMs": 0})).await;
    client.closed().await;
    until("the reason", || gateway.log().contains("refuses to start exposed").then_some(())).await;
    fs::write(&file, format!("{{{off}}}}}")).unwrap();
    let mut client = gateway.next_run(&client, &as_owner()).await;
    assert_eq!(client.ok("health", json!({})).await["ok"], true);
    assert!(gateway.stop().0.success());
}
