//! Where pages hear that a file changed: a WebSocket that says `reload`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::header::{self, HeaderValue};
use http::{Method, StatusCode};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use postern_protocol::close::CloseReason;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch::Receiver;

use super::access::{Grant, works};
use crate::gateway::Services;
use crate::hub::OutFrame;
use crate::wire::conn::part;
use crate::wire::peer::{OriginCheck, Peer, check_origin};
use crate::wire::socket::Socket;
use crate::wire::upgrade;

/// Pages have nothing to say.
const MAX_MESSAGE: usize = 1_024;
/// Between two signs of life.
const PING_EVERY: Duration = Duration::from_secs(20);

/// A plain request, or an upgrade.
pub(super) fn answer(
    services: &Arc<Services>,
    (peer, grant): (&Peer, Grant),
    token: Option<&str>,
    mut request: Request,
) -> Response {
    if !services.canvas.reloads() {
        return (StatusCode::NOT_FOUND, "Not Found\n").into_response();
    }
    if !upgrade::is_upgrade(request.headers()) {
        return upgrade_required(request.method());
    }
    // A page without an origin is one of ours, or tells nobody anything.
    let is_without = peer.origin.as_deref() == Some("null");
    let is_foreign =
        matches!(check_origin(peer, false, &services.config()), OriginCheck::Foreign | OriginCheck::Missing);
    if is_foreign && !is_without && !grant.is_unguessable() {
        return (StatusCode::FORBIDDEN, "Forbidden\n").into_response();
    }
    let response = match upgrade::accept(request.method(), request.headers()) {
        Ok(response) => response,
        Err(refusal) => return *refusal,
    };
    let Some(upgrading) = request.extensions_mut().remove::<OnUpgrade>() else {
        return upgrade_required(request.method());
    };
    let Some((place, changes)) = services.canvas.follow() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "Too many pages wait for changes.\n").into_response();
    };
    let token = token.filter(|_| grant == Grant::Capability).map(str::to_owned);
    let following = Arc::clone(services);
    services.tasks.spawn("canvas", async move {
        let Ok(upgraded) = upgrading.await else { return };
        let socket = Socket::new(TokioIo::new(upgraded), MAX_MESSAGE);
        follow(&following, socket, (changes, token)).await;
        drop(place);
    });
    response
}

fn upgrade_required(method: &Method) -> Response {
    let upgrade = [(header::UPGRADE, HeaderValue::from_static("websocket"))];
    let text = if method == Method::HEAD { "" } else { "Upgrade Required\n" };
    (StatusCode::UPGRADE_REQUIRED, upgrade, text).into_response()
}

/// Passes changes on while the page is there and may look.
async fn follow<S>(services: &Services, mut socket: Socket<S>, (mut changes, token): (Receiver<u64>, Option<String>))
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut timer = tokio::time::interval_at(tokio::time::Instant::now() + PING_EVERY, PING_EVERY);
    let mut is_alive = true;
    loop {
        tokio::select! {
            () = services.tasks.shutdown_began() => break,
            incoming = socket.incoming() => match incoming {
                Ok(_) => is_alive = true,
                Err(_) => return,
            },
            changed = changes.changed() => {
                if changed.is_err() || !may_look(services, token.as_deref()) {
                    break;
                }
                socket.queue(OutFrame::whole("reload".to_owned()));
            }
            _ = timer.tick() => {
                if !std::mem::take(&mut is_alive) || !may_look(services, token.as_deref()) {
                    break;
                }
                socket.queue_ping();
            }
        }
    }
    socket.queue_close(&CloseReason::service_restart());
    part(&mut socket).await;
}

fn may_look(services: &Services, token: Option<&str>) -> bool {
    token.is_none_or(|token| works(services, token))
}
