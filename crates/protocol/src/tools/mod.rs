//! What agents may do: the catalogue, what of it one agent gets, and calling a
//! tool without an agent (`methods.md §12`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::Call;
use crate::ids::{IdempotencyKey, SessionKey, ToolName};

/// `tools.catalog`: every tool there is.
pub struct ToolsCatalog;

/// Params of `tools.catalog`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToolsCatalogParams {
    /// The agent; the default agent when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub agent_id: Option<String>,
}

impl Call for ToolsCatalog {
    const NAME: &'static str = "tools.catalog";
    type Params = ToolsCatalogParams;
    type Output = ToolsCatalogResult;
}

/// Result of `tools.catalog`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToolsCatalogResult {
    /// The agent.
    pub agent_id: String,
    /// Selections that tools belong to.
    pub profiles: Vec<ToolProfile>,
    /// The tools by section.
    pub groups: Vec<ToolGroup>,
}

/// A selection of tools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToolProfile {
    /// Its name.
    pub id: String,
    /// Its name for people.
    pub label: String,
}

/// Where a tool of the catalogue comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ToolOrigin {
    /// The gateway itself.
    Core,
    /// Somebody else: `plugin_id` says who.
    Plugin,
}

/// A section of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToolGroup {
    /// Its name.
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// Where they come from.
    pub source: ToolOrigin,
    /// `mcp:` and the server they come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_id: Option<String>,
    /// Its tools, by name.
    pub tools: Vec<ToolEntry>,
}

/// One tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToolEntry {
    /// The name it is called by.
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// What it does.
    pub description: String,
    /// Where it comes from.
    pub source: ToolOrigin,
    /// `mcp:` and the server it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_id: Option<String>,
    /// Selections it belongs to.
    pub default_profiles: Vec<String>,
}

/// `tools.effective`: the tools that one conversation gets.
pub struct ToolsEffective;

/// Params of `tools.effective`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToolsEffectiveParams {
    /// The conversation.
    pub session_key: SessionKey,
    /// Its agent, when the key does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub agent_id: Option<String>,
}

impl Call for ToolsEffective {
    const NAME: &'static str = "tools.effective";
    type Params = ToolsEffectiveParams;
    type Output = ToolsEffectiveResult;
}

/// Result of `tools.effective`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToolsEffectiveResult {
    /// The agent.
    pub agent_id: String,
    /// The selection that it works with.
    pub profile: String,
    /// The tools by source; a source without tools is left out.
    pub groups: Vec<EffectiveGroup>,
}

/// Where a tool that a conversation gets comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ToolSource {
    /// The gateway itself.
    Core,
    /// A server that brings tools.
    Mcp,
}

/// The tools of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EffectiveGroup {
    /// The source.
    pub id: ToolSource,
    /// Its name for people.
    pub label: String,
    /// The source again.
    pub source: ToolSource,
    /// Its tools.
    pub tools: Vec<EffectiveTool>,
}

/// A tool that a conversation gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveTool {
    /// The name it is called by.
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// What it does, in one line.
    pub description: String,
    /// What models are told about it.
    pub raw_description: String,
    /// Where it comes from.
    pub source: ToolSource,
    /// The server that brings it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mcp_server: Option<String>,
}

/// `tools.invoke`: calls a tool as an agent would.
pub struct ToolsInvoke;

/// Params of `tools.invoke`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToolsInvokeParams {
    /// The tool.
    pub name: ToolName,
    /// Its arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Map<String, Value>>,
    /// Conversation whose rules hold; the main one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
    /// Its agent, when the key does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub agent_id: Option<String>,
    /// A repetition with the same key gets the first answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<IdempotencyKey>,
}

impl Call for ToolsInvoke {
    const NAME: &'static str = "tools.invoke";
    type Params = ToolsInvokeParams;
    type Output = ToolsInvokeResult;
}

/// Result of `tools.invoke`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToolsInvokeResult {
    /// Whether the tool did it.
    pub ok: bool,
    /// The tool.
    pub tool_name: String,
    /// What it gave back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<ToolOutput>,
    /// Why it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ToolFailure>,
}

/// What a tool gave back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolOutput {
    /// Texts and pictures, as in a message.
    pub content: Vec<Value>,
    /// Facts for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

/// Why a tool did not do it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToolFailure {
    /// `not_found`, `forbidden` or `tool_error`.
    pub code: String,
    /// For people.
    pub message: String,
}
