//! `GET /metrics`: figures in the text format of Prometheus, for callers with the secret.

use std::collections::BTreeMap;

use serde_json::json;

use crate::harness::{Caller, Connect, Device, Endpoint, PROXIED, TOKEN, TestGateway};

/// One series: its labels and its value.
type Series = (BTreeMap<String, String>, f64);

/// What a scrape came to, read the way a monitoring system reads it.
#[derive(Debug, Default)]
struct Figures {
    kinds: BTreeMap<String, String>,
    meanings: BTreeMap<String, String>,
    series: BTreeMap<String, Vec<Series>>,
}

impl Figures {
    /// Reads the text strictly: every line is a comment of the format or a series with a number.
    #[track_caller]
    fn parse(text: &str) -> Self {
        let mut figures = Self::default();
        assert!(text.ends_with('\n'), "the last line ends");
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(comment) = line.strip_prefix("# ") {
                let (what, rest) = comment.split_once(' ').unwrap();
                let (name, value) = rest.split_once(' ').unwrap_or_else(|| panic!("{line}"));
                let table = match what {
                    "HELP" => &mut figures.meanings,
                    "TYPE" => &mut figures.kinds,
                    _ => panic!("{line}"),
                };
                assert!(table.insert(name.to_owned(), value.to_owned()).is_none(), "twice: {line}");
                continue;
            }
            let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
            let (name, labels) = series.split_once('{').map_or((series, ""), |(name, rest)| {
                (name, rest.strip_suffix('}').unwrap_or_else(|| panic!("{line}")))
            });
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{line}");
            let pairs = labels.split("\",").filter(|pair| !pair.is_empty()).map(|pair| {
                let (name, value) = pair.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
                (name.to_owned(), value.trim_end_matches('"').to_owned())
            });
            let value: f64 = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
            figures.series.entry(name.to_owned()).or_default().push((pairs.collect(), value));
        }
        figures
    }

    /// The value of the series with these labels.
    #[track_caller]
    fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let fits = |own: &BTreeMap<String, String>| {
            labels.iter().all(|(name, value)| own.get(*name).is_some_and(|own| own == value))
        };
        let all = self.series.get(name).unwrap_or_else(|| panic!("no {name}"));
        all.iter().find(|(own, _)| fits(own)).unwrap_or_else(|| panic!("no {name} with {labels:?}: {all:?}")).1
    }

    fn count(&self) -> usize {
        self.series.values().map(Vec::len).sum()
    }
}

fn bearer(secret: &str) -> Caller {
    Caller::local().header("authorization", &format!("Bearer {secret}"))
}

async fn scrape(gateway: &Endpoint) -> Figures {
    let answer = gateway.http("GET", "/metrics", &bearer(TOKEN), "").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/plain; version=0.0.4; charset=utf-8")));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    Figures::parse(&answer.body)
}

/// Nobody reads figures without the secret, from wherever.
#[tokio::test]
async fn figures_are_behind_the_secret() {
    let gateway = TestGateway::proxied();
    for caller in [Caller::local(), Caller::remote(), bearer("wrong"), Caller::page("http://localhost")] {
        let answer = gateway.http("GET", "/metrics", &caller, "").await;
        assert_eq!(answer.status, 401, "{caller:?}");
        assert!(!answer.body.contains("postern_"), "{}", answer.body);
    }
    let device = gateway.op(&Device::new("reader"), &["operator.read"]).await.device_token();
    assert_eq!(gateway.http("GET", "/metrics", &bearer(&device), "").await.status, 401, "a device token is none");
    assert_eq!(gateway.http("GET", "/metrics", &bearer(TOKEN), "").await.status, 200);
    assert_eq!(gateway.http("POST", "/metrics", &bearer(TOKEN), "").await.status, 405);
}

/// This machine's own monitoring may be let in without; nobody else is, and off is off.
#[tokio::test]
async fn what_the_settings_say() {
    let with = |metrics: &str, auth: &str| {
        let config = format!("{{gateway: {{trustedProxies: ['127.0.0.1'], metrics: {metrics}, auth: {auth}}}}}");
        TestGateway::builder().config(&config)
    };
    let open = with("{allowLocal: true}", "{}").start();
    assert_eq!(open.http("GET", "/metrics", &Caller::local(), "").await.status, 200);
    assert_eq!(open.http("GET", "/metrics", &Caller::remote(), "").await.status, 401);
    assert_eq!(open.http("GET", "/metrics", &Caller::local().header("host", "evil.example"), "").await.status, 401);
    let off = with("{enabled: false, allowLocal: true}", "{}").start();
    assert_eq!(off.http("GET", "/metrics", &bearer(TOKEN), "").await.status, 404);
    let unguarded = with("{}", "{mode: 'none'}").no_token().start();
    assert_eq!(unguarded.http("GET", "/metrics", &Caller::local(), "").await.status, 401);
}

/// What is measured.
const FAMILIES: [&str; 17] = [
    "postern_build_info",
    "postern_uptime_seconds",
    "postern_connections",
    "postern_handshakes_total",
    "postern_requests_total",
    "postern_events_sent_total",
    "postern_outbox_bytes",
    "postern_slow_consumer_closes_total",
    "postern_pairing_pending",
    "postern_runs_active",
    "postern_runs_total",
    "postern_tokens_total",
    "postern_spend_usd",
    "postern_store_commit_seconds",
    "postern_config_reloads_total",
    "process_resident_memory_bytes",
    "process_open_fds",
];

/// Every family says what it is, and the figures are true.
#[tokio::test]
async fn the_figures_are_true() {
    let gateway = TestGateway::proxied();
    let before = scrape(&gateway).await;
    for name in FAMILIES {
        let kind = before.kinds.get(name).unwrap_or_else(|| panic!("no TYPE of {name}"));
        assert!(before.meanings.get(name).is_some_and(|meaning| meaning.ends_with('.')), "no HELP of {name}");
        let want = match name {
            "postern_store_commit_seconds" => "histogram",
            name if name.ends_with("_total") => "counter",
            _ => "gauge",
        };
        assert_eq!(kind, want, "{name}");
    }
    let mut client = gateway.op(&Device::new("counted"), &["operator.admin"]).await;
    for _ in 0..3 {
        client.ok("health", json!({})).await;
    }
    client.err("device.pair.approve", json!({})).await;
    client.err("no.such.method", json!({})).await;
    gateway.refused(&Caller::remote(), &Connect::operator(&Device::new("asks"), &["operator.read"])).await;
    let wrong = Connect::operator(&Device::new("wrong"), &[]).auth(json!({"token": "wrong"}));
    gateway.refused(&Caller::local(), &wrong).await;
    let after = scrape(&gateway).await;
    let requests = |class: &str, code: &str| {
        let labels = [("class", class), ("code", code)];
        after.value("postern_requests_total", &labels) - before.value("postern_requests_total", &labels)
    };
    assert!((requests("health", "ok") - 3.0).abs() < f64::EPSILON);
    assert!((requests("device", "INVALID_REQUEST") - 1.0).abs() < f64::EPSILON);
    assert!((requests("unknown", "INVALID_REQUEST") - 1.0).abs() < f64::EPSILON);
    for (result, count) in [("ok", 1.0), ("pairing_required", 1.0), ("unauthorized", 1.0), ("rate_limited", 0.0)] {
        let found = after.value("postern_handshakes_total", &[("result", result)]);
        assert!((found - count).abs() < f64::EPSILON, "{result}: {found}");
    }
    for (name, labels, count) in [
        ("postern_connections", &[("role", "operator")][..], 1.0),
        ("postern_connections", &[("role", "node")], 0.0),
        ("postern_pairing_pending", &[], 1.0),
    ] {
        assert!((after.value(name, labels) - count).abs() < f64::EPSILON, "{name}");
    }
    assert!(after.value("postern_events_sent_total", &[]) > before.value("postern_events_sent_total", &[]));
    assert!(after.value("postern_store_commit_seconds_count", &[]) > 0.0, "pairing was written down");
    let buckets = &after.series["postern_store_commit_seconds_bucket"];
    assert!(buckets.windows(2).all(|pair| pair[0].1 <= pair[1].1), "cumulative: {buckets:?}");
    if cfg!(target_os = "linux") {
        assert!(after.value("process_resident_memory_bytes", &[]) > 1e6);
        assert!(after.value("process_open_fds", &[]) > 3.0);
    }
}

/// Whatever strangers and clients make up, no line is added: method names, codes, users and addresses are no labels.
#[tokio::test]
async fn nobody_makes_new_lines() {
    let gateway = TestGateway::builder().config(PROXIED).start();
    let mut client = gateway.op(&Device::new("inventive"), &["operator.admin"]).await;
    let before = scrape(&gateway).await.count();
    for n in 0..200 {
        client.err(&format!("made{n}.up\"}}{n}"), json!({})).await;
    }
    for n in 0..20 {
        let made_up = Connect::operator(&Device::new("x"), &[]).client(&format!("client-{n}"), "cli");
        drop(gateway.connect_from(&Caller::at(&format!("203.0.113.{n}")), &made_up).await);
        gateway.http("GET", &format!("/metrics/{n}"), &bearer(TOKEN), "").await;
    }
    let after = scrape(&gateway).await;
    assert_eq!(after.count(), before);
    let text = format!("{after:?}");
    assert!(!text.contains("made") && !text.contains("client-") && !text.contains("203.0.113"), "{text}");
}
