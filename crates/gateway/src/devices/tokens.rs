//! Device tokens: verify, issue, rotate, revoke. One per device and role; a
//! token never carries more than its device was approved for.

use std::fmt;

use postern_protocol::access::{Role, Scope, ScopeSet};
use postern_protocol::identity::DeviceId;
use serde_json::json;

use super::authority::{is_own_device, may_act_on};
use super::derive::{has_hash, hash, token_value};
use super::draft::{Cut, Draft};
use super::record::{DeviceRecord, TokenRecord};
use super::state::State;
use super::{DeviceError, Devices};
use crate::hub::Principal;
use crate::secrets::Secret;

/// Why a device token was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRefusal {
    /// The device is not paired, not for this role, or never had such a token.
    Unknown,
    /// It was revoked.
    Revoked,
    /// It is another one: rotated since, another role's, another device's.
    Mismatch,
}

/// A token as the device receives it.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedToken {
    /// The value.
    pub token: Secret,
    /// Scopes it carries.
    pub scopes: ScopeSet,
    /// Epoch milliseconds of its making.
    pub issued_at_ms: i64,
}

impl fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssuedToken({:?}, {})", self.scopes, self.issued_at_ms)
    }
}

/// A rotation as the caller is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotatedToken {
    /// Scopes the new token carries.
    pub scopes: ScopeSet,
    /// Epoch milliseconds.
    pub rotated_at_ms: i64,
    /// The value, when the caller is that device in that role; otherwise the
    /// device receives it when it connects next.
    pub token: Option<Secret>,
}

impl Devices {
    /// The scopes of a device's token, when `token` is the one in force.
    ///
    /// # Errors
    /// Why it is not.
    pub fn verify_token(&self, device_id: &DeviceId, role: Role, token: &str) -> Result<ScopeSet, TokenRefusal> {
        let record = self.lock().devices.get(device_id.as_str()).cloned().ok_or(TokenRefusal::Unknown)?;
        let stored = record.token(role).filter(|_| record.roles.contains(&role)).ok_or(TokenRefusal::Unknown)?;
        if !has_hash(token, &stored.hash) {
            return Err(TokenRefusal::Mismatch);
        }
        if stored.revoked_at_ms.is_some() {
            return Err(TokenRefusal::Revoked);
        }
        Ok(stored.scopes.limited_to(record.ceiling(role)))
    }

    /// What a device may do in a role at this moment: nothing once it was removed
    /// or its token revoked.
    #[must_use]
    pub fn grant(&self, device_id: &DeviceId, role: Role) -> Option<ScopeSet> {
        let state = self.lock();
        let record = state.devices.get(device_id.as_str())?;
        record.live_token(role).map(|_| record.ceiling(role))
    }

    /// The device's token for this role: the one it has when that works and
    /// carries `scopes`, else a new one. What was decided about the device
    /// before is durable when this answers.
    ///
    /// # Errors
    /// [`DeviceError::UnknownDeviceOrRole`] when the device is not approved for
    /// the role; store errors when a new token cannot be made durable.
    pub async fn issue_token(
        &self,
        device_id: &DeviceId,
        role: Role,
        scopes: ScopeSet,
    ) -> Result<IssuedToken, DeviceError> {
        self.working_token(device_id, role, scopes, None).await
    }

    /// The same for a device that signed in with its token: never makes one in
    /// place of a token that was revoked or rotated a moment ago.
    ///
    /// # Errors
    /// [`DeviceError::UnknownDeviceOrRole`] when `presented` works no more.
    pub async fn renew_token(
        &self,
        device_id: &DeviceId,
        (role, presented): (Role, &str),
        scopes: ScopeSet,
    ) -> Result<IssuedToken, DeviceError> {
        self.working_token(device_id, role, scopes, Some(presented)).await
    }

    /// Only for a device that still has the role and, when it presented a token,
    /// for which that token is still the one in force.
    async fn working_token(
        &self,
        device_id: &DeviceId,
        role: Role,
        scopes: ScopeSet,
        presented: Option<&str>,
    ) -> Result<IssuedToken, DeviceError> {
        let key = &self.0.token_key;
        let entitled = |record: &DeviceRecord| match presented {
            None => record.roles.contains(&role),
            Some(token) => record.live_token(role).is_some_and(|live| has_hash(token, &live.hash)),
        };
        let settled = self.lock().devices.settled(device_id.as_str()).cloned();
        let settled = settled.filter(|record| entitled(record));
        if let Some(issued) = settled.and_then(|record| in_force(key, &record, (role, presented), scopes)) {
            return Ok(issued);
        }
        self.decide(|state, draft| {
            let record = state.devices.get(device_id.as_str()).filter(|record| entitled(record));
            let record = record.ok_or(DeviceError::UnknownDeviceOrRole)?;
            if let Some(issued) = in_force(key, record, (role, presented), scopes) {
                // A write of this device is under way: wait for it.
                draft.put_device(DeviceRecord::clone(record));
                return Ok(issued);
            }
            let (next, issued) = issued(key, record, (role, scopes), draft.now_ms);
            audit_token(draft, "device.token.issued", &next, (role, None));
            draft.put_device(next);
            Ok(issued)
        })
        .await
    }

    /// Replaces a token; the old one stops working at once and its sockets
    /// close, the caller's own excepted. Without `scopes` the new token carries
    /// what the old one did.
    ///
    /// # Errors
    /// [`DeviceError::UnknownDeviceOrRole`] when there is no working token, and
    /// refusals when scopes would grow or the caller may not act on the device.
    pub async fn rotate_token(
        &self,
        caller: &Principal,
        device_id: &str,
        role: Role,
        scopes: Option<ScopeSet>,
    ) -> Result<RotatedToken, DeviceError> {
        let key = &self.0.token_key;
        self.decide(|state, draft| decide_rotation(state, draft, key, Rotation { caller, device_id, role, scopes }))
            .await
    }

    /// Makes a token useless and closes the sockets of that device and role, the
    /// caller's own excepted. Returns when it was revoked; repeating is fine.
    ///
    /// # Errors
    /// [`DeviceError::UnknownDeviceOrRole`] when there never was such a token.
    pub async fn revoke_token(&self, caller: &Principal, device_id: &str, role: Role) -> Result<i64, DeviceError> {
        self.decide(|state, draft| {
            let record = state.devices.get(device_id).ok_or(DeviceError::UnknownDeviceOrRole)?;
            may_act_on(caller, record)?;
            let token = record.token(role).ok_or(DeviceError::UnknownDeviceOrRole)?;
            let revoked_at_ms = token.revoked_at_ms.unwrap_or(draft.now_ms);
            let next = record.with_token(TokenRecord { revoked_at_ms: Some(revoked_at_ms), ..token.clone() });
            audit_token(draft, "device.token.revoked", &next, (role, Some(caller)));
            draft.put_device(next);
            draft.device_changed(device_id);
            draft.cuts.push(cut(caller, device_id, role, "token revoked"));
            Ok(revoked_at_ms)
        })
        .await
    }
}

struct Rotation<'a> {
    caller: &'a Principal,
    device_id: &'a str,
    role: Role,
    scopes: Option<ScopeSet>,
}

fn decide_rotation(
    state: &State,
    draft: &mut Draft,
    key: &Secret,
    asked: Rotation<'_>,
) -> Result<RotatedToken, DeviceError> {
    let Rotation { caller, device_id, role, scopes } = asked;
    let record = state.devices.get(device_id).ok_or(DeviceError::UnknownDeviceOrRole)?;
    may_act_on(caller, record)?;
    let current = record.live_token(role).ok_or(DeviceError::UnknownDeviceOrRole)?;
    // An empty list is a wish for no scopes, never for all of them.
    let wanted = scopes.unwrap_or(current.scopes);
    let is_admin = caller.scopes.allows(Scope::Admin);
    let ceiling = if is_admin { record.ceiling(role) } else { current.scopes };
    let beyond = wanted.beyond(ceiling);
    if !beyond.is_empty() {
        return Err(DeviceError::BeyondApproved { role, missing: beyond });
    }
    // Also for its own device: a connection that asked for little must not come
    // by a token that carries more.
    caller.must_hold(wanted)?;
    let (next, issued) = minted(key, record, (role, wanted), draft.now_ms);
    audit_token(draft, "device.token.rotated", &next, (role, Some(caller)));
    draft.put_device(next);
    draft.device_changed(device_id);
    draft.cuts.push(cut(caller, device_id, role, "token rotated"));
    let in_band = is_own_device(caller, device_id) && caller.role == role;
    Ok(RotatedToken { scopes: wanted, rotated_at_ms: draft.now_ms, token: in_band.then_some(issued.token) })
}

fn cut(caller: &Principal, device_id: &str, role: Role, why: &'static str) -> Cut {
    let spare = Some(caller.conn_id.clone());
    Cut { device_id: device_id.to_owned(), role: Some(role), spare, why }
}

/// The token in force, when it carries `scopes` and can be said again. One that
/// was made under another key (another gateway's, or before a restore) can be
/// said by who presented it: its device keeps the token that it has.
fn in_force(
    key: &Secret,
    record: &DeviceRecord,
    (role, presented): (Role, Option<&str>),
    scopes: ScopeSet,
) -> Option<IssuedToken> {
    reusable(key, record, role, scopes).or_else(|| {
        let stored = record.live_token(role)?;
        let token = presented.filter(|token| has_hash(token, &stored.hash))?;
        let issued_at_ms = stored.rotated_at_ms.unwrap_or(stored.created_at_ms);
        let covers = stored.scopes.covers(scopes.limited_to(record.ceiling(role)));
        covers.then(|| IssuedToken { token: Secret::new(token), scopes: stored.scopes, issued_at_ms })
    })
}

/// The token in force, when it carries `scopes` and can be said again: after the
/// key was lost the derived value is no longer the stored one.
fn reusable(key: &Secret, record: &DeviceRecord, role: Role, scopes: ScopeSet) -> Option<IssuedToken> {
    let stored = record.live_token(role)?;
    let wanted = scopes.limited_to(record.ceiling(role));
    if !stored.scopes.covers(wanted) {
        return None;
    }
    let token = token_value(key, &record.device_id, role, &stored.generation);
    let issued_at_ms = stored.rotated_at_ms.unwrap_or(stored.created_at_ms);
    has_hash(token.expose(), &stored.hash).then_some(IssuedToken { token, scopes: stored.scopes, issued_at_ms })
}

/// A record with a working token that carries `scopes` as far as they are
/// approved, next to what its token carried before: two clients of one device
/// that ask for different scopes would otherwise rotate it for ever.
pub(super) fn issued(
    key: &Secret,
    record: &DeviceRecord,
    (role, scopes): (Role, ScopeSet),
    now_ms: i64,
) -> (DeviceRecord, IssuedToken) {
    if let Some(issued) = reusable(key, record, role, scopes) {
        return (record.clone(), issued);
    }
    let before = record.live_token(role).map_or(ScopeSet::EMPTY, |token| token.scopes);
    let scopes = scopes.union(before).limited_to(record.ceiling(role));
    minted(key, record, (role, scopes), now_ms)
}

/// A record with a new token of exactly these scopes.
pub(super) fn minted(
    key: &Secret,
    record: &DeviceRecord,
    (role, scopes): (Role, ScopeSet),
    now_ms: i64,
) -> (DeviceRecord, IssuedToken) {
    let generation = uuid::Uuid::new_v4().simple().to_string();
    let token = token_value(key, &record.device_id, role, &generation);
    let before = record.token(role);
    let next = record.with_token(TokenRecord {
        role,
        hash: hash(token.expose()),
        generation,
        scopes,
        created_at_ms: before.map_or(now_ms, |before| before.created_at_ms),
        rotated_at_ms: before.map(|_| now_ms),
        revoked_at_ms: None,
    });
    (next, IssuedToken { token, scopes, issued_at_ms: now_ms })
}

fn audit_token(
    draft: &mut Draft,
    kind: &'static str,
    record: &DeviceRecord,
    (role, caller): (Role, Option<&Principal>),
) {
    let scopes = record.token(role).map(|token| token.scopes);
    let by = caller.map(Principal::named);
    draft.audit(kind, json!({ "deviceId": record.device_id, "role": role, "scopes": scopes, "by": by }));
}
