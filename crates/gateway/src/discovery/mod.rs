//! Being found on the local network, by mDNS and DNS-SD (`storage-and-config.md §4`):
//! only where the owner asked for it, only as much as was asked for, and never where
//! nobody could come. Looking for others is here too.
//!
//! Nothing that is heard on the network is believed: a name, a port and a
//! fingerprint in a TXT record are what somebody claims.
//!
//! | file | owns |
//! |---|---|
//! | `names.rs` | names, bounded and harmless |
//! | `advert.rs` | what the network is told |
//! | `announcer.rs` | the thread that tells it |
//! | `browse.rs` | looking for gateways |

mod advert;
mod announcer;
mod browse;
mod names;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use postern_protocol::remote::RemoteDiscovery;
use tokio::time::Instant;

use self::advert::{Advert, Facts, advert};
use self::announcer::{Announcer, Event};
use crate::config::{Config, LiveConfig, MdnsMode};
use crate::tailscale;
use crate::tasks::Tasks;
use crate::tls::Tls;
use crate::wake::Wake;

pub use self::advert::Place;
pub use self::browse::{BrowseError, Sighting, browse};
pub use self::names::clean;

/// What the ecosystem's clients look for.
pub const OPENCLAW_TYPE: &str = "_openclaw-gw._tcp.local.";
/// The same under this program's name.
pub const POSTERN_TYPE: &str = "_postern-gw._tcp.local.";

/// Between two looks whether what is told is still true.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// How long the name in the tailnet is believed.
const NAME_FRESH: Duration = Duration::from_secs(60);
/// How long the tailnet has to say it.
const NAME_PATIENCE: Duration = Duration::from_secs(3);
/// Between two attempts after one that failed.
const RETRY: Duration = Duration::from_secs(30);

/// What it needs of the gateway.
#[derive(Clone)]
pub struct Surroundings {
    /// Settings in force.
    pub config: LiveConfig,
    /// The certificate in force.
    pub tls: Tls,
    /// When the machine woke up.
    pub wake: Wake,
    /// Told when shutdown begins.
    pub tasks: Tasks,
    /// Where the gateway is.
    pub place: Place,
    /// What programs run with.
    pub env: BTreeMap<String, String>,
}

/// Handle to it; cheap to clone.
#[derive(Clone)]
pub struct Discovery(Arc<Inner>);

struct Inner {
    around: Surroundings,
    known: Mutex<Known>,
}

/// How it stands.
#[derive(Debug, Clone, Default)]
struct Known {
    /// Whether the network was told.
    told: bool,
    /// Name under which the gateway is shown.
    name: Option<String>,
    /// Why it is not told what it should be.
    problem: Option<String>,
}

impl Discovery {
    /// Nothing is told yet.
    #[must_use]
    pub fn new(around: Surroundings) -> Self {
        Self(Arc::new(Inner { around, known: Mutex::default() }))
    }

    fn known(&self) -> Known {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.0.known.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// How it stands.
    #[must_use]
    pub fn status(&self) -> RemoteDiscovery {
        let mode = self.0.around.config.now().discovery.mdns;
        let known = self.known();
        let problem = self.warning();
        RemoteDiscovery { mode: mode.as_str().to_owned(), advertised: known.told, name: known.name, problem }
    }

    /// Why the network is not told what the settings say, for people.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let Surroundings { config, place, .. } = &self.0.around;
        let config = config.now();
        if config.discovery.mdns == MdnsMode::Off {
            return None;
        }
        let facts = Facts { bind: config.bind, ..Facts::default() };
        // Known without having tried, so also in the first moments.
        advert(&config.discovery, place, &facts).err().or_else(|| self.known().problem)
    }

    /// Tells the network for as long as the gateway runs, and takes it back at the end.
    pub async fn keep(self) {
        let Surroundings { config, wake, tasks, .. } = &self.0.around;
        let (mut changes, mut woken) = (config.changes(), wake.subscribe());
        let mut tailnet = TailnetName::default();
        let mut announcer: Option<Announcer> = None;
        loop {
            let now = config.now();
            let wanted = tokio::select! {
                wanted = self.wanted(&now, &mut tailnet) => wanted,
                () = tasks.shutdown_began() => break,
            };
            let pause = self.bring_in_line(&mut announcer, wanted).await;
            tokio::select! {
                () = tasks.shutdown_began() => break,
                changed = changes.changed() => if changed.is_err() { break },
                slept = woken.changed() => {
                    if slept.is_err() { break }
                    tailnet = TailnetName::default();
                    self.tell_again(announcer.as_ref());
                }
                event = next(announcer.as_ref()) => {
                    if self.take(event) {
                        announcer = None;
                        // What ends at once is not begun again at once.
                        tokio::select! {
                            () = tasks.shutdown_began() => break,
                            () = tokio::time::sleep(RETRY) => {}
                        }
                    }
                }
                () = tokio::time::sleep(pause), if now.discovery.mdns != MdnsMode::Off => {}
            }
        }
        if let Some(announcer) = announcer {
            announcer.stop().await;
        }
    }

    async fn wanted(&self, config: &Config, tailnet: &mut TailnetName) -> Option<Advert> {
        let Surroundings { tls, place, env, .. } = &self.0.around;
        let name = match (config.discovery.mdns, &config.discovery.machine.tailnet_dns) {
            (MdnsMode::Full, Some(name)) => Some(name.clone()),
            (MdnsMode::Full, None) => tailnet.now(&config.tailscale, env).await,
            _ => None,
        };
        let facts = Facts { bind: config.bind, fingerprint: tls.fingerprint(), tailnet: name };
        match advert(&config.discovery, place, &facts) {
            // A certificate that cannot be used serves nobody.
            Ok(wanted) => wanted.filter(|_| !tls.is_silent()),
            Err(reason) => {
                if self.known().problem.as_ref() != Some(&reason) {
                    tracing::warn!("{reason}");
                }
                self.note(|known| known.problem = Some(reason));
                None
            }
        }
    }

    /// Makes what is told what is wanted. Returns when to look again.
    async fn bring_in_line(&self, announcer: &mut Option<Announcer>, wanted: Option<Advert>) -> Duration {
        match (announcer.take(), wanted) {
            (Some(running), Some(wanted)) if running.advert == wanted => *announcer = Some(running),
            (Some(mut running), Some(wanted)) if running.fits(&wanted) => {
                running.advert = wanted;
                self.tell_again(Some(&running));
                *announcer = Some(running);
            }
            (before, wanted) => {
                if let Some(before) = before {
                    before.stop().await;
                    tracing::info!("The network is no longer told of this gateway.");
                    self.note(|known| *known = Known { problem: known.problem.take(), ..Known::default() });
                }
                return wanted.map_or(LOOK_EVERY, |wanted| self.start(announcer, wanted));
            }
        }
        LOOK_EVERY
    }

    fn start(&self, announcer: &mut Option<Announcer>, wanted: Advert) -> Duration {
        let name = wanted.instances.first().map(|(_, name)| name.clone());
        match Announcer::start(wanted) {
            Ok(running) => {
                *announcer = Some(running);
                self.note(|known| *known = Known { name, ..Known::default() });
                LOOK_EVERY
            }
            Err(error) => {
                self.failed(&error);
                RETRY
            }
        }
    }

    fn tell_again(&self, announcer: Option<&Announcer>) {
        if let Some(Err(error)) = announcer.map(Announcer::tell) {
            self.failed(&error.to_string());
        }
    }

    /// Takes word of the thread. Whether it is gone.
    fn take(&self, event: Event) -> bool {
        match event {
            Event::Told => {
                if !self.known().told {
                    tracing::info!("The network is told of this gateway (discovery.mdns.mode).");
                }
                self.note(|known| (known.told, known.problem) = (true, None));
            }
            Event::Renamed(name) => {
                let suffix = format!(".{OPENCLAW_TYPE}");
                // The other type and the host are renamed by themselves, and named nowhere.
                if let Some(name) = name.strip_suffix(&suffix) {
                    tracing::info!(name, "Another gateway on the network has the name; this one takes the next.");
                    self.note(|known| known.name = Some(clean(&name.replace('\\', ""), 100)));
                }
            }
            Event::Failed(error) => self.failed(&error),
            Event::Ended => {
                self.failed("the thread ended");
                return true;
            }
        }
        false
    }

    fn failed(&self, error: &str) {
        tracing::warn!(error, "mDNS does not work as it should.");
        let problem = format!("the network cannot be told of this gateway by mDNS: {}", clean(error, 200));
        self.note(|known| (known.told, known.problem) = (false, Some(problem)));
    }
}

/// Waits for ever where there is nothing to wait for.
async fn next(announcer: Option<&Announcer>) -> Event {
    match announcer {
        Some(announcer) => announcer.next().await,
        None => std::future::pending().await,
    }
}

/// The name in the tailnet, asked for only where it is told.
#[derive(Default)]
struct TailnetName(Option<(Instant, Option<String>)>);

impl TailnetName {
    async fn now(&mut self, settings: &crate::config::Tailscale, env: &BTreeMap<String, String>) -> Option<String> {
        if let Some((_, name)) = self.0.as_ref().filter(|(asked, _)| asked.elapsed() < NAME_FRESH) {
            return name.clone();
        }
        let asking = tailscale::dns_name(settings, env.clone());
        let name = tokio::time::timeout(NAME_PATIENCE, asking).await.ok().flatten();
        self.0 = Some((Instant::now(), name.clone()));
        name
    }
}
