//! `wizard.status`: how far it is.

use postern_protocol::access::{Access, Scope};
use postern_protocol::wizard::{WizardStatus, WizardStatusParams, WizardStatusResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for WizardStatus {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: WizardStatusParams) -> RpcResult<WizardStatusResult> {
        Ok(cx.wizard.status(&params.session_id)?)
    }
}
