//! Requests: one per device, stable ids, bounds, waiting.

use super::*;
use crate::devices::{RequestOutcome, Standing};
use postern_protocol::pairing::PairingResolved;

#[tokio::test]
async fn retries_keep_one_request_and_its_id_alive() {
    let bench = bench().await;
    let phone = device(1);
    let first = bench.asked(&phone, Role::Operator, &[Scope::Read]).await;
    for _ in 0..4 {
        bench.advance(TTL_MS - 1);
        let again = bench.asked(&phone, Role::Operator, &[Scope::Read]).await;
        assert_eq!(again, first);
        bench.devices.expire().await.unwrap();
    }
    assert_eq!(bench.event_names(), ["device.pair.requested"]);
    assert_eq!(bench.pending(), std::slice::from_ref(&first));
    bench.advance(TTL_MS);
    bench.devices.expire().await.unwrap();
    let events = bench.events();
    assert_eq!(events.len(), 1);
    let resolved: PairingResolved = serde_json::from_value(events[0].1.clone()).unwrap();
    assert_eq!(
        (resolved.request_id, resolved.decision),
        (first.request_id, postern_protocol::pairing::Decision::Rejected)
    );
    assert!(bench.devices.list().pending.is_empty());
}

#[tokio::test]
async fn what_an_approver_saw_first_stays() {
    let bench = bench().await;
    let mut phone = device(1);
    let first = bench.asked(&phone, Role::Operator, &[Scope::Read]).await;
    phone.client.display_name = Some("Administrator's laptop".into());
    phone.ip = "192.0.2.8";
    assert_eq!(bench.asked(&phone, Role::Operator, &[Scope::Read]).await, first);
}

#[tokio::test]
async fn a_changed_ask_replaces_the_request() {
    let bench = bench().await;
    let phone = device(1);
    let first = bench.asked(&phone, Role::Operator, &[Scope::Read]).await;
    let second = bench.asked(&phone, Role::Operator, &[Scope::Admin]).await;
    assert_ne!(first.request_id, second.request_id);
    assert_eq!(bench.event_names(), ["device.pair.requested", "device.pair.resolved", "device.pair.requested"]);
    assert_eq!(bench.pending(), [second]);
    let refused = bench.devices.approve(&admin(), &first.request_id, None).await;
    assert_eq!(refused.unwrap_err(), DeviceError::UnknownRequest);
}

#[tokio::test]
async fn a_phone_that_connects_in_both_roles_does_not_replace_itself_for_ever() {
    let bench = bench().await;
    let phone = device(1);
    bench.asked(&phone, Role::Operator, &[Scope::Read]).await;
    let both = bench.asked(&phone, Role::Node, &[]).await;
    assert_eq!(both.roles, Some(vec![Role::Operator, Role::Node]));
    assert_eq!(both.scopes, Some(ScopeSet::of(&[Scope::Read])));
    bench.events();
    for _ in 0..3 {
        assert_eq!(bench.asked(&phone, Role::Operator, &[Scope::Read]).await, both);
        assert_eq!(bench.asked(&phone, Role::Node, &[Scope::Admin]).await, both);
    }
    assert!(bench.events().is_empty());
    let device = bench.devices.approve(&admin(), &both.request_id, None).await.unwrap();
    assert_eq!(device.roles, [Role::Operator, Role::Node]);
}

#[tokio::test]
async fn strangers_fill_neither_memory_nor_disk() {
    let bench = bench().await;
    let mut first = None;
    for number in 0..=255_u8 {
        let mut stranger = device(number);
        stranger.client.display_name = Some("x".repeat(60_000));
        bench.advance(1);
        first.get_or_insert(bench.asked(&stranger, Role::Operator, &[Scope::Admin]).await);
    }
    let pending = bench.devices.list().pending;
    assert_eq!(pending.len(), 16);
    assert!(pending.iter().all(|request| request.display_name.as_ref().unwrap().len() < 100));
    let resolved = bench.events().into_iter().filter(|(name, _)| name == "device.pair.resolved").count();
    assert_eq!(resolved, 240);
    let rows = bench.store.load(crate::store::Table::PairingRequests).await.unwrap();
    assert_eq!(rows.len(), 16);
    let outcome = bench.devices.wait_request(&device(200).id, &first.unwrap().request_id).await;
    assert_eq!(outcome.unwrap_err(), DeviceError::UnknownRequest);
}

#[tokio::test]
async fn who_waits_learns_the_outcome() {
    let bench = bench().await;
    let cli = device(1);
    bench.paired(&cli, Role::Operator, &[Scope::Read]).await;
    let connected = cli.principal(Role::Operator, &[Scope::Read]);
    let wanted = ScopeSet::of(&[Scope::Read, Scope::Write]);
    let request = bench.devices.request_scope_upgrade(&connected, wanted).await.unwrap();
    assert_eq!(bench.event_names(), ["device.pair.requested"]);
    assert_eq!((request.silent, request.is_repair), (Some(false), Some(true)));
    let caller = admin();
    let (outcome, approved) = tokio::join!(
        bench.devices.wait_request(&cli.id, &request.request_id),
        bench.devices.approve(&caller, &request.request_id, Some(cli.id.as_str())),
    );
    assert_eq!(outcome.unwrap(), RequestOutcome::Approved { scopes: wanted });
    assert_eq!(approved.unwrap().scopes, wanted);
    // Asking after the decision still tells it.
    let late = bench.devices.wait_request(&cli.id, &request.request_id).await;
    assert_eq!(late.unwrap(), RequestOutcome::Approved { scopes: wanted });
    bench.advance(TTL_MS + 1);
    bench.devices.expire().await.unwrap();
    let forgotten = bench.devices.wait_request(&cli.id, &request.request_id).await;
    assert_eq!(forgotten.unwrap_err(), DeviceError::UnknownRequest);
}

#[tokio::test]
async fn waiting_ends_when_the_request_does() {
    let bench = bench().await;
    let cli = device(1);
    bench.paired(&cli, Role::Operator, &[Scope::Read]).await;
    let connected = cli.principal(Role::Operator, &[Scope::Read]);
    let ask = async |scopes: &[Scope]| {
        bench.devices.request_scope_upgrade(&connected, ScopeSet::of(scopes)).await.unwrap().request_id
    };
    let superseded = ask(&[Scope::Write]).await;
    let expired = ask(&[Scope::Admin]).await;
    assert_eq!(bench.devices.wait_request(&cli.id, &superseded).await.unwrap(), RequestOutcome::Rejected);
    bench.advance(TTL_MS);
    bench.devices.expire().await.unwrap();
    assert_eq!(bench.devices.wait_request(&cli.id, &expired).await.unwrap(), RequestOutcome::Expired);
    let removed = ask(&[Scope::Admin]).await;
    bench.devices.remove(&admin(), cli.id.as_str()).await.unwrap();
    assert_eq!(bench.devices.wait_request(&cli.id, &removed).await.unwrap(), RequestOutcome::Rejected);
}

#[tokio::test]
async fn an_upgrade_names_current_scopes_and_belongs_to_its_device() {
    let bench = bench().await;
    let cli = device(1);
    bench.paired(&cli, Role::Operator, &[Scope::Read, Scope::Pairing]).await;
    let connected = cli.principal(Role::Operator, &[Scope::Read, Scope::Pairing]);
    let narrower = bench.devices.request_scope_upgrade(&connected, ScopeSet::of(&[Scope::Write])).await;
    let missing = ScopeSet::of(&[Scope::Pairing]);
    assert_eq!(narrower.unwrap_err(), DeviceError::NarrowerThanCurrent { missing });
    for stranger in [admin(), device(2).principal(Role::Operator, &[]), cli.principal(Role::Node, &[])] {
        let refused = bench.devices.request_scope_upgrade(&stranger, ScopeSet::of(&[Scope::Admin])).await;
        assert_eq!(refused.unwrap_err(), DeviceError::NoPairedDevice);
    }
    let all = ScopeSet::of(&[Scope::Admin]);
    let request = bench.devices.request_scope_upgrade(&connected, all).await.unwrap();
    let eavesdropper = bench.devices.wait_request(&device(2).id, &request.request_id).await;
    assert_eq!(eavesdropper.unwrap_err(), DeviceError::UnknownRequest);
    // The device cannot approve itself.
    let refused = bench.devices.approve(&connected, &request.request_id, None).await;
    assert!(matches!(refused, Err(DeviceError::Forbidden(_))), "{refused:?}");
}

#[tokio::test]
async fn requests_survive_a_restart_with_their_id() {
    let bench = bench().await;
    let phone = device(1);
    let request = bench.asked(&phone, Role::Operator, &[Scope::Read]).await;
    let killed = bench.after_kill().await;
    assert_eq!(killed.asked(&phone, Role::Operator, &[Scope::Read]).await, request);
    assert!(killed.events().is_empty());
    let bench = bench.reopened("key").await;
    bench.devices.approve(&admin(), &request.request_id, None).await.unwrap();
}

#[tokio::test]
async fn an_approval_that_overtakes_an_ask_leaves_nothing_to_ask() {
    let bench = bench().await;
    let phone = device(1);
    let claim = phone.claim(Role::Node, &[]);
    let request = bench.asked(&phone, Role::Node, &[]).await;
    // Judged now, asked below.
    assert!(matches!(bench.devices.standing(&claim), Standing::Needs { .. }));
    bench.devices.approve(&admin(), &request.request_id, None).await.unwrap();
    bench.events();
    let late = bench.devices.request_pairing(&claim, PairingReason::NotPaired).await;
    assert_eq!(late.unwrap_err(), DeviceError::NothingToAsk);
    assert!(bench.pending().is_empty() && bench.events().is_empty());
    // What it was not approved for is still asked.
    let more = bench.asked(&phone, Role::Operator, &[Scope::Read]).await;
    assert_eq!(bench.pending(), [more]);
}
