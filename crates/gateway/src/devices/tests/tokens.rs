//! Device tokens: bound to device, role and approval; rotation and revocation
//! bite at once and never widen.

use super::*;
use crate::devices::TokenRefusal;

const OP: Role = Role::Operator;

#[tokio::test]
async fn a_token_is_good_for_its_device_and_role_only() {
    let bench = bench().await;
    let (phone, desk) = (device(1), device(2));
    bench.paired(&phone, OP, &[Scope::Read, Scope::Write]).await;
    bench.paired(&phone, Role::Node, &[]).await;
    bench.paired(&desk, OP, &[Scope::Admin]).await;
    let token = bench.token(&phone, OP, &[Scope::Read]).await;
    let node_token = bench.token(&phone, Role::Node, &[Scope::Admin]).await;
    bench.token(&desk, OP, &[Scope::Admin]).await;
    let verify = |device: &Device, role, token: &str| bench.devices.verify_token(&device.id, role, token);
    assert_eq!(verify(&phone, OP, &token), Ok(ScopeSet::of(&[Scope::Read])));
    assert_eq!(verify(&phone, Role::Node, &node_token), Ok(ScopeSet::EMPTY));
    assert_eq!(verify(&phone, Role::Node, &token), Err(TokenRefusal::Mismatch));
    assert_eq!(verify(&desk, OP, &token), Err(TokenRefusal::Mismatch));
    assert_eq!(verify(&desk, Role::Node, &node_token), Err(TokenRefusal::Unknown));
    assert_eq!(verify(&device(3), OP, &token), Err(TokenRefusal::Unknown));
    for guess in ["", "x", &token[1..], &format!("{token} ")] {
        assert_eq!(verify(&phone, OP, guess), Err(TokenRefusal::Mismatch));
    }
}

#[tokio::test]
async fn the_same_token_is_handed_out_until_it_cannot_carry_the_scopes() {
    let bench = bench().await;
    let cli = device(1);
    bench.paired(&cli, OP, &[Scope::Write, Scope::Pairing]).await;
    let first = bench.token(&cli, OP, &[Scope::Write]).await;
    assert_eq!(bench.token(&cli, OP, &[Scope::Read]).await, first);
    assert_eq!(bench.token(&cli, OP, &[]).await, first);
    let wider = bench.token(&cli, OP, &[Scope::Pairing]).await;
    assert_ne!(wider, first);
    // Two clients of one device take turns without rotating each other's token.
    assert_eq!(bench.token(&cli, OP, &[Scope::Write]).await, wider);
    assert_eq!(bench.token(&cli, OP, &[Scope::Pairing]).await, wider);
    // What is not approved is not carried, and does not rotate either.
    assert_eq!(bench.token(&cli, OP, &[Scope::Admin]).await, wider);
    let scopes = bench.devices.verify_token(&cli.id, OP, &wider).unwrap();
    assert_eq!(scopes, ScopeSet::of(&[Scope::Write, Scope::Pairing]));
    assert_eq!(bench.devices.verify_token(&cli.id, OP, &first), Err(TokenRefusal::Mismatch));
    let node = bench.devices.issue_token(&cli.id, Role::Node, ScopeSet::EMPTY).await;
    assert_eq!(node.unwrap_err(), DeviceError::UnknownDeviceOrRole);
}

#[tokio::test]
async fn rotation_bites_at_once_and_tells_only_the_device_itself() {
    let bench = bench().await;
    let cli = device(1);
    bench.paired(&cli, OP, &[Scope::Read, Scope::Pairing]).await;
    let old = bench.token(&cli, OP, &[Scope::Read, Scope::Pairing]).await;
    let own = bench.connected(&cli, OP, &[Scope::Read, Scope::Pairing]);
    let other = bench.connected(&cli, OP, &[Scope::Read]);
    let node = bench.connected(&cli, Role::Node, &[]);
    let rotated = bench.devices.rotate_token(&own.principal, cli.id.as_str(), OP, None).await.unwrap();
    assert_eq!(rotated.scopes, ScopeSet::of(&[Scope::Read, Scope::Pairing]));
    let new = rotated.token.unwrap();
    assert!(bench.devices.verify_token(&cli.id, OP, &old).is_err());
    assert_eq!(bench.devices.verify_token(&cli.id, OP, new.expose()), Ok(rotated.scopes));
    assert_eq!(closing(&other), Some((4001, "client invalidated: token rotated".into())));
    assert_eq!((closing(&own), closing(&node)), (None, None));
    assert_eq!(bench.event_names(), ["device.pair.changed"]);

    let withheld = bench.devices.rotate_token(&admin(), cli.id.as_str(), OP, None).await.unwrap();
    assert_eq!(withheld.token, None);
    assert!(bench.devices.verify_token(&cli.id, OP, new.expose()).is_err());
    assert_eq!(closing(&own), Some((4001, "client invalidated: token rotated".into())));
    // The device is handed the new one when it connects.
    let next = bench.token(&cli, OP, &[Scope::Read]).await;
    assert_eq!(bench.devices.verify_token(&cli.id, OP, &next), Ok(withheld.scopes));
}

#[tokio::test]
async fn rotation_never_widens() {
    let bench = bench().await;
    let cli = device(1);
    let id = cli.id.as_str().to_owned();
    bench.paired(&cli, OP, &[Scope::Read, Scope::Write, Scope::Pairing]).await;
    bench.paired(&cli, Role::Node, &[]).await;
    bench.token(&cli, OP, &[Scope::Pairing]).await;
    bench.token(&cli, Role::Node, &[]).await;
    let own = cli.principal(OP, &[Scope::Pairing, Scope::Write]);
    let rotate = async |caller: &Principal, role, scopes: &[Scope]| {
        bench.devices.rotate_token(caller, &id, role, Some(ScopeSet::of(scopes))).await
    };
    let beyond = |role, scopes: &[Scope]| Err(DeviceError::BeyondApproved { role, missing: ScopeSet::of(scopes) });
    assert_eq!(rotate(&own, OP, &[Scope::Write]).await, beyond(OP, &[Scope::Write]));
    assert_eq!(rotate(&own, OP, &[Scope::Admin]).await, beyond(OP, &[Scope::Admin]));
    assert_eq!(rotate(&own, Role::Node, &[Scope::Pairing]).await, beyond(Role::Node, &[Scope::Pairing]));
    assert_eq!(rotate(&admin(), OP, &[Scope::Admin]).await, beyond(OP, &[Scope::Admin]));
    assert_eq!(rotate(&admin(), Role::Node, &[Scope::Read]).await, beyond(Role::Node, &[Scope::Read]));
    // An administrator may go up to the approval.
    let up = rotate(&admin(), OP, &[Scope::Write, Scope::Pairing]).await.unwrap();
    assert_eq!(up.scopes, ScopeSet::of(&[Scope::Write, Scope::Pairing]));
    // A connection that asked for little does not come by a stronger token.
    let narrow = cli.principal(OP, &[Scope::Pairing]);
    let kept = bench.devices.rotate_token(&narrow, &id, OP, None).await;
    assert_eq!(kept.unwrap_err(), forbidden(&[Scope::Write]));
    // An empty list means none, and then nobody but an administrator goes back.
    assert_eq!(rotate(&own, OP, &[]).await.unwrap().scopes, ScopeSet::EMPTY);
    assert_eq!(rotate(&own, OP, &[Scope::Pairing]).await, beyond(OP, &[Scope::Pairing]));
}

#[tokio::test]
async fn revocation_bites_at_once() {
    let bench = bench().await;
    let cli = device(1);
    let id = cli.id.as_str();
    bench.paired(&cli, OP, &[Scope::Read]).await;
    let token = bench.token(&cli, OP, &[Scope::Read]).await;
    let (socket, node) = (bench.connected(&cli, OP, &[Scope::Read]), bench.connected(&cli, Role::Node, &[]));
    let unknown = bench.devices.revoke_token(&admin(), id, Role::Node).await;
    assert_eq!(unknown.unwrap_err(), DeviceError::UnknownDeviceOrRole);
    let at = bench.devices.revoke_token(&admin(), id, OP).await.unwrap();
    assert_eq!(closing(&socket), Some((4001, "client invalidated: token revoked".into())));
    assert_eq!(closing(&node), None);
    assert_eq!(bench.devices.verify_token(&cli.id, OP, &token), Err(TokenRefusal::Revoked));
    assert_eq!(bench.devices.list().paired[0].tokens[0].revoked_at_ms, Some(at));
    bench.advance(5);
    assert_eq!(bench.devices.revoke_token(&admin(), id, OP).await, Ok(at));
    // Neither rotation nor a guess brings it back.
    let rotated = bench.devices.rotate_token(&admin(), id, OP, None).await;
    assert_eq!(rotated.unwrap_err(), DeviceError::UnknownDeviceOrRole);
    // A device that signs in by other means is handed another one.
    let next = bench.token(&cli, OP, &[Scope::Read]).await;
    assert_ne!(next, token);
    assert_eq!(bench.devices.verify_token(&cli.id, OP, &token), Err(TokenRefusal::Mismatch));
}

#[tokio::test]
async fn unknown_devices_and_roles_have_one_answer() {
    let bench = bench().await;
    let cli = device(1);
    bench.paired(&cli, OP, &[Scope::Read]).await;
    for (id, role) in [("nobody", OP), (cli.id.as_str(), Role::Node), (cli.id.as_str(), OP)] {
        let rotated = bench.devices.rotate_token(&admin(), id, role, None).await;
        assert_eq!(rotated.unwrap_err(), DeviceError::UnknownDeviceOrRole, "{id} {role}");
        let revoked = bench.devices.revoke_token(&admin(), id, role).await;
        assert_eq!(revoked.unwrap_err(), DeviceError::UnknownDeviceOrRole, "{id} {role}");
    }
}

#[tokio::test]
async fn a_lost_key_costs_tokens_and_nothing_else() {
    let bench = bench().await;
    let cli = device(1);
    bench.paired(&cli, OP, &[Scope::Write]).await;
    let token = bench.token(&cli, OP, &[Scope::Write]).await;
    let bench = bench.reopened("key").await;
    assert_eq!(bench.token(&cli, OP, &[Scope::Write]).await, token);
    let bench = bench.reopened("another key").await;
    let next = bench.token(&cli, OP, &[Scope::Read]).await;
    assert_ne!(next, token);
    assert!(bench.devices.verify_token(&cli.id, OP, &token).is_err());
    assert_eq!(bench.devices.verify_token(&cli.id, OP, &next), Ok(ScopeSet::of(&[Scope::Read, Scope::Write])));
}

#[tokio::test]
async fn silent_pairing_makes_the_token_in_the_same_commit() {
    let bench = bench().await;
    let cli = device(1);
    let claim = cli.claim(OP, &[Scope::Read]);
    bench.devices.pair_silently(&claim, PairingReason::NotPaired, LOCAL).await.unwrap();
    let killed = bench.after_kill().await;
    let token = bench.token(&cli, OP, &[Scope::Read]).await;
    assert_eq!(killed.devices.verify_token(&cli.id, OP, &token), Ok(ScopeSet::of(&[Scope::Read])));
}

#[tokio::test]
async fn the_callers_use_is_listed() {
    let bench = bench().await;
    let cli = device(1);
    bench.paired(&cli, OP, &[Scope::Read]).await;
    bench.token(&cli, OP, &[Scope::Read]).await;
    bench.advance(7);
    bench.devices.note_seen(&cli.principal(OP, &[Scope::Read]), "connect");
    bench.devices.note_seen(&device(9).principal(OP, &[]), "connect");
    bench.devices.flush_seen();
    let bench = bench.reopened("key").await;
    let listed = bench.devices.list().paired;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].tokens[0].last_used_at_ms, Some(1_000_007));
    assert_eq!(
        (listed[0].last_seen_reason.as_deref(), listed[0].remote_ip.as_deref()),
        (Some("connect"), Some("127.0.0.1"))
    );
}
