//! Figures for a monitoring system, in the text format of Prometheus.
//!
//! The recorder belongs to this service; nothing is installed for the process.
//! Every family and every label value exists from the start, so no caller can
//! make new ones. What is counted on hot paths is one atomic add; what somebody
//! knows anyway is asked for when the figures are read ([`Sample`]).

mod families;

use std::sync::Arc;

use metrics::{Counter, Gauge, Histogram};
use metrics_exporter_prometheus::PrometheusHandle;
use postern_protocol::error::{DetailCode, ErrorCode};

use self::families::Families;

/// How a handshake ended, as far as it is told.
const HANDSHAKES: [&str; 9] = [
    "ok",
    "pairing_required",
    "unauthorized",
    "rate_limited",
    "origin",
    "device_proof",
    "protocol",
    "timeout",
    "other",
];

/// How a request ended: answered, with one of the errors there are, or with one
/// that is newer than this list.
const CODES: [&str; 9] = [
    "ok",
    "INVALID_REQUEST",
    "UNAVAILABLE",
    "NOT_PAIRED",
    "NOT_LINKED",
    "AGENT_TIMEOUT",
    "FORBIDDEN",
    "APPROVAL_NOT_FOUND",
    "other",
];

/// Class of methods that do not exist.
const UNKNOWN: &str = "unknown";

/// Handle to it; cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    handle: PrometheusHandle,
    handshakes: [Counter; HANDSHAKES.len()],
    classes: Vec<(String, [Counter; CODES.len()])>,
    slow_consumers: Counter,
    reloads: Counter,
    commits: Histogram,
    sampled: Sampled,
}

/// What is set when the figures are read.
struct Sampled {
    operators: Gauge,
    nodes: Gauge,
    outbox_bytes: Gauge,
    events: Counter,
    pairing_pending: Gauge,
    runs_active: Gauge,
    runs: [Counter; RUNS.len()],
    tokens: [Counter; TOKENS.len()],
    spend_micro_usd: Gauge,
    memory: Gauge,
    files: Gauge,
    uptime: Gauge,
}

/// Ends of runs, in the order of [`Sample::runs`].
const RUNS: [&str; 5] = ["ok", "error", "aborted", "timeout", "interrupted"];
/// Kinds of tokens, in the order of [`Sample::tokens`].
const TOKENS: [&str; 4] = ["input", "output", "cache_read", "cache_write"];

/// What other services know at the moment of reading.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sample {
    /// Operators that are connected.
    pub operators: usize,
    /// Nodes that are connected.
    pub nodes: usize,
    /// Bytes that wait to be read by clients.
    pub outbox_bytes: usize,
    /// Events handed to connections since the start.
    pub events: u64,
    /// Pairing requests that wait.
    pub pairing_pending: usize,
    /// Runs under way.
    pub runs_active: usize,
    /// Runs that ended: ok, error, aborted, timeout, interrupted.
    pub runs: [u64; 5],
    /// Tokens taken: input, output, cache read, cache write.
    pub tokens: [u64; 4],
    /// What they cost, millionths of a USD.
    pub spend_micro_usd: u64,
    /// Resident memory, bytes; 0 when not known.
    pub memory_bytes: u64,
    /// Open files; 0 when not known.
    pub open_files: usize,
    /// Milliseconds since the start.
    pub uptime_ms: u64,
}

impl Metrics {
    /// Every family, for methods of these names.
    #[must_use]
    pub fn new(version: &str, methods: &[String]) -> Self {
        let families = Families::new();
        let mut classes: Vec<String> = methods.iter().map(|name| class(name).to_owned()).collect();
        classes.sort_unstable();
        classes.dedup();
        classes.push(UNKNOWN.to_owned());
        let sampled = Sampled {
            operators: families.gauge("postern_connections", &[("role", "operator")]),
            nodes: families.gauge("postern_connections", &[("role", "node")]),
            outbox_bytes: families.gauge("postern_outbox_bytes", &[]),
            events: families.counter("postern_events_sent_total", &[]),
            pairing_pending: families.gauge("postern_pairing_pending", &[]),
            runs_active: families.gauge("postern_runs_active", &[]),
            runs: RUNS.map(|result| families.counter("postern_runs_total", &[("result", result)])),
            tokens: TOKENS.map(|kind| families.counter("postern_tokens_total", &[("kind", kind)])),
            spend_micro_usd: families.gauge("postern_spend_usd", &[]),
            memory: families.gauge("process_resident_memory_bytes", &[]),
            files: families.gauge("process_open_fds", &[]),
            uptime: families.gauge("postern_uptime_seconds", &[]),
        };
        let requests = |class: String| {
            let counters = CODES
                .map(|code| families.counter("postern_requests_total", &[("class", class.as_str()), ("code", code)]));
            (class, counters)
        };
        families.gauge("postern_build_info", &[("version", version)]).set(1.0);
        let inner = Inner {
            handshakes: HANDSHAKES.map(|result| families.counter("postern_handshakes_total", &[("result", result)])),
            classes: classes.into_iter().map(requests).collect(),
            slow_consumers: families.counter("postern_slow_consumer_closes_total", &[]),
            reloads: families.counter("postern_config_reloads_total", &[]),
            commits: families.histogram("postern_store_commit_seconds"),
            sampled,
            handle: families.into_handle(),
        };
        Self(Arc::new(inner))
    }

    /// Where requests for `method` are counted. Made once per method, not per request.
    #[must_use]
    pub fn class_of(&self, method: Option<&str>) -> usize {
        let wanted = method.map_or(UNKNOWN, class);
        let found = self.0.classes.iter().position(|(class, _)| class == wanted);
        found.unwrap_or(self.0.classes.len().saturating_sub(1))
    }

    /// A request of a class was answered.
    pub fn request(&self, class: usize, error: Option<ErrorCode>) {
        let word = error.map_or(CODES[0], ErrorCode::as_str);
        let code = CODES.iter().position(|known| *known == word).unwrap_or(CODES.len() - 1);
        if let Some((_, counters)) = self.0.classes.get(class) {
            counters[code].increment(1);
        }
    }

    /// A client was let in.
    pub fn handshake_done(&self) {
        self.0.handshakes[0].increment(1);
    }

    /// A handshake failed: with this `details.code`, or without an answer.
    pub fn handshake_refused(&self, code: Option<&str>, timed_out: bool) {
        let result = match code {
            None if timed_out => "timeout",
            None => "other",
            Some(code) => result_of(code),
        };
        if let Some(at) = HANDSHAKES.iter().position(|known| *known == result) {
            self.0.handshakes[at].increment(1);
        }
    }

    /// A connection was closed because its client did not read.
    pub fn slow_consumer(&self) {
        self.0.slow_consumers.increment(1);
    }

    /// Another configuration is in force.
    pub fn reloaded(&self) {
        self.0.reloads.increment(1);
    }

    /// Times of commits, in seconds.
    pub fn commits(&self) -> Histogram {
        self.0.commits.clone()
    }

    /// Makes room in what was counted; due every few seconds.
    pub fn upkeep(&self) {
        self.0.handle.run_upkeep();
    }

    /// The figures as text.
    #[must_use]
    pub fn render(&self, sample: &Sample) -> String {
        let sampled = &self.0.sampled;
        sampled.operators.set(float(sample.operators as u64));
        sampled.nodes.set(float(sample.nodes as u64));
        sampled.outbox_bytes.set(float(sample.outbox_bytes as u64));
        sampled.events.absolute(sample.events);
        sampled.pairing_pending.set(float(sample.pairing_pending as u64));
        sampled.runs_active.set(float(sample.runs_active as u64));
        for (counter, value) in sampled.runs.iter().zip(sample.runs) {
            counter.absolute(value);
        }
        for (counter, value) in sampled.tokens.iter().zip(sample.tokens) {
            counter.absolute(value);
        }
        sampled.spend_micro_usd.set(float(sample.spend_micro_usd) / 1e6);
        sampled.memory.set(float(sample.memory_bytes));
        sampled.files.set(float(sample.open_files as u64));
        sampled.uptime.set(float(sample.uptime_ms) / 1e3);
        self.0.handle.render()
    }
}

/// `device.pair.list` is one of `device`.
fn class(method: &str) -> &str {
    method.split('.').next().unwrap_or(method)
}

/// Prometheus has no other numbers.
#[expect(clippy::cast_precision_loss, reason = "figures beyond 2^53 need not be exact")]
fn float(value: u64) -> f64 {
    value as f64
}

fn result_of(code: &str) -> &'static str {
    let is = |known: DetailCode| known.as_str() == code;
    match code {
        _ if is(DetailCode::PairingRequired) => "pairing_required",
        _ if is(DetailCode::AuthRateLimited) => "rate_limited",
        _ if is(DetailCode::ControlUiOriginNotAllowed) => "origin",
        _ if is(DetailCode::ProtocolMismatch) => "protocol",
        _ if code.starts_with("AUTH_") => "unauthorized",
        _ if code.contains("DEVICE_") => "device_proof",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_caller_makes_a_new_line() {
        let methods = ["health", "device.pair.list", "device.token.rotate"].map(str::to_owned);
        let metrics = Metrics::new("1", &methods);
        let lines = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count();
        let before = lines(&metrics.render(&Sample::default()));
        for n in 0..1_000 {
            metrics.request(metrics.class_of(Some(&format!("made.up.{n}"))), Some(ErrorCode::InvalidRequest));
            metrics.handshake_refused(Some(&format!("MADE_UP_{n}")), false);
            metrics.request(n, None);
        }
        let text = metrics.render(&Sample::default());
        assert_eq!(lines(&text), before);
        assert!(text.contains("postern_requests_total{class=\"unknown\",code=\"INVALID_REQUEST\"} 1000"), "{text}");
        assert!(text.contains("postern_handshakes_total{result=\"other\"} 1000"), "{text}");
    }

    #[test]
    fn every_refusal_has_its_word() {
        let expect = [
            (DetailCode::PairingRequired, "pairing_required"),
            (DetailCode::AuthTokenMismatch, "unauthorized"),
            (DetailCode::AuthTailscaleWhoisFailed, "unauthorized"),
            (DetailCode::AuthRateLimited, "rate_limited"),
            (DetailCode::DeviceAuthSignatureInvalid, "device_proof"),
            (DetailCode::DeviceIdentityRequired, "device_proof"),
            (DetailCode::ControlUiDeviceIdentityRequired, "device_proof"),
            (DetailCode::ControlUiOriginNotAllowed, "origin"),
            (DetailCode::ProtocolMismatch, "protocol"),
        ];
        for (code, word) in expect {
            assert_eq!(result_of(code.as_str()), word);
            assert!(HANDSHAKES.contains(&word));
        }
    }
}
