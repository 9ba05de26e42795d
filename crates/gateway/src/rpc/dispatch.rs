//! From a parsed request to exactly one answer: role, scope, look-up, schema,
//! types, dedupe, call (`DESIGN: dispatch order`). Nothing here knows a method.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use jsonschema::Validator;
use postern_protocol::access::{Access, Denial, Role, Scope};
use postern_protocol::error::ErrorShape;
use postern_protocol::frame::{RequestFrame, render_error};
use postern_protocol::ids::IdempotencyKey;
use serde::Serialize;
use serde_json::Value;
use tracing::Instrument as _;

use super::cx::Cx;
use super::dedupe::{CallKey, Dedupe};
use super::error::{RpcError, RpcResult, in_dialect};
use super::method::{MethodDef, Prepared};
use super::plugins::PluginMethod;
use super::validate;
use crate::gateway::Services;
use crate::hub::{Conn, OutFrame};
use crate::metrics::Metrics;
use crate::schemas;

/// The payload of an answer as JSON text, or the error.
pub type Final = Result<Arc<str>, ErrorShape>;

/// What a call came to: its answer, and for `agent` the second one.
#[derive(Clone)]
pub struct Outcome {
    /// The answer.
    pub first: Final,
    /// The second answer under the same id.
    pub later: Option<Shared<BoxFuture<'static, Final>>>,
}

/// An outcome that several requests with one key may wait for.
pub type SharedOutcome = Shared<BoxFuture<'static, Outcome>>;

/// Renders what a method returned; the source of an error goes to the log here.
pub(super) fn settle<T: Serialize>(result: RpcResult<T>) -> Final {
    let result = result.and_then(|output| serde_json::to_string(&output).map_err(RpcError::internal));
    match result {
        Ok(text) => Ok(text.into()),
        Err(error) => {
            if let Some(source) = error.source_chain() {
                tracing::error!(error = %source, "A call failed inside.");
            }
            Err(error.shape)
        }
    }
}

/// Every method there is, compiled in or added by a plugin.
pub struct MethodTable {
    entries: HashMap<String, Entry>,
    dedupe: Dedupe,
}

struct Entry {
    access: Access,
    kind: Kind,
    /// Where its requests are counted.
    class: usize,
}

enum Kind {
    Compiled { def: &'static MethodDef, validator: OnceLock<Option<Validator>> },
    Plugin(PluginMethod),
}

/// What became of a request when the reader handed it over.
pub enum Dispatched {
    /// It was answered.
    Answered,
    /// It needs more time; whoever runs this sends the answer.
    Running(BoxFuture<'static, ()>),
    /// It was answered, and it broke the role rule: a strike.
    RoleViolation,
}

impl MethodTable {
    /// The table of `defs` and `plugins`. A plugin cannot take a taken name.
    #[must_use]
    pub fn new(defs: &'static [MethodDef], plugins: &[PluginMethod]) -> Self {
        let mut entries = HashMap::new();
        for plugin in plugins {
            entries.insert(
                plugin.name.clone(),
                Entry { access: plugin.access, kind: Kind::Plugin(plugin.clone()), class: 0 },
            );
        }
        for def in defs {
            let kind = Kind::Compiled { def, validator: OnceLock::new() };
            entries.insert(def.name.to_owned(), Entry { access: def.access, kind, class: 0 });
        }
        Self { entries, dedupe: Dedupe::default() }
    }

    /// Decides once where requests are counted, so that counting is one addition.
    pub fn count_in(&mut self, metrics: &Metrics) {
        for (name, entry) in &mut self.entries {
            entry.class = metrics.class_of(Some(name));
        }
    }

    /// Wire names in order, for hello-ok.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.entries.keys().cloned().collect();
        names.sort_unstable();
        names
    }

    fn authorise(&self, method: &str, conn: &Conn) -> Result<&Entry, Refused> {
        let entry = self.entries.get(method);
        // An unknown name is judged as an admin's, so a weak client learns nothing.
        // Names of nodes' own methods are no secret to nodes: newer node hosts call some
        // that do not exist here, and take that for an answer.
        let is_of_nodes = conn.principal.role == Role::Node && method.starts_with("node.");
        let unknown = if is_of_nodes { Access::Any } else { Access::Operator(Scope::Admin) };
        let access = entry.map_or(unknown, |entry| entry.access);
        check_access(access, conn)?;
        entry.ok_or_else(|| Refused::Error(RpcError::invalid(format!("unknown method: {method}"))))
    }

    /// A call that may be made, and where it is counted.
    fn prepare(&self, request: &RequestFrame<'_>, conn: &Conn) -> Result<(Prepared, usize), Refused> {
        let entry = self.authorise(&request.method, conn)?;
        let params = read_params(request)?;
        let prepared = match &entry.kind {
            Kind::Plugin(plugin) => prepare_plugin(plugin, params)?,
            Kind::Compiled { def, validator } => prepare_compiled(def, validator, params)?,
        };
        if prepared.access != entry.access {
            check_access(prepared.access, conn)?;
        }
        Ok((prepared, entry.class))
    }
}

enum Refused {
    Role(RpcError),
    Error(RpcError),
}

impl From<RpcError> for Refused {
    fn from(error: RpcError) -> Self {
        Self::Error(error)
    }
}

fn check_access(access: Access, conn: &Conn) -> Result<(), Refused> {
    access.check(conn.principal.role, conn.principal.scopes).map_err(|denial| match denial {
        Denial::Role(role) => Refused::Role(RpcError::invalid(format!("unauthorized role: {role}"))),
        Denial::Scope(scope) => Refused::Error(RpcError::missing_scope(scope)),
    })
}

fn read_params(request: &RequestFrame<'_>) -> Result<Value, RpcError> {
    let Some(raw) = request.params else { return Ok(Value::Object(serde_json::Map::new())) };
    serde_json::from_str(raw.get())
        .map_err(|_| RpcError::invalid(format!("invalid {} params: not valid JSON", request.method)))
}

fn prepare_plugin(plugin: &PluginMethod, params: Value) -> Result<Prepared, RpcError> {
    let handler = Arc::clone(&plugin.handler);
    let key = if plugin.idempotent { Some(required_key(&plugin.name, &params)?) } else { None };
    Ok(Prepared { access: plugin.access, key, run: Box::new(move |cx| handler(cx, params).map(settle).boxed()) })
}

/// A plugin has no params type, so its key is read by hand.
fn required_key(method: &str, params: &Value) -> Result<String, RpcError> {
    let problem = match params.get("idempotencyKey") {
        None | Some(Value::Null) => "must have required property 'idempotencyKey'".to_owned(),
        Some(value) => match serde_json::from_value::<IdempotencyKey>(value.clone()) {
            Ok(key) => return Ok(key.as_str().to_owned()),
            Err(error) => format!("at /idempotencyKey: {error}"),
        },
    };
    Err(RpcError::invalid(format!("invalid {method} params: {problem}")))
}

fn prepare_compiled(
    def: &'static MethodDef,
    validator: &OnceLock<Option<Validator>>,
    params: Value,
) -> Result<Prepared, RpcError> {
    let compile = || match schemas::params(def.name).and_then(|schema| validate::compile(&schema)) {
        Ok(validator) => Some(validator),
        Err(error) => {
            tracing::error!(method = def.name, error, "A schema does not compile.");
            None
        }
    };
    let Some(validator) = validator.get_or_init(compile) else { return Err(RpcError::internal("schema")) };
    let params = validate::read(validator, params)
        .map_err(|problems| RpcError::invalid(format!("invalid {} params: {problems}", def.name)))?;
    // The schema is made from the type, so what fits one fits the other.
    (def.prepare)(params).map_err(|error| {
        tracing::warn!(method = def.name, %error, "The schema let through what the type refuses.");
        RpcError::invalid(format!("invalid {} params: {}", def.name, line_of(&error)))
    })
}

/// serde's text without the position in a document the client never sent.
fn line_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

/// Answers a request, now or when its future is done.
#[must_use]
pub fn dispatch(services: &Arc<Services>, conn: &Arc<Conn>, request: &RequestFrame<'_>) -> Dispatched {
    let (prepared, class) = match services.methods.prepare(request, conn) {
        Ok(prepared) => prepared,
        Err(refused) => return refuse(services, conn, request, refused),
    };
    let mut call = answer(services, conn, request, (prepared, class));
    // Most calls need no waiting: finish them here, without a task of their own.
    match call.poll_unpin(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(()) => Dispatched::Answered,
        Poll::Pending => Dispatched::Running(call),
    }
}

fn refuse(services: &Services, conn: &Conn, request: &RequestFrame<'_>, refused: Refused) -> Dispatched {
    let (error, dispatched) = match refused {
        Refused::Role(error) => (error, Dispatched::RoleViolation),
        Refused::Error(error) => (error, Dispatched::Answered),
    };
    let known = services.methods.entries.get(&*request.method);
    let class = known.map_or_else(|| services.metrics.class_of(None), |entry| entry.class);
    services.metrics.request(class, Some(error.shape.code));
    send(conn, &request.id, &request.method, &Err(error.shape));
    dispatched
}

fn answer(
    services: &Arc<Services>,
    conn: &Arc<Conn>,
    request: &RequestFrame<'_>,
    (prepared, class): (Prepared, usize),
) -> BoxFuture<'static, ()> {
    let (id, method) = (request.id.to_string(), request.method.to_string());
    let cx = Cx::new(Arc::clone(services), Arc::clone(conn));
    let caller_cx = cx.clone();
    let outcome = match prepared.key {
        None => run_once(cx, prepared.run),
        Some(key) => {
            let caller = conn.principal.device_id.as_ref().map_or(&*conn.principal.conn_id, |id| id.as_str());
            let key = CallKey { caller: caller.to_owned(), method: method.clone(), key };
            let start = || run_once(cx, prepared.run).shared();
            let shared = services.methods.dedupe.share(key.clone(), services.clock.now_ms(), start);
            let kept_by = Arc::clone(services);
            let noted = async move {
                let outcome = shared.await;
                kept_by.methods.dedupe.finished(&key, &outcome.first);
                outcome
            };
            noted.boxed()
        }
    };
    let conn = Arc::clone(conn);
    let span = tracing::trace_span!(target: crate::TRACE_TARGET, "request", method = method.as_str());
    let answering = async move {
        let outcome = outcome.await;
        caller_cx.metrics.request(class, outcome.first.as_ref().err().map(|shape| shape.code));
        send(&conn, &id, &method, &outcome.first);
        caller_cx.part();
        if let Some(later) = outcome.later {
            send(&conn, &id, &method, &later.await);
        }
    };
    if span.is_disabled() { answering.boxed() } else { answering.instrument(span).boxed() }
}

/// Runs the method, and what it left for later.
fn run_once(cx: Cx, run: Box<dyn FnOnce(Cx) -> BoxFuture<'static, Final> + Send>) -> BoxFuture<'static, Outcome> {
    async move {
        let call = async { run(cx.clone()).await };
        let first = surviving(call).await;
        let later = if first.is_ok() { cx.take_later() } else { None };
        Outcome { first, later: later.map(|later| surviving(later).boxed().shared()) }
    }
    .boxed()
}

/// A panic in a method is an answer, not the end of the connection.
async fn surviving(call: impl Future<Output = Final>) -> Final {
    AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!("A method panicked.");
        Err(RpcError::internal("panic").shape)
    })
}

/// Queues the answer and writes the one record that each request has.
fn send(conn: &Conn, id: &str, method: &str, outcome: &Final) {
    let text = match outcome {
        Ok(payload) => ok_frame(id, payload),
        Err(shape) => render_error(id, &in_dialect(shape.clone(), conn.principal.dialect)),
    };
    tracing::debug!(
        target: "postern::rpc",
        conn = %conn.principal.conn_id,
        id = ?id,
        method = ?method,
        ok = outcome.is_ok(),
        code = outcome.as_ref().err().map_or("", |shape| shape.code.as_str()),
        "request"
    );
    conn.outbox.push(OutFrame { head: Bytes::from(text), tail: crate::hub::Tail::Nothing });
}

/// The payload is JSON already; building the frame is one copy.
fn ok_frame(id: &str, payload: &str) -> String {
    // A string always serialises.
    let id = serde_json::to_string(id).unwrap_or_default();
    let mut text = String::with_capacity(payload.len() + id.len() + 48);
    text.push_str(r#"{"type":"res","id":"#);
    text.push_str(&id);
    text.push_str(r#","ok":true,"payload":"#);
    text.push_str(payload);
    text.push('}');
    text
}
