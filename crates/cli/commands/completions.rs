//! `postern completions`: what a shell needs to complete commands and flags.

use clap::CommandFactory as _;

use super::Context;
use crate::args::{Cli, CompletionsArgs};
use crate::exit::{Exit, Failure, Outcome};
use serde_json::json;

pub(crate) fn run(cx: &Context, args: &CompletionsArgs) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "postern", &mut script);
    let script = String::from_utf8(script).map_err(|error| Failure::new(Exit::Internal, error.to_string()))?;
    cx.output.content(&json!({"shell": args.shell.to_string(), "script": script}), || Ok(script.clone()))
}
