//! Session keys: every way to write one, and the one way to keep it
//! (`storage-and-config.md §2, Session keys`). A key is a name in the database
//! and nothing else; it never becomes a path.

use std::fmt;
use std::sync::Arc;

use super::SessionError;

/// Longest canonical key, bytes.
const MAX_KEY: usize = 600;

/// A canonical key and the one agent that owns it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    text: Arc<str>,
    agent: Arc<str>,
}

impl Key {
    /// The canonical text, `agent:<id>:<rest>` or `global` or `unknown`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text, shared.
    #[must_use]
    pub fn text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// Agent that owns the session.
    #[must_use]
    pub fn agent_id(&self) -> &str {
        &self.agent
    }

    /// A key that was canonical when it was written down.
    #[must_use]
    pub(super) fn stored(text: &str, agent: &str) -> Self {
        Self { text: text.into(), agent: agent.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What decides how keys are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRules {
    /// Agent that owns bare keys.
    pub default_agent: String,
    /// Name of the main conversation.
    pub main_key: String,
    /// Whether all senders share one conversation.
    pub global: bool,
}

impl KeyRules {
    /// Reads a key as written. `agent` is the one that the caller names beside
    /// it; `is_agent` says whether an agent exists.
    ///
    /// # Errors
    /// When it cannot be a key, names an unknown agent, or two different ones.
    pub fn read(
        &self,
        written: &str,
        agent: Option<&str>,
        is_agent: impl Fn(&str) -> bool,
    ) -> Result<Key, SessionError> {
        let written = written.trim().to_lowercase();
        if written.is_empty() {
            return Err(SessionError::BadKey("is empty"));
        }
        if written.len() > MAX_KEY {
            return Err(SessionError::BadKey("is too long"));
        }
        if written.chars().any(is_invisible) {
            return Err(SessionError::BadKey("holds a control character"));
        }
        let named = agent.map(|agent| agent.trim().to_lowercase()).filter(|agent| !agent.is_empty());
        if matches!(written.as_str(), "global" | "unknown") {
            return Ok(Key::stored(&written, &self.default_agent));
        }
        let (owner, rest) = match written.strip_prefix("agent:") {
            Some(of_agent) => split_agent(of_agent)?,
            None => (named.clone().unwrap_or_else(|| self.default_agent.clone()), written),
        };
        if let Some(named) = named.filter(|named| *named != owner) {
            return Err(SessionError::OtherAgent { named, owner });
        }
        if !is_agent(&owner) {
            return Err(SessionError::UnknownAgent(owner));
        }
        if rest == "main" || rest == self.main_key {
            return Ok(self.main(&owner));
        }
        Ok(Key::stored(&format!("agent:{owner}:{rest}"), &owner))
    }

    /// The main session of an agent.
    #[must_use]
    pub fn main(&self, agent: &str) -> Key {
        if self.global && agent == self.default_agent {
            return Key::stored("global", agent);
        }
        Key::stored(&format!("agent:{agent}:{}", self.main_key), agent)
    }
}

/// Characters that would make a key look like another one.
fn is_invisible(c: char) -> bool {
    let turns = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    c.is_control() || turns
}

fn split_agent(text: &str) -> Result<(String, String), SessionError> {
    let (owner, rest) = text.split_once(':').ok_or(SessionError::BadKey("needs the form agent:ID:KEY"))?;
    let (owner, rest) = (owner.trim(), rest.trim());
    if owner.is_empty() || rest.is_empty() {
        return Err(SessionError::BadKey("needs the form agent:ID:KEY"));
    }
    Ok((owner.to_owned(), rest.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rules() -> KeyRules {
        KeyRules { default_agent: "main".into(), main_key: "home".into(), global: false }
    }

    fn read(written: &str, agent: Option<&str>) -> Result<String, SessionError> {
        let key = rules().read(written, agent, |id| matches!(id, "main" | "work"))?;
        Ok(format!("{key} of {}", key.agent_id()))
    }

    #[test]
    fn every_form_has_one_canonical_key() {
        let expect = [
            ("main", None, "agent:main:home of main"),
            ("home", None, "agent:main:home of main"),
            (" Main ", None, "agent:main:home of main"),
            ("agent:main:main", None, "agent:main:home of main"),
            ("AGENT:Work:Main", None, "agent:work:home of work"),
            ("main", Some("work"), "agent:work:home of work"),
            ("telegram:dm:7", None, "agent:main:telegram:dm:7 of main"),
            ("notes", Some("WORK"), "agent:work:notes of work"),
            ("agent:work:notes", Some("work"), "agent:work:notes of work"),
            ("global", None, "global of main"),
            ("unknown", None, "unknown of main"),
        ];
        for (written, agent, want) in expect {
            assert_eq!(read(written, agent).unwrap(), want, "{written:?} {agent:?}");
        }
    }

    #[test]
    fn what_cannot_be_a_key_is_refused() {
        let long = "x".repeat(MAX_KEY + 1);
        for written in
            ["", "  ", "a\0b", "a\nb", "a\u{202e}b", "agent:", "agent:main", "agent::x", "agent:main:", long.as_str()]
        {
            assert!(read(written, None).is_err(), "{written:?}");
        }
        assert!(matches!(read("agent:nobody:x", None), Err(SessionError::UnknownAgent(_))));
        assert!(matches!(read("agent:main:x", Some("work")), Err(SessionError::OtherAgent { .. })));
    }

    proptest! {
        #[test]
        fn a_canonical_key_reads_as_itself(written in "\\PC{0,80}", agent in proptest::option::of("[a-z]{0,5}")) {
            if let Ok(key) = rules().read(&written, agent.as_deref(), |id| matches!(id, "main" | "work")) {
                let again = rules().read(key.as_str(), None, |id| matches!(id, "main" | "work")).unwrap();
                prop_assert_eq!(&again, &key);
                prop_assert!(matches!(key.agent_id(), "main" | "work"));
            }
        }
    }
}
