//! `wizard.*`: first-time setup, one question after the other. Nothing is
//! changed until the last one is answered.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::Call;

/// `wizard.start`: begins, and asks the first question.
pub struct WizardStart;

impl Call for WizardStart {
    const NAME: &'static str = "wizard.start";
    type Params = WizardStartParams;
    type Output = WizardStartResult;
}

/// `wizard.next`: answers a question and gets the next one. Without an answer
/// the question that waits is asked again.
pub struct WizardNext;

impl Call for WizardNext {
    const NAME: &'static str = "wizard.next";
    type Params = WizardNextParams;
    type Output = WizardNextResult;
}

/// `wizard.cancel`: ends it; everything is as it was.
pub struct WizardCancel;

impl Call for WizardCancel {
    const NAME: &'static str = "wizard.cancel";
    type Params = WizardCancelParams;
    type Output = WizardStatusResult;
}

/// `wizard.status`: how far it is.
pub struct WizardStatus;

impl Call for WizardStatus {
    const NAME: &'static str = "wizard.status";
    type Params = WizardStatusParams;
    type Output = WizardStatusResult;
}

/// Params of `wizard.start`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WizardStartParams {
    /// What is set up: this gateway. Default `local`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<WizardMode>,
    /// Folder for the default agent's files. Default: the one that is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
    pub workspace: Option<String>,
}

/// What a wizard sets up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WizardMode {
    /// This gateway.
    Local,
    /// A client of a gateway elsewhere; not a matter of this wizard.
    Remote,
}

/// Result of `wizard.start`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WizardStartResult {
    /// Names the wizard in the calls that follow.
    pub session_id: String,
    /// Whether it is over.
    pub done: bool,
    /// The first question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<WizardStep>,
    /// How far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<WizardState>,
    /// Why it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Params of `wizard.next`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WizardNextParams {
    /// The wizard.
    #[schemars(length(min = 1, max = 128))]
    pub session_id: String,
    /// The answer to the question that waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<WizardAnswer>,
}

/// An answer. `Debug` does not show it: it may be a key.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WizardAnswer {
    /// The question that is answered.
    #[schemars(length(min = 1, max = 128))]
    pub step_id: String,
    /// The value of the chosen option, a text, true or false, by the kind of the question; none for a note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

impl fmt::Debug for WizardAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WizardAnswer({})", self.step_id)
    }
}

/// Result of `wizard.next`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WizardNextResult {
    /// Whether it is over: what was chosen is in force.
    pub done: bool,
    /// The next question; once it is over, something that only the client's side can do, if anything is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<WizardStep>,
    /// How far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<WizardState>,
    /// Why it ended without success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Params of `wizard.cancel`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WizardCancelParams {
    /// The wizard.
    #[schemars(length(min = 1, max = 128))]
    pub session_id: String,
}

/// Params of `wizard.status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WizardStatusParams {
    /// The wizard.
    #[schemars(length(min = 1, max = 128))]
    pub session_id: String,
}

/// Result of `wizard.cancel` and `wizard.status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WizardStatusResult {
    /// How far it is.
    pub status: WizardState,
    /// Why it ended without success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How far a wizard is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WizardState {
    /// It waits for an answer.
    Running,
    /// What was chosen is in force.
    Done,
    /// It was ended; everything is as it was.
    Cancelled,
    /// It failed; everything is as it was.
    Error,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WizardStep {
    /// Names it in the answer.
    pub id: String,
    /// How it is asked.
    #[serde(rename = "type")]
    pub kind: WizardStepKind,
    /// What it is about, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What is asked, and what the answers mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What can be chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<WizardOption>>,
    /// The answer that is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_value: Option<Value>,
    /// An example of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// Whether the answer is a secret, which must not be shown while it is typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitive: Option<bool>,
    /// Who does it: `action` steps of the client are the client's to carry out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executor: Option<WizardExecutor>,
}

/// How a question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WizardStepKind {
    /// Something to read; no answer.
    Note,
    /// One of `options`.
    Select,
    /// A text.
    Text,
    /// True or false.
    Confirm,
    /// Several of `options`.
    Multiselect,
    /// Something takes a while.
    Progress,
    /// Something to do.
    Action,
}

/// One thing that can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WizardOption {
    /// What the answer carries.
    pub value: Value,
    /// Its name.
    pub label: String,
    /// What it means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Who carries out an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WizardExecutor {
    /// The gateway.
    Gateway,
    /// The client.
    Client,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_answer() {
        let answer = WizardAnswer { step_id: "key".into(), value: Some("sk-hunter2".into()) };
        let params = WizardNextParams { session_id: "w1".into(), answer: Some(answer) };
        let text = format!("{params:?}");
        assert!(text.contains("WizardAnswer(key)") && !text.contains("hunter2"), "{text}");
    }
}
