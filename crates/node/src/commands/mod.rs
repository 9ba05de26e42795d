//! What a call does. Each command is a function of its params; which of them this computer has is `surface.rs`.

mod camera;
mod canvas;
mod fs;
mod location;
mod screen;
mod system;

pub(crate) use self::camera::is_there as camera_is_there;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::approvals::Judge;
use crate::browser::Browser;
use crate::link::Link;
use crate::options::NodeOptions;
use crate::refusal::{Outcome, Refusal};
use crate::surface::Surface;

/// What every command works with.
pub(crate) struct Host {
    pub(crate) options: NodeOptions,
    pub(crate) surface: Surface,
    pub(crate) judge: Judge,
    /// Steered by `browser.proxy`; kept in the public web.
    pub(crate) browser: Browser,
    /// Shows the canvas; reaches the gateway too.
    pub(crate) canvas: Browser,
}

/// One call.
pub(crate) struct Invoke {
    pub(crate) id: String,
    pub(crate) command: String,
    pub(crate) params: Value,
    pub(crate) session_key: Option<String>,
    pub(crate) link: Link,
    /// Nobody waits any more.
    pub(crate) cancel: CancellationToken,
    /// How long whoever called waits.
    pub(crate) limit: Duration,
}

impl Host {
    /// Does what was asked for.
    pub(crate) async fn perform(self: &Arc<Self>, call: &Invoke) -> Outcome {
        if !self.surface.commands.contains(&call.command) {
            return Err(Refusal::unsupported(format!("{} is not offered on this computer", call.command)));
        }
        match call.command.as_str() {
            "system.run" => system::run(self, call).await,
            "system.run.prepare" => system::prepare(self, call).await,
            "system.which" => system::which(self, call).await,
            "system.notify" => system::notify(self, call).await,
            "system.execApprovals.get" => system::approvals_get(self).await,
            "system.execApprovals.set" => system::approvals_set(self, call).await,
            "fs.listDir" => fs::list_dir(self, call).await,
            "browser.proxy" => self.browser.serve(&call.params).await,
            "camera.list" => camera::list(self).await,
            "camera.snap" => camera::snap(self, call).await,
            "camera.clip" => camera::clip(self, call).await,
            "screen.snapshot" => screen::snapshot(self, call).await,
            "screen.record" => screen::record(self, call).await,
            "location.get" => location::get(self, call).await,
            command if command.starts_with("canvas.") => canvas::perform(self, call).await,
            _ => Err(Refusal::unsupported(format!("{} is not known here", call.command))),
        }
    }

    /// Ends what outlives single calls.
    pub(crate) async fn stop(&self) {
        self.browser.stop().await;
        self.canvas.stop().await;
    }
}

/// Does what looks at the disk on a thread that may block.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Outcome<T> + Send + 'static) -> Outcome<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Refusal::failed(format!("it failed inside: {error}")))?
}
