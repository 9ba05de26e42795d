//! Setup codes: single use, ten minutes, fixed access, made on the gateway's own
//! machine only. The store keeps the hash of a code's token.

use postern_protocol::access::{Role, Scope, ScopeSet};
use postern_protocol::pairing::{ApprovedVia, SetupAccess, SetupCompleted};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::approve::{admit, settle_request};
use super::derive::{has_hash, hash};
use super::draft::{Draft, Notice};
use super::record::{Ask, Grant, OnChangedMetadata, Seen, clean_option, granted};
use super::standing::Claim;
use super::state::State;
use super::tokens::minted;
use super::{DeviceError, Devices};
use crate::hub::Principal;
use crate::secrets::Secret;
use crate::store::StoreError;

/// How long a code works.
const LIFETIME_MS: i64 = 10 * 60 * 1000;
/// How long it can be asked who used it.
const KEEP_USED_MS: i64 = 60 * 60 * 1000;
/// Codes that may wait to be used; a new one pushes out the oldest.
const MAX_WAITING: usize = 16;

/// A setup code as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SetupCode {
    pub(super) setup_id: String,
    pub(super) token_hash: String,
    pub(super) access: SetupAccess,
    pub(super) created_at_ms: i64,
    pub(super) expires_at_ms: i64,
    /// Set once, by the device that used it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) used: Option<SetupCompleted>,
}

impl SetupCode {
    fn works(&self, now_ms: i64) -> bool {
        self.used.is_none() && self.expires_at_ms > now_ms
    }

    /// Whether nobody can use it or ask for it any more.
    pub(super) fn is_forgotten(&self, now_ms: i64) -> bool {
        match &self.used {
            Some(used) => used.ts.saturating_add(KEEP_USED_MS) <= now_ms,
            None => self.expires_at_ms <= now_ms,
        }
    }
}

/// A code that was just made.
#[derive(Debug, Clone)]
pub struct NewSetup {
    /// Names it in `device.pair.setupStatus`.
    pub setup_id: String,
    /// Goes into the code; works once.
    pub token: Secret,
    /// What it grants.
    pub access: SetupAccess,
    /// Epoch milliseconds.
    pub expires_at_ms: i64,
}

/// What a used code gave the connection and its device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupGrant {
    /// The code's id.
    pub setup_id: String,
    /// What it grants.
    pub access: SetupAccess,
    /// Scopes in force for this connection: asked for, within the grant.
    pub scopes: ScopeSet,
    /// Scopes of the operator token to hand out, when the code grants one.
    pub operator_scopes: Option<ScopeSet>,
}

/// Why a setup code was refused. Outsiders are told one text for all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupRefusal {
    /// No such code.
    #[error("no such setup code")]
    Unknown,
    /// Its time is over.
    #[error("the setup code has expired")]
    Expired,
    /// Somebody used it before.
    #[error("the setup code was used before")]
    Used,
    /// It does not grant the role asked for. The code stays usable.
    #[error("the setup code does not grant this role")]
    RoleNotGranted,
    /// Its use could not be made durable; the code stays usable.
    #[error("the use of the setup code could not be stored")]
    Store(#[from] StoreError),
}

/// Operator scopes of a profile; nothing when it grants no operator role.
pub(super) fn operator_scopes(access: SetupAccess) -> Option<ScopeSet> {
    match access {
        SetupAccess::Full => {
            Some(ScopeSet::of(&[Scope::Read, Scope::Write, Scope::Approvals, Scope::Questions, Scope::Talk]))
        }
        SetupAccess::Limited => Some(ScopeSet::of(&[Scope::Read, Scope::Write])),
        SetupAccess::Node => None,
    }
}

impl Devices {
    /// Makes a setup code.
    ///
    /// # Errors
    /// [`DeviceError::NotLocal`] for callers on other machines: whoever may make
    /// codes can let anybody in, so a stolen remote session must not suffice.
    pub async fn create_setup(&self, caller: &Principal, access: SetupAccess) -> Result<NewSetup, DeviceError> {
        caller.must_hold(ScopeSet::of(&[Scope::Admin]))?;
        if !caller.local {
            return Err(DeviceError::NotLocal);
        }
        let token = Secret::random();
        let token_hash = hash(token.expose());
        self.decide(|state, draft| {
            let now_ms = draft.now_ms;
            let mut waiting: Vec<_> = state.codes.values().filter(|code| code.used.is_none()).collect();
            waiting.sort_by_key(|code| code.created_at_ms);
            for code in waiting.iter().rev().skip(MAX_WAITING - 1) {
                draft.delete_code(&code.setup_id);
            }
            let code = SetupCode {
                setup_id: uuid::Uuid::new_v4().to_string(),
                token_hash,
                access,
                created_at_ms: now_ms,
                expires_at_ms: now_ms.saturating_add(LIFETIME_MS),
                used: None,
            };
            let new = NewSetup { setup_id: code.setup_id.clone(), token, access, expires_at_ms: code.expires_at_ms };
            let detail = json!({ "setupId": code.setup_id, "access": access, "by": caller.named() });
            draft.audit("setup.created", detail);
            draft.put_code(code);
            Ok(new)
        })
        .await
    }

    /// Uses a code for a device: burns it, approves the device for what the code
    /// grants and makes its tokens, all in one commit. Of two at once, one wins.
    ///
    /// # Errors
    /// Why the code does not let this device in.
    pub async fn redeem_setup(&self, token: &str, claim: &Claim<'_>) -> Result<SetupGrant, SetupRefusal> {
        let key = &self.0.token_key;
        self.decide(|state, draft| decide_redemption(state, draft, key, (token, claim))).await
    }

    /// Who used a code, once that is durable.
    #[must_use]
    pub fn setup_status(&self, setup_id: &str) -> Option<SetupCompleted> {
        self.lock().codes.settled(setup_id)?.used.clone()
    }
}

fn decide_redemption(
    state: &State,
    draft: &mut Draft,
    key: &Secret,
    (token, claim): (&str, &Claim<'_>),
) -> Result<SetupGrant, SetupRefusal> {
    let now_ms = draft.now_ms;
    let code = state.codes.values().find(|code| has_hash(token, &code.token_hash)).ok_or(SetupRefusal::Unknown)?;
    if !code.works(now_ms) {
        return Err(if code.used.is_some() { SetupRefusal::Used } else { SetupRefusal::Expired });
    }
    let operator_scopes = operator_scopes(code.access);
    if claim.role == Role::Operator && operator_scopes.is_none() {
        return Err(SetupRefusal::RoleNotGranted);
    }
    let grant = grant_of(claim, operator_scopes);
    let before = state.devices.get(&grant.device_id);
    // A code has a fixed worth: it does not bring back what a device held under
    // other metadata, and the tokens it hands out carry no more than it grants.
    let mut after = granted(before.map(AsRef::as_ref), &grant, OnChangedMetadata::Replace, now_ms);
    for ask in &grant.asks {
        (after, _) = minted(key, &after, (ask.role, ask.scopes), now_ms);
    }
    let used = SetupCompleted {
        setup_id: code.setup_id.clone(),
        device_id: grant.device_id.clone(),
        device_name: clean_option(claim.client.display_name.as_deref()),
        access: code.access,
        ts: now_ms,
    };
    draft.put_code(SetupCode { used: Some(used.clone()), ..SetupCode::clone(code) });
    draft.audit("setup.used", json!({ "completed": used, "remoteIp": claim.remote_ip }));
    settle_request(state, draft, &after);
    let mut seen = Seen::default();
    seen.set_client(claim.client);
    seen.remote_ip = claim.remote_ip.map(|ip| ip.to_string());
    admit(state, draft, after, seen);
    draft.notices.push(Notice::SetupCompleted(used));
    Ok(SetupGrant {
        setup_id: code.setup_id.clone(),
        access: code.access,
        scopes: claim.ask().scopes.limited_to(operator_scopes.unwrap_or_default()),
        operator_scopes,
    })
}

/// Every code makes a node; some make an operator too.
fn grant_of(claim: &Claim<'_>, operator_scopes: Option<ScopeSet>) -> Grant {
    let mut asks = vec![Ask { role: Role::Node, scopes: ScopeSet::EMPTY }];
    asks.extend(operator_scopes.map(|scopes| Ask { role: Role::Operator, scopes }));
    Grant {
        device_id: claim.device_id.as_str().to_owned(),
        public_key: claim.public_key.to_base64url(),
        asks,
        platform: claim.platform(),
        device_family: claim.device_family(),
        via: ApprovedVia::SetupCode,
    }
}
