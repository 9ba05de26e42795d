//! Agents on the wire: who answers, their files, and the commands of a chat
//! (`methods.md §2, §4`).

mod change;
mod commands;
mod files;
mod list;

pub use change::*;
pub use commands::*;
pub use files::*;
pub use list::*;
