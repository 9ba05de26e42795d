//! `voicewake.routing.get`: which conversation a word begins.

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::voicewake::{VoiceWakeRoutingGet, VoiceWakeRoutingResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for VoiceWakeRoutingGet {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _: NoParams) -> RpcResult<VoiceWakeRoutingResult> {
        Ok(cx.voicewake.routing())
    }
}
