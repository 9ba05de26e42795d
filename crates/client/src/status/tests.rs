//! Which state shows as what.

use std::sync::Arc;
use std::time::Duration;

use postern_protocol::error::{DetailCode, ErrorCode, ErrorShape};
use postern_protocol::system::SessionSummary;
use serde_json::json;

use super::*;

fn hello() -> ConnectionState {
    ConnectionState::Connected(Arc::new(
        serde_json::from_value(json!({
            "type": "hello-ok", "protocol": 4,
            "server": {"version": "1.2.3", "connId": "c"},
            "features": {"methods": [], "events": []},
            "snapshot": {"presence": [], "health": {}, "stateVersion": {"presence": 1, "health": 1}, "uptimeMs": 5},
            "policy": {"maxPayload": 1, "maxBufferedBytes": 1, "tickIntervalMs": 1}
        }))
        .unwrap(),
    ))
}

fn model(
    connection: &ConnectionState,
    health: Option<&HealthSnapshot>,
    pending: usize,
    warnings: &[&str],
) -> StatusModel {
    let warnings: Vec<String> = warnings.iter().map(|text| (*text).to_owned()).collect();
    let facts = StatusFacts {
        connection,
        health,
        pending_pairings: pending,
        pending_approvals: 0,
        busy_sessions: 0,
        warnings: &warnings,
    };
    StatusModel::of(&facts)
}

fn health() -> HealthSnapshot {
    HealthSnapshot {
        ok: true,
        channel_order: vec!["telegram".to_owned()],
        channel_labels: [("telegram".to_owned(), "Telegram".to_owned())].into(),
        channels: [
            ("slack".to_owned(), json!({"configured": false})),
            ("telegram".to_owned(), json!({"configured": true, "linked": true})),
        ]
        .into(),
        sessions: SessionSummary { count: 1, ..SessionSummary::default() },
        ..HealthSnapshot::default()
    }
}

#[test]
fn a_calm_gateway_is_ok_and_says_what_runs() {
    assert_eq!(
        model(&hello(), Some(&health()), 0, &[]),
        StatusModel {
            level: StatusLevel::Ok,
            headline: "Gateway 1.2.3 is running".to_owned(),
            lines: vec!["Telegram: linked".to_owned(), "1 session".to_owned()],
        }
    );
    assert_eq!(model(&hello(), None, 0, &[]).lines, Vec::<String>::new());
}

#[test]
fn what_people_must_do_comes_first() {
    let mut broken = health();
    broken.channels.insert("telegram".to_owned(), json!({"configured": true, "linked": false}));
    assert_eq!(
        model(&hello(), Some(&broken), 2, &["no keychain"]),
        StatusModel {
            level: StatusLevel::Attention,
            headline: "Gateway 1.2.3 is running; 3 things need attention".to_owned(),
            lines: vec![
                "2 devices wait for an approval".to_owned(),
                "No keychain".to_owned(),
                "Telegram: configured but not linked".to_owned(),
                "1 session".to_owned(),
            ],
        }
    );
    assert_eq!(model(&hello(), None, 1, &[]).headline, "1 device waits for an approval");
}

#[test]
fn an_answer_under_way_shows_unless_somebody_is_needed() {
    let hello = hello();
    let shown = |pending_approvals, busy_sessions| {
        let facts = StatusFacts {
            connection: &hello,
            health: None,
            pending_pairings: 0,
            pending_approvals,
            busy_sessions,
            warnings: &[],
        };
        let model = StatusModel::of(&facts);
        (model.level, model.headline)
    };
    assert_eq!(shown(0, 2), (StatusLevel::Working, "Gateway 1.2.3 is working".to_owned()));
    assert_eq!(shown(1, 2), (StatusLevel::Attention, "1 command waits for an approval".to_owned()));
    assert_eq!(shown(3, 0), (StatusLevel::Attention, "3 commands wait for an approval".to_owned()));
}

#[test]
fn failures_show_by_what_can_be_done() {
    let waiting = |reason| ConnectionState::Waiting { attempt: 3, delay: Duration::from_millis(3500), reason };
    let unreachable = ConnectError::Unreachable { url: "ws://h:1".to_owned(), cause: "refused".to_owned() };
    assert_eq!(
        model(&waiting(unreachable), None, 0, &[]),
        StatusModel {
            level: StatusLevel::Down,
            headline: "The gateway cannot be reached".to_owned(),
            lines: vec![
                "No gateway answers at ws://h:1: refused".to_owned(),
                "Next try (number 3) within 4 s".to_owned()
            ],
        }
    );
    let refused = |code, text: &str, detail| {
        ConnectError::refused(ErrorShape::new(code, text).detail_code(detail).detail("requestId", "r9"), (4, 4))
    };
    let starting = ConnectError::refused(ErrorShape::new(ErrorCode::Unavailable, "gateway starting"), (4, 4));
    assert_eq!(model(&waiting(starting), None, 0, &[]).level, StatusLevel::Working);
    let wrong = refused(ErrorCode::InvalidRequest, "unauthorized", DetailCode::AuthTokenMismatch);
    assert_eq!(model(&ConnectionState::Stopped(wrong), None, 0, &[]).level, StatusLevel::Attention);
    let ConnectError::PairingRequired(pairing) =
        refused(ErrorCode::NotPaired, "pairing required", DetailCode::PairingRequired)
    else {
        panic!("not a pairing refusal")
    };
    let shown = model(&ConnectionState::PairingRequired(pairing), None, 0, &[]);
    assert_eq!(
        (shown.level, shown.lines),
        (StatusLevel::Attention, vec!["Pairing required".to_owned(), "Request r9".to_owned()])
    );
    assert_eq!(model(&ConnectionState::Connecting, None, 0, &[]).level, StatusLevel::Working);
    let closed = ConnectionState::Stopped(ConnectError::ClosedByClient);
    assert_eq!(model(&closed, None, 0, &[]).level, StatusLevel::Down);
    assert!(StatusLevel::Ok < StatusLevel::Down);
}
