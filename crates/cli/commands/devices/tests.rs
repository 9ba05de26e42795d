//! Tables and choices of `postern devices`, over made-up answers.

use super::*;
use crate::exit::Exit;

fn devices() -> DevicePairListResult {
    serde_json::from_value(json!({
        "pending": [{
            "requestId": "3f1c0000-aaaa", "deviceId": "56475aa75463474c", "publicKey": "k",
            "displayName": "phone\u{1b}[1A", "role": "operator", "roles": ["operator"],
            "scopes": ["operator.read", "operator.write"], "remoteIp": "192.0.2.7", "ts": 40_000
        }],
        "paired": [
            {"deviceId": "aaaaaaaaaa01", "publicKey": "k", "displayName": "laptop", "label": "desk", "platform": "linux",
                "role": "operator", "roles": ["operator"], "scopes": ["operator.admin"], "createdAtMs": 0,
                "approvedAtMs": 0, "approvedVia": "local", "connected": true, "tokens": []},
            {"deviceId": "aaaaaaaaaa02", "publicKey": "k", "clientId": "node-host", "role": "operator",
                "roles": ["operator", "node"], "scopes": [], "createdAtMs": 0, "approvedAtMs": 0,
                "approvedVia": "operator", "connected": false, "lastSeenAtMs": 40_000, "tokens": []}
        ]
    }))
    .unwrap()
}

#[test]
fn the_list_cuts_ids_but_never_so_far_that_they_look_alike() {
    let text = text(&devices(), 100_000);
    let cells = |line: &str| -> Vec<String> {
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect()
    };
    let lines: Vec<Vec<String>> = text.lines().map(cells).collect();
    assert_eq!(
        lines[2],
        ["3f1c0000", "56475aa7", "phone\u{fffd}[1A", "192.0.2.7", "operator", "read, write", "1 min ago"]
    );
    assert_eq!(lines[8], ["aaaaaaaaaa01", "desk", "linux", "operator", "admin", "-", "connected"]);
    assert_eq!(lines[9], ["aaaaaaaaaa02", "node-host", "-", "operator, node", "-", "-", "1 min ago"]);
}

#[test]
fn an_empty_house_says_so() {
    let nobody = DevicePairListResult { pending: vec![], paired: vec![] };
    assert_eq!(text(&nobody, 0), "No device is paired.");
}

#[test]
fn things_are_found_by_id_start_of_id_or_name() {
    let paired = devices().paired;
    let find = |text: &str| choose(&paired, text, |device| (&device.device_id, name_of_device(device)), "device");
    for text in ["aaaaaaaaaa01", "DESK"] {
        assert_eq!(find(text).unwrap().device_id, "aaaaaaaaaa01", "{text}");
    }
    assert_eq!(find("aaaaaaaaaa02").unwrap().device_id, "aaaaaaaaaa02");
    let ambiguous = find("aaaa").unwrap_err();
    assert_eq!(
        (ambiguous.exit, ambiguous.message.as_str()),
        (Exit::Usage, "`aaaa` fits 2 devices: type more of the id")
    );
    for text in ["bbbb", "", " "] {
        assert_eq!(find(text).unwrap_err().exit, Exit::Failed, "{text:?}");
    }
}

#[test]
fn what_is_approved_is_shown_in_full() {
    let text = approve::description(&devices().pending[0], 100_000);
    for line in [
        "  device       phone\u{fffd}[1A",
        "  fingerprint  56475aa7 5463474c",
        "  address      192.0.2.7",
        "  role         operator",
        "  scopes       read, write",
        "  request      3f1c0000-aaaa",
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line} is missing in\n{text}");
    }
}

#[test]
fn latest_means_the_only_one() {
    let mut pending = devices().pending;
    assert_eq!(approve::only(&pending).unwrap().request_id, "3f1c0000-aaaa");
    pending.push(PairingRequest { request_id: "77".into(), ..pending[0].clone() });
    let several = approve::only(&pending).unwrap_err();
    assert_eq!(several.exit, Exit::Usage);
    assert_eq!(several.hint.unwrap(), "postern devices approve 3f1c0000-aaaa\npostern devices approve 77");
    assert_eq!(approve::only(&[]).unwrap_err().exit, Exit::Failed);
}

#[test]
fn a_role_must_be_named_when_there_are_several() {
    let paired = devices().paired;
    let args = |role| crate::args::TokenArgs { device: String::new(), role };
    assert_eq!(change::role(&paired[0], &args(None)).unwrap().as_str(), "operator");
    assert!(change::role(&paired[1], &args(None)).unwrap_err().message.contains("--role operator or --role node"));
    let node = Some(postern_protocol::access::Role::Node);
    assert_eq!(change::role(&paired[1], &args(node)).unwrap().as_str(), "node");
}
