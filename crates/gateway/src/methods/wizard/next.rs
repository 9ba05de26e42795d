//! `wizard.next`: takes an answer, asks the next question.

use postern_protocol::access::{Access, Scope};
use postern_protocol::wizard::{WizardNext, WizardNextParams, WizardNextResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for WizardNext {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: WizardNextParams) -> RpcResult<WizardNextResult> {
        Ok(cx.wizard.next(&params.session_id, params.answer).await?)
    }
}
