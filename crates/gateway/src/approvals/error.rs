//! Why something about approvals was refused.

use crate::store::StoreError;

/// Why something about approvals was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    /// No such request, or it has expired.
    #[error("unknown or expired approval id")]
    Unknown,
    /// Somebody else was first.
    #[error("approval already resolved")]
    AlreadyResolved,
    /// Not an answer to this request.
    #[error("invalid decision: answer with {0}")]
    InvalidDecision(&'static str),
    /// The approver saw another plan.
    #[error("planHash is not that of this approval: list again and decide what is shown")]
    OtherPlan,
    /// The caller may not answer.
    #[error("only operators with operator.approvals answer approvals")]
    NotAnApprover,
    /// The name is in use, or was.
    #[error("approval id already pending")]
    IdTaken,
    /// Too many wait already.
    #[error("too many commands wait for an approval ({0}): answer or cancel one first")]
    TooMany(&'static str),
    /// More than can be shown.
    #[error("the command is too large to be approved: write it to a file and run that")]
    TooLarge,
    /// The rules were replaced with something else in between.
    #[error("exec approvals changed since last load; re-run exec.approvals.get and retry")]
    RulesChanged,
    /// The caller did not say which rules it read.
    #[error("exec approvals base hash required; re-run exec.approvals.get and retry")]
    BaseHashRequired,
    /// A rule that cannot be used; the text names it.
    #[error("{0}")]
    InvalidRules(String),
    /// It was allowed, but will be asked again.
    #[error("allowed once, but not remembered: {0}")]
    NotRemembered(StoreError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
