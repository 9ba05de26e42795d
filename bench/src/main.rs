//! `make bench`: measures the release gateway beside the least a WebSocket server can do, under
//! the same load in the same run, and says for each figure what limits it.

#![expect(clippy::print_stdout, reason = "a command line program reports on stdout")]

mod ask;
mod broadcaster;
mod chat;
mod client;
mod direct;
mod floor;
mod handshakes;
mod identity;
mod measure;
mod provider;
mod report;
mod scenarios;
mod server;
mod soak;
mod tls;

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use crate::report::Report;
use crate::scenarios::{Bench, Plan, SCENARIOS, Scenario};
use crate::server::Launcher;

/// Descriptors needed to hold 5,000 connections open, and some.
const OPEN_FILES: u64 = 20_000;

#[derive(Parser)]
#[command(about = "Measures the gateway beside a minimal WebSocket server")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Subprogram>,
    /// Smaller and shorter, about a minute; its figures are noisy
    #[arg(long)]
    quick: bool,
    /// Run only these scenarios, comma separated
    #[arg(long, value_delimiter = ',', value_parser = SCENARIOS.map(|scenario| scenario.name))]
    only: Vec<String>,
    /// Where to write the JSON report
    #[arg(long, default_value = "bench/report.json")]
    json: PathBuf,
    /// The gateway's executable
    #[arg(long, default_value = "target/release/postern")]
    bin: PathBuf,
    /// Exit with 1 when a figure misses its target
    #[arg(long)]
    strict: bool,
    /// Set once the limit of open files has been raised
    #[arg(long, hide = true)]
    limits_raised: bool,
}

#[derive(Subcommand)]
enum Subprogram {
    /// Serve as the floor until killed
    Floor {
        /// Port on loopback; 0 picks a free one
        #[arg(long, default_value_t = 0)]
        port: u16,
    },
    /// Serve as a provider of language models until killed
    Provider {
        /// Port on loopback; 0 picks a free one
        #[arg(long, default_value_t = 0)]
        port: u16,
    },
    /// Keep the gateway busy and look whether memory or open files grow
    Soak {
        /// How long
        #[arg(long, default_value_t = 10.0)]
        minutes: f64,
        /// The gateway's executable
        #[arg(long, default_value = "target/release/postern")]
        bin: PathBuf,
    },
    /// Serve the gateway library with a method that broadcasts, until killed
    Broadcaster {
        /// Port on loopback; 0 picks a free one
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// State folder
        #[arg(long)]
        state: PathBuf,
        /// The shared secret
        #[arg(long)]
        token: String,
    },
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match arguments.command {
        Some(Subprogram::Floor { port }) => {
            runtime.block_on(floor::run(port))?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(Subprogram::Soak { minutes, bin }) => {
            runtime.block_on(soak::run(&bin, minutes))?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(Subprogram::Provider { port }) => {
            runtime.block_on(provider::run(port))?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(Subprogram::Broadcaster { port, state, token }) => {
            runtime.block_on(broadcaster::run(port, state, &token))?;
            return Ok(ExitCode::SUCCESS);
        }
        None => {}
    }
    if !arguments.limits_raised && open_files_limit().is_some_and(|limit| limit < OPEN_FILES) {
        return Err(restart_with_more_files());
    }
    runtime.block_on(run(&arguments))
}

async fn run(arguments: &Arguments) -> Result<ExitCode> {
    let plan = if arguments.quick { Plan::quick() } else { Plan::full() };
    let launcher = Launcher::new(&arguments.bin)?;
    let bench = Bench { launcher: &launcher, plan: &plan };
    let mut report = Report::new(plan.mode);
    for scenario in SCENARIOS.iter().filter(|scenario| is_selected(scenario, &arguments.only)) {
        println!("{}: {}", scenario.name, scenario.about);
        let start = Instant::now();
        report.add(scenario.name, bench.run(scenario).await);
        println!("  {:.1} s", start.elapsed().as_secs_f64());
    }
    println!("\n{}", report.table());
    report.write(&arguments.json)?;
    println!("report: {}", arguments.json.display());
    let missed = arguments.strict && report.missed() > 0;
    Ok(if missed || !report.is_complete() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn is_selected(scenario: &Scenario, only: &[String]) -> bool {
    only.is_empty() || only.iter().any(|name| name == scenario.name)
}

/// The soft limit of open files, where the system says it.
fn open_files_limit() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// Replaces this process by itself under a shell that raised the limit; servers inherit it.
/// Returns only when that failed.
fn restart_with_more_files() -> anyhow::Error {
    let script = format!(
        "ulimit -n {OPEN_FILES} 2>/dev/null || ulimit -n \"$(ulimit -Hn)\"; exec \"$0\" --limits-raised \"$@\""
    );
    let start = || -> Result<std::io::Error> {
        let program = std::env::current_exe()?;
        Ok(Command::new("sh").arg("-c").arg(script).arg(program).args(std::env::args_os().skip(1)).exec())
    };
    match start().context("finding this executable") {
        Ok(error) => anyhow::Error::new(error).context("raising the limit of open files"),
        Err(error) => error,
    }
}
