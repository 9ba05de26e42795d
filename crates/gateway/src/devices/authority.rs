//! What a caller may decide about a device. Every path that approves, rotates,
//! revokes, renames or removes asks here; none has its own rule.

use postern_protocol::access::{Scope, ScopeSet};

use super::record::DeviceRecord;
use crate::hub::{MissingScopes, Principal};

/// Whether the caller speaks for the device it asks about.
pub(super) fn is_own_device(caller: &Principal, device_id: &str) -> bool {
    caller.device_id.as_ref().is_some_and(|id| id.as_str() == device_id)
}

/// Pairing decisions: on the caller's own device, or on one whose scopes it
/// holds itself. Otherwise a caller with the pairing scope alone could take over
/// or cut off an administrator's device.
pub(super) fn may_act_on(caller: &Principal, record: &DeviceRecord) -> Result<(), MissingScopes> {
    caller.must_hold(ScopeSet::of(&[Scope::Pairing]))?;
    if is_own_device(caller, &record.device_id) {
        return Ok(());
    }
    caller.must_hold(record.scopes)
}

/// Approving: everything the device holds afterwards, its own device included.
/// A repair of an administrator's device is worth an administrator's scopes,
/// whatever the request itself asks for.
pub(super) fn may_approve(caller: &Principal, after: &DeviceRecord) -> Result<(), MissingScopes> {
    caller.must_hold(after.scopes.union(ScopeSet::of(&[Scope::Pairing])))
}

#[cfg(test)]
mod tests {
    use postern_protocol::Dialect;
    use postern_protocol::access::Role;
    use postern_protocol::identity::DeviceId;
    use postern_protocol::pairing::ApprovedVia;

    use super::*;
    use crate::hub::tests::principal;

    fn device(scopes: &[Scope]) -> DeviceRecord {
        DeviceRecord {
            device_id: "d".into(),
            public_key: "k".into(),
            label: None,
            platform: None,
            device_family: None,
            roles: vec![Role::Operator],
            scopes: ScopeSet::of(scopes),
            created_at_ms: 0,
            approved_at_ms: 0,
            approved_via: ApprovedVia::Local,
            tokens: Vec::new(),
        }
    }

    fn lacks(scopes: &[Scope]) -> Result<(), MissingScopes> {
        Err(MissingScopes(ScopeSet::of(scopes)))
    }

    #[test]
    fn nobody_touches_a_device_that_holds_more() {
        let pairing = principal(Role::Operator, &[Scope::Pairing], Dialect::V4);
        assert_eq!(may_act_on(&pairing, &device(&[Scope::Admin])), lacks(&[Scope::Admin]));
        assert_eq!(may_act_on(&pairing, &device(&[Scope::Pairing])), Ok(()));
        let admin = principal(Role::Operator, &[Scope::Admin], Dialect::V4);
        assert_eq!(may_act_on(&admin, &device(&Scope::ALL)), Ok(()));
        let reader = principal(Role::Operator, &[Scope::Read], Dialect::V4);
        assert_eq!(may_act_on(&reader, &device(&[])), lacks(&[Scope::Pairing]));
    }

    #[test]
    fn its_own_device_may_be_kept_but_not_raised() {
        let mut caller = principal(Role::Operator, &[Scope::Pairing], Dialect::V4);
        caller.device_id = Some(DeviceId::from_stored("d".into()));
        assert_eq!(may_act_on(&caller, &device(&[Scope::Write])), Ok(()));
        assert_eq!(may_approve(&caller, &device(&[Scope::Write, Scope::Pairing])), lacks(&[Scope::Write]));
    }

    #[test]
    fn a_node_decides_nothing_whatever_scopes_it_claims() {
        let node = principal(Role::Node, &[Scope::Admin], Dialect::V4);
        assert_eq!(may_approve(&node, &device(&[])), lacks(&[Scope::Pairing]));
    }
}
