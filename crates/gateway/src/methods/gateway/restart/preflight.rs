//! `gateway.restart.preflight`: what a restart would disturb, and whether the
//! gateway would come back.

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::restart::{GatewayRestartPreflight, GatewayRestartPreflightResult};

use crate::rpc::{Cx, Method, RpcResult};
use crate::settings::issues;

impl Method for GatewayRestartPreflight {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<GatewayRestartPreflightResult> {
        let state = cx.config.state();
        let runs = cx.runs.live() as u64;
        let (operators, nodes) = cx.hub.counts();
        Ok(GatewayRestartPreflightResult {
            safe: runs == 0 && state.problems.is_empty(),
            runs,
            connections: (operators + nodes) as u64,
            requested: cx.restart.is_requested(),
            config_valid: state.problems.is_empty(),
            issues: issues(&state.problems),
            waiting: state.waiting.iter().map(|path| (*path).to_owned()).collect(),
        })
    }
}
