//! Methods under `plugin.`.

mod approval;
pub(super) mod surface;
