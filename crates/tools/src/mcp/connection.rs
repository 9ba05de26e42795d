//! Making a connection: transport, handshake, the list of tools.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;

use rmcp::model::{
    ClientCapabilities, ClientConfig, Implementation, PaginatedRequestParams, ProtocolVersion, Tool as ListedTool,
};
use rmcp::service::{
    ClientInitializeError, ClientLifecycleMode, ClientServiceExt, NotificationContext, RunningService,
};
use rmcp::{ClientHandler, Peer, RoleClient, ServiceError};
use tokio::sync::Notify;

use super::config::{McpOptions, McpServerConfig, McpTransport};
use super::http::HttpTransport;
use super::stdio::{Launch, Report, StdioTransport};
use crate::web::fetch::causes;
use crate::web::tls::TlsRoots;

/// Tools of one server that are offered.
const MAX_TOOLS: usize = 256;
/// Pages of its list that are read.
const MAX_PAGES: usize = 64;
/// Larger argument schemas are not offered to a model.
const MAX_SCHEMA: usize = 64 * 1024;

/// Our side of the protocol: who we are, and an ear for changes of the list.
#[derive(Debug, Clone)]
pub(super) struct Client {
    info: ClientConfig,
    tools_changed: Arc<Notify>,
}

impl Client {
    fn new(version: ProtocolVersion, tools_changed: Arc<Notify>) -> Self {
        let implementation = Implementation::new("postern", env!("CARGO_PKG_VERSION"));
        let info = ClientConfig::new(ClientCapabilities::default(), implementation).with_protocol_version(version);
        Self { info, tools_changed }
    }
}

impl ClientHandler for Client {
    fn get_info(&self) -> ClientConfig {
        self.info.clone()
    }

    async fn on_tool_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.tools_changed.notify_one();
    }
}

/// A server that has shaken hands.
pub(super) type Running = RunningService<RoleClient, Client>;

/// Connects to a server, with the handshake of today's servers first and the newer one without `initialize` where a
/// server refuses that.
///
/// # Errors
/// Words that follow the server's name; values of the configuration are still in them.
pub(super) async fn connect(
    config: &McpServerConfig,
    options: &McpOptions,
    tls: &TlsRoots,
    (report, tools_changed): (&Report, &Arc<Notify>),
) -> Result<Running, String> {
    let refused = match attempt(config, options, tls, (report, tools_changed), false).await? {
        Ok(running) => return Ok(running),
        Err(problem) => problem,
    };
    if !matches!(refused, ClientInitializeError::JsonRpcError(_)) {
        return Err(handshake_failed(&refused, report));
    }
    let second = attempt(config, options, tls, (report, tools_changed), true).await?;
    second.map_err(|_| handshake_failed(&refused, report))
}

type Handshake = Result<Running, ClientInitializeError>;

async fn attempt(
    config: &McpServerConfig,
    options: &McpOptions,
    tls: &TlsRoots,
    (report, tools_changed): (&Report, &Arc<Notify>),
    without_initialize: bool,
) -> Result<Handshake, String> {
    let (version, mode) = if without_initialize {
        let version = ProtocolVersion::LATEST;
        (version.clone(), ClientLifecycleMode::Discover { preferred_versions: vec![version] })
    } else {
        (ProtocolVersion::LATEST_WITH_INITIALIZE, ClientLifecycleMode::Initialize)
    };
    let client = Client::new(version, Arc::clone(tools_changed));
    let running = match &config.transport {
        McpTransport::Stdio { command, args, env, cwd } => {
            let mut whole_env = options.base_env.clone();
            whole_env.extend(env.clone());
            let cwd = cwd.as_deref();
            let launch = Launch { command, args, env: whole_env, cwd, kill_grace: options.kill_grace };
            let transport = StdioTransport::start(launch, report.clone())
                .map_err(|problem| format!("cannot be started: {command}: {problem}"))?;
            Box::pin(client.serve_with_lifecycle(transport, mode)).await
        }
        McpTransport::Http { url, headers } => {
            let transport = HttpTransport::prepare(url, headers, tls, report.clone()).await?;
            Box::pin(client.serve_with_lifecycle(transport, mode)).await
        }
    };
    Ok(running)
}

fn handshake_failed(problem: &ClientInitializeError, report: &Report) -> String {
    match problem {
        ClientInitializeError::ConnectionClosed(_) => format!("{} during the handshake", report.text()),
        ClientInitializeError::JsonRpcError(error) => format!("refused the handshake: {}", cut(&error.message)),
        ClientInitializeError::TransportError { error, .. } => transport_failed(error),
        other => format!("failed the handshake: {}", cut(&other.to_string())),
    }
}

/// What a call or a list failed with, in words that follow the server's name.
pub(super) fn request_failed(problem: &ServiceError, report: &Report) -> String {
    match problem {
        ServiceError::McpError(error) => format!("answered with error {}: {}", error.code.0, cut(&error.message)),
        ServiceError::TransportClosed => report.text(),
        ServiceError::TransportSend(error) => transport_failed(error),
        ServiceError::UnexpectedResponse => "gave an answer of another kind than asked for".into(),
        other => cut(&other.to_string()),
    }
}

fn transport_failed(error: &(dyn Error + 'static)) -> String {
    let text = causes(error);
    if ["HTTP 301", "HTTP 302", "HTTP 303", "HTTP 307", "HTTP 308"].iter().any(|status| text.contains(status)) {
        return "redirects to another address, and redirects are not followed, so that its headers stay with it: \
                put the final address into url"
            .into();
    }
    format!("cannot be reached: {}", cut(&text))
}

fn cut(text: &str) -> String {
    let mut short: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(1000).collect();
    if short.len() < text.len() && short.chars().count() == 1000 {
        short.push('…');
    }
    short
}

/// The tools of a server: named, unique, with a schema of a reasonable size, and not more than 256.
///
/// # Errors
/// See [`ServiceError`].
pub(super) async fn list_tools(peer: &Peer<RoleClient>) -> Result<Vec<ListedTool>, ServiceError> {
    let mut tools = Vec::new();
    let mut names = BTreeSet::new();
    let mut cursor = None;
    for _ in 0..MAX_PAGES {
        let mut params = PaginatedRequestParams::default();
        params.cursor = cursor.take();
        let page = peer.list_tools(Some(params)).await?;
        for tool in page.tools {
            if tools.len() >= MAX_TOOLS {
                tracing::warn!("an MCP server has more than {MAX_TOOLS} tools; the rest is not offered");
                return Ok(tools);
            }
            if is_offered(&tool) && names.insert(tool.name.to_string()) {
                tools.push(tool);
            }
        }
        match page.next_cursor {
            Some(next) if !next.is_empty() => cursor = Some(next),
            _ => break,
        }
    }
    Ok(tools)
}

fn is_offered(tool: &ListedTool) -> bool {
    let schema = serde_json::to_string(&*tool.input_schema).map_or(usize::MAX, |schema| schema.len());
    let offered = !tool.name.is_empty() && tool.name.len() <= 256 && schema <= MAX_SCHEMA;
    if !offered {
        tracing::warn!(tool = %cut(&tool.name), schema, "a tool of an MCP server has no usable name or too large a schema");
    }
    offered
}
