//! `postern discover`: gateways on the local network. What they say about themselves
//! is shown as what it is, a claim; nothing of it is kept or believed.

use std::time::Duration;

use postern_gateway::discovery::{Sighting, browse};
use serde_json::{Value, json};

use super::Context;
use crate::endpoint::{Pins, place};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{count, printable, span};

/// Said where nobody answered.
const NOBODY: &str = "A gateway is found only when its owner has switched that on: on its machine, postern config set \
                      discovery.mdns.mode minimal, with gateway.bind set to lan.";

pub(crate) async fn run(cx: &Context) -> Outcome {
    let patience = cx.settings.timeout;
    let found = look(patience).await?;
    let pins = Pins::open(&cx.settings.state_dir)?;
    let rows: Vec<Value> = found.iter().map(|one| document(one, &pins)).collect();
    cx.output.answer(&json!({"gateways": rows}), || Ok(text(&found, &pins, patience)))
}

/// Looks on the network.
pub(crate) async fn look(patience: Duration) -> Outcome<Vec<Sighting>> {
    browse(patience).await.map_err(|error| Failure::new(Exit::Failed, error.to_string()))
}

/// Where to connect: the address that DNS gave, encrypted when the gateway says so
/// or when a certificate of it was confirmed before.
pub(crate) fn url(one: &Sighting, pins: &Pins) -> Option<String> {
    let address = one.address()?;
    let encrypted = format!("wss://{address}");
    let is_encrypted = one.tls || pins.get(&place(&encrypted)).is_some();
    Some(if is_encrypted { encrypted } else { format!("ws://{address}") })
}

fn pinned<'a>(one: &Sighting, pins: &'a Pins) -> Option<&'a str> {
    let pin = pins.get(&place(&format!("wss://{}", one.address()?)))?;
    Some(pin.sha256.as_str())
}

fn document(one: &Sighting, pins: &Pins) -> Value {
    let claimed = one.claimed_sha256.as_ref().map(|sha256| json!({"sha256": sha256, "verified": false}));
    json!({
        "name": one.name,
        "url": url(one, pins),
        "host": one.host,
        "addresses": one.addresses,
        "port": one.port,
        "tls": one.tls,
        "fingerprint": claimed,
        "contradicts": one.contradicts,
        "confirmed": pinned(one, pins),
        "types": one.types,
        "claims": one.claims,
    })
}

fn text(found: &[Sighting], pins: &Pins, patience: Duration) -> String {
    if found.is_empty() {
        let waited = span(u64::try_from(patience.as_millis()).unwrap_or(u64::MAX));
        return format!("no gateway on this network answered within {waited}\n{NOBODY}");
    }
    let mut lines = vec![format!("{} on this network; what they say is not verified", count(found.len(), "gateway"))];
    for one in found {
        let url = url(one, pins).unwrap_or_default();
        lines.push(format!("\n{}", printable(&one.name)));
        let mut fact = |name: &str, fact: &str| lines.push(format!("  {name:<12}  {fact}"));
        fact("address", &url);
        fact("host", &printable(&one.host));
        fact("certificate", &certificate(one, pins));
        if one.addresses.len() > 1 {
            let others: Vec<String> = one.addresses.iter().skip(1).map(ToString::to_string).collect();
            fact("also at", &others.join(", "));
        }
    }
    lines.push("\nto use one: postern remote add NAME, which looks at its certificate itself and asks you".to_owned());
    lines.join("\n")
}

fn certificate(one: &Sighting, pins: &Pins) -> String {
    match (pinned(one, pins), one.claimed_sha256.as_deref()) {
        (Some(known), Some(claimed)) if known != claimed => format!(
            "sha256 {known} (confirmed); the network claims another one, sha256 {claimed}, which is not believed"
        ),
        (Some(known), _) => format!("sha256 {known} (confirmed)"),
        (None, _) if one.contradicts => "unknown: the network claims several for this address".to_owned(),
        (None, Some(claimed)) => format!("sha256 {claimed} (unverified)"),
        (None, None) if one.tls => "unknown".to_owned(),
        (None, None) => "none: not encrypted".to_owned(),
    }
}
