//! `canvasHost` as it is meant.

use std::path::PathBuf;

use super::Overrides;
use super::raw::RawCanvasHost;
use super::resolve::Notes;

/// Pages that agents write and nodes show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanvasHost {
    /// Whether they are served.
    pub enabled: bool,
    /// Folder with the files; `None` is `canvas` in the state folder.
    pub root: Option<PathBuf>,
    /// A port of its own, besides the gateway's.
    pub port: Option<u16>,
    /// Whether pages are loaded again when a file changes.
    pub live_reload: bool,
}

impl Notes {
    pub(super) fn canvas_host(&mut self, raw: &RawCanvasHost, overrides: &Overrides) -> CanvasHost {
        let root = raw.root.as_deref().map(|written| PathBuf::from(written.trim()));
        if root.as_ref().is_some_and(|root| !root.is_absolute()) {
            self.problem("canvasHost.root", "must be the whole path of a folder, such as /home/me/canvas");
        }
        CanvasHost {
            enabled: raw.enabled.unwrap_or(true) && !overrides.canvas_off,
            root: root.filter(|root| root.is_absolute()),
            port: overrides.canvas_port.or(raw.port),
            live_reload: raw.live_reload.unwrap_or(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{RawConfig, parse, resolve};
    use super::*;

    fn canvas(text: &str) -> (CanvasHost, Vec<String>) {
        let raw: RawConfig = parse(&format!("{{canvasHost: {text}}}")).unwrap();
        let resolved = resolve::resolve(&raw, &Overrides::default());
        (resolved.config.canvas_host, resolved.problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn it_is_on_and_shares_the_gateways_port() {
        let (on, problems) = canvas("{}");
        assert_eq!((on, problems), (CanvasHost { enabled: true, root: None, port: None, live_reload: true }, vec![]));
        let (own, _) = canvas("{enabled: false, root: '/srv/canvas', port: 18793, liveReload: false}");
        let root = Some(PathBuf::from("/srv/canvas"));
        assert_eq!(own, CanvasHost { enabled: false, root, port: Some(18_793), live_reload: false });
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let raw: RawConfig = parse("{canvasHost: {enabled: true, port: 18793}}").unwrap();
        let overrides = Overrides { canvas_off: true, canvas_port: Some(9), ..Overrides::default() };
        let canvas = resolve::resolve(&raw, &overrides).config.canvas_host;
        assert_eq!((canvas.enabled, canvas.port), (false, Some(9)));
    }

    #[test]
    fn a_root_is_named_as_a_whole() {
        let (canvas, problems) = canvas("{root: 'pages'}");
        assert!(canvas.root.is_none() && problems[0].starts_with("canvasHost.root"), "{problems:?}");
    }
}
