//! The async front: a deadline on every call, and one switch to the fallback.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::{Secret, SecretError, SecretStore};

/// How long one call to a store may take. A locked keychain may be waiting for
/// a dialog nobody sees.
const DEADLINE: Duration = Duration::from_secs(3);

/// Secrets for async code. Cheap to clone.
#[derive(Clone)]
pub struct Secrets {
    shared: Arc<Shared>,
}

struct Shared {
    primary: Backend,
    fallback: Option<Backend>,
    /// Set once, with the reason, when the primary was given up for this run.
    given_up: Mutex<Option<String>>,
    deadline: Duration,
}

#[derive(Clone)]
struct Backend {
    store: Arc<dyn SecretStore>,
    /// Makes "look, else create" one step. Locked only on the calling thread of
    /// the store, never over an await.
    creating: Arc<Mutex<()>>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

impl Secrets {
    /// Uses `primary`; when it fails or hangs, `fallback` from then on.
    #[must_use]
    pub fn new(primary: Arc<dyn SecretStore>, fallback: Option<Arc<dyn SecretStore>>) -> Self {
        Self::with_deadline(primary, fallback, DEADLINE)
    }

    fn with_deadline(
        primary: Arc<dyn SecretStore>,
        fallback: Option<Arc<dyn SecretStore>>,
        deadline: Duration,
    ) -> Self {
        let backend = |store| Backend { store, creating: Arc::default() };
        let shared =
            Shared { primary: backend(primary), fallback: fallback.map(backend), given_up: Mutex::new(None), deadline };
        Self { shared: Arc::new(shared) }
    }

    /// The value, or `None`. A value that only the fallback has (written in a
    /// run without the primary) is used where it is; nothing is copied.
    pub async fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        let key = name.to_owned();
        let found = self.call(move |backend| backend.store.get(&key)).await?;
        match (found, self.idle_fallback()) {
            (None, Some(fallback)) => {
                let key = name.to_owned();
                self.call_on(&fallback, move |backend| backend.store.get(&key)).await
            }
            (found, _) => Ok(found),
        }
    }

    /// Writes the value.
    pub async fn set(&self, name: &str, value: &Secret) -> Result<(), SecretError> {
        let (key, value) = (name.to_owned(), value.clone());
        self.call(move |backend| backend.store.set(&key, &value)).await?;
        // An older value there would come back in a run without the primary.
        if let Some(fallback) = self.idle_fallback() {
            let key = name.to_owned();
            if let Err(error) = self.call_on(&fallback, move |backend| backend.store.delete(&key)).await {
                tracing::warn!(%error, name, "an older value stays in the fallback store");
            }
        }
        Ok(())
    }

    /// Removes the value wherever it is.
    pub async fn delete(&self, name: &str) -> Result<(), SecretError> {
        let key = name.to_owned();
        self.call(move |backend| backend.store.delete(&key)).await?;
        if let Some(fallback) = self.idle_fallback() {
            let key = name.to_owned();
            self.call_on(&fallback, move |backend| backend.store.delete(&key)).await?;
        }
        Ok(())
    }

    /// The value; when there is none, a new [`Secret::random`].
    pub async fn get_or_create(&self, name: &str) -> Result<Secret, SecretError> {
        // An empty value is a file that was cut off, never a secret to compare with.
        let usable = |found: &Secret| !found.expose().is_empty();
        if let Some(found) = self.get(name).await?.filter(usable) {
            return Ok(found);
        }
        let name = name.to_owned();
        self.call(move |backend| {
            let _creating = backend.creating.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(found) = backend.store.get(&name)?.filter(usable) {
                return Ok(found);
            }
            let created = Secret::random();
            backend.store.set(&name, &created)?;
            Ok(created)
        })
        .await
    }

    /// Names of the values in the store in use, as far as it can tell.
    pub async fn names(&self) -> Result<Vec<String>, SecretError> {
        self.call(|backend| backend.store.names()).await
    }

    /// Kind of the store in use: `keychain`, `file` or `memory`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.active().store.kind()
    }

    /// Why the primary is not used, for the operator; `None` while it is.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        self.shared.given_up.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn call<T, F>(&self, action: F) -> Result<T, SecretError>
    where
        T: Send + 'static,
        F: Fn(&Backend) -> Result<T, SecretError> + Clone + Send + 'static,
    {
        let backend = self.active();
        let error = match self.call_on(&backend, action.clone()).await {
            Err(error) if !matches!(error, SecretError::BadName(_)) => error,
            outcome => return outcome,
        };
        match &self.shared.fallback {
            // Also when another call switched while this one was waiting.
            Some(fallback) if Arc::ptr_eq(&backend.creating, &self.shared.primary.creating) => {
                self.give_up_primary(&error);
                self.call_on(fallback, action).await
            }
            _ => Err(error),
        }
    }

    /// Runs a blocking call on a thread of its own. Not on the runtime's pool:
    /// a keychain that never answers would keep the runtime from shutting down.
    async fn call_on<T, F>(&self, backend: &Backend, action: F) -> Result<T, SecretError>
    where
        T: Send + 'static,
        F: Fn(&Backend) -> Result<T, SecretError> + Send + 'static,
    {
        let kind = backend.store.kind();
        let after = self.shared.deadline;
        let (answer, answered) = oneshot::channel();
        let backend = backend.clone();
        let spawned = std::thread::Builder::new().name("postern-secrets".to_owned()).spawn(move || {
            // The caller may have stopped waiting.
            drop(answer.send(action(&backend)));
        });
        if let Err(error) = spawned {
            return Err(SecretError::Unavailable { kind, detail: error.to_string() });
        }
        match tokio::time::timeout(after, answered).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(SecretError::Unavailable { kind, detail: "it crashed".to_owned() }),
            Err(_) => Err(SecretError::Timeout { kind, after }),
        }
    }

    fn active(&self) -> Backend {
        let shared = &*self.shared;
        match &shared.fallback {
            Some(fallback) if self.warning().is_some() => fallback.clone(),
            _ => shared.primary.clone(),
        }
    }

    /// The fallback, while it is not the store in use.
    fn idle_fallback(&self) -> Option<Backend> {
        if self.warning().is_some() { None } else { self.shared.fallback.clone() }
    }

    fn give_up_primary(&self, error: &SecretError) {
        let Some(fallback) = &self.shared.fallback else { return };
        let mut given_up = self.shared.given_up.lock().unwrap_or_else(PoisonError::into_inner);
        if given_up.is_some() {
            return;
        }
        let text = format!(
            "{error}; secrets are kept in the {} store for this run (readable by every program of this user)",
            fallback.store.kind()
        );
        tracing::warn!("{text}");
        *given_up = Some(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::MemorySecrets;

    /// Fails every call; with a gate, only after the other end of it is gone.
    struct Broken {
        gate: Option<Mutex<std::sync::mpsc::Receiver<()>>>,
    }

    impl Broken {
        fn fail<T>(&self) -> Result<T, SecretError> {
            if let Some(gate) = &self.gate {
                assert!(gate.lock().unwrap().recv().is_err());
            }
            Err(SecretError::Unavailable { kind: "keychain", detail: "no session bus".to_owned() })
        }
    }

    impl SecretStore for Broken {
        fn get(&self, _: &str) -> Result<Option<Secret>, SecretError> {
            self.fail()
        }
        fn set(&self, _: &str, _: &Secret) -> Result<(), SecretError> {
            self.fail()
        }
        fn delete(&self, _: &str) -> Result<(), SecretError> {
            self.fail()
        }
        fn kind(&self) -> &'static str {
            "keychain"
        }
    }

    fn memory() -> Arc<MemorySecrets> {
        Arc::new(MemorySecrets::default())
    }

    #[tokio::test]
    async fn creates_once_and_keeps() {
        let secrets = Secrets::new(memory(), None);
        let (one, two) = tokio::join!(secrets.get_or_create("t"), secrets.get_or_create("t"));
        assert_eq!(one, two);
        assert_eq!(secrets.get("t").await, Ok(Some(one.unwrap())));
        assert_eq!((secrets.kind(), secrets.warning()), ("memory", None));
    }

    #[tokio::test]
    async fn a_failing_primary_is_replaced_for_the_run_with_one_warning() {
        let fallback = memory();
        let secrets = Secrets::new(Arc::new(Broken { gate: None }), Some(fallback.clone()));
        let token = secrets.get_or_create("t").await.unwrap();
        assert_eq!(fallback.get("t"), Ok(Some(token)));
        assert_eq!(secrets.kind(), "memory");
        let warning = secrets.warning().unwrap();
        assert!(warning.contains("no session bus") && warning.contains("memory"), "{warning}");
        secrets.set("t", &Secret::new("x")).await.unwrap();
        secrets.delete("t").await.unwrap();
        assert_eq!(secrets.warning(), Some(warning));
    }

    #[tokio::test]
    async fn a_hanging_primary_times_out() {
        let (shut, gate) = std::sync::mpsc::channel();
        let broken = Arc::new(Broken { gate: Some(Mutex::new(gate)) });
        let deadline = Duration::from_millis(20);
        let alone = Secrets::with_deadline(broken.clone(), None, deadline);
        let backed = Secrets::with_deadline(broken, Some(memory()), deadline);
        let results = futures_util::join!(alone.get("t"), backed.get("t"));
        assert_eq!(results, (Err(SecretError::Timeout { kind: "keychain", after: deadline }), Ok(None)));
        assert!(backed.warning().unwrap().contains("did not answer"));
        drop(shut);
    }

    #[tokio::test]
    async fn without_a_fallback_the_error_is_told() {
        let secrets = Secrets::new(Arc::new(Broken { gate: None }), None);
        let error = secrets.get_or_create("t").await.unwrap_err();
        assert_eq!(error.to_string(), "the keychain cannot be used: no session bus");
        assert_eq!(secrets.warning(), None);
    }

    #[tokio::test]
    async fn a_bad_name_does_not_cost_the_primary() {
        let secrets = Secrets::new(memory(), Some(memory()));
        assert_eq!(secrets.get("../x").await, Err(SecretError::BadName("../x".to_owned())));
        assert_eq!(secrets.warning(), None);
    }

    #[tokio::test]
    async fn what_only_the_fallback_has_is_found_and_replaced_in_the_primary() {
        let (primary, fallback) = (memory(), memory());
        fallback.set("t", &Secret::new("old")).unwrap();
        let secrets = Secrets::new(primary.clone(), Some(fallback.clone()));
        assert_eq!(secrets.get_or_create("t").await, Ok(Secret::new("old")));
        assert_eq!(primary.get("t"), Ok(None), "nothing is copied");
        secrets.set("t", &Secret::new("new")).await.unwrap();
        assert_eq!((primary.get("t"), fallback.get("t")), (Ok(Some(Secret::new("new"))), Ok(None)));
    }
}
