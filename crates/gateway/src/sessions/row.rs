//! A session as lists show it.

use std::sync::Arc;

use postern_protocol::chat::ThinkingLevel;
use postern_protocol::sessions::{
    ModelOverrideSource, SessionChatType, SessionKind, SessionRow, SessionSharingRole, SessionStatus,
    SessionVisibility, ThinkingOption,
};
use postern_protocol::system::Nullable;

use super::{RunEnd, Session, SessionRecord, Sessions};

/// Longest title made of what a person said, characters.
const TITLE: usize = 60;

/// The model that answers in a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelFacts {
    /// Its provider.
    pub provider: Option<String>,
    /// Its id.
    pub model: Option<String>,
    /// Tokens that it can read and write.
    pub context_tokens: Option<u64>,
    /// How long it thinks when nobody says.
    pub thinking: Option<ThinkingLevel>,
    /// How long it can think.
    pub levels: Vec<ThinkingLevel>,
}

/// Tells which model answers for an agent, given the choice of a session.
pub type ModelOf = Arc<dyn Fn(&str, Option<&str>) -> ModelFacts + Send + Sync>;

/// What a row tells besides the usual.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowLook {
    /// A title made of the first words.
    pub derived_title: bool,
    /// The beginning of the last message.
    pub last_message: bool,
}

impl Sessions {
    /// From now on rows tell which model answers.
    pub fn tell_models(&self, model_of: ModelOf) {
        // The first to say it is right: there is one model service.
        drop(self.0.model_of.set(model_of));
    }

    /// Which model answers for an agent, given the choice of a session.
    #[must_use]
    pub fn model_facts(&self, agent: &str, choice: Option<&str>) -> ModelFacts {
        self.0.model_of.get().map(|model_of| model_of(agent, choice)).unwrap_or_default()
    }

    /// A session as lists show it.
    #[must_use]
    pub fn row(&self, session: &Session, look: RowLook) -> SessionRow {
        let record = &*session.record;
        let facts = self.model_facts(&record.agent_id, record.model_override.as_deref());
        let place = Place::of(&record.key);
        let levels: Vec<ThinkingOption> = facts.levels.iter().map(|level| thinking_option(*level)).collect();
        let last_run = record.last_run.as_ref();
        SessionRow {
            key: record.key.clone(),
            kind: place.kind,
            agent_id: record.agent_id.clone(),
            is_main: self.is_main(&record.key, &record.agent_id),
            session_id: Some(record.session_id.clone()),
            label: record.label.clone(),
            display_name: record.display_name.clone(),
            derived_title: if look.derived_title { record.first_words.as_deref().map(title) } else { None },
            last_message_preview: if look.last_message { record.last_words.clone() } else { None },
            channel: place.channel.map(str::to_owned),
            chat_type: place.chat_type,
            updated_at: Nullable::Value(record.updated_at),
            created_at: Some(record.created_at),
            archived: record.archived,
            pinned: record.pinned,
            unread: record.unread,
            icon: record.icon.clone(),
            color: record.color.clone(),
            category: record.category.clone(),
            status: status(session),
            has_active_run: !session.active.is_empty(),
            active_run_ids: session.active.iter().map(|run| run.to_string()).collect(),
            last_run_id: last_run.map(|run| run.run_id.clone()),
            last_run_error: last_run.and_then(|run| run.error.clone()),
            aborted_last_run: last_run.map(|run| matches!(run.end, Some(RunEnd::Aborted | RunEnd::Interrupted))),
            system_sent: Some(record.last_seq > 0),
            thinking_level: record.thinking_level,
            thinking_options: Some(levels.iter().map(|level| level.id.clone()).collect()),
            thinking_levels: Some(levels),
            thinking_default: facts.thinking,
            verbose_level: record.verbose_level,
            reasoning_level: record.reasoning_level,
            elevated_level: record.elevated_level,
            send_policy: record.send_policy.clone(),
            group_activation: record.group_activation.clone(),
            queue_mode: record.queue_mode,
            response_usage: record.response_usage.clone(),
            exec_host: record.exec_host.clone(),
            exec_security: record.exec_security.clone(),
            exec_ask: record.exec_ask.clone(),
            exec_node: record.exec_node.clone(),
            spawned_by: record.spawned_by.clone(),
            input_tokens: given(record.input_tokens),
            output_tokens: given(record.output_tokens),
            total_tokens: given(record.total_tokens),
            model_provider: facts.provider.or_else(|| record.model_provider.clone()),
            model: facts.model.or_else(|| record.model.clone()),
            model_override_source: record.model_override.as_ref().map(|_| ModelOverrideSource::User),
            context_tokens: facts.context_tokens,
            visibility: SessionVisibility::Shared,
            sharing_role: SessionSharingRole::Admin,
        }
    }
}

/// A level with its word for people.
#[must_use]
pub fn thinking_option(level: ThinkingLevel) -> ThinkingOption {
    ThinkingOption { id: level.as_str().to_owned(), label: level.as_str().to_owned() }
}

fn given(tokens: i64) -> Option<i64> {
    (tokens > 0).then_some(tokens)
}

/// The first line of what was said, cut at a word.
fn title(words: &str) -> String {
    let line = words.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    if line.chars().count() <= TITLE {
        return line.to_owned();
    }
    let cut: String = line.chars().take(TITLE - 1).collect();
    let at_word = cut.rfind(' ').filter(|end| *end > cut.len() / 2).map_or(cut.as_str(), |end| &cut[..end]);
    format!("{}…", at_word.trim_end())
}

fn status(session: &Session) -> Option<SessionStatus> {
    let last = session.record.last_run.as_ref();
    if !session.active.is_empty() {
        let begun = last.is_some_and(|run| run.end.is_none() && session.active.iter().any(|id| **id == *run.run_id));
        return Some(if begun { SessionStatus::Running } else { SessionStatus::Queued });
    }
    Some(match last?.end {
        // A run that left no word and is not under way ended with its gateway.
        None | Some(RunEnd::Interrupted | RunEnd::Aborted) => SessionStatus::Killed,
        Some(RunEnd::Done) => SessionStatus::Done,
        Some(RunEnd::Failed) => SessionStatus::Failed,
        Some(RunEnd::Timeout) => SessionStatus::Timeout,
    })
}

/// What the parts of a key say (`storage-and-config.md §2, Session keys`).
#[derive(Debug, PartialEq, Eq)]
struct Place<'k> {
    kind: SessionKind,
    channel: Option<&'k str>,
    chat_type: Option<SessionChatType>,
}

impl<'k> Place<'k> {
    fn of(key: &'k str) -> Self {
        match key {
            "global" => return Self { kind: SessionKind::Global, channel: None, chat_type: None },
            "unknown" => return Self { kind: SessionKind::Unknown, channel: None, chat_type: None },
            _ => {}
        }
        let rest = key.strip_prefix("agent:").and_then(|of| of.split_once(':')).map_or(key, |(_, rest)| rest);
        let parts: Vec<&str> = rest.split(':').collect();
        // `telegram:group:7` and `telegram:account:dm:7`, but not `dm:7`.
        let word = parts.iter().skip(1).take(2).find_map(|part| match *part {
            "dm" => Some(SessionChatType::Direct),
            "group" => Some(SessionChatType::Group),
            "channel" => Some(SessionChatType::Channel),
            _ => None,
        });
        let several = matches!(word, Some(SessionChatType::Group | SessionChatType::Channel));
        Self {
            kind: if several { SessionKind::Group } else { SessionKind::Direct },
            channel: word.and_then(|_| parts.first().copied()),
            chat_type: word,
        }
    }
}

impl SessionRecord {
    /// Its name in lists of names: display name, label, or the first words.
    #[must_use]
    pub fn shown_name(&self) -> Option<String> {
        let name = self.display_name.clone().or_else(|| self.label.clone());
        name.or_else(|| self.first_words.as_deref().map(title))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::LastRun;

    #[test]
    fn keys_say_where_a_conversation_takes_place() {
        use SessionChatType::{Channel, Direct as Dm, Group as InGroup};
        use SessionKind::{Direct, Global, Group, Unknown};
        let expect = [
            ("agent:main:main", Direct, None, None),
            ("agent:main:dm:7", Direct, None, None),
            ("agent:main:telegram:dm:7", Direct, Some("telegram"), Some(Dm)),
            ("agent:main:telegram:work:dm:7", Direct, Some("telegram"), Some(Dm)),
            ("agent:main:telegram:group:7:topic:2", Group, Some("telegram"), Some(InGroup)),
            ("agent:main:slack:channel:c", Group, Some("slack"), Some(Channel)),
            ("agent:main:cron:job", Direct, None, None),
            ("global", Global, None, None),
            ("unknown", Unknown, None, None),
        ];
        for (key, kind, channel, chat_type) in expect {
            assert_eq!(Place::of(key), Place { kind, channel, chat_type }, "{key}");
        }
    }

    #[test]
    fn a_title_is_one_line_cut_at_a_word() {
        assert_eq!(title("\n  Fix the door \nnow"), "Fix the door");
        let long = title(&"word ".repeat(40));
        assert!(long.chars().count() <= TITLE && long.ends_with("word…"), "{long}");
        let unbroken = title(&"ä".repeat(200));
        assert_eq!(unbroken.chars().count(), TITLE);
    }

    #[test]
    fn the_status_follows_the_last_run() {
        let told = |end: Option<RunEnd>, active: &[&str]| {
            let last_run = Some(LastRun { run_id: "r".into(), end, error: None });
            let record = Arc::new(SessionRecord { last_run, ..SessionRecord::default() });
            status(&Session { record, active: active.iter().map(|id| (*id).into()).collect() })
        };
        assert_eq!(told(None, &["r"]), Some(SessionStatus::Running));
        assert_eq!(told(Some(RunEnd::Done), &["next"]), Some(SessionStatus::Queued));
        assert_eq!(told(Some(RunEnd::Done), &[]), Some(SessionStatus::Done));
        assert_eq!(told(Some(RunEnd::Timeout), &[]), Some(SessionStatus::Timeout));
        assert_eq!(told(None, &[]), Some(SessionStatus::Killed));
        let never = Session { record: Arc::default(), active: Vec::new() };
        assert_eq!(status(&never), None);
    }
}
