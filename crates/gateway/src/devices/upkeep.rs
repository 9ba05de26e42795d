//! Keeping the list: show, rename, remove, remember when a device was seen, and
//! let requests and codes expire.

use postern_protocol::identity::DeviceId;
use postern_protocol::pairing::{ApprovedVia, DevicePairListResult};
use serde_json::json;

use super::authority::may_act_on;
use super::draft::Cut;
use super::pending::RequestOutcome;
use super::record::{DeviceRecord, clean};
use super::{DeviceError, Devices};
use crate::hub::Principal;
use crate::store::{Change, StoreError, Table};

/// How long the outcome of a finished request can be asked for.
const KEEP_OUTCOME_MS: i64 = 5 * 60 * 1000;
/// Rows rendered under one lock.
const FLUSH_AT_ONCE: usize = 256;

/// What the approval of a device says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// Operating system.
    pub platform: Option<String>,
    /// Family.
    pub device_family: Option<String>,
    /// How it came about.
    pub approved_via: ApprovedVia,
}

impl Devices {
    /// Requests, first seen first, and devices, last approved first.
    #[must_use]
    pub fn list(&self) -> DevicePairListResult {
        let now_ms = self.now_ms();
        let (mut pending, mut paired) = {
            let state = self.lock();
            let alive = state.requests.values().filter(|pending| pending.is_alive(now_ms));
            let pending: Vec<_> = alive.map(|pending| pending.listed()).collect();
            let paired: Vec<_> =
                state.devices.values().map(|record| record.to_wire(state.seen.get(&record.device_id), false)).collect();
            (pending, paired)
        };
        for device in &mut paired {
            device.connected = self.0.hub.is_device_connected(&device.device_id);
        }
        pending.sort_by(|a, b| (a.ts, &a.request_id).cmp(&(b.ts, &b.request_id)));
        paired.sort_by(|a, b| (b.approved_at_ms, &b.device_id).cmp(&(a.approved_at_ms, &a.device_id)));
        DevicePairListResult { pending, paired }
    }

    /// How many devices are paired and how many requests wait.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let state = self.lock();
        (state.devices.values().count(), state.requests.values().count())
    }

    /// What a paired device was approved as.
    #[must_use]
    pub fn pinned(&self, device_id: &DeviceId) -> Option<Pinned> {
        let state = self.lock();
        let record = state.devices.get(device_id.as_str())?;
        let (platform, device_family) = (record.platform.clone(), record.device_family.clone());
        Some(Pinned { platform, device_family, approved_via: record.approved_via })
    }

    /// Whether the device is paired.
    #[must_use]
    pub fn is_paired(&self, device_id: &DeviceId) -> bool {
        self.lock().devices.get(device_id.as_str()).is_some()
    }

    /// Gives a device a person's name for it; returns the name as it is kept.
    ///
    /// # Errors
    /// [`DeviceError::BlankLabel`] when nothing of it can be shown.
    pub async fn rename(&self, caller: &Principal, device_id: &str, label: &str) -> Result<String, DeviceError> {
        let label = clean(label).ok_or(DeviceError::BlankLabel)?;
        self.decide(|state, draft| {
            let record = state.devices.get(device_id).ok_or(DeviceError::UnknownDevice)?;
            may_act_on(caller, record)?;
            draft.put_device(DeviceRecord { label: Some(label.clone()), ..DeviceRecord::clone(record) });
            draft.device_changed(device_id);
            let detail = json!({ "deviceId": device_id, "label": label, "by": caller.named() });
            draft.audit("device.renamed", detail);
            Ok(label)
        })
        .await
    }

    /// Forgets a device with its tokens and its request and closes its sockets,
    /// the caller's own excepted.
    ///
    /// # Errors
    /// [`DeviceError::UnknownDevice`]; refusals when the caller may not.
    pub async fn remove(&self, caller: &Principal, device_id: &str) -> Result<(), DeviceError> {
        self.decide(|state, draft| {
            let record = state.devices.get(device_id).ok_or(DeviceError::UnknownDevice)?;
            may_act_on(caller, record)?;
            draft.delete_device(device_id);
            if let Some(pending) = state.requests.get(device_id) {
                draft.end_request(pending, RequestOutcome::Rejected);
            }
            draft.device_changed(device_id);
            draft.audit("device.removed", json!({ "deviceId": device_id, "by": caller.named() }));
            let spare = Some(caller.conn_id.clone());
            draft.cuts.push(Cut { device_id: device_id.to_owned(), role: None, spare, why: "device removed" });
            Ok(())
        })
        .await
    }

    /// Remembers that a paired device connected or disconnected. In memory; the
    /// store learns of it with [`Devices::flush_seen`]. Pinned values never
    /// change here.
    pub fn note_seen(&self, who: &Principal, reason: &str) {
        let Some(device_id) = &who.device_id else { return };
        let now_ms = self.now_ms();
        let mut state = self.lock();
        if state.devices.get(device_id.as_str()).is_none() {
            return;
        }
        let seen = state.seen.entry(device_id.as_str().to_owned()).or_default();
        seen.set_client(&who.client);
        seen.remote_ip = Some(who.remote_ip.to_string());
        seen.at_ms = Some(now_ms);
        seen.reason = Some(reason.to_owned());
        seen.token_used_ms.insert(who.role, now_ms);
        state.unwritten.insert(device_id.as_str().to_owned());
    }

    /// Hands what [`Devices::note_seen`] collected to the store, without waiting
    /// for it.
    pub fn flush_seen(&self) {
        let mut keys = std::mem::take(&mut self.lock().unwritten).into_iter();
        loop {
            // In parts, so that no handshake waits for ten thousand rows.
            let part: Vec<_> = keys.by_ref().take(FLUSH_AT_ONCE).collect();
            if part.is_empty() {
                return;
            }
            self.flush_part(part);
        }
    }

    fn flush_part(&self, keys: Vec<String>) {
        let mut state = self.lock();
        let mut changes = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some(record) = state.devices.settled(&key) {
                let body = state.device_body(record);
                changes.push(Change::Put { table: Table::Devices, key, body });
            } else if state.devices.get(&key).is_some() {
                state.unwritten.insert(key);
            }
        }
        // Under the lock: a note must not overtake a later write of the row.
        self.0.store.enqueue_lazy(changes);
    }

    /// Drops requests and setup codes whose time is over.
    ///
    /// # Errors
    /// When the store refuses the write; the next call tries again.
    pub async fn expire(&self) -> Result<(), StoreError> {
        self.lock().forget_finished(self.now_ms().saturating_sub(KEEP_OUTCOME_MS));
        self.decide(|state, draft| {
            let now_ms = draft.now_ms;
            for pending in state.requests.values().filter(|pending| !pending.is_alive(now_ms)) {
                draft.end_request(pending, RequestOutcome::Expired);
            }
            for code in state.codes.values().filter(|code| code.is_forgotten(now_ms)) {
                draft.delete_code(&code.setup_id);
            }
            Ok(())
        })
        .await
    }
}
