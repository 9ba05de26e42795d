//! Arguments of `postern update` and of what makes releases.

use std::path::PathBuf;

use clap::Args;

/// Flags of `postern update`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct UpdateArgs {
    /// Only look for a newer release
    #[arg(long, conflicts_with_all = ["hold", "unhold", "revert", "status"])]
    pub(crate) check: bool,
    /// Only tell what is known, without asking anybody
    #[arg(long, conflicts_with_all = ["hold", "unhold", "revert"])]
    pub(crate) status: bool,
    /// Stop updates until --unhold
    #[arg(long, conflicts_with_all = ["unhold", "revert"])]
    pub(crate) hold: bool,
    /// Let updates happen again
    #[arg(long, conflicts_with = "revert")]
    pub(crate) unhold: bool,
    /// Go back to the release before the last update
    #[arg(long)]
    pub(crate) revert: bool,
    /// Install this version and no other
    #[arg(long, value_name = "VERSION", conflicts_with_all = ["check", "status", "hold", "unhold", "revert"])]
    pub(crate) version: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// Flags of `postern release-manifest`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReleaseManifestArgs {
    /// File with the signing key, - for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Make a new key, write it to --key, and print the public half
    #[arg(long)]
    pub(crate) new_key: bool,
    /// Print the public half of --key
    #[arg(long, conflicts_with = "new_key")]
    pub(crate) public_key: bool,
    /// Print what this platform is called in lists
    #[arg(long, conflicts_with_all = ["new_key", "public_key"])]
    pub(crate) target: bool,
    /// A program of the release, as often as there are platforms
    #[arg(long = "platform", value_name = "TARGET=FILE")]
    pub(crate) platforms: Vec<String>,
    /// What the addresses of the files begin with; without, they lie beside the list
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Version of the release; without, that of this program
    #[arg(long, value_name = "VERSION")]
    pub(crate) release: Option<String>,
    /// Who gets it
    #[arg(long, value_name = "CHANNEL", default_value = "stable")]
    pub(crate) channel: String,
    /// File with what is new
    #[arg(long, value_name = "FILE")]
    pub(crate) notes: Option<PathBuf>,
    /// Oldest version that can be updated in one step
    #[arg(long, value_name = "VERSION")]
    pub(crate) min_version: Option<String>,
    /// Days after which the list is not believed any more
    #[arg(long, value_name = "DAYS", default_value_t = 365)]
    pub(crate) expires_days: u32,
    /// Where the list goes; its signature goes beside it, with .sig at the end
    #[arg(long, value_name = "FILE", default_value = "stable.json")]
    pub(crate) out: PathBuf,
}
