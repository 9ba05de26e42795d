//! Pairing requests: one per device, kept alive by retries, replaced when the
//! device asks for something else, and waited for by those who asked.

use std::sync::Arc;

use postern_protocol::access::{Role, ScopeSet};
use postern_protocol::identity::DeviceId;
use postern_protocol::pairing::{ApprovedVia, PairingReason, PairingRequest};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::record::{Ask, DeviceRecord, Grant, Seen, clean, clean_option};
use super::standing::{Claim, differs_from_pinned, same_metadata};
use super::state::{Draft, Notice, State, missing};
use super::{DeviceError, Devices, crowd};
use crate::hub::Principal;
use crate::store::{Change, Table};

/// A request that waits for a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pending {
    /// What approvers are shown, exactly.
    pub(super) request: PairingRequest,
    /// What an approval gives: per role, the last that was asked.
    pub(super) asks: Vec<Ask>,
    pub(super) reason: PairingReason,
    pub(super) expires_at_ms: i64,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestOutcome {
    /// The device may connect with these operator scopes.
    Approved {
        /// Scopes that the request asked for.
        scopes: ScopeSet,
    },
    /// Refused, superseded, or dropped with its device.
    Rejected,
    /// Nobody decided in time.
    Expired,
}

/// What a device asks for this time.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) device_id: String,
    pub(super) public_key: String,
    pub(super) ask: Ask,
    pub(super) platform: Option<String>,
    pub(super) device_family: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) client_mode: Option<String>,
    pub(super) remote_ip: Option<String>,
    pub(super) browser_origin: Option<String>,
    pub(super) reason: PairingReason,
}

impl Asked {
    fn of_claim(claim: &Claim<'_>, reason: PairingReason) -> Self {
        Self {
            device_id: claim.device_id.as_str().to_owned(),
            public_key: claim.public_key.to_base64url(),
            ask: claim.ask(),
            platform: claim.platform(),
            device_family: claim.device_family(),
            display_name: clean_option(claim.client.display_name.as_deref()),
            client_id: clean(&claim.client.id),
            client_mode: Some(claim.client.mode.as_str().to_owned()),
            remote_ip: claim.remote_ip.map(|ip| ip.to_string()),
            browser_origin: clean_option(claim.browser_origin),
            reason,
        }
    }

    /// A connected device that wants more; its metadata is what was pinned.
    fn of_connected(caller: &Principal, record: &DeviceRecord, scopes: ScopeSet) -> Self {
        Self {
            device_id: record.device_id.clone(),
            public_key: record.public_key.clone(),
            ask: Ask { role: Role::Operator, scopes },
            platform: record.platform.clone(),
            device_family: record.device_family.clone(),
            display_name: clean_option(caller.client.display_name.as_deref()),
            client_id: clean(&caller.client.id),
            client_mode: Some(caller.client.mode.as_str().to_owned()),
            remote_ip: Some(caller.remote_ip.to_string()),
            browser_origin: None,
            reason: PairingReason::ScopeUpgrade,
        }
    }
}

impl Pending {
    /// A new request under a new id. `asks` are those of other roles that it
    /// takes over; `times` are now and the deadline.
    pub(super) fn new(asked: Asked, mut asks: Vec<Ask>, is_repair: bool, times: (i64, i64)) -> Self {
        let role = asked.ask.role;
        asks.retain(|other| other.role != role);
        asks.push(asked.ask);
        let roles: Vec<_> = asks.iter().map(|ask| ask.role).collect();
        let scopes = asks.iter().find(|ask| ask.role == Role::Operator).map(|ask| ask.scopes);
        let request = PairingRequest {
            request_id: uuid::Uuid::new_v4().to_string(),
            device_id: asked.device_id,
            public_key: asked.public_key,
            display_name: asked.display_name,
            platform: asked.platform,
            device_family: asked.device_family,
            client_id: asked.client_id,
            client_mode: asked.client_mode,
            role: Some(role),
            roles: Some(roles),
            scopes,
            remote_ip: asked.remote_ip,
            silent: Some(false),
            is_repair: Some(is_repair),
            browser_origin: asked.browser_origin,
            ts: times.0,
        };
        Self { request, asks, reason: asked.reason, expires_at_ms: times.1 }
    }

    fn is_of_same_device(&self, asked: &Asked) -> bool {
        let request = &self.request;
        request.public_key == asked.public_key
            && same_metadata(
                (request.platform.as_deref(), request.device_family.as_deref()),
                (asked.platform.as_deref(), asked.device_family.as_deref()),
            )
    }

    /// Whether a device repeats what it asked for before. Names, address and
    /// client may differ: what approvers were shown first stays.
    fn is_repeated_by(&self, asked: &Asked) -> bool {
        self.is_of_same_device(asked) && self.asks.contains(&asked.ask)
    }

    fn until(&self, expires_at_ms: i64) -> Arc<Self> {
        Arc::new(Self { expires_at_ms, ..self.clone() })
    }

    pub(super) fn is_alive(&self, now_ms: i64) -> bool {
        self.expires_at_ms > now_ms
    }

    /// Operator scopes it asks for.
    pub(super) fn scopes(&self) -> ScopeSet {
        self.request.scopes.unwrap_or_default()
    }

    pub(super) fn grant(&self) -> Grant {
        Grant {
            device_id: self.request.device_id.clone(),
            public_key: self.request.public_key.clone(),
            asks: self.asks.clone(),
            platform: self.request.platform.clone(),
            device_family: self.request.device_family.clone(),
            via: ApprovedVia::Operator,
        }
    }

    /// What is known about the device before its first connect.
    pub(super) fn seen(&self) -> Seen {
        Seen {
            display_name: self.request.display_name.clone(),
            client_id: self.request.client_id.clone(),
            client_mode: self.request.client_mode.clone(),
            remote_ip: self.request.remote_ip.clone(),
            ..Seen::default()
        }
    }
}

impl Devices {
    /// Makes the request that an approver decides, or finds the one that waits:
    /// the same ask keeps its id and lives on, a changed ask replaces the old
    /// request under a new id.
    ///
    /// # Errors
    /// When the store refuses the write.
    pub async fn request_pairing(
        &self,
        claim: &Claim<'_>,
        reason: PairingReason,
    ) -> Result<PairingRequest, DeviceError> {
        self.ask(Asked::of_claim(claim, reason)).await
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
        let record = self.lock().devices.get(device_id.as_str()).cloned();
        let record = record.filter(|record| record.roles.contains(&Role::Operator));
        let record = record.ok_or(DeviceError::NoPairedDevice)?;
        let missing = missing(scopes, caller.scopes);
        if !missing.is_empty() {
            return Err(DeviceError::NarrowerThanCurrent { missing });
        }
        self.ask(Asked::of_connected(caller, &record, scopes)).await
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

    async fn ask(&self, asked: Asked) -> Result<PairingRequest, DeviceError> {
        if let Some(request) = self.repeat(&asked) {
            return Ok(request);
        }
        let ttl_ms = self.0.request_ttl_ms;
        self.decide(|state, draft| Ok(decide_request(state, draft, asked, ttl_ms))).await
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
    draft.notices.push(Notice::Requested(request.clone()));
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
