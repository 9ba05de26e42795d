//! `.env` in the state folder, and what the configuration may refer to.

use std::path::Path;

use postern_gateway::config::file::read_file;
use postern_gateway::config::variables::{Variables, parse_env};

use super::Environment;

impl Environment {
    /// What `.env` in the state folder adds: only names that are not set. The one
    /// of the current folder is never read, it may be anybody's.
    pub(super) fn completed(&self, state_dir: &Path) -> Self {
        let text = read_file(&state_dir.join(".env")).ok().flatten().unwrap_or_default();
        let mut variables = self.variables.clone();
        for (name, value) in parse_env(&text) {
            variables.entry(name).or_insert_with(|| value.into());
        }
        Self { variables, home: self.home.clone() }
    }

    /// Everything that is text, for `${NAME}` in the configuration.
    pub(super) fn for_config(&self) -> Variables {
        let text = self.variables.iter().filter_map(|(name, value)| Some((name.clone(), value.to_str()?.to_owned())));
        Variables::new(text.collect())
    }
}
