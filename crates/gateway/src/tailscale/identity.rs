//! Whose machine an address of the tailnet is. What the daemon said is kept for
//! a moment, since one page asks several times.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Tailscale;
use super::answers::{Owner, Status, Whois};
use super::caller::{Ends, is_daemon};
use super::daemon::{DaemonError, Question, find_socket};

/// How long an answer is kept.
const FRESH: Duration = Duration::from_secs(5);
/// Most answers that are kept.
const MAX_KEPT: usize = 256;

/// Why somebody is not who Tailscale Serve says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The daemon could not be asked.
    #[error("{0}")]
    Unavailable(String),
    /// Another program of this machine says so.
    #[error("the connection is not from Tailscale's daemon")]
    NotTheDaemon,
    /// The address is nobody's.
    #[error("the address belongs to nobody in the tailnet")]
    Nobody,
    /// It is somebody else's.
    #[error("the address belongs to somebody else")]
    SomebodyElse,
}

/// Answers of the last moments.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<HashMap<IpAddr, (Instant, String)>>);

impl Kept {
    fn get(&self, ip: IpAddr, now: Instant) -> Option<String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&ip).filter(|(at, _)| now.duration_since(*at) < FRESH).map(|(_, login)| login.clone())
    }

    fn put(&self, ip: IpAddr, login: String, now: Instant) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_KEPT {
            kept.retain(|_, (at, _)| now.duration_since(*at) < FRESH);
        }
        if kept.len() < MAX_KEPT {
            kept.insert(ip, (now, login));
        }
    }

    /// Forgets everything: the settings changed.
    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Tailscale {
    /// Whether the machine at `ip` is that of `login`, as a connection between
    /// `ends` says; returns the login, lower case.
    ///
    /// # Errors
    /// Why it is not believed.
    pub async fn verify(&self, ends: Ends, ip: IpAddr, login: &str) -> Result<String, IdentityError> {
        let socket = find_socket(self.settings().socket.as_deref());
        let looking = tokio::task::spawn_blocking(move || is_daemon(ends, socket.as_deref()));
        if !looking.await.unwrap_or(false) {
            return Err(IdentityError::NotTheDaemon);
        }
        let wanted = login.trim().to_lowercase();
        let owner = match self.0.kept.get(ip, Instant::now()) {
            Some(owner) => owner,
            None => self.look_up(ip).await?,
        };
        if owner == wanted { Ok(owner) } else { Err(IdentityError::SomebodyElse) }
    }

    /// Whether this machine is that of `login` too. Only where the system tells whose
    /// connection it is: elsewhere any program of this machine could say so.
    pub async fn is_owner(&self, login: &str) -> bool {
        if cfg!(not(target_os = "linux")) {
            return false;
        }
        let Ok(status) = self.ask::<Status>(Question::Status).await else { return false };
        match status.owner() {
            Owner::Nobody => false,
            Owner::Login(owner) => owner == login,
            Owner::Ask(ip) => self.look_up(ip).await.is_ok_and(|owner| owner == login),
        }
    }

    async fn look_up(&self, ip: IpAddr) -> Result<String, IdentityError> {
        // Few at a time: whoever floods the gateway must not flood the daemon. Never
        // closed, so there always is a turn in the end.
        let _turn = self.0.look_ups.acquire().await;
        let whois: Whois = match self.ask(Question::Whois(ip)).await {
            Ok(whois) => whois,
            Err(DaemonError::Unknown) => return Err(IdentityError::Nobody),
            Err(error) => return Err(IdentityError::Unavailable(error.to_string())),
        };
        let owner = whois.login().ok_or(IdentityError::Nobody)?;
        self.0.kept.put(ip, owner.clone(), Instant::now());
        Ok(owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_kept_for_a_moment_and_not_without_end() {
        let (kept, start) = (Kept::default(), Instant::now());
        let ip = |n: u32| IpAddr::from(n.to_be_bytes());
        kept.put(ip(1), "ada".into(), start);
        assert_eq!(kept.get(ip(1), start).as_deref(), Some("ada"));
        assert_eq!(kept.get(ip(1), start + FRESH), None);
        for n in 0..2_000 {
            kept.put(ip(n), n.to_string(), start);
        }
        assert_eq!(kept.0.lock().unwrap().len(), MAX_KEPT);
        kept.put(ip(9_999), "late".into(), start + FRESH);
        assert_eq!(kept.get(ip(9_999), start + FRESH).as_deref(), Some("late"));
        kept.clear();
        assert_eq!(kept.get(ip(9_999), start + FRESH), None);
    }
}
