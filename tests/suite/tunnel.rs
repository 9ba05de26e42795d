//! The gateway through a real ssh server: the same handshake, the same token, and a way that comes back by itself.
//! T-04, T-05, T-06.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::harness::{Connect, Device, Endpoint, TOKEN, TestGateway, run, until};

const ADMIN: [&str; 1] = ["operator.admin"];

/// A process that ends with the test.
struct Part(Child);

impl Drop for Part {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// An ssh server of its own, and a folder with an `ssh` that knows it as `desk`.
struct Ssh {
    folder: tempfile::TempDir,
    _server: Part,
}

impl Ssh {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["host", "user"] {
            let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(at(name)).status();
            assert!(made.unwrap().success());
        }
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let config = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {}\nPidFile {}\nAuthorizedKeysFile {}\nAuthenticationMethods \
             publickey\nPermitRootLogin yes\nStrictModes no\nUsePAM no\nAllowTcpForwarding local\n",
            at("host").display(),
            at("pid").display(),
            at("user.pub").display()
        );
        fs::write(at("sshd_config"), config).unwrap();
        // As root it separates privileges into an empty folder that packages make at boot.
        drop(fs::create_dir_all("/run/sshd"));
        let mut server = Command::new("/usr/sbin/sshd");
        server.args(["-D", "-e", "-f"]).arg(at("sshd_config")).stderr(Stdio::null());
        let server = Part(server.spawn().expect("no ssh server: apt-get install openssh-server"));
        let host = fs::read_to_string(at("host.pub")).unwrap();
        fs::write(at("known"), format!("[127.0.0.1]:{port} {host}")).unwrap();
        let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
        let client = format!(
            "Host desk\nHostName 127.0.0.1\nPort {port}\nUser {}\nIdentityFile {}\nIdentitiesOnly yes\n\
             UserKnownHostsFile {}\n",
            user.trim(),
            at("user").display(),
            at("known").display()
        );
        fs::write(at("ssh_config"), client).unwrap();
        fs::create_dir(at("bin")).unwrap();
        // The system's ssh with this test's configuration; who it is, is kept.
        let script = format!(
            "#!/bin/sh\necho $$ > {}\nexec /usr/bin/ssh -F {} \"$@\"\n",
            at("ssh-pid").display(),
            at("ssh_config").display()
        );
        fs::write(at("bin/ssh"), script).unwrap();
        fs::set_permissions(at("bin/ssh"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        until("the ssh server", || std::net::TcpStream::connect(("127.0.0.1", port)).ok()).await;
        Self { folder, _server: server }
    }

    /// `PATH` where `ssh` is this one.
    fn path(&self) -> String {
        format!("{}:{}", self.folder.path().join("bin").display(), std::env::var("PATH").unwrap_or_default())
    }

    fn client_pid(&self) -> Option<String> {
        fs::read_to_string(self.folder.path().join("ssh-pid")).ok().filter(|pid| pid.ends_with('\n'))
    }
}

/// `postern tunnel desk`, open.
struct Tunnel {
    _process: Part,
    ready: Value,
}

fn tunnel(ssh: &Ssh, home: &Path, gateway: &Endpoint) -> Tunnel {
    let mut command = Command::new(env!("CARGO_BIN_EXE_postern"));
    command.args(["tunnel", "desk", "--json", "--remote-port", &gateway.port.to_string()]);
    command.env_clear().env("PATH", ssh.path()).env("HOME", home).env("POSTERN_STATE_DIR", home.join("state"));
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let process = Part(child);
    let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
    Tunnel { _process: process, ready }
}

impl Tunnel {
    fn endpoint(&self) -> Endpoint {
        let port = self.ready["port"].as_u64().unwrap().try_into().unwrap();
        Endpoint { port, token: Some(TOKEN.to_owned()) }
    }
}

/// Kind and order of frames, without what differs by the moment.
fn kinds(frames: &[Value]) -> Vec<String> {
    frames.iter().map(|frame| format!("{} {} {}", frame["type"], frame["event"], frame["id"])).collect()
}

/// T-04, T-05, T-06: through ssh the frames of the handshake are those of a direct connection, with the same token.
#[tokio::test]
async fn the_handshake_through_ssh_is_the_same() {
    let (ssh, gateway, home) = (Ssh::start().await, TestGateway::start(), tempfile::tempdir().unwrap());
    let tunnel = tunnel(&ssh, home.path(), &gateway);
    let far = tunnel.endpoint();
    assert_eq!(tunnel.ready["url"], format!("ws://127.0.0.1:{}", far.port));
    let device = Device::new("traveller");
    let mut traces = Vec::new();
    for endpoint in [&*gateway, &far, &*gateway, &far] {
        let mut client = endpoint.connect(&Connect::operator(&device, &ADMIN)).await.unwrap();
        client.ok("health", json!({})).await;
        let handshake: Vec<Value> = client.raw.frames().iter().take(2).cloned().collect();
        traces.push((kinds(&handshake), client.hello["auth"]["scopes"].clone(), client.hello["protocol"].clone()));
    }
    assert_eq!(traces[2], traces[3], "a device that is known");
    assert_eq!(traces[0], traces[1], "and one that is new here");
    // T-11: the page comes the same way, and sees its own origin.
    let page = far.http("GET", "/", &crate::harness::Caller::local(), "").await;
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains(&format!("ws://127.0.0.1:{}", far.port)), "{policy}");
}

/// An ssh that ends is started again on the same local port.
#[tokio::test]
async fn the_way_comes_back_on_the_same_port() {
    let (ssh, gateway, home) = (Ssh::start().await, TestGateway::start(), tempfile::tempdir().unwrap());
    let tunnel = tunnel(&ssh, home.path(), &gateway);
    let far = tunnel.endpoint();
    far.op(&Device::new("traveller"), &ADMIN).await;
    let pid = ssh.client_pid().unwrap();
    assert!(Command::new("kill").arg(pid.trim()).status().unwrap().success());
    until("another ssh", || ssh.client_pid().filter(|now| *now != pid)).await;
    let started = std::time::Instant::now();
    loop {
        let mut stream = TcpStream::connect(("127.0.0.1", far.port)).await.expect("the local port stays");
        let request = b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n";
        let mut answer = Vec::new();
        let asked = tokio::io::AsyncWriteExt::write_all(&mut stream, request).await;
        let read = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer).await;
        if asked.is_ok() && read.is_ok() && answer.starts_with(b"HTTP/1.1 200") {
            break;
        }
        assert!(started.elapsed() < crate::harness::DEADLINE, "the way did not come back");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    far.op(&Device::new("traveller"), &ADMIN).await;
}

fn remote_profile(home: &Path, config: &str) -> PathBuf {
    let state = home.join("state");
    fs::create_dir_all(&state).unwrap();
    fs::write(state.join("postern.json"), config).unwrap();
    state
}

/// T-10: with `transport: ssh` every command goes through a way of its own, also to a gateway that speaks TLS.
#[tokio::test]
async fn commands_go_through_ssh_when_the_settings_say_so() {
    let (ssh, home) = (Ssh::start().await, tempfile::tempdir().unwrap());
    let gateway = TestGateway::builder().config("{gateway: {tls: {enabled: true}}}").start();
    let pin = gateway.ready["tlsFingerprint"].as_str().unwrap();
    let config = format!(
        "{{gateway: {{mode: 'remote', remote: {{transport: 'ssh', sshTarget: 'desk', remotePort: {}, token: '{TOKEN}', \
         tlsFingerprint: '{pin}'}}}}}}",
        gateway.port
    );
    let state = remote_profile(home.path(), &config);
    let path = ssh.path();
    let env = [("POSTERN_STATE_DIR", state.to_str().unwrap()), ("PATH", path.as_str())];
    let status = tokio::task::spawn_blocking({
        let env: Vec<(String, String)> = env.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        move || {
            let env: Vec<(&str, &str)> = env.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            run(&["status", "--json"], &env)
        }
    });
    let status = status.await.unwrap();
    assert_eq!(status.code, 0, "{status:?}");
    assert_eq!(status.json()["tlsFingerprint"], pin);
}

/// What begins with `-` would be an option to ssh, and options of ssh run commands.
#[test]
fn a_target_cannot_be_an_option() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let target = format!("-oProxyCommand=touch {}", mark.display());
    for args in [vec!["tunnel", "--", &target], vec!["tunnel", &target], vec!["tunnel", "ada@-oX"]] {
        let refused = run(&args, &[("POSTERN_STATE_DIR", folder.path().to_str().unwrap())]);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains("user@host"), "{refused:?}");
    }
    assert!(!mark.exists());
    let state = remote_profile(folder.path(), "{gateway: {mode: 'remote', remote: {sshTarget: '-oProxyCommand=x'}}}");
    let checked = run(&["gateway", "--check"], &[("POSTERN_STATE_DIR", state.to_str().unwrap())]);
    assert!(checked.code == 78 && format!("{checked:?}").contains("gateway.remote.sshTarget"), "{checked:?}");
}
