//! Decisions of operators about nodes. Whoever decides is a mandatory argument.

use postern_protocol::access::{Scope, ScopeSet};
use postern_protocol::close::CloseReason;
use postern_protocol::nodes::{NodeDecision, NodePairListResult, NodePairResolved, PairedNode};
use serde_json::json;

use super::record::{Record, Seen};
use super::{Draft, NodeError, Nodes, Notice, State, legacy};
use crate::devices::clean;
use crate::hub::Principal;

fn requested<'a>(state: &'a State, request_id: &str, node_id: Option<&str>) -> Result<&'a Record, NodeError> {
    let holds = |record: &&Record| record.request.as_ref().is_some_and(|request| request.id == request_id);
    let record = state.records.values().map(|record| &**record).find(holds).ok_or(NodeError::UnknownRequest)?;
    // The approver names the node that was shown, so that an answer never goes to
    // another.
    match node_id {
        Some(shown) if shown != record.node_id => Err(NodeError::RequestChanged),
        _ => Ok(record),
    }
}

fn resolved(request_id: &str, node_id: &str, decision: NodeDecision, ts: i64) -> Notice {
    let (request_id, node_id) = (request_id.to_owned(), node_id.to_owned());
    Notice::Resolved(NodePairResolved { request_id, node_id, decision, ts })
}

fn seen_of(state: &State, node_id: &str) -> Seen {
    state.seen.get(node_id).cloned().unwrap_or_default()
}

impl Nodes {
    /// Requests, first asked first, and nodes, last approved first.
    #[must_use]
    pub fn pairing_list(&self) -> NodePairListResult {
        let state = self.lock();
        let seen = |record: &Record| seen_of(&state, &record.node_id);
        let mut pending: Vec<_> = state.records.values().filter_map(|record| record.requested(&seen(record))).collect();
        let mut paired: Vec<_> = state.records.values().filter_map(|record| record.paired(&seen(record))).collect();
        drop(state);
        pending.sort_by(|a, b| (a.ts, &a.request_id).cmp(&(b.ts, &b.request_id)));
        paired.sort_by(|a, b| (b.approved_at_ms, &b.node_id).cmp(&(a.approved_at_ms, &a.node_id)));
        NodePairListResult { pending, paired }
    }

    /// Approves what a request asks for, and nothing else.
    ///
    /// # Errors
    /// When there is no such request, or the caller holds less than the commands need.
    pub async fn approve(
        &self,
        caller: &Principal,
        request_id: &str,
        node_id: Option<&str>,
    ) -> Result<PairedNode, NodeError> {
        self.change(|state, now_ms| {
            let before = requested(state, request_id, node_id)?;
            let mut next = before.clone();
            let Some(request) = next.request.take() else { return Err(NodeError::UnknownRequest) };
            caller.must_hold(request.surface.approve_scopes())?;
            let detail = json!({
                "nodeId": before.node_id, "requestId": request_id, "by": caller.named(),
                "caps": request.surface.caps, "commands": request.surface.commands,
            });
            (next.approved, next.decided) = (Some(request.surface), true);
            next.approved_at_ms = Some(now_ms);
            let token = request.wants_token.then(|| legacy::issue(&mut next));
            let mut node = next.paired(&seen_of(state, &next.node_id)).ok_or(NodeError::UnknownRequest)?;
            node.token = token;
            let notices = vec![resolved(request_id, &next.node_id, NodeDecision::Approved, now_ms)];
            let audit = Some(("node.approved", detail));
            Ok((node, Some(Draft { node_id: next.node_id.clone(), record: Some(next), audit, notices })))
        })
        .await
    }

    /// Drops a request; what was approved before stays.
    ///
    /// # Errors
    /// When there is no such request, or the caller may not decide.
    pub async fn reject(
        &self,
        caller: &Principal,
        request_id: &str,
        node_id: Option<&str>,
    ) -> Result<String, NodeError> {
        caller.must_hold(ScopeSet::of(&[Scope::Pairing]))?;
        self.change(|state, now_ms| {
            let mut next = requested(state, request_id, node_id)?.clone();
            (next.request, next.decided) = (None, true);
            let node_id = next.node_id.clone();
            let notices = vec![resolved(request_id, &node_id, NodeDecision::Rejected, now_ms)];
            let detail = json!({ "nodeId": node_id, "requestId": request_id, "by": caller.named() });
            let audit = Some(("node.rejected", detail));
            Ok((node_id.clone(), Some(Draft { node_id, record: Some(next), audit, notices })))
        })
        .await
    }

    /// Takes back what was approved. The node stays a paired device and may ask
    /// again; its connection is closed, so that nothing runs on under the old
    /// approval.
    ///
    /// # Errors
    /// When nothing is known of the node, or the caller may not decide.
    pub async fn remove(&self, caller: &Principal, node_id: &str) -> Result<(), NodeError> {
        caller.must_hold(ScopeSet::of(&[Scope::Pairing]))?;
        self.change(|state, now_ms| {
            let before = state.records.get(node_id).ok_or(NodeError::UnknownNode)?;
            let scopes = before.approved.as_ref().map_or(ScopeSet::EMPTY, super::surface::Surface::approve_scopes);
            caller.must_hold(scopes)?;
            let request_id = before.request.as_ref().map_or_else(|| node_id.to_owned(), |request| request.id.clone());
            let mut next = Record::clone(before);
            (next.approved, next.approved_at_ms, next.request, next.token_hash) = (None, None, None, None);
            next.decided = true;
            let notices = vec![resolved(&request_id, node_id, NodeDecision::Removed, now_ms)];
            let audit = Some(("node.removed", json!({ "nodeId": node_id, "by": caller.named() })));
            Ok(((), Some(Draft { node_id: node_id.to_owned(), record: Some(next), audit, notices })))
        })
        .await?;
        let live = self.lock().live.get(node_id).cloned();
        if let Some(live) = live {
            live.conn.outbox.close(CloseReason::client_invalidated("node removed"), false);
        }
        Ok(())
    }

    /// Forgets everything about a node whose device is gone.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub async fn forget(&self, node_id: &str) -> Result<(), NodeError> {
        // Its sockets are being closed; nobody should meet it meanwhile.
        self.lock().live.remove(node_id);
        self.forget_queue(node_id).await?;
        self.change(|state, now_ms| {
            let Some(before) = state.records.get(node_id) else { return Ok(((), None)) };
            let mut notices = Vec::new();
            super::arrive::supersede(&mut Record::clone(before), &mut notices, now_ms);
            Ok(((), Some(Draft { node_id: node_id.to_owned(), record: None, audit: None, notices })))
        })
        .await
    }

    /// Gives a node a person's name; returns the name as it is kept. A paired device
    /// (`is_device`) can be named before it came.
    ///
    /// # Errors
    /// When nothing is known of the node, nothing of the name can be shown, or the
    /// caller may not decide.
    pub async fn rename(
        &self,
        caller: &Principal,
        (node_id, is_device): (&str, bool),
        name: &str,
    ) -> Result<String, NodeError> {
        caller.must_hold(ScopeSet::of(&[Scope::Pairing]))?;
        let name = clean(name).ok_or(NodeError::BlankName)?;
        self.change(|state, now_ms| {
            let known = state.records.get(node_id).map(|record| Record::clone(record));
            let before = known.or_else(|| is_device.then(|| Record::new(node_id, now_ms)));
            let next = Record { name: Some(name.clone()), ..before.ok_or(NodeError::UnknownNode)? };
            let audit = Some(("node.renamed", json!({ "nodeId": node_id, "name": name, "by": caller.named() })));
            Ok((name, Some(Draft { node_id: node_id.to_owned(), record: Some(next), audit, notices: Vec::new() })))
        })
        .await
    }
}
