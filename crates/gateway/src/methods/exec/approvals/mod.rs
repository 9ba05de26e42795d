//! Methods under `exec.approvals.`.

mod get;
mod node;
mod set;

use postern_protocol::Dialect;
use postern_protocol::approvals::ExecRulesResult;

use crate::approvals::{ExecModes, RulesView};
use crate::rpc::Cx;

fn shown(cx: &Cx, view: RulesView) -> ExecRulesResult {
    // Protocol 3 refuses fields that it does not know.
    let is_v4 = cx.principal().dialect == Dialect::V4;
    ExecRulesResult {
        path: cx.paths.database().display().to_string(),
        exists: view.exists,
        hash: view.hash,
        file: (*view.rules).clone(),
        resolved_defaults: is_v4.then(|| cx.approvals.resolved_defaults(ExecModes::from(&cx.config().tools.exec))),
    }
}
