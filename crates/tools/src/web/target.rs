//! What may be asked for: the URL's form, its host, and the hosts the owner has listed as reachable.

use std::net::IpAddr;

use url::{Host, Url};

use super::fetch::FetchError;
use super::lookup;

/// Longer URLs are refused.
const MAX_URL_BYTES: usize = 8 * 1024;

/// A URL that may be requested, as far as that can be said before its name is resolved.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// Without user, password and fragment.
    pub(super) url: Url,
    /// Whether its host is listed and may be private.
    pub(super) allow_private: bool,
}

impl Target {
    /// Checks the text a model gave.
    pub(super) fn parse(text: &str, allowed: &AllowedHosts) -> Result<Self, FetchError> {
        let text = text.trim();
        if text.len() > MAX_URL_BYTES {
            return Err(FetchError::Url(format!("it is longer than {MAX_URL_BYTES} bytes")));
        }
        let url = Url::parse(text).map_err(|problem| FetchError::Url(problem.to_string()))?;
        Self::check(url, allowed)
    }

    /// Checks where a redirect from here leads.
    pub(super) fn redirected(&self, location: &str, allowed: &AllowedHosts) -> Result<Self, FetchError> {
        if location.len() > MAX_URL_BYTES {
            return Err(FetchError::Url(format!("the redirect is longer than {MAX_URL_BYTES} bytes")));
        }
        let url = self.url.join(location).map_err(|problem| FetchError::Url(format!("the redirect: {problem}")))?;
        Self::check(url, allowed)
    }

    fn check(mut url: Url, allowed: &AllowedHosts) -> Result<Self, FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Credentials);
        }
        url.set_fragment(None);
        let Some(host) = url.host().map(|host| host.to_owned()) else {
            return Err(FetchError::Url("it has no host".into()));
        };
        let allow_private = allowed.contains(&host, url.port_or_known_default());
        let literal = match host {
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
            Host::Domain(_) => None,
        };
        // The HTTP client connects to a literal address without asking the resolver.
        if let Some(address) = literal.filter(|_| !allow_private) {
            lookup::check(url.host_str().unwrap_or_default(), &[address])?;
        }
        Ok(Self { url, allow_private })
    }
}

/// Hosts the owner allows although they are private: `nas.local`, `192.168.1.5`, `[fd00::5]`, each with or without a
/// port. An entry that is no host allows nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct AllowedHosts(Vec<(Host<String>, Option<u16>)>);

impl AllowedHosts {
    /// Reads the entries of the configuration.
    pub(super) fn new(entries: &[String]) -> Self {
        let read = entries.iter().filter_map(|entry| {
            let parsed = parse_entry(entry.trim());
            if parsed.is_none() {
                tracing::warn!(entry, "allowPrivate: not a host or host:port, so it allows nothing");
            }
            parsed
        });
        Self(read.collect())
    }

    fn contains(&self, host: &Host<String>, port: Option<u16>) -> bool {
        let host = without_final_dot(host.clone());
        self.0.iter().any(|(listed, listed_port)| *listed == host && (listed_port.is_none() || *listed_port == port))
    }
}

fn parse_entry(entry: &str) -> Option<(Host<String>, Option<u16>)> {
    // A bare IPv6 address has colons that are no port.
    if let Ok(address) = entry.parse::<IpAddr>() {
        return Some((host_of(address), None));
    }
    let (host, port) = match entry.rsplit_once(':') {
        Some((host, port)) if !entry.ends_with(']') => (host, Some(port.parse().ok()?)),
        _ => (entry, None),
    };
    Some((without_final_dot(Host::parse(host).ok()?), port))
}

fn host_of(address: IpAddr) -> Host<String> {
    match address {
        IpAddr::V4(address) => Host::Ipv4(address),
        IpAddr::V6(address) => Host::Ipv6(address),
    }
}

fn without_final_dot(host: Host<String>) -> Host<String> {
    match host {
        Host::Domain(name) => Host::Domain(name.trim_end_matches('.').to_owned()),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(entries: &[&str]) -> AllowedHosts {
        AllowedHosts::new(&entries.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>())
    }

    fn refused(text: &str) -> String {
        match Target::parse(text, &AllowedHosts::default()) {
            Ok(target) => panic!("{text} was let through as {}", target.url),
            Err(problem) => problem.to_string(),
        }
    }

    #[test]
    fn loopback_is_refused_in_every_spelling() {
        for text in [
            "http://127.0.0.1/",
            "http://127.0.0.1:8080/",
            "http://127.1/",
            "http://127.0.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0x7f.0.0.1/",
            "http://0177.0.0.1/",
            "http://017700000001/",
            "http://0x7f.1/",
            "http://127.0.0.1./",
            "http://0/",
            "http://0.0.0.0/",
            "http://[::1]/",
            "http://[::]/",
            "http://[0:0:0:0:0:0:0:1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[::127.0.0.1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://%31%32%37.0.0.1/",
            "http://127%2e0%2e0%2e1/",
            "http://１２７.０.０.１/",
            "http://①②⑦.⓪.⓪.①/",
            "http://127。0。0。1/",
            "http:127.0.0.1",
            "http:///127.0.0.1",
            "http:\\\\127.0.0.1\\",
            "HTTP://127.0.0.1",
            " http://127.0.0.1 ",
            "http://127.0.0.1?x",
            "http://127.0.0.1#x",
            "h\nttp://127.0.\n0.1/",
        ] {
            let problem = refused(text);
            assert!(problem.contains("is not fetched"), "{text}: {problem}");
        }
    }

    #[test]
    fn metadata_and_private_addresses_are_refused_in_every_spelling() {
        for text in [
            "http://169.254.169.254/latest/meta-data/",
            "http://2852039166/",
            "http://0xa9fea9fe/",
            "http://0251.0376.0251.0376/",
            "http://[::ffff:a9fe:a9fe]/",
            "http://[fd00:ec2::254]/",
            "http://100.100.100.200/",
            "http://192.168.1.1/",
            "http://3232235777/",
            "http://10.0.0.1/",
            "http://10.1/",
            "http://[fe80::1]/",
            "http://[2002:7f00:1::]/",
        ] {
            let problem = refused(text);
            assert!(problem.contains("is not fetched"), "{text}: {problem}");
        }
    }

    #[test]
    fn other_schemes_credentials_and_nonsense_are_refused() {
        for text in ["file:///etc/passwd", "ftp://example.org/", "gopher://example.org/", "javascript:1", "data:,x"] {
            assert!(refused(text).contains("http and https"), "{text}");
        }
        for text in ["http://user@example.org/", "http://user:pw@example.org/", "https://:pw@example.org/"] {
            assert!(refused(text).contains("user name or password"), "{text}");
        }
        for text in
            ["", "example.org", "http://", "http://[::1", "http://1.2.3.4.5/", "http://256.1.1.1/", "http://a b/"]
        {
            assert!(refused(text).starts_with("url"), "{text}");
        }
        assert!(refused(&format!("http://example.org/{}", "x".repeat(9000))).contains("longer"));
        // What a reader takes for the host is the user name.
        assert!(refused("http://example.org@127.0.0.1/").contains("user name or password"));
    }

    #[test]
    fn public_hosts_pass_and_lose_their_fragment() {
        let target = Target::parse("https://Example.ORG:8443/a?b#c", &AllowedHosts::default()).unwrap();
        assert_eq!(target.url.as_str(), "https://example.org:8443/a?b");
        assert!(!target.allow_private);
        assert!(Target::parse("http://8.8.8.8/", &AllowedHosts::default()).is_ok());
    }

    #[test]
    fn listed_hosts_may_be_private_and_only_they() {
        let list = allowed(&["NAS.local.", "192.168.1.5", "box.test:8080", "[fd00::5]", "fd00::6", "[fd00::7]:81"]);
        for text in [
            "http://nas.local/",
            "http://nas.local.:99/",
            "http://192.168.1.5:1234/",
            "http://box.test:8080/",
            "http://[fd00::5]/",
            "http://[fd00::6]/",
            "http://[fd00::7]:81/",
            "http://3232235781/",
        ] {
            assert!(Target::parse(text, &list).unwrap().allow_private, "{text}");
        }
        for text in ["http://box.test/", "http://sub.nas.local/", "http://nas.localx/"] {
            assert!(!Target::parse(text, &list).unwrap().allow_private, "{text}");
        }
        for text in ["http://192.168.1.6/", "http://[fd00::7]/"] {
            assert!(Target::parse(text, &list).is_err(), "{text}");
        }
        let nonsense = allowed(&["", "a b", "x:y", "*", "host:99999"]);
        assert!(!Target::parse("http://x/", &nonsense).unwrap().allow_private);
        assert!(Target::parse("http://127.0.0.1/", &nonsense).is_err());
    }

    #[test]
    fn every_redirect_is_checked_like_a_first_url() {
        let from = Target::parse("https://example.org/a/b", &AllowedHosts::default()).unwrap();
        let none = AllowedHosts::default();
        assert_eq!(from.redirected("../c", &none).unwrap().url.as_str(), "https://example.org/c");
        assert_eq!(from.redirected("//other.test/x", &none).unwrap().url.as_str(), "https://other.test/x");
        for location in
            ["http://127.0.0.1/", "//169.254.169.254/", "file:///etc/passwd", "http://u@x.test/", "http://0/"]
        {
            assert!(from.redirected(location, &none).is_err(), "{location}");
        }
    }

    /// One number in decimal, octal or hexadecimal.
    fn spelt(number: u32, how: u8) -> String {
        match how % 4 {
            0 => number.to_string(),
            1 => format!("0{number:o}"),
            2 => format!("0x{number:x}"),
            _ => format!("0X{number:08X}"),
        }
    }

    proptest::proptest! {
        #[test]
        fn no_spelling_of_a_private_address_passes(
            net in 0usize..6, low: u32, shape in 0u8..4, how in proptest::array::uniform4(0u8..4),
        ) {
            const NETS: [(u32, u32); 6] = [
                (0x7f00_0000, 0x00ff_ffff), (0x0a00_0000, 0x00ff_ffff), (0xc0a8_0000, 0xffff), (0xa9fe_0000, 0xffff),
                (0xac10_0000, 0x000f_ffff), (0x6440_0000, 0x003f_ffff),
            ];
            let address = NETS[net].0 | (low & NETS[net].1);
            let byte = |at: u32| address >> (24 - 8 * at) & 0xff;
            let [a, b, c, d] = how;
            let host = match shape {
                0 => spelt(address, a),
                1 => format!("{}.{}", spelt(byte(0), a), spelt(address & 0x00ff_ffff, b)),
                2 => format!("{}.{}.{}", spelt(byte(0), a), spelt(byte(1), b), spelt(address & 0xffff, c)),
                _ => format!("{}.{}.{}.{}", spelt(byte(0), a), spelt(byte(1), b), spelt(byte(2), c), spelt(byte(3), d)),
            };
            let none = AllowedHosts::default();
            let text = format!("http://{host}/");
            proptest::prop_assert!(Target::parse(&text, &none).is_err(), "{} was let through", text);
            let embedded = std::net::Ipv4Addr::from(address);
            for text in [format!("http://[::ffff:{embedded}]/"), format!("http://[64:ff9b::{embedded}]/"), format!("http://[::{embedded}]/")] {
                proptest::prop_assert!(Target::parse(&text, &none).is_err(), "{} was let through", text);
            }
        }

        /// Whatever is let through as a literal address is a public one, and nothing panics.
        #[test]
        fn hostile_urls_are_refused_or_public(tail in "[0-9a-fx.:%@/\\\\\\[\\]?#é。０-９]{0,40}", path in ".{0,20}") {
            let text = format!("http://{tail}/{path}");
            if let Ok(target) = Target::parse(&text, &AllowedHosts::default()) {
                let address = match target.url.host() {
                    Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
                    Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
                    _ => None,
                };
                proptest::prop_assert!(address.is_none_or(|address| lookup::check("", &[address]).is_ok()), "{}", text);
                proptest::prop_assert!(target.url.username().is_empty() && target.url.password().is_none());
            }
        }
    }
}
