//! Every refusal of the handshake tables that this stage can produce, in both generations (`handshake.md §2, §9`):
//! answer, text, machine code, close. H-12, A-13.

use serde_json::{Value, json};

use crate::harness::{Caller, Close, Connect, Device, Endpoint, PROXIED, TestGateway};

/// What a refused client must be told.
struct Want {
    code: &'static str,
    message: &'static str,
    details: Value,
}

fn invalid(message: &'static str, details: Value) -> Want {
    Want { code: "INVALID_REQUEST", message, details }
}

fn auth(message: &'static str, code: &str, reason: &str, next: &str) -> Want {
    let retry = next == "retry_with_device_token";
    invalid(
        message,
        json!({"code": code, "authReason": reason, "canRetryWithDeviceToken": retry, "recommendedNextStep": next}),
    )
}

fn proof(message: &'static str, code: &str, reason: &str) -> Want {
    invalid(message, json!({"code": code, "reason": reason}))
}

/// Runs one connect in these generations and compares everything the client hears.
async fn check(gateway: &Endpoint, generations: &[u32], (caller, connect): (&Caller, Connect), want: Want) {
    for version in generations {
        let refused = gateway.refused(caller, &connect.clone().dialect(*version)).await;
        let mut error = json!({"code": want.code, "message": want.message});
        if !want.details.is_null() {
            error["details"] = want.details.clone();
        }
        assert_eq!(refused.error, error, "protocol {version}");
        let reason = want.message.get(..120).unwrap_or(want.message);
        assert_eq!(refused.close, Close::new(1008, reason), "protocol {version}");
        assert_eq!(refused.frames.len(), 2, "challenge and answer, nothing else: {:?}", refused.frames);
    }
}

const BOTH: &[u32] = &[3, 4];

fn op(name: &str) -> Connect {
    Connect::operator(&Device::new(name), &[])
}

/// `device …` texts: key, id, clock, nonce, signature.
#[tokio::test]
async fn device_proofs() {
    let gateway = TestGateway::start();
    let local = Caller::local();
    let other = Device::new("other").id();
    let skewed = op("d").signed_at(1_000);
    let rows = [
        (
            op("d").forge("/device/publicKey", json!("AAAA")),
            proof("device public key invalid", "DEVICE_AUTH_PUBLIC_KEY_INVALID", "device-public-key"),
        ),
        (
            op("d").forge("/device/id", json!(other)),
            proof("device identity mismatch", "DEVICE_AUTH_DEVICE_ID_MISMATCH", "device-id-mismatch"),
        ),
        (
            op("d").nonce("another"),
            proof("device nonce mismatch", "DEVICE_AUTH_NONCE_MISMATCH", "device-nonce-mismatch"),
        ),
        (
            op("d").forge("/client/platform", json!("x")).forge("/role", json!("node")),
            proof("device signature invalid", "DEVICE_AUTH_SIGNATURE_INVALID", "device-signature"),
        ),
    ];
    for (connect, want) in rows {
        check(&gateway, BOTH, (&local, connect), want).await;
    }
    check(
        &gateway,
        &[4],
        (&local, op("d").forge_without("/device/nonce")),
        proof("device nonce required", "DEVICE_AUTH_NONCE_REQUIRED", "device-nonce-missing"),
    )
    .await;
    // An expired signature also tells by how much the clocks differ.
    for version in BOTH {
        let refused = gateway.refused(&local, &skewed.clone().dialect(*version)).await;
        assert_eq!(refused.error["message"], "device signature expired");
        let details = &refused.error["details"];
        assert_eq!(
            (&details["code"], &details["reason"]),
            (&json!("DEVICE_AUTH_SIGNATURE_EXPIRED"), &json!("device-signature-stale"))
        );
        assert_eq!(details["gatewayTimeMs"].as_i64().unwrap() - 1_000, details["skewMs"].as_i64().unwrap());
        assert_eq!(refused.close, Close::new(1008, "device signature expired"));
    }
}

/// Role and device-less connections.
#[tokio::test]
async fn roles_and_missing_devices() {
    let gateway = TestGateway::start();
    let local = Caller::local();
    let page = Caller::page(&format!("http://127.0.0.1:{}", gateway.port));
    let none = |connect: Connect| connect.without("/scopes");
    let required = || Want {
        code: "NOT_PAIRED",
        message: "device identity required",
        details: json!({"code": "DEVICE_IDENTITY_REQUIRED"}),
    };
    check(&gateway, BOTH, (&local, op("d").set("/role", json!("king"))), invalid("invalid role", Value::Null)).await;
    check(&gateway, BOTH, (&local, none(Connect::deviceless(&[])).no_auth()), required()).await;
    check(&gateway, BOTH, (&local, Connect::deviceless(&[]).auth(json!({"token": "", "password": ""}))), required())
        .await;
    check(&gateway, BOTH, (&local, Connect::deviceless(&[]).set("/role", json!("node")).no_auth()), required()).await;
    check(&gateway, &[4], (&local, Connect::deviceless(&[]).set("/role", json!("node"))), required()).await;
    let ui = || Connect::deviceless(&["operator.admin"]).client("openclaw-control-ui", "ui");
    let code = json!({"code": "CONTROL_UI_DEVICE_IDENTITY_REQUIRED"});
    let text = "control ui requires HTTPS or localhost (secure context)";
    check(&gateway, &[3], (&page, ui()), invalid(text, code.clone())).await;
    let text = "control ui requires device identity (use HTTPS or localhost secure context)";
    check(&gateway, &[4], (&page, ui()), invalid(text, code)).await;
    // A wrong secret comes first.
    let text =
        "unauthorized: gateway token mismatch (open the dashboard URL and paste the token in Control UI settings)";
    let want = auth(text, "AUTH_TOKEN_MISMATCH", "token_mismatch", "update_auth_credentials");
    check(&gateway, &[4], (&page, ui().auth(json!({"token": "wrong"}))), want).await;
}

/// Origins, for browser clients and for whoever sends one.
#[tokio::test]
async fn origins() {
    let gateway = TestGateway::start();
    let text = "origin not allowed (open the Control UI from the gateway host or allow it in gateway.controlUi.allowedOrigins)";
    let want = |reason: &str| invalid(text, json!({"code": "CONTROL_UI_ORIGIN_NOT_ALLOWED", "reason": reason}));
    let ui = || op("page").client("openclaw-control-ui", "webchat");
    check(&gateway, BOTH, (&Caller::page("https://evil.example"), ui()), want("origin not allowed")).await;
    check(&gateway, BOTH, (&Caller::page("https://evil.example"), op("cli")), want("origin not allowed")).await;
    check(&gateway, BOTH, (&Caller::page("null"), ui()), want("origin missing or invalid")).await;
    check(&gateway, BOTH, (&Caller::local(), ui()), want("origin missing or invalid")).await;
    check(&gateway, BOTH, (&Caller::local(), op("p").client("webchat-ui", "ui")), want("origin missing or invalid"))
        .await;
}

/// The shared token: missing and wrong, with the hint for each kind of client.
#[tokio::test]
async fn tokens() {
    let gateway = TestGateway::proxied();
    let page = Caller::page(&format!("http://127.0.0.1:{}", gateway.port));
    let clients = [
        (&[4][..], Caller::local(), ("cli", "cli"), "use this gateway's gateway.auth.token or pair the device"),
        (&[3], Caller::local(), ("cli", "cli"), "set gateway.remote.token to match gateway.auth.token"),
        (BOTH, Caller::at("203.0.113.1"), ("cli", "cli"), "set gateway.remote.token to match gateway.auth.token"),
        (BOTH, Caller::at("203.0.113.2"), ("openclaw-ios", "ui"), "provide gateway auth token"),
        (
            &[4],
            page.clone(),
            ("openclaw-control-ui", "ui"),
            "open the dashboard URL and paste the token in Control UI settings",
        ),
        (
            &[3],
            page.clone(),
            ("openclaw-control-ui", "ui"),
            "open a tokenized dashboard URL or paste token in Control UI settings",
        ),
    ];
    for (generations, caller, (id, mode), hint) in clients {
        let missing: &'static str = format!("unauthorized: gateway token missing ({hint})").leak();
        let wrong: &'static str = format!("unauthorized: gateway token mismatch ({hint})").leak();
        let connect = || op("d").client(id, mode);
        let want = auth(missing, "AUTH_TOKEN_MISSING", "token_missing", "update_auth_configuration");
        check(&gateway, generations, (&caller, connect().no_auth()), want).await;
        let want = auth(wrong, "AUTH_TOKEN_MISMATCH", "token_mismatch", "retry_with_device_token");
        check(&gateway, generations, (&caller, connect().auth(json!({"token": "wrong"}))), want).await;
        // With a device token beside it there is nothing left to retry with.
        let both = json!({"token": "wrong", "deviceToken": "stale"});
        let want = auth(wrong, "AUTH_TOKEN_MISMATCH", "token_mismatch", "update_auth_credentials");
        check(&gateway, generations, (&caller, connect().auth(both)), want).await;
    }
}

/// The shared password.
#[tokio::test]
async fn passwords() {
    let config = r#"{gateway: {trustedProxies: ["127.0.0.1"], auth: {mode: "password", password: "open sesame"}}}"#;
    let gateway = TestGateway::builder().no_token().config(config).start();
    let page = Caller::page(&format!("http://127.0.0.1:{}", gateway.port));
    let clients = [
        (Caller::local(), ("cli", "cli"), "set gateway.remote.password to match gateway.auth.password"),
        (Caller::at("203.0.113.1"), ("openclaw-android", "ui"), "provide gateway auth password"),
        (page, ("openclaw-control-ui", "ui"), "enter the password in Control UI settings"),
    ];
    for (caller, (id, mode), hint) in clients {
        let missing: &'static str = format!("unauthorized: gateway password missing ({hint})").leak();
        let wrong: &'static str = format!("unauthorized: gateway password mismatch ({hint})").leak();
        let connect = || op("d").client(id, mode);
        let want = auth(missing, "AUTH_PASSWORD_MISSING", "password_missing", "update_auth_configuration");
        check(&gateway, BOTH, (&caller, connect().no_auth()), want).await;
        let want = auth(wrong, "AUTH_PASSWORD_MISMATCH", "password_mismatch", "update_auth_credentials");
        check(&gateway, BOTH, (&caller, connect().auth(json!({"password": "wrong"}))), want).await;
    }
}

/// Tokens of devices and setup codes.
#[tokio::test]
async fn tokens_of_devices_and_setup_codes() {
    let gateway = TestGateway::builder().config(PROXIED).start();
    gateway.op(&Device::new("paired"), &["operator.read"]).await;
    let caller = Caller::at("203.0.113.3");
    let text = "unauthorized: device token mismatch (rotate/reissue device token)";
    let want = || auth(text, "AUTH_DEVICE_TOKEN_MISMATCH", "device_token_mismatch", "update_auth_credentials");
    check(&gateway, BOTH, (&caller, op("paired").device_token("junk")), want()).await;
    check(&gateway, BOTH, (&caller, op("stranger").device_token("junk")), want()).await;
    let text =
        "unauthorized: setup code invalid, expired, revoked, or already used (make a new one with: postern pair)";
    let want = auth(text, "AUTH_BOOTSTRAP_TOKEN_INVALID", "bootstrap_token_invalid", "update_auth_credentials");
    check(&gateway, BOTH, (&caller, op("phone").auth(json!({"bootstrapToken": "junk"}))), want).await;
}

/// A device token narrower than its device: the client must ask for an upgrade, not for a pairing.
#[tokio::test]
async fn device_tokens_narrower_than_their_device() {
    let gateway = TestGateway::start();
    let device = Device::new("desk");
    let wide = ["operator.read", "operator.write"];
    let mut client = gateway.op(&device, &wide).await;
    client.catch_up().await;
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let narrow = json!({"deviceId": device.id(), "role": "operator", "scopes": ["operator.read"]});
    admin.ok("device.token.rotate", narrow).await;
    let token = gateway.op(&device, &["operator.read"]).await.device_token();
    let text = "unauthorized: device token scope mismatch (re-pair or approve scope upgrade)";
    let want = auth(text, "AUTH_SCOPE_MISMATCH", "scope_mismatch", "review_auth_configuration");
    check(&gateway, BOTH, (&Caller::local(), Connect::operator(&device, &wide).device_token(&token)), want).await;
}
