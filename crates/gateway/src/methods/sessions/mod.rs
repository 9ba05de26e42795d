//! Methods under `sessions.` (`methods.md §3`).

mod abort;
mod compact;
mod create;
mod delete;
mod describe;
mod get;
mod groups;
mod list;
mod messages;
mod observer;
mod patch;
mod patch_many;
mod preview;
mod recover;
mod reset;
mod resolve;
mod search;
mod send;
mod steer;
mod subscribe;
mod unsubscribe;
mod usage;
mod viewers;

use postern_protocol::Dialect;
use postern_protocol::access::Scope;
use postern_protocol::sessions::SessionEntry;
use serde_json::Value;

use crate::hub::Following;
use crate::rpc::{Cx, RpcError, RpcResult};
use crate::sessions::{Key, RunEnd, SessionError, SessionRecord};

/// Times that a session is stopped in which people go on writing.
const STOPS: usize = 5;

/// Reads a session key as a client wrote it, and lets its connection follow the
/// session from now on.
pub(super) fn follow(cx: &Cx, written: &str, agent: Option<&str>) -> RpcResult<Key> {
    let key = cx.sessions.resolve(written, agent)?;
    cx.hub.follow(&cx.principal().conn_id, key.as_str(), written, Following::Named);
    Ok(key)
}

impl From<SessionError> for RpcError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Store(error) => error.into(),
            SessionError::StillActive(_) => Self::unavailable(error.to_string()).retry_after(1_000),
            SessionError::Unreadable(_) => Self::internal(error),
            error => Self::invalid(error.to_string()),
        }
    }
}

/// Protocol 3 asks for more than protocol 4 before sessions are changed.
fn admin_in_v3(cx: &Cx) -> RpcResult<()> {
    let who = cx.principal();
    if who.dialect == Dialect::V3 && !who.scopes.allows(Scope::Admin) {
        return Err(RpcError::missing_scope(Scope::Admin));
    }
    Ok(())
}

/// Takes a session apart once what is under way in it is stopped.
async fn when_quiet<R>(cx: &Cx, key: &Key, act: impl Fn() -> R) -> RpcResult<R> {
    for _ in 0..STOPS {
        if !cx.runs.stop_session(key).await {
            break;
        }
        // Something may have been said while we waited: that is stopped, too.
        if let Some(done) = cx.runs.when_quiet(key, &act) {
            return Ok(done);
        }
    }
    Err(SessionError::StillActive(key.as_str().to_owned()).into())
}

/// A model as a person wrote it, in its full form.
fn read_model(cx: &Cx, written: &str) -> RpcResult<String> {
    match cx.models.read(written) {
        Ok(model) => Ok(model.to_string()),
        Err(error) => Err(RpcError::invalid(error.to_string())),
    }
}

/// What is kept about a session in the words of its store
/// (`storage-and-config.md §2, Session entry`).
fn entry(record: &SessionRecord) -> SessionEntry {
    /// Ours alone.
    const INNER: [&str; 8] =
        ["key", "agentId", "lastSeq", "hiddenTo", "firstWords", "lastWords", "formerIds", "lastRun"];
    let Ok(Value::Object(mut entry)) = serde_json::to_value(record) else { return SessionEntry::new() };
    entry.retain(|name, _| !INNER.contains(&name.as_str()));
    if let Some(compactions) = entry.remove("compactions") {
        entry.insert("compactionCount".to_owned(), compactions);
    }
    if let Some((provider, model)) = record.model_override.as_deref().and_then(|model| model.split_once('/')) {
        entry.insert("providerOverride".to_owned(), provider.into());
        entry.insert("modelOverride".to_owned(), model.into());
    }
    if let Some(run) = &record.last_run {
        let aborted = matches!(run.end, Some(RunEnd::Aborted | RunEnd::Interrupted));
        entry.insert("abortedLastRun".to_owned(), aborted.into());
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::LastRun;

    #[test]
    fn an_entry_speaks_the_words_of_the_contract() {
        let record = SessionRecord {
            key: "agent:main:a".into(),
            session_id: "s".into(),
            agent_id: "main".into(),
            updated_at: 7,
            last_seq: 9,
            hidden_to: 3,
            first_words: Some("x".into()),
            former_ids: vec!["t".into()],
            label: Some("Door".into()),
            model_override: Some("openrouter/meta/llama".into()),
            last_run: Some(LastRun { run_id: "r".into(), end: Some(RunEnd::Aborted), error: None }),
            compactions: 2,
            ..SessionRecord::default()
        };
        let wanted = serde_json::json!({
            "sessionId": "s", "createdAt": 0, "updatedAt": 7, "label": "Door", "providerOverride": "openrouter",
            "modelOverride": "meta/llama", "compactionCount": 2, "abortedLastRun": true,
        });
        assert_eq!(Value::Object(entry(&record)), wanted);
    }
}
