//! `desktop.get`: whether a desktop app is attached, and its settings.

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::desktop::{DesktopGet, DesktopGetResult};

use crate::rpc::{Cx, Method, RpcResult};

impl Method for DesktopGet {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<DesktopGetResult> {
        let settings = cx.desktop.settings_for(cx.principal());
        Ok(DesktopGetResult { attached: settings.is_some(), settings })
    }
}
