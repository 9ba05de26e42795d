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

/// Result of `tools.catalog` and `tools.effective`.
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

/// A section of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToolGroup {
    /// Its name.
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// `core`, or `mcp:` and the server.
    pub source: String,
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
    pub source: String,
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
    type Output = ToolsCatalogResult;
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
