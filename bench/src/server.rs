//! The processes under test: starting them, stopping them, and reading what they cost.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

/// Linux reports CPU time in ticks of 10 ms on every architecture (`proc(5)`, USER_HZ).
const TICK: Duration = Duration::from_millis(10);
const READY_DEADLINE: Duration = Duration::from_secs(20);
const STOP_DEADLINE: Duration = Duration::from_secs(10);
/// The gateway's shared secret in every run.
const TOKEN: &str = "bench-gateway-token-0123456789abcdef";

/// Starts servers and owns the folder they keep their state in.
pub(crate) struct Launcher {
    gateway: PathBuf,
    scratch: TempDir,
    started: AtomicU32,
}

/// Which program to start.
#[derive(Clone, Copy)]
pub(crate) enum Program<'a> {
    /// The floor, this very executable.
    Floor,
    /// The provider of language models, this very executable.
    Provider,
    /// The gateway on a state folder of `Launcher::new_state`.
    Gateway(&'a Path),
    /// The same with the ticks of a day in ten minutes.
    Soaked(&'a Path),
    /// Its library on such a folder, with a method that broadcasts.
    Broadcaster(&'a Path),
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

/// What a client must know to connect.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    /// Where the server listens.
    pub(crate) address: SocketAddr,
    /// The shared secret (the floor accepts any).
    pub(crate) token: &'static str,
    /// Whether it speaks TLS.
    pub(crate) tls: bool,
}

/// CPU time a process has used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cpu {
    /// In user mode.
    pub(crate) user: Duration,
    /// In the kernel.
    pub(crate) system: Duration,
}

/// Memory of a process, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memory {
    /// Resident in all (`VmRSS`).
    pub(crate) resident: u64,
    /// Of it, not backed by a file (`RssAnon`).
    pub(crate) anonymous: u64,
}

impl Launcher {
    /// Keeps state beside the gateway's executable: a build folder is on a real disk, which a
    /// temporary folder often is not, and durable writes should cost what they cost.
    pub(crate) fn new(gateway: &Path) -> Result<Self> {
        let gateway = fs::canonicalize(gateway)
            .with_context(|| format!("no gateway at {}; build it with `cargo build --release`", gateway.display()))?;
        let folder = gateway.parent().context("the gateway's path has no folder")?;
        let scratch = tempfile::Builder::new().prefix("bench-").tempdir_in(folder)?;
        Ok(Self { gateway, scratch, started: AtomicU32::new(0) })
    }

    /// The gateway's executable.
    pub(crate) fn gateway_path(&self) -> &Path {
        &self.gateway
    }

    /// A new, empty state folder.
    pub(crate) fn new_state(&self) -> Result<PathBuf> {
        let path = self.scratch.path().join(format!("state-{}", self.next_number()));
        fs::create_dir(&path)?;
        Ok(path)
    }

    /// Starts a program on a free port and waits until it serves.
    pub(crate) fn start(&self, program: Program<'_>) -> Result<Server> {
        let (mut server, stdout) = self.spawn(program, 0)?;
        let Some(line) = first_line(stdout) else {
            bail!("the server did not become ready:\n{}", server.log_tail());
        };
        let ready: serde_json::Value =
            serde_json::from_str(&line).with_context(|| format!("unexpected output: {line}"))?;
        let port = ready["port"].as_u64().and_then(|port| u16::try_from(port).ok());
        let port = port.with_context(|| format!("no port in {line}"))?;
        server.address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Ok(server)
    }

    /// Starts a program on a port that was free a moment ago, and returns at once.
    pub(crate) fn start_unready(&self, program: Program<'_>) -> Result<Server> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let (mut server, stdout) = self.spawn(program, port)?;
        server.address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        drain(stdout);
        Ok(server)
    }

    fn spawn(&self, program: Program<'_>, port: u16) -> Result<(Server, impl BufRead + use<>)> {
        let log = self.scratch.path().join(format!("server-{}.log", self.next_number()));
        let mut command = match program {
            Program::Floor => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("floor");
                command
            }
            Program::Provider => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("provider");
                command
            }
            Program::Broadcaster(state) => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["broadcaster", "--token", TOKEN, "--state"]).arg(state);
                command
            }
            Program::Gateway(state) | Program::Soaked(state) => {
                let mut command = Command::new(&self.gateway);
                command.args(["gateway", "--json"]);
                command.env("POSTERN_STATE_DIR", state);
                command.env("POSTERN_CREDENTIALS", "file");
                command.env("POSTERN_GATEWAY_TOKEN", TOKEN);
                if matches!(program, Program::Soaked(_)) {
                    command.env("POSTERN_TICK_INTERVAL_MS", crate::soak::TICK_MS.to_string());
                }
                command
            }
        };
        let mut child = command
            .args(["--port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()
            .context("starting the server")?;
        let stdout = child.stdout.take().context("the server has no stdout")?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Ok((Server { child, address, log }, BufReader::new(stdout)))
    }

    fn next_number(&self) -> u32 {
        self.started.fetch_add(1, Ordering::Relaxed)
    }
}

impl Server {
    /// What a client must know to connect.
    pub(crate) fn target(&self) -> Target {
        Target { address: self.address, token: TOKEN, tls: false }
    }

    /// CPU time used so far; zero where there is no `/proc`.
    pub(crate) fn cpu(&self) -> Cpu {
        cpu_of(&self.child.id().to_string())
    }

    /// Memory right now; zero where there is no `/proc`.
    pub(crate) fn memory(&self) -> Memory {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        Memory { resident: field_kib(&status, "VmRSS:"), anonymous: field_kib(&status, "RssAnon:") }
    }

    /// Files, sockets and pipes that are open; zero where there is no `/proc`.
    pub(crate) fn open_files(&self) -> usize {
        self.open_file_names().len()
    }

    /// What they are.
    pub(crate) fn open_file_names(&self) -> Vec<String> {
        let entries = fs::read_dir(format!("/proc/{}/fd", self.child.id())).into_iter().flatten().flatten();
        entries.filter_map(|entry| Some(fs::read_link(entry.path()).ok()?.display().to_string())).collect()
    }

    /// Bytes logged so far.
    pub(crate) fn log_bytes(&self) -> u64 {
        fs::metadata(&self.log).map_or(0, |metadata| metadata.len())
    }

    /// Whether the process still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks the process to stop and waits for it, so that its state folder can be used again.
    pub(crate) async fn stop(mut self) -> Result<()> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        let deadline = Instant::now() + STOP_DEADLINE;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                bail!("the server ignored SIGTERM for {STOP_DEADLINE:?}:\n{}", self.log_tail());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// The end of what it logged.
    pub(crate) fn log_tail(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone is what we want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time of this process.
pub(crate) fn own_cpu() -> Cpu {
    cpu_of("self")
}

/// CPU time all programs together have used, of all cores; zero where there is no `/proc`.
pub(crate) fn machine_busy() -> Duration {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let first = stat.lines().next().unwrap_or_default();
    // user nice system idle iowait irq softirq steal; idle and iowait are not work.
    let ticks = first.split_ascii_whitespace().skip(1).take(8).enumerate();
    let busy = ticks.filter(|(column, _)| !matches!(column, 3 | 4));
    TICK * busy.map(|(_, ticks)| ticks.parse().unwrap_or(0)).sum::<u32>()
}

fn cpu_of(process: &str) -> Cpu {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The second field is the name in parentheses and may hold blanks; count after it.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let mut times = after_name.split_ascii_whitespace().skip(11).map(|ticks| ticks.parse().unwrap_or(0));
    let mut next = || TICK * times.next().unwrap_or(0);
    Cpu { user: next(), system: next() }
}

fn field_kib(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|rest| rest.split_ascii_whitespace().next());
    kib.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// The first line within the deadline; keeps reading afterwards so that the pipe never fills.
fn first_line(mut stdout: impl BufRead + Send + 'static) -> Option<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        if stdout.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            // The receiver may have given up.
            let _ = sender.send(line);
            drain(stdout);
        }
    });
    receiver.recv_timeout(READY_DEADLINE).ok()
}

fn drain(mut stdout: impl BufRead + Send + 'static) {
    std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_fields_are_read_in_bytes() {
        let status = "Name:\tx\nVmRSS:\t    2048 kB\nRssAnon:\t     512 kB\n";
        assert_eq!(field_kib(status, "VmRSS:"), 2048 * 1024);
        assert_eq!(field_kib(status, "RssAnon:"), 512 * 1024);
        assert_eq!(field_kib(status, "VmSwap:"), 0);
    }
}
