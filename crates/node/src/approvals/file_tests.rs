use postern_protocol::approvals::{ExecRuleSet, ExecSecurityMode};

use super::*;

fn file() -> (tempfile::TempDir, ApprovalsFile) {
    let folder = tempfile::tempdir().unwrap();
    let write: WriteFile = Arc::new(|path, bytes| {
        std::fs::write(path, bytes)?;
        #[cfg(unix)]
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        Ok(())
    });
    let file = ApprovalsFile::new(folder.path().join("exec-approvals.json"), write);
    (folder, file)
}

fn security(rules: &ExecRules) -> Option<ExecSecurityMode> {
    rules.defaults.as_ref().and_then(|modes| modes.security)
}

fn rules(mode: ExecSecurityMode) -> ExecRules {
    let defaults = Some(ExecRuleSet { security: Some(mode), ..ExecRuleSet::default() });
    ExecRules { version: 1, defaults, ..ExecRules::default() }
}

#[test]
fn what_is_changed_by_hand_holds_at_once_and_damage_closes() {
    let (_folder, file) = file();
    assert_eq!(security(&file.rules()), None);
    assert!(!file.snapshot().exists);
    (file.write)(file.path(), br#"{"version":1,"defaults":{"security":"full"}}"#).unwrap();
    assert_eq!(security(&file.rules()), Some(ExecSecurityMode::Full));
    (file.write)(file.path(), b"{ half a file").unwrap();
    assert_eq!(security(&file.rules()), Some(ExecSecurityMode::Deny));
}

#[cfg(unix)]
#[test]
fn rules_that_others_may_change_are_closed() {
    let (_folder, file) = file();
    std::fs::write(file.path(), r#"{"version":1,"defaults":{"security":"full"}}"#).unwrap();
    let allow =
        |mode| std::fs::set_permissions(file.path(), std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    allow(0o666);
    assert_eq!(security(&file.rules()), Some(ExecSecurityMode::Deny));
    allow(0o600);
    assert_eq!(security(&file.rules()), Some(ExecSecurityMode::Full), "put right");
    allow(0o666);
    assert_eq!(security(&file.rules()), Some(ExecSecurityMode::Deny), "and opened again");
}

#[cfg(unix)]
#[test]
fn what_is_there_and_is_no_file_of_rules_closes() {
    let (folder, file) = file();
    let closed = |what: &str| assert_eq!(security(&file.rules()), Some(ExecSecurityMode::Deny), "{what}");
    std::os::unix::fs::symlink(folder.path().join("nothing"), file.path()).unwrap();
    closed("a link to nothing");
    std::fs::remove_file(file.path()).unwrap();
    std::fs::create_dir(file.path()).unwrap();
    closed("a folder");
    std::fs::remove_dir(file.path()).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(file.path()).status().unwrap().success());
    closed("a pipe");
    std::fs::remove_file(file.path()).unwrap();
    (file.write)(file.path(), br#"{"version":2,"defaults":{"security":"full"}}"#).unwrap();
    closed("a form of tomorrow");
    std::fs::remove_file(file.path()).unwrap();
    assert_eq!(security(&file.rules()), None);
}

#[cfg(unix)]
#[test]
fn rules_belong_to_whom_their_folder_belongs() {
    for (mode, owner, folder, fine) in [
        (0o100_600, 1000, Some(1000), true),
        (0o100_644, 0, Some(1000), true),
        (0o100_600, 1001, Some(1000), false),
        (0o100_600, 1001, None, false),
        (0o100_620, 1000, Some(1000), false),
        (0o100_602, 0, Some(0), false),
    ] {
        assert_eq!(whose(mode, owner, folder).is_ok(), fine, "{mode:o} {owner} {folder:?}");
    }
}

#[test]
fn what_somebody_writes_at_the_same_moment_is_not_overlooked() {
    let (_folder, file) = file();
    let first = Arc::clone(&file.write);
    let both: WriteFile = Arc::new(move |path, bytes| {
        first(path, bytes)?;
        first(path, br#"{"version":1,"defaults":{"security":"deny"}}"#)
    });
    let file = ApprovalsFile { write: both, ..file };
    file.replace(rules(ExecSecurityMode::Full), None).unwrap();
    assert_eq!(security(&file.rules()), Some(ExecSecurityMode::Deny));
}

#[test]
fn whoever_replaces_rules_has_read_those_that_are_there() {
    let (_folder, file) = file();
    let first = file.replace(rules(ExecSecurityMode::Allowlist), None).unwrap();
    assert!(first.exists);
    assert!(file.replace(rules(ExecSecurityMode::Full), None).is_err());
    assert!(file.replace(rules(ExecSecurityMode::Full), Some("other")).is_err());
    assert_eq!(security(&file.rules()), Some(ExecSecurityMode::Allowlist));
    let second = file.replace(rules(ExecSecurityMode::Full), Some(&first.hash)).unwrap();
    assert_ne!(second.hash, first.hash);
    assert!(file.replace(ExecRules { version: 2, ..ExecRules::default() }, Some(&second.hash)).is_err());
}
