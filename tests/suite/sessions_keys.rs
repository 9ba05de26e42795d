//! Session keys are names and nothing else: whatever a client writes ends in one key of one agent, or in a refusal, and
//! never touches a file.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::harness::{Device, InProcess, files_below};

/// Keys as an attacker would write them.
fn hostile() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "..",
        "/",
        "\\",
        "agent:",
        "main",
        "work",
        ":",
        "%2e%2e",
        "~",
        "\u{0}",
        "\n",
        " ",
        "CON",
        "c:",
        "$HOME",
        "*",
        "'",
        "\"",
        ";",
        "--",
        "\u{202e}",
        "İ",
        "ﬁ",
        "ß",
        "global",
        "unknown",
        "sqlite",
        "postern.sqlite",
        "🦀",
    ]);
    prop_oneof![
        prop::collection::vec(parts, 1..12).prop_map(|parts| parts.concat()),
        "\\PC{1,60}",
        "(agent:)?[a-z./\\\\:]{0,40}",
        Just("../../etc/passwd".to_owned()),
        Just("agent:main:../../../etc/passwd".to_owned()),
        Just("agent:../main:x".to_owned()),
        Just("x".repeat(512)),
    ]
}

/// X-63: the same key whichever way it is written, of an agent that exists; nothing new on the disk.
#[tokio::test]
async fn no_key_gets_out() {
    let config = r#"{agents: {list: [{id: "main", default: true}, {id: "work"}]}}"#;
    let gateway = InProcess::with(config, |_| {}).await;
    let mut client = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let folder = gateway.running.services().paths.state_dir.clone();
    client.ok("sessions.create", json!({"key": "main"})).await;
    let files = || files_below(&folder).into_iter().collect::<BTreeSet<_>>();
    let before = files();
    let mut runner = TestRunner::deterministic();
    let mut accepted = 0;
    for _ in 0..300 {
        let key = hostile().new_tree(&mut runner).unwrap().current();
        let made = match client.call("sessions.create", json!({"key": key})).await {
            Ok(made) => made,
            Err(error) => {
                assert_eq!(error["code"], "INVALID_REQUEST", "{key:?} {error}");
                continue;
            }
        };
        accepted += 1;
        let canonical = made["key"].as_str().unwrap();
        let owned = canonical.starts_with("agent:main:") || canonical.starts_with("agent:work:");
        assert!(owned || matches!(canonical, "global" | "unknown"), "{key:?} {canonical:?}");
        assert!(!canonical.chars().any(char::is_control), "{canonical:?}");
        if canonical.chars().count() <= 512 {
            let same = client.ok("sessions.create", json!({"key": canonical})).await;
            assert_eq!((&same["key"], &same["sessionId"]), (&made["key"], &made["sessionId"]), "{key:?}");
        }
        for (method, params) in [
            (
                "chat.history",
                json!({"sessionKey": key, "cursor": format!("{}:1", key.chars().take(200).collect::<String>())}),
            ),
            ("chat.history", json!({"sessionKey": key, "sessionId": "../x", "messageId": "../y"})),
            ("chat.message.get", json!({"sessionKey": key, "messageId": "'; DROP TABLE transcript; --"})),
            ("sessions.search", json!({"query": key, "sessionKeys": [key]})),
            ("sessions.preview", json!({"keys": [key]})),
        ] {
            client.ok(method, params).await;
        }
    }
    assert!(accepted > 50, "{accepted}");
    assert_eq!(files(), before, "no key became a file");
    assert_eq!(client.ok("sessions.describe", json!({"key": "main"})).await["session"]["isMain"], true);
}
