//! Who is told about sessions, and what pages report about themselves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::{Acknowledged, Call, NoParams};
use crate::ids::SessionKey;

/// `sessions.subscribe`: be told of every change of the list.
pub struct SessionsSubscribe;

impl Call for SessionsSubscribe {
    const NAME: &'static str = "sessions.subscribe";
    type Params = NoParams;
    type Output = Subscribed;
}

/// `sessions.unsubscribe`: no longer.
pub struct SessionsUnsubscribe;

impl Call for SessionsUnsubscribe {
    const NAME: &'static str = "sessions.unsubscribe";
    type Params = NoParams;
    type Output = Subscribed;
}

/// Whether the caller is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subscribed {
    /// From now on.
    pub subscribed: bool,
}

/// `sessions.messages.subscribe`: be told of every message of a session.
pub struct SessionsMessagesSubscribe;

impl Call for SessionsMessagesSubscribe {
    const NAME: &'static str = "sessions.messages.subscribe";
    type Params = SessionsMessagesParams;
    type Output = SessionsMessagesSubscribed;
}

/// `sessions.messages.unsubscribe`: no longer.
pub struct SessionsMessagesUnsubscribe;

impl Call for SessionsMessagesUnsubscribe {
    const NAME: &'static str = "sessions.messages.unsubscribe";
    type Params = SessionsMessagesParams;
    type Output = SessionsMessagesSubscribed;
}

/// Params of both.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsMessagesParams {
    /// Its key, in any form.
    pub key: SessionKey,
    /// Agent that owns a bare key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: Option<String>,
    /// Also of what waits for a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_approvals: Option<bool>,
}

/// Result of both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsMessagesSubscribed {
    /// From now on.
    pub subscribed: bool,
    /// Canonical key.
    pub key: String,
    /// With `includeApprovals`: what waits for a decision in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_replay: Option<ApprovalReplay>,
}

/// What waits for a decision in a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalReplay {
    /// Canonical key.
    pub session_key: String,
    /// Epoch milliseconds.
    pub updated_at_ms: i64,
    /// Oldest first.
    pub approvals: Vec<serde_json::Value>,
    /// Whether some were left out.
    pub truncated: bool,
}

/// `sessions.viewers.set`: which sessions a page shows.
pub struct SessionsViewersSet;

impl Call for SessionsViewersSet {
    const NAME: &'static str = "sessions.viewers.set";
    type Params = SessionsViewersSetParams;
    type Output = SessionsViewersSetResult;
}

/// Params of `sessions.viewers.set`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsViewersSetParams {
    /// Their keys.
    #[schemars(length(max = 64))]
    pub session_keys: Vec<SessionKey>,
    /// Agent that owns bare keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub agent_id: Option<String>,
}

/// Result of `sessions.viewers.set`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsViewersSetResult {
    /// The keys that were named.
    pub session_keys: Vec<String>,
}

/// `sessions.observer.visibility`: whether a page is in front.
pub struct SessionsObserverVisibility;

impl Call for SessionsObserverVisibility {
    const NAME: &'static str = "sessions.observer.visibility";
    type Params = SessionsObserverVisibilityParams;
    type Output = Acknowledged;
}

/// Params of `sessions.observer.visibility`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SessionsObserverVisibilityParams {
    /// Whether it is.
    pub visible: bool,
}

/// `sessions.groups.list`: groups of the list.
pub struct SessionsGroupsList;

impl Call for SessionsGroupsList {
    const NAME: &'static str = "sessions.groups.list";
    type Params = NoParams;
    type Output = SessionsGroupsListResult;
}

/// Result of `sessions.groups.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsGroupsListResult {
    /// Groups, by name.
    pub groups: Vec<SessionGroup>,
    /// Their names in the order of display.
    pub section_order: Vec<String>,
}

/// One group of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionGroup {
    /// Its name: the `category` of its sessions.
    pub name: String,
    /// Its place, from 0.
    pub position: usize,
}
