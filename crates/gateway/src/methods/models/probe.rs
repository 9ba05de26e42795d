//! `models.probe`: ask a provider whether it takes its key.

use std::time::Duration;

use postern_models::{ErrorKind, ModelError};
use postern_protocol::access::{Access, Scope};
use postern_protocol::models::{ModelsProbe, ModelsProbeParams, ModelsProbeResult, ProbeStatus, ProbeTarget};

use super::profile_id;
use crate::rpc::{Cx, Method, RpcResult};

/// How long a probe waits when nobody says how long.
pub(super) const TIMEOUT: Duration = Duration::from_secs(15);
const LONGEST: Duration = Duration::from_secs(60);

impl Method for ModelsProbe {
    /// It asks somebody outside, with the owner's key.
    const ACCESS: Access = Access::Operator(Scope::Write);

    async fn call(cx: Cx, params: ModelsProbeParams) -> RpcResult<ModelsProbeResult> {
        let provider = cx.models.provider(&params.provider)?.provider;
        let timeout = params.timeout_ms.map_or(TIMEOUT, Duration::from_millis).min(LONGEST);
        Ok(probe(&cx, &provider, timeout).await)
    }
}

pub(super) async fn probe(cx: &Cx, provider: &str, timeout: Duration) -> ModelsProbeResult {
    let (status, latency_ms, error) = match tokio::time::timeout(timeout, cx.models.probe(provider)).await {
        Ok(Ok(latency_ms)) => (ProbeStatus::Ok, Some(latency_ms), None),
        Ok(Err(error)) => (word(&error), None, Some(error.message)),
        Err(_) => (ProbeStatus::Timeout, None, Some(format!("no answer within {} ms", timeout.as_millis()))),
    };
    let target = ProbeTarget {
        profile_id: Some(profile_id(provider)),
        label: provider.to_owned(),
        status,
        latency_ms,
        error: error.clone(),
    };
    ModelsProbeResult { provider: provider.to_owned(), status, latency_ms, error, results: vec![target] }
}

const fn word(error: &ModelError) -> ProbeStatus {
    match error.kind {
        ErrorKind::Auth | ErrorKind::MissingKey => ProbeStatus::Auth,
        ErrorKind::Billing => ProbeStatus::Billing,
        ErrorKind::RateLimit => ProbeStatus::RateLimit,
        ErrorKind::Timeout => ProbeStatus::Timeout,
        ErrorKind::Protocol | ErrorKind::Cut => ProbeStatus::Format,
        ErrorKind::UnknownModel => ProbeStatus::NoModel,
        ErrorKind::ContextLength | ErrorKind::Refusal | ErrorKind::Unavailable | ErrorKind::InvalidRequest => {
            ProbeStatus::Unknown
        }
    }
}
