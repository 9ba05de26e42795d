//! `backup.upload`: an archive from elsewhere, piece by piece.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_protocol::access::{Access, Scope};
use postern_protocol::backup::{BACKUP_PIECE, BackupUpload, BackupUploadParams, BackupUploadResult};

use super::{audit, info_of};
use crate::rpc::{Cx, Method, RpcError, RpcResult};

impl Method for BackupUpload {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: BackupUploadParams) -> RpcResult<BackupUploadResult> {
        let bytes = STANDARD.decode(&params.data).map_err(|_| RpcError::invalid("data must be base64"))?;
        if bytes.len() > BACKUP_PIECE as usize {
            return Err(RpcError::invalid(format!("data holds more than {BACKUP_PIECE} bytes: send smaller pieces")));
        }
        let (received, stored) =
            cx.backups.upload(&cx.config(), params.name, (params.offset, bytes), params.done).await?;
        if let Some(stored) = &stored {
            audit(&cx, "backup.uploaded", &stored.id).await;
        }
        Ok(BackupUploadResult { received, backup: stored.as_ref().map(info_of) })
    }
}
