//! Random files: known and unknown settings with any value, cut off or mistyped.

use postern_gateway::config::{AuthMode, BindMode};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::harness::{Caller, Connect, Device, InProcess};

/// Settings that there are, and some that there are not.
const PATHS: &[&str] = &[
    "gateway.mode",
    "gateway.port",
    "gateway.bind",
    "gateway.customBindHost",
    "gateway.auth",
    "gateway.auth.mode",
    "gateway.auth.token",
    "gateway.auth.password",
    "gateway.auth.rateLimit.windowMs",
    "gateway.trustedProxies",
    "gateway.controlUi.basePath",
    "gateway.controlUi.allowedOrigins",
    "gateway.nodes.pairing.autoApproveLocal",
    "gateway.pairing",
    "gateway",
    "session",
    "session.scope",
    "session.mainKey",
    "agents",
    "agents.list",
    "agents.defaults.heartbeat.every",
    "channels.telegram.token",
    "made.up",
    "",
];

/// A configuration that sets some of them to anything, perhaps cut off or with a stroke of the keyboard too many.
fn any_config() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec!["lan", "custom", "none", "password", "global", "0m", "127.0.0.1", "*"])
            .prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(2, 8, 3, |inner| {
        let object = prop::collection::vec(("[a-z]{1,4}", inner.clone()), 0..3);
        prop_oneof![
            prop::collection::vec(inner, 0..3).prop_map(Value::from),
            object.prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    });
    let settings = prop::collection::vec((prop::sample::select(PATHS), value), 0..6);
    let text = settings.prop_map(|settings| {
        let setting = |(path, value): (&str, Value)| {
            path.rsplit('.').fold(value.to_string(), |inner, key| format!("{{{key:?}: {inner}}}"))
        };
        let members = settings.into_iter().map(|one| setting(one).trim_start_matches('{').to_owned());
        let members: Vec<String> = members.map(|one| one.strip_suffix('}').unwrap_or(&one).to_owned()).collect();
        format!("{{\n{}\n}}", members.join(",\n"))
    });
    (text, any::<prop::sample::Index>(), prop::option::of(any::<char>()), 0..4_u8).prop_map(
        |(text, at, typed, slip)| {
            let at = at.index(text.len() + 1);
            let at = (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            match (slip, typed) {
                (0, _) => text[..at].to_owned(),
                (1, Some(typed)) => format!("{}{typed}{}", &text[..at], &text[at..]),
                _ => text,
            }
        },
    )
}

/// Whatever is in the file: it serves, and its owner gets in or is told to approve the device.
#[test]
fn any_file_at_all_is_survived() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases: 16, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let survived = runner.run(&any_config(), |text| {
        runtime.block_on(async {
            let gateway = InProcess::with(&text, |options| {
                // What flags say wins, so that every case can be reached in the same way.
                options.overrides.bind = Some(BindMode::Loopback);
                options.overrides.auth_mode = Some(AuthMode::Token);
            })
            .await;
            prop_assert_eq!(gateway.http("GET", "/healthz", &Caller::local(), "").await.status, 200);
            let owner = Connect::operator(&Device::new("owner"), &["operator.read"]);
            match gateway.connect(&owner).await {
                Ok(mut client) => drop(client.ok("status", json!({})).await),
                Err(refused) => prop_assert_eq!(refused.code(), "PAIRING_REQUIRED"),
            }
            Ok(())
        })
    });
    survived.unwrap();
}
