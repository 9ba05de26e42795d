//! Other things that could wait for somebody's answer. Nothing in the gateway
//! asks for them, so the lists are empty; clients read them when they start.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::{Call, NoParams};

/// `plugin.approval.list`: what plugins want approved.
pub struct PluginApprovalList;

impl Call for PluginApprovalList {
    const NAME: &'static str = "plugin.approval.list";
    type Params = NoParams;
    type Output = Vec<Value>;
}

/// `openclaw.approval.list`: what the vendor's own features want approved.
pub struct OpenclawApprovalList;

impl Call for OpenclawApprovalList {
    const NAME: &'static str = "openclaw.approval.list";
    type Params = NoParams;
    type Output = Vec<Value>;
}

/// `question.list`: what agents want to know.
pub struct QuestionList;

impl Call for QuestionList {
    const NAME: &'static str = "question.list";
    type Params = NoParams;
    type Output = QuestionListResult;
}

/// Result of `question.list`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct QuestionListResult {
    /// Questions that wait.
    pub questions: Vec<Value>,
}
