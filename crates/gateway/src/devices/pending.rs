//! A pairing request and what a device asks for, and when two are the same. Pure.

use std::sync::Arc;

use postern_protocol::access::{Role, ScopeSet};
use postern_protocol::pairing::{ApprovedVia, PairingReason, PairingRequest};
use serde::{Deserialize, Serialize};

use super::record::{Ask, DeviceRecord, Grant, Seen, clean, clean_option};
use super::standing::{Claim, same_metadata};
use crate::hub::Principal;

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
    pub(super) fn of_claim(claim: &Claim<'_>, reason: PairingReason) -> Self {
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
    pub(super) fn of_connected(caller: &Principal, record: &DeviceRecord, scopes: ScopeSet) -> Self {
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
            expires_at_ms: None,
        };
        Self { request, asks, reason: asked.reason, expires_at_ms: times.1 }
    }

    pub(super) fn is_of_same_device(&self, asked: &Asked) -> bool {
        let request = &self.request;
        request.public_key == asked.public_key
            && same_metadata(
                (request.platform.as_deref(), request.device_family.as_deref()),
                (asked.platform.as_deref(), asked.device_family.as_deref()),
            )
    }

    /// Whether a device repeats what it asked for before. Names, address and
    /// client may differ: what approvers were shown first stays.
    pub(super) fn is_repeated_by(&self, asked: &Asked) -> bool {
        self.is_of_same_device(asked) && self.asks.contains(&asked.ask)
    }

    pub(super) fn until(&self, expires_at_ms: i64) -> Arc<Self> {
        Arc::new(Self { expires_at_ms, ..self.clone() })
    }

    /// The request as lists show it.
    pub(super) fn listed(&self) -> PairingRequest {
        PairingRequest { expires_at_ms: Some(self.expires_at_ms), ..self.request.clone() }
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
