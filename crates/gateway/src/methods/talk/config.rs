//! `talk.config`: settings of voice conversations. Keys go only to those who may have
//! them and ask for them.

use postern_protocol::access::{Access, Scope};
use postern_protocol::talk::{TalkConfig, TalkConfigParams, TalkConfigResult, TalkSession, TalkSettings, TalkUi};
use serde_json::{Map, Value, json};

use crate::config::redact::redact_value_with;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for TalkConfig {
    const ACCESS: Access = Access::Operator(Scope::Read);

    fn access_for(params: &TalkConfigParams) -> Access {
        let secrets = params.include_secrets == Some(true);
        Access::Operator(if secrets { Scope::TalkSecrets } else { Scope::Read })
    }

    async fn call(cx: Cx, params: TalkConfigParams) -> RpcResult<TalkConfigResult> {
        let state = cx.config.state();
        let written = json!({ "talk": state.document.get("talk").unwrap_or(&Value::Null) });
        let mut shown = if params.include_secrets == Some(true) {
            written
        } else {
            redact_value_with(&written, &|_, text| cx.logs.redactor().redact_known(text) != text)
        };
        let talk = match shown["talk"].take() {
            Value::Object(talk) => Some(resolved(talk)),
            _ => None,
        };
        let main_key = state.config.session.main_key.clone();
        let seam_color = state.config.seam_color.clone();
        Ok(TalkConfigResult {
            config: TalkSettings {
                talk,
                session: Some(TalkSession { main_key }),
                ui: seam_color.map(|seam_color| TalkUi { seam_color }),
            },
        })
    }
}

/// With the settings of the provider that is chosen, where clients look for them.
fn resolved(mut talk: Map<String, Value>) -> Map<String, Value> {
    let chosen = talk.get("provider").and_then(Value::as_str).map(str::to_owned);
    let settings = chosen.as_ref().and_then(|name| talk.get("providers")?.get(name)).filter(|one| one.is_object());
    if let (Some(provider), Some(settings)) = (&chosen, settings.cloned()) {
        talk.insert("resolved".to_owned(), json!({"provider": provider, "config": settings}));
    }
    talk
}
