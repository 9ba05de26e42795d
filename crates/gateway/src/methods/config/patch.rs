//! `config.patch`: changes single settings; comments and all else stay.

use postern_protocol::access::{Access, Scope};
use postern_protocol::config::{ConfigPatch, ConfigPatchParams, ConfigPatchResult};

use super::{changed, restart_wish};
use crate::config::versions::Cause;
use crate::rpc::{Cx, Method, RpcResult};
use crate::settings::{Edit, Wish};

impl Method for ConfigPatch {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: ConfigPatchParams) -> RpcResult<ConfigPatchResult> {
        let ConfigPatchParams { raw, base_hash, session_key, note, restart_delay_ms, replace_paths } = params;
        let restart = restart_wish(note, session_key.clone(), restart_delay_ms);
        let edit = Edit::Patch { patch: raw, replace: replace_paths.unwrap_or_default() };
        let wish = Wish { edit, base_hash, session_key, cause: Cause::Patch };
        let applied = cx.change_config(wish).await?;
        Ok(changed(&cx, &applied, restart))
    }
}
