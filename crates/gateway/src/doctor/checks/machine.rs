//! The machine and what else is needed: clock, keys, logs, folders of agents.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::super::finding::Finding;
use super::super::patient::Patient;
use crate::private;
use crate::secrets::SecretError;

/// 2026-01-01: no release of this program is older.
const RELEASED_MS: i64 = 1_767_225_600_000;
/// Files may be this far in the future before the clock is doubted.
const AHEAD_MS: i64 = 5 * 60 * 1_000;
/// Together logs may have this many bytes before it is worth a word.
const MUCH_LOG: u64 = 512 * 1024 * 1024;

pub(super) fn version(patient: &Patient) -> Finding {
    Finding::ok(format!(
        "Postern {}, protocol {} to {}, {} on {}",
        patient.version,
        postern_protocol::MIN_PROTOCOL_VERSION,
        postern_protocol::PROTOCOL_VERSION,
        std::env::consts::OS,
        std::env::consts::ARCH
    ))
}

/// Nobody outside is asked: a clock that is behind the files that were written with
/// it, or behind the release itself, is wrong.
pub(super) fn clock(patient: &Patient) -> Finding {
    let now_ms = patient.clock.now_ms();
    let fix = "set the clock (`timedatectl set-ntp true` on Linux): sign-ins and certificates depend on it";
    if now_ms < RELEASED_MS {
        return Finding::fail("the clock says a time before this program was released").fix(fix);
    }
    let paths =
        [patient.paths.database(), patient.paths.lock(), patient.paths.starts(), patient.paths.config_path.clone()];
    let newest = paths.iter().filter_map(|path| modified_ms(path).map(|at| (at, path))).max();
    match newest {
        Some((at, path)) if at > now_ms.saturating_add(AHEAD_MS) => {
            let minutes = (at - now_ms) / 60_000;
            Finding::warn(format!("the clock was set back: {} was written {minutes} min in the future", path.display()))
                .fix(fix)
        }
        _ => Finding::ok("plausible: not behind anything that was written with it"),
    }
}

fn modified_ms(path: &Path) -> Option<i64> {
    let since = fs::metadata(path).ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}

pub(super) fn credentials(patient: &Patient) -> Finding {
    let store = match &patient.credentials {
        Ok(store) => store,
        Err(problem) => {
            return Finding::fail(problem.clone()).fix("unlock the keychain, or set POSTERN_CREDENTIALS=file");
        }
    };
    match store.get("gateway-identity") {
        Ok(Some(_)) => Finding::ok(format!("kept in the {}, and readable", place(store.kind()))),
        Ok(None) => Finding::ok(format!("kept in the {}; none yet", place(store.kind()))),
        Err(error @ SecretError::Exposed { .. }) => {
            Finding::fail(error.to_string()).fix("make the file private and change the secret")
        }
        Err(error) => {
            Finding::fail(error.to_string()).fix("unlock the keychain, or check owner and rights of the files")
        }
    }
}

fn place(kind: &str) -> &str {
    match kind {
        "keychain" => "keychain of the system",
        "file" => "state folder, as files that only you can read",
        other => other,
    }
}

pub(super) fn logs(patient: &Patient) -> Finding {
    let folder = patient.paths.logs();
    let entries = fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok);
    let bytes: u64 = entries.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum();
    let told = format!("{} KB in {}", bytes / 1_000, folder.display());
    if bytes > MUCH_LOG {
        return Finding::warn(told).fix("remove old files there; only the newest is being written");
    }
    Finding::ok(told)
}

/// Folders that the configuration names for agents; one that cannot be used costs
/// its agent, not the gateway.
pub(super) fn agent_folders(patient: &Patient) -> Finding {
    let missing: Vec<PathBuf> = missing_folders(patient);
    let loaded = patient.config();
    let broken = loaded.config.agents.iter().filter_map(|agent| {
        let folder = agent.workspace.as_ref()?;
        let usable = !folder.exists() || (folder.is_dir() && fs::read_dir(folder).is_ok());
        (!usable).then(|| format!("{}: {} cannot be read as a folder", agent.id, folder.display()))
    });
    let broken: Vec<String> = broken.collect();
    if !broken.is_empty() {
        return Finding::fail(broken.join("\n")).fix("move away what is there, or name another folder for the agent");
    }
    if missing.is_empty() {
        return Finding::ok("every folder can be used");
    }
    let named: Vec<String> = missing.iter().map(|path| path.display().to_string()).collect();
    Finding::warn(format!("not there: {}", named.join(", "))).fix("make them").automatic()
}

pub(super) fn make_agent_folders(patient: &Patient) -> Result<String, String> {
    let missing = missing_folders(patient);
    for folder in &missing {
        private::make_folder(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    Ok("the folders are there".to_owned())
}

fn missing_folders(patient: &Patient) -> Vec<PathBuf> {
    let loaded = patient.config();
    let named = loaded.config.agents.iter().filter_map(|agent| agent.workspace.clone());
    named.filter(|folder| !folder.exists()).collect()
}
