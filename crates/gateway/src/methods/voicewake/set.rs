//! `voicewake.set`: other words for every device.

use postern_protocol::access::{Access, Scope};
use postern_protocol::voicewake::{VoiceWakeSet, VoiceWakeSetParams, VoiceWakeTriggers};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for VoiceWakeSet {
    const ACCESS: Access = Access::Operator(Scope::Write);

    async fn call(cx: Cx, params: VoiceWakeSetParams) -> RpcResult<VoiceWakeTriggers> {
        Ok(cx.voicewake.set_triggers(&params.triggers).await?)
    }
}
