//! The window of the desktop app signs in with a cookie that the app put there
//! (`docs/adr/0007`). A cookie goes to every port of a host and says nothing
//! about who sends it, so it counts only beside everything else that must be
//! true of that window; in any other place it is not even looked at.

use std::sync::Arc;

use http::header::{self, HeaderMap};
use postern_protocol::access::{Role, ScopeSet};
use postern_protocol::identity::DeviceId;

use super::peer::Peer;
use crate::auth::SecretClass;
use crate::gateway::Services;

/// What a request is about to do with the cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Open a WebSocket: browsers always say from which page.
    Upgrade,
    /// Read: browsers leave the origin out when it is their own.
    Read,
}

/// What a request brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Presented {
    /// No cookie, or not where one counts.
    Nothing,
    /// A cookie that is not in force.
    Wrong,
    /// The cookie of the app with this connection.
    Pass(Arc<str>),
}

/// Looks at the cookie of a request. The right one is never kept waiting: it is
/// too long to be guessed, and others could otherwise keep the owner's window
/// out by guessing in its name. Wrong ones are counted and, when they are many,
/// told in the log.
pub(super) fn present(services: &Services, peer: &Peer, headers: &HeaderMap, purpose: Use) -> Presented {
    let cookies = cookies(headers, &services.desktop_cookie());
    if cookies.is_empty() || !is_the_window(services.window_port(), peer, headers, purpose) {
        return Presented::Nothing;
    }
    // The app sets one. Of two, somebody else set the other.
    let opener = match cookies.as_slice() {
        [cookie] => services.desktop.whose(cookie),
        _ => None,
    };
    if let Some(opener) = opener {
        return Presented::Pass(opener);
    }
    let (subject, now) = (peer.subject(), services.clock.now_ms());
    if services.limiter.admit(&subject, SecretClass::Desktop, now).is_err() {
        services.quiet.refusals.line(now, |left_out| {
            tracing::warn!(ip = %peer.ip, left_out, "Many wrong cookies for the desktop window.");
        });
    } else {
        services.limiter.failed(subject, SecretClass::Desktop, now);
    }
    Presented::Wrong
}

/// Whether a request is what the app's window sends: from this machine itself,
/// to the address the app opened, by a page of that address.
fn is_the_window(port: u16, peer: &Peer, headers: &HeaderMap, purpose: Use) -> bool {
    let own = format!("127.0.0.1:{port}");
    let is_direct = peer.ip.is_loopback() && peer.local && !peer.forwarded && !peer.encrypted;
    let is_own_origin = match peer.origin.as_deref() {
        Some(origin) => origin.strip_prefix("http://") == Some(own.as_str()),
        None => purpose == Use::Read,
    };
    // Newer browsers say it themselves, and no page can make them say otherwise.
    let is_same_site = headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin");
    is_direct && peer.host_with_port() == Some(own.as_str()) && is_own_origin && is_same_site
}

/// Every value that is sent under this name.
fn cookies<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(own, _)| *own == name).map(|(_, value)| value).collect()
}

/// What a window may do at this moment: what its app's connection and its app's
/// device both may. `None` once either is gone.
pub(super) fn grant(services: &Services, opener: &str) -> Option<(DeviceId, ScopeSet)> {
    let opener = services.desktop.opener(opener).filter(|opener| services.hub.is_open(&opener.conn_id))?;
    let device = services.devices.grant(&opener.device_id, Role::Operator)?;
    Some((opener.device_id, opener.scopes.limited_to(device)))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use http::HeaderValue;

    use super::*;
    use crate::config::{Config, Pairing};
    use crate::wire::peer::{RequestHead, identify};

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn only_this_machine_itself_by_its_number() {
        let own = [("host", "127.0.0.1:7"), ("origin", "http://127.0.0.1:7")];
        let tailnet: IpAddr = "100.64.0.7".parse().unwrap();
        let config =
            Config { pairing: Pairing { trust_own_tailnet: true, ..Config::default().pairing }, ..Config::default() };
        let table = [
            ("127.0.0.1", &own[..], true),
            ("127.0.0.5", &own[..], true),
            ("::1", &own[..], true),
            ("::ffff:127.0.0.1", &own[..], true),
            ("192.168.1.9", &own[..], false),
            // The owner's own machine, but the address is the tailnet's.
            ("100.64.0.7", &own[..], false),
            ("127.0.0.1", &own[..1], false),
            ("127.0.0.1", &[("host", "localhost:7"), ("origin", "http://localhost:7")][..], false),
            ("127.0.0.1", &[("host", "127.0.0.1:7"), ("origin", "http://127.0.0.1:8")][..], false),
            ("127.0.0.1", &[("host", "127.0.0.1:7"), ("origin", "https://127.0.0.1:7")][..], false),
        ];
        for (ip, fields, want) in table {
            let headers = headers(fields);
            let head = RequestHead::read(ip.parse().unwrap(), &headers);
            let peer = identify(&head, &config, &[tailnet]).unwrap();
            assert_eq!(is_the_window(7, &peer, &headers, Use::Upgrade), want, "{ip} {fields:?}");
        }
    }

    #[test]
    fn every_cookie_of_a_name_is_seen() {
        let mut headers = HeaderMap::new();
        for line in ["a=1; postern_desktop_1=x; b=2", "postern_desktop_12=no;postern_desktop_1=y=z", "c"] {
            headers.append(header::COOKIE, HeaderValue::from_static(line));
        }
        assert_eq!(cookies(&headers, "postern_desktop_1"), ["x", "y=z"]);
        assert_eq!(cookies(&headers, "postern_desktop_3"), [""; 0]);
    }
}
