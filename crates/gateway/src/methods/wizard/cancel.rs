//! `wizard.cancel`: ends it; nothing is changed.

use postern_protocol::access::{Access, Scope};
use postern_protocol::wizard::{WizardCancel, WizardCancelParams, WizardStatusResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for WizardCancel {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: WizardCancelParams) -> RpcResult<WizardStatusResult> {
        Ok(cx.wizard.cancel(&params.session_id)?)
    }
}
