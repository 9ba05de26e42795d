//! `health`: the last snapshot, or a new one with `probe` (`methods.md §1`).

use postern_protocol::Dialect;
use postern_protocol::access::{Access, Role, Scope};
use postern_protocol::call::Rendered;
use postern_protocol::system::{Health, HealthParams, HealthSnapshot};

use crate::rpc::{Cx, Internal as _, Method, RpcError, RpcResult};

impl Method for Health {
    /// Protocol 4 answers everybody who got in; protocol 3 asks for more below.
    const ACCESS: Access = Access::Any;

    async fn call(cx: Cx, params: HealthParams) -> RpcResult<Rendered<HealthSnapshot>> {
        let who = cx.principal();
        let reader = who.role == Role::Operator && who.scopes.allows(Scope::Read);
        match (who.dialect, who.role) {
            (Dialect::V3, Role::Node) => return Err(RpcError::invalid("unauthorized role: node")),
            (Dialect::V3, Role::Operator) if !reader => return Err(RpcError::missing_scope(Scope::Read)),
            _ => {}
        }
        // Taking a snapshot tells everybody: who may not read gets the cached one.
        if params.probe == Some(true) && reader { cx.health.probe().internal() } else { Ok(cx.health.latest()) }
    }
}
