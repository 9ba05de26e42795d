//! `service.status`: how the gateway is kept running on its machine.

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::service::{ServiceStatus, ServiceStatusResult};

use crate::rpc::{Cx, Internal as _, Method, RpcResult};
use crate::service;

impl Method for ServiceStatus {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<ServiceStatusResult> {
        let services = cx.clone();
        let now_ms = cx.clock.now_ms();
        let asked = tokio::task::spawn_blocking(move || {
            let patient = services.doctor.patient();
            service::status(&*patient.host.service, &patient.paths, now_ms)
        });
        let mut status = asked.await.internal()?;
        // What this very gateway knows better than its folder.
        status.starts = cx.starts.status();
        let uptime = i64::try_from(cx.uptime_ms()).unwrap_or_default();
        status.since_ms = Some(now_ms.saturating_sub(uptime));
        status.advice = service::advice(&status, &cx.doctor.patient().host.command);
        Ok(status)
    }
}
