//! Conversations on the wire: messages, the events of a run, and the `chat.*`
//! methods (`methods.md §2`, `frames-and-events.md §5`).

mod event;
mod history;
mod inject;
mod levels;
mod message;
mod meta;
mod run;
mod send;

pub use event::*;
pub use history::*;
pub use inject::*;
pub use levels::*;
pub use message::*;
pub use meta::*;
pub use run::*;
pub use send::*;
