//! Arguments of `postern config`.

use clap::{Args, Subcommand};

/// `postern config …`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConfigArgs {
    /// What to do with the configuration; `get` when left out
    #[command(subcommand)]
    pub(crate) command: Option<ConfigCommand>,
}

/// What to do with the configuration.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print the configuration or one setting; secrets are hidden
    Get(ConfigGetArgs),
    /// Change one setting; comments and everything else stay
    #[command(
        after_help = "A value is JSON5 (true, 18790, [\"a\"], {every: \"1h\"}) or, where the setting is a text, plain \
                      words.\n`-` reads it from standard input: use that for secrets, since arguments are seen by \
                      other programs and kept in the shell's history."
    )]
    Set(ConfigSetArgs),
    /// Remove one setting; its default holds again
    Unset(ConfigPathArgs),
    /// Merge a section into the configuration; null removes (RFC 7396)
    Patch(ConfigPatchArgs),
    /// Look for mistakes; lists all with their lines and ends with 78 when there is one
    Validate,
    /// Show what changed since a kept version
    Diff(ConfigVersionArgs),
    /// Go back to a kept version
    Restore(ConfigRestoreArgs),
    /// List the kept versions, the newest first
    Versions,
    /// Change the file in your editor; a file with mistakes is never put in place
    Edit,
    /// Print where the file is
    #[command(visible_alias = "file")]
    Path,
    /// Print what can be configured, as JSON Schema, or one setting of it
    Schema(ConfigSchemaArgs),
}

/// `postern config get`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ConfigGetArgs {
    /// Setting, for example gateway.port or agents.list[0].model
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<String>,
    /// Print secrets as they are; reads the file itself and asks no gateway
    #[arg(long)]
    pub(crate) show_secrets: bool,
}

/// `postern config set`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConfigSetArgs {
    /// Setting, for example gateway.port
    #[arg(value_name = "PATH")]
    pub(crate) path: String,
    /// Its value, or - for standard input
    #[arg(value_name = "VALUE", allow_hyphen_values = true)]
    pub(crate) value: String,
    /// Take the value as JSON5 only, also where the setting is a text
    #[arg(long)]
    pub(crate) strict_json: bool,
}

/// A setting.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConfigPathArgs {
    /// Setting, for example gateway.port
    #[arg(value_name = "PATH")]
    pub(crate) path: String,
}

/// `postern config patch`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConfigPatchArgs {
    /// The section as JSON5, @FILE, or - for standard input
    #[arg(value_name = "JSON")]
    pub(crate) patch: String,
}

/// `postern config diff`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ConfigVersionArgs {
    /// Version, or the start of its name; the newest one that differs when left out
    #[arg(value_name = "VERSION")]
    pub(crate) version: Option<String>,
}

/// `postern config restore`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ConfigRestoreArgs {
    /// Version, or the start of its name; the newest one that differs when left out
    #[arg(value_name = "VERSION")]
    pub(crate) version: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// `postern config schema`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ConfigSchemaArgs {
    /// Setting or section
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<String>,
}
