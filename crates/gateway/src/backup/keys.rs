//! Which entries of the credential store belong into a backup, and how they come
//! out of it and back. They are never written to disk unencrypted on the way.

use std::collections::BTreeMap;

use super::BackupError;
use crate::config::Config;
use crate::models::secret_name;
use crate::secrets::{Secret, Secrets};

/// Names that every gateway, its command line and its desktop app may have.
const KNOWN: [&str; 14] = [
    "gateway-token",
    "device-token-key",
    "gateway-identity",
    "device-key",
    "device-token-operator",
    "device-token-node",
    "node-device-key",
    "node-device-token-node",
    "desktop-device-key",
    "desktop-device-token-operator",
    "desktop-device-token-node",
    "desktop-node-device-key",
    "desktop-node-device-token-node",
    "backup-passphrase",
];
/// Providers whose keys may be there without being configured.
const PROVIDERS: [&str; 14] = [
    "anthropic",
    "openai",
    "google",
    "gemini",
    "openrouter",
    "groq",
    "mistral",
    "xai",
    "deepseek",
    "together",
    "fireworks",
    "cerebras",
    "ollama",
    "lmstudio",
];
/// Belongs to this machine, not to what is backed up.
const OF_MACHINE: [&str; 2] = ["kept-in", "trial"];
/// A restore that waits for the restart, and what a restore replaced.
pub(super) const STAGED: &str = "new-";
pub(super) const ASIDE: &str = "old-";

/// Everything in the credential store that belongs to this gateway.
pub(super) async fn collect(secrets: &Secrets, config: &Config) -> Result<BTreeMap<String, Secret>, BackupError> {
    let mut names: Vec<String> = secrets.names().await?;
    names.extend(KNOWN.map(str::to_owned));
    names.extend(PROVIDERS.map(secret_name));
    names.extend(config.models.providers.iter().map(|provider| secret_name(&provider.id)));
    names.retain(|name| is_kept(name));
    names.sort();
    names.dedup();
    let mut found = BTreeMap::new();
    for name in names {
        if let Some(value) = secrets.get(&name).await?.filter(|value| !value.expose().is_empty()) {
            found.insert(name, value);
        }
    }
    Ok(found)
}

fn is_kept(name: &str) -> bool {
    !OF_MACHINE.contains(&name) && !name.starts_with(STAGED) && !name.starts_with(ASIDE)
}

/// As they stand in an encrypted archive.
pub(super) fn written(found: &BTreeMap<String, Secret>) -> Result<Vec<u8>, BackupError> {
    let plain: BTreeMap<&str, &str> = found.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    serde_json::to_vec(&plain).map_err(|error| BackupError::Internal(error.to_string()))
}

/// Reads them back. Names that no gateway has are dropped.
pub(super) fn read(bytes: &[u8]) -> Option<BTreeMap<String, Secret>> {
    let plain: BTreeMap<String, String> = serde_json::from_slice(bytes).ok()?;
    let allowed = |name: &str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !name.is_empty() && name.len() <= 60 && name.bytes().all(plain) && is_kept(name)
    };
    // Into custody first, so that dropped ones are overwritten too.
    let taken = plain.into_iter().map(|(name, value)| (name, Secret::new(value)));
    Some(taken.filter(|(name, _)| allowed(name)).collect())
}
