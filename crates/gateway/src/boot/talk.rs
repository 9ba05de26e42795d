//! The services of conversations, in the order in which they need each other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::StartError;
use crate::agents::Agents;
use crate::approvals::Approvals;
use crate::config::{Config, LiveConfig, SessionScope};
use crate::devices::Devices;
use crate::hub::Hub;
use crate::models::ModelService;
use crate::options::{Clock, Paths};
use crate::runs::{RunServices, Runs};
use crate::secrets::Secrets;
use crate::sessions::{KeyRules, ModelFacts, Sessions};
use crate::starts::Starts;
use crate::store::Store;
use crate::tasks::Tasks;
use crate::tools::ToolRegistry;
use crate::usage::Usage;

/// Set in everything that agents run; the command line changes nothing that
/// decides what agents may do while it is set.
pub const AGENT_MARKER: &str = "POSTERN_AGENT";

/// What every service stands on.
pub(super) struct Ground {
    pub(super) store: Store,
    pub(super) hub: Hub,
    pub(super) clock: Clock,
    pub(super) tasks: Tasks,
    pub(super) paths: Paths,
    pub(super) config: LiveConfig,
    pub(super) devices: Devices,
    pub(super) version: String,
    pub(super) starts: Starts,
}

/// The services of conversations.
pub(super) struct Talk {
    pub(super) sessions: Sessions,
    pub(super) agents: Agents,
    pub(super) models: ModelService,
    pub(super) usage: Usage,
    pub(super) approvals: Approvals,
    pub(super) tools: ToolRegistry,
    pub(super) runs: Runs,
}

impl Talk {
    pub(super) async fn open(
        ground: Ground,
        secrets: Secrets,
        mut command_env: BTreeMap<String, String>,
    ) -> Result<Self, StartError> {
        // So that the command line can tell an agent from its owner.
        command_env.insert(AGENT_MARKER.to_owned(), "1".to_owned());
        let Ground { store, hub, clock, tasks, paths, config, devices, version, starts } = ground;
        let agents = Agents::open(store.clone(), config.clone(), &paths, clock.clone(), tasks.clone()).await?;
        let names = agents.clone();
        let is_agent = Arc::new(move |id: &str| names.get(id).is_some());
        let sessions =
            Sessions::open(store.clone(), hub.clone(), clock.clone(), key_rules(&config.now()), is_agent).await?;
        let usage = Usage::open(store.clone(), config.now().limits, clock.clone(), tasks.clone()).await?;
        let approvals = Approvals::open(store.clone(), hub.clone(), clock.clone(), tasks.clone()).await?;
        let models = ModelService::new(config.clone(), secrets, clock.clone(), &version, tasks.clone());
        let (known, asked) = (agents.clone(), models.clone());
        sessions.tell_models(Arc::new(move |agent, choice| model_facts(&known, &asked, agent, choice)));
        let tools = ToolRegistry::new(config.clone(), &sessions, &agents, &command_env, starts);
        let runs = Runs::open(RunServices {
            sessions: sessions.clone(),
            agents: agents.clone(),
            models: models.clone(),
            usage: usage.clone(),
            approvals: approvals.clone(),
            tools: tools.clone(),
            devices,
            store,
            hub,
            clock,
            tasks,
            config,
            base_env: Arc::new(command_env),
            version,
            config_path: paths.config_path,
            started: Instant::now(),
        })
        .await
        .map_err(|error| StartError::Internal(error.to_string()))?;
        tools.tell_runs(runs.clone());
        Ok(Self { sessions, agents, models, usage, approvals, tools, runs })
    }
}

pub(crate) fn key_rules(config: &Config) -> KeyRules {
    KeyRules {
        default_agent: config.default_agent_id().to_owned(),
        main_key: config.session.main_key.clone(),
        global: config.session.scope == SessionScope::Global,
    }
}

/// Which model answers for an agent in a session that chose `choice`.
fn model_facts(agents: &Agents, models: &ModelService, agent: &str, choice: Option<&str>) -> ModelFacts {
    let profile = agents.get(agent);
    let of_agent = profile.as_ref().and_then(|profile| profile.model.as_ref());
    let model = models.resolve(choice, of_agent).primary;
    let window = models.context_window(&model);
    ModelFacts {
        context_tokens: profile.as_ref().and_then(|profile| profile.context_tokens).or(window),
        thinking: profile.and_then(|profile| profile.thinking),
        levels: models.thinking_levels(&model).to_vec(),
        provider: Some(model.provider),
        model: Some(model.model),
    }
}
