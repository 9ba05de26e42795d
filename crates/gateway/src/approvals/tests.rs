//! The service over a real store: who may answer, who is first, what ends, what
//! is remembered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use postern_protocol::Dialect;
use postern_protocol::access::{Role, Scope};
use postern_protocol::approvals::{
    AllowlistEntry, ApprovalCommand, ApprovalDecision, ExecAgentRules, ExecAskMode, ExecRules, ExecSecurityMode,
    TerminalReason,
};
use postern_protocol::system::Nullable;
use postern_tools::{ExecDecision, ExecGate as _, ExecPlan, PlanRequest, Workspace};
use serde_json::Value;

use super::*;
use crate::hub::Conn;
use crate::hub::tests::principal;
use crate::store::{Change, Table};

use ApprovalDecision::{AllowAlways, AllowOnce, Deny};

struct Place {
    approvals: Approvals,
    hub: Hub,
    time: Arc<AtomicI64>,
    workspace: Workspace,
    folder: tempfile::TempDir,
    writer: tokio::task::JoinHandle<()>,
}

impl Place {
    async fn new() -> Self {
        Self::at(tempfile::tempdir().unwrap()).await
    }

    async fn at(folder: tempfile::TempDir) -> Self {
        let opened = Store::open(&folder.path().join("postern.sqlite")).await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "a test is its own task tracker")]
        let writer = tokio::spawn(opened.writer.run());
        let (hub, time) = (Hub::default(), Arc::new(AtomicI64::new(1_000_000)));
        let reading = Arc::clone(&time);
        let clock = Clock::new(move || reading.load(Ordering::SeqCst));
        let approvals = Approvals::open(opened.store, hub.clone(), clock, Tasks::default()).await.unwrap();
        let workspace = Workspace::open(&folder.path().join("workspace")).unwrap();
        Self { approvals, hub, time, workspace, folder, writer }
    }

    /// The same database in a new process, so to speak.
    async fn again(self) -> Self {
        self.approvals.0.store.close().await;
        self.writer.await.unwrap();
        Self::at(self.folder).await
    }

    fn connect(&self, dialect: Dialect) -> Arc<Conn> {
        let conn = Arc::new(Conn::new(principal(Role::Operator, &[Scope::Approvals], dialect), 1_000_000));
        self.hub.register(&conn);
        conn
    }

    fn plan(&self, request: PlanRequest) -> Arc<ExecPlan> {
        let base = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
        Arc::new(ExecPlan::new(request, &self.workspace, &base, Duration::from_secs(9)).unwrap())
    }

    fn gate(&self, security: ExecSecurityMode, ask: ExecAskMode) -> Gate {
        let scope = RunScope {
            agent_id: "main".to_owned(),
            session_key: "agent:main:main".to_owned(),
            session_id: None,
            run_id: Some("run-1".to_owned()),
            workspace: self.workspace.root().to_owned(),
            base: ExecModes { security, ask },
            overrides: ExecOverrides::default(),
        };
        Gate::new(self.approvals.clone(), scope)
    }

    async fn first_waiting(&self) -> String {
        loop {
            let first = self.approvals.list().into_iter().next();
            if let Some(first) = first {
                return first.id;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Decides while somebody gives this answer to the one request that comes.
    async fn decide(&self, gate: &Gate, plan: &Arc<ExecPlan>, answer: ApprovalDecision) -> ExecDecision {
        let approver = principal(Role::Operator, &[Scope::Approvals], Dialect::V4);
        let answering = async {
            let id = self.first_waiting().await;
            self.approvals.resolve(&approver, &id, answer, Some(&plan.hash())).await.unwrap();
        };
        tokio::join!(gate.decide(Arc::clone(plan)), answering).0
    }
}

fn asked(id: &str, session: &str) -> ApprovalRequest {
    ApprovalRequest {
        id: Some(id.to_owned()),
        origin: Origin::Session(session.to_owned()),
        command: ApprovalCommand {
            command: "ls".into(),
            run_id: Nullable::Value(format!("run-of-{session}")),
            ..ApprovalCommand::default()
        },
        plan_hash: "hash".to_owned(),
        remember: None,
        timeout: DEFAULT_TIMEOUT,
    }
}

fn events(conn: &Conn) -> Vec<Value> {
    let mut frames = Vec::new();
    conn.outbox.drain(usize::MAX, |frame| {
        frames.push(serde_json::from_str(&format!("{}}}", String::from_utf8_lossy(&frame.head))).unwrap());
    });
    frames
}

fn refuses(decision: &ExecDecision, why: &str) {
    let ExecDecision::Denied { reason } = decision else { panic!("allowed") };
    assert!(reason.contains(why), "{reason}");
}

#[tokio::test]
async fn only_operators_with_the_scope_answer_and_only_what_they_saw() {
    let place = Place::new().await;
    let mut waiting = place.approvals.request(asked("a", "s")).unwrap();
    for (role, scopes) in [
        (Role::Node, vec![Scope::Admin, Scope::Approvals]),
        (Role::Operator, vec![]),
        (Role::Operator, vec![Scope::Write, Scope::Pairing]),
    ] {
        let who = principal(role, &scopes, Dialect::V4);
        let refused = place.approvals.resolve(&who, "a", AllowOnce, None).await;
        assert_eq!(refused, Err(ApprovalError::NotAnApprover), "{role} {scopes:?}");
    }
    let who = principal(Role::Operator, &[Scope::Approvals], Dialect::V4);
    let other = place.approvals.resolve(&who, "a", AllowOnce, Some("another hash")).await;
    assert_eq!(other, Err(ApprovalError::OtherPlan));
    assert_eq!(place.approvals.resolve(&who, "b", AllowOnce, None).await, Err(ApprovalError::Unknown));
    place.approvals.resolve(&who, "a", Deny, Some("hash")).await.unwrap();
    assert_eq!(waiting.decided().await, Outcome::Answered(Deny));
    assert_eq!(place.approvals.resolve(&who, "a", AllowOnce, None).await, Err(ApprovalError::AlreadyResolved));
    assert_eq!(place.approvals.wait("a").unwrap().decided().await, Outcome::Answered(Deny));
    assert_eq!(place.approvals.request(asked("a", "s")).unwrap_err(), ApprovalError::IdTaken);
}

#[tokio::test]
async fn of_many_answers_at_once_exactly_one_counts() {
    let place = Place::new().await;
    for round in 0..20 {
        let id = format!("race-{round}");
        let mut waiting = place.approvals.request(asked(&id, "s")).unwrap();
        let who = principal(Role::Operator, &[Scope::Approvals], Dialect::V4);
        let decisions = [Deny, AllowOnce, Deny, AllowAlways];
        let answers = decisions.map(|decision| place.approvals.resolve(&who, &id, decision, None));
        let results: Vec<_> = decisions.into_iter().zip(futures_util::future::join_all(answers).await).collect();
        let won: Vec<_> = results.iter().filter(|(_, result)| result.is_ok()).map(|(decision, _)| *decision).collect();
        assert_eq!(won.len(), 1, "{results:?}");
        assert_eq!(waiting.decided().await, Outcome::Answered(won[0]));
    }
}

#[tokio::test]
async fn time_runs_out_by_either_clock_and_counts_as_denied() {
    let place = Place::new().await;
    let (new, old) = (place.connect(Dialect::V4), place.connect(Dialect::V3));
    // The wall clock stands still.
    let quick = ApprovalRequest { timeout: Duration::from_millis(5), ..asked("steady", "s") };
    let outcome = place.approvals.request(quick).unwrap().decided().await;
    assert_eq!(outcome, Outcome::Unanswered(TerminalReason::Timeout));
    assert!(!outcome.allows());
    // The wall clock jumps.
    place.approvals.request(asked("wall", "s")).unwrap();
    place.time.fetch_add(120_000, Ordering::SeqCst);
    assert_eq!(place.approvals.list(), []);
    let who = principal(Role::Operator, &[Scope::Admin], Dialect::V4);
    assert_eq!(place.approvals.resolve(&who, "wall", AllowOnce, None).await, Err(ApprovalError::Unknown));
    let names = |conn: &Conn| -> Vec<String> {
        let payloads = events(conn).into_iter();
        payloads.map(|frame| format!("{} {}", frame["event"].as_str().unwrap(), frame["payload"]["decision"])).collect()
    };
    let requested = "exec.approval.requested null";
    let resolved = "exec.approval.resolved \"deny\"";
    assert_eq!(names(&new), [requested, resolved, requested, resolved]);
    assert_eq!(names(&old), [requested, requested], "old clients count the time themselves");
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_nothing_live_longer() {
    let place = Place::new().await;
    let quick = ApprovalRequest { timeout: Duration::from_millis(5), ..asked("a", "s") };
    let mut waiting = place.approvals.request(quick).unwrap();
    place.time.fetch_sub(900_000, Ordering::SeqCst);
    assert_eq!(waiting.decided().await, Outcome::Unanswered(TerminalReason::Timeout));
}

#[tokio::test]
async fn a_stopped_run_takes_its_questions_back() {
    let place = Place::new().await;
    let conn = place.connect(Dialect::V3);
    let mut mine = place.approvals.request(asked("mine", "one")).unwrap();
    place.approvals.request(asked("other", "two")).unwrap();
    place.approvals.cancel_run("run-of-one");
    assert_eq!(mine.decided().await, Outcome::Unanswered(TerminalReason::Cancelled));
    let left: Vec<String> = place.approvals.list().into_iter().map(|event| event.id).collect();
    assert_eq!(left, ["other"]);
    let resolved = events(&conn).into_iter().find(|frame| frame["event"] == "exec.approval.resolved").unwrap();
    assert_eq!((&resolved["payload"]["decision"], &resolved["payload"]["resolvedBy"]), (&"deny".into(), &Value::Null));
}

#[tokio::test]
async fn one_conversation_can_crowd_out_only_itself() {
    let place = Place::new().await;
    for number in 0..16 {
        place.approvals.request(asked(&format!("a{number}"), "busy")).unwrap();
    }
    assert!(matches!(place.approvals.request(asked("more", "busy")).unwrap_err(), ApprovalError::TooMany(_)));
    for number in 0..112 {
        place.approvals.request(asked(&format!("b{number}"), &format!("s{number}"))).unwrap();
    }
    assert!(matches!(place.approvals.request(asked("more", "new")).unwrap_err(), ApprovalError::TooMany(_)));
    let client = ApprovalRequest { origin: Origin::Client("device".to_owned()), ..asked("more", "") };
    place.approvals.request(client).unwrap();
}

#[tokio::test]
async fn a_gate_that_is_dropped_withdraws_its_question() {
    let place = Place::new().await;
    let _approver = place.connect(Dialect::V4);
    let gate = place.gate(ExecSecurityMode::Allowlist, ExecAskMode::OnMiss);
    let deciding = gate.decide(place.plan(PlanRequest::program(["touch", "a"])));
    let mut deciding = Box::pin(deciding);
    assert!(futures_util::poll!(&mut deciding).is_pending());
    let shown = place.approvals.list().remove(0);
    assert_eq!((shown.request.command.as_str(), shown.request.run_id), ("touch a", Nullable::Value("run-1".into())));
    drop(deciding);
    assert_eq!(place.approvals.list(), []);
    let outcome = place.approvals.wait(&shown.id).unwrap().decided().await;
    assert_eq!(outcome, Outcome::Unanswered(TerminalReason::Cancelled));
}

#[tokio::test]
async fn without_anybody_to_ask_nothing_runs() {
    let place = Place::new().await;
    let gate = place.gate(ExecSecurityMode::Full, ExecAskMode::Always);
    refuses(&gate.decide(place.plan(PlanRequest::program(["touch", "a"]))).await, "nobody is connected");
    let off = place.gate(ExecSecurityMode::Allowlist, ExecAskMode::Off);
    refuses(&off.decide(place.plan(PlanRequest::program(["touch", "a"]))).await, "not on the allowlist");
    assert_eq!(place.approvals.list(), []);
}

#[tokio::test]
async fn always_is_remembered_for_that_command_and_survives_a_restart() {
    let place = Place::new().await;
    let _approver = place.connect(Dialect::V4);
    let gate = place.gate(ExecSecurityMode::Allowlist, ExecAskMode::OnMiss);
    let plan = place.plan(PlanRequest::program(["touch", "a"]));
    assert_eq!(place.decide(&gate, &plan, AllowAlways).await, ExecDecision::Allowed);
    let place = place.again().await;
    let gate = place.gate(ExecSecurityMode::Allowlist, ExecAskMode::OnMiss);
    // Nobody is connected: what is not on the list could not be asked about.
    assert_eq!(gate.decide(place.plan(PlanRequest::program(["touch", "a"]))).await, ExecDecision::Allowed);
    refuses(&gate.decide(place.plan(PlanRequest::program(["touch", "b"]))).await, "nobody is connected");
    refuses(&gate.decide(place.plan(PlanRequest::program(["rm", "a"]))).await, "nobody is connected");
    let env = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
    let with_env = place.plan(PlanRequest { env, ..PlanRequest::program(["touch", "a"]) });
    refuses(&gate.decide(with_env).await, "nobody is connected");
}

#[tokio::test]
async fn always_for_a_shell_line_is_that_line_and_no_other() {
    let place = Place::new().await;
    let approver = place.connect(Dialect::V4);
    let gate = place.gate(ExecSecurityMode::Allowlist, ExecAskMode::OnMiss);
    let line = || place.plan(PlanRequest::shell("touch a && echo done"));
    assert_eq!(place.decide(&gate, &line(), AllowAlways).await, ExecDecision::Allowed);
    place.hub.unregister(&approver);
    assert_eq!(gate.decide(line()).await, ExecDecision::Allowed);
    refuses(&gate.decide(place.plan(PlanRequest::shell("touch a && echo done; id"))).await, "nobody is connected");
    let view = place.approvals.rules_view();
    let pattern = &view.rules.agents.as_ref().unwrap()["main"].allowlist.as_ref().unwrap()[0].pattern;
    assert!(pattern.starts_with("command:"), "{pattern}");
}

#[tokio::test]
async fn once_is_once() {
    let place = Place::new().await;
    let _approver = place.connect(Dialect::V4);
    let gate = place.gate(ExecSecurityMode::Allowlist, ExecAskMode::OnMiss);
    let plan = place.plan(PlanRequest::program(["touch", "a"]));
    assert_eq!(place.decide(&gate, &plan, AllowOnce).await, ExecDecision::Allowed);
    refuses(&place.decide(&gate, &plan, Deny).await, "denied by a person");
    assert!(!place.approvals.rules_view().exists);
}

#[tokio::test]
async fn where_everything_is_asked_about_always_is_no_answer() {
    let place = Place::new().await;
    let _approver = place.connect(Dialect::V4);
    let gate = place.gate(ExecSecurityMode::Full, ExecAskMode::Always);
    let mut deciding = Box::pin(gate.decide(place.plan(PlanRequest::program(["touch", "a"]))));
    assert!(futures_util::poll!(&mut deciding).is_pending());
    let shown = place.approvals.list().remove(0);
    assert_eq!(shown.request.allowed_decisions, [AllowOnce, Deny]);
    let who = principal(Role::Operator, &[Scope::Approvals], Dialect::V4);
    let refused = place.approvals.resolve(&who, &shown.id, AllowAlways, None).await;
    assert!(matches!(refused, Err(ApprovalError::InvalidDecision(_))), "{refused:?}");
    place.approvals.resolve(&who, &shown.id, AllowOnce, None).await.unwrap();
    assert_eq!(deciding.await, ExecDecision::Allowed);
}

fn listing(pattern: &str) -> ExecRules {
    let entry = AllowlistEntry { pattern: pattern.to_owned(), ..AllowlistEntry::default() };
    let agent = ExecAgentRules { allowlist: Some(vec![entry]), ..ExecAgentRules::default() };
    ExecRules { version: 1, agents: Some(BTreeMap::from([("main".to_owned(), agent)])), ..ExecRules::default() }
}

#[tokio::test]
async fn rules_are_replaced_only_by_admins_who_read_them() {
    let place = Place::new().await;
    let admin = principal(Role::Operator, &[Scope::Admin], Dialect::V4);
    let approver = principal(Role::Operator, &[Scope::Approvals], Dialect::V4);
    let set = async |who: &Principal, rules: ExecRules, base: Option<&str>| {
        place.approvals.set_rules(who, rules, base).await.map(|view| view.hash)
    };
    assert_eq!(set(&approver, listing("/bin/a"), None).await, Err(ApprovalError::NotAnApprover));
    let first = set(&admin, listing("/usr/bin/a"), None).await.unwrap();
    assert_eq!(set(&admin, listing("/usr/bin/b"), None).await, Err(ApprovalError::BaseHashRequired));
    assert_eq!(set(&admin, listing("/usr/bin/b"), Some("stale")).await, Err(ApprovalError::RulesChanged));
    let second = set(&admin, listing("/usr/bin/b"), Some(&first)).await.unwrap();
    assert_eq!(set(&admin, listing("/usr/bin/c"), Some(&first)).await, Err(ApprovalError::RulesChanged));
    let Err(ApprovalError::InvalidRules(text)) = set(&admin, listing("rg"), Some(&second)).await else { panic!() };
    assert!(text.starts_with("file.agents.main.allowlist[0].pattern must be the absolute path"), "{text}");
    let place = place.again().await;
    let view = place.approvals.rules_view();
    assert_eq!((view.exists, view.hash, &*view.rules), (true, second, &listing("/usr/bin/b")));
}

#[tokio::test]
async fn using_an_entry_is_noted_and_disturbs_no_editor() {
    let place = Place::new().await;
    let admin = principal(Role::Operator, &[Scope::Admin], Dialect::V4);
    let plan = place.plan(PlanRequest::program(["touch", "a"]));
    let rules = listing(plan.program().to_str().unwrap());
    let before = place.approvals.set_rules(&admin, rules, None).await.unwrap().hash;
    let gate = place.gate(ExecSecurityMode::Allowlist, ExecAskMode::OnMiss);
    assert_eq!(gate.decide(Arc::clone(&plan)).await, ExecDecision::Allowed);
    let view = place.approvals.rules_view();
    assert_eq!(view.hash, before);
    let entry = view.rules.agents.as_ref().unwrap()["main"].allowlist.as_ref().unwrap()[0].clone();
    assert_eq!((entry.last_used_at, entry.last_used_command.as_deref()), (Some(1_000_000), Some("touch a")));
}

#[tokio::test]
async fn rules_that_could_not_be_written_do_not_stay_because_they_were_used() {
    let place = Place::new().await;
    let admin = principal(Role::Operator, &[Scope::Admin], Dialect::V4);
    let plan = place.plan(PlanRequest::program(["touch", "a"]));
    let before = place.approvals.set_rules(&admin, listing("/usr/bin/other"), None).await.unwrap().hash;
    place.approvals.0.store.close().await;
    let wider = listing(plan.program().to_str().unwrap());
    let mut refused = Box::pin(place.approvals.set_rules(&admin, wider, Some(&before)));
    assert!(futures_util::poll!(&mut refused).is_pending());
    let gate = place.gate(ExecSecurityMode::Allowlist, ExecAskMode::OnMiss);
    assert!(futures_util::poll!(Box::pin(gate.decide(plan))).is_ready());
    assert!(refused.await.is_err());
    assert_eq!(place.approvals.rules_view().hash, before);
}

#[tokio::test]
async fn damaged_rules_close_the_gate() {
    let place = Place::new().await;
    let put = Change::Put { table: Table::Meta, key: "exec-approvals".into(), body: r#"{"version":"x"}"#.into() };
    place.approvals.0.store.enqueue(vec![put]).await.unwrap();
    let place = place.again().await;
    let gate = place.gate(ExecSecurityMode::Full, ExecAskMode::Off);
    refuses(&gate.decide(place.plan(PlanRequest::program(["touch", "a"]))).await, "switched off");
}
