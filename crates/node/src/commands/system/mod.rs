//! `system.*`: commands of this computer, and what people here are told.

mod approvals;
mod notify;
mod params;
mod prepare;
mod run;
mod which;

pub(super) use self::approvals::{get as approvals_get, set as approvals_set};
pub(super) use self::notify::notify;
pub(super) use self::prepare::prepare;
pub(super) use self::run::run;
pub(super) use self::which::which;
