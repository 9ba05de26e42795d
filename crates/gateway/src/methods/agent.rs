//! `agent`: runs an agent once; the first answer says that the run is accepted,
//! the second what it came to (`methods.md §4`, `frames-and-events.md §1`).

mod identity;
mod wait;

use std::sync::Arc;

use postern_protocol::access::{Access, Scope};
use postern_protocol::chat::{
    Agent, AgentMeta, AgentOutcome, AgentParams, AgentPayload, AgentResult, AgentRunMeta, MessageUsage,
};

use super::chat::{caller, thinking};
use super::sessions::follow;
use crate::rpc::{Cx, Method, RpcError, RpcResult};
use crate::runs::{Input, RunHandle, RunRecord, RunState, Submission, Submitted};
use crate::sessions::Key;

impl Method for Agent {
    const ACCESS: Access = Access::Operator(Scope::Write);
    // The runs know their keys themselves, longer than dispatch does.
    const IDEMPOTENT: bool = true;

    fn access_for(params: &AgentParams) -> Access {
        if params.cwd.is_some() { Access::Operator(Scope::Admin) } else { Self::ACCESS }
    }

    async fn call(cx: Cx, params: AgentParams) -> RpcResult<AgentResult> {
        refuse_unsupported(&params)?;
        let key = session(&cx, &params)?;
        let input = Input {
            text: params.message,
            thinking: thinking(params.thinking.as_deref())?,
            model: model(params.provider, params.model),
            timeout_ms: params.timeout.map(|seconds| seconds.saturating_mul(1_000)),
            extra_system: params.extra_system_prompt.filter(|text| !text.trim().is_empty()),
            ..Input::default()
        };
        let submission = Submission {
            run_id: params.idempotency_key.as_str().to_owned(),
            caller: caller(&cx),
            conn_id: Some(Arc::clone(&cx.principal().conn_id)),
            key,
            input,
            attachments: params.attachments.unwrap_or_default(),
            answered: Some(cx.answered()),
        };
        let (Submitted::Accepted(run) | Submitted::Known(run)) = cx.runs.submit(submission).await?;
        let accepted = AgentResult {
            run_id: run.run_id.to_string(),
            status: "accepted".to_owned(),
            accepted_at: Some(run.record().accepted_at),
            summary: None,
            result: None,
        };
        cx.finish_later(last_answer(run));
        Ok(accepted)
    }
}

fn refuse_unsupported(params: &AgentParams) -> RpcResult<()> {
    if params.cwd.is_some() {
        return Err(RpcError::invalid("cwd is not supported: an agent works in its own workspace"));
    }
    if let Some(channel) = params.channel.as_deref().filter(|channel| !matches!(*channel, "last" | "webchat" | "")) {
        return Err(RpcError::invalid(format!("unknown channel: {channel}")));
    }
    Ok(())
}

/// The session that is meant: by key, by id, or the agent's main one.
fn session(cx: &Cx, params: &AgentParams) -> RpcResult<Key> {
    let agent = params.agent_id.as_deref();
    if let Some(id) = agent.filter(|id| cx.agents.get(id).is_none()) {
        return Err(RpcError::invalid(format!("unknown agent id: {id}")));
    }
    if let Some(written) = &params.session_key {
        return follow(cx, written.as_str(), agent);
    }
    if let Some(id) = &params.session_id {
        let session = cx.sessions.by_session_id(id);
        let session = session.ok_or_else(|| RpcError::invalid(format!("No session found: {id}")))?;
        return follow(cx, &session.record.key, agent);
    }
    let main = cx.sessions.main(agent.unwrap_or(&cx.agents.default_id()));
    follow(cx, main.as_str(), None)
}

fn model(provider: Option<String>, model: Option<String>) -> Option<String> {
    match (provider, model) {
        (Some(provider), Some(model)) if !model.starts_with(&format!("{provider}/")) => {
            Some(format!("{provider}/{model}"))
        }
        (_, model) => model,
    }
}

/// Waits for the end of the run and tells what it came to.
async fn last_answer(run: Arc<RunHandle>) -> RpcResult<AgentResult> {
    let record = run.ended().await;
    match record.state {
        RunState::Ok => Ok(completed(&record)),
        RunState::Queued | RunState::Running | RunState::Error => Err(failed(&record, "error")),
        RunState::Aborted => Err(failed(&record, "aborted")),
        RunState::Timeout => Err(failed(&record, "timeout")),
        RunState::Interrupted => Err(failed(&record, "interrupted")),
    }
}

fn completed(record: &RunRecord) -> AgentResult {
    let outcome = record.outcome.clone().unwrap_or_default();
    let duration = record.ended_at.unwrap_or_default() - record.started_at.unwrap_or_default();
    let payloads = if outcome.text.trim().is_empty() {
        Vec::new()
    } else {
        vec![AgentPayload { text: Some(outcome.text), media_url: None }]
    };
    let usage = (outcome.usage != MessageUsage::default()).then_some(outcome.usage);
    let agent_meta =
        AgentRunMeta { session_id: outcome.session_id, provider: outcome.provider, model: outcome.model, usage };
    AgentResult {
        run_id: record.run_id.clone(),
        status: "ok".to_owned(),
        accepted_at: None,
        summary: Some("completed".to_owned()),
        result: Some(AgentOutcome {
            payloads,
            meta: AgentMeta { duration_ms: u64::try_from(duration).unwrap_or(0), agent_meta },
        }),
    }
}

fn failed(record: &RunRecord, how: &str) -> RpcError {
    let error = record.outcome.as_ref().and_then(|outcome| outcome.error.clone());
    let summary = error.unwrap_or_else(|| format!("the run ended: {how}"));
    RpcError::unavailable(summary.clone())
        .detail("runId", record.run_id.clone())
        .detail("status", if how == "timeout" { "timeout" } else { "error" })
        .detail("summary", summary)
}
