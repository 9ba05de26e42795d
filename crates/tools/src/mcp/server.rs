//! One server: connected when first needed, started again after a crash, and never more than one connection at a time.
//!
//! Whoever needs it finds the connection, or starts the one task that makes and watches it, and waits for the outcome.
//! The facts are in a mutex that is held for moments; the task tells about changes through a watch channel.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rmcp::model::Tool as ListedTool;
use rmcp::{Peer, RoleClient, ServiceError};
use serde::Serialize;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::config::{McpOptions, McpServerConfig, Secrets};
use super::connection::{self, Running};
use super::names::tool_names;
use super::stdio::Report;
use crate::web::tls::TlsRoots;

/// Calls in a row that may time out before the connection is given up.
const MAX_TIMEOUTS: u32 = 2;
/// The wait for a connection to end by itself when all end.
const CLOSE: Duration = Duration::from_secs(4);

/// What a server is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum McpState {
    /// Not needed yet, or ended and not needed since.
    Idle,
    /// Being started.
    Connecting,
    /// Connected.
    Ready,
    /// The last start failed.
    Failed,
    /// Shut down with the rest.
    Stopped,
}

/// What is known about a server.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct McpStatus {
    /// Its name in the configuration.
    pub name: String,
    /// Its name in the names of its tools.
    pub tool_prefix: String,
    /// `stdio` or `http`.
    pub transport: &'static str,
    /// What it is doing.
    pub state: McpState,
    /// How many tools it has listed.
    pub tools: usize,
    /// How often it has been started or connected to.
    pub starts: u64,
    /// What went wrong last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Milliseconds until it may be started again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_in_ms: Option<u64>,
}

/// A listed tool and the name it is offered under.
#[derive(Debug)]
pub(super) struct NamedTool {
    pub(super) name: String,
    pub(super) tool: ListedTool,
}

/// One server.
pub(super) struct Server {
    pub(super) config: McpServerConfig,
    pub(super) options: Arc<McpOptions>,
    /// Its part of the tools' names.
    pub(super) part: String,
    secrets: Secrets,
    tls: TlsRoots,
    facts: Mutex<Facts>,
    changed: watch::Sender<()>,
    tools_changed: Arc<Notify>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

struct Facts {
    state: McpState,
    peer: Option<Peer<RoleClient>>,
    report: Report,
    /// Ends the present connection.
    end: CancellationToken,
    tools: Arc<Vec<NamedTool>>,
    /// Whether it has ever listed its tools.
    listed: bool,
    error: Option<String>,
    retry_at: Option<Instant>,
    failures: u32,
    timeouts: u32,
    starts: u64,
}

/// A connection to call tools on.
pub(super) struct Link {
    pub(super) peer: Peer<RoleClient>,
    pub(super) report: Report,
}

/// What every server of one set shares.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) options: Arc<McpOptions>,
    pub(super) tls: TlsRoots,
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
}

impl Server {
    pub(super) fn new(config: McpServerConfig, part: String, shared: Shared) -> Self {
        let facts = Facts {
            state: McpState::Idle,
            peer: None,
            report: Report::default(),
            end: CancellationToken::new(),
            tools: Arc::default(),
            listed: false,
            error: None,
            retry_at: None,
            failures: 0,
            timeouts: 0,
            starts: 0,
        };
        Self {
            secrets: config.transport.secrets(),
            config,
            options: shared.options,
            part,
            tls: shared.tls,
            facts: Mutex::new(facts),
            changed: watch::Sender::new(()),
            tools_changed: Arc::default(),
            tasks: shared.tasks,
            stop: shared.stop,
        }
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Facts)) {
        change(&mut self.facts());
        self.changed.send_replace(());
    }

    /// `text` about this server, without secrets.
    pub(super) fn message(&self, text: &str) -> String {
        format!("MCP server {} {}", self.config.name, self.secrets.scrub(text))
    }

    pub(super) fn status(&self) -> McpStatus {
        let facts = self.facts();
        let retry =
            facts.retry_at.map(|at| at.saturating_duration_since(Instant::now())).filter(|wait| !wait.is_zero());
        McpStatus {
            name: self.config.name.clone(),
            tool_prefix: format!("mcp__{}__", self.part),
            transport: self.config.transport.kind(),
            state: facts.state,
            tools: facts.tools.len(),
            starts: facts.starts,
            error: facts.error.clone(),
            retry_in_ms: retry.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
        }
    }

    /// The tools it listed last, connected or not.
    pub(super) fn tools(&self) -> Arc<Vec<NamedTool>> {
        Arc::clone(&self.facts().tools)
    }

    /// Makes sure that its tools are known, unless a start has failed just now.
    pub(super) async fn learn_tools(self: &Arc<Self>) {
        let is_known = {
            let facts = self.facts();
            facts.listed && matches!(facts.state, McpState::Ready | McpState::Idle)
        };
        if !is_known {
            drop(self.link().await);
        }
    }

    /// The connection; made now if there is none.
    ///
    /// # Errors
    /// A message about this server.
    pub(super) async fn link(self: &Arc<Self>) -> Result<Link, String> {
        let mut changed = self.changed.subscribe();
        loop {
            if let Some(settled) = self.link_or_start() {
                return settled;
            }
            // The sender is in `self`.
            if changed.changed().await.is_err() {
                return Err(self.message("is gone"));
            }
        }
    }

    /// `None` while a connection is being made.
    fn link_or_start(self: &Arc<Self>) -> Option<Result<Link, String>> {
        let mut facts = self.facts();
        if self.stop.is_cancelled() {
            return Some(Err(self.message("has been shut down")));
        }
        match (facts.state, &facts.peer) {
            (McpState::Connecting, _) => return None,
            (McpState::Ready, Some(peer)) if !peer.is_transport_closed() => {
                return Some(Ok(Link { peer: peer.clone(), report: facts.report.clone() }));
            }
            // Its end is about to be noted by its task.
            (McpState::Ready, _) => return None,
            _ => {}
        }
        let wait = facts.retry_at.map(|at| at.saturating_duration_since(Instant::now())).unwrap_or_default();
        if !wait.is_zero() {
            let error = facts.error.clone().unwrap_or_else(|| self.message("failed"));
            return Some(Err(format!("{error} (it is tried again in {:.0?} at the earliest)", wait)));
        }
        facts.state = McpState::Connecting;
        facts.starts += 1;
        facts.report = Report::default();
        facts.end = self.stop.child_token();
        let (report, end) = (facts.report.clone(), facts.end.clone());
        drop(facts);
        drop(self.tasks.spawn(Arc::clone(self).run(report, end)));
        None
    }

    /// Makes a connection and stays with it until it ends.
    async fn run(self: Arc<Self>, report: Report, end: CancellationToken) {
        let connected = tokio::select! {
            biased;
            () = end.cancelled() => Err("has been shut down".to_owned()),
            made = tokio::time::timeout(self.options.connect_timeout, self.make(&report)) => made.unwrap_or_else(|_| {
                Err(format!("was not ready within {:?}", self.options.connect_timeout))
            }),
        };
        match connected {
            Ok(running) => {
                let peer = running.peer().clone();
                self.change(|facts| {
                    facts.state = McpState::Ready;
                    facts.peer = Some(peer);
                    facts.error = None;
                    facts.timeouts = 0;
                });
                self.watch(running, &end).await;
                self.ended(&report);
            }
            Err(problem) => self.failed(&problem),
        }
    }

    async fn make(&self, report: &Report) -> Result<Running, String> {
        let running =
            connection::connect(&self.config, &self.options, &self.tls, (report, &self.tools_changed)).await?;
        let listed = connection::list_tools(running.peer()).await;
        match listed {
            Ok(tools) => self.set_tools(tools),
            // A server may have prompts and resources only.
            Err(ServiceError::McpError(_)) => self.set_tools(Vec::new()),
            Err(problem) => return Err(connection::request_failed(&problem, report)),
        }
        Ok(running)
    }

    fn set_tools(&self, tools: Vec<ListedTool>) {
        let names = tool_names(&self.part, &tools.iter().map(|tool| tool.name.to_string()).collect::<Vec<_>>());
        let named = names.into_iter().zip(tools).map(|(name, tool)| NamedTool { name, tool }).collect();
        self.change(|facts| {
            facts.tools = Arc::new(named);
            facts.listed = true;
        });
    }

    async fn watch(&self, running: Running, end: &CancellationToken) {
        let peer = running.peer().clone();
        let stop_service = running.cancellation_token();
        let mut ended = std::pin::pin!(running.waiting());
        loop {
            tokio::select! {
                _ = &mut ended => return,
                () = end.cancelled() => break,
                () = self.tools_changed.notified() => self.list_again(&peer).await,
            }
        }
        stop_service.cancel();
        if tokio::time::timeout(CLOSE, ended).await.is_err() {
            tracing::warn!(server = %self.config.name, "an MCP server did not close in time");
        }
    }

    async fn list_again(&self, peer: &Peer<RoleClient>) {
        let listed = tokio::time::timeout(self.options.connect_timeout, connection::list_tools(peer)).await;
        match listed {
            Ok(Ok(tools)) => self.set_tools(tools),
            _ => tracing::warn!(server = %self.config.name, "its changed list of tools cannot be read"),
        }
    }

    /// A connection that was good once may be made again at once, but only once until it has proved itself.
    fn ended(&self, report: &Report) {
        let error = self.message(&report.text());
        let stopped = self.stop.is_cancelled();
        if !stopped {
            tracing::warn!("{error}");
        }
        self.change(|facts| {
            facts.state = if stopped { McpState::Stopped } else { McpState::Idle };
            facts.peer = None;
            facts.failures = facts.failures.saturating_add(1);
            facts.retry_at = self.next_start(facts.failures - 1);
            facts.error = Some(error);
        });
    }

    fn failed(&self, problem: &str) {
        let error = self.message(problem);
        let stopped = self.stop.is_cancelled();
        if !stopped {
            tracing::warn!("{error}");
        }
        self.change(|facts| {
            facts.state = if stopped { McpState::Stopped } else { McpState::Failed };
            facts.peer = None;
            facts.failures = facts.failures.saturating_add(1);
            facts.retry_at = self.next_start(facts.failures);
            facts.error = Some(error);
        });
    }

    fn next_start(&self, failures: u32) -> Option<Instant> {
        let doublings = failures.checked_sub(1)?.min(20);
        let wait = self.options.backoff.saturating_mul(1 << doublings).min(self.options.max_backoff);
        Instant::now().checked_add(wait)
    }

    /// Notes that a call was answered.
    pub(super) fn answered(&self) {
        let mut facts = self.facts();
        facts.failures = 0;
        facts.timeouts = 0;
    }

    /// Notes that a call was not answered in time; a server that does so repeatedly is started anew.
    pub(super) fn timed_out(&self) {
        let mut facts = self.facts();
        facts.timeouts += 1;
        if facts.timeouts >= MAX_TIMEOUTS && facts.state == McpState::Ready {
            facts.report.set_reason("it stopped answering");
            facts.end.cancel();
        }
    }

    /// Ends a connection that may only look alive; a program of this machine slept with it and goes on.
    pub(super) fn reconnect(&self) {
        let mut facts = self.facts();
        facts.failures = 0;
        facts.retry_at = None;
        if facts.state == McpState::Ready && self.config.transport.kind() == "http" {
            facts.report.set_reason("the machine slept");
            facts.end.cancel();
        }
    }

    /// Marks a server that never ran; one that runs is marked by its task.
    pub(super) fn stopped(&self) {
        self.change(|facts| facts.state = McpState::Stopped);
    }
}
