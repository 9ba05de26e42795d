//! `status`: the summary people read (`methods.md §1`).

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::system::{
    AgentHeartbeat, AgentSessions, ConnectionCount, DeviceCount, HeartbeatStatus, SessionModelDefaults, SessionsStatus,
    Status, StatusResult,
};

use crate::config::Config;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for Status {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<StatusResult> {
        let (operators, nodes) = cx.hub.counts();
        let (paired, pending) = cx.devices.counts();
        let path = cx.paths.database().display().to_string();
        Ok(StatusResult {
            runtime_version: cx.version.clone(),
            uptime_ms: cx.uptime_ms(),
            connections: ConnectionCount { operators, nodes },
            devices: DeviceCount { paired, pending },
            heartbeat: heartbeat(&cx.config),
            channel_summary: Vec::new(),
            queued_system_events: cx.system_events.waiting(),
            sessions: sessions(&cx.config, &path),
            warnings: cx.warnings().to_vec(),
        })
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

fn sessions(config: &Config, path: &str) -> SessionsStatus {
    let row = |agent: &crate::config::Agent| AgentSessions {
        agent_id: agent.id.clone(),
        path: path.to_owned(),
        count: 0,
        recent: Vec::new(),
    };
    SessionsStatus {
        paths: vec![path.to_owned()],
        count: 0,
        defaults: SessionModelDefaults::default(),
        recent: Vec::new(),
        by_agent: config.agents.iter().map(row).collect(),
    }
}
