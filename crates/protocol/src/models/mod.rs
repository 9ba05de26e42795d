//! Language models: which there are, whether they can be used, and their keys
//! (`methods.md §4`).

mod auth;
mod list;
mod probe;

pub use auth::*;
pub use list::*;
pub use probe::*;
