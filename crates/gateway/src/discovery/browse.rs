//! Looking for gateways on the local network. What is found are claims of whoever
//! sent them, cleaned and bounded; only the address that DNS gave is to be used, and
//! what is there proves itself by its certificate and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use mdns_sd::{ResolvedService, ServiceDaemon, ServiceEvent};
use tokio::time::Instant;

use super::announcer::stop;
use super::names::clean;
use super::{OPENCLAW_TYPE, POSTERN_TYPE};

/// Most gateways that are looked at: a network that shouts more is not read on.
const MAX_FOUND: usize = 200;
/// Longest text that is taken from the network, bytes.
const MAX_TEXT: usize = 200;
/// Nothing new for this long, and everybody who is there has answered.
const QUIET: Duration = Duration::from_millis(1_500);

type Events = mdns_sd::Receiver<ServiceEvent>;

/// Why nobody could be looked for.
#[derive(Debug, thiserror::Error)]
#[error("this machine cannot ask on the local network (mDNS): {0}")]
pub struct BrowseError(String);

/// A gateway that somebody says is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Its name, as it calls itself.
    pub name: String,
    /// Service types under which it was found.
    pub types: BTreeSet<&'static str>,
    /// Host name that the service record names.
    pub host: String,
    /// Addresses that this host name resolved to, IPv4 first.
    pub addresses: Vec<IpAddr>,
    /// Port that the service record names.
    pub port: u16,
    /// Whether it claims to speak TLS.
    pub tls: bool,
    /// The certificate it claims to have: SHA-256, lower-case hex. Unverified.
    pub claimed_sha256: Option<String>,
    /// Whether the same address is said to have several certificates.
    pub contradicts: bool,
    /// What else it says about itself.
    pub claims: BTreeMap<String, String>,
}

/// Looks for as long as `patience`, or until nobody new answers any more.
///
/// # Errors
/// When there is no way to ask.
pub async fn browse(patience: Duration) -> Result<Vec<Sighting>, BrowseError> {
    let failed = |error: mdns_sd::Error| BrowseError(error.to_string());
    let daemon = ServiceDaemon::new().map_err(failed)?;
    let asked = || Ok((daemon.browse(OPENCLAW_TYPE)?, daemon.browse(POSTERN_TYPE)?));
    let found = match asked() {
        Ok(heard) => Ok(listen(heard, patience).await.merged()),
        Err(error) => Err(failed(error)),
    };
    stop(&daemon).await;
    found
}

/// Takes what is heard of both types.
async fn listen((openclaw, postern): (Events, Events), patience: Duration) -> Found {
    let mut found = Found::default();
    let deadline = Instant::now() + patience;
    let mut until = deadline;
    loop {
        let event = tokio::select! {
            event = openclaw.recv_async() => event,
            event = postern.recv_async() => event,
            () = tokio::time::sleep_until(until) => return found,
        };
        let Ok(event) = event else { return found };
        if found.take(event) {
            until = deadline.min(Instant::now() + QUIET);
        }
    }
}

/// What was heard so far, by full name.
#[derive(Default)]
struct Found(BTreeMap<String, Sighting>);

impl Found {
    /// Takes what was heard. Whether it is new.
    fn take(&mut self, event: ServiceEvent) -> bool {
        match event {
            ServiceEvent::ServiceResolved(service) => {
                let Some(sighting) = sighting(&service) else { return false };
                let key = service.get_fullname().to_owned();
                if self.0.len() >= MAX_FOUND && !self.0.contains_key(&key) {
                    return false;
                }
                let is_new = self.0.get(&key) != Some(&sighting);
                self.0.insert(key, sighting);
                is_new
            }
            ServiceEvent::ServiceRemoved(_, name) => {
                self.0.remove(&name);
                false
            }
            _ => false,
        }
    }

    fn merged(self) -> Vec<Sighting> {
        merge(self.0.into_values())
    }
}

/// One row for each host and port.
fn merge(heard: impl Iterator<Item = Sighting>) -> Vec<Sighting> {
    let mut rows: BTreeMap<(String, u16), Sighting> = BTreeMap::new();
    for sighting in heard {
        let key = (sighting.host.to_ascii_lowercase(), sighting.port);
        match rows.get_mut(&key) {
            Some(row) => row.join(sighting),
            None => drop(rows.insert(key, sighting)),
        }
    }
    let mut rows: Vec<Sighting> = rows.into_values().collect();
    rows.sort_by(|a, b| (a.name.to_lowercase(), &a.host, a.port).cmp(&(b.name.to_lowercase(), &b.host, b.port)));
    rows
}

impl Sighting {
    /// Takes in what was heard of the same host and port. Two who say different
    /// things about a certificate are both not believed.
    fn join(&mut self, other: Self) {
        self.types.extend(other.types);
        self.addresses.extend(other.addresses);
        order(&mut self.addresses);
        self.tls |= other.tls;
        self.contradicts |= other.contradicts || self.claimed_sha256 != other.claimed_sha256;
        if self.contradicts {
            self.claimed_sha256 = None;
        }
    }

    /// Where to connect: the address that DNS gave, never one of the TXT record.
    #[must_use]
    pub fn address(&self) -> Option<std::net::SocketAddr> {
        self.addresses.first().map(|ip| std::net::SocketAddr::new(*ip, self.port))
    }
}

/// What a service says; `None` where it leads nowhere.
fn sighting(service: &ResolvedService) -> Option<Sighting> {
    let full = service.get_fullname();
    let kind = [OPENCLAW_TYPE, POSTERN_TYPE].into_iter().find(|kind| full.ends_with(kind))?;
    let instance = full.strip_suffix(kind)?.trim_end_matches('.').replace('\\', "");
    let mut addresses: Vec<IpAddr> =
        service.get_addresses().iter().map(mdns_sd::ScopedIp::to_ip_addr).filter(|ip| leads_somewhere(*ip)).collect();
    order(&mut addresses);
    if addresses.is_empty() || service.get_port() == 0 {
        return None;
    }
    let mut claims: BTreeMap<String, String> = BTreeMap::new();
    for property in service.get_properties().iter().take(32) {
        let (key, value) = (clean(property.key(), 40), clean(property.val_str(), MAX_TEXT));
        if !key.is_empty() {
            claims.insert(key, value);
        }
    }
    let said = |key: &str| claims.get(key).map(String::as_str).filter(|value| !value.is_empty());
    let instance = clean(&instance, MAX_TEXT);
    let name = said("displayName").unwrap_or_else(|| instance.strip_suffix(" (OpenClaw)").unwrap_or(&instance));
    let claimed_sha256 = said("gatewayTlsSha256").and_then(crate::config::read_fingerprint);
    Some(Sighting {
        name: name.to_owned(),
        types: BTreeSet::from([kind.trim_end_matches(".local.")]),
        host: clean(service.get_hostname().trim_end_matches('.'), MAX_TEXT),
        addresses,
        port: service.get_port(),
        tls: claimed_sha256.is_some() || said("gatewayTls").is_some_and(|value| ["1", "true"].contains(&value)),
        claimed_sha256,
        contradicts: false,
        claims,
    })
}

/// Whether an address is one of another machine on the network: whoever answers
/// must not be able to lead a client to itself.
fn leads_somewhere(ip: IpAddr) -> bool {
    let is_special = match ip {
        IpAddr::V4(ip) => ip.is_broadcast(),
        // Needs an interface beside it, which no address bar takes.
        IpAddr::V6(ip) => ip.is_unicast_link_local() || ip.to_ipv4_mapped().is_some(),
    };
    !(is_special || ip.is_loopback() || ip.is_unspecified() || ip.is_multicast())
}

fn order(addresses: &mut Vec<IpAddr>) {
    addresses.sort_by_key(|ip| (ip.is_ipv6(), *ip));
    addresses.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;
    use mdns_sd::ServiceInfo;

    fn heard(kind: &str, name: &str, addresses: &str, txt: &[(&str, &str)]) -> Option<Sighting> {
        let service = ServiceInfo::new(kind, name, "desk.local.", addresses, 7, txt).unwrap();
        sighting(&service.as_resolved_service())
    }

    #[test]
    fn the_address_is_what_dns_gave_whatever_the_record_says() {
        let txt =
            [("lanHost", "evil.local"), ("gatewayPort", "666"), ("tailnetDns", "evil.ts.net"), ("host", "6.6.6.6")];
        let seen = heard(OPENCLAW_TYPE, "Desk (OpenClaw)", "192.168.1.5", &txt).unwrap();
        assert_eq!(seen.address(), Some("192.168.1.5:7".parse().unwrap()));
        assert_eq!((seen.name.as_str(), seen.host.as_str(), seen.tls), ("Desk", "desk.local", false));
    }

    #[test]
    fn nobody_is_led_to_their_own_machine() {
        for nowhere in ["127.0.0.1", "0.0.0.0", "224.0.0.251", "255.255.255.255", "::1", "fe80::1", "::ffff:127.0.0.1"]
        {
            assert_eq!(heard(OPENCLAW_TYPE, "x", nowhere, &[]), None, "{nowhere}");
        }
        let both = heard(OPENCLAW_TYPE, "x", "fd00::5,127.0.0.1,10.0.0.5", &[]).unwrap();
        assert_eq!(both.addresses, ["10.0.0.5".parse::<IpAddr>().unwrap(), "fd00::5".parse().unwrap()]);
    }

    #[test]
    fn one_row_for_a_host_and_port_and_contradictions_are_not_believed() {
        let (one, other) = ("ab".repeat(32), "cd".repeat(32));
        let own = heard(OPENCLAW_TYPE, "Desk (OpenClaw)", "10.0.0.5", &[("gatewayTlsSha256", &one)]).unwrap();
        let again = heard(POSTERN_TYPE, "Desk", "10.0.0.5", &[("gatewayTlsSha256", &one)]).unwrap();
        let rows = merge([own.clone(), again].into_iter());
        assert_eq!((rows.len(), rows[0].types.len(), rows[0].claimed_sha256.as_ref()), (1, 2, Some(&one)));
        let forged = heard(POSTERN_TYPE, "Desk", "10.0.0.5", &[("gatewayTlsSha256", &other)]).unwrap();
        let rows = merge([own, forged].into_iter());
        assert!(rows.len() == 1 && rows[0].contradicts && rows[0].claimed_sha256.is_none() && rows[0].tls);
    }

    #[test]
    fn what_strangers_write_is_cleaned_and_bounded() {
        let long = "x".repeat(240);
        let txt = [("displayName", "owner\u{1b}[2J\u{202e}desk"), ("gatewayTlsSha256", "nonsense"), ("cliPath", &long)];
        let seen = heard(OPENCLAW_TYPE, "a", "10.0.0.5", &txt).unwrap();
        assert_eq!((seen.name.as_str(), seen.claimed_sha256), ("owner[2Jdesk", None));
        assert_eq!(seen.claims["cliPath"].len(), MAX_TEXT);
    }
}
