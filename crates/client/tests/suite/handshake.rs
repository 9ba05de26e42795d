//! What the client says before it is connected.

use std::collections::BTreeMap;

use postern_client::{ClientOptions, DEFAULT_URL, GatewayClient};
use postern_protocol::access::Role;
use postern_protocol::connect::ClientMode;
use postern_protocol::identity::{PayloadVersion, PublicKey};
use serde_json::{Value, json};

use crate::gateway::{CHALLENGE_TS, FakeGateway, ManualPause, NONCE, device, soon};

/// Connects with these options and returns the params of `connect`.
async fn params_of(change: impl FnOnce(ClientOptions) -> ClientOptions) -> Value {
    let gateway = FakeGateway::bind().await;
    let client = GatewayClient::start(change(gateway.options(&ManualPause::new(0)))).unwrap();
    let connection = gateway.accept().await;
    drop(client);
    connection.params
}

#[tokio::test]
async fn the_default_address_is_this_machine() {
    let client = GatewayClient::start(ClientOptions::new().without_device()).unwrap();
    assert_eq!(client.url(), "ws://127.0.0.1:18789");
    assert_eq!(client.url(), DEFAULT_URL);
    let client = GatewayClient::start(ClientOptions::new().without_device().url("wss://h.example:5/a")).unwrap();
    assert_eq!(client.url(), "wss://h.example:5/a");
}

#[tokio::test]
async fn the_served_nonce_is_signed_on_loopback_too() {
    let gateway = FakeGateway::bind().await;
    let options = gateway.options(&ManualPause::new(0)).token("shared").scopes(["operator.write", "operator.read"]);
    let client = GatewayClient::start(options.client("cli", ClientMode::Cli).device_family("Desktop")).unwrap();
    let mut connection = gateway.accept().await;
    let params = connection.connect();
    let proof = params.device.clone().unwrap();
    assert_eq!(proof.nonce.as_deref(), Some(NONCE));
    assert_eq!(proof.signed_at, CHALLENGE_TS);
    assert_eq!(proof.id, device().device_id().as_str());
    let payload = params.signed_fields(Role::Operator, &proof, NONCE).payload(PayloadVersion::V3);
    let key = PublicKey::parse(&proof.public_key).unwrap();
    assert!(key.verifies(&payload, &proof.signature), "{payload}");
    assert_eq!(
        payload,
        format!(
            "v3|{}|cli|cli|operator|operator.write,operator.read|{CHALLENGE_TS}|shared|{NONCE}|{}|desktop",
            proof.id,
            std::env::consts::OS
        )
    );
    connection.hello(json!({})).await;
    let hello = soon("connection", client.connected()).await.unwrap();
    assert_eq!((hello.server.version.as_str(), hello.protocol), ("9.9.9", 4));
}

#[tokio::test]
async fn shared_secrets_travel_in_their_own_fields() {
    assert_eq!(params_of(|o| o.token("t")).await["auth"], json!({"token": "t"}));
    assert_eq!(params_of(|o| o.password("p")).await["auth"], json!({"password": "p"}));
    assert_eq!(params_of(|o| o.bootstrap_token("b")).await["auth"], json!({"bootstrapToken": "b"}));
    assert_eq!(params_of(|o| o.token("")).await.get("auth"), None);
}

#[tokio::test]
async fn operators_say_who_they_are() {
    let params = params_of(|options| {
        options
            .client("cli", ClientMode::Cli)
            .version("1.2.3")
            .platform("linux")
            .display_name("Desk")
            .instance_id("instance-7")
            .model_identifier("T14")
            .scopes(["operator.read", "operator.pairing"])
            .caps(["tool-events"])
    })
    .await;
    assert_eq!(
        params["client"],
        json!({"id": "cli", "mode": "cli", "version": "1.2.3", "platform": "linux", "displayName": "Desk",
            "instanceId": "instance-7", "modelIdentifier": "T14"})
    );
    assert_eq!((params["role"].as_str(), &params["caps"]), (Some("operator"), &json!(["tool-events"])));
    assert_eq!(params["scopes"], json!(["operator.read", "operator.pairing"]));
    assert_eq!((params["minProtocol"].as_u64(), params["maxProtocol"].as_u64()), (Some(4), Some(4)));
    assert_eq!(params.get("commands"), None);
}

#[tokio::test]
async fn nodes_say_what_they_offer() {
    let params = params_of(|options| {
        options
            .client("node-host", ClientMode::Node)
            .role(Role::Node)
            .caps(["canvas", "system"])
            .commands(["system.run"])
            .permissions(BTreeMap::from([("camera".to_owned(), false)]))
            .protocol(3..=4)
    })
    .await;
    assert_eq!(params["role"], "node");
    assert_eq!(params["client"]["mode"], "node");
    assert_eq!(params["caps"], json!(["canvas", "system"]));
    assert_eq!(params["commands"], json!(["system.run"]));
    assert_eq!(params["permissions"], json!({"camera": false}));
    assert_eq!(params["scopes"], json!([]));
    assert_eq!((params["minProtocol"].as_u64(), params["maxProtocol"].as_u64()), (Some(3), Some(4)));
}

#[tokio::test]
async fn a_client_without_device_signs_nothing() {
    let params = params_of(|o| o.without_device().token("t")).await;
    assert_eq!(params.get("device"), None);
    assert_eq!(params["auth"], json!({"token": "t"}));
}

#[tokio::test]
async fn an_older_gateway_is_served_in_its_generation() {
    let gateway = FakeGateway::bind().await;
    let client = GatewayClient::start(gateway.options(&ManualPause::new(0)).protocol(3..=4)).unwrap();
    let mut connection = gateway.accept().await;
    connection.hello(json!({"protocol": 3, "server": {"version": "1", "connId": "c", "host": "h"}})).await;
    assert_eq!(soon("connection", client.connected()).await.unwrap().protocol, 3);
}
