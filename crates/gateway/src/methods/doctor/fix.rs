//! `doctor.fix`: makes the repairs that are safe, and looks again.

use postern_protocol::access::{Access, Scope};
use postern_protocol::doctor::{DoctorFix, DoctorFixParams, DoctorFixResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for DoctorFix {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: DoctorFixParams) -> RpcResult<DoctorFixResult> {
        Ok(cx.doctor.fix(&params.ids).await?)
    }
}
