//! `postern remote`: from where the gateway is reached, and which certificates of
//! gateways elsewhere are known.

use std::time::Duration;

use postern_client::look_at_certificate;
use postern_gateway::config::read_fingerprint;
use postern_gateway::discovery::Sighting;
use postern_protocol::call::NoParams;
use postern_protocol::remote::{RemoteStatus, RemoteStatusResult, RemoteUrlKind};
use postern_protocol::tailscale::TailscaleStatus;
use serde_json::json;

use super::{Context, read};

use crate::args::{RemoteArgs, RemoteCommand};
use crate::endpoint::{Pins, place};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{confirm, printable, somebody_is_there};

/// How long a gateway that is looked for by its name has to answer.
const LOOK: Duration = Duration::from_secs(5);

pub(crate) async fn run(cx: &Context, args: &RemoteArgs) -> Outcome {
    match &args.command {
        None | Some(RemoteCommand::Status) => status(cx).await,
        Some(RemoteCommand::Add(args)) => add(cx, &args.name).await,
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
    confirm_certificate(cx, &url, None).await
}

/// Finds a gateway by the name it has on the network. From there only its address is
/// taken; by which certificate it is known is what the connection itself shows and
/// somebody confirms.
async fn add(cx: &Context, name: &str) -> Outcome {
    let wanted = name.trim().to_lowercase();
    let found = super::discover::look(cx.settings.timeout.min(LOOK)).await?;
    let is_meant = |one: &&Sighting| {
        let names = [one.name.to_lowercase(), one.host.to_lowercase()];
        let addresses = one.addresses.iter().map(ToString::to_string);
        names.iter().any(|name| *name == wanted || name.strip_suffix(".local") == Some(&wanted))
            || addresses.into_iter().any(|address| address == wanted)
    };
    let pins = Pins::open(&cx.settings.state_dir)?;
    let meant: Vec<&Sighting> = found.iter().filter(is_meant).collect();
    let (one, url) = match meant[..] {
        [one] => (one, super::discover::url(one, &pins).unwrap_or_default()),
        [] => {
            return Err(Failure::new(
                Exit::Unreachable,
                format!("no gateway `{}` answered on this network", printable(name)),
            )
            .hint("postern discover shows who does; or: postern remote trust wss://HOST:PORT"));
        }
        _ => {
            let urls: Vec<String> = meant.iter().filter_map(|one| super::discover::url(one, &pins)).collect();
            return Err(Failure::usage(format!("several gateways call themselves `{}`", printable(name)))
                .hint(format!("name the one you mean: postern remote trust URL, with one of {}", urls.join(", "))));
        }
    };
    if url.starts_with("ws://") {
        return Err(Failure::new(
            Exit::Failed,
            format!("the gateway at {url} says that it is not encrypted, so there is no certificate to know it by"),
        )
        .hint("on its machine: postern config set gateway.tls.enabled true"));
    }
    confirm_certificate(cx, &url, one.claimed_sha256.as_deref()).await?;
    if !cx.output.is_json() {
        cx.output.note(&format!(
            "to use it from here: postern config set gateway.remote.url {url}, then postern config set gateway.mode remote"
        ));
    }
    Ok(())
}

/// Confirms what a connection shows. What the network `claimed` is only shown.
async fn confirm_certificate(cx: &Context, url: &str, claimed: Option<&str>) -> Outcome {
    let here = place(url);
    let mut pins = Pins::open(&cx.settings.state_dir)?;
    let known = pins.get(&here).map(|pin| pin.sha256.clone());
    let sha256 = match &cx.settings.tls_fingerprint {
        Some(given) => read_fingerprint(&given.value)
            .ok_or_else(|| Failure::usage(format!("{}: a fingerprint is 64 hex digits", given.by)))?,
        None => {
            let seen = look_at_certificate(url, cx.settings.timeout).await;
            let seen = seen.map_err(|error| Failure::new(Exit::Unreachable, error.to_string()))?;
            let was = known.as_ref().map_or_else(String::new, |known| format!("  known until now  {known}\n"));
            let lie = claimed.filter(|claimed| *claimed != seen.fingerprint);
            let other = lie.map_or_else(String::new, |claimed| {
                format!("  the network says {claimed}\n  That is another one: somebody on this network may be lying.\n")
            });
            let question = format!(
                "The gateway at {here} shows this certificate:\n  sha256           {}\n{was}{other}Compare it with what `postern \
                 remote` shows on the gateway's machine. Is it the same?",
                seen.fingerprint
            );
            if known.as_deref() != Some(seen.fingerprint.as_str()) && !(somebody_is_there() && confirm(&question)) {
                let lie = lie.map_or("", |_| "; the network claims another one than the gateway shows");
                let message = format!("nothing was changed: nobody confirmed the certificate{lie}");
                return Err(Failure::new(Exit::Unauthorized, message)
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
