//! Arguments of `postern doctor` and `postern bundle`.

use std::path::PathBuf;

use clap::Args;

/// `postern doctor`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct DoctorArgs {
    /// Make the repairs that lose nothing: rights, missing folders, left-over files, forgiven crashes
    #[arg(long, alias = "repair")]
    pub(crate) fix: bool,
    /// Do not ask before repairing
    #[arg(long, short, requires = "fix")]
    pub(crate) yes: bool,
    /// Never ask: with --fix, repair at once, as --yes does
    #[arg(long)]
    pub(crate) non_interactive: bool,
    /// Only this check; may be given several times
    #[arg(long, value_name = "ID")]
    pub(crate) only: Vec<String>,
}

/// `postern bundle`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct BundleArgs {
    /// Where to write it; a name with the time in this folder when left out
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}
