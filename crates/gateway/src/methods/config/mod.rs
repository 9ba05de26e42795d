//! Methods under `config.`: the configuration (`methods.md §11`).

mod apply;
mod get;
mod open_file;
mod patch;
mod restore;
mod schema;
mod set;
mod versions;

use std::time::Duration;

use postern_protocol::access::Scope;
use postern_protocol::config::{ConfigPatchResult, ConfigRestart, ConfigSentinel};
use postern_protocol::system::Nullable;
use serde_json::{Value, json};

use crate::config::effective::effective;
use crate::config::path::SettingPath;
use crate::config::schema::lookup;
use crate::rpc::{Cx, RpcError};
use crate::settings::{Applied, RestartWish, SettingsError, issues};

/// How long a restart waits that a change brings, when nothing is said.
const RESTART_DELAY_MS: u64 = 2_000;

impl From<SettingsError> for RpcError {
    fn from(error: SettingsError) -> Self {
        let text = error.to_string();
        match error {
            SettingsError::Invalid(problems) => Self::invalid(text).detail("issues", json!(issues(&problems))),
            SettingsError::BaseHashRequired | SettingsError::ChangedSince | SettingsError::Unusable(_) => {
                Self::invalid(text)
            }
            SettingsError::Protected(_) => Self::forbidden(text),
            SettingsError::NotWritten(_) => Self::unavailable(text).retry_after(5_000),
        }
    }
}

/// What is in force, secrets replaced.
fn in_force(cx: &Cx) -> Value {
    let state = cx.config.state();
    effective(&state.document, &state.config, &cx.settings.overrides, &|path, text| is_hidden(cx, path, text))
}

/// Whether a text is hidden for other reasons than the name of its setting: it holds
/// a secret that the gateway knows from elsewhere, or nobody knows what the setting
/// is and the caller may only look.
fn is_hidden(cx: &Cx, path: &SettingPath, text: &str) -> bool {
    let may_change = cx.principal().scopes.allows(Scope::Admin);
    (!may_change && lookup(path).is_none_or(Value::is_boolean)) || cx.logs.redactor().redact_known(text) != text
}

/// How the restart is asked for that a change brings.
fn restart_wish(note: Option<String>, session_key: Option<String>, delay_ms: Option<u64>) -> RestartWish {
    RestartWish { note, session_key, delay: Duration::from_millis(delay_ms.unwrap_or(RESTART_DELAY_MS)) }
}

/// The answer to a change that may bring a restart.
fn changed(cx: &Cx, applied: &Applied, wish: RestartWish) -> ConfigPatchResult {
    let (note, delay_ms) = (wish.note.clone(), u64::try_from(wish.delay.as_millis()).ok());
    let why = cx.restart_for(applied, wish);
    let scheduled = why.is_some();
    let reason = match (scheduled, applied.waiting.is_empty()) {
        (true, _) => Some("these sections take effect with the next start; runs under way are waited for".to_owned()),
        (false, false) if cx.unreachable().is_some() => cx.unreachable().map(|it| it.problem.message),
        (false, false) => Some("gateway.reload.mode leaves restarts to you".to_owned()),
        (false, true) => None,
    };
    ConfigPatchResult {
        ok: true,
        path: cx.paths.config_path.display().to_string(),
        config: in_force(cx),
        hash: cx.config.state().hash.clone(),
        issues: issues(&applied.problems),
        restart: ConfigRestart {
            scheduled,
            paths: applied.waiting.iter().map(|path| (*path).to_owned()).collect(),
            delay_ms: delay_ms.filter(|_| scheduled),
            reason,
        },
        sentinel: match why {
            Some(why) => Nullable::Value(ConfigSentinel {
                path: cx.paths.restart_sentinel().display().to_string(),
                reason: why.reason,
                note,
            }),
            None => Nullable::Null,
        },
    }
}
