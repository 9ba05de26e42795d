//! Who calls, judged from addresses and headers before anything else happens.
//! Pure functions (`handshake.md §5, §7`).
//!
//! Being local only ever relaxes one thing, the silent pairing of a device that
//! also knows the secret. Headers can make a caller remote, never local.

mod vouched;

use std::net::IpAddr;

use http::HeaderMap;
use ipnet::IpNet;
use postern_protocol::connect::AuthMode;

use self::vouched::UserHeaders;
pub use self::vouched::{ProxyRefusal, TailscaleHeaders, Vouched};
use crate::auth::Subject;
use crate::config::Config;
use crate::system::is_tailnet;
use crate::tailscale::Ends;

/// What a request shows about its sender.
#[derive(Debug, Clone)]
pub struct RequestHead {
    /// Address of the other end of the TCP connection.
    pub peer_ip: IpAddr,
    /// Both ends of it, where they are known.
    pub ends: Option<Ends>,
    /// Whether it came encrypted to this gateway itself.
    pub encrypted: bool,
    /// Whether the gateway's certificate is for the name in the Host header. Where
    /// it is, no other page can have that name: browsers would have refused us.
    pub certified: bool,
    /// Host header, without port, lower case.
    pub host: Option<String>,
    /// Host header as sent.
    pub host_with_port: Option<String>,
    /// Origin header as sent.
    pub origin: Option<String>,
    /// Whether any proxy or tailnet header is present.
    forwarded: bool,
    /// Whether a proxy says that it was asked over TLS.
    forwarded_https: bool,
    x_forwarded_for: Option<String>,
    x_real_ip: Option<String>,
    /// What it says in the way of Tailscale Serve.
    tailscale: Option<TailscaleHeaders>,
    /// What it says in the way of the configured proxy.
    user: UserHeaders,
}

/// Headers that only proxies set.
const PROXY_HEADERS: [&str; 13] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-server",
    "x-real-ip",
    "x-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "tailscale-user-login",
    "tailscale-user-name",
];

impl RequestHead {
    /// Reads the headers, also those that the configuration names.
    #[must_use]
    pub fn of(peer_ip: IpAddr, headers: &HeaderMap, config: &Config) -> Self {
        let mut head = Self::read(peer_ip, headers);
        let proxy = config.auth.trusted_proxy.as_ref().filter(|_| config.auth.mode == AuthMode::TrustedProxy);
        if let Some(proxy) = proxy {
            head.user = UserHeaders::read(headers, proxy);
            // Whoever names a user is a proxy, also one that forgets the rest.
            head.forwarded |= head.user.is_there;
        }
        head
    }

    /// Reads the headers that have one name everywhere.
    #[must_use]
    pub fn read(peer_ip: IpAddr, headers: &HeaderMap) -> Self {
        let text =
            |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(|text| text.trim().to_owned());
        // Of two, each reader would believe another one: two are as good as a wrong one.
        let many = |name: &str| headers.get_all(name).iter().nth(1).is_some();
        let host_with_port = if many("host") { Some(String::new()) } else { text("host") };
        // An Origin that is not text is still an Origin, and not an allowed one.
        let origin = headers.get("origin").map(|value| match value.to_str() {
            Ok(origin) if !many("origin") => origin.trim().to_owned(),
            _ => "null".to_owned(),
        });
        Self {
            peer_ip: peer_ip.to_canonical(),
            ends: None,
            encrypted: false,
            certified: false,
            host: host_with_port.as_deref().map(host_name),
            host_with_port,
            origin,
            forwarded: PROXY_HEADERS.iter().any(|name| headers.contains_key(*name)),
            forwarded_https: is_https(text("x-forwarded-proto").as_deref()),
            x_forwarded_for: list(headers, "x-forwarded-for"),
            x_real_ip: text("x-real-ip"),
            tailscale: TailscaleHeaders::read(headers),
            user: UserHeaders::default(),
        }
    }
}

/// The first of several proxies is the one that the client sees.
fn is_https(forwarded_proto: Option<&str>) -> bool {
    let first = forwarded_proto.and_then(|list| list.split(',').next());
    first.is_some_and(|first| first.trim().eq_ignore_ascii_case("https"))
}

/// All lines of a header as one list: some proxies append a line of their own.
fn list(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines: Vec<&str> = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("unreadable")).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

/// The caller as the rest of the gateway knows it.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Canonical address of the client, behind trusted proxies.
    pub ip: IpAddr,
    /// Whether a proxy stands between.
    pub forwarded: bool,
    /// Whether it came encrypted to this gateway itself.
    pub encrypted: bool,
    /// Whether the gateway's certificate is for the name in the Host header.
    pub certified: bool,
    /// Whether it runs on this machine and reached us directly.
    pub local: bool,
    /// Origin header as sent.
    pub origin: Option<String>,
    /// Host header without port.
    pub host: Option<String>,
    /// What stands in front of it says about it.
    pub vouched: Vouched,
    /// Whether the client's own address of the gateway begins with `https`.
    pub https: bool,
    host_with_port: Option<String>,
}

impl Peer {
    /// Host header as sent.
    #[must_use]
    pub fn host_with_port(&self) -> Option<&str> {
        self.host_with_port.as_deref()
    }

    /// Who is counted when this caller guesses a secret.
    #[must_use]
    pub fn subject(&self) -> Subject {
        if self.forwarded { Subject::behind_proxy(self.ip) } else { Subject::of(self.ip, self.origin.as_deref()) }
    }
}

/// The request came through a proxy and cannot be attributed to anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownProxy {
    /// Address of the proxy.
    pub ip: IpAddr,
    /// What is missing.
    pub lacks: ProxyLack,
}

/// What is missing to believe a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyLack {
    /// It is not listed in `gateway.trustedProxies`.
    Listing,
    /// The same, and it says to be Tailscale Serve, which is not switched on.
    Serve,
    /// The same, where proxies say who calls.
    Trust,
    /// It is listed and names a user, but not from where.
    Address,
}

/// Works out who calls.
///
/// # Errors
/// [`UnknownProxy`] when proxy headers come from an address that is not listed
/// in `gateway.trustedProxies`: whatever they say could be forged.
pub fn identify(head: &RequestHead, config: &Config, own_addresses: &[IpAddr]) -> Result<Peer, UnknownProxy> {
    let trusted = |ip: IpAddr| config.trusted_proxies.iter().any(|net: &IpNet| net.contains(&ip));
    if head.forwarded && !trusted(head.peer_ip) && !vouched::is_serve(head, config) {
        return Err(UnknownProxy { ip: head.peer_ip, lacks: lack_of(head, config) });
    }
    let names_address = head.x_forwarded_for.is_some() || (config.allow_real_ip_fallback && head.x_real_ip.is_some());
    if head.user.is_there && !names_address {
        // All users would share one count of wrong guesses, the proxy's.
        return Err(UnknownProxy { ip: head.peer_ip, lacks: ProxyLack::Address });
    }
    let ip = if head.forwarded { forwarded_ip(head, config, trusted) } else { head.peer_ip };
    let own_tailnet =
        config.pairing.trust_own_tailnet && is_tailnet(head.peer_ip) && own_addresses.contains(&head.peer_ip);
    let direct = !head.forwarded && (head.peer_ip.is_loopback() || own_tailnet);
    Ok(Peer {
        ip,
        forwarded: head.forwarded,
        encrypted: head.encrypted,
        certified: head.certified,
        local: direct && (own_tailnet || head.host.as_deref().is_none_or(is_loopback_name)),
        origin: head.origin.clone(),
        host: head.host.clone(),
        vouched: vouched::judge(head, config, own_addresses),
        // Here every proxy is one that is trusted.
        https: head.encrypted || (head.forwarded && head.forwarded_https),
        host_with_port: head.host_with_port.clone(),
    })
}

/// What would have to be set for an unlisted proxy.
fn lack_of(head: &RequestHead, config: &Config) -> ProxyLack {
    if config.auth.mode == AuthMode::TrustedProxy {
        return ProxyLack::Trust;
    }
    let is_serve = head.peer_ip.is_loopback() && head.tailscale.as_ref().is_some_and(|serve| serve.login.is_some());
    if is_serve { ProxyLack::Serve } else { ProxyLack::Listing }
}

/// The last address in the chain that no trusted proxy vouches for. Entries
/// further left were written by the client and could name anybody, so the first
/// one that cannot be read ends the search too.
fn forwarded_ip(head: &RequestHead, config: &Config, trusted: impl Fn(IpAddr) -> bool) -> IpAddr {
    let Some(chain) = head.x_forwarded_for.as_deref() else {
        let real_ip = head.x_real_ip.as_deref().filter(|_| config.allow_real_ip_fallback);
        return real_ip.and_then(hop_ip).unwrap_or(head.peer_ip);
    };
    let mut seen = head.peer_ip;
    for hop in chain.rsplit(',') {
        let Some(ip) = hop_ip(hop) else { break };
        seen = ip;
        if !trusted(ip) {
            break;
        }
    }
    seen
}

/// An address in any spelling of proxies: with port, with brackets, mapped.
fn hop_ip(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    let ip = bare.or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()))?;
    Some(ip.to_canonical())
}

/// Whether an Origin header may talk to this gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginCheck {
    /// No Origin, and the client is not a browser.
    NotABrowser,
    /// Allowed.
    Allowed,
    /// A page from somewhere else.
    Foreign,
    /// A browser client without a usable Origin.
    Missing,
}

/// Judges the Origin header (`handshake.md §7`).
#[must_use]
pub fn check_origin(peer: &Peer, browser_client: bool, config: &Config) -> OriginCheck {
    let Some(origin) = peer.origin.as_deref() else {
        return if browser_client { OriginCheck::Missing } else { OriginCheck::NotABrowser };
    };
    if config.page_origins().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(origin)) {
        return OriginCheck::Allowed;
    }
    let Some(authority) = origin_authority(origin) else { return OriginCheck::Missing };
    let host = host_name(&authority);
    let same_host = peer.host_with_port.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(&authority));
    // Whoever is in between can show a page of this name unencrypted, and it must
    // not get on the encrypted connection.
    let same_host = same_host && (!peer.encrypted || origin.starts_with("https://"));
    let own_name =
        is_private_name(&host) || peer.certified || config.control_ui.dangerously_allow_host_header_origin_fallback;
    let same = same_host && own_name;
    if same || (peer.local && is_loopback_name(&host)) { OriginCheck::Allowed } else { OriginCheck::Foreign }
}

/// `host:port` of the Host header, when it can be trusted to name this gateway
/// and may stand in a policy: a private name or one of the allowed origins.
#[must_use]
pub fn own_authority<'a>(peer: &'a Peer, config: &Config) -> Option<&'a str> {
    let authority = peer.host_with_port.as_deref()?;
    let (name, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    // An IPv6 address cannot stand in a policy.
    let is_plain = !name.is_empty() && name.bytes().all(plain) && port.parse::<u16>().is_ok();
    let host = host_name(authority);
    let named = |allowed: &String| origin_authority(allowed).is_some_and(|own| host_name(&own) == host);
    let is_own = is_private_name(&host) || peer.certified || config.page_origins().any(named);
    (is_plain && is_own).then_some(authority)
}

/// A Host header that a browser was tricked into sending (DNS rebinding): a
/// public name that this gateway was never told it has.
#[must_use]
pub fn is_rebound(head: &RequestHead, config: &Config) -> bool {
    let Some(host) = head.host.as_deref().filter(|_| head.origin.is_some()) else { return false };
    let named = |allowed: &String| origin_authority(allowed).is_some_and(|authority| host_name(&authority) == host);
    !(is_private_name(host)
        || head.certified
        || config.control_ui.dangerously_allow_host_header_origin_fallback
        || config.page_origins().any(named))
}

/// Whether the Host header is a name of this gateway, and not one that a browser
/// was tricked into (DNS rebinding).
#[must_use]
pub fn is_own_name(peer: &Peer, config: &Config) -> bool {
    let Some(host) = peer.host.as_deref() else { return false };
    let named = |allowed: &String| origin_authority(allowed).is_some_and(|authority| host_name(&authority) == host);
    is_private_name(host) || peer.certified || config.page_origins().any(named)
}

/// Whether the Origin names the same place as the Host header.
#[must_use]
pub fn is_same_origin(head: &RequestHead) -> bool {
    let origin = head.origin.as_deref().and_then(origin_authority);
    origin.zip(head.host_with_port.as_deref()).is_some_and(|(origin, host)| origin.eq_ignore_ascii_case(host))
}

/// `host:port` of an http or https origin.
fn origin_authority(origin: &str) -> Option<String> {
    let rest = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"))?;
    let authority = rest.split('/').next().unwrap_or_default();
    (!authority.is_empty()).then(|| authority.to_owned())
}

/// The name in `host:port`, lower case, brackets removed.
fn host_name(authority: &str) -> String {
    let name = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.rsplit_once(':').map_or(authority, |(name, _)| name),
    };
    name.to_ascii_lowercase()
}

fn is_loopback_name(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Names that public DNS cannot point here: addresses of private networks and
/// names that only resolve on this machine, this network or this tailnet.
fn is_private_name(host: &str) -> bool {
    if is_loopback_name(host) || host.ends_with(".local") || host.ends_with(".ts.net") {
        return true;
    }
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_private() || ip.is_link_local() || is_tailnet(IpAddr::V4(ip)),
        Ok(IpAddr::V6(ip)) => ip.is_unique_local() || ip.is_unicast_link_local(),
        // A single label has no public meaning.
        Err(_) => !host.is_empty() && !host.contains('.'),
    }
}

#[cfg(test)]
mod tests;
