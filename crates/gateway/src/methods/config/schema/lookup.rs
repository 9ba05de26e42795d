//! `config.schema.lookup`: one setting of the schema.

use postern_protocol::access::{Access, Scope};
use postern_protocol::config::{ConfigSchemaLookup, ConfigSchemaLookupParams, ConfigSchemaLookupResult};
use serde_json::Value;

use crate::config::hints::hint;
use crate::config::path::SettingPath;
use crate::config::schema::{follow, lookup};
use crate::rpc::{Cx, Method, RpcError, RpcResult};

impl Method for ConfigSchemaLookup {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(_cx: Cx, params: ConfigSchemaLookupParams) -> RpcResult<ConfigSchemaLookupResult> {
        let path = SettingPath::parse(&params.path).map_err(RpcError::invalid)?;
        let unknown = || RpcError::invalid(format!("{path}: not a setting of this version"));
        let schema = follow(lookup(&path).ok_or_else(unknown)?);
        let children = schema.get("properties").and_then(Value::as_object);
        Ok(ConfigSchemaLookupResult {
            hint: hint(&path),
            children: children.into_iter().flatten().map(|(name, _)| name.clone()).collect(),
            schema: schema.clone(),
            path: params.path,
        })
    }
}
