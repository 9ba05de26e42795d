//! An open folder, and access to what is below it that no link and no rename can lead elsewhere.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

/// Links followed on one path, as in the kernel.
const MAX_LINKS: usize = 40;

/// What a name stands for, links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    File,
    Folder,
    Link,
    Other,
}

/// Facts about a name, links not followed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) kind: Kind,
    pub(super) size: u64,
    /// Permission bits.
    pub(super) mode: u32,
}

/// An open folder.
#[derive(Debug)]
pub(super) struct Folder(OwnedFd);

impl Folder {
    /// The folder at `path`, which must not be a link itself.
    pub(super) fn open_root(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::open(path, flags, Mode::empty())?))
    }

    /// Opens what is at `path` for reading. Follows links that stay below. The caller asks what it got: with
    /// `NONBLOCK` a pipe does not block the open, and with `NOCTTY` a terminal does not become ours.
    pub(super) fn open_file(&self, path: &Path) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        Ok(File::from(open_below(self.0.as_fd(), path, flags)?))
    }

    /// The folder at `path`. Follows links that stay below.
    pub(super) fn open_folder(&self, path: &Path) -> io::Result<Self> {
        Ok(Self(open_below(self.0.as_fd(), path, OFlags::RDONLY | OFlags::DIRECTORY)?))
    }

    /// The folder `name` in this one, created where it is missing.
    pub(super) fn enter_or_create(&self, name: &str) -> io::Result<Self> {
        match rustix::fs::mkdirat(&self.0, name, Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(Errno::EXIST) => self.open_folder(Path::new(name)),
            Err(error) => Err(error.into()),
        }
    }

    /// The folder `name` in this one; a link is refused.
    pub(super) fn child_folder(&self, name: &OsStr) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::openat(&self.0, name, flags, Mode::empty())?))
    }

    /// The file `name` in this folder; a link is refused, and the caller asks what it got.
    pub(super) fn child_file(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(rustix::fs::openat(&self.0, name, flags, Mode::empty())?))
    }

    /// What is called `name` here.
    pub(super) fn facts(&self, name: &OsStr) -> io::Result<Facts> {
        let stat = rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?;
        let kind = kind_of(FileType::from_raw_mode(stat.st_mode)).unwrap_or(Kind::Other);
        #[expect(clippy::allow_attributes, reason = "these fields have other types on other systems")]
        #[allow(clippy::unnecessary_cast, clippy::useless_conversion)]
        let (size, mode) = (u64::try_from(stat.st_size).unwrap_or(0), u32::from(stat.st_mode) & 0o7777);
        Ok(Facts { kind, size, mode })
    }

    /// Where the link `name` points to.
    pub(super) fn link_target(&self, name: &OsStr) -> io::Result<OsString> {
        let target = rustix::fs::readlinkat(&self.0, name, Vec::new())?;
        Ok(OsStr::from_bytes(target.as_bytes()).to_owned())
    }

    /// Names in this folder with their kinds, at most `limit`, unsorted; and whether there are more.
    pub(super) fn names(&self, limit: usize) -> io::Result<(Vec<(OsString, Kind)>, bool)> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            if names.len() == limit {
                return Ok((names, true));
            }
            // Some file systems do not tell the kind here.
            let kind = match kind_of(entry.file_type()) {
                Some(kind) => kind,
                None => self.facts(name).map_or(Kind::Other, |facts| facts.kind),
            };
            names.push((name.to_owned(), kind));
        }
        Ok((names, false))
    }

    /// A new file that did not exist before.
    pub(super) fn create_new(&self, name: &str, mode: u32) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(&self.0, name, flags, Mode::from_raw_mode(0o600))?);
        rustix::fs::fchmod(&file, Mode::from_bits_truncate(mode as rustix::fs::RawMode))?;
        Ok(file)
    }

    /// Gives the file `from` the name `to`, replacing what had it.
    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.0, from, &self.0, to)?)
    }

    /// Removes the file `name`.
    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }
}

/// Whether resolving a path led out of the folder, or round in a circle of links.
pub(super) fn leads_out(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::XDEV | Errno::LOOP))
}

/// Whether opening failed because the thing is a socket or a device without a driver.
pub(super) fn is_unopenable(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::NXIO | Errno::NODEV | Errno::OPNOTSUPP))
}

fn kind_of(file_type: FileType) -> Option<Kind> {
    match file_type {
        FileType::RegularFile => Some(Kind::File),
        FileType::Directory => Some(Kind::Folder),
        FileType::Symlink => Some(Kind::Link),
        FileType::Unknown => None,
        _ => Some(Kind::Other),
    }
}

fn open_below(root: BorrowedFd<'_>, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
    #[cfg(target_os = "linux")]
    match open_by_kernel(root, path, flags) {
        // A kernel before 5.6, or a sandbox that does not know the call.
        Err(Errno::NOSYS | Errno::PERM) => {}
        other => return Ok(other?),
    }
    Ok(walk(root, path, flags)?)
}

#[cfg(target_os = "linux")]
fn open_by_kernel(root: BorrowedFd<'_>, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    use rustix::fs::ResolveFlags;
    // The kernel answers EAGAIN when something was renamed while it resolved a `..` of a link.
    const ATTEMPTS: usize = 16;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    for _ in 1..ATTEMPTS {
        match rustix::fs::openat2(root, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve) {
            Err(Errno::AGAIN) => {}
            other => return other,
        }
    }
    rustix::fs::openat2(root, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve)
}

/// The same in steps: one name at a time, never following a link, but resolving it here. The stack of open folders
/// makes `..` of a link go back the way we came, so a folder that is moved meanwhile leads nowhere new.
fn walk(root: BorrowedFd<'_>, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let mut stack: Vec<OwnedFd> = Vec::new();
    let mut pending = components(path)?;
    let mut links = 0;
    while let Some(name) = pending.pop_front() {
        if name == ".." {
            stack.pop().ok_or(Errno::XDEV)?;
            continue;
        }
        let here = stack.last().map_or(root, AsFd::as_fd);
        let last = pending.is_empty();
        let wanted = if last { flags } else { OFlags::RDONLY | OFlags::DIRECTORY };
        let error = match rustix::fs::openat(here, &name, wanted | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()) {
            Ok(file) if last => return Ok(file),
            Ok(folder) => {
                stack.push(folder);
                continue;
            }
            Err(error) => error,
        };
        // A link is told by different errors on different systems, so the link itself is asked.
        let target = rustix::fs::readlinkat(here, &name, Vec::new()).map_err(|_| error)?;
        links += 1;
        if links > MAX_LINKS {
            return Err(Errno::LOOP);
        }
        let target = components(Path::new(OsStr::from_bytes(target.as_bytes())))?;
        target.into_iter().rev().for_each(|part| pending.push_front(part));
    }
    let here = stack.last().map_or(root, AsFd::as_fd);
    rustix::fs::openat(here, ".", flags | OFlags::CLOEXEC, Mode::empty())
}

/// Names and `..` of a relative path; an absolute one leads out.
fn components(path: &Path) -> Result<VecDeque<OsString>, Errno> {
    let mut parts = VecDeque::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => parts.push_back(name.to_owned()),
            Component::ParentDir => parts.push_back("..".into()),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return Err(Errno::XDEV),
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::fs::symlink;
    use std::sync::atomic::{AtomicBool, Ordering};

    type Opener = fn(BorrowedFd<'_>, &Path, OFlags) -> Result<OwnedFd, Errno>;

    /// Both ways to open, where the system has both.
    fn openers() -> Vec<Opener> {
        let mut openers: Vec<Opener> = vec![walk];
        #[cfg(target_os = "linux")]
        openers.push(open_by_kernel);
        openers
    }

    #[test]
    fn links_are_followed_while_they_stay_below() {
        let temp = tempfile::tempdir().expect("temp dir");
        let root = temp.path().join("root");
        std::fs::create_dir_all(root.join("a/b")).expect("folders");
        std::fs::write(root.join("a/file"), "inside").expect("file");
        std::fs::write(temp.path().join("secret"), "outside").expect("file");
        for (link, target) in [
            ("to_file", "a/file"),
            ("a/b/up", "../file"),
            ("to_a", "a"),
            ("chain", "to_a/b/up"),
            ("out", "../secret"),
            ("out_abs", "/etc/passwd"),
            ("to_root_abs", "/"),
            ("loop", "loop"),
            ("a/b/far", "../../../secret"),
            ("climb", "a/../../secret"),
            ("nowhere", "gone"),
        ] {
            symlink(target, root.join(link)).expect("symlink");
        }
        let folder = Folder::open_root(&root).expect("root");
        for open in openers() {
            for path in ["a/file", "to_file", "a/b/up", "to_a/file", "chain", "to_a/b/../file"] {
                let mut text = String::new();
                let file = open(folder.0.as_fd(), Path::new(path), OFlags::RDONLY).expect(path);
                File::from(file).read_to_string(&mut text).expect("read");
                assert_eq!(text, "inside", "{path}");
            }
            for path in [
                "out",
                "out_abs",
                "to_root_abs/etc/passwd",
                "a/b/far",
                "climb",
                "../secret",
                "/etc/passwd",
                "to_a/../../secret",
            ] {
                let refused = open(folder.0.as_fd(), Path::new(path), OFlags::RDONLY).expect_err(path);
                assert_eq!(refused, Errno::XDEV, "{path}");
            }
            assert_eq!(open(folder.0.as_fd(), Path::new("loop"), OFlags::RDONLY).expect_err("loop"), Errno::LOOP);
            assert_eq!(open(folder.0.as_fd(), Path::new("nowhere"), OFlags::RDONLY).expect_err("gone"), Errno::NOENT);
            assert_eq!(open(folder.0.as_fd(), Path::new("a/file/x"), OFlags::RDONLY).expect_err("file"), Errno::NOTDIR);
        }
    }

    /// How often it is looked at least.
    const ROUNDS: usize = 4_000;

    fn swap_until(root: &Path, done: &AtomicBool) {
        let mut targets = ["../outside", "inside"].iter().cycle();
        while let (false, Some(target)) = (done.load(Ordering::Relaxed), targets.next()) {
            symlink(target, root.join("next")).expect("symlink");
            std::fs::rename(root.join("next"), root.join("door")).expect("rename");
        }
    }

    #[test]
    fn a_link_swapped_during_access_never_shows_the_outside() {
        let temp = tempfile::tempdir().expect("temp dir");
        let root = temp.path().join("root");
        std::fs::create_dir_all(root.join("inside")).expect("folders");
        std::fs::create_dir_all(temp.path().join("outside")).expect("folders");
        std::fs::write(root.join("inside/file"), "inside").expect("file");
        std::fs::write(temp.path().join("outside/file"), "outside").expect("file");
        symlink("inside", root.join("door")).expect("symlink");
        let folder = Folder::open_root(&root).expect("root");
        let done = AtomicBool::new(false);
        let mut seen = 0;
        let openers = openers();
        std::thread::scope(|scope| {
            scope.spawn(|| swap_until(&root, &done));
            let mut looks = (0..ROUNDS * 1_000).zip(openers.iter().cycle());
            // On until the other thread has had its turn.
            while let Some((_, open)) = looks.next().filter(|(round, _)| *round < ROUNDS || seen == 0) {
                let file = open(folder.0.as_fd(), Path::new("door/file"), OFlags::RDONLY);
                let text = file.map(|file| std::io::read_to_string(File::from(file)).expect("read"));
                seen += usize::from(text.is_ok());
                assert_ne!(text.as_deref(), Ok("outside"));
            }
            done.store(true, Ordering::Relaxed);
        });
        assert!(seen > 0, "the link never pointed inside");
    }
}
