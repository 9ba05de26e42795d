//! `diagnostics.bundle`: a zip archive for a bug report.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_protocol::access::{Access, Scope};
use postern_protocol::call::{Call as _, NoParams};
use postern_protocol::doctor::{DiagnosticsBundle, DiagnosticsBundleResult};

use crate::diagnostics::bundle;
use crate::methods::status::without_conversations;
use crate::rpc::{Cx, Internal as _, Method, RpcResult};

impl Method for DiagnosticsBundle {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<DiagnosticsBundleResult> {
        let bundle = bundle(&cx.doctor, Some(without_conversations(&cx))).await.internal()?;
        tracing::info!(method = Self::NAME, bytes = bundle.archive.len(), "A bundle was made.");
        Ok(DiagnosticsBundleResult {
            name: bundle.name,
            mime_type: "application/zip".to_owned(),
            bytes: bundle.archive.len() as u64,
            entries: bundle.entries,
            data: STANDARD.encode(bundle.archive),
        })
    }
}
