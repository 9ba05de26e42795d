//! The configuration file as the wizard sees it, and a wizard for a gateway that
//! does not run.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::{ConfigFile, Wizard, WizardParts};
use crate::config::change::{Change, Check, change};
use crate::config::edit::{set, value_of};
use crate::config::file::read_file;
use crate::config::path::SettingPath;
use crate::config::versions::Cause;
use crate::config::{Overrides, load, validate};
use crate::models::ModelService;
use crate::options::{Clock, Limits, Paths};
use crate::secrets::Secrets;
use crate::tasks::Tasks;

/// The file on disk.
pub(crate) struct OnDisk {
    pub(crate) paths: Paths,
    pub(crate) clock: Clock,
    /// What the file may refer to.
    pub(crate) overrides: Overrides,
}

impl ConfigFile for OnDisk {
    fn read(&self) -> Result<Value, String> {
        let text = read_file(&self.paths.config_path).map_err(|error| format!("{}: {error}", self.place()))?;
        let text = text.unwrap_or_default();
        let problems = validate(&text, &self.overrides.of_file_alone()).problems;
        if let Some(first) = problems.first() {
            return Err(format!(
                "{} has mistakes, which come first ({first}): mend them with `postern config edit`, or go back with \
                 `postern config restore`",
                self.place()
            ));
        }
        value_of(&text).map_err(|error| error.to_string())
    }

    fn write(&self, edits: Vec<(String, Value)>) -> BoxFuture<'static, Result<Option<String>, String>> {
        let (paths, clock, overrides) = (self.paths.clone(), self.clock.clone(), self.overrides.clone());
        let apply = move |text: &str| {
            edits.iter().try_fold(text.to_owned(), |text, (path, value)| {
                let path = SettingPath::parse(path).map_err(crate::config::edit::EditError::Unusable)?;
                set(&text, &path, value)
            })
        };
        let work = move || {
            let terms = Change { cause: Cause::Setup, check: Check::Valid, base: None, overrides: Some(&overrides) };
            let changed = change(&paths, &clock, &terms, apply);
            changed.map(|_| None).map_err(|error| error.to_string())
        };
        async move { tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(error.to_string())) }.boxed()
    }

    fn place(&self) -> String {
        self.paths.config_path.display().to_string()
    }
}

impl Wizard {
    /// A wizard for a gateway that does not run: it edits the file and keeps keys
    /// in the store that the gateway will use.
    #[must_use]
    pub fn offline(paths: Paths, overrides: Overrides, secrets: Secrets, clock: Clock, version: &str) -> Self {
        let tasks = Tasks::default();
        let config = load(&paths, &overrides).config;
        let models = ModelService::new(config.into(), secrets, clock.clone(), version, tasks.clone());
        Self::new(WizardParts {
            config: Arc::new(OnDisk { paths, clock, overrides }),
            models,
            own_addresses: crate::system::own_addresses(),
            tasks,
            timeout: Limits::default().wizard_timeout,
        })
    }
}
