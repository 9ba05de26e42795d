//! Who may look at the canvas (`http.md §3`): this machine, whoever has an
//! address with a capability, the shared secret, and machines of a private
//! network on which a node runs that is connected.

use std::net::IpAddr;

use http::header::{self, HeaderMap};
use postern_protocol::access::Role;

use crate::auth::SecretClass;
use crate::gateway::Services;
use crate::system::is_tailnet;
use crate::wire::api::{self, Unauthorized};
use crate::wire::peer::{Peer, is_own_name};

/// Why somebody may look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grant {
    /// It is on this machine.
    Local,
    /// It is on this machine, and knows what other pages cannot know.
    View,
    /// It has a capability.
    Capability,
    /// It has the shared secret, or something trusted says who it is.
    Bearer,
    /// A node is connected from where it is.
    NodeAddress,
}

impl Grant {
    /// Whether nobody can come here who was not given the address.
    pub(super) const fn is_unguessable(self) -> bool {
        matches!(self, Self::View | Self::Capability)
    }
}

/// Judges a caller with or without a token in its path.
pub(super) fn admit(
    services: &Services,
    peer: &Peer,
    (headers, token): (&HeaderMap, Option<&str>),
) -> Result<Grant, Unauthorized> {
    if let Some(token) = token {
        return with_token(services, peer, token);
    }
    if peer.local {
        return Ok(Grant::Local);
    }
    if !headers.contains_key(header::AUTHORIZATION) && is_node(services, peer) {
        return Ok(Grant::NodeAddress);
    }
    api::bearer(services, peer, headers).map(|()| Grant::Bearer)
}

/// The right token is never kept waiting: it is too long to be guessed, and
/// others could otherwise shut a node out by guessing from its address.
fn with_token(services: &Services, peer: &Peer, token: &str) -> Result<Grant, Unauthorized> {
    let (subject, now) = (peer.subject(), services.clock.now_ms());
    if works(services, token) {
        return Ok(Grant::Capability);
    }
    if peer.local && services.canvas.is_view_token(token) {
        return Ok(Grant::View);
    }
    let admitted = services.limiter.admit(&subject, SecretClass::Canvas, now);
    admitted.map_err(Unauthorized::TooOften)?;
    services.limiter.failed(subject, SecretClass::Canvas, now);
    Err(Unauthorized::Wrong)
}

/// Whether a token is a capability whose connection is there. Of a node whose
/// commands nobody has approved, or whose approval was taken back, it opens
/// nothing: paired is not approved.
pub(super) fn works(services: &Services, token: &str) -> bool {
    let owner = services.canvas.capabilities().owner(token, services.clock.now_ms());
    let owner = owner.and_then(|conn_id| services.hub.open(&conn_id));
    owner.is_some_and(|conn| conn.principal.role != Role::Node || services.nodes.is_trusted(&conn))
}

/// Old apps can send no secret along. They are let in from where they are
/// connected, in private networks only: elsewhere many may share an address.
fn is_node(services: &Services, peer: &Peer) -> bool {
    let config = services.config();
    // A name that is not the gateway's is another page's doing (DNS rebinding).
    is_private(peer.ip) && is_own_name(peer, &config) && has_node(services, peer.ip)
}

/// Whether a node that was approved is connected from there.
fn has_node(services: &Services, ip: IpAddr) -> bool {
    services.hub.nodes_at(ip).iter().any(|conn| services.nodes.is_trusted(conn))
}

/// An address of a private network, or one that a carrier shares out.
fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_private() || is_tailnet(IpAddr::V4(ip)),
        IpAddr::V6(ip) => ip.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_carrier_addresses_and_no_others() {
        for (ip, want) in [
            ("10.0.0.1", true),
            ("172.16.5.5", true),
            ("172.32.0.1", false),
            ("192.168.1.9", true),
            ("100.64.0.1", true),
            ("100.127.255.255", true),
            ("100.128.0.1", false),
            ("::ffff:192.168.1.9", true),
            ("fd00::1", true),
            ("fe80::1", false),
            ("2001:db8::1", false),
            ("203.0.113.5", false),
            ("127.0.0.1", false),
            ("::1", false),
            ("0.0.0.0", false),
        ] {
            assert_eq!(is_private(ip.parse().unwrap()), want, "{ip}");
        }
    }
}
