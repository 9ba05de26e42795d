//! Roles and scopes: who may call what, and which scope implies which
//! (`handshake.md §6`).

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a connection is: a person's control plane, or a device that does things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Control plane: reads state, sends messages, approves.
    Operator,
    /// A device that offers commands.
    Node,
}

impl Role {
    /// The wire word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Node => "node",
        }
    }

    /// Reads the wire word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "operator" => Some(Self::Operator),
            "node" => Some(Self::Node),
            _ => None,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One permission of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everything.
    Admin,
    /// Reading state, sessions and history.
    Read,
    /// Sending messages and starting runs.
    Write,
    /// Deciding exec approvals.
    Approvals,
    /// Deciding device pairing.
    Pairing,
    /// Answering questions of an agent.
    Questions,
    /// Voice.
    Talk,
    /// Voice settings with their secrets.
    TalkSecrets,
    /// Reading sessions only.
    SessionsRead,
    /// Changing sessions only.
    SessionsWrite,
}

impl Scope {
    /// Every scope there is, in wire order.
    pub const ALL: [Self; 10] = [
        Self::Admin,
        Self::Read,
        Self::Write,
        Self::Approvals,
        Self::Pairing,
        Self::Questions,
        Self::Talk,
        Self::TalkSecrets,
        Self::SessionsRead,
        Self::SessionsWrite,
    ];

    /// The wire word, with its `operator.` prefix.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "operator.admin",
            Self::Read => "operator.read",
            Self::Write => "operator.write",
            Self::Approvals => "operator.approvals",
            Self::Pairing => "operator.pairing",
            Self::Questions => "operator.questions",
            Self::Talk => "operator.talk",
            Self::TalkSecrets => "operator.talk.secrets",
            Self::SessionsRead => "operator.sessions.read",
            Self::SessionsWrite => "operator.sessions.write",
        }
    }

    /// Reads a scope; the bare word (`read`) is taken for its prefixed form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_prefix("operator.").unwrap_or(text);
        Self::ALL.into_iter().find(|scope| &scope.as_str()["operator.".len()..] == bare)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }

    const fn implied(self) -> u16 {
        match self {
            Self::Admin => u16::MAX,
            Self::Write => {
                Self::Write.bit()
                    | Self::Read.bit()
                    | Self::Talk.bit()
                    | Self::SessionsRead.bit()
                    | Self::SessionsWrite.bit()
            }
            Self::Read => Self::Read.bit() | Self::SessionsRead.bit(),
            other => other.bit(),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of scopes. Holds what was named; [`ScopeSet::covers`] asks what follows.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct ScopeSet(u16);

impl ScopeSet {
    /// No permission at all.
    pub const EMPTY: Self = Self(0);

    /// The set of these scopes.
    #[must_use]
    pub const fn of(scopes: &[Scope]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < scopes.len() {
            bits |= scopes[index].bit();
            index += 1;
        }
        Self(bits)
    }

    /// Reads wire words; words that name no scope are left out, so they can
    /// never be granted.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        words.into_iter().filter_map(Scope::parse).collect()
    }

    /// Whether the set grants `scope`, implications included.
    #[must_use]
    pub fn allows(self, scope: Scope) -> bool {
        self.closure() & scope.bit() != 0
    }

    /// Whether everything in `other` follows from this set.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        other.beyond(self).is_empty()
    }

    /// The part of this set that `granted` covers: what a request may keep.
    #[must_use]
    pub fn limited_to(self, granted: Self) -> Self {
        Self(self.0 & granted.closure())
    }

    /// The part of this set that `granted` does not cover.
    #[must_use]
    pub fn beyond(self, granted: Self) -> Self {
        Self(self.0 & !granted.closure())
    }

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The named scopes in wire order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.0 & scope.bit() != 0)
    }

    /// The wire words.
    #[must_use]
    pub fn words(self) -> Vec<&'static str> {
        self.iter().map(Scope::as_str).collect()
    }

    fn closure(self) -> u16 {
        self.iter().fold(0, |bits, scope| bits | scope.implied())
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.words()).finish()
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().join(","))
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.words())
    }
}

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = Vec::<String>::deserialize(deserializer)?;
        Ok(Self::parse(words.iter().map(String::as_str)))
    }
}

impl JsonSchema for ScopeSet {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ScopeSet".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "array", "items": {"type": "string", "minLength": 1}})
    }
}

/// Who may call a method or receive an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Operators that hold this scope.
    Operator(Scope),
    /// Connections of role node.
    Node,
    /// Every connection that finished its handshake.
    Any,
}

/// Why a call was refused before it was looked up (`methods.md §0`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The method belongs to the other role.
    Role(Role),
    /// The role is right, this scope is missing.
    Scope(Scope),
}

impl Access {
    /// Decides on role first, then on scope.
    ///
    /// # Errors
    /// The first rule that the caller breaks.
    pub fn check(self, role: Role, scopes: ScopeSet) -> Result<(), Denial> {
        match (self, role) {
            (Self::Any, _) | (Self::Node, Role::Node) => Ok(()),
            (Self::Operator(scope), Role::Operator) if scopes.allows(scope) => Ok(()),
            (Self::Operator(scope), Role::Operator) => Err(Denial::Scope(scope)),
            (Self::Node, Role::Operator) | (Self::Operator(_), Role::Node) => Err(Denial::Role(role)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(words: &[&str]) -> ScopeSet {
        ScopeSet::parse(words.iter().copied())
    }

    #[test]
    fn admin_implies_all_and_write_implies_read_and_talk() {
        for scope in Scope::ALL {
            assert!(set(&["operator.admin"]).allows(scope), "{scope}");
        }
        let write = set(&["operator.write"]);
        for word in ["operator.read", "operator.talk", "operator.sessions.read", "operator.sessions.write"] {
            assert!(write.covers(set(&[word])), "{word}");
        }
        for word in ["operator.admin", "operator.pairing", "operator.approvals", "operator.talk.secrets"] {
            assert!(!write.covers(set(&[word])), "{word}");
        }
        assert!(set(&["operator.read"]).allows(Scope::SessionsRead));
        assert!(!set(&["operator.read"]).allows(Scope::Write));
    }

    #[test]
    fn unknown_words_grant_nothing_and_bare_words_count() {
        assert!(set(&["operator.root", "admin2", ""]).is_empty());
        assert_eq!(set(&["read", "talk.secrets"]), ScopeSet::of(&[Scope::Read, Scope::TalkSecrets]));
    }

    #[test]
    fn a_request_keeps_only_what_was_granted() {
        let granted = set(&["operator.write"]);
        let requested = set(&["operator.admin", "operator.read", "operator.pairing"]);
        assert_eq!(requested.limited_to(granted), set(&["operator.read"]));
        assert_eq!(requested.beyond(granted), set(&["operator.admin", "operator.pairing"]));
        assert_eq!(ScopeSet::EMPTY.limited_to(granted), ScopeSet::EMPTY);
    }

    #[test]
    fn role_is_judged_before_scope() {
        let admin = set(&["operator.admin"]);
        assert_eq!(Access::Node.check(Role::Operator, admin), Err(Denial::Role(Role::Operator)));
        assert_eq!(Access::Operator(Scope::Read).check(Role::Node, admin), Err(Denial::Role(Role::Node)));
        let read = set(&["operator.read"]);
        assert_eq!(Access::Operator(Scope::Admin).check(Role::Operator, read), Err(Denial::Scope(Scope::Admin)));
        assert_eq!(Access::Any.check(Role::Node, ScopeSet::EMPTY), Ok(()));
    }
}
