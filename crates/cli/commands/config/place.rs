//! Where the configuration is looked at and changed: through a gateway, or in
//! the file of one that does not run.

use postern_gateway::config::Overrides;
use postern_gateway::config::change::{Change, ChangeError, Check, change};
use postern_gateway::config::file::{hash, read_file};
use postern_gateway::config::versions::Cause;
use postern_gateway::state_folder::Holder;
use postern_gateway::{Clock, Paths};
use postern_protocol::config::ConfigIssue;
use serde_json::{Value, json};

use super::look::lines_of;
use crate::commands::Context;
use crate::connection::Connection;
use crate::env::now_ms;
use crate::exit::{Exit, Failure, Outcome};
use crate::local;

/// How a gateway begins to say that a change was made from another text.
const CHANGED_SINCE: &str = "config changed since last load";

/// A place that holds a configuration.
pub(super) enum Place {
    /// The file of a gateway that does not run.
    File(Paths, Overrides),
    /// A gateway; with the paths of this profile when it is its gateway.
    Gateway(Box<Connection>, Option<Paths>),
}

/// A configuration as it was read.
pub(super) struct Document {
    /// Its text. From a gateway elsewhere with its secrets hidden.
    pub(super) text: String,
    /// Names this state of it when it is changed.
    pub(super) hash: String,
}

/// Why nothing was written.
pub(super) enum Unwritten {
    /// Somebody else changed it since it was read.
    Outdated(Failure),
    /// Anything else.
    Refused(Failure),
}

impl From<Unwritten> for Failure {
    fn from(unwritten: Unwritten) -> Self {
        match unwritten {
            Unwritten::Outdated(failure) | Unwritten::Refused(failure) => failure,
        }
    }
}

impl Place {
    /// To look only: the file of this profile, unless an address was given.
    pub(super) async fn to_look(cx: &Context) -> Outcome<Self> {
        match &cx.settings.url {
            Some(_) => Ok(Self::Gateway(Box::new(cx.connect().await?), None)),
            None => Ok(Self::File(local::paths(&cx.settings), local::surroundings(&cx.settings))),
        }
    }

    /// To change: through the gateway when one runs.
    pub(super) async fn to_change(cx: &Context) -> Outcome<Self> {
        let paths = local::paths(&cx.settings);
        if cx.settings.url.is_some() {
            return Ok(Self::Gateway(Box::new(cx.connect().await?), None));
        }
        match Holder::alive(&paths.lock()) {
            Some(_) => Ok(Self::Gateway(Box::new(cx.connect().await?), Some(paths))),
            None => Ok(Self::File(paths, local::surroundings(&cx.settings))),
        }
    }

    /// The configuration as it is.
    pub(super) async fn read(&self) -> Outcome<Document> {
        match self {
            Self::File(paths, _) | Self::Gateway(_, Some(paths)) => {
                let failed = |error| Failure::new(Exit::Failed, format!("{}: {error}", paths.config_path.display()));
                let text = read_file(&paths.config_path).map_err(failed)?.unwrap_or_default();
                Ok(Document { hash: hash(&text), text })
            }
            Self::Gateway(gateway, None) => {
                let answer = gateway.call("config.get", json!({})).await?;
                let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
                Ok(Document { text: text("raw"), hash: text("hash") })
            }
        }
    }

    /// Puts a new text in place of the one that was read. Gives the gateway's
    /// answer, or one like it.
    pub(super) async fn write(&self, base: &Document, text: String, cause: Cause) -> Result<Value, Unwritten> {
        match self {
            Self::Gateway(gateway, _) => {
                let answer = gateway.call("config.apply", json!({"raw": text, "baseHash": base.hash})).await;
                answer.map_err(|failure| match failure.message.starts_with(CHANGED_SINCE) {
                    true => Unwritten::Outdated(failure),
                    false => Unwritten::Refused(failure),
                })
            }
            Self::File(paths, surroundings) => {
                let clock = Clock::new(now_ms);
                let terms =
                    Change { cause, check: Check::NoWorse, base: Some(&base.hash), overrides: Some(surroundings) };
                let changed = change(paths, &clock, &terms, |_| Ok(text)).map_err(|error| match error {
                    ChangeError::Conflict => Unwritten::Outdated(failure(error)),
                    other => Unwritten::Refused(failure(other)),
                })?;
                let issues: Vec<ConfigIssue> = changed.remaining.iter().map(ConfigIssue::from).collect();
                Ok(json!({"ok": true, "path": paths.config_path, "warnings": changed.warnings, "issues": issues}))
            }
        }
    }

    /// Whether it is another profile's or another machine's, as far as is known.
    pub(super) const fn is_elsewhere(&self) -> bool {
        matches!(self, Self::Gateway(_, None))
    }

    /// Whether a gateway runs with it.
    pub(super) const fn is_running(&self) -> bool {
        matches!(self, Self::Gateway(..))
    }

    /// Says goodbye.
    pub(super) async fn close(self) {
        if let Self::Gateway(gateway, _) = self {
            gateway.close().await;
        }
    }
}

/// What it means that the file was not changed.
pub(super) fn failure(error: ChangeError) -> Failure {
    match error {
        ChangeError::Invalid(problems) => {
            let message = match problems.len() {
                1 => "nothing was changed, it would be a mistake".to_owned(),
                number => format!("nothing was changed, it would be {number} mistakes"),
            };
            Failure::new(Exit::ConfigInvalid, message).hint(lines_of(&problems))
        }
        ChangeError::Io { .. } => Failure::new(Exit::StateUnwritable, error.to_string()),
        other => Failure::new(Exit::Failed, other.to_string()),
    }
}
