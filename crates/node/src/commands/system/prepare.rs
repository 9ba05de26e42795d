//! `system.run.prepare`: the plan of a command, to be shown, approved and then run as it is.

use std::sync::Arc;

use postern_tools::exec::policy::env_hash;
use serde_json::json;

use super::params::RunParams;
use crate::commands::{Host, Invoke};
use crate::refusal::{Outcome, read};

/// What of a command is shown in lists, characters.
const PREVIEW: usize = 120;

pub(crate) async fn prepare(host: &Arc<Host>, call: &Invoke) -> Outcome {
    let params: RunParams = read(&call.command, &call.params)?;
    let planned = params.plan(host, call).await?;
    let (plan, judged) = (&planned.plan, &planned.judged);
    if judged.asks() {
        host.judge.asking(plan, judged, params.run_id());
    }
    let text = plan.command_text();
    let preview: Option<String> = (text.chars().count() > PREVIEW).then(|| text.chars().take(PREVIEW).collect());
    let (agent_id, session_key) = params.agent_and_session();
    Ok(json!({
        "plan": {
            "argv": plan.argv(),
            "cwd": plan.cwd().to_string_lossy(),
            "commandText": text,
            "commandPreview": preview,
            "agentId": agent_id,
            "sessionKey": session_key,
            "resolvedPath": plan.program().to_string_lossy(),
            "envHash": env_hash(plan.added_env()),
            "planHash": judged.command.exact,
        },
        "requiresApproval": judged.asks(),
        "security": judged.modes().security,
        "ask": judged.modes().ask,
    }))
}
