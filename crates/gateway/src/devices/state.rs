//! Everything the service remembers, and the one way to change it: a [`Draft`]
//! is applied to memory and becomes the store's work under one lock.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::watch;

use super::draft::{Draft, Edit};
use super::pending::{Pending, RequestOutcome};
use super::record::{DeviceRecord, Seen, StoredDevice};
use super::setup::SetupCode;
use crate::store::rows::{Rows, Ticket};
use crate::store::{Change, Table};

/// Finished requests whose outcome can still be asked for.
const MAX_FINISHED: usize = 256;

/// What the service remembers.
#[derive(Debug, Default)]
pub(super) struct State {
    /// By device id.
    pub(super) devices: Rows<DeviceRecord>,
    /// By device id; only for paired devices.
    pub(super) seen: HashMap<String, Seen>,
    /// Devices whose `seen` is newer than the store's.
    pub(super) unwritten: HashSet<String>,
    /// By device id: a device has one request or none.
    pub(super) requests: Rows<Pending>,
    /// By setup id.
    pub(super) codes: Rows<SetupCode>,
    /// By request id.
    pub(super) waits: HashMap<String, Wait>,
}

/// Who waits for a request, and how it ended.
#[derive(Debug)]
pub(super) struct Wait {
    pub(super) device_id: String,
    pub(super) outcome: watch::Sender<Option<RequestOutcome>>,
    ended_at_ms: Option<i64>,
}

/// One write under way.
#[derive(Debug)]
pub(super) enum InFlight {
    Device(Ticket<DeviceRecord>),
    Request(Ticket<Pending>),
    Code(Ticket<SetupCode>),
}

impl State {
    /// Finds a request by its own id.
    pub(super) fn request(&self, request_id: &str) -> Option<&Arc<Pending>> {
        self.requests.values().find(|pending| pending.request.request_id == request_id)
    }

    /// Applies a draft to memory; returns what the store has to write.
    pub(super) fn apply(&mut self, draft: &mut Draft) -> (Vec<Change>, Vec<InFlight>) {
        for (device_id, seen) in draft.seen.drain(..) {
            self.seen.insert(device_id, seen);
        }
        let mut changes = Vec::with_capacity(draft.edits.len() + draft.audits.len());
        let mut in_flight = Vec::with_capacity(draft.edits.len());
        for edit in draft.edits.drain(..) {
            changes.push(self.change(&edit));
            in_flight.push(self.set(edit));
        }
        let ts_ms = draft.now_ms;
        changes.extend(draft.audits.drain(..).map(|(kind, detail)| Change::Audit {
            ts_ms,
            kind: kind.to_owned(),
            detail: detail.to_string(),
        }));
        (changes, in_flight)
    }

    fn set(&mut self, edit: Edit) -> InFlight {
        match edit {
            Edit::Device(id, record) => InFlight::Device(self.devices.set(&id, record)),
            Edit::Request(id, pending) => {
                if let Some(pending) = &pending {
                    self.watch(pending);
                }
                InFlight::Request(self.requests.set(&id, pending))
            }
            Edit::Code(id, code) => InFlight::Code(self.codes.set(&id, code)),
        }
    }

    fn change(&self, edit: &Edit) -> Change {
        let (table, key, body) = match edit {
            Edit::Device(id, record) => (Table::Devices, id, record.as_deref().map(|record| self.device_body(record))),
            Edit::Request(id, pending) => (Table::PairingRequests, id, pending.as_deref().map(body)),
            Edit::Code(id, code) => (Table::SetupCodes, id, code.as_deref().map(body)),
        };
        match body {
            Some(body) => Change::Put { table, key: key.clone(), body },
            None => Change::Delete { table, key: key.clone() },
        }
    }

    /// A device's row with what is known about it now, so that a write never
    /// takes back a newer "last seen".
    pub(super) fn device_body(&self, record: &DeviceRecord) -> String {
        body(&StoredDevice { record, seen: self.seen.get(&record.device_id).cloned().unwrap_or_default() })
    }

    /// Makes the outcome of a request waitable.
    pub(super) fn watch(&mut self, pending: &Pending) {
        self.waits.entry(pending.request.request_id.clone()).or_insert_with(|| Wait {
            device_id: pending.request.device_id.clone(),
            outcome: watch::Sender::new(None),
            ended_at_ms: None,
        });
    }

    /// Takes in the store's answer for a decision's writes.
    pub(super) fn settle(&mut self, in_flight: Vec<InFlight>, stored: bool) {
        for write in in_flight {
            match write {
                InFlight::Device(ticket) => self.settle_device(&ticket, stored),
                InFlight::Request(ticket) => self.settle_request(&ticket, stored),
                InFlight::Code(ticket) => self.codes.settle(&ticket, stored),
            }
        }
    }

    fn settle_device(&mut self, ticket: &Ticket<DeviceRecord>, stored: bool) {
        self.devices.settle(ticket, stored);
        if self.devices.get(ticket.key()).is_none() {
            self.seen.remove(ticket.key());
            self.unwritten.remove(ticket.key());
        }
    }

    fn settle_request(&mut self, ticket: &Ticket<Pending>, stored: bool) {
        self.requests.settle(ticket, stored);
        let Some(written) = ticket.value().filter(|_| !stored) else { return };
        let request_id = &written.request.request_id;
        if self.request(request_id).is_none() {
            // The sender goes with it: who waits learns that nothing came of it.
            self.waits.remove(request_id);
        }
    }

    /// Tells everybody who waits how a request ended.
    pub(super) fn finish(&mut self, ended: Vec<(String, RequestOutcome)>, now_ms: i64) {
        for (request_id, outcome) in ended {
            if let Some(wait) = self.waits.get_mut(&request_id) {
                wait.outcome.send_replace(Some(outcome));
                wait.ended_at_ms = Some(now_ms);
            }
        }
        self.forget_finished(i64::MIN);
    }

    /// Forgets outcomes from before `since_ms`, and the oldest of too many.
    pub(super) fn forget_finished(&mut self, since_ms: i64) {
        self.waits.retain(|_, wait| wait.ended_at_ms.is_none_or(|at| at >= since_ms));
        let mut ended: Vec<_> =
            self.waits.iter().filter_map(|(id, wait)| Some((wait.ended_at_ms?, id.clone()))).collect();
        if ended.len() <= MAX_FINISHED {
            return;
        }
        ended.sort_unstable();
        for (_, id) in &ended[..ended.len() - MAX_FINISHED] {
            self.waits.remove(id);
        }
    }
}

/// Records are structs of texts, numbers and lists, which always serialise; the
/// store refuses the empty text.
fn body<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
