//! Windows: an entry that starts the gateway when its user signs in. The registry is
//! changed by Windows' own program, by its full path.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use postern_gateway::state_folder::Holder;
use postern_protocol::service::ServiceStatusResult;

use super::definition::{RUN_KEY, definition};
use super::plan::{Plan, Unit};
use super::supervise;
use super::system::{Said, ask};

fn reg(args: &[&str]) -> Said {
    ask(&crate::env::system_program("reg.exe"), args)
}

/// The command line that is started at sign-in.
pub(super) fn entry(plan: &Plan) -> Option<String> {
    let said = reg(&["query", RUN_KEY, "/v", &plan.name()]);
    let line = said.out.lines().find(|line| line.contains("REG_SZ"))?;
    line.split_once("REG_SZ").map(|(_, value)| value.trim().to_owned())
}

pub(super) fn install(plan: &Plan) -> Result<(), String> {
    let said = reg(&["add", RUN_KEY, "/v", &plan.name(), "/t", "REG_SZ", "/d", definition(plan).trim(), "/f"]);
    if said.ok { Ok(()) } else { Err(said.why()) }
}

pub(super) fn uninstall(plan: &Plan) -> Result<(), String> {
    stop(plan)?;
    if entry(plan).is_none() {
        return Ok(());
    }
    let said = reg(&["delete", RUN_KEY, "/v", &plan.name(), "/f"]);
    if said.ok { Ok(()) } else { Err(said.why()) }
}

/// Starts what the entry would start, as a program of its own.
pub(super) fn start(plan: &Plan) -> Result<(), String> {
    let mut command = Command::new(crate::env::system_program("conhost.exe"));
    command.arg("--headless").arg(&plan.program);
    if plan.unit == Unit::Node {
        if node_holder(plan).is_some() {
            return Ok(());
        }
        command.args(&plan.args);
    } else {
        if supervise::is_running(&plan.state_dir) {
            return Ok(());
        }
        supervise::want(&plan.state_dir, true).map_err(|error| error.to_string())?;
        command.args(["service", "supervise"]);
        if let Some(profile) = &plan.profile {
            command.args(["--profile", profile]);
        }
    }
    command.envs(plan.variables.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(drop).map_err(|error| error.to_string())
}

/// Tells the supervisor that no gateway is wanted; it ends its own.
pub(super) fn stop(plan: &Plan) -> Result<(), String> {
    if plan.unit == Unit::Node {
        node_holder(plan).into_iter().for_each(|holder| super::processes::ask_to_end(holder.pid));
        return Ok(());
    }
    supervise::want(&plan.state_dir, false).map_err(|error| error.to_string())
}

fn node_holder(plan: &Plan) -> Option<Holder> {
    Holder::alive(&crate::commands::node::lock_path(&plan.state_dir))
}

pub(super) fn look(plan: &Plan) -> ServiceStatusResult {
    let entry = entry(plan);
    let program = entry.as_deref().and_then(started_program);
    ServiceStatusResult {
        manager: plan.manager,
        scope: plan.scope,
        name: plan.name(),
        installed: entry.is_some(),
        enabled: entry.is_some(),
        running: match plan.unit {
            Unit::Node => node_holder(plan).is_some(),
            Unit::Gateway => {
                supervise::is_running(&plan.state_dir) && Holder::alive(&plan.state_dir.join("gateway.lock")).is_some()
            }
        },
        file: entry.is_some().then(|| format!("{RUN_KEY}\\{}", plan.name())),
        program_current: program.as_deref().map(Path::is_file),
        program: program.map(|program| program.display().to_string()),
        ..ServiceStatusResult::default()
    }
}

/// The program behind `conhost.exe --headless`.
fn started_program(entry: &str) -> Option<PathBuf> {
    let rest = entry.split_once("--headless ")?.1.trim_start();
    let program = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split(' ').next()?,
    };
    Some(PathBuf::from(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_of_an_entry_is_found_behind_what_hides_its_window() {
        let program = |entry: &str| started_program(entry).map(|path| path.display().to_string());
        assert_eq!(
            program(r#"conhost.exe --headless "C:\Program Files\p.exe" service supervise"#).as_deref(),
            Some(r"C:\Program Files\p.exe")
        );
        assert_eq!(program(r"conhost.exe --headless C:\p.exe service supervise").as_deref(), Some(r"C:\p.exe"));
        assert_eq!(program("notepad.exe"), None);
    }
}
