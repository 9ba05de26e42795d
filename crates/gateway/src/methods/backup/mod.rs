//! Methods under `backup.`: archives of everything, for their owner alone.

mod create;
mod list;
mod read;
mod remove;
mod restore;
mod upload;
mod verify;

use postern_protocol::backup::{BackupDatabase, BackupInfo, BackupLeftOut, BackupVerifyResult};
use serde_json::json;

use crate::backup::{BackupError, LeftOut, Manifest, Stored, Verified};
use crate::rpc::{Cx, RpcError};
use crate::secrets::Secret;
use crate::store::Change;

impl From<BackupError> for RpcError {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Store(error) => error.into(),
            BackupError::Busy => Self::unavailable(error.to_string()).retry_after(5_000),
            BackupError::DiskFull(path) => {
                tracing::error!(path = %path.display(), "The disk is full; a backup was not made.");
                Self::unavailable("the disk of the backups is full: free space there and try again; nothing was kept")
            }
            BackupError::Io { path, source } => {
                tracing::error!(path = %path.display(), error = %source, "A backup could not be read or written.");
                Self::unavailable("a file could not be read or written; the gateway's log says which")
            }
            BackupError::Secrets(error) => {
                tracing::error!(%error, "The credential store did not answer for a backup.");
                Self::unavailable("the credential store did not answer; the gateway's log says why")
            }
            // Clients learn nothing of the machine's folders.
            BackupError::Damaged { why, .. } => Self::invalid(format!("this is not a whole backup: {why}")),
            BackupError::Hostile { why, .. } => {
                Self::invalid(format!("the backup is refused: {why}; it was not made by Postern, or was changed since"))
            }
            BackupError::Exists(_) => Self::unavailable("too many backups in one second").retry_after(1_000),
            BackupError::Folder(_) | BackupError::Internal(_) => Self::internal(error),
            other => Self::invalid(other.to_string()),
        }
    }
}

const MOST_LEFT_OUT: usize = 100;

fn secret(passphrase: Option<String>) -> Option<Secret> {
    passphrase.map(Secret::new)
}

fn info(id: &str, bytes: u64, manifest: &Manifest) -> BackupInfo {
    BackupInfo {
        id: id.to_owned(),
        name: format!("{id}.zip"),
        bytes,
        created_at_ms: manifest.created_at_ms,
        encrypted: manifest.encryption.is_some(),
        entries: manifest.entries,
        host: manifest.host.clone(),
        version: manifest.version.clone(),
        scheduled: manifest.scheduled,
    }
}

fn info_of(stored: &Stored) -> BackupInfo {
    info(&stored.id, stored.bytes, &stored.manifest)
}

fn left_out(left: &[LeftOut]) -> Vec<BackupLeftOut> {
    let one = |left: &LeftOut| BackupLeftOut { what: left.what.clone(), why: left.why.clone() };
    left.iter().take(MOST_LEFT_OUT).map(one).collect()
}

fn verified(id: &str, verified: Verified) -> BackupVerifyResult {
    let opened = verified.contents.is_some();
    let contents = verified.contents.unwrap_or_default();
    BackupVerifyResult {
        backup: info(id, verified.bytes, &verified.manifest),
        opened,
        database: verified.database.map(|facts| BackupDatabase {
            devices: facts.devices,
            sessions: facts.sessions,
            messages: facts.messages,
            agents: facts.agents,
        }),
        secrets: contents.secrets,
        redacted: contents.redacted,
        left_out: left_out(&contents.left_out),
        workspaces: contents.workspaces.into_iter().map(|outside| outside.agent).collect(),
    }
}

/// Notes in the audit trail who took everything away, or put something in its place.
async fn audit(cx: &Cx, kind: &str, id: &str) {
    let who = cx.principal();
    let by = who.device_id.as_ref().map_or_else(|| who.client.id.to_string(), ToString::to_string);
    let detail = json!({"backup": id, "by": by}).to_string();
    let entry = Change::Audit { ts_ms: cx.clock.now_ms(), kind: kind.to_owned(), detail };
    if let Err(error) = cx.store.enqueue(vec![entry]).await {
        tracing::warn!(%error, "A backup could not be noted in the audit trail.");
    }
}
