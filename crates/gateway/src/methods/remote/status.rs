//! `remote.status`: every address that works, and how each is protected.

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::remote::{RemoteStatus, RemoteStatusResult, RemoteTailscale, RemoteUrl, RemoteUrlKind};
use postern_protocol::tailscale::{TailscaleMode, TailscaleState, TailscaleStatusResult};

use crate::remote::public_origin;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for RemoteStatus {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<RemoteStatusResult> {
        let tailscale = cx.tailscale.status(cx.config().auth.allow_tailscale).await;
        let mut urls = cx.remote_urls();
        urls.extend(tailscale.url.as_deref().and_then(shown_at));
        let named = cx.config().public_origin.clone();
        let named = named.map(|origin| format!("{origin}{}/", cx.config().control_ui.base_path));
        if let Some(url) = named.filter(|named| tailscale.url.as_ref() != Some(named)) {
            urls.extend(shown_at(&url));
        }
        let public_origin = public_origin(&cx.config(), tailscale.url.as_deref());
        Ok(RemoteStatusResult {
            urls,
            bind: cx.config().bind.as_str().to_owned(),
            port: cx.port,
            tls: cx.tls.status(),
            tailscale: tailnet(tailscale),
            discovery: Some(cx.discovery.status()),
            trusted_proxies: cx.config().trusted_proxies.iter().map(ToString::to_string).collect(),
            public_origin,
        })
    }
}

/// The address that Tailscale gives the gateway.
fn shown_at(url: &str) -> Option<RemoteUrl> {
    let rest = url.strip_prefix("https://")?;
    Some(RemoteUrl {
        url: url.to_owned(),
        socket_url: format!("wss://{rest}"),
        kind: RemoteUrlKind::Proxy,
        secure: true,
    })
}

/// Nothing where nobody has Tailscale and nobody asked for it.
fn tailnet(status: TailscaleStatusResult) -> Option<RemoteTailscale> {
    let running = status.state == TailscaleState::Running;
    let is_wanted = status.mode != TailscaleMode::Off;
    (is_wanted || status.state != TailscaleState::Missing).then(|| RemoteTailscale {
        mode: status.mode.as_str().to_owned(),
        running,
        dns_name: status.dns_name,
        url: status.url,
        problem: status.problem.map(|problem| problem.message),
    })
}
