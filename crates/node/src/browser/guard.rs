//! Which addresses a browser may reach: the public web, and what the owner of this computer has listed.

use std::io;
use std::net::{IpAddr, SocketAddr};

use postern_tools::web::refused_address;
use tokio::net::TcpStream;
use url::{Host, Url};

use crate::refusal::{Outcome, Refusal};

/// Hosts that may have a private address.
#[derive(Debug, Default)]
pub(super) struct Guard(Vec<(String, Option<u16>)>);

impl Guard {
    /// From `nas.local`, `127.0.0.1:8080`, `[fd00::5]`.
    pub(super) fn new(allowed: &[String]) -> Self {
        Self(allowed.iter().filter_map(|entry| read(entry)).collect())
    }

    /// Adds the host and port of an address.
    pub(super) fn allow(&mut self, url: &Url) {
        let port = url.port().or(if url.scheme() == "wss" { Some(443) } else { Some(80) });
        if let Some(host) = url.host() {
            self.0.push((name(&host), port));
        }
    }

    fn is_listed(&self, host: &str, port: u16) -> bool {
        let host = host.trim_matches(['[', ']']);
        let fits = |(name, only): &(String, Option<u16>)| {
            name.eq_ignore_ascii_case(host) && only.is_none_or(|only| only == port)
        };
        self.0.iter().any(fits)
    }

    /// The addresses behind a name, all of them checked.
    pub(super) async fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let bare = host.trim_matches(['[', ']']);
        let found: Vec<SocketAddr> = match bare.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => tokio::net::lookup_host((bare, port)).await?.collect(),
        };
        let refused = |address: &SocketAddr| Some((address.ip(), refused_address(address.ip())?));
        match found.iter().find_map(refused) {
            Some((address, reason)) if !self.is_listed(bare, port) => {
                let why = format!("{bare} is not reached: its address {address} is {reason}");
                Err(io::Error::new(io::ErrorKind::PermissionDenied, why))
            }
            _ => Ok(found),
        }
    }

    /// A connection to the very addresses that were checked.
    pub(super) async fn connect(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, format!("{host} has no address"));
        for address in self.addresses(host, port).await? {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// An address of the web that may be opened.
    pub(super) async fn checked(&self, text: &str) -> Outcome<Url> {
        let url = Url::parse(text.trim()).map_err(|error| Refusal::invalid(format!("url: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::invalid("url must begin with http:// or https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::invalid("url must not hold a user name or password"));
        }
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(Refusal::invalid("url has no host"));
        };
        match self.addresses(host, port).await {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(Refusal::new(
                "NAVIGATION_BLOCKED",
                format!("{error}; the owner of this computer can list it (--browser-allow)"),
            )),
            // A name that is not found is told by the browser.
            _ => Ok(url),
        }
    }
}

/// Whether an entry names a host, with or without a port, and nothing else.
pub(crate) fn is_host(entry: &str) -> bool {
    read(entry).is_some()
}

fn read(entry: &str) -> Option<(String, Option<u16>)> {
    let entry = entry.trim();
    if entry.contains(['/', '?', '#', '@', '\\']) {
        return None;
    }
    let url = Url::parse(&format!("http://{entry}")).ok()?;
    // The standard port of http is not told by a parsed address.
    let says_port = entry.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Some((name(&url.host()?), if says_port { url.port_or_known_default() } else { None }))
}

fn name(host: &Host<&str>) -> String {
    match host {
        Host::Domain(name) => name.trim_end_matches('.').to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn code(guard: &Guard, url: &str) -> Option<&'static str> {
        guard.checked(url).await.err().map(|refusal| refusal.code)
    }

    #[test]
    fn entries_are_hosts_and_nothing_else() {
        for good in ["nas.local", "127.0.0.1:8080", "[fd00::5]", "[fd00::5]:80", " nas "] {
            assert!(is_host(good), "{good}");
        }
        for wrong in ["", "fd00::5", "http://nas.local", "nas.local/path", "nas:port", "a b", "me@nas"] {
            assert!(!is_host(wrong), "{wrong}");
        }
    }

    #[tokio::test]
    async fn private_addresses_are_reached_only_when_listed() {
        let none = Guard::default();
        for url in [
            "http://127.0.0.1/",
            "http://[::1]:8080/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://127.1/",
            "http://[::ffff:127.0.0.1]/",
            "http://169.254.169.254/latest/meta-data/",
            "http://192.168.1.1/",
            "http://localhost:18789/",
        ] {
            assert_eq!(code(&none, url).await, Some("NAVIGATION_BLOCKED"), "{url}");
        }
        for url in ["file:///etc/passwd", "javascript:1", "http://a:b@example.org/", "data:text/html,x", "chrome://x"] {
            assert_eq!(code(&none, url).await, Some("INVALID_REQUEST"), "{url}");
        }
        let some = Guard::new(&["127.0.0.1:8080".to_owned(), "192.168.1.1".to_owned()]);
        assert_eq!(code(&some, "http://127.0.0.1:8080/x").await, None);
        assert_eq!(code(&some, "http://127.0.0.1:8081/x").await, Some("NAVIGATION_BLOCKED"));
        assert_eq!(code(&some, "https://192.168.1.1/").await, None);
        assert_eq!(code(&some, "http://8.8.8.8/").await, None);
    }
}
