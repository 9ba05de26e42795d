//! The first half of a restore: everything of an archive is unpacked beside the
//! state and checked. Nothing that is there is touched until a last small file
//! says that all of it is ready; without that file it is rubbish that the next
//! start removes.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::archive::{Archive, Unlocked};
use super::create::private_file;
use super::gather::stays;
use super::keys::{self, STAGED};
use super::manifest::{CONFIG, DATABASE, Entry, SECRETS, STATE, WORKSPACE, is_plain};
use super::plan::{ASIDE_BEGINNING, Plan};
use super::verify::Verified;
use super::{BackupError, gather::NOT_IN_THE_CLEAR};
use crate::config::edit;
use crate::config::path::SettingPath;
use crate::options::Paths;
use crate::private;
use crate::secrets::{Secret, Secrets};
use crate::store;

/// Folder of a restore that is under way, in the state folder.
pub(super) const FOLDER: &str = "restore";
/// What will be the state, below it.
pub(super) const NEW: &str = "new";
/// What will be the configuration, below it.
pub(super) const NEW_CONFIG: &str = "config";
/// Says that all of it is there.
pub(super) const READY: &str = "ready.json";

/// A restore that is ready.
#[derive(Debug, Clone)]
pub struct Staged {
    /// What will be in force.
    pub verified: Verified,
    /// Where what is there now will be.
    pub moved_aside: PathBuf,
}

/// Prepares a restore. Whoever calls holds the state folder, or is the gateway
/// that does.
///
/// # Errors
/// [`BackupError`]; then nothing has changed.
pub async fn stage(
    archive: &Path,
    passphrase: Option<Secret>,
    (paths, secrets): (&Paths, &Secrets),
    now_ms: i64,
) -> Result<Staged, BackupError> {
    let (archive, owned) = (archive.to_owned(), paths.clone());
    let unpacked = tokio::task::spawn_blocking(move || unpack(&archive, passphrase.as_ref(), &owned, now_ms)).await;
    let unpacked = unpacked.map_err(|error| BackupError::Internal(error.to_string()))?;
    let folder = paths.state_dir.join(FOLDER);
    let finished = match unpacked {
        Ok(unpacked) => finish(unpacked, secrets, &folder).await,
        Err(error) => Err(error),
    };
    if finished.is_err() {
        drop(fs::remove_dir_all(&folder));
    }
    let (verified, plan) = finished?;
    Ok(Staged { verified, moved_aside: paths.state_dir.join(plan.aside) })
}

struct Unpacked {
    verified: Verified,
    plan: Plan,
    secrets: BTreeMap<String, Secret>,
}

async fn finish(unpacked: Unpacked, secrets: &Secrets, folder: &Path) -> Result<(Verified, Plan), BackupError> {
    let Unpacked { mut verified, plan, secrets: values } = unpacked;
    let database = folder.join(NEW).join("postern.sqlite");
    if database.exists() {
        verified.database = Some(store::inspect(&database).await?);
        for outside in verified.contents.iter().flat_map(|contents| &contents.workspaces) {
            store::move_workspace(&database, &outside.agent, &workspace_name(&outside.agent)).await?;
        }
    }
    for (name, value) in &values {
        secrets.set(&format!("{STAGED}{name}"), value).await?;
    }
    let text = serde_json::to_string_pretty(&plan).map_err(|error| BackupError::Internal(error.to_string()))?;
    write_whole(&folder.join(READY), text.as_bytes())?;
    Ok((verified, plan))
}

fn workspace_name(agent: &str) -> String {
    format!("workspace-{agent}")
}

fn unpack(archive: &Path, passphrase: Option<&Secret>, paths: &Paths, now_ms: i64) -> Result<Unpacked, BackupError> {
    let mut unlocked = Archive::open(archive)?.unlock(passphrase)?;
    let folder = paths.state_dir.join(FOLDER);
    // The last word first: half a removal must not look ready.
    for old in [folder.join(READY), folder.clone()] {
        remove(&old).map_err(|error| BackupError::io(&old, error))?;
    }
    make_folder(&folder.join(NEW))?;
    let mut secrets = BTreeMap::new();
    for entry in unlocked.contents.entries.clone() {
        if entry.name == SECRETS {
            let mut bytes = zeroize::Zeroizing::new(Vec::new());
            unlocked.read(&entry, &mut *bytes, archive)?;
            secrets = keys::read(&bytes).ok_or_else(|| BackupError::damaged(archive, "its keys cannot be read"))?;
            continue;
        }
        let target = target(archive, &folder, &entry)?;
        write_entry(&mut unlocked, &entry, &target)?;
    }
    let has_config = rewrite_config(archive, &folder.join(NEW_CONFIG), &unlocked)?;
    let new = names_in(&folder.join(NEW)).map_err(|error| BackupError::io(&folder, error))?;
    // Before the word that it is ready.
    private::settle_below(&folder).map_err(|error| BackupError::io(&folder, error))?;
    let contents = unlocked.contents.clone();
    let left = contents.left_out.iter().filter(|left| left.why == NOT_IN_THE_CLEAR);
    let stamp = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default().strftime("%Y%m%d-%H%M%S").to_string();
    let manifest = unlocked.manifest().clone();
    let plan = Plan {
        aside: format!("{ASIDE_BEGINNING}{stamp}"),
        old: None,
        new,
        config: has_config,
        secrets: secrets.keys().cloned().collect(),
        keep: left.filter_map(|left| kept_name(&left.what)).collect(),
        keep_settings: contents.redacted.iter().filter(|path| !path.contains(": ")).cloned().collect(),
        from: format!("{} of {}", archive.file_name().unwrap_or_default().to_string_lossy(), manifest.host),
    };
    let verified = Verified { bytes: unlocked.bytes(), manifest, contents: Some(contents), database: None };
    Ok(Unpacked { verified, plan, secrets })
}

/// A secret file of the state folder; the archive only claims that it was left out.
fn kept_name(what: &str) -> Option<String> {
    let name = what.strip_prefix(STATE).filter(|name| is_plain(name))?;
    let top = name.split('/').next()?;
    (!stays(Path::new(top))).then(|| name.to_owned())
}

/// Where a file of an archive goes. Its name was checked to stay below.
fn target(archive: &Path, folder: &Path, entry: &Entry) -> Result<PathBuf, BackupError> {
    let new = folder.join(NEW);
    match entry.name.as_str() {
        DATABASE => return Ok(new.join("postern.sqlite")),
        CONFIG => return Ok(folder.join(NEW_CONFIG)),
        _ => {}
    }
    if let Some(relative) = entry.name.strip_prefix(STATE) {
        let top = relative.split('/').next().unwrap_or_default();
        if stays(Path::new(top)) {
            return Err(BackupError::hostile(archive, format!("{} is none of a backup's business", entry.name)));
        }
        return Ok(new.join(relative));
    }
    let rest = entry.name.strip_prefix(WORKSPACE).and_then(|rest| rest.split_once('/'));
    match rest {
        Some((agent, relative)) => Ok(new.join(workspace_name(agent)).join(relative)),
        None => Err(BackupError::hostile(archive, format!("{} has no place", entry.name))),
    }
}

fn write_entry(unlocked: &mut Unlocked, entry: &Entry, target: &Path) -> Result<(), BackupError> {
    if let Some(parent) = target.parent() {
        make_folder(parent)?;
    }
    let failed = |error| BackupError::io(target, error);
    // New, so two names that are one on this disk are told, and no link is followed.
    let mut file = private_file(target).map_err(failed)?;
    unlocked.read(entry, &mut file, target)?;
    #[cfg(unix)]
    if entry.executable {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    private::settle(&file).map_err(failed)
}

/// Agents whose folders were elsewhere find them in the state folder.
fn rewrite_config(archive: &Path, path: &Path, unlocked: &Unlocked) -> Result<bool, BackupError> {
    let mut text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(BackupError::damaged(archive, "its configuration is no text"));
        }
        Err(error) => return Err(BackupError::io(path, error)),
    };
    let before = text.clone();
    for outside in &unlocked.contents.workspaces {
        if let Some(changed) = with_workspace(&text, &outside.agent, &outside.folder) {
            text = changed;
        }
    }
    if text != before {
        write_whole(path, text.as_bytes())?;
    }
    Ok(true)
}

fn with_workspace(text: &str, agent: &str, folder: &str) -> Option<String> {
    let document = edit::value_of(text).ok()?;
    let new = Value::String(workspace_name(agent));
    let list = document.pointer("/agents/list").and_then(Value::as_array);
    let index = list.and_then(|list| list.iter().position(|entry| entry["id"].as_str() == Some(agent)));
    let written = index.filter(|index| document.pointer(&format!("/agents/list/{index}/workspace")).is_some());
    let path = match written {
        Some(index) => format!("agents.list[{index}].workspace"),
        // What holds for the default agent.
        None if document.pointer("/agents/defaults/workspace").and_then(Value::as_str) == Some(folder) => {
            "agents.defaults.workspace".to_owned()
        }
        None => return None,
    };
    edit::set(text, &SettingPath::parse(&path).ok()?, &new).ok()
}

pub(super) fn make_folder(path: &Path) -> Result<(), BackupError> {
    private::make_folder(path).map_err(|error| BackupError::io(path, error))
}

pub(super) fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// Whole or not at all, and private.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    private::write(path, bytes).map_err(|error| BackupError::io(path, error))
}

pub(super) fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
