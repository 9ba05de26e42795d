//! Methods under `exec.`, and what their refusals say (`methods.md §8`).

mod approval;
mod approvals;

use postern_protocol::Dialect;
use postern_protocol::access::Scope;
use postern_protocol::error::{ErrorCode, ErrorShape};

use crate::approvals::ApprovalError;
use crate::rpc::{Cx, RpcError};

const NOT_FOUND: &str = "APPROVAL_NOT_FOUND";

/// A refusal in the words of the caller's generation.
fn refused(cx: &Cx, error: ApprovalError) -> RpcError {
    match (error, cx.principal().dialect) {
        (ApprovalError::Unknown, Dialect::V3) => RpcError::invalid("unknown approval id"),
        (error @ ApprovalError::Unknown, Dialect::V4) => {
            RpcError::invalid(error.to_string()).detail("reason", NOT_FOUND)
        }
        (error @ ApprovalError::AlreadyResolved, _) => {
            RpcError::invalid(error.to_string()).detail("reason", "APPROVAL_ALREADY_RESOLVED")
        }
        (ApprovalError::NotAnApprover, _) => RpcError::missing_scope(Scope::Approvals),
        (error @ ApprovalError::TooMany(_), _) => RpcError::unavailable(error.to_string()).retry_after(1_000),
        (error @ ApprovalError::NotRemembered(_), _) => RpcError::unavailable(error.to_string()),
        (ApprovalError::Store(error), _) => error.into(),
        (error, _) => RpcError::invalid(error.to_string()),
    }
}

/// The same where protocol 4 has a code of its own for it.
fn not_found(cx: &Cx, error: ApprovalError) -> RpcError {
    match (&error, cx.principal().dialect) {
        (ApprovalError::Unknown, Dialect::V4) => {
            ErrorShape::new(ErrorCode::ApprovalNotFound, error.to_string()).detail("reason", NOT_FOUND).into()
        }
        _ => refused(cx, error),
    }
}
