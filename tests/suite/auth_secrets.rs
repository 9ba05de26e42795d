//! Secrets stay where they belong: not in logs, files, process arguments, answers or pages (DEMAND §2: secrets in
//! logs/URLs/storage, UI bootstrap mints tokens). P-29, F-49.

use std::path::Path;

use serde_json::json;

use crate::harness::{Caller, Connect, Device, TOKEN, TestGateway, files_below};
use postern_protocol::pairing::read_setup_code;

const CANARY: &str = "canary-7c1d0e5b9f";

/// Everything that is a secret, after a busy life of a gateway.
async fn live_through_everything(gateway: &TestGateway) -> Vec<String> {
    let mut secrets = vec![CANARY.to_owned()];
    let secret = |auth: serde_json::Value| Connect::operator(&Device::new("desk"), &["operator.read"]).auth(auth);
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    secrets.push(admin.device_token());
    let mut desk = gateway.op(&Device::new("desk"), &["operator.read", "operator.pairing"]).await;
    secrets.push(desk.device_token());
    // Wrong guesses that are almost right, in every field, on every stage of the handshake.
    for field in ["token", "password", "deviceToken", "bootstrapToken"] {
        let almost = format!("{CANARY}-{field}");
        drop(gateway.connect(&secret(json!({field: almost}))).await);
        drop(
            gateway
                .connect_from(&Caller::at(&format!("203.0.113.{}", field.len())), &secret(json!({field: almost})).v3())
                .await,
        );
        drop(gateway.connect(&secret(json!({field: almost})).forge("/client/mode", json!("king"))).await);
        secrets.push(almost);
    }
    let made = admin.ok("device.pair.setupCode", json!({})).await;
    let code = made["setupCode"].as_str().unwrap().to_owned();
    let bootstrap = read_setup_code(&code).unwrap().bootstrap_token;
    let phone = Connect::node(&Device::new("phone")).auth(json!({"bootstrapToken": bootstrap}));
    let phone = gateway.must(&Caller::remote(), &phone).await;
    secrets.extend([code, bootstrap, phone.device_token()]);
    secrets.push(phone.hello["auth"]["deviceTokens"][0]["deviceToken"].as_str().unwrap().to_owned());
    let rotated =
        desk.ok("device.token.rotate", json!({"deviceId": Device::new("desk").id(), "role": "operator"})).await;
    secrets.push(rotated["token"].as_str().unwrap().to_owned());
    admin.ok("device.token.revoke", json!({"deviceId": Device::new("desk").id(), "role": "operator"})).await;
    admin.call("nonsense", json!({"token": CANARY})).await.unwrap_err();
    admin.call("device.pair.approve", json!({"requestId": {"secret": CANARY}})).await.unwrap_err();
    admin.raw.send_text(format!("{{\"broken\": \"{CANARY}")).await;
    admin.catch_up().await;
    let bearer = Caller::remote().header("authorization", &format!("Bearer {CANARY}"));
    gateway.http("GET", &format!("/?token={CANARY}"), &bearer, "").await;
    gateway.http("POST", "/hooks", &bearer, &format!("token={CANARY}")).await;
    secrets
}

/// P-29: no secret is in the log, even at its most talkative, in a state file outside the credentials, or in the arguments.
#[tokio::test]
async fn secrets_stay_where_they_belong() {
    for (mode, variable) in [("token", "POSTERN_GATEWAY_TOKEN"), ("password", "POSTERN_GATEWAY_PASSWORD")] {
        let config = format!(r#"{{gateway: {{trustedProxies: ["127.0.0.1"], auth: {{mode: "{mode}"}}}}}}"#);
        let builder = TestGateway::builder().token(CANARY).config(&config).env(variable, CANARY);
        let mut gateway = builder.env("POSTERN_LOG", "trace").start();
        let secrets = live_through_everything(&gateway).await;
        let arguments = std::fs::read(format!("/proc/{}/cmdline", gateway.pid())).unwrap_or_default();
        let (_, stdout) = gateway.stop();
        let mut places = vec![("log", gateway.log()), ("arguments", String::from_utf8_lossy(&arguments).into_owned())];
        places.push(("output", format!("{} {stdout:?}", gateway.ready)));
        let state = gateway.state_dir();
        let credentials = state.join("credentials");
        let files: Vec<_> = files_below(&state).into_iter().filter(|file| !file.starts_with(&credentials)).collect();
        assert!(files.iter().any(|file| file.ends_with("postern.sqlite")), "{files:?}");
        places.extend(
            files.iter().map(|file| ("file", String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned())),
        );
        for (place, text) in &places {
            for secret in &secrets {
                let at = text.find(secret.as_str());
                let around = at.map(|at| text.get(at.saturating_sub(200)..at + secret.len()).unwrap_or("…").to_owned());
                assert_eq!(around, None, "{mode}: {secret} is in the {place}");
            }
        }
        assert!(places[0].1.len() > 1_000, "the log was read");
    }
}

/// P-29: the state folder and everything in it is the owner's alone.
#[cfg(unix)]
#[tokio::test]
async fn state_is_private_on_disk() {
    use std::os::unix::fs::PermissionsExt as _;
    let gateway = TestGateway::builder().no_token().start();
    let token = gateway.cli(&["token"]).stdout.trim().to_owned();
    let connect = Connect::operator(&Device::new("d"), &["operator.read"]).auth(json!({"token": token}));
    gateway.must(&Caller::local(), &connect).await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let state = gateway.state_dir();
    assert_eq!(mode(&state.join("credentials")), 0o700);
    for file in files_below(&state) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert_eq!(mode(&state), 0o700);
}

/// No request without credentials is answered with a secret, a path or a device, whatever it asks for.
#[tokio::test]
async fn unauthenticated_requests_yield_no_secret() {
    let gateway = TestGateway::builder().no_token().start();
    let token = gateway.cli(&["token"]).stdout.trim().to_owned();
    let connect = Connect::operator(&Device::new("d"), &["operator.read"]).auth(json!({"token": token}));
    let device_token = gateway.must(&Caller::local(), &connect).await.device_token();
    let paths = [
        "/",
        "/health",
        "/healthz",
        "/ready",
        "/readyz",
        "/startup",
        "/startupz",
        "/config",
        "/config.json",
        "/api",
        "/api/config",
        "/token",
        "/bootstrap",
        "/webui/bootstrap",
        "/control-ui-config.json",
        "/__openclaw__/control-ui-config.json",
        "/.env",
        "/postern.json",
        "/credentials/gateway-token",
        "/..%2f..%2fetc/passwd",
        "/%2e%2e/credentials/gateway-token",
        "/v1/models",
        "/__openclaw__/canvas/",
        "/favicon.ico",
        "//",
        "/?token=1",
        "/hooks/wake",
        "/tools/invoke",
    ];
    let state = gateway.state_dir().display().to_string();
    for path in paths {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
            let answer = gateway.http(method, path, &Caller::local(), "").await;
            let text = format!("{answer:?}");
            for secret in [&token, &device_token, &state, &Device::new("d").id()] {
                assert!(!text.contains(secret.as_str()), "{method} {path}: {text}");
            }
            assert!(
                answer.header("set-cookie").is_none() && answer.header("access-control-allow-origin").is_none(),
                "{text}"
            );
        }
    }
}

/// F-49: strangers learn from the readiness probes only whether, callers of this machine and of the secret also why.
#[tokio::test]
async fn probes_hide_details_from_strangers() {
    let gateway = TestGateway::proxied();
    let probe = async |path: &str, caller: Caller| {
        let answer = gateway.http("GET", path, &caller, "").await;
        (answer.status, answer.json())
    };
    for path in ["/ready", "/readyz"] {
        assert_eq!(probe(path, Caller::remote()).await, (200, json!({"ready": true})));
        let wrong = Caller::remote().header("authorization", "Bearer wrong");
        assert_eq!(probe(path, wrong).await, (200, json!({"ready": true})));
        for known in [Caller::local(), Caller::remote().header("authorization", &format!("Bearer {TOKEN}"))] {
            let (status, body) = probe(path, known).await;
            assert_eq!(
                (status, &body["ready"], &body["failing"], body["uptimeMs"].is_u64()),
                (200, &json!(true), &json!([]), true)
            );
        }
    }
    for path in ["/health", "/healthz"] {
        assert_eq!(probe(path, Caller::remote()).await, (200, json!({"ok": true, "status": "live"})));
    }
    // A page of another origin is a stranger although its browser runs here.
    let page = Caller::page("https://evil.example").header("host", "evil.example");
    assert_eq!(probe("/readyz", page).await.0, 403);
}
