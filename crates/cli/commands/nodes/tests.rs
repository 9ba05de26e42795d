//! Choices and texts of `postern nodes`, over made-up answers.

use postern_protocol::error::{ErrorCode, ErrorShape};
use postern_protocol::nodes::NodePairRequested;

use super::*;

fn nodes() -> Vec<NodeRow> {
    let rows = json!([
        {"nodeId": "aaaa0001", "displayName": "Desk", "remoteIp": "192.0.2.7", "platform": "linux", "caps": [],
            "commands": ["system.run", "system.notify"], "paired": true, "connected": true, "approvalState": "approved"},
        {"nodeId": "aaaa0002", "displayName": "desk", "remoteIp": "192.0.2.8", "caps": [], "commands": [],
            "paired": true, "connected": false, "approvalState": "approved", "lastConnectedAtMs": 40_000},
        {"nodeId": "bbbb0001", "displayName": "phone\u{1b}[2K", "caps": [], "commands": [], "paired": true,
            "connected": true, "approvalState": "pending-approval", "pendingRequestId": "r1"}
    ]);
    serde_json::from_value(rows).unwrap()
}

#[test]
fn a_node_is_found_by_id_start_of_id_name_or_address() {
    let nodes = nodes();
    for (text, id) in [("aaaa0001", "aaaa0001"), ("b", "bbbb0001"), ("192.0.2.8", "aaaa0002")] {
        assert_eq!(choose(&nodes, text).unwrap().node_id, id, "{text}");
    }
    for text in ["", " ", "nobody"] {
        assert_eq!(choose(&nodes, text).unwrap_err().exit, Exit::Failed, "{text:?}");
    }
    let few = choose(&nodes, "nobody").unwrap_err().hint.unwrap();
    assert!(few.starts_with("--node aaaa0001  Desk  192.0.2.7\n") && !few.contains('\u{1b}'), "{few}");
    assert_eq!(choose(&[], "nobody").unwrap_err().hint.unwrap(), "postern nodes status shows them");
}

#[test]
fn an_ambiguous_name_lists_who_is_meant() {
    let nodes = nodes();
    for text in ["DESK", "aaaa"] {
        let failure = choose(&nodes, text).unwrap_err();
        assert_eq!((failure.exit, failure.message.as_str()), (Exit::Usage, format!("`{text}` fits 2 nodes").as_str()));
        assert_eq!(failure.hint.unwrap(), "--node aaaa0001  Desk  192.0.2.7\n--node aaaa0002  desk  192.0.2.8");
    }
}

#[test]
fn connected_is_who_is_connected_and_usable_is_another_matter() {
    let text = shown::status(&NodeListResult { ts: 0, nodes: nodes() }, 100_000);
    let line = |id: &str| text.lines().find(|line| line.contains(id)).unwrap().to_owned();
    assert!(text.starts_with("3 nodes, 2 connected"), "{text}");
    assert!(line("aaaa0001").contains("connected") && !line("aaaa0001").contains("not approved"), "{text}");
    assert!(line("aaaa0002").contains("away"), "{text}");
    assert!(line("bbbb0001").contains("connected, not approved"), "{text}");
    assert!(text.contains("postern nodes pending") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn filters_leave_out_who_is_not_wanted() {
    let kept = |connected: bool, since_ms: Option<i64>| {
        let mut answer = json!({"nodes": nodes()});
        Wanted { connected, since_ms }.keep(&mut answer, "nodes");
        answer["nodes"].as_array().unwrap().iter().map(|node| node["nodeId"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(kept(false, None).len(), 3);
    assert_eq!(kept(true, None), ["aaaa0001", "bbbb0001"]);
    assert_eq!(kept(false, Some(30_000)).len(), 3);
    assert_eq!(kept(false, Some(50_000)), ["aaaa0001", "bbbb0001"]);
}

fn asks() -> NodePairRequested {
    serde_json::from_value(json!({
        "requestId": "r1", "nodeId": "aaaa0001", "displayName": "Desk", "commands": ["system.notify", "system.run"],
        "requiredApproveScopes": ["operator.admin", "operator.pairing"], "ts": 40_000
    }))
    .unwrap()
}

#[test]
fn an_approver_sees_what_is_new_and_what_it_needs() {
    let held = serde_json::from_value(json!({
        "nodeId": "aaaa0001", "commands": ["system.notify"], "createdAtMs": 0, "approvedAtMs": 0
    }));
    let text = shown::request(&asks(), Some(&held.unwrap()), 100_000);
    for line in ["  new       system.run", "  has       system.notify", "  needs     admin, pairing", "  request   r1"]
    {
        assert!(text.lines().any(|shown| shown == line), "{line} is missing in\n{text}");
    }
    assert!(text.contains("act on that computer as its user"), "{text}");
    assert!(shown::request(&asks(), None, 0).contains("  new       system.notify, system.run"));
}

#[test]
fn a_request_is_named_unless_it_is_the_only_one() {
    let one = vec![asks()];
    assert_eq!(decide::only(&one).unwrap().request_id, "r1");
    let two = vec![asks(), NodePairRequested { request_id: "r2".into(), ..asks() }];
    assert_eq!(decide::only(&two).unwrap_err().hint.unwrap(), "postern nodes approve r1\npostern nodes approve r2");
    assert_eq!(decide::choose(&two, "r2").unwrap().request_id, "r2");
    assert_eq!(decide::choose(&two, "r").unwrap_err().exit, Exit::Usage);
    assert_eq!(decide::only(&[]).unwrap_err().exit, Exit::Failed);
}

#[test]
fn a_picture_goes_to_a_private_file_and_leaves_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("photo.jpg");
    let mut answer = json!({"payload": {"format": "jpg", "base64": "aGVsbG8=", "width": 1}, "payloadJSON": "{…}"});
    let kept = media::keep(&mut answer, "camera.snap", Some(&out)).unwrap().unwrap();
    assert_eq!(std::fs::read(&out).unwrap(), b"hello");
    assert_eq!(
        answer,
        json!({
            "payload": {"format": "jpg", "width": 1, "bytes": 5, "path": out.to_str().unwrap()}, "payloadJSON": null
        })
    );
    assert!(kept.to_string().ends_with("photo.jpg  (5 bytes)"), "{kept}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn what_is_no_picture_stays_in_the_answer() {
    let mut answer = json!({"payload": {"bins": {"git": "/usr/bin/git"}}});
    assert!(media::keep(&mut answer, "system.which", None).unwrap().is_none());
    assert_eq!(answer["payload"]["bins"]["git"], "/usr/bin/git");
    let failure = media::keep(&mut answer, "system.which", Some(std::path::Path::new("/x"))).err().unwrap();
    assert!(failure.message.contains("/x was not written"), "{failure}");
    let mut broken = json!({"payload": {"format": "png", "base64": "%%%"}});
    assert!(media::keep(&mut broken, "camera.snap", None).is_err());
}

#[test]
fn failures_of_nodes_have_their_own_exit_codes() {
    let failed = |details: Value| {
        let mut shape = ErrorShape::new(ErrorCode::Unavailable, "no");
        shape.details = details.as_object().cloned();
        explained(Failure::new(Exit::Failed, "no").answer(shape))
    };
    for (details, exit) in [
        (json!({"nodeError": {"code": "TIMEOUT"}}), Exit::Timeout),
        (json!({"code": "NOT_CONNECTED"}), Exit::Failed),
        (json!({"code": "PAIRING_CHANGED"}), Exit::PairingRequired),
        (json!({"nodeError": {"code": "SYSTEM_RUN_DENIED"}}), Exit::Unauthorized),
    ] {
        let failure = failed(details.clone());
        assert!(failure.exit == exit && failure.hint.is_some(), "{details}: {failure:?}");
    }
    assert_eq!(failed(json!({"nodeError": {"code": "LENS"}})).message, "no (LENS)");
    assert_eq!(failed(json!({})).message, "no");
}
