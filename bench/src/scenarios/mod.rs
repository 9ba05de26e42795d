//! The scenarios: what is measured, in which order, and how much of it.

mod attack;
mod chat;
mod fanout;
mod footprint;
mod handshake;
mod health;
mod hostility;
mod idle;
mod nodes;
mod observer;
mod presence;
mod reload;
mod tls;

use std::time::Duration;

use anyhow::Result;

use crate::report::Figure;
use crate::server::Launcher;

/// One group of figures that are measured together.
pub(crate) struct Scenario {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// What it measures, in one line.
    pub(crate) about: &'static str,
}

/// All scenarios in the order they run.
pub(crate) const SCENARIOS: [Scenario; 14] = [
    Scenario { name: "health", about: "round trips per second" },
    Scenario { name: "fanout", about: "one event to many subscribers" },
    Scenario { name: "handshake", about: "paired and new devices, few and many known" },
    Scenario { name: "tls", about: "handshakes per second, and round trips beside those without" },
    Scenario { name: "reload", about: "from a changed configuration file to a gateway that runs with it" },
    Scenario { name: "footprint", about: "start time, idle memory, size of the executable" },
    Scenario { name: "idle", about: "memory per idle connection" },
    Scenario { name: "hostility", about: "calm clients beside hostile ones" },
    Scenario { name: "presence", about: "size of a presence event after clients are gone" },
    Scenario { name: "nodes", about: "commands of many nodes, from call to answer" },
    Scenario { name: "chat", about: "answers through the gateway beside answers straight from the provider" },
    Scenario { name: "answers", about: "bytes of an answer by its length, both protocols" },
    Scenario { name: "history", about: "the end of a very long session" },
    Scenario { name: "memory", about: "memory after thousands of answers" },
];

/// How much of everything.
pub(crate) struct Plan {
    /// Name of the plan in the report.
    pub(crate) mode: &'static str,
    /// Rounds per server, floor and gateway in turn.
    pub(crate) rounds: usize,
    /// Length of a timed round.
    pub(crate) round: Duration,
    /// New devices per round.
    pub(crate) new_devices: usize,
    /// Connections held open for the memory figure.
    pub(crate) held: usize,
    /// Starts timed.
    pub(crate) starts: usize,
    /// Length of one phase of hostility.
    pub(crate) phase: Duration,
    /// Phases per attack and server, floor and gateway in turn.
    pub(crate) phases: usize,
    /// How long a server rests before its memory is read.
    pub(crate) rest: Duration,
    /// Clients that come and go before presence is measured again.
    pub(crate) visitors: usize,
    /// Answers per session for the first delta's latency.
    pub(crate) chat_rounds: usize,
    /// From one token to the next of an answer whose bytes are counted.
    pub(crate) answer_gap: Duration,
    /// Messages of the long session.
    pub(crate) messages: usize,
    /// Answers before memory is read.
    pub(crate) turns: usize,
}

/// What a scenario runs with.
#[derive(Clone, Copy)]
pub(crate) struct Bench<'a> {
    /// Starts the servers.
    pub(crate) launcher: &'a Launcher,
    /// How much of everything.
    pub(crate) plan: &'a Plan,
}

impl Plan {
    /// What the figures are defined for; six minutes.
    pub(crate) fn full() -> Self {
        Self {
            mode: "full",
            rounds: 5,
            round: Duration::from_millis(1200),
            new_devices: 2_000,
            held: 5_000,
            starts: 9,
            phase: Duration::from_secs(2),
            phases: 3,
            rest: Duration::from_secs(2),
            visitors: 300,
            chat_rounds: 20,
            answer_gap: Duration::from_millis(2),
            messages: 100_000,
            turns: 20_000,
        }
    }

    /// A look in a minute.
    pub(crate) fn quick() -> Self {
        Self {
            mode: "quick",
            rounds: 3,
            round: Duration::from_millis(300),
            new_devices: 500,
            held: 1_000,
            starts: 3,
            phase: Duration::from_millis(800),
            phases: 1,
            rest: Duration::from_millis(500),
            visitors: 100,
            chat_rounds: 5,
            answer_gap: Duration::from_millis(2),
            messages: 20_000,
            turns: 1_000,
        }
    }
}

impl Bench<'_> {
    /// Runs one scenario.
    pub(crate) async fn run(self, scenario: &Scenario) -> Result<Vec<Figure>> {
        match scenario.name {
            "health" => health::run(self).await,
            "fanout" => fanout::run(self).await,
            "handshake" => handshake::run(self).await,
            "tls" => tls::run(self).await,
            "reload" => reload::run(self).await,
            "nodes" => nodes::run(self).await,
            "footprint" => footprint::run(self).await,
            "idle" => idle::run(self).await,
            "hostility" => hostility::run(self).await,
            "presence" => presence::run(self).await,
            "chat" => chat::run(self).await,
            "answers" => chat::run_answers(self).await,
            "history" => chat::run_history(self).await,
            _ => chat::run_memory(self).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::net::TcpListener;
    use tokio::task::JoinSet;

    use crate::server::Target;

    /// A floor in this process; it serves until the returned tasks are dropped.
    pub(super) async fn floor() -> (Target, JoinSet<anyhow::Result<()>>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let target = Target { address: listener.local_addr().unwrap(), token: "any", tls: false };
        let mut serving = JoinSet::new();
        serving.spawn(crate::floor::serve(listener));
        (target, serving)
    }
}
