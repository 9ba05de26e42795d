//! `agents`: who answers, and the regular look around.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use postern_protocol::chat::ThinkingLevel;

use super::model::{Agent, AgentDefaults, Heartbeat, Identity};
use super::raw::{RawAgent, RawAgentDefaults, RawAgents, RawHeartbeat, RawIdentity};
use super::resolve::Notes;

const DEFAULT_AGENT: &str = "main";
const DEFAULT_HEARTBEAT: &str = "30m";
const DEFAULT_TIMEOUT_SECONDS: u64 = 600;
const DEFAULT_HEARTBEAT_PROMPT: &str =
    "Look at HEARTBEAT.md if there is one and do what is due. If nothing needs attention, answer HEARTBEAT_OK.";
const HEARTBEAT_ACK_MAX_CHARS: u32 = 300;

impl Notes {
    pub(super) fn agents(&mut self, raw: &RawAgents) -> Vec<Agent> {
        let heartbeat = self.heartbeat(&raw.defaults.heartbeat);
        let mut agents: Vec<Agent> = Vec::new();
        let mut ids = HashSet::new();
        let mut has_default = false;
        for (index, written) in raw.list.iter().flatten().enumerate() {
            let Some(id) = self.agent_id(written, index, &mut ids) else { continue };
            let name = written.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
            let wants = written.is_default.unwrap_or(false);
            let is_default = wants && !has_default;
            has_default |= wants;
            if wants && !is_default {
                self.warnings.push(format!("agents.list[{index}].default: an agent above is the default; ignored"));
            }
            let path = format!("agents.list[{index}]");
            agents.push(Agent {
                name,
                is_default,
                workspace: self.folder(written.workspace.as_deref(), &format!("{path}.workspace")),
                model: self.model_choice(written.model.as_ref(), &format!("{path}.model")),
                thinking_default: self.thinking(written.thinking_default.as_deref(), &path),
                identity: identity(&written.identity),
                tools: self.tool_policy(&written.tools.allow, &written.tools.deny, &format!("{path}.tools")),
                limits: self.limits(&written.limits, &format!("{path}.limits")),
                ..Agent::named(id, heartbeat.clone())
            });
        }
        if agents.is_empty() {
            agents.push(Agent { is_default: true, ..Agent::named(DEFAULT_AGENT.to_owned(), heartbeat) });
        }
        if !has_default {
            agents[0].is_default = true;
        }
        for agent in &mut agents {
            agent.heartbeat.enabled = agent.is_default && agent.heartbeat.every_ms.is_some();
        }
        agents
    }

    pub(super) fn agent_defaults(&mut self, raw: &RawAgentDefaults) -> AgentDefaults {
        AgentDefaults {
            model: self.model_choice(raw.model.as_ref(), "agents.defaults.model"),
            thinking: self.thinking(raw.thinking_default.as_deref(), "agents.defaults"),
            timeout: Duration::from_secs(raw.timeout_seconds.unwrap_or(DEFAULT_TIMEOUT_SECONDS)),
            workspace: self.folder(raw.workspace.as_deref(), "agents.defaults.workspace"),
            context_tokens: raw.context_tokens,
        }
    }

    fn thinking(&mut self, written: Option<&str>, path: &str) -> Option<ThinkingLevel> {
        let level = ThinkingLevel::parse(written?.trim());
        if level.is_none() {
            let message = "must be off, minimal, low, medium, high or xhigh";
            self.problem(format!("{path}.thinkingDefault"), message);
        }
        level
    }

    /// An absolute folder, or one below the user's home or the state folder.
    fn folder(&mut self, written: Option<&str>, path: &str) -> Option<PathBuf> {
        let text = written?.trim();
        if text.is_empty() || text.contains('\0') {
            self.problem(path, "must be the path of a folder");
            return None;
        }
        Some(PathBuf::from(text))
    }

    fn agent_id(&mut self, written: &RawAgent, index: usize, above: &mut HashSet<String>) -> Option<String> {
        if written.id.is_none() {
            self.problem(format!("agents.list[{index}]"), "needs an id");
        }
        let path = format!("agents.list[{index}].id");
        let id = self.id(written.id.as_deref(), &path)?;
        if !above.insert(id.clone()) {
            self.problem(path, "is used by an agent above; ids are compared without case");
            return None;
        }
        Some(id)
    }

    fn heartbeat(&mut self, raw: &RawHeartbeat) -> Heartbeat {
        let given = |text: &Option<String>, default: &str| {
            let text = text.as_deref().map(str::trim).filter(|text| !text.is_empty());
            text.unwrap_or(default).to_owned()
        };
        let every = given(&raw.every, DEFAULT_HEARTBEAT);
        let every_ms = parse_duration_ms(&every);
        if every_ms.is_none() {
            self.problem("agents.defaults.heartbeat.every", "must be a duration such as 30m, 1h30m or 90s; 0m is off");
        }
        let every_ms = every_ms.filter(|&every| every > 0);
        Heartbeat {
            enabled: every_ms.is_some(),
            every,
            every_ms,
            prompt: given(&raw.prompt, DEFAULT_HEARTBEAT_PROMPT),
            target: given(&raw.target, "last"),
            ack_max_chars: HEARTBEAT_ACK_MAX_CHARS,
        }
    }
}

fn identity(raw: &RawIdentity) -> Identity {
    let given = |text: &Option<String>| {
        let text = text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        text.map(str::to_owned)
    };
    Identity { name: given(&raw.name), theme: given(&raw.theme), emoji: given(&raw.emoji), avatar: given(&raw.avatar) }
}

/// `1h30m`, `90s`, `500ms`; a bare number is minutes. `None` when it is neither.
pub(super) fn parse_duration_ms(text: &str) -> Option<u64> {
    if let Ok(minutes) = text.parse::<u64>() {
        return minutes.checked_mul(60_000);
    }
    let mut rest = text;
    let mut total = 0_u64;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, after) = after.split_at(letters);
        let factor = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(factor)?)?;
        rest = after.trim_start();
    }
    (!text.is_empty()).then_some(total)
}
