use std::collections::BTreeMap;
use std::time::Duration;

use postern_tools::PlanRequest;

use super::*;

struct Place {
    folder: tempfile::TempDir,
    judge: Judge,
}

impl Place {
    fn new(rules: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exec-approvals.json");
        let write: crate::WriteFile = Arc::new(|path, bytes| {
            std::fs::write(path, bytes)?;
            std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
        });
        if !rules.is_empty() {
            write(&path, rules.as_bytes()).unwrap();
        }
        let file = ApprovalsFile::new(path, write);
        Self { folder, judge: Judge { file, asked: Asked::default(), clock: Arc::new(|| 1_000) } }
    }

    fn plan(&self, request: PlanRequest) -> ExecPlan {
        let env = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
        ExecPlan::anywhere(request, self.folder.path(), &env, Duration::from_secs(9)).unwrap()
    }

    fn decide(&self, request: PlanRequest, approval: Approval<'_>) -> Result<(), String> {
        let plan = self.plan(request);
        let judged = self.judge.look(&plan, "main");
        self.judge.decide(&plan, &judged, "main", approval).map_err(|refusal| refusal.message.into_owned())
    }
}

fn argv(words: &[&str]) -> PlanRequest {
    PlanRequest::program(words.iter().copied())
}

fn approved(run_id: &str) -> Approval<'_> {
    Approval { decision: Some(ApprovalDecision::AllowOnce), run_id: Some(run_id), plan_hash: None }
}

const REQUIRED: &str = "SYSTEM_RUN_DENIED: approval required";

#[test]
fn without_rules_everything_is_asked_about() {
    let place = Place::new("");
    assert_eq!(place.decide(argv(&["ls"]), Approval::default()), Err(REQUIRED.to_owned()));
    assert_eq!(place.decide(argv(&["ls"]), approved("r")), Ok(()));
}

#[test]
fn modes_and_lists_mean_what_they_say() {
    let listed = r#"{"version":1,"agents":{"main":{"allowlist":[{"pattern":"/usr/bin/*"},{"pattern":"/bin/*"}]}}}"#;
    let place = Place::new(listed);
    assert_eq!(place.decide(argv(&["ls"]), Approval::default()), Ok(()));
    assert_eq!(
        place.decide(argv(&["sh", "-c", "ls"]), Approval::default()),
        Err(REQUIRED.to_owned()),
        "shells are open"
    );
    let off = Place::new(r#"{"version":1,"defaults":{"ask":"off"}}"#);
    assert_eq!(off.decide(argv(&["ls"]), approved("r")), Err("SYSTEM_RUN_DENIED: allowlist miss".to_owned()));
    let deny = Place::new(r#"{"version":1,"defaults":{"security":"deny"}}"#);
    assert!(deny.decide(argv(&["ls"]), approved("r")).unwrap_err().starts_with("SYSTEM_RUN_DISABLED"));
    let full = Place::new(r#"{"version":1,"defaults":{"security":"full"}}"#);
    assert_eq!(full.decide(argv(&["sh", "-c", "ls"]), Approval::default()), Ok(()));
    let always = Place::new(r#"{"version":1,"defaults":{"security":"full","ask":"always"}}"#);
    assert_eq!(always.decide(argv(&["ls"]), Approval::default()), Err(REQUIRED.to_owned()));
}

#[test]
fn what_was_approved_is_what_runs() {
    let place = Place::new("");
    assert!(place.decide(argv(&["ls", "-l"]), Approval { run_id: Some("r1"), ..Approval::default() }).is_err());
    let env = BTreeMap::from([("LS_COLORS".to_owned(), "x".to_owned())]);
    let other_folder = PlanRequest { cwd: Some("/".to_owned()), ..argv(&["ls", "-l"]) };
    for swapped in [argv(&["ls", "-la"]), PlanRequest { env, ..argv(&["ls", "-l"]) }, other_folder] {
        let refused = place.decide(swapped.clone(), approved("r1")).unwrap_err();
        assert!(refused.contains("approval is for another"), "{swapped:?}: {refused}");
    }
    assert_eq!(place.decide(argv(&["ls", "-l"]), approved("r1")), Ok(()));
    let hash = place.judge.look(&place.plan(argv(&["ls"])), "main").command.exact;
    let shown = |plan_hash| Approval { plan_hash: Some(plan_hash), ..approved("r2") };
    assert_eq!(place.decide(argv(&["ls"]), shown(&hash)), Ok(()));
    assert!(place.decide(argv(&["ls", "/"]), shown(&hash)).is_err());
}

#[test]
fn a_program_that_was_replaced_after_it_was_asked_about_does_not_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new("");
    let tool = place.folder.path().join("tool");
    std::fs::write(&tool, "#!/bin/sh\n").unwrap();
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert!(place.decide(argv(&["./tool"]), Approval::default()).is_err());
    std::fs::write(&tool, "#!/bin/sh\nrm -rf /\n").unwrap();
    assert!(place.decide(argv(&["./tool"]), approved("approval-id")).unwrap_err().contains("another"));
}

#[test]
fn always_is_remembered_as_that_one_command() {
    let place = Place::new("");
    let always = Approval { decision: Some(ApprovalDecision::AllowAlways), ..approved("r") };
    assert_eq!(place.decide(argv(&["ls", "-l"]), always), Ok(()));
    assert_eq!(place.decide(argv(&["ls", "-l"]), Approval::default()), Ok(()));
    assert_eq!(place.decide(argv(&["ls", "-a"]), Approval::default()), Err(REQUIRED.to_owned()));
    assert_eq!(place.decide(argv(&["sh", "x.sh"]), always), Ok(()));
    assert_eq!(place.decide(argv(&["sh", "x.sh"]), Approval::default()), Err(REQUIRED.to_owned()), "files change");
}
