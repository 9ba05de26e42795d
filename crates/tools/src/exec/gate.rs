//! Who decides whether a command runs. The gateway's policy and approvals stand behind this border.

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt};

use super::plan::ExecPlan;

/// Decides about commands.
pub trait ExecGate: Send + Sync {
    /// May wait for a person. Dropped when the call is cancelled, which must count as no decision.
    fn decide(&self, plan: Arc<ExecPlan>) -> BoxFuture<'static, ExecDecision>;
}

/// The answer of a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExecDecision {
    /// This plan may run, once.
    Allowed,
    /// It may not.
    Denied {
        /// Told to the model.
        reason: String,
    },
}

/// The gate of a call that may run nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct DenyAll;

impl ExecGate for DenyAll {
    fn decide(&self, _plan: Arc<ExecPlan>) -> BoxFuture<'static, ExecDecision> {
        let reason = "commands are switched off here (`tools.exec.security`)".to_owned();
        std::future::ready(ExecDecision::Denied { reason }).boxed()
    }
}
