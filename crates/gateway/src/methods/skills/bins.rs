//! `skills.bins`: the programs that installed skills call.

use postern_protocol::access::Access;
use postern_protocol::call::NoParams;
use postern_protocol::skills::{SkillsBins, SkillsBinsResult};

use crate::rpc::{Cx, Method, RpcError, RpcResult};
use crate::skills;

impl Method for SkillsBins {
    const ACCESS: Access = Access::Node;

    async fn call(cx: Cx, _: NoParams) -> RpcResult<SkillsBinsResult> {
        let folder = cx.paths.state_dir.join("skills");
        let bins = tokio::task::spawn_blocking(move || skills::bins(&folder)).await.map_err(RpcError::internal)?;
        Ok(SkillsBinsResult { bins })
    }
}
