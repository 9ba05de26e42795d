//! `status`: the summary people read (`methods.md §1`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::chat::{ElevatedLevel, ReasoningLevel, ThinkingLevel, VerboseLevel};
use postern_protocol::sessions::SessionRow;
use postern_protocol::system::{
    AgentHeartbeat, AgentSessions, ConnectionCount, DeviceCount, HeartbeatStatus, SessionModelDefaults,
    SessionStatusRow, SessionsStatus, Status, StatusResult,
};

use crate::config::Config;
use crate::rpc::{Cx, Method, RpcResult};
use crate::sessions::{RowLook, Session};

/// Sessions that are named.
const RECENT: usize = 10;

impl Method for Status {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<StatusResult> {
        Ok(summary(&cx))
    }
}

/// The summary without conversations, for a bundle.
pub(super) fn without_conversations(cx: &Cx) -> serde_json::Value {
    let mut status = serde_json::to_value(summary(cx)).unwrap_or_default();
    if let Some(status) = status.as_object_mut() {
        status.remove("sessions");
        status.remove("queuedSystemEvents");
    }
    status
}

fn summary(cx: &Cx) -> StatusResult {
    let (operators, nodes) = cx.hub.counts();
    let (paired, pending) = cx.devices.counts();
    StatusResult {
        runtime_version: cx.version.clone(),
        uptime_ms: cx.uptime_ms(),
        connections: ConnectionCount { operators, nodes },
        devices: DeviceCount { paired, pending },
        heartbeat: heartbeat(&cx.config()),
        channel_summary: Vec::new(),
        queued_system_events: cx.system_events.waiting(),
        sessions: sessions(cx),
        warnings: cx.warnings(),
        listen: cx.urls().iter().filter_map(|url| Some(url.split_once("://")?.1.to_owned())).collect(),
        tls_fingerprint: cx.tls.fingerprint(),
    }
}

fn heartbeat(config: &Config) -> HeartbeatStatus {
    let row = |agent: &crate::config::Agent| AgentHeartbeat {
        agent_id: agent.id.clone(),
        enabled: agent.heartbeat.enabled,
        every: agent.heartbeat.every.clone(),
        every_ms: agent.heartbeat.every_ms.into(),
    };
    HeartbeatStatus {
        default_agent_id: config.default_agent_id().to_owned(),
        agents: config.agents.iter().map(row).collect(),
    }
}

fn sessions(cx: &Cx) -> SessionsStatus {
    let path = cx.paths.database().display().to_string();
    let all = cx.sessions.all();
    let row = |agent: &std::sync::Arc<crate::agents::AgentProfile>| {
        let own: Vec<&Session> = all.iter().filter(|session| session.record.agent_id == agent.id).collect();
        AgentSessions {
            agent_id: agent.id.clone(),
            path: path.clone(),
            count: own.len() as u64,
            recent: own.into_iter().take(RECENT).map(|session| recent(cx, session)).collect(),
        }
    };
    let facts = cx.sessions.model_facts(&cx.agents.default_id(), None);
    SessionsStatus {
        count: all.len() as u64,
        defaults: SessionModelDefaults { model: facts.model.into(), context_tokens: facts.context_tokens.into() },
        recent: all.iter().take(RECENT).map(|session| recent(cx, session)).collect(),
        by_agent: cx.agents.list().iter().map(row).collect(),
        paths: vec![path],
    }
}

fn recent(cx: &Cx, session: &Session) -> SessionStatusRow {
    let row = cx.sessions.row(session, RowLook::default());
    let record = &session.record;
    let window = row.context_tokens.and_then(|window| i64::try_from(window).ok()).filter(|window| *window > 0);
    let used = row.total_tokens.zip(window);
    SessionStatusRow {
        flags: flags(&row),
        agent_id: row.agent_id,
        key: row.key,
        kind: row.kind,
        session_id: record.session_id.clone(),
        updated_at: record.updated_at,
        age: (cx.clock.now_ms() - record.updated_at).max(0),
        thinking_level: row.thinking_level,
        verbose_level: row.verbose_level,
        aborted_last_run: row.aborted_last_run,
        input_tokens: row.input_tokens,
        output_tokens: row.output_tokens,
        total_tokens: row.total_tokens.into(),
        remaining_tokens: used.map(|(used, window)| (window - used).max(0)).into(),
        percent_used: used.map(|(used, window)| used.saturating_mul(100) / window).into(),
        model: row.model.into(),
        context_tokens: row.context_tokens.into(),
    }
}

/// `think:high` and the like.
fn flags(row: &SessionRow) -> Vec<String> {
    let words = [
        ("think", row.thinking_level.map(ThinkingLevel::as_str)),
        ("verbose", row.verbose_level.map(VerboseLevel::as_str)),
        ("reasoning", row.reasoning_level.map(ReasoningLevel::as_str)),
        ("elevated", row.elevated_level.map(ElevatedLevel::as_str)),
    ];
    words.into_iter().filter_map(|(name, level)| Some(format!("{name}:{}", level?))).collect()
}
