//! The fixed files of every workspace, kept in memory and read again only when
//! one of them changed: the start of a prompt stays the same byte for byte, and
//! a turn costs a few look-ups.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use postern_protocol::agents::AGENT_FILE_NAMES;

use super::disk::{self, Stamp};

/// Most workspaces whose texts are kept.
const MAX_KEPT: usize = 64;

/// The texts of one workspace at one moment, in the order of [`AGENT_FILE_NAMES`].
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct WorkspaceTexts {
    root: PathBuf,
    files: [Option<(Stamp, Arc<str>)>; AGENT_FILE_NAMES.len()],
}

impl WorkspaceTexts {
    /// Name and text of every file that is there.
    pub(super) fn present(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let named = AGENT_FILE_NAMES.into_iter().zip(&self.files);
        named.filter_map(|(name, file)| file.as_ref().map(|(_, text)| (name, &**text)))
    }

    /// The text of one file.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.present().find(|(present, _)| *present == name).map(|(_, text)| text)
    }
}

/// Texts by agent.
#[derive(Debug, Default)]
pub(super) struct Texts(Mutex<HashMap<String, Arc<WorkspaceTexts>>>);

impl Texts {
    /// The texts as they are now. A file that cannot be read counts as missing.
    /// Blocks.
    pub(super) fn read(&self, agent_id: &str, root: &Path) -> Arc<WorkspaceTexts> {
        let known = self.lock().get(agent_id).filter(|known| known.root == root).cloned();
        let known =
            known.unwrap_or_else(|| Arc::new(WorkspaceTexts { root: root.into(), ..WorkspaceTexts::default() }));
        let mut now = WorkspaceTexts { root: root.into(), ..WorkspaceTexts::default() };
        for (index, name) in AGENT_FILE_NAMES.into_iter().enumerate() {
            now.files[index] = current(root, name, known.files[index].as_ref());
        }
        if now == *known {
            return known;
        }
        let now = Arc::new(now);
        let mut texts = self.lock();
        if texts.len() >= MAX_KEPT && !texts.contains_key(agent_id) {
            texts.clear();
        }
        texts.insert(agent_id.to_owned(), Arc::clone(&now));
        now
    }

    /// Drops what is kept of an agent.
    pub(super) fn forget(&self, agent_id: &str) {
        self.lock().remove(agent_id);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<WorkspaceTexts>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn current(root: &Path, name: &'static str, known: Option<&(Stamp, Arc<str>)>) -> Option<(Stamp, Arc<str>)> {
    let read = match disk::stat(root, name) {
        Ok(Some(stamp)) => match known {
            Some((seen, text)) if *seen == stamp => return Some((stamp, Arc::clone(text))),
            _ => disk::read(root, name),
        },
        Ok(None) => return None,
        Err(error) => Err(error),
    };
    match read {
        Ok(file) => file.map(|(stamp, text)| (stamp, text.into())),
        Err(error) => {
            tracing::warn!(name, %error, "A file of a workspace is left out.");
            None
        }
    }
}
