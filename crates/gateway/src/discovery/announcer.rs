//! The thread that answers questions on the network. Sockets of its own, no task;
//! whoever starts it stops it, and then it says goodbye.

use std::time::Duration;

use mdns_sd::{DaemonEvent, IfKind, IfPredicate, Receiver, ServiceDaemon, ServiceInfo};

use super::advert::{Advert, Interfaces};
use crate::system::is_tailnet;

/// How long the thread has to say goodbye and end.
const GOODBYE: Duration = Duration::from_secs(2);
/// How often addresses that come and go are looked for, seconds.
const ADDRESSES_EVERY: u32 = 3;

/// Something that happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// The network was told.
    Told,
    /// Somebody else has the name; this is the one in use now.
    Renamed(String),
    /// It does not work.
    Failed(String),
    /// The thread is gone.
    Ended,
}

/// A running thread, and what it tells.
pub(super) struct Announcer {
    daemon: ServiceDaemon,
    events: Receiver<DaemonEvent>,
    pub(super) advert: Advert,
}

impl Announcer {
    /// Starts the thread; it tells at once.
    pub(super) fn start(advert: Advert) -> Result<Self, String> {
        let started = || -> mdns_sd::Result<Self> {
            let daemon = ServiceDaemon::new()?;
            let events = daemon.monitor()?;
            daemon.set_ip_check_interval(ADDRESSES_EVERY)?;
            only_where_it_is_reached(&daemon, &advert.interfaces)?;
            let own = Self { daemon, events, advert };
            own.tell()?;
            Ok(own)
        };
        started().map_err(|error| error.to_string())
    }

    /// Tells what there is, again or for the first time.
    pub(super) fn tell(&self) -> mdns_sd::Result<()> {
        let Advert { host, port, txt, .. } = &self.advert;
        for (kind, name) in &self.advert.instances {
            let info = ServiceInfo::new(kind, name, host, "", *port, txt.as_slice())?;
            self.daemon.register(info.enable_addr_auto())?;
        }
        Ok(())
    }

    /// Whether the same thread can tell this instead.
    pub(super) fn fits(&self, advert: &Advert) -> bool {
        let own = &self.advert;
        (&own.instances, &own.host, &own.interfaces) == (&advert.instances, &advert.host, &advert.interfaces)
    }

    /// The next thing that matters.
    pub(super) async fn next(&self) -> Event {
        loop {
            return match self.events.recv_async().await {
                Ok(DaemonEvent::Announce(..)) => Event::Told,
                Ok(DaemonEvent::NameChange(change)) => Event::Renamed(change.new_name),
                Ok(DaemonEvent::Error(error)) => Event::Failed(error.to_string()),
                Ok(_) => continue,
                Err(_) => Event::Ended,
            };
        }
    }

    /// Takes back what was told, and waits for the end of the thread.
    pub(super) async fn stop(self) {
        stop(&self.daemon).await;
    }
}

/// Ends a thread, and waits until it has ended.
pub(super) async fn stop(daemon: &ServiceDaemon) {
    let ended = async {
        // A full queue is emptied in a moment; a thread that is gone needs no end.
        loop {
            match daemon.shutdown() {
                Ok(ended) => return drop(ended.recv_async().await),
                Err(mdns_sd::Error::Again) => tokio::time::sleep(Duration::from_millis(10)).await,
                Err(_) => return,
            }
        }
    };
    if tokio::time::timeout(GOODBYE, ended).await.is_err() {
        tracing::warn!("The thread for mDNS did not end in time.");
    }
}

/// Neither loopback nor the tailnet, where nobody listens for it, and IPv4 only, as
/// the gateway does.
fn only_where_it_is_reached(daemon: &ServiceDaemon, interfaces: &Interfaces) -> mdns_sd::Result<()> {
    if let Interfaces::With(addresses) = interfaces {
        daemon.disable_interface(IfKind::All)?;
        return daemon.enable_interface(addresses.iter().copied().map(IfKind::Addr).collect::<Vec<_>>());
    }
    let tailnet = IfPredicate::new(|interface| is_tailnet(interface.ip()));
    daemon.disable_interface(vec![IfKind::IPv6, IfKind::LoopbackV4, IfKind::LoopbackV6, IfKind::Predicate(tailnet)])
}
