//! Agents' files: copied into the folders of the agents of the same name. A
//! file that is there and was changed here stays.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::config::at;
use super::home::Home;
use super::report::Report;
use super::{ImportError, Target};
use crate::agents::{KEY_FOLDERS, folder_refusal};
use crate::config::Config;
use crate::private;

/// Largest file and most files that are copied.
const MAX_FILE: u64 = 256 * 1024 * 1024;
const MAX_FILES: usize = 100_000;
/// Folders that programs fill and can fill again.
const MADE_AGAIN: [&str; 4] = ["node_modules", "__pycache__", ".venv", ".cache"];

pub(super) fn import(
    home: &Home,
    source: &Value,
    (target, config): (&Target, &Config),
    report: &mut Report,
) -> Result<(), ImportError> {
    let ours = crate::agents::folders(config, &target.paths.state_dir, Vec::new());
    for (agent, to) in ours {
        let Some(from) = folder_there(home, source, &agent, config.default_agent_id() == agent) else { continue };
        if is_closed(&from, home, target) {
            let why = "is not copied: it holds keys, belongs to the system or contains a whole home; copy what the agent needs";
            report.left("workspaces", format!("{agent}: {}", from.display()), why);
            continue;
        }
        if to.starts_with(&from) || from.starts_with(&to) {
            report.left("workspaces", from.display().to_string(), "is the folder of this gateway's agent itself");
            continue;
        }
        let first = crate::agents::first_files(config, &target.paths.state_dir, &agent);
        let mut copying = Copying { from: &from, to: &to, first: &first, write: target.store.is_some(), copied: 0 };
        copying.run(report).map_err(|source| ImportError::Io { path: to.clone(), source })?;
        if copying.copied > 0 {
            let files = copying.copied;
            report.took("workspaces", format!("{agent}: {files} file{}", if files == 1 { "" } else { "s" }));
        }
    }
    canvas(home, (target, config), report)
}

/// The pages that agents made there.
fn canvas(home: &Home, (target, config): (&Target, &Config), report: &mut Report) -> Result<(), ImportError> {
    let from = home.path().join("canvas");
    let to = crate::canvas::root(&config.canvas_host, &target.paths.state_dir);
    let is_folder = fs::symlink_metadata(&from).is_ok_and(|about| about.is_dir());
    if !is_folder || to.starts_with(&from) || from.starts_with(&to) || is_closed(&to, home, target) {
        return Ok(());
    }
    let first = crate::canvas::first_files();
    let mut copying = Copying { from: &from, to: &to, first: &first, write: target.store.is_some(), copied: 0 };
    copying.run(report).map_err(|source| ImportError::Io { path: to.clone(), source })?;
    if copying.copied > 0 {
        let files = copying.copied;
        report.took("workspaces", format!("canvas: {files} file{}", if files == 1 { "" } else { "s" }));
    }
    Ok(())
}

/// Whether a folder is one that no agent may have, here or there. The other
/// gateway's files name it, and whatever is in it an agent can read afterwards.
fn is_closed(folder: &Path, home: &Home, target: &Target) -> bool {
    let users = home.user_home().is_some_and(|user| user.canonicalize().ok() == folder.canonicalize().ok());
    users || [home.path(), &target.paths.state_dir].into_iter().any(|state| folder_refusal(folder, state).is_some())
}

/// Where an agent's files are there.
fn folder_there(home: &Home, source: &Value, agent: &str, is_default: bool) -> Option<PathBuf> {
    let listed = at(source, "agents.list").and_then(Value::as_array);
    let entry = listed.and_then(|list| list.iter().find(|entry| entry["id"].as_str() == Some(agent)));
    let written = entry.and_then(|entry| entry["workspace"].as_str());
    let shared = at(source, "agents.defaults.workspace").and_then(Value::as_str).filter(|_| is_default);
    let older = at(source, "agent.workspace").and_then(Value::as_str).filter(|_| is_default);
    let folder = match written.or(shared).or(older) {
        Some(text) => match (text.strip_prefix("~/"), home.user_home()) {
            (Some(rest), Some(user)) => user.join(rest),
            _ => home.path().join(text),
        },
        None if is_default => home.path().join("workspace"),
        None => home.path().join(format!("workspace-{agent}")),
    };
    let plain = !folder.components().any(|part| matches!(part, Component::ParentDir));
    (plain && fs::symlink_metadata(&folder).is_ok_and(|metadata| metadata.is_dir())).then_some(folder)
}

struct Copying<'a> {
    from: &'a Path,
    to: &'a Path,
    first: &'a [(String, String)],
    write: bool,
    copied: usize,
}

impl Copying<'_> {
    fn run(&mut self, report: &mut Report) -> io::Result<()> {
        let mut waiting = vec![PathBuf::new()];
        while let Some(folder) = waiting.pop() {
            let Ok(entries) = fs::read_dir(self.from.join(&folder)) else {
                report.left("workspaces", folder.display().to_string(), "cannot be read");
                continue;
            };
            let mut names: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
            names.sort();
            for name in names {
                waiting.extend(self.entry(folder.join(name), report)?);
            }
        }
        Ok(())
    }

    /// Copies a file, or gives a folder that is to be looked through.
    fn entry(&mut self, relative: PathBuf, report: &mut Report) -> io::Result<Option<PathBuf>> {
        let Ok(metadata) = fs::symlink_metadata(self.from.join(&relative)) else { return Ok(None) };
        let mut leave = |why: &str| report.left("workspaces", relative.display().to_string(), why);
        if metadata.is_dir() {
            let is_one_of =
                |names: &[&str]| names.iter().any(|name| relative.file_name().is_some_and(|own| own == *name));
            if is_one_of(&MADE_AGAIN) {
                leave("can be made again");
            } else if is_one_of(&KEY_FOLDERS) {
                leave("holds keys");
            } else {
                return Ok(Some(relative));
            }
        } else if !metadata.is_file() {
            leave("a link or no plain file");
        } else if metadata.len() > MAX_FILE || self.copied >= MAX_FILES {
            leave("too large, or too many");
        } else {
            self.file(&relative, report)?;
        }
        Ok(None)
    }

    fn file(&mut self, relative: &Path, report: &mut Report) -> io::Result<()> {
        let Ok(theirs) = read(&self.from.join(relative)) else {
            report.left("workspaces", relative.display().to_string(), "cannot be read");
            return Ok(());
        };
        let target = self.to.join(relative);
        match fs::symlink_metadata(&target) {
            Err(_) => {}
            Ok(metadata) if !metadata.is_file() => {
                report.left("workspaces", relative.display().to_string(), "something else is there");
                return Ok(());
            }
            Ok(_) => {
                let ours = read(&target).unwrap_or_default();
                if ours == theirs {
                    report.already("workspaces");
                    return Ok(());
                }
                let untouched = self
                    .first
                    .iter()
                    .any(|(name, text)| Path::new(name) == relative && text.as_bytes() == ours.as_slice());
                if !untouched {
                    report.left("workspaces", relative.display().to_string(), "there is another of this name");
                    return Ok(());
                }
            }
        }
        self.copied += 1;
        if self.write { write(&target, &theirs) } else { Ok(()) }
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    private::make_folder(private::folder_of(path))?;
    private::write(path, bytes)
}
