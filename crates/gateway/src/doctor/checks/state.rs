//! The state folder: there, ours, private, with room.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::finding::Finding;
use super::super::patient::Patient;
use crate::private::{self, UNFINISHED};

/// Less free space than this and writes will fail soon.
const LITTLE: u64 = 100 * 1024 * 1024;
/// Less than this is worth a word.
const SCARCE: u64 = 1024 * 1024 * 1024;
/// Temporary files that are older were left behind.
const STALE: Duration = Duration::from_secs(60 * 60);
/// Files that are looked at; a state folder has far fewer.
const MOST_FILES: usize = 20_000;
/// Files that are named.
const NAMED: usize = 5;

/// Folders of the state folder that the gateway alone fills.
const OWN_FOLDERS: [&str; 7] = ["credentials", "identity", "logs", "backups", "config-versions", "update", "gateway"];
/// Folders that are the gateway's, while what is in them may be an agent's: whoever
/// works there decides about rights.
const MIXED_FOLDERS: [&str; 3] = ["trash", "restore", "before-restore-"];
/// Its own files.
const OWN_FILES: [&str; 7] =
    ["postern.last-good.json", "gateway.lock", "config.lock", "starts.json", "restart-sentinel.json", "open", ".env"];
/// How the names of others begin.
const OWN_BEGINNINGS: [&str; 5] = ["postern.sqlite", "postern.json", "postern.last-", "service.", UNFINISHED];

pub(super) fn folder(patient: &Patient) -> Finding {
    let path = &patient.paths.state_dir;
    let shown = path.display();
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Finding::warn(format!("{shown} does not exist yet")).fix("make it, private to you").automatic();
        }
        Err(error) => {
            return Finding::fail(format!("{shown}: {error}")).fix("check owner and rights of the folders above it");
        }
        Ok(found) if !found.is_dir() => {
            return Finding::fail(format!("{shown} is no folder"))
                .fix("move that file away, or choose another POSTERN_STATE_DIR");
        }
        Ok(_) => {}
    }
    // The one proof of writing is to write.
    if let Err(error) = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(path) {
        return Finding::fail(format!("{shown} cannot be written: {error}"))
            .fix("give it to the user that runs the gateway, or choose another POSTERN_STATE_DIR");
    }
    match private::others_may(path) {
        Some(mode) => Finding::fail(format!("{shown} is open to other users (mode {mode:03o})"))
            .fix("take the rights of others away")
            .automatic(),
        None => Finding::ok(format!("{shown} is writable and private")),
    }
}

pub(super) fn mend_folder(patient: &Patient) -> Result<String, String> {
    let path = &patient.paths.state_dir;
    let mended = fs::create_dir_all(path).and_then(|()| make_private(path, 0o700));
    mended.map(|()| format!("{} is there and private", path.display())).map_err(|error| error.to_string())
}

pub(super) fn rights(patient: &Patient) -> Finding {
    if !patient.paths.state_dir.exists() {
        return Finding::skipped("there is no state folder yet");
    }
    let open = open_files(patient);
    let is_closed = private::others_may(&patient.paths.state_dir).is_none();
    match open.as_slice() {
        [] => Finding::ok("only you can read what is in the state folder"),
        // Nobody else gets through the folder above.
        open if is_closed => {
            Finding::warn(format!("only the rights of the state folder keep others from {}", list(open)))
                .fix("take the rights of others away: a copy of these files would be open")
                .automatic()
        }
        open => Finding::fail(format!("other users can read {}", list(open)))
            .fix("take the rights of others away; change the secrets when somebody else uses this machine")
            .automatic(),
    }
}

pub(super) fn mend_rights(patient: &Patient) -> Result<String, String> {
    let open = open_files(patient);
    let mut failed = Vec::new();
    for path in &open {
        if let Err(error) = take_from_others(path) {
            failed.push(format!("{}: {error}", path.display()));
        }
    }
    if failed.is_empty() { Ok(format!("{} made private", count(open.len(), "file"))) } else { Err(failed.join("\n")) }
}

pub(super) fn temp_files(patient: &Patient) -> Finding {
    match stale(patient).as_slice() {
        [] => Finding::ok("none"),
        stale => {
            Finding::warn(format!("{} from writes that were cut off: {}", count(stale.len(), "file"), list(stale)))
                .fix("remove them; the files they were to replace are whole")
                .automatic()
        }
    }
}

pub(super) fn remove_temp_files(patient: &Patient) -> Result<String, String> {
    let stale = stale(patient);
    for path in &stale {
        fs::remove_file(path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(format!("{} removed", count(stale.len(), "file")))
}

pub(super) fn disk(patient: &Patient) -> Finding {
    let path = patient.paths.state_dir.ancestors().find(|path| path.exists());
    let Some(free) = path.and_then(free_space) else { return Finding::skipped("the free space cannot be told here") };
    let told = format!("{} MB free for {}", free / 1_000_000, patient.paths.state_dir.display());
    match free {
        0..LITTLE => Finding::fail(told).fix("free some space: what cannot be written down is refused"),
        LITTLE..SCARCE => Finding::warn(told).fix("free some space"),
        SCARCE.. => Finding::ok(told),
    }
}

/// What this user may still write, as the file system itself says.
#[cfg(unix)]
fn free_space(path: &Path) -> Option<u64> {
    let of = rustix::fs::statvfs(path).ok()?;
    of.f_bavail.checked_mul(of.f_frsize)
}

#[cfg(not(unix))]
fn free_space(path: &Path) -> Option<u64> {
    let path = path.canonicalize().ok()?;
    let disks = sysinfo::Disks::new_with_refreshed_list().ok()?;
    let on = disks.iter().filter(|disk| path.starts_with(disk.mount_point()));
    on.max_by_key(|disk| disk.mount_point().as_os_str().len()).map(sysinfo::Disk::available_space)
}

/// Everything of the gateway's own below its folder. An agent may have its folder
/// anywhere in there, and a file may have another name elsewhere: neither is ours.
fn own_files(patient: &Patient) -> Vec<PathBuf> {
    let state_dir = &patient.paths.state_dir;
    let agents = crate::agents::folders(&patient.config().config, state_dir, Vec::new());
    let is_agents = |path: &Path| agents.iter().any(|(_, folder)| folder == path);
    let mut files = Vec::new();
    let mut folders = vec![state_dir.clone()];
    while let Some(folder) = folders.pop() {
        let top = folder == *state_dir;
        for entry in fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok) {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            let begins = |names: &[&str]| names.iter().any(|own| name.starts_with(own));
            // Links are not followed: what they lead to is not ours.
            let Ok(found) = entry.metadata() else { continue };
            let walked = found.is_dir() && (!top || OWN_FOLDERS.contains(&&*name));
            let own = match found.is_dir() {
                true => walked || begins(&MIXED_FOLDERS),
                false => {
                    found.is_file()
                        && !has_other_names(&found)
                        && (!top || OWN_FILES.contains(&&*name) || begins(&OWN_BEGINNINGS))
                }
            };
            if !own || is_agents(&path) || files.len() >= MOST_FILES {
                continue;
            }
            if walked {
                folders.push(path.clone());
            }
            files.push(path);
        }
    }
    files.sort();
    files
}

/// A file that has another name may be somebody's outside of the folder.
#[cfg(unix)]
fn has_other_names(found: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(found) > 1
}

#[cfg(not(unix))]
fn has_other_names(_found: &fs::Metadata) -> bool {
    false
}

fn open_files(patient: &Patient) -> Vec<PathBuf> {
    own_files(patient).into_iter().filter(|path| private::others_may(path).is_some()).collect()
}

fn stale(patient: &Patient) -> Vec<PathBuf> {
    let now_ms = patient.clock.now_ms();
    let is_stale = |path: &PathBuf| {
        let name = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(UNFINISHED));
        name && path.is_file() && age(path, now_ms).is_some_and(|age| age > STALE)
    };
    own_files(patient).into_iter().filter(is_stale).collect()
}

fn age(path: &Path, now_ms: i64) -> Option<Duration> {
    let modified = fs::metadata(path).ok()?.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Duration::from_millis(u64::try_from(now_ms).ok()?).checked_sub(modified)
}

/// What its owner may do with it stays: a program remains one.
#[cfg(unix)]
fn take_from_others(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    make_private(path, fs::symlink_metadata(path)?.permissions().mode() & 0o700)
}

#[cfg(not(unix))]
fn take_from_others(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn make_private(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn make_private(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}

/// "3 files".
pub(super) fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// The first few by name.
fn list(paths: &[PathBuf]) -> String {
    let mut text = paths.iter().take(NAMED).map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    if paths.len() > NAMED {
        text.push_str(&format!(" and {} more", paths.len() - NAMED));
    }
    text
}
