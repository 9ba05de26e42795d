//! What an agent may do: files, commands, web pages, MCP servers, each within its limits.
//!
//! - `tool.rs`: the [`Tool`] trait and what a call gets ([`ToolCx`]) and gives ([`ToolOutcome`]).
//! - `fs/`: `read`, `write`, `edit`, `list`, `search`, confined to a [`Workspace`].
//! - `exec/`: commands. An [`ExecPlan`] is made once, decided by an [`ExecGate`], and that very plan is executed.
//! - `web/`, `mcp/`: the outside.
//!
//! This crate knows nothing of the gateway: policy and approval come in through the gate, the environment through
//! [`ToolCx::base_env`], and a call ends when its token is cancelled or its future is dropped.

pub mod exec;
pub mod fs;
mod hex;
pub mod mcp;
pub mod tool;
pub mod web;

use std::sync::Arc;

pub use exec::{DenyAll, ExecDecision, ExecGate, ExecPlan, PlanError, PlanRequest, ProgramIdentity, command_line};
pub use fs::{Workspace, WorkspaceError};
pub use tool::{ExecLimits, Group, Progress, ProgressReceiver, Tool, ToolContent, ToolCx, ToolOutcome, ToolSpec};

/// The tools every agent can be given: `read`, `write`, `edit`, `list`, `search`, `exec`. `about_files` is added to what
/// the first five say about themselves: folders that are open to them besides the workspace ([`Workspace::share`]).
pub fn core_tools(about_files: &str) -> Vec<Arc<dyn Tool>> {
    let mut tools = fs::tools(about_files);
    tools.push(Arc::new(exec::ExecTool::new()));
    tools
}
