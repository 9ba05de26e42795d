//! Secrets that live as long as the process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{Secret, SecretError, SecretStore, check_name};

/// Keeps secrets in memory, for tests and throw-away gateways.
#[derive(Debug, Default)]
pub struct MemorySecrets {
    values: Mutex<HashMap<String, Secret>>,
}

impl SecretStore for MemorySecrets {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        check_name(name)?;
        Ok(self.values.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    fn set(&self, name: &str, value: &Secret) -> Result<(), SecretError> {
        check_name(name)?;
        self.values.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), value.clone());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        check_name(name)?;
        self.values.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(())
    }

    fn kind(&self) -> &'static str {
        "memory"
    }

    fn names(&self) -> Result<Vec<String>, SecretError> {
        Ok(self.values.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_replaces_and_forgets() {
        let store = MemorySecrets::default();
        assert_eq!(store.get("a"), Ok(None));
        store.set("a", &Secret::new("1")).unwrap();
        store.set("a", &Secret::new("2")).unwrap();
        assert_eq!(store.get("a"), Ok(Some(Secret::new("2"))));
        store.delete("a").unwrap();
        store.delete("a").unwrap();
        assert_eq!(store.get("a"), Ok(None));
    }
}
