use serde_json::json;

use super::super::edit::value_of;
use super::*;

const FILE: &str = r#"{
  gateway: {
    auth: { mode: "token", token: "canary-1-token" }, // token: "canary-2-old"
    port: 18789,
  },
  mcp: { servers: {
    one: { command: "npx", args: ["-y", "x", "--api-key", "canary-3-arg", "--token=canary-4"], env: { "FOO": 'canary-5' } },
    two: { url: "https://u:canary-6@host/mcp", headers: { "X-Any": "canary-7" } },
  } },
  models: { providers: { p: { headers: { a: "canary-8" } } } },
  /* apiKey: 'canary-9' */
  channels: { telegram: { botToken: "canary-10", allowFrom: [1] }, slack: { signingSecret: "${SLACK}" } },
  skills: { entries: { s: { apiKey: 12345678 } } },
}
"#;

#[test]
fn no_secret_leaves() {
    let text = redact_text(FILE);
    assert!(!text.contains("canary"), "{text}");
    assert!(!text.contains("12345678"), "{text}");
    let value = redact_value(&value_of(FILE).unwrap());
    assert!(!value.to_string().contains("canary"), "{value:#}");
    assert_eq!(value["gateway"], json!({"auth": {"mode": "token", "token": SENTINEL}, "port": 18789}));
    assert_eq!(value["channels"]["slack"]["signingSecret"], "${SLACK}", "where it is from may be seen");
    assert_eq!(value, value_of(&text).unwrap(), "both say the same");
}

#[test]
fn what_was_shown_can_be_written_back() {
    assert_eq!(value_of(&restore_text(&redact_text(FILE), &[FILE]).unwrap()).unwrap(), value_of(FILE).unwrap());
    let restored = restore_text(&redact_text(FILE), &[FILE]).unwrap();
    for canary in ["canary-2-old", "canary-9"] {
        assert!(restored.contains(canary), "comments come back too:\n{restored}");
    }
    let document = value_of(FILE).unwrap();
    let patch = json!({"gateway": {"auth": {"token": SENTINEL, "mode": "token"}}});
    let filled = restore_value(&patch, &SettingPath::default(), &document).unwrap();
    assert_eq!(filled["gateway"]["auth"]["token"], "canary-1-token");
}

#[test]
fn elsewhere_the_placeholder_is_refused_with_its_line() {
    let expect = [
        ("{\n gateway: { auth: { password: \"__OPENCLAW_REDACTED__\" } } }", "gateway.auth.password", 2),
        ("{ session: { mainKey: \"__OPENCLAW_REDACTED__\" } }", "session.mainKey", 1),
        ("{ gateway: { auth: { token: \"x__OPENCLAW_REDACTED__\" } } }", "gateway.auth.token", 1),
        ("{\n\n // __OPENCLAW_REDACTED__\n}", "", 3),
        ("{ __OPENCLAW_REDACTED__: 1 }", "", 1),
        ("{ mcp: { servers: { one: \"__OPENCLAW_REDACTED__\" } } }", "mcp.servers.one", 1),
    ];
    for (text, path, line) in expect {
        let problems = restore_text(text, &[FILE]).unwrap_err();
        assert_eq!((problems[0].path.as_str(), problems[0].line), (path, Some(line)), "{text}: {problems:?}");
    }
    let clobbered = "{ gateway: { auth: { token: \"__OPENCLAW_REDACTED__\" } } }";
    let problems = restore_text(clobbered, &[clobbered]).unwrap_err();
    assert!(problems[0].message.contains("is lost"), "{problems:?}");
    let patch = json!({"session": {"mainKey": SENTINEL}});
    assert!(restore_value(&patch, &SettingPath::default(), &value_of(FILE).unwrap()).is_err());
}

#[test]
fn a_list_in_another_order_gets_the_right_secrets() {
    let stored = "{ x: [ { id: 'a', token: 'of-a' }, { id: 'b', token: 'of-b' } ] }";
    let turned = "{ x: [ { id: 'b', token: '__OPENCLAW_REDACTED__' }, { id: 'a', token: '__OPENCLAW_REDACTED__' } ] }";
    let value = value_of(&restore_text(turned, &[stored]).unwrap()).unwrap();
    assert_eq!(value, json!({"x": [{"id": "b", "token": "of-b"}, {"id": "a", "token": "of-a"}]}));
}

/// Cut off or missing a sign in every place: nothing secret is seen in any.
#[test]
fn no_secret_leaves_a_broken_text() {
    for (at, sign) in FILE.char_indices() {
        let cut_off = redact_text(&FILE[..at]);
        assert!(!cut_off.contains("canary"), "cut off at {at}: {cut_off}");
        if "{}[]:,\"'/*".contains(sign) {
            let broken = format!("{}{}", &FILE[..at], &FILE[at + 1..]);
            let shown = redact_text(&broken);
            assert!(!shown.contains("canary"), "without {sign} at {at}:\n{broken}\n{shown}");
        }
    }
}

#[test]
fn what_a_broken_text_hides_comes_back_when_it_is_repaired() {
    let broken = FILE.replacen("18789,", "18789,,", 1);
    let repaired = redact_text(&broken).replacen("18789,,", "18789,", 1);
    let restored = restore_text(&repaired, &[&broken, FILE]).unwrap();
    assert_eq!(value_of(&restored).unwrap(), value_of(FILE).unwrap());
}

/// Every setting that sounds like a secret is marked, so that forms hide it too.
#[test]
fn the_schema_marks_what_sounds_secret() {
    fn visit(node: &serde_json::Value, path: &str, found: &mut Vec<String>) {
        for (name, member) in node.get("properties").and_then(serde_json::Value::as_object).into_iter().flatten() {
            let path = format!("{path}.{name}");
            let text = super::super::schema::follow(member);
            let is_text = text.get("properties").is_none() && text.to_string().contains("\"string\"");
            if sounds_secret(name) && is_text && !is_marked(member) {
                found.push(path.clone());
            }
            visit(text, &path, found);
        }
    }
    let mut found = Vec::new();
    visit(schema(), "", &mut found);
    for (name, definition) in schema().get("$defs").and_then(serde_json::Value::as_object).into_iter().flatten() {
        visit(definition, name, &mut found);
    }
    assert!(found.is_empty(), "mark these with extend(\"x-secret\" = true): {found:?}");
    assert!(is_secret(&SettingPath::parse("gateway.auth.token").unwrap()));
    assert!(is_secret(&SettingPath::parse("mcp.servers.x.env.HOME").unwrap()));
    assert!(!is_secret(&SettingPath::parse("agents.defaults.contextTokens").unwrap()));
}
