//! From where this gateway is reached: its addresses as people and clients write
//! them. Pure.

use std::net::{IpAddr, SocketAddr};

use postern_protocol::remote::{RemoteUrl, RemoteUrlKind};

use crate::config::{Bind, Config};
use crate::system::is_tailnet;

/// What the addresses are made of.
#[derive(Debug, Clone, Copy)]
pub struct Listening<'a> {
    /// Addresses that are listened on.
    pub addresses: &'a [SocketAddr],
    /// Addresses of this machine, for "every address".
    pub own_addresses: &'a [IpAddr],
    /// Which interfaces were asked for.
    pub bind: Bind,
    /// Path of the page: empty, or `/name`.
    pub base_path: &'a str,
    /// Whether the port speaks TLS.
    pub tls: bool,
}

/// Every address that works, this machine's own first.
#[must_use]
pub fn urls(listening: Listening<'_>) -> Vec<RemoteUrl> {
    let mut found: Vec<SocketAddr> = Vec::new();
    for address in listening.addresses {
        if address.ip().is_unspecified() {
            let own = listening.own_addresses.iter().filter(|ip| matches!(ip, IpAddr::V4(ip) if !ip.is_link_local()));
            found.push(SocketAddr::new(std::net::Ipv4Addr::LOCALHOST.into(), address.port()));
            found.extend(own.map(|ip| SocketAddr::new(*ip, address.port())));
        } else {
            found.push(*address);
        }
    }
    let mut seen = Vec::new();
    found.retain(|address| {
        !seen.contains(address) && {
            seen.push(*address);
            true
        }
    });
    found.sort_by_key(|address| (!address.ip().is_loopback(), address.is_ipv6()));
    found.into_iter().map(|address| url(listening, address)).collect()
}

/// Where browsers and clients elsewhere find it behind a proxy: what
/// `gateway.publicOrigin` says, else what Tailscale shows (`shown`), else the first https origin that the page may have while a proxy is
/// believed.
#[must_use]
pub fn public_origin(config: &Config, shown: Option<&str>) -> Option<String> {
    let shown = shown.and_then(|url| url::Url::parse(url).ok()).map(|url| url.origin().ascii_serialization());
    let proxied = || {
        let mut origins = config.control_ui.allowed_origins.iter().filter(|origin| origin.starts_with("https://"));
        origins.next().filter(|_| !config.trusted_proxies.is_empty()).cloned()
    };
    config.public_origin.clone().or(shown).or_else(proxied)
}

fn url(listening: Listening<'_>, address: SocketAddr) -> RemoteUrl {
    let (http, ws) = if listening.tls { ("https", "wss") } else { ("http", "ws") };
    let kind = match (address.ip(), listening.bind) {
        (ip, _) if ip.is_loopback() => RemoteUrlKind::Loopback,
        (ip, Bind::Custom(custom)) if ip == IpAddr::V4(custom) => RemoteUrlKind::Custom,
        (ip, _) if is_tailnet(ip) => RemoteUrlKind::Tailnet,
        _ => RemoteUrlKind::Lan,
    };
    RemoteUrl {
        url: format!("{http}://{address}{}/", listening.base_path),
        socket_url: format!("{ws}://{address}"),
        kind,
        secure: listening.tls || kind == RemoteUrlKind::Loopback,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn shown(bind: Bind, addresses: &[&str], tls: bool) -> Vec<String> {
        let own: Vec<IpAddr> =
            ["127.0.0.1", "192.168.1.5", "100.64.0.9", "169.254.1.1", "fe80::1"].map(|ip| ip.parse().unwrap()).to_vec();
        let addresses: Vec<SocketAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        let listening = Listening { addresses: &addresses, own_addresses: &own, bind, base_path: "/base", tls };
        let row = |url: RemoteUrl| format!("{} {} {:?} {}", url.url, url.socket_url, url.kind, url.secure);
        urls(listening).into_iter().map(row).collect()
    }

    #[test]
    fn every_address_is_spelled_out_once_and_this_machine_comes_first() {
        let lan = shown(Bind::Lan, &["0.0.0.0:7", "[::1]:7"], false);
        assert_eq!(
            lan,
            [
                "http://127.0.0.1:7/base/ ws://127.0.0.1:7 Loopback true",
                "http://[::1]:7/base/ ws://[::1]:7 Loopback true",
                "http://192.168.1.5:7/base/ ws://192.168.1.5:7 Lan false",
                "http://100.64.0.9:7/base/ ws://100.64.0.9:7 Tailnet false",
            ]
        );
        let custom = shown(Bind::Custom(Ipv4Addr::new(192, 168, 1, 5)), &["192.168.1.5:7", "127.0.0.1:7"], true);
        assert_eq!(
            custom,
            [
                "https://127.0.0.1:7/base/ wss://127.0.0.1:7 Loopback true",
                "https://192.168.1.5:7/base/ wss://192.168.1.5:7 Custom true",
            ]
        );
    }
}
