//! The rules that decide about commands before anybody is asked. They travel both
//! ways, open to the gateway and exact from it, so their schemas have no name.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::{Call, NoParams};
use crate::ids::NodeRef;
use crate::nodes::NodeIdParams;

/// Which commands run at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExecSecurityMode {
    /// None.
    Deny,
    /// Those on the list, and those that somebody approves.
    Allowlist,
    /// All.
    Full,
}

impl ExecSecurityMode {
    /// Every mode, strictest first.
    pub const ALL: [Self; 3] = [Self::Deny, Self::Allowlist, Self::Full];

    /// The wire word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Allowlist => "allowlist",
            Self::Full => "full",
        }
    }

    /// Reads the wire word, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

/// When somebody is asked about a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExecAskMode {
    /// Never: what is not on the list does not run.
    Off,
    /// When it is not on the list.
    OnMiss,
    /// Always.
    Always,
}

impl ExecAskMode {
    /// Every mode, least asking first.
    pub const ALL: [Self; 3] = [Self::Off, Self::OnMiss, Self::Always];

    /// The wire word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::OnMiss => "on-miss",
            Self::Always => "always",
        }
    }

    /// Reads the wire word, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

/// Rules for commands: of the gateway, or of a node host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct ExecRules {
    /// Always 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// Socket of a companion program, without its token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub socket: Option<ExecRulesSocket>,
    /// For every agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defaults: Option<ExecRuleSet>,
    /// For one agent each; `*` is for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agents: Option<BTreeMap<String, ExecAgentRules>>,
}

/// Socket of a companion program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct ExecRulesSocket {
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub path: Option<String>,
}

/// Modes; what is absent is decided elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct ExecRuleSet {
    /// Which commands run at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security: Option<ExecSecurityMode>,
    /// When somebody is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<ExecAskMode>,
    /// What holds while nobody is connected who could be asked. Default `deny`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_fallback: Option<ExecSecurityMode>,
    /// Whether programs of skills count as listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_allow_skills: Option<bool>,
}

/// Modes of one agent and its list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct ExecAgentRules {
    /// Its modes.
    #[serde(flatten)]
    pub modes: ExecRuleSet,
    /// Commands that run without asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub allowlist: Option<Vec<AllowlistEntry>>,
}

/// Commands that run without asking.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct AllowlistEntry {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub id: Option<String>,
    /// The absolute path of a program, `*` standing for part of a name and `**`
    /// for any folders; or `command:` and the hash of one exact command.
    #[schemars(length(max = 4096))]
    pub pattern: String,
    /// Epoch milliseconds of its last use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<i64>,
    /// The last command it let through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub last_used_command: Option<String>,
    /// The program of that command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub last_resolved_path: Option<String>,
}

/// `exec.approvals.get`: the rules of the gateway.
pub struct ExecApprovalsGet;

impl Call for ExecApprovalsGet {
    const NAME: &'static str = "exec.approvals.get";
    type Params = NoParams;
    type Output = ExecRulesResult;
}

/// `exec.approvals.set`: replaces the rules of the gateway.
pub struct ExecApprovalsSet;

/// Params of `exec.approvals.set`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecApprovalsSetParams {
    /// The new rules, whole.
    pub file: ExecRules,
    /// `hash` of the rules that were read; required when there are rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub base_hash: Option<String>,
}

impl Call for ExecApprovalsSet {
    const NAME: &'static str = "exec.approvals.set";
    type Params = ExecApprovalsSetParams;
    type Output = ExecRulesResult;
}

/// `exec.approvals.node.get`: reads the rules that a node keeps itself.
pub struct ExecApprovalsNodeGet;

impl Call for ExecApprovalsNodeGet {
    const NAME: &'static str = "exec.approvals.node.get";
    type Params = NodeIdParams;
    type Output = NodeExecRules;
}

/// The rules in the node's own words: path, exists, hash and file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct NodeExecRules {
    /// Whatever the node answered.
    #[serde(flatten)]
    pub answer: Map<String, Value>,
}

/// `exec.approvals.node.set`: replaces the rules that a node keeps itself.
pub struct ExecApprovalsNodeSet;

/// Params of `exec.approvals.node.set`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecApprovalsNodeSetParams {
    /// The node.
    pub node_id: NodeRef,
    /// The new rules, whole, in the node's words.
    pub file: Map<String, Value>,
    /// `hash` of the rules that were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub base_hash: Option<String>,
}

impl Call for ExecApprovalsNodeSet {
    const NAME: &'static str = "exec.approvals.node.set";
    type Params = ExecApprovalsNodeSetParams;
    type Output = NodeExecRules;
}

/// Result of `exec.approvals.get` and `exec.approvals.set`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecRulesResult {
    /// Where the rules are kept.
    pub path: String,
    /// Whether rules were ever set.
    pub exists: bool,
    /// Hex SHA-256 of the rules, to be sent as `baseHash`.
    pub hash: String,
    /// The rules.
    pub file: ExecRules,
    /// What holds where the rules say nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_defaults: Option<ResolvedRules>,
}

/// Modes with nothing left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResolvedRules {
    /// Which commands run at all.
    pub security: ExecSecurityMode,
    /// When somebody is asked.
    pub ask: ExecAskMode,
    /// What holds while nobody can be asked.
    pub ask_fallback: ExecSecurityMode,
    /// Whether programs of skills count as listed.
    pub auto_allow_skills: bool,
}
