//! Setup codes: single use, bounded in time and access, local.

use super::*;
use crate::devices::{SetupRefusal, Standing};
use postern_protocol::pairing::SetupAccess;

const OP: Role = Role::Operator;

#[tokio::test]
async fn a_code_pairs_a_phone_in_both_roles_once() {
    let bench = bench().await;
    let phone = device(1);
    let code = bench.devices.create_setup(&admin(), SetupAccess::Limited).await.unwrap();
    assert_eq!(code.expires_at_ms, 1_000_000 + 600_000);
    assert_eq!(bench.devices.setup_status(&code.setup_id), None);
    let grant = bench.devices.redeem_setup(code.token.expose(), &phone.claim(Role::Node, &[])).await.unwrap();
    let limited = ScopeSet::of(&[Scope::Read, Scope::Write]);
    assert_eq!((grant.scopes, grant.operator_scopes), (ScopeSet::EMPTY, Some(limited)));
    let used = bench.devices.setup_status(&code.setup_id).unwrap();
    assert_eq!((used.device_id.as_str(), used.device_name.as_deref()), (phone.id.as_str(), Some("device 1")));
    let names = bench.event_names();
    assert_eq!(names, ["device.pair.changed", "device.pair.setup.completed"]);
    for role in [Role::Node, OP] {
        let issued = bench.devices.issue_token(&phone.id, role, grant.operator_scopes.unwrap()).await.unwrap();
        assert!(bench.devices.verify_token(&phone.id, role, issued.token.expose()).is_ok());
    }
    let listed = bench.devices.list().paired.remove(0);
    assert_eq!((listed.scopes, listed.approved_via), (limited, ApprovedVia::SetupCode));
    for thief in [&phone, &device(2)] {
        let again = bench.devices.redeem_setup(code.token.expose(), &thief.claim(Role::Node, &[])).await;
        assert_eq!(again.unwrap_err(), SetupRefusal::Used);
    }
    assert!(!bench.devices.is_paired(&device(2).id));
}

#[tokio::test]
async fn of_two_at_once_one_wins() {
    let bench = bench().await;
    let code = bench.devices.create_setup(&admin(), SetupAccess::Full).await.unwrap();
    let (one, two) = (device(1), device(2));
    let (first_claim, second_claim) = (one.claim(OP, &[Scope::Read]), two.claim(OP, &[Scope::Read]));
    let (first, second) = tokio::join!(
        bench.devices.redeem_setup(code.token.expose(), &first_claim),
        bench.devices.redeem_setup(code.token.expose(), &second_claim),
    );
    assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|won| **won).count(), 1);
    assert_eq!(bench.devices.list().paired.len(), 1);
}

#[tokio::test]
async fn a_burnt_code_stays_burnt_after_a_kill() {
    let bench = bench().await;
    let phone = device(1);
    let code = bench.devices.create_setup(&admin(), SetupAccess::Limited).await.unwrap();
    let unused = bench.after_kill().await;
    bench.devices.redeem_setup(code.token.expose(), &phone.claim(OP, &[Scope::Read])).await.unwrap();
    let killed = bench.after_kill().await;
    let again = killed.devices.redeem_setup(code.token.expose(), &device(2).claim(OP, &[])).await;
    assert_eq!(again.unwrap_err(), SetupRefusal::Used);
    assert_eq!(killed.devices.setup_status(&code.setup_id).unwrap().device_id, phone.id.as_str());
    assert_eq!(killed.devices.standing(&phone.claim(OP, &[Scope::Write])), Standing::Approved);
    unused.devices.redeem_setup(code.token.expose(), &device(2).claim(OP, &[])).await.unwrap();
}

#[tokio::test]
async fn access_is_fixed_when_the_code_is_made() {
    let bench = bench().await;
    let everything = Scope::ALL;
    let code = bench.devices.create_setup(&admin(), SetupAccess::Full).await.unwrap();
    let grant = bench.devices.redeem_setup(code.token.expose(), &device(1).claim(OP, &everything)).await.unwrap();
    for scope in [Scope::Admin, Scope::Pairing, Scope::TalkSecrets] {
        assert!(!grant.scopes.allows(scope), "{scope}");
    }
    for scope in [Scope::Read, Scope::Write, Scope::Approvals, Scope::Questions, Scope::Talk] {
        assert!(grant.scopes.allows(scope), "{scope}");
    }
    let wider = bench.devices.redeem_setup(code.token.expose(), &device(1).claim(OP, &everything)).await;
    assert_eq!(wider.unwrap_err(), SetupRefusal::Used);

    let code = bench.devices.create_setup(&admin(), SetupAccess::Node).await.unwrap();
    let refused = bench.devices.redeem_setup(code.token.expose(), &device(2).claim(OP, &[])).await;
    assert_eq!(refused.unwrap_err(), SetupRefusal::RoleNotGranted);
    let grant =
        bench.devices.redeem_setup(code.token.expose(), &device(2).claim(Role::Node, &everything)).await.unwrap();
    assert_eq!((grant.scopes, grant.operator_scopes), (ScopeSet::EMPTY, None));
}

#[tokio::test]
async fn codes_end() {
    let bench = bench().await;
    let code = bench.devices.create_setup(&admin(), SetupAccess::Limited).await.unwrap();
    let guess = bench.devices.redeem_setup("guess", &device(1).claim(OP, &[])).await;
    assert_eq!(guess.unwrap_err(), SetupRefusal::Unknown);
    bench.advance(600_000);
    let late = bench.devices.redeem_setup(code.token.expose(), &device(1).claim(OP, &[])).await;
    assert_eq!(late.unwrap_err(), SetupRefusal::Expired);
    bench.devices.expire().await.unwrap();
    let gone = bench.devices.redeem_setup(code.token.expose(), &device(1).claim(OP, &[])).await;
    assert_eq!(gone.unwrap_err(), SetupRefusal::Unknown);
    assert!(bench.store.load(crate::store::Table::SetupCodes).await.unwrap().is_empty());
}

#[tokio::test]
async fn only_an_administrator_at_the_machine_makes_codes() {
    let bench = bench().await;
    let remote = Principal { local: false, ..admin() };
    let refused = bench.devices.create_setup(&remote, SetupAccess::Node).await;
    assert_eq!(refused.unwrap_err(), DeviceError::NotLocal);
    let refused = bench.devices.create_setup(&pairing_only(), SetupAccess::Node).await;
    assert_eq!(refused.unwrap_err(), forbidden(&[Scope::Admin]));
    let mut codes = Vec::new();
    for _ in 0..17 {
        bench.advance(1);
        codes.push(bench.devices.create_setup(&admin(), SetupAccess::Node).await.unwrap());
    }
    let claim_of = |token: &crate::secrets::Secret| token.expose().to_owned();
    let (pushed_out, oldest) = (claim_of(&codes[0].token), claim_of(&codes[1].token));
    let (one, two) = (device(1), device(2));
    let refused = bench.devices.redeem_setup(&pushed_out, &one.claim(Role::Node, &[])).await;
    assert_eq!(refused.unwrap_err(), SetupRefusal::Unknown);
    bench.devices.redeem_setup(&oldest, &two.claim(Role::Node, &[])).await.unwrap();
}

#[tokio::test]
async fn a_code_is_worth_no_more_than_it_grants() {
    let bench = bench().await;
    let mut desk = device(1);
    bench.paired(&desk, OP, &[Scope::Admin]).await;
    let admin_token = bench.token(&desk, OP, &[Scope::Admin]).await;
    // Same device: what a person approved stays, the token handed out is narrow.
    let code = bench.devices.create_setup(&admin(), SetupAccess::Limited).await.unwrap();
    let grant = bench.devices.redeem_setup(code.token.expose(), &desk.claim(OP, &[Scope::Admin])).await.unwrap();
    assert_eq!(grant.scopes, ScopeSet::EMPTY);
    let issued = bench.devices.issue_token(&desk.id, OP, grant.operator_scopes.unwrap()).await.unwrap();
    assert_ne!(issued.token.expose(), admin_token);
    assert_eq!(issued.scopes, ScopeSet::of(&[Scope::Read, Scope::Write]));
    // Other metadata: what was approved for the old ones is gone, its sockets too.
    let socket = bench.connected(&desk, OP, &[Scope::Admin]);
    desk.client.platform = "windows".into();
    let code = bench.devices.create_setup(&admin(), SetupAccess::Node).await.unwrap();
    bench.devices.redeem_setup(code.token.expose(), &desk.claim(Role::Node, &[])).await.unwrap();
    let listed = bench.devices.list().paired.remove(0);
    assert_eq!((listed.roles.as_slice(), listed.scopes), ([Role::Node].as_slice(), ScopeSet::EMPTY));
    assert_eq!(closing(&socket), Some((4001, "client invalidated: device approval replaced".into())));
}
