//! Letting devices in: by a person, or silently when the caller of
//! [`Devices::pair_silently`] found that policy allows it.

use std::sync::Arc;

use postern_protocol::access::{Role, Scope, ScopeSet};
use postern_protocol::pairing::{ApprovedVia, PairedDevice, PairingReason};
use serde_json::json;

use super::authority::{may_act_on, may_approve};
use super::draft::{Cut, Draft};
use super::pending::{Pending, RequestOutcome};
use super::record::{DeviceRecord, Grant, OnChangedMetadata, Seen, granted};
use super::standing::{Claim, Standing, judge};
use super::state::State;
use super::tokens::issued;
use super::{DeviceError, Devices};
use crate::hub::Principal;

impl Devices {
    /// Whether a device may connect as it asks to.
    #[must_use]
    pub fn standing(&self, claim: &Claim<'_>) -> Standing {
        let record = self.lock().devices.get(claim.device_id.as_str()).cloned();
        judge(record.as_deref(), claim)
    }

    /// Gives a device exactly what its request shows. `expected_device` is the
    /// device that the approver saw.
    ///
    /// # Errors
    /// [`DeviceError::Forbidden`] when the device would hold more than the
    /// caller; [`DeviceError::UnknownRequest`] and [`DeviceError::RequestChanged`]
    /// when it is not that request any more.
    pub async fn approve(
        &self,
        caller: &Principal,
        request_id: &str,
        expected_device: Option<&str>,
    ) -> Result<PairedDevice, DeviceError> {
        let record = self
            .decide(|state, draft| {
                let pending = open_request(state, draft.now_ms, request_id, expected_device)?;
                decide_approval(state, draft, caller, &pending)
            })
            .await?;
        Ok(self.described(&record))
    }

    /// Drops a request; returns its device.
    ///
    /// # Errors
    /// As [`Devices::approve`]; a stranger's request may be refused by anybody
    /// with the pairing scope, that of a paired device by who may act on it.
    pub async fn reject(
        &self,
        caller: &Principal,
        request_id: &str,
        expected_device: Option<&str>,
    ) -> Result<String, DeviceError> {
        self.decide(|state, draft| {
            let pending = open_request(state, draft.now_ms, request_id, expected_device)?;
            match state.devices.get(&pending.request.device_id) {
                Some(record) => may_act_on(caller, record)?,
                None => caller.must_hold(ScopeSet::of(&[Scope::Pairing]))?,
            }
            draft.end_request(&pending, RequestOutcome::Rejected);
            let detail = json!({
                "requestId": request_id,
                "deviceId": pending.request.device_id,
                "by": caller.named(),
            });
            draft.audit("device.pair.rejected", detail);
            Ok(pending.request.device_id.clone())
        })
        .await
    }

    /// Approves what the claim asks for without a person and makes the role's
    /// token with it. The caller has decided that policy allows it.
    ///
    /// # Errors
    /// [`DeviceError::NeedsPerson`] when pinned metadata changed, whatever the
    /// reason given; store errors.
    pub async fn pair_silently(
        &self,
        claim: &Claim<'_>,
        reason: PairingReason,
        via: ApprovedVia,
    ) -> Result<(), DeviceError> {
        if reason == PairingReason::MetadataUpgrade {
            return Err(DeviceError::NeedsPerson);
        }
        let key = &self.0.token_key;
        self.decide(|state, draft| {
            let before = state.devices.get(claim.device_id.as_str());
            match judge(before.map(AsRef::as_ref), claim) {
                Standing::Approved => return Ok(()),
                Standing::Needs { metadata_changed: true, .. } => return Err(DeviceError::NeedsPerson),
                Standing::Needs { .. } => {}
            }
            let grant = silent_grant(claim, before.map(AsRef::as_ref), via);
            let after = granted(before.map(AsRef::as_ref), &grant, OnChangedMetadata::Merge, draft.now_ms);
            let (after, _) = issued(key, &after, (claim.role, claim.ask().scopes), draft.now_ms);
            let detail = json!({
                "deviceId": after.device_id,
                "roles": after.roles,
                "scopes": after.scopes,
                "reason": reason,
                "via": via,
                "remoteIp": claim.remote_ip,
            });
            draft.audit("device.paired", detail);
            settle_request(state, draft, &after);
            let mut seen = Seen::default();
            seen.set_client(claim.client);
            seen.remote_ip = claim.remote_ip.map(|ip| ip.to_string());
            admit(state, draft, after, seen);
            Ok(())
        })
        .await
    }

    /// The device as it is listed.
    pub(super) fn described(&self, record: &DeviceRecord) -> PairedDevice {
        let seen = self.lock().seen.get(&record.device_id).cloned();
        record.to_wire(seen.as_ref(), self.0.hub.is_device_connected(&record.device_id))
    }
}

/// The request, while it is open and the one that the approver saw.
fn open_request(
    state: &State,
    now_ms: i64,
    request_id: &str,
    expected_device: Option<&str>,
) -> Result<Arc<Pending>, DeviceError> {
    let pending = state.request(request_id).filter(|pending| pending.is_alive(now_ms));
    let pending = pending.ok_or(DeviceError::UnknownRequest)?;
    if expected_device.is_some_and(|expected| expected != pending.request.device_id) {
        return Err(DeviceError::RequestChanged);
    }
    Ok(Arc::clone(pending))
}

fn decide_approval(
    state: &State,
    draft: &mut Draft,
    caller: &Principal,
    pending: &Pending,
) -> Result<Arc<DeviceRecord>, DeviceError> {
    let before = state.devices.get(&pending.request.device_id).map(AsRef::as_ref);
    let after = granted(before, &pending.grant(), OnChangedMetadata::Merge, draft.now_ms);
    may_approve(caller, &after)?;
    let detail = json!({
        "requestId": pending.request.request_id,
        "deviceId": after.device_id,
        "reason": pending.reason,
        "roles": after.roles,
        "scopes": after.scopes,
        "platform": after.platform,
        "deviceFamily": after.device_family,
        "by": caller.named(),
    });
    draft.audit("device.pair.approved", detail);
    draft.end_request(pending, RequestOutcome::Approved { scopes: pending.scopes() });
    Ok(admit(state, draft, after, pending.seen()))
}

/// Puts an approved record in place. Where it holds less than before, sockets
/// that live on what is gone close.
pub(super) fn admit(state: &State, draft: &mut Draft, after: DeviceRecord, seen: Seen) -> Arc<DeviceRecord> {
    let before = state.devices.get(&after.device_id);
    if before.is_none_or(|before| before.public_key != after.public_key) {
        draft.first_seen(&after.device_id, seen);
    }
    if before.is_some_and(|before| !after.holds_all_of(before)) {
        let device_id = after.device_id.clone();
        draft.cuts.push(Cut { device_id, role: None, spare: None, why: "device approval replaced" });
    }
    draft.device_changed(&after.device_id);
    draft.put_device(after)
}

/// Ends the device's request when it now holds what it asked for.
pub(super) fn settle_request(state: &State, draft: &mut Draft, after: &DeviceRecord) {
    let Some(pending) = state.requests.get(&after.device_id) else { return };
    let granted = |role: Role| after.roles.contains(&role);
    let settled = pending.request.public_key == after.public_key
        && pending.asks.iter().all(|ask| granted(ask.role) && after.ceiling(ask.role).covers(ask.scopes));
    if settled {
        draft.end_request(pending, RequestOutcome::Approved { scopes: pending.scopes() });
    }
}

/// What is pinned stays pinned: nobody looked at it.
fn silent_grant(claim: &Claim<'_>, before: Option<&DeviceRecord>, via: ApprovedVia) -> Grant {
    let public_key = claim.public_key.to_base64url();
    let pinned = before.filter(|record| record.public_key == public_key);
    Grant {
        device_id: claim.device_id.as_str().to_owned(),
        asks: vec![claim.ask()],
        platform: pinned.map_or_else(|| claim.platform(), |record| record.platform.clone()),
        device_family: pinned.map_or_else(|| claim.device_family(), |record| record.device_family.clone()),
        public_key,
        via,
    }
}
