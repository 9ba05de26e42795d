//! `postern config`: looks at the configuration and changes it. Changes go
//! through the gateway when one runs, so that they count at once, else into the
//! file.

mod change;
mod editor;
mod look;
mod place;
mod value;
mod versions;

use super::Context;
use crate::args::{ConfigArgs, ConfigCommand, ConfigGetArgs};
use crate::exit::Outcome;

pub(crate) async fn run(cx: &Context, args: &ConfigArgs) -> Outcome {
    match &args.command {
        None => look::get(cx, &ConfigGetArgs::default()).await,
        Some(ConfigCommand::Get(args)) => look::get(cx, args).await,
        Some(ConfigCommand::Set(args)) => change::set(cx, args).await,
        Some(ConfigCommand::Unset(args)) => change::unset(cx, args).await,
        Some(ConfigCommand::Patch(args)) => change::patch(cx, args).await,
        Some(ConfigCommand::Validate) => look::validate(cx),
        Some(ConfigCommand::Diff(args)) => versions::diff(cx, args),
        Some(ConfigCommand::Restore(args)) => versions::restore(cx, args).await,
        Some(ConfigCommand::Versions) => versions::list(cx),
        Some(ConfigCommand::Edit) => editor::edit(cx).await,
        Some(ConfigCommand::Path) => look::path(cx),
        Some(ConfigCommand::Schema(args)) => look::schema(cx, args),
    }
}
