//! Which commands run on this computer: its own rules first, and what the gateway's people approved within them.
//!
//! - `file.rs`: `exec-approvals.json`, as people and gateways edit it.
//! - `asked.rs`: what was asked, so that what was approved is what runs.
//! - `judge.rs`: both together.

mod asked;
mod file;
mod judge;

pub(crate) use self::asked::Asked;
pub(crate) use self::file::{ApprovalsFile, Snapshot};
pub(crate) use self::judge::{Approval, Judge, Judged, modes};
