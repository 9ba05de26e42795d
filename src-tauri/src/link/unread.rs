//! What has to be read again, and from when.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

/// Changes within this time are read together, so that the menu stays calm.
const CALM: Duration = Duration::from_millis(400);
/// Before what could not be read is tried again.
const AGAIN: Duration = Duration::from_secs(3);

/// One thing to ask the gateway for, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// To be told of conversations at all.
    Subscription,
    Approvals,
    Devices,
    Nodes,
    Status,
    Sessions,
}

/// All of them: there is a new connection, or events were missed.
pub(super) const ALL: [Part; 6] =
    [Part::Subscription, Part::Approvals, Part::Devices, Part::Nodes, Part::Status, Part::Sessions];

/// What is not known any more.
#[derive(Debug, Default)]
pub(super) struct Unread {
    parts: BTreeSet<Part>,
    /// Set with the first of them and left alone by the others: while an answer
    /// streams there is always one more.
    due: Option<Instant>,
}

impl Unread {
    /// Something has changed.
    pub(super) fn mark(&mut self, part: Part, now: Instant) {
        self.parts.insert(part);
        self.due.get_or_insert(now + CALM);
    }

    /// Nothing that is known counts any more.
    pub(super) fn mark_all(&mut self, now: Instant) {
        self.parts.extend(ALL);
        self.due = Some(now);
    }

    /// Nobody can be asked; the next connection marks everything.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// When it is read.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// All of it, to be read now.
    pub(super) fn take(&mut self) -> BTreeSet<Part> {
        std::mem::take(self).parts
    }

    /// What could not be read is tried again.
    pub(super) fn put_back(&mut self, parts: BTreeSet<Part>, now: Instant) {
        if parts.is_empty() {
            return;
        }
        self.parts.extend(parts);
        self.due.get_or_insert(now + AGAIN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_all_the_time_is_read_all_the_same() {
        let (mut unread, begin) = (Unread::default(), Instant::now());
        assert_eq!(unread.due(), None);
        for millis in [0, 150, 300, 450] {
            unread.mark(Part::Sessions, begin + Duration::from_millis(millis));
        }
        assert_eq!(unread.due(), Some(begin + CALM));
        unread.mark(Part::Devices, begin + CALM);
        assert_eq!(unread.take().into_iter().collect::<Vec<_>>(), [Part::Devices, Part::Sessions]);
        assert_eq!(unread.due(), None);
        unread.mark(Part::Status, begin + 2 * CALM);
        assert_eq!(unread.due(), Some(begin + 3 * CALM), "the next change begins anew");
    }

    #[test]
    fn everything_is_read_at_once_when_events_were_missed() {
        let (mut unread, begin) = (Unread::default(), Instant::now());
        unread.mark(Part::Status, begin);
        unread.mark_all(begin + CALM / 2);
        assert_eq!(unread.due(), Some(begin + CALM / 2));
        assert!(unread.take().into_iter().eq(ALL));
    }

    #[test]
    fn what_could_not_be_read_is_tried_again() {
        let (mut unread, begin) = (Unread::default(), Instant::now());
        unread.mark_all(begin);
        let mut rest = unread.take();
        rest.remove(&Part::Subscription);
        unread.put_back(rest.clone(), begin);
        assert_eq!(unread.due(), Some(begin + AGAIN));
        assert_eq!(unread.take(), rest);
        unread.put_back(BTreeSet::new(), begin);
        assert_eq!(unread.due(), None);
        unread.put_back(rest, begin);
        unread.clear();
        assert_eq!((unread.due(), unread.take()), (None, BTreeSet::new()));
    }
}
