//! `question.list`: what agents want to know (`methods.md §8`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::approvals::{QuestionList, QuestionListResult};
use postern_protocol::call::NoParams;

use crate::rpc::{Cx, Method, RpcResult};

impl Method for QuestionList {
    const ACCESS: Access = Access::Operator(Scope::Questions);

    /// Agents of this gateway ask in their answers.
    async fn call(_cx: Cx, _params: NoParams) -> RpcResult<QuestionListResult> {
        Ok(QuestionListResult::default())
    }
}
