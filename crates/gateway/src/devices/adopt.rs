//! Devices that were paired with another gateway of the ecosystem. What they
//! present stays what they present: the hash of their token is kept, as of one
//! that was issued here.

use postern_protocol::access::{Role, ScopeSet};
use postern_protocol::identity::{DeviceId, PublicKey};
use postern_protocol::pairing::ApprovedVia;

use super::derive::hash;
use super::record::{DeviceRecord, Seen, StoredDevice, TokenRecord, clean_option};

/// A device as another gateway knew it.
#[derive(Debug, Clone, Default)]
pub struct Foreign {
    /// Its id there.
    pub device_id: String,
    /// Its key, in any form.
    pub public_key: String,
    /// Name it gave itself.
    pub display_name: Option<String>,
    /// Its platform.
    pub platform: Option<String>,
    /// Program.
    pub client_id: Option<String>,
    /// What the program is.
    pub client_mode: Option<String>,
    /// What it may be.
    pub roles: Vec<String>,
    /// What it may do as an operator.
    pub scopes: Vec<String>,
    /// Its tokens: role, value, scopes, epoch milliseconds.
    pub tokens: Vec<(String, String, Vec<String>, i64)>,
    /// Epoch milliseconds.
    pub created_at_ms: i64,
}

/// Shortest token that is taken: shorter ones could be guessed.
const SHORTEST_TOKEN: usize = 16;

/// The row that the store keeps for it: key and body.
///
/// # Errors
/// Why it cannot be taken, for people.
pub fn adopted(foreign: &Foreign, now_ms: i64) -> Result<(String, String), &'static str> {
    let key = PublicKey::parse(&foreign.public_key).ok_or("its public key cannot be read")?;
    let device_id = DeviceId::of(&key);
    if device_id.as_str() != foreign.device_id {
        return Err("its id is not the one of its key");
    }
    let mut roles: Vec<Role> = foreign.roles.iter().filter_map(|role| Role::parse(role)).collect();
    roles.dedup();
    if roles.is_empty() {
        return Err("it has no role that is known here");
    }
    let words = |scopes: &[String]| ScopeSet::parse(scopes.iter().map(String::as_str));
    let scopes = if roles.contains(&Role::Operator) { words(&foreign.scopes) } else { ScopeSet::EMPTY };
    let token = |(role, value, granted, at): &(String, String, Vec<String>, i64)| {
        let role = Role::parse(role).filter(|role| roles.contains(role) && value.len() >= SHORTEST_TOKEN)?;
        let limit = if role == Role::Operator { scopes } else { ScopeSet::EMPTY };
        Some(TokenRecord {
            role,
            generation: uuid::Uuid::new_v4().simple().to_string(),
            hash: hash(value),
            scopes: words(granted).limited_to(limit),
            created_at_ms: *at,
            rotated_at_ms: None,
            revoked_at_ms: None,
        })
    };
    let mut tokens: Vec<TokenRecord> = foreign.tokens.iter().filter_map(token).collect();
    tokens.dedup_by_key(|token| token.role);
    let record = DeviceRecord {
        device_id: device_id.as_str().to_owned(),
        public_key: key.to_base64url(),
        label: None,
        platform: clean_option(foreign.platform.as_deref()),
        device_family: None,
        roles,
        scopes,
        created_at_ms: foreign.created_at_ms,
        approved_at_ms: now_ms,
        approved_via: ApprovedVia::Operator,
        tokens,
    };
    let seen = Seen {
        display_name: clean_option(foreign.display_name.as_deref()),
        client_id: clean_option(foreign.client_id.as_deref()),
        client_mode: clean_option(foreign.client_mode.as_deref()),
        ..Seen::default()
    };
    let body =
        serde_json::to_string(&StoredDevice { record: &record, seen: &seen }).map_err(|_| "it cannot be kept")?;
    Ok((record.device_id, body))
}
