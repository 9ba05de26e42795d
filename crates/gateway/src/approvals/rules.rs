//! The rules: read once, kept in memory, replaced as a whole, and added to when
//! somebody answers "always".

use std::sync::Arc;

use postern_protocol::access::{Role, Scope};
use postern_protocol::approvals::{
    AllowlistEntry, ApprovalCommand, ExecAgentRules, ExecAskMode, ExecRules, ExecSecurityMode, ResolvedRules,
};
use postern_protocol::system::Nullable;
use postern_tools::exec::policy::{
    Command, ExecModes, check_rules, closed_rules, effective, forget_oldest, listed, note, rules_hash,
};
use serde_json::json;

use super::Approvals;
use super::error::ApprovalError;
use crate::hub::Principal;
use crate::store::{Change, Commit, Store, StoreError, Table};

pub(crate) const KEY: &str = "exec-approvals";
/// The rules in force.
#[derive(Debug)]
pub(super) struct Rules {
    current: Arc<ExecRules>,
    exists: bool,
    /// What is on disk, for taking back what did not get there.
    durable: (Arc<ExecRules>, bool),
}

/// The rules as they are shown.
#[derive(Debug, Clone)]
pub struct RulesView {
    /// The rules.
    pub rules: Arc<ExecRules>,
    /// Hex SHA-256 of everything in them but when entries were used.
    pub hash: String,
    /// Whether rules were ever set.
    pub exists: bool,
}

impl Rules {
    pub(super) async fn read(store: &Store) -> Result<Self, StoreError> {
        let body = store.get(Table::Meta, KEY).await?;
        let read = body.as_deref().map(|body| {
            Arc::new(serde_json::from_str(body).unwrap_or_else(|error| {
                tracing::error!(%error, "The rules for commands cannot be read; no command runs until they are set again.");
                closed_rules()
            }))
        });
        let exists = read.is_some();
        let current = read.unwrap_or_else(|| Arc::new(ExecRules { version: 1, ..ExecRules::default() }));
        Ok(Self { durable: (Arc::clone(&current), exists), current, exists })
    }

    fn replace(&mut self, rules: Arc<ExecRules>) {
        (self.current, self.exists) = (rules, true);
    }

    fn settle(&mut self, rules: &Arc<ExecRules>, stored: bool) {
        if stored {
            self.durable = (Arc::clone(rules), true);
        } else if Arc::ptr_eq(&self.current, rules) {
            (self.current, self.exists) = self.durable.clone();
        }
    }
}

impl Approvals {
    /// The rules in force.
    #[must_use]
    pub fn rules_view(&self) -> RulesView {
        let (rules, exists) = {
            let rules = self.rules();
            (Arc::clone(&rules.current), rules.exists)
        };
        RulesView { hash: rules_hash(&rules), rules, exists }
    }

    /// What holds where the rules for agents say nothing.
    #[must_use]
    pub fn resolved_defaults(&self, base: ExecModes) -> ResolvedRules {
        let rules = self.current_rules();
        let modes = effective(&rules, "");
        ResolvedRules {
            security: modes.security.map_or(base.security, |security| security.min(base.security)),
            ask: modes.ask.map_or(base.ask, |ask: ExecAskMode| ask.max(base.ask)),
            ask_fallback: modes.ask_fallback.unwrap_or(ExecSecurityMode::Deny),
            auto_allow_skills: modes.auto_allow_skills.unwrap_or(false),
        }
    }

    pub(super) fn current_rules(&self) -> Arc<ExecRules> {
        Arc::clone(&self.rules().current)
    }

    /// Replaces the rules. `base_hash` is the hash of those that the caller read.
    ///
    /// # Errors
    /// When the caller is no administrator, read others, or wrote some that
    /// cannot be used.
    pub async fn set_rules(
        &self,
        caller: &Principal,
        rules: ExecRules,
        base_hash: Option<&str>,
    ) -> Result<RulesView, ApprovalError> {
        if caller.role != Role::Operator || !caller.scopes.allows(Scope::Admin) {
            return Err(ApprovalError::NotAnApprover);
        }
        check_rules(&rules).map_err(ApprovalError::InvalidRules)?;
        let rules = Arc::new(rules);
        let commit = {
            let mut kept = self.rules();
            match base_hash {
                None if kept.exists => return Err(ApprovalError::BaseHashRequired),
                Some(base) if base != rules_hash(&kept.current) => return Err(ApprovalError::RulesChanged),
                _ => {}
            }
            kept.replace(Arc::clone(&rules));
            let detail = json!({"by": &*caller.conn_id, "deviceId": caller.device_id, "hash": rules_hash(&rules)});
            let (ts_ms, kind) = (self.0.clock.now_ms(), "exec.approvals.set".to_owned());
            let audit = Change::Audit { ts_ms, kind, detail: detail.to_string() };
            self.0.store.enqueue(vec![put(&rules), audit])
        };
        self.settled(&rules, commit).await?;
        Ok(RulesView { hash: rules_hash(&rules), rules, exists: true })
    }

    /// Resolves when memory says what came of the write.
    fn settled(&self, rules: &Arc<ExecRules>, commit: Commit) -> Commit {
        let (approvals, rules) = (self.clone(), Arc::clone(rules));
        commit.settled(&self.0.tasks, "rules", move |stored| approvals.rules().settle(&rules, stored))
    }

    /// Adds an entry to the list of the agent that asked.
    pub(super) async fn remember(&self, command: &ApprovalCommand, pattern: &str) -> Result<(), StoreError> {
        let Nullable::Value(agent_id) = &command.agent_id else { return Ok(()) };
        let (rules, commit) = {
            let mut kept = self.rules();
            let mut rules = ExecRules::clone(&kept.current);
            let agent: &mut ExecAgentRules = rules.agents.get_or_insert_default().entry(agent_id.clone()).or_default();
            let list = agent.allowlist.get_or_insert_default();
            if list.iter().any(|entry| entry.pattern == pattern) {
                return Ok(());
            }
            list.push(AllowlistEntry {
                id: Some(uuid::Uuid::new_v4().to_string()),
                pattern: pattern.to_owned(),
                last_used_at: Some(self.0.clock.now_ms()),
                last_used_command: Some(note(&command.command)),
                last_resolved_path: match &command.resolved_path {
                    Nullable::Value(path) => Some(path.clone()),
                    Nullable::Null => None,
                },
            });
            forget_oldest(list);
            rules.version = 1;
            let rules = Arc::new(rules);
            kept.replace(Arc::clone(&rules));
            let commit = self.0.store.enqueue(vec![put(&rules)]);
            (rules, commit)
        };
        self.settled(&rules, commit).await
    }

    /// Notes that an entry let a command through. May be lost in a crash.
    pub(super) fn used(&self, agent_id: &str, command: &Command, text: &str) {
        let mut kept = self.rules();
        let Some(pattern) = listed(&kept.current, agent_id, command).map(|entry| entry.pattern.clone()) else { return };
        let mut rules = ExecRules::clone(&kept.current);
        for id in [agent_id, "*"] {
            let list = rules.agents.as_mut().and_then(|agents| agents.get_mut(id)?.allowlist.as_mut());
            let entry = list.and_then(|list| list.iter_mut().find(|entry| entry.pattern == pattern));
            let Some(entry) = entry else { continue };
            entry.last_used_at = Some(self.0.clock.now_ms());
            entry.last_used_command = Some(note(text));
            entry.last_resolved_path = Some(command.program.clone());
            break;
        }
        // A note follows every write that is under way, and loses to later ones.
        self.0.store.enqueue_lazy(vec![put(&rules)]);
        let exists = kept.exists;
        kept.current = Arc::new(rules);
        kept.exists = exists;
    }
}

fn put(rules: &ExecRules) -> Change {
    let body = serde_json::to_string(rules).unwrap_or_default();
    Change::Put { table: Table::Meta, key: KEY.to_owned(), body }
}
