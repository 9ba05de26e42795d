//! The exported schemas against the wire: what the gateway says fits them, what it refuses they refuse, and the Rust types
//! read both (`DESIGN: Schemas`).

use std::cell::RefCell;
use std::collections::BTreeSet;

use jsonschema::Validator;
use postern_protocol::call::{Call, Event};
use postern_protocol::connect::{ConnectChallenge, HelloOk};
use postern_protocol::frame::{ServerFrame, parse_server};
use postern_protocol::pairing::{self, read_setup_code};
use postern_protocol::system::{self, HealthSnapshot, PresenceEntry};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, InProcess, PROXIED, TestGateway};

/// Everything that was said in one session that touches every method and every event.
pub(super) struct Session {
    /// What the gateway sent, on every connection.
    pub(super) frames: Vec<Value>,
    /// Method and payload of every call that worked.
    answers: Vec<(String, Value)>,
}

impl Session {
    /// Plays the session in this dialect.
    pub(super) async fn run(dialect: u32) -> Self {
        let mut gateway = TestGateway::builder().config(PROXIED).env("POSTERN_TICK_INTERVAL_MS", "40").start();
        let ui = Connect::operator(&Device::new("laptop"), &["operator.admin"]).client("openclaw-macos", "ui");
        let mut admin = gateway.must(&Caller::local(), &ui.dialect(dialect)).await;
        let mut session = Self { frames: Vec::new(), answers: Vec::new() };
        session.ask_everything(&mut admin).await;
        session.pair_devices(&gateway, &mut admin, dialect).await;
        session.widen_scopes(&gateway, &mut admin, dialect).await;
        admin.err("no.such.method", json!({})).await;
        admin.err("system-event", json!({"text": 5})).await;
        admin.raw.send_text("no frame").await;
        admin.event("tick", |_| true).await;
        gateway.terminate();
        admin.closed().await;
        session.frames.extend_from_slice(admin.raw.frames());
        gateway.wait();
        session
    }

    async fn ok(&mut self, client: &mut Client, method: &str, params: Value) -> Value {
        let payload = client.ok(method, params).await;
        self.answers.push((method.to_owned(), payload.clone()));
        payload
    }

    async fn ask_everything(&mut self, admin: &mut Client) {
        for method in ["health", "status", "system-presence", "system.info", "gateway.identity.get", "last-heartbeat"] {
            self.ok(admin, method, json!({})).await;
        }
        self.ok(admin, "health", json!({"probe": true})).await;
        let beacon = json!({"text": "Node: laptop", "host": "laptop", "lastInputSeconds": 3, "tags": ["a"], "roles": ["operator"]});
        self.ok(admin, "system-event", beacon).await;
        self.ok(admin, "system-presence", json!({})).await;
    }

    async fn pair_devices(&mut self, gateway: &TestGateway, admin: &mut Client, dialect: u32) {
        let code = self.ok(admin, "device.pair.setupCode", json!({"includeQr": true, "joinUrl": true})).await;
        let secret = read_setup_code(code["setupCode"].as_str().unwrap()).unwrap().bootstrap_token;
        let invited = Connect::node(&Device::new("tablet")).auth(json!({"bootstrapToken": secret}));
        let tablet = gateway.must(&Caller::remote(), &invited).await;
        self.frames.extend_from_slice(tablet.raw.frames());
        self.ok(admin, "device.pair.setupStatus", json!({"setupId": code["setupId"]})).await;
        let phone = Connect::node(&Device::new("phone")).dialect(dialect);
        for decision in ["device.pair.reject", "device.pair.approve"] {
            let refused = gateway.refused(&Caller::remote(), &phone).await;
            self.ok(admin, "device.pair.list", json!({})).await;
            self.ok(admin, decision, json!({"requestId": refused.request_id()})).await;
            self.frames.extend(refused.frames);
        }
        let mut node = gateway.must(&Caller::remote(), &phone).await;
        let id = Device::new("phone").id();
        self.ok(admin, "device.pair.rename", json!({"deviceId": id, "label": "Phone"})).await;
        self.ok(admin, "device.pair.list", json!({})).await;
        self.ok(admin, "device.token.rotate", json!({"deviceId": id, "role": "node"})).await;
        self.ok(admin, "device.token.revoke", json!({"deviceId": id, "role": "node"})).await;
        node.closed().await;
        self.frames.extend_from_slice(node.raw.frames());
        self.ok(admin, "device.pair.remove", json!({"deviceId": id})).await;
    }

    async fn widen_scopes(&mut self, gateway: &TestGateway, admin: &mut Client, dialect: u32) {
        let connect = Connect::operator(&Device::new("tool"), &["operator.read"]).client("test", "ui").dialect(dialect);
        let refused = gateway.refused(&Caller::remote(), &connect).await;
        self.ok(admin, "device.pair.approve", json!({"requestId": refused.request_id()})).await;
        let mut tool = gateway.must(&Caller::remote(), &connect).await;
        let wanted = json!({"scopes": ["operator.read", "operator.write"]});
        let asked = self.ok(&mut tool, "device.scopes.requestUpgrade", wanted).await;
        let waiting = tool.post("device.scopes.waitUpgrade", asked.clone()).await;
        self.ok(admin, "device.pair.approve", asked).await;
        let answer = tool.raw.answer(&waiting).await;
        self.answers.push(("device.scopes.waitUpgrade".to_owned(), answer["payload"].clone()));
        self.frames.extend_from_slice(tool.raw.frames());
    }

    /// Every answer to `M` that came reads as `T` and is written again as it was.
    fn check_answers<M: Call, T: Serialize + DeserializeOwned>(&self) {
        let payloads: Vec<_> = self.answers.iter().filter(|(method, _)| method == M::NAME).collect();
        assert!(!payloads.is_empty(), "nobody called {}", M::NAME);
        payloads.iter().for_each(|(_, payload)| round_trip::<T>(payload));
    }

    fn check_events<E: Event>(&self) {
        let frames: Vec<_> = self.frames.iter().filter(|frame| frame["event"] == E::NAME).collect();
        assert!(!frames.is_empty(), "no {} was sent", E::NAME);
        frames.iter().for_each(|frame| round_trip::<E>(&frame["payload"]));
    }
}

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
        assert_eq!(said, listed("events").collect(), "events of the table, all sent and no others");
        let called: BTreeSet<_> = session.answers.iter().map(|(method, _)| method.as_str()).collect();
        assert_eq!(called, listed("methods").filter(|name| *name != "connect").collect());
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

/// W-15: the version of the bundle is the newest that the gateway speaks.
#[tokio::test]
async fn hello_names_the_exported_version() {
    let gateway = TestGateway::start();
    let connect = Connect::operator(&Device::new("a"), &[]).set("/minProtocol", json!(3)).set("/maxProtocol", json!(9));
    let client = gateway.must(&Caller::local(), &connect).await;
    assert_eq!(client.hello["protocol"], exported("protocol")["protocolVersion"]);
    assert_eq!(client.hello["protocol"], postern_protocol::PROTOCOL_VERSION);
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
        check_all_answers(&session);
        session.check_events::<ConnectChallenge>();
        session.check_events::<pairing::PairingRequest>();
        session.check_events::<pairing::PairingResolved>();
        session.check_events::<pairing::DevicesChanged>();
        session.check_events::<pairing::SetupCompleted>();
        session.check_events::<HealthSnapshot>();
        session.check_events::<system::Tick>();
        session.check_events::<system::Shutdown>();
    }
}

fn check_all_answers(session: &Session) {
    fn typed<M: Call>(session: &Session) {
        session.check_answers::<M, M::Output>();
    }
    session.check_answers::<system::Health, HealthSnapshot>();
    session.check_answers::<system::SystemPresence, Vec<PresenceEntry>>();
    typed::<system::Status>(session);
    typed::<system::SystemEvent>(session);
    typed::<system::SystemInfo>(session);
    typed::<system::GatewayIdentityGet>(session);
    typed::<system::LastHeartbeat>(session);
    typed::<pairing::DevicePairList>(session);
    typed::<pairing::DevicePairApprove>(session);
    typed::<pairing::DevicePairReject>(session);
    typed::<pairing::DevicePairRename>(session);
    typed::<pairing::DevicePairRemove>(session);
    typed::<pairing::DevicePairSetupCode>(session);
    typed::<pairing::DevicePairSetupStatus>(session);
    typed::<pairing::DeviceTokenRotate>(session);
    typed::<pairing::DeviceTokenRevoke>(session);
    typed::<pairing::DeviceScopesRequestUpgrade>(session);
    typed::<pairing::DeviceScopesWaitUpgrade>(session);
}

/// Places in params, `/client/id` and the like, that a definition knows.
fn places(definitions: &Value, schema: &Value, at: &str, found: &mut BTreeSet<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        places(definitions, &definitions[name.rsplit('/').next().unwrap()], at, found);
    }
    let choices = ["anyOf", "allOf", "oneOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
    choices.for_each(|choice| places(definitions, choice, at, found));
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        let place = format!("{at}/{key}");
        places(definitions, property, &place, found);
        found.insert(place);
    }
}

fn junk() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(|n| json!(n)),
        (0_u64..300).prop_map(|n| json!(n)),
        prop_oneof![Just(1.0), Just(-2.0), Just(0.5), Just(1e30), Just(4_294_967_296.0)].prop_map(|n| json!(n)),
        Just(json!(u64::MAX)),
    ];
    let word = prop_oneof![
        "\\PC{0,5}".boxed(),
        Just(" ".to_owned()).boxed(),
        (60_usize..300).prop_map(|n| "é".repeat(n)).boxed(),
        prop_oneof![Just("operator"), Just("node"), Just("operator.read"), Just("full"), Just("cli")].prop_map(str::to_owned).boxed(),
    ];
    let leaf = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::Bool), number, word.prop_map(Value::String)];
    leaf.prop_recursive(2, 12, 9, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..10).prop_map(Value::Array),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

/// Params that fit, with up to three places changed, removed or made up.
fn mutated(base: Value, definition: &str) -> impl Strategy<Value = Value> {
    let definitions = exported("protocol")["definitions"].clone();
    let mut found = BTreeSet::from(["/madeUp".to_owned()]);
    places(&definitions, &definitions[definition], "", &mut found);
    let place = prop::sample::select(found.into_iter().collect::<Vec<_>>());
    let edits = prop::collection::vec((place, prop::option::weighted(0.85, junk())), 0..=3);
    let edited = edits.prop_map(move |edits| {
        let mut params = base.clone();
        for (place, value) in edits {
            let (parent, key) = place.rsplit_once('/').unwrap();
            let Some(Value::Object(parent)) = params.pointer_mut(parent) else { continue };
            match value {
                Some(value) => drop(parent.insert(key.to_owned(), value)),
                None => drop(parent.shift_remove(key)),
            }
        }
        params
    });
    prop_oneof![12 => edited, 1 => junk().prop_filter("null params are absent ones", |value| !value.is_null())]
}

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn fitting(method: &str) -> Value {
    match method {
        "device.pair.approve" | "device.pair.reject" => json!({"requestId": "r", "deviceId": "d"}),
        "device.pair.remove" => json!({"deviceId": "d"}),
        "device.pair.rename" => json!({"deviceId": "d", "label": "Phone"}),
        "device.pair.setupStatus" => json!({"setupId": "s"}),
        "device.scopes.requestUpgrade" => json!({"scopes": ["operator.read"]}),
        "device.scopes.waitUpgrade" => json!({"requestId": "r"}),
        "device.token.revoke" => json!({"deviceId": "d", "role": "node"}),
        "device.token.rotate" => json!({"deviceId": "d", "role": "node", "scopes": ["operator.read"]}),
        "system-event" => json!({"text": "hello", "roles": ["node"], "scopes": ["operator.read"], "tags": []}),
        _ => json!({}),
    }
}

/// S-03: for params of every method, the gateway refuses exactly what a stock validator with the exported schema refuses.
#[test]
fn the_gateway_refuses_what_a_stock_validator_refuses() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (_gateway, client) = runtime.block_on(async {
        let gateway = InProcess::start().await;
        let client = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
        (gateway, RefCell::new(client))
    });
    for row in exported("methods")["methods"].as_array().unwrap() {
        let (method, definition) = (row["name"].as_str().unwrap(), row["params"].as_str().unwrap());
        let stock = validator(definition);
        check(&stock, &fitting(method));
        let cases = if definition == "NoParams" { 12 } else { 64 };
        let tested = runner(cases).run(&mutated(fitting(method), definition), |params| {
            let answer = runtime.block_on(client.borrow_mut().call(method, params.clone()));
            let refusal = format!("invalid {method} params: ");
            let refused = answer.is_err_and(|error| error["message"].as_str().unwrap().starts_with(&refusal));
            prop_assert_eq!(refused, !stock.is_valid(&params), "refused by the gateway, refused by the schema");
            Ok(())
        });
        assert!(tested.is_ok(), "{method}: {}", tested.unwrap_err());
    }
}

/// S-03: the same for the params of the handshake.
#[test]
fn the_handshake_refuses_what_a_stock_validator_refuses() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let gateway = runtime.block_on(InProcess::start());
    let stock = validator("ConnectParams");
    let challenge = json!({"nonce": "n", "ts": 1_767_225_600_000_i64});
    let base = Connect::operator(&Device::new("a"), &["operator.read"]).params(&challenge, Some("t"));
    check(&stock, &base);
    let tested = runner(200).run(&mutated(base, "ConnectParams"), |params| {
        let answer = runtime.block_on(async {
            let mut raw = gateway.raw().await;
            raw.challenge().await;
            raw.request("c", "connect", params.clone()).await;
            raw.recv().await.unwrap()
        });
        let refused = answer["error"]["message"].as_str().is_some_and(|text| text.starts_with("invalid connect params"));
        prop_assert_eq!(refused, !stock.is_valid(&params), "{}", answer);
        Ok(())
    });
    assert!(tested.is_ok(), "{}", tested.unwrap_err());
}
