//! `postern devices approve` and `reject`: decisions about requests that wait.

use postern_protocol::call::Call as _;
use postern_protocol::pairing::{DevicePairApprove, DevicePairReject, PairingRequest};
use serde_json::json;

use super::{choose, known, name_of_request, scopes};
use crate::args::{ApproveArgs, RequestArgs};
use crate::commands::Context;
use crate::env::now_ms;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{ago, confirm, count, printable, somebody_is_there};
use crate::table::grouped;

/// Shows who asks for what, asks back where somebody can answer, and approves
/// exactly that request of exactly that key.
pub(super) async fn approve(cx: &Context, args: &ApproveArgs) -> Outcome {
    let ask = !args.yes && !cx.output.is_json() && somebody_is_there();
    if args.id.is_none() && !args.latest && !args.yes && !ask {
        return Err(Failure::usage("say which request to approve")
            .hint("postern devices approve ID, or --latest when only one waits"));
    }
    let gateway = cx.connect_to_decide().await?;
    let pending = known(&gateway).await?.pending;
    let request = match &args.id {
        Some(id) => choose(&pending, id, |request| (&request.request_id, String::new()), "request")?,
        None => only(&pending)?,
    };
    cx.output.note(&description(request, now_ms()));
    if ask && !confirm("Let this device in?") {
        return Err(Failure::new(Exit::Failed, "nothing was approved"));
    }
    let params = json!({"requestId": request.request_id, "deviceId": request.device_id});
    let answer = gateway.call(DevicePairApprove::NAME, params).await?;
    let name = printable(&name_of_request(request));
    cx.output.answer(&answer, || Ok(format!("approved: {name} connects on its next try")))?;
    gateway.close().await;
    Ok(())
}

pub(super) async fn reject(cx: &Context, args: &RequestArgs) -> Outcome {
    let gateway = cx.connect_to_decide().await?;
    let pending = known(&gateway).await?.pending;
    let request = choose(&pending, &args.id, |request| (&request.request_id, String::new()), "request")?;
    let params = json!({"requestId": request.request_id, "deviceId": request.device_id});
    let answer = gateway.call(DevicePairReject::NAME, params).await?;
    cx.output.answer(&answer, || Ok(format!("rejected: {}", printable(&name_of_request(request)))))?;
    gateway.close().await;
    Ok(())
}

/// The request that waits, when it is the only one: with two, a stranger could
/// slip in between looking and approving.
pub(super) fn only(pending: &[PairingRequest]) -> Outcome<&PairingRequest> {
    match pending {
        [one] => Ok(one),
        [] => Err(Failure::new(Exit::Failed, "no device waits for approval")
            .hint("the device has to try to connect first; its request waits for five minutes after the last try")),
        several => {
            let ids: Vec<&str> = several.iter().map(|request| request.request_id.as_str()).collect();
            Err(Failure::usage(format!("{} wait, so say which one", count(several.len(), "request")))
                .hint(format!("postern devices approve {}", ids.join("\npostern devices approve "))))
        }
    }
}

pub(super) fn description(request: &PairingRequest, now_ms: i64) -> String {
    let or_unknown = |text: Option<&String>| text.map_or_else(|| "unknown".to_owned(), |text| printable(text));
    let asks_for = scopes(request.scopes.map(|scopes| scopes.words()).unwrap_or_default());
    let mut lines = vec![
        format!("  device       {}", printable(&name_of_request(request))),
        format!("  fingerprint  {}", grouped(&printable(&request.device_id))),
        format!("  address      {}", or_unknown(request.remote_ip.as_ref())),
        format!("  client       {}", or_unknown(request.client_id.as_ref())),
        format!("  platform     {}", or_unknown(request.platform.as_ref())),
        format!("  role         {}", request.role.map_or("unknown", |role| role.as_str())),
        format!("  scopes       {}", if asks_for.is_empty() { "none" } else { &asks_for }),
        format!("  asked        {}", ago(request.ts, now_ms)),
        format!("  request      {}", printable(&request.request_id)),
    ];
    if let Some(origin) = &request.browser_origin {
        lines.insert(3, format!("  web page     {}", printable(origin)));
    }
    if request.is_repair == Some(true) {
        lines.push("  note         it was paired before and now asks for more, or has changed".to_owned());
    }
    lines.join("\n")
}
