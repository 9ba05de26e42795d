//! What agents may do: every tool there is, and which of them one agent gets in
//! one conversation (`methods.md §12`, `http.md §5`).
//!
//! | file | owns |
//! |---|---|
//! | `policy.rs` | allow and deny lists (pure) |
//! | `settings.rs` | the configuration as the tools read it |
//! | `sessions.rs` | tools that see other conversations of the same agent |
//! | `catalog.rs` | tools as clients are shown them |

mod catalog;
mod policy;
mod sessions;
mod settings;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use postern_tools::mcp::{McpOptions, McpServers};
use postern_tools::web::web_tools;
use postern_tools::{Group, Tool, core_tools};

use self::policy::permits;
use self::sessions::Conversations;
use crate::agents::{AgentProfile, Agents};
use crate::approvals::overrides_of;
use crate::config::{Config, ExecSecurity, LiveConfig};
use crate::runs::Runs;
use crate::sessions::{SessionRecord, Sessions};
use crate::starts::Starts;
use postern_protocol::approvals::ExecSecurityMode;

/// How long a list of tools waits for MCP servers that still start; those that
/// take longer are there the next time.
const MCP_PATIENCE: Duration = Duration::from_secs(3);

/// Handle to every tool there is.
#[derive(Clone)]
pub struct ToolRegistry(Arc<Shared>);

struct Shared {
    config: LiveConfig,
    built: Mutex<Arc<Built>>,
    conversations: Conversations,
    base_env: Arc<BTreeMap<String, String>>,
    canvas: Option<PathBuf>,
    starts: Starts,
}

/// What the configuration brings.
struct Built {
    own: Vec<Arc<dyn Tool>>,
    mcp: Arc<McpServers>,
}

impl Built {
    fn of(config: &Config, base_env: &BTreeMap<String, String>, canvas: Option<&Path>) -> Self {
        let mut own = core_tools(&settings::about_files(canvas));
        own.extend(web_tools(&settings::web(&config.tools.web)));
        let options = McpOptions { base_env: base_env.clone(), ..McpOptions::default() };
        Self { own, mcp: Arc::new(McpServers::new(settings::mcp(&config.mcp), options)) }
    }
}

impl fmt::Debug for ToolRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolRegistry").finish_non_exhaustive()
    }
}

impl ToolRegistry {
    /// Everything that the configuration brings. No server is started yet.
    /// `base_env` is what commands and servers get as their environment.
    #[must_use]
    pub fn new(
        config: LiveConfig,
        sessions: &Sessions,
        agents: &Agents,
        base_env: &BTreeMap<String, String>,
        starts: Starts,
    ) -> Self {
        // Where it is stays until the next start.
        let canvas = agents.canvas_root();
        let built = Mutex::new(Arc::new(Built::of(&config.now(), base_env, canvas.as_deref())));
        let conversations = Conversations::new(sessions.clone(), agents.clone());
        let base_env = Arc::new(base_env.clone());
        Self(Arc::new(Shared { config, built, conversations, base_env, canvas, starts }))
    }

    /// Takes the servers and web settings of the configuration in force. Servers
    /// that are gone or changed end; calls to them fail.
    pub async fn reconfigure(&self, before: &Config) {
        let config = self.0.config.now();
        if config.mcp == before.mcp && config.tools.web == before.tools.web {
            return;
        }
        let mut next = Built::of(&config, &self.0.base_env, self.0.canvas.as_deref());
        let gone = {
            let mut built = self.0.built.lock().unwrap_or_else(PoisonError::into_inner);
            if config.mcp == before.mcp {
                next.mcp = Arc::clone(&built.mcp);
            }
            std::mem::replace(&mut *built, Arc::new(next))
        };
        if config.mcp != before.mcp {
            gone.mcp.shutdown().await;
        }
    }

    fn built(&self) -> Arc<Built> {
        Arc::clone(&self.0.built.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets tools begin runs. Until then those that would are not there.
    pub fn tell_runs(&self, runs: Runs) {
        self.0.conversations.tell_runs(runs);
    }

    /// What commands get as their environment.
    #[must_use]
    pub fn base_env(&self) -> Arc<BTreeMap<String, String>> {
        Arc::clone(&self.0.base_env)
    }

    /// Every tool, whoever may use it, by name.
    pub async fn all(&self) -> Vec<Arc<dyn Tool>> {
        self.of(&SessionRecord::default()).await
    }

    /// The tools that an agent gets in a conversation, by name: the order is the
    /// same every time, so that a provider can keep the prompt.
    pub async fn effective(&self, agent: &AgentProfile, session: &SessionRecord) -> Vec<Arc<dyn Tool>> {
        let config = self.0.config.now();
        let layers = [&config.tools.policy, &agent.tools];
        let runs_commands = self.runs_commands(session);
        let mut tools = self.of(session).await;
        tools.retain(|tool| {
            let spec = tool.spec();
            permits(&layers, &spec.name, spec.group) && (runs_commands || spec.group != Group::Runtime)
        });
        tools
    }

    /// A tool that could only refuse is not offered.
    fn runs_commands(&self, session: &SessionRecord) -> bool {
        let said = overrides_of(session).security;
        let of_config = self.0.config.now().tools.exec.security != ExecSecurity::Deny;
        said.map_or(of_config, |security| security != ExecSecurityMode::Deny)
    }

    async fn of(&self, session: &SessionRecord) -> Vec<Arc<dyn Tool>> {
        // After crashes there are none: one of them may be what ended the gateway.
        if self.0.starts.holds_back() {
            return Vec::new();
        }
        let built = self.built();
        let mut tools = built.own.clone();
        tools.extend(self.0.conversations.tools(session));
        tools.extend(built.mcp.tools(MCP_PATIENCE).await);
        tools.sort_by(|a, b| a.spec().name.cmp(&b.spec().name));
        // A server cannot take the name of a tool of our own: those come first.
        tools.dedup_by(|later, first| later.spec().name == first.spec().name);
        tools
    }

    /// Makes connections to MCP servers elsewhere anew, and lets those that failed
    /// be tried at once: after a sleep old connections only look alive.
    pub fn reconnect(&self) {
        self.built().mcp.reconnect();
    }

    /// Ends the servers.
    pub async fn shutdown(&self) {
        self.0.conversations.forget_runs();
        self.built().mcp.shutdown().await;
    }
}
