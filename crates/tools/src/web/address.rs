//! Which addresses a model may reach: the public internet, and nothing of the machine, its network or its cloud.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

/// Everything of the IANA IPv4 special-purpose registry that is not globally reachable, and one address that is
/// public by number only.
const REFUSED_V4: [(Ipv4Net, &str); 16] = [
    (v4(0, 0, 0, 0, 8), "this network"),
    (v4(10, 0, 0, 0, 8), "a private network"),
    (v4(100, 64, 0, 0, 10), "a carrier's shared network"),
    (v4(127, 0, 0, 0, 8), "this machine"),
    (v4(169, 254, 0, 0, 16), "link-local, where cloud metadata lives"),
    (v4(172, 16, 0, 0, 12), "a private network"),
    (v4(192, 0, 0, 0, 24), "reserved"),
    (v4(192, 0, 2, 0, 24), "reserved for documentation"),
    (v4(192, 88, 99, 0, 24), "a relay into IPv6"),
    (v4(192, 168, 0, 0, 16), "a private network"),
    (v4(168, 63, 129, 16, 32), "cloud metadata"),
    (v4(198, 18, 0, 0, 15), "reserved for measurements"),
    (v4(198, 51, 100, 0, 24), "reserved for documentation"),
    (v4(203, 0, 113, 0, 24), "reserved for documentation"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(240, 0, 0, 0, 4), "reserved"),
];

const fn v6(a: u16, b: u16, c: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

/// IPv6 is allowed by list: the global unicast space …
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 0, 3);
/// … without its special parts. Teredo (inside 2001::/23) and 6to4 carry an IPv4 address chosen by whoever wrote the
/// name's record; both are long out of use, so none of them is reached rather than some.
const REFUSED_V6: [(Ipv6Net, &str); 4] = [
    (v6(0x2001, 0, 0, 23), "reserved, among it tunnels to IPv4 addresses"),
    (v6(0x2001, 0x0db8, 0, 32), "reserved for documentation"),
    (v6(0x2002, 0, 0, 16), "a tunnel to an IPv4 address"),
    (v6(0x3fff, 0, 0, 20), "reserved for documentation"),
];
/// Translated IPv4 on networks that speak IPv6 alone: as good as the IPv4 address inside.
const NAT64: Ipv6Net = v6(0x64, 0xff9b, 0, 96);

/// Why `address` is not reached, in words that follow "it is"; `None` when it is a public address.
#[must_use]
pub fn refusal(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => refusal_v4(address),
        IpAddr::V6(address) => refusal_v6(address),
    }
}

fn refusal_v4(address: Ipv4Addr) -> Option<&'static str> {
    REFUSED_V4.iter().find(|(net, _)| net.contains(&address)).map(|(_, reason)| *reason)
}

fn refusal_v6(address: Ipv6Addr) -> Option<&'static str> {
    if NAT64.contains(&address) {
        let [.., a, b, c, d] = address.octets();
        return refusal_v4(Ipv4Addr::new(a, b, c, d));
    }
    if !GLOBAL_V6.contains(&address) {
        return Some(outside_global(address));
    }
    REFUSED_V6.iter().find(|(net, _)| net.contains(&address)).map(|(_, reason)| *reason)
}

fn outside_global(address: Ipv6Addr) -> &'static str {
    match address.segments() {
        _ if address.is_loopback() || address.is_unspecified() => "this machine",
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] => "an IPv4 address in disguise",
        [first, ..] if first & 0xfe00 == 0xfc00 => "a private network",
        [first, ..] if first & 0xffc0 == 0xfe80 => "link-local",
        [first, ..] if first & 0xff00 == 0xff00 => "multicast",
        _ => "not a public address",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> bool {
        refusal(text.parse().unwrap()).is_some()
    }

    #[test]
    fn addresses_of_the_machine_and_its_networks_are_refused() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.0.1",
            "169.254.169.254",
            "169.254.170.2",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.0.192",
            "192.0.2.7",
            "192.88.99.1",
            "192.168.0.1",
            "192.168.255.255",
            "168.63.129.16",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.9",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
        ] {
            assert!(refused(text), "{text} must be refused");
        }
    }

    #[test]
    fn neighbours_of_refused_ranges_are_public() {
        for text in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "168.63.129.15",
            "8.8.8.8",
            "93.184.216.34",
            "2606:4700:4700::1111",
            "2a00:1450:4001:831::200e",
            "2400:cb00::1",
            "2001:4860:4860::8888",
        ] {
            assert!(!refused(text), "{text} must be reachable");
        }
    }

    #[test]
    fn ipv6_addresses_of_the_machine_and_its_networks_are_refused() {
        for text in [
            "::",
            "::1",
            "::2",
            "fc00::1",
            "fd00:ec2::254",
            "fdff::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "3fff::1",
            "100::1",
            "5f00::1",
            "4000::1",
            "64:ff9b:1::1",
            "2001::1",
            "2001:10::1",
            "2001:20::1",
            "2001:2::1",
        ] {
            assert!(refused(text), "{text} must be refused");
        }
    }

    #[test]
    fn ipv4_inside_ipv6_does_not_get_past() {
        for text in [
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::ffff:0:127.0.0.1",
            "::127.0.0.1",
            "::10.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b::10.1.2.3",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2002:c0a8:101::1",
            "2002:808:808::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        ] {
            assert!(refused(text), "{text} must be refused");
        }
        assert!(!refused("64:ff9b::8.8.8.8"), "the only way to a public IPv4 address from some networks");
    }
}
