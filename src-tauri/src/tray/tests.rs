//! Which state shows which menu.

use std::sync::Arc;

use postern::host::HostError;
use postern_client::ConnectionState;
use serde_json::json;

use super::*;
use crate::link::Recent;

const OFF: Switches = Switches { start_at_login: false, keep_running: true, node: None };

fn here() -> HostState {
    HostState::Here { url: "ws://127.0.0.1:1".into() }
}

fn elsewhere() -> HostState {
    HostState::Elsewhere { url: "ws://127.0.0.1:1".into() }
}

fn connected() -> Facts {
    let hello = serde_json::from_value(json!({
        "type": "hello-ok", "protocol": 4,
        "server": {"version": "1.2.3", "connId": "c"},
        "features": {"methods": [], "events": []},
        "snapshot": {"presence": [], "health": {}, "stateVersion": {"presence": 1, "health": 1}, "uptimeMs": 5},
        "policy": {"maxPayload": 1, "maxBufferedBytes": 1, "tickIntervalMs": 1}
    }));
    Facts { connection: Some(ConnectionState::Connected(Arc::new(hello.unwrap()))), ..Facts::default() }
}

fn waiting_facts() -> Facts {
    let pairing = json!({
        "requestId": "r1", "deviceId": "d".repeat(64), "publicKey": "k", "displayName": "Ada's\nphone",
        "platform": "ios", "role": "operator", "scopes": ["operator.read"], "remoteIp": "192.0.2.7", "ts": 0
    });
    let command = json!({
        "id": "a1", "createdAtMs": 0, "expiresAtMs": 60_000,
        "request": {"command": "rm -rf build", "cwd": "/w", "allowedDecisions": ["allow-once", "allow-always", "deny"]}
    });
    Facts {
        pairings: vec![serde_json::from_value(pairing).unwrap()],
        approvals: vec![serde_json::from_value(command).unwrap()],
        ..connected()
    }
}

fn labels(entries: &[Entry]) -> Vec<String> {
    let label = |entry: &Entry| match entry {
        Entry::Line(text) => format!("({text})"),
        Entry::Separator => "-".to_owned(),
        Entry::Item(_, text) => text.clone(),
        Entry::Off(text) => format!("[{text}]"),
        Entry::Switch(_, text, on) => format!("{} {text}", if *on { "✓" } else { "✗" }),
        Entry::Menu(text, _) => format!("{text} >"),
    };
    entries.iter().map(label).collect()
}

#[test]
fn a_calm_gateway_has_a_calm_menu() {
    let facts = Facts { recent: vec![Recent { key: "agent:main:main".into(), title: "Plans".into() }], ..connected() };
    let view = view(&here(), &facts, OFF);
    assert_eq!(view.level, StatusLevel::Ok);
    assert_eq!(
        labels(&view.entries),
        [
            "(Gateway 1.2.3 is running)",
            "-",
            "Open Postern",
            "-",
            "Recent conversations >",
            "Pair a phone…",
            "Copy gateway address",
            "-",
            "Restart gateway",
            "Show logs",
            "✗ Start at login",
            "✓ Keep running when the window closes",
            "✗ This computer is a node",
            "Check for updates…",
            "-",
            "Quit (stops the gateway)",
        ]
    );
}

#[test]
fn a_node_says_how_it_is() {
    let shown = |state| {
        let switches = Switches { node: Some(state), ..OFF };
        let shown = labels(&view(&here(), &connected(), switches).entries);
        let at = shown.iter().position(|label| label == "✓ This computer is a node").unwrap();
        shown[at + 1].clone()
    };
    assert_eq!(shown(DesktopNodeState::Connected), "(Node: connected)");
    assert_eq!(shown(DesktopNodeState::Connecting), "(Node: connecting)");
    assert_eq!(shown(DesktopNodeState::Failed), "(Node: not connected)");
    assert_eq!(shown(DesktopNodeState::Waiting), "Node: waits for approval", "it leads to where it is decided");
    assert_eq!(shown(DesktopNodeState::Off), "Check for updates…");
}

#[test]
fn requests_stand_with_names_and_answers_bound_to_the_key() {
    let view = view(&here(), &waiting_facts(), OFF);
    assert_eq!(view.level, StatusLevel::Attention);
    let menus: Vec<(&str, &[Entry])> = view
        .entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Menu(text, entries) => Some((text.as_str(), entries.as_slice())),
            _ => None,
        })
        .collect();
    assert_eq!(menus[0].0, "Ada's\u{fffd}phone wants to connect");
    assert!(
        menus[0]
            .1
            .contains(&Entry::Item(Action::Approve { request: "r1".into(), device: "d".repeat(64) }, "Approve".into()))
    );
    assert!(labels(menus[0].1).iter().any(|line| line.contains("dddddddd dddddddd")), "{:?}", labels(menus[0].1));
    assert_eq!(menus[1].0, "Run rm -rf build?");
    let answers = labels(menus[1].1);
    assert_eq!(answers[answers.len() - 3..], ["Allow once", "Deny", "Show details"]);
    assert!(!answers.iter().any(|label| label.contains("lways")));
}

#[test]
fn what_is_not_shown_whole_cannot_be_allowed_here() {
    let answers = |change: &dyn Fn(&mut Facts)| {
        let mut facts = waiting_facts();
        change(&mut facts);
        let entries = view(&here(), &facts, OFF).entries;
        let menus: Vec<Vec<String>> = entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Menu(_, entries) => Some(labels(entries)),
                _ => None,
            })
            .collect();
        menus.concat()
    };
    let has = |labels: &[String], text: &str| labels.iter().any(|label| label == text);
    let long = format!("echo {}; rm -rf ~", "a".repeat(100));
    let commands: [&dyn Fn(&mut Facts); 3] = [
        &|facts| facts.approvals[0].request.command = long.clone(),
        &|facts| facts.approvals[0].request.cwd = serde_json::from_value(json!(long)).unwrap(),
        &|facts| facts.approvals[0].request.warning_text = serde_json::from_value(json!(long)).unwrap(),
    ];
    for change in commands {
        let shown = answers(change);
        assert!(!has(&shown, "Allow once") && has(&shown, "Deny") && has(&shown, "Show details"), "{shown:?}");
        assert!(has(&shown, "Approve"));
    }
    let shown = answers(&|facts| facts.pairings[0].device_family = Some("x".repeat(200)));
    assert!(!has(&shown, "Approve") && has(&shown, "Reject") && has(&shown, "Allow once"), "{shown:?}");
}

#[test]
fn what_is_elsewhere_is_not_restarted_and_quit_says_that_it_goes_on() {
    let shown = labels(&view(&elsewhere(), &connected(), OFF).entries);
    assert!(shown.contains(&"[Restart gateway]".to_owned()));
    assert_eq!(shown.last().unwrap(), "Quit (gateway keeps running)");
    let gone = view(&HostState::Lost, &Facts::default(), OFF);
    assert_eq!((gone.level, gone.headline.as_str()), (StatusLevel::Down, "The gateway that ran here is gone"));
    let gone = labels(&gone.entries);
    assert!(gone.contains(&"Start the gateway here".to_owned()) && gone.contains(&"[Pair a phone…]".to_owned()));
    assert_eq!(gone.last().unwrap(), "Quit");
}

#[test]
fn a_failed_start_shows_why_and_offers_another_try() {
    let failed = HostState::Failed(HostError::new("127.0.0.1:18789 is in use by nginx (pid 7)"));
    let view = view(&failed, &Facts::default(), OFF);
    assert_eq!((view.level, view.headline.as_str()), (StatusLevel::Down, "The gateway cannot start"));
    let shown = labels(&view.entries);
    assert_eq!(shown[1], "(127.0.0.1:18789 is in use by nginx (pid 7))");
    assert!(shown.contains(&"Start the gateway here".to_owned()));
    assert!(shown.contains(&"[Copy gateway address]".to_owned()));
}

#[test]
fn starting_is_work_and_not_trouble() {
    assert_eq!(view(&HostState::Starting, &Facts::default(), OFF).level, StatusLevel::Working);
    assert_eq!(view(&here(), &Facts::default(), OFF).level, StatusLevel::Working);
    assert_eq!(view(&HostState::Stopped, &Facts::default(), OFF).level, StatusLevel::Down);
}
