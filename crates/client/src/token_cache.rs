//! Where device tokens are kept between two runs.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Mutex;

use postern_protocol::access::Role;

/// What a gateway issued to this device for one role.
#[derive(Clone, PartialEq, Eq)]
pub struct CachedToken {
    /// The token; as secret as a password.
    pub token: String,
    /// Wire words of the scopes it carries.
    pub scopes: Vec<String>,
}

impl fmt::Debug for CachedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CachedToken([secret], {})", self.scopes.join(","))
    }
}

/// A cache that failed. The client logs it and goes on without the cache.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TokenCacheError(pub String);

/// What the operations of a [`TokenCache`] return.
pub type CacheFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, TokenCacheError>> + Send + 'a>>;

/// Keeps the device tokens of **one** gateway and **one** device identity, by
/// role. An implementation for several gateways makes one value for each.
/// Operations must not block the thread.
pub trait TokenCache: Send + Sync {
    /// The token for this role, if there is one.
    fn load(&self, role: Role) -> CacheFuture<'_, Option<CachedToken>>;
    /// Keeps a token in place of the former one.
    fn store(&self, role: Role, token: CachedToken) -> CacheFuture<'_, ()>;
    /// Forgets the token, because the gateway refused it.
    fn clear(&self, role: Role) -> CacheFuture<'_, ()>;
}

/// Forgets everything with the process.
#[derive(Debug, Default)]
pub struct MemoryTokenCache {
    tokens: Mutex<BTreeMap<Role, CachedToken>>,
}

impl MemoryTokenCache {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<Role, CachedToken>) -> T) -> T {
        act(&mut self.tokens.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl TokenCache for MemoryTokenCache {
    fn load(&self, role: Role) -> CacheFuture<'_, Option<CachedToken>> {
        let found = self.with(|tokens| tokens.get(&role).cloned());
        Box::pin(async move { Ok(found) })
    }

    fn store(&self, role: Role, token: CachedToken) -> CacheFuture<'_, ()> {
        self.with(|tokens| tokens.insert(role, token));
        Box::pin(async { Ok(()) })
    }

    fn clear(&self, role: Role) -> CacheFuture<'_, ()> {
        self.with(|tokens| tokens.remove(&role));
        Box::pin(async { Ok(()) })
    }
}
