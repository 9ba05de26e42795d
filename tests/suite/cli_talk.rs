//! The commands around a conversation: `agent`, `sessions`, `agents`, `models`, `approvals`, `usage`.

use serde_json::{Value, json};

use crate::harness::{Cli, FakeModel, TOKEN, TestGateway, Turn, Usage, files_below, run_with_input};

const KEY: &str = "sk-canary-cli-0d9f3b7e6a";

#[track_caller]
fn worked(cli: Cli) -> Cli {
    assert_eq!(cli.code, 0, "{cli:?}");
    cli
}

#[track_caller]
fn fails(cli: Cli, code: i32, words: &str) -> Cli {
    assert!(cli.code == code && cli.stderr.contains(words), "{words:?}: {cli:?}");
    cli
}

fn with_input(gateway: &TestGateway, args: &[&str], input: &str) -> Cli {
    let state = gateway.state_dir();
    let url = gateway.url();
    let env = [
        ("POSTERN_STATE_DIR", state.to_str().unwrap()),
        ("POSTERN_GATEWAY_URL", &url),
        ("POSTERN_GATEWAY_TOKEN", TOKEN),
    ];
    run_with_input(args, &env, input)
}

fn without_models() -> TestGateway {
    TestGateway::builder().config("{models: {discovery: {enabled: false}}}").start()
}

/// One message, one answer: as text, and as the gateway's own document.
#[test]
fn agent_prints_the_answer() {
    let model = FakeModel::start();
    let gateway = TestGateway::builder().config(&model.config()).start();
    let text = worked(gateway.cli(&["agent", "--message", "hello there"]));
    assert_eq!((text.stdout.as_str(), text.stderr.as_str()), ("hello there\n", ""));
    let json = worked(gateway.cli(&["agent", "--message", "again", "--session-key", "side", "--json"])).json();
    assert_eq!((&json["status"], &json["summary"]), (&json!("ok"), &json!("completed")), "{json}");
    assert_eq!(json["result"]["payloads"], json!([{"text": "again"}]), "{json}");
    assert_eq!(json["result"]["meta"]["agentMeta"]["model"], "echo-1", "{json}");
    assert_eq!(worked(with_input(&gateway, &["agent", "-m", "-"], "from a pipe\n")).stdout, "from a pipe\n");
    let side = worked(gateway.cli(&["sessions", "show", "side", "--json"])).json();
    assert_eq!(side["messages"].as_array().unwrap().len(), 2, "{side}");
    let id = side["session"]["sessionId"].as_str().unwrap();
    assert_eq!(worked(gateway.cli(&["agent", "-m", "by id", "--session-id", id])).stdout, "by id\n");
    assert_eq!(
        worked(gateway.cli(&["sessions", "show", "side", "--json"])).json()["messages"].as_array().unwrap().len(),
        4
    );
}

/// 1: the run failed. 6: it took too long, and the model is not kept waiting. 2: nothing to say.
#[tokio::test]
async fn agent_ends_with_the_code_of_its_run() {
    let model = FakeModel::start();
    let gateway = TestGateway::builder().config(&model.config()).start();
    model.push(Turn::error(401));
    let failed = gateway.cli(&["agent", "--message", "hi", "--json"]);
    assert_eq!((failed.code, &failed.json()["error"]["details"]["status"]), (1, &json!("error")), "{failed:?}");
    model.push(Turn::say("slow ").silent());
    let late = gateway.cli(&["agent", "--message", "hi", "--timeout", "5"]);
    fails(late, 6, "--timeout SECONDS");
    model.dropped(1).await;
    fails(gateway.cli(&["agent", "--message", " "]), 2, "--message is empty");
    fails(gateway.cli(&["agent", "--message", "hi", "--agent", "nobody"]), 1, "nobody");
    fails(gateway.cli(&["agent"]), 2, "--message");
    assert_eq!(worked(gateway.cli(&["agent", "--message", "next works"])).stdout, "next works\n");
}

/// What was said can be listed, shown, found, written down whole, and forgotten.
#[test]
fn sessions_from_first_word_to_last() {
    let model = FakeModel::start();
    let gateway = TestGateway::builder().config(&model.config()).start();
    assert!(worked(gateway.cli(&["sessions"])).stdout.contains("No conversations yet"));
    let long = "word ".repeat(3_000) + "END";
    for text in ["the zebra plan", "second", &long] {
        worked(gateway.cli(&["agent", "-m", text, "--session-key", "notes"]));
    }
    let list = worked(gateway.cli(&["sessions", "list"])).stdout;
    assert!(list.contains("agent:main:notes") && list.contains("zebra") && list.contains("fake/echo-1"), "{list}");
    let show = worked(gateway.cli(&["sessions", "show", "notes", "--messages", "2"])).stdout;
    assert!(show.contains("messages   6") && show.contains("END") && !show.contains("second"), "{show}");
    let found = worked(gateway.cli(&["sessions", "search", "zebra", "plan"])).stdout;
    assert!(found.contains("agent:main:notes") && found.contains("zebra plan"), "{found}");
    assert!(worked(gateway.cli(&["sessions", "search", "unicorn"])).stdout.contains("Nothing was found"));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.jsonl");
    let to_file = ["sessions", "export", "notes", "--out", file.to_str().unwrap()];
    assert!(worked(gateway.cli(&to_file)).stdout.starts_with("6 messages written to "));
    let lines: Vec<Value> =
        std::fs::read_to_string(&file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seqs: Vec<i64> = lines.iter().map(|line| line["__openclaw"]["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5, 6]);
    assert_eq!((&lines[0]["role"], &lines[1]["content"][0]["text"]), (&json!("user"), &json!("the zebra plan")));
    assert_eq!(lines[5]["content"][0]["text"], long, "long texts are whole");
    fails(gateway.cli(&to_file), 2, "exists already");
    assert_eq!(worked(gateway.cli(&["sessions", "export", "notes"])).stdout, std::fs::read_to_string(&file).unwrap());
    let markdown = worked(gateway.cli(&["sessions", "export", "notes", "--format", "markdown"])).stdout;
    assert!(markdown.starts_with("# notes\n\n## User\n\nthe zebra plan\n\n## Assistant (fake/echo-1)\n"), "{markdown}");

    assert!(worked(gateway.cli(&["sessions", "compact", "notes", "--keep", "2"])).stdout.contains("shortened"));
    assert!(worked(gateway.cli(&["sessions", "reset", "notes"])).stdout.contains("begun anew: agent:main:notes"));
    assert!(!worked(gateway.cli(&["sessions", "show", "notes"])).stdout.contains("zebra"));
    fails(gateway.cli(&["sessions", "delete", "notes"]), 2, "--yes");
    assert_eq!(worked(gateway.cli(&["sessions", "delete", "notes", "--yes"])).stdout, "deleted: agent:main:notes\n");
    for gone in
        [&["sessions", "show", "notes"][..], &["sessions", "export", "notes"], &["sessions", "delete", "notes", "-y"]]
    {
        fails(gateway.cli(gone), 1, "no session");
    }
}

/// Agents are made, dressed, told who they are, and deleted.
#[test]
fn agents_from_birth_to_end() {
    let model = FakeModel::start();
    let gateway = TestGateway::builder().config(&model.config()).start();
    let made = worked(gateway.cli(&["agents", "add", "Gardener", "--emoji", "🌱"])).stdout;
    assert!(made.starts_with("made: gardener,") && made.contains("postern chat --agent gardener"), "{made}");
    worked(gateway.cli(&["agents", "set-identity", "gardener", "--name", "Head gardener"]));
    fails(gateway.cli(&["agents", "set-identity", "gardener"]), 2, "nothing to change");
    let list = worked(gateway.cli(&["agents"])).stdout;
    assert!(list.contains("main (default)") && list.contains("🌱 Head gardener"), "{list}");
    let set = with_input(&gateway, &["agents", "files", "gardener", "set", "SOUL.md", "-"], "You love roses.\n");
    assert!(worked(set).stdout.ends_with("SOUL.md\n"));
    assert_eq!(worked(gateway.cli(&["agents", "files", "gardener", "get", "SOUL.md"])).stdout, "You love roses.\n");
    let files = worked(gateway.cli(&["agents", "files", "gardener"])).stdout;
    assert!(files.contains("SOUL.md") && files.contains("AGENTS.md"), "{files}");
    fails(gateway.cli(&["agents", "files", "gardener", "get", "../../postern.json"]), 1, "");
    worked(gateway.cli(&["agent", "--agent", "gardener", "-m", "hi"]));
    let asked = model.requests().pop().unwrap().body.to_string();
    assert!(asked.contains("You love roses."), "{asked}");
    fails(gateway.cli(&["agents", "delete", "gardener"]), 2, "--yes");
    assert_eq!(worked(gateway.cli(&["agents", "delete", "gardener", "--yes"])).stdout, "deleted: gardener\n");
    assert!(!worked(gateway.cli(&["agents"])).stdout.contains("gardener"));
}

/// A key goes in and never comes out: not on a screen, not in a log, not in a file but the credential store's own.
#[test]
fn a_providers_key_stays_where_it_belongs() {
    let model = FakeModel::start();
    model.require_key(KEY);
    let gateway = TestGateway::builder().config(&model.config()).start();
    let before = gateway.cli(&["agent", "-m", "hi"]);
    assert_eq!(before.code, 1, "{before:?}");
    fails(with_input(&gateway, &["models", "auth", "fake"], KEY), 2, "--stdin");
    fails(with_input(&gateway, &["models", "auth", "fake", "--stdin"], "\n"), 2, "no key was given");
    fails(gateway.cli(&["models", "auth", "fake", KEY]), 2, "unexpected argument");
    let kept = worked(with_input(&gateway, &["models", "auth", "fake", "--stdin"], &format!("{KEY}\n")));
    assert!(kept.stdout.contains("kept: the key of fake") && kept.stdout.contains("fake: answers"), "{kept:?}");
    let json = worked(with_input(&gateway, &["models", "auth", "fake", "--stdin", "--json"], KEY));
    assert_eq!((&json.json()["ok"], &json.json()["probe"]["status"]), (&json!(true), &json!("ok")), "{json:?}");
    let status = worked(gateway.cli(&["models", "status"]));
    let list = worked(gateway.cli(&["models", "list"]));
    assert!(list.stdout.contains("fake/echo-1") && list.stdout.contains("default"), "{list:?}");
    let probe = worked(gateway.cli(&["models", "probe", "fake/echo-1"]));
    let config = gateway.cli(&["call", "models.authStatus"]);
    let answer = worked(gateway.cli(&["agent", "-m", "hi"]));
    assert_eq!(answer.stdout, "hi\n");
    for cli in [&kept, &json, &status, &list, &probe, &config, &answer] {
        assert!(!cli.stdout.contains(KEY) && !cli.stderr.contains(KEY), "{cli:?}");
    }
    assert!(!gateway.log().contains(KEY));
    for file in files_below(&gateway.state_dir()) {
        let holds = std::fs::read(&file).is_ok_and(|bytes| bytes.windows(KEY.len()).any(|part| part == KEY.as_bytes()));
        let is_credential = file.strip_prefix(gateway.state_dir()).unwrap().starts_with("credentials");
        assert!(!holds || is_credential, "{} holds the key", file.display());
    }
    assert!(worked(gateway.cli(&["models", "auth", "fake", "--remove"])).stdout.contains("forgotten"));
    assert_eq!(gateway.cli(&["agent", "-m", "hi"]).code, 1, "without the key nobody answers");
    let unknown = gateway.cli(&["models", "probe", "nobody"]);
    assert!(unknown.code == 1 && format!("{unknown:?}").contains("nobody"), "{unknown:?}");
}

/// What was taken, by day and session; limits block with a reason, and an admin may lift them.
#[test]
fn usage_and_limits() {
    let model = FakeModel::start();
    let config = model.config_with(json!({"usage": {"limits": {"dailyTokens": 5_000}}}));
    let gateway = TestGateway::builder().config(&config).start();
    assert!(worked(gateway.cli(&["usage"])).stdout.contains("Nothing was taken"));
    model.push(Turn::say("expensive").usage(Usage { input: 4_000, output: 2_000, cache_read: 0 }));
    worked(gateway.cli(&["agent", "-m", "hi"]));
    let usage = worked(gateway.cli(&["usage", "--days", "2"])).stdout;
    assert!(usage.contains("6000") && usage.contains("0 tokens of 5000 tokens left, REACHED"), "{usage}");
    let json = worked(gateway.cli(&["usage", "--json"])).json();
    assert_eq!(json["cost"]["totals"]["totalTokens"], 6_000, "{json}");
    assert_eq!(json["status"]["limits"][0]["blocked"], true, "{json}");
    assert!(worked(gateway.cli(&["usage", "--session", "main"])).stdout.contains("fake/echo-1"));
    fails(gateway.cli(&["usage", "--session", "never"]), 1, "took nothing");
    fails(gateway.cli(&["agent", "-m", "more"]), 1, "limit");
    fails(gateway.cli(&["usage", "override", "--for", "2h"]), 2, "--reason");
    fails(gateway.cli(&["usage", "override", "--for", "2d", "--reason", "x"]), 2, "30m or 2h");
    let lifted = worked(gateway.cli(&["usage", "override", "--for", "1h", "--reason", "deadline"])).stdout;
    assert!(lifted.contains("lifted for every agent") && lifted.contains("deadline"), "{lifted}");
    assert_eq!(worked(gateway.cli(&["agent", "-m", "more"])).stdout, "more\n");
    assert_eq!(worked(gateway.cli(&["usage", "override", "--clear"])).stdout, "the limits hold\n");
    fails(gateway.cli(&["agent", "-m", "more"]), 1, "limit");
}

/// A command that an agent wants to run waits for somebody, who sees all of it and decides.
#[tokio::test]
async fn approvals_are_listed_and_answered() {
    let model = FakeModel::start();
    let gateway = TestGateway::builder().config(&model.config()).start();
    let state = gateway.state_dir();
    for (verb, words) in [("allow", "allowed, this time: "), ("deny", "denied: ")] {
        let file = state.join(format!("made-by-{verb}"));
        let command = format!("touch {}", file.display());
        model.push(Turn::new().tool_call("exec", json!({"argv": ["touch", file]})));
        let mut running = gateway.op(&crate::harness::Device::new("asker"), &["operator.admin"]).await;
        let run = format!("run-{verb}");
        running.ok("chat.send", json!({"sessionKey": "main", "message": "do it", "idempotencyKey": run})).await;
        let requested = running.event("exec.approval.requested", |_| true).await;
        let list = worked(gateway.cli(&["approvals"])).stdout;
        assert!(list.contains(&command) && list.contains("postern approvals allow ID"), "{list}");
        let id = requested["id"].as_str().unwrap();
        assert!(!file.exists());
        let done = worked(gateway.cli(&["approvals", verb, &id[..id.len() - 1]])).stdout;
        assert_eq!(done, format!("{words}{command}\n"));
        running.event("chat", |chat| chat["state"] == "final").await;
        assert_eq!(file.exists(), verb == "allow");
        assert!(worked(gateway.cli(&["approvals", "list"])).stdout.contains("No command waits"));
        fails(gateway.cli(&["approvals", "allow", id]), 1, "waits");
    }
    let rules = worked(gateway.cli(&["approvals", "rules"])).stdout;
    assert!(rules.contains("allowlist") && rules.contains("on-miss"), "{rules}");
}

/// Without a gateway, and with wrong credentials, every one of them says so in the same way.
#[test]
fn all_of_them_tell_a_missing_gateway_and_a_wrong_token() {
    let gateway = without_models();
    let commands: &[&[&str]] = &[
        &["agent", "-m", "hi"],
        &["sessions"],
        &["sessions", "show", "main"],
        &["sessions", "export", "main"],
        &["agents"],
        &["models"],
        &["approvals"],
        &["usage"],
    ];
    for command in commands {
        let nobody = gateway.cli(&[command, &["--url", "ws://127.0.0.1:1"][..]].concat());
        fails(nobody, 3, "no gateway answers at ws://127.0.0.1:1");
        let stranger = gateway.cli(&[command, &["--token", "wrong", "--json"][..]].concat());
        assert_eq!((stranger.code, &stranger.json()["error"]["exitCode"]), (5, &json!(5)), "{command:?}: {stranger:?}");
    }
}
