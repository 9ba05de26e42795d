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
    std::fs::set_permissions(file.path(), std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
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
