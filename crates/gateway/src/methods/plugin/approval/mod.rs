//! Methods under `plugin.approval.`.

mod list;
