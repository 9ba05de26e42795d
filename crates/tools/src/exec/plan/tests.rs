//! What is decided on is what runs: every part of a plan is in its hash, and a plan that went stale is refused.

use super::*;
use proptest::prelude::*;

const LIMIT: Duration = Duration::from_secs(60);

struct Place {
    _temp: tempfile::TempDir,
    workspace: Workspace,
    base: BTreeMap<String, String>,
}

fn place() -> Place {
    let temp = tempfile::tempdir().expect("temp dir");
    let workspace = Workspace::open(&temp.path().join("ws")).expect("workspace");
    let base = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned()), ("LANG".to_owned(), "C".to_owned())]);
    Place { _temp: temp, workspace, base }
}

impl Place {
    fn plan(&self, request: PlanRequest) -> Result<ExecPlan, PlanError> {
        ExecPlan::new(request, &self.workspace, &self.base, LIMIT)
    }

    fn hash(&self, change: impl FnOnce(&mut PlanRequest)) -> String {
        let mut request = PlanRequest::program(["/bin/echo", "a", "b"]);
        request.env = BTreeMap::from([("X".to_owned(), "1".to_owned())]);
        change(&mut request);
        self.plan(request).expect("plan").hash()
    }
}

#[cfg(unix)]
fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join(name);
    std::fs::write(&path, text).expect("write");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("chmod");
    path
}

#[cfg(unix)]
#[test]
fn every_part_of_a_plan_changes_its_hash() {
    let place = place();
    std::fs::create_dir(place.workspace.root().join("sub")).expect("folder");
    let hashes = [
        place.hash(|_| {}),
        place.hash(|request| request.argv = vec!["/bin/echo".into(), "b".into(), "a".into()]),
        place.hash(|request| request.argv = vec!["/bin/echo".into(), "ab".into()]),
        place.hash(|request| request.argv = vec!["/bin/echo".into(), "a".into(), "b".into(), String::new()]),
        place.hash(|request| request.argv = vec!["/bin/cat".into(), "a".into(), "b".into()]),
        place.hash(|request| drop(request.env.insert("X".into(), "2".into()))),
        place.hash(|request| drop(request.env.insert("Y".into(), "1".into()))),
        place.hash(|request| request.env = BTreeMap::from([("Y".into(), "1".into())])),
        place.hash(|request| request.env.clear()),
        place.hash(|request| request.cwd = Some("sub".into())),
        place.hash(|request| request.pty = true),
        place.hash(|request| request.stdin = Some(String::new())),
        place.hash(|request| request.stdin = Some("x".into())),
        place.hash(|request| request.timeout = Some(Duration::from_secs(5))),
    ];
    assert_eq!(place.hash(|_| {}), hashes[0], "the same request has the same hash");
    assert!(hashes.iter().all(|hash| hash.len() == 64));
    let different: std::collections::BTreeSet<_> = hashes.iter().collect();
    assert_eq!(different.len(), hashes.len());
}

#[cfg(unix)]
#[test]
fn a_swapped_program_is_refused() {
    let place = place();
    let root = place.workspace.root().to_path_buf();
    let program = script(&root, "tool", "#!/bin/sh\necho good\n");
    let plan = place.plan(PlanRequest::program(["./tool"])).expect("plan");
    assert!(plan.verify().is_ok());
    // Another file under the same name, of the same length.
    script(&root, "other", "#!/bin/sh\necho evil\n");
    std::fs::rename(root.join("other"), &program).expect("rename");
    assert!(matches!(plan.verify(), Err(Stale::Program(_))));
    // The same file, rewritten in place.
    let plan = place.plan(PlanRequest::program(["./tool"])).expect("plan");
    std::fs::write(&program, "#!/bin/sh\necho longer than before\n").expect("write");
    assert!(matches!(plan.verify(), Err(Stale::Program(_))));
    let plan = place.plan(PlanRequest::program(["./tool"])).expect("plan");
    std::fs::remove_file(&program).expect("remove");
    assert!(matches!(plan.verify(), Err(Stale::Program(_))));
}

#[cfg(unix)]
#[test]
fn a_swapped_link_to_a_program_is_refused_where_the_link_is_started() {
    use std::os::unix::fs::symlink;
    let place = place();
    let root = place.workspace.root().to_path_buf();
    script(&root, "good", "#!/bin/sh\necho good\n");
    script(&root, "evil", "#!/bin/sh\necho evil\n");
    symlink("good", root.join("tool")).expect("symlink");
    let mut request = PlanRequest::program(["./tool"]);
    let piped = place.plan(request.clone()).expect("plan");
    request.pty = true;
    let plan = place.plan(request).expect("plan");
    assert!(plan.verify().is_ok());
    assert_eq!((plan.program(), plan.started_path()), (root.join("good").as_path(), root.join("./tool").as_path()));
    std::fs::remove_file(root.join("tool")).expect("remove");
    symlink("evil", root.join("tool")).expect("symlink");
    assert!(matches!(plan.verify(), Err(Stale::Program(_))));
    assert!(piped.verify().is_ok(), "on pipes the file itself is started");
}

#[cfg(unix)]
#[test]
fn a_swapped_folder_is_refused() {
    let place = place();
    let root = place.workspace.root().to_path_buf();
    std::fs::create_dir(root.join("sub")).expect("folder");
    let mut request = PlanRequest::program(["/bin/echo"]);
    request.cwd = Some("sub".into());
    let plan = place.plan(request).expect("plan");
    std::fs::rename(root.join("sub"), root.join("old")).expect("rename");
    std::os::unix::fs::symlink("/etc", root.join("sub")).expect("symlink");
    assert!(matches!(plan.verify(), Err(Stale::Folder(_))));
}

#[cfg(unix)]
#[test]
fn folders_outside_the_workspace_are_refused() {
    let place = place();
    std::os::unix::fs::symlink("/etc", place.workspace.root().join("door")).expect("symlink");
    for cwd in ["..", "/etc", "door", "../ws/..", "gone"] {
        let mut request = PlanRequest::program(["/bin/echo"]);
        request.cwd = Some(cwd.into());
        assert!(matches!(place.plan(request), Err(PlanError::Cwd(_))), "{cwd}");
    }
}

#[test]
fn what_no_process_can_be_given_is_refused() {
    let place = place();
    assert!(matches!(place.plan(PlanRequest::default()), Err(PlanError::Empty)));
    assert!(matches!(place.plan(PlanRequest::shell("a\0b")), Err(PlanError::Nul("argv"))));
    let long = "x".repeat(MAX_ARGUMENT_BYTES + 1);
    assert!(matches!(place.plan(PlanRequest::shell(long)), Err(PlanError::TooLong { field: "argv", .. })));
    let mut request = PlanRequest::shell("true");
    request.stdin = Some("x".repeat(MAX_STDIN_BYTES + 1));
    assert!(matches!(place.plan(request), Err(PlanError::TooLong { field: "stdin", .. })));
    let mut request = PlanRequest::shell("true");
    request.env = BTreeMap::from([("LD_PRELOAD".to_owned(), "x.so".to_owned())]);
    assert!(matches!(place.plan(request), Err(PlanError::Env(EnvError::Refused(_)))));
}

#[cfg(unix)]
#[test]
fn a_plan_tells_all_of_the_command_and_no_secrets_in_its_debug_form() {
    let place = place();
    let line = format!("echo {}; rm -rf /", "x".repeat(50_000));
    let mut request = PlanRequest::shell(line.clone());
    request.env = BTreeMap::from([("TOKEN".to_owned(), "canary-1".to_owned())]);
    request.stdin = Some("canary-2".to_owned());
    request.timeout = Some(Duration::MAX);
    let plan = place.plan(request).expect("plan");
    assert_eq!(plan.shell_line(), Some(line.as_str()));
    assert_eq!(plan.command_text(), format!("/bin/sh -c '{line}'"));
    assert_eq!(plan.added_env().collect::<Vec<_>>(), [("TOKEN", "canary-1")]);
    assert_eq!(plan.timeout(), LIMIT);
    assert!(!format!("{plan:?}").contains("canary"));
    let mut request = PlanRequest::shell("ls");
    request.pty = true;
    assert_eq!(place.plan(request).expect("plan").shell_line(), Some("ls"));
    let plan = place.plan(PlanRequest::program(["echo", "a"])).expect("plan");
    assert_eq!(plan.shell_line(), None);
    assert!(plan.program().is_absolute());
}

proptest! {
    #[test]
    fn lists_that_differ_encode_differently(
        left in proptest::collection::vec(".{0,3}", 0..4),
        right in proptest::collection::vec(".{0,3}", 0..4),
    ) {
        let hash = |list: &[String]| {
            let mut encoding = Encoding::new("test");
            encoding.list(list.iter().map(String::as_bytes));
            encoding.finish()
        };
        prop_assert_eq!(left == right, hash(&left) == hash(&right));
    }
}
