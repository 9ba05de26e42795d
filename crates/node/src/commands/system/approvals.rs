//! `system.execApprovals.get` and `.set`: the rules of this computer, for whoever administers it through the gateway.

use std::sync::Arc;

use postern_protocol::approvals::{ExecRules, ExecSecurityMode};
use postern_tools::exec::policy::effective;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::approvals::Snapshot;
use crate::commands::{Host, Invoke, blocking};
use crate::refusal::{Outcome, read};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetParams {
    file: ExecRules,
    #[serde(default)]
    base_hash: Option<String>,
}

pub(crate) async fn get(host: &Arc<Host>) -> Outcome {
    let host = Arc::clone(host);
    blocking(move || Ok(shown(&host, &host.judge.file.snapshot()))).await
}

pub(crate) async fn set(host: &Arc<Host>, call: &Invoke) -> Outcome {
    let params: SetParams = read(&call.command, &call.params)?;
    let host = Arc::clone(host);
    let replace = move || {
        let base = params.base_hash.as_deref().map(str::trim).filter(|hash| !hash.is_empty());
        host.judge.file.replace(params.file, base).map(|snapshot| shown(&host, &snapshot))
    };
    blocking(replace).await
}

fn shown(host: &Host, snapshot: &Snapshot) -> Value {
    let said = effective(&snapshot.rules, "");
    let modes = crate::approvals::modes(&snapshot.rules, "");
    json!({
        "path": host.judge.file.path().to_string_lossy(),
        "exists": snapshot.exists,
        "hash": snapshot.hash,
        "file": *snapshot.rules,
        "resolvedDefaults": {
            "security": modes.security,
            "ask": modes.ask,
            "askFallback": said.ask_fallback.unwrap_or(ExecSecurityMode::Deny),
            "autoAllowSkills": said.auto_allow_skills.unwrap_or(false),
        },
    })
}
