//! Thousands of turns: what is kept in memory has its bounds.
#![cfg(target_os = "linux")]

use std::fs;

use serde_json::json;

use super::faults::{end_of, quiet, say, writer};
use crate::harness::{Endpoint, TestGateway};

/// Turns that fill what may be filled: ended runs that are remembered, caches of the database, pools.
const WARM: usize = 800;
/// Turns that may not add to it.
const TURNS: usize = 2_000;
/// What may be added all the same: an allocator is never quite done.
const SLACK_KIB: u64 = 24 * 1024;

fn resident(gateway: &TestGateway) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", gateway.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// So many turns, by four clients, each in sessions that it begins anew again and again.
async fn talk(at: &Endpoint, round: &str, turns: usize) {
    let one = |name: usize| async move {
        let mut client = writer(at, &format!("client-{name}")).await;
        for turn in 0..turns / 4 {
            // Remembering every frame is the client's own.
            if turn % 50 == 49 {
                client = writer(at, &format!("client-{name}")).await;
            }
            let (session, key) = (format!("s{name}"), format!("{round}-{name}-{turn}"));
            say(&mut client, &session, &key, "hello").await;
            assert_eq!(end_of(&mut client, &key).await["state"], "final");
        }
    };
    futures_util::future::join_all((0..4).map(one)).await;
}

/// DEMAND P12: two thousand turns leave the gateway as large as it was.
#[tokio::test]
async fn two_thousand_turns_leave_nothing_behind() {
    let gateway = TestGateway::builder().config("{models: {discovery: {enabled: false}}}").start();
    talk(&gateway, "warm", WARM).await;
    let before = resident(&gateway);
    talk(&gateway, "turn", TURNS).await;
    let grown = resident(&gateway).saturating_sub(before);
    assert!(grown < SLACK_KIB, "it grew by {grown} KiB over {before} KiB");
    let mut client = writer(&gateway, "client-0").await;
    let list = client.ok("sessions.list", json!({})).await;
    let rows = list["sessions"].as_array().unwrap();
    assert_eq!(rows.len(), 4, "{list}");
    for session in ["s0", "s1", "s2", "s3"] {
        quiet(&mut client, session).await;
    }
}
