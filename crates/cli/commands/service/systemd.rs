//! systemd, through the service-manager library where it can, and `systemctl show`
//! for what only systemd knows.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use postern_protocol::service::{ServiceLastExit, ServiceManagerKind, ServiceScope, ServiceStatusResult};

use super::plan::Plan;
use super::system::{Said, ask};
use crate::serve::supervision::NOT_SERVING;

/// `systemctl`, of the user or of the machine.
fn systemctl(scope: ServiceScope, args: &[&str]) -> Said {
    let mut all = Vec::new();
    if scope == ServiceScope::User {
        all.push("--user");
    }
    all.extend(args);
    ask("systemctl", &all)
}

/// Whether it answers, and why not.
pub(super) fn answers(scope: ServiceScope) -> Result<(), String> {
    let said = systemctl(scope, &["show", "--property=Version"]);
    if said.ok { Ok(()) } else { Err(said.why()) }
}

/// Whether it knows `RestartSteps=`, as releases from 254 on do.
pub(super) fn waits_longer(scope: ServiceScope) -> bool {
    let said = systemctl(scope, &["show", "--property=Version"]);
    let version = said.out.trim().strip_prefix("Version=").unwrap_or_default();
    let number: String = version.chars().take_while(char::is_ascii_digit).collect();
    number.parse().is_ok_and(|number: u32| number >= 254)
}

/// Makes systemd read its files again, and forget that the unit failed before.
pub(super) fn reload(plan: &Plan) {
    // Both only help what comes next, which tells when it fails.
    drop(systemctl(plan.scope, &["daemon-reload"]));
    drop(systemctl(plan.scope, &["reset-failed", &plan.name()]));
}

pub(super) fn restart(plan: &Plan) -> Result<(), String> {
    let said = systemctl(plan.scope, &["restart", &plan.name()]);
    if said.ok { Ok(()) } else { Err(said.why()) }
}

/// Where the unit is.
pub(super) fn file(plan: &Plan) -> Option<PathBuf> {
    match plan.scope {
        ServiceScope::System => Some(service_manager::systemd_global_dir_path().join(plan.name())),
        ServiceScope::User => Some(service_manager::systemd_user_dir_path().ok()?.join(plan.name())),
    }
}

/// What systemd says about the unit.
pub(super) fn look(plan: &Plan) -> ServiceStatusResult {
    const WANTED: &str = "--property=LoadState,ActiveState,SubState,UnitFileState,NRestarts,Result,ExecMainCode,\
                          ExecMainStatus,StatusText";
    let file = file(plan);
    let written = file.as_deref().and_then(|file| fs::read_to_string(file).ok());
    let said = systemctl(plan.scope, &["show", &plan.name(), WANTED]);
    let facts = facts(&said.out);
    let fact = |name: &str| facts.get(name).copied().unwrap_or_default();
    let program = written.as_deref().and_then(started_program);
    ServiceStatusResult {
        manager: ServiceManagerKind::Systemd,
        scope: plan.scope,
        name: plan.name(),
        installed: written.is_some(),
        enabled: matches!(fact("UnitFileState"), "enabled" | "enabled-runtime" | "linked"),
        running: matches!(fact("ActiveState"), "active" | "activating" | "reloading" | "deactivating"),
        file: file.map(|file| file.display().to_string()),
        program_current: program.as_deref().map(|program| Path::new(program).is_file()),
        program,
        linger: if plan.scope == ServiceScope::User { Some(lingers()) } else { None },
        restarts: fact("NRestarts").parse().ok(),
        problem: fact("StatusText").strip_prefix(NOT_SERVING).map(str::to_owned),
        last_exit: last_exit(&facts),
        ..ServiceStatusResult::default()
    }
}

fn facts(text: &str) -> BTreeMap<&str, &str> {
    text.lines().filter_map(|line| line.split_once('=')).collect()
}

/// How the main process ended last; while it runs systemd says 0 for "not yet".
fn last_exit(facts: &BTreeMap<&str, &str>) -> Option<ServiceLastExit> {
    let fact = |name: &str| facts.get(name).copied().unwrap_or_default();
    let status: i32 = fact("ExecMainStatus").parse().ok()?;
    let result = fact("Result");
    let (reason, exit_code) = match fact("ExecMainCode") {
        "1" => (format!("exited with {status}"), Some(status)),
        "2" => (format!("killed by signal {status}"), None),
        "3" => (format!("killed by signal {status}, memory dumped"), None),
        _ if !matches!(result, "" | "success") => (format!("systemd says: {result}"), None),
        _ => return None,
    };
    let reason =
        if matches!(result, "watchdog" | "oom-kill" | "timeout") { format!("{reason} ({result})") } else { reason };
    Some(ServiceLastExit { reason, clean: exit_code == Some(0), at_ms: None, exit_code })
}

/// The program of `ExecStart=`.
fn started_program(unit: &str) -> Option<String> {
    let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart="))?;
    let Some(quoted) = line.strip_prefix('"') else {
        return line.split(' ').next().map(|word| word.replace("%%", "%"));
    };
    let mut word = String::new();
    let mut letters = quoted.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => word.extend(letters.next()),
            letter => word.push(letter),
        }
    }
    Some(word.replace("%%", "%").replace("$$", "$"))
}

/// systemd keeps a file for each user whose services go on without a session.
fn lingers() -> bool {
    let name = crate::env::user_name();
    name.is_some_and(|name| Path::new("/var/lib/systemd/linger").join(name).exists())
}

/// Lets this user's services run without a session.
pub(super) fn enable_linger() -> Result<(), String> {
    let said = ask("loginctl", &["enable-linger"]);
    if said.ok { Ok(()) } else { Err(said.why()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_of_a_unit_is_read_as_it_was_written() {
        assert_eq!(started_program("[Service]\nExecStart=/a/postern gateway\n").as_deref(), Some("/a/postern"));
        let quoted = "ExecStart=\"/a b/50%% $$x \\\"q\\\" \\\\\" gateway";
        assert_eq!(started_program(quoted).as_deref(), Some("/a b/50% $x \"q\" \\"));
        assert_eq!(started_program("[Service]\n"), None);
    }

    #[test]
    fn ends_are_told_in_words() {
        let end = |text: &str| last_exit(&facts(text)).map(|exit| (exit.reason, exit.clean));
        assert_eq!(end("ExecMainCode=1\nExecMainStatus=0\nResult=success"), Some(("exited with 0".into(), true)));
        let watchdog = "ExecMainCode=3\nExecMainStatus=6\nResult=watchdog";
        assert_eq!(end(watchdog), Some(("killed by signal 6, memory dumped (watchdog)".into(), false)));
        assert_eq!(end("ExecMainCode=2\nExecMainStatus=9\nResult=signal"), Some(("killed by signal 9".into(), false)));
        assert_eq!(end("ExecMainCode=0\nExecMainStatus=0\nResult=success"), None);
        let never = "ExecMainCode=0\nExecMainStatus=0\nResult=exec-condition";
        assert_eq!(end(never), Some(("systemd says: exec-condition".into(), false)));
        assert_eq!(end(""), None);
    }
}
