//! `remote.status`: every address that works, and how each is protected.

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::remote::{RemoteStatus, RemoteStatusResult, RemoteTls};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for RemoteStatus {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<RemoteStatusResult> {
        Ok(RemoteStatusResult {
            urls: cx.remote_urls(),
            bind: cx.config.bind.as_str().to_owned(),
            port: cx.port,
            tls: RemoteTls::default(),
            tailscale: None,
            trusted_proxies: cx.config.trusted_proxies.iter().map(ToString::to_string).collect(),
            public_origin: None,
        })
    }
}
