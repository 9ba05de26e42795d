//! Methods under `plugin.`.

mod approval;
