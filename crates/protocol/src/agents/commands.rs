//! `commands.list`: what can be typed after a slash.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::ids::SessionKey;

/// `commands.list`: the commands of a chat.
pub struct CommandsList;

impl Call for CommandsList {
    const NAME: &'static str = "commands.list";
    type Params = CommandsListParams;
    type Output = CommandsListResult;
}

/// Params of `commands.list`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct CommandsListParams {
    /// Agent whose commands are meant; all agents have the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: Option<String>,
    /// Session whose commands are meant; all sessions have the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_key: Option<SessionKey>,
    /// Only commands for this surface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<CommandScope>,
    /// Whether arguments are described; absent means yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_args: Option<bool>,
}

/// Result of `commands.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommandsListResult {
    /// Commands in the order in which help shows them.
    pub commands: Vec<CommandEntry>,
}

/// One command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommandEntry {
    /// Its name, without slash.
    pub name: String,
    /// Name in menus of a client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native_name: Option<String>,
    /// What can be typed, with slash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_aliases: Option<Vec<String>>,
    /// What it does.
    pub description: String,
    /// What it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<CommandCategory>,
    /// Who brings it.
    pub source: CommandSource,
    /// Where it works.
    pub scope: CommandScope,
    /// Whether anything may follow it.
    pub accepts_args: bool,
    /// What may follow it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Vec<CommandArg>>,
}

/// What a command belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CommandCategory {
    /// The conversation.
    Session,
    /// Its settings.
    Options,
    /// What is going on.
    Status,
    /// Devices and approvals.
    Management,
    /// Pictures and sound.
    Media,
    /// Tools of the agent.
    Tools,
}

/// Who brings a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CommandSource {
    /// The gateway itself.
    Native,
    /// A skill.
    Skill,
    /// A plugin.
    Plugin,
}

/// Where a command works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CommandScope {
    /// Typed as text.
    Text,
    /// In menus of a client.
    Native,
    /// Both.
    Both,
}

/// One argument of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommandArg {
    /// Its name.
    pub name: String,
    /// What it means.
    pub description: String,
    /// What it looks like.
    #[serde(rename = "type")]
    pub kind: CommandArgKind,
    /// Whether it must be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// The words that it can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<CommandChoice>>,
}

/// What an argument looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CommandArgKind {
    /// Text.
    String,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
}

/// A word that an argument can be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommandChoice {
    /// What is typed.
    pub value: String,
    /// What is shown.
    pub label: String,
}
