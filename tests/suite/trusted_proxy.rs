//! `gateway.auth.mode: "trusted-proxy"`: a reverse proxy says who calls (F-48, DEMAND P17).

use serde_json::{Value, json};

use crate::harness::{Caller, Connect, Device, Endpoint, InProcess, Raw, TestGateway, run};

/// A proxy of this machine that names users in `X-User`.
fn config(change: impl FnOnce(&mut Value)) -> String {
    let mut gateway = json!({
        "trustedProxies": ["127.0.0.1", "10.0.0.2"],
        "controlUi": {"allowedOrigins": ["https://gate.example"]},
        "auth": {"mode": "trusted-proxy", "password": "for this machine",
            "trustedProxy": {"userHeader": "X-User", "allowLoopback": true}},
    });
    change(&mut gateway);
    json!({ "gateway": gateway }).to_string()
}

fn user(name: &str) -> Caller {
    Caller::remote().header("x-user", name)
}

fn page(caller: Caller) -> Caller {
    caller.header("host", "gate.example").header("origin", "https://gate.example")
}

fn operator(name: &str) -> Connect {
    Connect::operator(&Device::new(name), &["operator.read"]).no_auth()
}

fn control_ui(scopes: &[&str]) -> Connect {
    Connect::deviceless(scopes).client("openclaw-control-ui", "ui").no_auth()
}

fn start(config: &str) -> TestGateway {
    TestGateway::builder().config(config).no_token().start()
}

async fn approve(gateway: &Endpoint, request_id: &str) {
    let password = json!({"password": "for this machine"});
    let connect = Connect::operator(&Device::new("approver"), &["operator.admin"]).auth(password);
    let mut admin = gateway.must(&Caller::local(), &connect).await;
    admin.ok("device.pair.approve", json!({ "requestId": request_id })).await;
}

/// F-48: the user whom the proxy names is let in; the device is approved once, as any other.
#[tokio::test]
async fn the_user_whom_the_proxy_names_is_let_in() {
    let gateway = start(&config(|_| {}));
    let connect = operator("laptop");
    let refused = gateway.refused(&user("Ada"), &connect).await;
    assert_eq!(refused.code(), "PAIRING_REQUIRED");
    approve(&gateway, refused.request_id()).await;
    let client = gateway.must(&user("ada"), &connect).await;
    assert_eq!(client.hello["auth"]["method"], "trusted-proxy");
    assert_eq!(client.hello["snapshot"]["authMode"], "trusted-proxy");
    assert_eq!(client.scopes(), ["operator.read"]);
}

/// The order of the protocol: each refusal by its code and reason.
#[tokio::test]
async fn refusals_say_which_rule_it_was() {
    let strict = config(|gateway| {
        gateway["auth"]["trustedProxy"]["requiredHeaders"] = json!(["X-Proxy-Check"]);
        gateway["auth"]["trustedProxy"]["allowUsers"] = json!(["ada"]);
    });
    let gateway = start(&strict);
    let check = |caller: Caller| caller.header("x-proxy-check", "1");
    let expect = [
        (user("ada"), "AUTH_IDENTITY_HEADER_REQUIRED", "trusted_proxy_missing_header_x-proxy-check"),
        (check(Caller::remote()), "AUTH_IDENTITY_HEADER_REQUIRED", "trusted_proxy_user_missing"),
        (check(user("")), "AUTH_IDENTITY_HEADER_REQUIRED", "trusted_proxy_user_missing"),
        (check(user("ada").header("x-user", "eve")), "AUTH_IDENTITY_HEADER_REQUIRED", "trusted_proxy_user_missing"),
        (check(user("ada,eve")), "AUTH_IDENTITY_HEADER_REQUIRED", "trusted_proxy_user_missing"),
        (
            check(Caller::remote().header("x_user", "ada")),
            "AUTH_IDENTITY_HEADER_REQUIRED",
            "trusted_proxy_user_missing",
        ),
        (check(user("eve")), "AUTH_VERIFIED_USER_REQUIRED", "trusted_proxy_user_not_allowed"),
    ];
    for (caller, code, reason) in expect {
        let refused = gateway.refused(&caller, &operator("laptop")).await;
        assert_eq!((refused.code(), &refused.error["details"]["authReason"]), (code, &json!(reason)), "{caller:?}");
    }
    let refused = gateway.refused(&check(user("ADA")), &operator("laptop")).await;
    assert_eq!(refused.code(), "PAIRING_REQUIRED");
}

/// A proxy of this machine must be expected there; an address of its own is no proxy's.
#[tokio::test]
async fn a_proxy_on_this_machine_must_be_expected() {
    let elsewhere = config(|gateway| {
        gateway["bind"] = json!("lan");
        gateway["auth"]["trustedProxy"]["allowLoopback"] = json!(false);
    });
    let gateway = start(&elsewhere);
    let refused = gateway.refused(&user("ada"), &operator("laptop")).await;
    let reason = json!("trusted_proxy_loopback_source");
    assert_eq!((refused.code(), &refused.error["details"]["authReason"]), ("AUTH_UNAUTHORIZED", &reason));
    assert!(refused.error["message"].as_str().unwrap().contains("allowLoopback"), "{refused:?}");
}

/// F-48, P17: an unlisted proxy gets a 403 that names the line to write; somebody who goes around the proxy is told to
/// go through it.
#[tokio::test]
async fn other_sources_are_refused() {
    let gateway = InProcess::with(&config(|_| {}), |options| options.overrides.token = None).await;
    let answer = gateway.http_as("192.0.2.9", "/", &user("ada")).await;
    let error = answer.json()["error"].clone();
    assert_eq!((answer.status, &error["code"]), (403, &json!("proxy_attribution_required")));
    assert_eq!(error["reason"], "trusted_proxy_untrusted_source");
    assert!(error["fix"].as_str().unwrap().starts_with(r#"gateway.trustedProxies: ["192.0.2.9""#), "{error}");
    assert!(!answer.body.contains("10.0.0.2"), "strangers do not learn what is listed");
    let nameless = gateway.upgrade_as("192.0.2.9", &Caller::local().header("x-user", "ada")).await.map(|_| ());
    assert_eq!(nameless.unwrap_err().json()["error"]["reason"], "trusted_proxy_untrusted_source");
    for auth in [json!({}), json!({"password": "for this machine"}), json!({"token": "for this machine"})] {
        let raw: Raw = gateway.upgrade_as("192.0.2.9", &Caller::local()).await.unwrap();
        let connect = operator("around").auth(auth.clone());
        let refused = crate::harness::Client::connect(raw, &connect, None).await.unwrap_err();
        let reason = json!("trusted_proxy_untrusted_source");
        assert_eq!((refused.code(), &refused.error["details"]["authReason"]), ("AUTH_UNAUTHORIZED", &reason), "{auth}");
    }
}

/// A user without the address it comes from would share one count of wrong guesses with all others.
#[tokio::test]
async fn a_proxy_must_say_from_where() {
    let gateway = start(&config(|_| {}));
    let answer = gateway.upgrade(&Caller::local().header("x-user", "ada")).await.map(|_| ()).unwrap_err();
    let error = answer.json()["error"].clone();
    assert_eq!((answer.status, &error["code"]), (403, &json!("proxy_attribution_required")));
    assert!(error["message"].as_str().unwrap().contains("X-Forwarded-For"), "{error}");
}

/// No secret helps somebody whom the proxy does not name.
#[tokio::test]
async fn no_secret_helps_behind_the_proxy() {
    let gateway = start(&config(|gateway| gateway["auth"]["trustedProxy"]["allowUsers"] = json!(["ada"])));
    let refused = gateway.refused(&user("ada"), &operator("laptop")).await;
    approve(&gateway, refused.request_id()).await;
    let token = gateway.must(&user("ada"), &operator("laptop")).await.device_token();
    for auth in [json!({"password": "for this machine"}), json!({"deviceToken": token})] {
        let connect = operator("laptop").auth(auth);
        let refused = gateway.refused(&user("eve"), &connect).await;
        assert_eq!(refused.code(), "AUTH_VERIFIED_USER_REQUIRED");
        assert_eq!(gateway.refused(&Caller::remote(), &connect).await.code(), "AUTH_IDENTITY_HEADER_REQUIRED");
    }
}

/// This machine's own programs use the password, or what the gateway keeps for them.
#[tokio::test]
async fn programs_of_this_machine_use_the_password() {
    let gateway = start(&config(|_| {}));
    let right = operator("own").auth(json!({"password": "for this machine"}));
    assert_eq!(gateway.must(&Caller::local(), &right).await.hello["auth"]["method"], "password");
    let wrong = operator("own").auth(json!({"password": "wrong"}));
    assert_eq!(gateway.refused(&Caller::local(), &wrong).await.code(), "AUTH_PASSWORD_MISMATCH");
    assert_eq!(gateway.refused(&Caller::local(), &operator("new")).await.code(), "AUTH_PASSWORD_MISSING");
    let without = config(|gateway| drop(gateway["auth"].as_object_mut().unwrap().remove("password")));
    let gateway = start(&without);
    let (state, port) = (gateway.state_dir(), gateway.port.to_string());
    let env = [("POSTERN_STATE_DIR", state.to_str().unwrap()), ("POSTERN_GATEWAY_PORT", port.as_str())];
    let status = run(&["status", "--json"], &env);
    assert_eq!(status.code, 0, "{status:?}");
}

/// Scopes are what was asked for and what was given, never one of them alone.
#[tokio::test]
async fn a_page_without_a_device_gets_what_is_written_for_its_user() {
    let wishes = ["operator.admin", "operator.read", "operator.write"];
    let gateway = start(&config(|gateway| {
        gateway["auth"]["identityScopes"] = json!({"ada": ["operator.read"], "root": ["operator.admin"]});
    }));
    let scopes =
        async |name: &str, wishes: &[&str]| gateway.must(&page(user(name)), &control_ui(wishes)).await.scopes();
    assert_eq!(scopes("ada", &wishes).await, ["operator.read"]);
    assert_eq!(scopes("ada", &["operator.write"]).await, [""; 0]);
    assert_eq!(scopes("root", &["operator.read"]).await, ["operator.read"]);
    assert_eq!(scopes("eve", &wishes).await, [""; 0]);
    let refused = gateway.refused(&user("ada"), &Connect::deviceless(&wishes).no_auth()).await;
    assert_eq!(refused.code(), "DEVICE_IDENTITY_REQUIRED", "only the page comes without a device");
    let plain = start(&config(|_| {}));
    let client = plain.must(&page(user("ada")), &control_ui(&wishes)).await;
    assert_eq!(client.scopes(), [""; 0], "nothing is written for anybody");
}

/// `deviceAutoApprove` pairs with what is listed there, and never widens afterwards.
#[tokio::test]
async fn browsers_of_the_proxys_users_may_be_paired_without_asking() {
    let gateway = start(&config(|gateway| {
        gateway["auth"]["trustedProxy"]["deviceAutoApprove"] = json!({"enabled": true, "scopes": ["operator.read"]});
    }));
    let wishes = ["operator.admin", "operator.read", "operator.write"];
    let connect = Connect::operator(&Device::new("browser"), &wishes).client("openclaw-control-ui", "ui").no_auth();
    for _ in 0..2 {
        let client = gateway.must(&page(user("ada")), &connect).await;
        assert_eq!(client.scopes(), ["operator.read"]);
    }
    let node = Connect::node(&Device::new("node")).no_auth();
    assert_eq!(gateway.refused(&user("ada"), &node).await.code(), "PAIRING_REQUIRED");
    let only_admin = Connect::operator(&Device::new("other"), &["operator.admin"]).no_auth();
    assert_eq!(gateway.refused(&user("ada"), &only_admin).await.code(), "PAIRING_REQUIRED");
    let password = json!({"password": "for this machine"});
    let approver = Connect::operator(&Device::new("approver"), &["operator.admin"]).auth(password);
    let mut admin = gateway.must(&Caller::local(), &approver).await;
    let paired = admin.ok("device.pair.list", json!({})).await["paired"].clone();
    let browser = paired.as_array().unwrap().iter().find(|row| row["deviceId"] == Device::new("browser").id()).unwrap();
    assert_eq!((&browser["approvedVia"], &browser["scopes"]), (&json!("trusted-proxy"), &json!(["operator.read"])));
}

/// The HTTP interface: the page's settings for every user; figures for those who were given the right to read, and
/// `x-openclaw-scopes` only takes away.
#[tokio::test]
async fn http_takes_identities_of_the_proxy() {
    let gateway = start(&config(|gateway| gateway["auth"]["identityScopes"] = json!({"ada": ["operator.read"]})));
    let get = async |path: &str, caller: &Caller| gateway.http("GET", path, caller, "").await.status;
    assert_eq!(get("/control-ui-config.json", &user("eve")).await, 200);
    assert_eq!(get("/control-ui-config.json", &Caller::remote()).await, 401);
    assert_eq!(get("/metrics", &user("ada")).await, 200);
    assert_eq!(get("/metrics", &user("ada").header("x-openclaw-scopes", "operator.talk")).await, 401);
    assert_eq!(get("/metrics", &user("eve").header("x-openclaw-scopes", "operator.admin")).await, 401);
    let bearer = |caller: Caller| caller.header("authorization", "Bearer for this machine");
    assert_eq!(get("/metrics", &bearer(user("eve"))).await, 401);
    assert_eq!(get("/metrics", &bearer(Caller::local())).await, 200);
}

/// Settings that nobody could use, or everybody could misuse, are not taken: this machine alone is served, with a token.
#[tokio::test]
async fn unusable_settings_are_not_started() {
    type Case = (&'static str, fn(&mut Value), &'static str);
    let expect: [Case; 3] = [
        ("loopback", |gateway| gateway["auth"]["trustedProxy"]["allowLoopback"] = json!(false), "allowLoopback"),
        ("no proxy", |gateway| gateway["trustedProxies"] = json!([]), "gateway.trustedProxies"),
        ("serve", |gateway| gateway["tailscale"] = json!({"mode": "serve"}), "gateway.tailscale.mode"),
    ];
    for (what, change, words) in expect {
        let gateway = TestGateway::builder().config(&config(change)).start();
        assert_eq!(gateway.ready["authMode"], "token", "{what}");
        let status = gateway.cli(&["status", "--json"]).json()["warnings"].to_string();
        assert!(
            status.contains("safe mode") && status.contains("refuses") && status.contains(words),
            "{what}: {status}"
        );
        let check = gateway.cli(&["gateway", "--check"]);
        assert!(check.code == 78 && check.stderr.contains(words), "{what}: {check:?}");
    }
    let nameless =
        config(|gateway| drop(gateway["auth"]["trustedProxy"].as_object_mut().unwrap().remove("userHeader")));
    let gateway = start(&nameless);
    let check = gateway.cli(&["gateway", "--check", "--json"]);
    assert!(check.stdout.contains("gateway.auth.trustedProxy.userHeader"), "{check:?}");
}

/// P17: the first proxy is told the whole command, and so is the gateway's owner.
#[tokio::test]
async fn the_first_proxy_is_told_the_command() {
    let gateway = TestGateway::start();
    let answer = gateway.http("GET", "/", &Caller::remote(), "").await;
    let line = r#"postern config set gateway.trustedProxies '["127.0.0.1"]'"#;
    assert_eq!((answer.status, &answer.json()["error"]["fix"]), (403, &json!(line)));
    let status = gateway.cli(&["status"]);
    assert!(status.stdout.contains(line), "{status:?}");
}
