//! One connection that finished its handshake: sends calls, matches answers,
//! counts events, notices silence.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use postern_protocol::call::{Call as _, NoParams, Rendered};
use postern_protocol::connect::HelloOk;
use postern_protocol::frame::{EventFrame, ResponseFrame, ServerFrame, parse_server, render_request};
use postern_protocol::system::{Health, SystemPresence};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::{broadcast, mpsc};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::call::{CallRequest, PendingCalls, Reply, Waiter, reply_of};
use crate::connect::{Opened, Socket, close_info, say_goodbye, text_of, unreadable_response};
use crate::driver::Control;
use crate::error::{CallError, CloseInfo};
use crate::events::{ClientEvent, GatewayEvent, Refreshed, SequenceGap, SequenceWatch};
use crate::options::WallClock;
use crate::options::parts::GapCallback;
use crate::sleep::SleepWatch;

/// How a session ended.
pub(crate) enum Over {
    /// The connection is gone.
    Lost(CloseInfo),
    /// This client wanted it.
    Ended,
}

/// Calls taken from the queue before they are flushed together.
const BATCH: usize = 64;
/// Ticks that may be missed before the gateway counts as stalled.
const MISSED_TICKS: u32 = 2;
/// How long the peer may take to answer a close frame.
const CLOSE_ANSWER: Duration = Duration::from_secs(1);

pub(crate) struct Session {
    socket: Socket,
    /// Something was written and is not flushed yet.
    unsent: bool,
    pending: PendingCalls,
    sequence: SequenceWatch,
    refresh: Refresh,
    stall_after: Duration,
    last_frame: Instant,
    events: broadcast::Sender<ClientEvent>,
    on_gap: Option<GapCallback>,
    sleep: Option<SleepWatch>,
}

enum Step {
    Flushed,
    Frame(Message),
    Lost(CloseInfo),
    Call(Option<CallRequest>),
    Control(Option<Control>),
    Silence,
    Look,
}

impl Session {
    pub(crate) fn new(
        opened: Opened,
        events: broadcast::Sender<ClientEvent>,
        on_gap: Option<GapCallback>,
        wall_clock: Option<WallClock>,
    ) -> Self {
        let hello: &HelloOk = &opened.hello;
        Self {
            unsent: false,
            pending: PendingCalls::new(),
            sequence: SequenceWatch::new(hello.protocol),
            refresh: Refresh::default(),
            stall_after: Duration::from_millis(hello.policy.tick_interval_ms.max(1)).saturating_mul(MISSED_TICKS),
            last_frame: Instant::now(),
            socket: opened.socket,
            events,
            on_gap,
            sleep: wall_clock.map(SleepWatch::new),
        }
    }

    /// Serves until the connection or the client ends.
    pub(crate) async fn run(
        mut self,
        calls: &mut mpsc::Receiver<CallRequest>,
        control: &mut mpsc::Receiver<Control>,
    ) -> Over {
        let (over, close) = loop {
            match self.next_step(calls, control).await {
                Step::Flushed | Step::Control(Some(Control::Reconnect)) => {}
                Step::Look if self.sleep.as_mut().is_some_and(SleepWatch::slept) => {
                    break self.gone("the machine slept").await;
                }
                Step::Look => {}
                Step::Frame(Message::Close(frame)) => {
                    let close = close_info(frame);
                    // The answer to the close frame waits in the write buffer.
                    let _ = timeout(CLOSE_ANSWER, self.socket.flush()).await;
                    break (Over::Lost(close.clone()), close);
                }
                Step::Frame(message) => self.receive(&message),
                Step::Lost(close) => break (Over::Lost(close.clone()), close),
                Step::Call(Some(request)) => self.send_batch(request, calls),
                Step::Call(None) | Step::Control(None | Some(Control::Close)) => {
                    self.leave().await;
                    break (Over::Ended, CloseInfo::new(1000, "closed by this client"));
                }
                Step::Silence => {
                    break self.gone("tick timeout").await;
                }
            }
        };
        self.pending.fail_all(&close);
        over
    }

    /// The gateway does not seem to be there any more; it is told, in case it is.
    async fn gone(&mut self, why: &'static str) -> (Over, CloseInfo) {
        let close = CloseInfo::new(4000, why);
        say_goodbye(&mut self.socket, CloseCode::Library(4000), why).await;
        (Over::Lost(close.clone()), close)
    }

    async fn next_step(
        &mut self,
        calls: &mut mpsc::Receiver<CallRequest>,
        control: &mut mpsc::Receiver<Control>,
    ) -> Step {
        let silence = self.last_frame + self.stall_after;
        // New calls wait while bytes do, so a gateway that does not read cannot
        // make this client buffer without end; reading goes on meanwhile.
        let may_send = !self.unsent;
        let next_look = self.sleep.as_ref().map(|sleep| sleep.looked + SleepWatch::EVERY);
        tokio::select! {
            step = std::future::poll_fn(|cx| self.poll_socket(cx)) => step,
            request = calls.recv(), if may_send => Step::Call(request),
            command = control.recv() => Step::Control(command),
            () = sleep_until(silence) => Step::Silence,
            () = sleep_until(next_look.unwrap_or(silence)), if next_look.is_some() => Step::Look,
        }
    }

    fn poll_socket(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        if self.unsent {
            match self.socket.poll_flush_unpin(cx) {
                Poll::Ready(Ok(())) => {
                    self.unsent = false;
                    return Poll::Ready(Step::Flushed);
                }
                Poll::Ready(Err(problem)) => return Poll::Ready(Step::Lost(CloseInfo::broken(problem))),
                Poll::Pending => {}
            }
        }
        self.socket.poll_next_unpin(cx).map(|next| match next {
            Some(Ok(message)) => Step::Frame(message),
            Some(Err(problem)) => Step::Lost(CloseInfo::broken(problem)),
            None => Step::Lost(CloseInfo::broken("end of stream")),
        })
    }

    fn send_batch(&mut self, first: CallRequest, calls: &mut mpsc::Receiver<CallRequest>) {
        let mut next = Some(first);
        for _ in 0..BATCH {
            let Some(request) = next.or_else(|| calls.try_recv().ok()) else { return };
            self.send_call(request);
            next = None;
        }
    }

    fn send_call(&mut self, request: CallRequest) {
        let CallRequest { method, params, answer, reply } = request;
        if reply.is_closed() {
            return;
        }
        let id = self.pending.add(Waiter::Caller { method: method.clone(), answer, reply });
        self.write(id, &method, &*params);
    }

    fn write<P: Serialize + ?Sized>(&mut self, id: u64, method: &str, params: &P) {
        // Two strings and JSON text always render.
        let Ok(text) = render_request(&id.to_string(), method, params) else { return };
        self.unsent = true;
        if let Err(problem) = self.socket.start_send_unpin(Message::text(text)) {
            // The same failure ends the session when it is next polled.
            tracing::debug!(%problem, method, "request not written");
        }
    }

    fn receive(&mut self, message: &Message) {
        let Some(text) = text_of(message) else { return };
        match parse_server(text) {
            Ok(ServerFrame::Response(response)) => self.answer(response),
            Ok(ServerFrame::Event(event)) => self.event(&event),
            Ok(ServerFrame::Unknown(_)) => {}
            Err(problem) => {
                let Some((id, problem)) = unreadable_response(text) else {
                    tracing::debug!(%problem, "frame of the gateway cannot be read");
                    return;
                };
                self.settle(&id, None, |method| Err(CallError::Unreadable { method: method.to_owned(), problem }));
            }
        }
        self.last_frame = Instant::now();
    }

    fn answer(&mut self, response: ResponseFrame<'_>) {
        let ResponseFrame { id, ok, payload, error } = response;
        self.settle(&id, payload, |method| reply_of(method, ok, payload, error));
    }

    fn settle(&mut self, id: &str, payload: Option<&RawValue>, make: impl FnOnce(&str) -> Reply) {
        match self.pending.take(id, payload) {
            Some(Waiter::Caller { method, reply, .. }) => {
                // A caller that gave up needs no answer.
                let _ = reply.send(make(&method));
            }
            Some(Waiter::HealthRefresh) => {
                self.refresh.health = Part::Read(make(Health::NAME).ok().flatten());
                self.publish_refresh();
            }
            Some(Waiter::PresenceRefresh) => {
                self.refresh.presence = Part::Read(make(SystemPresence::NAME).ok().flatten());
                self.publish_refresh();
            }
            None => {}
        }
    }

    fn event(&mut self, event: &EventFrame<'_>) {
        if let Some(gap) = event.seq.and_then(|seq| self.sequence.observe(seq)) {
            self.gap(gap);
        }
        self.publish(ClientEvent::Gateway(Arc::new(GatewayEvent::of(event))));
    }

    fn gap(&mut self, gap: SequenceGap) {
        tracing::debug!(gap.expected, gap.received, "events were lost; reading health and presence again");
        if let Some(on_gap) = &self.on_gap {
            on_gap(gap);
        }
        self.publish(ClientEvent::Gap(gap));
        self.start_refresh();
    }

    /// Reads again what the lost events may have changed. One refresh runs at a
    /// time; a gap during it makes one more follow.
    fn start_refresh(&mut self) {
        if self.refresh.is_running() {
            self.refresh.again = true;
            return;
        }
        self.refresh = Refresh { health: Part::Asked, presence: Part::Asked, again: false };
        for (waiter, method) in [(Waiter::HealthRefresh, Health::NAME), (Waiter::PresenceRefresh, SystemPresence::NAME)]
        {
            let id = self.pending.add(waiter);
            self.write(id, method, &NoParams {});
        }
    }

    fn publish_refresh(&mut self) {
        let (Part::Read(health), Part::Read(presence)) = (&mut self.refresh.health, &mut self.refresh.presence) else {
            return;
        };
        let refreshed = Refreshed {
            health: health.take().map(|json| Rendered::from_raw(json.into())),
            presence: presence.take().map(|json| Rendered::from_raw(json.into())),
        };
        let again = self.refresh.again;
        self.refresh = Refresh::default();
        self.publish(ClientEvent::Refreshed(Arc::new(refreshed)));
        if again {
            self.start_refresh();
        }
    }

    fn publish(&self, event: ClientEvent) {
        // Nobody has to listen.
        let _ = self.events.send(event);
    }

    /// Closes with 1000 and waits shortly for the gateway's close frame.
    async fn leave(&mut self) {
        say_goodbye(&mut self.socket, CloseCode::Normal, "").await;
        let drained = async { while let Some(Ok(_)) = self.socket.next().await {} };
        if timeout(CLOSE_ANSWER, drained).await.is_err() {
            tracing::debug!("the gateway did not answer the close frame");
        }
    }
}

/// What is being read again after a gap.
#[derive(Default)]
struct Refresh {
    health: Part,
    presence: Part,
    again: bool,
}

#[derive(Default)]
enum Part {
    #[default]
    Idle,
    Asked,
    Read(Option<Box<RawValue>>),
}

impl Refresh {
    fn is_running(&self) -> bool {
        !matches!((&self.health, &self.presence), (Part::Idle, Part::Idle))
    }
}
