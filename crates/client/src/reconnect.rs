//! How long to wait before the next try, and when trying again is pointless
//! (`handshake.md §9`).

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use postern_protocol::error::{ErrorCode, ErrorShape};

use crate::error::ConnectError;

/// Lets time pass between two tries; tests put their own clock in its place.
pub trait Pause: Send + Sync {
    /// Resolves after `delay`.
    fn pause(&self, delay: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Real time.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioPause;

impl Pause for TokioPause {
    fn pause(&self, delay: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(delay))
    }
}

/// Whether and how often a lost connection is made again.
#[derive(Clone)]
pub struct ReconnectPolicy {
    first: Duration,
    longest: Duration,
    jitter: f64,
    limit: Option<u32>,
    pub(crate) pause: Arc<dyn Pause>,
}

impl Default for ReconnectPolicy {
    /// 1 s, 2 s, 4 s … at most 30 s, each shortened by up to a fifth at random,
    /// without end.
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(30),
            jitter: 0.2,
            limit: None,
            pause: Arc::new(TokioPause),
        }
    }
}

impl ReconnectPolicy {
    /// One try; the first failure ends the client. For command lines.
    #[must_use]
    pub fn never() -> Self {
        Self { limit: Some(0), ..Self::default() }
    }

    /// First delay, and the one at which doubling stops.
    #[must_use]
    pub fn delays(mut self, first: Duration, longest: Duration) -> Self {
        self.first = first;
        self.longest = longest;
        self
    }

    /// Largest part of a delay that chance takes away, 0.0 to 1.0, so that many
    /// clients of one gateway do not return in the same instant.
    #[must_use]
    pub fn jitter(mut self, part: f64) -> Self {
        self.jitter = part.clamp(0.0, 1.0);
        self
    }

    /// How many tries follow a failure before the client stops.
    #[must_use]
    pub fn attempts(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Another clock.
    #[must_use]
    pub fn pause_with(mut self, pause: Arc<dyn Pause>) -> Self {
        self.pause = pause;
        self
    }

    /// The delay before try number `attempt`, counted from 1; `chance` is a
    /// random number from 0.0 to 1.0.
    pub(crate) fn delay(&self, attempt: u32, chance: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        let full = self.first.saturating_mul(1 << doublings).min(self.longest);
        full.mul_f64(1.0 - self.jitter * chance.clamp(0.0, 1.0))
    }

    /// The delay after a failure; none when trying again is pointless.
    pub(crate) fn delay_after(&self, error: &ConnectError, attempt: u32, chance: f64) -> Option<Duration> {
        match next_after(error) {
            Next::Stop => None,
            Next::After(delay) => Some(delay),
            Next::BackOff if is_waiting(error) => Some(self.delay(attempt, chance).min(LOOK_AGAIN)),
            Next::BackOff => Some(self.delay(attempt, chance)),
        }
    }

    pub(crate) fn exhausted(&self, attempt: u32) -> bool {
        self.limit.is_some_and(|limit| attempt > limit)
    }
}

impl fmt::Debug for ReconnectPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ReconnectPolicy({:?}..={:?}, jitter {}, limit {:?})",
            self.first, self.longest, self.jitter, self.limit
        )
    }
}

/// Tries in a row that came to nothing, for the same kind of reason: who waits for an approval begins anew when it
/// is something else that is in the way, and the other way round.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    count: u32,
    waiting: bool,
    /// Of whatever kind: the policy's limit counts all of them.
    pub(crate) total: u32,
}

impl Tries {
    /// One more; its number, from 1.
    pub(crate) fn failed(&mut self, error: &ConnectError) -> u32 {
        if std::mem::replace(&mut self.waiting, is_waiting(error)) != self.waiting {
            self.count = 0;
        }
        self.total = self.total.saturating_add(1);
        self.count = self.count.saturating_add(1);
        self.count
    }

    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// Whether somebody has to approve this device.
const fn is_waiting(error: &ConnectError) -> bool {
    matches!(error, ConnectError::PairingRequired(_))
}

/// What follows a failed connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Try again after the usual delay.
    BackOff,
    /// Try again after the delay that the gateway named.
    After(Duration),
    /// Trying again unchanged cannot succeed.
    Stop,
}

/// Refusals after which an unchanged client cannot succeed.
const FINAL: [&str; 15] = [
    "AUTH_TOKEN_MISSING",
    "AUTH_TOKEN_MISMATCH",
    "AUTH_PASSWORD_MISSING",
    "AUTH_PASSWORD_MISMATCH",
    "AUTH_BOOTSTRAP_TOKEN_INVALID",
    "AUTH_RATE_LIMITED",
    "AUTH_DEVICE_TOKEN_MISMATCH",
    "AUTH_SCOPE_MISMATCH",
    "AUTH_IDENTITY_HEADER_REQUIRED",
    "AUTH_VERIFIED_USER_REQUIRED",
    "CONTROL_UI_DEVICE_IDENTITY_REQUIRED",
    "DEVICE_IDENTITY_REQUIRED",
    "CONTROL_UI_BUILD_MISMATCH",
    "PROTOCOL_MISMATCH",
    "CLIENT_VERSION_MISMATCH",
];

/// Longest pause between two looks whether somebody has approved this device: who did sits there and waits.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Shortest and longest wait that a gateway can ask for.
const ASKED_WAIT: (u64, u64) = (100, 60_000);

/// Decides what a failure means for the next try.
pub(crate) fn next_after(error: &ConnectError) -> Next {
    match error {
        ConnectError::ProtocolMismatch(_) | ConnectError::FingerprintMismatch { .. } | ConnectError::ClosedByClient => {
            Next::Stop
        }
        ConnectError::PairingRequired(pairing) if pairing.keep_trying => asked_wait(&pairing.error),
        ConnectError::PairingRequired(_) => Next::Stop,
        ConnectError::Refused(error) if error.code_detail().is_some_and(|code| FINAL.contains(&code)) => Next::Stop,
        ConnectError::Refused(error) if error.code == ErrorCode::Unavailable => asked_wait(error),
        // Two clients with one node identity would throw each other out for ever.
        ConnectError::Closed(close) if close.reason.starts_with("replaced by a newer connection") => Next::Stop,
        _ => Next::BackOff,
    }
}

fn asked_wait(error: &ErrorShape) -> Next {
    error
        .retry_after_ms
        .map_or(Next::BackOff, |wait| Next::After(Duration::from_millis(wait.clamp(ASKED_WAIT.0, ASKED_WAIT.1))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::CloseInfo;

    #[test]
    fn delays_double_up_to_the_longest() {
        let policy = ReconnectPolicy::default();
        let seconds: Vec<u64> = (1..=8).map(|attempt| policy.delay(attempt, 0.0).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(policy.delay(u32::MAX, 0.0), Duration::from_secs(30));
        assert_eq!(policy.delay(1, 1.0), Duration::from_millis(800));
        assert_eq!(policy.jitter(9.0).delay(3, 1.0), Duration::ZERO);
    }

    #[test]
    fn attempts_are_limited_on_request() {
        assert!(ReconnectPolicy::never().exhausted(1));
        let two = ReconnectPolicy::default().attempts(2);
        assert_eq!((two.exhausted(2), two.exhausted(3)), (false, true));
        assert!(!ReconnectPolicy::default().exhausted(u32::MAX));
    }

    #[test]
    fn whoever_is_approved_does_not_wait_for_long() {
        let policy = ReconnectPolicy::default();
        let closed = ConnectError::Closed(CloseInfo::new(1012, "service restart"));
        let shape = ErrorShape::new(ErrorCode::NotPaired, "pairing required").detail("code", "PAIRING_REQUIRED");
        let pairing = ConnectError::refused(shape.detail("recommendedNextStep", "wait_then_retry"), (4, 4));
        let mut tries = Tries::default();
        let mut seconds = |error: &ConnectError, times: usize| -> Vec<u64> {
            let delay = |_| policy.delay_after(error, tries.failed(error), 0.0).unwrap().as_secs();
            (0..times).map(delay).collect()
        };
        assert_eq!(seconds(&closed, 6), [1, 2, 4, 8, 16, 30]);
        assert_eq!(seconds(&pairing, 6), [1, 2, 4, 5, 5, 5]);
        assert_eq!(seconds(&closed, 3), [1, 2, 4], "the gateway went away meanwhile");
        assert_eq!(tries.total, 15);
        tries.forget();
        assert_eq!((tries.failed(&closed), tries.total), (1, 1));
        assert_eq!(policy.delay_after(&ConnectError::ClosedByClient, 1, 0.0), None);
    }

    #[track_caller]
    fn check(error: ErrorShape, expect: Next) {
        let shown = format!("{error:?}");
        assert_eq!(next_after(&ConnectError::refused(error, (4, 4))), expect, "{shown}");
    }

    #[test]
    fn refusals_that_stay_true_stop_the_client() {
        for code in FINAL {
            check(ErrorShape::new(ErrorCode::InvalidRequest, "no").detail("code", code).retry_after(9), Next::Stop);
        }
        let pairing = ErrorShape::new(ErrorCode::NotPaired, "pairing required").detail("code", "PAIRING_REQUIRED");
        check(pairing.clone(), Next::Stop);
        check(pairing.clone().detail("pauseReconnect", false), Next::BackOff);
        check(
            pairing.detail("recommendedNextStep", "wait_then_retry").retry_after(2_000),
            Next::After(Duration::from_secs(2)),
        );
    }

    #[test]
    fn what_passes_is_tried_again() {
        check(
            ErrorShape::new(ErrorCode::Unavailable, "starting").retry_after(500),
            Next::After(Duration::from_millis(500)),
        );
        check(
            ErrorShape::new(ErrorCode::Unavailable, "starting").retry_after(0),
            Next::After(Duration::from_millis(100)),
        );
        check(ErrorShape::new(ErrorCode::Unavailable, "starting"), Next::BackOff);
        check(ErrorShape::new(ErrorCode::InvalidRequest, "device signature expired"), Next::BackOff);
        assert_eq!(next_after(&ConnectError::Closed(CloseInfo::new(1012, "service restart"))), Next::BackOff);
        assert_eq!(
            next_after(&ConnectError::Closed(CloseInfo::new(1001, "replaced by a newer connection"))),
            Next::Stop
        );
    }
}
