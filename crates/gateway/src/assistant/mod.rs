//! The commands of a chat, and the built-in assistant that answers while no
//! language model is connected.
//!
//! [`COMMANDS`] is the one table: parsing, `/help` and `commands.list` are made
//! from it. Commands work in every session, also with a model, and never reach
//! it. What they do to a session goes through [`CommandHost`], so nothing here
//! knows of runs; what a caller may not do is refused here and again by the
//! service that would do it.
//!
//! The built-in assistant is no model and says so: its answers are a function of
//! what was written and of a few facts, and never repeat what was written.
//!
//! | file | owns |
//! |---|---|
//! | `table.rs` | every command |
//! | `parse.rs` | command or not; stop words (pure) |
//! | `host.rs` | what commands need from the session they run in |
//! | `execute.rs` | from a command to its answer |
//! | `options.rs`, `show.rs`, `pairing.rs` | the answers by topic |
//! | `builtin.rs` | answers without a model (pure) |
//! | `wording.rs` | numbers, times and foreign texts for people (pure) |

mod builtin;
mod execute;
mod host;
mod options;
mod pairing;
mod parse;
mod show;
mod table;
#[cfg(test)]
mod tests;
mod wording;

pub use builtin::{AssistantFacts, reply};
pub use execute::{CommandCx, CommandReply, Effect, execute};
pub use host::{
    CommandHost, Compacted, Interrupted, ModelFact, PairingDecision, Setting, StatusFacts, ToolFact, UsageFacts,
    UsageLine,
};
pub use parse::{Command, is_stop, parse};
pub use table::{COMMANDS, CommandName, CommandSpec, entries};
