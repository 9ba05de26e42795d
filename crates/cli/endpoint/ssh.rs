//! A way to a gateway on another machine through the system's ssh. This program
//! listens; ssh forwards from a socket file that only this user can open, so that
//! nobody else can take the place of either end.

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use postern_gateway::config::{RemoteSettings, is_ssh_target};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::exit::{Exit, Failure, Outcome};
use crate::output::somebody_is_there;

/// Between two looks whether ssh is ready.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// First and longest pause before ssh is started again.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Where ssh goes, and what it forwards to there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    /// `user@host`.
    pub(crate) target: String,
    /// Port of the ssh server, when not the usual one.
    pub(crate) ssh_port: Option<u16>,
    /// Key file.
    pub(crate) identity: Option<PathBuf>,
    /// Port of the gateway on that machine.
    pub(crate) gateway_port: u16,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.target, self.gateway_port)
    }
}

impl Route {
    /// A route somebody typed.
    pub(crate) fn checked(self) -> Outcome<Self> {
        if is_ssh_target(&self.target) {
            return Ok(self);
        }
        Err(Failure::usage("the target must be user@host or a name of the ssh configuration, and cannot begin with -"))
    }

    /// The route in `gateway.remote`.
    pub(crate) fn of_settings(remote: &RemoteSettings) -> Outcome<Self> {
        let target = remote.ssh_target.clone().ok_or_else(|| {
            Failure::new(
                Exit::ConfigInvalid,
                "gateway.remote.transport is ssh, but gateway.remote.sshTarget is missing",
            )
            .hint("postern config set gateway.remote.sshTarget user@host")
        })?;
        let identity = remote.ssh_identity.clone();
        Self { target, ssh_port: None, identity, gateway_port: remote.remote_port }.checked()
    }

    /// ssh with arguments of its own, never through a shell. What follows `--` is
    /// the target and nothing else.
    fn command(&self, socket: &Path) -> Command {
        let mut command = Command::new("ssh");
        command.args(["-N", "-T", "-o", "ExitOnForwardFailure=yes", "-o", "ServerAliveInterval=15"]);
        command.args(["-o", "ServerAliveCountMax=3", "-o", "ConnectTimeout=10", "-o", "PermitLocalCommand=no"]);
        command.args(["-o", "StreamLocalBindUnlink=yes", "-o", "StreamLocalBindMask=0177", "-o", "ControlMaster=no"]);
        command.args(["-o", "ControlPath=none"]);
        if !somebody_is_there() {
            command.args(["-o", "BatchMode=yes"]);
        }
        if let Some(port) = self.ssh_port {
            command.args(["-p", &port.to_string()]);
        }
        if let Some(identity) = &self.identity {
            command.args(["-o", "IdentitiesOnly=yes", "-i"]).arg(identity);
        }
        let mut forward = socket.as_os_str().to_owned();
        forward.push(format!(":127.0.0.1:{}", self.gateway_port));
        command.arg("-L").arg(forward).arg("--").arg(&self.target);
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        command
    }
}

/// An open way; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Tunnel {
    port: u16,
    ends: JoinHandle<Failure>,
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        // ssh is killed with the task that owns it.
        self.ends.abort();
    }
}

impl Tunnel {
    /// Opens a way and keeps it open: ssh is started again when it ends.
    pub(crate) async fn open(route: Route, patience: Duration) -> Outcome<Self> {
        Self::on_port(route, 0, patience).await
    }

    /// The same on this local port; 0 takes any that is free.
    pub(crate) async fn on_port(route: Route, port: u16, patience: Duration) -> Outcome<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
            Failure::new(Exit::InUse, format!("cannot listen on 127.0.0.1:{port}: {error}"))
                .hint("leave --port out to take one that is free")
        })?;
        let port = listener.local_addr().map(|own| own.port()).unwrap_or(port);
        let folder = tempfile::Builder::new().prefix("postern-ssh-").tempdir();
        let folder = folder.map_err(|error| Failure::new(Exit::Failed, format!("a private folder: {error}")))?;
        let (ready, is_ready) = oneshot::channel();
        let ends = spawn(async move {
            let socket = folder.path().join("s");
            tokio::select! {
                failure = keep_open(&route, &socket, ready) => failure,
                () = accept(&listener, &socket) => Failure::new(Exit::Failed, "the tunnel takes no connections"),
            }
        });
        let mut tunnel = Self { port, ends };
        match tokio::time::timeout(patience, is_ready).await {
            Ok(Ok(())) => Ok(tunnel),
            // It has ended, and says why.
            Ok(Err(_)) => Err(tunnel.ended().await),
            Err(_) => Err(Failure::new(Exit::Timeout, "ssh did not get through in time")
                .hint("wait longer with --timeout MS, or try ssh by hand")),
        }
    }

    /// Local port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Why it ended.
    pub(crate) async fn ended(&mut self) -> Failure {
        let failure = (&mut self.ends).await;
        failure.unwrap_or_else(|error| Failure::new(Exit::Internal, format!("the tunnel broke: {error}")))
    }
}

#[expect(clippy::disallowed_methods, reason = "a command line has no tracker; the handle is kept and ends it")]
fn spawn<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(work)
}

/// Runs ssh for ever. Ends only when it never got through at all.
async fn keep_open(route: &Route, socket: &Path, ready: oneshot::Sender<()>) -> Failure {
    let mut ready = Some(ready);
    let mut pause = FIRST_PAUSE;
    loop {
        let mut ssh = match route.command(socket).spawn() {
            Ok(ssh) => ssh,
            Err(error) => {
                return Failure::new(Exit::Failed, format!("ssh cannot be started: {error}"))
                    .hint("install an OpenSSH client");
            }
        };
        if until_ready(&mut ssh, socket).await {
            pause = FIRST_PAUSE;
            if let Some(ready) = ready.take() {
                // Nobody waits for it any more when this fails.
                let _ = ready.send(());
            }
        }
        let status = ssh.wait().await;
        if ready.is_some() {
            let how = status.map_or_else(|error| error.to_string(), |status| status.to_string());
            return Failure::new(Exit::Unreachable, format!("ssh did not get to {}: {how}", route.target))
                .hint(format!("ssh says why above; try: ssh {}", route.target));
        }
        tracing::warn!("The tunnel is down; trying again in {} ms.", pause.as_millis());
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Whether ssh forwards; not, when it ended before.
async fn until_ready(ssh: &mut Child, socket: &Path) -> bool {
    loop {
        if matches!(ssh.try_wait(), Ok(Some(_)) | Err(_)) {
            return false;
        }
        if connect(socket).await.is_ok() {
            return true;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn accept(listener: &TcpListener, socket: &Path) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((mut near, _)) = accepted else {
                    tokio::time::sleep(LOOK_EVERY).await;
                    continue;
                };
                let socket = socket.to_owned();
                connections.spawn(async move {
                    // While ssh is down the client sees a closed connection, and tries again.
                    let Ok(mut far) = connect(&socket).await else { return };
                    drop(near.set_nodelay(true));
                    drop(tokio::io::copy_bidirectional(&mut near, &mut far).await);
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

#[cfg(unix)]
async fn connect(socket: &Path) -> io::Result<tokio::net::UnixStream> {
    tokio::net::UnixStream::connect(socket).await
}

/// The ssh of Windows forwards from no socket files.
#[cfg(not(unix))]
async fn connect(_socket: &Path) -> io::Result<TcpStream> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "use ssh -N -L on this system"))
}

/// Whether what answers on a local port wants to be spoken to encrypted.
pub(crate) async fn speaks_tls(port: u16, patience: Duration) -> bool {
    let asking = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
        stream.write_all(b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n").await.ok()?;
        let mut answer = Vec::new();
        stream.take(4_096).read_to_end(&mut answer).await.ok()?;
        Some(String::from_utf8_lossy(&answer).contains("speaks TLS"))
    };
    tokio::time::timeout(patience, asking).await.ok().flatten().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(target: &str) -> Route {
        Route { target: target.into(), ssh_port: Some(2222), identity: Some("/k".into()), gateway_port: 7 }
    }

    #[test]
    fn ssh_gets_its_target_behind_everything_that_could_be_an_option() {
        let command = route("ada@desk").checked().unwrap().command(Path::new("/p/s"));
        let args: Vec<_> = command.as_std().get_args().map(|arg| arg.to_str().unwrap()).collect();
        assert_eq!(args[args.len() - 4..], ["-L", "/p/s:127.0.0.1:7", "--", "ada@desk"]);
        assert!(args.windows(2).any(|pair| pair == ["-p", "2222"]) && args.windows(2).any(|pair| pair == ["-i", "/k"]));
        for target in ["-oProxyCommand=x", "", "a b", "ada@-x", "a;b", "$(x)", "a`b`", "a\nb"] {
            assert!(route(target).checked().is_err(), "{target}");
        }
    }
}
