//! What the window shows, decided from what is known. Pure.

use postern_client::ConnectionState;
use postern_protocol::desktop::DesktopAttachResult;
use tauri::Url;

use crate::host::HostState;
use crate::link::Facts;
use crate::texts;

/// What the window shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scene {
    /// This program's own page.
    Own {
        /// What it is about.
        state: OwnState,
        /// More about it.
        text: String,
    },
    /// The gateway's page.
    Page {
        /// Its address.
        url: Url,
        /// Name and value of what signs in there; none when the page has to.
        cookie: Option<(String, String)>,
    },
}

/// What this program's own page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnState {
    /// Something starts; wait.
    Starting,
    /// Something waits for a person.
    Waiting,
    /// A gateway elsewhere has gone; it may come back.
    Lost,
    /// The gateway cannot be had.
    Down,
    /// The page cannot be drawn.
    Broken,
}

impl OwnState {
    /// The word that the page knows.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Waiting => "waiting",
            // To a reader it is the same.
            Self::Lost | Self::Down => "down",
            Self::Broken => "broken",
        }
    }
}

/// Decides what to show.
pub(crate) fn scene(host: &HostState, facts: &Facts) -> Scene {
    let own = |state, text: &str| Scene::Own { state, text: text.to_owned() };
    let url = match host {
        HostState::Starting => return own(OwnState::Starting, ""),
        HostState::Stopped => return own(OwnState::Down, texts::STOPPED),
        HostState::Lost => return own(OwnState::Lost, texts::LOST),
        HostState::Failed(error) => return own(OwnState::Down, &error.to_string()),
        HostState::Here { url } | HostState::Elsewhere { url } => url,
    };
    if let Some(attached) = &facts.attached {
        return match signed_in(url, attached) {
            Some(page) => page,
            None => own(OwnState::Down, texts::UNKNOWN_PAGE),
        };
    }
    match &facts.connection {
        // An older gateway: the page signs in like any browser's.
        Some(ConnectionState::Connected(_)) if facts.cannot_attach => match page_of(url) {
            Some(url) => Scene::Page { url, cookie: None },
            None => own(OwnState::Starting, ""),
        },
        Some(ConnectionState::PairingRequired(_) | ConnectionState::Stopped(_)) => {
            let status = facts.status();
            let text = status.map(|model| format!("{}\n{}", model.headline, model.lines.join("\n")));
            own(OwnState::Waiting, &text.unwrap_or_default())
        }
        _ => match &facts.problem {
            Some(problem) => own(OwnState::Waiting, problem),
            None => own(OwnState::Starting, ""),
        },
    }
}

fn page_of(url: &str) -> Option<Url> {
    format!("http://{}/", url.strip_prefix("ws://")?).parse().ok()
}

/// The page of the gateway that the app is connected to. What it says about itself
/// counts for the path only: a window that shows whatever somebody names would
/// show anything under this program's name.
fn signed_in(url: &str, attached: &DesktopAttachResult) -> Option<Scene> {
    let mut page = page_of(url)?;
    let said: Url = attached.url.parse().ok()?;
    if !said.path().starts_with('/') || said.path().starts_with("//") {
        return None;
    }
    page.set_path(said.path());
    let own_name = format!("postern_desktop_{}", page.port()?);
    (attached.cookie_name == own_name)
        .then(|| Scene::Page { url: page, cookie: Some((own_name, attached.cookie_value.clone())) })
}

/// Whether what is shown gives way. A page that lost its gateway says so itself
/// and keeps what was typed; it goes only when there will be none.
pub(crate) fn gives_way(now: &Scene, next: &Scene) -> bool {
    match (now, next) {
        (Scene::Page { .. }, Scene::Own { state, .. }) => *state == OwnState::Down,
        _ => now != next,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use postern::host::HostError;

    fn here() -> HostState {
        HostState::Here { url: "ws://127.0.0.1:7".into() }
    }

    fn attached(value: &str) -> Facts {
        let attached = DesktopAttachResult {
            cookie_name: "postern_desktop_7".into(),
            cookie_value: value.into(),
            url: "http://127.0.0.1:7/".into(),
        };
        Facts { attached: Some(Arc::new(attached)), ..Facts::default() }
    }

    #[test]
    fn the_page_is_shown_with_what_signs_in() {
        let Scene::Page { url, cookie } = scene(&here(), &attached("v")) else { panic!("no page") };
        assert_eq!((url.as_str(), cookie), ("http://127.0.0.1:7/", Some(("postern_desktop_7".into(), "v".into()))));
    }

    #[test]
    fn the_window_goes_to_the_gateway_it_is_connected_to_whatever_that_says() {
        let page = |url: &str, cookie_name: &str| {
            let attached =
                DesktopAttachResult { cookie_name: cookie_name.into(), cookie_value: "v".into(), url: url.into() };
            scene(&here(), &Facts { attached: Some(Arc::new(attached)), ..Facts::default() })
        };
        let Scene::Page { url, .. } = page("https://evil.example:1/base/#token=x", "postern_desktop_7") else {
            panic!("no page")
        };
        assert_eq!(url.as_str(), "http://127.0.0.1:7/base/");
        for (url, name) in [
            ("http://127.0.0.1:7/", "session"),
            ("http://127.0.0.1:7/", "postern_desktop_8"),
            ("data:text/html,x", "postern_desktop_7"),
            ("nonsense", "postern_desktop_7"),
        ] {
            assert!(matches!(page(url, name), Scene::Own { state: OwnState::Down, .. }), "{url} {name}");
        }
    }

    #[test]
    fn without_a_gateway_the_own_page_says_why() {
        let failed = HostState::Failed(HostError::new("taken"));
        assert_eq!(scene(&failed, &attached("v")), Scene::Own { state: OwnState::Down, text: "taken".into() });
        let starting = Scene::Own { state: OwnState::Starting, text: String::new() };
        assert_eq!(scene(&HostState::Starting, &Facts::default()), starting);
        assert_eq!(scene(&here(), &Facts::default()), starting);
        let closed = ConnectionState::Stopped(postern_client::ConnectError::ClosedByClient);
        let facts = Facts { connection: Some(closed), ..Facts::default() };
        assert!(matches!(scene(&here(), &facts), Scene::Own { state: OwnState::Waiting, .. }));
    }

    #[test]
    fn a_page_stays_through_a_restart_and_goes_when_there_will_be_no_gateway() {
        let page = scene(&here(), &attached("v"));
        assert!(!gives_way(&page, &scene(&HostState::Starting, &Facts::default())));
        assert!(!gives_way(&page, &page.clone()));
        assert!(!gives_way(&page, &scene(&HostState::Lost, &Facts::default())));
        assert!(gives_way(&page, &scene(&HostState::Failed(HostError::new("x")), &Facts::default())));
        assert!(gives_way(&page, &scene(&here(), &attached("w"))));
        assert!(gives_way(&scene(&HostState::Starting, &Facts::default()), &page));
    }
}
