//! Nodes: devices that offer commands, what of that was approved, and calls of
//! their commands (`methods.md §6`, `frames-and-events.md §7`).

mod event;
mod invoke;
mod pair;
mod pending;
mod row;

pub use event::*;
pub use invoke::*;
pub use pair::*;
pub use pending::*;
pub use row::*;
