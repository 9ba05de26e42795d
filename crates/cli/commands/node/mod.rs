//! `postern node …`: this computer as a node of a gateway.
//!
//! | file | owns |
//! |---|---|
//! | `target.rs` | which gateway, and what is offered: flags, setup codes, what was said last time |
//! | `place.rs` | the folder of the node host: its lock, its state, its rules |
//! | `run.rs` | running it, and telling how it is |
//! | `desktop.rs` | what the desktop app needs to be a node itself |
//! | `service.rs` | having it run: install, stop, restart, uninstall, status |

mod desktop;
mod place;
mod run;
mod service;
mod target;

pub(crate) use self::desktop::desktop_options;
pub(crate) use self::place::lock_path;

use super::Context;
use crate::args::{NodeArgs, NodeCommand};
use crate::exit::Outcome;

pub(crate) async fn run(cx: &Context, args: &NodeArgs) -> Outcome {
    match &args.command {
        NodeCommand::Run(args) => run::run(cx, args).await,
        NodeCommand::Install(args) => service::install(cx, args).await,
        NodeCommand::Status => service::status(cx),
        NodeCommand::Stop => service::stop(cx).await,
        NodeCommand::Restart => service::restart(cx).await,
        NodeCommand::Uninstall => service::uninstall(cx).await,
    }
}
