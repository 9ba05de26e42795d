//! Methods under `node.`, and what their refusals say (`methods.md §6`).

mod describe;
mod event;
mod invoke;
mod list;
mod pair;
mod pending;
mod plugin_surface;
mod rename;

pub(crate) use self::invoke::on_behalf;
use postern_protocol::Dialect;
use postern_protocol::nodes::NodeError as NodeFailure;
use serde_json::json;

use crate::hub::Principal;
use crate::nodes::{CommandRefusal, NodeError, Platform};
use crate::rpc::{Cx, RpcError, RpcResult};

/// The caller's own node id.
fn own_node(cx: &Cx) -> RpcResult<&str> {
    let device = cx.principal().device_id.as_ref();
    device
        .map(postern_protocol::identity::DeviceId::as_str)
        .ok_or_else(|| RpcError::invalid("device identity required"))
}

/// Refuses a node that speaks for another.
fn must_be_own(cx: &Cx, node_id: &str) -> RpcResult<()> {
    if own_node(cx)? == node_id { Ok(()) } else { Err(RpcError::invalid("nodeId mismatch")) }
}

/// A refusal in the words of the caller's generation.
pub(crate) fn refused(who: &Principal, error: NodeError) -> RpcError {
    match error {
        NodeError::Store(error) => error.into(),
        NodeError::Forbidden(missing) => missing.into(),
        NodeError::NotConnected { dispatched } => {
            let text = NodeError::NotConnected { dispatched }.to_string();
            let mut error = RpcError::unavailable(text.clone()).detail("code", "NOT_CONNECTED");
            // Nothing has happened: the same key may be tried when the node is back.
            error.shape.retryable = (!dispatched).then_some(true);
            match who.dialect {
                Dialect::V3 => error,
                Dialect::V4 => error
                    .detail("nodeError", json!({"code": "NOT_CONNECTED", "message": text}))
                    .detail("nodeCommandDispatched", dispatched),
            }
        }
        NodeError::NotAllowed { refusal, command, platform } => not_allowed(who, refusal, (&command, platform)),
        NodeError::TimedOut => RpcError::unavailable(NodeError::TimedOut.to_string())
            .detail("nodeError", json!({"code": "TIMEOUT", "message": "node invoke timed out"})),
        NodeError::Failed(failure) => failed(failure),
        error @ NodeError::Busy => RpcError::unavailable(error.to_string()).retry_after(250),
        error @ (NodeError::TooManyNodes | NodeError::QueueFull) => RpcError::unavailable(error.to_string()),
        error @ (NodeError::UnknownNode
        | NodeError::UnknownRequest
        | NodeError::RequestChanged
        | NodeError::BlankName
        | NodeError::PayloadTooLarge
        | NodeError::NotUnderWay) => RpcError::invalid(error.to_string()),
    }
}

fn not_allowed(who: &Principal, refusal: CommandRefusal, (command, platform): (&str, Platform)) -> RpcError {
    let old = "node command not allowed";
    let (reason, text) = match refusal {
        CommandRefusal::NotAllowlisted => {
            let platform = platform.as_str();
            let text = format!("{old}: \"{command}\" is not in the allowlist for platform \"{platform}\"");
            ("command not allowlisted", text)
        }
        CommandRefusal::NotDeclared => {
            ("command not declared by node", format!("{old}: the node does not declare \"{command}\""))
        }
        CommandRefusal::NothingDeclared => {
            ("node did not declare commands", format!("{old}: the node did not declare any commands"))
        }
        CommandRefusal::NotApproved => return not_approved(command),
    };
    let text = if who.dialect == Dialect::V3 { old.to_owned() } else { text };
    RpcError::invalid(text).detail("reason", reason).detail("command", command)
}

/// Somebody may still approve it, so the same call may succeed later.
fn not_approved(command: &str) -> RpcError {
    let text = format!("\"{command}\" of this node waits for an approval (node.pair.list shows the request)");
    RpcError::unavailable(text).detail("code", "PAIRING_CHANGED").detail("command", command).retry_after(1_000)
}

fn failed(failure: NodeFailure) -> RpcError {
    let some = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let text =
        some(&failure.message).or_else(|| some(&failure.code)).unwrap_or_else(|| "node invoke failed".to_owned());
    RpcError::unavailable(text).detail("nodeError", json!(failure))
}

#[cfg(test)]
mod tests {
    use postern_protocol::access::Role;
    use postern_protocol::error::{ErrorCode, ErrorShape};

    use super::*;
    use crate::hub::tests::principal;

    fn refusal(dialect: Dialect, error: NodeError) -> ErrorShape {
        refused(&principal(Role::Operator, &[], dialect), error).shape
    }

    #[test]
    fn refusals_speak_both_generations() {
        let error = |refusal| NodeError::NotAllowed { refusal, command: "sms.send".into(), platform: Platform::Linux };
        let old = refusal(Dialect::V3, error(CommandRefusal::NotAllowlisted));
        assert_eq!((old.code, old.message.as_str()), (ErrorCode::InvalidRequest, "node command not allowed"));
        let new = refusal(Dialect::V4, error(CommandRefusal::NotAllowlisted));
        assert_eq!(new.message, r#"node command not allowed: "sms.send" is not in the allowlist for platform "linux""#);
        for shape in [old, new] {
            let details = shape.details.unwrap();
            assert_eq!(
                (&details["reason"], &details["command"]),
                (&json!("command not allowlisted"), &json!("sms.send"))
            );
        }
        let waits = refusal(Dialect::V4, error(CommandRefusal::NotApproved));
        assert_eq!((waits.code, waits.code_detail()), (ErrorCode::Unavailable, Some("PAIRING_CHANGED")));
        assert_eq!(waits.retryable, Some(true));
    }

    #[test]
    fn a_node_that_is_away_has_a_code_in_both_generations() {
        for dialect in [Dialect::V3, Dialect::V4] {
            let shape = refusal(dialect, NodeError::NotConnected { dispatched: false });
            assert_eq!((shape.code, shape.code_detail()), (ErrorCode::Unavailable, Some("NOT_CONNECTED")));
            assert_eq!(shape.message, "node not connected");
        }
        let details = refusal(Dialect::V4, NodeError::NotConnected { dispatched: true }).details.unwrap();
        assert_eq!(details["nodeCommandDispatched"], true);
    }

    #[test]
    fn what_a_node_says_is_passed_on() {
        let failure = |code: Option<&str>, message: Option<&str>| NodeFailure {
            code: code.map(str::to_owned),
            message: message.map(str::to_owned),
        };
        let say = |failure| refusal(Dialect::V4, NodeError::Failed(failure)).message;
        assert_eq!(say(failure(Some("NODE_BACKGROUND_UNAVAILABLE"), Some("open the app"))), "open the app");
        assert_eq!(say(failure(Some("NODE_BACKGROUND_UNAVAILABLE"), None)), "NODE_BACKGROUND_UNAVAILABLE");
        assert_eq!(say(failure(None, None)), "node invoke failed");
    }
}
