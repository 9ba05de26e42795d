//! `voicewake.get`: the words in force.

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::voicewake::{VoiceWakeGet, VoiceWakeTriggers};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for VoiceWakeGet {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _: NoParams) -> RpcResult<VoiceWakeTriggers> {
        Ok(cx.voicewake.triggers())
    }
}
