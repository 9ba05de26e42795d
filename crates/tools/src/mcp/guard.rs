//! What a server may send before it is taken for broken: bytes per time, requests of its own, and nothing nobody reads.

use std::time::{Duration, Instant};

use rmcp::model::{ClientJsonRpcMessage, JsonRpcMessage, ServerJsonRpcMessage, ServerNotification};

/// Bytes a server may send in one go, beyond what it is asked for …
const BURST: usize = 64 * 1024 * 1024;
/// … and per second after that.
const PER_SECOND: usize = 1024 * 1024;
/// Requests of the server that are being answered at once.
const MAX_REQUESTS: usize = 32;

/// What happens to a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is passed on.
    Deliver,
    /// It is of no use here.
    Drop,
    /// The connection ends, for this reason.
    Close(&'static str),
}

/// The account of one connection.
#[derive(Debug)]
pub(super) struct Guard {
    budget: usize,
    refilled: Instant,
    requests: usize,
}

impl Guard {
    pub(super) fn new(now: Instant) -> Self {
        Self { budget: BURST, refilled: now, requests: 0 }
    }

    /// Counts bytes that came in, useful or not.
    pub(super) fn received(&mut self, bytes: usize, now: Instant) -> Verdict {
        let elapsed = now.duration_since(self.refilled);
        if elapsed >= Duration::from_millis(100) {
            let refill = elapsed.as_millis().saturating_mul(PER_SECOND as u128 / 1000);
            let refill = usize::try_from(refill).unwrap_or(usize::MAX);
            self.budget = self.budget.saturating_add(refill).min(BURST);
            self.refilled = now;
        }
        match self.budget.checked_sub(bytes) {
            Some(rest) => {
                self.budget = rest;
                Verdict::Deliver
            }
            None => Verdict::Close("it floods its connection with output nobody asked for"),
        }
    }

    /// Decides about a message from the server.
    pub(super) fn admit(&mut self, message: &ServerJsonRpcMessage) -> Verdict {
        match message {
            JsonRpcMessage::Request(_) if self.requests >= MAX_REQUESTS => {
                Verdict::Close("it floods its connection with requests")
            }
            JsonRpcMessage::Request(_) => {
                self.requests += 1;
                Verdict::Deliver
            }
            // Logs, progress and the like would cost a task each, and nobody reads them.
            JsonRpcMessage::Notification(notification) => match notification.notification {
                ServerNotification::ToolListChangedNotification(_) | ServerNotification::CancelledNotification(_) => {
                    Verdict::Deliver
                }
                _ => Verdict::Drop,
            },
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => Verdict::Deliver,
        }
    }

    /// Notes a message to the server.
    pub(super) fn sent(&mut self, message: &ClientJsonRpcMessage) {
        match message {
            JsonRpcMessage::Request(_) => self.budget = BURST,
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => self.requests = self.requests.saturating_sub(1),
            JsonRpcMessage::Notification(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> ServerJsonRpcMessage {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn what_nobody_reads_is_dropped() {
        let mut guard = Guard::new(Instant::now());
        for (method, verdict) in [
            ("notifications/message", Verdict::Drop),
            ("notifications/progress", Verdict::Drop),
            ("notifications/made/up", Verdict::Drop),
            ("notifications/tools/list_changed", Verdict::Deliver),
        ] {
            let params = r#"{"level":"info","data":"x","progressToken":1,"progress":1}"#;
            let text = format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params}}}"#);
            assert_eq!(guard.admit(&message(&text)), verdict, "{method}");
        }
        assert_eq!(guard.admit(&message(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#)), Verdict::Deliver);
    }

    #[test]
    fn requests_are_limited_by_the_answers_still_due() {
        let mut guard = Guard::new(Instant::now());
        let ping = message(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
        for _ in 0..MAX_REQUESTS {
            assert_eq!(guard.admit(&ping), Verdict::Deliver);
        }
        assert!(matches!(guard.admit(&ping), Verdict::Close(_)));
        guard.sent(&serde_json::from_str(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#).unwrap());
        assert_eq!(guard.admit(&ping), Verdict::Deliver);
    }

    #[test]
    fn bytes_are_limited_and_come_back_with_time_and_with_questions() {
        let start = Instant::now();
        let mut guard = Guard::new(start);
        assert_eq!(guard.received(BURST, start), Verdict::Deliver);
        assert!(matches!(guard.received(1, start), Verdict::Close(_)));
        let later = start + Duration::from_secs(10);
        assert_eq!(guard.received(9 * PER_SECOND, later), Verdict::Deliver);
        assert!(matches!(guard.received(2 * PER_SECOND, later), Verdict::Close(_)));
        guard.sent(&serde_json::from_str(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).unwrap());
        assert_eq!(guard.received(BURST, later), Verdict::Deliver);
    }
}
