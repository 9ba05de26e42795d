//! Arguments of `postern discover`.

use clap::Args;

/// How long gateways have to answer when nothing else is said, milliseconds.
pub(super) const LOOK_MS: u64 = 3_000;

/// `postern discover`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct DiscoverArgs {}
