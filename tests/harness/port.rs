//! Ports that are free, and stay it while nobody listens on them.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the ports that the system gives to whoever asks for any (32768 and above), so that nobody is given one of them
/// between two starts of a gateway.
const FIRST: u32 = 20_000;
/// Ports of one process of the suite.
const EACH: u16 = 8;
const PROCESSES: u32 = 1_500;

/// A port for a configuration, where 0 would be another one at each start. Each process looks among its own first.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = std::process::id() % PROCESSES * u32::from(EACH);
    let candidates = std::iter::repeat_with(|| {
        let offset = (own + u32::from(NEXT.fetch_add(1, Ordering::Relaxed))) % (PROCESSES * u32::from(EACH));
        u16::try_from(FIRST + offset).unwrap()
    });
    let mut free = candidates.take(1_000).filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.next().expect("no port is free")
}
