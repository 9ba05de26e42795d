//! Methods under `openclaw.approval.`.

mod list;
