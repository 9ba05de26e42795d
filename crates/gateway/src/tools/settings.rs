//! The configuration as the tools read it.

use std::path::Path;

use postern_tools::mcp::{McpServerConfig, McpTransport as Transport};
use postern_tools::web::WebOptions;

use crate::config::{McpServer, McpTransport, WebFetch};

pub(super) fn web(fetch: &WebFetch) -> WebOptions {
    WebOptions {
        enabled: fetch.enabled,
        max_bytes: fetch.max_bytes,
        timeout: fetch.timeout,
        allow_private: fetch.allow_private.clone(),
    }
}

/// What file tools say about the canvas.
pub(super) fn about_files(canvas: Option<&Path>) -> String {
    let Some(canvas) = canvas else { return String::new() };
    format!(
        " The folder {} is open as well, by its whole path: it is the canvas, whose files are shown to people as web pages \
         (index.html first), on connected devices too.",
        canvas.display()
    )
}

pub(super) fn mcp(servers: &[McpServer]) -> Vec<McpServerConfig> {
    servers.iter().map(|server| McpServerConfig { name: server.name.clone(), transport: transport(server) }).collect()
}

fn transport(server: &McpServer) -> Transport {
    match &server.transport {
        McpTransport::Stdio { command, args, env, cwd } => Transport::Stdio {
            command: command.clone(),
            args: args.clone(),
            env: env.iter().cloned().collect(),
            cwd: cwd.clone(),
        },
        McpTransport::Http { url, headers } => {
            Transport::Http { url: url.to_string(), headers: headers.iter().cloned().collect() }
        }
    }
}
