//! Who speaks for a caller: Tailscale Serve about a member of the tailnet, a
//! trusted proxy about a user it signed in. Pure functions over headers; what
//! they come to is decided in the handshake (`handshake.md §6`).

use std::net::IpAddr;

use http::{HeaderMap, HeaderName};
use postern_protocol::connect::AuthMode;
use postern_protocol::tailscale::TailscaleMode;

use super::{RequestHead, hop_ip};
use crate::config::{Config, TrustedProxy};
use crate::tailscale::Ends;

/// Longest name of a user.
const MAX_USER: usize = 256;

/// What stands in front of a caller says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Vouched {
    /// Nothing that counts.
    #[default]
    Nothing,
    /// Tailscale Serve names a member of the tailnet; still to be verified.
    Tailscale(TailscaleHeaders),
    /// The trusted proxy names a user.
    User(String),
    /// The trusted proxy names none that may sign in.
    Refused(ProxyRefusal),
}

/// What Tailscale Serve says about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailscaleHeaders {
    /// Login of the person; `None` for machines that are nobody's.
    pub login: Option<String>,
    /// Whether it says from where, as it always does.
    pub is_complete: bool,
    /// The connection that it came through, which shows who really says so.
    pub ends: Option<Ends>,
}

impl TailscaleHeaders {
    /// `None` when a request shows no sign of Tailscale Serve. The daemon removes
    /// what clients wrote into these headers, so there never are two.
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let login = single(headers, "tailscale-user-login");
        let says_address = single(headers, "x-forwarded-for").is_some_and(|ip| hop_ip(ip).is_some());
        let is_complete = says_address
            && single(headers, "x-forwarded-proto").is_some()
            && single(headers, "x-forwarded-host").is_some();
        if !is_complete && !headers.contains_key("tailscale-user-login") {
            return None;
        }
        // Whoever comes from the internet is no member, whatever else is said.
        let is_member = !headers.contains_key("tailscale-funnel-request");
        Some(Self { login: login.filter(|_| is_member).map(str::to_owned), is_complete, ends: None })
    }
}

/// What the headers of the trusted proxy say, whoever sent them.
#[derive(Debug, Clone, Default)]
pub(super) struct UserHeaders {
    /// Whether the header that names the user is there.
    pub(super) is_there: bool,
    user: Option<String>,
    missing: Option<HeaderName>,
}

impl UserHeaders {
    pub(super) fn read(headers: &HeaderMap, proxy: &TrustedProxy) -> Self {
        let user = single(headers, proxy.user_header.as_str()).filter(|user| user.len() <= MAX_USER);
        let is_missing = |name: &&HeaderName| single(headers, name.as_str()).is_none();
        Self {
            is_there: headers.contains_key(&proxy.user_header),
            user: user.map(str::to_owned),
            missing: proxy.required_headers.iter().find(is_missing).cloned(),
        }
    }
}

/// Why a trusted proxy is not believed about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyRefusal {
    /// It runs on this machine, which is not allowed.
    Loopback,
    /// It uses an address of this machine's own.
    OwnAddress,
    /// A header that it always sends is missing.
    MissingHeader(HeaderName),
    /// It names no user, or more than one.
    NoUser,
    /// The user is not on the list.
    NotAllowed,
}

impl ProxyRefusal {
    /// `details.authReason`.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Loopback => "trusted_proxy_loopback_source".to_owned(),
            Self::OwnAddress => "trusted_proxy_local_interface_source".to_owned(),
            Self::MissingHeader(name) => format!("trusted_proxy_missing_header_{name}"),
            Self::NoUser => "trusted_proxy_user_missing".to_owned(),
            Self::NotAllowed => "trusted_proxy_user_not_allowed".to_owned(),
        }
    }
}

/// Whether Tailscale shows this gateway and the request looks like its own. The
/// daemon runs on this machine and is the one proxy that needs no listing.
pub(super) fn is_serve(head: &RequestHead, config: &Config) -> bool {
    config.tailscale.mode != TailscaleMode::Off && head.peer_ip.is_loopback() && head.tailscale.is_some()
}

/// What the proxies in front of a caller say about it, those that are trusted.
pub(super) fn judge(head: &RequestHead, config: &Config, own_addresses: &[IpAddr]) -> Vouched {
    if !head.forwarded {
        return Vouched::Nothing;
    }
    if config.auth.mode == AuthMode::TrustedProxy {
        return match user(head, config, own_addresses) {
            Ok(user) => Vouched::User(user),
            Err(refusal) => Vouched::Refused(refusal),
        };
    }
    match &head.tailscale {
        Some(headers) if config.auth.allow_tailscale && is_serve(head, config) => {
            Vouched::Tailscale(TailscaleHeaders { ends: head.ends, ..headers.clone() })
        }
        _ => Vouched::Nothing,
    }
}

/// In the order of the protocol, so that the first thing to mend is told first.
fn user(head: &RequestHead, config: &Config, own_addresses: &[IpAddr]) -> Result<String, ProxyRefusal> {
    let Some(proxy) = &config.auth.trusted_proxy else { return Err(ProxyRefusal::NoUser) };
    if head.peer_ip.is_loopback() && !proxy.allow_loopback {
        return Err(ProxyRefusal::Loopback);
    }
    if !head.peer_ip.is_loopback() && own_addresses.contains(&head.peer_ip) {
        return Err(ProxyRefusal::OwnAddress);
    }
    if let Some(name) = &head.user.missing {
        return Err(ProxyRefusal::MissingHeader(name.clone()));
    }
    let user = head.user.user.as_deref().ok_or(ProxyRefusal::NoUser)?;
    let lower = user.to_lowercase();
    if !proxy.allow_users.is_empty() && !proxy.allow_users.contains(&lower) {
        return Err(ProxyRefusal::NotAllowed);
    }
    Ok(lower)
}

/// The one value of a header. Of two each reader would believe another one, and
/// a comma is how two are joined on the way.
fn single<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let (first, None) = (values.next()?, values.next()) else { return None };
    let text = std::str::from_utf8(first.as_bytes()).ok()?.trim();
    let is_one = !text.is_empty() && !text.contains(',') && !text.chars().any(char::is_control);
    is_one.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::super::identify;
    use super::*;
    use crate::config::TrustedProxy;

    const PROXY: &str = "10.0.0.2";

    fn config(change: impl FnOnce(&mut TrustedProxy)) -> Config {
        let mut proxy = TrustedProxy {
            user_header: HeaderName::from_static("x-user"),
            required_headers: Vec::new(),
            allow_users: Vec::new(),
            allow_loopback: false,
            auto_approve: None,
        };
        change(&mut proxy);
        let mut config = Config { trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()], ..Config::default() };
        config.trusted_proxies.push("127.0.0.1/32".parse().unwrap());
        config.auth.mode = AuthMode::TrustedProxy;
        config.auth.trusted_proxy = Some(proxy);
        config
    }

    #[track_caller]
    fn vouched(ip: &str, headers: &[(&str, &str)], config: &Config, own: &[&str]) -> Vouched {
        let mut map = HeaderMap::new();
        map.append("x-forwarded-for", "203.0.113.5".parse().unwrap());
        for (name, value) in headers {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        let own: Vec<IpAddr> = own.iter().map(|ip| ip.parse().unwrap()).collect();
        identify(&RequestHead::of(ip.parse().unwrap(), &map, config), config, &own).unwrap().vouched
    }

    #[test]
    fn one_user_and_only_one() {
        let plain = config(|_| {});
        let user = |headers: &[(&str, &str)]| vouched(PROXY, headers, &plain, &[]);
        assert_eq!(user(&[("x-user", " Ada@Example.com ")]), Vouched::User("ada@example.com".into()));
        let none = Vouched::Refused(ProxyRefusal::NoUser);
        assert_eq!(user(&[]), none);
        assert_eq!(user(&[("x-user", "")]), none);
        assert_eq!(user(&[("x-user", "ada"), ("x-user", "eve")]), none);
        assert_eq!(user(&[("x-user", "ada"), ("X-User", "ada")]), none);
        assert_eq!(user(&[("x-user", "ada, eve")]), none);
        assert_eq!(user(&[("x_user", "ada")]), none, "another header");
        assert_eq!(user(&[("x-user", "ada"), ("x_user", "eve")]), Vouched::User("ada".into()));
        assert_eq!(user(&[("x-user", &"a".repeat(300))]), none);
    }

    #[test]
    fn the_order_of_refusals() {
        let strict = config(|proxy| {
            proxy.required_headers = vec![HeaderName::from_static("x-proxy-secret")];
            proxy.allow_users = vec!["ada".into()];
        });
        let refused = Vouched::Refused;
        let secret = ("x-proxy-secret", "1");
        assert_eq!(vouched("127.0.0.1", &[secret, ("x-user", "ada")], &strict, &[]), refused(ProxyRefusal::Loopback));
        let own = vouched(PROXY, &[secret, ("x-user", "ada")], &strict, &[PROXY]);
        assert_eq!(own, refused(ProxyRefusal::OwnAddress));
        let missing = vouched(PROXY, &[("x-user", "ada")], &strict, &[]);
        assert_eq!(missing, refused(ProxyRefusal::MissingHeader(HeaderName::from_static("x-proxy-secret"))));
        assert_eq!(vouched(PROXY, &[secret], &strict, &[]), refused(ProxyRefusal::NoUser));
        assert_eq!(vouched(PROXY, &[secret, ("x-user", "eve")], &strict, &[]), refused(ProxyRefusal::NotAllowed));
        assert_eq!(vouched(PROXY, &[secret, ("x-user", "ADA")], &strict, &[]), Vouched::User("ada".into()));
        let here = config(|proxy| proxy.allow_loopback = true);
        assert_eq!(vouched("127.0.0.1", &[("x-user", "ada")], &here, &[]), Vouched::User("ada".into()));
    }

    #[test]
    fn tailscale_speaks_only_from_this_machine_and_only_when_it_shows_the_gateway() {
        let all = [
            ("tailscale-user-login", "ada@example.com"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "a.ts.net"),
        ];
        let mut serving = Config::default();
        serving.tailscale.mode = TailscaleMode::Serve;
        serving.auth.allow_tailscale = true;
        let login = |headers: &[(&str, &str)]| match vouched("127.0.0.1", headers, &serving, &[]) {
            Vouched::Tailscale(headers) => (headers.login, headers.is_complete),
            other => panic!("{other:?}"),
        };
        assert_eq!(login(&all), (Some("ada@example.com".into()), true));
        assert_eq!(login(&all[1..]), (None, true));
        assert_eq!(login(&all[..1]), (Some("ada@example.com".into()), false));
        let twice = [all[0], all[1], all[2], ("tailscale-user-login", "eve@example.com")];
        assert_eq!(login(&twice), (None, true));
        let chain = [all[0], all[1], all[2], ("x-forwarded-for", "100.64.0.9")];
        assert_eq!(login(&chain), (Some("ada@example.com".into()), false));
        let funnel = [all[0], all[1], all[2], ("tailscale-funnel-request", "?1")];
        assert_eq!(login(&funnel), (None, true));
        serving.auth.allow_tailscale = false;
        assert_eq!(vouched("127.0.0.1", &all, &serving, &[]), Vouched::Nothing);
        let mut elsewhere = Config { trusted_proxies: vec!["10.0.0.2/32".parse().unwrap()], ..Config::default() };
        elsewhere.tailscale.mode = TailscaleMode::Serve;
        elsewhere.auth.allow_tailscale = true;
        assert_eq!(vouched(PROXY, &all, &elsewhere, &[]), Vouched::Nothing);
    }
}
