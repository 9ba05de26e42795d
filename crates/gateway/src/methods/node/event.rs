//! `node.event`: something happened at a node (`methods.md §6`).

mod conversation;
mod exec;
mod machine;

use postern_protocol::Dialect;
use postern_protocol::access::Access;
use postern_protocol::nodes::{NodeEvent, NodeEventParams, NodeEventResult};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::nodes::RunNews;
use crate::rpc::{Cx, Method, RpcError, RpcResult};

/// Longest text that a node sends for the agent, in characters.
const MAX_TEXT: usize = 20_000;

/// What came of an event.
struct Effect {
    handled: bool,
    reason: Option<&'static str>,
}

impl Effect {
    const DONE: Self = Self { handled: true, reason: None };

    const fn because(reason: &'static str) -> Self {
        Self { handled: true, reason: Some(reason) }
    }

    const fn ignored(reason: &'static str) -> Self {
        Self { handled: false, reason: Some(reason) }
    }
}

impl Method for NodeEvent {
    const ACCESS: Access = Access::Node;

    async fn call(cx: Cx, params: NodeEventParams) -> RpcResult<NodeEventResult> {
        let name = params.event.as_str().to_owned();
        let effect = take(&cx, &name, &payload_of(params)?).await?;
        if cx.principal().dialect == Dialect::V3 {
            return Ok(NodeEventResult { ok: true, event: None, handled: None, reason: None });
        }
        let reason = effect.reason.map(str::to_owned);
        Ok(NodeEventResult { ok: true, event: Some(name), handled: Some(effect.handled), reason })
    }
}

/// The facts, in either form.
fn payload_of(params: NodeEventParams) -> RpcResult<Value> {
    match (params.payload, params.payload_json) {
        (Some(payload), _) if !payload.is_null() => Ok(payload),
        (_, Some(text)) => {
            serde_json::from_str(&text).map_err(|error| RpcError::invalid(format!("payloadJSON is not JSON: {error}")))
        }
        (_, None) => Ok(Value::Object(serde_json::Map::new())),
    }
}

async fn take(cx: &Cx, name: &str, payload: &Value) -> RpcResult<Effect> {
    match name {
        "voice.transcript" | "agent.request" | "chat.subscribe" | "chat.unsubscribe"
            if !cx.nodes.is_trusted(cx.conn()) =>
        {
            // Paired is not approved: until then a node starts and reads nothing.
            Ok(Effect::ignored("not_approved"))
        }
        "voice.transcript" => conversation::voice(cx, read(payload)?).await,
        "agent.request" => conversation::request(cx, read(payload)?).await,
        "chat.subscribe" => conversation::subscribe(cx, &read(payload)?),
        "chat.unsubscribe" => conversation::unsubscribe(cx, &read(payload)?),
        "exec.started" => exec::told(cx, RunNews::Started, &read(payload)?).await,
        "exec.finished" => exec::told(cx, RunNews::Finished, &read(payload)?).await,
        "exec.denied" => exec::told(cx, RunNews::Denied, &read(payload)?).await,
        "node.presence.alive" => machine::alive(cx, &read(payload)?),
        "node.presence.activity" => machine::activity(cx, &read(payload)?),
        "node.host.stats" => machine::host_stats(cx, read(payload)?),
        _ => Ok(Effect::ignored("unsupported_event")),
    }
}

/// Reads the facts of one event; the refusal names the field.
fn read<T: DeserializeOwned>(payload: &Value) -> RpcResult<T> {
    let Some(fields) = payload.as_object() else { return Err(RpcError::invalid("invalid payload: must be an object")) };
    T::deserialize(payload).map_err(|error| {
        let wrong =
            wrong_field::<T>(fields, &error.to_string()).map(|name| format!("at /{name}: ")).unwrap_or_default();
        RpcError::invalid(format!("invalid payload: {wrong}{error}"))
    })
}

/// The field that is as wrong alone.
fn wrong_field<'a, T: DeserializeOwned>(fields: &'a Map<String, Value>, error: &str) -> Option<&'a str> {
    let alone = |name: &&String| {
        let mut others = Map::new();
        others.insert((*name).clone(), fields[*name].clone());
        T::deserialize(&Value::Object(others)).is_err_and(|other| other.to_string() == error)
    };
    fields.keys().find(alone).map(String::as_str)
}
