//! `config.restore`: brings an earlier version back.

use postern_protocol::access::{Access, Scope};
use postern_protocol::config::{ConfigPatchResult, ConfigRestore, ConfigRestoreParams};

use super::{changed, restart_wish};
use crate::config::versions::Cause;
use crate::rpc::{Cx, Method, RpcResult};
use crate::settings::{Edit, Wish};

impl Method for ConfigRestore {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: ConfigRestoreParams) -> RpcResult<ConfigPatchResult> {
        let ConfigRestoreParams { id, base_hash, session_key, note, restart_delay_ms } = params;
        let restart = restart_wish(note, session_key.clone(), restart_delay_ms);
        let wish = Wish { edit: Edit::Restore(id), base_hash, session_key, cause: Cause::Restore };
        let applied = cx.change_config(wish).await?;
        Ok(changed(&cx, &applied, restart))
    }
}
