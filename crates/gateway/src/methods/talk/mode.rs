//! `talk.mode`: tells every client and node that a voice conversation begins, goes on
//! or ends. Nothing is kept: whoever comes later asks whoever talks.

use postern_protocol::access::{Access, Role, Scope};
use postern_protocol::call::Event as _;
use postern_protocol::system::Nullable;
use postern_protocol::talk::{TalkMode, TalkModeChanged, TalkModeParams};

use crate::hub::audience_allows;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for TalkMode {
    const ACCESS: Access = Access::Operator(Scope::Talk);

    async fn call(cx: Cx, params: TalkModeParams) -> RpcResult<TalkModeChanged> {
        let phase = params.phase.map_or(Nullable::Null, Nullable::Value);
        let changed = TalkModeChanged { enabled: params.enabled, phase, ts: cx.clock.now_ms() };
        cx.hub.publish_if(&changed, |who| who.role == Role::Node || audience_allows(TalkModeChanged::AUDIENCE, who));
        Ok(changed)
    }
}
