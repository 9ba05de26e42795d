//! The tables as files: `schemas/protocol.json` (draft-07, every frame, params,
//! result and event under `definitions`) and `schemas/methods.json`. Only the
//! schema tests come here; the program carries those files (`crate::schemas`).

use std::collections::BTreeMap;

use postern_protocol::PROTOCOL_VERSION;
use postern_protocol::access::Access;
use postern_protocol::call::{Audience, Event, OnSlow};
use postern_protocol::connect::{ConnectParams, HelloOk};
use postern_protocol::error::ErrorShape;
use postern_protocol::schema::{Direction, generator};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::events::{EVENT_TYPES, EVENTS};
use super::method::{Method, MethodDef};
use crate::methods::{METHOD_TYPES, METHODS};

/// Collects definitions under their type names.
#[derive(Default)]
pub struct Bundle {
    definitions: BTreeMap<String, Value>,
    clashes: Vec<String>,
}

impl Bundle {
    /// Adds a type with all that it refers to; returns its name.
    pub fn add<T: JsonSchema>(&mut self, direction: Direction) -> String {
        let mut generator = generator(direction);
        let root = generator.subschema_for::<T>().to_value();
        for (name, schema) in generator.take_definitions(true) {
            self.insert(name, schema);
        }
        let name = T::schema_name().into_owned();
        if root.get("$ref").is_none() {
            // Types that schemars writes in place still get a name of their own.
            self.insert(name.clone(), root);
        }
        name
    }

    /// Adds a definition that is written by hand.
    fn insert(&mut self, name: String, schema: Value) {
        match self.definitions.get(&name) {
            Some(known) if *known != schema => self.clashes.push(name),
            Some(_) => {}
            None => {
                self.definitions.insert(name, schema);
            }
        }
    }
}

/// What a method's schemas are made of.
pub struct MethodTypes {
    add: fn(&mut Bundle) -> (String, String),
}

impl MethodTypes {
    /// The types of one method.
    #[must_use]
    pub const fn of<M: Method>() -> Self {
        Self { add: |bundle| (bundle.add::<M::Params>(Direction::Input), bundle.add::<M::Output>(Direction::Output)) }
    }
}

/// What an event's schema is made of.
pub struct EventTypes {
    add: fn(&mut Bundle) -> String,
    add_v3: Option<fn(&mut Bundle) -> String>,
}

impl EventTypes {
    /// The type of an event's payload.
    #[must_use]
    pub const fn of<E: Event>() -> Self {
        Self { add: |bundle| bundle.add::<E>(Direction::Output), add_v3: None }
    }

    /// The payload of protocol 3, where the other does not describe it.
    #[must_use]
    pub const fn with_v3<Old: JsonSchema>(self) -> Self {
        Self { add_v3: Some(|bundle| bundle.add::<Old>(Direction::Output)), ..self }
    }
}

/// The bundle that becomes `schemas/protocol.json`.
#[must_use]
pub fn schema_bundle() -> Value {
    let mut bundle = Bundle::default();
    bundle.add::<ConnectParams>(Direction::Input);
    bundle.add::<HelloOk>(Direction::Output);
    bundle.add::<ErrorShape>(Direction::Output);
    for types in METHOD_TYPES {
        (types.add)(&mut bundle);
    }
    let events: Vec<Value> = EVENT_TYPES.iter().map(|types| payload(types, &mut bundle)).collect();
    add_frames(&mut bundle, &events);
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "PosternProtocol",
        "description": "Frames, params, results and events of the gateway. Params ignore unknown keys and take null for absent.",
        "protocolVersion": PROTOCOL_VERSION,
        "oneOf": [reference("RequestFrame"), reference("ResponseFrame"), reference("EventFrame")],
        "discriminator": {"propertyName": "type"},
        "definitions": sorted(bundle.definitions),
    })
}

/// Names that two different types claim; the schema test wants none.
#[must_use]
pub fn clashes() -> Vec<String> {
    let mut bundle = Bundle::default();
    for types in METHOD_TYPES {
        (types.add)(&mut bundle);
    }
    for types in EVENT_TYPES {
        payload(types, &mut bundle);
    }
    bundle.clashes
}

/// The schema of an event's payload, whichever protocol the receiver speaks.
fn payload(types: &EventTypes, bundle: &mut Bundle) -> Value {
    let new = reference(&(types.add)(bundle));
    match types.add_v3 {
        Some(old) => json!({"anyOf": [new, reference(&old(bundle))]}),
        None => new,
    }
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/definitions/{name}")})
}

fn sorted(definitions: BTreeMap<String, Value>) -> Value {
    Value::Object(definitions.into_iter().collect::<Map<_, _>>())
}

fn add_frames(bundle: &mut Bundle, event_payloads: &[Value]) {
    let id = json!({"type": "string", "minLength": 1, "maxLength": 256});
    bundle.insert(
        "RequestFrame".to_owned(),
        json!({"type": "object", "required": ["type", "id", "method"], "properties": {
            "type": {"const": "req"}, "id": id, "method": id, "params": {"type": ["object", "null"]},
        }}),
    );
    bundle.insert(
        "ResponseFrame".to_owned(),
        json!({"type": "object", "required": ["type", "id", "ok"], "additionalProperties": false, "properties": {
            "type": {"const": "res"}, "id": {"type": "string", "minLength": 1}, "ok": {"type": "boolean"},
            "payload": {}, "error": reference("ErrorShape"),
        }}),
    );
    let names: Vec<&str> = EVENTS.iter().map(|event| event.name).collect();
    let payloads: Vec<Value> = EVENTS
        .iter()
        .zip(event_payloads)
        .map(|(event, payload)| {
            json!({"if": {"properties": {"event": {"const": event.name}}},
                "then": {"properties": {"payload": payload}}})
        })
        .collect();
    bundle.insert(
        "EventFrame".to_owned(),
        json!({"type": "object", "required": ["type", "event"], "additionalProperties": false, "properties": {
            "type": {"const": "event"}, "event": {"enum": names}, "payload": {},
            "seq": {"type": "integer", "minimum": 1}, "stateVersion": reference("StateVersion"),
        }, "allOf": payloads}),
    );
}

/// `schemas/methods.json`: who may call what, and which definitions belong to it.
#[must_use]
pub fn method_table() -> Value {
    let mut bundle = Bundle::default();
    let mut methods: Vec<Value> =
        METHODS.iter().zip(METHOD_TYPES).map(|(def, types)| method_row(def, (types.add)(&mut bundle))).collect();
    methods.sort_by_key(|row| row["name"].as_str().unwrap_or_default().to_owned());
    let mut events: Vec<Value> = EVENTS
        .iter()
        .zip(EVENT_TYPES)
        .map(|(event, types)| {
            let scope = match event.audience {
                Audience::Everyone => Value::Null,
                Audience::Addressee => "addressee".into(),
                Audience::Scope(scope) => scope.as_str().into(),
            };
            let payload = (types.add)(&mut bundle);
            json!({"name": event.name, "scope": scope, "droppable": event.on_slow == OnSlow::Drop, "payload": payload})
        })
        .collect();
    events.sort_by_key(|row| row["name"].as_str().unwrap_or_default().to_owned());
    json!({"methods": methods, "events": events})
}

fn method_row(def: &MethodDef, (params, result): (String, String)) -> Value {
    let (role, scope) = match def.access {
        Access::Any => ("any", Value::Null),
        Access::Node => ("node", Value::Null),
        Access::Operator(scope) => ("operator", scope.as_str().into()),
    };
    json!({"name": def.name, "role": role, "scope": scope, "idempotent": def.idempotent, "params": params, "result": result})
}
