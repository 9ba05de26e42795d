//! Limits that an admin lifted for a while. One document per agent, one for all.

use std::collections::BTreeMap;

use postern_protocol::usage::LimitOverride;
use serde_json::json;

use super::UsageError;
use super::day::DAY_MS;
use crate::store::{Change, Store, StoreError, Table};

/// Longest time a limit is lifted for, and so the furthest end that is believed.
const LONGEST_MS: i64 = DAY_MS;
/// Agents whose limits are lifted at once.
const MOST: usize = 64;
/// Their documents in [`Table::Meta`]; the one for all agents has nothing behind it.
const KEY: &str = "usage-override:";

/// What an admin decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverrideRequest {
    /// Whose limits; `None` for every agent's.
    pub agent_id: Option<String>,
    /// Until when, epoch milliseconds; `None` puts the limits back.
    pub until: Option<(i64, String)>,
    /// Who decides.
    pub by: String,
}

/// What is lifted, by agent; `None` is every agent.
#[derive(Debug, Clone, Default)]
pub(super) struct Overrides(BTreeMap<Option<String>, LimitOverride>);

/// How to take a decision back that could not be stored: key, before, after.
pub(super) type Undo = Vec<(Option<String>, Option<LimitOverride>, Option<LimitOverride>)>;

impl Overrides {
    pub(super) async fn load(store: &Store) -> Result<Self, StoreError> {
        let mut all = BTreeMap::new();
        for (key, body) in store.load(Table::Meta).await? {
            if !key.starts_with(KEY) {
                continue;
            }
            match serde_json::from_str::<LimitOverride>(&body) {
                Ok(lifted) => drop(all.insert(lifted.agent_id.clone(), lifted)),
                Err(error) => tracing::error!(%key, %error, "A lifted limit cannot be read; the limit holds."),
            }
        }
        Ok(Self(all))
    }

    /// Whether this agent may go on past every limit.
    pub(super) fn covers(&self, agent_id: &str, now_ms: i64) -> bool {
        let mut live = self.0.values().filter(|lifted| is_live(lifted, now_ms));
        live.any(|lifted| lifted.agent_id.as_deref().is_none_or(|id| id == agent_id))
    }

    /// Whether every agent may.
    pub(super) fn covers_all(&self, now_ms: i64) -> bool {
        self.0.get(&None).is_some_and(|lifted| is_live(lifted, now_ms))
    }

    /// What is lifted now.
    pub(super) fn active(&self, now_ms: i64) -> Vec<LimitOverride> {
        self.0.values().filter(|lifted| is_live(lifted, now_ms)).cloned().collect()
    }

    /// Decides; the changes make it durable.
    pub(super) fn apply(&mut self, request: OverrideRequest, now_ms: i64) -> Result<(Vec<Change>, Undo), UsageError> {
        let OverrideRequest { agent_id, until, by } = request;
        let mut undo = Undo::new();
        let mut gone: Vec<Option<String>> = Vec::new();
        match &until {
            Some(_) => gone.extend(self.0.iter().filter(|(_, of)| !is_live(of, now_ms)).map(|(key, _)| key.clone())),
            None if agent_id.is_none() => gone.extend(self.0.keys().cloned()),
            None => gone.push(agent_id.clone()),
        }
        let new = until
            .map(|(until_ms, reason)| lift(agent_id.clone(), (now_ms, until_ms), reason, by.clone()))
            .transpose()?;
        if new.is_some() && self.active(now_ms).len() >= MOST && !self.0.contains_key(&agent_id) {
            return Err(UsageError::Invalid(format!("the limits of {MOST} agents are lifted already: clear some")));
        }
        let mut changes = Vec::new();
        for key in gone.into_iter().filter(|key| new.is_none() || *key != agent_id) {
            if let Some(old) = self.0.remove(&key) {
                changes.push(Change::Delete { table: Table::Meta, key: document(key.as_deref()) });
                undo.push((key, Some(old), None));
            }
        }
        let (kind, detail) = match &new {
            Some(lifted) => ("usage.limits.lifted", json!(lifted)),
            None => ("usage.limits.restored", json!({"agentId": agent_id, "by": by})),
        };
        if let Some(lifted) = new {
            let (key, body) = (document(agent_id.as_deref()), json!(lifted).to_string());
            changes.push(Change::Put { table: Table::Meta, key, body });
            let before = self.0.insert(agent_id.clone(), lifted.clone());
            undo.push((agent_id, before, Some(lifted)));
        }
        changes.push(Change::Audit { ts_ms: now_ms, kind: kind.to_owned(), detail: detail.to_string() });
        Ok((changes, undo))
    }

    /// Takes a decision back, as far as nobody decided anew since.
    pub(super) fn take_back(&mut self, undo: Undo) {
        for (key, before, after) in undo {
            if self.0.get(&key) != after.as_ref() {
                continue;
            }
            match before {
                Some(before) => drop(self.0.insert(key, before)),
                None => drop(self.0.remove(&key)),
            }
        }
    }
}

fn lift(
    agent_id: Option<String>,
    (since_ms, until_ms): (i64, i64),
    reason: String,
    by: String,
) -> Result<LimitOverride, UsageError> {
    if until_ms <= since_ms || until_ms - since_ms > LONGEST_MS {
        let text = "untilMs must lie ahead by at most a day, forMs be at most 86400000";
        return Err(UsageError::Invalid(text.to_owned()));
    }
    let reason = reason.trim().to_owned();
    if reason.is_empty() {
        return Err(UsageError::Invalid("reason is empty: say why the limits are lifted".to_owned()));
    }
    Ok(LimitOverride { agent_id, since_ms, until_ms, reason, by })
}

/// An end further ahead than can be asked for was set by a clock that was wrong.
const fn is_live(lifted: &LimitOverride, now_ms: i64) -> bool {
    now_ms < lifted.until_ms && lifted.until_ms - now_ms <= LONGEST_MS
}

fn document(agent_id: Option<&str>) -> String {
    format!("{KEY}{}", agent_id.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_262_400_000;
    const HOUR: i64 = 3_600_000;

    fn lift_for(agent: Option<&str>, until_ms: i64) -> OverrideRequest {
        let until = Some((until_ms, "release day".to_owned()));
        OverrideRequest { agent_id: agent.map(str::to_owned), until, by: "ada".to_owned() }
    }

    fn clear(agent: Option<&str>) -> OverrideRequest {
        OverrideRequest { agent_id: agent.map(str::to_owned), until: None, by: "ada".to_owned() }
    }

    #[test]
    fn a_limit_is_lifted_for_whom_and_for_how_long_it_was_said() {
        let mut of = Overrides::default();
        of.apply(lift_for(Some("a"), NOW + HOUR), NOW).unwrap();
        #[rustfmt::skip]
        let expect = [("a", NOW, true), ("b", NOW, false), ("a", NOW + HOUR - 1, true), ("a", NOW + HOUR, false),
            // The clock was set back by more than a day: nothing may be lifted for longer than that.
            ("a", NOW + HOUR - LONGEST_MS, true), ("a", NOW + HOUR - LONGEST_MS - 1, false)];
        for (agent, at, want) in expect {
            assert_eq!(of.covers(agent, at), want, "{agent} {at}");
        }
        of.apply(lift_for(None, NOW + HOUR), NOW).unwrap();
        assert!(of.covers("b", NOW) && of.covers_all(NOW));
        of.apply(clear(None), NOW).unwrap();
        assert!(!of.covers("a", NOW) && of.active(NOW).is_empty());
    }

    #[test]
    fn more_than_a_day_less_than_nothing_and_no_reason_are_refused() {
        let mut of = Overrides::default();
        for until in [NOW, NOW - 1, NOW + LONGEST_MS + 1, i64::MAX] {
            assert!(matches!(of.apply(lift_for(None, until), NOW), Err(UsageError::Invalid(_))), "{until}");
        }
        let silent = OverrideRequest { until: Some((NOW + HOUR, "  ".to_owned())), ..clear(None) };
        assert!(matches!(of.apply(silent, NOW), Err(UsageError::Invalid(_))));
        assert!(of.0.is_empty());
        of.apply(lift_for(None, NOW + LONGEST_MS), NOW).unwrap();
    }

    #[test]
    fn a_decision_that_was_not_stored_is_taken_back_unless_there_is_a_newer_one() {
        let mut of = Overrides::default();
        let (_, undo) = of.apply(lift_for(Some("a"), NOW + HOUR), NOW).unwrap();
        of.take_back(undo);
        assert!(of.0.is_empty());
        let (_, undo) = of.apply(lift_for(Some("a"), NOW + HOUR), NOW).unwrap();
        of.apply(lift_for(Some("a"), NOW + 2 * HOUR), NOW).unwrap();
        of.take_back(undo);
        assert!(of.covers("a", NOW + HOUR));
        let (_, undo) = of.apply(clear(Some("a")), NOW).unwrap();
        of.take_back(undo);
        assert!(of.covers("a", NOW + HOUR));
    }

    #[test]
    fn memory_is_bounded_and_ended_ones_make_room() {
        let mut of = Overrides::default();
        for index in 0..MOST {
            of.apply(lift_for(Some(&index.to_string()), NOW + HOUR), NOW).unwrap();
        }
        assert!(of.apply(lift_for(Some("more"), NOW + HOUR), NOW).is_err());
        of.apply(lift_for(Some("0"), NOW + 2 * HOUR), NOW).unwrap();
        let (changes, _) = of.apply(lift_for(Some("more"), NOW + 2 * HOUR), NOW + HOUR).unwrap();
        assert_eq!(of.0.len(), 2);
        let gone = changes.iter().filter(|change| matches!(change, Change::Delete { .. })).count();
        assert_eq!(gone, MOST - 1);
    }
}
