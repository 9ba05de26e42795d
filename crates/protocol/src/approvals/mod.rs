//! Approval of commands: what approvers are shown, what they answer, and the
//! rules that decide without them (`methods.md §8`, `frames-and-events.md §7`).

mod decide;
mod event;
mod rules;
mod waiting;

pub use decide::*;
pub use event::*;
pub use rules::*;
pub use waiting::*;
