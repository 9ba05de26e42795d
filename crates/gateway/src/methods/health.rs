//! `health`: the last snapshot, or a new one with `probe` (`methods.md §1`).

use postern_protocol::Dialect;
use postern_protocol::access::{Access, Role, Scope};
use postern_protocol::call::Rendered;
use postern_protocol::system::{Health, HealthParams, HealthSnapshot};

use crate::rpc::{Cx, Internal as _, Method, RpcError, RpcResult};

impl Method for Health {
    /// Protocol 4 lets nodes ask too; operators need to be able to read.
    const ACCESS: Access = Access::Any;

    async fn call(cx: Cx, params: HealthParams) -> RpcResult<Rendered<HealthSnapshot>> {
        let who = cx.principal();
        match who.role {
            Role::Operator if !who.scopes.allows(Scope::Read) => return Err(RpcError::missing_scope(Scope::Read)),
            Role::Node if who.dialect == Dialect::V3 => return Err(RpcError::invalid("unauthorized role: node")),
            Role::Operator | Role::Node => {}
        }
        if params.probe == Some(true) { cx.health.refresh().internal() } else { Ok(cx.health.latest()) }
    }
}
