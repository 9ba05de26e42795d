//! `postern devices`: who is paired, who asks, and what to do about it.

use postern_protocol::call::Call as _;
use postern_protocol::pairing::{DevicePairList, DevicePairListResult, PairedDevice, PairingRequest};
use serde_json::json;

use super::{Context, read};
use crate::args::{DevicesArgs, DevicesCommand};
use crate::connection::Connection;
use crate::env::now_ms;
use crate::exit::{Failure, Outcome};
use crate::output::ago;
use crate::table::{Table, cut, distinct_length};

mod approve;
mod change;

pub(crate) use change::new_name;

pub(crate) async fn run(cx: &Context, args: &DevicesArgs) -> Outcome {
    match args.command.as_ref().unwrap_or(&DevicesCommand::List) {
        DevicesCommand::List => list(cx).await,
        DevicesCommand::Approve(args) => approve::approve(cx, args).await,
        DevicesCommand::Reject(args) => approve::reject(cx, args).await,
        DevicesCommand::Remove(args) => change::remove(cx, args).await,
        DevicesCommand::Rename(args) => change::rename(cx, args).await,
        DevicesCommand::Rotate(args) => change::rotate(cx, args).await,
        DevicesCommand::Revoke(args) => change::revoke(cx, args).await,
    }
}

async fn list(cx: &Context) -> Outcome {
    let gateway = cx.connect_to_decide().await?;
    let answer = gateway.call(DevicePairList::NAME, json!({})).await?;
    cx.output.answer(&answer, || Ok(text(&read(&answer)?, now_ms())))?;
    gateway.close().await;
    Ok(())
}

/// Who is paired and who asks, typed.
async fn known(gateway: &Connection) -> Outcome<DevicePairListResult> {
    read(&gateway.call(DevicePairList::NAME, json!({})).await?)
}

fn text(devices: &DevicePairListResult, now_ms: i64) -> String {
    let mut parts = Vec::new();
    if !devices.pending.is_empty() {
        parts.push(format!("Waiting for approval\n{}", pending_table(&devices.pending, now_ms)));
        parts.push("  Let one in with: postern devices approve REQUEST".to_owned());
    }
    if devices.paired.is_empty() {
        parts.push("No device is paired.".to_owned());
    } else {
        parts.push(format!("Paired\n{}", paired_table(&devices.paired, now_ms)));
    }
    parts.join("\n\n")
}

fn pending_table(pending: &[PairingRequest], now_ms: i64) -> String {
    let requests = distinct_length(pending.iter().map(|request| request.request_id.as_str()));
    let devices = distinct_length(pending.iter().map(|request| request.device_id.as_str()));
    let mut table = Table::new(["REQUEST", "DEVICE", "NAME", "ADDRESS", "ROLE", "SCOPES", "ASKED"]);
    for request in pending {
        table.row([
            cut(&request.request_id, requests),
            cut(&request.device_id, devices),
            name_of_request(request),
            request.remote_ip.clone().unwrap_or_default(),
            request.role.map(|role| role.to_string()).unwrap_or_default(),
            scopes(request.scopes.map(|scopes| scopes.words()).unwrap_or_default()),
            ago(request.ts, now_ms),
        ]);
    }
    table.render()
}

fn paired_table(paired: &[PairedDevice], now_ms: i64) -> String {
    let length = distinct_length(paired.iter().map(|device| device.device_id.as_str()));
    let mut table = Table::new(["DEVICE", "NAME", "PLATFORM", "ROLES", "SCOPES", "ADDRESS", "SEEN"]);
    for device in paired {
        let seen = match (device.connected, device.last_seen_at_ms) {
            (true, _) => "connected".to_owned(),
            (false, Some(then)) => ago(then, now_ms),
            (false, None) => String::new(),
        };
        let roles: Vec<&str> = device.roles.iter().map(|role| role.as_str()).collect();
        table.row([
            cut(&device.device_id, length),
            name_of_device(device),
            device.platform.clone().unwrap_or_default(),
            roles.join(", "),
            scopes(device.scopes.words()),
            device.remote_ip.clone().unwrap_or_default(),
            seen,
        ]);
    }
    table.render()
}

/// Scopes without the prefix that all of them share.
fn scopes(words: Vec<&str>) -> String {
    words.into_iter().map(|word| word.trim_start_matches("operator.")).collect::<Vec<_>>().join(", ")
}

fn name_of_request(request: &PairingRequest) -> String {
    request.display_name.clone().or_else(|| request.client_id.clone()).unwrap_or_default()
}

fn name_of_device(device: &PairedDevice) -> String {
    let names = [&device.label, &device.display_name, &device.client_id];
    names.into_iter().flatten().next().cloned().unwrap_or_default()
}

/// The one thing whose id is `text` or begins with it, or whose name is `text`.
fn choose<'a, T>(items: &'a [T], text: &str, facts: impl Fn(&T) -> (&str, String), what: &str) -> Outcome<&'a T> {
    if let Some(exact) = items.iter().find(|item| facts(item).0 == text) {
        return Ok(exact);
    }
    let fits = |item: &&T| {
        let (id, name) = facts(item);
        id.starts_with(text) || name.eq_ignore_ascii_case(text)
    };
    let found: Vec<&T> = items.iter().filter(fits).collect();
    match (text.trim().is_empty(), found.as_slice()) {
        (false, [one]) => Ok(one),
        (false, [_, _, ..]) => {
            Err(Failure::usage(format!("`{text}` fits {} {what}s: type more of the id", found.len())))
        }
        _ => Err(Failure::new(crate::exit::Exit::Failed, format!("no {what} is called `{text}`"))
            .hint("postern devices list shows who asks and who is paired")),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
