//! What a decision wants: edits of rows, entries of the audit trail, events, and
//! sockets to close. Collected while the state is only read.

use std::sync::Arc;

use postern_protocol::access::Role;
use postern_protocol::pairing::{Decision, DevicesChanged, PairingRequest, PairingResolved, SetupCompleted};
use serde_json::Value;

use super::pending::{Pending, RequestOutcome};
use super::record::{DeviceRecord, Seen};
use super::setup::SetupCode;

/// What others are told once a decision is durable.
#[derive(Debug)]
pub(super) enum Notice {
    Requested(Box<PairingRequest>),
    Resolved(PairingResolved),
    Changed(DevicesChanged),
    SetupCompleted(SetupCompleted),
}

/// Sockets that a decision closes at once, durable or not: closing too much
/// costs a reconnect, closing too late costs trust.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) device_id: String,
    /// Only sockets of this role.
    pub(super) role: Option<Role>,
    /// The caller's own connection, which still has to read its answer.
    pub(super) spare: Option<Arc<str>>,
    /// `device removed`, `token revoked`, …
    pub(super) why: &'static str,
}

/// One edit of one row.
#[derive(Debug)]
pub(super) enum Edit {
    Device(String, Option<Arc<DeviceRecord>>),
    Request(String, Option<Arc<Pending>>),
    Code(String, Option<Arc<SetupCode>>),
}

/// What a decision wants to change and tell.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) now_ms: i64,
    pub(super) edits: Vec<Edit>,
    pub(super) seen: Vec<(String, Seen)>,
    pub(super) audits: Vec<(&'static str, Value)>,
    pub(super) ended: Vec<(String, RequestOutcome)>,
    pub(super) notices: Vec<Notice>,
    pub(super) cuts: Vec<Cut>,
}

impl Draft {
    pub(super) fn new(now_ms: i64) -> Self {
        Self {
            now_ms,
            edits: Vec::new(),
            seen: Vec::new(),
            audits: Vec::new(),
            ended: Vec::new(),
            notices: Vec::new(),
            cuts: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.edits.is_empty() && self.audits.is_empty()
    }

    pub(super) fn put_device(&mut self, record: DeviceRecord) -> Arc<DeviceRecord> {
        let record = Arc::new(record);
        self.edits.push(Edit::Device(record.device_id.clone(), Some(Arc::clone(&record))));
        record
    }

    pub(super) fn delete_device(&mut self, device_id: &str) {
        self.edits.push(Edit::Device(device_id.to_owned(), None));
    }

    /// Sets what is known about a device that was not paired before.
    pub(super) fn first_seen(&mut self, device_id: &str, seen: Seen) {
        self.seen.push((device_id.to_owned(), seen));
    }

    pub(super) fn put_request(&mut self, pending: Arc<Pending>) {
        self.edits.push(Edit::Request(pending.request.device_id.clone(), Some(pending)));
    }

    /// Ends a request and removes it.
    pub(super) fn end_request(&mut self, pending: &Pending, outcome: RequestOutcome) {
        self.edits.push(Edit::Request(pending.request.device_id.clone(), None));
        self.replace_request(pending, outcome);
    }

    /// Ends a request whose row another one takes.
    pub(super) fn replace_request(&mut self, pending: &Pending, outcome: RequestOutcome) {
        let decision = match outcome {
            RequestOutcome::Approved { .. } => Decision::Approved,
            RequestOutcome::Rejected | RequestOutcome::Expired => Decision::Rejected,
        };
        self.notices.push(Notice::Resolved(PairingResolved {
            request_id: pending.request.request_id.clone(),
            device_id: pending.request.device_id.clone(),
            decision,
            ts: self.now_ms,
        }));
        self.ended.push((pending.request.request_id.clone(), outcome));
    }

    pub(super) fn put_code(&mut self, code: SetupCode) {
        self.edits.push(Edit::Code(code.setup_id.clone(), Some(Arc::new(code))));
    }

    pub(super) fn delete_code(&mut self, setup_id: &str) {
        self.edits.push(Edit::Code(setup_id.to_owned(), None));
    }

    /// `detail` never holds a secret.
    pub(super) fn audit(&mut self, kind: &'static str, detail: Value) {
        self.audits.push((kind, detail));
    }

    pub(super) fn device_changed(&mut self, device_id: &str) {
        let event = DevicesChanged { device_id: device_id.to_owned(), ts: self.now_ms };
        self.notices.push(Notice::Changed(event));
    }
}
