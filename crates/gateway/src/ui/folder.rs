//! The folder that takes the place of the built-in files
//! (`gateway.controlUi.root`).

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use postern_protocol::hex::hex;
use sha2::{Digest as _, Sha256};

/// Largest file that is served, bytes.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// The file at `path` below `root`. A link that leads out of the folder leads
/// nowhere. Blocks.
pub(super) fn read(root: &Path, path: &str) -> Option<Vec<u8>> {
    let root = root.canonicalize().ok()?;
    let file = root.join(path).canonicalize().ok()?;
    let facts = file.metadata().ok()?;
    if !file.starts_with(&root) || !facts.is_file() || facts.len() > MAX_BYTES {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(file).ok()?.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

pub(super) fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_and_folders_are_not() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("assets")).unwrap();
        std::fs::write(root.path().join("assets/a.js"), "a").unwrap();
        assert_eq!(read(root.path(), "assets/a.js").as_deref(), Some(&b"a"[..]));
        assert_eq!(read(root.path(), "assets"), None);
        assert_eq!(read(root.path(), "assets/b.js"), None);
        assert_eq!(read(&root.path().join("gone"), "assets/a.js"), None);
    }

    #[cfg(unix)]
    #[test]
    fn links_that_leave_the_folder_lead_nowhere() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret.txt"), "s").unwrap();
        let root = tempfile::tempdir().unwrap();
        let link = |target: &Path, name: &str| std::os::unix::fs::symlink(target, root.path().join(name)).unwrap();
        std::fs::write(root.path().join("real.txt"), "r").unwrap();
        link(&outside.path().join("secret.txt"), "file.txt");
        link(outside.path(), "folder");
        link(&root.path().join("real.txt"), "inside.txt");
        assert_eq!(read(root.path(), "file.txt"), None);
        assert_eq!(read(root.path(), "folder/secret.txt"), None);
        assert_eq!(read(root.path(), "inside.txt").as_deref(), Some(&b"r"[..]));
    }
}
