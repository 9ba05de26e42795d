//! Tools as clients are shown them.

use std::sync::Arc;

use postern_protocol::tools::{
    EffectiveGroup, EffectiveTool, ToolEntry, ToolGroup, ToolOrigin, ToolProfile, ToolSource, ToolsCatalogResult,
    ToolsEffectiveResult,
};
use postern_tools::{Group, Tool, ToolSpec};

use super::ToolRegistry;
use super::policy::is_for_everyone;

/// The one selection there is: what an agent gets is decided by allow and deny
/// lists.
const PROFILE: &str = "full";

impl ToolRegistry {
    /// Tools by section.
    #[must_use]
    pub fn catalog(agent_id: &str, tools: &[Arc<dyn Tool>]) -> ToolsCatalogResult {
        let mut groups: Vec<ToolGroup> = Vec::new();
        for spec in tools.iter().map(|tool| tool.spec()) {
            let id = section(spec);
            match groups.iter_mut().find(|group| group.id == id) {
                Some(group) => group.tools.push(entry(spec)),
                None => groups.push(ToolGroup {
                    label: label(spec),
                    source: origin(spec),
                    plugin_id: server(spec).map(|_| spec.source.clone()),
                    tools: vec![entry(spec)],
                    id,
                }),
            }
        }
        groups.sort_by(|a, b| (a.plugin_id.is_some(), &a.id).cmp(&(b.plugin_id.is_some(), &b.id)));
        let profiles = vec![ToolProfile { id: PROFILE.to_owned(), label: "Full".to_owned() }];
        ToolsCatalogResult { agent_id: agent_id.to_owned(), profiles, groups }
    }

    /// Tools that a conversation gets, by source.
    #[must_use]
    pub fn effective_catalog(agent_id: &str, tools: &[Arc<dyn Tool>]) -> ToolsEffectiveResult {
        let group = |id: ToolSource, label: &str| {
            let own = tools.iter().map(|tool| effective_entry(tool.spec())).filter(|entry| entry.source == id);
            EffectiveGroup { id, label: label.to_owned(), source: id, tools: own.collect() }
        };
        let groups = [group(ToolSource::Core, "Built-in tools"), group(ToolSource::Mcp, "MCP servers")];
        ToolsEffectiveResult {
            agent_id: agent_id.to_owned(),
            profile: PROFILE.to_owned(),
            groups: groups.into_iter().filter(|group| !group.tools.is_empty()).collect(),
        }
    }

    /// Whether a client without `operator.admin` may call it without an agent.
    #[must_use]
    pub fn is_for_everyone(tool: &dyn Tool) -> bool {
        is_for_everyone(&tool.spec().name, tool.spec().group)
    }
}

fn section(spec: &ToolSpec) -> String {
    if spec.group == Group::Mcp { spec.source.clone() } else { spec.group.name().to_owned() }
}

fn label(spec: &ToolSpec) -> String {
    match spec.group {
        Group::Fs => "Files".to_owned(),
        Group::Runtime => "Commands".to_owned(),
        Group::Web => "Web".to_owned(),
        Group::Sessions => "Sessions".to_owned(),
        Group::Messaging => "Messages".to_owned(),
        Group::Mcp => server(spec).unwrap_or(&spec.source).to_owned(),
    }
}

/// The server that brings a tool.
fn server(spec: &ToolSpec) -> Option<&str> {
    spec.source.strip_prefix("mcp:")
}

fn origin(spec: &ToolSpec) -> ToolOrigin {
    if server(spec).is_some() { ToolOrigin::Plugin } else { ToolOrigin::Core }
}

fn effective_entry(spec: &ToolSpec) -> EffectiveTool {
    EffectiveTool {
        id: spec.name.to_string(),
        label: spec.label.clone(),
        description: spec.description.lines().next().unwrap_or_default().to_owned(),
        raw_description: spec.description.clone(),
        source: if server(spec).is_some() { ToolSource::Mcp } else { ToolSource::Core },
        mcp_server: server(spec).map(str::to_owned),
    }
}

fn entry(spec: &ToolSpec) -> ToolEntry {
    ToolEntry {
        id: spec.name.to_string(),
        label: spec.label.clone(),
        description: spec.description.clone(),
        source: origin(spec),
        plugin_id: server(spec).map(|_| spec.source.clone()),
        default_profiles: vec![PROFILE.to_owned()],
    }
}
