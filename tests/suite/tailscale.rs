//! The gateway in the owner's tailnet: shown by Serve and Funnel, and what is said when that does not work (T-01..T-03,
//! DEMAND P18).

use serde_json::{Value, json};

use crate::harness::{Client, DNS_NAME, Device, Endpoint, TOKEN, Tailnet, TestGateway, run, until};

fn start(tailnet: &Tailnet, gateway: Value) -> TestGateway {
    TestGateway::builder().config(&tailnet.config(gateway)).env("PATH", &tailnet.path()).start()
}

fn target(gateway: &Endpoint) -> String {
    format!("http://127.0.0.1:{}", gateway.port)
}

async fn admin(gateway: &Endpoint) -> Client {
    gateway.op(&Device::new("admin"), &["operator.admin"]).await
}

async fn status(client: &mut Client) -> Value {
    client.ok("tailscale.status", json!({})).await
}

/// Asks until the status fits.
async fn status_until(client: &mut Client, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = std::time::Instant::now() + crate::harness::DEADLINE;
    loop {
        let status = status(client).await;
        if wanted(&status) {
            return status;
        }
        assert!(std::time::Instant::now() < deadline, "{status}");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// T-01, T-02, P18: one setting shows the gateway under its name; the port itself stays on loopback.
#[tokio::test]
async fn serve_shows_the_gateway_and_keeps_the_port_on_loopback() {
    let tailnet = Tailnet::new();
    let gateway = start(&tailnet, json!({"tailscale": {"mode": "serve"}}));
    let shown = target(&gateway);
    until("Serve", || (tailnet.shown() == (Some(shown.clone()), false)).then_some(())).await;
    assert_eq!(tailnet.argv(), [format!("--socket={} serve --bg {shown}", tailnet.socket().display())]);
    let mut admin = admin(&gateway).await;
    let told = status(&mut admin).await;
    assert_eq!(
        told,
        json!({"mode": "serve", "state": "running", "dnsName": DNS_NAME, "addresses": ["100.101.102.1"],
            "url": format!("https://{DNS_NAME}/"), "served": true, "identitySignIn": true})
    );
    let listen = admin.ok("status", json!({})).await["listen"].clone();
    for address in listen.as_array().unwrap().iter().map(|address| address.as_str().unwrap()) {
        assert!(address.starts_with("127.0.0.1:") || address.starts_with("[::1]:"), "{listen}");
    }
    let remote = admin.ok("remote.status", json!({})).await;
    assert_eq!(remote["publicOrigin"], format!("https://{DNS_NAME}"));
    assert_eq!((&remote["tailscale"]["running"], &remote["tailscale"]["mode"]), (&json!(true), &json!("serve")));
    let urls = remote["urls"].as_array().unwrap();
    let serve = urls.iter().find(|url| url["url"] == format!("https://{DNS_NAME}/")).expect("the name");
    assert_eq!((&serve["socketUrl"], &serve["secure"]), (&json!(format!("wss://{DNS_NAME}/")), &json!(true)));
}

/// A setup code leads to the address that works: the one that Tailscale shows, with the path of the page.
#[tokio::test]
async fn a_setup_code_leads_to_the_name_in_the_tailnet() {
    let tailnet = Tailnet::new();
    let gateway = start(&tailnet, json!({"tailscale": {"mode": "serve"}, "controlUi": {"basePath": "/base"}}));
    let mut admin = admin(&gateway).await;
    status_until(&mut admin, |status| status["served"] == true).await;
    let made = admin.ok("device.pair.setupCode", json!({})).await;
    let wanted = format!("wss://{DNS_NAME}/base");
    assert_eq!((&made["gatewayUrl"], &made["urlSource"]), (&json!(wanted), &json!("publicOrigin")));
    let content = postern_protocol::pairing::read_setup_code(made["setupCode"].as_str().unwrap()).unwrap();
    assert_eq!((content.url.as_str(), content.tls_fingerprint), (wanted.as_str(), None));
    let typed = gateway.cli(&["pair"]);
    assert!(typed.code == 0 && typed.stdout.contains(&wanted) && !typed.stderr.contains("--bind lan"), "{typed:?}");
    admin.ok("tailscale.set", json!({"mode": "off"})).await;
    status_until(&mut admin, |status| status["served"] == false).await;
    assert_eq!(admin.ok("device.pair.setupCode", json!({})).await["urlSource"], "loopback");
}

/// T-01: what was shown stays when the gateway stops, unless the settings say otherwise.
#[tokio::test]
async fn what_is_shown_ends_with_the_gateway_only_on_request() {
    for reset in [false, true] {
        let tailnet = Tailnet::new();
        let mut gateway = start(&tailnet, json!({"tailscale": {"mode": "serve", "resetOnExit": reset}}));
        let shown = target(&gateway);
        until("Serve", || (tailnet.shown().0.as_deref() == Some(&shown)).then_some(())).await;
        gateway.stop();
        assert_eq!(tailnet.shown().0.is_none(), reset);
        assert_eq!(tailnet.argv().iter().any(|line| line.ends_with("serve --https=443 off")), reset);
    }
}

/// T-03: the internet gets in with a password only.
#[tokio::test]
async fn funnel_needs_a_password() {
    let tailnet = Tailnet::new();
    let funnel = json!({"tailscale": {"mode": "funnel"}});
    for mode in ["token", "none"] {
        let mut config = funnel.clone();
        config["auth"] = json!({"mode": mode});
        let closed = TestGateway::builder().config(&tailnet.config(config)).env("PATH", &tailnet.path()).start();
        let told = closed.cli(&["status", "--json"]).json()["warnings"].to_string();
        assert!(
            told.contains("safe mode") && told.contains("gateway.tailscale.mode") && told.contains("password"),
            "{told}"
        );
    }
    assert_eq!(tailnet.shown(), (None, false), "nothing was shown meanwhile");
    let mut config = funnel;
    config["auth"] = json!({"mode": "password", "password": "a long enough secret"});
    let gateway =
        TestGateway::builder().config(&tailnet.config(config)).env("PATH", &tailnet.path()).no_token().start();
    until("Funnel", || (tailnet.shown() == (Some(target(&gateway)), true)).then_some(())).await;
    assert!(tailnet.argv().iter().any(|line| line.contains("funnel --bg")), "{:?}", tailnet.argv());
}

/// A gateway that nobody guards is not shown to the tailnet either.
#[tokio::test]
async fn serve_needs_authentication() {
    let tailnet = Tailnet::new();
    let config = json!({"tailscale": {"mode": "serve"}, "auth": {"mode": "none"}});
    let closed = TestGateway::builder().config(&tailnet.config(config)).env("PATH", &tailnet.path()).start();
    let told = closed.cli(&["status", "--json"]).json()["warnings"].to_string();
    assert!(told.contains("safe mode") && told.contains("exposed without authentication"), "{told}");
    assert_eq!(tailnet.shown().0, None, "nothing is shown");
}

/// P18: whatever is missing, the gateway serves, says what to do, and goes on by itself once it is done.
#[tokio::test]
async fn what_is_missing_is_told_and_made_good() {
    let expect = [
        (
            json!({"BackendState": "NeedsLogin", "AuthURL": "https://login.tailscale.com/a/xyz"}),
            "not-logged-in",
            "a/xyz",
        ),
        (json!({"BackendState": "Stopped"}), "stopped", "tailscale up"),
        (json!({"BackendState": "NeedsMachineAuth"}), "not-approved", "/admin/machines"),
        (json!({"CertDomains": null}), "https-disabled", "turn HTTPS on"),
        (json!({"Self": {"DNSName": ""}}), "magic-dns-disabled", "MagicDNS"),
    ];
    let tailnet = Tailnet::new();
    let healthy =
        json!({"BackendState": "Running", "CertDomains": [DNS_NAME], "Self": {"DNSName": format!("{DNS_NAME}.")}});
    tailnet.set_status(expect[0].0.clone());
    let gateway = start(&tailnet, json!({"tailscale": {"mode": "serve"}}));
    let mut admin = admin(&gateway).await;
    for (status_of_daemon, code, words) in expect {
        tailnet.set_status(healthy.clone());
        tailnet.set_status(status_of_daemon);
        let told = status(&mut admin).await;
        assert_eq!((&told["problem"]["code"], &told["served"]), (&json!(code), &json!(false)), "{told}");
        assert!(told["problem"]["message"].as_str().unwrap().contains(words), "{told}");
    }
    assert!(tailnet.argv().is_empty(), "nothing was tried in vain");
    tailnet.set_status(healthy);
    let told = status_until(&mut admin, |status| status["served"] == true).await;
    assert_eq!(told["problem"], Value::Null, "{told}");
}

/// Somebody else's page is never replaced, and a user without the right is told how to get it.
#[tokio::test]
async fn others_keep_what_they_show() {
    let tailnet = Tailnet::new();
    let host = format!("{DNS_NAME}:443");
    tailnet.shows(&json!({"Web": {host: {"Handlers": {"/": {"Proxy": "http://127.0.0.1:3000"}}}}}));
    let gateway = start(&tailnet, json!({"tailscale": {"mode": "serve"}}));
    let mut admin = admin(&gateway).await;
    let told = status(&mut admin).await;
    assert_eq!((&told["problem"]["code"], &told["served"]), (&json!("occupied"), &json!(false)), "{told}");
    assert_eq!(tailnet.shown().0.as_deref(), Some("http://127.0.0.1:3000"));
    tailnet.deny(true);
    tailnet.shows(&json!({}));
    let told = status_until(&mut admin, |status| status["problem"]["code"] == "not-operator").await;
    assert!(told["problem"]["message"].as_str().unwrap().contains("--operator=$USER"), "{told}");
    tailnet.deny(false);
    status_until(&mut admin, |status| status["served"] == true).await;
}

/// No Tailscale on the machine: said only where it is wanted.
#[tokio::test]
async fn no_tailscale_is_told_only_where_it_is_wanted() {
    let nowhere = tempfile::tempdir().unwrap();
    let socket = nowhere.path().join("tailscaled.sock");
    for (mode, code) in [("off", Value::Null), ("serve", json!("not-running"))] {
        let config = json!({"gateway": {"tailscale": {"mode": mode, "socket": socket}}}).to_string();
        let gateway = TestGateway::builder().config(&config).start();
        let told = status(&mut admin(&gateway).await).await;
        assert_eq!((&told["state"], &told["problem"]["code"]), (&json!("missing"), &code), "{told}");
        // Whoever only asks how it is is told too.
        let tells = || gateway.cli(&["status"]).stdout.contains("Tailscale does not run") == (mode == "serve");
        until("status to tell it", || tells().then_some(())).await;
        let remote = gateway.cli(&["remote"]);
        assert_eq!(remote.stdout.contains("Tailscale does not run"), mode == "serve", "{remote:?}");
    }
}

/// P18: one switch, for the page and the command line; the file keeps its comments and the change counts at once.
#[tokio::test]
async fn one_switch_shows_it_and_takes_it_back() {
    let tailnet = Tailnet::new();
    let file =
        format!("{{\n  // Mine.\n  gateway: {{ tailscale: {{ socket: '{}' }} }},\n}}\n", tailnet.socket().display());
    let gateway = TestGateway::builder().config(&file).env("PATH", &tailnet.path()).start();
    let shown = gateway.cli(&["tailscale", "serve", "--json"]);
    assert_eq!((shown.code, &shown.json()["served"]), (0, &json!(true)), "{shown:?}");
    assert_eq!(tailnet.shown(), (Some(target(&gateway)), false));
    let written = std::fs::read_to_string(gateway.state_dir().join("postern.json")).unwrap();
    assert!(written.contains("// Mine.") && written.contains("serve"), "{written}");
    let text = gateway.cli(&["tailscale"]);
    assert!(text.stdout.contains(&format!("https://{DNS_NAME}/")), "{text:?}");
    let status = gateway.cli(&["status"]);
    assert!(status.stdout.contains(&format!("https://{DNS_NAME}/")), "every address that works: {status:?}");
    let mut admin = admin(&gateway).await;
    let off = admin.ok("tailscale.set", json!({"mode": "off"})).await;
    assert_eq!((&off["mode"], &off["served"]), (&json!("off"), &json!(false)));
    assert_eq!(tailnet.shown().0, None);
    let mut reader = gateway.op(&Device::new("reader"), &["operator.read", "operator.write"]).await;
    reader.ok("tailscale.status", json!({})).await;
    assert_eq!(reader.err("tailscale.set", json!({"mode": "serve"})).await["code"], "FORBIDDEN");
}

/// T-03: the switch does not get around the rule either, and a failure is one for scripts too.
#[tokio::test]
async fn the_switch_keeps_to_the_rules() {
    let tailnet = Tailnet::new();
    let gateway = start(&tailnet, json!({}));
    let refused = gateway.cli(&["tailscale", "funnel"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("gateway.auth.mode to password"), "{refused:?}");
    assert!(tailnet.argv().is_empty(), "{:?}", tailnet.argv());
    tailnet.deny(true);
    let denied = gateway.cli(&["tailscale", "serve"]);
    assert_eq!(denied.code, 1, "{denied:?}");
    assert!(denied.stdout.contains("--operator=$USER"), "{denied:?}");
}

/// P18: whatever the gateway is bound to, its own machine reaches it on loopback.
#[tokio::test]
async fn the_own_machine_always_gets_in() {
    for bind in ["tailnet", "lan", "auto", "127.0.0.1"] {
        let gateway = TestGateway::builder().args(&["--bind", bind]).start();
        let status = gateway.cli(&["status", "--json"]);
        assert_eq!(status.code, 0, "{bind}: {status:?}");
        let connected =
            gateway.connect(&crate::harness::Connect::operator(&Device::new(bind), &["operator.read"])).await;
        assert!(connected.is_ok(), "{bind}: {connected:?}");
    }
}

/// T-01: a certificate that is made knows the machine's name in the tailnet; one that clients have pinned stays.
#[tokio::test]
async fn a_new_certificate_has_the_name_and_an_old_one_stays() {
    let tailnet = Tailnet::new();
    let encrypted = tailnet.config(json!({"tls": {"enabled": true}}));
    let names = |gateway: &TestGateway| {
        let state = gateway.state_dir();
        let env = [("POSTERN_STATE_DIR", state.to_str().unwrap()), ("POSTERN_GATEWAY_TOKEN", TOKEN)];
        run(&["remote", "--json"], &env).json()["tls"]["names"].clone()
    };
    let gateway = TestGateway::builder().config(&encrypted).env("PATH", &tailnet.path()).start();
    let first = gateway.ready["tlsFingerprint"].clone();
    let known = names(&gateway);
    assert!(known.as_array().is_some_and(|names| names.contains(&json!(DNS_NAME))), "{known}");
    tailnet.set_status(json!({"Self": {"DNSName": "renamed.tail1234.ts.net.", "TailscaleIPs": ["100.101.102.1"]}}));
    let gateway = gateway.restart();
    assert_eq!(gateway.ready["tlsFingerprint"], first, "what clients have pinned stays");
}

/// One who switches and one who changes settings take turns: what is in force is what is written.
#[tokio::test]
async fn the_switch_takes_its_turn() {
    let tailnet = Tailnet::new();
    let gateway = start(&tailnet, json!({}));
    let (mut one, mut two) = (admin(&gateway).await, admin(&gateway).await);
    for round in 0..8 {
        let mode = if round % 2 == 0 { "serve" } else { "off" };
        let base = two.ok("config.get", json!({})).await["hash"].clone();
        let patch = json!({"raw": format!("{{session: {{mainKey: 'round{round}'}}}}"), "baseHash": base});
        let (switched, patched) =
            tokio::join!(one.ok("tailscale.set", json!({"mode": mode})), two.call("config.patch", patch));
        assert_eq!(switched["mode"], mode, "{switched}");
        let config = two.ok("config.get", json!({})).await;
        assert_eq!(config["parsed"]["gateway"]["tailscale"]["mode"], mode, "{config}");
        let written = config["parsed"]["session"]["mainKey"].clone();
        let is_new = written == json!(format!("round{round}"));
        assert_eq!(is_new, patched.is_ok(), "{patched:?} {config}");
        assert_eq!(two.ok("agents.list", json!({})).await["mainKey"], config["config"]["session"]["mainKey"]);
        assert_eq!(status(&mut one).await["mode"], mode);
    }
}
