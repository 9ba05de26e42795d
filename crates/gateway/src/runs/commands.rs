//! What slash commands need from the session they are typed in.

use std::sync::Arc;

use postern_protocol::access::Scope;
use postern_protocol::approvals::ApprovalDecision;
use postern_protocol::pairing::PairingRequest;

use super::{Compaction, RunServices, Runs, StopWhy};
use crate::agents::AgentProfile;
use crate::assistant::{
    self, AssistantFacts, Command, CommandCx, CommandHost, Compacted, Effect, Interrupted, ModelFact, PairingDecision,
    Setting, StatusFacts, ToolFact, UsageFacts, UsageLine,
};
use crate::hub::Conn;
use crate::sessions::{Key, LastRun, SessionRecord};
use crate::store::{UsageFilter, UsageSum};

/// Messages that `/compact` leaves as they are.
const KEEP: i64 = 12;

/// The session that a command is typed in, and who typed it.
pub(super) struct Typed {
    pub(super) runs: Runs,
    pub(super) key: Key,
    pub(super) agent: Arc<AgentProfile>,
    /// Run of the command itself.
    pub(super) run_id: Arc<str>,
    pub(super) caller: String,
    /// The caller's connection, while it lives: decisions are made as this caller.
    pub(super) conn: Option<Arc<Conn>>,
}

impl Typed {
    fn services(&self) -> &RunServices {
        self.runs.services()
    }

    fn record(&self) -> Option<Arc<SessionRecord>> {
        self.services().sessions.get(self.key.as_str()).map(|session| session.record)
    }

    /// Does a command and gives its answer.
    pub(super) async fn answer(&mut self, command: &Command) -> String {
        let cx = self.context();
        let reply = assistant::execute(&cx, self, command).await;
        for effect in reply.effects {
            self.follow_up(effect);
        }
        reply.text
    }

    fn context(&self) -> CommandCx {
        let services = self.services();
        let who = self.conn.as_ref().map(|conn| &conn.principal);
        CommandCx {
            scopes: who.map(|who| who.scopes).unwrap_or_default(),
            device_id: who.and_then(|who| who.device_id.as_ref()).map(|id| id.as_str().to_owned()),
            client: who.map(|who| who.client.id.clone()).unwrap_or_default(),
            local: who.is_some_and(|who| who.local),
            session_key: self.key.as_str().to_owned(),
            agent_id: self.agent.id.clone(),
            agent_name: self.agent.name.clone().unwrap_or_else(|| self.agent.id.clone()),
            config_path: services.config_path.display().to_string(),
            now_ms: services.clock.now_ms(),
        }
    }

    fn follow_up(&self, effect: Effect) {
        let (runs, key, caller) = (self.runs.clone(), self.key.clone(), self.caller.clone());
        let run_id = uuid::Uuid::new_v4().to_string();
        match effect {
            Effect::Stop => {
                let others = runs.abort_others(&key, &self.run_id, StopWhy::Stop);
                tracing::debug!(count = others, "Stopped by a command.");
            }
            Effect::Resume { .. } => self.services().tasks.spawn("resume", async move {
                let resumed = runs.resume((run_id, caller), key, None).await;
                drop(resumed.inspect_err(|error| tracing::warn!(%error, "A message could not be resumed.")));
            }),
            Effect::Say { text } => {
                let input = super::Input { text, ..super::Input::default() };
                let conn_id = self.conn.as_ref().map(|conn| Arc::clone(&conn.principal.conn_id));
                let submission =
                    super::Submission { run_id, caller, conn_id, key, input, attachments: Vec::new(), answered: None };
                self.services().tasks.spawn("say", async move {
                    let said = runs.submit(submission).await;
                    drop(said.inspect_err(|error| tracing::warn!(%error, "What follows a command was not answered.")));
                });
            }
        }
    }

    async fn sums(&self, filter: UsageFilter) -> Vec<UsageSum> {
        self.services().store.usage_sums(&filter).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "Usage could not be read for a command.");
            Vec::new()
        })
    }

    /// The caller, if it is still connected.
    fn caller(&self) -> Result<&Conn, String> {
        let conn = self.conn.as_deref().ok_or("this needs a connected client")?;
        match self.services().hub.conn(&conn.principal.conn_id) {
            Some(_) => Ok(conn),
            None => Err("the client that asked is not connected any more".to_owned()),
        }
    }
}

impl CommandHost for Typed {
    async fn status(&mut self) -> StatusFacts {
        let services = self.services();
        let record = self.record().unwrap_or_default();
        let resolved = services.models.resolve(record.model_override.as_deref(), self.agent.model.as_ref());
        let real = !resolved.is_builtin();
        let active = self.runs.in_session(&self.key);
        StatusFacts {
            version: services.version.clone(),
            uptime_ms: services.uptime_ms(),
            model: real.then(|| resolved.primary.to_string()),
            model_is_own: record.model_override.is_some(),
            thinking: record.thinking_level.or(self.agent.thinking),
            verbose: record.verbose_level,
            queue: record.queue_mode.unwrap_or(services.config.now().session.queue_mode),
            messages: u64::try_from(record.visible_messages()).unwrap_or(0),
            context_used: u64::try_from(record.total_tokens).ok().filter(|&tokens| tokens > 0),
            context_limit: services.models.context_window(&resolved.primary),
            active_runs: 0,
            queued: active.saturating_sub(1),
            warnings: Vec::new(),
        }
    }

    async fn models(&mut self) -> Vec<ModelFact> {
        let listed = self.services().models.list(self.agent.model.as_ref(), &[]).await;
        let fact = |row: crate::models::Listed| ModelFact {
            reference: row.info.reference().to_string(),
            name: row.info.spec.name.clone(),
            available: row.unavailable.is_none(),
        };
        listed.into_iter().filter(|row| !row.is_builtin()).map(fact).collect()
    }

    async fn set(&mut self, setting: Setting) -> Result<(), String> {
        let services = self.services();
        let setting = match setting {
            Setting::Model(Some(written)) => {
                let model = services.models.read(&written).map_err(|error| error.to_string())?;
                Setting::Model(Some(model.to_string()))
            }
            other => other,
        };
        let ((), _, commit) = services.sessions.change(&self.key, Vec::new(), |record| match setting {
            Setting::Model(model) => record.model_override = model,
            Setting::Thinking(level) => record.thinking_level = level,
            Setting::Verbose(level) => record.verbose_level = level,
            Setting::Queue(mode) => record.queue_mode = mode,
        });
        services.sessions.settle(&self.key, commit).await.map_err(|error| error.to_string())?;
        services.sessions.announce(&self.key, "patch");
        Ok(())
    }

    async fn reset(&mut self) -> Result<(), String> {
        let services = self.services();
        self.runs.abort_others(&self.key, &self.run_id, StopWhy::Stop);
        let (_, commit) = services.sessions.reset(&self.key);
        services.sessions.settle(&self.key, commit).await.map_err(|error| error.to_string())?;
        services.sessions.announce(&self.key, "reset");
        Ok(())
    }

    async fn compact(&mut self) -> Result<Compacted, String> {
        let alone = self.runs.alone(&self.key).map_err(|error| error.to_string())?;
        let done = self.runs.compact(&alone, &self.key, KEEP).await.map_err(|error| error.to_string())?;
        match (done, done.problem()) {
            (Compaction::Left(kept), _) => Ok(Compacted { compacted: true, kept: u64::try_from(kept).ok() }),
            (Compaction::Changed, Some(problem)) => Err(problem.to_owned()),
            _ => Ok(Compacted { compacted: false, kept: None }),
        }
    }

    async fn usage(&mut self) -> UsageFacts {
        let today = Some(self.services().usage.today().to_string());
        let session = UsageFilter { session_key: Some(self.key.as_str().to_owned()), ..UsageFilter::default() };
        let all = UsageFilter { from_day: today.clone(), to_day: today, ..UsageFilter::default() };
        let all = self.sums(all).await;
        let shared = self.services().config.now().limits;
        let own = self.agent.limits;
        UsageFacts {
            session: line(&self.sums(session).await, |_| true),
            agent_today: line(&all, |sum| sum.agent_id == self.agent.id),
            all_today: line(&all, |_| true),
            daily_micro_usd: nearer(shared.daily_micro_usd, own.daily_micro_usd),
            daily_tokens: nearer(shared.daily_tokens, own.daily_tokens),
        }
    }

    async fn tools(&mut self) -> Vec<ToolFact> {
        let record = self.record().unwrap_or_default();
        let tools = self.services().tools.effective(&self.agent, &record).await;
        let fact = |tool: &Arc<dyn postern_tools::Tool>| {
            let spec = tool.spec();
            ToolFact { name: spec.name.to_string(), description: spec.description.clone() }
        };
        tools.iter().map(fact).collect()
    }

    async fn pending_pairings(&mut self) -> Vec<PairingRequest> {
        match self.caller() {
            Ok(conn) if conn.principal.scopes.allows(Scope::Pairing) => self.services().devices.list().pending,
            _ => Vec::new(),
        }
    }

    async fn decide_pairing(&mut self, decision: PairingDecision) -> Result<(), String> {
        let who = &self.caller()?.principal;
        if !who.scopes.allows(Scope::Pairing) {
            return Err("this needs the scope operator.pairing".to_owned());
        }
        let (devices, seen) = (&self.services().devices, Some(decision.device_id.as_str()));
        let done = if decision.approve {
            devices.approve(who, &decision.request_id, seen).await.map(drop)
        } else {
            devices.reject(who, &decision.request_id, seen).await.map(drop)
        };
        done.map_err(|error| error.to_string())
    }

    async fn decide_exec(&mut self, id: &str, decision: ApprovalDecision) -> Result<(), String> {
        let who = &self.caller()?.principal;
        let answered = self.services().approvals.resolve(who, id, decision, None).await;
        answered.map_err(|error| error.to_string())
    }

    async fn interrupted(&mut self) -> Option<Interrupted> {
        let last = self.record()?.last_run.clone().filter(LastRun::was_left)?;
        let input = self.runs.find(&last.run_id).await.ok()?.and_then(|run| run.record().input);
        let preview = input.map(|input| input.text.chars().take(80).collect()).unwrap_or_default();
        Some(Interrupted { run_id: last.run_id, preview })
    }
}

/// What the built-in assistant knows when it answers.
pub(super) fn facts(services: &RunServices, agent: &AgentProfile) -> AssistantFacts {
    let config = services.config.now();
    AssistantFacts {
        agent_name: agent.name.clone().unwrap_or_else(|| agent.id.clone()),
        config_path: services.config_path.display().to_string(),
        version: services.version.clone(),
        uptime_ms: services.uptime_ms(),
        discovery: config.models.discover,
        ollama: config.models.ollama.to_string(),
        lmstudio: config.models.lmstudio.to_string(),
        warnings: Vec::new(),
    }
}

fn line(sums: &[UsageSum], counts: impl Fn(&UsageSum) -> bool) -> UsageLine {
    let number = |number: i64| u64::try_from(number).unwrap_or(0);
    let mut line = UsageLine::default();
    let (mut cost, mut unpriced) = (0, 0);
    for sum in sums.iter().filter(|sum| counts(sum)) {
        let totals = &sum.totals;
        line.input += number(totals.input + totals.cache_read + totals.cache_write);
        line.output += number(totals.output);
        cost += number(totals.cost_micro_usd);
        unpriced += totals.unpriced;
    }
    line.micro_usd = (unpriced == 0 || cost > 0).then_some(cost);
    line
}

fn nearer(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}
