//! Whether a device may connect as it asks to. Pure over the claim and the
//! record (`handshake.md §8`).

use std::net::IpAddr;

use postern_protocol::access::{Role, ScopeSet};
use postern_protocol::connect::ClientInfo;
use postern_protocol::identity::{DeviceId, PublicKey, normalise_metadata};
use postern_protocol::pairing::PairingReason;

use super::record::{Ask, DeviceRecord, clean, clean_option};

/// What a device that proved its key asks for when it connects.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Id derived from the key.
    pub device_id: &'a DeviceId,
    /// Key that signed the challenge.
    pub public_key: &'a PublicKey,
    /// Role asked for.
    pub role: Role,
    /// Scopes asked for; those of a node are ignored.
    pub scopes: ScopeSet,
    /// What the client says about itself.
    pub client: &'a ClientInfo,
    /// Canonical address.
    pub remote_ip: Option<IpAddr>,
    /// `Origin` header of a browser.
    pub browser_origin: Option<&'a str>,
}

impl Claim<'_> {
    pub(super) fn ask(&self) -> Ask {
        let scopes = match self.role {
            Role::Operator => self.scopes,
            Role::Node => ScopeSet::EMPTY,
        };
        Ask { role: self.role, scopes }
    }

    pub(super) fn platform(&self) -> Option<String> {
        clean(&self.client.platform)
    }

    pub(super) fn device_family(&self) -> Option<String> {
        clean_option(self.client.device_family.as_deref())
    }
}

/// How a device stands to what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It may connect.
    Approved,
    /// Somebody has to decide first.
    Needs {
        /// Why. The first that holds of key, role, scopes, metadata.
        reason: PairingReason,
        /// Roles it has.
        approved_roles: Vec<Role>,
        /// Scopes it has.
        approved_scopes: ScopeSet,
        /// Whether pinned metadata changed, whatever the reason says: such a
        /// device is never approved silently.
        metadata_changed: bool,
    },
}

/// Judges a claim against the record of its device.
pub(super) fn judge(record: Option<&DeviceRecord>, claim: &Claim<'_>) -> Standing {
    let Some(record) = record.filter(|record| record.public_key == claim.public_key.to_base64url()) else {
        return Standing::Needs {
            reason: PairingReason::NotPaired,
            approved_roles: Vec::new(),
            approved_scopes: ScopeSet::EMPTY,
            metadata_changed: false,
        };
    };
    let ask = claim.ask();
    let metadata_changed = differs_from_pinned(record, claim.platform().as_deref(), claim.device_family().as_deref());
    let reason = if !record.roles.contains(&ask.role) {
        PairingReason::RoleUpgrade
    } else if !record.ceiling(ask.role).covers(ask.scopes) {
        PairingReason::ScopeUpgrade
    } else if metadata_changed {
        PairingReason::MetadataUpgrade
    } else {
        return Standing::Approved;
    };
    Standing::Needs { reason, approved_roles: record.roles.clone(), approved_scopes: record.scopes, metadata_changed }
}

/// Whether a claimed platform or family is not the pinned one. What was never
/// pinned binds nobody; leaving out what was pinned is a change.
pub(super) fn differs_from_pinned(record: &DeviceRecord, platform: Option<&str>, family: Option<&str>) -> bool {
    let differs = |pinned: Option<String>, claimed: Option<String>| pinned.is_some() && pinned != claimed;
    differs(comparable_platform(record.platform.as_deref()), comparable_platform(platform))
        || differs(comparable(record.device_family.as_deref()), comparable(family))
}

/// Whether two sets of metadata say the same.
pub(super) fn same_metadata(left: (Option<&str>, Option<&str>), right: (Option<&str>, Option<&str>)) -> bool {
    comparable_platform(left.0) == comparable_platform(right.0) && comparable(left.1) == comparable(right.1)
}

fn comparable(text: Option<&str>) -> Option<String> {
    text.map(normalise_metadata).filter(|text| !text.is_empty())
}

/// Drops the version of systems that update themselves under a paired device,
/// and joins the two names of one system.
fn comparable_platform(text: Option<&str>) -> Option<String> {
    let text = comparable(text)?;
    let mut words = text.split_ascii_whitespace();
    let system = words.next().unwrap_or_default();
    let updates_itself = matches!(system, "ios" | "ipados" | "android" | "macos" | "darwin");
    if !updates_itself || !words.all(is_version) {
        return Some(text);
    }
    Some(if system == "darwin" { "macos" } else { system }.to_owned())
}

fn is_version(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.chars().all(|c| c.is_ascii_digit() || c == '.')
}

#[cfg(test)]
mod tests {
    use postern_protocol::access::Scope;
    use postern_protocol::identity::DeviceKey;
    use postern_protocol::pairing::ApprovedVia;

    use super::*;

    fn record(roles: &[Role], scopes: &[Scope], platform: Option<&str>, family: Option<&str>) -> DeviceRecord {
        let key = DeviceKey::from_seed(&[7; 32]);
        DeviceRecord {
            device_id: key.device_id().as_str().into(),
            public_key: key.public_key().to_base64url(),
            label: None,
            platform: platform.map(Into::into),
            device_family: family.map(Into::into),
            roles: roles.to_vec(),
            scopes: ScopeSet::of(scopes),
            created_at_ms: 1,
            approved_at_ms: 1,
            approved_via: ApprovedVia::Operator,
            tokens: Vec::new(),
        }
    }

    /// `None` means approved.
    #[track_caller]
    fn check(record: &DeviceRecord, ask: (Role, &[Scope]), client: (&str, Option<&str>), want: Option<PairingReason>) {
        let key = DeviceKey::from_seed(&[7; 32]);
        let info =
            ClientInfo { platform: client.0.into(), device_family: client.1.map(Into::into), ..ClientInfo::default() };
        let claim = Claim {
            device_id: &key.device_id(),
            public_key: &key.public_key(),
            role: ask.0,
            scopes: ScopeSet::of(ask.1),
            client: &info,
            remote_ip: None,
            browser_origin: None,
        };
        let reason = match judge(Some(record), &claim) {
            Standing::Approved => None,
            Standing::Needs { reason, .. } => Some(reason),
        };
        assert_eq!(reason, want, "{ask:?} as {client:?} against {record:?}");
    }

    #[test]
    fn strangers_and_other_keys_are_not_paired() {
        let (mine, other) = (DeviceKey::from_seed(&[7; 32]), DeviceKey::from_seed(&[8; 32]));
        let info = ClientInfo::default();
        let mut claim = Claim {
            device_id: &mine.device_id(),
            public_key: &other.public_key(),
            role: Role::Operator,
            scopes: ScopeSet::EMPTY,
            client: &info,
            remote_ip: None,
            browser_origin: None,
        };
        let stored = record(&[Role::Operator], &[Scope::Admin], None, None);
        let refusal = Standing::Needs {
            reason: PairingReason::NotPaired,
            approved_roles: Vec::new(),
            approved_scopes: ScopeSet::EMPTY,
            metadata_changed: false,
        };
        assert_eq!(judge(Some(&stored), &claim), refusal);
        assert_eq!(judge(None, &claim), refusal);
        let key = mine.public_key();
        claim.public_key = &key;
        assert_eq!(judge(Some(&stored), &claim), Standing::Approved);
    }

    #[test]
    fn role_is_judged_before_scope_and_scope_before_metadata() {
        use PairingReason::{MetadataUpgrade, RoleUpgrade, ScopeUpgrade};
        let stored = record(&[Role::Operator], &[Scope::Read], Some("linux"), None);
        check(&stored, (Role::Operator, &[Scope::Read]), ("linux", None), None);
        check(&stored, (Role::Operator, &[]), ("Linux ", Some("PC")), None);
        check(&stored, (Role::Operator, &[Scope::SessionsRead]), ("linux", None), None);
        check(&stored, (Role::Node, &[]), ("windows", None), Some(RoleUpgrade));
        check(&stored, (Role::Operator, &[Scope::Write]), ("windows", None), Some(ScopeUpgrade));
        check(&stored, (Role::Operator, &[Scope::Read]), ("windows", None), Some(MetadataUpgrade));
        let node = record(&[Role::Node], &[], None, None);
        check(&node, (Role::Node, &[Scope::Admin]), ("linux", None), None);
        check(&node, (Role::Operator, &[]), ("linux", None), Some(RoleUpgrade));
    }

    #[test]
    fn pinned_metadata_binds_and_missing_metadata_does_not() {
        use PairingReason::MetadataUpgrade;
        let read: (Role, &[Scope]) = (Role::Operator, &[Scope::Read]);
        let with = |platform, family| record(&[Role::Operator], &[Scope::Read], platform, family);
        check(&with(None, None), read, ("windows", Some("PC")), None);
        check(&with(Some("linux"), Some("Desktop")), read, ("linux", Some("desktop")), None);
        check(&with(Some("linux"), Some("Desktop")), read, ("linux", Some("Phone")), Some(MetadataUpgrade));
        check(&with(Some("linux"), Some("Desktop")), read, ("linux", None), Some(MetadataUpgrade));
        check(&with(Some("linux"), Some("Desktop")), read, (" ", Some("desktop")), Some(MetadataUpgrade));
    }

    #[test]
    fn an_update_of_the_system_alone_is_no_change() {
        use PairingReason::MetadataUpgrade;
        let table = [
            ("iOS 18.2", "iOS 18.3.1", None),
            ("ios", "iOS 18.3", None),
            ("android 14", "Android 15", None),
            ("macos 15.1", "darwin", None),
            ("darwin", "macOS 26.0", None),
            ("iOS 18.2", "iPadOS 18.2", Some(MetadataUpgrade)),
            ("iOS 18.2", "android 14", Some(MetadataUpgrade)),
            ("macos 15.1", "macos 15.1 root", Some(MetadataUpgrade)),
            ("linux 6.1", "linux 6.2", Some(MetadataUpgrade)),
            ("windows 10", "windows 11", Some(MetadataUpgrade)),
        ];
        for (pinned, claimed, want) in table {
            let stored = record(&[Role::Operator], &[], Some(pinned), None);
            check(&stored, (Role::Operator, &[]), (claimed, None), want);
        }
    }
}
