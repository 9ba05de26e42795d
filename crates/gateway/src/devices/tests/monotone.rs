//! The invariant behind many published holes: without an approval no sequence of
//! calls raises what a device may do.

use postern_protocol::pairing::PairedDevice;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// Anything but an approval, by anybody.
#[derive(Debug, Clone)]
enum Step {
    Rotate(Who, Role, Option<ScopeSet>),
    Revoke(Who, Role),
    Reconnect(Role, ScopeSet),
    Ask(Role, ScopeSet),
    AskMore(ScopeSet),
    Reject(Who),
    Rename(Who),
    Remove(Who),
    OtherPlatform(bool),
    Wait(i64),
    Restart,
}

#[derive(Debug, Clone, Copy)]
enum Who {
    Itself(ScopeSet),
    Stranger(ScopeSet),
}

impl Who {
    fn principal(self, device: &Device) -> Principal {
        let (scopes, device_id) = match self {
            Self::Itself(scopes) => (scopes, Some(device.id.clone())),
            Self::Stranger(scopes) => (scopes, None),
        };
        Principal { scopes, device_id, ..admin() }
    }
}

fn scopes() -> impl Strategy<Value = ScopeSet> {
    proptest::collection::vec(proptest::sample::select(Scope::ALL.to_vec()), 0..4)
        .prop_map(|scopes| scopes.into_iter().collect())
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Operator), Just(Role::Node)]
}

fn who() -> impl Strategy<Value = Who> {
    let strong = |scopes: ScopeSet| scopes.union(ScopeSet::of(&[Scope::Pairing]));
    prop_oneof![
        scopes().prop_map(move |scopes| Who::Itself(strong(scopes))),
        scopes().prop_map(move |scopes| Who::Stranger(strong(scopes))),
        Just(Who::Stranger(ScopeSet::of(&[Scope::Admin]))),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (who(), role(), proptest::option::of(scopes())).prop_map(|(who, role, scopes)| Step::Rotate(who, role, scopes)),
        2 => (who(), role()).prop_map(|(who, role)| Step::Revoke(who, role)),
        6 => (role(), scopes()).prop_map(|(role, scopes)| Step::Reconnect(role, scopes)),
        3 => (role(), scopes()).prop_map(|(role, scopes)| Step::Ask(role, scopes)),
        2 => scopes().prop_map(Step::AskMore),
        1 => who().prop_map(Step::Reject),
        1 => who().prop_map(Step::Rename),
        1 => Just(Step::Remove(Who::Stranger(ScopeSet::of(&[Scope::Pairing])))),
        1 => any::<bool>().prop_map(Step::OtherPlatform),
        1 => (0..TTL_MS).prop_map(Step::Wait),
        1 => Just(Step::Restart),
    ]
}

fn listed(bench: &Bench) -> Option<PairedDevice> {
    bench.devices.list().paired.pop()
}

fn token_scopes(device: Option<&PairedDevice>, role: Role) -> ScopeSet {
    let token = device.and_then(|device| device.tokens.iter().find(|token| token.role == role));
    token.map(|token| token.scopes).unwrap_or_default()
}

/// Every answer is allowed, also a refusal; what counts is what holds after it.
async fn run(mut bench: Bench, device: &mut Device, step: Step) -> Bench {
    let id = device.id.as_str().to_owned();
    match step {
        Step::Rotate(who, role, wanted) => {
            let caller = who.principal(device);
            let before = token_scopes(listed(&bench).as_ref(), role);
            let rotated = bench.devices.rotate_token(&caller, &id, role, wanted).await;
            if let Ok(rotated) = rotated {
                assert!(caller.scopes.allows(Scope::Admin) || before.covers(rotated.scopes), "a rotation widened");
                assert!(caller.scopes.covers(rotated.scopes), "a rotation gave more than the caller holds");
                assert!(rotated.token.is_none() || matches!(who, Who::Itself(_)), "a token was told to another");
            }
        }
        Step::Revoke(who, role) => drop(bench.devices.revoke_token(&who.principal(device), &id, role).await),
        Step::Reconnect(role, scopes) => reconnect(&bench, device, role, scopes).await,
        Step::Ask(role, scopes) => {
            let claim = Claim { scopes, ..device.claim(role, &[]) };
            drop(ask(&bench, &claim, PairingReason::ScopeUpgrade).await);
        }
        Step::AskMore(scopes) => {
            let caller = device.principal(Role::Operator, &[]);
            drop(bench.devices.request_scope_upgrade(&caller, scopes).await);
        }
        Step::Reject(who) => {
            if let Some(request) = bench.devices.list().pending.pop() {
                drop(bench.devices.reject(&who.principal(device), &request.request_id, None).await);
            }
        }
        Step::Rename(who) => drop(bench.devices.rename(&who.principal(device), &id, "n").await),
        Step::Remove(who) => drop(bench.devices.remove(&who.principal(device), &id).await),
        Step::OtherPlatform(other) => device.client.platform = if other { "windows" } else { "linux" }.into(),
        Step::Wait(milliseconds) => {
            bench.advance(milliseconds);
            bench.devices.expire().await.unwrap();
        }
        Step::Restart => bench = bench.reopened("key").await,
    }
    bench
}

/// A connect as the handshake does it: only with standing, and then a token.
/// A random walk may well ask more often than a device may; nothing else is fine.
async fn ask(bench: &Bench, claim: &Claim<'_>, reason: PairingReason) -> Option<PairingRequest> {
    match bench.devices.request_pairing(claim, reason).await {
        Ok(request) => Some(request),
        Err(DeviceError::NothingToAsk | DeviceError::TooManyChanges { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

async fn reconnect(bench: &Bench, device: &Device, role: Role, scopes: ScopeSet) {
    let claim = Claim { scopes, ..device.claim(role, &[]) };
    let standing = bench.devices.standing(&claim);
    let issued = bench.devices.issue_token(&device.id, role, scopes).await;
    if standing != super::super::Standing::Approved {
        return;
    }
    let issued = issued.unwrap();
    let verified = bench.devices.verify_token(&device.id, role, issued.token.expose()).unwrap();
    assert!(verified.covers(issued.scopes) && issued.scopes.covers(verified));
}

async fn check(roles: Vec<Role>, approved: ScopeSet, steps: Vec<Step>) {
    let mut bench = bench().await;
    let mut device = device(1);
    for role in &roles {
        let claim = Claim { scopes: approved, ..device.claim(*role, &[]) };
        let request = bench.devices.request_pairing(&claim, PairingReason::NotPaired).await.unwrap();
        bench.devices.approve(&admin(), &request.request_id, None).await.unwrap();
    }
    let granted = listed(&bench).unwrap();
    let mut gone = false;
    for step in steps {
        let shown = format!("{step:?}");
        bench = run(bench, &mut device, step).await;
        let Some(now) = listed(&bench) else {
            gone = true;
            continue;
        };
        assert!(!gone, "{shown} brought a removed device back");
        assert!(now.roles.iter().all(|role| granted.roles.contains(role)), "{shown} added a role");
        assert!(granted.scopes.covers(now.scopes), "{shown} added a scope");
        for token in &now.tokens {
            let ceiling = if token.role == Role::Operator { granted.scopes } else { ScopeSet::EMPTY };
            assert!(ceiling.covers(token.scopes), "{shown} made a token beyond the approval");
        }
    }
}

#[test]
fn without_an_approval_nothing_grows() {
    let roles = prop_oneof![Just(vec![Role::Operator]), Just(vec![Role::Node]), Just(vec![Role::Node, Role::Operator])];
    let case = (roles, scopes(), proptest::collection::vec(step(), 1..24));
    let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    TestRunner::new(config)
        .run(&case, |(roles, approved, steps)| {
            runtime.block_on(check(roles, approved, steps));
            Ok(())
        })
        .unwrap();
}
