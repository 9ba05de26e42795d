//! Bounds on pairing requests, so that strangers fill neither memory nor disk
//! nor an approver's screen. Pure.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use super::pending::Pending;

/// Requests that may wait in all.
const MAX_PENDING: usize = 256;
/// Requests that may wait from one address, or one IPv6 network.
const MAX_PER_ADDRESS: usize = 16;

/// The requests that give way to a new one of `device_id` from `remote_ip`: the
/// oldest of its own address when that has too many, else the oldest of the
/// address with the most when there are too many in all.
pub(super) fn giving_way<'a>(
    pending: impl Iterator<Item = &'a Arc<Pending>>,
    device_id: &str,
    remote_ip: Option<&str>,
) -> Option<Arc<Pending>> {
    let mut by_address: HashMap<Option<IpAddr>, Vec<&Arc<Pending>>> = HashMap::new();
    let mut total = 0;
    for other in pending.filter(|other| other.request.device_id != device_id) {
        by_address.entry(address(other.request.remote_ip.as_deref())).or_default().push(other);
        total += 1;
    }
    let own = by_address.get(&address(remote_ip)).filter(|own| own.len() >= MAX_PER_ADDRESS);
    let crowd = match own {
        Some(own) => own,
        None if total >= MAX_PENDING => by_address.values().max_by_key(|crowd| crowd.len())?,
        None => return None,
    };
    crowd.iter().min_by_key(|other| other.request.ts).map(|oldest| Arc::clone(oldest))
}

/// One customer of an IPv6 provider holds a whole /64.
fn address(ip: Option<&str>) -> Option<IpAddr> {
    let ip: IpAddr = ip?.parse().ok()?;
    Some(match ip.to_canonical() {
        IpAddr::V6(v6) => {
            let network = v6.segments();
            IpAddr::V6(Ipv6Addr::new(network[0], network[1], network[2], network[3], 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    })
}

#[cfg(test)]
mod tests {
    use postern_protocol::access::{Role, ScopeSet};
    use postern_protocol::pairing::PairingReason;

    use super::super::pending::Asked;
    use super::super::record::Ask;
    use super::*;

    fn request(number: usize, ip: &str) -> Arc<Pending> {
        let asked = Asked {
            device_id: format!("d{number}"),
            public_key: "k".into(),
            ask: Ask { role: Role::Node, scopes: ScopeSet::EMPTY },
            platform: None,
            device_family: None,
            display_name: None,
            client_id: None,
            client_mode: None,
            remote_ip: Some(ip.into()),
            browser_origin: None,
            reason: PairingReason::NotPaired,
        };
        let now_ms = i64::try_from(number).unwrap();
        Arc::new(Pending::new(asked, Vec::new(), false, (now_ms, now_ms + 1)))
    }

    #[track_caller]
    fn check(pending: &[Arc<Pending>], device_id: &str, ip: &str, want: Option<&str>) {
        let out = giving_way(pending.iter(), device_id, Some(ip));
        assert_eq!(out.map(|pending| pending.request.device_id.clone()).as_deref(), want);
    }

    #[test]
    fn an_address_pushes_out_its_own_oldest_only() {
        let mut pending: Vec<_> = (0..16).map(|number| request(100 - number, "192.0.2.1")).collect();
        pending.push(request(1, "192.0.2.2"));
        check(&pending, "new", "192.0.2.1", Some("d85"));
        check(&pending, "new", "::ffff:192.0.2.1", Some("d85"));
        check(&pending, "new", "192.0.2.2", None);
        check(&pending, "d90", "192.0.2.1", None);
    }

    #[test]
    fn a_network_counts_as_one_address() {
        let pending: Vec<_> = (0..16).map(|number| request(number, &format!("2001:db8::{number:x}"))).collect();
        check(&pending, "new", "2001:db8::ffff", Some("d0"));
        check(&pending, "new", "2001:db8:0:1::1", None);
    }

    #[test]
    fn when_all_is_full_the_busiest_address_gives_way() {
        let mut pending: Vec<_> = (0..MAX_PENDING - 2)
            .map(|number| request(number, &format!("10.0.{}.{}", number / 250, number % 250)))
            .collect();
        pending.push(request(900, "192.0.2.9"));
        check(&pending, "new", "198.51.100.1", None);
        pending.push(request(901, "192.0.2.9"));
        check(&pending, "new", "198.51.100.1", Some("d900"));
    }
}
