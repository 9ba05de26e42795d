//! A node host: connects to a gateway as a node, offers what this computer can do, and does it within the rules that
//! lie on this computer.
//!
//! | file | owns |
//! |---|---|
//! | `options.rs` | what the outside provides: addresses, keys, folders, environments |
//! | `host.rs` | the connection as people see it: states, pairing, coming back |
//! | `dispatch.rs` | calls under way: each once, with its deadline, ended when nobody waits |
//! | `link.rs` | one connection, and how answers leave through it |
//! | `machine.rs` | what this computer has and uses |
//! | `surface.rs` | what is offered: only what works here |
//! | `approvals/` | which commands run, kept in `exec-approvals.json` |
//! | `commands/` | one file per group of commands |
//! | `browser/` | Chromium over its own protocol, behind a proxy that keeps it in the public web |
//! | `media/` | camera, screen and place through programs of the system |
//!
//! Nothing is ambient: no environment, no home folder, no wall clock but those in [`NodeOptions`].

mod approvals;
mod browser;
mod commands;
mod dispatch;
mod host;
mod link;
mod machine;
mod media;
mod options;
mod refusal;
mod surface;

pub use host::{NodeEnd, NodeState, run};
pub use options::{BrowserOptions, CameraFolders, Capability, NodeOptions, WriteFile};
pub use surface::Surface;
