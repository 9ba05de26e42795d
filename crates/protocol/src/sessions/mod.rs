//! Sessions on the wire: the row that lists show, and the `sessions.*` methods
//! and events (`methods.md §3`, `frames-and-events.md §6`).

mod change;
mod create;
mod event;
mod list;
mod look;
mod patch;
mod patched;
mod row;
mod search;
mod watch;

pub use change::*;
pub use create::*;
pub use event::*;
pub use list::*;
pub use look::*;
pub use patch::*;
pub use patched::*;
pub use row::*;
pub use search::*;
pub use watch::*;
