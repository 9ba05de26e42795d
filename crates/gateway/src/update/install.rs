//! From a release list to a program that the next restart tries: check, download,
//! verify, start, stage. What runs is not touched, and a process that dies in
//! between leaves nothing that would be started.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use postern_protocol::hex::hex;
use postern_protocol::update::{UpdateOffer, UpdateOutcome, UpdatePhase, UpdateSentinel, UpdateSlot, UpdateStep};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use super::Updater;
use super::fetch::{FetchError, Fetcher, LIST_TIME};
use super::manifest::{self, Known, MAX_MANIFEST, ManifestError, Release, Verdict};
use super::state::{InstalledProgram, SlotProgram, UpdateState};
use crate::private;

/// Largest signature, bytes.
const MAX_SIGNATURE: usize = 4 * 1024;
/// How long a new program may take to say its version.
const START_PATIENCE: Duration = Duration::from_secs(10);
/// How long a file that was just written may count as being written.
const BUSY_PATIENCE: Duration = Duration::from_secs(2);

/// Why an update did not get further. Texts are for people.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// There are no updates here.
    #[error("{0}")]
    Unavailable(String),
    /// Nothing newer is there, or it may not be installed now.
    #[error("{0}")]
    Nothing(String),
    /// The list is not followed.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Nothing was fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The file is not the one that the list names.
    #[error("the file is not the one that the signed release list names (its SHA-256 differs); it was deleted")]
    Hash,
    /// Another version was asked for.
    #[error("{offered} is offered, not {wanted}")]
    OtherVersion {
        /// The newest.
        offered: String,
        /// The one that was asked for.
        wanted: String,
    },
    /// It does not run on this machine.
    #[error("the new program does not start here: {0}")]
    Start(String),
    /// The disk.
    #[error("the update folder cannot be written: {0}")]
    Disk(#[from] io::Error),
    /// It took too long.
    #[error("not done within {} s", .0.as_secs())]
    Timeout(Duration),
}

/// What is wanted of an update.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// This version and no other.
    pub version: Option<String>,
    /// Why, for whoever reads about it later.
    pub note: Option<String>,
}

/// How far an update is.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// Its phase.
    pub phase: UpdatePhase,
    /// The release.
    pub version: &'a str,
    /// Bytes that were fetched.
    pub got: u64,
    /// Bytes there are.
    pub size: u64,
}

/// What was done, and what came of it.
#[derive(Debug)]
pub struct Report {
    /// The program that is staged, or why there is none.
    pub result: Result<SlotProgram, UpdateError>,
    /// What was done, in order.
    pub steps: Vec<UpdateStep>,
    /// How long it took.
    pub duration: Duration,
}

/// Notes what was done while it is done.
#[derive(Debug, Default)]
struct Steps(Vec<UpdateStep>);

impl Steps {
    async fn note<T>(
        &mut self,
        name: &str,
        work: impl Future<Output = Result<T, UpdateError>>,
    ) -> Result<T, UpdateError> {
        let began = Instant::now();
        let result = work.await;
        self.0.push(step(name, began.elapsed(), result.as_ref().err().map(ToString::to_string)));
        result
    }
}

pub(super) fn step(name: &str, took: Duration, failure: Option<String>) -> UpdateStep {
    UpdateStep {
        name: name.to_owned(),
        ok: failure.is_none(),
        detail: failure,
        duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    }
}

impl Updater {
    /// Asks for the newest release and remembers the answer. `None`: what runs is the newest.
    ///
    /// # Errors
    /// [`UpdateError`], remembered too.
    pub async fn check(&self) -> Result<Option<Release>, UpdateError> {
        let found = self.look().await;
        let now_ms = self.clock.now_ms();
        self.folder.change(|state| {
            state.last_checked_at_ms = Some(now_ms);
            state.last_check_error = found.as_ref().err().map(ToString::to_string);
            let Ok((release, signed_ms)) = &found else { return };
            state.newest_list_ms = Some(state.newest_list_ms.map_or(*signed_ms, |seen| seen.max(*signed_ms)));
            state.offer = release.as_ref().map(|release| self.offer(release));
        })?;
        found.map(|(release, _)| release)
    }

    /// The release and when its list was signed.
    async fn look(&self) -> Result<(Option<Release>, i64), UpdateError> {
        let (url, keys) = self.source().map_err(UpdateError::Unavailable)?;
        let fetcher = Fetcher::new(&url, &self.user_agent()).await?;
        let mut signature_url = url.clone();
        signature_url.set_path(&format!("{}.sig", url.path()));
        let text = fetcher.text(&url, MAX_MANIFEST, LIST_TIME).await?;
        let signature = fetcher.text(&signature_url, MAX_SIGNATURE, LIST_TIME).await?;
        let manifest = manifest::open(&text, &signature, &keys)?;
        let target = super::target();
        let known = Known {
            version: &self.version,
            channel: &self.settings.channel,
            target: &target,
            url: &url,
            newest_seen_ms: self.folder.read().newest_list_ms,
            now_ms: self.clock.now_ms(),
        };
        match manifest::judge(&manifest, &known)? {
            Verdict::Newer(release) => Ok((Some(*release), manifest.published_at)),
            Verdict::UpToDate => Ok((None, manifest.published_at)),
        }
    }

    fn offer(&self, release: &Release) -> UpdateOffer {
        UpdateOffer {
            current_version: self.version.to_string(),
            latest_version: release.version.to_string(),
            channel: self.settings.channel.clone(),
            notes: release.notes.clone(),
            published_at_ms: Some(release.published_at_ms),
            size_bytes: Some(release.size),
        }
    }

    /// Everything up to the restart. One at a time; the caller sees to it.
    pub async fn stage(&self, wish: &Wish, patience: Duration, progress: &(dyn Fn(Progress<'_>) + Sync)) -> Report {
        let began = Instant::now();
        let mut steps = Steps::default();
        let staging = self.stage_steps(wish, progress, &mut steps);
        let result = tokio::time::timeout(patience, staging).await.unwrap_or(Err(UpdateError::Timeout(patience)));
        if let Err(error) = &result
            && !matches!(error, UpdateError::Unavailable(_) | UpdateError::Nothing(_))
        {
            drop(self.folder.change(UpdateState::give_up));
        }
        Report { result, steps: steps.0, duration: began.elapsed() }
    }

    async fn stage_steps(
        &self,
        wish: &Wish,
        progress: &(dyn Fn(Progress<'_>) + Sync),
        steps: &mut Steps,
    ) -> Result<SlotProgram, UpdateError> {
        self.may_begin()?;
        let release = steps.note("check", self.wanted(wish)).await?;
        let version = release.version.to_string();
        let tell = |phase, got| progress(Progress { phase, version: &version, got, size: release.size });
        let slot = self.folder.read().free_slot(self.own_slot());
        let (folder, program) = self.place(slot)?;
        let candidate =
            SlotProgram { slot, version: version.clone(), size: release.size, sha256: release.sha256.clone() };
        self.folder.change(|state| {
            (state.phase, state.candidate) = (UpdatePhase::Downloaded, Some(candidate.clone()));
            // Its place is needed; what one would go back to is the installed program then.
            state.previous.take_if(|previous| previous.slot == slot);
        })?;
        let (file, hash) =
            steps.note("download", self.download(&release, &folder, &|got| tell(UpdatePhase::Downloaded, got))).await?;
        steps.note("verify", async { keep(file, &hash, &candidate, &program) }).await?;
        steps.note("start", starts(&program, &version)).await?;
        self.folder.change(|state| state.phase = UpdatePhase::Verified)?;
        tell(UpdatePhase::Verified, release.size);
        let noted = steps.0.clone();
        steps.note("stage", async { Ok(self.set_staged(&candidate, wish, noted)?) }).await?;
        tell(UpdatePhase::Staged, release.size);
        Ok(candidate)
    }

    fn may_begin(&self) -> Result<(), UpdateError> {
        if let Err(reason) = self.source() {
            return Err(UpdateError::Unavailable(reason));
        }
        let state = self.folder.read();
        if self.settings.hold || state.hold.as_ref().is_some_and(|hold| hold.holds(self.clock.now_ms())) {
            return Err(UpdateError::Nothing(
                "updates are on hold; postern update --unhold lets them happen".to_owned(),
            ));
        }
        match state.phase {
            UpdatePhase::Trial | UpdatePhase::Reverting => {
                Err(UpdateError::Nothing("a release is being tried right now; wait for what comes of it".to_owned()))
            }
            _ => Ok(()),
        }
    }

    async fn wanted(&self, wish: &Wish) -> Result<Release, UpdateError> {
        let found = self.check().await?;
        match (found, &wish.version) {
            (Some(release), Some(wanted)) if release.version.to_string() != *wanted => {
                Err(UpdateError::OtherVersion { offered: release.version.to_string(), wanted: wanted.clone() })
            }
            (Some(release), _) => Ok(release),
            (None, _) => Err(UpdateError::Nothing(format!("{} is the newest release", self.version))),
        }
    }

    fn place(&self, slot: UpdateSlot) -> Result<(PathBuf, PathBuf), UpdateError> {
        let (Some(folder), Some(program)) = (self.folder.slot_dir(slot), self.folder.program(slot)) else {
            return Err(UpdateError::Unavailable("there is no slot for the release".to_owned()));
        };
        private::make_folder(&folder)?;
        // What an update that was broken off left behind.
        for entry in fs::read_dir(&folder)?.flatten().filter(|entry| entry.path() != program) {
            drop(fs::remove_file(entry.path()));
        }
        Ok((folder, program))
    }

    async fn download(
        &self,
        release: &Release,
        folder: &Path,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<(NamedTempFile, String), UpdateError> {
        let fetcher = Fetcher::new(&release.url, &self.user_agent()).await?;
        let mut file = tempfile::Builder::new().prefix(".download-").tempfile_in(folder)?;
        let (mut hash, mut got) = (Sha256::new(), 0_u64);
        let keep = |chunk: &[u8]| {
            hash.update(chunk);
            got += chunk.len() as u64;
            progress(got);
            file.write_all(chunk)
        };
        fetcher.file(&release.url, release.size, keep).await?;
        Ok((file, hex(&hash.finalize())))
    }

    fn set_staged(&self, candidate: &SlotProgram, wish: &Wish, steps: Vec<UpdateStep>) -> io::Result<()> {
        let sentinel = UpdateSentinel {
            status: UpdateOutcome::Ok,
            phase: UpdatePhase::Staged,
            from_version: self.version.to_string(),
            to_version: candidate.version.clone(),
            ts: self.clock.now_ms(),
            reason: None,
            note: wish.note.clone(),
            steps,
        };
        let slot = self.own_slot();
        self.folder.change(|state| {
            if let (UpdateSlot::Installed, Some(path)) = (slot, &self.program.path) {
                state.installed = Some(InstalledProgram { path: path.clone(), version: self.version.to_string() });
            }
            state.phase = UpdatePhase::Staged;
            state.candidate = Some(candidate.clone());
            state.sentinel = Some(sentinel);
        })
    }
}

/// Puts a file in its place when it is the one that was signed for.
fn keep(file: NamedTempFile, hash: &str, candidate: &SlotProgram, program: &Path) -> Result<(), UpdateError> {
    if hash != candidate.sha256 {
        return Err(UpdateError::Hash);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o700))?;
    }
    file.as_file().sync_all()?;
    file.persist(program).map_err(|failed| UpdateError::Disk(failed.error))?;
    Ok(private::sync_folder(private::folder_of(program))?)
}

/// Whether a program starts and is the release it should be.
async fn starts(program: &Path, version: &str) -> Result<(), UpdateError> {
    let began = Instant::now();
    let output = loop {
        let mut command = tokio::process::Command::new(program);
        command.arg("--version").env_clear().stdin(Stdio::null()).kill_on_drop(true);
        match tokio::time::timeout(START_PATIENCE, command.output()).await {
            // Another thread was starting a program while the file was written, and
            // holds it open until that has begun.
            Ok(Err(error)) if error.kind() == io::ErrorKind::ExecutableFileBusy && began.elapsed() < BUSY_PATIENCE => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok(Err(error)) => return Err(UpdateError::Start(error.to_string())),
            Ok(Ok(output)) => break output,
            Err(_) => {
                return Err(UpdateError::Start(format!("it does not answer within {} s", START_PATIENCE.as_secs())));
            }
        }
    };
    if !output.status.success() {
        return Err(UpdateError::Start(format!("it ended with {}", output.status)));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    if said.split_whitespace().nth(1) == Some(version) {
        return Ok(());
    }
    let said: String = said.trim().chars().take(60).collect();
    Err(UpdateError::Start(format!("it calls itself {said:?}, not {version}")))
}

/// Whether a program in a slot is still the one that was put there.
///
/// # Errors
/// What is wrong with it.
pub(super) fn examine(path: &Path, program: &SlotProgram) -> Result<(), String> {
    let found = file_hash(path).map_err(|error| error.to_string())?;
    if found == (program.size, program.sha256.clone()) {
        return Ok(());
    }
    Err("it is not the file that was put there".to_owned())
}

/// Length of a file, and what it hashes to.
///
/// # Errors
/// When it cannot be read.
pub fn file_hash(path: &Path) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let size = io::copy(&mut File::open(path)?, &mut HashWriter(&mut hash))?;
    Ok((size, hex(&hash.finalize())))
}

struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
