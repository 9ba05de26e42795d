//! Every check there is, in the order in which they are told: what everything else
//! stands on comes first.

mod database;
mod machine;
mod running;
mod service;
mod settings;
mod state;
mod tailnet;
mod upkeep;

use super::finding::Finding;
use super::patient::Patient;

/// Looks and changes nothing. Blocks.
pub(super) type Look = fn(&Patient) -> Finding;
/// Repairs what its check found; says what was done, or why nothing was.
pub(super) type Repair = fn(&Patient) -> Result<String, String>;

/// One thing to look at.
pub(super) struct Check {
    /// Stable name.
    pub(super) id: &'static str,
    /// What it is about, for people.
    pub(super) title: &'static str,
    pub(super) look: Look,
    /// Only what loses nothing and can be repeated.
    pub(super) repair: Option<Repair>,
}

const fn check(id: &'static str, title: &'static str, look: Look) -> Check {
    Check { id, title, look, repair: None }
}

const fn repairable(id: &'static str, title: &'static str, look: Look, repair: Repair) -> Check {
    Check { id, title, look, repair: Some(repair) }
}

/// Every check.
pub(super) static CHECKS: &[Check] = &[
    check("version", "Version", machine::version),
    repairable("state-folder", "State folder", state::folder, state::mend_folder),
    repairable("state-rights", "Rights of the state files", state::rights, state::mend_rights),
    repairable("temp-files", "Left-over temporary files", state::temp_files, state::remove_temp_files),
    check("disk", "Disk space", state::disk),
    check("clock", "Clock", machine::clock),
    check("config", "Configuration", settings::config),
    check("database", "Database", database::integrity),
    check("credentials", "Credentials", machine::credentials),
    check("gateway", "Gateway", running::gateway),
    check("port", "Port", running::port),
    check("other-gateways", "Other gateways on this machine", running::others),
    check("service", "Service", service::installed),
    check("linger", "Running without a session", service::linger),
    repairable("crashes", "Crashes", running::crashes, running::forgive),
    check("exposure", "Who can reach it", settings::exposure),
    check("proxy", "Reverse proxy", settings::proxy),
    check("tls", "Certificate", settings::tls),
    check("tailscale", "Tailscale", tailnet::tailscale),
    repairable("agent-folders", "Folders of agents", machine::agent_folders, machine::make_agent_folders),
    check("logs", "Logs", machine::logs),
    check("backups", "Scheduled backups", upkeep::backups),
    check("update", "Updates", upkeep::update),
];
