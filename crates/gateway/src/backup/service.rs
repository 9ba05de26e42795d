//! The handle for a running gateway: archives one at a time, off the async
//! threads, and those that are made by themselves.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::shelf::{Listed, Piece, Shelf, Stored, file_name};
use super::verify::{Verified, verify};
use super::work::sweep;
use super::{BackupError, BackupJob, Created, OnProgress, Staged, create, stage};
use crate::config::Config;
use crate::config::file::{read_file, write_file};
use crate::options::{Clock, Paths};
use crate::secrets::{Secret, Secrets};

/// Name of the passphrase for archives that are made by themselves.
pub const PASSPHRASE: &str = "backup-passphrase";

/// Handle to the backups. Cheap to clone.
#[derive(Clone)]
pub struct Backups(Arc<Service>);

struct Service {
    paths: Paths,
    secrets: Secrets,
    clock: Clock,
    host: String,
    version: String,
    turn: Semaphore,
}

impl std::fmt::Debug for Backups {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backups").finish_non_exhaustive()
    }
}

/// What somebody wants in an archive.
#[derive(Clone)]
pub struct Wish {
    /// Encrypts it.
    pub passphrase: Option<Secret>,
    /// Keys and tokens.
    pub with_secrets: bool,
    /// Agents' folders.
    pub with_workspaces: bool,
}

impl Backups {
    /// Opens nothing yet.
    #[must_use]
    pub fn new(paths: Paths, secrets: Secrets, clock: Clock, (host, version): (String, String)) -> Self {
        Self(Arc::new(Service { paths, secrets, clock, host, version, turn: Semaphore::new(1) }))
    }

    /// The folder of archives.
    #[must_use]
    pub fn shelf(&self, config: &Config) -> Shelf {
        shelf(&self.0.paths, config)
    }

    /// The credential store.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.0.secrets
    }

    /// Makes an archive.
    ///
    /// # Errors
    /// [`BackupError`]; [`BackupError::Busy`] while another is being made.
    pub async fn create(
        &self,
        config: Arc<Config>,
        wish: Wish,
        on_progress: OnProgress,
    ) -> Result<Created, BackupError> {
        self.make(config, wish, false, on_progress).await
    }

    async fn make(
        &self,
        config: Arc<Config>,
        wish: Wish,
        scheduled: bool,
        on_progress: OnProgress,
    ) -> Result<Created, BackupError> {
        let service = &self.0;
        let _turn = service.turn.try_acquire().map_err(|_| BackupError::Busy)?;
        let (now_ms, shelf) = (service.clock.now_ms(), self.shelf(&config));
        let name = file_name(&service.host, now_ms, scheduled);
        let out = blocking(move || shelf.place(&name)).await?;
        let job = BackupJob {
            paths: service.paths.clone(),
            config,
            out,
            host: service.host.clone(),
            version: service.version.clone(),
            now_ms,
            passphrase: wish.passphrase,
            with_secrets: wish.with_secrets,
            with_workspaces: wish.with_workspaces,
            scheduled,
        };
        create(job, &service.secrets, on_progress).await
    }

    /// Removes what backups left that were killed half way.
    pub async fn sweep(&self, config: &Config) {
        let shelf = self.shelf(config);
        // What cannot be removed stays for the next backup.
        drop(tokio::task::spawn_blocking(move || sweep(shelf.folder())).await);
    }

    /// Every archive, newest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn list(&self, config: &Config) -> Result<Listed, BackupError> {
        let shelf = self.shelf(config);
        blocking(move || shelf.list()).await
    }

    /// A piece of an archive.
    ///
    /// # Errors
    /// [`BackupError::Unknown`], or when it cannot be read.
    pub async fn read(&self, config: &Config, id: String, (offset, length): (u64, u32)) -> Result<Piece, BackupError> {
        let shelf = self.shelf(config);
        blocking(move || shelf.read(&id, offset, length)).await
    }

    /// Deletes an archive.
    ///
    /// # Errors
    /// [`BackupError::Unknown`], or when it stays.
    pub async fn remove(&self, config: &Config, id: String) -> Result<(), BackupError> {
        let shelf = self.shelf(config);
        blocking(move || shelf.remove(&id)).await
    }

    /// Takes a piece of an archive from elsewhere.
    ///
    /// # Errors
    /// See [`Shelf::upload`].
    pub async fn upload(
        &self,
        config: &Config,
        name: String,
        (offset, bytes): (u64, Vec<u8>),
        done: bool,
    ) -> Result<(u64, Option<Stored>), BackupError> {
        let shelf = self.shelf(config);
        blocking(move || shelf.upload(&name, (offset, &bytes), done)).await
    }

    /// Reads an archive to its end.
    ///
    /// # Errors
    /// What is wrong with it.
    pub async fn verify(&self, config: &Config, id: &str, passphrase: Option<Secret>) -> Result<Verified, BackupError> {
        let shelf = self.shelf(config);
        let path = shelf.path_of(id)?;
        verify(&path, passphrase, shelf.folder()).await
    }

    /// Prepares a restore; the next start finishes it.
    ///
    /// # Errors
    /// What is wrong with the archive, or with this disk; then nothing has changed.
    pub async fn stage(&self, config: &Config, id: &str, passphrase: Option<Secret>) -> Result<Staged, BackupError> {
        let service = &self.0;
        let _turn = service.turn.try_acquire().map_err(|_| BackupError::Busy)?;
        let path = self.shelf(config).path_of(id)?;
        stage(&path, passphrase, (&service.paths, &service.secrets), service.clock.now_ms()).await
    }

    /// When the next archive is due, epoch milliseconds.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn next_at_ms(&self, config: &Config) -> Result<Option<i64>, BackupError> {
        let Some(every) = config.backup.every_ms else { return Ok(None) };
        let listed = self.list(config).await?;
        let last = listed.backups.iter().filter(|stored| stored.manifest.scheduled);
        let last = last.map(|stored| stored.manifest.created_at_ms).max();
        Ok(Some(last.map_or_else(|| self.0.clock.now_ms(), |last| last.saturating_add(every))))
    }

    /// Makes the archive that is due, and deletes those that are too many. Told
    /// in the log; a failure is also
    /// written down for [`Backups::problem`], so that it is known after a restart.
    pub async fn make_due(&self, config: Arc<Config>) {
        let outcome = self.due(config).await;
        let problem = match outcome {
            Ok(()) | Err(BackupError::Busy) => None,
            Err(error) => {
                tracing::error!(%error, "The scheduled backup was not made.");
                Some(format!("the scheduled backup was not made: {error}"))
            }
        };
        let paths = self.0.paths.clone();
        let noted = tokio::task::spawn_blocking(move || note_problem(&paths, problem.as_deref())).await;
        if let Ok(Err(error)) = noted {
            tracing::warn!(%error, "What came of the scheduled backup could not be written down.");
        }
    }

    /// Why the last archive that was due was not made.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        scheduled_problem(&self.0.paths)
    }

    /// Whether archives that are made by themselves carry keys and tokens: only
    /// under a passphrase.
    ///
    /// # Errors
    /// When the credential store does not answer.
    pub async fn has_passphrase(&self) -> Result<bool, BackupError> {
        Ok(self.0.secrets.get(PASSPHRASE).await?.is_some())
    }

    async fn due(&self, config: Arc<Config>) -> Result<(), BackupError> {
        let now_ms = self.0.clock.now_ms();
        if self.next_at_ms(&config).await?.is_none_or(|next| next > now_ms) {
            return Ok(());
        }
        let passphrase = self.0.secrets.get(PASSPHRASE).await?;
        let wish = Wish { passphrase, with_secrets: true, with_workspaces: true };
        let created = self.make(Arc::clone(&config), wish, true, Arc::new(|_| {})).await?;
        tracing::info!(file = %created.path.display(), bytes = created.bytes, "A scheduled backup was made.");
        let (shelf, keep) = (self.shelf(&config), config.backup.keep);
        for id in blocking(move || shelf.prune(keep)).await? {
            tracing::info!(backup = id, "An old scheduled backup was deleted.");
        }
        Ok(())
    }
}

/// Why the last archive that was due was not made, as the folder tells.
#[must_use]
pub fn scheduled_problem(paths: &Paths) -> Option<String> {
    let text = read_file(&paths.backup_problem()).ok().flatten()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn note_problem(paths: &Paths, problem: Option<&str>) -> std::io::Result<()> {
    let path = paths.backup_problem();
    match problem {
        Some(problem) => write_file(&path, &format!("{problem}\n")),
        None if path.exists() => std::fs::remove_file(&path),
        None => Ok(()),
    }
}

/// The folder of archives of a state folder.
#[must_use]
pub fn shelf(paths: &Paths, config: &Config) -> Shelf {
    let folder: PathBuf = paths.state_dir.join(&config.backup.dir);
    Shelf::new(folder)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| BackupError::Internal(error.to_string()))?
}
