//! Which commands run, which are asked about and which are refused: the rules of
//! `methods.md §8`, the same for a gateway and for a node host. Pure.
//!
//! | file | owns |
//! |---|---|
//! | `decide.rs` | the rules applied to one command |
//! | `command.rs`, `carriers.rs`, `pattern.rs` | which commands an entry of the list covers |
//! | `words.rs` | whether a client calls a command what it is |
//! | `rules.rs` | rules as they are kept: checked, hashed, kept small |

mod carriers;
mod command;
mod decide;
mod pattern;
mod rules;
mod words;

pub use self::carriers::is_broad as is_broad_pattern;
pub use self::command::{Command, env_hash};
pub use self::decide::{ExecModes, ExecOverrides, Layers, Verdict, effective, listed, without_approver};
pub use self::pattern::is_usable as is_usable_pattern;
pub use self::rules::{check_rules, closed_rules, forget_oldest, note, rules_hash};
pub use self::words::shown_as;
