//! MCP servers: their tools offered to agents like the core ones.
//!
//! - `config.rs`: what the owner says. `names.rs`: what models call the tools.
//! - `server.rs`: one server, its starts and its state. `connection.rs`: handshake and list of tools.
//! - `stdio.rs` with `lines.rs`, and `http.rs`: the two transports. `guard.rs`: what a server may send.
//! - `tool.rs` and `content.rs`: a call and what it gives back.

mod config;
mod connection;
mod content;
mod guard;
mod http;
mod lines;
mod names;
mod server;
mod stdio;
mod tool;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use config::{McpOptions, McpServerConfig, McpTransport};
pub use server::{McpState, McpStatus};

use self::server::{Server, Shared};
use self::tool::McpTool;
use crate::tool::Tool;
use crate::web::tls::TlsRoots;

/// The longest a shutdown waits for servers to end.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// All configured servers. Nothing runs until a tool is listed or called; everything ends with this value, and in good
/// order with [`McpServers::shutdown`].
pub struct McpServers {
    servers: Vec<Arc<Server>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl fmt::Debug for McpServers {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_list().entries(self.servers.iter().map(|server| &server.config)).finish()
    }
}

impl McpServers {
    /// Takes note of the servers.
    pub fn new(configs: Vec<McpServerConfig>, options: McpOptions) -> Self {
        let tasks = TaskTracker::new();
        let stop = CancellationToken::new();
        let shared =
            Shared { options: Arc::new(options), tls: TlsRoots::default(), tasks: tasks.clone(), stop: stop.clone() };
        let names: Vec<&str> = configs.iter().map(|config| config.name.as_str()).collect();
        let parts = names::server_parts(&names);
        let servers = configs
            .into_iter()
            .zip(parts)
            .map(|(config, part)| Arc::new(Server::new(config, part, shared.clone())))
            .collect();
        Self { servers, tasks, stop }
    }

    /// The tools of all servers. Servers that have not been asked yet are connected to, all at once, and waited for no
    /// longer than `wait`; the tools of slower ones are there at a later call.
    pub async fn tools(&self, wait: Duration) -> Vec<Arc<dyn Tool>> {
        let learning = join_all(self.servers.iter().map(|server| server.learn_tools()));
        if tokio::time::timeout(wait, learning).await.is_err() {
            tracing::debug!("some MCP servers are still starting");
        }
        self.known_tools()
    }

    /// The tools that servers have listed so far; starts nothing.
    pub fn known_tools(&self) -> Vec<Arc<dyn Tool>> {
        let mut tools: Vec<Arc<dyn Tool>> = Vec::new();
        for server in &self.servers {
            for named in server.tools().iter() {
                tools.push(Arc::new(McpTool::new(Arc::clone(server), named)));
            }
        }
        tools
    }

    /// What every server is doing, in the order of the configuration.
    pub fn status(&self) -> Vec<McpStatus> {
        self.servers.iter().map(|server| server.status()).collect()
    }

    /// Ends connections to servers elsewhere, so that the next call makes new ones, and forgets how long servers that
    /// failed were to be left alone. For a machine that slept.
    pub fn reconnect(&self) {
        self.servers.iter().for_each(|server| server.reconnect());
    }

    /// Ends every server. Calls under way fail, later ones too.
    pub async fn shutdown(&self) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(SHUTDOWN, self.tasks.wait()).await.is_err() {
            tracing::warn!("some MCP servers did not end in time");
        }
        for server in &self.servers {
            server.stopped();
        }
    }
}

impl Drop for McpServers {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
