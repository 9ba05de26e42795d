//! `sessions.patch` and `sessions.patchMany`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Patched;
use crate::call::Call;
use crate::ids::SessionKey;

/// `sessions.patch`: changes what is set for a session.
pub struct SessionsPatch;

impl Call for SessionsPatch {
    const NAME: &'static str = "sessions.patch";
    type Params = SessionsPatchParams;
    type Output = SessionsPatchResult;
}

/// Params of `sessions.patch`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsPatchParams {
    /// Which session.
    #[serde(flatten)]
    pub target: PatchTarget,
    /// What changes.
    #[serde(flatten)]
    pub patch: SessionPatch,
}

/// A session that is to change.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PatchTarget {
    /// Its key, in any form.
    pub key: SessionKey,
    /// Agent that owns a bare key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: Option<String>,
    /// Refuse when its session id is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub expected_session_id: Option<String>,
}

/// What changes. An absent key leaves a setting alone, `null` clears it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionPatch {
    /// A person's name for it; unique.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub label: Patched<String>,
    /// How long the model may think.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub thinking_level: Patched<String>,
    /// Whether tool calls are shown.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub verbose_level: Patched<String>,
    /// Whether thoughts are shown.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub reasoning_level: Patched<String>,
    /// Whether answers end with what they took: `off`, `on`, `tokens`, `full`.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub response_usage: Patched<String>,
    /// Whether commands may run outside the usual limits; needs admin.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub elevated_level: Patched<String>,
    /// Where commands run: `gateway`, `node`, `sandbox`; needs admin.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub exec_host: Patched<String>,
    /// Which commands run at all: `deny`, `allowlist`, `full`; needs admin.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub exec_security: Patched<String>,
    /// When somebody is asked: `off`, `on-miss`, `always`; needs admin.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub exec_ask: Patched<String>,
    /// Node that runs commands; needs admin.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub exec_node: Patched<String>,
    /// Not supported; use `execSecurity`. Needs admin.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub permission_mode: Patched<String>,
    /// Model that answers, `provider/model`.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub model: Patched<String>,
    /// Session that made it; can be set once.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub spawned_by: Patched<String>,
    /// Whether anything may be said in it: `allow`, `deny`; needs admin.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub send_policy: Patched<String>,
    /// When the agent answers in a group: `mention`, `always`.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub group_activation: Patched<String>,
    /// What becomes of a message while a run is under way.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub queue_mode: Patched<String>,
    /// Name to show.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub display_name: Patched<String>,
    /// Put away.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub archived: Patched<bool>,
    /// Kept at the top.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub pinned: Patched<bool>,
    /// Something in it was not read.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub unread: Patched<bool>,
    /// Icon in lists.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub icon: Patched<String>,
    /// Colour in lists.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub color: Patched<String>,
    /// Group in lists.
    #[serde(skip_serializing_if = "Patched::is_keep")]
    pub category: Patched<String>,
}

impl SessionPatch {
    /// Whether it touches what decides over permissions.
    #[must_use]
    pub const fn needs_admin(&self) -> bool {
        !(self.elevated_level.is_keep()
            && self.exec_host.is_keep()
            && self.exec_security.is_keep()
            && self.exec_ask.is_keep()
            && self.exec_node.is_keep()
            && self.permission_mode.is_keep()
            && self.send_policy.is_keep())
    }
}

/// What is kept about a session, for clients that know the store's words
/// (`storage-and-config.md §2, Session entry`).
pub type SessionEntry = Map<String, Value>;

/// Result of `sessions.patch`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionsPatchResult {
    /// Always true.
    pub ok: bool,
    /// Where sessions are kept.
    pub path: String,
    /// Canonical key.
    pub key: String,
    /// What is kept about it now.
    pub entry: SessionEntry,
    /// What follows from it; protocol 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<ResolvedModel>,
}

/// The model that answers in a session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResolvedModel {
    /// Its provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_provider: Option<String>,
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// `sessions.patchMany`: the same patch for several sessions.
pub struct SessionsPatchMany;

impl Call for SessionsPatchMany {
    const NAME: &'static str = "sessions.patchMany";
    type Params = SessionsPatchManyParams;
    type Output = SessionsPatchManyResult;
}

/// Params of `sessions.patchMany`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SessionsPatchManyParams {
    /// Which sessions.
    #[schemars(length(min = 1, max = 200))]
    pub targets: Vec<PatchTarget>,
    /// What changes.
    pub patch: SessionPatch,
}

/// Result of `sessions.patchMany`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionsPatchManyResult {
    /// In the order of the targets.
    pub outcomes: Vec<PatchOutcome>,
}

/// What became of one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PatchOutcome {
    /// Whether it was changed.
    pub ok: bool,
    /// Canonical key; the key as written when it cannot be one.
    pub key: String,
    /// Agent that owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Why it was not changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<SessionProblem>,
}

/// Why a part of a call was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionProblem {
    /// As in an error answer.
    pub code: String,
    /// For people.
    pub message: String,
}
