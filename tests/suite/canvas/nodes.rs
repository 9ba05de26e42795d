//! What clients are told of the canvas (`handshake.md §10`). V-07.

use serde_json::Value;

use super::scene::{CANVAS, path_of, put, start, start_with};
use crate::harness::{Caller, Connect, Device, InProcess, PROXIED};

async fn hello(gateway: &InProcess, caller: &Caller, connect: Connect) -> Value {
    gateway.must(caller, &connect).await.hello
}

/// V-07: an old node is told where the canvas is, and it is there.
#[tokio::test]
async fn an_old_node_is_told_where_the_canvas_is() {
    let gateway = start("{}").await;
    put(&gateway, "index.html", "<p>shown");
    let node = gateway.must(&Caller::local(), &Connect::node(&Device::new("phone")).v3()).await;
    let url = node.hello["canvasHostUrl"].as_str().unwrap().to_owned();
    assert_eq!(url, format!("http://127.0.0.1:{}", gateway.port));
    assert!(node.hello["pluginSurfaceUrls"].is_null());
    let page = gateway.http("GET", &format!("{}{CANVAS}", path_of(&url)), &Caller::local(), "").await;
    assert!(page.status == 200 && page.body.contains("<p>shown"), "{page:?}");
}

/// The address is the one under which the client came: its name, its port, its protocol.
#[tokio::test]
async fn the_address_is_the_one_that_the_client_used() {
    let gateway = start("{}").await;
    let port = gateway.port;
    for (number, (host, want)) in [
        ("localhost:7777".to_owned(), "http://localhost:7777".to_owned()),
        (format!("[::1]:{port}"), format!("http://[::1]:{port}")),
        ("[::1]".to_owned(), format!("http://[::1]:{port}")),
        ("127.0.0.1".to_owned(), format!("http://127.0.0.1:{port}")),
    ]
    .into_iter()
    .enumerate()
    {
        let caller = Caller::local().header("host", &host);
        let old = hello(&gateway, &caller, Connect::node(&Device::new(&format!("old {number}"))).v3()).await;
        assert_eq!(old["canvasHostUrl"], want, "{host}");
        let new = hello(&gateway, &caller, Connect::node(&Device::new(&format!("new {number}")))).await;
        let url = new["pluginSurfaceUrls"]["canvas"].as_str().unwrap();
        assert!(url.starts_with(&format!("{want}/__openclaw__/cap/")), "{url}");
    }
}

/// A trusted proxy says whether it was asked over TLS; others are not heard at all.
#[tokio::test]
async fn behind_a_proxy_the_address_is_the_proxys() {
    let gateway = InProcess::with(PROXIED, |_| {}).await;
    for (proto, host, want) in [
        ("https", "gate.example", "https://gate.example:443"),
        ("HTTPS, http", "gate.example:8443", "https://gate.example:8443"),
        ("http", "gate.example", "http://gate.example:80"),
    ] {
        let caller = Caller::remote().header("x-forwarded-proto", proto).header("host", host);
        let connect = Connect::node(&Device::new(proto)).v3();
        let refused = gateway.refused(&caller, &connect).await;
        gateway.approve(&refused).await;
        assert_eq!(hello(&gateway, &caller, connect).await["canvasHostUrl"], want);
    }
    let direct = start("{}").await;
    let liar = Caller::local().header("x-forwarded-proto", "https");
    let refused = direct.upgrade(&liar).await.map(drop).unwrap_err();
    assert_eq!(refused.status, 403, "whoever is no proxy of ours says nothing");
}

/// A name that would become something else in an address is not repeated.
#[tokio::test]
async fn an_odd_name_is_not_repeated() {
    let gateway = start_with("{}", "").await;
    for host in ["a@evil.example", "127.0.0.1:1/x?y=", "127.0.0.1#", "<script>"] {
        let caller = Caller::local().header("host", host);
        let outcome = gateway.upgrade_as("192.168.7.20", &caller).await;
        let Ok(raw) = outcome else { continue };
        let connect = Connect::node(&Device::new("odd")).v3();
        match crate::harness::Client::connect(raw, &connect, gateway.token.as_deref()).await {
            Ok(client) => assert!(client.hello["canvasHostUrl"].is_null(), "{host}: {}", client.hello),
            Err(refused) => {
                gateway.approve(&refused).await;
                let raw = gateway.upgrade_as("192.168.7.20", &caller).await.unwrap();
                let client = crate::harness::Client::connect(raw, &connect, gateway.token.as_deref()).await.unwrap();
                assert!(client.hello["canvasHostUrl"].is_null(), "{host}: {}", client.hello);
            }
        }
    }
}
