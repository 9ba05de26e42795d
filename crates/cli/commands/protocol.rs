//! `postern protocol schema`: the JSON Schemas of everything on the wire.

use super::Context;
use crate::args::{ProtocolArgs, ProtocolCommand};
use crate::exit::{Exit, Failure, Outcome};

pub(crate) fn run(cx: &Context, args: &ProtocolArgs) -> Outcome {
    match args.command {
        ProtocolCommand::Schema => {
            let bundle = postern_gateway::schemas::protocol().map_err(|error| Failure::new(Exit::Internal, error))?;
            cx.output.content(&bundle, || Ok(format!("{bundle:#}")))
        }
    }
}
