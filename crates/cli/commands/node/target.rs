//! Which gateway this computer is lent to, and what of it. What was said is kept in `node.json`, without secrets, so
//! that the next start needs no words.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use postern_gateway::private;
use postern_node::{BrowserOptions, Capability};
use postern_protocol::DEFAULT_PORT;
use postern_protocol::pairing::{SetupCodeContent, read_setup_code};
use serde::{Deserialize, Serialize};

use super::place;
use crate::args::{NodeRunArgs, OfferArg};
use crate::env::{Given, Settings};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::printable;

/// What is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Kept {
    version: u32,
    /// Gateway; that of the profile when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_fingerprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    without: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    browser: Option<PathBuf>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    browser_allow: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    browser_no_sandbox: bool,
}

/// What was said, now and before.
#[derive(Debug)]
pub(super) struct Target {
    /// Settings that name the gateway.
    pub(super) settings: Settings,
    /// Token of a setup code.
    pub(super) bootstrap: Option<String>,
    kept: Kept,
}

fn path(state_dir: &Path) -> PathBuf {
    place::folder(state_dir).join("node.json")
}

impl Target {
    /// Flags, then what was said before, then the gateway of the profile.
    pub(super) fn of(settings: &Settings, args: &NodeRunArgs) -> Outcome<Self> {
        let mut kept = read(&settings.state_dir)?;
        let mut settings = settings.clone();
        let mut bootstrap = None;
        if let Some(code) = &args.pair {
            let content = read_code(&code_text(code)?)?;
            // Whether it is still good is for the gateway to say, by its own clock.
            kept.tls_fingerprint = content.tls_fingerprint;
            kept.url = Some(content.url);
            bootstrap = Some(content.bootstrap_token);
        } else if let Some(url) = address(args)? {
            kept.tls_fingerprint = settings.tls_fingerprint.as_ref().map(|given| given.value.clone());
            kept.url = Some(url);
        } else if let Some(given) = &settings.url {
            kept.tls_fingerprint = settings.tls_fingerprint.as_ref().map(|given| given.value.clone());
            kept.url = Some(given.value.clone());
        } else if let Some(given) = &settings.tls_fingerprint {
            kept.tls_fingerprint = Some(given.value.clone());
        }
        if let Some(url) = &kept.url {
            settings.url = Some(Given { value: url.clone(), by: "the gateway of this node".to_owned() });
        }
        if let Some(fingerprint) = kept.tls_fingerprint.as_ref().filter(|_| settings.tls_fingerprint.is_none()) {
            settings.tls_fingerprint =
                Some(Given { value: fingerprint.clone(), by: "the certificate of this node's gateway".to_owned() });
        }
        kept.take(args)?;
        Ok(Self { settings, bootstrap, kept })
    }

    /// Keeps what was said for the next start.
    pub(super) fn keep(&self) -> Outcome {
        let path = path(&self.settings.state_dir);
        let unwritable =
            |error: std::io::Error| Failure::new(Exit::StateUnwritable, format!("{}: {error}", path.display()));
        let text = serde_json::to_string_pretty(&self.kept).map_err(std::io::Error::other).map_err(unwritable)?;
        keep(&path, &format!("{text}\n")).map_err(unwritable)
    }

    pub(super) fn display_name(&self) -> Option<&str> {
        self.kept.display_name.as_deref()
    }

    pub(super) fn node_id(&self) -> Option<&str> {
        self.kept.node_id.as_deref()
    }

    /// What is not offered.
    pub(super) fn without(&self) -> BTreeSet<Capability> {
        let named = |name: &String| Capability::ALL.into_iter().find(|capability| capability.as_str() == name);
        let mut without: BTreeSet<Capability> = self.kept.without.iter().filter_map(named).collect();
        // `--without system` has always meant both.
        if without.contains(&Capability::System) {
            without.insert(Capability::Notifications);
        }
        without
    }

    pub(super) fn browser(&self) -> BrowserOptions {
        BrowserOptions {
            program: self.kept.browser.clone(),
            allow_private: self.kept.browser_allow.clone(),
            no_sandbox: self.kept.browser_no_sandbox,
        }
    }
}

impl Kept {
    /// Takes over what the flags say.
    fn take(&mut self, args: &NodeRunArgs) -> Outcome {
        self.version = 1;
        let name = |offer: &OfferArg| match offer {
            OfferArg::Browser => Capability::Browser.as_str(),
            OfferArg::Camera => Capability::Camera.as_str(),
            OfferArg::Canvas => Capability::Canvas.as_str(),
            OfferArg::Fs => Capability::Fs.as_str(),
            OfferArg::Location => Capability::Location.as_str(),
            OfferArg::Screen => Capability::Screen.as_str(),
            OfferArg::System => Capability::System.as_str(),
        };
        if !args.without.is_empty() {
            self.without = args.without.iter().map(|offer| name(offer).to_owned()).collect();
        }
        self.display_name = args.display_name.clone().or_else(|| self.display_name.take());
        self.node_id = args.node_id.clone().or_else(|| self.node_id.take());
        if let Some(browser) = &args.browser {
            let browser = std::path::absolute(browser).unwrap_or_else(|_| browser.clone());
            if !browser.is_file() {
                return Err(Failure::usage(format!("--browser: {} is no program", browser.display())));
            }
            self.browser = Some(browser);
        }
        if !args.browser_allow.is_empty() {
            let given = BrowserOptions { allow_private: args.browser_allow.clone(), ..BrowserOptions::default() };
            if let Some(wrong) = given.wrong_host() {
                return Err(Failure::usage(format!("--browser-allow: `{}` is no host", printable(wrong)))
                    .hint("for example nas.local, 127.0.0.1:8080 or [fd00::5]"));
            }
            self.browser_allow = given.allow_private;
        }
        self.browser_no_sandbox |= args.browser_no_sandbox;
        Ok(())
    }
}

/// Nothing is written where it is so already: a node starts also while its disk is full.
fn keep(path: &Path, text: &str) -> std::io::Result<()> {
    if fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        private::make_folder(folder)?;
    }
    private::write(path, text)
}

fn read(state_dir: &Path) -> Outcome<Kept> {
    let path = path(state_dir);
    let Ok(text) = fs::read_to_string(&path) else { return Ok(Kept::default()) };
    serde_json::from_str(&text).map_err(|error| {
        Failure::new(Exit::ConfigInvalid, format!("{}: {error}", path.display()))
            .hint("correct or remove it, and name the gateway again: postern node run --host HOST")
    })
}

/// What the flags say about the gateway, as an address.
fn address(args: &NodeRunArgs) -> Outcome<Option<String>> {
    if args.host.is_none() && args.port.is_none() && !args.tls && args.context_path.is_none() {
        return Ok(None);
    }
    let host = args.host.as_deref().map_or("127.0.0.1", str::trim);
    let is_plain = !host.is_empty() && !host.chars().any(|c| c.is_whitespace() || "/?#@".contains(c));
    if !is_plain {
        return Err(
            Failure::usage("--host: a name or an address, such as desk.local").hint("an address as a whole: --url")
        );
    }
    let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
    let scheme = if args.tls { "wss" } else { "ws" };
    let path = args.context_path.as_deref().map_or("", str::trim).trim_start_matches('/');
    if path.contains(['?', '#']) {
        return Err(Failure::usage("--context-path: a path, such as /gateway"));
    }
    Ok(Some(format!("{scheme}://{host}:{}/{path}", args.port.unwrap_or(DEFAULT_PORT))))
}

fn code_text(code: &str) -> Outcome<String> {
    if code != "-" {
        return Ok(code.to_owned());
    }
    let mut text = String::new();
    let read = std::io::stdin().take(64 * 1024).read_to_string(&mut text);
    read.map(|_| text).map_err(|error| Failure::usage(format!("--pair: standard input: {error}")))
}

fn read_code(code: &str) -> Outcome<SetupCodeContent> {
    let content = read_setup_code(code.trim()).filter(|content| {
        let is_gateway = content.url.starts_with("ws://") || content.url.starts_with("wss://");
        is_gateway && !content.bootstrap_token.is_empty()
    });
    content.ok_or_else(|| {
        Failure::usage("--pair: that is no setup code").hint("postern pair --node on the gateway makes one")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_make_an_address() {
        let args = |host: &str, tls, path: &str| NodeRunArgs {
            host: Some(host.to_owned()),
            tls,
            context_path: Some(path.to_owned()).filter(|path| !path.is_empty()),
            ..NodeRunArgs::default()
        };
        let made = |args: &NodeRunArgs| address(args).unwrap().unwrap();
        assert_eq!(made(&args("desk.local", false, "")), "ws://desk.local:18789/");
        assert_eq!(made(&args("fd00::5", true, "/gateway")), "wss://[fd00::5]:18789/gateway");
        // Proxies tell both apart.
        assert_eq!(made(&args("desk.local", true, "gateway/")), "wss://desk.local:18789/gateway/");
        assert_eq!(address(&NodeRunArgs::default()).unwrap(), None);
        for wrong in ["", "a b", "http://x", "u@h", "h?x"] {
            assert!(address(&args(wrong, false, "")).is_err(), "{wrong}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_was_said_before_is_not_written_again() {
        use std::os::unix::fs::MetadataExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node/node.json");
        let file = || std::fs::metadata(&path).unwrap().ino();
        keep(&path, "a").unwrap();
        let first = file();
        // Whatever is written there takes the place of the file.
        let held = std::fs::File::open(&path).unwrap();
        keep(&path, "a").unwrap();
        assert_eq!(file(), first);
        keep(&path, "b").unwrap();
        assert_ne!(file(), first);
        drop(held);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "b");
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for wrong in ["", "hello", "e30"] {
            assert_eq!(read_code(wrong).unwrap_err().exit, Exit::Usage, "{wrong}");
        }
    }
}
