//! The fixed files of an agent, for people who look at them and change them.

use std::sync::Arc;

use postern_protocol::agents::{AGENT_FILE_NAMES, AgentFile};

use super::disk::{self, Stamp};
use super::{AgentError, AgentProfile, Agents, blocking, workspace};

/// Files of an agent, with the agent as it was then.
#[derive(Debug, Clone)]
pub struct AgentFiles<T> {
    /// The agent.
    pub profile: Arc<AgentProfile>,
    /// What was asked for.
    pub files: T,
}

impl Agents {
    /// Every file an agent may have, without texts.
    ///
    /// # Errors
    /// [`AgentError::UnknownAgent`], or when the folder cannot be used.
    pub async fn files(&self, id: &str) -> Result<AgentFiles<Vec<AgentFile>>, AgentError> {
        self.with_folder(id, |root, _| {
            let entry = |name| match disk::stat(root, name) {
                Ok(stamp) => Ok(entry(root, name, stamp)),
                // One odd file must not hide the others.
                Err(AgentError::NotAFile(_)) => Ok(entry(root, name, None)),
                Err(error) => Err(error),
            };
            AGENT_FILE_NAMES.into_iter().map(entry).collect()
        })
        .await
    }

    /// One file with its text; without text when it is missing.
    ///
    /// # Errors
    /// [`AgentError::UnsupportedFile`], [`AgentError::UnknownAgent`], or when the
    /// file cannot be read.
    pub async fn file(&self, id: &str, name: &str) -> Result<AgentFiles<AgentFile>, AgentError> {
        let name = file_name(name)?;
        self.with_folder(id, move |root, _| {
            Ok(match disk::read(root, name)? {
                Some((stamp, text)) => AgentFile { content: Some(text), ..entry(root, name, Some(stamp)) },
                None => entry(root, name, None),
            })
        })
        .await
    }

    /// Writes one file as a whole.
    ///
    /// # Errors
    /// As [`Agents::file`], and [`AgentError::TooLarge`].
    pub async fn set_file(&self, id: &str, name: &str, text: String) -> Result<AgentFiles<AgentFile>, AgentError> {
        let name = file_name(name)?;
        self.with_folder(id, move |root, of| {
            let stamp = disk::replace(root, name, &text)?;
            of.texts.forget(of.id);
            Ok(AgentFile { content: Some(text), ..entry(root, name, Some(stamp)) })
        })
        .await
    }

    async fn with_folder<T: Send + 'static>(
        &self,
        id: &str,
        work: impl FnOnce(&std::path::Path, Of<'_>) -> Result<T, AgentError> + Send + 'static,
    ) -> Result<AgentFiles<T>, AgentError> {
        let (agents, profile) = (self.clone(), self.known(id)?);
        blocking(move || {
            let folder = workspace::open(&profile, &agents.0.state_dir)?;
            let files = work(folder.root(), Of { texts: &agents.0.texts, id: &profile.id })?;
            Ok(AgentFiles { profile, files })
        })
        .await
    }
}

/// What is remembered of the agent whose file is touched.
struct Of<'a> {
    texts: &'a super::texts::Texts,
    id: &'a str,
}

/// The name itself, when it is one of the fixed ones: what a client wrote never
/// becomes part of a path.
fn file_name(written: &str) -> Result<&'static str, AgentError> {
    AGENT_FILE_NAMES.into_iter().find(|name| *name == written).ok_or(AgentError::UnsupportedFile)
}

fn entry(root: &std::path::Path, name: &'static str, stamp: Option<Stamp>) -> AgentFile {
    AgentFile {
        name: name.to_owned(),
        path: root.join(name).display().to_string(),
        missing: stamp.is_none(),
        size: stamp.map(|stamp| stamp.size),
        updated_at_ms: stamp.and_then(|stamp| stamp.updated_at_ms()),
        content: None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn only_the_fixed_names_are_files(name in prop_oneof![
            any::<String>(),
            "[./\\\\]{0,4}(AGENTS|SOUL|MEMORY)\\.(md|MD)[\\x00/ ]{0,2}",
            "(\\.\\./){1,4}etc/passwd",
        ]) {
            prop_assert_eq!(file_name(&name).is_ok(), AGENT_FILE_NAMES.contains(&name.as_str()));
        }
    }
}
