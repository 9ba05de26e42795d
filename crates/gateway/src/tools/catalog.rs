//! Tools as clients are shown them.

use std::sync::Arc;

use postern_protocol::tools::{ToolEntry, ToolGroup, ToolProfile, ToolsCatalogResult};
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
                    source: spec.source.clone(),
                    tools: vec![entry(spec)],
                    id,
                }),
            }
        }
        groups.sort_by(|a, b| (a.source != "core", &a.id).cmp(&(b.source != "core", &b.id)));
        let profiles = vec![ToolProfile { id: PROFILE.to_owned(), label: "Full".to_owned() }];
        ToolsCatalogResult { agent_id: agent_id.to_owned(), profiles, groups }
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
        Group::Mcp => spec.source.strip_prefix("mcp:").unwrap_or(&spec.source).to_owned(),
    }
}

fn entry(spec: &ToolSpec) -> ToolEntry {
    ToolEntry {
        id: spec.name.to_string(),
        label: spec.label.clone(),
        description: spec.description.clone(),
        source: spec.source.clone(),
        default_profiles: vec![PROFILE.to_owned()],
    }
}
