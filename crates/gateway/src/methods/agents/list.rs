//! `agents.list`: who can answer (`methods.md §4`).

use std::sync::Arc;

use futures_util::future::join_all;
use postern_protocol::Dialect;
use postern_protocol::access::{Access, Scope};
use postern_protocol::agents::{
    AgentLevel, AgentModel, AgentOwnership, AgentRow, AgentsList, AgentsListResult, AgentsScope,
};
use postern_protocol::call::NoParams;
use postern_protocol::chat::ThinkingLevel;

use super::appearance;
use crate::agents::AgentProfile;
use crate::config::{ModelChoice, SessionScope};
use crate::rpc::{Cx, Method, RpcResult};

impl Method for AgentsList {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<AgentsListResult> {
        let profiles = cx.agents.list();
        let rows = join_all(profiles.iter().map(|profile| row(&cx, profile))).await;
        let config = cx.config();
        let session = &config.session;
        let ownership = if rows.len() == 1 { AgentOwnership::Sole } else { AgentOwnership::Legacy };
        let is_v4 = cx.principal().dialect == Dialect::V4;
        Ok(AgentsListResult {
            default_id: cx.agents.default_id(),
            ownership: is_v4.then_some(ownership),
            selection_required: is_v4.then_some(false),
            main_key: session.main_key.clone(),
            scope: match session.scope {
                SessionScope::PerSender => AgentsScope::PerSender,
                SessionScope::Global => AgentsScope::Global,
            },
            agents: rows,
        })
    }
}

async fn row(cx: &Cx, profile: &Arc<AgentProfile>) -> AgentRow {
    let shown = cx.agents.shown(profile).await;
    let mut row = AgentRow {
        id: profile.id.clone(),
        name: profile.name.clone(),
        identity: Some(appearance(shown)),
        ..AgentRow::default()
    };
    if cx.principal().dialect == Dialect::V3 {
        return row;
    }
    let level = |level: &ThinkingLevel| AgentLevel { id: level.as_str().to_owned(), label: level.as_str().to_owned() };
    row.workspace = Some(profile.workspace.display().to_string());
    row.model = profile.model.as_ref().map(model);
    row.thinking_levels = Some(ThinkingLevel::ALL.iter().map(level).collect());
    row.thinking_options = Some(ThinkingLevel::ALL.iter().map(|level| level.as_str().to_owned()).collect());
    row.thinking_default = profile.thinking.map(|level| level.as_str().to_owned());
    row
}

fn model(choice: &ModelChoice) -> AgentModel {
    let fallbacks = (!choice.fallbacks.is_empty()).then(|| choice.fallbacks.clone());
    AgentModel { primary: choice.primary.clone(), fallbacks }
}
