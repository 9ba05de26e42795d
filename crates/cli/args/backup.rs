//! `postern backup`, `postern restore` and `postern import`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Flags of `postern backup`.
#[derive(Debug, Clone, Default, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct BackupArgs {
    /// What to do; nothing named makes a backup.
    #[command(subcommand)]
    pub(crate) command: Option<BackupCommand>,
    /// Flags of making one.
    #[command(flatten)]
    pub(crate) create: BackupCreateArgs,
}

/// What to do with backups.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum BackupCommand {
    /// Make a backup of state and configuration
    Create(BackupCreateArgs),
    /// List the backups of this profile
    List,
    /// Read a backup to its end and say what it would restore
    Verify(BackupVerifyArgs),
    /// Set the passphrase of backups that are made by themselves: encrypts them, and keys and tokens go in
    #[command(after_help = super::examples("postern backup passphrase
  pass show postern | postern backup passphrase --stdin
  postern backup passphrase --remove"))]
    Passphrase(BackupPassphraseArgs),
}

/// Flags of `postern backup create`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct BackupCreateArgs {
    /// File to write; default: a new one in the folder of backups
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Ask for a passphrase: encrypts the backup, and keys and tokens go in
    #[arg(long, conflicts_with = "passphrase_stdin")]
    pub(crate) passphrase: bool,
    /// Read the passphrase from the first line of standard input
    #[arg(long)]
    pub(crate) passphrase_stdin: bool,
    /// Leave keys and tokens out of an encrypted backup as well
    #[arg(long)]
    pub(crate) no_secrets: bool,
    /// Leave the agents' folders out
    #[arg(long)]
    pub(crate) no_workspaces: bool,
}

/// Flags of `postern backup verify`.
#[derive(Debug, Clone, Args)]
pub(crate) struct BackupVerifyArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Read the passphrase from the first line of standard input
    #[arg(long)]
    pub(crate) passphrase_stdin: bool,
}

/// Flags of `postern backup passphrase`.
#[derive(Debug, Clone, Args)]
pub(crate) struct BackupPassphraseArgs {
    /// Forget it: backups made by themselves carry no keys and tokens any more
    #[arg(long, conflicts_with = "stdin")]
    pub(crate) remove: bool,
    /// Read it from the first line of standard input instead of asking
    #[arg(long)]
    pub(crate) stdin: bool,
}

/// Flags of `postern restore`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RestoreArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Only say what would be restored
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Read the passphrase from the first line of standard input
    #[arg(long)]
    pub(crate) passphrase_stdin: bool,
}

/// Flags of `postern import`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ImportArgs {
    /// What to import from
    #[command(subcommand)]
    pub(crate) command: ImportCommand,
}

/// What to import from.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ImportCommand {
    /// A home of OpenClaw, Clawdbot or Moltbot; nothing is written there
    #[command(after_help = super::examples("postern import openclaw --dry-run
  postern import openclaw
  postern import openclaw --from /mnt/old/home/ada/.openclaw"))]
    Openclaw(ImportOpenclawArgs),
}

/// Flags of `postern import openclaw`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ImportOpenclawArgs {
    /// The home folder; default: ~/.openclaw, ~/.clawdbot, ~/.moltbot or ~/.moldbot
    #[arg(long, value_name = "DIR")]
    pub(crate) from: Option<PathBuf>,
    /// Only say what would be taken
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask; without a terminal nobody is asked
    #[arg(long, short)]
    pub(crate) yes: bool,
}
