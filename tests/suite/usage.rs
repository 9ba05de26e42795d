//! `usage.*` and `sessions.usage*`: what models took, and the ceiling that stops agents (`methods.md §3, §12`).

use postern_gateway::usage::{Tokens, UsageEntry};
use postern_protocol::usage::UsageStatusResult;
use serde_json::{Value, json};

use crate::harness::{Client, Connect, Device, FakeModel, InProcess, Turn, Usage, assert_keys};

const DAY_MS: i64 = 86_400_000;

async fn admin(gateway: &InProcess) -> Client {
    gateway.op(&Device::new("admin"), &["operator.admin"]).await
}

/// Says something in a conversation and waits for the end of the run.
async fn say(client: &mut Client, key: &str, text: &str) -> Value {
    let run = format!("{key}-{text}");
    client.ok("chat.send", json!({"sessionKey": key, "message": text, "idempotencyKey": run})).await;
    let ended = |event: &Value| {
        event["runId"] == run.as_str() && matches!(event["state"].as_str(), Some("final" | "error" | "aborted"))
    };
    client.event("chat", ended).await
}

fn turn(input: u64, output: u64) -> Turn {
    Turn::say("Hello there").usage(Usage { input, output, cache_read: 0 })
}

/// Books an answer as a run does.
async fn book(gateway: &InProcess, agent: &str, session: &str, (tokens, cost_usd): (u64, Option<f64>)) {
    let services = gateway.running.services();
    let change = services.usage.record(UsageEntry {
        agent_id: agent.to_owned(),
        session_key: format!("agent:{agent}:{session}"),
        session_id: format!("{agent}-{session}"),
        run_id: "run".to_owned(),
        model: "fake/echo-1".parse().unwrap(),
        tokens: Tokens { input: tokens, ..Default::default() },
        cost_usd,
    });
    services.store.enqueue(vec![change]).await.unwrap();
}

/// X-79, X-80: a run's tokens and money are in `usage.cost`, and every report adds up to the same.
#[tokio::test]
async fn a_run_is_in_every_report() {
    let model = FakeModel::start();
    let gateway = InProcess::with(&model.config(), |_| {}).await;
    let mut client = admin(&gateway).await;
    model.push(turn(1_000, 500));
    assert_eq!(say(&mut client, "main", "one").await["state"], "final");
    gateway.clock.advance_ms(DAY_MS);
    model.push(turn(2_000, 250));
    assert_eq!(say(&mut client, "notes", "two").await["state"], "final");

    let cost = client.ok("usage.cost", json!({})).await;
    assert_keys(&cost, &["updatedAt", "days", "startDate", "endDate", "daily", "totals"]);
    assert_eq!((&cost["days"], &cost["endDate"]), (&json!(30), &json!("2026-01-02")));
    let daily = cost["daily"].as_array().unwrap();
    let days: Vec<_> = daily.iter().map(|day| (day["date"].as_str().unwrap(), day["totalTokens"].clone())).collect();
    assert_eq!(days, [("2026-01-01", json!(1_500)), ("2026-01-02", json!(2_250))]);
    // 1 USD and 2 USD per million tokens.
    let totals = &cost["totals"];
    assert_eq!((&totals["totalTokens"], &totals["missingCostEntries"]), (&json!(3_750), &json!(0)));
    assert!((totals["totalCost"].as_f64().unwrap() - 0.0045).abs() < 1e-9, "{totals}");
    assert!((totals["inputCost"].as_f64().unwrap() - 0.003).abs() < 1e-9, "{totals}");

    let sessions = client.ok("sessions.usage", json!({})).await;
    assert_eq!(sessions["totals"], *totals);
    let rows = sessions["sessions"].as_array().unwrap();
    let keys: Vec<_> =
        rows.iter().map(|row| (row["key"].as_str().unwrap(), row["usage"]["totalTokens"].clone())).collect();
    assert_eq!(keys, [("agent:main:notes", json!(2_250)), ("agent:main:main", json!(1_500))]);
    assert!(rows[0]["sessionId"].is_string(), "{}", rows[0]);
    let today = client.ok("sessions.usage", json!({"startDate": "2026-01-02"})).await;
    assert_eq!(today["totals"]["totalTokens"], 2_250);
    let one = client.ok("sessions.usage", json!({"key": "main"})).await;
    assert_eq!((one["sessions"].as_array().unwrap().len(), &one["totals"]["totalTokens"]), (1, &json!(1_500)));

    let series = client.ok("sessions.usage.timeseries", json!({"key": "notes"})).await;
    assert_eq!(series["sessionId"], rows[0]["sessionId"]);
    assert_eq!((&series["points"][0]["input"], &series["points"][0]["output"]), (&json!(2_000), &json!(250)));
    let logs = client.ok("sessions.usage.logs", json!({"key": "agent:main:notes"})).await;
    assert_eq!((&logs["logs"][0]["tokens"], &logs["logs"][0]["role"]), (&json!(2_250), &json!("assistant")));
}

/// The ceiling: what was spent reaches the limit, the next message is not asked of a model and says why; an admin
/// lifts it; the next day starts anew.
#[tokio::test]
async fn a_reached_limit_stops_the_agent() {
    let model = FakeModel::start();
    let config = model.config_with(json!({"usage": {"limits": {"dailyTokens": 1_000}}}));
    let gateway = InProcess::with(&config, |_| {}).await;
    let mut client = admin(&gateway).await;
    model.push(turn(900, 100));
    assert_eq!(say(&mut client, "main", "one").await["state"], "final");
    let blocked = say(&mut client, "main", "two").await;
    assert_eq!(blocked["state"], "error", "{blocked}");
    let text = blocked["errorMessage"].as_str().unwrap();
    for part in [
        "The daily limit of all agents together is reached",
        "1000 tokens of 1000 tokens spent",
        "It starts again at 2026-01-02 00:00 UTC",
        "An admin can lift it for a while (usage.override) or raise usage.limits.dailyTokens",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!(model.requests().len(), 1, "no model was asked");

    let lift = json!({"forMs": 3_600_000, "reason": "release day"});
    client.ok("usage.override", lift).await;
    assert_eq!(say(&mut client, "main", "three").await["state"], "final");
    client.ok("usage.override", json!({"clear": true})).await;
    assert_eq!(say(&mut client, "main", "four").await["state"], "error");
    gateway.clock.advance_ms(DAY_MS);
    assert_eq!(say(&mut client, "main", "five").await["state"], "final");
}

/// Limits of one agent stop that agent only.
#[tokio::test]
async fn a_limit_of_one_agent_stops_that_agent() {
    let model = FakeModel::start();
    let agents = json!([{"id": "main", "default": true}, {"id": "poor", "limits": {"dailyUsd": 0}}]);
    let gateway = InProcess::with(&model.config_with(json!({"agents": {"list": agents}})), |_| {}).await;
    let mut client = admin(&gateway).await;
    let blocked = say(&mut client, "agent:poor:main", "one").await;
    let text = blocked["errorMessage"].as_str().unwrap_or_default();
    assert!(text.contains("The daily limit of agent poor is reached: 0.00 USD of 0.00 USD spent"), "{blocked}");
    assert_eq!(say(&mut client, "main", "two").await["state"], "final");
}

/// X-79: `usage.status` shows the limits as bars and with numbers; `usage` is its other name.
#[tokio::test]
async fn limits_are_shown() {
    let config = r#"{usage: {limits: {dailyUsd: 2}}, agents: {list: [{id: "main", limits: {dailyTokens: 100}}]}}"#;
    let gateway = InProcess::with(config, |_| {}).await;
    book(&gateway, "main", "main", (25, Some(0.5))).await;
    book(&gateway, "main", "main", (75, None)).await;
    for (dialect, method) in [(3, "usage.status"), (4, "usage.status"), (3, "usage"), (4, "usage")] {
        let connect = Connect::operator(&Device::new("reader"), &["operator.read"]).dialect(dialect);
        let mut client = gateway.connect(&connect).await.unwrap();
        let status = client.ok(method, json!({})).await;
        assert_keys(&status, &["updatedAt", "providers", "today", "limits", "overrides", "notes"]);
        let reset = gateway.clock.now_ms() + DAY_MS;
        let windows = json!([
            {"label": "USD a day", "usedPercent": 25.0, "resetAt": reset},
            {"label": "main: tokens a day", "usedPercent": 100.0, "resetAt": reset},
        ]);
        assert_eq!(
            status["providers"],
            json!([{"provider": "postern", "displayName": "Daily limits", "windows": windows}])
        );
        assert_eq!(
            (&status["today"]["date"], &status["today"]["totals"]["totalTokens"]),
            (&json!("2026-01-01"), &json!(100))
        );
        let status: UsageStatusResult = serde_json::from_value(status).unwrap();
        let limits: Vec<_> = status.limits.iter().map(|of| (of.spent, of.limit, of.blocked)).collect();
        assert_eq!(limits, [(0.5, 2.0, false), (100.0, 100.0, true)]);
        assert_eq!(status.limits[0].unpriced_answers, Some(1));
        assert!(status.notes.iter().any(|note| note.contains("main: tokens a day")), "{:?}", status.notes);
        assert!(
            status.notes.iter().any(|note| note.contains("1 answers of today have no known price")),
            "{:?}",
            status.notes
        );
    }
    let free = InProcess::start().await;
    let status = admin(&free).await.ok("usage.status", json!({})).await;
    assert_eq!((&status["providers"], &status["limits"], &status["notes"]), (&json!([]), &json!([]), &json!([])));
}

/// Limits are lifted by admins, with a reason, for a day at most; it is shown and audited.
#[tokio::test]
async fn only_admins_lift_limits() {
    let config = r#"{usage: {limits: {dailyUsd: 0}}, agents: {list: [{id: "main"}, {id: "ada"}]}}"#;
    let gateway = InProcess::with(config, |_| {}).await;
    let mut writer = gateway.op(&Device::new("writer"), &["operator.write"]).await;
    let error = writer.err("usage.override", json!({"forMs": 1000, "reason": "x"})).await;
    assert_eq!(error["details"]["missingScope"], "operator.admin", "{error}");
    let mut client = admin(&gateway).await;
    let now = gateway.clock.now_ms();
    for (params, want) in [
        (json!({}), "one of untilMs and forMs is needed"),
        (json!({"forMs": 1, "untilMs": now + 1, "reason": "x"}), "one of untilMs and forMs is needed"),
        (json!({"forMs": 1000}), "reason required"),
        (json!({"forMs": 1000, "reason": "  "}), "reason is empty"),
        (json!({"forMs": DAY_MS + 1, "reason": "x"}), "at most a day"),
        (json!({"untilMs": now, "reason": "x"}), "at most a day"),
        (json!({"untilMs": -5, "reason": "x"}), "at most a day"),
        (json!({"forMs": 1000, "reason": "x", "agentId": "nobody"}), "agentId names no agent"),
    ] {
        let error = client.err("usage.override", params.clone()).await;
        assert_eq!(error["code"], "INVALID_REQUEST", "{params}: {error}");
        assert!(error["message"].as_str().unwrap().contains(want), "{params}: {error}");
    }
    let lifted =
        client.ok("usage.override", json!({"agentId": "ADA", "forMs": 60_000, "reason": " release day "})).await;
    let row = json!({"agentId": "ada", "sinceMs": now, "untilMs": now + 60_000, "reason": "release day",
        "by": Device::new("admin").id()});
    assert_eq!(lifted, json!({"ok": true, "overrides": [row]}));
    let status = writer.ok("usage.status", json!({})).await;
    assert_eq!(status["overrides"], json!([row]));
    assert_eq!(status["limits"][0]["blocked"], true, "the shared limit still holds for others");
    gateway.clock.advance_ms(60_000);
    assert_eq!(writer.ok("usage.status", json!({})).await["overrides"], json!([]));
    client.ok("usage.override", json!({"clear": true})).await;
    let audit = gateway.running.services().store.audit_tail(10).await.unwrap();
    let kinds: Vec<_> =
        audit.iter().map(|entry| entry.kind.as_str()).filter(|kind| kind.starts_with("usage.")).collect();
    assert_eq!(kinds, ["usage.limits.lifted", "usage.limits.restored"]);
}

/// Reports are bounded and refuse days that are none; an agent and a conversation can be picked out.
#[tokio::test]
async fn reports_take_a_range() {
    let gateway = InProcess::with(r#"{agents: {list: [{id: "main"}, {id: "ada"}]}}"#, |_| {}).await;
    book(&gateway, "main", "main", (10, Some(0.01))).await;
    book(&gateway, "ada", "main", (7, Some(0.02))).await;
    book(&gateway, "ada", "work", (5, None)).await;
    let mut client = gateway.op(&Device::new("reader"), &["operator.read"]).await;
    let all = client.ok("usage.cost", json!({"days": 100_000})).await;
    assert_eq!((&all["days"], &all["startDate"]), (&json!(366), &json!("2025-01-01")));
    let ada = client.ok("usage.cost", json!({"agentId": "ada"})).await;
    assert_eq!((&ada["totals"]["totalTokens"], &ada["totals"]["missingCostEntries"]), (&json!(12), &json!(1)));
    let past = client.ok("usage.cost", json!({"startDate": "2025-12-01", "endDate": "2025-12-31"})).await;
    assert_eq!((&past["days"], &past["daily"], &past["totals"]["totalTokens"]), (&json!(31), &json!([]), &json!(0)));
    let sessions = client.ok("sessions.usage", json!({"range": "all", "limit": 1})).await;
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(sessions["totals"], all["totals"], "also what the list leaves out");
    let by_agent = sessions["aggregates"]["byAgent"].as_array().unwrap();
    let sums: Vec<_> =
        by_agent.iter().map(|row| (row["agentId"].clone(), row["totals"]["totalTokens"].clone())).collect();
    assert_eq!(sums, [(json!("ada"), json!(12)), (json!("main"), json!(10))]);
    for params in [
        json!({"startDate": "2026-02-30"}),
        json!({"endDate": "tomorrow"}),
        json!({"startDate": "2026-01-02", "endDate": "2026-01-01"}),
    ] {
        for method in ["usage.cost", "sessions.usage"] {
            let error = client.err(method, params.clone()).await;
            assert_eq!(error["code"], "INVALID_REQUEST", "{method} {params}: {error}");
        }
    }
    for method in ["sessions.usage.timeseries", "sessions.usage.logs"] {
        let error = client.err(method, json!({"key": "agent:nobody:x"})).await;
        assert_eq!(error["code"], "INVALID_REQUEST", "{method}: {error}");
        client.ok(method, json!({"key": "never-used"})).await;
    }
}
