//! The second half of a restore: what is there goes aside, what was prepared
//! comes in its place. Every step can be done again, so whoever is interrupted
//! is finished by the next start; until the first step the old state is whole,
//! after the last the new one is, and in between nothing starts without
//! finishing this first.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::BackupError;
use super::keys::{ASIDE, STAGED};
use super::plan::{Plan, folders_are_own, may_move};
use super::stage::{FOLDER, NEW, NEW_CONFIG, READY, make_folder, names_in, remove, write_whole};
use crate::config::edit;
use crate::config::path::SettingPath;
use crate::options::Paths;
use crate::private;
use crate::secrets::Secrets;
use crate::state_folder::StateFolder;

/// A restore that was finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Where it is from, for people.
    pub from: String,
    /// Where what was there before is.
    pub moved_aside: PathBuf,
}

/// Finishes a restore that was prepared, and removes one that was not. Claims
/// the state folder for that when there is anything to do.
///
/// # Errors
/// When the folder is in use, or a step fails; the next call goes on from there.
pub async fn finish_restore(paths: &Paths, secrets: &Secrets) -> Result<Option<Applied>, BackupError> {
    if !paths.state_dir.join(FOLDER).exists() {
        return Ok(None);
    }
    let folder = StateFolder::claim(paths)?;
    let applied = apply(paths, secrets).await;
    folder.release();
    applied
}

/// The same for who holds the state folder.
///
/// # Errors
/// When a step fails.
pub async fn apply(paths: &Paths, secrets: &Secrets) -> Result<Option<Applied>, BackupError> {
    let folder = paths.state_dir.join(FOLDER);
    let Some(plan) = planned(paths)? else {
        remove(&folder).map_err(|error| BackupError::io(&folder, error))?;
        return Ok(None);
    };
    swap_secrets(&plan, secrets).await?;
    swap_files(paths, &plan)?;
    remove(&folder.join(READY)).map_err(|error| BackupError::io(&folder, error))?;
    private::sync_folder(&folder).map_err(|error| BackupError::io(&folder, error))?;
    remove(&folder).map_err(|error| BackupError::io(&folder, error))?;
    Ok(Some(Applied { from: plan.from, moved_aside: paths.state_dir.join(plan.aside) }))
}

/// The plan, with what goes aside written down before anything moves.
fn planned(paths: &Paths) -> Result<Option<Plan>, BackupError> {
    let ready = paths.state_dir.join(FOLDER).join(READY);
    let text = match fs::read(&ready) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(BackupError::io(&ready, error)),
    };
    let mut plan: Plan = serde_json::from_slice(&text).map_err(|_| {
        BackupError::damaged(&ready, "its plan cannot be read; delete the folder to keep what is there")
    })?;
    refuse_astray(&plan, paths, &ready)?;
    if plan.old.is_none() {
        let names = names_in(&paths.state_dir).map_err(|error| BackupError::io(&paths.state_dir, error))?;
        plan.old = Some(names.into_iter().filter(|name| may_move(name)).collect());
        let text = serde_json::to_string(&plan).map_err(|error| BackupError::Internal(error.to_string()))?;
        write_whole(&ready, text.as_bytes())?;
    }
    Ok(Some(plan))
}

/// Nothing moves for a plan that names places outside of the state folder.
fn refuse_astray(plan: &Plan, paths: &Paths, ready: &Path) -> Result<(), BackupError> {
    let refuse = |what: &str| {
        Err(BackupError::hostile(ready, format!("{what}; delete the folder that it is in to keep what is there")))
    };
    if let Some(field) = plan.astray() {
        return refuse(&format!("its `{field}` names what is not a restore's to move"));
    }
    match folders_are_own(&paths.state_dir, &plan.aside) {
        Ok(true) => Ok(()),
        Ok(false) => refuse("one of its folders is a link to another place"),
        Err(error) => Err(BackupError::io(&paths.state_dir, error)),
    }
}

/// Puts the staged secrets in their places; what was there keeps another name.
async fn swap_secrets(plan: &Plan, secrets: &Secrets) -> Result<(), BackupError> {
    for name in &plan.secrets {
        let staged_name = format!("{STAGED}{name}");
        // Gone when this was done before.
        let Some(staged) = secrets.get(&staged_name).await? else { continue };
        if let Some(old) = secrets.get(name).await?.filter(|old| *old != staged) {
            secrets.set(&format!("{ASIDE}{name}"), &old).await?;
        }
        secrets.set(name, &staged).await?;
        secrets.delete(&staged_name).await?;
    }
    Ok(())
}

fn swap_files(paths: &Paths, plan: &Plan) -> Result<(), BackupError> {
    let state = &paths.state_dir;
    let (aside, staged) = (state.join(&plan.aside), state.join(FOLDER));
    make_folder(&aside)?;
    for name in plan.old.iter().flatten() {
        rename(&state.join(name), &aside.join(name))?;
    }
    let config_aside = aside.join("config");
    if plan.config {
        set_config_aside(paths, plan, &config_aside)?;
    }
    for name in &plan.new {
        rename(&staged.join(NEW).join(name), &state.join(name))?;
    }
    for name in &plan.keep {
        keep(&aside.join(name), &state.join(name))?;
    }
    if plan.config {
        let text = staged.join(NEW_CONFIG);
        let text = fs::read_to_string(&text).map_err(|error| BackupError::io(&text, error))?;
        let text = with_settings(text, &config_aside, &plan.keep_settings);
        if let Some(parent) = paths.config_path.parent() {
            make_folder(parent)?;
        }
        write_whole(&paths.config_path, text.as_bytes())?;
    }
    private::sync_folder(&aside)
        .and_then(|()| private::sync_folder(state))
        .map_err(|error| BackupError::io(state, error))
}

/// Moves an entry unless that was done before.
fn rename(from: &Path, to: &Path) -> Result<(), BackupError> {
    if fs::symlink_metadata(to).is_ok() || fs::symlink_metadata(from).is_err() {
        return Ok(());
    }
    fs::rename(from, to).map_err(|error| BackupError::io(from, error))
}

/// A copy of the configuration that is replaced, wherever that file is.
fn set_config_aside(paths: &Paths, plan: &Plan, config_aside: &Path) -> Result<(), BackupError> {
    if config_aside.exists() {
        return Ok(());
    }
    // In the state folder it has moved with the rest.
    let name = paths.config_path.file_name().unwrap_or_default();
    let moved = paths.state_dir.join(&plan.aside).join(name);
    for place in [moved, paths.config_path.clone()] {
        match fs::read(&place) {
            Ok(text) => return write_whole(config_aside, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(BackupError::io(&place, error)),
        }
    }
    Ok(())
}

/// A secret file that the archive did not hold stays in force.
fn keep(from: &Path, to: &Path) -> Result<(), BackupError> {
    let is_file = fs::symlink_metadata(from).is_ok_and(|metadata| metadata.is_file());
    if !is_file || fs::symlink_metadata(to).is_ok() {
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        make_folder(parent)?;
    }
    let bytes = zeroize::Zeroizing::new(fs::read(from).map_err(|error| BackupError::io(from, error))?);
    write_whole(to, &bytes)
}

/// Secret settings that the archive did not hold stay in force.
fn with_settings(text: String, before: &Path, paths: &[String]) -> String {
    let before = fs::read_to_string(before).ok().and_then(|text| edit::value_of(&text).ok());
    let Some(before) = before else { return text };
    paths.iter().fold(text, |text, path| {
        let Ok(path) = SettingPath::parse(path) else { return text };
        let Some(value) = edit::get(&before, &path) else { return text };
        edit::set(&text, &path, value).unwrap_or(text)
    })
}
