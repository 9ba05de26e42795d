//! The shared secret: modes, where it comes from, what a wrong or missing one costs (`handshake.md §6`).

use std::time::Duration;

use postern_gateway::Limits;
use serde_json::{Value, json};

use crate::harness::{Caller, Connect, Device, Endpoint, Forwarder, InProcess, TOKEN, TestGateway};

fn with(auth: Value) -> Connect {
    Connect::operator(&Device::new("d"), &["operator.read"]).auth(auth)
}

/// `None` when it got in, else the machine code.
async fn outcome(gateway: &Endpoint, connect: &Connect) -> Option<String> {
    gateway.connect(connect).await.err().map(|refused| refused.code().to_owned())
}

fn password_mode() -> TestGateway {
    let config = r#"{gateway: {auth: {mode: "password", password: "open sesame"}}}"#;
    TestGateway::builder().config(config).start()
}

/// A-01, H-09: the right token and nothing else; protocol 4 also takes it from the password field, as people paste it there.
#[tokio::test]
async fn mode_token() {
    let gateway = TestGateway::start();
    assert_eq!(gateway.ready["authMode"], "token");
    let table = [
        (4, json!({"token": TOKEN}), None),
        (3, json!({"token": TOKEN}), None),
        (4, json!({"password": TOKEN}), None),
        (3, json!({"password": TOKEN}), Some("AUTH_TOKEN_MISSING")),
        (4, json!({"token": TOKEN, "password": TOKEN}), None),
        (4, json!({"token": ""}), Some("AUTH_TOKEN_MISSING")),
        (4, json!({}), Some("AUTH_TOKEN_MISSING")),
        (4, json!({"token": "wrong"}), Some("AUTH_TOKEN_MISMATCH")),
        (3, json!({"token": "wrong"}), Some("AUTH_TOKEN_MISMATCH")),
        (4, json!({"approvalRuntimeToken": TOKEN}), Some("AUTH_TOKEN_MISSING")),
    ];
    for (version, auth, wanted) in table {
        let got = outcome(&gateway, &with(auth.clone()).dialect(version)).await;
        assert_eq!(got.as_deref(), wanted, "{auth} v{version}");
    }
    let client = gateway.op(&Device::new("d"), &[]).await;
    assert_eq!(
        (&client.hello["auth"]["method"], &client.hello["snapshot"]["authMode"]),
        (&json!("token"), &json!("token"))
    );
}

/// A-06: a wrong secret is told the same whatever it shares with the right one.
#[tokio::test]
async fn almost_right_is_wrong() {
    let gateway = TestGateway::start();
    let mut answers = Vec::new();
    let flip = |text: &str, at: usize| -> String {
        text.char_indices().map(|(index, c)| if index == at { if c == 'x' { 'y' } else { 'x' } } else { c }).collect()
    };
    let near = [
        flip(TOKEN, 0),
        flip(TOKEN, TOKEN.len() - 1),
        TOKEN[1..].to_owned(),
        TOKEN[..TOKEN.len() - 1].to_owned(),
        format!("{TOKEN} "),
        format!("{TOKEN}\0"),
        TOKEN.to_uppercase(),
        "x".repeat(60_000),
    ];
    for token in near {
        let refused = gateway.refused(&Caller::local(), &with(json!({"token": token}))).await;
        answers.push((refused.error, refused.close));
    }
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
    assert_eq!(answers[0].0["details"]["code"], "AUTH_TOKEN_MISMATCH");
}

/// A-06: secrets are compared in one place, and there in constant time.
#[test]
fn secrets_are_compared_in_constant_time() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/gateway/src");
    let read = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap();
    assert!(read("secrets/mod.rs").contains(".ct_eq("), "Secret::matches must compare with subtle");
    assert!(read("auth/mod.rs").contains("secret.matches(text)"), "the handshake must compare with Secret::matches");
    let derive = read("devices/derive.rs");
    assert!(derive.contains(".ct_eq(") || derive.contains(".matches("), "device tokens and setup codes too");
    for file in crate::harness::files_below(&folder) {
        let text = std::fs::read_to_string(&file).unwrap();
        let product = text.split("#[cfg(test)]").next().unwrap();
        let plain = product.lines().find(|line| line.contains(".expose() ==") || line.contains("== secret.expose()"));
        assert!(plain.is_none(), "{}: {plain:?} compares a secret byte by byte", file.display());
    }
}

/// A-02: the right password and nothing else; a token that is set elsewhere is worth nothing.
#[tokio::test]
async fn mode_password() {
    let gateway = password_mode();
    assert_eq!(gateway.ready["authMode"], "password");
    let table = [
        (4, json!({"password": "open sesame"}), None),
        (3, json!({"password": "open sesame"}), None),
        (4, json!({"token": "open sesame"}), None),
        (3, json!({"token": "open sesame"}), Some("AUTH_PASSWORD_MISSING")),
        (4, json!({"token": TOKEN}), Some("AUTH_PASSWORD_MISMATCH")),
        (3, json!({"token": TOKEN}), Some("AUTH_PASSWORD_MISSING")),
        (4, json!({"password": "wrong"}), Some("AUTH_PASSWORD_MISMATCH")),
        (4, json!({}), Some("AUTH_PASSWORD_MISSING")),
    ];
    for (version, auth, wanted) in table {
        let got = outcome(&gateway, &with(auth.clone()).dialect(version)).await;
        assert_eq!(got.as_deref(), wanted, "{auth} v{version}");
    }
    let client = gateway.must(&Caller::local(), &with(json!({"password": "open sesame"}))).await;
    assert_eq!(client.hello["auth"]["method"], "password");
}

/// Mode none asks nobody on this machine, but a stranger behind a proxy still waits for its approval.
#[tokio::test]
async fn mode_none() {
    let config = r#"{gateway: {trustedProxies: ["127.0.0.1"], auth: {mode: "none"}}}"#;
    let gateway = TestGateway::builder().no_token().config(config).start();
    let open = Connect::operator(&Device::new("d"), &["operator.read"]).no_auth();
    let client = gateway.must(&Caller::local(), &open).await;
    assert_eq!((&client.hello["auth"]["method"], client.scopes()), (&json!("none"), vec!["operator.read".to_owned()]));
    let stranger = Connect::operator(&Device::new("stranger"), &["operator.admin"]).no_auth();
    assert_eq!(gateway.refused(&Caller::remote(), &stranger).await.code(), "PAIRING_REQUIRED");
    assert_eq!(
        gateway.refused(&Caller::local(), &Connect::deviceless(&[]).no_auth()).await.code(),
        "DEVICE_IDENTITY_REQUIRED"
    );
}

/// A-08, F-41: the token comes from the environment, under our name and those of the ecosystem; ours wins.
#[tokio::test]
async fn the_token_comes_from_the_environment() {
    for name in ["POSTERN_GATEWAY_TOKEN", "OPENCLAW_GATEWAY_TOKEN", "CLAWDBOT_GATEWAY_TOKEN"] {
        let gateway = TestGateway::builder().no_token().env(name, "from-the-environment").start();
        assert_eq!(outcome(&gateway, &with(json!({"token": "from-the-environment"}))).await, None, "{name}");
        assert_eq!(outcome(&gateway, &with(json!({"token": "other"}))).await.as_deref(), Some("AUTH_TOKEN_MISMATCH"));
    }
    let config = r#"{gateway: {auth: {token: "from-the-file"}}}"#;
    let gateway = TestGateway::builder().config(config).env("OPENCLAW_GATEWAY_TOKEN", "theirs").start();
    assert_eq!(outcome(&gateway, &with(json!({"token": TOKEN}))).await, None);
    for other in ["from-the-file", "theirs"] {
        assert_eq!(outcome(&gateway, &with(json!({"token": other}))).await.as_deref(), Some("AUTH_TOKEN_MISMATCH"));
    }
    let gateway = TestGateway::builder()
        .no_token()
        .env("POSTERN_GATEWAY_PASSWORD", "p4ss")
        .config(r#"{gateway: {auth: {mode: "password"}}}"#)
        .start();
    assert_eq!(outcome(&gateway, &with(json!({"password": "p4ss"}))).await, None);
}

/// A-09, F-41: the flag wins over environment and file.
#[tokio::test]
async fn the_token_comes_from_the_flag() {
    let config = r#"{gateway: {auth: {token: "from-the-file"}}}"#;
    let gateway = TestGateway::builder().config(config).args(&["--token", "from-the-flag"]).start();
    assert_eq!(outcome(&gateway, &with(json!({"token": "from-the-flag"}))).await, None);
    for other in [TOKEN, "from-the-file"] {
        assert_eq!(outcome(&gateway, &with(json!({"token": other}))).await.as_deref(), Some("AUTH_TOKEN_MISMATCH"));
    }
}

/// Without any, one is made at the first start, kept, and told only to who can read the state folder.
#[tokio::test]
async fn the_token_is_made_when_there_is_none() {
    let gateway = TestGateway::builder().no_token().start();
    let shown = gateway.cli(&["token"]);
    let token = shown.stdout.trim().to_owned();
    assert_eq!((shown.code, token.len()), (0, 43), "{shown:?}");
    assert_eq!(outcome(&gateway, &with(json!({"token": token}))).await, None);
    assert_eq!(outcome(&gateway, &with(json!({}))).await.as_deref(), Some("AUTH_TOKEN_MISSING"));
    assert!(!gateway.ready.to_string().contains(&token) && !gateway.log().contains(&token));
    let gateway = gateway.restart();
    assert_eq!(outcome(&gateway, &with(json!({"token": token}))).await, None);
}

/// A-10, A-11: who brings a wrong token or none is out at once, not when its time is over, in both generations.
#[tokio::test]
async fn refused_sockets_are_closed_at_once() {
    let limits = Limits { handshake_timeout: Duration::from_secs(3_600), ..Limits::default() };
    let gateway = InProcess::with_limits(limits).await;
    for version in [3, 4] {
        for (auth, code) in [(json!({"token": "wrong"}), "AUTH_TOKEN_MISMATCH"), (json!({}), "AUTH_TOKEN_MISSING")] {
            let refused = gateway.refused(&Caller::local(), &with(auth).dialect(version)).await;
            assert_eq!((refused.code(), refused.close.code), (code, 1008));
        }
    }
}

/// A-15: nobody is let in from other machines unasked: such a start fails and says what to do.
#[test]
fn an_open_door_to_others_does_not_start() {
    let none = r#"{gateway: {auth: {mode: "none"}}}"#;
    for args in [&["--bind", "lan"][..], &["--bind", "tailnet"]] {
        let failed = TestGateway::builder().no_token().config(none).args(args).fails();
        let words = [
            "refuses to start exposed without authentication",
            args[1],
            "set a token or a password, or bind to loopback",
        ];
        assert!(words.iter().all(|word| failed.stdout.contains(word)), "{failed:?}");
        assert_eq!(failed.status.code(), Some(78), "{failed:?}");
        assert!(!failed.stderr.contains("panicked"), "{failed:?}");
    }
    // With a secret it starts, also one it made itself.
    drop(TestGateway::builder().no_token().args(&["--bind", "lan"]).start());
}

/// A-16: what `ssh -L` forwards is asked like everybody else.
#[tokio::test]
async fn tunnels_change_nothing() {
    let gateway = TestGateway::start();
    let tunnel = Forwarder::to(&gateway).await;
    let through = tunnel.endpoint(Some(TOKEN));
    tunnel
        .during(async {
            assert_eq!(outcome(&through, &with(json!({}))).await.as_deref(), Some("AUTH_TOKEN_MISSING"));
            assert_eq!(
                outcome(&through, &with(json!({"token": "wrong"}))).await.as_deref(),
                Some("AUTH_TOKEN_MISMATCH")
            );
            let mut client = through.op(&Device::new("d"), &["operator.read"]).await;
            client.ok("health", json!({})).await;
        })
        .await;
}
