//! `postern backup` and `postern restore`: beside a running gateway or without
//! one, on the state folder of this profile.

mod passphrase;

use std::path::Path;
use std::sync::Arc;

use postern_gateway::Paths;
use postern_gateway::backup::{
    Archive, BackupError, BackupJob, Created, LeftOut, Manifest, Progress, Verified, apply, create, file_name, shelf,
    stage, verify,
};
use postern_gateway::config::Config;
use postern_gateway::secrets::Secret;
use postern_gateway::state_folder::{FolderError, StateFolder};
use postern_gateway::store::StoreError;
use serde_json::{Value, json};

use super::Context;
use crate::args::{BackupArgs, BackupCommand, BackupCreateArgs, BackupVerifyArgs, RestoreArgs};
use crate::credentials::{self, Credentials};
use crate::env::{host_name, now_ms};
use crate::exit::{Exit, Failure, Outcome};
use crate::hidden;
use crate::local;
use crate::output::{confirm, count, printable, somebody_is_there};

/// Lines about what was left out that people are shown.
const SHOWN: usize = 12;

pub(crate) async fn run(cx: &Context, args: &BackupArgs) -> Outcome {
    on_this_machine(cx)?;
    match &args.command {
        None => make(cx, &args.create).await,
        Some(BackupCommand::Create(create)) => make(cx, create).await,
        Some(BackupCommand::List) => list(cx),
        Some(BackupCommand::Verify(args)) => check(cx, args).await,
        Some(BackupCommand::Passphrase(args)) => passphrase::run(cx, args).await,
    }
}

fn on_this_machine(cx: &Context) -> Outcome {
    match cx.settings.url.as_ref().filter(|given| given.by == "--url") {
        None => Ok(()),
        Some(_) => Err(Failure::usage("backups are made and restored where the state is, not through --url")
            .hint("run this on the gateway's machine, or use the Backup page of that gateway")),
    }
}

fn config(cx: &Context, paths: &Paths) -> Arc<Config> {
    local::load(&cx.settings, paths).config
}

async fn make(cx: &Context, args: &BackupCreateArgs) -> Outcome {
    let paths = local::paths(&cx.settings);
    if !paths.state_dir.exists() {
        let text = format!("there is no state in {}", printable(&paths.state_dir.display().to_string()));
        return Err(Failure::new(Exit::Failed, text).hint("start a gateway first, or name its --profile"));
    }
    let passphrase = new_passphrase(args).await?;
    let credentials = Credentials::open(&cx.settings).await?;
    let config = config(cx, &paths);
    let (host, now_ms) = (host_name().unwrap_or_else(|| "gateway".to_owned()), now_ms());
    let out = match &args.out {
        Some(out) => out.clone(),
        None => shelf(&paths, &config).place(&file_name(&host, now_ms, false)).map_err(failure)?,
    };
    let job = BackupJob {
        paths,
        config,
        out,
        host,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        now_ms,
        passphrase,
        with_secrets: !args.no_secrets,
        with_workspaces: !args.no_workspaces,
        scheduled: false,
    };
    let created = create(job, &credentials.secrets, progress(cx)).await.map_err(failure)?;
    cx.output.answer(&created_document(&created), || Ok(created_text(&created)))
}

/// How far it has come, on one line of a terminal.
fn progress(cx: &Context) -> Arc<dyn Fn(Progress) + Send + Sync> {
    let (output, shown) = (cx.output.clone(), std::sync::atomic::AtomicU64::new(0));
    let wanted = !cx.output.is_json() && somebody_is_there();
    Arc::new(move |progress: Progress| {
        let tenth = progress.bytes.saturating_mul(10) / progress.total_bytes.max(1);
        let before = shown.swap(tenth, std::sync::atomic::Ordering::Relaxed);
        // Small ones are done before anybody has read it.
        if wanted && tenth > before && progress.total_bytes > 50_000_000 {
            output.note(&format!("{} % of {}", tenth * 10, size(progress.total_bytes)));
        }
    })
}

async fn new_passphrase(args: &BackupCreateArgs) -> Outcome<Option<Secret>> {
    if args.passphrase_stdin {
        return hidden::first_line().map(Some);
    }
    if !args.passphrase {
        return Ok(None);
    }
    hidden::ask_twice("Passphrase for the backup", "nothing was made").await.map(Some)
}

fn created_document(created: &Created) -> Value {
    let (manifest, contents) = (&created.manifest, &created.contents);
    json!({
        "path": created.path, "bytes": created.bytes, "createdAtMs": manifest.created_at_ms,
        "encrypted": manifest.encryption.is_some(), "hasSecrets": manifest.secrets, "entries": manifest.entries,
        "redacted": contents.redacted, "leftOut": contents.left_out,
    })
}

fn created_text(created: &Created) -> String {
    let manifest = &created.manifest;
    let mut lines = vec![format!(
        "{} ({}, {}{})",
        printable(&created.path.display().to_string()),
        size(created.bytes),
        count(usize::try_from(manifest.entries).unwrap_or(usize::MAX), "file"),
        if manifest.encryption.is_some() { ", encrypted" } else { "" },
    )];
    if !manifest.secrets {
        lines.push("No keys and tokens are in it; with --passphrase they are.".to_owned());
    }
    lines.extend(left_lines(&created.contents.left_out));
    lines.join("\n")
}

fn left_lines(left: &[LeftOut]) -> Vec<String> {
    let told = left.iter().map(|left| format!("  left out: {} ({})", printable(&left.what), printable(&left.why)));
    let mut lines: Vec<String> = told.take(SHOWN).collect();
    if left.len() > SHOWN {
        lines.push(format!("  and {} more; --json lists all", left.len() - SHOWN));
    }
    lines
}

fn list(cx: &Context) -> Outcome {
    let paths = local::paths(&cx.settings);
    let shelf = shelf(&paths, &config(cx, &paths));
    let listed = shelf.list().map_err(failure)?;
    let rows: Vec<Value> =
        listed.backups.iter().map(|stored| manifest_document(&stored.path, stored.bytes, &stored.manifest)).collect();
    let document = json!({"folder": shelf.folder(), "backups": rows, "unreadable": listed.unreadable});
    cx.output.answer(&document, || {
        if listed.backups.is_empty() && listed.unreadable.is_empty() {
            return Ok(format!(
                "no backups in {}: postern backup makes one",
                printable(&shelf.folder().display().to_string())
            ));
        }
        let line = |stored: &postern_gateway::backup::Stored| {
            let encrypted = if stored.manifest.encryption.is_some() { "encrypted" } else { "no keys" };
            let ago = crate::output::ago(stored.manifest.created_at_ms, now_ms());
            format!("{}  {}  {encrypted}  {ago}", printable(&stored.path.display().to_string()), size(stored.bytes))
        };
        let lines = listed.backups.iter().map(line);
        let unreadable = listed.unreadable.iter().map(|name| format!("{}  cannot be read", printable(name)));
        Ok(lines.chain(unreadable).collect::<Vec<_>>().join("\n"))
    })
}

fn manifest_document(path: &Path, bytes: u64, manifest: &Manifest) -> Value {
    json!({
        "path": path, "bytes": bytes, "createdAtMs": manifest.created_at_ms, "host": manifest.host,
        "version": manifest.version, "encrypted": manifest.encryption.is_some(), "hasSecrets": manifest.secrets,
        "entries": manifest.entries, "scheduled": manifest.scheduled,
    })
}

async fn check(cx: &Context, args: &BackupVerifyArgs) -> Outcome {
    let passphrase = known_passphrase(&args.file, args.passphrase_stdin).await?;
    let scratch =
        tempfile::tempdir().map_err(|error| Failure::new(Exit::Failed, format!("no room for a look: {error}")))?;
    let verified = verify(&args.file, passphrase, scratch.path()).await.map_err(failure)?;
    cx.output.answer(&verified_document(&args.file, &verified), || Ok(verified_text(&verified)))
}

/// The passphrase of an encrypted backup, from where it can be had.
async fn known_passphrase(file: &Path, from_stdin: bool) -> Outcome<Option<Secret>> {
    let encrypted = Archive::open(file).map_err(failure)?.is_encrypted();
    match (encrypted, from_stdin) {
        (_, true) => hidden::first_line().map(Some),
        (true, false) if somebody_is_there() => hidden::ask("Passphrase of the backup").await.map(Some),
        (true, false) => {
            Err(Failure::usage("the backup is encrypted").hint("pipe its passphrase in: --passphrase-stdin"))
        }
        (false, false) => Ok(None),
    }
}

fn verified_document(path: &Path, verified: &Verified) -> Value {
    let mut document = manifest_document(path, verified.bytes, &verified.manifest);
    let contents = verified.contents.clone().unwrap_or_default();
    document["secrets"] = json!(contents.secrets);
    document["redacted"] = json!(contents.redacted);
    document["leftOut"] = json!(contents.left_out);
    if let Some(facts) = verified.database {
        document["database"] = json!({
            "devices": facts.devices, "sessions": facts.sessions, "messages": facts.messages, "agents": facts.agents,
        });
    }
    document
}

fn verified_text(verified: &Verified) -> String {
    let manifest = &verified.manifest;
    let contents = verified.contents.clone().unwrap_or_default();
    let is_whole = contents.has_database() && contents.has_config();
    let mut lines = vec![format!(
        "{} of {} by Postern {}, {}",
        if is_whole { "A whole backup" } else { "A backup" },
        printable(&manifest.host),
        printable(&manifest.version),
        crate::output::ago(manifest.created_at_ms, now_ms()),
    )];
    if let Some(facts) = verified.database {
        let number = |n: u64, one: &str| count(usize::try_from(n).unwrap_or(usize::MAX), one);
        lines.push(format!(
            "  {}, {}, {}",
            number(facts.devices, "device"),
            number(facts.sessions, "conversation"),
            number(facts.messages, "message")
        ));
    }
    if verified.contents.is_some() && !contents.has_database() {
        lines.push("  no database: devices, conversations and approvals are not in it".to_owned());
    }
    if verified.contents.is_some() && !contents.has_config() {
        lines.push("  no configuration: there was none, or it was left out".to_owned());
    }
    lines.push(match (manifest.secrets, contents.secrets.len()) {
        (true, keys) => format!("  {} of the credential store", count(keys, "entry").replace("entrys", "entries")),
        (false, _) => "  no keys and tokens: those of this machine stay, or are made anew".to_owned(),
    });
    for path in &contents.redacted {
        lines.push(format!("  not in it because it is secret: {}", printable(path)));
    }
    lines.extend(left_lines(&contents.left_out));
    lines.join("\n")
}

pub(crate) async fn restore(cx: &Context, args: &RestoreArgs) -> Outcome {
    on_this_machine(cx)?;
    let passphrase = known_passphrase(&args.file, args.passphrase_stdin).await?;
    let paths = local::paths(&cx.settings);
    if args.dry_run {
        let scratch =
            tempfile::tempdir().map_err(|error| Failure::new(Exit::Failed, format!("no room for a look: {error}")))?;
        let verified = verify(&args.file, passphrase, scratch.path()).await.map_err(failure)?;
        let mut document = verified_document(&args.file, &verified);
        document["dryRun"] = json!(true);
        document["stateDir"] = json!(paths.state_dir);
        return cx.output.answer(&document, || Ok(verified_text(&verified) + "\nNothing was changed."));
    }
    let place = printable(&paths.state_dir.display().to_string());
    if !args.yes {
        if !somebody_is_there() {
            return Err(
                Failure::usage("nobody is there to agree").hint("add --yes; --dry-run shows what would be restored")
            );
        }
        if !confirm(&format!("Put the backup in the place of everything in {place}? What is there is moved aside.")) {
            return Err(Failure::new(Exit::Failed, "nothing was changed"));
        }
    }
    let folder = StateFolder::claim(&paths).map_err(|error| failure(error.into()))?;
    let outcome = put_in_place(cx, args, (&paths, passphrase)).await;
    folder.release();
    let (verified, aside) = outcome?;
    let mut document = verified_document(&args.file, &verified);
    document["stateDir"] = json!(paths.state_dir);
    document["movedAside"] = json!(aside);
    cx.output.answer(&document, || {
        let aside = printable(&aside.display().to_string());
        Ok(format!("{}\nRestored to {place}; what was there is in {aside}.", verified_text(&verified)))
    })
}

async fn put_in_place(
    cx: &Context,
    args: &RestoreArgs,
    (paths, passphrase): (&Paths, Option<Secret>),
) -> Outcome<(Verified, std::path::PathBuf)> {
    let secrets = Credentials::open(&cx.settings).await?.secrets;
    // One that was interrupted comes first: it decides what goes aside.
    apply(paths, &secrets).await.map_err(failure)?;
    let staged = stage(&args.file, passphrase, (paths, &secrets), now_ms()).await.map_err(failure)?;
    apply(paths, &secrets).await.map_err(failure)?;
    Ok((staged.verified, staged.moved_aside))
}

/// What a failed backup means for the person who typed the command.
pub(crate) fn failure(error: BackupError) -> Failure {
    match error {
        BackupError::Secrets(error) => credentials::failure(error),
        BackupError::Folder(FolderError::InUse { .. }) => Failure::new(Exit::InUse, error.to_string())
            .hint("stop that gateway first, or restore through it: its Backup page, or backup.restore"),
        BackupError::Folder(_)
        | BackupError::DiskFull(_)
        | BackupError::Store(StoreError::DiskFull(_) | StoreError::NotWritable(_)) => {
            Failure::new(Exit::StateUnwritable, error.to_string())
        }
        BackupError::ShortPassphrase | BackupError::Exists(_) | BackupError::PassphraseNeeded => {
            Failure::usage(error.to_string())
        }
        other => Failure::new(Exit::Failed, other.to_string()),
    }
}

/// Bytes as people say them.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10),
    }
}
