//! The end of a gateway: everybody is told, whoever hangs is not waited for, and the program ends well
//! (`frames-and-events.md §4`).

use std::process::Command;
use std::time::Duration;

use postern_gateway::Limits;
use postern_gateway::rpc::plugins::PluginMethod;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::harness::{Caller, Client, Close, Connect, DEADLINE, Device, InProcess, PROXIED, TestGateway};

fn reader(name: &str, dialect: u32) -> Connect {
    Connect::operator(&Device::new(name), &["operator.read"]).dialect(dialect)
}

fn restart() -> Close {
    Close::new(1012, "service restart")
}

/// Waits for the end of the program: exit 0, and one last line that says why.
#[track_caller]
fn ended_well(gateway: &mut TestGateway, reason: &str) {
    let (status, lines) = gateway.wait();
    assert_eq!(status.code(), Some(0), "{status}");
    let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, [json!({"event": "stopped", "reason": reason})]);
}

/// What the client heard last: the event, then the close.
async fn check_farewell(client: &mut Client, reason: &str) {
    assert_eq!(client.closed().await, restart());
    let last = client.raw.frames().last().unwrap().clone();
    assert_eq!((&last["event"], &last["payload"]), (&json!("shutdown"), &json!({"reason": reason})));
    assert!(last["seq"].is_u64() && last.get("stateVersion").is_none(), "{last}");
    assert_eq!(client.raw.events("shutdown").len(), 1);
}

/// E-09: on SIGTERM everybody hears `shutdown` with the reason, then the close; the program ends with 0.
#[tokio::test]
async fn everybody_is_told_before_the_end() {
    let mut gateway = TestGateway::start();
    let mut clients = Vec::new();
    for dialect in [3, 4] {
        clients.push(gateway.must(&Caller::local(), &reader("op", dialect)).await);
        clients.push(
            gateway.must(&Caller::local(), &Connect::node(&Device::new(&dialect.to_string())).dialect(dialect)).await,
        );
        clients.push(gateway.must(&Caller::local(), &Connect::deviceless(&[]).dialect(dialect)).await);
    }
    gateway.terminate();
    for client in &mut clients {
        check_farewell(client, "SIGTERM").await;
    }
    ended_well(&mut gateway, "SIGTERM");
    assert!(TcpStream::connect(("127.0.0.1", gateway.port)).await.is_err(), "the port is still open");
}

/// E-09: the same for Ctrl-C.
#[tokio::test]
async fn an_interrupt_is_the_same() {
    let mut gateway = TestGateway::start();
    let mut client = gateway.must(&Caller::local(), &reader("a", 4)).await;
    assert!(Command::new("kill").args(["-INT", &gateway.pid().to_string()]).status().unwrap().success());
    check_farewell(&mut client, "SIGINT").await;
    ended_well(&mut gateway, "SIGINT");
}

/// E-09: a client that never reads is not waited for long.
#[tokio::test]
async fn a_client_that_never_reads_holds_nothing_up() {
    let mut gateway = TestGateway::start();
    let silent = gateway.must(&Caller::local(), &reader("silent", 4)).await;
    ended_well_after_term(&mut gateway);
    // Open to the end, and not read.
    drop(silent);
}

#[track_caller]
fn ended_well_after_term(gateway: &mut TestGateway) {
    gateway.terminate();
    ended_well(gateway, "SIGTERM");
}

/// E-09: the same for one whose buffers are full, within the time that is set for the drain.
#[tokio::test]
async fn full_buffers_hold_nothing_up() {
    let limits = Limits { drain_timeout: Duration::from_millis(150), ..Limits::default() };
    let gateway = InProcess::with_limits(limits).await;
    // Open, and not read, to the end.
    let mut kept = Vec::new();
    for dialect in [3, 4] {
        let mut silent = gateway.must(&Caller::local(), &reader("silent", dialect)).await;
        for _ in 0..20_000 {
            silent.raw.send_text(r#"{"type":"req","id":"1","method":"health"}"#).await;
        }
        kept.push(silent);
    }
    let mut client = gateway.must(&Caller::local(), &reader("a", 4)).await;
    let ending = tokio::time::timeout(DEADLINE, gateway.running.shutdown("test"));
    let (ended, ()) = tokio::join!(ending, check_farewell(&mut client, "test"));
    assert!(ended.is_ok(), "the drain has no end");
    drop(kept);
}

/// E-09: a request that is still running ends with the connection.
#[tokio::test]
async fn a_request_in_flight_holds_nothing_up() {
    let mut gateway = TestGateway::builder().config(PROXIED).start();
    let refused = gateway.refused(&Caller::remote(), &reader("tool", 4)).await;
    gateway.approve(&refused).await;
    let mut tool = gateway.must(&Caller::remote(), &reader("tool", 4)).await;
    let wanted = json!({"scopes": ["operator.read", "operator.write"]});
    let asked = tool.ok("device.scopes.requestUpgrade", wanted).await;
    let waiting = tool.post("device.scopes.waitUpgrade", asked).await;
    tool.catch_up().await;
    gateway.terminate();
    check_farewell(&mut tool, "SIGTERM").await;
    assert!(!tool.raw.frames().iter().any(|frame| frame["id"] == waiting.as_str() && frame["ok"] == true));
    ended_well(&mut gateway, "SIGTERM");
}

/// E-09: nor does a method that never ends.
#[tokio::test]
async fn a_method_that_never_ends_holds_nothing_up() {
    let endless = PluginMethod::new("test.endless", |_cx, _params| std::future::pending());
    let gateway = InProcess::with_plugins(vec![endless]).await;
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    admin.post("test.endless", json!({})).await;
    admin.catch_up().await;
    let ending = tokio::time::timeout(DEADLINE, gateway.running.shutdown("test"));
    let (ended, ()) = tokio::join!(ending, check_farewell(&mut admin, "test"));
    assert!(ended.is_ok(), "the end waits for the method");
}

/// E-09: a socket in its handshake is told too; one that never spoke is just closed.
#[tokio::test]
async fn a_handshake_ends_with_the_gateway() {
    let mut gateway = TestGateway::start();
    let mut early = gateway.raw().await;
    early.challenge().await;
    let mut silent = TcpStream::connect(("127.0.0.1", gateway.port)).await.unwrap();
    gateway.terminate();
    assert_eq!(early.recv().await, Err(restart()));
    let mut rest = Vec::new();
    drop(silent.read_to_end(&mut rest).await);
    assert_eq!(rest, b"");
    ended_well(&mut gateway, "SIGTERM");
}

/// E-17: the end that one gateway told is not told by the next; what was paired is still paired.
#[tokio::test]
async fn the_next_gateway_starts_afresh() {
    let mut gateway = TestGateway::start();
    let mut client = gateway.must(&Caller::local(), &reader("a", 4)).await;
    let token = client.device_token();
    gateway.terminate();
    check_farewell(&mut client, "SIGTERM").await;
    ended_well(&mut gateway, "SIGTERM");
    let gateway = gateway.start_again();
    let mut again = gateway.must(&Caller::local(), &reader("a", 4).device_token(&token)).await;
    again.catch_up().await;
    assert_eq!(again.events("shutdown"), Vec::<Value>::new());
    assert_ne!(again.hello["server"]["bootId"], client.hello["server"]["bootId"]);
}
