//! Keys of providers in the credential store. They come in and go to providers;
//! nothing here gives one back, and no text here contains one.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use postern_models::{KeySource, ModelError, ModelRef, ProviderStatus};
use postern_protocol::hex::hex;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::ModelService;
use super::choice::{builtin, is_builtin};
use crate::secrets::{Secret, SecretError, Secrets};

/// Bounds of a key, characters. Shorter is a mistake in pasting.
const KEY_LENGTH: std::ops::RangeInclusive<usize> = 8..=2048;
/// Longest provider id that is part of a secret's name.
const PLAIN_ID: usize = 48;

/// Why a key was not kept or forgotten. Never contains the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No such provider.
    #[error("unknown provider {0:?}: add it under models.providers, or use one of {1}")]
    UnknownProvider(String, String),
    /// The built-in assistant has no key.
    #[error("the built-in assistant needs no key")]
    Builtin,
    /// Not the shape of a key.
    #[error("apiKey must be 8 to 2048 visible ASCII characters without spaces")]
    Shape,
    /// The credential store did not take it.
    #[error(transparent)]
    Store(#[from] SecretError),
}

/// The credential store as the models see it.
pub(super) struct StoredKeys(pub(super) Secrets);

impl KeySource for StoredKeys {
    fn key(&self, provider: String) -> BoxFuture<'static, Result<Option<Zeroizing<String>>, String>> {
        let secrets = self.0.clone();
        async move {
            let found = secrets.get(&secret_name(&provider)).await.map_err(|error| error.to_string())?;
            Ok(found.map(|secret| Zeroizing::new(secret.expose().to_owned())))
        }
        .boxed()
    }
}

/// `model-key-ID`; an id that cannot be part of a secret's name is hashed.
pub(crate) fn secret_name(provider: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !provider.is_empty() && provider.len() <= PLAIN_ID && provider.bytes().all(plain) {
        return format!("model-key-{provider}");
    }
    format!("model-key-x{}", hex(&Sha256::digest(provider.as_bytes())[..16]))
}

/// The key without the space around it, if it can be one.
pub(crate) fn check_shape(key: &str) -> Result<&str, KeyError> {
    let key = key.trim();
    let fits = KEY_LENGTH.contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(key) } else { Err(KeyError::Shape) }
}

impl ModelService {
    /// The provider with this id or a known other name of it.
    ///
    /// # Errors
    /// When there is none.
    pub fn provider(&self, id: &str) -> Result<ProviderStatus, KeyError> {
        let id = id.trim().to_ascii_lowercase();
        if is_builtin(&ModelRef::new(id.as_str(), "")) {
            return Err(KeyError::Builtin);
        }
        let own = self.0.models().find(&ModelRef::new(id.as_str(), "x")).map_or(id, |info| info.provider);
        let all = self.0.models().providers();
        let names = all.iter().map(|status| status.provider.as_str()).collect::<Vec<_>>().join(", ");
        let found = all.iter().find(|status| status.provider == own).cloned();
        found.ok_or_else(|| KeyError::UnknownProvider(own.chars().take(PLAIN_ID).collect(), names))
    }

    /// Keeps a provider's key. It counts once this returns, and is in the credential store then. Gives the
    /// provider's id and the kind of store.
    ///
    /// # Errors
    /// When the provider is not known, the key is none, or the store does not take it.
    pub async fn store_key(&self, provider: &str, key: Zeroizing<String>) -> Result<(String, &'static str), KeyError> {
        let provider = self.provider(provider)?.provider;
        let secret = Secret::new(check_shape(&key)?);
        self.0.secrets.set(&secret_name(&provider), &secret).await?;
        self.forget(&provider);
        Ok((provider, self.0.secrets.kind()))
    }

    /// Forgets a provider's key. Gives the provider's id, and whether there was a key.
    ///
    /// # Errors
    /// When the provider is not known or the store does not let go of it.
    pub async fn remove_key(&self, provider: &str) -> Result<(String, bool), KeyError> {
        let provider = self.provider(provider)?.provider;
        let name = secret_name(&provider);
        // A value that cannot be read is removed as well.
        let was_there = self.0.secrets.get(&name).await.map_or(true, |found| found.is_some());
        self.0.secrets.delete(&name).await?;
        self.forget(&provider);
        Ok((provider, was_there))
    }

    /// A provider's key as it is kept, so that a change can be taken back.
    pub(crate) async fn stored_key(&self, provider: &str) -> Result<Option<Secret>, KeyError> {
        let provider = self.provider(provider)?.provider;
        Ok(self.0.secrets.get(&secret_name(&provider)).await?)
    }

    /// Asks a provider whether it takes a key that is not kept yet. Milliseconds until it said so.
    pub(crate) async fn probe_given(&self, provider: &str, key: &Secret) -> Result<u64, ModelError> {
        let key = Zeroizing::new(key.expose().to_owned());
        self.0.models().probe_key(provider, Some(key)).await.map(|report| report.latency_ms)
    }

    fn forget(&self, provider: &str) {
        self.0.models().forget_key(provider);
        self.set_refused(provider, false);
    }

    /// Asks a provider whether it takes its key, by a request that costs nothing. Milliseconds until it said so.
    ///
    /// # Errors
    /// What the provider, or the way to it, said.
    pub async fn probe(&self, provider: &str) -> Result<u64, ModelError> {
        let outcome = self.0.models().probe_key(provider, None).await;
        match &outcome {
            Ok(_) => self.set_refused(provider, false),
            Err(error) => self.note(error),
        }
        outcome.map(|report| report.latency_ms)
    }

    /// Every provider, after asking for its key, and whether it refused it the last time.
    pub async fn providers(&self, refresh: bool) -> Vec<(ProviderStatus, bool)> {
        if refresh {
            self.0.models().providers().iter().for_each(|status| self.0.models().forget_key(&status.provider));
        }
        let all = self.0.models().providers_with_keys().await;
        let all = all.into_iter().filter(|status| status.provider != builtin().provider);
        all.map(|status| (self.is_refused(&status.provider), status))
            .map(|(refused, status)| (status, refused))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_id_has_a_secret_name_of_its_own() {
        assert_eq!(secret_name("openai"), "model-key-openai");
        assert_eq!(secret_name("my-box-2"), "model-key-my-box-2");
        let names = ["a_b", "a-b", "A-b", "", "../../etc/passwd", "ä", &"x".repeat(60)].map(secret_name);
        let mut unique = names.to_vec();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), names.len());
        for name in names {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(name.len() <= 64 && name.bytes().all(plain), "{name}");
        }
    }

    #[test]
    fn only_the_shape_of_a_key_is_taken_and_never_repeated() {
        assert_eq!(check_shape(" sk-0123456789\n"), Ok("sk-0123456789"));
        for bad in ["", "short", "two words here", "sk-0123\u{0}456789", "schlüssel-12345", &"x".repeat(3000)] {
            let error = check_shape(bad).unwrap_err();
            assert!(bad.is_empty() || !error.to_string().contains(bad), "{error}");
        }
    }
}
