//! Sockets that have not authenticated yet: how many there may be, and which
//! ones make room for new ones.
//!
//! Refusing the newest would let anybody lock an address out, loopback above
//! all, by opening sockets and saying nothing. So the oldest gives way instead:
//! a client that means it finishes its handshake within milliseconds and never
//! gets old.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

/// How many may wait, and for how long they are safe.
#[derive(Debug, Clone, Copy)]
pub struct PreauthLimits {
    /// Beyond this many of one address, those older than `grace` make room.
    pub per_ip: usize,
    /// Beyond this many in all, the oldest makes room whatever its age.
    pub total: usize,
    /// Time to finish a handshake undisturbed.
    pub grace: Duration,
}

/// The sockets that wait.
#[derive(Debug, Clone)]
pub struct Preauth {
    limits: PreauthLimits,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    by_age: BTreeMap<u64, Socket>,
    by_ip: HashMap<IpAddr, BTreeMap<u64, Instant>>,
}

#[derive(Debug)]
struct Socket {
    ip: IpAddr,
    evict: CancellationToken,
}

/// A place among the sockets that wait; dropping it gives the place back.
#[derive(Debug)]
pub struct Place {
    id: u64,
    ip: IpAddr,
    evicted: CancellationToken,
    waiting: Arc<Mutex<Waiting>>,
}

impl Preauth {
    /// Nobody waits yet.
    #[must_use]
    pub fn new(limits: PreauthLimits) -> Self {
        Self { limits, waiting: Arc::default() }
    }

    /// Takes a place for a new socket; older ones may have to go.
    #[must_use]
    pub fn enter(&self, ip: IpAddr, now: Instant) -> Place {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.make_room(self.limits, ip, now);
        let id = waiting.next;
        waiting.next += 1;
        let evicted = CancellationToken::new();
        waiting.by_age.insert(id, Socket { ip, evict: evicted.clone() });
        waiting.by_ip.entry(ip).or_default().insert(id, now);
        Place { id, ip, evicted, waiting: Arc::clone(&self.waiting) }
    }
}

impl Preauth {
    /// Makes the oldest go, whatever their age: the system has no room for more.
    pub fn evict_oldest(&self, count: usize) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..count {
            let Some(id) = waiting.by_age.keys().next().copied() else { return };
            waiting.evict(id);
        }
    }
}

impl Waiting {
    fn make_room(&mut self, limits: PreauthLimits, ip: IpAddr, now: Instant) {
        while self.by_ip.get(&ip).is_some_and(|own| own.len() >= limits.per_ip) {
            let oldest = self.by_ip.get(&ip).and_then(|own| own.first_key_value()).map(|(id, since)| (*id, *since));
            match oldest {
                Some((id, since)) if now.duration_since(since) >= limits.grace => self.evict(id),
                _ => break,
            }
        }
        while self.by_age.len() >= limits.total {
            let Some((id, _)) = self.by_age.first_key_value() else { break };
            self.evict(*id);
        }
    }

    fn evict(&mut self, id: u64) {
        if let Some(socket) = self.remove(id) {
            socket.evict.cancel();
        }
    }

    fn remove(&mut self, id: u64) -> Option<Socket> {
        let socket = self.by_age.remove(&id)?;
        if let Some(own) = self.by_ip.get_mut(&socket.ip) {
            own.remove(&id);
            if own.is_empty() {
                self.by_ip.remove(&socket.ip);
            }
        }
        Some(socket)
    }
}

impl Place {
    /// Completes when this socket has to make room.
    pub async fn evicted(&self) {
        self.evicted.cancelled().await;
    }

    /// The same for somebody who does not hold the place.
    #[must_use]
    pub fn watch(&self) -> CancellationToken {
        self.evicted.clone()
    }

    /// The address that it counts for.
    #[must_use]
    pub fn ip(&self) -> IpAddr {
        self.ip
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    const LIMITS: PreauthLimits = PreauthLimits { per_ip: 3, total: 6, grace: Duration::from_secs(1) };

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn gone(place: &Place) -> bool {
        place.evicted().now_or_never().is_some()
    }

    #[test]
    fn the_oldest_of_an_address_gives_way_once_its_grace_is_over() {
        let preauth = Preauth::new(LIMITS);
        let start = Instant::now();
        let silent: Vec<_> = (0..3).map(|_| preauth.enter(ip(1), start)).collect();
        let other = preauth.enter(ip(2), start);
        let early = preauth.enter(ip(1), start + Duration::from_millis(999));
        assert!(silent.iter().all(|place| !gone(place)));
        let late = preauth.enter(ip(1), start + Duration::from_secs(1));
        assert_eq!(silent.iter().map(gone).collect::<Vec<_>>(), [true, true, false]);
        assert!(!gone(&early) && !gone(&late) && !gone(&other));
    }

    #[test]
    fn in_all_the_oldest_gives_way_at_once() {
        let preauth = Preauth::new(LIMITS);
        let start = Instant::now();
        let places: Vec<_> = (0..8).map(|n| preauth.enter(ip(n), start)).collect();
        assert_eq!(places.iter().filter(|place| gone(place)).count(), 2);
        assert!(gone(&places[0]) && gone(&places[1]));
    }

    #[test]
    fn when_the_system_is_full_the_oldest_go_first() {
        let preauth = Preauth::new(LIMITS);
        let start = Instant::now();
        let places: Vec<_> = (0..4).map(|n| preauth.enter(ip(n), start)).collect();
        preauth.evict_oldest(3);
        assert_eq!(places.iter().map(gone).collect::<Vec<_>>(), [true, true, true, false]);
        preauth.evict_oldest(9);
    }

    #[test]
    fn a_place_is_given_back() {
        let preauth = Preauth::new(LIMITS);
        let start = Instant::now();
        for _ in 0..100 {
            drop(preauth.enter(ip(1), start));
        }
        let waiting = preauth.waiting.lock().unwrap();
        assert!(waiting.by_age.is_empty() && waiting.by_ip.is_empty());
    }
}
