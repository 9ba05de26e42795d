//! What a client hears: events of the gateway, gaps between them, and what was
//! read again after a gap (`frames-and-events.md §2`).

use std::sync::Arc;

use postern_protocol::call::{Event, Rendered};
use postern_protocol::connect::StateVersion;
use postern_protocol::frame::EventFrame;
use postern_protocol::system::{HealthSnapshot, PresenceEntry};
use serde_json::value::RawValue;
use tokio::sync::broadcast;

/// An event as the gateway sent it.
#[derive(Debug)]
pub struct GatewayEvent {
    /// Wire name.
    pub name: String,
    /// Payload as JSON text.
    pub payload: Option<Box<RawValue>>,
    /// Number of this broadcast on its connection.
    pub seq: Option<u64>,
    /// Versions of presence and health after the change.
    pub state_version: Option<StateVersion>,
}

impl GatewayEvent {
    pub(crate) fn of(frame: &EventFrame<'_>) -> Self {
        Self {
            name: frame.event.to_string(),
            payload: frame.payload.map(ToOwned::to_owned),
            seq: frame.seq,
            state_version: frame.state_version,
        }
    }

    /// The payload as `E`; `None` when it is another event.
    ///
    /// # Errors
    /// When the payload has another shape than this client knows.
    pub fn read<E: Event>(&self) -> Option<serde_json::Result<E>> {
        (self.name == E::NAME).then(|| serde_json::from_str(self.payload.as_deref().map_or("null", RawValue::get)))
    }
}

/// Numbers that did not follow each other: what lies between was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SequenceGap {
    /// The number that should have come.
    pub expected: u64,
    /// The number that came.
    pub received: u64,
}

/// State read again after a gap. A part that the gateway refused (a node may not
/// read presence) is absent.
#[derive(Debug)]
pub struct Refreshed {
    /// Answer of `health`.
    pub health: Option<Rendered<HealthSnapshot>>,
    /// Answer of `system-presence`.
    pub presence: Option<Rendered<Vec<PresenceEntry>>>,
}

/// What [`EventReceiver::recv`] yields.
#[derive(Debug, Clone)]
pub enum ClientEvent {
    /// The gateway sent an event.
    Gateway(Arc<GatewayEvent>),
    /// Events were lost on the way; health and presence are being read again.
    Gap(SequenceGap),
    /// What was read again after a gap.
    Refreshed(Arc<Refreshed>),
    /// This receiver was too slow and missed so many entries.
    Lagged {
        /// How many.
        missed: u64,
    },
}

/// One subscriber's end. It holds a fixed number of entries: a subscriber that
/// reads too slowly loses the oldest and is told how many.
#[derive(Debug)]
pub struct EventReceiver {
    inner: broadcast::Receiver<ClientEvent>,
}

impl EventReceiver {
    pub(crate) fn new(inner: broadcast::Receiver<ClientEvent>) -> Self {
        Self { inner }
    }

    /// The next entry; `None` once the client has ended.
    pub async fn recv(&mut self) -> Option<ClientEvent> {
        match self.inner.recv().await {
            Ok(event) => Some(event),
            Err(broadcast::error::RecvError::Lagged(missed)) => Some(ClientEvent::Lagged { missed }),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

/// Watches the numbers of one connection.
#[derive(Debug)]
pub(crate) struct SequenceWatch {
    next: Option<u64>,
}

impl SequenceWatch {
    /// From generation 4 on the first broadcast of a connection has number 1;
    /// before, one counter served everybody and the first number says nothing.
    pub(crate) fn new(protocol: u32) -> Self {
        Self { next: (protocol >= 4).then_some(1) }
    }

    pub(crate) fn observe(&mut self, received: u64) -> Option<SequenceGap> {
        let expected = self.next.replace(received.saturating_add(1));
        expected.filter(|expected| *expected != received).map(|expected| SequenceGap { expected, received })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(protocol: u32, numbers: &[u64]) -> Vec<(u64, u64)> {
        let mut watch = SequenceWatch::new(protocol);
        numbers.iter().filter_map(|seq| watch.observe(*seq)).map(|gap| (gap.expected, gap.received)).collect()
    }

    #[test]
    fn gaps_are_seen_once_and_counting_goes_on_from_there() {
        assert_eq!(gaps(4, &[1, 2, 3]), []);
        assert_eq!(gaps(4, &[1, 2, 5, 6, 8]), [(3, 5), (7, 8)]);
        assert_eq!(gaps(4, &[2]), [(1, 2)]);
        assert_eq!(gaps(3, &[412, 413]), []);
        assert_eq!(gaps(4, &[1, 1]), [(2, 1)]);
        assert_eq!(gaps(4, &[u64::MAX]), [(1, u64::MAX)]);
    }
}
