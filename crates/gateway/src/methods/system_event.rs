//! `system-event`: a beacon that updates the presence list and tells the main
//! session (`methods.md §1`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::Acknowledged;
use postern_protocol::system::{PresenceEntry, SystemEvent, SystemEventParams};

use crate::devices::{clean, clean_option};
use crate::rpc::{Cx, Method, RpcError, RpcResult};

/// Most tags that are kept.
const MAX_TAGS: usize = 16;
/// Longest line that is kept, in characters.
const MAX_TEXT: usize = 2_000;

impl Method for SystemEvent {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: SystemEventParams) -> RpcResult<Acknowledged> {
        let text = params.text.trim();
        if text.is_empty() {
            return Err(RpcError::invalid("text required"));
        }
        let text: String = text.chars().take(MAX_TEXT).collect();
        let key = beacon_key(&params, &text);
        let news = cx.presence.beacon(&key, |entry| apply(entry, &params, &text));
        // A node repeats its status line by the minute; only news is worth a mention.
        if news || !text.starts_with("Node:") {
            cx.system_events.push(text);
        }
        Ok(Acknowledged::YES)
    }
}

/// The beacon's own name: a device or instance speaks for itself, an anonymous
/// line for its host.
fn beacon_key(params: &SystemEventParams, text: &str) -> String {
    let named = [&params.device_id, &params.instance_id, &params.host, &params.ip];
    let name = named.into_iter().flatten().find(|name| !name.is_empty());
    let name = name.map_or(text, String::as_str).chars().take(128).collect::<String>();
    format!("beacon:{}", name.to_lowercase())
}

fn apply(entry: &mut PresenceEntry, params: &SystemEventParams, text: &str) {
    fn take<T>(into: &mut Option<T>, from: Option<T>) {
        if from.is_some() {
            *into = from;
        }
    }
    fn text_of(value: &Option<String>) -> Option<String> {
        clean_option(value.as_deref())
    }
    entry.text = Some(text.to_owned());
    take(&mut entry.host, text_of(&params.host));
    take(&mut entry.ip, text_of(&params.ip));
    take(&mut entry.mode, text_of(&params.mode));
    take(&mut entry.version, text_of(&params.version));
    take(&mut entry.platform, text_of(&params.platform));
    take(&mut entry.device_family, text_of(&params.device_family));
    take(&mut entry.model_identifier, text_of(&params.model_identifier));
    take(&mut entry.reason, text_of(&params.reason));
    take(&mut entry.device_id, text_of(&params.device_id));
    take(&mut entry.instance_id, text_of(&params.instance_id));
    take(&mut entry.last_input_seconds, params.last_input_seconds);
    take(&mut entry.roles, params.roles.clone());
    take(&mut entry.scopes, params.scopes);
    let tags = |tags: &Vec<String>| tags.iter().filter_map(|tag| clean(tag)).take(MAX_TAGS).collect();
    take(&mut entry.tags, params.tags.as_ref().map(tags));
}
