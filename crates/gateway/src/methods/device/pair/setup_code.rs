//! `device.pair.setupCode`: a single-use code that pairs a phone
//! (`handshake.md §8`, `methods.md §7`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::connect::AuthMode;
use postern_protocol::pairing::{
    DevicePairSetupCode, SetupAccess, SetupCodeContent, SetupCodeParams, SetupCodeResult, write_setup_code,
};

use crate::devices::{Reach, qr_data_url, reach_of_bind, reach_of_public_url};
use crate::remote::public_origin;
use crate::rpc::{Cx, Method, RpcError, RpcResult};

impl Method for DevicePairSetupCode {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: SetupCodeParams) -> RpcResult<SetupCodeResult> {
        let Reach { urls, source } = reach(&cx, params.public_url.as_deref()).await?;
        let access = params.bootstrap_profile.unwrap_or(SetupAccess::Full);
        let new = cx.devices.create_setup(cx.principal(), access).await?;
        let gateway_url = urls.first().cloned().unwrap_or_default();
        let gateway_urls = (urls.len() >= 2).then_some(urls);
        // What a proxy shows is another certificate than ours.
        let fingerprint = if matches!(source, "publicUrl" | "publicOrigin") { None } else { cx.tls.fingerprint() };
        let setup_code = write_setup_code(&SetupCodeContent {
            url: gateway_url.clone(),
            urls: gateway_urls.clone(),
            bootstrap_token: new.token.expose().to_owned(),
            expires_at_ms: new.expires_at_ms,
            tls_fingerprint: fingerprint,
        });
        // Absent means drawn: clients that want no picture say so.
        let qr_data_url = if params.include_qr == Some(false) { None } else { qr_data_url(&setup_code) };
        let join_url = (params.join_url == Some(true)).then(|| format!("oc-pair://{setup_code}"));
        let auth = match cx.auth_mode() {
            AuthMode::Password => "password",
            // The answer knows no other word; a code asks for neither.
            AuthMode::Token | AuthMode::None | AuthMode::TrustedProxy => "token",
        };
        Ok(SetupCodeResult {
            setup_id: new.setup_id,
            setup_code,
            join_url,
            qr_data_url,
            gateway_url,
            gateway_urls,
            auth: auth.to_owned(),
            url_source: source.to_owned(),
            access: new.access,
            expires_at_ms: new.expires_at_ms,
        })
    }
}

async fn reach(cx: &Cx, public_url: Option<&str>) -> RpcResult<Reach> {
    if let Some(text) = public_url {
        return reach_of_public_url(text).ok_or_else(|| {
            RpcError::invalid("publicUrl must be a ws, wss, http or https address without user, password and query")
        });
    }
    let shown = cx.tailscale.status(cx.config().auth.allow_tailscale).await.url;
    let config = cx.config();
    let own = reach_of_bind(config.bind, &cx.own_addresses, (cx.scheme(), cx.port));
    Ok(match public_origin(&config, shown.as_deref()) {
        Some(origin) => own.behind(&origin, &config.control_ui.base_path),
        None => own,
    })
}
