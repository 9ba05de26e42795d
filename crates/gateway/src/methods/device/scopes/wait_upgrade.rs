//! `device.scopes.waitUpgrade`: blocks until an upgrade is decided or expires
//! (`methods.md §7`).

use postern_protocol::access::{Access, Role, Scope, ScopeSet};
use postern_protocol::identity::DeviceId;
use postern_protocol::pairing::{DeviceScopesWaitUpgrade, ScopesUpgradeOutcome, ScopesWaitParams};

use crate::devices::{DeviceError, RequestOutcome};
use crate::rpc::{Cx, Method, RpcError, RpcResult};

impl Method for DeviceScopesWaitUpgrade {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: ScopesWaitParams) -> RpcResult<ScopesUpgradeOutcome> {
        let device_id = cx.principal().device_id.clone().ok_or(DeviceError::NoPairedDevice)?;
        let request_id = params.request_id.as_str().to_owned();
        let outcome = tokio::select! {
            outcome = cx.devices.wait_request(&device_id, &request_id) => outcome,
            // Nobody waits any more.
            () = cx.conn().disconnected() => return Err(RpcError::unavailable("disconnected")),
        };
        match outcome {
            Ok(RequestOutcome::Approved { scopes }) => approved(&cx, &device_id, request_id, scopes).await,
            Ok(RequestOutcome::Rejected) => Ok(ScopesUpgradeOutcome::Rejected { request_id }),
            Ok(RequestOutcome::Expired) => Ok(ScopesUpgradeOutcome::Expired { request_id }),
            Err(DeviceError::UnknownRequest) => Err(RpcError::invalid("scope upgrade expired or not found")),
            Err(error) => Err(error.into()),
        }
    }
}

async fn approved(
    cx: &Cx,
    device_id: &DeviceId,
    request_id: String,
    scopes: ScopeSet,
) -> RpcResult<ScopesUpgradeOutcome> {
    match cx.devices.issue_token(device_id, Role::Operator, scopes).await {
        Ok(issued) => {
            let device_token = issued.token.expose().to_owned();
            Ok(ScopesUpgradeOutcome::Approved { request_id, device_token, scopes })
        }
        // Removed again before the answer.
        Err(DeviceError::UnknownDeviceOrRole) => Ok(ScopesUpgradeOutcome::Rejected { request_id }),
        Err(error) => Err(error.into()),
    }
}
