//! Commands: planned, decided on by a gate, executed as planned, and ended with everything they started.

mod capture;
mod env;
mod gate;
#[cfg(unix)]
mod group;
#[cfg(unix)]
#[cfg_attr(target_os = "linux", path = "members_linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "members_other.rs")]
mod members;
mod output;
mod pipe;
mod plan;
pub mod policy;
#[cfg_attr(unix, path = "process_unix.rs")]
#[cfg_attr(windows, path = "process_windows.rs")]
mod process;
mod program;
mod pty;
mod quote;
mod run;
mod tool;

pub use capture::Captured;
pub use env::EnvError;
pub use gate::{DenyAll, ExecDecision, ExecGate};
pub use pipe::Errors;
pub use plan::{ExecPlan, PlanError, PlanRequest, Stale};
pub use process::Status;
pub use program::{ProgramError, ProgramIdentity, find_program};
pub use quote::join as command_line;
pub use run::{Ending, Finished, RunLimits, StartError, execute};
pub(crate) use tool::ExecTool;
