//! Running a command of a node, and waiting for what comes of it.

use std::path::Path;
use std::time::Duration;

use postern_client::CallOptions;
use postern_gateway::secrets::Secret;
use postern_protocol::call::Call as _;
use postern_protocol::nodes::NodeInvoke;
use serde_json::{Value, json};

use super::{find, media};
use crate::args::{NodeInvokeArgs, NodeReach};
use crate::commands::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{escaped, printable};

/// The gateway waits for the node; this program a little longer for the gateway.
const GRACE: Duration = Duration::from_secs(5);

pub(super) async fn run(cx: &Context, args: &NodeInvokeArgs) -> Outcome {
    // Before connecting: a mistake in the JSON needs no gateway to be found.
    let params = crate::commands::call::params(args.params.as_deref())?;
    let given = args.params.is_some().then_some(params);
    let asked = Asked { command: &args.command, params: given, out: args.media.out.as_deref() };
    invoke(cx, &args.media.reach, asked, |payload| Ok(escaped(format!("{payload:#}")))).await
}

/// What is asked of a node.
pub(super) struct Asked<'a> {
    /// The command, by its wire name.
    pub(super) command: &'a str,
    /// What it takes.
    pub(super) params: Option<Value>,
    /// File for a picture or video.
    pub(super) out: Option<&'a Path>,
}

/// Runs a command and prints what came of it: `text` for people, the whole answer
/// for programs. A picture or video goes to a file in both.
pub(super) async fn invoke(
    cx: &Context,
    reach: &NodeReach,
    asked: Asked<'_>,
    text: impl FnOnce(&Value) -> Outcome<String>,
) -> Outcome {
    let gateway = cx.connect().await?;
    let node = find(&gateway, &reach.of.node).await?;
    let key = reach.idempotency_key.clone().unwrap_or_else(|| format!("cli-{}", Secret::random().expose()));
    let mut params = json!({
        "nodeId": node.node_id,
        "command": asked.command,
        "timeoutMs": reach.invoke_timeout,
        "idempotencyKey": key,
    });
    if let Some(given) = asked.params {
        params["params"] = given;
    }
    let patience = CallOptions::new().timeout(Duration::from_millis(reach.invoke_timeout) + GRACE);
    let answered = gateway.client().call_raw_with(NodeInvoke::NAME, params, patience).await;
    let mut answer = answered.map_err(|error| explained(gateway.refusal(&error)))?;
    let kept = media::keep(&mut answer, asked.command, asked.out)?;
    cx.output.answer(&answer, || match &kept {
        Some(kept) => Ok(kept.to_string()),
        None if answer["payload"].is_null() => Ok("done".to_owned()),
        None => text(&answer["payload"]),
    })?;
    gateway.close().await;
    Ok(())
}

/// A refusal with the exit code and the advice that its finest code deserves.
pub(crate) fn explained(failure: Failure) -> Failure {
    let details = failure.answer.as_ref().and_then(|answer| answer.details.as_ref());
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let of_node = details.and_then(|details| text(details.get("nodeError")?.get("code")));
    let code = of_node.or_else(|| details.and_then(|details| text(details.get("code"))));
    let (exit, hint) = match code.as_deref() {
        Some("TIMEOUT") => (Exit::Timeout, "the node may still be doing it; wait longer with --invoke-timeout MS"),
        Some("NOT_CONNECTED") => {
            (Exit::Failed, "the node is away or went away; postern nodes status shows when it was last seen")
        }
        Some("PAIRING_CHANGED") => {
            (Exit::PairingRequired, "the command waits for an approval; postern nodes pending shows the request")
        }
        Some("NODE_BACKGROUND_UNAVAILABLE") => (Exit::Failed, "open the app on the device and try again"),
        Some("SYSTEM_RUN_DENIED") => {
            (Exit::Unauthorized, "the node's own rules decide; postern approvals get --node NODE shows them")
        }
        Some(code) if failure.hint.is_none() && !failure.message.contains(code) => {
            let message = format!("{} ({})", failure.message, printable(code));
            return Failure { message, ..failure };
        }
        _ if failure.message.starts_with("node command not allowed") => {
            let hint = match text(details.and_then(|details| details.get("reason"))).as_deref() {
                Some("command not allowlisted") => {
                    "gateway.nodes.commands.allow in the configuration adds commands by name"
                }
                _ => "the node offers what postern nodes describe --node NODE shows, and nothing else",
            };
            return failure.hint(hint);
        }
        _ => return failure,
    };
    Failure { exit, ..failure }.hint(hint)
}
