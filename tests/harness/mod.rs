//! What the suite stands on: a gateway of its own per test, and clients that talk to it over real sockets.
//!
//! | type | is |
//! |---|---|
//! | [`TestGateway`] | the real program, `postern gateway --port 0 --json`, with its own state folder |
//! | [`InProcess`] | the library in this process: clock, limits and plugin methods belong to the test |
//! | [`Endpoint`] | where either listens and its secret; both deref to it, and every client starts there |
//! | [`Caller`] | from where a client seems to come: headers of the upgrade |
//! | [`Raw`] | a bare WebSocket; remembers every frame and the close |
//! | [`Device`], [`Connect`] | a seeded key; the params of `connect`, signed, with any field overridden |
//! | [`Client`], [`Refused`] | a connected client; what a refused one was told |
//! | [`FakeModel`], [`Turn`] | a provider of language models; one answer of it, scripted |
//! | [`on_own_network`] | a network of its own for one test |
//! | [`Nginx`] | a real reverse proxy |
//! | [`Tailnet`] | the Tailscale daemon and program of a machine |
//! | [`TestNode`] | the real node host as a child process, in folders of its own |
//! | [`InProcessNode`] | the node host as a library in this process: its clock and its cameras belong to the test |
//! | [`Supervisor`] | what a service manager does, played for one user |
//! | [`run`] | one run of the `postern` command; `TestGateway::cli` points it at a gateway |
//!
//! Nothing sleeps: whatever waits, waits for a frame or a condition, until [`DEADLINE`].
//! A remote caller needs a gateway that trusts this machine as a proxy: [`TestGateway::proxied`].

mod client;
mod command;
mod connect;
mod endpoint;
mod forwarder;
mod http;
mod in_process;
mod model;
#[cfg(target_os = "linux")]
mod network;
mod next_run;
#[cfg(target_os = "linux")]
mod nginx;
#[cfg(unix)]
mod node;
#[cfg(unix)]
mod node_in_process;
mod port;
mod process;
mod raw;
pub(crate) mod releases;
#[cfg(target_os = "linux")]
mod supervisor;
#[cfg(unix)]
mod tailscale;
mod tls;

use std::time::Duration;

pub(crate) use client::{Client, Refused};
pub(crate) use command::{Cli, run, run_with_input};
pub(crate) use connect::{Connect, Device, Payload};
pub(crate) use endpoint::{Caller, Endpoint};
pub(crate) use forwarder::Forwarder;
pub(crate) use http::HttpAnswer;
pub(crate) use in_process::{InProcess, START_MS};
pub(crate) use model::{Api, FakeModel, Received, Turn, Usage};
#[cfg(target_os = "linux")]
pub(crate) use network::{Cable, LAN_IP, on_own_network, plug_in};
#[cfg(target_os = "linux")]
pub(crate) use nginx::Nginx;
#[cfg(unix)]
pub(crate) use node::TestNode;
#[cfg(unix)]
pub(crate) use node_in_process::InProcessNode;
pub(crate) use port::free_port;
pub(crate) use process::{PROXIED, TOKEN, TestGateway, files_below};
pub(crate) use raw::{Close, Raw};
#[cfg(target_os = "linux")]
pub(crate) use supervisor::Supervisor;
#[cfg(unix)]
pub(crate) use tailscale::{DNS_NAME, MEMBER, MEMBER_IP, OWN_IP, Tailnet};
pub(crate) use tls::{Issued, sha256};

/// How long a test waits for anything; reached only by a test that fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A caller that is never this machine (documentation range).
pub(crate) const REMOTE_IP: &str = "203.0.113.5";

/// Waits until `condition` gives a value, yielding to other tasks in between.
pub(crate) async fn until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(value) = condition() {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(DEADLINE, wait).await.unwrap_or_else(|_| panic!("timed out waiting for {what}"))
}

/// Asserts that a JSON object has exactly these keys, in any order.
#[track_caller]
pub(crate) fn assert_keys(object: &serde_json::Value, wanted: &[&str]) {
    let mut keys: Vec<_> = object.as_object().unwrap_or_else(|| panic!("not an object: {object}")).keys().collect();
    let mut wanted: Vec<_> = wanted.iter().collect();
    keys.sort();
    wanted.sort();
    assert_eq!(
        keys.iter().map(|key| key.as_str()).collect::<Vec<_>>(),
        wanted.iter().map(|key| **key).collect::<Vec<_>>()
    );
}
