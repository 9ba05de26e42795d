//! Methods under `agents.files.`.

mod get;
mod list;
mod set;
