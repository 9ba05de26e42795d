//! What a page may ask by HTTP: how the gateway wants to be shown, and the
//! picture of an agent. Only for callers that the HTTP interface serves.

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::{self, HeaderValue};
use postern_protocol::agents::AvatarStatus;
use serde_json::json;

use super::{Caller, page};
use crate::agents::{Avatar, Shown};
use crate::wire::api::{self, Reader, reply};
use crate::wire::http::not_found;

/// `control-ui-config.json`.
pub(super) async fn settings(caller: Caller<'_>) -> Response {
    let services = caller.services;
    let reader = match api::reader(services, caller.peer, caller.headers).await {
        Ok(reader) => reader,
        Err(refused) => return refused.answer(),
    };
    let agent = services.agents.default_id();
    let shown = match services.agents.get(&agent) {
        Some(profile) => Some(services.agents.shown(&profile).await),
        None => None,
    };
    let config = services.config();
    let base_path = &config.control_ui.base_path;
    let mut body = json!({
        "basePath": base_path,
        "assistantAgentId": agent,
        "serverVersion": services.version,
        "embedSandbox": config.control_ui.embed_sandbox,
        "allowExternalEmbedUrls": false,
        "automaticallyFetchFavicons": false,
        "communityInvite": false,
        "terminalEnabled": false,
        "cliAgentsEnabled": false,
        "pluginAssetsRequireAuth": true,
        "pluginFrameGrants": [],
        "desktop": reader == Reader::Window,
    });
    if let Some(color) = &config.seam_color {
        body["seamColor"] = color.as_str().into();
    }
    if let Some(environment) = &config.control_ui.environment {
        body["environment"] = json!(environment);
    }
    if let Some(Shown { name, avatar, .. }) = shown {
        body["assistantName"] = name.into();
        body["assistantAvatar"] = address(base_path, &avatar).into();
        body["assistantAvatarSource"] = avatar.source.into();
        body["assistantAvatarStatus"] = json!(avatar.status);
        body["assistantAvatarReason"] = avatar.reason.into();
    }
    if let Some(file) = services.ui.file(page::FILE).await {
        body["serverBuildId"] = page::build_id(&file.etag).into();
    }
    reply(StatusCode::OK, &body)
}

/// `avatar/AGENT`: the picture, or with `?meta=1` where it is.
pub(super) async fn avatar(caller: Caller<'_>, agent: &str, query: Option<&str>) -> Response {
    let services = caller.services;
    if let Err(refused) = api::reader(services, caller.peer, caller.headers).await {
        return refused.answer();
    }
    let is_meta = query.unwrap_or_default().split('&').any(|part| part == "meta=1");
    if !is_meta {
        let Some(picture) = services.agents.picture(agent).await else { return not_found().await };
        let kind = [
            (header::CONTENT_TYPE, HeaderValue::from_static(picture.mime)),
            (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
        ];
        return (kind, picture.bytes).into_response();
    }
    let Some(profile) = services.agents.get(agent) else { return not_found().await };
    let avatar = services.agents.shown(&profile).await.avatar;
    let is_picture = avatar.status != AvatarStatus::None;
    let url = is_picture.then(|| address(&services.config().control_ui.base_path, &avatar));
    let body = json!({
        "avatarUrl": url,
        "avatarSource": avatar.source,
        "avatarStatus": avatar.status,
        "avatarReason": avatar.reason,
    });
    reply(StatusCode::OK, &body)
}

/// What a page shows: its own pictures are below its own base path.
fn address(base_path: &str, avatar: &Avatar) -> String {
    match avatar.status {
        AvatarStatus::Local => format!("{base_path}{}", avatar.text),
        AvatarStatus::None | AvatarStatus::Remote | AvatarStatus::Data => avatar.text.clone(),
    }
}
