//! `config.apply`: replaces the text, and starts again where that is needed.

use postern_protocol::access::{Access, Scope};
use postern_protocol::config::{ConfigApply, ConfigPatchResult, ConfigSetParams};

use super::{changed, restart_wish};
use crate::config::versions::Cause;
use crate::rpc::{Cx, Method, RpcResult};
use crate::settings::{Edit, Wish};

impl Method for ConfigApply {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: ConfigSetParams) -> RpcResult<ConfigPatchResult> {
        let ConfigSetParams { raw, base_hash, session_key, note, restart_delay_ms } = params;
        let restart = restart_wish(note, session_key.clone(), restart_delay_ms);
        let wish = Wish { edit: Edit::Set(raw), base_hash, session_key, cause: Cause::Apply };
        let applied = cx.change_config(wish).await?;
        Ok(changed(&cx, &applied, restart))
    }
}
