//! `config.set`: replaces the text. What needs a restart waits for one.

use postern_protocol::access::{Access, Scope};
use postern_protocol::config::{ConfigSet, ConfigSetParams, ConfigSetResult};

use super::in_force;
use crate::config::versions::Cause;
use crate::rpc::{Cx, Method, RpcResult};
use crate::settings::{Edit, Wish, issues};

impl Method for ConfigSet {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: ConfigSetParams) -> RpcResult<ConfigSetResult> {
        let ConfigSetParams { raw, base_hash, session_key, .. } = params;
        let wish = Wish { edit: Edit::Set(raw), base_hash, session_key, cause: Cause::Set };
        let applied = cx.change_config(wish).await?;
        Ok(ConfigSetResult {
            ok: true,
            path: cx.paths.config_path.display().to_string(),
            config: in_force(&cx),
            hash: cx.config.state().hash.clone(),
            issues: issues(&applied.problems),
            waiting: applied.waiting.iter().map(|path| (*path).to_owned()).collect(),
        })
    }
}
