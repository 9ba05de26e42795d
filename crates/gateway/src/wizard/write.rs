//! The end of the wizard: the key goes to the credential store and the settings
//! to the configuration, both or neither.

use futures_util::future::BoxFuture;
use serde_json::Value;
use zeroize::Zeroizing;

use super::WizardParts;
use super::draft::Edit;
use super::script::Script;

/// The configuration file, of a running gateway or of one that does not run.
pub trait ConfigFile: Send + Sync {
    /// What is written in it; an error says what is wrong with it and what to do.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    fn read(&self) -> Result<Value, String>;
    /// Writes settings, keeping everything else; gives what is left to be told.
    fn write(&self, edits: Vec<(String, Value)>) -> BoxFuture<'static, Result<Option<String>, String>>;
    /// Where it is, for people.
    fn place(&self) -> String;
}

/// Puts in force what was chosen. Gives what is left to be told.
pub(super) async fn write(parts: &WizardParts, script: &Script) -> Result<Option<String>, String> {
    let key = script.draft.key.as_ref().zip(script.draft.provider.as_deref());
    let mut before = None;
    if let Some((key, provider)) = key {
        before = Some(parts.models.stored_key(provider).await.map_err(|error| error.to_string())?);
        let key = Zeroizing::new(key.expose().to_owned());
        parts.models.store_key(provider, key).await.map_err(|error| error.to_string())?;
    }
    let edits = script.draft.edits(&script.facts).into_iter().map(|(path, value): Edit| (path.to_owned(), value));
    let edits: Vec<(String, Value)> = edits.collect();
    if edits.is_empty() {
        return Ok(None);
    }
    let written = parts.config.write(edits).await;
    if let (Err(_), Some(before), Some((_, provider))) = (&written, before, key) {
        let undone = match before {
            Some(key) => parts.models.store_key(provider, Zeroizing::new(key.expose().to_owned())).await.map(drop),
            None => parts.models.remove_key(provider).await.map(drop),
        };
        if let Err(error) = undone {
            tracing::warn!(%error, "A key that was kept for a setup that failed could not be taken back.");
        }
    }
    written
}
