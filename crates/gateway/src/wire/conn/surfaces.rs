//! Where a client finds the canvas, as hello-ok tells it (`handshake.md §10`).

use std::collections::BTreeMap;

use postern_protocol::Dialect;
use postern_protocol::access::Role;
use postern_protocol::canvas::CANVAS;

use crate::gateway::Services;
use crate::hub::Principal;
use crate::wire::peer::Peer;

/// What hello-ok says; nothing while the canvas is off.
#[derive(Debug, Default)]
pub(super) struct Surfaces {
    /// Protocol 3.
    pub(super) canvas_host_url: Option<String>,
    /// Protocol 4, for nodes.
    pub(super) urls: Option<BTreeMap<String, String>>,
}

/// The surfaces of a connection that is registered; others it may ask for later.
pub(super) fn of(services: &Services, peer: &Peer, who: &Principal) -> Surfaces {
    let Some(base) = base(services, peer).filter(|_| services.canvas.is_on()) else { return Surfaces::default() };
    services.canvas.capabilities().arrive(&who.conn_id, base.clone());
    match (who.dialect, who.role) {
        (Dialect::V3, _) => Surfaces { canvas_host_url: Some(base), urls: None },
        (Dialect::V4, Role::Node) => {
            let issued = services.canvas.capabilities().issue(&who.conn_id, services.clock.now_ms());
            let urls = issued.map(|issued| BTreeMap::from([(CANVAS.to_owned(), issued.url)]));
            Surfaces { canvas_host_url: None, urls }
        }
        (Dialect::V4, Role::Operator) => Surfaces::default(),
    }
}

/// How the client reached this gateway, which is how it will again: through a
/// tunnel or a proxy the port is another one than the gateway's.
fn base(services: &Services, peer: &Peer) -> Option<String> {
    let authority = peer.host_with_port().filter(|authority| is_plain(authority))?;
    let has_port = authority.rsplit_once(':').is_some_and(|(name, port)| {
        (!name.contains(':') || name.ends_with(']')) && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    let scheme = if peer.https { "https" } else { "http" };
    Some(match (has_port, peer.forwarded) {
        (true, _) => format!("{scheme}://{authority}"),
        (false, true) => format!("{scheme}://{authority}:{}", if peer.https { 443 } else { 80 }),
        (false, false) => format!("{scheme}://{authority}:{}", services.port),
    })
}

/// A name or an address, IPv6 in brackets, and nothing that would mean something
/// else in an address.
fn is_plain(authority: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    (1..=255).contains(&authority.len()) && authority.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_become_addresses() {
        for (authority, want) in [
            ("desk.local:18789", true),
            ("[fd00::1]:7", true),
            ("192.168.1.9", true),
            ("a@evil.example", false),
            ("desk/path", false),
            ("", false),
            ("desk local", false),
            ("desk?x", false),
        ] {
            assert_eq!(is_plain(authority), want, "{authority}");
        }
    }
}
