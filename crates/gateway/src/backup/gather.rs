//! What goes into an archive: every file of the state folder but those named
//! here, and agents' folders elsewhere. Links are never followed, so nothing an
//! agent puts into its folder can bring in files from outside of it. Blocks.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::manifest::{LeftOut, STATE, WORKSPACE, is_plain};
use super::redact::What;

/// Largest file that is taken.
const MAX_FILE: u64 = 1024 * 1024 * 1024;
/// Most files in one archive.
const MAX_FILES: usize = 200_000;
/// Deepest folder.
const MAX_DEPTH: usize = 64;
/// Entries of the state folder that belong to the machine, can be made again, or
/// are taken in another way.
const STAYS: [&str; 18] = [
    "config.lock",
    "starts.json",
    "open",
    "gateway.lock",
    "credentials",
    "identity",
    "node",
    "logs",
    "backups",
    "trash",
    "restore",
    "updates",
    "update",
    "restart-sentinel.json",
    "crash",
    "crashes",
    "bin",
    "tmp",
];
/// Beginnings of such names.
const STAYS_BEGINNING: [&str; 5] = ["postern.sqlite", "before-restore-", ".new-", ".postern-", ".tmp"];
/// Folders that programs fill and can fill again.
const MADE_AGAIN: [&str; 5] = ["node_modules", "__pycache__", ".venv", ".cache", ".pnpm-store"];

/// Why a secret file is left out; a restore leaves the one in force that is there.
pub(super) const NOT_IN_THE_CLEAR: &str = "secret; only goes into an encrypted backup";

/// A file that goes in.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) origin: Origin,
    pub(super) bytes: u64,
    pub(super) executable: bool,
}

/// Where its bytes are.
#[derive(Debug)]
pub(super) enum Origin {
    /// A file, and the folder that it must really be below.
    File { path: PathBuf, root: PathBuf },
    /// Here.
    Memory(zeroize::Zeroizing<Vec<u8>>),
}

impl Source {
    pub(super) fn memory(name: &str, bytes: Vec<u8>) -> Self {
        let size = bytes.len() as u64;
        Self { name: name.to_owned(), origin: Origin::Memory(bytes.into()), bytes: size, executable: false }
    }
}

/// What may go in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrecy {
    /// Everything: the archive is encrypted.
    Everything,
    /// Nothing that is secret.
    Public,
}

/// What is to be looked through.
pub(super) struct Wanted<'a> {
    pub(super) state_dir: &'a Path,
    pub(super) config_path: &'a Path,
    /// Agents' folders, by agent.
    pub(super) workspaces: &'a [(String, PathBuf)],
    pub(super) with_workspaces: bool,
    pub(super) secrecy: Secrecy,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Vec<Source>,
    pub(super) left_out: Vec<LeftOut>,
    /// Agents whose folders are outside the state folder.
    pub(super) outside: Vec<(String, PathBuf)>,
    /// Secret settings that were taken out.
    pub(super) redacted: Vec<String>,
}

/// Looks through everything.
pub(super) fn gather(wanted: &Wanted<'_>) -> io::Result<Found> {
    let mut found = Found::default();
    let root = wanted.state_dir.canonicalize()?;
    let config = wanted.config_path.canonicalize().ok();
    let mut folders: Vec<(String, PathBuf)> = Vec::new();
    for (agent, folder) in wanted.workspaces {
        let Ok(folder) = folder.canonicalize() else { continue };
        // A folder that two agents share goes in once.
        if !folders.iter().any(|(_, other)| *other == folder) {
            folders.push((agent.clone(), folder));
        }
    }
    let skip = |path: &Path| {
        Some(path) == config.as_deref() || (!wanted.with_workspaces && folders.iter().any(|(_, folder)| folder == path))
    };
    let is_in_workspace = |path: &Path| folders.iter().any(|(_, folder)| path.starts_with(folder));
    let state = Walk { root: &root, prefix: STATE, secrecy: wanted.secrecy, is_state: true };
    state.run(&skip, &is_in_workspace, &mut found)?;
    for (agent, folder) in folders.iter().filter(|(_, folder)| !folder.starts_with(&root)) {
        if root.starts_with(folder) || !wanted.with_workspaces {
            continue;
        }
        let prefix = format!("{WORKSPACE}{agent}/");
        let walk = Walk { root: folder, prefix: &prefix, secrecy: wanted.secrecy, is_state: false };
        match walk.run(&|_| false, &|_| true, &mut found) {
            Ok(()) => found.outside.push((agent.clone(), folder.clone())),
            Err(error) => found.left_out.push(LeftOut::new(prefix, error.to_string())),
        }
    }
    Ok(found)
}

/// One folder that is walked through.
struct Walk<'a> {
    root: &'a Path,
    prefix: &'a str,
    secrecy: Secrecy,
    is_state: bool,
}

impl Walk<'_> {
    fn run(
        &self,
        skip: &dyn Fn(&Path) -> bool,
        in_workspace: &dyn Fn(&Path) -> bool,
        found: &mut Found,
    ) -> io::Result<()> {
        let mut waiting = vec![(self.root.to_owned(), 0_usize)];
        while let Some((folder, depth)) = waiting.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if depth == 0 => return Err(error),
                Err(error) => {
                    found.left_out.push(LeftOut::new(self.name(&folder), error.to_string()));
                    continue;
                }
            };
            let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
            paths.sort();
            let passed_over = |path: &Path| (self.is_state && depth == 0 && stays(path)) || skip(path);
            paths.retain(|path| !passed_over(path));
            for path in paths {
                let below = self.look(&path, (depth, in_workspace(&path)), found);
                waiting.extend(below.map(|below| (below, depth + 1)));
            }
        }
        Ok(())
    }

    fn name(&self, path: &Path) -> String {
        let relative = path.strip_prefix(self.root).unwrap_or(path);
        let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        format!("{}{}", self.prefix, parts.join("/"))
    }

    /// Takes a file in, or gives a folder that is to be looked through.
    fn look(&self, path: &Path, (depth, in_workspace): (usize, bool), found: &mut Found) -> Option<PathBuf> {
        let name = self.name(path);
        let mut leave = |why: &str| found.left_out.push(LeftOut::new(name.clone(), why));
        let metadata = match fs::symlink_metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => {
                leave(&error.to_string());
                return None;
            }
        };
        let kind = metadata.file_type();
        if kind.is_symlink() {
            leave("a link; links are not followed");
        } else if kind.is_dir() {
            if path.file_name().is_some_and(|name| MADE_AGAIN.iter().any(|made| name == *made)) {
                leave("can be made again");
            } else if depth >= MAX_DEPTH {
                leave("too deep");
            } else {
                return Some(path.to_owned());
            }
        } else if !kind.is_file() {
            leave("a socket, pipe or device");
        } else if path.to_str().is_none() || !is_plain(&name) {
            leave("a name that other systems cannot have");
        } else if metadata.len() > MAX_FILE {
            leave("larger than 1 GiB");
        } else if found.files.len() >= MAX_FILES {
            leave("too many files");
        } else if self.secrecy == Secrecy::Public && is_secret_file(path) {
            leave(NOT_IN_THE_CLEAR);
        } else if self.secrecy == Secrecy::Public && !in_workspace && is_config_like(path) {
            self.take_redacted(path, name, found);
        } else {
            let origin = Origin::File { path: path.to_owned(), root: self.root.to_owned() };
            let executable = is_executable(&metadata);
            found.files.push(Source { name, origin, bytes: metadata.len(), executable });
        }
        None
    }

    fn take_redacted(&self, path: &Path, name: String, found: &mut Found) {
        let origin = Origin::File { path: path.to_owned(), root: self.root.to_owned() };
        let source = Source { name: name.clone(), origin, bytes: 0, executable: false };
        let text = source.open().and_then(|mut reader| {
            let mut text = String::new();
            io::Read::read_to_string(&mut reader, &mut text).map(|_| text)
        });
        let Ok(text) = text else {
            found.left_out.push(LeftOut::new(name, "cannot be read"));
            return;
        };
        match super::redact::redact(&text, what(&name)) {
            Some(redacted) => {
                found.redacted.extend(redacted.paths.iter().map(|path| format!("{name}: {path}")));
                found.files.push(Source::memory(&name, redacted.text.into_bytes()));
            }
            None => found.left_out.push(LeftOut::new(
                name,
                "cannot be read as JSON5, so nobody can tell what in it is secret; it goes into an encrypted backup",
            )),
        }
    }
}

/// What a file of the state folder is to be taken for: copies of the configuration
/// have its settings at its places.
fn what(name: &str) -> What {
    let relative = name.strip_prefix(STATE).unwrap_or(name);
    let is_copy = relative.starts_with("postern.") || relative.starts_with("config-versions/");
    if is_copy { What::Configuration } else { What::Document }
}

impl Source {
    /// Opens it, unless it became something else since it was looked at.
    pub(super) fn open(&self) -> io::Result<Box<dyn io::Read + Send + '_>> {
        match &self.origin {
            Origin::Memory(bytes) => Ok(Box::new(bytes.as_slice())),
            Origin::File { path, root } => {
                let file = File::open(path)?;
                let (opened, named) = (file.metadata()?, fs::symlink_metadata(path)?);
                // An agent may swap its files for links to others while they are read.
                let in_place = path.canonicalize()? == *path && path.starts_with(root);
                if !named.is_file() || !same_file(&opened, &named) || !in_place {
                    return Err(io::Error::other("it was replaced while it was looked at"));
                }
                Ok(Box::new(io::Read::take(file, MAX_FILE)))
            }
        }
    }
}

#[cfg(unix)]
fn same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Making links takes privileges there.
#[cfg(not(unix))]
fn same_file(one: &Metadata, other: &Metadata) -> bool {
    one.len() == other.len()
}

#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &Metadata) -> bool {
    false
}

/// Whether an entry of the state folder itself is left where it is, by backups
/// and by restores.
///
/// Some disks know no case: `Credentials` is `credentials` there, and an archive
/// may be restored on one.
pub(super) fn stays(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let name = name.to_uppercase().to_lowercase();
    STAYS.contains(&name.as_str()) || STAYS_BEGINNING.iter().any(|beginning| name.starts_with(beginning))
}

/// Files whose names say that they hold keys.
pub(super) fn is_secret_file(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let is_env = (name == ".env" || name.starts_with(".env.")) && !ends(&[".example", ".sample", ".template"]);
    let is_tls = path.components().any(|part| part.as_os_str() == "tls");
    let key_names = ["id_rsa", "id_ed25519", "id_ecdsa", "id_dsa", ".netrc", ".pgpass", ".npmrc", ".git-credentials"];
    is_env
        || is_tls && ends(&[".pem", ".crt", ".cert"])
        || ends(&[".key", "-key.pem", "_key.pem", ".p12", ".pfx", ".kdbx", ".jks"])
        || name == "key.pem"
        || key_names.contains(&name.as_str())
}

/// Files that are or were a configuration, or a part of one.
fn is_config_like(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    [".json", ".json5", ".jsonc", ".bak"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn what_stays_stays_in_any_case() {
        for name in ["credentials", "Credentials", "UPDATE", "Postern.SQLite-wal", "Before-Restore-1", "Bac\u{212A}ups"]
        {
            assert!(stays(Path::new(name)), "{name}");
        }
        assert!(!stays(Path::new("workspace")));
    }

    #[cfg(unix)]
    #[test]
    fn links_sockets_and_what_stays_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        for file in [
            "postern.sqlite-wal",
            "credentials/gateway-token",
            "logs/postern.log",
            "workspace/SOUL.md",
            "a/b.txt",
            "workspace/node_modules/x.js",
            "workspace/.env",
            "backups/old.zip",
            "gateway/tls/gateway-key.pem",
        ] {
            write(&state.join(file), "canary");
        }
        write(&state.join("config-versions/1.json"), r#"{"gateway":{"auth":{"token":"canary"}}}"#);
        write(&state.join("config-versions/2.json"), "{broken: canary");
        write(&folder.path().join("outside/x.md"), "outside");
        std::os::unix::fs::symlink(state.join("credentials/gateway-token"), state.join("workspace/link")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("outside"), state.join("workspace/folder")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(state.join("s.sock")).unwrap();
        let workspaces =
            [("main".to_owned(), state.join("workspace")), ("far".to_owned(), folder.path().join("outside"))];
        let config_path = state.join("postern.json");
        let wanted = |secrecy| Wanted {
            state_dir: &state,
            config_path: &config_path,
            workspaces: &workspaces,
            with_workspaces: true,
            secrecy,
        };
        let names = |found: &Found| found.files.iter().map(|file| file.name.clone()).collect::<Vec<_>>();
        let public = gather(&wanted(Secrecy::Public)).unwrap();
        let mut sorted = names(&public);
        sorted.sort();
        assert_eq!(
            sorted,
            ["state/a/b.txt", "state/config-versions/1.json", "state/workspace/SOUL.md", "workspace/far/x.md"]
        );
        assert_eq!(public.redacted, ["state/config-versions/1.json: gateway.auth.token"]);
        let mut left: Vec<_> = public.left_out.iter().map(|left| left.what.as_str()).collect();
        left.sort_unstable();
        assert_eq!(
            left,
            [
                "state/config-versions/2.json",
                "state/gateway/tls/gateway-key.pem",
                "state/s.sock",
                "state/workspace/.env",
                "state/workspace/folder",
                "state/workspace/link",
                "state/workspace/node_modules"
            ]
        );
        let all = gather(&wanted(Secrecy::Everything)).unwrap();
        assert!(names(&all).contains(&"state/gateway/tls/gateway-key.pem".to_owned()));
        // Swapped for a link after it was looked at.
        let soul = all.files.iter().find(|file| file.name == "state/workspace/SOUL.md").unwrap();
        fs::remove_file(state.join("workspace/SOUL.md")).unwrap();
        std::os::unix::fs::symlink(state.join("credentials/gateway-token"), state.join("workspace/SOUL.md")).unwrap();
        assert!(soul.open().is_err());
    }
}
