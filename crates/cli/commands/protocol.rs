//! `postern protocol schema`: the JSON Schemas of everything on the wire.

use super::Context;
use crate::args::{ProtocolArgs, ProtocolCommand};
use crate::exit::Outcome;

pub(crate) fn run(cx: &Context, args: &ProtocolArgs) -> Outcome {
    match args.command {
        ProtocolCommand::Schema => {
            let bundle = postern_gateway::rpc::export::schema_bundle();
            cx.output.content(&bundle, || Ok(format!("{bundle:#}")))
        }
    }
}
