//! `backup.remove`: deletes an archive.

use postern_protocol::access::{Access, Scope};
use postern_protocol::backup::{BackupRemove, BackupRemoveParams, BackupRemoveResult};

use super::audit;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for BackupRemove {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: BackupRemoveParams) -> RpcResult<BackupRemoveResult> {
        cx.backups.remove(&cx.config(), params.id.clone()).await?;
        audit(&cx, "backup.removed", &params.id).await;
        Ok(BackupRemoveResult { id: params.id })
    }
}
