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
use crate::store::rows::Rows;
use crate::store::{Change, Commit, Store, StoreError, Table};

pub(crate) const KEY: &str = "exec-approvals";

/// The rules in force: one row, or none.
#[derive(Debug)]
pub(super) struct Rules(Rows<ExecRules>);

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
        let mut rows = Rows::default();
        if let Some(body) = body {
            let rules = serde_json::from_str(&body).unwrap_or_else(|error| {
                tracing::error!(%error, "The rules for commands cannot be read; no command runs until they are set again.");
                closed_rules()
            });
            rows.load(KEY.to_owned(), rules);
        }
        Ok(Self(rows))
    }

    fn exists(&self) -> bool {
        self.0.get(KEY).is_some()
    }

    fn current(&self) -> Arc<ExecRules> {
        let none = || Arc::new(ExecRules { version: 1, ..ExecRules::default() });
        self.0.get(KEY).cloned().unwrap_or_else(none)
    }
}

impl Approvals {
    /// The rules in force.
    #[must_use]
    pub fn rules_view(&self) -> RulesView {
        let (rules, exists) = {
            let rules = self.rules();
            (rules.current(), rules.exists())
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
        self.rules().current()
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
        let settled = {
            let mut kept = self.rules();
            match base_hash {
                None if kept.exists() => return Err(ApprovalError::BaseHashRequired),
                Some(base) if base != rules_hash(&kept.current()) => return Err(ApprovalError::RulesChanged),
                _ => {}
            }
            let detail = json!({"by": &*caller.conn_id, "deviceId": caller.device_id, "hash": rules_hash(&rules)});
            let (ts_ms, kind) = (self.0.clock.now_ms(), "exec.approvals.set".to_owned());
            let audit = Change::Audit { ts_ms, kind, detail: detail.to_string() };
            self.put(&mut kept, &rules, vec![audit])
        };
        settled.await?;
        Ok(RulesView { hash: rules_hash(&rules), rules, exists: true })
    }

    /// Puts rules in force; resolves when memory says what came of the write.
    fn put(&self, kept: &mut Rules, rules: &Arc<ExecRules>, mut further: Vec<Change>) -> Commit {
        let ticket = kept.0.set(KEY, Some(Arc::clone(rules)));
        further.push(put(rules));
        let (approvals, commit) = (self.clone(), self.0.store.enqueue(further));
        self.0.settler.settled(commit, move |stored| approvals.rules().0.settle(&ticket, stored))
    }

    /// Adds an entry to the list of the agent that asked.
    pub(super) async fn remember(&self, command: &ApprovalCommand, pattern: &str) -> Result<(), StoreError> {
        let Nullable::Value(agent_id) = &command.agent_id else { return Ok(()) };
        let settled = {
            let mut kept = self.rules();
            let mut rules = ExecRules::clone(&kept.current());
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
            self.put(&mut kept, &Arc::new(rules), Vec::new())
        };
        settled.await
    }

    /// Notes that an entry let a command through. May be lost in a crash.
    pub(super) fn used(&self, agent_id: &str, command: &Command, text: &str) {
        let mut kept = self.rules();
        let current = kept.current();
        let Some(pattern) = listed(&current, agent_id, command).map(|entry| entry.pattern.clone()) else { return };
        let mut rules = ExecRules::clone(&current);
        for id in [agent_id, "*"] {
            let list = rules.agents.as_mut().and_then(|agents| agents.get_mut(id)?.allowlist.as_mut());
            let entry = list.and_then(|list| list.iter_mut().find(|entry| entry.pattern == pattern));
            let Some(entry) = entry else { continue };
            entry.last_used_at = Some(self.0.clock.now_ms());
            entry.last_used_command = Some(note(text));
            entry.last_resolved_path = Some(command.program.clone());
            break;
        }
        // Not while rules are being written: they may be refused, and a note would
        // bring them to the disk all the same.
        let rules = Arc::new(rules);
        if kept.0.amend(KEY, Arc::clone(&rules)) {
            self.0.store.enqueue_lazy(vec![put(&rules)]);
        }
    }
}

fn put(rules: &ExecRules) -> Change {
    let body = serde_json::to_string(rules).unwrap_or_default();
    Change::Put { table: Table::Meta, key: KEY.to_owned(), body }
}
