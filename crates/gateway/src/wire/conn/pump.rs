//! The steady state of a connection: requests in, answers and events out, in one
//! task. Reading stops while the client does not read, so a client that only
//! sends cannot make us remember its answers without end.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use postern_protocol::close::CloseReason;
use postern_protocol::error::{ErrorCode, ErrorShape};
use postern_protocol::frame::{FrameError, parse_request, render_error};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{flush_briefly, part};
use crate::gateway::Services;
use crate::hub::{Conn, OutFrame};
use crate::rpc::dispatch::{Dispatched, dispatch};
use crate::wire::socket::{Incoming, ReadEnd, Socket, Utf8};

/// Unsent answers beyond which no further request is read.
const READ_PAUSE_BYTES: usize = 1 << 20;
/// Requests of one connection that may run at once.
const MAX_IN_FLIGHT: usize = 256;
/// Bytes handed to the system at once.
const WRITE_BATCH_BYTES: usize = 128 * 1024;
/// Messages handled before other connections get their turn.
const FAIR_SHARE: usize = 32;
/// Role violations that end a connection; one more closes it.
const MAX_ROLE_STRIKES: u32 = 10;

/// Serves a connection until it ends.
pub(super) async fn run<S>(services: &Arc<Services>, conn: &Arc<Conn>, socket: Socket<S>, backlog: Vec<Utf8>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut pump = Pump { services, conn, socket, backlog: backlog.into(), in_flight: Arc::default(), role_strikes: 0 };
    let end = std::future::poll_fn(|cx| pump.poll(cx)).await;
    let Pump { mut socket, .. } = pump;
    match end {
        End::Gone => {}
        End::Goodbye => {
            // It may have asked something just before it stopped sending.
            conn.outbox.drain(usize::MAX, |frame| socket.queue(frame));
            flush_briefly(&mut socket).await;
        }
        End::Close(reason) => {
            tracing::info!(conn = %conn.principal.conn_id, code = reason.code, reason = %reason.text, "Closing.");
            // Answers that were made before the end are still due.
            conn.outbox.drain(usize::MAX, |frame| socket.queue(frame));
            socket.queue_close(&reason);
            part(&mut socket).await;
        }
    }
}

enum End {
    /// The peer vanished.
    Gone,
    /// The peer sends nothing more; what is queued may still reach it.
    Goodbye,
    /// We close.
    Close(CloseReason),
}

struct Pump<'a, S> {
    services: &'a Arc<Services>,
    conn: &'a Arc<Conn>,
    socket: Socket<S>,
    backlog: VecDeque<Utf8>,
    in_flight: Arc<AtomicUsize>,
    role_strikes: u32,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Pump<'_, S> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        self.conn.outbox.register(cx.waker());
        let mut share = FAIR_SHARE;
        loop {
            let read = match self.poll_read(cx, &mut share) {
                Ok(read) => read,
                Err(end) => return Poll::Ready(end),
            };
            let wrote = match self.poll_write(cx) {
                Ok(wrote) => wrote,
                Err(end) => return Poll::Ready(end),
            };
            if self.socket.take_moved() {
                self.conn.outbox.heard();
            }
            if share == 0 {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            if !read && !wrote {
                return Poll::Pending;
            }
        }
    }

    /// Handles what has arrived; whether there was anything.
    fn poll_read(&mut self, cx: &mut Context<'_>, share: &mut usize) -> Result<bool, End> {
        let mut any = false;
        while *share > 0 && self.may_read() {
            let incoming = match self.backlog.pop_front() {
                Some(text) => Incoming::Text(text),
                None => match self.socket.poll_incoming(cx) {
                    Poll::Ready(Ok(incoming)) => incoming,
                    Poll::Ready(Err(end)) => return Err(ended(end)),
                    Poll::Pending => break,
                },
            };
            any = true;
            *share -= 1;
            if let Incoming::Text(text) = incoming {
                self.handle(&text)?;
            }
        }
        Ok(any)
    }

    fn may_read(&self) -> bool {
        self.in_flight.load(Ordering::Acquire) < MAX_IN_FLIGHT
            && self.conn.outbox.queued_bytes() + self.socket.unsent() < READ_PAUSE_BYTES
    }

    /// Writes what waits; whether more may be read or written at once.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Result<bool, End> {
        let mut progressed = false;
        loop {
            let socket = &mut self.socket;
            let room = WRITE_BATCH_BYTES.saturating_sub(socket.unsent());
            let drained = self.conn.outbox.drain(room, |frame| socket.queue(frame));
            if drained.ping {
                self.socket.queue_ping();
            }
            let unsent = self.socket.unsent();
            match self.socket.poll_flush(cx) {
                Poll::Ready(Err(_)) => return Err(End::Gone),
                Poll::Ready(Ok(())) if unsent > 0 => progressed = true,
                Poll::Ready(Ok(())) => {
                    return drained.closing.map_or(Ok(progressed), |closing| Err(End::Close(closing.reason)));
                }
                Poll::Pending => {
                    // Closing does not wait for a peer that does not read.
                    return match drained.closing {
                        Some(closing) if !closing.flush => Err(End::Close(closing.reason)),
                        _ => Ok(progressed && self.socket.unsent() < unsent),
                    };
                }
            }
        }
    }

    fn handle(&mut self, text: &Utf8) -> Result<(), End> {
        let parsed = text.as_str().ok_or(FrameError::NotJson).and_then(parse_request);
        let request = match parsed {
            Ok(request) => request,
            Err(error) => {
                self.answer_bad_frame(error);
                return Ok(());
            }
        };
        match dispatch(self.services, self.conn, &request) {
            Dispatched::Answered => Ok(()),
            Dispatched::Running(call) => {
                self.run_apart(call);
                Ok(())
            }
            Dispatched::RoleViolation => {
                self.role_strikes += 1;
                if self.role_strikes > MAX_ROLE_STRIKES {
                    return Err(End::Close(CloseReason::repeated_unauthorized()));
                }
                Ok(())
            }
        }
    }

    fn run_apart(&self, call: futures_util::future::BoxFuture<'static, ()>) {
        let place = InFlight::take(&self.in_flight, self.conn);
        self.services.tasks.spawn("request", async move {
            call.await;
            drop(place);
        });
    }

    /// An invalid frame is answered and the connection goes on
    /// (`frames-and-events.md §1`).
    fn answer_bad_frame(&self, error: FrameError) {
        let problem = error.to_string();
        let id = match error {
            FrameError::NotARequest { id: Some(id), .. } => id,
            FrameError::NotARequest { id: None, .. } | FrameError::NotJson => "invalid".to_owned(),
        };
        let shape = ErrorShape::new(ErrorCode::InvalidRequest, format!("invalid request frame: {problem}"));
        self.conn.outbox.push(OutFrame::whole(render_error(&id, &shape)));
        self.services.quiet.frames.line(self.services.clock.now_ms(), |left_out| {
            tracing::info!(conn = %self.conn.principal.conn_id, problem, left_out, "Invalid frame.");
        });
    }
}

/// A request's place among those that run; given back however it ends.
struct InFlight {
    count: Arc<AtomicUsize>,
    conn: Arc<Conn>,
}

impl InFlight {
    fn take(count: &Arc<AtomicUsize>, conn: &Arc<Conn>) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self { count: Arc::clone(count), conn: Arc::clone(conn) }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::AcqRel);
        self.conn.outbox.wake();
    }
}

fn ended(end: ReadEnd) -> End {
    match end {
        ReadEnd::Closed | ReadEnd::Goodbye => End::Goodbye,
        ReadEnd::TooBig => End::Close(CloseReason::too_big("payload too large")),
        ReadEnd::Protocol(_) => End::Close(CloseReason::protocol_error()),
    }
}
