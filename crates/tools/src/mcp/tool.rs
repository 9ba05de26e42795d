//! A tool of an MCP server as a tool of an agent.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use rmcp::model::{CallToolRequestParams, CallToolResponse, Tool as ListedTool};
use serde_json::{Map, Value, json};

use super::connection::request_failed;
use super::content;
use super::server::{NamedTool, Server};
use crate::tool::{Group, Tool, ToolCx, ToolOutcome, ToolSpec};

/// Characters of a description.
const MAX_DESCRIPTION: usize = 4000;

/// One tool of one server.
pub(super) struct McpTool {
    spec: ToolSpec,
    server: Arc<Server>,
    /// Its name on the server.
    tool: Cow<'static, str>,
}

impl McpTool {
    pub(super) fn new(server: Arc<Server>, named: &NamedTool) -> Self {
        let tool = &named.tool;
        let annotations = tool.annotations.as_ref();
        let label = tool.title.clone().or_else(|| annotations.and_then(|annotations| annotations.title.clone()));
        let spec = ToolSpec {
            name: Cow::Owned(named.name.clone()),
            label: shortened(&label.unwrap_or_else(|| tool.name.to_string()), 100),
            description: shortened(tool.description.as_deref().unwrap_or_default(), MAX_DESCRIPTION),
            group: Group::Mcp,
            input_schema: schema(tool),
            source: format!("mcp:{}", server.config.name),
        };
        Self { spec, server, tool: tool.name.clone() }
    }
}

/// Providers refuse schemas that are not of an object.
fn schema(tool: &ListedTool) -> Value {
    let mut schema = (*tool.input_schema).clone();
    if schema.get("type") != Some(&json!("object")) {
        schema.insert("type".into(), json!("object"));
    }
    if !schema.get("properties").is_some_and(Value::is_object) {
        schema.insert("properties".into(), json!({}));
    }
    Value::Object(schema)
}

fn shortened(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\n').take(most).collect()
}

impl Tool for McpTool {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, cx: ToolCx, args: Value) -> BoxFuture<'static, ToolOutcome> {
        let server = Arc::clone(&self.server);
        let tool = self.tool.clone();
        let name = self.spec.name.clone();
        Box::pin(async move {
            let arguments = match args {
                Value::Object(arguments) => arguments,
                Value::Null => Map::new(),
                _ => return ToolOutcome::error(format!("{name}: the arguments must be an object")),
            };
            let params = CallToolRequestParams::new(tool).with_arguments(arguments);
            let limit = server.options.call_timeout;
            tokio::select! {
                biased;
                () = cx.cancel.cancelled() => ToolOutcome::error(format!("{name}: cancelled")),
                // A call that is dropped is cancelled on the server by the SDK.
                called = tokio::time::timeout(limit, call(&server, params)) => called.unwrap_or_else(|_| {
                    unanswered(&server, limit)
                }),
            }
        })
    }
}

fn unanswered(server: &Server, limit: Duration) -> ToolOutcome {
    server.timed_out();
    ToolOutcome::error(server.message(&format!("did not answer within {limit:?}")))
}

async fn call(server: &Arc<Server>, params: CallToolRequestParams) -> ToolOutcome {
    let link = match server.link().await {
        Ok(link) => link,
        Err(problem) => return ToolOutcome::error(problem),
    };
    let answer = match link.peer.call_tool_once(params).await {
        Ok(answer) => answer,
        Err(problem) => {
            if matches!(problem, rmcp::ServiceError::McpError(_)) {
                server.answered();
            }
            return ToolOutcome::error(server.message(&request_failed(&problem, &link.report)));
        }
    };
    server.answered();
    match answer {
        CallToolResponse::Complete(result) => content::outcome(result, server.options.max_output_bytes),
        CallToolResponse::InputRequired(_) => {
            ToolOutcome::error(server.message("asks for further input, which is not supported"))
        }
        _ => ToolOutcome::error(server.message("wants to finish later, which is not supported")),
    }
}
