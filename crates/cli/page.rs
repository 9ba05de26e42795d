//! The gateway's page, and how the browser gets there signed in.
//!
//! The token must be in no process argument, where every user of the machine can
//! read it, so the browser is started with the path of a file that only this user
//! can read, and that file leads on. A setup code in the argument was the other
//! way: it works once and for minutes only, but another user who is faster would
//! be the one it lets in, and what it grants is less than the page needs. The
//! page takes the token out of its address as soon as it has read it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use postern_gateway::config::{GatewayMode, RemoteTransport};
use postern_gateway::private;
use postern_gateway::secrets::Secret;
use postern_gateway::state_folder::Holder;
use serde_json::json;

use crate::credentials::Credentials;
use crate::endpoint;
use crate::env::{Settings, home};
use crate::exit::{Exit, Failure, Outcome};
use crate::local;
use crate::serve::signals;

/// How long a browser has to read the file.
const READ_WITHIN: Duration = Duration::from_secs(10);
/// Between two looks whether the browser could not be started.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Browsers from here see nothing of hidden folders, the state folder included.
const CONFINED: &str = "/snap/bin";
/// How the file's name begins, so that one that stayed is known again.
const PREFIX: &str = "postern-sign-in-";

/// Where the page is, and what signs in there.
pub(crate) struct Page {
    /// Without any secret.
    pub(crate) url: String,
    token: Option<Secret>,
}

impl Page {
    /// The page of the gateway that the settings name; it must be running.
    pub(crate) async fn of(settings: &Settings) -> Outcome<Self> {
        if let Some(given) = &settings.url {
            let token = settings.token.as_ref().map(|given| given.value.clone());
            return Ok(Self { url: http(&given.value), token });
        }
        let paths = local::paths(settings);
        let config = endpoint::meant(settings, &paths)?;
        if let (GatewayMode::Remote, RemoteTransport::Direct, Some(url)) =
            (config.mode, config.remote.transport, &config.remote.url)
        {
            let given = settings.token.as_ref().map(|given| given.value.clone());
            return Ok(Self { url: http(url), token: given.or_else(|| config.remote.token.clone()) });
        }
        if (config.mode, config.remote.transport) == (GatewayMode::Remote, RemoteTransport::Ssh) {
            // A way that ends with this command would leave the browser with nothing.
            let target = config.remote.ssh_target.as_deref().unwrap_or("user@host");
            return Err(Failure::usage(format!(
                "the gateway is reached through ssh ({target}), and the way to its page has to stay open"
            ))
            .hint(format!("run postern tunnel {target} and open the page that it names")));
        }
        if Holder::alive(&paths.lock()).is_none() {
            return Err(Failure::new(Exit::Unreachable, "no gateway of this profile is running")
                .hint("start it: postern gateway, or the desktop app"));
        }
        let credentials = Credentials::open(settings).await?;
        let secrets = local::secrets(settings, &paths, &credentials).await?;
        let base = &config.control_ui.base_path;
        let url = format!("{}{base}/", http(&local::url(settings, &paths, &config)).trim_end_matches('/'));
        Ok(Self { url, token: secrets.token.map(|given| given.value) })
    }

    /// As secret as the token.
    pub(crate) fn url_with_token(&self) -> String {
        match &self.token {
            // What is after the `#` stays in the browser.
            Some(token) => format!("{}#token={}", self.url, percent(token.expose())),
            None => self.url.clone(),
        }
    }
}

fn http(url: &str) -> String {
    let address = match url.split_once("://") {
        Some(("wss", rest)) => format!("https://{rest}"),
        Some((_, rest)) => format!("http://{rest}"),
        None => format!("http://{url}"),
    };
    format!("{}/", address.trim_end_matches('/'))
}

fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// A file that leads to the page. Gone when this is dropped.
pub(crate) struct Handover {
    path: PathBuf,
}

impl Handover {
    /// Writes the file; nobody but this user can read it at any moment.
    pub(crate) fn write(state_dir: &Path, page: &Page) -> Outcome<Self> {
        let unwritable = |error: std::io::Error| Failure::new(Exit::StateUnwritable, error.to_string());
        let confined = cfg!(target_os = "linux") && Path::new(CONFINED).exists();
        let folder = folder(state_dir, home().filter(|_| confined));
        private::make_folder(&folder).map_err(unwritable)?;
        forget_old(&folder);
        let path = folder.join(format!("{PREFIX}{}.html", &Secret::random().expose()[..16]));
        let mut file = private::options().write(true).create_new(true).open(&path).map_err(unwritable)?;
        let handover = Self { path };
        file.write_all(document(&page.url_with_token()).as_bytes()).map_err(unwritable)?;
        Ok(handover)
    }

    /// Starts the browser and stays until it had time to read the file.
    pub(crate) async fn open(self) -> Outcome {
        let failed = |detail: String| {
            Failure::new(Exit::Failed, format!("the browser cannot be started: {detail}"))
                .hint("postern dashboard --print --with-token prints an address to open by hand")
        };
        let mut browser = browser(&self.path).map_err(|error| failed(error.to_string()))?;
        // Whoever stops this early must not leave the token on the disk.
        let mut signals = signals::listen()?;
        let deadline = Instant::now() + READ_WITHIN;
        let mut ended = None;
        while Instant::now() < deadline {
            if ended.is_none() {
                ended = browser.try_wait().map_err(|error| failed(error.to_string()))?;
            }
            if let Some(status) = ended.filter(|status| !status.success()) {
                return Err(failed(status.to_string()));
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = signals.received() => return Ok(()),
            }
        }
        Ok(())
    }
}

impl Drop for Handover {
    fn drop(&mut self) {
        // What stays is removed by the next start.
        drop(fs::remove_file(&self.path));
    }
}

/// Removes what an earlier start left behind.
pub(crate) fn forget(state_dir: &Path) {
    let folders = [Some(folder(state_dir, None)), home()];
    folders.iter().flatten().for_each(|folder| forget_old(folder));
}

/// Where the file is: in the state folder, or where every browser can read.
fn folder(state_dir: &Path, visible: Option<PathBuf>) -> PathBuf {
    visible.unwrap_or_else(|| state_dir.join("open"))
}

/// Files of a start that was killed before it could remove them. One that is
/// being read right now goes too; its browser has it open or asks again.
fn forget_old(folder: &Path) {
    let old = fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(".html"));
        let age = entry.metadata().ok().and_then(|of| of.modified().ok()).and_then(|at| at.elapsed().ok());
        ours && age.is_some_and(|age| age > READ_WITHIN)
    });
    for entry in old {
        drop(fs::remove_file(entry.path()));
    }
}

fn document(url: &str) -> String {
    // A JSON string is one of JavaScript; `<` could end the element.
    let target = json!(url).to_string().replace('<', "\\u003c");
    format!(
        "<!doctype html><meta charset=utf-8><meta name=referrer content=no-referrer><title>Postern</title>\
         <script>location.replace({target})</script>\n"
    )
}

fn browser(path: &Path) -> std::io::Result<Child> {
    let (program, arguments): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else {
        ("xdg-open", &[])
    };
    let mut command = Command::new(program);
    command.args(arguments).arg(path);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(token: Option<&str>) -> Page {
        Page { url: "http://127.0.0.1:7/".to_owned(), token: token.map(Secret::new) }
    }

    #[test]
    fn the_token_goes_behind_the_hash_and_nowhere_else() {
        assert_eq!(page(Some("a b#</script>")).url_with_token(), "http://127.0.0.1:7/#token=a%20b%23%3C%2Fscript%3E");
        assert_eq!(page(None).url_with_token(), "http://127.0.0.1:7/");
        assert_eq!(page(Some("t")).url, "http://127.0.0.1:7/");
    }

    #[test]
    fn addresses_of_gateways_become_those_of_pages() {
        assert_eq!(http("ws://127.0.0.1:1"), "http://127.0.0.1:1/");
        assert_eq!(http("wss://h/base/"), "https://h/base/");
    }

    #[test]
    fn old_files_go_and_those_of_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let old = std::time::SystemTime::UNIX_EPOCH;
        let make = |name: &str, modified: Option<std::time::SystemTime>| {
            let path = folder.path().join(name);
            let file = fs::File::create(&path).unwrap();
            modified.into_iter().for_each(|modified| file.set_modified(modified).unwrap());
            path
        };
        let (stale, fresh) = (make("postern-sign-in-a.html", Some(old)), make("postern-sign-in-b.html", None));
        let (letter, notes) = (make("letter.html", Some(old)), make("postern-sign-in-notes.txt", Some(old)));
        forget_old(folder.path());
        assert!(!stale.exists() && fresh.exists() && letter.exists() && notes.exists());
    }

    #[test]
    fn confined_browsers_get_a_place_that_they_can_read() {
        let state = Path::new("/home/ada/.postern");
        assert_eq!(super::folder(state, None), state.join("open"));
        assert_eq!(super::folder(state, Some("/home/ada".into())), Path::new("/home/ada"));
    }

    #[test]
    fn the_file_is_private_cannot_be_broken_out_of_and_does_not_stay() {
        let folder = tempfile::tempdir().unwrap();
        let hostile = Page { url: "http://h/</script><script>x".to_owned(), token: None };
        let handover = Handover::write(folder.path(), &hostile).unwrap();
        let text = fs::read_to_string(&handover.path).unwrap();
        assert_eq!(text.matches("<script>").count(), 1);
        assert_eq!(text.matches("</script>").count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&handover.path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let path = handover.path.clone();
        drop(handover);
        assert!(!path.exists());
    }
}
