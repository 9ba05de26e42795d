//! `models.authLogin`: keep a provider's key. It is in the credential store
//! before this is answered, and nowhere else.

use postern_protocol::access::{Access, Scope};
use postern_protocol::models::{ModelsAuthLogin, ModelsAuthLoginParams, ModelsAuthLoginResult};
use zeroize::Zeroizing;

use super::{audit, probe};
use crate::rpc::{Cx, Method, RpcResult};

impl Method for ModelsAuthLogin {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: ModelsAuthLoginParams) -> RpcResult<ModelsAuthLoginResult> {
        let key = Zeroizing::new(params.api_key);
        let (provider, kind) = cx.models.store_key(&params.provider, key).await?;
        audit(&cx, "models.key.stored", &provider).await;
        let wants_probe = params.probe == Some(true);
        let probe = if wants_probe { Some(probe::probe(&cx, &provider, probe::TIMEOUT).await) } else { None };
        Ok(ModelsAuthLoginResult { ok: true, provider, stored_in: kind.to_owned(), probe })
    }
}
