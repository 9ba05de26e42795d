//! The exported schemas against the wire: what the gateway says fits them, and the Rust types read it
//! (`DESIGN: Schemas`).

mod fitting;
mod nodes;
mod refusals;
mod session;
mod talk;
mod typed;

use std::collections::BTreeSet;

use jsonschema::Validator;
use postern_protocol::connect::HelloOk;
use postern_protocol::frame::{ServerFrame, parse_server};
use postern_protocol::system::{HealthSnapshot, PresenceEntry};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::harness::{Caller, Connect, Device, TestGateway};

pub(super) use session::Session;

#[track_caller]
fn round_trip<T: Serialize + DeserializeOwned>(payload: &Value) {
    let typed: T = serde_json::from_str(&payload.to_string()).unwrap_or_else(|error| panic!("{error}: {payload}"));
    let again: Value = serde_json::from_str(&serde_json::to_string(&typed).unwrap()).unwrap();
    assert_eq!(again, *payload);
}

fn exported(name: &str) -> Value {
    let path = format!("{}/schemas/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A stock validator for one definition of the exported bundle.
fn validator(definition: &str) -> Validator {
    let bundle = exported("protocol");
    let schema = json!({"$schema": bundle["$schema"], "definitions": bundle["definitions"],
        "allOf": [{"$ref": format!("#/definitions/{definition}")}]});
    jsonschema::validator_for(&schema).unwrap()
}

#[track_caller]
fn check(validator: &Validator, instance: &Value) {
    let problems: Vec<String> =
        validator.iter_errors(instance).map(|error| format!("at {}: {error}", error.instance_path())).collect();
    assert!(problems.is_empty(), "{problems:#?}\n{instance:#}");
}

/// What ends or replaces the gateway, starts other programs or needs a server of releases; their own suites call them.
const ELSEWHERE: [&str; 10] = [
    "backup.restore",
    "config.openFile",
    "gateway.restart.request",
    "import.openclaw",
    "tailscale.set",
    "update.available",
    "update.check",
    "update.revert",
    "update.run",
    "update.run.changed",
];

/// S-02, W-24: a stock validator with the exported bundle accepts every frame of a session, and what was called and sent is
/// all in the tables.
#[tokio::test]
async fn every_frame_of_a_session_fits_the_exported_schema() {
    let (bundle, table) = (exported("protocol"), exported("methods"));
    let any_frame = jsonschema::validator_for(&bundle).unwrap();
    for dialect in [3, 4] {
        let session = Session::run(dialect).await;
        session.frames.iter().for_each(|frame| check(&any_frame, frame));
        let said = session.frames.iter().filter_map(|frame| frame["event"].as_str()).collect::<BTreeSet<_>>();
        let listed = |key: &str| table[key].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap());
        let sent = listed("events").filter(|name| !ELSEWHERE.contains(name)).collect();
        assert_eq!(said, sent, "events of the table, all sent and no others");
        let called: BTreeSet<_> = session.answers.iter().map(|(method, _)| method.as_str()).collect();
        assert_eq!(called, listed("methods").filter(|name| *name != "connect" && !ELSEWHERE.contains(name)).collect());
        for (method, payload) in &session.answers {
            let mut rows = table["methods"].as_array().unwrap().iter();
            let row = rows.find(|row| row["name"] == method.as_str()).unwrap();
            check(&validator(row["result"].as_str().unwrap()), payload);
        }
    }
}

/// S-02: the bundle knows broken frames when it sees them, and tells frames apart by `type`; requests fit it too.
#[test]
fn the_bundle_refuses_what_is_no_frame() {
    let bundle = exported("protocol");
    assert_eq!(bundle["discriminator"], json!({"propertyName": "type"}));
    let any_frame = jsonschema::validator_for(&bundle).unwrap();
    check(&any_frame, &json!({"type": "req", "id": "1", "method": "health", "params": {"x": 1}, "traceparent": "0"}));
    let broken = [
        json!({"type": "req", "id": "1"}),
        json!({"type": "req", "id": 1, "method": "health"}),
        json!({"type": "res", "id": "1", "ok": "yes"}),
        json!({"type": "res", "id": "1", "ok": true, "result": {}}),
        json!({"type": "res", "id": "1", "ok": false, "error": {"code": "NO_SUCH_CODE", "message": "m"}}),
        json!({"type": "event", "event": "tick", "payload": {"ts": "now"}}),
        json!({"type": "event", "event": "tick", "payload": {"ts": 1}, "seq": 0}),
        json!({"type": "event", "event": "no.such.event", "payload": {}}),
        json!({"type": "later"}),
        json!([]),
    ];
    for frame in broken {
        assert!(!any_frame.is_valid(&frame), "{frame}");
    }
}

/// W-15, M-06, E-20: hello-ok names the version of the bundle, and exactly the methods and events of the exported table.
#[tokio::test]
async fn hello_names_what_is_exported() {
    let gateway = TestGateway::start();
    let (bundle, table) = (exported("protocol"), exported("methods"));
    let connect = Connect::operator(&Device::new("a"), &[]).set("/minProtocol", json!(3)).set("/maxProtocol", json!(9));
    let client = gateway.must(&Caller::local(), &connect).await;
    assert_eq!(client.hello["protocol"], bundle["protocolVersion"]);
    assert_eq!(client.hello["protocol"], postern_protocol::PROTOCOL_VERSION);
    let old = gateway.must(&Caller::local(), &Connect::operator(&Device::new("b"), &[]).v3()).await;
    for (client, key) in [(&client, "methods"), (&client, "events"), (&old, "methods"), (&old, "events")] {
        let names = |list: &Value, name: fn(&Value) -> &str| -> BTreeSet<String> {
            list.as_array().unwrap().iter().map(|entry| name(entry).to_owned()).collect()
        };
        let told = names(&client.hello["features"][key], |entry| entry.as_str().unwrap());
        assert_eq!(told, names(&table[key], |row| row["name"].as_str().unwrap()), "{key}");
    }
}

/// S-05: the Rust types read every captured frame, and write it again as it was.
#[tokio::test]
async fn types_round_trip_what_was_captured() {
    for dialect in [3, 4] {
        let session = Session::run(dialect).await;
        for frame in &session.frames {
            let text = frame.to_string();
            assert!(!matches!(parse_server(&text).unwrap(), ServerFrame::Unknown(_)), "{text}");
            if frame["payload"]["type"] == "hello-ok" {
                round_trip::<HelloOk>(&frame["payload"]);
                round_trip::<HealthSnapshot>(&frame["payload"]["snapshot"]["health"]);
                round_trip::<Vec<PresenceEntry>>(&frame["payload"]["snapshot"]["presence"]);
            }
            if frame["event"] == "presence" {
                round_trip::<Vec<PresenceEntry>>(&frame["payload"]["presence"]);
            }
        }
        typed::check_answers(&session);
        typed::check_events(&session, dialect);
    }
}
