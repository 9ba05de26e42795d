//! `backup.verify`: reads an archive to its end.

use postern_protocol::access::{Access, Scope};
use postern_protocol::backup::{BackupVerify, BackupVerifyParams, BackupVerifyResult};

use super::{secret, verified};
use crate::rpc::{Cx, Method, RpcResult};

impl Method for BackupVerify {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: BackupVerifyParams) -> RpcResult<BackupVerifyResult> {
        let read = cx.backups.verify(&cx.config(), &params.id, secret(params.passphrase)).await?;
        Ok(verified(&params.id, read))
    }
}
