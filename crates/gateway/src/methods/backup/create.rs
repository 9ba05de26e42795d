//! `backup.create`: an archive of everything this gateway has.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use postern_protocol::access::{Access, Scope};
use postern_protocol::backup::{BackupCreate, BackupCreateParams, BackupCreateResult, BackupProgress};

use super::{audit, info, left_out, secret};
use crate::backup::{OnProgress, Progress, Wish};
use crate::hub::Hub;
use crate::rpc::{Cx, Method, RpcError, RpcResult};

/// Between two words about how far it has come.
const TELL_EVERY: Duration = Duration::from_millis(250);

impl Method for BackupCreate {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: BackupCreateParams) -> RpcResult<BackupCreateResult> {
        let include = params.include.unwrap_or_default();
        let passphrase = secret(params.passphrase);
        if include.secrets == Some(true) && passphrase.is_none() {
            return Err(RpcError::invalid(
                "include.secrets needs a passphrase: keys and tokens are never written in the clear",
            ));
        }
        let wish = Wish {
            passphrase,
            with_secrets: include.secrets.unwrap_or(true),
            with_workspaces: include.workspaces.unwrap_or(true),
        };
        let made = cx.backups.create(Arc::clone(&cx.config()), wish, telling(cx.hub.clone())).await;
        let ended = made.as_ref().map(|made| (made.manifest.entries, made.manifest.bytes)).unwrap_or_default();
        cx.hub.publish(&BackupProgress { files: ended.0, bytes: ended.1, total_bytes: ended.1, done: true });
        let made = made?;
        let id = made.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        audit(&cx, "backup.created", &id).await;
        Ok(BackupCreateResult {
            backup: info(&id, made.bytes, &made.manifest),
            has_secrets: made.manifest.secrets,
            left_out: left_out(&made.contents.left_out),
            left_out_total: made.contents.left_out.len() as u64,
        })
    }
}

/// Tells clients how far it has come, a few times a second.
fn telling(hub: Hub) -> OnProgress {
    let told = Mutex::new(None::<Instant>);
    Arc::new(move |progress: Progress| {
        let now = Instant::now();
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_some_and(|told| now.duration_since(told) < TELL_EVERY) {
            return;
        }
        *told = Some(now);
        drop(told);
        let Progress { files, bytes, total_bytes } = progress;
        hub.publish(&BackupProgress { files, bytes, total_bytes, done: false });
    })
}
