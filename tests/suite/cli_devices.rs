//! `postern devices`: who asks, who is paired, and every decision about them, by id, by its start or by name.

use serde_json::{Value, json};

use crate::harness::{Caller, Cli, Connect, Device, TestGateway, run};

const READ: &[&str] = &["operator.read"];

/// A gateway whose remote callers wait for approval, and whose owner has the state folder.
fn gateway() -> TestGateway {
    TestGateway::builder().config(crate::harness::PROXIED).no_token().start()
}

fn own(gateway: &TestGateway, args: &[&str]) -> Cli {
    run(&[&["devices"], args].concat(), &[("POSTERN_STATE_DIR", gateway.state_dir().to_str().unwrap())])
}

#[track_caller]
fn worked(cli: Cli) -> Cli {
    assert_eq!(cli.code, 0, "{cli:?}");
    cli
}

#[track_caller]
fn refused(cli: &Cli, code: i32, words: &[&str]) {
    assert_eq!((cli.code, cli.stdout.as_str()), (code, ""), "{cli:?}");
    for word in words {
        assert!(cli.stderr.contains(word), "{word:?} is missing: {cli:?}");
    }
}

fn secret(gateway: &TestGateway) -> Value {
    let env = [("POSTERN_STATE_DIR", gateway.state_dir().to_str().unwrap().to_owned())];
    let env = env.each_ref().map(|(name, value)| (*name, value.as_str()));
    json!({"token": run(&["token"], &env).stdout.trim()})
}

fn operator(gateway: &TestGateway, name: &str) -> Connect {
    Connect::operator(&Device::new(name), READ).auth(secret(gateway)).set("/client/displayName", json!(name))
}

/// A device elsewhere tries to connect; returns the id of its request.
async fn asks(gateway: &TestGateway, name: &str) -> String {
    gateway.refused(&Caller::remote(), &operator(gateway, name)).await.request_id().to_owned()
}

async fn pair(gateway: &TestGateway, name: &str) -> String {
    gateway.must(&Caller::local(), &operator(gateway, name)).await.device_token()
}

/// A part of the list, as programs see it.
fn list(gateway: &TestGateway, part: &str) -> Vec<Value> {
    worked(own(gateway, &["list", "--json"])).json()[part].as_array().unwrap().clone()
}

fn entry(gateway: &TestGateway, name: &str) -> Option<Value> {
    list(gateway, "paired").into_iter().find(|device| device["deviceId"] == Device::new(name).id())
}

/// The list shows who asks and who is paired, with ids long enough to act on.
#[tokio::test]
async fn list_shows_everybody() {
    let gateway = gateway();
    let id = asks(&gateway, "Phone of Ada").await;
    pair(&gateway, "Desk of Bob").await;
    for args in [&["list"][..], &[]] {
        let text = worked(own(&gateway, args)).stdout;
        let (waiting, paired) = text.split_once("Paired\n").unwrap();
        assert!(
            waiting.contains("Phone of Ada") && waiting.contains("203.0.113.5") && waiting.contains("read"),
            "{text}"
        );
        assert!(paired.contains("Desk of Bob") && !paired.contains("Phone of Ada"), "{text}");
        let shown =
            waiting.lines().find(|line| line.contains("Phone of Ada")).unwrap().split_whitespace().next().unwrap();
        assert!(id.starts_with(shown.trim_end_matches('…')), "{shown} of {id}");
    }
    assert_eq!(list(&gateway, "pending")[0]["requestId"], id);
}

/// Approving by the whole id, by its start and as the only one; the device then connects.
#[tokio::test]
async fn approve_lets_a_device_in() {
    let gateway = gateway();
    let id = asks(&gateway, "one").await;
    let done = worked(own(&gateway, &["approve", &id]));
    assert!(done.stdout.starts_with("approved: one") && done.stderr.contains("203.0.113.5"), "{done:?}");
    assert!(done.stderr.contains(&Device::new("one").id()[..4]) && done.stderr.contains(&id), "{done:?}");
    gateway.must(&Caller::remote(), &operator(&gateway, "one")).await;

    let id = asks(&gateway, "two").await;
    worked(own(&gateway, &["approve", &id[..8]]));
    gateway.must(&Caller::remote(), &operator(&gateway, "two")).await;

    asks(&gateway, "three").await;
    let answer = worked(own(&gateway, &["approve", "--latest", "--json"])).json();
    assert_eq!(answer["device"]["deviceId"], Device::new("three").id(), "{answer}");
    gateway.must(&Caller::remote(), &operator(&gateway, "three")).await;
}

/// Ids that fit nothing, fit several, or are no longer there approve nobody.
#[tokio::test]
async fn approve_never_guesses() {
    let gateway = gateway();
    refused(&own(&gateway, &["approve", "--latest"]), 1, &["no device waits"]);
    refused(&own(&gateway, &["approve"]), 2, &["say which request", "--latest"]);
    let mut ids = Vec::new();
    // Of seventeen ids two begin with the same digit.
    for at in 0..17 {
        // From two addresses: one alone may not have so many waiting.
        let caller = Caller::at(&format!("203.0.113.{}", at % 2));
        ids.push(gateway.refused(&caller, &operator(&gateway, &format!("device {at}"))).await.request_id().to_owned());
    }
    let first = ids.iter().map(|id| &id[..1]);
    let shared = first.clone().find(|start| first.clone().filter(|other| other == start).count() > 1).unwrap();
    refused(&own(&gateway, &["approve", shared]), 2, &[&format!("`{shared}` fits"), "requests"]);
    refused(&own(&gateway, &["approve", ""]), 1, &["no request is called"]);
    refused(&own(&gateway, &["approve", "zzz"]), 1, &["no request is called `zzz`", "postern devices list"]);
    refused(&own(&gateway, &["approve", "--latest"]), 2, &["17 requests wait", &ids[0], &ids[16]]);
    refused(&own(&gateway, &["approve", &ids[0], "--latest"]), 2, &["cannot be used with"]);
    assert_eq!((list(&gateway, "pending").len(), list(&gateway, "paired").len()), (17, 1));
    worked(own(&gateway, &["approve", &ids[3]]));
    refused(&own(&gateway, &["approve", &ids[3]]), 1, &["no request is called"]);
    assert_eq!((list(&gateway, "pending").len(), list(&gateway, "paired").len()), (16, 2));
}

/// A rejected request is gone; the device asks anew with another id.
#[tokio::test]
async fn reject_drops_a_request() {
    let gateway = gateway();
    let id = asks(&gateway, "phone").await;
    refused(&own(&gateway, &["reject"]), 2, &["<ID>"]);
    refused(&own(&gateway, &["reject", "zzz"]), 1, &["no request is called `zzz`"]);
    assert_eq!(worked(own(&gateway, &["reject", &id[..8]])).stdout, "rejected: phone\n");
    assert_eq!(list(&gateway, "pending"), Vec::<Value>::new());
    let again = asks(&gateway, "phone").await;
    assert_ne!(again, id);
    assert!(worked(own(&gateway, &["reject", &again, "--json"])).json().is_object());
}

/// A new name is shown and works as an id from then on; names that cannot be shown are refused.
#[tokio::test]
async fn rename_gives_a_name() {
    let gateway = gateway();
    pair(&gateway, "desk").await;
    let id = Device::new("desk").id();
    assert_eq!(worked(own(&gateway, &["rename", &id[..12], "Kitchen"])).stdout, "renamed: desk is now Kitchen\n");
    assert_eq!(entry(&gateway, "desk").unwrap()["label"], "Kitchen");
    worked(own(&gateway, &["rename", "kitchen", "Cellar", "--json"])).json();
    assert_eq!(entry(&gateway, "desk").unwrap()["label"], "Cellar");
    for name in ["", "   ", &"x".repeat(65)] {
        refused(&own(&gateway, &["rename", &id, name]), 2, &["1 to 64 characters"]);
    }
    refused(&own(&gateway, &["rename", "nobody", "x"]), 1, &["no device is called `nobody`"]);
    refused(&own(&gateway, &["rename", &id]), 2, &["<NAME>"]);
    // A name of two devices is the name of neither.
    pair(&gateway, "couch").await;
    worked(own(&gateway, &["rename", &Device::new("couch").id(), "Cellar"]));
    refused(&own(&gateway, &["remove", "cellar"]), 2, &["`cellar` fits 2 devices"]);
    assert!(entry(&gateway, "desk").is_some() && entry(&gateway, "couch").is_some());
}

/// Rotating another device's token never prints it; the old one is refused.
#[tokio::test]
async fn rotate_replaces_a_token() {
    let gateway = gateway();
    let old = pair(&gateway, "desk").await;
    let text = worked(own(&gateway, &["rotate", "desk"])).stdout;
    assert_eq!(text, "new operator token for desk: the device receives it when it connects next\n");
    let by_token = |token: &str| operator(&gateway, "desk").device_token(token);
    assert_eq!(gateway.refused(&Caller::local(), &by_token(&old)).await.code(), "AUTH_DEVICE_TOKEN_MISMATCH");
    let new = pair(&gateway, "desk").await;
    gateway.must(&Caller::local(), &by_token(&new)).await;
    let answer = worked(own(&gateway, &["rotate", "desk", "--role", "operator", "--json"]));
    assert!(answer.json()["token"].is_null() && !answer.stdout.contains(&new), "{answer:?}");
    refused(&own(&gateway, &["rotate", "desk", "--scope", "operator.admin"]), 5, &["not approved", "operator.admin"]);
    refused(&own(&gateway, &["rotate", "desk", "--role", "boss"]), 2, &["`operator` or `node`"]);
    refused(&own(&gateway, &["rotate", "desk", "--role", "node"]), 1, &[]);
    // Its own token comes in the answer, is kept, and works for the next command.
    let own_name = worked(own(&gateway, &["list", "--json"])).json()["paired"]
        .as_array()
        .unwrap()
        .iter()
        .find(|device| device["clientId"] == "cli" && device["displayName"] != "desk")
        .unwrap()["deviceId"]
        .clone();
    let text = worked(own(&gateway, &["rotate", own_name.as_str().unwrap()])).stdout;
    assert!(text.ends_with("it is this program's own and was stored\n"), "{text}");
    worked(own(&gateway, &["list"]));
}

/// A revoked device keeps its pairing and loses its token; one with two roles must be told which.
#[tokio::test]
async fn revoke_takes_a_token_away() {
    let gateway = gateway();
    let token = pair(&gateway, "desk").await;
    let mut connected = gateway.must(&Caller::local(), &operator(&gateway, "desk")).await;
    let node = Connect::node(&Device::new("desk")).auth(secret(&gateway)).set("/client/displayName", json!("desk"));
    gateway.must(&Caller::local(), &node).await;
    refused(&own(&gateway, &["revoke", "desk"]), 2, &["several roles", "--role operator", "--role node"]);
    let text = worked(own(&gateway, &["revoke", "desk", "--role", "operator"])).stdout;
    assert_eq!(text, "revoked: desk has no operator token any more\n");
    assert_eq!(connected.closed().await.code, 4001);
    let by_token = Connect::operator(&Device::new("desk"), READ).device_token(&token);
    gateway.refused(&Caller::local(), &by_token).await;
    assert!(entry(&gateway, "desk").is_some());
    assert!(worked(own(&gateway, &["revoke", "desk", "--role", "node", "--json"])).json().is_object());
    refused(&own(&gateway, &["revoke", "nobody"]), 1, &["no device is called"]);
}

/// A removed device is forgotten at once.
#[tokio::test]
async fn remove_forgets_a_device() {
    let gateway = gateway();
    let token = pair(&gateway, "desk").await;
    let mut connected = gateway.must(&Caller::local(), &operator(&gateway, "desk")).await;
    refused(&own(&gateway, &["remove"]), 2, &["<DEVICE>"]);
    refused(&own(&gateway, &["remove", "nobody"]), 1, &["no device is called `nobody`", "postern devices list"]);
    assert_eq!(worked(own(&gateway, &["remove", "desk"])).stdout, "removed: desk\n");
    connected.closed().await;
    assert!(entry(&gateway, "desk").is_none());
    let by_token = Connect::operator(&Device::new("desk"), READ).device_token(&token);
    gateway.refused(&Caller::remote(), &by_token).await;
}
