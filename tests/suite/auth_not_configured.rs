//! A gateway that has no secret to compare with lets nobody in and says what to set (`handshake.md §9`).

use std::sync::Arc;

use serde_json::{Value, json};

use crate::harness::{Caller, Close, Connect, Device, InProcess, PROXIED, TestGateway};
use postern_gateway::config::AuthMode;
use postern_gateway::secrets::{MemorySecrets, Secret, SecretStore as _};

fn with(auth: Value) -> Connect {
    Connect::operator(&Device::new("d"), &["operator.admin"]).auth(auth)
}

/// Every way to bring something or nothing is refused with the same answer, in both generations.
async fn nobody_gets_in(gateway: &InProcess, callers: &[Caller], (noun, code): (&str, &str)) {
    let message = format!("unauthorized: gateway {noun} not configured on gateway (set gateway.auth.{noun})");
    for version in [3, 4] {
        for auth in [json!({}), json!({"token": ""}), json!({"password": ""}), json!({"token": "x", "password": "x"})] {
            for caller in callers {
                let refused = gateway.refused(caller, &with(auth.clone()).dialect(version)).await;
                let details = &refused.error["details"];
                assert_eq!((refused.error["message"].as_str(), refused.code()), (Some(&*message), code), "{auth}");
                assert_eq!(details["authReason"], format!("{noun}_missing_config"));
                assert_eq!(details["recommendedNextStep"], "review_auth_configuration");
                assert_eq!(refused.close, Close::new(1008, &message));
            }
        }
    }
}

/// A-13: mode password without a password, as a host of the library may start it.
#[tokio::test]
async fn no_password_is_set() {
    let gateway = InProcess::with(PROXIED, |options| options.overrides.auth_mode = Some(AuthMode::Password)).await;
    // Such a configuration is not valid, so the defaults are in force and no proxy is trusted.
    nobody_gets_in(&gateway, &[Caller::local()], ("password", "AUTH_PASSWORD_NOT_CONFIGURED")).await;
}

/// A-13: an empty token is no token, whatever an empty field of a client says.
#[tokio::test]
async fn an_empty_token_is_none() {
    let config = r#"{gateway: {trustedProxies: ["127.0.0.1"], auth: {token: ""}}}"#;
    let gateway = InProcess::with(config, |options| {
        let secrets = MemorySecrets::default();
        secrets.set("gateway-token", &Secret::new("")).unwrap();
        options.secrets = Arc::new(secrets);
        options.overrides.token = Some(Secret::new(""));
    })
    .await;
    let callers = [Caller::local(), Caller::remote()];
    nobody_gets_in(&gateway, &callers, ("token", "AUTH_TOKEN_NOT_CONFIGURED")).await;
}

/// A credential file that a crash left empty is made anew: nobody is let in by nothing, and the owner is not locked out.
#[tokio::test]
async fn an_empty_credential_file_is_made_anew() {
    let mut gateway = TestGateway::builder().no_token().start();
    gateway.stop();
    let credentials = gateway.state_dir().join("credentials");
    for name in ["gateway-token", "device-token-key"] {
        std::fs::write(credentials.join(name), "").unwrap();
    }
    let gateway = gateway.start_again();
    for auth in [json!({}), json!({"token": ""}), json!({"password": ""})] {
        assert_eq!(gateway.refused(&Caller::local(), &with(auth)).await.code(), "AUTH_TOKEN_MISSING");
    }
    let token = gateway.cli(&["token"]).stdout.trim().to_owned();
    assert_eq!(token.len(), 43);
    gateway.must(&Caller::local(), &with(json!({"token": token}))).await;
    assert!(std::fs::metadata(credentials.join("device-token-key")).unwrap().len() > 40);
}
