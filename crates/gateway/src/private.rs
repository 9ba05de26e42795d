//! Files and folders for this user alone: folders 0700, files 0600, and a file is
//! there as a whole or as it was before, also when the machine stops in the middle.

#[cfg(unix)]
use std::fs;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// What the names of unfinished files begin with: backups leave them out, and the
/// doctor removes those that a crash left.
pub(crate) const UNFINISHED: &str = ".postern-";

/// Makes a folder, and those above it, that only this user sees. One that is there
/// keeps its rights.
///
/// # Errors
/// What the system said.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Like [`make_folder`]; one that others can look into is closed to them.
///
/// # Errors
/// What the system said.
pub fn tighten_folder(folder: &Path) -> io::Result<()> {
    make_folder(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if fs::metadata(folder)?.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        }
    }
    Ok(())
}

/// The mode of a file or folder that other users have any right to.
#[cfg(unix)]
#[must_use]
pub fn others_may(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// The user's own folders are private on Windows.
#[cfg(not(unix))]
#[must_use]
pub fn others_may(_path: &Path) -> Option<u32> {
    None
}

/// How a file is opened that only this user may read when this creates it. The
/// caller adds what else it wants.
#[must_use]
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes a file whole or not at all, in place of the one that is there; a link is
/// replaced, not followed. Its folder must be there.
///
/// # Errors
/// What the system said; what was there is untouched.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    replace(path, |file| file.write_all(content.as_ref())).map(drop)
}

/// Like [`write()`], with what `fill` writes; the file that is now there.
///
/// # Errors
/// What `fill` or the system said; what was there is untouched.
pub fn replace(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<File> {
    let folder = folder_of(path);
    // Created 0600 by `tempfile`, under a name that nobody can foresee.
    let mut unfinished = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
    fill(unfinished.as_file_mut())?;
    unfinished.as_file().sync_all()?;
    let file = unfinished.persist(path).map_err(|failed| failed.error)?;
    sync_folder(folder)?;
    Ok(file)
}

/// The folder that a file is in.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Makes new names in a folder last: a rename is durable only when its folder is.
///
/// # Errors
/// What the system said.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows writes names with the files, and opens no folders.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes one of very many files last, where [`settle_below`] does not do it for all.
///
/// # Errors
/// What the system said.
pub fn settle(file: &File) -> io::Result<()> {
    if cfg!(target_os = "linux") { Ok(()) } else { file.sync_all() }
}

/// Makes everything below a folder last at once that was given to [`settle`]: one
/// wait for the disk instead of one for each of perhaps tens of thousands of files.
///
/// # Errors
/// What the system said, also about what could not be written until now.
#[cfg(target_os = "linux")]
pub fn settle_below(folder: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(folder)?)?)
}

/// The files last already; what is left are the names in the folder.
///
/// # Errors
/// What the system said.
#[cfg(not(target_os = "linux"))]
pub fn settle_below(folder: &Path) -> io::Result<()> {
    sync_folder(folder)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn folders_and_files_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/b");
        make_folder(&folder).unwrap();
        make_folder(&folder).unwrap();
        assert_eq!((mode(&root.path().join("a")), mode(&folder)), (0o700, 0o700));
        let file = folder.join("file");
        fs::write(&file, "open to all").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        write(&file, "private").unwrap();
        assert_eq!((mode(&file), fs::read_to_string(&file).unwrap().as_str()), (0o600, "private"));
        let new = folder.join("new");
        options().write(true).create_new(true).open(&new).unwrap();
        assert_eq!(mode(&new), 0o600);
        // Somebody's own decision about a folder that is there stands.
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).unwrap();
        make_folder(&folder).unwrap();
        assert_eq!(mode(&folder), 0o750);
        tighten_folder(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
    }

    #[test]
    fn what_fails_half_way_leaves_the_old_file_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("file");
        write(&path, "old").unwrap();
        let failed = replace(&path, |file| {
            file.write_all(b"half of the n")?;
            Err(io::Error::other("no more room"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "no more room");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        let names = |folder: &Path| -> Vec<_> {
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
        };
        assert_eq!(names(root.path()), ["file"]);
        // The rename fails: there is a folder of that name.
        let taken = root.path().join("taken");
        fs::create_dir(&taken).unwrap();
        assert!(write(&taken, "new").is_err());
        let mut left = names(root.path());
        left.sort();
        assert_eq!(left, ["file", "taken"]);
        assert!(write(&root.path().join("missing/file"), "new").is_err());
        assert!(!root.path().join("missing").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_what_it_led_to_stays() {
        let root = tempfile::tempdir().unwrap();
        let (link, other) = (root.path().join("link"), root.path().join("other"));
        fs::write(&other, "of somebody else").unwrap();
        std::os::unix::fs::symlink(&other, &link).unwrap();
        write(&link, "ours").unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "of somebody else");
        assert!(fs::symlink_metadata(&link).unwrap().is_file());
    }

    #[test]
    fn a_bare_name_is_in_this_folder() {
        assert_eq!(folder_of(Path::new("name")), Path::new("."));
        assert_eq!(folder_of(Path::new("a/name")), Path::new("a"));
    }
}
