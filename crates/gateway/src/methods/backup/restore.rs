//! `backup.restore`: prepares everything of an archive beside what is there, and
//! restarts the gateway, which then begins with it.

use std::time::Duration;

use postern_protocol::access::{Access, Scope};
use postern_protocol::backup::{BackupRestore, BackupRestoreResult, BackupVerifyParams};

use super::{audit, secret, verified};
use crate::rpc::{Cx, Method, RpcResult};

/// For the answer to reach whoever asked.
const BEFORE_RESTART: Duration = Duration::from_millis(300);

impl Method for BackupRestore {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: BackupVerifyParams) -> RpcResult<BackupRestoreResult> {
        let staged = cx.backups.stage(&cx.config(), &params.id, secret(params.passphrase)).await?;
        audit(&cx, "backup.restored", &params.id).await;
        cx.restart.request("a backup is restored", BEFORE_RESTART);
        Ok(BackupRestoreResult {
            ok: true,
            contents: verified(&params.id, staged.verified),
            moved_aside: staged.moved_aside.display().to_string(),
            restarting: true,
        })
    }
}
