//! What is taken away stops working: sockets close by themselves, coming back is refused (DEMAND §2: revocation does not
//! bite).

use std::time::Duration;

use postern_gateway::Limits;
use serde_json::{Value, json};

use crate::harness::{Caller, Client, Close, Connect, Device, Endpoint, InProcess, TestGateway};

const READ: &[&str] = &["operator.read"];

fn desk() -> Device {
    Device::new("desk")
}

/// A gateway that does nothing of its own accord: what closes a socket is the call that takes something away.
async fn quiet() -> InProcess {
    let hour = Duration::from_secs(3_600);
    let limits = Limits { tick_interval: hour, ping_interval: hour, health_interval: hour, ..Limits::default() };
    InProcess::with_limits(limits).await
}

async fn admin(gateway: &Endpoint) -> Client {
    gateway.op(&Device::new("admin"), &["operator.admin"]).await
}

/// Calls, then expects every one of these sockets to close with this reason, and what is asked on them afterwards to stay
/// unanswered.
async fn bites(admin: &mut Client, call: (&str, Value), sockets: Vec<Client>, why: &str) {
    admin.ok(call.0, call.1).await;
    for mut socket in sockets {
        let asked = socket.post("health", json!({})).await;
        assert_eq!(socket.closed().await, Close::new(4001, &format!("client invalidated: {why}")));
        assert!(socket.raw.frames().iter().all(|frame| frame["id"] != *asked), "it was still served");
    }
}

/// Removing a device closes all its sockets, of both roles and generations, and its tokens are dead.
#[tokio::test]
async fn removing_a_device_closes_its_sockets() {
    let gateway = quiet().await;
    let op = gateway.op(&desk(), READ).await;
    let token = op.device_token();
    let node = gateway.node(&desk()).await;
    let node_token = node.device_token();
    let old = gateway.must(&Caller::remote(), &Connect::operator(&desk(), READ).v3()).await;
    let mut other = gateway.op(&Device::new("other"), READ).await;
    let mut admin = admin(&gateway).await;
    bites(&mut admin, ("device.pair.remove", json!({"deviceId": desk().id()})), vec![op, node, old], "device removed")
        .await;
    for connect in
        [Connect::operator(&desk(), READ).device_token(&token), Connect::node(&desk()).device_token(&node_token)]
    {
        for caller in [Caller::local(), Caller::remote()] {
            assert_eq!(gateway.refused(&caller, &connect).await.code(), "AUTH_DEVICE_TOKEN_MISMATCH");
        }
    }
    other.ok("health", json!({})).await;
}

/// Revoking a token closes the sockets of its role only.
#[tokio::test]
async fn revoking_a_token_closes_the_sockets_of_its_role() {
    let gateway = quiet().await;
    let (one, two) = (gateway.op(&desk(), READ).await, gateway.op(&desk(), &[]).await);
    let token = one.device_token();
    let mut node = gateway.node(&desk()).await;
    let mut admin = admin(&gateway).await;
    let params = json!({"deviceId": desk().id(), "role": "operator"});
    bites(&mut admin, ("device.token.revoke", params), vec![one, two], "token revoked").await;
    node.ok("health", json!({})).await;
    let again = Connect::operator(&desk(), READ).device_token(&token);
    assert_eq!(gateway.refused(&Caller::local(), &again).await.code(), "AUTH_DEVICE_TOKEN_MISMATCH");
    let params = json!({"deviceId": desk().id(), "role": "node"});
    bites(&mut admin, ("device.token.revoke", params), vec![node], "token revoked").await;
}

/// Rotating a token closes the sockets that live on the old one.
#[tokio::test]
async fn rotating_a_token_closes_the_sockets_of_the_old_one() {
    let gateway = quiet().await;
    let op = gateway.op(&desk(), READ).await;
    let mut admin = admin(&gateway).await;
    let params = json!({"deviceId": desk().id(), "role": "operator"});
    bites(&mut admin, ("device.token.rotate", params), vec![op], "token rotated").await;
}

/// Who takes away its own gets the answer first, then its close; rotating its own keeps it connected.
#[tokio::test]
async fn taking_away_its_own_is_answered_first() {
    let gateway = quiet().await;
    let params = json!({"deviceId": desk().id(), "role": "operator"});
    for (method, why) in [("device.token.revoke", "token revoked"), ("device.pair.remove", "device removed")] {
        let mut own = gateway.op(&desk(), &["operator.pairing"]).await;
        let answer = own.ok(method, params.clone()).await;
        assert_eq!(answer["deviceId"], desk().id());
        assert_eq!(own.closed().await, Close::new(4001, &format!("client invalidated: {why}")));
    }
    let mut own = gateway.op(&desk(), &["operator.pairing"]).await;
    let mut sibling = gateway.op(&desk(), &[]).await;
    own.ok("device.token.rotate", params).await;
    assert_eq!(sibling.closed().await, Close::new(4001, "client invalidated: token rotated"));
    own.ok("device.pair.list", json!({})).await;
}

/// A setup code that replaces what a device held closes the sockets that live on what is gone.
#[tokio::test]
async fn a_narrower_approval_closes_what_was_wider() {
    let gateway = TestGateway::proxied();
    let wide = Connect::operator(&desk(), &["operator.admin"]);
    let mut held = gateway.must(&Caller::local(), &wide).await;
    let made = held.ok("device.pair.setupCode", json!({"bootstrapProfile": "limited"})).await;
    let code = postern_protocol::pairing::read_setup_code(made["setupCode"].as_str().unwrap()).unwrap().bootstrap_token;
    let moved = Connect::node(&desk()).set("/client/platform", json!("windows")).auth(json!({"bootstrapToken": code}));
    gateway.must(&Caller::remote(), &moved).await;
    let close = held.closed().await;
    assert_eq!((close.code, close.reason.as_str()), (4001, "client invalidated: device approval replaced"));
    let again = wide.set("/client/platform", json!("windows"));
    let refused = gateway.refused(&Caller::remote(), &again).await;
    assert_eq!(refused.error["details"]["approvedScopes"], json!(["operator.read", "operator.write"]));
}

/// No socket slips through that connects at the very moment its device is removed.
#[tokio::test]
async fn no_handshake_outruns_a_removal() {
    let gateway = TestGateway::proxied();
    let mut admin = admin(&gateway).await;
    for round in 0..6 {
        let device = Device::new(&format!("racer-{round}"));
        let token = gateway.op(&device, READ).await.device_token();
        let connect = Connect::operator(&device, READ).device_token(&token);
        let racers = futures_util::future::join_all((0..8).map(|_| gateway.connect(&connect)));
        let (racers, _) = tokio::join!(racers, admin.ok("device.pair.remove", json!({"deviceId": device.id()})));
        for racer in racers {
            match racer {
                Ok(mut client) => assert_eq!(client.closed().await.code, 4001),
                Err(refused) => {
                    let known = ["AUTH_DEVICE_TOKEN_MISMATCH", "PAIRING_REQUIRED", ""].contains(&refused.code());
                    assert!(known && [1008, 4001, 1013].contains(&refused.close.code), "{refused:?}");
                }
            }
        }
        let listed = admin.ok("device.pair.list", json!({})).await;
        assert_eq!(listed["paired"].as_array().map(Vec::len), Some(1), "{listed}");
    }
}

/// After a restart what was taken away is still gone.
#[tokio::test]
async fn a_restart_brings_nothing_back() {
    let gateway = TestGateway::proxied();
    let removed = gateway.op(&desk(), READ).await.device_token();
    let other = Device::new("other");
    let revoked = gateway.op(&other, READ).await.device_token();
    let mut caller = admin(&gateway).await;
    caller.ok("device.pair.remove", json!({"deviceId": desk().id()})).await;
    caller.ok("device.token.revoke", json!({"deviceId": other.id(), "role": "operator"})).await;
    let mut gateway = gateway;
    // Acknowledged is durable: not even a crash brings it back.
    gateway.kill9();
    let gateway = gateway.start_again();
    for (device, token) in [(desk(), removed), (other, revoked)] {
        let connect = Connect::operator(&device, READ).device_token(&token);
        assert_eq!(gateway.refused(&Caller::local(), &connect).await.code(), "AUTH_DEVICE_TOKEN_MISMATCH");
    }
}

/// A changed shared secret is asked for at the next start; sockets of the old one do not survive it.
#[tokio::test]
async fn a_changed_secret_is_asked_for() {
    let config = |password: &str| format!(r#"{{gateway: {{auth: {{mode: "password", password: "{password}"}}}}}}"#);
    let mut gateway = TestGateway::builder().no_token().config(&config("first")).start();
    let connect = |password: &str| Connect::operator(&desk(), READ).auth(json!({"password": password}));
    let mut held = gateway.must(&Caller::local(), &connect("first")).await;
    gateway.stop();
    assert_eq!(held.closed().await, Close::new(1012, "service restart"));
    std::fs::write(gateway.state_dir().join("postern.json"), config("second")).unwrap();
    let gateway = gateway.start_again();
    assert_eq!(gateway.refused(&Caller::local(), &connect("first")).await.code(), "AUTH_PASSWORD_MISMATCH");
    gateway.must(&Caller::local(), &connect("second")).await;
}
