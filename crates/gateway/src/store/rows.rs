//! One table in memory: every row with its current and its last durable value,
//! so that a write that fails takes back itself and nothing else.

use std::collections::HashMap;
use std::sync::Arc;

/// The rows of one table by key.
#[derive(Debug)]
pub(crate) struct Rows<T> {
    slots: HashMap<String, Slot<T>>,
    last_version: u64,
}

/// Settled slots share one allocation between both values.
#[derive(Debug)]
struct Slot<T> {
    current: Option<Arc<T>>,
    version: u64,
    durable: Option<Arc<T>>,
    durable_version: u64,
    in_flight: u32,
}

/// One write that was handed to the store and is not answered yet.
#[derive(Debug)]
pub(crate) struct Ticket<T> {
    key: String,
    version: u64,
    value: Option<Arc<T>>,
}

impl<T> Ticket<T> {
    /// Key of the row.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// What was written; nothing when the row was removed.
    pub(crate) fn value(&self) -> Option<&Arc<T>> {
        self.value.as_ref()
    }
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { slots: HashMap::new(), last_version: 0 }
    }
}

impl<T> Rows<T> {
    /// A row as it was read from the store.
    pub(crate) fn load(&mut self, key: String, value: T) {
        let value = Some(Arc::new(value));
        let slot = Slot { current: value.clone(), version: 0, durable: value, durable_version: 0, in_flight: 0 };
        self.slots.insert(key, slot);
    }

    /// The row as it stands, durable or not.
    pub(crate) fn get(&self, key: &str) -> Option<&Arc<T>> {
        self.slots.get(key)?.current.as_ref()
    }

    /// The row, unless a write of it is still under way.
    pub(crate) fn settled(&self, key: &str) -> Option<&Arc<T>> {
        self.slots.get(key).filter(|slot| slot.in_flight == 0)?.current.as_ref()
    }

    /// All rows as they stand.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Arc<T>> {
        self.slots.values().filter_map(|slot| slot.current.as_ref())
    }

    /// Changes a row; the ticket is handed back with the store's answer.
    pub(crate) fn set(&mut self, key: &str, value: Option<Arc<T>>) -> Ticket<T> {
        self.last_version += 1;
        let slot = self.slots.entry(key.to_owned()).or_insert_with(|| Slot {
            current: None,
            version: 0,
            durable: None,
            durable_version: 0,
            in_flight: 0,
        });
        slot.current.clone_from(&value);
        slot.version = self.last_version;
        slot.in_flight += 1;
        Ticket { key: key.to_owned(), version: self.last_version, value }
    }

    /// Replaces a settled row without a write of its own, for facts that may be
    /// lost. False when a write of the row is under way or there is none.
    pub(crate) fn amend(&mut self, key: &str, value: Arc<T>) -> bool {
        let Some(slot) = self.slots.get_mut(key).filter(|slot| slot.in_flight == 0 && slot.current.is_some()) else {
            return false;
        };
        slot.current = Some(Arc::clone(&value));
        slot.durable = Some(value);
        true
    }

    /// Takes in how a write ended. A failed write is taken back unless a later
    /// one stands on top of it.
    pub(crate) fn settle(&mut self, ticket: &Ticket<T>, stored: bool) {
        let Some(slot) = self.slots.get_mut(&ticket.key) else { return };
        slot.in_flight = slot.in_flight.saturating_sub(1);
        if stored && ticket.version > slot.durable_version {
            slot.durable.clone_from(&ticket.value);
            slot.durable_version = ticket.version;
            if slot.version < ticket.version {
                slot.current.clone_from(&ticket.value);
                slot.version = ticket.version;
            }
        }
        if !stored && slot.version == ticket.version {
            slot.current.clone_from(&slot.durable);
            slot.version = slot.durable_version;
        }
        if slot.in_flight == 0 && slot.current.is_none() && slot.durable.is_none() {
            self.slots.remove(&ticket.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(rows: &Rows<u8>) -> Option<u8> {
        rows.get("k").map(|value| **value)
    }

    fn rows_with(value: u8) -> Rows<u8> {
        let mut rows = Rows::default();
        rows.load("k".into(), value);
        rows
    }

    #[test]
    fn a_failed_write_is_taken_back() {
        let mut rows = rows_with(1);
        let ticket = rows.set("k", Some(Arc::new(2)));
        assert_eq!(at(&rows), Some(2));
        assert!(rows.settled("k").is_none());
        rows.settle(&ticket, false);
        assert_eq!(at(&rows), Some(1));
        assert!(rows.settled("k").is_some());
    }

    #[test]
    fn a_failed_removal_brings_the_row_back_and_a_failed_insert_takes_it_away() {
        let mut rows = rows_with(1);
        let ticket = rows.set("k", None);
        assert_eq!(at(&rows), None);
        rows.settle(&ticket, false);
        assert_eq!(at(&rows), Some(1));

        let mut rows = Rows::default();
        let ticket = rows.set("k", Some(Arc::new(1)));
        rows.settle(&ticket, false);
        assert_eq!(at(&rows), None);
        assert!(rows.slots.is_empty());
    }

    #[test]
    fn answers_may_come_in_any_order() {
        // (first stored?, second stored?, first answered first?, what must remain)
        let table = [
            (true, true, true, 3),
            (true, true, false, 3),
            (true, false, true, 2),
            (true, false, false, 2),
            (false, true, true, 3),
            (false, true, false, 3),
            (false, false, true, 1),
            (false, false, false, 1),
        ];
        for (first_stored, second_stored, in_order, want) in table {
            let mut rows = rows_with(1);
            let first = rows.set("k", Some(Arc::new(2)));
            let second = rows.set("k", Some(Arc::new(3)));
            let mut answers = [(first, first_stored), (second, second_stored)];
            if !in_order {
                answers.reverse();
            }
            for (ticket, stored) in answers {
                rows.settle(&ticket, stored);
            }
            assert_eq!(at(&rows), Some(want), "{first_stored} {second_stored} {in_order}");
            assert!(rows.settled("k").is_some());
        }
    }

    #[test]
    fn removed_rows_leave_nothing_behind() {
        let mut rows = rows_with(1);
        let ticket = rows.set("k", None);
        rows.settle(&ticket, true);
        assert!(rows.slots.is_empty());
    }
}
