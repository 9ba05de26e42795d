//! Where a caller is: proxies, forwarded headers, host names, the own tailnet (`handshake.md §1, §5`; DEMAND §2:
//! locality trust).

use std::net::IpAddr;

use serde_json::json;

use crate::harness::{Caller, Client, Connect, Device, InProcess, PROXIED, Payload, TOKEN, TestGateway};

const PROXY_HEADERS: [(&str, &str); 8] = [
    ("forwarded", "for=127.0.0.1;host=localhost"),
    ("x-forwarded-for", "127.0.0.1"),
    ("x-forwarded-host", "localhost"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-port", "18789"),
    ("x-real-ip", "127.0.0.1"),
    ("tailscale-user-login", "ada@example.org"),
    ("tailscale-user-name", "Ada"),
];

fn fresh(name: &str) -> Connect {
    Connect::operator(&Device::new(name), &["operator.read"])
}

/// P-24: proxy headers from a proxy that is not listed: no upgrade, no page, and a text that names the setting.
#[tokio::test]
async fn unlisted_proxies_are_refused() {
    let gateway = TestGateway::start();
    for (name, value) in PROXY_HEADERS {
        let caller = Caller::local().header(name, value);
        let answer = gateway.upgrade(&caller).await.map(|_| ()).unwrap_err();
        assert_eq!(answer.status, 403, "{name}");
        let error = answer.json()["error"].clone();
        assert_eq!((&error["code"], &error["type"]), (&json!("proxy_attribution_required"), &json!("forbidden")));
        assert!(error["message"].as_str().unwrap().contains("\"127.0.0.1\" to gateway.trustedProxies"), "{error}");
        assert_eq!(gateway.http("GET", "/readyz", &caller, "").await.status, 403, "{name}");
    }
}

/// P-24: behind a listed proxy nobody is local, whatever any header says; a new device is asked.
#[tokio::test]
async fn behind_a_proxy_nobody_is_local() {
    let gateway = TestGateway::proxied();
    for (index, (name, value)) in PROXY_HEADERS.into_iter().enumerate() {
        for (host, version) in [(None, 3), (None, 4), (Some("localhost"), 4)] {
            let caller = Caller::local().header(name, value);
            let caller = host.map_or(caller.clone(), |host| caller.header("host", host));
            let refused = gateway.refused(&caller, &fresh(&format!("d{index}")).dialect(version)).await;
            assert_eq!(refused.code(), "PAIRING_REQUIRED", "{name}: {value}");
            let nonceless = fresh("old").v3().payload(Payload::V1);
            assert_eq!(gateway.refused(&caller, &nonceless).await.code(), "DEVICE_AUTH_NONCE_REQUIRED", "{name}");
        }
    }
    gateway.must(&Caller::local(), &fresh("direct")).await;
}

/// The caller's address is the last one that no trusted proxy vouches for.
#[tokio::test]
async fn the_address_is_the_one_the_proxy_saw() {
    let config = r#"{gateway: {trustedProxies: ["127.0.0.1", "10.0.0.0/8"]}}"#;
    let gateway = TestGateway::builder().config(config).start();
    let table = [
        ("203.0.113.5", "203.0.113.5"),
        ("198.51.100.1, 203.0.113.5", "203.0.113.5"),
        ("127.0.0.1, 203.0.113.5, 10.1.2.3", "203.0.113.5"),
        ("203.0.113.5, 10.1.2.3, 127.0.0.1", "203.0.113.5"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("junk, 203.0.113.5", "203.0.113.5"),
    ];
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    for (index, (header, wanted)) in table.into_iter().enumerate() {
        let device = Device::new(&format!("d{index}"));
        gateway.refused(&Caller::at(header), &Connect::operator(&device, &[])).await;
        let asked = admin.event("device.pair.requested", |payload| payload["deviceId"] == device.id()).await;
        assert_eq!(asked["remoteIp"], wanted, "{header}");
    }
}

/// `X-Real-IP` counts only where the configuration says so, and never before `X-Forwarded-For`.
#[tokio::test]
async fn real_ip_is_a_setting() {
    for (fallback, wanted) in [(false, "127.0.0.1"), (true, "203.0.113.9")] {
        let config = format!(r#"{{gateway: {{trustedProxies: ["127.0.0.1"], allowRealIpFallback: {fallback}}}}}"#);
        let gateway = TestGateway::builder().config(&config).start();
        let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
        let real = Caller::local().header("x-real-ip", "203.0.113.9");
        for (name, caller, ip) in
            [("a", real.clone(), wanted), ("b", real.header("x-forwarded-for", "203.0.113.1"), "203.0.113.1")]
        {
            gateway.refused(&caller, &fresh(name)).await;
            let id = Device::new(name).id();
            let asked = admin.event("device.pair.requested", |payload| payload["deviceId"] == id).await;
            assert_eq!(asked["remoteIp"], ip);
        }
    }
}

/// A-07: loopback with the machine's own name is local; with any other name it is not, as a page may have been sent there.
#[tokio::test]
async fn the_host_name_belongs_to_locality() {
    let gateway = TestGateway::start();
    let port = gateway.port;
    for (index, host) in ["localhost", "127.0.0.1", "[::1]", "LocalHost", "a.localhost"].into_iter().enumerate() {
        for form in [host.to_owned(), format!("{host}:{port}")] {
            let caller = Caller::local().header("host", &form);
            gateway.must(&caller, &fresh(&format!("local-{index}-{}", form.len()))).await;
        }
    }
    let hosts = [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "desk.tail1234.ts.net",
        "192.168.1.4",
        "localhost.",
    ];
    for (index, host) in hosts.into_iter().enumerate() {
        let caller = Caller::local().header("host", &format!("{host}:{port}"));
        for version in [3, 4] {
            let refused = gateway.refused(&caller, &fresh(&format!("remote-{index}")).dialect(version)).await;
            assert_eq!(refused.code(), "PAIRING_REQUIRED", "{host}");
        }
        let nonceless = fresh("old").v3().payload(Payload::V1);
        assert_eq!(gateway.refused(&caller, &nonceless).await.code(), "DEVICE_AUTH_NONCE_REQUIRED", "{host}");
    }
}

/// A stranger with the shared secret and no device is never an admin, whatever headers it sends.
#[tokio::test]
async fn headers_give_no_scopes() {
    let gateway = TestGateway::proxied();
    let caller = Caller::remote()
        .header("x-openclaw-scopes", "operator.admin")
        .header("x-openclaw-role", "operator")
        .header("authorization", &format!("Bearer {TOKEN}"));
    let guest = gateway.must(&caller, &Connect::deviceless(&["operator.admin"])).await;
    assert!(guest.scopes().is_empty(), "{}", guest.hello);
    let mut old = gateway.must(&caller, &Connect::deviceless(&["operator.admin", "operator.read"]).v3()).await;
    assert_eq!(old.err("device.pair.list", json!({})).await["message"], "missing scope: operator.pairing");
    old.ok("status", json!({})).await;
    let paired = Connect::operator(&Device::new("d"), &["operator.read"]);
    gateway.must(&Caller::local(), &paired).await;
    assert_eq!(gateway.must(&caller, &paired).await.scopes(), ["operator.read"]);
}

const OWN: &str = "100.101.102.103";

async fn from_tailnet(gateway: &InProcess, ip: &str, own: &[&str], caller: Caller, connect: Connect) -> Option<String> {
    let addresses: Vec<IpAddr> = own.iter().map(|ip| ip.parse().unwrap()).collect();
    let call = gateway.serve_from((ip.parse().unwrap(), &addresses), &caller, async |raw| {
        Client::connect(raw, &connect, Some(TOKEN)).await.err().map(|refused| refused.code().to_owned())
    });
    call.await
}

/// P-14: with the setting on, the machine's own tailnet address is local; another's, or one that only looks so, is not.
#[tokio::test]
async fn the_own_tailnet_address_can_count_as_local() {
    let trusting = r#"{gateway: {trustedProxies: ["127.0.0.1"], pairing: {trustOwnTailnet: true}}}"#;
    let gateway = InProcess::with(trusting, |_| {}).await;
    let asked = Some("PAIRING_REQUIRED".to_owned());
    let host = || Caller::local().header("host", "desk.tail1234.ts.net:18789");
    assert_eq!(from_tailnet(&gateway, OWN, &[OWN], host(), fresh("own")).await, None);
    assert_eq!(from_tailnet(&gateway, "100.101.102.104", &[OWN], host(), fresh("neighbour")).await, asked);
    assert_eq!(
        from_tailnet(&gateway, "192.168.1.4", &[OWN, "192.168.1.4"], host(), fresh("lan")).await,
        asked,
        "own, but no tailnet"
    );
    assert_eq!(
        from_tailnet(&gateway, "100.128.0.1", &["100.128.0.1"], host(), fresh("outside")).await,
        asked,
        "outside 100.64/10"
    );
    let wrong = fresh("own").auth(json!({"token": "wrong"}));
    assert_eq!(from_tailnet(&gateway, OWN, &[OWN], host(), wrong).await.as_deref(), Some("AUTH_TOKEN_MISMATCH"));
    // As the default it is off.
    let plain = InProcess::with(PROXIED, |_| {}).await;
    assert_eq!(from_tailnet(&plain, OWN, &[OWN], host(), fresh("own")).await, asked);
}
