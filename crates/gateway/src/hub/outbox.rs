//! What waits to be written to one connection: a queue bounded in bytes, the
//! connection's own event counter, and the reason to close.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use postern_protocol::call::OnSlow;
use postern_protocol::close::CloseReason;

/// One text frame. Its head may be shared by many connections.
#[derive(Debug, Clone)]
pub struct OutFrame {
    /// The JSON text; for a numbered event, everything before its `seq`.
    pub head: Bytes,
    /// What completes it.
    pub tail: Tail,
}

/// The end of an [`OutFrame`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// The head is the whole frame.
    Nothing,
    /// A targeted event: `}`.
    Brace,
    /// A broadcast: `,"seq":N}`.
    Seq(u64),
}

impl OutFrame {
    /// A frame that is complete in itself.
    #[must_use]
    pub fn whole(text: String) -> Self {
        Self { head: Bytes::from(text), tail: Tail::Nothing }
    }

    fn cost(&self) -> usize {
        self.head.len() + 32
    }
}

/// Why a connection ends, and what becomes of what is still queued.
#[derive(Debug, Clone)]
pub struct Closing {
    /// Code and text of the close frame.
    pub reason: CloseReason,
    /// Whether queued frames are sent first.
    pub flush: bool,
}

/// The queue of one connection.
#[derive(Debug)]
pub struct Outbox {
    inner: Mutex<Inner>,
    waker: AtomicWaker,
    limit: usize,
}

#[derive(Debug, Default)]
struct Inner {
    queue: VecDeque<OutFrame>,
    bytes: usize,
    seq: u64,
    ping: bool,
    unanswered_pings: u8,
    closing: Option<Closing>,
    gone: bool,
}

/// What the writer has to do next.
#[derive(Debug, Default)]
pub struct Drained {
    /// Whether a keepalive ping is due.
    pub ping: bool,
    /// Whether and why to close once what was drained is written.
    pub closing: Option<Closing>,
}

impl Outbox {
    /// A queue that calls its reader slow beyond `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { inner: Mutex::default(), waker: AtomicWaker::new(), limit }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues an answer or another frame that must arrive. Over the limit the
    /// connection is closed as a slow consumer.
    pub fn push(&self, frame: OutFrame) {
        self.push_limited(frame, OnSlow::Close);
    }

    /// Queues a broadcast under this connection's next number. The number is
    /// used up even when the event is dropped, so the reader sees the gap.
    pub fn push_event(&self, head: Bytes, on_slow: OnSlow) {
        let mut inner = self.lock();
        if inner.refuses() {
            return;
        }
        inner.seq += 1;
        let frame = OutFrame { head, tail: Tail::Seq(inner.seq) };
        inner.enqueue(frame, self.limit, on_slow);
        drop(inner);
        self.waker.wake();
    }

    /// Queues an event for this connection alone; it carries no number. False when
    /// it is dropped instead, as by a connection that is being closed.
    pub fn push_targeted(&self, head: Bytes, on_slow: OnSlow) -> bool {
        self.push_limited(OutFrame { head, tail: Tail::Brace }, on_slow)
    }

    fn push_limited(&self, frame: OutFrame, on_slow: OnSlow) -> bool {
        let mut inner = self.lock();
        if inner.refuses() {
            return false;
        }
        let queued = inner.enqueue(frame, self.limit, on_slow);
        drop(inner);
        self.waker.wake();
        queued
    }

    /// Puts hello-ok before the events that were queued while it was made.
    pub fn push_first(&self, frame: OutFrame) {
        let mut inner = self.lock();
        inner.bytes += frame.cost();
        inner.queue.push_front(frame);
    }

    /// Ends the connection; the first reason given stays. A second call without
    /// `flush` gives up on what the first one wanted to send.
    pub fn close(&self, reason: CloseReason, flush: bool) {
        let mut inner = self.lock();
        match &mut inner.closing {
            Some(closing) => closing.flush &= flush,
            None => inner.closing = Some(Closing { reason, flush }),
        }
        drop(inner);
        self.waker.wake();
    }

    /// Asks for a keepalive ping. Closes the connection when earlier ones went
    /// unanswered.
    pub fn ping(&self, unanswered_allowed: u8) {
        let mut inner = self.lock();
        if inner.unanswered_pings >= unanswered_allowed && inner.closing.is_none() {
            inner.closing = Some(Closing { reason: CloseReason::keepalive_timeout(), flush: false });
        }
        inner.unanswered_pings = inner.unanswered_pings.saturating_add(1);
        inner.ping = true;
        drop(inner);
        self.waker.wake();
    }

    /// Notes that the peer is alive.
    pub fn heard(&self) {
        self.lock().unanswered_pings = 0;
    }

    /// Whether the connection ends because its client does not read.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        self.lock().closing.as_ref().is_some_and(|closing| closing.reason == CloseReason::slow_consumer())
    }

    /// Whether somebody decided to close the connection.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.lock().refuses()
    }

    /// Bytes that wait.
    #[must_use]
    pub fn queued_bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Wakes the connection's task, for example when a request slot is free.
    pub fn wake(&self) {
        self.waker.wake();
    }

    /// Has `waker` called at the next change.
    pub fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    /// Hands frames to `take` until `budget` bytes are used up or the queue is
    /// empty. With no budget nothing leaves the queue: what the peer does not
    /// read must wait here, where it is counted.
    pub fn drain(&self, mut budget: usize, mut take: impl FnMut(OutFrame)) -> Drained {
        let mut inner = self.lock();
        if inner.closing.as_ref().is_some_and(|closing| !closing.flush) {
            inner.queue = VecDeque::new();
            inner.bytes = 0;
        }
        while budget > 0 {
            let Some(frame) = inner.queue.pop_front() else { break };
            let cost = frame.cost();
            inner.bytes -= cost;
            budget = budget.saturating_sub(cost);
            take(frame);
        }
        if inner.queue.is_empty() && inner.queue.capacity() > 16 {
            // Thousands of idle connections must not each keep a burst's queue.
            inner.queue = VecDeque::new();
        }
        let closing = if inner.queue.is_empty() { inner.closing.clone() } else { None };
        Drained { ping: std::mem::take(&mut inner.ping), closing }
    }

    /// Drops everything: the socket is gone.
    pub fn discard(&self) {
        let mut inner = self.lock();
        inner.gone = true;
        inner.queue = VecDeque::new();
        inner.bytes = 0;
    }
}

impl Inner {
    fn refuses(&self) -> bool {
        self.gone || self.closing.is_some()
    }

    fn enqueue(&mut self, frame: OutFrame, limit: usize, on_slow: OnSlow) -> bool {
        let cost = frame.cost();
        if self.bytes + cost > limit && !self.queue.is_empty() {
            if on_slow == OnSlow::Close {
                self.closing = Some(Closing { reason: CloseReason::slow_consumer(), flush: false });
            }
            return false;
        }
        self.bytes += cost;
        self.queue.push_back(frame);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(size: usize) -> Bytes {
        Bytes::from(vec![b'x'; size])
    }

    fn tails(outbox: &Outbox) -> Vec<Tail> {
        let mut tails = Vec::new();
        outbox.drain(usize::MAX, |frame| tails.push(frame.tail));
        tails
    }

    #[test]
    fn numbers_grow_by_one_and_a_dropped_event_uses_one_up() {
        let outbox = Outbox::new(500);
        outbox.push_event(event(300), OnSlow::Drop);
        outbox.push_event(event(300), OnSlow::Drop);
        assert_eq!(tails(&outbox), [Tail::Seq(1)]);
        outbox.push_event(event(10), OnSlow::Drop);
        outbox.push_targeted(event(10), OnSlow::Drop);
        assert_eq!(tails(&outbox), [Tail::Seq(3), Tail::Brace]);
    }

    #[test]
    fn an_event_that_must_arrive_closes_a_slow_connection() {
        let outbox = Outbox::new(500);
        outbox.push_event(event(400), OnSlow::Drop);
        outbox.push_event(event(400), OnSlow::Close);
        let drained = outbox.drain(usize::MAX, drop);
        assert_eq!(drained.closing.unwrap().reason, CloseReason::slow_consumer());
        assert_eq!(outbox.queued_bytes(), 0);
    }

    #[test]
    fn a_single_frame_larger_than_the_limit_still_goes_out() {
        let outbox = Outbox::new(100);
        outbox.push(OutFrame::whole("y".repeat(5_000)));
        assert_eq!(tails(&outbox), [Tail::Nothing]);
    }

    #[test]
    fn closing_flushes_or_discards_and_keeps_the_first_reason() {
        let outbox = Outbox::new(1_000);
        outbox.push(OutFrame::whole("a".into()));
        outbox.close(CloseReason::service_restart(), true);
        outbox.close(CloseReason::slow_consumer(), true);
        let mut count = 0;
        let drained = outbox.drain(usize::MAX, |_| count += 1);
        assert_eq!((count, drained.closing.unwrap().reason), (1, CloseReason::service_restart()));
        outbox.push(OutFrame::whole("late".into()));
        assert!(tails(&outbox).is_empty());
    }

    #[test]
    fn patience_with_a_closing_reader_can_end() {
        let outbox = Outbox::new(1_000);
        outbox.push(OutFrame::whole("a".into()));
        outbox.close(CloseReason::service_restart(), true);
        outbox.close(CloseReason::slow_consumer(), false);
        let drained = outbox.drain(usize::MAX, |_| panic!("nothing is sent any more"));
        assert_eq!(drained.closing.unwrap().reason, CloseReason::service_restart());
    }

    #[test]
    fn what_is_not_read_stays_here_and_counts() {
        let outbox = Outbox::new(1_000);
        for _ in 0..20 {
            outbox.push_event(event(100), OnSlow::Drop);
            outbox.drain(0, |_| panic!("there is no room"));
        }
        assert!((900..=1_000).contains(&outbox.queued_bytes()), "{}", outbox.queued_bytes());
        let mut taken = 0;
        outbox.drain(1, |_| taken += 1);
        assert_eq!(taken, 1);
    }

    #[test]
    fn unanswered_pings_end_the_connection() {
        let outbox = Outbox::new(1_000);
        outbox.ping(1);
        assert!(outbox.drain(usize::MAX, drop).ping);
        outbox.heard();
        outbox.ping(1);
        assert!(outbox.drain(usize::MAX, drop).closing.is_none());
        outbox.ping(1);
        assert_eq!(outbox.drain(usize::MAX, drop).closing.unwrap().reason, CloseReason::keepalive_timeout());
    }
}
