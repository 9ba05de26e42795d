//! What models took: the daily limits and how far they are, and reports by day,
//! model, agent and session (`methods.md §3, §12`).

mod cost;
mod limits;
mod sessions;
mod status;

pub use cost::*;
pub use limits::*;
pub use sessions::*;
pub use status::*;
