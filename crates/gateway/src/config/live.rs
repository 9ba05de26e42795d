//! The configuration in force: a snapshot for whoever asks, and word of changes
//! for whoever waits.

use std::sync::Arc;

use tokio::sync::watch;

use super::{Config, Loaded};

/// Handle to the configuration in force. Cheap to clone.
#[derive(Debug, Clone)]
pub struct LiveConfig(Arc<watch::Sender<Arc<Loaded>>>);

impl LiveConfig {
    /// Puts a configuration in force.
    #[must_use]
    pub fn new(loaded: Loaded) -> Self {
        Self(Arc::new(watch::Sender::new(Arc::new(loaded))))
    }

    /// The settings of this moment. Whoever reads several reads them from one.
    #[must_use]
    pub fn now(&self) -> Arc<Config> {
        Arc::clone(&self.0.borrow().config)
    }

    /// The same with where they came from and what is wrong with the file.
    #[must_use]
    pub fn state(&self) -> Arc<Loaded> {
        Arc::clone(&self.0.borrow())
    }

    /// Told of every change, also of a file that cannot be used.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<Arc<Loaded>> {
        self.0.subscribe()
    }

    /// Puts another one in force.
    pub(crate) fn put(&self, loaded: Loaded) {
        self.0.send_replace(Arc::new(loaded));
    }
}

impl From<Arc<Config>> for LiveConfig {
    fn from(config: Arc<Config>) -> Self {
        Self::new(Loaded { config, ..Loaded::default() })
    }
}
