//! A disk that fills up in the middle of a conversation: no message is taken that cannot be kept, no answer counts that
//! was not kept, and with room again the next message works.
#![cfg(target_os = "linux")]

use std::fs;

use serde_json::json;

use super::disk::room::Disk;
use super::faults::{ask, end_of, history, quiet, say, words, writer};
use crate::harness::{Caller, FakeModel, Turn};

/// More than what was laid aside before the disk was full.
const LARGE: usize = 300_000;

/// DEMAND P14, P20: on a small disk, and where the disk has room but files may not grow.
#[tokio::test]
async fn a_disk_that_fills_up_in_a_conversation() {
    for disk in Disk::both() {
        let model = FakeModel::start();
        fs::create_dir(disk.seen().join("state")).unwrap();
        fs::write(disk.seen().join("state").join("postern.json"), model.config()).unwrap();
        let gateway = disk.start().unwrap_or_else(|ended| panic!("did not start: {ended:?}"));
        let at = gateway.endpoint.clone();
        let mut client = writer(&at, "a").await;
        assert_eq!(ask(&mut client, "main", "one", "first").await["state"], "final");
        model.push(Turn::say("beginning ").hold().deltas([&*"x".repeat(LARGE)]));
        say(&mut client, "main", "two", "second").await;
        client.event("chat", |event| event["runId"] == "two" && event["state"] == "delta").await;

        disk.fill(&gateway);
        let waits = format!("third {}", "y".repeat(LARGE));
        let params = json!({"sessionKey": "main", "message": waits, "idempotencyKey": "three"});
        let error = client.err("chat.send", params.clone()).await;
        assert_eq!(error["code"], "UNAVAILABLE", "{error}");
        model.release_of(1).await;
        let end = end_of(&mut client, "two").await;
        assert_eq!(end["state"], "error", "an answer that was not kept is not final: {end}");
        assert!(end["errorMessage"].as_str().unwrap().contains("could not be saved"), "{end}");
        assert!(!end.to_string().contains("/state/"), "paths are for the log: {end}");
        let refused = format!("fourth {}", "z".repeat(LARGE));
        let error =
            client.err("chat.send", json!({"sessionKey": "main", "message": refused, "idempotencyKey": "four"}));
        let error = error.await;
        assert_eq!(error["code"], "UNAVAILABLE", "{error}");
        if disk.mount.is_some() {
            assert!(error["message"].as_str().unwrap().contains("disk is full"), "{error}");
        }
        assert_eq!(client.ok("health", json!({})).await["ok"], true);
        let users = |said: &[(String, String)]| -> Vec<String> {
            let users = said.iter().filter(|(role, _)| role == "user");
            users.map(|(_, text)| text.chars().take(6).collect::<String>().trim().to_owned()).collect()
        };
        assert_eq!(users(&history(&mut client, "main").await), ["first", "second"]);
        quiet(&mut client, "main").await;

        disk.free(&gateway);
        let ended = ask(&mut client, "main", "five", "fifth").await;
        assert_eq!((&ended["state"], words(&ended["message"])), (&json!("final"), "fifth".to_owned()), "{ended}");
        let answered = client.events("chat").into_iter().filter(|event| event["state"] == "final");
        let runs: Vec<_> = answered.map(|event| event["runId"].clone()).collect();
        assert_eq!(runs, ["one", "five"], "nothing that was refused is answered");
        // What was refused is forgotten: under its key it works now.
        client.ok("chat.send", params).await;
        assert_eq!(end_of_last(&mut client, "three").await["state"], "final");
        assert_eq!(users(&history(&mut client, "main").await), ["first", "second", "fifth", "third"]);

        let log = gateway.kill9();
        assert!(!log.contains("panicked"), "{log}");
        let gateway = disk.start().unwrap_or_else(|ended| panic!("did not start again: {ended:?}"));
        let mut client = writer(&gateway.endpoint, "a").await;
        let said = history(&mut client, "main").await;
        assert_eq!(users(&said), ["first", "second", "fifth", "third"]);
        let again = say(&mut client, "main", "two", "second").await;
        assert_eq!(again["status"], "error", "{again}");
        assert_eq!(ask(&mut client, "main", "six", "sixth").await["state"], "final");
        assert_eq!(at_http(&gateway.endpoint).await, 200);
    }
}

/// The end of a run that began after one of the same name had been refused.
async fn end_of_last(client: &mut crate::harness::Client, run: &str) -> serde_json::Value {
    client.event("chat", |event| event["runId"] == run && event["state"] == "final").await
}

async fn at_http(at: &crate::harness::Endpoint) -> u16 {
    at.http("GET", "/healthz", &Caller::local(), "").await.status
}
