//! `voicewake.routing.set`: other conversations for words.

use postern_protocol::access::{Access, Scope};
use postern_protocol::voicewake::{VoiceWakeRoutingResult, VoiceWakeRoutingSet, VoiceWakeRoutingSetParams};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for VoiceWakeRoutingSet {
    const ACCESS: Access = Access::Operator(Scope::Write);

    async fn call(cx: Cx, params: VoiceWakeRoutingSetParams) -> RpcResult<VoiceWakeRoutingResult> {
        Ok(cx.voicewake.set_routing(params.config).await?)
    }
}
