//! Methods under `sessions.groups.`.

mod list;
