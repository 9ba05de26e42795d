//! The canvas over HTTP (`http.md §3`): pages of agents, the page for A2UI, and
//! where both hear of changes.
//!
//! | file | owns |
//! |---|---|
//! | `path.rs` | what a path means (pure) |
//! | `access.rs` | who may look |
//! | `fetch.rs` | for which page a browser asks (pure) |
//! | `answer.rs` | what is found as an answer, without an origin |
//! | `socket.rs` | telling pages that a file changed |

mod access;
mod answer;
mod fetch;
mod path;
mod socket;

use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, StatusCode};

use self::access::{Grant, admit};
use self::fetch::{Verdict, judge};
pub(super) use self::path::way;
use self::path::{Place, Way};
use super::http::method_not_allowed;
use super::peer::Peer;
use super::upgrade;
use crate::canvas::{Found, asset, with_script};
use crate::gateway::Services;

/// Whether a request is for the canvas. Upgrades are the gateway's own wherever
/// they go, but for the one place that has a socket.
pub(super) fn is_for_canvas(request: &Request) -> bool {
    let Some(way) = way(request.uri().path()) else { return false };
    way.place == Place::Socket || !upgrade::is_upgrade(request.headers())
}

/// Answers a request for the canvas.
pub(super) async fn serve(services: &Arc<Services>, peer: &Peer, request: Request) -> Response {
    let (asked, path) = (request.headers().clone(), request.uri().path().to_owned());
    let Some(way) = way(&path).filter(|_| services.canvas.is_on()) else { return not_found() };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return answer::confined(method_not_allowed().await, &asked, None);
    }
    match admit(services, peer, (&asked, way.token)) {
        Ok(grant) => answer::confined(found(services, (peer, grant), way, request).await, &asked, Some(grant)),
        // A page that was left open from before the gateway started again.
        Err(_) if peer.local && is_visit(&asked) && way.place != Place::Nowhere => {
            answer::confined(redirect(&way.plain, request.uri().query()), &asked, None)
        }
        Err(refused) => answer::confined(refused.answer(), &asked, None),
    }
}

async fn found(services: &Arc<Services>, (peer, grant): (&Peer, Grant), way: Way<'_>, request: Request) -> Response {
    let query = request.uri().query();
    if way.place == Place::Socket {
        return socket::answer(services, (peer, grant), way.token, request);
    }
    match judge(request.headers(), grant) {
        Verdict::Serve => {}
        Verdict::ToView => {
            return redirect(&format!("/__openclaw__/cap/{}{}", services.canvas.view_token(), way.plain), query);
        }
        Verdict::Refuse => return (StatusCode::FORBIDDEN, "Forbidden\n").into_response(),
    }
    let reloads = services.canvas.reloads();
    let found = match &way.place {
        Place::Nowhere | Place::Socket => Found::Nothing,
        Place::Slash => Found::FolderWithoutSlash,
        Place::A2ui(name) => return asset(name, reloads).map_or_else(not_found, answer::asset),
        Place::Canvas(path) => services.canvas.find(path).await,
    };
    match found {
        Found::Page(page) => answer::page(with_script(&page, reloads)),
        Found::File(file) => answer::file(file, request.method()),
        Found::FolderWithoutSlash => redirect(&format!("{}/", request.uri().path()), query),
        Found::NoIndex => answer::no_index(),
        Found::Nothing => not_found(),
    }
}

/// Whether somebody goes there, rather than a page that loads it.
fn is_visit(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate")
        && headers.get("sec-fetch-dest").is_some_and(|kind| kind == "document")
}

fn redirect(path: &str, query: Option<&str>) -> Response {
    let location = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    match HeaderValue::try_from(location) {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
        Err(_) => not_found(),
    }
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "Not Found\n").into_response()
}
