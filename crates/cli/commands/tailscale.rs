//! `postern tailscale`: the gateway in its owner's tailnet.

use postern_protocol::call::NoParams;
use postern_protocol::tailscale::{
    TailscaleMode, TailscaleSet, TailscaleSetParams, TailscaleState, TailscaleStatus, TailscaleStatusResult,
};

use super::{Context, read};
use crate::args::{TailscaleArgs, TailscaleCommand};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::printable;

pub(crate) async fn run(cx: &Context, args: &TailscaleArgs) -> Outcome {
    let mode = match args.command {
        None | Some(TailscaleCommand::Status) => return cx.ask::<TailscaleStatus>(NoParams {}, text).await,
        Some(TailscaleCommand::Serve) => TailscaleMode::Serve,
        Some(TailscaleCommand::Funnel) => TailscaleMode::Funnel,
        Some(TailscaleCommand::Off) => TailscaleMode::Off,
    };
    let gateway = cx.connect().await?;
    let answer = gateway.ask::<TailscaleSet>(&TailscaleSetParams { mode }).await?;
    gateway.close().await;
    let status: TailscaleStatusResult = read(&answer)?;
    cx.output.answer(&answer, || Ok(text(&status)))?;
    match status.problem {
        // What it is was printed.
        Some(problem) if status.served == (mode == TailscaleMode::Off) => {
            Err(Failure::reported(Exit::Failed, problem.message))
        }
        _ => Ok(()),
    }
}

fn text(status: &TailscaleStatusResult) -> String {
    let headline = match (status.mode, status.served) {
        (TailscaleMode::Off, _) => "Tailscale does not show this gateway".to_owned(),
        (TailscaleMode::Serve, true) => "Tailscale shows this gateway to the tailnet".to_owned(),
        (TailscaleMode::Funnel, true) => "Tailscale shows this gateway to the internet".to_owned(),
        (mode, false) => format!("Tailscale does not {} this gateway yet", mode.as_str()),
    };
    let mut lines = vec![headline];
    let mut fact = |name: &str, fact: &str| lines.push(format!("  {name:<11}  {}", printable(fact)));
    if let Some(problem) = &status.problem {
        fact("to do", &problem.message);
    }
    if let Some(url) = &status.url {
        fact("address", url);
    }
    fact("tailscale", state(status.state));
    if let Some(name) = &status.dns_name {
        fact("machine", name);
    }
    if !status.addresses.is_empty() {
        fact("in tailnet", &status.addresses.join(", "));
    }
    if status.mode != TailscaleMode::Off {
        let sign_in = if status.identity_sign_in { "by Tailscale identity, or as ever" } else { "as ever" };
        fact("sign in", sign_in);
    }
    lines.join("\n")
}

const fn state(state: TailscaleState) -> &'static str {
    match state {
        TailscaleState::Missing => "not installed, or not running",
        TailscaleState::Starting => "starting",
        TailscaleState::NeedsLogin => "nobody is signed in",
        TailscaleState::NeedsApproval => "waits for its tailnet's approval",
        TailscaleState::Stopped => "stopped",
        TailscaleState::Running => "running",
    }
}
