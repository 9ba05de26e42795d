//! Who is there: the gateway itself, live connections and beacons sent with
//! `system-event` (`frames-and-events.md §4`).
//!
//! Entries are rendered once when they change. Announcements are merged: a
//! burst of connects costs a few events, not one per connection and reader.
//! Who left is announced once and then forgotten, so the event's size does not
//! grow with clients that are gone.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use postern_protocol::call::Rendered;
use postern_protocol::system::{PresenceChanged, PresenceEntry};
use serde_json::value::RawValue;
use tokio::sync::Notify;

use crate::hub::{Hub, Versions};
use crate::options::Clock;

/// Most entries that are told; the newest stay.
const MAX_ENTRIES: usize = 200;
/// Most departures that one announcement carries.
const MAX_DEPARTED: usize = 32;
/// A beacon that is not repeated disappears after this many milliseconds.
const BEACON_TTL_MS: i64 = 5 * 60 * 1000;
/// Shortest pause between two announcements.
const MIN_PAUSE: Duration = Duration::from_millis(50);

/// Handle to the presence list.
#[derive(Debug, Clone)]
pub struct Presence(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
    versions: Versions,
    hub: Hub,
    clock: Clock,
}

#[derive(Debug, Default)]
struct State {
    own: Option<PresenceEntry>,
    entries: HashMap<String, Known>,
    order: BTreeMap<(Reverse<i64>, String), Arc<str>>,
    departed: Vec<Arc<str>>,
    rendered: Option<Rendered<Vec<PresenceEntry>>>,
}

#[derive(Debug)]
struct Known {
    entry: PresenceEntry,
    source: Source,
}

/// Where an entry comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A live connection, by its id: stays until that connection closes.
    Connection(Arc<str>),
    /// `system-event`: expires unless repeated.
    Beacon,
}

impl Presence {
    /// An empty list.
    #[must_use]
    pub fn new(hub: Hub, versions: Versions, clock: Clock) -> Self {
        Self(Arc::new(Shared { state: Mutex::default(), changed: Notify::new(), versions, hub, clock }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the entry of the gateway itself; it always comes first.
    pub fn set_own(&self, entry: PresenceEntry) {
        self.change(|state| state.own = Some(entry));
    }

    /// Adds or replaces an entry.
    pub fn upsert(&self, key: &str, entry: PresenceEntry, source: Source) {
        self.change(|state| state.put(key, entry, source));
    }

    /// Merges a beacon into what is known under `key`; false when nothing but
    /// the time changed.
    pub fn beacon(&self, key: &str, update: impl FnOnce(&mut PresenceEntry)) -> bool {
        let now = self.0.clock.now_ms();
        let mut news = false;
        self.change(|state| {
            let known = state.entries.get(key);
            let before = known.map(|known| known.entry.clone()).unwrap_or_default();
            let source = known.map_or(Source::Beacon, |known| known.source.clone());
            let mut entry = before.clone();
            update(&mut entry);
            entry.ts = before.ts;
            news = entry != before;
            entry.ts = now;
            state.put(key, entry, source);
        });
        news
    }

    /// Announces that a connection left, once. When its key belongs to a newer
    /// connection by now, nobody left.
    pub fn depart(&self, key: &str, conn_id: &str) {
        let now = self.0.clock.now_ms();
        self.change_if(|state| {
            let Some(mut entry) = state.take_from(key, conn_id) else { return false };
            entry.ts = now;
            entry.reason = Some("disconnect".to_owned());
            if state.departed.len() < MAX_DEPARTED {
                state.departed.push(render(&entry));
            }
            true
        });
    }

    /// Everybody who is there, as JSON that is rendered at most once per change.
    #[must_use]
    pub fn snapshot(&self) -> Rendered<Vec<PresenceEntry>> {
        let mut state = self.lock();
        if let Some(rendered) = &state.rendered {
            return rendered.clone();
        }
        let rendered = state.join(false);
        state.rendered = Some(rendered.clone());
        rendered
    }

    /// Tells connected clients about changes until the gateway stops.
    pub async fn announce(self) {
        loop {
            self.0.changed.notified().await;
            let presence = {
                let mut state = self.lock();
                let joined = state.join(true);
                state.departed.clear();
                joined
            };
            self.0.hub.publish_versioned(&PresenceChanged { presence }, Some(self.0.versions.now()));
            let (operators, nodes) = self.0.hub.counts();
            // With thousands of readers each announcement is real work: make fewer.
            let readers = u32::try_from(operators + nodes).unwrap_or(u32::MAX);
            tokio::time::sleep(MIN_PAUSE + Duration::from_micros(400) * readers).await;
        }
    }

    /// Drops beacons that were not repeated.
    pub fn expire(&self) {
        let deadline = self.0.clock.now_ms() - BEACON_TTL_MS;
        self.change_if(|state| {
            let stale = |known: &Known| known.source == Source::Beacon && known.entry.ts <= deadline;
            let old = state.entries.iter().filter(|(_, known)| stale(known)).map(|(key, _)| key.clone());
            let old: Vec<String> = old.collect();
            for key in &old {
                drop(state.take(key));
            }
            !old.is_empty()
        });
    }

    fn change(&self, apply: impl FnOnce(&mut State)) {
        self.change_if(|state| {
            apply(state);
            true
        });
    }

    /// Judges and changes under one lock; `apply` says whether it changed anything.
    fn change_if(&self, apply: impl FnOnce(&mut State) -> bool) {
        let mut state = self.lock();
        if !apply(&mut state) {
            return;
        }
        state.rendered = None;
        self.0.versions.presence_changed();
        drop(state);
        self.0.changed.notify_one();
    }
}

impl State {
    /// Takes an entry if it belongs to this connection.
    fn take_from(&mut self, key: &str, conn_id: &str) -> Option<PresenceEntry> {
        let source = self.entries.get(key).map(|known| &known.source);
        matches!(source, Some(Source::Connection(owner)) if &**owner == conn_id).then(|| self.take(key)).flatten()
    }

    fn put(&mut self, key: &str, entry: PresenceEntry, source: Source) {
        drop(self.take(key));
        self.order.insert((Reverse(entry.ts), key.to_owned()), render(&entry));
        self.entries.insert(key.to_owned(), Known { entry, source });
        self.forget_oldest_beacon();
    }

    fn take(&mut self, key: &str) -> Option<PresenceEntry> {
        let known = self.entries.remove(key)?;
        self.order.remove(&(Reverse(known.entry.ts), key.to_owned()));
        Some(known.entry)
    }

    /// Connections bound themselves; beacons are names that a caller made up.
    fn forget_oldest_beacon(&mut self) {
        if self.entries.len() <= MAX_ENTRIES * 4 {
            return;
        }
        let oldest = self
            .order
            .keys()
            .rev()
            .find(|(_, key)| self.entries.get(key).is_some_and(|known| known.source == Source::Beacon));
        if let Some((_, key)) = oldest.cloned() {
            drop(self.take(&key));
        }
    }

    fn join(&self, with_departed: bool) -> Rendered<Vec<PresenceEntry>> {
        let own = self.own.as_ref().map(render);
        let departed = self.departed.iter().filter(|_| with_departed);
        let parts = own.iter().chain(self.order.values().take(MAX_ENTRIES)).chain(departed);
        let mut text = String::from("[");
        for (index, part) in parts.enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(part);
        }
        text.push(']');
        Rendered::from_raw(raw(text))
    }
}

fn render(entry: &PresenceEntry) -> Arc<str> {
    // A struct of strings, numbers and lists always serialises.
    serde_json::to_string(entry).unwrap_or_else(|_| "{\"ts\":0}".to_owned()).into()
}

fn raw(text: String) -> Arc<RawValue> {
    // Joined from rendered entries, so it is JSON.
    RawValue::from_string(text).map_or_else(|_| Arc::from(RawValue::NULL.to_owned()), Arc::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering};

    fn presence() -> (Presence, Arc<AtomicI64>, Versions) {
        let now = Arc::new(AtomicI64::new(1_000));
        let clock = {
            let now = Arc::clone(&now);
            Clock::new(move || now.load(Ordering::SeqCst))
        };
        let versions = Versions::default();
        (Presence::new(Hub::default(), versions.clone(), clock), now, versions)
    }

    fn entry(host: &str, ts: i64) -> PresenceEntry {
        PresenceEntry { host: Some(host.into()), ts, ..PresenceEntry::default() }
    }

    fn live() -> Source {
        Source::Connection("c".into())
    }

    fn hosts(presence: &Presence) -> Vec<String> {
        presence.snapshot().read().unwrap().into_iter().filter_map(|entry| entry.host).collect()
    }

    #[test]
    fn the_gateway_comes_first_and_then_the_newest() {
        let (presence, _, versions) = presence();
        let before = versions.now().presence;
        presence.upsert("a", entry("a", 5), live());
        presence.upsert("b", entry("b", 9), live());
        presence.set_own(entry("self", 1));
        presence.upsert("a", entry("a2", 7), live());
        assert_eq!(hosts(&presence), ["self", "b", "a2"]);
        assert_eq!(versions.now().presence, before + 4);
    }

    #[test]
    fn a_connection_that_leaves_takes_no_newer_one_along() {
        let (presence, _, versions) = presence();
        presence.upsert("a", entry("a", 5), Source::Connection("older".into()));
        presence.upsert("a", entry("a", 6), Source::Connection("newer".into()));
        let before = versions.now().presence;
        presence.depart("a", "older");
        assert_eq!((hosts(&presence), versions.now().presence), (vec!["a".to_owned()], before));
        presence.depart("a", "newer");
        assert!(hosts(&presence).is_empty());
    }

    #[test]
    fn who_left_is_announced_once_and_then_forgotten() {
        let (presence, _, _) = presence();
        for n in 0..300 {
            presence.upsert(&n.to_string(), entry("gone", n), live());
            presence.depart(&n.to_string(), "c");
        }
        assert!(hosts(&presence).is_empty());
        let departed = presence.lock().join(true).read().unwrap();
        assert_eq!(departed.len(), MAX_DEPARTED);
        assert_eq!(departed[0].reason.as_deref(), Some("disconnect"));
    }

    #[test]
    fn an_older_connection_does_not_take_a_newer_one_along() {
        let (presence, _, _) = presence();
        presence.upsert("node", entry("old", 1), live());
        presence.upsert("node", entry("new", 2), Source::Connection("d".into()));
        presence.depart("node", "c");
        assert_eq!(hosts(&presence), ["new"]);
        presence.depart("node", "d");
        assert!(hosts(&presence).is_empty());
    }

    #[test]
    fn the_list_is_bounded() {
        let (presence, _, _) = presence();
        for n in 0..2_000 {
            presence.upsert(&n.to_string(), entry("x", n), Source::Beacon);
        }
        assert_eq!(hosts(&presence).len(), MAX_ENTRIES);
        assert!(presence.lock().entries.len() <= MAX_ENTRIES * 4);
    }

    #[test]
    fn beacons_expire_and_say_whether_they_brought_news() {
        let (presence, now, _) = presence();
        let say = |mode: &str| presence.beacon("b", |entry| entry.mode = Some(mode.into()));
        assert!(say("idle"));
        assert!(!say("idle"));
        assert!(say("busy"));
        presence.upsert("c", entry("conn", 1), live());
        now.store(1_000 + BEACON_TTL_MS, Ordering::SeqCst);
        presence.expire();
        assert_eq!(hosts(&presence), ["conn"]);
        assert_eq!(presence.lock().entries.len(), 1);
    }
}
