//! Methods under `exec.approvals.`.

mod get;
mod set;

use postern_protocol::approvals::ExecRulesResult;

use crate::approvals::{ExecModes, RulesView};
use crate::rpc::Cx;

fn shown(cx: &Cx, view: RulesView) -> ExecRulesResult {
    ExecRulesResult {
        path: cx.paths.database().display().to_string(),
        exists: view.exists,
        hash: view.hash,
        file: (*view.rules).clone(),
        resolved_defaults: cx.approvals.resolved_defaults(ExecModes::from(&cx.config.tools.exec)),
    }
}
