//! A real nginx in front of a gateway, with a folder and a port of its own.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::{DEADLINE, Endpoint};

/// What `scripts/setup.sh proxy` installs.
const PROGRAMS: [&str; 2] = ["/usr/sbin/nginx", "/usr/bin/nginx"];

/// An nginx; killed when dropped.
pub(crate) struct Nginx {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Nginx {
    /// Starts it with these `location` blocks and, for `auth_basic_user_file users`, users with passwords.
    pub(crate) fn start(locations: &str, users: &[(&str, &str)]) -> Self {
        Self::at("127.0.0.1", locations, users)
    }

    /// The same at another address of this machine.
    pub(crate) fn at(ip: &str, locations: &str, users: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let users: String = users.iter().map(|(name, password)| format!("{name}:{{PLAIN}}{password}\n")).collect();
        std::fs::write(folder.path().join("users"), users).unwrap();
        std::fs::create_dir(folder.path().join("temp")).unwrap();
        let program = PROGRAMS.iter().find(|path| Path::new(path).exists());
        let program = program.unwrap_or_else(|| panic!("nginx is not installed: scripts/setup.sh proxy"));
        // Another program may take a free port before nginx does; then with the next one.
        for _ in 0..5 {
            let port = TcpListener::bind((ip, 0)).unwrap().local_addr().unwrap().port();
            std::fs::write(folder.path().join("nginx.conf"), configuration((ip, port), locations)).unwrap();
            let mut command = Command::new(program);
            command.arg("-p").arg(folder.path()).args(["-c", "nginx.conf", "-e", "error.log"]);
            let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            if answers(&mut child, (ip, port)) {
                return Self { child, port, folder };
            }
        }
        panic!("nginx does not start: {}", log(folder.path()));
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint { port: self.port, token: None }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its one process: there is no master that a worker would outlive.
        drop(self.child.kill());
        drop(self.child.wait());
        if std::thread::panicking() {
            eprintln!("--- log of nginx ---\n{}---", log(self.folder.path()));
        }
    }
}

fn log(folder: &Path) -> String {
    let file: PathBuf = folder.join("error.log");
    std::fs::read_to_string(file).unwrap_or_default()
}

/// Whether it listens; no when it ended.
fn answers(child: &mut Child, place: (&str, u16)) -> bool {
    let deadline = std::time::Instant::now() + DEADLINE;
    while std::time::Instant::now() < deadline {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if TcpStream::connect(place).is_ok() {
            return true;
        }
        std::thread::park_timeout(std::time::Duration::from_millis(2));
    }
    false
}

fn configuration((ip, port): (&str, u16), locations: &str) -> String {
    let temp: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("    {kind}_temp_path temp/{kind};\n"))
        .collect();
    format!(
        "daemon off;\nmaster_process off;\npid nginx.pid;\nevents {{ worker_connections 128; }}\nhttp {{\n    \
         access_log off;\n{temp}    map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}\n    server {{\n        \
         listen {ip}:{port};\n{locations}\n    }}\n}}\n"
    )
}
