//! Under which addresses another device reaches this gateway, for setup codes.
//! Pure.

use std::net::IpAddr;

use url::Url;

use crate::config::Bind;
use crate::system::is_tailnet;

/// Most addresses that a setup code carries (`methods.md §7`).
const MAX_URLS: usize = 8;

/// Addresses for a setup code, best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// WebSocket addresses; never empty.
    pub urls: Vec<String>,
    /// `publicUrl`, `publicOrigin`, `bind` or `loopback`.
    pub source: &'static str,
}

impl Reach {
    /// The address under which a proxy shows the gateway, before its own ones. Those
    /// that lead nowhere but here, and those behind another certificate than the
    /// proxy's, help nobody who is elsewhere.
    #[must_use]
    pub fn behind(self, origin: &str, base_path: &str) -> Self {
        let Some(mut public) = reach_of_public_url(&format!("{origin}{base_path}")) else { return self };
        let own = if self.source == "bind" { self.urls } else { Vec::new() };
        public.urls.extend(own.into_iter().filter(|url| url.starts_with("ws://")));
        public.urls.truncate(MAX_URLS);
        Self { source: "publicOrigin", ..public }
    }
}

/// The addresses that follow from the bind mode. On loopback only this machine
/// gets in, and the source says so.
#[must_use]
pub fn reach_of_bind(bind: Bind, own_addresses: &[IpAddr], (scheme, port): (&str, u16)) -> Reach {
    let mut own: Vec<_> = own_addresses
        .iter()
        .filter_map(|ip| match ip {
            IpAddr::V4(ip) if !ip.is_loopback() && !ip.is_link_local() && !ip.is_unspecified() => Some(*ip),
            IpAddr::V4(_) | IpAddr::V6(_) => None,
        })
        .filter(|ip| match bind {
            Bind::Lan => true,
            Bind::Tailnet => is_tailnet(IpAddr::V4(*ip)),
            Bind::Custom(custom) => *ip == custom || custom.is_unspecified(),
            Bind::Loopback | Bind::Auto => false,
        })
        .collect();
    if let Bind::Custom(custom) = bind
        && own.is_empty()
        && !custom.is_loopback()
        && !custom.is_unspecified()
    {
        own.push(custom);
    }
    // A phone at home is nearer by the house's own network than by the tailnet.
    own.sort_by_key(|ip| (!ip.is_private(), *ip));
    own.dedup();
    own.truncate(MAX_URLS);
    let urls: Vec<_> = own.iter().map(|ip| format!("{scheme}://{ip}:{port}")).collect();
    if urls.is_empty() {
        return Reach { urls: vec![format!("{scheme}://127.0.0.1:{port}")], source: "loopback" };
    }
    Reach { urls, source: "bind" }
}

/// The address that the caller wants in the code, as a WebSocket address;
/// nothing when it is none, or carries credentials.
#[must_use]
pub fn reach_of_public_url(text: &str) -> Option<Reach> {
    let mut url = Url::parse(text.trim()).ok()?;
    let scheme = match url.scheme() {
        "ws" | "http" => "ws",
        "wss" | "https" => "wss",
        _ => return None,
    };
    let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if !bare || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    // Both pairs of schemes are special with the same default ports.
    url.set_scheme(scheme).ok()?;
    url.set_fragment(None);
    let text = if url.path() == "/" { url.as_str().trim_end_matches('/') } else { url.as_str() };
    Some(Reach { urls: vec![text.to_owned()], source: "publicUrl" })
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_public_origin_comes_before_the_addresses_that_work_beside_it() {
        let behind = |urls: &[&str], source, path| {
            let own = Reach { urls: urls.iter().map(|url| (*url).to_owned()).collect(), source };
            own.behind("https://gate.example", path)
        };
        let expect = [
            (behind(&["ws://127.0.0.1:7"], "loopback", "/base"), vec!["wss://gate.example/base"]),
            (behind(&["ws://192.0.2.7:7"], "bind", ""), vec!["wss://gate.example", "ws://192.0.2.7:7"]),
            (behind(&["wss://192.0.2.7:7"], "bind", ""), vec!["wss://gate.example"]),
        ];
        for (reach, urls) in expect {
            assert_eq!((reach.urls, reach.source), (urls.into_iter().map(str::to_owned).collect(), "publicOrigin"));
        }
    }

    #[track_caller]
    fn check(bind: Bind, want: &[&str], source: &str) {
        let own: Vec<IpAddr> = ["127.0.0.1", "100.64.0.9", "192.168.1.5", "169.254.1.1", "fe80::1", "203.0.113.5"]
            .map(|ip| ip.parse().unwrap())
            .to_vec();
        let reach = reach_of_bind(bind, &own, ("ws", 18789));
        assert_eq!((reach.urls, reach.source), (want.iter().map(|url| (*url).to_owned()).collect(), source));
    }

    #[test]
    fn codes_name_the_addresses_that_are_listened_on() {
        check(Bind::Loopback, &["ws://127.0.0.1:18789"], "loopback");
        check(Bind::Auto, &["ws://127.0.0.1:18789"], "loopback");
        let all = ["ws://192.168.1.5:18789", "ws://100.64.0.9:18789", "ws://203.0.113.5:18789"];
        check(Bind::Lan, &all, "bind");
        check(Bind::Tailnet, &["ws://100.64.0.9:18789"], "bind");
        check(Bind::Custom(Ipv4Addr::new(192, 168, 1, 5)), &["ws://192.168.1.5:18789"], "bind");
        check(Bind::Custom(Ipv4Addr::new(10, 0, 0, 1)), &["ws://10.0.0.1:18789"], "bind");
        check(Bind::Custom(Ipv4Addr::LOCALHOST), &["ws://127.0.0.1:18789"], "loopback");
        check(Bind::Custom(Ipv4Addr::UNSPECIFIED), &all, "bind");
    }

    #[test]
    fn a_public_address_is_taken_as_a_websocket_address_without_secrets() {
        let table = [
            ("https://gate.example/", Some("wss://gate.example")),
            ("wss://gate.example:8443/prefix", Some("wss://gate.example:8443/prefix")),
            (" http://192.0.2.1:18789 ", Some("ws://192.0.2.1:18789")),
            ("ws://127.0.0.1:1234", Some("ws://127.0.0.1:1234")),
            ("wss://gate.example/?token=x", None),
            ("wss://user:secret@gate.example", None),
            ("ftp://gate.example", None),
            ("javascript:alert(1)", None),
            ("gate.example", None),
            ("", None),
        ];
        for (text, want) in table {
            let url = reach_of_public_url(text).map(|reach| reach.urls[0].clone());
            assert_eq!(url.as_deref(), want, "{text}");
        }
    }
}
