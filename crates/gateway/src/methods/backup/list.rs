//! `backup.list`: the archives there are.

use postern_protocol::access::{Access, Scope};
use postern_protocol::backup::{BackupList, BackupListResult};
use postern_protocol::call::NoParams;

use super::info_of;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for BackupList {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<BackupListResult> {
        let listed = cx.backups.list(&cx.config()).await?;
        Ok(BackupListResult {
            backups: listed.backups.iter().map(info_of).collect(),
            folder: cx.backups.shelf(&cx.config()).folder().display().to_string(),
            next_at_ms: cx.backups.next_at_ms(&cx.config()).await?,
            unreadable: listed.unreadable,
            scheduled_has_secrets: cx.backups.has_passphrase().await?,
            problem: cx.backups.problem(),
        })
    }
}
