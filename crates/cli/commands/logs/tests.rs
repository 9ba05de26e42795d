//! Lines and times, without a gateway.

use jiff::tz::{Offset, TimeZone};

use super::*;
use crate::args::LevelArg;

const OWN: &str = r#"{"0":{"subsystem":"gateway/wire"},"1":"Refused. ip=\u001b[2J127.0.0.1","_meta":{"logLevelName":"WARN","date":"2026-01-01T00:00:00.123Z","name":"{\"subsystem\":\"gateway/wire\"}"},"time":"2026-01-01T00:00:00.123Z"}"#;
const THEIRS: &str = r#"{"0":"{\"subsystem\":\"gateway/ws\"}","1":"hello","_meta":{"logLevelName":"DEBUG","date":"2026-01-01T00:00:01.000Z","name":"{\"subsystem\":\"gateway/ws\"}"}}"#;

fn look(json: bool, colour: bool) -> Look {
    Look { json, colour, zone: TimeZone::UTC }
}

#[test]
fn lines_of_this_gateway_of_others_and_of_nobody() {
    let own = Line::read(OWN);
    assert_eq!((own.level, own.subsystem.as_deref()), (Some(LevelArg::Warn), Some("gateway/wire")));
    assert_eq!(
        look(false, false).at(&own),
        "2026-01-01T00:00:00.123Z  WARN gateway/wire: Refused. ip=\u{fffd}[2J127.0.0.1\n"
    );
    assert!(look(false, true).at(&own).contains("\x1b[33m WARN\x1b[0m"));
    let berlin = Look { zone: TimeZone::fixed(Offset::constant(1)), ..look(false, false) };
    assert!(berlin.at(&own).starts_with("2026-01-01T01:00:00.123+01:00  WARN"), "{}", berlin.at(&own));
    let theirs = Line::read(THEIRS);
    assert_eq!((theirs.message.as_str(), theirs.subsystem.as_deref()), ("hello", Some("gateway/ws")));
    assert_eq!(theirs.level, Some(LevelArg::Debug));
    for text in ["plain text", "{}", "[1]", r#"{"1":7}"#] {
        let line = Line::read(text);
        assert_eq!((line.message.as_str(), line.is_read), (text, false));
        assert_eq!(look(false, true).at(&line), format!("{text}\n"));
    }
    let document: serde_json::Value = serde_json::from_str(&look(true, false).at(&own)).unwrap();
    assert_eq!((&document["type"], &document["level"]), (&json!("log"), &json!("warn")));
    assert_eq!(
        (&document["time"], &document["subsystem"]),
        (&json!("2026-01-01T00:00:00.123Z"), &json!("gateway/wire"))
    );
}

#[test]
fn only_wanted_lines() {
    let wanted = Wanted { level: None, since_ms: None, grep: None };
    let takes = |wanted: &Wanted| [OWN, THEIRS, "plain"].map(|text| wanted.takes(&Line::read(text)));
    assert_eq!(takes(&wanted), [true; 3]);
    assert_eq!(takes(&Wanted { level: Some(LevelArg::Info), ..wanted.clone() }), [true, false, false]);
    assert_eq!(takes(&Wanted { since_ms: Some(1_767_225_600_500), ..wanted.clone() }), [false, true, false]);
    assert_eq!(takes(&Wanted { grep: Some("refused".to_owned()), ..wanted.clone() }), [true, false, false]);
    assert_eq!(takes(&Wanted { grep: Some("gateway/".to_owned()), ..wanted }), [true, true, false]);
}

#[test]
fn times_ago_and_times() {
    for (text, want) in [
        ("90s", 10_000_000 - 90_000),
        ("10m", 10_000_000 - 600_000),
        (" 2h ", 10_000_000 - 7_200_000),
        ("1970-01-01T00:00:01Z", 1_000),
        ("0d", 10_000_000),
    ] {
        assert_eq!(since_ms("--since", text, 10_000_000).unwrap(), want, "{text}");
    }
    for wrong in
        ["", "m", "10", "10x", "-5m", "1.5h", "yesterday", "9999999999999999999d", "9223372036854775807d", "5ä"]
    {
        assert!(since_ms("--since", wrong, 0).unwrap_err().message.contains("--since"), "{wrong}");
    }
}
