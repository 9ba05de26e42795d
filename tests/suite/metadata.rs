//! Pinned metadata: the platform and family a device was paired with (`handshake.md §8`, metadata-upgrade).

use serde_json::{Value, json};

use super::status::connections_become;
use crate::harness::{Caller, Client, Close, Connect, Device, Endpoint, Payload, TestGateway, until};

fn box_() -> Device {
    Device::new("box")
}

/// The device as this platform and family; `None` leaves the family out.
fn claims(platform: &str, family: Option<&str>) -> Connect {
    let connect = Connect::operator(&box_(), &["operator.read"]).set("/client/platform", json!(platform));
    family.map_or(connect.clone(), |family| connect.set("/client/deviceFamily", json!(family)))
}

async fn paired_as(gateway: &Endpoint, platform: &str, family: Option<&str>) -> String {
    gateway.must(&Caller::local(), &claims(platform, family)).await.device_token()
}

async fn listed(client: &mut Client) -> Value {
    let paired = client.ok("device.pair.list", json!({})).await["paired"].clone();
    paired.as_array().unwrap().iter().find(|device| device["deviceId"] == box_().id()).unwrap().clone()
}

/// F-06, F-08, F-09, F-11: a changed or missing pinned field needs a person, here as elsewhere, by whatever credential.
#[tokio::test]
async fn changed_metadata_needs_a_person() {
    let gateway = TestGateway::proxied();
    let token = paired_as(&gateway, "linux", Some("Desktop")).await;
    let changes = [
        claims("macos", Some("Desktop")),
        claims("linux", Some("Mac")),
        claims("linux", None),
        claims("windows", None),
    ];
    for connect in changes {
        for caller in [Caller::local(), Caller::remote()] {
            for connect in [
                connect.clone(),
                connect.clone().device_token(&token),
                connect.clone().v3().auth(json!({"token": token})),
            ] {
                let refused = gateway.refused(&caller, &connect).await;
                let details = &refused.error["details"];
                assert_eq!(
                    (refused.code(), &details["reason"]),
                    ("PAIRING_REQUIRED", &json!("metadata-upgrade")),
                    "{refused:?}"
                );
            }
        }
    }
    gateway.must(&Caller::remote(), &claims("linux", Some("Desktop")).device_token(&token)).await;
}

/// F-06: the whole answer.
#[tokio::test]
async fn the_answer_names_the_change() {
    let gateway = TestGateway::start();
    paired_as(&gateway, "linux", None).await;
    let refused = gateway.refused(&Caller::local(), &claims("macos", None)).await;
    let id = refused.request_id();
    let message = "pairing required: device identity changed and must be re-approved";
    let details = json!({
        "code": "PAIRING_REQUIRED", "reason": "metadata-upgrade", "requestId": id,
        "remediationHint": format!("on the gateway's machine run: postern devices approve {id}"),
        "deviceId": box_().id(), "requestedRole": "operator", "requestedScopes": ["operator.read"],
        "recommendedNextStep": "wait_then_retry", "retryable": true, "pauseReconnect": false,
        "approvedRoles": ["operator"], "approvedScopes": ["operator.read"],
    });
    assert_eq!(refused.error, json!({"code": "NOT_PAIRED", "message": message, "details": details}));
    let reason = format!("{message} (requestId: {id})");
    assert_eq!(refused.close, Close::new(1008, reason.get(..120).unwrap_or(&reason)));
}

/// F-04: a signature that does not cover the metadata is no way around the pin.
#[tokio::test]
async fn older_signatures_do_not_go_around_the_pin() {
    let gateway = TestGateway::start();
    paired_as(&gateway, "linux", Some("Desktop")).await;
    for connect in [claims("macos", Some("Desktop")), claims("linux", None)] {
        for connect in [connect.clone().payload(Payload::V2), connect.v3().payload(Payload::V1)] {
            let refused = gateway.refused(&Caller::local(), &connect).await;
            assert_eq!(refused.error["details"]["reason"], "metadata-upgrade", "{refused:?}");
        }
    }
}

/// F-11: a wish for more beside the change makes nothing silent either.
#[tokio::test]
async fn a_change_hidden_in_an_upgrade_needs_a_person() {
    let gateway = TestGateway::start();
    paired_as(&gateway, "linux", None).await;
    let wider = claims("macos", None).set("/scopes", json!(["operator.admin"]));
    let refused = gateway.refused(&Caller::local(), &wider).await;
    assert_eq!(refused.code(), "PAIRING_REQUIRED");
    let node = Connect::node(&box_()).set("/client/platform", json!("macos"));
    assert_eq!(gateway.refused(&Caller::local(), &node).await.code(), "PAIRING_REQUIRED");
    assert_eq!(gateway.must(&Caller::local(), &claims("linux", None)).await.scopes(), ["operator.read"]);
}

/// F-07: the approval pins the new values; the old ones are then the change.
#[tokio::test]
async fn approving_pins_the_new_values() {
    let gateway = TestGateway::proxied();
    paired_as(&gateway, "linux", Some("Desktop")).await;
    let refused = gateway.refused(&Caller::remote(), &claims("macos", Some("Mac"))).await;
    let device = gateway.approve(&refused).await["device"].clone();
    assert_eq!((&device["platform"], &device["deviceFamily"]), (&json!("macos"), &json!("Mac")));
    assert_eq!(device["scopes"], json!(["operator.read"]), "a repair gives nothing new");
    gateway.must(&Caller::remote(), &claims("macos", Some("Mac"))).await;
    let back = gateway.refused(&Caller::local(), &claims("linux", Some("Desktop"))).await;
    assert_eq!(back.error["details"]["reason"], "metadata-upgrade");
}

/// F-10: what was never pinned binds nobody.
#[tokio::test]
async fn what_was_never_pinned_may_appear() {
    let gateway = TestGateway::proxied();
    paired_as(&gateway, "linux", None).await;
    gateway.must(&Caller::remote(), &claims("linux", Some("Desktop"))).await;
    gateway.must(&Caller::remote(), &claims("linux", Some("Server"))).await;
    let blank = Device::new("blank");
    let without = |platform: &str| Connect::operator(&blank, &[]).set("/client/platform", json!(platform));
    gateway.must(&Caller::local(), &without("  ")).await;
    gateway.must(&Caller::remote(), &without("windows")).await;
}

/// F-05, F-12: an ordinary reconnect changes what is known about access, never what is pinned.
#[tokio::test]
async fn reconnecting_never_moves_the_pin() {
    let gateway = TestGateway::proxied();
    paired_as(&gateway, "iOS 18.2", Some("iPhone")).await;
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    let before = listed(&mut admin).await;
    let connect =
        claims("ios 18.4", Some(" IPHONE ")).client("openclaw-ios", "ui").set("/client/displayName", json!("Ada's"));
    let held = gateway.must(&Caller::remote(), &connect).await;
    let after = listed(&mut admin).await;
    let pinned =
        |device: &Value| [device["platform"].clone(), device["deviceFamily"].clone(), device["approvedAtMs"].clone()];
    assert_eq!(pinned(&after), pinned(&before));
    assert_eq!(pinned(&after)[..2], [json!("iOS 18.2"), json!("iPhone")]);
    let access =
        |device: &Value| [device["displayName"].clone(), device["remoteIp"].clone(), device["clientMode"].clone()];
    assert_eq!(access(&after), [json!("Ada's"), json!("203.0.113.5"), json!("ui")]);
    drop(held);
    let gateway = gateway.restart();
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    assert_eq!(pinned(&listed(&mut admin).await), pinned(&before));
}

/// An update of the system under a device is no change, and neither is the other name of macOS.
#[tokio::test]
async fn system_updates_are_no_change() {
    let gateway = TestGateway::proxied();
    let table = [
        ("macos 15.1", "darwin", true),
        ("iOS 18.2", "ios 18.3", true),
        ("Android 14", "android 15", true),
        ("darwin", "macOS 26.0", true),
        ("Linux x86_64", "Linux aarch64", false),
        ("windows 10", "windows 11", false),
        ("ios 18.2", "ipados 18.2", false),
        ("ios 18.2", "ios 18.2 jailbroken", false),
    ];
    for (index, (paired, claimed, fine)) in table.into_iter().enumerate() {
        let device = Device::new(&format!("device-{index}"));
        let as_ = |platform: &str| Connect::operator(&device, &[]).set("/client/platform", json!(platform));
        gateway.must(&Caller::local(), &as_(paired)).await;
        let result = gateway.connect_from(&Caller::remote(), &as_(claimed)).await;
        assert_eq!(result.is_ok(), fine, "{paired} → {claimed}");
    }
}

/// F-13: a node paired as a phone that now claims to be a desktop never gets in to offer a desktop's commands.
#[tokio::test]
async fn a_node_cannot_change_its_kind() {
    let gateway = TestGateway::start();
    let node = |platform: &str, commands: Value| {
        Connect::node(&box_()).set("/client/platform", json!(platform)).set("/commands", commands)
    };
    gateway.must(&Caller::local(), &node("ios", json!(["camera.snap"]))).await;
    let refused = gateway.refused(&Caller::local(), &node("linux", json!(["system.run"]))).await;
    assert_eq!(refused.error["details"]["reason"], "metadata-upgrade");
    let mut admin = gateway.op(&Device::new("admin"), &["operator.admin"]).await;
    connections_become(&mut admin, 1, 0).await;
    assert_eq!(listed(&mut admin).await["platform"], "ios");
}

/// F-14: the log says what was pinned and what was claimed, and holds no secret.
#[tokio::test]
async fn the_log_tells_of_the_change() {
    let gateway = TestGateway::start();
    let token = paired_as(&gateway, "linux", Some("Desktop")).await;
    gateway.refused(&Caller::local(), &claims("plan9", Some("Toaster")).device_token(&token)).await;
    let find = || gateway.log().lines().find(|line| line.contains("claims another platform")).map(str::to_owned);
    let line = until("the line", find).await;
    let log = gateway.log();
    for word in ["linux", "Desktop", "plan9", "Toaster", &box_().id()] {
        assert!(line.contains(word), "{word} is not in {line}");
    }
    assert!(!log.contains(&token) && !log.contains(crate::harness::TOKEN));
}
