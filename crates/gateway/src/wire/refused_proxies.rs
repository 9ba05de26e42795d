//! Proxies that were refused lately: their owner is told what to write, when it
//! is a proxy of theirs (`status`, warnings).

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use ipnet::IpNet;

use super::peer::{ProxyLack, UnknownProxy};

/// How long one is remembered.
const REMEMBERED_MS: i64 = 15 * 60 * 1_000;
/// How many; anybody who reaches the port can make one up.
const MAX: usize = 3;

/// The last few.
#[derive(Debug, Default)]
pub struct RefusedProxies(Mutex<Vec<(IpAddr, ProxyLack, i64)>>);

impl RefusedProxies {
    /// One was refused.
    pub fn note(&self, proxy: &UnknownProxy, now_ms: i64) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|(ip, _, at)| *ip != proxy.ip && now_ms - at < REMEMBERED_MS);
        if seen.len() < MAX {
            seen.push((proxy.ip, proxy.lacks, now_ms));
        }
    }

    /// What to do about each, with the exact line.
    #[must_use]
    pub fn warnings(&self, trusted: &[IpNet], now_ms: i64) -> Vec<String> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = seen.iter().filter(|(_, _, at)| now_ms - at < REMEMBERED_MS);
        fresh.map(|(ip, lacks, _)| warning(*ip, *lacks, trusted)).collect()
    }
}

fn warning(ip: IpAddr, lacks: ProxyLack, trusted: &[IpNet]) -> String {
    match lacks {
        ProxyLack::Listing | ProxyLack::Trust => format!(
            "requests that came through a proxy at {ip} were refused; if that proxy is yours, run: {}",
            listing(ip, trusted)
        ),
        ProxyLack::Serve => "requests that came through Tailscale Serve were refused; if you set it up, run: postern \
                             tailscale serve"
            .to_owned(),
        ProxyLack::Address => format!(
            "the proxy at {ip} names users but not where they come from; let it set X-Forwarded-For (nginx: \
             proxy_set_header X-Forwarded-For $remote_addr;)"
        ),
    }
}

/// The command that lists a proxy beside those that are listed.
#[must_use]
pub fn listing(ip: IpAddr, trusted: &[IpNet]) -> String {
    let mut all: Vec<String> = trusted.iter().map(|net| net.to_string()).collect();
    all.push(ip.to_string());
    let list = serde_json::to_string(&all).unwrap_or_default();
    format!("postern config set gateway.trustedProxies '{list}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_keeps_what_is_listed_and_few_are_remembered() {
        let seen = RefusedProxies::default();
        let proxy = |last: u8| UnknownProxy { ip: IpAddr::from([192, 0, 2, last]), lacks: ProxyLack::Listing };
        for last in 0..20 {
            seen.note(&proxy(last), 1_000);
            seen.note(&proxy(0), 1_000);
        }
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let told = seen.warnings(&trusted, 1_000);
        assert_eq!(told.len(), MAX);
        let line = r#"postern config set gateway.trustedProxies '["10.0.0.0/8","192.0.2.0"]'"#;
        assert!(told.iter().any(|text| text.ends_with(line)), "{told:?}");
        assert!(seen.warnings(&trusted, 1_000 + REMEMBERED_MS).is_empty());
        seen.note(&proxy(99), 1_000 + REMEMBERED_MS);
        assert_eq!(seen.warnings(&trusted, 1_000 + REMEMBERED_MS).len(), 1);
    }
}
