//! `gateway.controlUi`, and what else is about the page: where it is shown and how.

use std::path::PathBuf;

use serde::Serialize;

use super::raw::{EmbedSandbox, RawControlUi, RawEnvironment};
use super::resolve::Notes;

/// Longest text of the mark.
const MAX_LABEL: usize = 40;

/// The web page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlUi {
    /// Whether it is served.
    pub enabled: bool,
    /// Path prefix: empty, or `/name` without a slash at the end.
    pub base_path: String,
    /// Folder with its files, in place of those that are part of the program.
    pub root: Option<PathBuf>,
    /// Browser origins besides the gateway's own, lower case, no slash at the end.
    pub allowed_origins: Vec<String>,
    /// Sign-in without a device identity over plain HTTP.
    pub allow_insecure_auth: bool,
    /// No device identity is asked of the page at all.
    pub dangerously_disable_device_auth: bool,
    /// An origin that equals the Host header is accepted.
    pub dangerously_allow_host_header_origin_fallback: bool,
    /// What embedded pages may do.
    pub embed_sandbox: EmbedSandbox,
    /// A mark that tells several gateways apart.
    pub environment: Option<Environment>,
}

/// A mark on the page that tells several gateways apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Environment {
    /// What it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its colour, as CSS writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
}

impl Notes {
    pub(super) fn control_ui(&mut self, raw: &RawControlUi) -> ControlUi {
        let base_path = raw.base_path.as_deref().unwrap_or_default().trim().trim_end_matches('/');
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
        let usable = base_path.is_empty()
            || (base_path.starts_with('/') && base_path.bytes().all(plain) && !base_path.contains("//"));
        if !usable {
            self.problem("gateway.controlUi.basePath", "must be a path such as /postern");
        }
        let root = raw.root.as_deref().map(str::trim).filter(|root| !root.is_empty()).map(PathBuf::from);
        let root = root.filter(|root| {
            if !root.is_absolute() {
                self.problem("gateway.controlUi.root", "must be the whole path of a folder, such as /srv/postern-ui");
            }
            root.is_absolute()
        });
        let mut allowed_origins = Vec::new();
        for (index, origin) in raw.allowed_origins.iter().flatten().enumerate() {
            let origin = origin.trim().trim_end_matches('/').to_ascii_lowercase();
            if origin == "*" || is_origin(&origin) {
                allowed_origins.push(origin);
            } else {
                let path = format!("gateway.controlUi.allowedOrigins[{index}]");
                self.problem(path, "must be an origin such as https://host:8443, without a path");
            }
        }
        ControlUi {
            enabled: raw.enabled.unwrap_or(true),
            base_path: if usable { base_path.to_owned() } else { String::new() },
            root,
            allowed_origins,
            allow_insecure_auth: raw.allow_insecure_auth.unwrap_or(false),
            dangerously_disable_device_auth: raw.dangerously_disable_device_auth.unwrap_or(false),
            dangerously_allow_host_header_origin_fallback: raw
                .dangerously_allow_host_header_origin_fallback
                .unwrap_or(false),
            embed_sandbox: raw.embed_sandbox.unwrap_or_default(),
            environment: self.environment(&raw.environment),
        }
    }

    fn environment(&mut self, raw: &RawEnvironment) -> Option<Environment> {
        let label = raw.label.as_deref().map(str::trim).filter(|label| !label.is_empty());
        let usable = |label: &&str| label.chars().count() <= MAX_LABEL && !label.chars().any(char::is_control);
        if label.is_some_and(|label| !usable(&label)) {
            self.problem("gateway.controlUi.environment.label", "must be up to 40 characters");
        }
        let color = raw.color.as_deref().map(str::trim).filter(|color| !color.is_empty());
        if color.is_some_and(|color| !is_color(color)) {
            self.problem("gateway.controlUi.environment.color", "must be a CSS name such as red, or #rrggbb");
        }
        let label = label.filter(usable).map(str::to_owned);
        let color = color.filter(|color| is_color(color)).map(str::to_owned);
        (label.is_some() || color.is_some()).then_some(Environment { label, color })
    }

    pub(super) fn public_origin(&mut self, written: Option<&str>) -> Option<String> {
        let origin = written?.trim().trim_end_matches('/').to_ascii_lowercase();
        let usable = is_origin(&origin) && (origin.starts_with("https://") || origin.starts_with("http://"));
        if !usable {
            self.problem("gateway.publicOrigin", "must be an origin such as https://gate.example, without a path");
        }
        usable.then_some(origin)
    }

    /// Of clients, so a mistake in it keeps nothing from working.
    pub(super) fn seam_color(&mut self, written: Option<&str>) -> Option<String> {
        let color = written.map(str::trim).filter(|color| !color.is_empty())?;
        if !is_color(color) {
            self.warnings.push("ui.seamColor: is no colour such as #rrggbb; ignored".to_owned());
        }
        is_color(color).then(|| color.to_owned())
    }
}

/// A colour that can be put into a style without meaning anything else there.
fn is_color(text: &str) -> bool {
    let is_name = (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let digits = text.strip_prefix('#').unwrap_or(text);
    is_name || (matches!(digits.len(), 3 | 4 | 6 | 8) && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_origin(text: &str) -> bool {
    let Ok(url) = url::Url::parse(text) else { return false };
    let bare = url.path().is_empty() || url.path() == "/";
    url.has_host() && bare && url.query().is_none() && url.fragment().is_none() && url.username().is_empty()
}
