//! Agents: who answers, with which character, files, model and limits
//! (`methods.md §4`).
//!
//! [`Agents`] is the handle. The configuration names agents; others are made at
//! run time and kept in the store, as is what was changed of a configured one.
//! Only the configuration says who is the default, so there is always exactly
//! one. Changes are made one at a time and are durable before they are answered.
//!
//! An agent's id is checked before it becomes part of a folder's name, and the
//! only files touched in a workspace are those of a fixed list, never through a
//! link.
//!
//! | file | owns |
//! |---|---|
//! | `id.rs` | ids from names (pure) |
//! | `profile.rs` | what an agent is: configuration and changes merged (pure) |
//! | `change.rs` | create, update, delete |
//! | `workspace.rs`, `starter.rs` | folders, their first files, the trash |
//! | `files.rs`, `disk.rs`, `texts.rs` | the fixed files: methods, access without links, memory of their texts |
//! | `identity.rs` | how an agent is shown: name, emoji, avatar |
//! | `prompt.rs` | what a model is told before the conversation |

mod change;
mod disk;
mod error;
mod files;
mod id;
mod identity;
mod profile;
mod prompt;
mod starter;
#[cfg(test)]
mod tests;
mod texts;
mod workspace;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postern_tools::Workspace;
use tokio::sync::Semaphore;

pub use change::{AgentChange, Deleted, NewAgent};
pub use error::AgentError;
pub use files::AgentFiles;
pub(crate) use id::is_id;
pub use identity::{Avatar, Picture, Shown};
pub use profile::{AgentProfile, NameSource};
pub use prompt::PromptContext;
pub use workspace::Discarded;
pub(crate) use workspace::{KEYS as KEY_FOLDERS, refusal as folder_refusal};

use self::profile::{Roster, StoredAgent};
use self::texts::Texts;
use crate::canvas;
use crate::config::{Config, LiveConfig};
use crate::options::{Clock, Paths};
use crate::store::{Store, StoreError, Table};
use crate::tasks::Tasks;

/// Handle to the agents. Cheap to clone.
#[derive(Clone)]
pub struct Agents(Arc<Service>);

struct Service {
    state: Mutex<State>,
    one_at_a_time: Arc<Semaphore>,
    texts: Texts,
    config: LiveConfig,
    config_path: PathBuf,
    state_dir: PathBuf,
    store: Store,
    clock: Clock,
    tasks: Tasks,
}

#[derive(Debug, Default)]
struct State {
    stored: BTreeMap<String, StoredAgent>,
    roster: Roster,
}

impl std::fmt::Debug for Agents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agents").finish_non_exhaustive()
    }
}

impl Agents {
    /// Reads the agents that were made or changed at run time.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open(
        store: Store,
        config: LiveConfig,
        paths: &Paths,
        clock: Clock,
        tasks: Tasks,
    ) -> Result<Self, StoreError> {
        let mut stored = BTreeMap::new();
        for (id, agent) in store.rows::<StoredAgent>(Table::Agents).await? {
            if id::is_id(&id) || !agent.made_at_run_time {
                stored.insert(id, agent);
            } else {
                tracing::error!("A stored agent has an id that cannot be one and is left out.");
            }
        }
        let state_dir = paths.state_dir.clone();
        let roster = Roster::build(&config.now(), &state_dir, &stored);
        Ok(Self(Arc::new(Service {
            state: Mutex::new(State { stored, roster }),
            one_at_a_time: Arc::new(Semaphore::new(1)),
            texts: Texts::default(),
            config,
            config_path: paths.config_path.clone(),
            state_dir,
            store,
            clock,
            tasks,
        })))
    }

    /// The agent with this id, in any case.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Arc<AgentProfile>> {
        self.lock().roster.get(id).cloned()
    }

    /// Id of the agent that answers when nobody else is named.
    #[must_use]
    pub fn default_id(&self) -> String {
        self.0.config.now().default_agent_id().to_owned()
    }

    /// Reads the agents of the configuration in force anew.
    pub fn reconfigure(&self) {
        let mut state = self.lock();
        let State { stored, roster } = &mut *state;
        *roster = Roster::build(&self.0.config.now(), &self.0.state_dir, stored);
    }

    /// Every agent: those of the configuration in its order, then the others,
    /// oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<AgentProfile>> {
        self.lock().roster.order.clone()
    }

    /// Opens an agent's folder for its tools; at first use the folder and its
    /// first files are made.
    ///
    /// # Errors
    /// [`AgentError::Folder`] or [`AgentError::BadWorkspace`] when it cannot be
    /// used.
    pub async fn workspace(&self, profile: &AgentProfile) -> Result<Workspace, AgentError> {
        let (agents, profile) = (self.clone(), profile.clone());
        blocking(move || {
            let mut workspace = workspace::open(&profile, &agents.0.state_dir)?;
            let canvas = canvas::shared_folder(&agents.0.config.now().canvas_host, &agents.0.state_dir);
            if let Some(Err(error)) = canvas.map(|canvas| workspace.share(&canvas)) {
                // Its own folder works all the same.
                tracing::warn!(%error, "The folder of the canvas cannot be opened for an agent.");
            }
            Ok(workspace)
        })
        .await
    }

    /// Where the canvas is, which is open to every agent's file tools; `None` while it is off.
    #[must_use]
    pub fn canvas_root(&self) -> Option<PathBuf> {
        let settings = &self.0.config.now().canvas_host;
        settings.enabled.then(|| canvas::root(settings, &self.0.state_dir))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, id: &str) -> Result<Arc<AgentProfile>, AgentError> {
        self.get(id).ok_or(AgentError::UnknownAgent)
    }
}

/// Runs file work off the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AgentError> + Send + 'static,
) -> Result<T, AgentError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        tracing::error!(%error, "File work for an agent failed.");
        Err(AgentError::Lost)
    })
}

/// The first files of an agent's folder, as they were before anybody changed them.
pub(crate) fn first_files(config: &Config, state_dir: &Path, id: &str) -> Vec<(String, String)> {
    let roster = Roster::build(config, state_dir, &BTreeMap::new());
    let profile = roster.get(id).cloned();
    let files = profile.map(|profile| starter::starter_files(&profile)).unwrap_or_default();
    files.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
}

/// Every agent's folder, from what is written down, for those who work without a
/// running gateway.
pub(crate) fn folders(config: &Config, state_dir: &Path, rows: Vec<(String, String)>) -> Vec<(String, PathBuf)> {
    let read = |(id, body): (String, String)| Some((id, serde_json::from_str::<StoredAgent>(&body).ok()?));
    let stored: BTreeMap<String, StoredAgent> = rows.into_iter().filter_map(read).collect();
    let roster = Roster::build(config, state_dir, &stored);
    roster.order.iter().map(|profile| (profile.id.clone(), profile.workspace.clone())).collect()
}
