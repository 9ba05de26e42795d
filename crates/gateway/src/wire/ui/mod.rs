//! The web app over HTTP (`http.md §2`): which path is which file, the page for
//! everything else, and the two questions that a page may ask.

mod answer;
mod ask;
mod page;
mod path;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, StatusCode};

use self::path::Place;
pub(super) use self::path::decoded;
use super::http::{method_not_allowed, not_found};
use super::peer::Peer;
use crate::config::Config;
use crate::gateway::Services;
use crate::ui::has_extension;

/// Everything that is not a probe.
pub(super) async fn serve(State(services): State<Arc<Services>>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return method_not_allowed().await;
    }
    let (parts, _) = request.into_parts();
    let Some(peer) = parts.extensions.get::<Peer>() else { return not_found().await };
    let config = services.config();
    let settings = &config.control_ui;
    if !settings.enabled {
        return not_found().await;
    }
    let caller = Caller { services: &services, peer, headers: &parts.headers };
    match path::place(parts.uri.path(), &settings.base_path) {
        Place::Nowhere => not_found().await,
        Place::Base => to_the_page(&settings.base_path, parts.uri.query()),
        Place::Settings => ask::settings(caller).await,
        Place::Avatar(agent) => ask::avatar(caller, &agent, parts.uri.query()).await,
        Place::Inside(path) => caller.file(&path).await,
    }
}

/// Whether a path can only be a file of the app or the page.
pub(super) fn is_file(path: &str, config: &Config) -> bool {
    matches!(path::place(path, &config.control_ui.base_path), Place::Base | Place::Inside(_))
}

/// Who asks, and with which headers.
#[derive(Clone, Copy)]
struct Caller<'a> {
    services: &'a Services,
    peer: &'a Peer,
    headers: &'a HeaderMap,
}

impl Caller<'_> {
    /// The file itself, the asset that the path ends with, or the page.
    async fn file(self, path: &str) -> Response {
        let ui = &self.services.ui;
        if matches!(path, "" | page::FILE) {
            return self.page().await;
        }
        if let Some(file) = ui.file(path).await {
            return answer::file(self, file);
        }
        let Some(asset) = path::asset(path) else { return self.page().await };
        match ui.file(asset).await {
            Some(file) => answer::file(self, file),
            // A page in place of a missing script would be a riddle.
            None if has_extension(asset) => not_found().await,
            None => self.page().await,
        }
    }

    async fn page(self) -> Response {
        match self.services.ui.file(page::FILE).await {
            Some(file) => match page::prepared(self.services, file) {
                Ok(page) => answer::file(self, page),
                Err(error) => answer::damaged(&error),
            },
            None => answer::not_built(),
        }
    }
}

/// `/base` is the page at `/base/`, whatever its query says.
fn to_the_page(base_path: &str, query: Option<&str>) -> Response {
    let location = match query {
        Some(query) => format!("{base_path}/?{query}"),
        None => format!("{base_path}/"),
    };
    match HeaderValue::try_from(location) {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}
