//! Setup codes: single use, ten minutes, fixed worth, made on the gateway's own machine only (`handshake.md §8`;
//! DEMAND §2: setup code / QR).

use serde_json::{Value, json};

use crate::harness::{
    Caller, Client, Connect, Device, Endpoint, InProcess, Refused, START_MS, TestGateway, assert_keys,
};
use postern_protocol::pairing::read_setup_code;

const FULL: [&str; 5] =
    ["operator.read", "operator.write", "operator.approvals", "operator.questions", "operator.talk"];

async fn admin(gateway: &Endpoint) -> Client {
    gateway.op(&Device::new("admin"), &["operator.admin"]).await
}

/// Makes a code of this profile; returns the answer and the token in it.
async fn make(gateway: &Endpoint, profile: &str) -> (Value, String) {
    let made = admin(gateway).await.ok("device.pair.setupCode", json!({"bootstrapProfile": profile})).await;
    let token = read_setup_code(made["setupCode"].as_str().unwrap()).unwrap().bootstrap_token;
    (made, token)
}

fn with_code(connect: Connect, token: &str) -> Connect {
    connect.auth(json!({"bootstrapToken": token}))
}

fn phone_node() -> Connect {
    Connect::node(&Device::new("phone")).client("openclaw-ios", "node").set("/client/displayName", json!("Ada's phone"))
}

fn phone_operator(scopes: &[&str]) -> Connect {
    Connect::operator(&Device::new("phone"), scopes).client("openclaw-ios", "ui")
}

#[track_caller]
fn is_dead(refused: &Refused) {
    assert_eq!(refused.code(), "AUTH_BOOTSTRAP_TOKEN_INVALID", "{refused:?}");
}

/// What a code holds: addresses, a token of its own, ten minutes; never the gateway's secret.
#[tokio::test]
async fn a_code_holds_a_token_of_its_own() {
    let gateway = InProcess::start().await;
    let params = json!({"publicUrl": "https://gate.example/", "joinUrl": true});
    let made = admin(&gateway).await.ok("device.pair.setupCode", params).await;
    let keys =
        ["setupId", "setupCode", "joinUrl", "qrDataUrl", "gatewayUrl", "auth", "urlSource", "access", "expiresAtMs"];
    assert_keys(&made, &keys);
    assert_eq!(
        (&made["gatewayUrl"], &made["urlSource"], &made["auth"]),
        (&json!("wss://gate.example"), &json!("publicUrl"), &json!("token"))
    );
    assert_eq!((&made["access"], &made["expiresAtMs"]), (&json!("full"), &json!(START_MS + 600_000)));
    assert!(made["qrDataUrl"].as_str().unwrap().starts_with("data:image/png;base64,"));
    assert_eq!(made["joinUrl"], format!("oc-pair://{}", made["setupCode"].as_str().unwrap()));
    let content = read_setup_code(made["joinUrl"].as_str().unwrap()).unwrap();
    assert_eq!((content.url.as_str(), content.expires_at_ms), ("wss://gate.example", START_MS + 600_000));
    assert_eq!(content.bootstrap_token.len(), 43);
    assert_ne!(content.bootstrap_token, crate::harness::TOKEN);
    let error = admin(&gateway).await.err("device.pair.setupCode", json!({"publicUrl": "ftp://x"})).await;
    assert_eq!(error["message"], "publicUrl must be a ws, wss, http or https address without user, password and query");
}

/// Behind a proxy with a public name the code leads there, without the gateway's own certificate.
#[tokio::test]
async fn a_code_leads_to_the_public_name() {
    let config = r#"{gateway: {trustedProxies: ["127.0.0.1"], controlUi: {basePath: "/gate",
        allowedOrigins: ["http://plain.example", "https://gate.example"]}}}"#;
    let gateway = TestGateway::builder().config(config).start();
    let made = admin(&gateway).await.ok("device.pair.setupCode", json!({})).await;
    assert_eq!((&made["gatewayUrl"], &made["urlSource"]), (&json!("wss://gate.example/gate"), &json!("publicOrigin")));
    let content = read_setup_code(made["setupCode"].as_str().unwrap()).unwrap();
    assert_eq!((content.url.as_str(), content.tls_fingerprint), ("wss://gate.example/gate", None));
}

/// Only an admin on the gateway's own machine makes codes, whatever a remote one holds.
#[tokio::test]
async fn only_local_admins_make_codes() {
    let gateway = TestGateway::proxied();
    admin(&gateway).await;
    let mut remote =
        gateway.must(&Caller::remote(), &Connect::operator(&Device::new("admin"), &["operator.admin"])).await;
    let error = remote.err("device.pair.setupCode", json!({})).await;
    let message = "setup codes are made on the gateway's own machine only: run `postern pair` there";
    assert_eq!(error, json!({"code": "FORBIDDEN", "message": message}));
    let mut weak = gateway.op(&Device::new("weak"), &["operator.pairing", "operator.write"]).await;
    assert_eq!(weak.err("device.pair.setupCode", json!({})).await["details"]["missingScope"], "operator.admin");
    let pair = gateway.cli(&["pair", "--json"]);
    assert_eq!(pair.code, 0, "{pair:?}");
    assert!(pair.stdout.contains("oc-pair://") || pair.json()["setupCode"].is_string(), "{pair:?}");
}

/// A phone uses its code as a node: paired on the spot, from anywhere, with tokens for both roles.
#[tokio::test]
async fn a_phone_pairs_with_its_code() {
    let gateway = TestGateway::proxied();
    let mut watcher = admin(&gateway).await;
    let (made, token) = make(&gateway, "full").await;
    let phone = gateway.must(&Caller::remote(), &with_code(phone_node(), &token)).await;
    let auth = &phone.hello["auth"];
    assert_eq!(
        (&auth["role"], &auth["scopes"], &auth["method"]),
        (&json!("node"), &json!([]), &json!("bootstrap-token"))
    );
    let further = &auth["deviceTokens"][0];
    assert_eq!((&further["role"], &further["scopes"]), (&json!("operator"), &json!(FULL)));
    assert_eq!(auth["deviceTokens"].as_array().map(Vec::len), Some(1));
    let done = watcher.event("device.pair.setup.completed", |_| true).await;
    let wanted = json!({"setupId": made["setupId"], "deviceId": Device::new("phone").id(), "deviceName": "Ada's phone", "access": "full", "ts": done["ts"]});
    assert_eq!(done, wanted);
    let status = watcher.ok("device.pair.setupStatus", json!({"setupId": made["setupId"]})).await;
    assert_eq!(status, json!({"completion": done}));
    // Both tokens work from now on.
    gateway.must(&Caller::remote(), &phone_node().device_token(&phone.device_token())).await;
    let operator = phone_operator(&["operator.write"]).device_token(further["deviceToken"].as_str().unwrap());
    assert_eq!(gateway.must(&Caller::remote(), &operator).await.scopes(), ["operator.write"]);
    let listed = watcher.ok("device.pair.list", json!({})).await;
    let own = listed["paired"]
        .as_array()
        .unwrap()
        .iter()
        .find(|device| device["deviceId"] == Device::new("phone").id())
        .unwrap();
    assert_eq!(
        (&own["approvedVia"], &own["roles"], &own["scopes"]),
        (&json!("setup-code"), &json!(["node", "operator"]), &json!(FULL))
    );
}

/// Each profile has a fixed worth; asking for more gives no more.
#[tokio::test]
async fn a_code_gives_no_more_than_its_profile() {
    let gateway = TestGateway::proxied();
    let everything = ["operator.admin", "operator.pairing", "operator.read", "operator.write", "operator.approvals"];
    for (profile, granted) in [
        ("full", &["operator.read", "operator.write", "operator.approvals"][..]),
        ("limited", &["operator.read", "operator.write"]),
    ] {
        let (_, token) = make(&gateway, profile).await;
        let device = Device::new(profile);
        let connect = with_code(Connect::operator(&device, &everything), &token);
        let client = gateway.must(&Caller::remote(), &connect).await;
        assert_eq!(client.scopes(), granted);
        let more = Connect::operator(&device, &["operator.admin"]).device_token(&client.device_token());
        assert_eq!(gateway.refused(&Caller::remote(), &more).await.code(), "PAIRING_REQUIRED");
    }
    let (_, token) = make(&gateway, "node").await;
    is_dead(&gateway.refused(&Caller::remote(), &with_code(phone_operator(&[]), &token)).await);
    let phone = gateway.must(&Caller::remote(), &with_code(phone_node(), &token)).await;
    assert!(phone.hello["auth"].get("deviceTokens").is_none(), "{}", phone.hello);
}

/// Single use: burned by the first device, for that device too, also over a restart.
#[tokio::test]
async fn a_code_works_once() {
    let gateway = TestGateway::proxied();
    let (_, token) = make(&gateway, "full").await;
    gateway.must(&Caller::remote(), &with_code(phone_node(), &token)).await;
    let thief = Connect::node(&Device::new("thief"));
    for connect in [thief.clone(), phone_node(), phone_operator(&["operator.read"])] {
        for caller in [Caller::local(), Caller::at("203.0.113.77")] {
            is_dead(&gateway.refused(&caller, &with_code(connect.clone(), &token)).await);
        }
    }
    let (_, unused) = make(&gateway, "full").await;
    let gateway = gateway.restart();
    is_dead(&gateway.refused(&Caller::remote(), &with_code(thief.clone(), &token)).await);
    gateway.must(&Caller::remote(), &with_code(thief, &unused)).await;
}

/// A burned code of a weak profile, replayed by its own device, widens nothing.
#[tokio::test]
async fn replaying_a_code_widens_nothing() {
    let gateway = TestGateway::proxied();
    let (_, token) = make(&gateway, "node").await;
    let phone = gateway.must(&Caller::remote(), &with_code(phone_node(), &token)).await;
    let operator = with_code(phone_operator(&["operator.read"]), &token);
    is_dead(&gateway.refused(&Caller::remote(), &operator).await);
    let both =
        phone_operator(&["operator.read"]).auth(json!({"bootstrapToken": token, "deviceToken": phone.device_token()}));
    gateway.refused(&Caller::remote(), &both).await;
    let listed = admin(&gateway).await.ok("device.pair.list", json!({})).await;
    let own = listed["paired"]
        .as_array()
        .unwrap()
        .iter()
        .find(|device| device["deviceId"] == Device::new("phone").id())
        .unwrap();
    assert_eq!((&own["roles"], &own["scopes"]), (&json!(["node"]), &json!([])));
}

/// Ten minutes, not one millisecond more.
#[tokio::test]
async fn a_code_expires() {
    let gateway = InProcess::start().await;
    let (_, first) = make(&gateway, "full").await;
    gateway.clock.advance_ms(599_999);
    gateway.must(&Caller::remote(), &with_code(phone_node(), &first)).await;
    let (_, second) = make(&gateway, "full").await;
    gateway.clock.advance_ms(600_000);
    is_dead(&gateway.refused(&Caller::remote(), &with_code(Connect::node(&Device::new("late")), &second)).await);
}

/// Many devices at once with one code: one gets in.
#[tokio::test]
async fn of_many_at_once_one_wins() {
    let gateway = TestGateway::proxied();
    let (made, token) = make(&gateway, "limited").await;
    let racers = (0..8).map(|n| {
        let endpoint = gateway.endpoint();
        let connect = with_code(Connect::node(&Device::new(&format!("racer-{n}"))), &token);
        async move { endpoint.connect_from(&Caller::at(&format!("203.0.113.{n}")), &connect).await }
    });
    let (winners, losers): (Vec<_>, Vec<_>) =
        futures_util::future::join_all(racers).await.into_iter().partition(Result::is_ok);
    assert_eq!((winners.len(), losers.len()), (1, 7));
    losers.iter().for_each(|loser| is_dead(loser.as_ref().unwrap_err()));
    let mut admin = admin(&gateway).await;
    let listed = admin.ok("device.pair.list", json!({})).await;
    let by_code =
        listed["paired"].as_array().unwrap().iter().filter(|device| device["approvedVia"] == "setup-code").count();
    assert_eq!(by_code, 1);
    let status = admin.ok("device.pair.setupStatus", json!({"setupId": made["setupId"]})).await;
    let winner = winners[0].as_ref().unwrap();
    assert_eq!(status["completion"]["deviceId"], winner.sent["device"]["id"]);
}

/// A code needs a device that proves its key over it, and no device without its code gets in.
#[tokio::test]
async fn a_code_needs_a_proven_device() {
    let gateway = TestGateway::proxied();
    let (_, token) = make(&gateway, "full").await;
    let bare = with_code(Connect::deviceless(&["operator.read"]), &token);
    assert_eq!(gateway.refused(&Caller::remote(), &bare).await.code(), "DEVICE_IDENTITY_REQUIRED");
    let stolen = with_code(phone_node(), "another").forge("/auth/bootstrapToken", json!(token));
    assert_eq!(gateway.refused(&Caller::remote(), &stolen).await.code(), "DEVICE_AUTH_SIGNATURE_INVALID");
    for field in ["token", "password", "deviceToken"] {
        let refused = gateway.refused(&Caller::remote(), &phone_node().auth(json!({field: token}))).await;
        assert!(refused.code().starts_with("AUTH_"), "a code is no {field}: {refused:?}");
    }
    gateway.must(&Caller::remote(), &with_code(phone_node(), &token)).await;
}
