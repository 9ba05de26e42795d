//! The params of `connect`: which are needed, which words count, what is ignored (`handshake.md §3`).

use serde_json::{Value, json};

use crate::harness::{Caller, Close, Connect, Device, InProcess, TestGateway};
use postern_gateway::rpc::plugins::PluginMethod;
use postern_protocol::access::Access;

/// H-03, H-05: each required field that is missing or malformed is named, and the socket closes with the same text.
#[tokio::test]
async fn required_fields_are_named_when_they_are_missing() {
    let gateway = TestGateway::start();
    let base = Connect::deviceless(&[]);
    let missing = |at: &str, field: &str| format!("invalid connect params: {at}must have required property '{field}'");
    let table = [
        (base.clone().forge_without("/minProtocol"), missing("", "minProtocol")),
        (base.clone().forge_without("/maxProtocol"), missing("", "maxProtocol")),
        (base.clone().forge_without("/client"), missing("", "client")),
        (base.clone().forge_without("/client/id"), missing("at /client: ", "id")),
        (base.clone().forge_without("/client/mode"), missing("at /client: ", "mode")),
        (base.clone().forge_without("/client/version"), missing("at /client: ", "version")),
        (base.clone().forge_without("/client/platform"), missing("at /client: ", "platform")),
    ];
    for (connect, message) in table {
        let refused = gateway.refused(&Caller::local(), &connect).await;
        assert_eq!(refused.error, json!({"code": "INVALID_REQUEST", "message": message}));
        let cut: String = message.chars().take(120).collect();
        assert_eq!(refused.close, Close::new(1008, &cut));
    }
}

/// H-05, W-17: a field of the wrong type is named by its path; nothing of its value is repeated.
#[tokio::test]
async fn malformed_fields_are_named_by_their_path() {
    let gateway = TestGateway::start();
    let table = [
        ("/minProtocol", json!("4")),
        ("/minProtocol", json!(0)),
        ("/maxProtocol", json!(4.5)),
        ("/client/id", json!("")),
        ("/client/mode", json!("king-canary")),
        ("/client/version", json!("")),
        ("/client/platform", json!(7)),
        ("/client/displayName", json!("")),
        ("/client/deviceFamily", json!(["x"])),
        ("/client/instanceId", json!("")),
        ("/client/buildId", json!("b".repeat(97))),
        ("/client/timeZone", json!("t".repeat(65))),
        ("/role", json!(1)),
        ("/scopes", json!("operator.read")),
        ("/caps", json!({"a": 1})),
        ("/commands", json!([1])),
        ("/permissions", json!({"camera": "yes"})),
        ("/device", json!("me")),
        ("/auth", json!("secret-canary")),
    ];
    for (path, value) in table {
        let connect = Connect::deviceless(&[]).forge(path, value.clone());
        let refused = gateway.refused(&Caller::local(), &connect).await;
        let message = refused.error["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("invalid connect params: at {path}")), "{path} {value}: {message}");
        assert!(!message.contains("canary"), "{message}");
        assert_eq!((refused.close.code, &refused.error["code"]), (1008, &json!("INVALID_REQUEST")));
    }
}

/// W-17: unknown keys are ignored and null counts as absent, in connect as anywhere.
#[tokio::test]
async fn unknown_keys_are_ignored_and_null_is_absent() {
    let gateway = TestGateway::start();
    let connect = Connect::operator(&Device::new("newer"), &["operator.read"])
        .set("/bogus", json!(1))
        .set("/client/later", json!({"a": []}))
        .set("/computerUse", json!(true))
        .set("/workerRuns", json!({}))
        .set("/modelCatalog", json!([]))
        .set("/caps", Value::Null)
        .set("/client/displayName", Value::Null)
        .set("/locale", Value::Null);
    let mut client = gateway.must(&Caller::local(), &connect).await;
    client.ok("health", json!({"probe": null, "later": 1})).await;
}

/// H-04: the highest generation both speak is served; otherwise the refusal says which there are.
#[tokio::test]
async fn generations_are_negotiated() {
    let gateway = TestGateway::start();
    for (min, max, served) in [(4, 4, 4), (3, 3, 3), (3, 4, 4), (1, 3, 3), (1, 99, 4), (4, 7, 4)] {
        let connect = Connect::operator(&Device::new("d"), &[]).dialect(served);
        let connect = connect.set("/minProtocol", json!(min)).set("/maxProtocol", json!(max));
        let client = gateway.must(&Caller::local(), &connect).await;
        assert_eq!(client.hello["protocol"], served, "{min}..{max}");
    }
    for (min, max) in [(5, 5), (5, 99), (1, 2), (2, 2), (4, 3)] {
        let connect =
            Connect::operator(&Device::new("d"), &[]).set("/minProtocol", json!(min)).set("/maxProtocol", json!(max));
        let refused = gateway.refused(&Caller::local(), &connect).await;
        let details = json!({"code": "PROTOCOL_MISMATCH", "clientMinProtocol": min, "clientMaxProtocol": max,
            "expectedProtocol": 4, "minimumProbeProtocol": 3});
        let error = json!({"code": "INVALID_REQUEST", "message": "protocol mismatch", "details": details});
        assert_eq!((refused.error, refused.close), (error, Close::new(1002, "protocol mismatch")), "{min}..{max}");
    }
}

/// H-04: nodes and probes negotiate like everybody else.
#[tokio::test]
async fn every_role_is_served_in_both_generations() {
    let gateway = TestGateway::start();
    let probe = Connect::deviceless(&[]).client("openclaw-probe", "probe");
    for connect in [Connect::node(&Device::new("n")), Connect::operator(&Device::new("o"), &[]), probe] {
        for version in [3, 4] {
            let client = gateway.must(&Caller::local(), &connect.clone().dialect(version)).await;
            assert_eq!(client.hello["protocol"], version);
        }
    }
}

/// H-06: operator and node are roles, operator is the default, nothing else is.
#[tokio::test]
async fn roles_are_operator_and_node() {
    let gateway = TestGateway::start();
    let device = Device::new("d");
    let role = |client: &crate::harness::Client| client.hello["auth"]["role"].clone();
    assert_eq!(role(&gateway.op(&device, &[]).await), "operator");
    assert_eq!(role(&gateway.node(&device).await), "node");
    let default = gateway.must(&Caller::local(), &Connect::operator(&device, &[]).without("/role")).await;
    assert_eq!(role(&default), "operator");
    for (word, version) in [("king", 4), ("king", 3), ("", 4), ("Operator", 4)] {
        let connect = Connect::operator(&device, &[]).dialect(version).set("/role", json!(word));
        let refused = gateway.refused(&Caller::local(), &connect).await;
        let error = json!({"code": "INVALID_REQUEST", "message": "invalid role"});
        assert_eq!((refused.error, refused.close), (error, Close::new(1008, "invalid role")), "{word:?}");
    }
}

/// H-07: hello-ok says which scopes were granted; words that name none grant nothing.
#[tokio::test]
async fn hello_ok_echoes_the_granted_scopes() {
    let gateway = TestGateway::start();
    let device = Device::new("d");
    let table: [(&[&str], &[&str]); 5] = [
        (&["operator.read", "operator.write"], &["operator.read", "operator.write"]),
        (&["operator.write", "operator.read"], &["operator.read", "operator.write"]),
        (&["operator.root", "admin2"], &[]),
        (&[], &[]),
        (&["operator.talk.secrets", "operator.questions"], &["operator.questions", "operator.talk.secrets"]),
    ];
    for (asked, granted) in table {
        let mut scopes = gateway.op(&device, asked).await.scopes();
        scopes.sort();
        assert_eq!(scopes, granted, "{asked:?}");
    }
    // Without the field protocol 4 means none, protocol 3 means all.
    let silent = Connect::operator(&Device::new("silent"), &[]).without("/scopes");
    assert!(gateway.must(&Caller::local(), &silent).await.scopes().is_empty());
    assert_eq!(gateway.must(&Caller::local(), &silent.v3()).await.scopes(), ["operator.admin"]);
}

/// H-08, H-24: what a node declares is kept with its connection; what it leaves out is empty.
#[tokio::test]
async fn declared_abilities_belong_to_the_connection() {
    let declared = PluginMethod::new("test.declared", |cx, _| async move {
        let declared = cx.principal().declared.as_deref();
        Ok(declared.map_or(Value::Null, |own| {
            json!({"caps": own.caps, "commands": own.commands, "permissions": own.permissions, "pathEnv": own.path_env})
        }))
    });
    let gateway = InProcess::with_plugins(vec![declared.access(Access::Any)]).await;
    let connect = Connect::node(&Device::new("phone"))
        .set("/caps", json!(["camera", "screen"]))
        .set("/commands", json!(["camera.snap"]))
        .set("/permissions", json!({"camera": true, "screenRecording": false}))
        .set("/pathEnv", json!("/usr/bin"));
    let mut node = gateway.must(&Caller::local(), &connect).await;
    let wanted = json!({"caps": ["camera", "screen"], "commands": ["camera.snap"],
        "permissions": {"camera": true, "screenRecording": false}, "pathEnv": "/usr/bin"});
    assert_eq!(node.ok("test.declared", json!({})).await, wanted);
    let mut bare = gateway.node(&Device::new("bare")).await;
    let nothing = json!({"caps": [], "commands": [], "permissions": {}, "pathEnv": null});
    assert_eq!(bare.ok("test.declared", json!({})).await, nothing);
}

/// H-10: a device that proved its key is named in the presence list.
#[tokio::test]
async fn the_device_is_named_in_presence() {
    let gateway = TestGateway::start();
    let device = Device::new("laptop");
    let connect = Connect::operator(&device, &["operator.read"]).client("openclaw-macos", "ui");
    let connect = connect.set("/client/deviceFamily", json!("Mac")).set("/client/instanceId", json!("i-1"));
    let mut client = gateway.must(&Caller::local(), &connect).await;
    let presence = client.ok("system-presence", json!({})).await;
    let own = presence.as_array().unwrap().iter().find(|entry| entry["deviceId"] == device.id()).unwrap();
    let seen = [&own["deviceFamily"], &own["instanceId"], &own["mode"], &own["version"], &own["platform"]];
    assert_eq!(seen, [&json!("Mac"), &json!("i-1"), &json!("ui"), &json!("1.2.3"), &json!("linux")]);
}
