//! `config.schema`: what can be written, and how forms show it.

mod lookup;

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::config::{ConfigSchema, ConfigSchemaResult};

use crate::config::hints::hints;
use crate::config::schema::schema;
use crate::rpc::{Cx, Method, RpcError, RpcResult};

impl Method for ConfigSchema {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<ConfigSchemaResult> {
        let now = jiff::Timestamp::from_millisecond(cx.clock.now_ms()).map_err(RpcError::internal)?;
        Ok(ConfigSchemaResult {
            schema: schema().clone(),
            ui_hints: hints(),
            version: cx.version.clone(),
            generated_at: now.to_string(),
        })
    }
}
