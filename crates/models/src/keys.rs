//! Keys in front of the source they come from: held for a few seconds, so that a burst of requests asks once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::config::KeySource;

/// How long an answer of the source is believed.
const HELD: Duration = Duration::from_secs(5);

pub(crate) type Key = Option<Zeroizing<String>>;

pub(crate) struct Keys {
    source: Arc<dyn KeySource>,
    held: Mutex<HashMap<String, (Instant, Arc<Key>)>>,
    /// Whether there was a key when it was last asked for.
    there: Mutex<HashMap<String, bool>>,
}

impl Keys {
    pub(crate) fn new(source: Arc<dyn KeySource>) -> Self {
        Self { source, held: Mutex::default(), there: Mutex::default() }
    }

    /// The key of a provider; the error is the source's sentence.
    pub(crate) async fn get(&self, provider: &str) -> Result<Arc<Key>, String> {
        if let Some(key) = self.held(provider) {
            return Ok(key);
        }
        let key = self.source.key(provider.to_owned()).await?;
        let key = Arc::new(key.filter(|key| !key.trim().is_empty()));
        self.there.lock().unwrap_or_else(PoisonError::into_inner).insert(provider.to_owned(), key.is_some());
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, (since, _)| since.elapsed() < HELD);
        held.insert(provider.to_owned(), (Instant::now(), key.clone()));
        Ok(key)
    }

    /// Whether there is a key, as far as anybody asked.
    pub(crate) fn is_there(&self, provider: &str) -> Option<bool> {
        self.there.lock().unwrap_or_else(PoisonError::into_inner).get(provider).copied()
    }

    fn held(&self, provider: &str) -> Option<Arc<Key>> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(provider).filter(|(since, _)| since.elapsed() < HELD).map(|(_, key)| key.clone())
    }

    /// Forgets a key that was refused, so that a new one counts at once.
    pub(crate) fn forget(&self, provider: &str) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(provider);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::{FutureExt, future::BoxFuture};

    use super::*;

    struct Counting(AtomicUsize);

    impl KeySource for Counting {
        fn key(&self, _: String) -> BoxFuture<'static, Result<Key, String>> {
            let n = self.0.fetch_add(1, Ordering::Relaxed);
            async move { Ok(Some(Zeroizing::new(format!("key{n}")))) }.boxed()
        }
    }

    #[tokio::test]
    async fn a_key_is_asked_for_once_until_it_is_forgotten() {
        let keys = Keys::new(Arc::new(Counting(AtomicUsize::new(0))));
        assert!(keys.held("p").is_none());
        let first = keys.get("p").await.unwrap();
        assert_eq!(first, keys.get("p").await.unwrap());
        keys.forget("p");
        assert_ne!(first, keys.get("p").await.unwrap());
    }
}
