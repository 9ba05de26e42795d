//! Numbers out of rounds: spreads, percentiles, and what one operation cost both processes.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Value, json};

use crate::server::{Cpu, Server, machine_busy, own_cpu};

/// Median and range of several rounds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Spread {
    /// Middle round.
    pub(crate) median: f64,
    /// Lowest round.
    pub(crate) min: f64,
    /// Highest round.
    pub(crate) max: f64,
}

/// What one round did.
pub(crate) struct Round {
    /// Operations finished.
    pub(crate) operations: u64,
    /// Wall time from the first operation's start to the last one's end.
    pub(crate) elapsed: Duration,
    /// One latency per operation in microseconds, where the scenario takes them.
    pub(crate) latencies: Vec<u32>,
}

/// All rounds against one server.
#[derive(Default)]
pub(crate) struct Series {
    rates: Vec<f64>,
    latencies: Vec<u32>,
    operations: u64,
    elapsed: Duration,
    server: Cpu,
    generator: Cpu,
    machine: Duration,
}

/// Counters at the start of a round.
pub(crate) struct Meter {
    start: Instant,
    server: Cpu,
    generator: Cpu,
    machine: Duration,
}

impl Spread {
    /// Of a non-empty list; an empty one gives zeros.
    pub(crate) fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or(0.0);
        let last = sorted.len().saturating_sub(1);
        Self { median: (at(last / 2) + at(sorted.len() / 2)) / 2.0, min: at(0), max: at(last) }
    }

    /// One value that was measured once.
    pub(crate) fn single(value: f64) -> Self {
        Self { median: value, min: value, max: value }
    }
}

impl Meter {
    /// Reads the counters.
    pub(crate) fn start(server: &Server) -> Self {
        Self { start: Instant::now(), server: server.cpu(), generator: own_cpu(), machine: machine_busy() }
    }
}

impl Meter {
    /// Share of the cores that neither server nor generator used since the start, 0..1.
    pub(crate) fn others(&self, server: &Server) -> f64 {
        let used = server.cpu().since(self.server).total() + own_cpu().since(self.generator).total();
        let others = machine_busy().saturating_sub(self.machine).saturating_sub(used);
        share_of_cores(others, self.start.elapsed())
    }
}

impl Series {
    /// Adds a round that was metered from its start until now.
    pub(crate) fn add(&mut self, server: &Server, meter: &Meter, round: Round) {
        self.server.add(server.cpu().since(meter.server));
        self.generator.add(own_cpu().since(meter.generator));
        self.machine += machine_busy().saturating_sub(meter.machine);
        self.rates.push(ratio(round.operations as f64, round.elapsed.as_secs_f64()));
        self.operations += round.operations;
        self.elapsed += round.elapsed;
        self.latencies.extend(round.latencies);
    }

    /// Operations per second.
    pub(crate) fn rate(&self) -> Spread {
        Spread::of(&self.rates)
    }

    /// Latency in milliseconds that `share` (0..1) of all operations stayed under.
    pub(crate) fn latency_ms(&mut self, share: f64) -> f64 {
        percentile_ms(&mut self.latencies, share)
    }

    /// Share of the machine's cores that were busy, and the share that neither server nor
    /// generator used, 0..1.
    fn busy(&self) -> (f64, f64) {
        let used = self.server.total() + self.generator.total();
        let others = self.machine.saturating_sub(used);
        (share_of_cores(self.machine, self.elapsed), share_of_cores(others, self.elapsed))
    }

    /// CPU time of the server per operation, in microseconds.
    pub(crate) fn server_micros(&self) -> f64 {
        self.per_operation(self.server.total())
    }

    fn per_operation(&self, time: Duration) -> f64 {
        ratio(time.as_secs_f64() * 1e6, self.operations as f64)
    }

    /// One sentence: what bounds the rate, in CPU time per operation.
    pub(crate) fn limit(&self, floor: &Series) -> String {
        let (busy, others) = self.busy();
        let bound = match (busy, others) {
            (_, others) if others >= 0.2 => "other programs on this machine",
            (busy, _) if busy >= 0.85 => "CPU",
            _ => "waiting, not CPU",
        };
        format!(
            "{bound}: cores {:.0} % busy ({:.0} % by others); per op gateway {:.1} us user + {:.1} us sys, floor {:.1} + {:.1}, generator {:.1}",
            busy * 100.0,
            others * 100.0,
            self.per_operation(self.server.user),
            self.per_operation(self.server.system),
            floor.per_operation(floor.server.user),
            floor.per_operation(floor.server.system),
            self.per_operation(self.generator.total()),
        )
    }

    /// The same for machines.
    pub(crate) fn details(&mut self) -> Value {
        json!({
            "operations": self.operations,
            "busyShare": self.busy().0,
            "busyShareOfOthers": self.busy().1,
            "serverUserMicrosPerOp": self.per_operation(self.server.user),
            "serverSystemMicrosPerOp": self.per_operation(self.server.system),
            "generatorMicrosPerOp": self.per_operation(self.generator.total()),
            "p50Ms": self.latency_ms(0.5),
            "p99Ms": self.latency_ms(0.99),
        })
    }
}

impl Cpu {
    fn total(self) -> Duration {
        self.user + self.system
    }

    fn since(self, earlier: Self) -> Self {
        Self { user: self.user.saturating_sub(earlier.user), system: self.system.saturating_sub(earlier.system) }
    }

    fn add(&mut self, other: Self) {
        self.user += other.user;
        self.system += other.system;
    }
}

fn share_of_cores(time: Duration, elapsed: Duration) -> f64 {
    let cores = std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64);
    ratio(time.as_secs_f64(), elapsed.as_secs_f64() * cores)
}

/// Microseconds since `start`, for latency lists.
pub(crate) fn micros_since(start: Instant) -> u32 {
    u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX)
}

/// The latency in milliseconds that `share` of a list in microseconds stayed under.
pub(crate) fn percentile_ms(latencies: &mut [u32], share: f64) -> f64 {
    if latencies.is_empty() {
        return 0.0;
    }
    let rank = (share * latencies.len() as f64).ceil() as usize;
    let index = rank.saturating_sub(1).min(latencies.len() - 1);
    let (_, value, _) = latencies.select_nth_unstable(index);
    f64::from(*value) / 1000.0
}

/// `a / b`, or zero where there is nothing to divide by.
pub(crate) fn ratio(a: f64, b: f64) -> f64 {
    if b > 0.0 { a / b } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_rank() {
        let mut latencies: Vec<u32> = (1..=200).rev().map(|value| value * 1000).collect();
        assert_eq!(percentile_ms(&mut latencies, 0.5), 100.0);
        assert_eq!(percentile_ms(&mut latencies, 0.99), 198.0);
        assert_eq!(percentile_ms(&mut latencies, 1.0), 200.0);
        assert_eq!(percentile_ms(&mut [], 0.99), 0.0);
    }

    #[test]
    fn the_median_of_an_even_number_of_rounds_is_between_the_middle_two() {
        let spread = Spread::of(&[4.0, 1.0, 3.0, 2.0]);
        assert_eq!((spread.median, spread.min, spread.max), (2.5, 1.0, 4.0));
        assert_eq!(Spread::of(&[7.0, 5.0, 6.0]).median, 6.0);
    }
}
