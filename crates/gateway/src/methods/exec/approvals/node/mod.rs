//! Methods under `exec.approvals.node.`: the rules that a node keeps itself.

mod get;
mod set;

use postern_protocol::approvals::NodeExecRules;
use postern_protocol::nodes::NodeInvokeResult;
use serde_json::Value;

use crate::rpc::{RpcError, RpcResult};

/// The rules as the node told them.
fn rules(answer: NodeInvokeResult) -> RpcResult<NodeExecRules> {
    match answer.payload {
        Some(Value::Object(answer)) => Ok(NodeExecRules { answer }),
        _ => Err(RpcError::unavailable("the node answered without its rules")),
    }
}
