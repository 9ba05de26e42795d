//! `doctor.run`: looks at the installation and changes nothing.

use postern_protocol::access::{Access, Scope};
use postern_protocol::doctor::{DoctorReport, DoctorRun, DoctorRunParams};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for DoctorRun {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: DoctorRunParams) -> RpcResult<DoctorReport> {
        Ok(cx.doctor.run(params.ids.as_deref()).await?)
    }
}
