//! `agents.files.list`, `agents.files.get`, `agents.files.set`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;

/// Names of the files that can be listed, read and written (`methods.md §4`).
pub const AGENT_FILE_NAMES: [&str; 8] =
    ["AGENTS.md", "SOUL.md", "TOOLS.md", "IDENTITY.md", "USER.md", "HEARTBEAT.md", "BOOTSTRAP.md", "MEMORY.md"];

/// A file of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentFile {
    /// One of [`AGENT_FILE_NAMES`].
    pub name: String,
    /// Where it is.
    pub path: String,
    /// Whether it is not there.
    pub missing: bool,
    /// Bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// When it was written, epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at_ms: Option<i64>,
    /// Its text; in lists absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// `agents.files.list`: the files that shape an agent.
pub struct AgentsFilesList;

impl Call for AgentsFilesList {
    const NAME: &'static str = "agents.files.list";
    type Params = AgentsFilesListParams;
    type Output = AgentsFilesListResult;
}

/// Params of `agents.files.list`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentsFilesListParams {
    /// The agent's id, in any case.
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: String,
}

/// Result of `agents.files.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentsFilesListResult {
    /// The agent's id.
    pub agent_id: String,
    /// Folder with its files.
    pub workspace: String,
    /// Every name, also of files that are not there.
    pub files: Vec<AgentFile>,
}

/// `agents.files.get`: one file with its text.
pub struct AgentsFilesGet;

impl Call for AgentsFilesGet {
    const NAME: &'static str = "agents.files.get";
    type Params = AgentsFilesGetParams;
    type Output = AgentsFilesGetResult;
}

/// Params of `agents.files.get`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentsFilesGetParams {
    /// The agent.
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: String,
    /// One of [`AGENT_FILE_NAMES`].
    #[schemars(length(min = 1, max = 128))]
    pub name: String,
}

/// Result of `agents.files.get`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentsFilesGetResult {
    /// The agent's id.
    pub agent_id: String,
    /// Folder with its files.
    pub workspace: String,
    /// The file; without `content` when it is missing.
    pub file: AgentFile,
}

/// `agents.files.set`: writes one file.
pub struct AgentsFilesSet;

impl Call for AgentsFilesSet {
    const NAME: &'static str = "agents.files.set";
    type Params = AgentsFilesSetParams;
    type Output = AgentsFilesSetResult;
}

/// Params of `agents.files.set`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentsFilesSetParams {
    /// The agent.
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: String,
    /// One of [`AGENT_FILE_NAMES`].
    #[schemars(length(min = 1, max = 128))]
    pub name: String,
    /// Its whole text, at most 256 KiB.
    pub content: String,
}

/// Result of `agents.files.set`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentsFilesSetResult {
    /// Always true.
    pub ok: bool,
    /// The agent's id.
    pub agent_id: String,
    /// Folder with its files.
    pub workspace: String,
    /// The file as it now stands, with its text.
    pub file: AgentFile,
}
