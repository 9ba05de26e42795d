//! `postern nodes approve`, `reject`, `remove` and `rename`.

use postern_protocol::call::Call as _;
use postern_protocol::nodes::{
    NodePairApprove, NodePairList, NodePairListResult, NodePairReject, NodePairRemove, NodePairRequested, NodeRename,
};
use serde_json::json;

use super::{find, shown};
use crate::args::{ApproveArgs, NodeOf, NodeRenameArgs, RequestArgs};
use crate::commands::devices::new_name;
use crate::commands::{Context, read};
use crate::connection::Connection;
use crate::env::now_ms;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{confirm, count, printable, somebody_is_there};

/// Shows what is asked, asks back where somebody can answer, and approves exactly
/// that request of exactly that node.
pub(super) async fn approve(cx: &Context, args: &ApproveArgs) -> Outcome {
    let ask = !args.yes && !cx.output.is_json() && somebody_is_there();
    if args.id.is_none() && !args.latest && !args.yes && !ask {
        return Err(Failure::usage("say which request to approve")
            .hint("postern nodes approve ID, or --latest when only one waits"));
    }
    let gateway = cx.connect_to_decide().await?;
    let pairing = pairing(&gateway).await?;
    let request = match &args.id {
        Some(id) => choose(&pairing.pending, id)?,
        None => only(&pairing.pending)?,
    };
    let approved = pairing.paired.iter().find(|node| node.node_id == request.node_id);
    cx.output.note(&shown::request(request, approved, now_ms()));
    if ask && !confirm("Let agents use this?") {
        return Err(Failure::new(Exit::Failed, "nothing was approved"));
    }
    let params = json!({"requestId": request.request_id, "nodeId": request.node_id});
    let answer = gateway.call(NodePairApprove::NAME, params).await?;
    cx.output.answer(&answer, || Ok(format!("approved: agents may use {}", name_of(request))))?;
    gateway.close().await;
    Ok(())
}

pub(super) async fn reject(cx: &Context, args: &RequestArgs) -> Outcome {
    let gateway = cx.connect_to_decide().await?;
    let pairing = pairing(&gateway).await?;
    let request = choose(&pairing.pending, &args.id)?;
    let params = json!({"requestId": request.request_id, "nodeId": request.node_id});
    let answer = gateway.call(NodePairReject::NAME, params).await?;
    cx.output.answer(&answer, || Ok(format!("rejected: {}", name_of(request))))?;
    gateway.close().await;
    Ok(())
}

pub(super) async fn remove(cx: &Context, args: &NodeOf) -> Outcome {
    let gateway = cx.connect_to_decide().await?;
    let node = find(&gateway, &args.node).await?;
    let answer = gateway.call(NodePairRemove::NAME, json!({"nodeId": node.node_id})).await?;
    let name = printable(node.display_name.as_ref().unwrap_or(&node.node_id));
    cx.output.answer(&answer, || {
        Ok(format!("removed: agents cannot use {name} any more; postern devices remove forgets the device, too"))
    })?;
    gateway.close().await;
    Ok(())
}

pub(super) async fn rename(cx: &Context, args: &NodeRenameArgs) -> Outcome {
    let name = new_name(&args.name)?;
    let gateway = cx.connect_to_decide().await?;
    let node = find(&gateway, &args.of.node).await?;
    let params = json!({"nodeId": node.node_id, "displayName": name});
    let answer = gateway.call(NodeRename::NAME, params).await?;
    cx.output
        .answer(&answer, || Ok(format!("renamed: {}", printable(answer["displayName"].as_str().unwrap_or(name)))))?;
    gateway.close().await;
    Ok(())
}

async fn pairing(gateway: &Connection) -> Outcome<NodePairListResult> {
    read(&gateway.call(NodePairList::NAME, json!({})).await?)
}

fn name_of(request: &NodePairRequested) -> String {
    printable(request.display_name.as_ref().unwrap_or(&request.node_id))
}

/// The one request whose id is `text` or begins with it.
pub(super) fn choose<'a>(pending: &'a [NodePairRequested], text: &str) -> Outcome<&'a NodePairRequested> {
    if let Some(exact) = pending.iter().find(|request| request.request_id == text) {
        return Ok(exact);
    }
    let fits: Vec<&NodePairRequested> = pending.iter().filter(|request| request.request_id.starts_with(text)).collect();
    match (text.trim().is_empty(), fits.as_slice()) {
        (false, [one]) => Ok(one),
        (false, [_, _, ..]) => {
            Err(Failure::usage(format!("`{}` fits {} requests: type more of the id", printable(text), fits.len())))
        }
        _ => Err(Failure::new(Exit::Failed, format!("no request `{}` waits", printable(text)))
            .hint("postern nodes pending shows those that do")),
    }
}

/// The request that waits, when it is the only one: with two, a stranger could
/// slip in between looking and approving.
pub(super) fn only(pending: &[NodePairRequested]) -> Outcome<&NodePairRequested> {
    match pending {
        [one] => Ok(one),
        [] => Err(Failure::new(Exit::Failed, "no node asks for an approval")
            .hint("a new device is let in first: postern devices list shows who waits")),
        several => {
            let ids: Vec<&str> = several.iter().map(|request| request.request_id.as_str()).collect();
            Err(Failure::usage(format!("{} wait, so say which one", count(several.len(), "request")))
                .hint(format!("postern nodes approve {}", ids.join("\npostern nodes approve "))))
        }
    }
}
