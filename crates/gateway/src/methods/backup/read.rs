//! `backup.read`: a piece of an archive.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_protocol::access::{Access, Scope};
use postern_protocol::backup::{BackupRead, BackupReadParams, BackupReadResult};

use super::audit;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for BackupRead {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: BackupReadParams) -> RpcResult<BackupReadResult> {
        let piece = cx.backups.read(&cx.config(), params.id.clone(), (params.offset, params.length)).await?;
        if params.offset == 0 {
            audit(&cx, "backup.read", &params.id).await;
        }
        let done = params.offset.saturating_add(piece.bytes.len() as u64) >= piece.total;
        let data = STANDARD.encode(&piece.bytes);
        Ok(BackupReadResult { data, offset: params.offset, total: piece.total, done })
    }
}
