//! Methods under `commands.`.

mod list;
