//! `wizard.start`: begins, and asks the first question. The wizard ends with the
//! caller's connection.

use std::sync::Arc;

use postern_protocol::access::{Access, Scope};
use postern_protocol::wizard::{WizardStart, WizardStartParams, WizardStartResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for WizardStart {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: WizardStartParams) -> RpcResult<WizardStartResult> {
        let owner = Arc::clone(&cx.principal().conn_id);
        Ok(cx.wizard.start(Some(owner), params).await?)
    }
}
