//! `exec-approvals.json`: read whenever it has changed, written whole.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use postern_protocol::approvals::{AllowlistEntry, ExecRules};
use postern_tools::exec::policy::{
    Command, check_rules, closed_rules, forget_oldest, is_usable_pattern, note, rules_hash,
};

use crate::options::WriteFile;
use crate::refusal::{Outcome, Refusal};

/// A larger file is nobody's rules.
const MAX_BYTES: u64 = 2_000_000;

/// The rules as they are shown.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) rules: Arc<ExecRules>,
    pub(crate) hash: String,
    pub(crate) exists: bool,
}

/// The file of the rules.
pub(crate) struct ApprovalsFile {
    path: PathBuf,
    write: WriteFile,
    read: Mutex<Option<Read>>,
}

/// What was read, and from which state of the file.
#[derive(Clone)]
struct Read {
    rules: Arc<ExecRules>,
    stamp: Option<Stamp>,
}

/// What tells two states of the file apart: when it was written, its length, and on Unix when its rights changed last.
type Stamp = (SystemTime, u64, (i64, i64));

impl ApprovalsFile {
    pub(crate) fn new(path: PathBuf, write: WriteFile) -> Self {
        Self { path, write, read: Mutex::default() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn lock(&self) -> MutexGuard<'_, Option<Read>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn current(&self, read: &mut Option<Read>) -> Read {
        let stamp = stamp(&self.path);
        match read {
            Some(known) if known.stamp == stamp => known.clone(),
            _ => read.insert(Read { rules: Arc::new(self.load(stamp)), stamp }).clone(),
        }
    }

    fn load(&self, stamp: Option<Stamp>) -> ExecRules {
        let Some((_, size, _)) = stamp else { return ExecRules { version: 1, ..ExecRules::default() } };
        match text(&self.path, size).and_then(|text| understood(&text)) {
            Ok(rules) => rules,
            Err(why) => {
                let path = self.path.display();
                tracing::error!(%path, why, "The rules for commands cannot be used; no command runs until they are put right.");
                closed_rules()
            }
        }
    }

    /// The rules in force. Reads the file when it has changed.
    pub(crate) fn rules(&self) -> Arc<ExecRules> {
        self.current(&mut self.lock()).rules
    }

    /// The rules as they are shown.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let read = self.current(&mut self.lock());
        Snapshot { hash: rules_hash(&read.rules), exists: read.stamp.is_some(), rules: read.rules }
    }

    /// Replaces the rules. `base_hash` is the hash of those that the caller read.
    pub(crate) fn replace(&self, rules: ExecRules, base_hash: Option<&str>) -> Outcome<Snapshot> {
        check_rules(&rules).map_err(Refusal::invalid)?;
        let mut read = self.lock();
        let known = self.current(&mut read);
        match base_hash {
            None if known.stamp.is_some() => {
                return Err(Refusal::invalid("exec approvals base hash required; reload and retry"));
            }
            Some(base) if base != rules_hash(&known.rules) => {
                return Err(Refusal::invalid("exec approvals changed since last load; reload and retry"));
            }
            _ => {}
        }
        self.put(&mut read, &rules)?;
        drop(read);
        Ok(self.snapshot())
    }

    fn put(&self, read: &mut Option<Read>, rules: &ExecRules) -> Outcome<()> {
        let failed = |why: String| Refusal::failed(format!("{}: {why}", self.path.display()));
        let text = serde_json::to_string_pretty(rules).map_err(|error| failed(error.to_string()))?;
        (self.write)(&self.path, format!("{text}\n").as_bytes()).map_err(|error| failed(error.to_string()))?;
        // Read again when they are needed: somebody may have written at the same moment.
        *read = None;
        Ok(())
    }

    /// Lets a command through from now on: it and no other.
    pub(crate) fn remember(&self, agent_id: &str, command: &Command, shown: &str, now_ms: i64) -> Outcome<()> {
        let pattern = command.remembered_as();
        let mut read = self.lock();
        let mut rules = ExecRules::clone(&self.current(&mut read).rules);
        let agent = rules.agents.get_or_insert_default().entry(agent_id.to_owned()).or_default();
        let list = agent.allowlist.get_or_insert_default();
        if list.iter().any(|entry| entry.pattern == pattern) {
            return Ok(());
        }
        list.push(AllowlistEntry {
            id: Some(uuid::Uuid::new_v4().to_string()),
            pattern,
            last_used_at: Some(now_ms),
            last_used_command: Some(note(shown)),
            last_resolved_path: Some(command.program.clone()),
        });
        forget_oldest(list);
        rules.version = 1;
        self.put(&mut read, &rules)
    }

    /// Notes that an entry let a command through. People read it to see what can go.
    pub(crate) fn used(&self, agent_id: &str, command: &Command, shown: &str, now_ms: i64) {
        /// Between two notes of one entry: each is a write.
        const EVERY_MS: i64 = 60_000;
        let mut read = self.lock();
        let mut rules = ExecRules::clone(&self.current(&mut read).rules);
        for id in [agent_id, "*"] {
            let list = rules.agents.as_mut().and_then(|agents| agents.get_mut(id)?.allowlist.as_mut());
            let covers = |entry: &&mut AllowlistEntry| {
                is_usable_pattern(&entry.pattern) && command.is_covered_by(&entry.pattern)
            };
            let Some(entry) = list.and_then(|list| list.iter_mut().find(covers)) else { continue };
            if entry.last_used_at.is_some_and(|at| now_ms.saturating_sub(at) < EVERY_MS) {
                return;
            }
            entry.last_used_at = Some(now_ms);
            entry.last_used_command = Some(note(shown));
            entry.last_resolved_path = Some(command.program.clone());
            if let Err(refusal) = self.put(&mut read, &rules) {
                tracing::debug!(%refusal, "the last use of a rule was not noted");
            }
            return;
        }
    }
}

/// `None` only where nothing is: what is there and cannot be looked at is no absence of rules.
fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(_) if is_nothing(path) => return None,
        Err(_) => return Some((SystemTime::UNIX_EPOCH, 0, (0, 0))),
    };
    #[cfg(unix)]
    let changed = {
        use std::os::unix::fs::MetadataExt as _;
        (metadata.ctime(), metadata.ctime_nsec())
    };
    #[cfg(not(unix))]
    let changed = (0, 0);
    Some((metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH), metadata.len(), changed))
}

fn is_nothing(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

fn text(path: &Path, size: u64) -> Result<String, String> {
    if size > MAX_BYTES {
        return Err(format!("it is larger than {MAX_BYTES} bytes"));
    }
    let metadata = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        // A pipe would be waited for without end.
        return Err("it is not a file".to_owned());
    }
    others_may_write(path, &metadata)?;
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

/// Rules of a form that is not known may mean less than they seem to.
fn understood(text: &str) -> Result<ExecRules, String> {
    let rules: ExecRules = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if rules.version == 1 { Ok(rules) } else { Err(format!("version is {} and must be 1", rules.version)) }
}

/// Rules that others may change are nobody's.
#[cfg(unix)]
fn others_may_write(path: &Path, metadata: &std::fs::Metadata) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;
    let folder = path.parent().map(std::fs::metadata).transpose().map_err(|error| error.to_string())?;
    whose(metadata.mode(), metadata.uid(), folder.map(|folder| folder.uid()))
}

/// The folder is this program's own.
#[cfg(unix)]
fn whose(mode: u32, owner: u32, of_folder: Option<u32>) -> Result<(), String> {
    if mode & 0o022 != 0 {
        return Err("other users may change it: chmod 600".to_owned());
    }
    if owner != 0 && Some(owner) != of_folder {
        return Err(format!("it belongs to another user (uid {owner}): chown it to the owner of its folder"));
    }
    Ok(())
}

#[cfg(not(unix))]
fn others_may_write(_path: &Path, _metadata: &std::fs::Metadata) -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
