//! `sessions.groups.list`: groups of the list (`methods.md §3`).

use std::collections::BTreeSet;

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::sessions::{SessionGroup, SessionsGroupsList, SessionsGroupsListResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for SessionsGroupsList {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<SessionsGroupsListResult> {
        let all = cx.sessions.all();
        let names: BTreeSet<String> = all.iter().filter_map(|session| session.record.category.clone()).collect();
        let group = |(position, name): (usize, &String)| SessionGroup { name: name.clone(), position };
        Ok(SessionsGroupsListResult {
            groups: names.iter().enumerate().map(group).collect(),
            section_order: names.into_iter().collect(),
        })
    }
}
