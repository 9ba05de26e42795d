//! Approving, rejecting, silent pairing, removing: who may, and what comes of it.

use super::*;
use crate::devices::Standing;

fn reason(standing: Standing) -> Option<PairingReason> {
    match standing {
        Standing::Approved => None,
        Standing::Needs { reason, .. } => Some(reason),
    }
}

#[tokio::test]
async fn an_approval_gives_exactly_what_the_request_shows() {
    let bench = bench().await;
    let phone = device(1);
    let request = bench.asked(&phone, Role::Operator, &[Scope::Read]).await;
    let device = bench.devices.approve(&admin(), &request.request_id, Some(phone.id.as_str())).await.unwrap();
    assert_eq!((device.roles.as_slice(), device.scopes), ([Role::Operator].as_slice(), ScopeSet::of(&[Scope::Read])));
    assert_eq!((device.platform.as_deref(), device.display_name.as_deref()), (Some("linux"), Some("device 1")));
    assert_eq!((device.approved_via, device.tokens.len()), (ApprovedVia::Operator, 0));
    let names = bench.event_names();
    assert_eq!(names, ["device.pair.requested", "device.pair.resolved", "device.pair.changed"]);
    assert_eq!(bench.devices.standing(&phone.claim(Role::Operator, &[Scope::Read])), Standing::Approved);
    let more = bench.devices.standing(&phone.claim(Role::Operator, &[Scope::Write]));
    assert_eq!(reason(more), Some(PairingReason::ScopeUpgrade));
    let twice = bench.devices.approve(&admin(), &request.request_id, None).await;
    assert_eq!(twice.unwrap_err(), DeviceError::UnknownRequest);
}

#[tokio::test]
async fn nobody_approves_more_than_they_hold() {
    let bench = bench().await;
    let phone = device(1);
    let request = bench.asked(&phone, Role::Operator, &[Scope::Admin]).await;
    let refused = bench.devices.approve(&pairing_only(), &request.request_id, None).await;
    assert_eq!(refused.unwrap_err(), forbidden(&[Scope::Admin]));
    let reader = principal(Role::Operator, &[Scope::Write], Dialect::V4);
    let node = bench.asked(&device(2), Role::Node, &[]).await;
    let refused = bench.devices.approve(&reader, &node.request_id, None).await;
    assert_eq!(refused.unwrap_err(), forbidden(&[Scope::Pairing]));
    bench.devices.approve(&pairing_only(), &node.request_id, None).await.unwrap();
    assert_eq!(bench.pending(), [request]);
}

#[tokio::test]
async fn a_repair_of_a_stronger_device_needs_its_scopes() {
    let bench = bench().await;
    let mut desk = device(1);
    bench.paired(&desk, Role::Operator, &[Scope::Admin]).await;
    desk.client.platform = "windows".into();
    let request = bench.asked(&desk, Role::Operator, &[Scope::Read]).await;
    let refused = bench.devices.approve(&pairing_only(), &request.request_id, None).await;
    assert_eq!(refused.unwrap_err(), forbidden(&[Scope::Admin, Scope::Read]));
    bench.devices.approve(&admin(), &request.request_id, None).await.unwrap();
    assert_eq!(bench.devices.standing(&desk.claim(Role::Operator, &[Scope::Admin])), Standing::Approved);
    desk.client.platform = "linux".into();
    let back = bench.devices.standing(&desk.claim(Role::Operator, &[]));
    assert_eq!(reason(back), Some(PairingReason::MetadataUpgrade));
}

#[tokio::test]
async fn an_approval_is_for_the_device_that_was_shown() {
    let bench = bench().await;
    let phone = device(1);
    let request = bench.asked(&phone, Role::Operator, &[Scope::Read]).await;
    let other = device(2);
    let refused = bench.devices.approve(&admin(), &request.request_id, Some(other.id.as_str())).await;
    assert_eq!(refused.unwrap_err(), DeviceError::RequestChanged);
    let refused = bench.devices.reject(&admin(), &request.request_id, Some(other.id.as_str())).await;
    assert_eq!(refused.unwrap_err(), DeviceError::RequestChanged);
    bench.advance(TTL_MS);
    let refused = bench.devices.approve(&admin(), &request.request_id, None).await;
    assert_eq!(refused.unwrap_err(), DeviceError::UnknownRequest);
    assert!(bench.devices.list().pending.is_empty());
}

#[tokio::test]
async fn a_rejected_device_stays_outside() {
    let bench = bench().await;
    let phone = device(1);
    let request = bench.asked(&phone, Role::Operator, &[Scope::Read]).await;
    let device_id = bench.devices.reject(&pairing_only(), &request.request_id, None).await.unwrap();
    assert_eq!(device_id, phone.id.as_str());
    let events = bench.events();
    assert_eq!((events[1].0.as_str(), &events[1].1["decision"]), ("device.pair.resolved", &"rejected".into()));
    assert!(bench.devices.list().pending.is_empty());
    assert!(!bench.devices.is_paired(&phone.id));
}

#[tokio::test]
async fn silent_pairing_merges_but_never_over_changed_metadata() {
    let bench = bench().await;
    let mut desk = device(1);
    let claim = desk.claim(Role::Operator, &[Scope::Read]);
    bench.devices.pair_silently(&claim, PairingReason::NotPaired, LOCAL).await.unwrap();
    let claim = desk.claim(Role::Operator, &[Scope::Pairing]);
    bench.devices.pair_silently(&claim, PairingReason::ScopeUpgrade, LOCAL).await.unwrap();
    let claim = desk.claim(Role::Node, &[Scope::Admin]);
    bench.devices.pair_silently(&claim, PairingReason::RoleUpgrade, LOCAL).await.unwrap();
    let listed = bench.devices.list().paired.remove(0);
    assert_eq!(listed.scopes, ScopeSet::of(&[Scope::Read, Scope::Pairing]));
    assert_eq!(listed.roles, [Role::Operator, Role::Node]);
    desk.client.platform = "windows".into();
    for reason in [PairingReason::MetadataUpgrade, PairingReason::ScopeUpgrade, PairingReason::RoleUpgrade] {
        let claim = desk.claim(Role::Operator, &[Scope::Admin]);
        let refused = bench.devices.pair_silently(&claim, reason, LOCAL).await;
        assert_eq!(refused.unwrap_err(), DeviceError::NeedsPerson, "{reason:?}");
    }
    assert_eq!(bench.devices.list().paired.remove(0).scopes, listed.scopes);
}

#[tokio::test]
async fn silent_pairing_ends_the_request_that_waited() {
    let bench = bench().await;
    let desk = device(1);
    let request = bench.asked(&desk, Role::Operator, &[Scope::Read]).await;
    let claim = desk.claim(Role::Operator, &[Scope::Read]);
    bench.devices.pair_silently(&claim, PairingReason::NotPaired, LOCAL).await.unwrap();
    assert!(bench.devices.list().pending.is_empty());
    let events = bench.events();
    assert_eq!(events[1].1["requestId"], request.request_id);
    assert_eq!(events[1].1["decision"], "approved");
}

#[tokio::test]
async fn connecting_never_moves_a_pin() {
    let bench = bench().await;
    let mut phone = device(1);
    phone.client.platform = "iOS 18.2".into();
    bench.paired(&phone, Role::Operator, &[Scope::Read]).await;
    phone.client.platform = "iOS 18.3".into();
    phone.client.device_family = Some("iPhone".into());
    phone.client.display_name = Some("new name".into());
    let claim = phone.claim(Role::Operator, &[Scope::Read]);
    assert_eq!(bench.devices.standing(&claim), Standing::Approved);
    let mut who = phone.principal(Role::Operator, &[Scope::Read]);
    who.client = phone.client.clone();
    bench.devices.note_seen(&who, "connect");
    let claim = phone.claim(Role::Operator, &[Scope::Pairing]);
    bench.devices.pair_silently(&claim, PairingReason::ScopeUpgrade, LOCAL).await.unwrap();
    let listed = bench.devices.list().paired.remove(0);
    assert_eq!((listed.platform.as_deref(), listed.device_family), (Some("iOS 18.2"), None));
    assert_eq!(listed.display_name.as_deref(), Some("new name"));
    assert_eq!((listed.last_seen_at_ms, listed.last_seen_reason.as_deref()), (Some(1_000_000), Some("connect")));
}

#[tokio::test]
async fn a_claim_of_other_metadata_is_in_the_audit_trail_once() {
    let bench = bench().await;
    let mut desk = device(1);
    bench.paired(&desk, Role::Operator, &[Scope::Read]).await;
    desk.client.platform = "windows".into();
    for _ in 0..3 {
        let claim = desk.claim(Role::Operator, &[Scope::Read]);
        bench.devices.request_pairing(&claim, PairingReason::MetadataUpgrade).await.unwrap();
    }
    let audit = bench.audit().await;
    let changed: Vec<_> = audit.iter().filter(|(kind, _)| kind == "device.metadata.changed").collect();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].1["pinned"]["platform"], "linux");
    assert_eq!(changed[0].1["claimed"]["platform"], "windows");
}

#[tokio::test]
async fn removing_a_device_bites_at_once() {
    let bench = bench().await;
    let (phone, other) = (device(1), device(2));
    bench.paired(&phone, Role::Operator, &[Scope::Read]).await;
    bench.paired(&other, Role::Operator, &[Scope::Read]).await;
    let token = bench.token(&phone, Role::Operator, &[Scope::Read]).await;
    bench.asked(&phone, Role::Operator, &[Scope::Admin]).await;
    let (socket, bystander) =
        (bench.connected(&phone, Role::Operator, &[Scope::Read]), bench.connected(&other, Role::Operator, &[]));
    assert!(bench.devices.list().paired.iter().all(|device| device.connected));
    bench.devices.remove(&admin(), phone.id.as_str()).await.unwrap();
    assert_eq!(closing(&socket), Some((4001, "client invalidated: device removed".into())));
    assert_eq!(closing(&bystander), None);
    assert!(bench.devices.verify_token(&phone.id, Role::Operator, &token).is_err());
    let standing = bench.devices.standing(&phone.claim(Role::Operator, &[]));
    assert_eq!(reason(standing), Some(PairingReason::NotPaired));
    assert!(bench.devices.list().pending.is_empty());
    let again = bench.devices.remove(&admin(), phone.id.as_str()).await;
    assert_eq!(again.unwrap_err(), DeviceError::UnknownDevice);
    // Paired again, the old token stays dead.
    bench.paired(&phone, Role::Operator, &[Scope::Read]).await;
    assert_ne!(bench.token(&phone, Role::Operator, &[Scope::Read]).await, token);
    assert!(bench.devices.verify_token(&phone.id, Role::Operator, &token).is_err());
}

#[tokio::test]
async fn the_pairing_scope_alone_does_not_reach_stronger_devices() {
    let bench = bench().await;
    let desk = device(1);
    bench.paired(&desk, Role::Operator, &[Scope::Admin]).await;
    let id = desk.id.as_str();
    bench.token(&desk, Role::Operator, &[Scope::Admin]).await;
    let weak = pairing_only();
    let want = forbidden(&[Scope::Admin]);
    assert_eq!(bench.devices.remove(&weak, id).await.unwrap_err(), want);
    assert_eq!(bench.devices.rename(&weak, id, "x").await.unwrap_err(), want);
    assert_eq!(bench.devices.revoke_token(&weak, id, Role::Operator).await.unwrap_err(), want);
    assert_eq!(bench.devices.rotate_token(&weak, id, Role::Operator, None).await.unwrap_err(), want);
    let request = bench.asked(&desk, Role::Node, &[]).await;
    assert_eq!(bench.devices.reject(&weak, &request.request_id, None).await.unwrap_err(), want);
    assert_eq!(bench.devices.approve(&weak, &request.request_id, None).await.unwrap_err(), want);
}

#[tokio::test]
async fn names_are_given_by_people_and_shown_as_they_are() {
    let bench = bench().await;
    let phone = device(1);
    bench.paired(&phone, Role::Operator, &[Scope::Read]).await;
    let kept = bench.devices.rename(&admin(), phone.id.as_str(), "  kitchen\u{202e} \n").await.unwrap();
    assert_eq!(kept, "kitchen");
    assert_eq!(bench.devices.list().paired[0].label.as_deref(), Some("kitchen"));
    assert_eq!(bench.event_names(), ["device.pair.changed"]);
    let blank = bench.devices.rename(&admin(), phone.id.as_str(), " \n").await;
    assert_eq!(blank.unwrap_err(), DeviceError::BlankLabel);
}

#[tokio::test]
async fn lists_are_in_the_order_people_need() {
    let bench = bench().await;
    for seed in [3, 1, 2] {
        bench.advance(1);
        bench.paired(&device(seed), Role::Operator, &[Scope::Read]).await;
        bench.asked(&device(seed + 10), Role::Operator, &[Scope::Read]).await;
    }
    let list = bench.devices.list();
    let names = |seeds: [u8; 3]| seeds.map(|seed| device(seed).id.as_str().to_owned()).to_vec();
    assert_eq!(list.pending.into_iter().map(|one| one.device_id).collect::<Vec<_>>(), names([13, 11, 12]));
    assert_eq!(list.paired.into_iter().map(|one| one.device_id).collect::<Vec<_>>(), names([2, 1, 3]));
}
