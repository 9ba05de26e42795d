//! Conversations: each with its id, its times and what it took. One that is here
//! already, by its id, is left alone.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use postern_protocol::chat::ThinkingLevel;
use serde_json::Value;

use super::home::Home;
use super::messages::{Owner, Transcript, read, time_of};
use super::report::Report;
use super::{ImportError, Target};
use crate::config::{Config, SessionScope};
use crate::sessions::{KeyRules, SessionRecord};
use crate::store::{self, Change, Page, Store, Table};

/// Changes and bytes of one commit.
const BATCH: usize = 200;
const BATCH_BYTES: usize = 4 * 1024 * 1024;

pub(super) async fn import(
    home: &Home,
    (target, config): (&Target, &Arc<Config>),
    report: &mut Report,
) -> Result<(), ImportError> {
    let mut here = Here::read(target).await?;
    let rules = KeyRules {
        default_agent: config.default_agent_id().to_owned(),
        main_key: config.session.main_key.clone(),
        global: config.session.scope == SessionScope::Global,
    };
    for agent in home.folders("agents") {
        let folder = format!("agents/{agent}/sessions");
        let entries = home.document("sessions", &format!("{folder}/sessions.json"), report).unwrap_or_default();
        let mut named = HashSet::new();
        for (written, entry) in entries.as_object().into_iter().flatten() {
            let Some(session_id) = entry["sessionId"].as_str().filter(|id| is_plain(id)) else {
                report.left("sessions", written, "has no session id");
                continue;
            };
            named.insert(session_id.to_owned());
            let is_agent = |id: &str| config.agents.iter().any(|agent| agent.id == id);
            let key = match rules.read(written, None, is_agent) {
                Ok(key) => key,
                Err(error) => {
                    report.left("sessions", written, error.to_string());
                    continue;
                }
            };
            let one = One { key: key.as_str(), agent: key.agent_id(), session_id, entry, is_former: false };
            one.import(home, &folder, (target, &mut here), report).await?;
        }
        former(home, (&agent, &folder, &named), (target, config, &mut here), report).await?;
    }
    Ok(())
}

/// Conversations from before a reset: nobody names them any more, and they come
/// put away.
async fn former(
    home: &Home,
    (agent, folder, named): (&str, &str, &HashSet<String>),
    (target, config, here): (&Target, &Config, &mut Here),
    report: &mut Report,
) -> Result<(), ImportError> {
    for file in home.files(folder) {
        let Some(session_id) = file.strip_suffix(".jsonl") else {
            if file.contains(".jsonl.") {
                report.left("sessions", format!("{folder}/{file}"), "a deleted conversation, or a copy of one");
            }
            continue;
        };
        if named.contains(session_id) || !is_plain(session_id) {
            continue;
        }
        if !config.agents.iter().any(|known| known.id == agent) {
            report.left("sessions", format!("{folder}/{file}"), "its agent was not taken");
            continue;
        }
        let key = format!("agent:{agent}:imported:{}", session_id.to_ascii_lowercase());
        let one = One { key: &key, agent, session_id, entry: &Value::Null, is_former: true };
        one.import(home, folder, (target, here), report).await?;
    }
    Ok(())
}

fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.len() <= 128 && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// Conversations that are here.
#[derive(Default)]
struct Here {
    ids: HashSet<String>,
    /// By key, how many messages.
    keys: BTreeMap<String, i64>,
    labels: HashSet<String>,
}

impl Here {
    async fn read(target: &Target) -> Result<Self, ImportError> {
        let database = target.paths.database();
        let mut here = Self::default();
        if !database.exists() {
            return Ok(here);
        }
        for (key, body) in store::documents(&database, Table::Sessions).await? {
            let Ok(record) = serde_json::from_str::<SessionRecord>(&body) else { continue };
            here.ids.extend(record.former_ids.iter().cloned());
            here.ids.insert(record.session_id);
            here.labels.extend(record.label);
            here.keys.insert(key, record.last_seq);
        }
        Ok(here)
    }
}

struct One<'a> {
    key: &'a str,
    agent: &'a str,
    session_id: &'a str,
    entry: &'a Value,
    is_former: bool,
}

impl One<'_> {
    async fn import(
        &self,
        home: &Home,
        folder: &str,
        (target, here): (&Target, &mut Here),
        report: &mut Report,
    ) -> Result<(), ImportError> {
        if here.ids.contains(self.session_id) {
            report.already("sessions");
            return Ok(());
        }
        // A conversation under this name that has begun here stays under it.
        let key = match here.keys.get(self.key) {
            Some(messages) if *messages > 0 => {
                format!("agent:{}:imported:{}", self.agent, self.session_id.to_ascii_lowercase())
            }
            _ => self.key.to_owned(),
        };
        let owner = Owner { session_id: self.session_id, session_key: &key, agent_id: self.agent };
        let file = format!("{folder}/{}.jsonl", self.session_id);
        let transcript = match home.text(&file) {
            Ok(text) => read(&text, owner),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Transcript::default(),
            Err(error) => {
                report.left("sessions", file, error.to_string());
                return Ok(());
            }
        };
        if transcript.bad_lines > 0 {
            report.left("sessions", &file, format!("{} of its lines cannot be read", transcript.bad_lines));
        }
        if self.is_former && transcript.rows.is_empty() {
            return Ok(());
        }
        let record = self.record(&key, &transcript, here);
        report.took("sessions", format!("{key}: {} messages", transcript.rows.len()));
        here.ids.insert(self.session_id.to_owned());
        here.keys.insert(key, record.last_seq);
        here.labels.extend(record.label.clone());
        match &target.store {
            Some(store) => write(store, &record, transcript).await,
            None => Ok(()),
        }
    }

    fn record(&self, key: &str, transcript: &Transcript, here: &Here) -> SessionRecord {
        let text = |name: &str| self.entry[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let number = |name: &str| self.entry[name].as_i64().unwrap_or(0).max(0);
        let times = (transcript.rows.first().map(|row| row.ts_ms), transcript.rows.last().map(|row| row.ts_ms));
        let updated_at = time_of(&self.entry["updatedAt"]).or(times.1).unwrap_or(0);
        let chosen = text("modelOverride").zip(text("providerOverride"));
        let (provider, model) = transcript.model.clone().unzip();
        SessionRecord {
            key: key.to_owned(),
            session_id: self.session_id.to_owned(),
            agent_id: self.agent.to_owned(),
            created_at: times.0.unwrap_or(updated_at),
            updated_at,
            last_seq: i64::try_from(transcript.rows.len()).unwrap_or(i64::MAX),
            first_words: transcript.first_words.clone(),
            last_words: transcript.last_words.clone(),
            label: text("label").filter(|label| label.chars().count() <= 64 && !here.labels.contains(label)),
            display_name: text("displayName"),
            thinking_level: text("thinkingLevel").and_then(|level| ThinkingLevel::parse(&level)),
            model_override: chosen.map(|(model, provider)| format!("{provider}/{model}")),
            model_provider: text("modelProvider").or(provider),
            model: text("model").or(model),
            input_tokens: number("inputTokens"),
            output_tokens: number("outputTokens"),
            total_tokens: number("totalTokens"),
            compactions: number("compactionCount"),
            archived: self.is_former,
            ..SessionRecord::default()
        }
    }
}

/// The messages first and the conversation last: one that was interrupted is not
/// here yet, and the next import goes on where this one ended.
async fn write(store: &Store, record: &SessionRecord, transcript: Transcript) -> Result<(), ImportError> {
    let page = Page { after: 0, before: i64::MAX, limit: 1 };
    let written = store.transcript_page(&record.session_id, page).await?.last().map_or(0, |row| row.seq);
    let fresh = written == 0;
    let rows = transcript.rows.into_iter().filter(|row| row.seq > written).map(Change::Append);
    // Pictures are kept once; what was taken is counted once, with the first commit.
    let media = transcript.media.into_iter().map(Change::Media);
    let usage = transcript.usage.into_iter().filter(|_| fresh).map(Change::Usage);
    let (mut batch, mut bytes) = (usage.collect::<Vec<_>>(), 0_usize);
    for change in media.chain(rows) {
        bytes += match &change {
            Change::Append(row) => row.body.len() + row.text.len(),
            Change::Media(row) => row.bytes.len(),
            _ => 0,
        };
        batch.push(change);
        if batch.len() >= BATCH || bytes >= BATCH_BYTES {
            store.enqueue(std::mem::take(&mut batch)).await?;
            bytes = 0;
        }
    }
    let body = serde_json::to_string(record).unwrap_or_default();
    batch.push(Change::Put { table: Table::Sessions, key: record.key.clone(), body });
    store.enqueue(batch).await?;
    Ok(())
}
