//! `agents.create`, `agents.update`, `agents.delete`.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::call::Call;
use crate::system::Nullable;

/// `agents.create`: makes an agent that lasts.
pub struct AgentsCreate;

impl Call for AgentsCreate {
    const NAME: &'static str = "agents.create";
    type Params = AgentsCreateParams;
    type Output = AgentsCreateResult;
}

/// Params of `agents.create`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentsCreateParams {
    /// Its name; the id is made from it.
    #[schemars(length(min = 1, max = 512))]
    pub name: String,
    /// Folder for its files: absolute, or below the state folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
    pub workspace: Option<String>,
    /// Model that answers, `provider/model`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub model: Option<String>,
    /// One emoji.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub emoji: Option<String>,
    /// Emoji, `https` address of an image, or a file of the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 65536))]
    pub avatar: Option<String>,
}

/// Result of `agents.create`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentsCreateResult {
    /// Always true.
    pub ok: bool,
    /// The new agent's id.
    pub agent_id: String,
    /// Its name.
    pub name: String,
    /// Folder with its files.
    pub workspace: String,
    /// Its model, when one was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// `agents.update`: changes what is shown of an agent, its model or its folder.
pub struct AgentsUpdate;

impl Call for AgentsUpdate {
    const NAME: &'static str = "agents.update";
    type Params = AgentsUpdateParams;
    type Output = AgentsUpdateResult;
}

/// Params of `agents.update`. What is absent stays; an empty text goes back to
/// what the configuration says.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentsUpdateParams {
    /// The agent.
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub name: Option<String>,
    /// Folder for its files: absolute, or below the state folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub workspace: Option<String>,
    /// Model that answers, `provider/model`; `null` goes back to what the configuration says.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub model: Option<Nullable<String>>,
    /// One emoji.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub emoji: Option<String>,
    /// Emoji, `https` address of an image, or a file of the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 65536))]
    pub avatar: Option<String>,
}

/// Tells a key with `null` from one that is absent.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Nullable<String>>, D::Error> {
    Nullable::deserialize(deserializer).map(Some)
}

/// Result of `agents.update`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentsUpdateResult {
    /// Always true.
    pub ok: bool,
    /// The agent's id.
    pub agent_id: String,
}

/// `agents.delete`: removes an agent that was made at run time.
pub struct AgentsDelete;

impl Call for AgentsDelete {
    const NAME: &'static str = "agents.delete";
    type Params = AgentsDeleteParams;
    type Output = AgentsDeleteResult;
}

/// Params of `agents.delete`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentsDeleteParams {
    /// The agent.
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: String,
    /// Whether its folder goes to the trash; absent means it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_files: Option<bool>,
}

/// Result of `agents.delete`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentsDeleteResult {
    /// Always true.
    pub ok: bool,
    /// The agent that is gone.
    pub agent_id: String,
    /// Routes to it that went with it.
    pub removed_bindings: u32,
    /// Folders that were asked to go and are gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Vec<RemovedFolder>>,
    /// Folders that were asked to go and stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Vec<KeptFolder>>,
}

/// A folder that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemovedFolder {
    /// Where it was.
    pub path: String,
    /// How it went.
    pub method: RemovalMethod,
}

/// How a folder went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RemovalMethod {
    /// It is in the trash folder of the state folder.
    Trash,
    /// It was not there.
    Missing,
}

/// A folder that stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeptFolder {
    /// Where it is.
    pub path: String,
    /// Why it stays.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_clears_a_model_and_absence_keeps_it() {
        let read = |text: &str| serde_json::from_str::<AgentsUpdateParams>(text).unwrap().model;
        assert_eq!(read(r#"{"agentId":"a"}"#), None);
        assert_eq!(read(r#"{"agentId":"a","model":null}"#), Some(Nullable::Null));
        assert_eq!(read(r#"{"agentId":"a","model":"x/y"}"#), Some(Nullable::Value("x/y".to_owned())));
    }
}
