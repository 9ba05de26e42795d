//! How often somebody may guess a secret. Counted per canonical address (or per
//! browser origin on loopback) and kind of secret, and over everybody together.
//!
//! Strangers are locked out after ten wrong guesses. Loopback never is: a web
//! page or a broken script must not lock the owner out of the own machine, so
//! there each further guess has to wait longer instead, up to five seconds.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// Limits, from `gateway.auth.rateLimit`. Times in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct RateLimit {
    /// Wrong guesses that cost nothing.
    pub max_attempts: u32,
    /// How long a wrong guess counts.
    pub window_ms: i64,
    /// How long a stranger is locked out.
    pub lockout_ms: i64,
    /// Whether loopback is slowed down instead of locked out.
    pub exempt_loopback: bool,
}

/// First delay on loopback, doubled with each further wrong guess.
const FIRST_DELAY_MS: i64 = 250;
/// Longest delay on loopback.
const MAX_DELAY_MS: i64 = 5_000;
/// Wrong guesses of all strangers together in one window before everybody is slowed.
const GLOBAL_MAX: u32 = 300;
/// Pause between two guesses of anybody once that is reached.
const GLOBAL_PAUSE_MS: i64 = 200;
/// Wrong guesses of all pages on this machine together in one window before each
/// further one has to wait: an Origin header is easily made up.
const PAGES_MAX: u32 = 100;
/// Pause between two guesses of pages once that is reached.
const PAGES_PAUSE_MS: i64 = 1_000;
/// Characters of an Origin that count.
const MAX_ORIGIN: usize = 128;
/// Guessers remembered; beyond it the one that guessed longest ago is forgotten.
const MAX_SUBJECTS: usize = 10_000;

/// Kind of secret; each is counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretClass {
    /// Gateway token or password.
    Shared,
    /// Token of a device.
    DeviceToken,
    /// Setup code.
    Bootstrap,
    /// Cookie of a desktop app's window.
    Desktop,
    /// Token in an address of the canvas.
    Canvas,
}

/// Who guesses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A stranger's address; IPv6 by its /64, as one machine owns all of it.
    Address(IpAddr),
    /// A program on this machine.
    Loopback,
    /// A page in a browser on this machine, by its Origin header.
    LoopbackPage(String),
    /// A device on this machine that proved its key: it can only guess its own token.
    LoopbackDevice(String),
}

impl Subject {
    /// The subject behind an address and Origin header.
    #[must_use]
    pub fn of(ip: IpAddr, origin: Option<&str>) -> Self {
        if !ip.to_canonical().is_loopback() {
            return Self::behind_proxy(ip);
        }
        let cut = |origin: &str| origin.chars().take(MAX_ORIGIN).collect();
        origin.map_or(Self::Loopback, |origin| Self::LoopbackPage(cut(origin)))
    }

    /// The subject that a proxy names; never this machine, whatever it says.
    #[must_use]
    pub fn behind_proxy(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V6(ip) => Self::Address(IpAddr::V6(Ipv6Addr::from(u128::from(ip) & !u128::from(u64::MAX)))),
            ip => Self::Address(ip),
        }
    }
}

/// The guess is not looked at; try again after this many milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RetryAfter(pub u64);

/// Counts wrong guesses.
#[derive(Debug)]
pub struct Limiter {
    limit: Mutex<RateLimit>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    subjects: HashMap<(Subject, SecretClass), Guesses>,
    strangers: Guesses,
    pages: Guesses,
}

#[derive(Debug, Clone, Copy, Default)]
struct Guesses {
    wrong: u32,
    since_ms: i64,
    last_ms: i64,
}

impl Guesses {
    fn in_window(self, window_ms: i64, now_ms: i64) -> u32 {
        // A clock that was set back starts anew instead of waiting for itself.
        if (0..window_ms).contains(&(now_ms - self.since_ms)) { self.wrong } else { 0 }
    }

    /// Epoch milliseconds until which everybody of a kind waits.
    fn wait_beyond(self, max: u32, pause_ms: i64, window_ms: i64, now_ms: i64) -> i64 {
        if self.in_window(window_ms, now_ms) >= max { self.last_ms.min(now_ms) + pause_ms } else { 0 }
    }

    fn add(&mut self, window_ms: i64, now_ms: i64) {
        if self.in_window(window_ms, now_ms) == 0 {
            *self = Self { wrong: 0, since_ms: now_ms, last_ms: now_ms };
        }
        self.wrong = self.wrong.saturating_add(1);
        self.last_ms = now_ms;
    }
}

impl Limiter {
    /// A limiter that has seen nobody.
    #[must_use]
    pub fn new(limit: RateLimit) -> Self {
        Self { limit: Mutex::new(limit), state: Mutex::default() }
    }

    /// Changes what happens after wrong guesses; those that were made count on.
    pub fn set_limit(&self, limit: RateLimit) {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner) = limit;
    }

    fn limit(&self) -> RateLimit {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a guess may be looked at now.
    ///
    /// # Errors
    /// How long to wait otherwise. The secret must not be compared then, or
    /// guessing in parallel would go around the wait.
    pub fn admit(&self, subject: &Subject, class: SecretClass, now_ms: i64) -> Result<(), RetryAfter> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let guesses = state.subjects.get(&(subject.clone(), class)).copied().unwrap_or_default();
        let own = self.wait_of(subject, guesses, now_ms);
        let window = self.limit().window_ms;
        let everybody = match subject {
            Subject::Address(_) => state.strangers.wait_beyond(GLOBAL_MAX, GLOBAL_PAUSE_MS, window, now_ms),
            Subject::LoopbackPage(_) => state.pages.wait_beyond(PAGES_MAX, PAGES_PAUSE_MS, window, now_ms),
            Subject::Loopback | Subject::LoopbackDevice(_) => 0,
        };
        match own.max(everybody) - now_ms {
            wait if wait > 0 => Err(RetryAfter(wait.unsigned_abs())),
            _ => Ok(()),
        }
    }

    /// Epoch milliseconds until which this guesser waits.
    fn wait_of(&self, subject: &Subject, guesses: Guesses, now_ms: i64) -> i64 {
        let limit = self.limit();
        let Some(over) = guesses.wrong.checked_sub(limit.max_attempts) else { return 0 };
        let slowed = limit.exempt_loopback && !matches!(subject, Subject::Address(_));
        let wait = if slowed { (FIRST_DELAY_MS << over.min(8)).min(MAX_DELAY_MS) } else { limit.lockout_ms };
        guesses.last_ms.min(now_ms) + wait
    }

    /// Counts a wrong guess.
    pub fn failed(&self, subject: Subject, class: SecretClass, now_ms: i64) {
        let limit = self.limit();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match subject {
            Subject::Address(_) => state.strangers.add(limit.window_ms, now_ms),
            Subject::LoopbackPage(_) => state.pages.add(limit.window_ms, now_ms),
            Subject::Loopback | Subject::LoopbackDevice(_) => {}
        }
        if state.subjects.len() >= MAX_SUBJECTS {
            state.forget(now_ms, limit);
        }
        // The count survives the window while a lockout lasts.
        let keep = limit.window_ms.max(limit.lockout_ms);
        let guesses = state.subjects.entry((subject, class)).or_default();
        let window = if guesses.wrong >= limit.max_attempts { keep } else { limit.window_ms };
        guesses.add(window, now_ms);
    }

    /// Forgets the wrong guesses of somebody who then knew the secret.
    pub fn succeeded(&self, subject: &Subject, class: SecretClass) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.subjects.is_empty() {
            state.subjects.remove(&(subject.clone(), class));
        }
    }
}

impl State {
    /// Makes room for many at once, so that a flood of new guessers does not cost
    /// a scan for each of them.
    fn forget(&mut self, now_ms: i64, limit: RateLimit) {
        let keep = limit.window_ms.max(limit.lockout_ms);
        self.subjects.retain(|_, guesses| now_ms - guesses.last_ms < keep);
        if self.subjects.len() < MAX_SUBJECTS {
            return;
        }
        let mut times: Vec<i64> = self.subjects.values().map(|guesses| guesses.last_ms).collect();
        let (_, oldest_kept, _) = times.select_nth_unstable(MAX_SUBJECTS / 8);
        let oldest_kept = *oldest_kept;
        let mut to_go = MAX_SUBJECTS / 8;
        self.subjects.retain(|_, guesses| {
            let goes = guesses.last_ms <= oldest_kept && to_go > 0;
            to_go -= usize::from(goes);
            !goes
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: RateLimit =
        RateLimit { max_attempts: 10, window_ms: 60_000, lockout_ms: 300_000, exempt_loopback: true };

    fn subject(text: &str) -> Subject {
        Subject::of(text.parse().unwrap(), None)
    }

    fn fail(limiter: &Limiter, who: &Subject, times: u32, now: i64) {
        for _ in 0..times {
            limiter.failed(who.clone(), SecretClass::Shared, now);
        }
    }

    #[test]
    fn strangers_are_locked_out_and_others_are_not() {
        let limiter = Limiter::new(LIMIT);
        let (bad, good) = (subject("192.0.2.1"), subject("192.0.2.2"));
        fail(&limiter, &bad, 9, 0);
        assert_eq!(limiter.admit(&bad, SecretClass::Shared, 0), Ok(()));
        fail(&limiter, &bad, 1, 0);
        assert_eq!(limiter.admit(&bad, SecretClass::Shared, 1), Err(RetryAfter(299_999)));
        assert_eq!(limiter.admit(&bad, SecretClass::DeviceToken, 1), Ok(()));
        assert_eq!(limiter.admit(&good, SecretClass::Shared, 1), Ok(()));
        assert_eq!(limiter.admit(&bad, SecretClass::Shared, 300_000), Ok(()));
    }

    #[test]
    fn one_machine_is_one_subject_in_every_spelling() {
        assert_eq!(subject("::ffff:192.0.2.1"), subject("192.0.2.1"));
        assert_eq!(subject("2001:db8::1"), subject("2001:db8::ffff:1"));
        assert_ne!(subject("2001:db8::1"), subject("2001:db8:0:1::1"));
        assert_eq!(subject("127.0.0.9"), subject("::1"));
        assert_eq!(subject("::ffff:127.0.0.1"), Subject::Loopback);
    }

    #[test]
    fn loopback_is_slowed_down_but_never_locked_out() {
        let limiter = Limiter::new(LIMIT);
        let own = subject("127.0.0.1");
        fail(&limiter, &own, 10, 0);
        assert_eq!(limiter.admit(&own, SecretClass::Shared, 0), Err(RetryAfter(250)));
        assert_eq!(limiter.admit(&own, SecretClass::Shared, 250), Ok(()));
        fail(&limiter, &own, 1, 250);
        assert_eq!(limiter.admit(&own, SecretClass::Shared, 250), Err(RetryAfter(500)));
        fail(&limiter, &own, 50, 1_000);
        assert_eq!(limiter.admit(&own, SecretClass::Shared, 1_000), Err(RetryAfter(5_000)));
        let page = Subject::of("127.0.0.1".parse().unwrap(), Some("https://evil.example"));
        assert_eq!(limiter.admit(&page, SecretClass::Shared, 1_000), Ok(()));
    }

    #[test]
    fn ten_thousand_guesses_on_loopback_are_hardly_looked_at() {
        let limiter = Limiter::new(LIMIT);
        let own = subject("127.0.0.1");
        let looked_at = (0..10_000)
            .filter(|guess| {
                let admitted = limiter.admit(&own, SecretClass::Shared, i64::from(*guess)).is_ok();
                if admitted {
                    limiter.failed(own.clone(), SecretClass::Shared, i64::from(*guess));
                }
                admitted
            })
            .count();
        assert!(looked_at <= 16, "{looked_at} of 10,000 in ten seconds");
    }

    #[test]
    fn many_strangers_together_are_slowed_down() {
        let limiter = Limiter::new(LIMIT);
        for n in 0..GLOBAL_MAX {
            limiter.failed(subject(&format!("198.51.{}.{}", n / 250, n % 250)), SecretClass::Shared, 0);
        }
        assert_eq!(limiter.admit(&subject("192.0.2.77"), SecretClass::Shared, 0), Err(RetryAfter(200)));
        assert_eq!(limiter.admit(&subject("127.0.0.1"), SecretClass::Shared, 0), Ok(()));
        assert_eq!(limiter.admit(&subject("192.0.2.77"), SecretClass::Shared, 200), Ok(()));
    }

    #[test]
    fn made_up_origins_share_one_bound() {
        let limiter = Limiter::new(LIMIT);
        let page = |n: u32| Subject::of("127.0.0.1".parse().unwrap(), Some(&format!("http://localhost:{n}")));
        for n in 0..PAGES_MAX {
            assert_eq!(limiter.admit(&page(n), SecretClass::Shared, 0), Ok(()));
            limiter.failed(page(n), SecretClass::Shared, 0);
        }
        assert_eq!(limiter.admit(&page(PAGES_MAX), SecretClass::Shared, 0), Err(RetryAfter(1_000)));
        assert_eq!(limiter.admit(&subject("127.0.0.1"), SecretClass::Shared, 0), Ok(()));
    }

    #[test]
    fn knowing_the_secret_clears_the_slate() {
        let limiter = Limiter::new(LIMIT);
        let who = subject("192.0.2.1");
        fail(&limiter, &who, 9, 0);
        limiter.succeeded(&who, SecretClass::Shared);
        fail(&limiter, &who, 9, 0);
        assert_eq!(limiter.admit(&who, SecretClass::Shared, 0), Ok(()));
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = Limiter::new(LIMIT);
        for n in 0..u32::try_from(MAX_SUBJECTS).unwrap() + 500 {
            limiter.failed(Subject::Address(IpAddr::from(n.to_be_bytes())), SecretClass::Shared, i64::from(n));
        }
        assert!(limiter.state.lock().unwrap().subjects.len() <= MAX_SUBJECTS);
    }
}
