//! What is on disk: everything acknowledged, nothing taken back, no secret.

use super::*;
use crate::devices::Standing;
use postern_protocol::pairing::SetupAccess;

const OP: Role = Role::Operator;

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let bench = bench().await;
    let phone = device(1);
    bench.paired(&phone, OP, &[Scope::Read]).await;
    let token = bench.token(&phone, OP, &[Scope::Read]).await;
    let killed = bench.after_kill().await;
    assert_eq!(killed.devices.standing(&phone.claim(OP, &[Scope::Read])), Standing::Approved);
    assert!(killed.devices.verify_token(&phone.id, OP, &token).is_ok());
    assert_eq!(killed.token(&phone, OP, &[Scope::Read]).await, token);
    bench.devices.revoke_token(&admin(), phone.id.as_str(), OP).await.unwrap();
    let killed = bench.after_kill().await;
    assert!(killed.devices.verify_token(&phone.id, OP, &token).is_err());
    bench.devices.remove(&admin(), phone.id.as_str()).await.unwrap();
    let killed = bench.after_kill().await;
    assert!(killed.devices.list().paired.is_empty());
}

#[tokio::test]
async fn what_cannot_be_stored_is_taken_back() {
    let bench = bench().await;
    let (phone, desk) = (device(1), device(2));
    bench.paired(&desk, OP, &[Scope::Read]).await;
    let token = bench.token(&desk, OP, &[Scope::Read]).await;
    let code = bench.devices.create_setup(&admin(), SetupAccess::Node).await.unwrap();
    let request = bench.asked(&phone, OP, &[Scope::Read]).await;
    let before = bench.devices.list();
    bench.events();
    bench.store.close().await;
    let is_store = |error: &DeviceError| matches!(error, DeviceError::Store(_));
    assert!(is_store(&bench.devices.approve(&admin(), &request.request_id, None).await.unwrap_err()));
    assert!(is_store(&bench.devices.remove(&admin(), desk.id.as_str()).await.unwrap_err()));
    assert!(is_store(&bench.devices.rotate_token(&admin(), desk.id.as_str(), OP, None).await.unwrap_err()));
    let claim = phone.claim(Role::Node, &[]);
    assert!(is_store(&bench.devices.request_pairing(&claim, PairingReason::NotPaired).await.unwrap_err()));
    assert!(is_store(&bench.devices.pair_silently(&claim, PairingReason::NotPaired, LOCAL).await.unwrap_err()));
    assert!(bench.devices.redeem_setup(code.token.expose(), &claim).await.is_err());
    let after = bench.devices.list();
    assert_eq!((after.pending, after.paired), (before.pending, before.paired));
    assert!(bench.devices.verify_token(&desk.id, OP, &token).is_ok());
    assert_eq!(bench.devices.setup_status(&code.setup_id), None);
    assert!(bench.events().is_empty());
    let killed = bench.after_kill().await;
    killed.devices.redeem_setup(code.token.expose(), &claim).await.unwrap();
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_stop_its_decision() {
    let bench = bench().await;
    let phone = device(1);
    let request = bench.asked(&phone, OP, &[Scope::Read]).await;
    bench.events();
    {
        let caller = admin();
        let approval = bench.devices.approve(&caller, &request.request_id, None);
        tokio::pin!(approval);
        assert!(futures_util::poll!(approval.as_mut()).is_pending());
    }
    let outcome = bench.devices.wait_request(&phone.id, &request.request_id).await.unwrap();
    let mut names = Vec::new();
    while names.len() < 2 {
        names.extend(bench.event_names());
        tokio::task::yield_now().await;
    }
    assert_eq!(names, ["device.pair.resolved", "device.pair.changed"]);
    assert_eq!(outcome, crate::devices::RequestOutcome::Approved { scopes: ScopeSet::of(&[Scope::Read]) });
    let bench = bench.reopened("key").await;
    assert_eq!(bench.devices.standing(&phone.claim(OP, &[Scope::Read])), Standing::Approved);
}

#[tokio::test]
async fn neither_tokens_nor_codes_are_on_disk() {
    let bench = bench().await;
    let phone = device(1);
    let code = bench.devices.create_setup(&admin(), SetupAccess::Full).await.unwrap();
    bench.devices.redeem_setup(code.token.expose(), &phone.claim(OP, &[Scope::Read])).await.unwrap();
    let token = bench.token(&phone, OP, &[Scope::Read]).await;
    let rotated = bench.devices.rotate_token(&admin(), phone.id.as_str(), OP, None).await.unwrap();
    assert_eq!(rotated.token, None);
    let next = bench.token(&phone, OP, &[Scope::Read]).await;
    let secrets = [code.token.expose().to_owned(), token, next, "key".repeat(4)];
    let mut seen_id = false;
    for file in bench.files() {
        let bytes = std::fs::read(&file).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        seen_id |= holds(phone.id.as_str());
        for secret in &secrets {
            assert!(!holds(secret), "{}", file.display());
        }
    }
    assert!(seen_id, "the search finds what is there");
    for (kind, detail) in bench.audit().await {
        assert!(secrets.iter().all(|secret| !detail.to_string().contains(secret)), "{kind}");
    }
}

#[tokio::test]
async fn decisions_are_in_the_audit_trail_with_who_made_them() {
    let bench = bench().await;
    let phone = device(1);
    let caller = admin();
    let request = bench.asked(&phone, OP, &[Scope::Read]).await;
    bench.devices.approve(&caller, &request.request_id, None).await.unwrap();
    bench.token(&phone, OP, &[]).await;
    bench.devices.rename(&caller, phone.id.as_str(), "x").await.unwrap();
    bench.devices.rotate_token(&caller, phone.id.as_str(), OP, None).await.unwrap();
    bench.devices.revoke_token(&caller, phone.id.as_str(), OP).await.unwrap();
    bench.devices.remove(&caller, phone.id.as_str()).await.unwrap();
    let audit = bench.audit().await;
    let kinds: Vec<_> = audit.iter().map(|(kind, _)| kind.as_str()).collect();
    let want = [
        "device.pair.requested",
        "device.pair.approved",
        "device.token.issued",
        "device.renamed",
        "device.token.rotated",
        "device.token.revoked",
        "device.removed",
    ];
    assert_eq!(kinds, want);
    for (kind, detail) in &audit {
        assert_eq!(detail["deviceId"], phone.id.as_str(), "{kind}");
        let decided = !matches!(kind.as_str(), "device.pair.requested" | "device.token.issued");
        assert_eq!(detail["by"]["connId"].as_str(), decided.then_some(&*caller.conn_id), "{kind}");
    }
}

#[tokio::test]
async fn one_unreadable_row_does_not_lock_everybody_out() {
    let bench = bench().await;
    let phone = device(1);
    bench.paired(&phone, OP, &[Scope::Read]).await;
    let broken = crate::store::Change::Put {
        table: crate::store::Table::Devices,
        key: "broken".into(),
        body: r#"{"record":7}"#.into(),
    };
    bench.store.enqueue(vec![broken]).await.unwrap();
    let bench = bench.reopened("key").await;
    assert_eq!(bench.devices.list().paired.len(), 1);
}
