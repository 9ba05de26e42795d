//! `models.authLogout`: forget a provider's key.

use postern_protocol::access::{Access, Scope};
use postern_protocol::models::{ModelsAuthLogout, ModelsAuthLogoutParams, ModelsAuthLogoutResult};

use super::{audit, profile_id};
use crate::rpc::{Cx, Method, RpcResult};

impl Method for ModelsAuthLogout {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: ModelsAuthLogoutParams) -> RpcResult<ModelsAuthLogoutResult> {
        let (provider, was_there) = cx.models.remove_key(&params.provider).await?;
        let mut removed_profiles = Vec::new();
        if was_there {
            audit(&cx, "models.key.removed", &provider).await;
            removed_profiles.push(profile_id(&provider));
        }
        Ok(ModelsAuthLogoutResult { ok: true, provider, removed_profiles })
    }
}
