//! `gateway.restart.request`: starts the gateway again when no run is under way.

use std::time::Duration;

use postern_protocol::access::{Access, Scope};
use postern_protocol::restart::{GatewayRestartRequest, GatewayRestartRequestParams, GatewayRestartRequestResult};

use crate::restart::Why;
use crate::rpc::{Cx, Method, RpcError, RpcResult};

/// How long it waits, when nothing is said.
const DELAY_MS: u64 = 500;

impl Method for GatewayRestartRequest {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: GatewayRestartRequestParams) -> RpcResult<GatewayRestartRequestResult> {
        if params.session_key.is_some() {
            return Err(RpcError::forbidden("an agent cannot restart the gateway; its owner can"));
        }
        let delay_ms = params.delay_ms.unwrap_or(DELAY_MS);
        let why = Why {
            reason: params.reason.unwrap_or_else(|| "requested".to_owned()),
            note: params.note,
            at_ms: cx.clock.now_ms(),
            ..Why::default()
        };
        cx.restart.ask(why, Duration::from_millis(delay_ms), params.force == Some(true));
        Ok(GatewayRestartRequestResult { ok: true, delay_ms, runs: cx.runs.live() as u64 })
    }
}
