//! Making an archive: a copy of the database first, as of one moment, then the
//! files beside it; read back before it gets its name. Whatever fails, nothing
//! is left but what was there.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use postern_protocol::hex::hex;
use sha2::{Digest as _, Sha256};
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, result::ZipError};

use super::archive::{Archive, contents_name, entry_name};
use super::gather::{Found, Secrecy, Source, Wanted, gather};
use super::manifest::{
    CONFIG, CONTENTS, Contents, DATABASE, Entry, FORMAT, LeftOut, MANIFEST, Manifest, OutsideWorkspace, SECRETS,
};
use super::redact::{What, redact};
use super::seal::{Encryption, Key, Sealing};
use super::work::Work;
use super::{BackupError, MIN_PASSPHRASE, keys};
use crate::config::Config;
use crate::options::Paths;
use crate::private;
use crate::secrets::{Secret, Secrets};
use crate::store::{self, Table};

/// What an archive is to be made of.
#[derive(Clone)]
pub struct BackupJob {
    /// Whose state.
    pub paths: Paths,
    /// The configuration in force.
    pub config: Arc<Config>,
    /// File that is made; must not exist.
    pub out: PathBuf,
    /// Name of this machine.
    pub host: String,
    /// This release.
    pub version: String,
    /// Epoch milliseconds.
    pub now_ms: i64,
    /// Encrypts it.
    pub passphrase: Option<Secret>,
    /// Keys and tokens; only with a passphrase.
    pub with_secrets: bool,
    /// Agents' folders.
    pub with_workspaces: bool,
    /// Whether nobody asked for it at this moment.
    pub scheduled: bool,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Files done.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Bytes in all.
    pub total_bytes: u64,
}

/// Hears how far it has come, often.
pub type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;

/// An archive that was made.
#[derive(Debug, Clone)]
pub struct Created {
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// What it says about itself.
    pub manifest: Manifest,
    /// What is in it.
    pub contents: Contents,
}

/// Makes an archive. Works beside a running gateway and without one.
///
/// # Errors
/// [`BackupError`]; then nothing new is left on the disk.
pub async fn create(job: BackupJob, secrets: &Secrets, on_progress: OnProgress) -> Result<Created, BackupError> {
    let long_enough = |secret: &Secret| secret.expose().chars().count() >= MIN_PASSPHRASE;
    if job.passphrase.as_ref().is_some_and(|passphrase| !long_enough(passphrase)) {
        return Err(BackupError::ShortPassphrase);
    }
    if job.out.exists() {
        return Err(BackupError::Exists(job.out));
    }
    let folder = job.out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let work = Work::begin(folder)?;
    let (database, source) = (work.path().join("database.sqlite"), job.paths.database());
    let workspaces = if source.exists() {
        store::snapshot(&source, &database).await?;
        store::inspect(&database).await?;
        let agents = store::documents(&database, Table::Agents).await?;
        crate::agents::folders(&job.config, &job.paths.state_dir, agents)
    } else {
        crate::agents::folders(&job.config, &job.paths.state_dir, Vec::new())
    };
    let with_secrets = job.with_secrets && job.passphrase.is_some();
    let keys = if with_secrets { Some(keys::written(&keys::collect(secrets, &job.config).await?)?) } else { None };
    let making = Making { job, work, workspaces, keys, on_progress };
    let made = tokio::task::spawn_blocking(move || making.make()).await;
    made.map_err(|error| BackupError::Internal(error.to_string()))?
}

/// Everything the blocking part needs.
struct Making {
    job: BackupJob,
    work: Work,
    workspaces: Vec<(String, PathBuf)>,
    keys: Option<Vec<u8>>,
    on_progress: OnProgress,
}

impl Making {
    fn make(self) -> Result<Created, BackupError> {
        let found = self.find()?;
        let part = self.work.path().join("archive.zip");
        let file = private_file(&part).map_err(|error| BackupError::io(&self.job.out, error))?;
        let (manifest, contents) = self.write(file, found).map_err(|error| match error {
            BackupError::Io { source, .. } => BackupError::io(&self.job.out, source),
            other => other,
        })?;
        self.read_back(&part)?;
        let bytes = fs::metadata(&part).map_err(|error| BackupError::io(&part, error))?.len();
        self.work.publish(&part, &self.job.out)?;
        Ok(Created { path: self.job.out, bytes, manifest, contents })
    }

    /// Everything that goes in, the database first.
    fn find(&self) -> Result<Found, BackupError> {
        let (job, state_dir) = (&self.job, &self.job.paths.state_dir);
        let secrecy = if job.passphrase.is_some() && job.with_secrets { Secrecy::Everything } else { Secrecy::Public };
        let wanted = Wanted {
            state_dir,
            config_path: &job.paths.config_path,
            workspaces: &self.workspaces,
            with_workspaces: job.with_workspaces,
            secrecy,
        };
        let mut found = gather(&wanted).map_err(|error| BackupError::io(state_dir, error))?;
        self.take_config(secrecy, &mut found)?;
        if let Some(keys) = &self.keys {
            found.files.insert(0, Source::memory(SECRETS, keys.clone()));
        }
        let database = self.work.path().join("database.sqlite");
        if let Ok(metadata) = fs::metadata(&database) {
            let root = self.work.path().canonicalize().map_err(|error| BackupError::io(self.work.path(), error))?;
            let origin = super::gather::Origin::File { path: root.join("database.sqlite"), root };
            let source = Source { name: DATABASE.to_owned(), origin, bytes: metadata.len(), executable: false };
            found.files.insert(0, source);
        }
        if self.keys.is_none() {
            let why = if job.passphrase.is_some() { "not wanted" } else { "only go into a backup with a passphrase" };
            found.left_out.insert(0, LeftOut::new("keys and tokens of the credential store", why));
        }
        Ok(found)
    }

    fn take_config(&self, secrecy: Secrecy, found: &mut Found) -> Result<(), BackupError> {
        let path = &self.job.paths.config_path;
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(BackupError::io(path, error)),
        };
        match (secrecy, redact(&text, What::Configuration)) {
            (Secrecy::Everything, _) => found.files.insert(0, Source::memory(CONFIG, text.into_bytes())),
            (Secrecy::Public, Some(redacted)) => {
                found.redacted.splice(0..0, redacted.paths);
                found.files.insert(0, Source::memory(CONFIG, redacted.text.into_bytes()));
            }
            (Secrecy::Public, None) => found.left_out.insert(
                0,
                LeftOut::new(
                    "the configuration",
                    "cannot be read, so nobody can tell what in it is secret; give a passphrase",
                ),
            ),
        }
        Ok(())
    }

    fn write(&self, file: File, found: Found) -> Result<(Manifest, Contents), BackupError> {
        let encrypted = self.job.passphrase.as_ref().map(Encryption::new).transpose()?;
        let (encryption, key) = encrypted.map_or((None, None), |(encryption, key)| (Some(encryption), Some(key)));
        let id = uuid::Uuid::new_v4().simple().to_string();
        let total_bytes = found.files.iter().map(|source| source.bytes).sum();
        let mut writing = Writing {
            zip: ZipWriter::new(file),
            key: key.as_ref(),
            id: &id,
            progress: Progress { total_bytes, ..Progress::default() },
            on_progress: &self.on_progress,
        };
        let mut contents = Contents {
            entries: Vec::with_capacity(found.files.len()),
            workspaces: outside(&found.outside),
            redacted: found.redacted,
            left_out: found.left_out,
            secrets: self
                .keys
                .as_deref()
                .and_then(keys::read)
                .map(|read| read.into_keys().collect())
                .unwrap_or_default(),
        };
        for source in &found.files {
            match writing.file(source)? {
                Some(entry) => contents.entries.push(entry),
                None => contents.left_out.push(LeftOut::new(&source.name, "went away or was replaced meanwhile")),
            }
        }
        let text = serde_json::to_vec(&contents).map_err(|error| BackupError::Internal(error.to_string()))?;
        let job = &self.job;
        let manifest = Manifest {
            format: FORMAT,
            product: "postern".to_owned(),
            version: job.version.clone(),
            id: id.clone(),
            created_at_ms: job.now_ms,
            host: job.host.clone(),
            profile: profile(&job.paths.state_dir),
            scheduled: job.scheduled,
            secrets: self.keys.is_some(),
            entries: contents.entries.len() as u64,
            bytes: contents.entries.iter().map(|entry| entry.bytes).sum(),
            contents_sha256: encryption.is_none().then(|| hex(&Sha256::digest(&text))),
            encryption,
        };
        writing.finish(&manifest, &text)?;
        Ok((manifest, contents))
    }

    /// What was written is what can be read.
    fn read_back(&self, part: &Path) -> Result<(), BackupError> {
        let mut unlocked = Archive::open(part)?.unlock(self.job.passphrase.as_ref())?;
        for entry in unlocked.contents.entries.clone() {
            unlocked.read(&entry, &mut io::sink(), part)?;
        }
        Ok(())
    }
}

fn outside(found: &[(String, PathBuf)]) -> Vec<OutsideWorkspace> {
    let one = |(agent, folder): &(String, PathBuf)| OutsideWorkspace {
        agent: agent.clone(),
        folder: folder.display().to_string(),
    };
    found.iter().map(one).collect()
}

/// `~/.postern-NAME` is the profile NAME.
fn profile(state_dir: &Path) -> Option<String> {
    state_dir.file_name()?.to_str()?.strip_prefix(".postern-").map(str::to_owned)
}

/// The zip file that is being written.
struct Writing<'a> {
    zip: ZipWriter<File>,
    key: Option<&'a Key>,
    id: &'a str,
    progress: Progress,
    on_progress: &'a OnProgress,
}

/// Sealed bytes cannot be made smaller.
fn options(key: Option<&Key>, bytes: u64) -> SimpleFileOptions {
    let method = if key.is_some() { CompressionMethod::Stored } else { CompressionMethod::Deflated };
    SimpleFileOptions::default()
        .compression_method(method)
        .unix_permissions(0o600)
        .large_file(bytes > u64::from(u32::MAX) / 2)
}

impl Writing<'_> {
    /// Adds a file; `None` when it is no longer there.
    fn file(&mut self, source: &Source) -> Result<Option<Entry>, BackupError> {
        // A file that shrinks or grows meanwhile is taken as it is read.
        let Ok(mut reader) = source.open() else { return Ok(None) };
        let stored = match self.key {
            Some(_) => format!("data/{}", self.progress.files + 1),
            None => source.name.clone(),
        };
        self.zip.start_file(&stored, options(self.key, source.bytes)).map_err(zip_error)?;
        let mut counted = Counted { hash: Sha256::new(), bytes: 0 };
        let name = entry_name(self.id, &stored);
        let copied = match self.key {
            Some(key) => Sealing::new(key, &name, &mut self.zip).and_then(|mut sealing| {
                copy(&mut reader, &mut sealing, &mut counted)?;
                sealing.finish()
            }),
            None => copy(&mut reader, &mut self.zip, &mut counted),
        };
        copied.map_err(|error| BackupError::io(Path::new(&source.name), error))?;
        self.progress.files += 1;
        self.progress.bytes += counted.bytes;
        (self.on_progress)(self.progress);
        let sha256 = hex(&counted.hash.finalize());
        let (name, executable) = (source.name.clone(), source.executable);
        Ok(Some(Entry { name, stored, bytes: counted.bytes, sha256, executable }))
    }

    /// Adds the table of contents and the manifest, and makes it all durable.
    fn finish(mut self, manifest: &Manifest, contents: &[u8]) -> Result<(), BackupError> {
        let text = serde_json::to_vec_pretty(manifest).map_err(|error| BackupError::Internal(error.to_string()))?;
        let failed = |error| BackupError::io(Path::new(CONTENTS), error);
        self.zip.start_file(CONTENTS, options(self.key, contents.len() as u64)).map_err(zip_error)?;
        match self.key {
            Some(key) => {
                let name = contents_name(&text);
                let mut sealing = Sealing::new(key, &name, &mut self.zip).map_err(failed)?;
                sealing.write_all(contents).and_then(|()| sealing.finish()).map_err(failed)?;
            }
            None => self.zip.write_all(contents).map_err(failed)?,
        }
        self.zip.start_file(MANIFEST, options(None, text.len() as u64)).map_err(zip_error)?;
        self.zip.write_all(&text).map_err(failed)?;
        let file = self.zip.finish().map_err(zip_error)?;
        file.sync_all().map_err(failed)
    }
}

struct Counted {
    hash: Sha256,
    bytes: u64,
}

fn copy(reader: &mut dyn Read, writer: &mut dyn Write, counted: &mut Counted) -> io::Result<()> {
    let mut piece = vec![0_u8; 64 * 1024];
    loop {
        let n = match reader.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        counted.hash.update(&piece[..n]);
        counted.bytes += n as u64;
        writer.write_all(&piece[..n])?;
    }
}

fn zip_error(error: ZipError) -> BackupError {
    match error {
        ZipError::Io(error) => BackupError::io(Path::new("archive"), error),
        other => BackupError::Internal(other.to_string()),
    }
}

/// A new file that only its owner can read.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    private::options().read(true).write(true).create_new(true).open(path)
}
