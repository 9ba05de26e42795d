//! What is kept about a paired device, and how a grant changes it. Pure: the
//! one function that adds roles or scopes to a device is [`granted`].

use std::collections::BTreeMap;

use postern_protocol::access::{Role, ScopeSet};
use postern_protocol::connect::ClientInfo;
use postern_protocol::pairing::{ApprovedVia, PairedDevice, TokenSummary};
use serde::{Deserialize, Serialize};

use super::standing::differs_from_pinned;

/// Longest text of a client that is kept or shown, in characters.
const MAX_TEXT: usize = 96;

/// A paired device without what changes at every connect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeviceRecord {
    pub(super) device_id: String,
    pub(super) public_key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) label: Option<String>,
    /// Pinned by the approval; a connect never changes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) platform: Option<String>,
    /// Pinned like the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) device_family: Option<String>,
    /// In the order of approval.
    pub(super) roles: Vec<Role>,
    /// Approved operator scopes: the ceiling of every token and connection.
    pub(super) scopes: ScopeSet,
    pub(super) created_at_ms: i64,
    pub(super) approved_at_ms: i64,
    pub(super) approved_via: ApprovedVia,
    /// At most one per role.
    #[serde(default)]
    pub(super) tokens: Vec<TokenRecord>,
}

/// A device token: everything but its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenRecord {
    pub(super) role: Role,
    /// Random, never counted: a device that is removed and paired again must not
    /// come back to a generation whose token somebody still holds.
    pub(super) generation: String,
    /// Base64url SHA-256 of the token.
    pub(super) hash: String,
    pub(super) scopes: ScopeSet,
    pub(super) created_at_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rotated_at_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) revoked_at_ms: Option<i64>,
}

/// What a connect tells about a device; written lazily, never decides anything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Seen {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client_mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remote_ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// Last use of each role's token.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) token_used_ms: BTreeMap<Role, i64>,
}

/// A row of the store.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredDevice<R, S> {
    pub(super) record: R,
    pub(super) seen: S,
}

/// What a device asks for, or is given, in one role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Ask {
    pub(super) role: Role,
    pub(super) scopes: ScopeSet,
}

/// Everything that one approval gives.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) device_id: String,
    pub(super) public_key: String,
    pub(super) asks: Vec<Ask>,
    pub(super) platform: Option<String>,
    pub(super) device_family: Option<String>,
    pub(super) via: ApprovedVia,
}

/// What happens to roles and scopes of a device whose pinned metadata changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnChangedMetadata {
    /// They stay: somebody who may give them looked at the change.
    Merge,
    /// They go: the approval covers only what it grants itself.
    Replace,
}

/// The record after an approval. The same key keeps what it had; another key
/// under the same id starts from nothing.
pub(super) fn granted(
    before: Option<&DeviceRecord>,
    grant: &Grant,
    on_change: OnChangedMetadata,
    now_ms: i64,
) -> DeviceRecord {
    let same_key = before.filter(|record| record.public_key == grant.public_key);
    let kept = same_key.filter(|record| {
        on_change == OnChangedMetadata::Merge
            || !differs_from_pinned(record, grant.platform.as_deref(), grant.device_family.as_deref())
    });
    let mut next = kept.cloned().unwrap_or_else(|| DeviceRecord {
        device_id: grant.device_id.clone(),
        public_key: grant.public_key.clone(),
        label: same_key.and_then(|record| record.label.clone()),
        platform: None,
        device_family: None,
        roles: Vec::new(),
        scopes: ScopeSet::EMPTY,
        created_at_ms: now_ms,
        approved_at_ms: now_ms,
        approved_via: grant.via,
        tokens: Vec::new(),
    });
    for ask in &grant.asks {
        if !next.roles.contains(&ask.role) {
            next.roles.push(ask.role);
        }
        if ask.role == Role::Operator {
            next.scopes = next.scopes.union(ask.scopes);
        }
    }
    next.platform.clone_from(&grant.platform);
    next.device_family.clone_from(&grant.device_family);
    next.approved_at_ms = now_ms;
    next.approved_via = grant.via;
    next
}

impl DeviceRecord {
    /// The token of a role, revoked or not.
    pub(super) fn token(&self, role: Role) -> Option<&TokenRecord> {
        self.tokens.iter().find(|token| token.role == role)
    }

    /// The token of a role that still works.
    pub(super) fn live_token(&self, role: Role) -> Option<&TokenRecord> {
        self.token(role).filter(|token| token.revoked_at_ms.is_none() && self.roles.contains(&role))
    }

    /// The most that a token or connection of this role may carry.
    pub(super) fn ceiling(&self, role: Role) -> ScopeSet {
        match role {
            Role::Operator if self.roles.contains(&role) => self.scopes,
            Role::Operator | Role::Node => ScopeSet::EMPTY,
        }
    }

    /// Whether everything the other record allows is allowed by this one.
    pub(super) fn holds_all_of(&self, other: &Self) -> bool {
        self.public_key == other.public_key
            && other
                .roles
                .iter()
                .all(|role| self.roles.contains(role) && self.ceiling(*role).covers(other.ceiling(*role)))
    }

    /// The same record with this token in its role's place.
    pub(super) fn with_token(&self, token: TokenRecord) -> Self {
        let mut next = self.clone();
        next.tokens.retain(|other| other.role != token.role);
        next.tokens.push(token);
        next
    }

    /// The device as it is listed.
    pub(super) fn to_wire(&self, seen: Option<&Seen>, connected: bool) -> PairedDevice {
        let seen = seen.cloned().unwrap_or_default();
        let tokens = self.tokens.iter().map(|token| token.to_wire(seen.token_used_ms.get(&token.role).copied()));
        PairedDevice {
            device_id: self.device_id.clone(),
            public_key: self.public_key.clone(),
            label: self.label.clone(),
            platform: self.platform.clone(),
            device_family: self.device_family.clone(),
            role: self.roles.first().copied().unwrap_or(Role::Operator),
            roles: self.roles.clone(),
            scopes: self.scopes,
            created_at_ms: self.created_at_ms,
            approved_at_ms: self.approved_at_ms,
            approved_via: self.approved_via,
            connected,
            tokens: tokens.collect(),
            display_name: seen.display_name,
            client_id: seen.client_id,
            client_mode: seen.client_mode,
            remote_ip: seen.remote_ip,
            last_seen_at_ms: seen.at_ms,
            last_seen_reason: seen.reason,
        }
    }
}

impl TokenRecord {
    fn to_wire(&self, last_used_at_ms: Option<i64>) -> TokenSummary {
        TokenSummary {
            role: self.role,
            scopes: self.scopes,
            created_at_ms: self.created_at_ms,
            rotated_at_ms: self.rotated_at_ms,
            revoked_at_ms: self.revoked_at_ms,
            last_used_at_ms,
        }
    }
}

impl Seen {
    /// What the client says about itself, cleaned for people to read.
    pub(super) fn set_client(&mut self, client: &ClientInfo) {
        // Clients need not send a name each time; the one they gave stays.
        self.display_name = clean_option(client.display_name.as_deref()).or_else(|| self.display_name.take());
        self.client_id = clean(&client.id);
        self.client_mode = Some(client.mode.as_str().to_owned());
    }
}

/// A client's text as it is kept: bounded, on one line, and without the control
/// and direction marks that make an approver read something else than what is
/// there. Nothing is left of a text that holds nothing else.
pub(crate) fn clean(text: &str) -> Option<String> {
    let shown: String = text.trim().chars().filter(|c| !is_hidden(*c)).take(MAX_TEXT).collect();
    let shown = shown.trim();
    (!shown.is_empty()).then(|| shown.to_owned())
}

/// [`clean`] for a text that may be absent.
pub(crate) fn clean_option(text: Option<&str>) -> Option<String> {
    text.and_then(clean)
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use postern_protocol::access::Scope;

    use super::*;

    fn grant(key: &str, asks: &[(Role, &[Scope])], platform: &str) -> Grant {
        Grant {
            device_id: "d".into(),
            public_key: key.into(),
            asks: asks.iter().map(|(role, scopes)| Ask { role: *role, scopes: ScopeSet::of(scopes) }).collect(),
            platform: Some(platform.into()),
            device_family: None,
            via: ApprovedVia::Operator,
        }
    }

    fn paired() -> DeviceRecord {
        granted(None, &grant("k1", &[(Role::Operator, &[Scope::Read])], "linux"), OnChangedMetadata::Merge, 1)
    }

    #[test]
    fn the_same_key_merges_and_keeps_its_first_date() {
        let before = paired();
        let more = grant("k1", &[(Role::Node, &[]), (Role::Operator, &[Scope::Pairing])], "linux");
        let after = granted(Some(&before), &more, OnChangedMetadata::Merge, 9);
        assert_eq!(after.roles, [Role::Operator, Role::Node]);
        assert_eq!(after.scopes, ScopeSet::of(&[Scope::Read, Scope::Pairing]));
        assert_eq!((after.created_at_ms, after.approved_at_ms), (1, 9));
    }

    #[test]
    fn another_key_inherits_nothing() {
        let mut before = paired();
        before.label = Some("desk".into());
        let after = granted(Some(&before), &grant("k2", &[(Role::Node, &[])], "linux"), OnChangedMetadata::Merge, 9);
        assert_eq!(
            (after.roles.as_slice(), after.scopes, after.label),
            ([Role::Node].as_slice(), ScopeSet::EMPTY, None)
        );
    }

    #[test]
    fn scopes_asked_by_a_node_are_never_granted() {
        let ask = grant("k1", &[(Role::Node, &[Scope::Admin])], "linux");
        assert_eq!(granted(None, &ask, OnChangedMetadata::Merge, 1).scopes, ScopeSet::EMPTY);
    }

    #[test]
    fn changed_metadata_is_pinned_again_and_may_cost_what_was_held() {
        let changed = grant("k1", &[(Role::Node, &[])], "windows");
        let merged = granted(Some(&paired()), &changed, OnChangedMetadata::Merge, 2);
        assert_eq!((merged.platform.as_deref(), merged.scopes), (Some("windows"), ScopeSet::of(&[Scope::Read])));
        let replaced = granted(Some(&paired()), &changed, OnChangedMetadata::Replace, 2);
        assert_eq!((replaced.roles.as_slice(), replaced.scopes), ([Role::Node].as_slice(), ScopeSet::EMPTY));
    }

    #[test]
    fn texts_are_bounded_and_shown_as_they_are() {
        assert_eq!(clean(" my\u{1b}[31m phone\n "), Some("my[31m phone".into()));
        assert_eq!(clean("gnp\u{202e}exe"), Some("gnpexe".into()));
        assert_eq!(clean("\u{200b}\n"), None);
        assert_eq!(clean(&"ä".repeat(500)).unwrap().chars().count(), MAX_TEXT);
    }
}
