//! What can be set for a session: which words are allowed, and the name that
//! only one may have.

use std::sync::Arc;

use postern_protocol::chat::{ElevatedLevel, QueueMode, ReasoningLevel, ThinkingLevel, VerboseLevel};
use postern_protocol::sessions::{Patched, SessionPatch};

use super::{Key, SessionError, SessionRecord, Sessions, put};
use crate::store::Commit;

/// Longest free text of a setting, characters.
const LONGEST: usize = 512;

/// A session whose settings were changed.
#[must_use = "nothing is durable until the commit was awaited"]
#[derive(Debug)]
pub struct PatchedSession {
    /// The session now.
    pub record: Arc<SessionRecord>,
    /// Whether there was none before.
    pub created: bool,
    /// To be passed to [`Sessions::settle`].
    pub commit: Commit,
}

impl Sessions {
    /// Changes settings, creating the session when it does not exist. With
    /// `expected` it must have that session id. Nothing changes when any part is
    /// refused.
    ///
    /// # Errors
    /// When a value cannot be, the label is taken, or the session is another one.
    pub fn patch(
        &self,
        key: &Key,
        patch: SessionPatch,
        expected: Option<&str>,
    ) -> Result<PatchedSession, SessionError> {
        let mut index = self.lock();
        let created = !index.by_key.contains_key(key.as_str());
        let mut record = index.draft(key, self.0.clock.now_ms());
        if expected.is_some_and(|expected| created || record.session_id != expected) {
            return Err(SessionError::Replaced(key.as_str().to_owned()));
        }
        apply(patch, &mut record)?;
        if let Some(label) = &record.label {
            let taken = index.by_key.values().find(|entry| entry.record.label.as_ref() == Some(label));
            if taken.is_some_and(|entry| entry.record.key != record.key) {
                return Err(SessionError::BadSetting { field: "label", problem: format!("already in use: {label}") });
            }
        }
        let change = put(&record);
        let record = index.put(record);
        // Queued under the lock, so that commits of one session keep their order.
        let commit = self.0.store.enqueue(vec![change]);
        Ok(PatchedSession { record, created, commit })
    }
}

/// Does to a record what a patch says.
fn apply(patch: SessionPatch, record: &mut SessionRecord) -> Result<(), SessionError> {
    apply_levels(&patch, record)?;
    apply_execution(&patch, record)?;
    if !patch.permission_mode.is_keep() {
        let problem = "is not supported; set execSecurity and execAsk".to_owned();
        return Err(SessionError::BadSetting { field: "permissionMode", problem });
    }
    if let Patched::Set(parent) = &patch.spawned_by
        && record.spawned_by.as_ref().is_some_and(|known| known != parent)
    {
        let problem = "cannot be changed once it is set".to_owned();
        return Err(SessionError::BadSetting { field: "spawnedBy", problem });
    }
    text("spawnedBy", patch.spawned_by)?.apply(&mut record.spawned_by);
    text("label", patch.label)?.apply(&mut record.label);
    text("displayName", patch.display_name)?.apply(&mut record.display_name);
    text("model", patch.model)?.apply(&mut record.model_override);
    text("icon", patch.icon)?.apply(&mut record.icon);
    text("color", patch.color)?.apply(&mut record.color);
    text("category", patch.category)?.apply(&mut record.category);
    flag(&patch.archived, &mut record.archived);
    flag(&patch.pinned, &mut record.pinned);
    flag(&patch.unread, &mut record.unread);
    Ok(())
}

fn apply_levels(patch: &SessionPatch, record: &mut SessionRecord) -> Result<(), SessionError> {
    let patch = patch.clone();
    level("thinkingLevel", patch.thinking_level, ThinkingLevel::ALL, ThinkingLevel::as_str)?
        .apply(&mut record.thinking_level);
    level("verboseLevel", patch.verbose_level, VerboseLevel::ALL, VerboseLevel::as_str)?
        .apply(&mut record.verbose_level);
    level("reasoningLevel", patch.reasoning_level, ReasoningLevel::ALL, ReasoningLevel::as_str)?
        .apply(&mut record.reasoning_level);
    level("elevatedLevel", patch.elevated_level, ElevatedLevel::ALL, ElevatedLevel::as_str)?
        .apply(&mut record.elevated_level);
    level("queueMode", patch.queue_mode, QueueMode::ALL, QueueMode::as_str)?.apply(&mut record.queue_mode);
    Ok(())
}

fn apply_execution(patch: &SessionPatch, record: &mut SessionRecord) -> Result<(), SessionError> {
    let patch = patch.clone();
    word("responseUsage", patch.response_usage, &["off", "on", "tokens", "full"])?.apply(&mut record.response_usage);
    word("execHost", patch.exec_host, &["gateway", "node", "sandbox"])?.apply(&mut record.exec_host);
    word("execSecurity", patch.exec_security, &["deny", "allowlist", "full"])?.apply(&mut record.exec_security);
    word("execAsk", patch.exec_ask, &["off", "on-miss", "always"])?.apply(&mut record.exec_ask);
    word("sendPolicy", patch.send_policy, &["allow", "deny"])?.apply(&mut record.send_policy);
    word("groupActivation", patch.group_activation, &["mention", "always"])?.apply(&mut record.group_activation);
    text("execNode", patch.exec_node)?.apply(&mut record.exec_node);
    Ok(())
}

fn flag(patch: &Patched<bool>, target: &mut bool) {
    match patch {
        Patched::Keep => {}
        Patched::Clear => *target = false,
        Patched::Set(value) => *target = *value,
    }
}

fn level<L: Copy>(
    field: &'static str,
    patch: Patched<String>,
    all: &[L],
    spell: impl Fn(L) -> &'static str,
) -> Result<Patched<L>, SessionError> {
    patch.try_map(|written| {
        let found = all.iter().copied().find(|level| spell(*level).eq_ignore_ascii_case(written.trim()));
        found.ok_or_else(|| one_of(field, all.iter().map(|level| spell(*level))))
    })
}

fn word(field: &'static str, patch: Patched<String>, words: &[&'static str]) -> Result<Patched<String>, SessionError> {
    patch.try_map(|written| {
        let found = words.iter().find(|word| word.eq_ignore_ascii_case(written.trim()));
        found.map(|word| (*word).to_owned()).ok_or_else(|| one_of(field, words.iter().copied()))
    })
}

fn one_of(field: &'static str, words: impl Iterator<Item = &'static str>) -> SessionError {
    let words = words.collect::<Vec<_>>().join(", ");
    SessionError::BadSetting { field, problem: format!("must be one of {words}, or null for the default") }
}

/// A free text without control characters.
fn text(field: &'static str, patch: Patched<String>) -> Result<Patched<String>, SessionError> {
    patch.try_map(|written| {
        let written = written.trim();
        let problem = if written.is_empty() {
            "must not be empty; null clears it"
        } else if written.chars().count() > LONGEST {
            "must have at most 512 characters"
        } else if written.chars().any(char::is_control) {
            "must not hold control characters"
        } else {
            return Ok(written.to_owned());
        };
        Err(SessionError::BadSetting { field, problem: problem.to_owned() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(json: serde_json::Value) -> SessionPatch {
        serde_json::from_value(json).unwrap()
    }

    fn changed(json: serde_json::Value) -> Result<SessionRecord, String> {
        let mut record = SessionRecord { label: Some("old".into()), pinned: true, ..SessionRecord::default() };
        apply(patch(json), &mut record).map(|()| record).map_err(|error| error.to_string())
    }

    #[test]
    fn values_are_read_and_null_clears() {
        let record = changed(serde_json::json!({
            "label": null, "thinkingLevel": "HIGH", "execAsk": "On-Miss", "pinned": null, "archived": true,
            "model": " openai/gpt-5 ",
        }))
        .unwrap();
        assert_eq!((record.label, record.pinned, record.archived), (None, false, true));
        assert_eq!((record.thinking_level, record.exec_ask.as_deref()), (Some(ThinkingLevel::High), Some("on-miss")));
        assert_eq!(record.model_override.as_deref(), Some("openai/gpt-5"));
        let kept = changed(serde_json::json!({})).unwrap();
        assert_eq!((kept.label.as_deref(), kept.pinned), (Some("old"), true));
    }

    #[test]
    fn refusals_name_the_field_and_what_to_write() {
        use serde_json::json;
        for (json, told) in [
            (
                json!({"thinkingLevel": "very"}),
                "thinkingLevel must be one of off, minimal, low, medium, high, xhigh, or null for the default",
            ),
            (json!({"sendPolicy": "maybe"}), "sendPolicy must be one of allow, deny, or null for the default"),
            (json!({"label": "  "}), "label must not be empty; null clears it"),
            (json!({"label": "a\u{7}b"}), "label must not hold control characters"),
            (json!({"permissionMode": "full"}), "permissionMode is not supported; set execSecurity and execAsk"),
        ] {
            assert_eq!(changed(json).unwrap_err(), told);
        }
    }

    #[test]
    fn the_session_that_made_it_stays() {
        let mut record = SessionRecord { spawned_by: Some("a".into()), ..SessionRecord::default() };
        assert!(apply(patch(serde_json::json!({"spawnedBy": "a"})), &mut record).is_ok());
        assert!(apply(patch(serde_json::json!({"spawnedBy": "b"})), &mut record).is_err());
    }
}
