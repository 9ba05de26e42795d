//! Where the gateway listens: exactly where it was told, and always on this machine. O-11.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::json;
use tokio::net::TcpStream;

use crate::harness::{Device, TestGateway, on_own_network, plug_in};

/// Addresses of this machine on which the gateway's port answers.
async fn answering(port: u16, own: &[IpAddr]) -> BTreeSet<IpAddr> {
    let mut found = BTreeSet::new();
    for ip in own {
        if TcpStream::connect((*ip, port)).await.is_ok() {
            found.insert(*ip);
        }
    }
    found
}

/// IPv4 addresses of this machine besides 127.0.0.1; 127.0.0.2 stands for one that is not listened on.
fn own_addresses() -> Vec<IpAddr> {
    let mut own = vec!["127.0.0.1".parse().unwrap(), "127.0.0.2".parse().unwrap()];
    own.extend(postern_gateway::system::own_addresses().into_iter().filter(|ip| ip.is_ipv4() && !ip.is_loopback()));
    own
}

/// O-11, T-01: every mode listens on its own addresses and on this machine's, and tells exactly these.
#[tokio::test]
async fn every_mode_listens_where_it_says() {
    if !on_own_network("suite::bind::every_mode_listens_where_it_says") {
        return;
    }
    plug_in("tail0", "100.101.102.1");
    let own = own_addresses();
    let loopback: IpAddr = own[0];
    let other = own[1];
    let tailnet: IpAddr = "100.101.102.1".parse().unwrap();
    assert!(own.contains(&tailnet) && own.len() == 4, "{own:?}");
    let custom = format!("{{gateway: {{bind: 'custom', customBindHost: '{other}'}}}}");
    let table = [
        ("{}", BTreeSet::from([loopback])),
        ("{gateway: {bind: 'loopback'}}", BTreeSet::from([loopback])),
        // Nothing keeps loopback from being listened on, so nothing wider is.
        ("{gateway: {bind: 'auto'}}", BTreeSet::from([loopback])),
        ("{gateway: {bind: 'tailnet'}}", BTreeSet::from([loopback, tailnet])),
        ("{gateway: {bind: 'lan'}}", own.iter().copied().collect()),
        (custom.as_str(), BTreeSet::from([loopback, other])),
    ];
    for (config, wanted) in table {
        let gateway = TestGateway::builder().config(config).start();
        assert_eq!(answering(gateway.port, &own).await, wanted, "{config}");
        let mut client = gateway.op(&Device::new("desk"), &["operator.read"]).await;
        let status = client.ok("remote.status", json!({})).await;
        let told: Vec<IpAddr> = status["urls"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|url| url::Url::parse(url["url"].as_str().unwrap()).unwrap().host_str()?.parse().ok())
            .filter(IpAddr::is_ipv4)
            .collect();
        // Every address of 127.0.0.0/8 is this machine's; only one of them is worth telling.
        let worth: BTreeSet<IpAddr> =
            wanted.into_iter().filter(|ip| *ip != other || config == custom.as_str()).collect();
        assert_eq!(BTreeSet::from_iter(told), worth, "{config}: {status}");
        assert_eq!(status["urls"][0]["kind"], "loopback", "{status}");
    }
}

/// Nothing is opened to others without authentication, and nobody is told a port that was not opened.
#[test]
fn an_open_door_without_authentication_is_refused() {
    for bind in ["lan", "tailnet", "auto", "192.0.2.7"] {
        let failed = TestGateway::builder().no_token().args(&["--auth", "none", "--bind", bind]).fails();
        assert_eq!(failed.status.code(), Some(78), "{failed:?}");
        let told = format!("{}{}", failed.stdout, failed.stderr);
        assert!(told.contains("refuses to start exposed without authentication"), "{told}");
    }
}
