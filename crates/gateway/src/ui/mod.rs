//! The files of the web app: built into the program, or in a folder that a
//! developer named. What a browser is told about them is up to `wire/ui`.

mod folder;

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use crate::packed::unpack;

/// A file of the web app that is part of the program.
#[derive(Debug, Clone, Copy)]
pub struct UiAsset {
    /// Where it is below the app's root: `index.html`, `assets/app-Bx3kQ9aT.js`.
    pub path: &'static str,
    /// What it holds, in the form in which the program carries it.
    pub bytes: &'static [u8],
    /// Whether that form is gzip.
    pub is_packed: bool,
    /// Hash of what it holds, hex.
    pub etag: &'static str,
}

/// Where the web app's files are.
#[derive(Debug)]
pub struct Ui {
    built_in: &'static [UiAsset],
    root: Mutex<Option<PathBuf>>,
}

/// A file of the web app, as it is served.
#[derive(Debug, Clone)]
pub struct UiFile {
    /// What it holds, as gzip when it is packed.
    pub bytes: Bytes,
    /// Whether it is in gzip form.
    pub is_packed: bool,
    /// Hash of what it holds, hex.
    pub etag: String,
    /// MIME type, by the end of its name.
    pub mime: &'static str,
    /// Whether its name changes with what it holds.
    pub is_immutable: bool,
}

impl UiFile {
    /// The same, readable by everybody.
    ///
    /// # Errors
    /// When the program is damaged.
    pub fn unpacked(self) -> io::Result<Self> {
        if !self.is_packed {
            return Ok(self);
        }
        Ok(Self { bytes: unpack(&self.bytes)?.into(), is_packed: false, ..self })
    }
}

impl Ui {
    /// The files that were built in, or those below `root` in their place.
    #[must_use]
    pub fn new(built_in: &'static [UiAsset], root: Option<PathBuf>) -> Self {
        Self { built_in, root: Mutex::new(root) }
    }

    /// Takes the files from somewhere else from now on.
    pub fn set_root(&self, root: Option<PathBuf>) {
        *self.root.lock().unwrap_or_else(PoisonError::into_inner) = root;
    }

    fn root(&self) -> Option<PathBuf> {
        self.root.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The file at a path that [`is_plain`].
    pub async fn file(&self, path: &str) -> Option<UiFile> {
        // A colon names a drive or a stream on some systems, never one of our files.
        if !is_plain(path) || path.contains(':') {
            return None;
        }
        let Some(root) = self.root() else { return self.built_in(path) };
        let (name, mime) = (path.to_owned(), mime(path));
        // Files are read off the async threads.
        let bytes = tokio::task::spawn_blocking(move || folder::read(&root, &name)).await.ok().flatten()?;
        let etag = folder::hash(&bytes);
        Some(UiFile { bytes: bytes.into(), is_packed: false, etag, mime, is_immutable: false })
    }

    fn built_in(&self, path: &str) -> Option<UiFile> {
        let asset = self.built_in.iter().find(|asset| asset.path == path)?;
        Some(UiFile {
            bytes: Bytes::from_static(asset.bytes),
            is_packed: asset.is_packed,
            etag: asset.etag.to_owned(),
            mime: mime(path),
            is_immutable: has_hash_in_its_name(path),
        })
    }
}

/// Whether a path has only names in it: nothing that leads up or elsewhere, no
/// hidden file, no backslash.
#[must_use]
pub fn is_plain(path: &str) -> bool {
    let plain = |name: &str| {
        !name.is_empty() && !name.starts_with('.') && !name.contains(|c: char| c.is_control() || "\\%".contains(c))
    };
    path.split('/').all(plain)
}

/// Whether the name at the end of a path has an ending, such as `.js`.
#[must_use]
pub fn has_extension(path: &str) -> bool {
    extension(path).is_some()
}

fn extension(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map(|(_, extension)| extension).filter(|extension| !extension.is_empty())
}

/// `assets/NAME-HASH.EXT`, as the build names what never changes.
fn has_hash_in_its_name(path: &str) -> bool {
    let Some(name) = path.strip_prefix("assets/") else { return false };
    let stem = name.split('.').next().unwrap_or(name);
    let hash = |at: usize| &stem.as_bytes()[at + 1..];
    // The hash itself may contain the dash.
    let mut dashes = stem.bytes().enumerate().filter(|(_, byte)| *byte == b'-').map(|(at, _)| at);
    dashes.any(|at| {
        let is_hash = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
        hash(at).len() == 8 && hash(at).iter().all(is_hash)
    })
}

/// MIME type of a file by the end of its name.
#[must_use]
pub(crate) fn mime(path: &str) -> &'static str {
    match extension(path).map(str::to_ascii_lowercase).as_deref() {
        Some("html" | "htm") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json; charset=utf-8",
        Some("webmanifest") => "application/manifest+json; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("avif") => "image/avif",
        Some("gif") => "image/gif",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("woff") => "font/woff",
        Some("ttf") => "font/ttf",
        Some("wasm") => "application/wasm",
        Some("xml") => "text/xml; charset=utf-8",
        Some("csv") => "text/csv; charset=utf-8",
        Some("md") => "text/markdown; charset=utf-8",
        Some("pdf") => "application/pdf",
        Some("mp4" | "m4v") => "video/mp4",
        Some("webm") => "video/webm",
        Some("mov") => "video/quicktime",
        Some("mp3") => "audio/mpeg",
        Some("m4a") => "audio/mp4",
        Some("wav") => "audio/wav",
        Some("ogg" | "oga") => "audio/ogg",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_looked_up() {
        for path in ["index.html", "assets/app-Bx3kQ9aT.js", "a b/c", "ü.svg", "chat/agent:main:main"] {
            assert!(is_plain(path), "{path}");
        }
        let bad = ["", "/", "/etc/passwd", "a//b", "a/", "..", "../a", "a/../b", "./a", ".git/config", "a\\b", "a\0b"];
        for path in bad.into_iter().chain(["a%2fb", "a\nb", "..."]) {
            assert!(!is_plain(path), "{path:?}");
        }
    }

    #[test]
    fn names_with_a_hash_never_change() {
        for path in ["assets/app-Bx3kQ9aT.js", "assets/app-a-b_cd-1.css", "assets/x-12345678.js.map"] {
            assert!(has_hash_in_its_name(path), "{path}");
        }
        for path in ["index.html", "app-Bx3kQ9aT.js", "assets/app.js", "assets/app-short.js", "assets/font.woff2"] {
            assert!(!has_hash_in_its_name(path), "{path}");
        }
    }

    #[test]
    fn what_a_file_is_follows_from_its_name() {
        assert_eq!(mime("a/b.JS"), "text/javascript; charset=utf-8");
        assert_eq!(mime("a.b/c"), "application/octet-stream");
        assert!(has_extension("a/b.c") && !has_extension("a.b/c") && !has_extension("a/b."));
    }
}
