//! Making, changing and deleting agents, one change at a time.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::profile::{Roster, StoredAgent};
use super::workspace::{self, Discarded};
use super::{AgentError, AgentProfile, Agents, State, blocking, id, identity};
use crate::devices::clean;
use crate::store::{Change, Table};

/// Most agents that are made at run time.
const MAX_MADE: usize = 200;
/// Longest name, characters.
const MAX_NAME: usize = 64;

/// An agent to be made.
#[derive(Debug, Clone, Default)]
pub struct NewAgent {
    /// Its name.
    pub name: String,
    /// Its folder, when not the usual one.
    pub workspace: Option<String>,
    /// Its model, `provider/model`.
    pub model: Option<String>,
    /// One emoji.
    pub emoji: Option<String>,
    /// Emoji, `https` address or a picture of the workspace.
    pub avatar: Option<String>,
}

/// What changes of an agent; `None` leaves it, an empty text goes back to what
/// the configuration says.
#[derive(Debug, Clone, Default)]
pub struct AgentChange {
    /// Its name.
    pub name: Option<String>,
    /// Its folder.
    pub workspace: Option<String>,
    /// Its model, `provider/model`.
    pub model: Option<String>,
    /// One emoji.
    pub emoji: Option<String>,
    /// Emoji, `https` address or a picture of the workspace.
    pub avatar: Option<String>,
}

/// An agent that is gone.
#[derive(Debug, Clone)]
pub struct Deleted {
    /// What it was.
    pub profile: Arc<AgentProfile>,
    /// What became of its folder, when it was to go.
    pub folder: Option<Discarded>,
}

impl Agents {
    /// Makes an agent with its folder.
    ///
    /// # Errors
    /// [`AgentError`] that names what is wrong; nothing is made then.
    pub async fn create(&self, new: NewAgent) -> Result<Arc<AgentProfile>, AgentError> {
        let now_ms = self.0.clock.now_ms();
        let folder = self.optional_folder(new.workspace.as_deref()).await?;
        let agent = StoredAgent {
            made_at_run_time: true,
            name: Some(name(&new.name)?),
            workspace: folder,
            model: optional(new.model.as_deref(), model)?,
            emoji: optional(new.emoji.as_deref(), emoji)?,
            avatar: optional(new.avatar.as_deref(), avatar)?,
            created_at_ms: now_ms,
            updated_at_ms: now_ms,
        };
        self.one_change(move |agents| async move { agents.insert(agent).await }).await
    }

    /// Changes an agent, whoever named it.
    ///
    /// # Errors
    /// [`AgentError`] that names what is wrong; nothing is changed then.
    pub async fn update(&self, id: &str, change: AgentChange) -> Result<Arc<AgentProfile>, AgentError> {
        let id = self.known(id)?.id.clone();
        let folder = self.optional_folder(change.workspace.as_deref()).await?;
        let field = |wanted: &Option<String>, read: fn(&str) -> Result<String, AgentError>| {
            wanted.as_deref().map(|text| optional(Some(text), read)).transpose()
        };
        let name = field(&change.name, name)?;
        let model = field(&change.model, model)?;
        let emoji = field(&change.emoji, emoji)?;
        let avatar = field(&change.avatar, avatar)?;
        let workspace = change.workspace.map(|_| folder);
        self.one_change(move |agents| async move {
            agents.known(&id)?;
            let mut agent = agents.lock().stored.get(&id).cloned().unwrap_or_default();
            if name == Some(None) && agent.made_at_run_time {
                return Err(AgentError::BlankName);
            }
            agent.name = name.unwrap_or(agent.name);
            agent.workspace = workspace.unwrap_or(agent.workspace);
            agent.model = model.unwrap_or(agent.model);
            agent.emoji = emoji.unwrap_or(agent.emoji);
            agent.avatar = avatar.unwrap_or(agent.avatar);
            agent.updated_at_ms = agents.0.clock.now_ms();
            agents.keep("agents.update", &id, Some(agent)).await?;
            agents.known(&id)
        })
        .await
    }

    /// Deletes an agent that was made at run time. Its folder stays, or goes to
    /// the trash when it is below the state folder and nobody else's.
    ///
    /// # Errors
    /// [`AgentError::WrittenInConfig`], [`AgentError::IsDefault`],
    /// [`AgentError::UnknownAgent`], or when it could not be stored.
    pub async fn delete(&self, id: &str, with_folder: bool) -> Result<Deleted, AgentError> {
        let id = self.known(id)?.id.clone();
        self.one_change(move |agents| async move {
            let profile = agents.known(&id)?;
            if profile.is_default {
                return Err(AgentError::IsDefault);
            }
            if !profile.made_at_run_time {
                return Err(AgentError::WrittenInConfig(agents.0.config_path.clone()));
            }
            agents.keep("agents.delete", &id, None).await?;
            agents.0.texts.forget(&id);
            let folder = if with_folder { Some(agents.discard(&profile).await) } else { None };
            Ok(Deleted { profile, folder })
        })
        .await
    }

    async fn insert(self, agent: StoredAgent) -> Result<Arc<AgentProfile>, AgentError> {
        let (id, draft) = {
            let state = self.lock();
            let made = state.stored.values().filter(|agent| agent.made_at_run_time).count();
            if made >= MAX_MADE {
                return Err(AgentError::TooMany(made));
            }
            let is_taken = |id: &str| state.roster.get(id).is_some() || state.stored.contains_key(id);
            let id = id::new_id(agent.name.as_deref().unwrap_or_default(), is_taken);
            let mut with_it = state.stored.clone();
            with_it.insert(id.clone(), agent.clone());
            let draft = Roster::build(&self.0.config.now(), &self.0.state_dir, &with_it);
            let draft = draft.get(&id).cloned().ok_or(AgentError::Lost)?;
            (id, draft)
        };
        // Before the agent exists: one without a usable folder is of no use.
        drop(self.workspace(&draft).await?);
        self.keep("agents.create", &id, Some(agent)).await?;
        self.known(&id)
    }

    /// Makes a change durable and then visible.
    async fn keep(&self, what: &str, id: &str, agent: Option<StoredAgent>) -> Result<(), AgentError> {
        let (table, key) = (Table::Agents, id.to_owned());
        let change = match &agent {
            Some(agent) => {
                let body = serde_json::to_string(agent).map_err(|error| {
                    tracing::error!(%error, "An agent cannot be written down.");
                    AgentError::Lost
                })?;
                Change::Put { table, key, body }
            }
            None => Change::Delete { table, key },
        };
        let audit = Change::Audit {
            ts_ms: self.0.clock.now_ms(),
            kind: what.to_owned(),
            detail: serde_json::json!({ "agentId": id }).to_string(),
        };
        self.0.store.enqueue(vec![change, audit]).await?;
        let mut state = self.lock();
        match agent {
            Some(agent) => drop(state.stored.insert(id.to_owned(), agent)),
            None => drop(state.stored.remove(id)),
        }
        let State { stored, roster } = &mut *state;
        *roster = Roster::build(&self.0.config.now(), &self.0.state_dir, stored);
        Ok(())
    }

    async fn discard(&self, profile: &Arc<AgentProfile>) -> Discarded {
        let folder = profile.workspace.clone();
        let shared = self
            .list()
            .iter()
            .any(|other| other.workspace.starts_with(&folder) || folder.starts_with(&other.workspace));
        if shared {
            return Discarded::Kept("another agent works in it".to_owned());
        }
        let (state_dir, id, now_ms) = (self.0.state_dir.clone(), profile.id.clone(), self.0.clock.now_ms());
        let moved = blocking(move || Ok(workspace::discard(&state_dir, (&id, &folder), now_ms))).await;
        moved.unwrap_or_else(|error| Discarded::Kept(error.to_string()))
    }

    async fn optional_folder(&self, written: Option<&str>) -> Result<Option<PathBuf>, AgentError> {
        let Some(written) = written.map(str::trim).filter(|written| !written.is_empty()) else { return Ok(None) };
        let (state_dir, written) = (self.0.state_dir.clone(), written.to_owned());
        blocking(move || workspace::wanted_folder(&state_dir, &written).map(Some)).await
    }

    /// Runs a change when no other runs, to its end even if the caller goes away.
    async fn one_change<T, F>(&self, change: impl FnOnce(Self) -> F + Send + 'static) -> Result<T, AgentError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, AgentError>> + Send + 'static,
    {
        let (agents, (done, outcome)) = (self.clone(), oneshot::channel());
        self.0.tasks.spawn("agent change", async move {
            // The semaphore is never closed, so there always is a permit in the end.
            let _turn = Arc::clone(&agents.0.one_at_a_time).acquire_owned().await;
            // Nobody may be waiting any more.
            drop(done.send(change(agents).await));
        });
        outcome.await.unwrap_or(Err(AgentError::Lost))
    }
}

/// An empty text is no value.
fn optional(text: Option<&str>, read: fn(&str) -> Result<String, AgentError>) -> Result<Option<String>, AgentError> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(read).transpose()
}

fn name(text: &str) -> Result<String, AgentError> {
    let name: String = clean(text).unwrap_or_default().chars().take(MAX_NAME).collect();
    let name = name.trim();
    if name.is_empty() { Err(AgentError::BlankName) } else { Ok(name.to_owned()) }
}

fn model(text: &str) -> Result<String, AgentError> {
    let is_plain = text.len() <= 256 && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    match text.split_once('/') {
        Some((provider, model)) if is_plain && !provider.is_empty() && !model.is_empty() => Ok(text.to_owned()),
        _ => Err(AgentError::BadModel),
    }
}

fn emoji(text: &str) -> Result<String, AgentError> {
    identity::emoji(text).ok_or(AgentError::BadEmoji)
}

fn avatar(text: &str) -> Result<String, AgentError> {
    if identity::is_avatar(text) { Ok(text.to_owned()) } else { Err(AgentError::BadAvatar) }
}
