//! `config.versions`: what was in force before, newest first.

use postern_protocol::access::{Access, Scope};
use postern_protocol::config::{ConfigVersion, ConfigVersions, ConfigVersionsParams, ConfigVersionsResult};

use crate::config::redact::redact_text;
use crate::config::versions;
use crate::rpc::{Cx, Method, RpcError, RpcResult};

impl Method for ConfigVersions {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: ConfigVersionsParams) -> RpcResult<ConfigVersionsResult> {
        let paths = cx.paths.clone();
        let reading = tokio::task::spawn_blocking(move || -> RpcResult<ConfigVersionsResult> {
            let kept = versions::list(&paths).map_err(RpcError::internal)?;
            let raw = match params.id {
                None => None,
                Some(id) => {
                    let text = versions::read(&paths, &id).map_err(RpcError::internal)?;
                    let unknown = || RpcError::invalid(format!("no version {id} is kept"));
                    Some(redact_text(&text.ok_or_else(unknown)?))
                }
            };
            Ok(ConfigVersionsResult { versions: kept.into_iter().map(row).collect(), raw })
        });
        reading.await.map_err(RpcError::internal)?
    }
}

fn row(version: versions::Version) -> ConfigVersion {
    ConfigVersion {
        id: version.id,
        at_ms: version.at_ms,
        cause: version.cause.as_str().to_owned(),
        bytes: version.bytes,
    }
}
