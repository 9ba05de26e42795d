//! Configuration without what is secret in it, for archives that nobody
//! encrypts. Pure. Comments go as well: they are where old tokens are kept.

use serde_json::Value;

use crate::config::json5_value;
use crate::config::path::SettingPath;
use crate::config::redact::{SENTINEL, redact_value};
use crate::config::schema::lookup;

/// A configuration that may be read by others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Redacted {
    /// JSON.
    pub(super) text: String,
    /// Paths of what was taken out.
    pub(super) paths: Vec<String>,
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A configuration: what its schema does not know may be a secret.
    Configuration,
    /// Any other document.
    Document,
}

/// Takes every secret out of a JSON5 text; `None` when it cannot be read, so
/// that nobody can say what in it is secret.
pub(super) fn redact(text: &str, what: What) -> Option<Redacted> {
    // What the configuration itself holds for secret, and what only an archive must not have.
    let mut value = redact_value(&json5_value(text)?);
    let mut cleaning = Cleaning { what, paths: Vec::new() };
    cleaning.clean(&mut value, &SettingPath::default(), Around::Settings);
    let paths = cleaning.paths;
    if paths.is_empty() && !text.contains("//") && !text.contains("/*") {
        return Some(Redacted { text: text.to_owned(), paths });
    }
    Some(Redacted { text: serde_json::to_string_pretty(&value).ok()? + "\n", paths })
}

/// What a value stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    Settings,
    /// Environments and headers: every text in them may be a key.
    Private,
}

struct Cleaning {
    what: What,
    paths: Vec<String>,
}

impl Cleaning {
    fn clean(&mut self, value: &mut Value, path: &SettingPath, around: Around) {
        match value {
            Value::Object(members) => members.retain(|name, member| {
                let at = path.key(name);
                if is_secret(name, member, around) || self.is_unknown(member, &at) {
                    self.paths.push(at.to_string());
                    return false;
                }
                let inside = if is_private(name) { Around::Private } else { around };
                self.clean(member, &at, inside);
                true
            }),
            Value::Array(items) => self.clean_items(items, path, around),
            _ => {}
        }
    }

    fn clean_items(&mut self, items: &mut [Value], path: &SettingPath, around: Around) {
        let mut after = After::Other;
        for (index, item) in items.iter_mut().enumerate() {
            let at = path.index(index);
            let secret = item.as_str().is_some_and(|text| {
                let private = match after {
                    After::SecretFlag => true,
                    // A flag of one letter says nothing about what follows it.
                    After::Letter => After::of(text) != After::Letter && !text.starts_with("--"),
                    After::Other => around == Around::Private || is_assignment(text),
                };
                has_password(text) || text.contains(SENTINEL) || (private && !is_reference(text))
            });
            after = item.as_str().map_or(After::Other, After::of);
            if secret || self.is_unknown(item, &at) {
                *item = Value::String(String::new());
                self.paths.push(at.to_string());
            } else {
                self.clean(item, &at, around);
            }
        }
    }

    /// Whether a text stands where this version knows no setting.
    fn is_unknown(&self, value: &Value, path: &SettingPath) -> bool {
        let told = value.as_str().is_some_and(|text| !text.is_empty() && !is_reference(text));
        told && self.what == What::Configuration && lookup(path).is_none()
    }
}

/// What an argument follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    /// `--token`.
    SecretFlag,
    /// `-p`.
    Letter,
    Other,
}

impl After {
    fn of(text: &str) -> Self {
        let letter = text.strip_prefix('-').filter(|rest| rest.len() == 1 && *rest != "-");
        match letter {
            // Takes no argument: `npx -y package`.
            Some("y") => Self::Other,
            Some(_) => Self::Letter,
            None if text.starts_with('-') && is_word(text) => Self::SecretFlag,
            None => Self::Other,
        }
    }
}

fn is_private(name: &str) -> bool {
    matches!(name.to_ascii_lowercase().as_str(), "env" | "headers" | "vars")
}

const WORDS: [&str; 11] = [
    "token",
    "password",
    "secret",
    "passphrase",
    "apikey",
    "privatekey",
    "authorization",
    "cookie",
    "credential",
    "bearer",
    "signingkey",
];

fn is_secret(name: &str, value: &Value, around: Around) -> bool {
    let Value::String(text) = value else { return false };
    if is_reference(text) || text.is_empty() {
        return false;
    }
    around == Around::Private || has_password(text) || is_word(name) || text.contains(SENTINEL)
}

/// Whether a name says that its value is secret.
fn is_word(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    WORDS.iter().any(|word| plain.contains(word))
}

/// `--token=value` and `TOKEN=value`.
fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, value)| !value.is_empty() && is_word(name))
}

/// `${NAME}` names where a secret is, and is none.
fn is_reference(text: &str) -> bool {
    let inner = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

/// An address with a user and a password in it.
fn has_password(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_goes_and_its_path_is_told() {
        let text = r#"{
            // the old token was canary-comment
            gateway: { port: 1, auth: { mode: "token", token: "canary-1", password: "${POSTERN_PASSWORD}" },
                       remote: { url: "wss://me:canary-2@example.org/", tlsFingerprint: "ab" } },
            mcp: { servers: { x: { command: "y", args: ["https://a:canary-3@h", "--api-key", "canary-7", "--token=canary-8", "plain"], env: { HOME: "canary-4" },
                       headers: { "X-Key": "canary-5" } } } },
            models: { providers: { p: { apiKey: "canary-6", models: [{ contextTokens: 5 }] } } },
            agents: { defaults: { contextTokens: 9 } },
        }"#;
        let redacted = redact(text, What::Configuration).unwrap();
        assert!(!redacted.text.contains("canary"), "{}", redacted.text);
        let want = [
            "gateway.auth.token",
            "gateway.remote.url",
            "mcp.servers.x.args[0]",
            "mcp.servers.x.args[2]",
            "mcp.servers.x.args[3]",
            "mcp.servers.x.env.HOME",
            "mcp.servers.x.headers.X-Key",
            "models.providers.p.apiKey",
        ];
        assert_eq!(redacted.paths, want);
        let value: Value = serde_json::from_str(&redacted.text).unwrap();
        assert_eq!(value["gateway"]["auth"]["password"], "${POSTERN_PASSWORD}");
        assert_eq!((&value["gateway"]["port"], &value["agents"]["defaults"]["contextTokens"]), (&1.into(), &9.into()));
    }

    #[test]
    fn what_holds_no_secret_stays_as_it_is_and_what_cannot_be_read_is_refused() {
        assert_eq!(redact("{gateway: {port: 5}}", What::Configuration).unwrap().text, "{gateway: {port: 5}}");
        assert_eq!(redact("{gateway: {token: ", What::Document), None);
    }

    #[test]
    fn what_nobody_knows_the_meaning_of_goes_as_well() {
        let text = r#"{
            channels: {slack: {webhook: "canary-1", on: true, from: "${SLACK}"}}, gateway: {port: 1, auth: {tok: "canary-2"}},
            mcp: {servers: {x: {command: "db", args: ["-p", "canary-3", "-y", "package", "-v", "--plain", "-u", "${USER}"]}}},
        }"#;
        let redacted = redact(text, What::Configuration).unwrap();
        assert!(!redacted.text.contains("canary"), "{}", redacted.text);
        let want = ["channels.slack.webhook", "gateway.auth.tok", "mcp.servers.x.args[1]"];
        assert_eq!(redacted.paths, want);
        assert!(redacted.text.contains("package") && redacted.text.contains("${SLACK}"), "{}", redacted.text);
        let other = redact(r#"{name: "a name", token: "canary"}"#, What::Document).unwrap();
        assert!(other.text.contains("a name") && !other.text.contains("canary"), "{}", other.text);
    }
}
