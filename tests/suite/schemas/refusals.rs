//! What the gateway refuses as badly shaped is what the exported schemas refuse: params made at random from each schema.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;

use postern_gateway::Limits;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::fitting::{KEY, fitting};
use super::{check, exported, validator};
use crate::harness::{Client, Connect, Device, InProcess};

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

/// Every word that some definition allows.
fn words(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| words(item, found)),
        Value::Object(map) => {
            let allowed = map.get("enum").and_then(Value::as_array).into_iter().flatten().chain(map.get("const"));
            found.extend(allowed.filter_map(|word| word.as_str().map(str::to_owned)));
            map.values().for_each(|inner| words(inner, found));
        }
        _ => {}
    }
}

/// Any JSON, with a liking for what lies at the edge of a rule.
fn junk(definitions: &Value) -> impl Strategy<Value = Value> + use<> {
    let mut known = BTreeSet::new();
    words(definitions, &mut known);
    let number = prop_oneof![
        (-2_i64..300).prop_map(|n| json!(n)),
        prop::sample::select(edges().to_vec()),
        any::<i64>().prop_map(|n| json!(n)),
    ];
    let word = prop_oneof![
        "\\PC{0,5}".boxed(),
        prop::sample::select(vec!["", " ", "operator.read", "operator"]).prop_map(str::to_owned).boxed(),
        prop::sample::select(known.into_iter().collect::<Vec<_>>()).boxed(),
        (60_usize..300).prop_map(|n| "é".repeat(n)).boxed(),
    ];
    let simple = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        3 => number,
        3 => word.prop_map(Value::String),
    ];
    let simple = simple.boxed();
    let list = prop::collection::vec(simple.clone(), 0..10).prop_map(Value::Array);
    let map = prop::collection::btree_map("[a-z]{1,3}", simple.clone(), 0..3).prop_map(|map| json!(map));
    prop_oneof![8 => simple, 2 => list, 1 => map]
}

/// Numbers at the edge of what an integer is.
fn edges() -> [Value; 8] {
    [json!(1.0), json!(-2.0), json!(0.5), json!(1e30), json!(4_294_967_296.0), json!(u64::MAX), json!(-0.0), json!(-1)]
}

fn edit(params: &mut Value, place: &str, value: Option<Value>) {
    let (parent, key) = place.rsplit_once('/').unwrap();
    let Some(Value::Object(parent)) = params.pointer_mut(parent) else { return };
    match value {
        Some(value) => drop(parent.insert(key.to_owned(), value)),
        None => drop(parent.shift_remove(key)),
    }
}

/// Params that fit, with up to two places changed, removed or made up.
fn mutated(base: Value, definition: &str) -> impl Strategy<Value = Value> {
    let definitions = exported("protocol")["definitions"].clone();
    let mut found = BTreeSet::from(["/madeUp".to_owned()]);
    places(&definitions, &definitions[definition], "", &mut found);
    let place = prop::sample::select(found.into_iter().collect::<Vec<_>>());
    let junk = junk(&definitions).boxed();
    let edits = prop::collection::vec((place, prop::option::weighted(0.85, junk.clone())), 0..=2);
    let edited = edits.prop_map(move |edits| {
        let mut params = base.clone();
        for (place, value) in edits {
            edit(&mut params, &place, value);
        }
        params
    });
    prop_oneof![12 => edited, 1 => junk.prop_filter("null params are absent ones", |value| !value.is_null())]
}

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

struct Bench {
    runtime: Runtime,
    gateway: InProcess,
    client: RefCell<Client>,
    node: RefCell<Client>,
    of_nodes: BTreeSet<String>,
    calls: Cell<u64>,
}

impl Bench {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // Nobody answers for the desktop app that these calls attach.
        let limits = Limits { desktop_timeout: Duration::from_millis(1), ..Limits::default() };
        let gateway = runtime.block_on(InProcess::with_limits(limits));
        let client = runtime.block_on(gateway.op(&Device::new("admin"), &["operator.admin"]));
        let node = runtime.block_on(gateway.node(&Device::new("node")));
        let table = exported("methods");
        let rows = table["methods"].as_array().unwrap().iter().filter(|row| row["role"] == "node");
        let of_nodes = rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect();
        let (client, node) = (RefCell::new(client), RefCell::new(node));
        Self { runtime, gateway, client, node, of_nodes, calls: Cell::new(0) }
    }

    /// What the gateway says about the shape of these params, if it refuses them.
    fn call(&self, method: &str, params: &Value) -> Option<String> {
        let mut params = params.clone();
        // A key that was used before would be answered from memory.
        if let Some(key) = params.get_mut("idempotencyKey").filter(|key| **key == KEY) {
            *key = json!(format!("{KEY}-{}", self.calls.replace(self.calls.get() + 1)));
        }
        let caller = if self.of_nodes.contains(method) { &self.node } else { &self.client };
        let answer = self.runtime.block_on(caller.borrow_mut().call(method, params));
        let message = answer.err()?["message"].as_str().unwrap().to_owned();
        message.starts_with(&format!("invalid {method} params: ")).then_some(message)
    }

    /// The same for the params of a handshake.
    fn connect(&self, params: &Value) -> Option<String> {
        let answer = self.runtime.block_on(async {
            let mut raw = self.gateway.raw().await;
            raw.challenge().await;
            raw.request("c", "connect", params.clone()).await;
            raw.recv().await.unwrap()
        });
        let message = answer["error"]["message"].as_str()?.to_owned();
        message.starts_with("invalid connect params").then_some(message)
    }
}

/// Methods with the definition of their params.
fn methods() -> Vec<(String, String)> {
    let table = exported("methods");
    let rows = table["methods"].as_array().unwrap().iter().filter(|row| !acts(row["name"].as_str().unwrap()));
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    rows.map(|row| (text(row, "name"), text(row, "params"))).collect()
}

/// Whether a call that fits writes archives, starts other programs or ends the gateway: thousands of them belong into no
/// test. Their params go the same way through dispatch, and their own suites try what is wrong with them.
fn acts(method: &str) -> bool {
    let families =
        ["backup.", "config.", "diagnostics.", "doctor.", "gateway.restart.", "import.", "tailscale.", "update."];
    families.iter().any(|family| method.starts_with(family))
        || method.starts_with("wizard.")
        || method == "service.status"
}

fn connect_params() -> Value {
    let challenge = json!({"nonce": "n", "ts": 1_767_225_600_000_i64});
    let connect = Connect::operator(&Device::new("a"), &["operator.read"]).set("/permissions", json!({"camera": true}));
    connect.params(&challenge, Some("t"))
}

/// Compares gateway and validator over one change at a time, at every place.
fn sweep(base: &Value, definition: &str, refuse: impl Fn(&Value) -> Option<String>) {
    let definitions = exported("protocol")["definitions"].clone();
    let stock = validator(definition);
    check(&stock, base);
    let mut found = BTreeSet::new();
    places(&definitions, &definitions[definition], "", &mut found);
    let others =
        [json!(null), json!(true), json!(7), json!(u64::MAX), json!(""), json!("x"), json!([]), json!([""]), json!({})];
    let mut disagreements = Vec::new();
    for place in found {
        for value in others.iter().chain(&edges()) {
            let mut params = base.clone();
            edit(&mut params, &place, Some(value.clone()));
            let (refused, valid) = (refuse(&params), stock.is_valid(&params));
            if refused.is_none() != valid {
                disagreements
                    .push(format!("{definition}{place} = {value}: schema says {valid}, gateway says {refused:?}"));
            }
        }
    }
    assert!(disagreements.is_empty(), "{disagreements:#?}");
}

/// S-03: at every place of every method's params, the gateway refuses exactly the values that a stock validator with the
/// exported schema refuses.
#[test]
fn every_place_is_judged_as_its_schema_says() {
    let bench = Bench::start();
    for (method, definition) in methods() {
        sweep(&fitting(&method), &definition, |params| bench.call(&method, params));
    }
}

/// S-03: the same for the params of the handshake.
#[test]
fn every_place_of_the_handshake_is_judged_as_its_schema_says() {
    let bench = Bench::start();
    sweep(&connect_params(), "ConnectParams", |params| bench.connect(params));
}

/// S-03: the same for params that are wrong in several places, or altogether.
#[test]
fn random_params_are_judged_as_their_schema_says() {
    let bench = Bench::start();
    for (method, definition) in methods() {
        let stock = validator(&definition);
        let cases = if definition == "NoParams" { 8 } else { 48 };
        let tested = runner(cases).run(&mutated(fitting(&method), &definition), |params| {
            let refused = bench.call(&method, &params);
            prop_assert_eq!(refused.is_none(), stock.is_valid(&params), "{:?}", refused);
            Ok(())
        });
        assert!(tested.is_ok(), "{method}: {}", tested.unwrap_err());
    }
}

/// S-03: the same for the handshake.
#[test]
fn random_handshakes_are_judged_as_their_schema_says() {
    let bench = Bench::start();
    let stock = validator("ConnectParams");
    let tested = runner(96).run(&mutated(connect_params(), "ConnectParams"), |params| {
        let refused = bench.connect(&params);
        prop_assert_eq!(refused.is_none(), stock.is_valid(&params), "{:?}", refused);
        Ok(())
    });
    assert!(tested.is_ok(), "{}", tested.unwrap_err());
}
