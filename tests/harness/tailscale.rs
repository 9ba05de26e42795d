//! A tailnet without Tailscale: the daemon's interface on a unix socket, and a `tailscale` program that writes down its
//! arguments and keeps what it shows.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// Name of the machine in its tailnet.
pub(crate) const DNS_NAME: &str = "desk.tail1234.ts.net";
/// Its address.
pub(crate) const OWN_IP: &str = "100.101.102.1";
/// A member's machine.
pub(crate) const MEMBER_IP: &str = "100.101.102.7";
/// Whose it is.
pub(crate) const MEMBER: &str = "ada@example.com";

/// What the program does: `serve --bg TARGET`, `funnel --bg TARGET`, `serve|funnel --https=443 off`.
const PROGRAM: &str = r#"#!/bin/sh
set -eu
here=$(dirname "$0")/..
printf '%s\n' "$*" >> "$here/argv"
case "$1" in --socket=*) shift ;; esac
if [ -e "$here/denied" ]; then
    echo 'sending serve config: Access denied: serve config denied' >&2
    echo "Use 'sudo tailscale $1'." >&2
    exit 1
fi
what=$1
case "$2" in
    --bg)
        funnel=''
        [ "$what" = serve ] || funnel=',"AllowFunnel":{"NAME:443":true}'
        printf '{"TCP":{"443":{"HTTPS":true}},"Web":{"NAME:443":{"Handlers":{"/":{"Proxy":"%s"}}}}%s}' "$3" "$funnel" \
            > "$here/serve.json"
        echo 'Available within your tailnet:'
        ;;
    --https=443) [ "$3" = off ] && echo '{}' > "$here/serve.json" ;;
    *)
        echo "unknown: $*" >&2
        exit 2
        ;;
esac
"#;

/// A machine in a tailnet; ends when dropped.
pub(crate) struct Tailnet {
    folder: tempfile::TempDir,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    status: Value,
    owners: HashMap<String, Value>,
    whois_fails: bool,
    asked: Vec<String>,
}

impl Tailnet {
    /// Signed in, with names and certificates; this machine and [`MEMBER_IP`] are [`MEMBER`]'s.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("bin")).unwrap();
        let program = folder.path().join("bin/tailscale");
        std::fs::write(&program, PROGRAM.replace("NAME", DNS_NAME)).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let status = json!({
            "Version": "1.90.1", "BackendState": "Running", "AuthURL": "", "TailscaleIPs": [OWN_IP],
            "Self": {"DNSName": format!("{DNS_NAME}."), "TailscaleIPs": [OWN_IP], "UserID": 1, "Tags": null}, "Health": [],
            "CertDomains": [DNS_NAME], "Peer": null, "User": null,
        });
        let state = Arc::new(Mutex::new(State { status, ..State::default() }));
        let tailnet = Self { folder, state };
        tailnet.belongs(MEMBER_IP, MEMBER);
        // Asked without peers, the daemon names no people; it knows its own address like any other.
        tailnet.belongs(OWN_IP, MEMBER);
        tailnet.listen();
        tailnet
    }

    /// From now on the daemon is not the user's who runs this test.
    pub(crate) fn is_another_users(&self) {
        // Only root may give a file away; everybody else takes one that is root's.
        if std::os::unix::fs::chown(self.socket(), Some(65_534), None).is_err() {
            std::fs::remove_file(self.socket()).unwrap();
            std::os::unix::fs::symlink("/etc/passwd", self.socket()).unwrap();
        }
    }

    /// Where the daemon listens.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("tailscaled.sock")
    }

    /// `PATH` with the program in front.
    pub(crate) fn path(&self) -> String {
        format!("{}:{}", self.folder.path().join("bin").display(), std::env::var("PATH").unwrap_or_default())
    }

    /// A configuration with this `gateway` section, its socket filled in.
    pub(crate) fn config(&self, mut gateway: Value) -> String {
        gateway["tailscale"]["socket"] = json!(self.socket());
        json!({ "gateway": gateway }).to_string()
    }

    /// Changes fields of the daemon's status.
    pub(crate) fn set_status(&self, changes: Value) {
        let mut state = self.state.lock().unwrap();
        for (name, value) in changes.as_object().unwrap() {
            state.status[name] = value.clone();
        }
    }

    /// The machine at `ip` is from now on that of `login`.
    pub(crate) fn belongs(&self, ip: &str, login: &str) {
        let whois = json!({"Node": {"Name": "phone.tail1234.ts.net.", "Tags": null},
            "UserProfile": {"ID": 1, "LoginName": login, "DisplayName": "Somebody"}, "CapMap": null});
        self.state.lock().unwrap().owners.insert(ip.to_owned(), whois);
    }

    /// The machine at `ip` has tags, so it is nobody's.
    pub(crate) fn tagged(&self, ip: &str) {
        let whois = json!({"Node": {"Name": "ci.tail1234.ts.net.", "Tags": ["tag:ci"]},
            "UserProfile": {"ID": 2, "LoginName": "tagged-devices", "DisplayName": "Tagged Devices"}, "CapMap": null});
        self.state.lock().unwrap().owners.insert(ip.to_owned(), whois);
    }

    /// From now on the daemon fails when it is asked whose machine an address is.
    pub(crate) fn whois_fails(&self) {
        self.state.lock().unwrap().whois_fails = true;
    }

    /// The daemon shows this from now on.
    pub(crate) fn shows(&self, config: &Value) {
        std::fs::write(self.folder.path().join("serve.json"), config.to_string()).unwrap();
    }

    /// The program refuses every change.
    pub(crate) fn deny(&self, deny: bool) {
        let file = self.folder.path().join("denied");
        if deny { std::fs::write(file, "").unwrap() } else { std::fs::remove_file(file).unwrap() }
    }

    /// Where the name leads at this moment, and whether the internet sees it.
    pub(crate) fn shown(&self) -> (Option<String>, bool) {
        let config = serve_config(&self.folder.path().join("serve.json"));
        let host = format!("{DNS_NAME}:443");
        let proxy = config["Web"][&host]["Handlers"]["/"]["Proxy"].as_str().map(str::to_owned);
        (proxy, config["AllowFunnel"][&host] == true)
    }

    /// Arguments of every run of the program, one line each.
    pub(crate) fn argv(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join("argv")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// How often the daemon was asked for something that starts so.
    pub(crate) fn asked(&self, start: &str) -> usize {
        self.state.lock().unwrap().asked.iter().filter(|path| path.starts_with(start)).count()
    }

    fn listen(&self) {
        let listener = UnixListener::bind(self.socket()).unwrap();
        let (state, serve) = (Arc::clone(&self.state), self.folder.path().join("serve.json"));
        // Threads of its own: tests also block on commands that ask it.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (state, serve) = (Arc::clone(&state), serve.clone());
                std::thread::spawn(move || drop(answer(&stream, &state, &serve)));
            }
        });
    }
}

fn serve_config(file: &std::path::Path) -> Value {
    std::fs::read_to_string(file).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_else(|| json!({}))
}

/// One connection: requests until the other side ends it.
fn answer(stream: &UnixStream, state: &Mutex<State>, serve: &std::path::Path) -> std::io::Result<()> {
    let mut reading = BufReader::new(stream);
    let mut writing = stream;
    loop {
        let mut first = String::new();
        if reading.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut host = String::new();
        loop {
            let mut line = String::new();
            reading.read_line(&mut line)?;
            let line = line.trim();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("host:") {
                host = value.trim().to_owned();
            }
        }
        let path = first.split(' ').nth(1).unwrap_or_default();
        let (status, body) = if host == "local-tailscaled.sock" && first.starts_with("GET ") {
            respond(path, &mut state.lock().unwrap(), serve)
        } else {
            ("403 Forbidden", "invalid localapi request\n".to_owned())
        };
        write!(
            writing,
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\nTailscale-Version: 1.90.1\r\n\r\n{body}",
            body.len()
        )?;
    }
}

fn respond(path: &str, state: &mut State, serve: &std::path::Path) -> (&'static str, String) {
    let Some(path) = path.strip_prefix("/localapi/v0/") else {
        return ("404 Not Found", "404 page not found\n".into());
    };
    state.asked.push(path.to_owned());
    let (what, query) = path.split_once('?').unwrap_or((path, ""));
    match what {
        "status" => ("200 OK", state.status.to_string()),
        "serve-config" => ("200 OK", serve_config(serve).to_string()),
        "whois" if state.whois_fails => ("500 Internal Server Error", "no netmap\n".to_owned()),
        "whois" => {
            let address = query.strip_prefix("addr=").unwrap_or_default().replace("%5B", "[").replace("%5D", "]");
            let Ok(address) = address.parse::<std::net::SocketAddr>() else {
                return ("400 Bad Request", "invalid 'addr' parameter\n".to_owned());
            };
            match state.owners.get(&address.ip().to_string()) {
                Some(owner) => ("200 OK", owner.to_string()),
                None => ("404 Not Found", "no match for IP:port\n".to_owned()),
            }
        }
        _ => ("404 Not Found", "404 page not found\n".to_owned()),
    }
}
