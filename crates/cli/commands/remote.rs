//! `postern remote`: from where the gateway is reached, and which certificates of
//! gateways elsewhere are known.

use postern_client::look_at_certificate;
use postern_gateway::config::read_fingerprint;
use postern_protocol::call::NoParams;
use postern_protocol::remote::{RemoteStatus, RemoteStatusResult, RemoteUrlKind};
use postern_protocol::tailscale::TailscaleStatus;
use serde_json::json;

use super::{Context, read};
use crate::args::{RemoteArgs, RemoteCommand};
use crate::endpoint::{Pins, place};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{confirm, printable, somebody_is_there};

pub(crate) async fn run(cx: &Context, args: &RemoteArgs) -> Outcome {
    match &args.command {
        None | Some(RemoteCommand::Status) => status(cx).await,
        Some(RemoteCommand::Trust(args)) => trust(cx, &args.address).await,
        Some(RemoteCommand::Forget(args)) => forget(cx, &args.address),
        Some(RemoteCommand::Pins) => pins(cx),
    }
}

async fn status(cx: &Context) -> Outcome {
    let gateway = cx.connect().await?;
    let mut answer = gateway.ask::<RemoteStatus>(&NoParams {}).await?;
    // A gateway of another release may not know it.
    let tailscale = gateway.ask::<TailscaleStatus>(&NoParams {}).await.unwrap_or_default();
    let (is_own, problem) = (gateway.is_own(), tailscale["problem"]["message"].as_str());
    answer["tailscaleProblem"] = json!(problem);
    cx.output.answer(&answer, || Ok(text(&read(&answer)?, problem, is_own)))?;
    gateway.close().await;
    Ok(())
}

/// Whose loopback address it is: what a gateway elsewhere calls this machine is its own.
pub(crate) const fn loopback_of(is_own: bool) -> &'static str {
    if is_own { "this machine" } else { "its machine" }
}

/// Every address, and from where it works.
fn addresses(status: &RemoteStatusResult, is_own: bool) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = Vec::new();
    for url in &status.urls {
        let kind = match url.kind {
            RemoteUrlKind::Loopback => loopback_of(is_own),
            RemoteUrlKind::Lan => "network",
            RemoteUrlKind::Tailnet => "tailnet",
            RemoteUrlKind::Custom => "custom",
            RemoteUrlKind::Proxy => "proxy",
        };
        let remark = if url.secure { "" } else { "  (not encrypted)" };
        lines.push((kind.to_owned(), format!("{}{remark}", printable(&url.url))));
    }
    lines
}

fn text(status: &RemoteStatusResult, tailscale: Option<&str>, is_own: bool) -> String {
    let mut lines = vec![format!("listening: {}, port {}", status.bind, status.port)];
    let mut fact = |name: &str, fact: &str| lines.push(format!("  {name:<12}  {fact}"));
    for (kind, url) in addresses(status, is_own) {
        fact(&kind, &url);
    }
    let tls = &status.tls;
    if let Some(fingerprint) = &tls.fingerprint {
        fact("certificate", &format!("sha256 {}", printable(fingerprint)));
        fact("", &printable(tls.cert_path.as_deref().unwrap_or_default()));
    } else {
        fact("certificate", "none: gateway.tls.enabled is false");
    }
    if let Some(problem) = &tls.problem {
        fact("to do", &printable(problem));
    }
    if let Some(problem) = tailscale {
        fact("Tailscale", &printable(problem));
    }
    lines.join("\n")
}

/// Confirms a certificate. A changed one is shown beside the one that was known.
async fn trust(cx: &Context, address: &str) -> Outcome {
    let url = match address.split_once("://") {
        Some(("wss", _)) => address.to_owned(),
        Some(("https", rest)) => format!("wss://{rest}"),
        None => format!("wss://{address}"),
        _ => {
            return Err(Failure::usage(format!("{address} is not encrypted, so it has no certificate"))
                .hint("write wss://HOST:PORT"));
        }
    };
    let here = place(&url);
    let mut pins = Pins::open(&cx.settings.state_dir)?;
    let known = pins.get(&here).map(|pin| pin.sha256.clone());
    let sha256 = match &cx.settings.tls_fingerprint {
        Some(given) => read_fingerprint(&given.value)
            .ok_or_else(|| Failure::usage(format!("{}: a fingerprint is 64 hex digits", given.by)))?,
        None => {
            let seen = look_at_certificate(&url, cx.settings.timeout).await;
            let seen = seen.map_err(|error| Failure::new(Exit::Unreachable, error.to_string()))?;
            let was = known.as_ref().map_or_else(String::new, |known| format!("  known until now  {known}\n"));
            let question = format!(
                "The gateway at {here} shows this certificate:\n  sha256           {}\n{was}Compare it with what `postern \
                 remote` shows on the gateway's machine. Is it the same?",
                seen.fingerprint
            );
            if known.as_deref() != Some(seen.fingerprint.as_str()) && !(somebody_is_there() && confirm(&question)) {
                return Err(Failure::new(Exit::Unauthorized, "nothing was changed: nobody confirmed the certificate")
                    .hint(format!("postern remote trust {url} --tls-fingerprint {}", seen.fingerprint)));
            }
            seen.fingerprint
        }
    };
    pins.keep(&here, &sha256)?;
    cx.output.answer(&json!({"place": here, "sha256": sha256, "before": known}), || {
        Ok(format!("the gateway at {here} is known by sha256 {sha256}"))
    })
}

fn forget(cx: &Context, address: &str) -> Outcome {
    let url = if address.contains("://") { address.to_owned() } else { format!("wss://{address}") };
    let here = place(&url);
    let was = Pins::open(&cx.settings.state_dir)?.forget(&here)?;
    cx.output.answer(&json!({"place": here, "forgotten": was}), || {
        Ok(if was {
            format!("the certificate of {here} is forgotten")
        } else {
            format!("no certificate of {here} is known")
        })
    })
}

fn pins(cx: &Context) -> Outcome {
    let pins = Pins::open(&cx.settings.state_dir)?;
    cx.output.answer(&json!({"pins": pins.all()}), || {
        if pins.all().is_empty() {
            return Ok("no certificate of a gateway elsewhere was confirmed yet".to_owned());
        }
        let lines: Vec<String> =
            pins.all().iter().map(|(place, pin)| format!("{place}  sha256 {}", pin.sha256)).collect();
        Ok(lines.join("\n"))
    })
}
