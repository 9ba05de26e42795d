//! `agents.list` and `agent.identity.get`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::{Call, NoParams};
use crate::ids::SessionKey;

/// `agents.list`: who can answer.
pub struct AgentsList;

impl Call for AgentsList {
    const NAME: &'static str = "agents.list";
    type Params = NoParams;
    type Output = AgentsListResult;
}

/// Result of `agents.list`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentsListResult {
    /// The agent that answers when nobody else is named.
    pub default_id: String,
    /// Whether bare session keys have an owner; protocol 4 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ownership: Option<AgentOwnership>,
    /// Whether a client has to ask which agent is meant; never, since one is the
    /// default. Protocol 4 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection_required: Option<bool>,
    /// Name of the main session.
    pub main_key: String,
    /// How sessions are told apart.
    pub scope: AgentsScope,
    /// Agents: those of the configuration in its order, then the others, oldest first.
    pub agents: Vec<AgentRow>,
}

/// How bare session keys find their agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AgentOwnership {
    /// There is one agent.
    Sole,
    /// They belong to the default agent.
    Legacy,
    /// Callers always name the agent.
    Explicit,
}

/// How sessions are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AgentsScope {
    /// One conversation per sender.
    PerSender,
    /// One conversation for all.
    Global,
}

/// One agent; protocol 3 is told its id, name and identity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentRow {
    /// Its id.
    pub id: String,
    /// Name that a person gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<AgentAppearance>,
    /// Folder with its files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// Model that answers; absent while none is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<AgentModel>,
    /// Levels of thinking that can be chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_levels: Option<Vec<AgentLevel>>,
    /// The same as labels only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_options: Option<Vec<String>>,
    /// Level when nothing is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_default: Option<String>,
}

/// How an agent is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentAppearance {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// One emoji.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    /// Emoji, address of an image, or a letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// Address of the image, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
}

/// A model, and others when it cannot answer; each `provider/model`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentModel {
    /// Asked first.
    pub primary: String,
    /// Asked in this order when it cannot answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallbacks: Option<Vec<String>>,
}

/// One level of a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentLevel {
    /// Its word on the wire.
    pub id: String,
    /// Its word for people.
    pub label: String,
}

/// `agent.identity.get`: how one agent is shown.
pub struct AgentIdentityGet;

impl Call for AgentIdentityGet {
    const NAME: &'static str = "agent.identity.get";
    type Params = AgentIdentityParams;
    type Output = AgentIdentity;
}

/// Params of `agent.identity.get`; without any it is about the default agent.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct AgentIdentityParams {
    /// The agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: Option<String>,
    /// A session; its agent is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
}

/// Result of `agent.identity.get`; protocol 3 is told its id, name and avatar.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentIdentity {
    /// The agent's id.
    pub agent_id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the name is from: `agent`, `config`, `workspace` (its IDENTITY.md) or `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_source: Option<String>,
    /// Emoji, `https` address, `/avatar/ID`, or a letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// What was written, when the avatar is an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_source: Option<String>,
    /// Whether the avatar is an image, and from where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_status: Option<AvatarStatus>,
    /// Why a written avatar is not shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_reason: Option<String>,
    /// One emoji.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
}

/// Where the image of an agent is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AvatarStatus {
    /// There is none; an emoji or a letter stands for it.
    None,
    /// A file of its workspace.
    Local,
    /// An `https` address.
    Remote,
    /// In the text itself.
    Data,
}
