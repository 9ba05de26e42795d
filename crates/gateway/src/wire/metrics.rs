//! `GET /metrics`: figures in the text format of Prometheus, for callers with the
//! shared secret; for this machine's own only where the configuration says so.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header;
use postern_protocol::connect::AuthMode;

use super::api::{self, Unauthorized};
use super::http::not_found;
use super::peer::Peer;
use crate::gateway::Services;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The page.
pub(super) async fn page(State(services): State<Arc<Services>>, request: Request) -> Response {
    let settings = services.config().metrics;
    if !settings.enabled {
        return not_found().await;
    }
    let Some(peer) = request.extensions().get::<Peer>() else { return not_found().await };
    let is_free = settings.allow_local && peer.local;
    // Where nobody is asked for a secret, figures are still not for everybody.
    let may_ask = services.secret().mode != AuthMode::None;
    let checked = match (is_free, may_ask) {
        (true, _) => Ok(()),
        (false, true) => api::bearer(&services, peer, request.headers()),
        (false, false) => Err(Unauthorized::Wrong),
    };
    if let Err(refused) = checked {
        return refused.answer();
    }
    let sample = services.sample().await;
    ([(header::CONTENT_TYPE, TEXT)], services.metrics.render(&sample)).into_response()
}
