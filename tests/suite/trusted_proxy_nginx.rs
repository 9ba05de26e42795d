//! A real nginx in front of the gateway: it signs its users in, names them, and carries the socket (F-48, DEMAND P17).

use serde_json::{Value, json};

use crate::harness::{Caller, Connect, Endpoint, Nginx, TestGateway};

/// `ada:pw` and `eve:pw` as browsers send them.
const ADA: &str = "Basic YWRhOnB3";
const EVE: &str = "Basic ZXZlOnB3";

/// A gateway below `/gate`, and nginx in front of it. What is below `/other` comes from an address that is not listed.
fn house() -> (TestGateway, Nginx) {
    let config = json!({"gateway": {
        "trustedProxies": ["127.0.0.1"],
        "controlUi": {"basePath": "/gate"},
        "auth": {
            "mode": "trusted-proxy", "password": "for this machine",
            "trustedProxy": {"userHeader": "X-User", "allowLoopback": true, "allowUsers": ["ada"]},
            "identityScopes": {"ada": ["operator.read"], "root": ["operator.admin"]},
        },
    }});
    let gateway = TestGateway::builder().config(&config.to_string()).no_token().start();
    let location = |path: &str, more: &str| {
        format!(
            "location {path} {{ auth_basic gate; auth_basic_user_file users; proxy_pass http://127.0.0.1:{port}; {more}
                proxy_http_version 1.1; proxy_set_header Host $http_host;
                proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;
                proxy_set_header Authorization ''; proxy_set_header X-User $remote_user;
                proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme; }}\n",
            port = gateway.port
        )
    };
    let locations = location("/gate/", "") + &location("/other/", "proxy_bind 127.0.0.2;");
    let nginx = Nginx::start(&locations, &[("ada", "pw"), ("eve", "pw")]);
    (gateway, nginx)
}

fn page(front: &Endpoint, sign_in: &str) -> Caller {
    let origin = format!("http://127.0.0.1:{}", front.port);
    Caller::page(&origin).header("authorization", sign_in).path("/gate/")
}

fn control_ui() -> Connect {
    Connect::deviceless(&["operator.admin", "operator.read"]).client("openclaw-control-ui", "ui").no_auth()
}

/// The page and its socket work below the base path, signed in as the user whom nginx knows.
#[tokio::test]
async fn a_user_of_nginx_is_signed_in() {
    let (_gateway, nginx) = house();
    let front = nginx.endpoint();
    assert_eq!(front.http("GET", "/gate/", &Caller::local(), "").await.status, 401, "nginx asks first");
    let caller = page(&front, ADA);
    let settings = front.http("GET", "/gate/control-ui-config.json", &caller, "").await;
    assert_eq!((settings.status, &settings.json()["basePath"]), (200, &json!("/gate")));
    let mut client = front.must(&caller, &control_ui()).await;
    assert_eq!(
        (&client.hello["auth"]["method"], client.scopes()),
        (&json!("trusted-proxy"), vec!["operator.read".to_owned()])
    );
    assert_eq!(client.ok("health", json!({})).await["ok"], true);
    let presence = client.ok("system-presence", json!({})).await;
    assert!(presence.as_array().is_some_and(|all| all.len() >= 2), "{presence}");
}

/// What a client writes into the header itself, nginx overwrites; other spellings never count.
#[tokio::test]
async fn a_forged_user_is_overwritten() {
    let (_gateway, nginx) = house();
    let front = nginx.endpoint();
    for (name, value) in
        [("x-user", "root"), ("X-USER", "root"), ("x_user", "root"), ("x-openclaw-scopes", "operator.admin")]
    {
        let client = front.must(&page(&front, ADA).header(name, value), &control_ui()).await;
        assert_eq!(client.scopes(), ["operator.read"], "{name}");
    }
    let forged = page(&front, ADA).header("x-forwarded-for", "127.0.0.1").header("tailscale-user-login", "root");
    assert_eq!(front.must(&forged, &control_ui()).await.scopes(), ["operator.read"]);
}

/// A user whom nginx lets through and the gateway does not; and an nginx at an address that is not listed.
#[tokio::test]
async fn other_users_and_other_sources_are_refused() {
    let (gateway, nginx) = house();
    let front = nginx.endpoint();
    let refused = front.refused(&page(&front, EVE), &control_ui()).await;
    assert_eq!(refused.code(), "AUTH_VERIFIED_USER_REQUIRED");
    let elsewhere = page(&front, ADA).path("/other/");
    let answer = front.upgrade(&elsewhere).await.map(|_| ()).unwrap_err();
    let status = answer.status;
    let error: Value = front.http("GET", "/other/", &page(&front, ADA), "").await.json()["error"].clone();
    assert_eq!((status, &error["code"]), (403, &json!("proxy_attribution_required")));
    assert_eq!(error["reason"], "trusted_proxy_untrusted_source");
    assert!(error["fix"].as_str().unwrap().contains("127.0.0.2"), "{error}");
    // Its owner is told the whole line.
    let status = gateway.cli(&["status", "--password", "for this machine"]);
    let line = r#"postern config set gateway.trustedProxies '["127.0.0.1/32","127.0.0.2"]'"#;
    assert!(status.stdout.contains(line), "{status:?}");
}
