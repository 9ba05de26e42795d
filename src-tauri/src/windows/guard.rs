//! Where the window may go: to the gateway's own origin and to the page that is
//! part of this program, nowhere else. What a model writes can become a link or a
//! script; neither must lead anywhere.

use std::path::{Path, PathBuf};

use tauri::Url;

/// What becomes of a navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It happens.
    Allow,
    /// It does not.
    Deny,
    /// It is a button of this program's own page.
    Shell(Wish),
}

/// Buttons of this program's own page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Start the gateway again.
    Retry,
    /// Show the log.
    Logs,
    /// Open the browser.
    Browser,
}

/// Judges a navigation of the window; `page` is the gateway's page while it is
/// shown. The buttons count only while it is not.
pub(super) fn navigation(url: &Url, page: Option<&Url>) -> Verdict {
    match page {
        // A file that the page made itself, about to be saved, goes this way too.
        Some(page) if url.origin() == page.origin() && (is_web(url) || url.scheme() == "blob") => Verdict::Allow,
        Some(_) => Verdict::Deny,
        // Only this program leads the window here.
        None if is_own(url) => Verdict::Allow,
        None => match (url.scheme(), url.path()) {
            ("postern-shell", "retry") => Verdict::Shell(Wish::Retry),
            ("postern-shell", "logs") => Verdict::Shell(Wish::Logs),
            ("postern-shell", "browser") => Verdict::Shell(Wish::Browser),
            _ => Verdict::Deny,
        },
    }
}

/// Pages that only this program leads the window to.
pub(super) fn is_own(url: &Url) -> bool {
    match url.scheme() {
        "about" => url.as_str() == "about:blank",
        "tauri" => url.host_str() == Some("localhost"),
        // As Windows has it.
        "http" | "https" => url.host_str() == Some("tauri.localhost") && url.port().is_none(),
        _ => false,
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// Whether a link that wants a window of its own may open outside.
pub(super) fn may_leave(url: &Url) -> bool {
    (is_web(url) && url.host_str().is_some_and(|host| !host.is_empty())) || url.scheme() == "mailto"
}

/// Whether something may be saved: what the page made itself, or the gateway has.
pub(super) fn may_download(url: &Url, page: Option<&Url>) -> bool {
    let Some(page) = page else { return false };
    // The origin of a blob is that of the page that made it.
    url.scheme() == "data" || url.origin() == page.origin()
}

/// A name in `folder` that is not taken, made of the last part of what was asked for.
pub(super) fn free_name(folder: &Path, asked: &Path) -> PathBuf {
    let name = asked.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // Nothing that hides or turns around what the name ends in.
    let hides =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let kept =
        |c: char| !c.is_control() && !hides(c) && !matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let name: String = name.chars().filter(|c| kept(*c)).take(128).collect();
    let name = name.trim_matches(['.', ' ']);
    let name = if name.is_empty() { "download" } else { name };
    let (stem, end) = match name.split_once('.') {
        Some((stem, end)) => (stem, format!(".{end}")),
        None => (name, String::new()),
    };
    let numbered = (1..1_000).map(|number| folder.join(format!("{stem} ({number}){end}")));
    let mut names = std::iter::once(folder.join(name)).chain(numbered);
    // A link that leads nowhere is taken too.
    names.find(|path| path.symlink_metadata().is_err()).unwrap_or_else(|| folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn only_the_gateway_and_the_own_page_are_shown() {
        let page = url("http://127.0.0.1:18789/");
        for allowed in
            ["http://127.0.0.1:18789/", "http://127.0.0.1:18789/#/chat/a", "blob:http://127.0.0.1:18789/6a0b"]
        {
            assert_eq!(navigation(&url(allowed), Some(&page)), Verdict::Allow, "{allowed}");
        }
        for own in ["tauri://localhost/index.html#state=failed", "http://tauri.localhost/index.html", "about:blank"] {
            assert_eq!(navigation(&url(own), None), Verdict::Allow, "{own}");
            assert_eq!(navigation(&url(own), Some(&page)), Verdict::Deny, "{own}");
        }
        for denied in [
            "http://127.0.0.1:18790/",
            "http://localhost:18789/",
            "https://127.0.0.1:18789/",
            "http://127.0.0.1:18789@evil.example/",
            "https://example.com/",
            "file:///etc/passwd",
            "data:text/html,x",
            "javascript:alert(1)",
            "blob:https://example.com/1",
            "blob:http://127.0.0.1:18790/6a0b",
            "tauri://evil/",
            "http://tauri.localhost:8080/",
            "postern-shell:retry",
            "postern://pair",
            "about:srcdoc",
        ] {
            assert_eq!(navigation(&url(denied), Some(&page)), Verdict::Deny, "{denied}");
        }
    }

    #[test]
    fn buttons_count_only_on_the_own_page() {
        assert_eq!(navigation(&url("postern-shell:retry"), None), Verdict::Shell(Wish::Retry));
        assert_eq!(navigation(&url("postern-shell:logs"), None), Verdict::Shell(Wish::Logs));
        assert_eq!(navigation(&url("postern-shell:browser"), None), Verdict::Shell(Wish::Browser));
        assert_eq!(navigation(&url("postern-shell:quit"), None), Verdict::Deny);
        assert_eq!(navigation(&url("http://127.0.0.1:18789/"), None), Verdict::Deny);
    }

    #[test]
    fn links_and_downloads_have_their_own_rules() {
        assert!(may_leave(&url("https://example.com/a")) && may_leave(&url("mailto:a@example.com")));
        for stays in ["file:///etc/passwd", "postern://pair", "javascript:1", "vscode://x", "smb://h/x"] {
            assert!(!may_leave(&url(stays)), "{stays}");
        }
        let page = url("http://127.0.0.1:1/");
        assert!(may_download(&url("blob:http://127.0.0.1:1/6a"), Some(&page)));
        assert!(may_download(&url("data:text/csv,a"), Some(&page)));
        assert!(!may_download(&url("https://example.com/x.exe"), Some(&page)));
        assert!(!may_download(&url("blob:http://127.0.0.1:1/6a"), None));
    }

    #[test]
    fn saved_files_stay_in_their_folder_and_replace_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let name = |asked: &str| {
            let path = free_name(folder.path(), Path::new(asked));
            assert_eq!(path.parent(), Some(folder.path()));
            path.file_name().unwrap().to_string_lossy().into_owned()
        };
        assert_eq!(name("/tmp/../../etc/passwd"), "passwd");
        assert_eq!(name("..\\..\\x.csv"), "x.csv".to_owned());
        assert_eq!(name(".bashrc"), "bashrc");
        assert_eq!(name("/"), "download");
        std::fs::write(folder.path().join("usage.tar.gz"), "").unwrap();
        assert_eq!(name("usage.tar.gz"), "usage (1).tar.gz");
        assert_eq!(name("report\u{202e}fdp.exe"), "reportfdp.exe");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/nowhere", folder.path().join("link.csv")).unwrap();
            assert_eq!(name("link.csv"), "link (1).csv");
        }
    }
}
