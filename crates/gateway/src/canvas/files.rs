//! What is below the root of the canvas. Agents write there, so nothing in it is
//! trusted: every access is kept below by the system itself, links and all.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use postern_tools::{Workspace, WorkspaceError};

use super::refusal;
use crate::private;
use crate::ui::mime;

/// What a folder shows.
const INDEX: &str = "index.html";
/// Largest page that a script is put into; larger ones are served as they are.
const MAX_PAGE: u64 = 4 * 1024 * 1024;
/// What a new canvas shows.
const WELCOME: &str = include_str!("page/welcome.html");

/// What a path leads to.
#[derive(Debug)]
pub enum Found {
    /// A page, whole.
    Page(Vec<u8>),
    /// A file that is to be read while it is sent.
    File(OpenFile),
    /// A folder with an index, named without a slash.
    FolderWithoutSlash,
    /// A folder without an index.
    NoIndex,
    /// Nothing that is served.
    Nothing,
}

/// An open file.
#[derive(Debug)]
pub struct OpenFile {
    /// The file.
    pub file: File,
    /// Bytes in it.
    pub len: u64,
    /// MIME type, by the end of its name.
    pub mime: &'static str,
}

/// The first files of a canvas, as they were before anybody changed them.
pub(crate) fn first_files() -> Vec<(String, String)> {
    vec![(INDEX.to_owned(), WELCOME.to_owned())]
}

/// Makes the root with its first page, where it is missing or empty. Blocks.
pub(super) fn make(root: &Path) -> io::Result<()> {
    private::make_folder(root)?;
    if std::fs::read_dir(root)?.next().is_some() {
        return Ok(());
    }
    match private::options().write(true).create_new(true).open(root.join(INDEX)) {
        Ok(mut file) => io::Write::write_all(&mut file, WELCOME.as_bytes()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Looks up a plain path; one that is empty or ends with a slash is a folder.
/// Blocks.
pub(super) fn find((root, state_dir): (&Path, &Path), path: &str) -> Found {
    let opened = make(root).and_then(|()| Workspace::open(root));
    let workspace = match opened {
        // It may be a link by now.
        Ok(workspace) if refusal(workspace.root(), state_dir).is_some() => return Found::Nothing,
        Ok(workspace) => workspace,
        Err(error) => {
            tracing::warn!(%error, "The folder of the canvas cannot be opened.");
            return Found::Nothing;
        }
    };
    if path.is_empty() || path.ends_with('/') {
        return match open(&workspace, &format!("{path}{INDEX}")) {
            Ok(found) => found,
            Err(_) => Found::NoIndex,
        };
    }
    match open(&workspace, path) {
        Ok(found) => found,
        Err(WorkspaceError::IsFolder(_)) => match workspace.open_for_reading(&format!("{path}/{INDEX}")) {
            Ok(_) => Found::FolderWithoutSlash,
            Err(_) => Found::NoIndex,
        },
        Err(_) => Found::Nothing,
    }
}

fn open(workspace: &Workspace, path: &str) -> Result<Found, WorkspaceError> {
    let (file, about) = workspace.open_for_reading(path)?;
    let (mime, len) = (mime(path), about.len());
    if !mime.starts_with("text/html") || len > MAX_PAGE {
        return Ok(Found::File(OpenFile { file, len, mime }));
    }
    let mut page = Vec::new();
    // It may have grown since.
    file.take(MAX_PAGE).read_to_end(&mut page)?;
    Ok(Found::Page(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(found: &Found) -> &'static str {
        match found {
            Found::Page(_) => "page",
            Found::File(_) => "file",
            Found::FolderWithoutSlash => "folder",
            Found::NoIndex => "no index",
            Found::Nothing => "nothing",
        }
    }

    #[test]
    fn folders_files_and_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("canvas");
        assert_eq!(kind(&find((&root, temp.path()), "")), "page", "the welcome page is made");
        std::fs::create_dir_all(root.join("game/empty")).unwrap();
        std::fs::write(root.join("game/index.html"), "<p>").unwrap();
        std::fs::write(root.join("game/a.js"), "1").unwrap();
        let expect = [
            ("game/", "page"),
            ("game", "folder"),
            ("game/a.js", "file"),
            ("game/empty", "no index"),
            ("game/empty/", "no index"),
            ("game/b.js", "nothing"),
            ("game/a.js/", "no index"),
            ("nowhere/", "no index"),
        ];
        for (path, want) in expect {
            assert_eq!(kind(&find((&root, temp.path()), path)), want, "{path}");
        }
    }

    #[test]
    fn a_large_page_is_not_read_into_memory() {
        let temp = tempfile::tempdir().unwrap();
        let file = File::create(temp.path().join("large.html")).unwrap();
        file.set_len(1 << 40).unwrap();
        assert_eq!(kind(&find((temp.path(), Path::new("/nowhere")), "large.html")), "file");
    }

    #[cfg(unix)]
    #[test]
    fn links_pipes_and_devices_lead_nowhere() {
        use std::os::unix::fs::symlink;
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("canvas");
        make(&root).unwrap();
        std::fs::write(temp.path().join("secret.txt"), "s").unwrap();
        symlink("../secret.txt", root.join("file.txt")).unwrap();
        symlink("..", root.join("up")).unwrap();
        symlink("/etc", root.join("etc")).unwrap();
        symlink("/dev/zero", root.join("zero")).unwrap();
        symlink("index.html", root.join("inside.html")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, root.join("pipe"), rustix::fs::Mode::RUSR).unwrap();
        for path in ["file.txt", "up/secret.txt", "etc/passwd", "zero", "pipe"] {
            assert_eq!(kind(&find((&root, temp.path()), path)), "nothing", "{path}");
        }
        assert_eq!(kind(&find((&root, temp.path()), "inside.html")), "page");
    }
}
