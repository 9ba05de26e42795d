//! Commands against a host that writes down what it is asked.

use postern_protocol::access::{Scope, ScopeSet};
use postern_protocol::approvals::ApprovalDecision;
use postern_protocol::chat::{QueueMode, ThinkingLevel, VerboseLevel};
use postern_protocol::pairing::PairingRequest;
use proptest::prelude::*;
use serde_json::json;

use super::*;

const DEVICE: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[derive(Default)]
struct Session {
    status: StatusFacts,
    pending: Vec<PairingRequest>,
    interrupted: Option<Interrupted>,
    refuse: Option<&'static str>,
    done: Vec<String>,
}

impl Session {
    fn act(&mut self, what: String) -> Result<(), String> {
        self.done.push(what);
        self.refuse.map_or(Ok(()), |why| Err(why.to_owned()))
    }
}

impl CommandHost for Session {
    async fn status(&mut self) -> StatusFacts {
        self.status.clone()
    }

    async fn models(&mut self) -> Vec<ModelFact> {
        let model = |reference: &str, available| ModelFact { reference: reference.into(), name: None, available };
        vec![model("openai/big", true), model("ollama/llama", false)]
    }

    async fn set(&mut self, setting: Setting) -> Result<(), String> {
        self.act(format!("{setting:?}"))
    }

    async fn reset(&mut self) -> Result<(), String> {
        self.act("reset".into())
    }

    async fn compact(&mut self) -> Result<Compacted, String> {
        self.act("compact".into()).map(|()| Compacted { compacted: true, kept: Some(1) })
    }

    async fn usage(&mut self) -> UsageFacts {
        let session = UsageLine { input: 1_200, output: 300, micro_usd: Some(10_000) };
        UsageFacts { session, daily_micro_usd: Some(2_000_000), ..UsageFacts::default() }
    }

    async fn tools(&mut self) -> Vec<ToolFact> {
        vec![ToolFact { name: "read".into(), description: "Reads <b>a</b> file. More for the model.".into() }]
    }

    async fn pending_pairings(&mut self) -> Vec<PairingRequest> {
        self.done.push("looked at who waits".into());
        self.pending.clone()
    }

    async fn decide_pairing(&mut self, decision: PairingDecision) -> Result<(), String> {
        self.act(format!("{decision:?}"))
    }

    async fn decide_exec(&mut self, id: &str, decision: ApprovalDecision) -> Result<(), String> {
        self.act(format!("{id} {}", decision.as_str()))
    }

    async fn interrupted(&mut self) -> Option<Interrupted> {
        self.interrupted.clone()
    }
}

fn with(scopes: &[Scope]) -> CommandCx {
    CommandCx {
        scopes: ScopeSet::of(scopes),
        device_id: Some(DEVICE.into()),
        client: "cli".into(),
        local: true,
        session_key: "agent:main:main".into(),
        agent_id: "main".into(),
        agent_name: "Nova".into(),
        config_path: "/home/ada/.postern/postern.json".into(),
        now_ms: 1_000_000,
    }
}

async fn run(cx: &CommandCx, session: &mut Session, text: &str) -> CommandReply {
    let command = parse(text).unwrap_or_else(|| panic!("{text} is no command"));
    execute(cx, session, &command).await
}

async fn typed(session: &mut Session, text: &str) -> String {
    run(&with(&[Scope::Write]), session, text).await.text
}

fn waiting() -> PairingRequest {
    serde_json::from_value(json!({
        "requestId": "r-1", "deviceId": DEVICE, "publicKey": "k", "ts": 940_000, "remoteIp": "203.0.113.5",
        "displayName": "<img src=x>`Ada's [phone](http://evil)`", "role": "operator", "scopes": ["operator.read"],
    }))
    .unwrap()
}

#[test]
fn the_table_is_sound() {
    let mut names = std::collections::HashSet::new();
    let mut ids = std::collections::HashSet::new();
    for spec in COMMANDS {
        assert!(ids.insert(spec.id), "{} stands there twice", spec.name);
        for name in std::iter::once(&spec.name).chain(spec.aliases) {
            assert!(names.insert(*name), "{name} means two commands");
            let text = format!("/{}", name.to_uppercase());
            assert_eq!(parse(&text).map(|command| command.name), Some(spec.id), "{text}");
        }
        assert!(!spec.description.is_empty() && spec.description.chars().next().is_some_and(char::is_uppercase));
        let late_required = spec.args.windows(2).any(|pair| !pair[0].required && pair[1].required);
        assert!(!late_required, "{}: what must be there comes first", spec.name);
    }
    let entries = entries(true);
    assert_eq!(entries.len(), COMMANDS.len());
    assert!(entries.iter().all(|entry| entry.accepts_args == entry.args.is_some()));
    assert!(super::entries(false).iter().all(|entry| entry.args.is_none()));
}

#[test]
fn commands_are_told_from_messages() {
    let found = |text: &str| parse(text).map(|command| (command.name, command.args));
    for (text, want) in [
        ("/help", Some((CommandName::Help, ""))),
        ("  /Think   high \n", Some((CommandName::Think, "high"))),
        ("/think: high", Some((CommandName::Think, "high"))),
        ("/think:high", Some((CommandName::Think, "high"))),
        ("/status@my_bot", Some((CommandName::Status, ""))),
        ("/new\nhello\nyou", Some((CommandName::New, "hello\nyou"))),
        ("/status of the project?", None),
        ("/etc/hosts", None),
        ("/", None),
        ("//help", None),
        ("/ help", None),
        ("help", None),
        ("see /help", None),
        ("/unknown", None),
        ("", None),
    ] {
        assert_eq!(found(text), want.map(|(name, args)| (name, args.to_owned())), "{text:?}");
    }
    for text in ["stop", " STOP\n", "/stop", "Esc", "/abort", "wait", "exit", "interrupt", "/interrupt"] {
        assert!(is_stop(text), "{text:?}");
    }
    for text in ["stop it", "please stop", "//stop", "stopp", "", "/", "stop."] {
        assert!(!is_stop(text), "{text:?}");
    }
}

#[tokio::test]
async fn help_shows_every_command_and_each_alone() {
    let mut session = Session::default();
    let help = typed(&mut session, "/help").await;
    for spec in COMMANDS {
        assert!(help.contains(&format!("`{}`", spec.usage())), "{}", spec.name);
        let alone = typed(&mut session, &format!("/help {}", spec.name)).await;
        assert!(alone.contains(spec.description), "{alone}");
    }
    assert!(typed(&mut session, "/commands").await.contains("also `/thinking`, `/t`"));
    assert!(typed(&mut session, "/help <script>").await.contains("no such command"));
    assert!(session.done.is_empty());
}

#[tokio::test]
async fn settings_are_shown_set_taken_back_and_refused() {
    let mut session = Session::default();
    let set = |setting: Setting| format!("{setting:?}");
    for (text, want) in [
        ("/think HIGH", Setting::Thinking(Some(ThinkingLevel::High))),
        ("/think default", Setting::Thinking(None)),
        ("/verbose full", Setting::Verbose(Some(VerboseLevel::Full))),
        ("/verbose default", Setting::Verbose(None)),
        ("/queue steer", Setting::Queue(Some(QueueMode::Steer))),
        ("/queue default", Setting::Queue(None)),
        ("/model openai/big", Setting::Model(Some("openai/big".into()))),
        ("/model Default", Setting::Model(None)),
    ] {
        session.done.clear();
        let answer = typed(&mut session, text).await;
        assert_eq!(session.done, [set(want)], "{text}: {answer}");
    }
    session.done.clear();
    for text in ["/think", "/verbose", "/queue", "/model", "/think loud", "/verbose 9", "/queue x", "/model two words"]
    {
        assert!(!typed(&mut session, text).await.is_empty());
    }
    assert!(session.done.is_empty(), "{:?}", session.done);
    session.refuse = Some("no such model");
    let refused = typed(&mut session, "/model openai/none").await;
    assert_eq!(refused, "Nothing was changed: no such model");
}

#[tokio::test]
async fn what_is_shown_is_what_is() {
    let mut session = Session::default();
    let none = typed(&mut session, "/status").await;
    assert!(none.contains("built-in assistant"), "{none}");
    session.status = StatusFacts {
        version: "1.2".into(),
        uptime_ms: 61_000,
        model: Some("openai/big".into()),
        messages: 1,
        context_used: Some(50_000),
        context_limit: Some(200_000),
        active_runs: 1,
        warnings: vec!["safe mode: <b>".into()],
        ..StatusFacts::default()
    };
    let status = typed(&mut session, "/status").await;
    for part in [
        "`1.2`",
        "1 min",
        "`openai/big`",
        "1 message\n",
        "50.0k of 200.0k tokens (25 %)",
        "1 answer;",
        "`safe mode: b`",
    ] {
        assert!(status.contains(part), "{part} in {status}");
    }
    let models = typed(&mut session, "/models").await;
    assert!(
        models.contains("- `openai/big`, answers here\n") && models.contains("`ollama/llama`, not usable"),
        "{models}"
    );
    assert!(typed(&mut session, "/usage").await.contains("1.2k tokens in, 300 out, $0.0100"));
    assert!(typed(&mut session, "/usage").await.contains("Daily limit: $2.00"));
    assert_eq!(typed(&mut session, "/tools").await, "- `read` Reads ba/b file.");
    let who = run(&with(&[Scope::Read]), &mut session, "/whoami").await.text;
    assert!(
        who.contains("`0123 4567") && who.contains("operator.read") && who.contains("on the gateway's machine"),
        "{who}"
    );
    assert!(typed(&mut session, "/export").await.contains("`postern sessions export agent:main:main`"));
}

#[tokio::test]
async fn what_is_to_be_done_comes_as_effects() {
    let mut session = Session::default();
    let cx = with(&[Scope::Write]);
    assert_eq!(run(&cx, &mut session, "/stop").await.effects, []);
    session.status.active_runs = 1;
    assert_eq!(run(&cx, &mut session, "/stop").await.effects, [Effect::Stop]);
    assert_eq!(run(&cx, &mut session, "/resume").await.effects, []);
    session.interrupted = Some(Interrupted { run_id: "r9".into(), preview: "do <b>it</b>".into() });
    let resumed = run(&cx, &mut session, "/resume").await;
    assert_eq!(resumed.effects, [Effect::Resume { run_id: "r9".into() }]);
    assert!(resumed.text.ends_with("`do bit/b`"), "{}", resumed.text);
    assert_eq!(run(&cx, &mut session, "/new").await.effects, []);
    assert_eq!(run(&cx, &mut session, "/new hello").await.effects, [Effect::Say { text: "hello".into() }]);
    assert_eq!(run(&cx, &mut session, "/compact").await.effects, []);
    assert_eq!(session.done, ["reset", "reset", "compact"]);
    session.refuse = Some("an answer is being written");
    let refused = run(&cx, &mut session, "/new hello").await;
    assert_eq!(refused.effects, [], "nothing is said in a conversation that is still the old one");
}

#[tokio::test]
async fn devices_are_let_in_only_by_who_may_and_only_by_name_and_fingerprint() {
    let mut session = Session { pending: vec![waiting()], ..Session::default() };
    let approve = format!("/pair approve r-1 {}", &DEVICE[..12]);
    for scopes in [&[][..], &[Scope::Write, Scope::Approvals][..]] {
        let cx = with(scopes);
        assert!(!run(&cx, &mut session, "/pair").await.text.contains("r-1"));
        assert!(run(&cx, &mut session, &approve).await.text.contains("operator.pairing"));
        assert!(session.done.is_empty(), "{:?}", session.done);
    }
    let cx = with(&[Scope::Pairing]);
    let list = run(&cx, &mut session, "/pair").await.text;
    assert!(list.contains("`r-1`") && list.contains("`0123 4567 89ab cdef") && list.contains("1 min ago"), "{list}");
    assert!(!list.contains("<img") && !list.contains("`Ada"), "a stranger's name is no markup: {list}");
    for text in [
        "/pair approve",
        "/pair approve latest",
        "/pair approve r-1",
        "/pair approve r-1 0123",
        "/pair approve r-1 0123456789ac",
        "/pair approve r-2 0123456789ab",
        "/pair approve latest 0123456789ab",
        "/pair please",
    ] {
        session.done.clear();
        run(&cx, &mut session, text).await;
        assert!(session.done.iter().all(|done| done == "looked at who waits"), "{text}: {:?}", session.done);
    }
    for (text, approve) in [("/pair approve r-1 0123 4567 89AB cdef", true), ("/pair reject r-1 0123456789ab", false)] {
        session.done.clear();
        run(&cx, &mut session, text).await;
        let want = PairingDecision { request_id: "r-1".into(), device_id: DEVICE.into(), approve };
        assert_eq!(session.done, ["looked at who waits".to_owned(), format!("{want:?}")], "{text}");
    }
    session.refuse = Some("the caller does not hold operator.admin");
    assert!(run(&cx, &mut session, &approve).await.text.contains("does not hold operator.admin"));
}

#[tokio::test]
async fn commands_are_approved_only_by_who_may() {
    let mut session = Session::default();
    for scopes in [&[][..], &[Scope::Write, Scope::Pairing][..]] {
        assert!(run(&with(scopes), &mut session, "/approve e1 allow-once").await.text.contains("operator.approvals"));
    }
    let cx = with(&[Scope::Approvals]);
    for text in ["/approve", "/approve e1", "/approve e1 yes", "/approve e1 allow-once now", "/approve latest"] {
        run(&cx, &mut session, text).await;
    }
    assert!(session.done.is_empty(), "{:?}", session.done);
    run(&cx, &mut session, "/approve e1 Allow-Once").await;
    run(&cx, &mut session, "/approve e2 deny").await;
    assert_eq!(session.done, ["e1 allow-once", "e2 deny"]);
}

fn facts() -> AssistantFacts {
    AssistantFacts {
        agent_name: "Nova".into(),
        config_path: "/home/ada/.postern/postern.json".into(),
        version: "1.2".into(),
        uptime_ms: 61_000,
        discovery: true,
        ollama: "http://127.0.0.1:11434".into(),
        lmstudio: "http://127.0.0.1:1234".into(),
        warnings: Vec::new(),
    }
}

#[test]
fn without_a_model_the_answer_says_so_and_how_to_get_one() {
    for text in ["Write me a poem about the sea", "hello", "who are you?", "help", "How do I connect a model"] {
        let answer = reply(text, &facts());
        assert!(answer.contains("postern models auth openai"), "{text}: {answer}");
        assert!(answer.contains("/home/ada/.postern/postern.json") && answer.contains("agents: { defaults: { model:"));
        assert!(answer.contains("11434") && answer.contains("1234"), "{text}: {answer}");
    }
    let away = AssistantFacts { discovery: false, ..facts() };
    assert!(!reply("a question", &away).contains("11434"), "what is not looked for is not promised");
    assert!(reply("who are you", &facts()).contains("not a language model"));
    assert!(reply("please translate this", &facts()).contains("cannot answer"));
    assert!(reply("how are you?", &facts()).contains("1 min"));
    assert!(reply("thanks!", &facts()).starts_with("You are welcome"));
    assert!(reply("hi, please refactor the parser", &facts()).contains("cannot answer"), "more than a greeting");
}

#[test]
fn mistyped_commands_are_helped_along() {
    for (text, near) in [("/stauts", "`/status`"), ("/mod", "`/model`"), ("/status of it?", "`/status`")] {
        let answer = reply(text, &facts());
        assert!(answer.contains("no such command") && answer.contains(near), "{text}: {answer}");
    }
    let answer = reply("/qqqqqqqqqqqq", &facts());
    assert!(!answer.contains("Did you mean"), "{answer}");
    let answer = reply("/etc/hosts is a file", &facts());
    assert!(answer.contains("cannot answer"), "a path is no command: {answer}");
}

proptest! {
    #[test]
    fn nothing_of_a_message_comes_back(word in "[a-z]{9}", markup in "[<>&\"'`\\[\\]()]{1,6}") {
        let text = format!("{markup}zq{word}zq{markup}");
        for text in [text.clone(), format!("/{text}"), format!("hello {text}"), format!("/zq{word}zq")] {
            let answer = reply(&text, &facts());
            prop_assert!(!answer.contains(&format!("zq{word}")), "{answer}");
            prop_assert!(!answer.contains('<') && !answer.contains('>'), "{answer}");
            prop_assert_eq!(answer, reply(&text, &facts()));
        }
    }

    #[test]
    fn every_message_can_be_looked_at(text in any::<String>()) {
        if let Some(command) = parse(&text) {
            prop_assert!(text.trim().starts_with('/'));
            prop_assert!(command.args.len() <= text.len());
        }
        prop_assert!(!reply(&text, &facts()).is_empty());
        prop_assert!(!is_stop(&text) || text.trim().len() <= 10);
    }
}
