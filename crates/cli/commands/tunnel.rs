//! `postern tunnel`: a way to a gateway on another machine, through ssh.

use postern_client::look_at_certificate;
use serde_json::json;

use super::Context;
use crate::args::TunnelArgs;
use crate::endpoint::{Route, Tunnel, speaks_tls};
use crate::exit::Outcome;
use crate::serve::signals;

pub(crate) async fn run(cx: &Context, args: &TunnelArgs) -> Outcome {
    let route = Route {
        target: args.target.clone(),
        ssh_port: args.ssh_port,
        identity: args.identity.clone(),
        gateway_port: args.remote_port,
    }
    .checked()?;
    let shown = route.to_string();
    let mut signals = signals::listen()?;
    let opening = Tunnel::on_port(route, args.port, cx.settings.timeout);
    let mut tunnel = tokio::select! {
        opened = opening => opened?,
        _ = signals.received() => return Ok(()),
    };
    let encrypted = speaks_tls(tunnel.port(), cx.settings.timeout).await;
    let (ws, http) = if encrypted { ("wss", "https") } else { ("ws", "http") };
    let (url, page) = (format!("{ws}://127.0.0.1:{}", tunnel.port()), format!("{http}://127.0.0.1:{}/", tunnel.port()));
    let seen = if encrypted { look_at_certificate(&url, cx.settings.timeout).await.ok() } else { None };
    let fingerprint = seen.map(|seen| seen.fingerprint);
    let document = json!({
        "event": "ready", "url": url, "page": page, "port": tunnel.port(), "target": shown, "tlsFingerprint": fingerprint
    });
    cx.output.answer(&document, || {
        let pin = fingerprint.as_ref().map_or_else(String::new, |pin| format!(" --tls-fingerprint {pin}"));
        Ok(format!(
            "the gateway at {shown} is here until Ctrl-C\n  page        {page}\n  clients     {url}\n  \
             try         postern --url {url}{pin} status"
        ))
    })?;
    tokio::select! {
        failure = tunnel.ended() => Err(failure),
        _ = signals.received() => Ok(()),
    }
}
