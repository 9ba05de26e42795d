//! The web app as bytes: what `vite build` left in `ui/dist` when this crate was compiled.
//!
//! Without a built app the table is empty and everything still compiles: the gateway then says how to build it.

/// One file of the app.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Path below the root, with forward slashes: `index.html`, `assets/index-Bx3kQ9aT.js`.
    pub path: &'static str,
    /// What it holds, in the one form in which the program carries it.
    pub bytes: &'static [u8],
    /// Whether that form is gzip.
    pub is_packed: bool,
    /// SHA-256 of the bytes, hex.
    pub etag: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/files.rs"));

#[cfg(test)]
mod tests {
    use super::FILES;

    #[test]
    fn table_is_empty_or_a_whole_app() {
        let has = |path: &str| FILES.iter().any(|file| file.path == path);
        assert!(FILES.is_empty() || has("index.html"), "a built app has an index.html");
        for file in FILES {
            assert!(!file.bytes.is_empty(), "{} is empty", file.path);
            assert_eq!(file.etag.len(), 64, "{} has no SHA-256", file.path);
            assert_eq!(file.is_packed, file.bytes.starts_with(&[0x1f, 0x8b]), "{}", file.path);
        }
    }

    #[test]
    fn paths_stay_below_the_root() {
        for file in FILES {
            assert!(!file.path.starts_with('/') && !file.path.contains(".."), "{}", file.path);
        }
    }
}
