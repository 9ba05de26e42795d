//! Texts made at random: none of them may break the reader.

use proptest::prelude::*;

use crate::config::read::{Surroundings, read};
use crate::config::*;

/// Pieces that meet in broken files.
fn garbage() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(":"),
        Just(","),
        Just("'"),
        Just("\""),
        Just("\\"),
        Just("\n"),
        Just("//"),
        Just("/*"),
        Just("*/"),
        Just("null"),
        Just("-0x"),
        Just("0xffffffffffffffffff"),
        Just("1e999"),
        Just("-"),
        Just(".5"),
        Just("5."),
        Just("Infinity"),
        Just("NaN"),
        Just("\\u"),
        Just("\\ud800"),
        Just("é"),
        Just("\u{feff}"),
        Just("\u{2028}"),
        Just("gateway"),
        Just("port"),
        Just("auth"),
        Just("token"),
        Just("agents"),
        Just("list"),
        Just("id"),
        Just("every"),
        Just("18789"),
        Just("true"),
        Just("'lan'"),
        Just(" "),
    ];
    prop_oneof![
        proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat()),
        proptest::string::string_regex("(?s).{0,80}").unwrap(),
    ]
}

/// A value of any shape, to be put where another is expected.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        (0_u32..70_000).prop_map(Into::into),
        prop_oneof![Just("lan"), Just("token"), Just("global"), Just("1m"), Just("")].prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let key = prop_oneof![
            Just("gateway"),
            Just("session"),
            Just("agents"),
            Just("auth"),
            Just("rateLimit"),
            Just("maxAttempts"),
            Just("windowMs"),
            Just("port"),
            Just("bind"),
            Just("mode"),
            Just("list"),
            Just("id"),
            Just("default"),
            Just("defaults"),
            Just("heartbeat"),
            Just("every"),
            Just("scope"),
            Just("controlUi"),
            Just("enabled"),
            Just("trustedProxies"),
            Just("nodes"),
            Just("pairing"),
            Just("other"),
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::vec((key, inner), 0..6).prop_map(|members| {
                members
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn garbage_is_read_or_refused(text in garbage()) {
        if let Err(problems) = parse(&text) {
            prop_assert!(!problems.is_empty());
        }
    }

    #[test]
    fn what_passes_the_check_has_the_shape(value in any_json()) {
        let text = value.to_string();
        match read(&text, Surroundings::default()) {
            Ok(read) => {
                prop_assert!(read.findings.problems.iter().all(|problem| problem.line.is_some()));
                drop(resolve::resolve(&read.raw, &Overrides::default()));
            }
            // The catch-all without a line means that check and types disagree.
            Err(problems) => prop_assert!(problems.iter().all(|problem| problem.line.is_some()), "{problems:?}"),
        }
    }
}
