//! What an agent is: the configuration, and on top of it what was changed at
//! run time. Pure.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use postern_protocol::chat::ThinkingLevel;
use serde::{Deserialize, Serialize};

use super::workspace::folder_of;
use crate::config::{Agent, Config, Identity, ModelChoice, SpendLimits, ToolPolicy};

/// One agent as it stands. A snapshot: a later change makes a new one.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentProfile {
    /// Its id.
    pub id: String,
    /// Name that a person gave it.
    pub name: Option<String>,
    /// How it is shown, as far as people decided; its own IDENTITY.md fills the gaps.
    pub identity: Identity,
    /// Who decided on `identity.name`.
    pub name_source: NameSource,
    /// Folder with its files, absolute; made at first use.
    pub workspace: PathBuf,
    /// Model that answers; `None` until one is chosen.
    pub model: Option<ModelChoice>,
    /// How long its model thinks when nothing else is said.
    pub thinking: Option<ThinkingLevel>,
    /// Tools it may or may not use, beyond what holds for all.
    pub tools: ToolPolicy,
    /// What it may spend.
    pub limits: SpendLimits,
    /// Whether it answers when nobody else is named.
    pub is_default: bool,
    /// Whether it was made at run time and can be deleted.
    pub made_at_run_time: bool,
    /// Longest answer.
    pub timeout: Duration,
    /// Most tokens of a conversation that are sent to a model.
    pub context_tokens: Option<u64>,
}

/// Where a name is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameSource {
    /// Somebody named the agent at run time.
    Agent,
    /// The configuration.
    Config,
    /// The agent's IDENTITY.md.
    Identity,
    /// Nobody: a word that fits all.
    Default,
}

impl NameSource {
    /// The wire word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Config => "config",
            Self::Identity => "workspace",
            Self::Default => "default",
        }
    }
}

/// What is kept about an agent: all of one that was made at run time, or what
/// was changed of one that the configuration names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct StoredAgent {
    pub(super) made_at_run_time: bool,
    pub(super) name: Option<String>,
    pub(super) workspace: Option<PathBuf>,
    pub(super) model: Option<String>,
    pub(super) emoji: Option<String>,
    pub(super) avatar: Option<String>,
    pub(super) created_at_ms: i64,
    pub(super) updated_at_ms: i64,
}

/// Every agent, in the order in which it is listed.
#[derive(Debug, Default)]
pub(super) struct Roster {
    pub(super) order: Vec<Arc<AgentProfile>>,
    by_id: HashMap<String, Arc<AgentProfile>>,
}

impl Roster {
    /// Agents of the configuration, then those made at run time, oldest first.
    /// Only the configuration says who is the default.
    pub(super) fn build(config: &Config, state_dir: &Path, stored: &BTreeMap<String, StoredAgent>) -> Self {
        let nothing = StoredAgent::default();
        let is_written = |id: &str| config.agents.iter().any(|agent| agent.id == id);
        let written = config.agents.iter().map(|agent| {
            let changed = stored.get(&agent.id).unwrap_or(&nothing);
            profile(config, state_dir, &agent.id, (Some(agent), changed))
        });
        let mut made: Vec<_> = stored.iter().filter(|(id, agent)| agent.made_at_run_time && !is_written(id)).collect();
        made.sort_by(|(a_id, a), (b_id, b)| (a.created_at_ms, a_id).cmp(&(b.created_at_ms, b_id)));
        let made = made.into_iter().map(|(id, agent)| profile(config, state_dir, id, (None, agent)));
        let order: Vec<_> = written.chain(made).map(Arc::new).collect();
        let by_id = order.iter().map(|profile| (profile.id.clone(), Arc::clone(profile))).collect();
        Self { order, by_id }
    }

    /// The agent with this id, in any case.
    pub(super) fn get(&self, id: &str) -> Option<&Arc<AgentProfile>> {
        self.by_id.get(id).or_else(|| self.by_id.get(&id.to_ascii_lowercase()))
    }
}

/// The agent as the configuration has it, if it does, with what was decided at
/// run time on top.
fn profile(
    config: &Config,
    state_dir: &Path,
    id: &str,
    (written, decided): (Option<&Agent>, &StoredAgent),
) -> AgentProfile {
    let defaults = &config.agent_defaults;
    let is_default = written.is_some_and(|agent| agent.is_default);
    let own_folder = decided.workspace.as_deref().or_else(|| written?.workspace.as_deref());
    let shared_folder = defaults.workspace.as_deref().filter(|_| is_default);
    // A model chosen at run time stands alone: no other may answer in its place unasked.
    let chosen = decided.model.clone().map(|primary| ModelChoice { primary, fallbacks: Vec::new() });
    let written_name = written.and_then(|agent| agent.name.clone());
    let look = written.map(|agent| agent.identity.clone()).unwrap_or_default();
    let configured_name = look.name.or_else(|| written_name.clone());
    let name_source = match (&decided.name, &configured_name) {
        (Some(_), _) => NameSource::Agent,
        (None, Some(_)) => NameSource::Config,
        (None, None) => NameSource::Default,
    };
    AgentProfile {
        id: id.to_owned(),
        name: decided.name.clone().or(written_name),
        identity: Identity {
            name: decided.name.clone().or(configured_name),
            theme: look.theme,
            emoji: decided.emoji.clone().or(look.emoji),
            avatar: decided.avatar.clone().or(look.avatar),
        },
        name_source,
        workspace: folder_of(state_dir, own_folder.or(shared_folder), (id, is_default)),
        model: chosen.or_else(|| written?.model.clone()).or_else(|| defaults.model.clone()),
        thinking: written.and_then(|agent| agent.thinking_default).or(defaults.thinking),
        tools: written.map(|agent| agent.tools.clone()).unwrap_or_default(),
        limits: written.map(|agent| agent.limits).unwrap_or_default(),
        is_default,
        made_at_run_time: written.is_none(),
        timeout: defaults.timeout,
        context_tokens: defaults.context_tokens,
    }
}
