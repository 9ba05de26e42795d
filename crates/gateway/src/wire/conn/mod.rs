//! One connection from upgrade to close: challenge, handshake, then requests
//! and events until somebody ends it. Structure only; the parts are beside it.

mod admission;
mod believed;
mod credentials;
mod first_frame;
mod hello;
mod proof;
mod pump;
mod refusal;
mod surfaces;
mod vouched;

use std::sync::Arc;
use std::time::Duration;

use postern_protocol::close::CloseReason;
use postern_protocol::connect::{ConnectChallenge, Policy};
use postern_protocol::frame::render_error;
use tokio::io::{AsyncRead, AsyncWrite};

use self::believed::Believed;
use self::first_frame::{Backlog, MAX_PREAUTH_BYTES};
use self::refusal::Refusal;
use super::peer::Peer;
use super::preauth::Place;
use super::socket::{ReadEnd, Socket, Utf8};
use crate::gateway::Services;
use crate::hub::{Conn, OutFrame, Tail, event_head};

/// How long a peer may take to read our close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

/// What the handshake needs to know about a socket.
pub struct Arrival {
    /// Who calls.
    pub peer: Peer,
    /// Its place among unauthenticated sockets.
    pub place: Place,
    /// Connection of the desktop app whose window presented its cookie.
    pub opener: Option<Arc<str>>,
}

/// Serves one socket until it ends.
pub async fn serve<S>(services: Arc<Services>, stream: S, arrival: Arrival)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut socket = Socket::new(stream, MAX_PREAUTH_BYTES);
    // Boxed, so that the handshake's memory is gone when it is over.
    let outcome = Box::pin(handshake(&services, &mut socket, &arrival)).await;
    let Arrival { peer, place, .. } = arrival;
    match outcome {
        Ok((conn, backlog)) => {
            services.metrics.handshake_done();
            drop((place, peer));
            let policy = Policy::of(conn.principal.dialect, 1);
            socket.set_max_message(policy.max_payload);
            let presence = Present { services: &services, conn: &conn };
            pump::run(&services, &conn, socket, backlog).await;
            drop(presence);
        }
        Err(refusal) => {
            log_refusal(&services, &peer, &refusal);
            refuse(&mut socket, refusal).await;
        }
    }
}

/// Challenge, first frame, decision, hello-ok; all within the deadline.
async fn handshake<S>(
    services: &Arc<Services>,
    socket: &mut Socket<S>,
    arrival: &Arrival,
) -> Result<(Arc<Conn>, Vec<Utf8>), Refusal>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let phases = async {
        let nonce = challenge(services, socket).await?;
        let (id, params) = first_frame::receive(services, socket).await?;
        let mut backlog = Backlog::default();
        let believed = Believed::now(services);
        let admission = admission::admit(services, arrival, &params, &nonce);
        let admitted = backlog.collect_while(socket, admission).await;
        let admitted = admitted.map_err(|refusal| refusal.answering(&id))?;
        let admitted = admitted.map_err(|refusal| refusal.answering(&id))?;
        let conn = hello::welcome(services, &arrival.peer, params, (admitted, &believed), &id)?;
        Ok((conn, backlog.into_frames()))
    };
    tokio::select! {
        biased;
        result = tokio::time::timeout(services.limits.handshake_timeout, phases) => {
            result.unwrap_or_else(|_| Err(Refusal::silent(CloseReason::handshake_timeout())))
        }
        () = arrival.place.evicted() => Err(Refusal::silent(CloseReason::handshake_timeout())),
        () = services.tasks.shutdown_began() => Err(Refusal::silent(CloseReason::service_restart())),
    }
}

async fn challenge<S>(services: &Services, socket: &mut Socket<S>) -> Result<String, Refusal>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let nonce = uuid::Uuid::new_v4().to_string();
    let event = ConnectChallenge { nonce: nonce.clone(), ts: services.clock.now_ms() };
    let head = event_head(&event).unwrap_or_default();
    socket.queue(OutFrame { head, tail: Tail::Brace });
    socket.flush().await.map_err(|_| Refusal::gone())?;
    Ok(nonce)
}

/// Sends the answer, if there is one, then the close frame.
async fn refuse<S>(socket: &mut Socket<S>, refusal: Refusal)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Some(reason) = refusal.close else { return flush_briefly(socket).await };
    if let Some((id, error)) = &refusal.answer {
        socket.queue(OutFrame::whole(render_error(id, error)));
    }
    socket.queue_close(&reason);
    part(socket).await;
}

/// Writes what is queued and waits for the peer's close frame, both briefly: a
/// peer that neither reads nor closes keeps nothing alive.
pub(super) async fn part<S>(socket: &mut Socket<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let farewell = async {
        if socket.flush().await.is_err() {
            return;
        }
        let end = loop {
            if let Err(end) = socket.incoming().await {
                break end;
            }
        };
        if matches!(end, ReadEnd::TooBig | ReadEnd::Protocol(_)) {
            // Closing with bytes unread would reset the connection, and the peer
            // would lose our last words.
            socket.discard_input().await;
        }
    };
    // Too slow is as good as gone.
    drop(tokio::time::timeout(CLOSE_TIMEOUT, farewell).await);
}

/// Writes what is queued, as far as the peer takes it at once.
pub(super) async fn flush_briefly<S>(socket: &mut Socket<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // Too slow is as good as gone.
    drop(tokio::time::timeout(CLOSE_TIMEOUT, socket.flush()).await);
}

/// A connection that others can see; gone for them however its task ends.
struct Present<'a> {
    services: &'a Services,
    conn: &'a Conn,
}

impl Drop for Present<'_> {
    fn drop(&mut self) {
        leave(self.services, self.conn);
    }
}

fn leave(services: &Services, conn: &Conn) {
    if conn.outbox.is_slow() {
        services.metrics.slow_consumer();
    }
    services.hub.unregister(conn);
    let own = &conn.principal.conn_id;
    services.nodes.leave(conn);
    services.wizard.detach(own);
    services.canvas.capabilities().leave(own);
    if services.desktop.detach(own) {
        // A window never outlives the app that opened it.
        services.hub.close_where(|who| who.opened_by.as_ref() == Some(own), &CloseReason::service_restart());
    }
    if let Some(key) = hello::presence_key(&conn.principal) {
        services.presence.depart(&key, &conn.principal.conn_id);
    }
    let device = conn.principal.device_id.as_ref().filter(|_| conn.principal.opened_by.is_none());
    if !device.is_some_and(|device| services.hub.is_device_connected(device.as_str())) {
        services.devices.note_seen(&conn.principal, "disconnect");
    }
    tracing::info!(conn = %conn.principal.conn_id, "Disconnected.");
}

fn log_refusal(services: &Services, peer: &Peer, refusal: &Refusal) {
    let details = refusal.answer.as_ref().and_then(|(_, error)| error.details.as_ref());
    let code = details.and_then(|details| details.get("code")?.as_str());
    let timed_out = refusal.answer.is_none() && refusal.close == Some(CloseReason::handshake_timeout());
    services.metrics.handshake_refused(code, timed_out);
    let Some(reason) = &refusal.close else { return };
    let message = refusal.answer.as_ref().map_or(reason.text.as_str(), |(_, error)| error.message.as_str());
    let message = refusal.logged.unwrap_or(message);
    services.quiet.refusals.line(services.clock.now_ms(), |left_out| {
        if let Some(cause) = &refusal.cause {
            tracing::error!(ip = %peer.ip, cause, left_out, "A handshake failed inside.");
            return;
        }
        tracing::info!(ip = %peer.ip, local = peer.local, code = reason.code, reason = ?message, left_out, "Refused.");
    });
}
