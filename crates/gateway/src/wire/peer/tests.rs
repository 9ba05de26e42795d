use super::*;
use http::{HeaderName, HeaderValue};

fn head(ip: &str, headers: &[(&str, &str)]) -> RequestHead {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    RequestHead::read(ip.parse().unwrap(), &map)
}

fn config(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::default();
    change(&mut config);
    config
}

fn trusting() -> Config {
    config(|config| config.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap(), "10.0.0.0/8".parse().unwrap()])
}

#[track_caller]
fn local(ip: &str, headers: &[(&str, &str)]) -> bool {
    identify(&head(ip, headers), &Config::default(), &[]).unwrap().local
}

#[test]
fn loopback_with_a_loopback_host_is_local() {
    assert!(local("127.0.0.1", &[("host", "localhost:18789")]));
    assert!(local("127.0.0.1", &[("host", "127.0.0.1:18789")]));
    assert!(local("::1", &[("host", "[::1]:18789")]));
    assert!(local("::ffff:127.0.0.1", &[]));
    assert!(!local("127.0.0.1", &[("host", "evil.example")]));
    assert!(!local("127.0.0.1", &[("host", "localhost.evil.example")]));
    assert!(!local("192.168.1.7", &[("host", "localhost")]));
}

#[test]
fn no_header_makes_anybody_local() {
    for name in PROXY_HEADERS {
        let refused =
            identify(&head("127.0.0.1", &[("host", "localhost"), (name, "127.0.0.1")]), &Config::default(), &[]);
        assert_eq!(refused.unwrap_err().ip, "127.0.0.1".parse::<IpAddr>().unwrap(), "{name}");
        let behind =
            identify(&head("127.0.0.1", &[("host", "localhost"), (name, "127.0.0.1")]), &trusting(), &[]).unwrap();
        assert!(!behind.local, "{name}");
    }
}

#[test]
fn a_trusted_proxy_names_the_client_but_the_client_cannot() {
    let ip = |chain: &str| {
        identify(&head("127.0.0.1", &[("x-forwarded-for", chain)]), &trusting(), &[]).unwrap().ip.to_string()
    };
    assert_eq!(ip("203.0.113.5"), "203.0.113.5");
    assert_eq!(ip("1.2.3.4, 203.0.113.5"), "203.0.113.5");
    assert_eq!(ip("203.0.113.5, 10.1.1.1"), "203.0.113.5");
    assert_eq!(ip("127.0.0.1, 203.0.113.5, 10.1.1.1"), "203.0.113.5");
    assert_eq!(ip("::ffff:203.0.113.5"), "203.0.113.5");
    assert_eq!(ip("nonsense"), "127.0.0.1");
    assert_eq!(ip("6.6.6.6, nonsense"), "127.0.0.1");
    assert_eq!(ip("6.6.6.6, 9.9.9.9:4711"), "9.9.9.9");
    assert_eq!(ip("6.6.6.6, [2001:db8::1]:4711"), "2001:db8::1");
    let lines = head("127.0.0.1", &[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "9.9.9.9")]);
    assert_eq!(identify(&lines, &trusting(), &[]).unwrap().ip.to_string(), "9.9.9.9");
}

#[test]
fn real_ip_counts_only_when_switched_on() {
    let request = head("127.0.0.1", &[("x-real-ip", "203.0.113.5")]);
    assert_eq!(identify(&request, &trusting(), &[]).unwrap().ip.to_string(), "127.0.0.1");
    let mut on = trusting();
    on.allow_real_ip_fallback = true;
    assert_eq!(identify(&request, &on, &[]).unwrap().ip.to_string(), "203.0.113.5");
}

#[test]
fn the_own_tailnet_address_is_local_only_behind_its_switch() {
    let own: IpAddr = "100.101.102.103".parse().unwrap();
    let request = head("100.101.102.103", &[("host", "100.101.102.103:18789")]);
    let on = config(|config| config.pairing.trust_own_tailnet = true);
    assert!(identify(&request, &on, &[own]).unwrap().local);
    assert!(!identify(&request, &on, &[]).unwrap().local);
    assert!(!identify(&request, &Config::default(), &[own]).unwrap().local);
    let lan = head("192.168.1.7", &[("host", "192.168.1.7")]);
    assert!(!identify(&lan, &on, &["192.168.1.7".parse().unwrap()]).unwrap().local);
}

#[track_caller]
fn origin(ip: &str, host: &str, origin: Option<&str>, browser: bool, config: &Config) -> OriginCheck {
    let mut headers = vec![("host", host)];
    headers.extend(origin.map(|origin| ("origin", origin)));
    check_origin(&identify(&head(ip, &headers), config, &[]).unwrap(), browser, config)
}

#[test]
fn pages_from_elsewhere_are_foreign() {
    use OriginCheck::{Allowed, Foreign, Missing, NotABrowser};
    let own = "127.0.0.1:18789";
    let plain = Config::default();
    let table = [
        (own, None, false, NotABrowser),
        (own, None, true, Missing),
        (own, Some("null"), false, Missing),
        (own, Some("http://127.0.0.1:18789"), true, Allowed),
        (own, Some("http://localhost:5173"), true, Allowed),
        (own, Some("https://evil.example"), false, Foreign),
        (own, Some("http://127.0.0.1.evil.example"), false, Foreign),
        (own, Some("http://localhost.:18789"), false, Foreign),
        (own, Some("file://"), false, Missing),
        ("evil.example:18789", Some("http://evil.example:18789"), true, Foreign),
        ("evil.example:18789", Some("http://localhost:18789"), true, Foreign),
    ];
    for (host, sent, browser, want) in table {
        assert_eq!(origin("127.0.0.1", host, sent, browser, &plain), want, "{host} {sent:?}");
    }
    let lan = "192.168.1.5:18789";
    assert_eq!(origin("192.168.1.9", lan, Some("http://192.168.1.5:18789"), true, &plain), Allowed);
    assert_eq!(origin("192.168.1.9", lan, Some("http://192.168.1.6:18789"), true, &plain), Foreign);
    assert_eq!(origin("192.168.1.9", lan, Some("http://localhost"), true, &plain), Foreign);
    let listed = config(|config| config.control_ui.allowed_origins = vec!["https://chat.example".into()]);
    assert_eq!(origin("127.0.0.1", own, Some("https://chat.example"), true, &listed), Allowed);
    assert_eq!(origin("127.0.0.1", own, Some("https://chat.example.evil"), true, &listed), Foreign);
}

#[test]
fn rebound_hosts_are_seen_through() {
    let rebound = |host: &str, origin: Option<&str>| {
        let mut headers = vec![("host", host)];
        headers.extend(origin.map(|origin| ("origin", origin)));
        is_rebound(&head("127.0.0.1", &headers), &Config::default())
    };
    assert!(rebound("evil.example:18789", Some("http://evil.example:18789")));
    assert!(rebound("localhost.:18789", Some("http://localhost.:18789")));
    assert!(!rebound("127.0.0.1:18789", Some("http://127.0.0.1:18789")));
    assert!(!rebound("desk.local:18789", Some("http://desk.local:18789")));
    assert!(!rebound("evil.example", None));
}

#[test]
fn two_of_a_header_are_none_that_counts() {
    let two_hosts =
        head("127.0.0.1", &[("host", "localhost"), ("host", "evil.example"), ("origin", "http://localhost")]);
    assert!(is_rebound(&two_hosts, &Config::default()));
    assert!(!identify(&two_hosts, &Config::default(), &[]).unwrap().local);
    let origins = [("host", "localhost"), ("origin", "http://localhost"), ("origin", "https://evil.example")];
    let peer = identify(&head("127.0.0.1", &origins), &Config::default(), &[]).unwrap();
    assert_eq!(check_origin(&peer, false, &Config::default()), OriginCheck::Missing);
}
