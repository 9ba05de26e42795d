//! Calling a command of a node.

use std::sync::Arc;
use std::time::Duration;

use postern_protocol::Dialect;
use postern_protocol::nodes::{
    NodeError as NodeFailure, NodeInvokeCancel, NodeInvokeInput, NodeInvokeProgressed, NodeInvokeRequest,
};

use super::calls::{Answer, Caller, NewCall};
use super::list::offer;
use super::{NodeError, Nodes};
use crate::hub::Conn;

/// What is to be invoked. Params are JSON text, as they go to the node.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The node.
    pub node_id: String,
    /// The command.
    pub command: String,
    /// What it takes.
    pub params_json: Option<String>,
    /// How long to wait for the node.
    pub timeout: Duration,
    /// Key of the request, told to the node.
    pub key: String,
    /// Session on whose behalf.
    pub session_key: Option<String>,
    /// Run that the node may tell about meanwhile.
    pub run_id: Option<String>,
    /// Connection that asks, for progress and input.
    pub caller: Option<Arc<str>>,
}

impl Nodes {
    /// Whether the command could be invoked at this moment.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, node_id: &str, command: &str) -> Result<(), NodeError> {
        self.target(node_id, command).map(drop)
    }

    /// The connection that would be asked.
    fn target(&self, node_id: &str, command: &str) -> Result<Arc<Conn>, NodeError> {
        let config = self.0.config.now();
        let state = self.lock();
        let live = state.live.get(node_id).filter(|live| !live.conn.outbox.is_closing());
        let live = live.ok_or(NodeError::NotConnected { dispatched: false })?;
        let seen = state.seen.get(node_id).ok_or(NodeError::UnknownNode)?;
        let approved = state.records.get(node_id).and_then(|record| record.approved.as_ref());
        let approved = approved.map(|surface| surface.commands.as_slice()).unwrap_or_default();
        config.nodes.judge(&offer(live, &seen.declared), approved, command).map_err(|refusal| {
            NodeError::NotAllowed { refusal, command: command.to_owned(), platform: live.platform }
        })?;
        Ok(Arc::clone(&live.conn))
    }

    /// Invokes a command and waits for what comes of it.
    ///
    /// # Errors
    /// When it may not be invoked, the node is not there, goes away, does not
    /// answer in time, or answers that it did not work.
    pub async fn invoke(&self, call: Invocation) -> Result<Answer, NodeError> {
        let conn = self.target(&call.node_id, &call.command)?;
        let caller = call.caller.clone().map(|conn_id| Caller { conn_id, key: call.key.clone() });
        let (place, answered) = self.0.calls.begin(NewCall {
            node_id: &call.node_id,
            node_conn: &conn.principal.conn_id,
            command: &call.command,
            caller,
            run_id: call.run_id,
            session_key: call.session_key.clone(),
        })?;
        let request = NodeInvokeRequest {
            id: place.id.clone(),
            node_id: call.node_id.clone(),
            command: call.command,
            params_json: call.params_json,
            timeout_ms: Some(u64::try_from(call.timeout.as_millis()).unwrap_or(u64::MAX)),
            idempotency_key: Some(call.key),
            session_key: call.session_key,
        };
        if !self.0.hub.send_to(&conn.principal.conn_id, &request) {
            return Err(NodeError::NotConnected { dispatched: false });
        }
        tokio::select! {
            biased;
            answer = answered => match answer {
                Ok(outcome) => outcome.map_err(NodeError::Failed),
                Err(_) => Err(NodeError::NotConnected { dispatched: true }),
            },
            () = conn.disconnected() => Err(NodeError::NotConnected { dispatched: true }),
            () = tokio::time::sleep(call.timeout) => {
                self.cancel(&conn, &place.id, call.node_id);
                Err(NodeError::TimedOut)
            }
        }
    }

    /// Tells a node that nobody waits any more; protocol 3 has no word for it.
    fn cancel(&self, conn: &Conn, invoke_id: &str, node_id: String) {
        if conn.principal.dialect == Dialect::V4 {
            let event = NodeInvokeCancel { invoke_id: invoke_id.to_owned(), node_id };
            self.0.hub.send_to(&conn.principal.conn_id, &event);
        }
    }

    /// Takes in what a node answered; false when nobody waits for it from there.
    pub fn answer(&self, conn: &Conn, invoke_id: &str, outcome: Result<Answer, NodeFailure>) -> bool {
        self.0.calls.answer(invoke_id, &conn.principal.conn_id, outcome)
    }

    /// Hands a part of what comes of a call to whoever made it.
    pub fn progress(&self, conn: &Conn, invoke_id: &str, (seq, chunk): (u64, &str)) {
        let Some(caller) = self.0.calls.progress(invoke_id, &conn.principal.conn_id, seq) else { return };
        let Some(node_id) = super::arrive::node_id_of(&conn.principal) else { return };
        let event = NodeInvokeProgressed {
            idempotency_key: caller.key,
            invoke_id: invoke_id.to_owned(),
            node_id: node_id.to_owned(),
            seq,
            chunk: chunk.to_owned(),
        };
        self.0.hub.send_to(&caller.conn_id, &event);
    }

    /// Hands more to a command that the caller has under way.
    ///
    /// # Errors
    /// When there is none.
    pub fn input(&self, caller: &Caller, payload_json: &str) -> Result<(), NodeError> {
        let (under_way, seq) = self.0.calls.input(caller).ok_or(NodeError::NotUnderWay)?;
        let event = NodeInvokeInput {
            id: under_way.id,
            node_id: under_way.node_id,
            seq,
            payload_json: payload_json.to_owned(),
        };
        let sent = self.0.hub.send_to(&under_way.node_conn, &event);
        sent.then_some(()).ok_or(NodeError::NotConnected { dispatched: true })
    }
}
