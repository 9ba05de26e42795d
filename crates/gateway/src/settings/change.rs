//! A change that a client asks for: checked against what it was made from,
//! written, put in force.

use std::time::Duration;

use serde_json::Value;

use super::Applied;
use crate::config::change::{Change, ChangeError, Changed, Check, change};
use crate::config::edit::{self, EditError};
use crate::config::file::read_file;
use crate::config::path::SettingPath;
use crate::config::versions::{self, Cause};
use crate::config::{
    ConfigProblem, GatewayMode, Loaded, Overrides, json5_with_nulls, mode_in, protect, redact, refuse_exposed, would_be,
};
use crate::gateway::Services;
use crate::options::{Clock, Paths};
use crate::restart::Why;
use crate::store::Change as StoreChange;

/// What is asked for.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Replace the text.
    Set(String),
    /// Change single settings.
    Patch {
        /// A merge patch, JSON5.
        patch: String,
        /// Lists that are replaced although their elements have an `id`.
        replace: Vec<String>,
    },
    /// Bring a kept version back.
    Restore(String),
}

impl Edit {
    /// Whether it stands for secrets that whoever sent it has not seen.
    fn has_placeholder(&self) -> bool {
        match self {
            Self::Set(text) | Self::Patch { patch: text, .. } => text.contains(redact::SENTINEL),
            Self::Restore(_) => false,
        }
    }
}

/// A change, and on which terms.
#[derive(Debug, Clone)]
pub struct Wish {
    /// What is asked for.
    pub edit: Edit,
    /// Hash of the text that it was made from.
    pub base_hash: Option<String>,
    /// Conversation on whose behalf.
    pub session_key: Option<String>,
    /// What the kept version is told to have been replaced by.
    pub cause: Cause,
}

/// How a restart that a change brings is asked for.
#[derive(Debug, Clone, Default)]
pub struct RestartWish {
    /// Told afterwards.
    pub note: Option<String>,
    /// Conversation in which it was asked for.
    pub session_key: Option<String>,
    /// How long it waits.
    pub delay: Duration,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// There is a file, and the change does not say which text it was made from.
    #[error("config base hash required; re-run config.get and retry")]
    BaseHashRequired,
    /// It was made from another text.
    #[error("config changed since last load; re-run config.get and retry")]
    ChangedSince,
    /// The new text could not be used.
    #[error("invalid config")]
    Invalid(Vec<ConfigProblem>),
    /// What was asked for makes no sense.
    #[error("{0}")]
    Unusable(String),
    /// An agent may not change this.
    #[error(
        "{0} protects the gateway and cannot be changed on behalf of a conversation; its owner changes it on the \
         Config page or with postern config set"
    )]
    Protected(String),
    /// The file could not be written.
    #[error("the configuration cannot be written, nothing was changed: {0}")]
    NotWritten(String),
}

impl From<ChangeError> for SettingsError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Conflict => Self::ChangedSince,
            ChangeError::Invalid(problems) | ChangeError::Edit(EditError::Refused(problems)) => Self::Invalid(problems),
            ChangeError::Edit(EditError::Unreadable(problems)) => Self::Invalid(problems),
            ChangeError::Edit(EditError::Protected(path)) => Self::Protected(path),
            ChangeError::Edit(error) => Self::Unusable(error.to_string()),
            ChangeError::Io { .. } => Self::NotWritten(error.to_string()),
        }
    }
}

impl Services {
    /// Changes the configuration and puts it in force.
    ///
    /// # Errors
    /// [`SettingsError`]; file and gateway are as they were then.
    pub async fn change_config(&self, wish: Wish) -> Result<Applied, SettingsError> {
        let _turn = self.settings.turn.acquire().await.map_err(|_| stopping())?;
        let cause = wish.cause;
        let session_key = wish.session_key.clone();
        let writing = move |paths: &Paths, overrides: &Overrides, clock: &Clock| {
            let found = read_file(&paths.config_path).map_err(|error| SettingsError::NotWritten(error.to_string()))?;
            if found.is_some() && wish.base_hash.is_none() {
                return Err(SettingsError::BaseHashRequired);
            }
            let terms = Change {
                cause,
                // Also a file with several mistakes can be mended one by one.
                check: Check::Better,
                base: wish.base_hash.as_deref().filter(|_| found.is_some()),
                overrides: Some(overrides),
            };
            change(paths, clock, &terms, |text| new_text(text, &wish, paths, overrides)).map_err(SettingsError::from)
        };
        let (changed, loaded) = self.write(writing).await?;
        let applied = self.put_in_force(loaded).await;
        tracing::info!(cause = cause.as_str(), bytes = changed.text.len(), "The configuration was written.");
        let detail = serde_json::json!({ "cause": cause.as_str(), "paths": applied.paths, "sessionKey": session_key });
        let audit = StoreChange::Audit {
            ts_ms: self.clock.now_ms(),
            kind: format!("config.{}", cause.as_str()),
            detail: detail.to_string(),
        };
        if let Err(error) = self.store.enqueue(vec![audit]).await {
            tracing::warn!(%error, "A change of the configuration could not be recorded.");
        }
        Ok(applied)
    }

    /// Changes one setting, also of a file that has other mistakes, and puts it in
    /// force. In turn with every other change.
    ///
    /// # Errors
    /// [`SettingsError`]; file and gateway are as they were then.
    pub async fn change_setting(&self, path: SettingPath, value: Value) -> Result<Applied, SettingsError> {
        let _turn = self.settings.turn.acquire().await.map_err(|_| stopping())?;
        let writing = move |paths: &Paths, overrides: &Overrides, clock: &Clock| {
            let terms = Change { cause: Cause::Patch, check: Check::NoWorse, base: None, overrides: Some(overrides) };
            change(paths, clock, &terms, |text| edit::set(text, &path, &value)).map_err(SettingsError::from)
        };
        let (_, loaded) = self.write(writing).await?;
        if loaded.is_same(&self.config.state()) {
            return Ok(Applied::default());
        }
        Ok(self.put_in_force(loaded).await)
    }

    /// Writes the file and reads what it says then. Whoever calls has the turn.
    async fn write(
        &self,
        writing: impl FnOnce(&Paths, &Overrides, &Clock) -> Result<Changed, SettingsError> + Send + 'static,
    ) -> Result<(Changed, Loaded), SettingsError> {
        let (paths, overrides, clock) = (self.paths.clone(), self.settings.overrides.clone(), self.clock.clone());
        let written = tokio::task::spawn_blocking(move || writing(&paths, &overrides, &clock)).await;
        let changed = written.map_err(|_| stopping())??;
        Ok((changed, self.load_config().await.ok_or_else(stopping)?))
    }

    /// Asks for the restart that a change needs. `None` when it needs none, or is
    /// not to bring one.
    pub fn restart_for(&self, applied: &Applied, wish: RestartWish) -> Option<Why> {
        if !self.wants_restart(applied) {
            return None;
        }
        let why = Why {
            reason: "config".to_owned(),
            note: wish.note,
            session_key: wish.session_key,
            paths: applied.waiting.iter().map(|path| (*path).to_owned()).collect(),
            at_ms: self.clock.now_ms(),
        };
        self.restart.request_for_settings(why.clone(), wish.delay);
        // Somebody may have set it back since: the turn is over.
        self.restart.settings_wait(&self.config.state().waiting);
        Some(why)
    }
}

fn stopping() -> SettingsError {
    SettingsError::NotWritten("the gateway is stopping".to_owned())
}

/// The text that is wanted, made from the one that is there.
fn new_text(text: &str, wish: &Wish, paths: &Paths, overrides: &Overrides) -> Result<String, EditError> {
    let last_good = read_file(&paths.last_good_config()).ok().flatten().unwrap_or_default();
    let wanted = match &wish.edit {
        Edit::Set(raw) => redact::restore_text(raw, &[text, &last_good]).map_err(EditError::Refused)?,
        Edit::Patch { patch, replace } => {
            let patch = json5_with_nulls(patch).map_err(EditError::Refused)?;
            let stored = edit::value_of(text)?;
            let patch = redact::restore_value(&patch, &SettingPath::default(), &stored).map_err(EditError::Refused)?;
            edit::merge_patch_by_id(text, &patch, replace)?
        }
        Edit::Restore(id) => {
            let kept = versions::read(paths, id).map_err(|error| EditError::Unusable(error.to_string()))?;
            kept.ok_or_else(|| EditError::Unusable(format!("no version {id} is kept; config.versions lists them")))?
        }
    };
    if wish.session_key.is_some() {
        refuse_protected(text, &wanted)?;
    }
    if wish.edit.has_placeholder() {
        refuse_uncovered(text, &wanted)?;
    }
    refuse_becoming_a_client(text, &wanted, (paths, overrides))?;
    // What is wrong with a text that cannot be used is told by whoever writes it.
    if let Ok(config) = would_be(&wanted, paths, overrides) {
        refuse_exposed(&config, true).map_err(|problem| EditError::Refused(vec![problem]))?;
    }
    Ok(wanted)
}

/// A gateway that runs does not make its machine a client of another one: it would not
/// start again, and nobody could reach it to change that.
fn refuse_becoming_a_client(
    before: &str,
    after: &str,
    (paths, overrides): (&Paths, &Overrides),
) -> Result<(), EditError> {
    let is_client = |text: &str| mode_in(text, paths, overrides) == Some(GatewayMode::Remote);
    if !is_client(after) || is_client(before) {
        return Ok(());
    }
    Err(EditError::Refused(vec![ConfigProblem::new(
        "gateway.mode",
        "remote would keep this gateway from starting again. To make its machine a client of a gateway elsewhere, stop \
         it there (postern service uninstall, or Ctrl-C), then: postern config set gateway.mode remote",
    )]))
}

/// A secret that was sent back unseen stays unseen.
fn refuse_uncovered(before: &str, after: &str) -> Result<(), EditError> {
    let document = |text: &str| edit::value_of(text).unwrap_or(Value::Null);
    match redact::uncovered(&document(before), &document(after)) {
        Some(path) => Err(EditError::Refused(vec![ConfigProblem::new(
            path.to_string(),
            "would show a secret that is hidden where it is now; write it here yourself if that is what you want",
        )])),
        None => Ok(()),
    }
}

fn refuse_protected(before: &str, after: &str) -> Result<(), EditError> {
    // Of a text that cannot be read nobody knows what a change would change.
    let before = edit::value_of(before).unwrap_or(Value::Null);
    match protect::refused(&before, &edit::value_of(after)?) {
        Some(path) => Err(EditError::Protected(path.to_string())),
        None => Ok(()),
    }
}
