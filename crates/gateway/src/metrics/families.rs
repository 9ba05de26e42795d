//! The families: names, meanings, and a recorder of our own to make them with.

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Label, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

/// Upper ends of the classes of commit times, seconds.
const COMMIT_SECONDS: [f64; 10] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

/// What each family tells.
const MEANINGS: [(&str, &str); 16] = [
    ("postern_build_info", "Version of the gateway; always 1."),
    ("postern_uptime_seconds", "Seconds since the gateway started."),
    ("postern_connections", "Clients that are signed in, by role."),
    ("postern_handshakes_total", "Handshakes by how they ended."),
    ("postern_requests_total", "Requests by the first word of the method and by error code."),
    ("postern_events_sent_total", "Events handed to connections."),
    ("postern_outbox_bytes", "Bytes that clients have not read yet."),
    ("postern_slow_consumer_closes_total", "Connections closed because their clients did not read."),
    ("postern_pairing_pending", "Pairing requests that wait for a decision."),
    ("postern_runs_active", "Agent runs under way."),
    ("postern_runs_total", "Agent runs that ended, by how."),
    ("postern_tokens_total", "Tokens that models took since the start, by kind."),
    ("postern_spend_usd", "What they cost in USD, as far as prices are known."),
    ("postern_store_commit_seconds", "How long commits to the database took."),
    ("postern_config_reloads_total", "Configurations that came into force after the start."),
    ("process_resident_memory_bytes", "Resident memory of the process."),
];

/// Makes families; ends as the handle that renders them.
pub(super) struct Families {
    recorder: PrometheusRecorder,
}

const METADATA: Metadata<'static> = Metadata::new("postern", Level::INFO, None);

fn key(name: &'static str, labels: &[(&'static str, &str)]) -> Key {
    let labels: Vec<Label> = labels.iter().map(|(name, value)| Label::new(*name, (*value).to_owned())).collect();
    Key::from_parts(name, labels)
}

impl Families {
    pub(super) fn new() -> Self {
        let builder = PrometheusBuilder::new();
        // Only an empty list is refused.
        let recorder = match builder.set_buckets(&COMMIT_SECONDS) {
            Ok(builder) => builder.build_recorder(),
            Err(_) => PrometheusBuilder::new().build_recorder(),
        };
        for (name, meaning) in MEANINGS {
            let name = KeyName::from_const_str(name);
            // The kind comes with the first series; the text is the same for all.
            recorder.describe_gauge(name, None, meaning.into());
        }
        recorder.describe_gauge("process_open_fds".into(), None, "Open files of the process.".into());
        Self { recorder }
    }

    pub(super) fn counter(&self, name: &'static str, labels: &[(&'static str, &str)]) -> Counter {
        self.recorder.register_counter(&key(name, labels), &METADATA)
    }

    pub(super) fn gauge(&self, name: &'static str, labels: &[(&'static str, &str)]) -> Gauge {
        self.recorder.register_gauge(&key(name, labels), &METADATA)
    }

    pub(super) fn histogram(&self, name: &'static str) -> Histogram {
        self.recorder.register_histogram(&key(name, &[]), &METADATA)
    }

    pub(super) fn into_handle(self) -> PrometheusHandle {
        let handle = self.recorder.handle();
        // Descriptions count from then on.
        handle.run_upkeep();
        handle
    }
}
