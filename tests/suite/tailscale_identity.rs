//! Sign-in by Tailscale identity: what Serve says is believed only when the tailnet says the same (A-03..A-05).

use serde_json::{Value, json};

use crate::harness::{
    Caller, Close, Connect, DNS_NAME, Device, Endpoint, MEMBER, MEMBER_IP, OWN_IP, TOKEN, Tailnet, TestGateway,
};

fn serving(tailnet: &Tailnet, auth: Value) -> TestGateway {
    let config = tailnet.config(json!({"tailscale": {"mode": "serve"}, "auth": auth}));
    TestGateway::builder().config(&config).env("PATH", &tailnet.path()).start()
}

/// A request as Serve passes it on.
fn from(ip: &str, login: &str) -> Caller {
    nameless(ip).header("tailscale-user-login", login).header("tailscale-user-name", "Ada")
}

/// The same for a machine that is nobody's.
fn nameless(ip: &str) -> Caller {
    Caller::local()
        .header("host", DNS_NAME)
        .header("x-forwarded-for", ip)
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", DNS_NAME)
}

fn page(caller: Caller) -> Caller {
    caller.header("origin", &format!("https://{DNS_NAME}"))
}

fn operator(name: &str) -> Connect {
    Connect::operator(&Device::new(name), &["operator.read"])
}

fn control_ui(name: &str, scopes: &[&str]) -> Connect {
    Connect::operator(&Device::new(name), scopes).client("openclaw-control-ui", "ui").no_auth()
}

async fn code_of(gateway: &Endpoint, caller: &Caller) -> String {
    gateway.refused(caller, &operator("anybody").no_auth()).await.code().to_owned()
}

/// a member's device needs no token, once it is approved; being in the tailnet alone approves nothing.
#[tokio::test]
async fn a_member_signs_in_without_a_secret() {
    let tailnet = Tailnet::new();
    let gateway = serving(&tailnet, json!({}));
    for version in [4, 3] {
        let connect = operator(&format!("phone{version}")).dialect(version).no_auth();
        let caller = from(MEMBER_IP, "Ada@Example.com");
        let refused = gateway.refused(&caller, &connect).await;
        assert_eq!(refused.code(), "PAIRING_REQUIRED", "nobody becomes local: {refused:?}");
        gateway.approve(&refused).await;
        let client = gateway.must(&caller, &connect).await;
        let method = if version == 4 { json!("tailscale") } else { Value::Null };
        assert_eq!((&client.hello["auth"]["method"], client.scopes()), (&method, vec!["operator.read".to_owned()]));
    }
}

/// the page of whoever owns this machine gets in by the identity alone, and its device is paired; it is not local.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_owners_page_needs_no_approval() {
    let people = json!({"1": {"ID": 1, "LoginName": MEMBER, "DisplayName": "Ada"}});
    for told in [Value::Null, people] {
        let tailnet = Tailnet::new();
        tailnet.set_status(json!({"User": told}));
        let gateway = serving(&tailnet, json!({}));
        let owner = page(from(MEMBER_IP, "Ada@Example.com"));
        let mut client = gateway.must(&owner, &control_ui("browser", &["operator.admin"])).await;
        assert_eq!(client.hello["auth"]["method"], "tailscale");
        assert_eq!(client.scopes(), ["operator.admin"]);
        let error = client.err("device.pair.setupCode", json!({})).await;
        assert_eq!(error["code"], "FORBIDDEN", "nobody becomes local: {error}");
        let listed = client.ok("device.pair.list", json!({})).await;
        let own = listed["paired"].as_array().unwrap().iter().find(|it| it["deviceId"] == Device::new("browser").id());
        assert_eq!(own.unwrap()["approvedVia"], "tailscale");
        gateway.must(&owner, &control_ui("browser", &["operator.admin"])).await;
        // A device that was given less before is asked about; here it gets what it had.
        gateway.must(&owner, &control_ui("reader", &["operator.read"])).await;
        let again = gateway.must(&owner, &control_ui("reader", &["operator.read", "operator.admin"])).await;
        assert_eq!(again.scopes(), ["operator.read"]);
    }
}

/// Other logins wait for approval, as do programs of the owner, and everybody where the machine is nobody's.
#[tokio::test]
async fn nobody_else_gets_in_unasked() {
    let tailnet = Tailnet::new();
    tailnet.belongs("100.101.102.8", "eve@example.com");
    let gateway = serving(&tailnet, json!({}));
    let refused = async |caller: &Caller, connect: &Connect| gateway.refused(caller, connect).await.code().to_owned();
    let wish = ["operator.read"];
    let owner = page(from(MEMBER_IP, MEMBER));
    let eve = page(from("100.101.102.8", "eve@example.com"));
    assert_eq!(refused(&eve, &control_ui("eve", &wish)).await, "PAIRING_REQUIRED");
    let program = Connect::operator(&Device::new("program"), &wish).no_auth();
    assert_eq!(refused(&from(MEMBER_IP, MEMBER), &program).await, "PAIRING_REQUIRED");
    let self_of = |more: Value| {
        let mut own = json!({"DNSName": format!("{DNS_NAME}."), "TailscaleIPs": [OWN_IP], "UserID": 1});
        own.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"Self": own})
    };
    tailnet.set_status(self_of(json!({"Tags": ["tag:server"]})));
    assert_eq!(refused(&owner, &control_ui("tagged", &wish)).await, "PAIRING_REQUIRED");
    tailnet.set_status(self_of(json!({"Tags": null, "TailscaleIPs": ["100.101.102.99"]})));
    assert_eq!(refused(&owner, &control_ui("unknown", &wish)).await, "PAIRING_REQUIRED");
    tailnet.set_status(json!({"User": {"1": {"ID": 1, "LoginName": "eve@example.com"}}}));
    assert_eq!(refused(&owner, &control_ui("other", &wish)).await, "PAIRING_REQUIRED");
}

/// No identity gives more than was approved: more scopes are asked for, not taken.
#[tokio::test]
async fn an_identity_widens_nothing() {
    let tailnet = Tailnet::new();
    let gateway = serving(&tailnet, json!({}));
    let caller = from(MEMBER_IP, MEMBER);
    let first = gateway.refused(&caller, &operator("phone").no_auth()).await;
    gateway.approve(&first).await;
    let greedy = Connect::operator(&Device::new("phone"), &["operator.admin"]).no_auth();
    let refused = gateway.refused(&caller, &greedy).await;
    assert_eq!((refused.code(), &refused.error["details"]["reason"]), ("PAIRING_REQUIRED", &json!("scope-upgrade")));
}

/// another owner, no owner, no answer: refused, and each says which.
#[tokio::test]
async fn an_identity_that_the_tailnet_does_not_confirm_is_refused() {
    let tailnet = Tailnet::new();
    tailnet.belongs("100.101.102.8", "eve@example.com");
    tailnet.tagged("100.101.102.9");
    let gateway = serving(&tailnet, json!({}));
    let incomplete = Caller::local()
        .header("host", DNS_NAME)
        .header("tailscale-user-login", MEMBER)
        .header("x-forwarded-for", MEMBER_IP);
    let expect = [
        (from("100.101.102.8", MEMBER), "AUTH_TAILSCALE_IDENTITY_MISMATCH"),
        (from("100.101.102.9", "tagged-devices"), "AUTH_TAILSCALE_WHOIS_FAILED"),
        (from("203.0.113.9", MEMBER), "AUTH_TAILSCALE_WHOIS_FAILED"),
        (nameless(MEMBER_IP), "AUTH_TAILSCALE_IDENTITY_MISSING"),
        (from(MEMBER_IP, MEMBER).header("tailscale-user-login", "eve@example.com"), "AUTH_TAILSCALE_IDENTITY_MISSING"),
        (from(MEMBER_IP, MEMBER).header("tailscale-funnel-request", "?1"), "AUTH_TAILSCALE_IDENTITY_MISSING"),
        (from(MEMBER_IP, MEMBER).header("x-forwarded-for", "100.101.102.8"), "AUTH_TAILSCALE_PROXY_MISSING"),
        (incomplete, "AUTH_TAILSCALE_PROXY_MISSING"),
    ];
    for (caller, code) in expect {
        assert_eq!(code_of(&gateway, &caller).await, code, "{caller:?}");
    }
    tailnet.whois_fails();
    assert_eq!(code_of(&gateway, &from(MEMBER_IP, MEMBER)).await, "AUTH_TAILSCALE_WHOIS_FAILED");
}

/// A program of this machine writes what Serve would write, and is not the daemon: it is no member, by neither door.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn another_program_cannot_speak_for_the_daemon() {
    let tailnet = Tailnet::new();
    let gateway = serving(&tailnet, json!({"identityScopes": {MEMBER: ["operator.admin"]}}));
    let caller = page(from(MEMBER_IP, MEMBER));
    gateway.must(&caller, &control_ui("browser", &["operator.admin"])).await;
    tailnet.is_another_users();
    let refused = gateway.refused(&caller, &control_ui("another", &["operator.admin"])).await;
    assert_eq!(refused.code(), "AUTH_TAILSCALE_PROXY_MISSING", "{refused:?}");
    assert_eq!(gateway.http("GET", "/control-ui-config.json", &caller, "").await.status, 401);
}

/// without an identity the token works as ever, with one too; a wrong one is never made good by an identity.
#[tokio::test]
async fn the_token_works_as_ever() {
    let tailnet = Tailnet::new();
    let gateway = serving(&tailnet, json!({}));
    let client = gateway.must(&Caller::local(), &operator("here")).await;
    assert_eq!(client.hello["auth"]["method"], "token");
    for caller in [nameless("100.101.102.9"), from(MEMBER_IP, MEMBER)] {
        let refused = gateway.refused(&caller, &operator("there")).await;
        assert_eq!(refused.code(), "PAIRING_REQUIRED", "the token was right, the device is new: {refused:?}");
    }
    let wrong = operator("there").auth(json!({"token": "wrong"}));
    assert_eq!(gateway.refused(&from(MEMBER_IP, MEMBER), &wrong).await.code(), "AUTH_TOKEN_MISMATCH");
}

/// Identities open the page and its socket, and no other door.
#[tokio::test]
async fn no_http_interface_takes_an_identity() {
    let tailnet = Tailnet::new();
    let gateway = serving(&tailnet, json!({}));
    let member = page(from(MEMBER_IP, MEMBER));
    let stranger = page(from(MEMBER_IP, "eve@example.com"));
    let config = "/control-ui-config.json";
    assert_eq!(gateway.http("GET", config, &member, "").await.status, 200);
    assert_eq!(gateway.http("GET", config, &stranger, "").await.status, 401);
    assert_eq!(gateway.http("GET", "/metrics", &member, "").await.status, 401);
    let ready = gateway.http("GET", "/readyz", &member, "").await.json();
    assert_eq!(ready, json!({"ready": true}), "details are for callers with the secret");
    let bearer = member.header("authorization", &format!("Bearer {TOKEN}"));
    assert_eq!(gateway.http("GET", "/metrics", &bearer, "").await.status, 200);
}

/// What is written for an identity lets its owner's browser in without a pairing, and limits it.
#[tokio::test]
async fn written_scopes_let_the_page_in_and_limit_it() {
    let tailnet = Tailnet::new();
    tailnet.belongs("100.101.102.8", "eve@example.com");
    let gateway =
        serving(&tailnet, json!({"identityScopes": {"ADA@example.com": ["operator.read", "operator.write"]}}));
    let wishes = ["operator.admin", "operator.read", "operator.write", "operator.pairing"];
    let member = page(from(MEMBER_IP, MEMBER));
    let mut client = gateway.must(&member, &control_ui("browser", &wishes)).await;
    assert_eq!(client.scopes(), ["operator.read", "operator.write"]);
    assert_eq!(client.hello["auth"]["deviceToken"], Value::Null, "nothing lasts longer than the connection");
    client.err("tailscale.set", json!({"mode": "off"})).await;
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    assert_eq!(admin.ok("device.pair.list", json!({})).await["pending"], json!([]));
    // A program is no page, and others get nothing.
    let program = Connect::operator(&Device::new("program"), &wishes).no_auth();
    assert_eq!(gateway.refused(&from(MEMBER_IP, MEMBER), &program).await.code(), "PAIRING_REQUIRED");
    let other = page(from("100.101.102.8", "eve@example.com"));
    let refused = gateway.refused(&other, &control_ui("eve", &wishes)).await;
    assert_eq!((refused.code(), &refused.error["details"]["requestedScopes"]), ("PAIRING_REQUIRED", &json!([])));
}

/// With a password the identity counts only when that is written down.
#[tokio::test]
async fn with_a_password_identities_must_be_asked_for() {
    let tailnet = Tailnet::new();
    for (allow, code) in
        [(None, "AUTH_PASSWORD_MISSING"), (Some(true), "PAIRING_REQUIRED"), (Some(false), "AUTH_PASSWORD_MISSING")]
    {
        let mut auth = json!({"mode": "password", "password": "open sesame"});
        if let Some(allow) = allow {
            auth["allowTailscale"] = json!(allow);
        }
        let config = tailnet.config(json!({"tailscale": {"mode": "serve"}, "auth": auth}));
        let gateway = TestGateway::builder().config(&config).env("PATH", &tailnet.path()).no_token().start();
        assert_eq!(code_of(&gateway, &from(MEMBER_IP, MEMBER)).await, code, "{allow:?}");
    }
}

/// Headers of Tailscale count for nothing where Serve is not switched on; the answer says how it is.
#[tokio::test]
async fn without_serve_the_headers_are_those_of_an_unknown_proxy() {
    let gateway = TestGateway::start();
    let answer = gateway.upgrade(&from(MEMBER_IP, MEMBER)).await.map(|_| ()).unwrap_err();
    let error = answer.json()["error"].clone();
    assert_eq!((answer.status, &error["code"]), (403, &json!("proxy_attribution_required")));
    assert_eq!(error["fix"], "postern tailscale serve");
    assert!(error["message"].as_str().unwrap().contains("gateway.tailscale.mode"), "{error}");
}

/// The daemon is not asked again for every socket of one page.
#[tokio::test]
async fn answers_of_the_daemon_are_kept_for_a_moment() {
    let tailnet = Tailnet::new();
    let gateway = serving(&tailnet, json!({"identityScopes": {"*": ["operator.read"]}}));
    for n in 0..40 {
        gateway.must(&page(from(MEMBER_IP, MEMBER)), &control_ui(&format!("b{n}"), &["operator.read"])).await;
    }
    let asked = tailnet.asked("whois?addr=100.101.102.7:0");
    assert!((1..40).contains(&asked), "{asked}");
}

/// Who was let in because of an identity is asked again when what is written for identities changes.
#[tokio::test]
async fn a_change_of_the_rules_is_felt_at_once() {
    let tailnet = Tailnet::new();
    let gateway = serving(&tailnet, json!({"identityScopes": {MEMBER: ["operator.read"]}}));
    let member = page(from(MEMBER_IP, MEMBER));
    let mut client = gateway.must(&member, &control_ui("browser", &["operator.read"])).await;
    let config =
        json!({"tailscale": {"mode": "serve"}, "auth": {"identityScopes": {"eve@example.com": ["operator.read"]}}});
    std::fs::write(gateway.state_dir().join("postern.json"), tailnet.config(config)).unwrap();
    assert_eq!(client.closed().await, Close::new(4001, "gateway auth changed"));
    let refused = gateway.refused(&member, &control_ui("browser", &["operator.read"])).await;
    assert_eq!(refused.code(), "PAIRING_REQUIRED");
}
