//! New nodes of networks that the owner lists (`gateway.nodes.pairing.autoApproveCidrs`, `handshake.md §8`): let in
//! without asking, and nothing more than that; and everything that only looks like one.

use serde_json::{Value, json};

use crate::harness::{Caller, Client, Connect, Device, InProcess, Refused};

const LISTED: &str = r#"{gateway: {
    trustedProxies: ["127.0.0.1", "10.9.0.2"], controlUi: {allowedOrigins: ["https://page.example"]},
    nodes: {pairing: {autoApproveLocal: false, autoApproveCidrs: ["10.9.0.0/16", "fd00:9::/32"]}},
}}"#;
/// A computer in the listed network.
const SHELF_IP: &str = "10.9.3.4";
const OWNER: &[&str] = &["operator.admin"];

/// A gateway, and its owner, who was let in by hand.
async fn house() -> (InProcess, Client) {
    let gateway = InProcess::with(LISTED, |_| {}).await;
    let owner = gateway.must(&Caller::local(), &Connect::deviceless(OWNER)).await;
    (gateway, owner)
}

fn node(name: &str) -> Connect {
    Connect::node(&Device::new(name)).set("/caps", json!(["system"])).set("/commands", json!(["system.run"]))
}

/// Comes from this address, with these headers.
async fn comes(gateway: &InProcess, ip: &str, caller: &Caller, connect: &Connect) -> Result<Client, Refused> {
    let raw = gateway.upgrade_as(ip, caller).await.unwrap_or_else(|answer| panic!("no upgrade: {answer:?}"));
    Client::connect(raw, connect, gateway.token.as_deref()).await
}

fn local() -> Caller {
    Caller::local()
}

async fn devices(owner: &mut Client) -> Value {
    owner.ok("device.pair.list", json!({})).await
}

fn run(name: &str) -> Value {
    let key = uuid::Uuid::new_v4().to_string();
    json!({"nodeId": Device::new(name).id(), "command": "system.run", "params": {"command": ["id"]}, "idempotencyKey": key})
}

/// Its device is paired, as a node and with nothing else; what it offers waits for somebody.
#[tokio::test]
async fn a_new_node_of_a_listed_network_is_let_in_and_asked_about_what_it_offers() {
    let (gateway, mut owner) = house().await;
    let through_proxy = Caller::at("10.9.8.8");
    for (name, ip, caller, seen) in [
        ("shelf", SHELF_IP, &local(), SHELF_IP),
        ("six", "fd00:9::7", &local(), "fd00:9::7"),
        ("mapped", "::ffff:10.9.7.7", &local(), "10.9.7.7"),
        ("behind", "127.0.0.1", &through_proxy, "10.9.8.8"),
    ] {
        let client = comes(&gateway, ip, caller, &node(name)).await.unwrap_or_else(|refused| panic!("{refused:?}"));
        assert_eq!((&client.hello["auth"]["role"], client.scopes()), (&json!("node"), vec![]), "{name}");
        let list = devices(&mut owner).await;
        let id = Device::new(name).id();
        let row = list["paired"].as_array().unwrap().iter().find(|row| row["deviceId"] == id.as_str()).unwrap();
        let wanted = (&json!("listed-address"), &json!(["node"]), &json!([]), &json!(seen));
        assert_eq!((&row["approvedVia"], &row["roles"], &row["scopes"], &row["remoteIp"]), wanted, "{row}");
        let asked = owner.event("node.pair.requested", |asked| asked["nodeId"] == id.as_str()).await;
        assert_eq!(asked["remoteIp"], seen, "{asked}");
        assert_eq!(owner.err("node.invoke", run(name)).await["details"]["code"], "PAIRING_CHANGED");
    }
    assert_eq!(devices(&mut owner).await["pending"], json!([]));
    assert_eq!(owner.events("device.pair.requested"), [] as [Value; 0]);
    // From then on it is a device like any other, wherever it is.
    comes(&gateway, "198.51.100.4", &local(), &node("shelf")).await.unwrap_or_else(|refused| panic!("{refused:?}"));
}

/// Somebody has to decide about everything else, and nothing of it is paired.
#[tokio::test]
async fn whatever_asks_for_more_or_may_be_elsewhere_is_asked_about() {
    let (gateway, mut owner) = house().await;
    let (page, via) = (Caller::page("https://page.example"), local().header("via", "1.1 proxy"));
    let scopes = |scopes: Value| node("wants").set("/scopes", scopes);
    let operator = |scopes: &[&str]| Connect::operator(&Device::new("operator"), scopes);
    for (what, ip, caller, connect) in [
        ("an operator", SHELF_IP, local(), operator(&["operator.read"])),
        ("an operator without scopes", SHELF_IP, local(), operator(&[])),
        ("a node that wants scopes", SHELF_IP, local(), scopes(json!(["operator.admin"]))),
        ("a node that wants unknown scopes", SHELF_IP, local(), scopes(json!(["everything"]))),
        ("a node of protocol 3", SHELF_IP, local(), node("old").v3()),
        ("a page", SHELF_IP, page, node("page")),
        ("a node of another network", "10.10.0.1", local(), node("elsewhere")),
        ("a node of another network behind a proxy", "127.0.0.1", Caller::remote(), node("remote")),
        (
            "one that names an address of the network itself",
            "127.0.0.1",
            Caller::at("10.9.3.4, 203.0.113.5"),
            node("liar"),
        ),
        ("whoever the proxy cannot name", "10.9.0.2", Caller::at("10.9.3.4, nobody"), node("nobody")),
        ("whoever the proxy does not name", "10.9.0.2", via, node("unnamed")),
        ("whoever comes from the proxy's machine", "10.9.0.2", local(), node("proxy")),
        ("proxies only", "127.0.0.1", Caller::at("10.9.0.2"), node("proxies")),
    ] {
        match comes(&gateway, ip, &caller, &connect).await {
            Ok(client) => panic!("{what} was let in: {}", client.hello),
            Err(refused) => assert_eq!(refused.code(), "PAIRING_REQUIRED", "{what}: {refused:?}"),
        }
    }
    // Nor does anybody come without the secret, or through somebody who is no proxy of this gateway's.
    let guess = node("guess").auth(json!({"token": "wrong"}));
    assert_eq!(comes(&gateway, SHELF_IP, &local(), &guess).await.unwrap_err().code(), "AUTH_TOKEN_MISMATCH");
    let forged = gateway.upgrade_as("10.10.0.7", &Caller::at(SHELF_IP)).await.map(drop).unwrap_err();
    assert_eq!(forged.status, 403);
    assert_eq!(devices(&mut owner).await["paired"], json!([]));
}

/// Who is known is not new: another role, another system, another key are decided by somebody.
#[tokio::test]
async fn a_known_device_gets_nothing_more_by_its_address() {
    let (gateway, mut owner) = house().await;
    drop(comes(&gateway, SHELF_IP, &local(), &node("shelf")).await.unwrap());
    let shelf = Device::new("shelf");
    let reason = |refused: &Refused| refused.error["details"]["reason"].as_str().unwrap_or_default().to_owned();
    let as_operator = Connect::operator(&shelf, &["operator.read"]);
    let refused = comes(&gateway, SHELF_IP, &local(), &as_operator).await.unwrap_err();
    assert_eq!(reason(&refused), "role-upgrade", "{refused:?}");
    let as_phone = node("shelf").set("/client/platform", json!("ios"));
    let refused = comes(&gateway, SHELF_IP, &local(), &as_phone).await.unwrap_err();
    assert_eq!(reason(&refused), "metadata-upgrade", "{refused:?}");
    let with_other_key = node("shelf").forge("/device/publicKey", json!(Device::new("thief").public_key()));
    let refused = comes(&gateway, SHELF_IP, &local(), &with_other_key).await.unwrap_err();
    assert_eq!(refused.code(), "DEVICE_AUTH_DEVICE_ID_MISMATCH", "{refused:?}");
    // The other way round: an operator whom somebody let in becomes no node by its address.
    let desk = Connect::operator(&Device::new("desk"), &["operator.read"]);
    let refused = comes(&gateway, SHELF_IP, &local(), &desk).await.unwrap_err();
    owner.ok("device.pair.approve", json!({"requestId": refused.request_id()})).await;
    let refused = comes(&gateway, SHELF_IP, &local(), &node("desk")).await.unwrap_err();
    assert_eq!(reason(&refused), "role-upgrade", "{refused:?}");
    let list = devices(&mut owner).await;
    for row in list["paired"].as_array().unwrap() {
        assert_eq!(row["roles"].as_array().map(Vec::len), Some(1), "{row}");
    }
}

/// Nobody has looked at such a device, so what it offers is asked about in protocol 3 too.
#[tokio::test]
async fn the_older_protocol_is_no_way_around_the_question() {
    let (gateway, mut owner) = house().await;
    drop(comes(&gateway, SHELF_IP, &local(), &Connect::node(&Device::new("shelf"))).await.unwrap());
    let _old = comes(&gateway, SHELF_IP, &local(), &node("shelf").v3()).await.unwrap();
    assert_eq!(owner.err("node.invoke", run("shelf")).await["details"]["code"], "PAIRING_CHANGED");
    let list = owner.ok("node.pair.list", json!({})).await;
    assert_eq!(list["pending"][0]["nodeId"], Device::new("shelf").id(), "{list}");
}

/// The list is felt at once, a mistake in it names its place, and what is not supported is said.
#[tokio::test]
async fn the_list_is_a_setting_like_any_other() {
    let gateway = InProcess::with("{}", |_| {}).await;
    let mut owner = gateway.op(&Device::new("owner"), OWNER).await;
    let refused = comes(&gateway, SHELF_IP, &local(), &node("shelf")).await.unwrap_err();
    assert_eq!(refused.code(), "PAIRING_REQUIRED");
    let pairing = |pairing: Value| json!({"gateway": {"nodes": {"pairing": pairing}}}).to_string();
    let hash = owner.ok("config.get", json!({})).await["hash"].clone();
    let wrong = json!({"raw": pairing(json!({"autoApproveCidrs": ["10.9.0.0/16", "10.9.0.0/99"]})), "baseHash": hash});
    let error = owner.err("config.patch", wrong).await;
    assert!(error.to_string().contains("gateway.nodes.pairing.autoApproveCidrs[1]"), "{error}");
    let right =
        json!({"raw": pairing(json!({"autoApproveCidrs": ["10.9.0.0/16"], "sshVerify": true})), "baseHash": hash});
    owner.ok("config.patch", right).await;
    comes(&gateway, SHELF_IP, &local(), &node("shelf")).await.unwrap_or_else(|refused| panic!("{refused:?}"));
    let got = owner.ok("config.get", json!({})).await;
    assert!(got["warnings"].to_string().contains("gateway.nodes.pairing.sshVerify is not supported"), "{got}");
}
