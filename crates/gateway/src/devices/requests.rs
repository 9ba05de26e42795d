//! Pairing requests: one per device, kept alive by retries, replaced when the
//! device asks for something else, and waited for by those who asked.

use std::sync::{Arc, PoisonError};

use postern_protocol::access::{Role, ScopeSet};
use postern_protocol::identity::DeviceId;
use postern_protocol::pairing::{PairingReason, PairingRequest};
use serde_json::json;

use super::draft::{Draft, Notice};
use super::pending::{Asked, Pending, RequestOutcome};
use super::record::DeviceRecord;
use super::standing::{Claim, Standing, differs_from_pinned, judge};
use super::state::State;
use super::{DeviceError, Devices, crowd};
use crate::hub::Principal;
use crate::store::{Change, Table};

impl Devices {
    /// Makes the request that an approver decides, or finds the one that waits:
    /// the same ask keeps its id and lives on, a changed ask replaces the old
    /// request under a new id.
    ///
    /// # Errors
    /// [`DeviceError::NothingToAsk`] when it was approved since the caller looked,
    /// [`DeviceError::TooManyChanges`], and when the store refuses the write.
    pub async fn request_pairing(
        &self,
        claim: &Claim<'_>,
        reason: PairingReason,
    ) -> Result<PairingRequest, DeviceError> {
        let unapproved = |record: Option<&DeviceRecord>| match judge(record, claim) {
            Standing::Approved => Err(DeviceError::NothingToAsk),
            Standing::Needs { .. } => Ok(()),
        };
        self.ask(Asked::of_claim(claim, reason), unapproved).await
    }

    /// Asks for more scopes for a connected device. Never approved silently.
    ///
    /// # Errors
    /// [`DeviceError::NoPairedDevice`] for connections without one, and
    /// [`DeviceError::NarrowerThanCurrent`] when current scopes are left out.
    pub async fn request_scope_upgrade(
        &self,
        caller: &Principal,
        scopes: ScopeSet,
    ) -> Result<PairingRequest, DeviceError> {
        let Some(device_id) = caller.device_id.as_ref().filter(|_| caller.role == Role::Operator) else {
            return Err(DeviceError::NoPairedDevice);
        };
        let is_operator = |record: &DeviceRecord| record.roles.contains(&Role::Operator);
        let record = self.lock().devices.get(device_id.as_str()).cloned();
        let record = record.filter(|record| is_operator(record)).ok_or(DeviceError::NoPairedDevice)?;
        let missing = caller.scopes.beyond(scopes);
        if !missing.is_empty() {
            return Err(DeviceError::NarrowerThanCurrent { missing });
        }
        let paired = |record: Option<&DeviceRecord>| match record {
            Some(record) if is_operator(record) => Ok(()),
            _ => Err(DeviceError::NoPairedDevice),
        };
        self.ask(Asked::of_connected(caller, &record, scopes), paired).await
    }

    /// Waits until a request of this device ends.
    ///
    /// # Errors
    /// [`DeviceError::UnknownRequest`] when the device has no such request; one
    /// that ended a few minutes ago still has its outcome.
    pub async fn wait_request(&self, device_id: &DeviceId, request_id: &str) -> Result<RequestOutcome, DeviceError> {
        let mut outcome = {
            let state = self.lock();
            let wait = state.waits.get(request_id).filter(|wait| wait.device_id == device_id.as_str());
            wait.ok_or(DeviceError::UnknownRequest)?.outcome.subscribe()
        };
        let ended = outcome.wait_for(Option::is_some).await;
        // Without a sender the request never became durable.
        Ok(ended.ok().and_then(|outcome| *outcome).unwrap_or(RequestOutcome::Rejected))
    }

    /// `still` says whether there is anything to ask, by the record as it is when
    /// the request is made: an approval or a removal may have come between.
    async fn ask(
        &self,
        asked: Asked,
        still: impl FnOnce(Option<&DeviceRecord>) -> Result<(), DeviceError>,
    ) -> Result<PairingRequest, DeviceError> {
        if let Some(request) = self.repeat(&asked) {
            return Ok(request);
        }
        let ttl_ms = self.0.request_ttl_ms;
        self.decide(|state, draft| {
            still(state.devices.get(&asked.device_id).map(AsRef::as_ref))?;
            self.count_change(&asked.device_id)?;
            Ok(decide_request(state, draft, asked, ttl_ms))
        })
        .await
    }

    fn count_change(&self, device_id: &str) -> Result<(), DeviceError> {
        let mut churn = self.0.churn.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = churn.count(device_id, self.now_ms());
        counted.map_err(|retry_after_ms| DeviceError::TooManyChanges { retry_after_ms })
    }

    /// Keeps a request alive that is asked again. Nothing is broadcast, and the
    /// new deadline may be lost in a crash.
    fn repeat(&self, asked: &Asked) -> Option<PairingRequest> {
        let now_ms = self.now_ms();
        let mut state = self.lock();
        let pending = state.requests.settled(&asked.device_id)?;
        if !pending.is_alive(now_ms) || !pending.is_repeated_by(asked) {
            return None;
        }
        let longer = pending.until(now_ms.saturating_add(self.0.request_ttl_ms));
        state.requests.amend(&asked.device_id, Arc::clone(&longer));
        let body = serde_json::to_string(&*longer).ok()?;
        // Under the lock: a note must not overtake a later write of the row.
        self.0.store.enqueue_lazy(vec![Change::Put {
            table: Table::PairingRequests,
            key: asked.device_id.clone(),
            body,
        }]);
        Some(longer.request.clone())
    }
}

fn decide_request(state: &State, draft: &mut Draft, asked: Asked, ttl_ms: i64) -> PairingRequest {
    let now_ms = draft.now_ms;
    let times = (now_ms, now_ms.saturating_add(ttl_ms));
    let before = state.requests.get(&asked.device_id);
    let alive = before.filter(|pending| pending.is_alive(now_ms));
    if let Some(same) = alive.filter(|pending| pending.is_repeated_by(&asked)) {
        draft.put_request(same.until(times.1));
        return same.request.clone();
    }
    if let Some(before) = before {
        let outcome = if alive.is_some() { RequestOutcome::Rejected } else { RequestOutcome::Expired };
        draft.replace_request(before, outcome);
    }
    if let Some(oldest) = crowd::giving_way(state.requests.values(), &asked.device_id, asked.remote_ip.as_deref()) {
        draft.end_request(&oldest, RequestOutcome::Rejected);
    }
    // A phone connects as operator and as node with one key. The asks of both
    // stand in one request, so the two do not replace each other for ever.
    let others = alive.filter(|pending| pending.is_of_same_device(&asked)).map(|pending| pending.asks.clone());
    let record = state.devices.get(&asked.device_id);
    let pending = Pending::new(asked, others.unwrap_or_default(), record.is_some(), times);
    audit_request(draft, &pending, record.map(AsRef::as_ref));
    let request = pending.request.clone();
    draft.put_request(Arc::new(pending));
    draft.notices.push(Notice::Requested(Box::new(request.clone())));
    request
}

fn audit_request(draft: &mut Draft, pending: &Pending, record: Option<&DeviceRecord>) {
    let request = &pending.request;
    draft.audit(
        "device.pair.requested",
        json!({
            "requestId": request.request_id,
            "deviceId": request.device_id,
            "reason": pending.reason,
            "roles": request.roles,
            "scopes": request.scopes,
            "remoteIp": request.remote_ip,
        }),
    );
    let Some(record) = record else { return };
    if differs_from_pinned(record, request.platform.as_deref(), request.device_family.as_deref()) {
        let detail = json!({
            "deviceId": request.device_id,
            "pinned": { "platform": record.platform, "deviceFamily": record.device_family },
            "claimed": { "platform": request.platform, "deviceFamily": request.device_family },
        });
        tracing::warn!(%detail, "A paired device claims another platform or family.");
        draft.audit("device.metadata.changed", detail);
    }
}
