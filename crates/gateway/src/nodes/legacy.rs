//! `node.pair.request` and `node.pair.verify` of protocol 3: an operator asks on
//! behalf of a node, and the approval gives a token. The token opens nothing here,
//! it is only verified; nodes connect as devices.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postern_protocol::access::{Scope, ScopeSet};
use postern_protocol::nodes::{NodePairRequestParams, NodePairRequested, PairedNode};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::record::{Record, Request, Seen};
use super::surface::Surface;
use super::{Draft, MAX_NODES, NodeError, Nodes, Notice, arrive};
use crate::devices::clean_option;
use crate::hub::Principal;

fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}

/// Gives the record a new token; only its hash is kept.
pub(super) fn issue(record: &mut Record) -> String {
    let random = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()];
    let token = URL_SAFE_NO_PAD.encode(random.map(uuid::Uuid::into_bytes).concat());
    record.token_hash = Some(hash(&token));
    token
}

impl Nodes {
    /// Asks for an approval on behalf of a node; whether the request is new.
    ///
    /// # Errors
    /// When the caller may not, or too many nodes are known.
    pub async fn request(
        &self,
        caller: &Principal,
        params: &NodePairRequestParams,
    ) -> Result<(NodePairRequested, bool), NodeError> {
        caller.must_hold(ScopeSet::of(&[Scope::Pairing]))?;
        let list = |list: &Option<Vec<String>>| list.clone().unwrap_or_default();
        let surface = Surface::from_lists(&list(&params.caps), &list(&params.commands), &BTreeMap::new());
        let node_id = params.node_id.as_str();
        self.change(|state, now_ms| {
            let known = state.records.get(node_id);
            if known.is_none() && state.records.values().count() >= MAX_NODES {
                return Err(NodeError::TooManyNodes);
            }
            let mut next = known.map_or_else(|| Record::new(node_id, now_ms), |record| Record::clone(record));
            let seen = described(state.seen.get(node_id), params);
            if let (Some(request), Some(event)) = (&next.request, next.requested(&seen))
                && request.surface == surface
            {
                return Ok(((event, false), None));
            }
            let mut notices = Vec::new();
            arrive::supersede(&mut next, &mut notices, now_ms);
            let id = uuid::Uuid::new_v4().to_string();
            next.request = Some(Request { id, surface, ts: now_ms, wants_token: true });
            let event = next.requested(&seen).ok_or(NodeError::UnknownRequest)?;
            notices.push(Notice::Requested(Box::new(event.clone())));
            let draft = Draft { node_id: node_id.to_owned(), record: Some(next), audit: None, notices };
            Ok(((event, true), Some(draft)))
        })
        .await
    }

    /// The node whose token this is.
    #[must_use]
    pub fn verify(&self, node_id: &str, token: &str) -> Option<PairedNode> {
        let state = self.lock();
        let record = state.records.get(node_id)?;
        let kept = record.token_hash.as_deref()?;
        if !bool::from(kept.as_bytes().ct_eq(hash(token).as_bytes())) {
            return None;
        }
        record.paired(&state.seen.get(node_id).cloned().unwrap_or_default())
    }
}

/// What the asking operator says about a node that was never seen.
fn described(seen: Option<&Seen>, params: &NodePairRequestParams) -> Seen {
    let mut seen = seen.cloned().unwrap_or_default();
    let fill = |slot: &mut Option<String>, said: &Option<String>| {
        if slot.is_none() {
            *slot = clean_option(said.as_deref());
        }
    };
    fill(&mut seen.display_name, &params.display_name);
    fill(&mut seen.platform, &params.platform);
    fill(&mut seen.version, &params.version);
    fill(&mut seen.device_family, &params.device_family);
    seen
}
