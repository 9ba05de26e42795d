//! What a service manager does, played for one service: reads the unit that was written, starts what it says with the
//! little environment that services get, waits for `READY=1`, starts it again when it ends, and stops it with a signal.
//! `systemctl` on the `PATH` that it gives is a few lines of shell that ask it.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::DEADLINE;

const SYSTEMCTL: &str = "#!/bin/sh
here=${0%/*}
mkfifo \"$here/$$\"
echo \"$$ $*\" > \"$here/requests\"
{ read -r code; cat; } < \"$here/$$\"
rm \"$here/$$\"
exit \"$code\"
";

/// Between two looks at a service.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Plays a service manager for as long as it lives.
pub(crate) struct Supervisor {
    folder: tempfile::TempDir,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    services: HashMap<String, Service>,
    enabled: Vec<String>,
    /// What was asked for, for messages of tests that fail.
    asked: Vec<String>,
    home: PathBuf,
    folder: PathBuf,
    over: bool,
}

#[derive(Default)]
struct Service {
    unit: Unit,
    child: Option<Child>,
    socket: Option<UnixDatagram>,
    wanted: bool,
    ready: bool,
    status: String,
    restarts: u32,
    again_at: Option<Instant>,
    last: Option<ExitStatus>,
    failed: bool,
}

#[derive(Default, Clone)]
struct Unit {
    command: Vec<String>,
    environment: Vec<(String, String)>,
    notify: bool,
    restart_always: bool,
    restart_after: Duration,
    prevented: Vec<i32>,
    watchdog: Option<u64>,
}

impl Unit {
    fn read(path: &Path) -> Option<Self> {
        let mut unit = Self::default();
        for line in fs::read_to_string(path).ok()?.lines().filter(|line| !line.starts_with('#')) {
            let Some((name, value)) = line.split_once('=') else { continue };
            match name {
                "Type" => unit.notify = value == "notify",
                "ExecStart" => unit.command = words(value),
                "Environment" => {
                    let word = words(value).remove(0);
                    let (name, value) = word.split_once('=').unwrap();
                    unit.environment.push((name.to_owned(), value.to_owned()));
                }
                "Restart" => unit.restart_always = value == "always",
                "RestartSec" => unit.restart_after = Duration::from_secs(value.parse().unwrap()),
                "RestartPreventExitStatus" => {
                    unit.prevented = value.split(' ').map(|code| code.parse().unwrap()).collect()
                }
                "WatchdogSec" => unit.watchdog = Some(value.parse::<u64>().unwrap() * 1_000_000),
                _ => {}
            }
        }
        Some(unit)
    }
}

/// The words of a line as systemd reads them.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut begun) = (Vec::new(), String::new(), false, false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => (quoted, begun) = (!quoted, true),
            '\\' => word.extend(letters.next()),
            '%' | '$' if letters.peek() == Some(&letter) => word.extend(letters.next()),
            ' ' if !quoted => {
                if begun || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            letter => word.push(letter),
        }
    }
    if begun || !word.is_empty() {
        words.push(word);
    }
    words
}

impl Supervisor {
    /// One whose user has this home folder.
    pub(crate) fn start(home: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("systemctl");
        fs::write(&script, SYSTEMCTL).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        let requests = folder.path().join("requests");
        assert!(Command::new("mkfifo").arg(&requests).status().unwrap().success());
        // Open for reading and writing: it never seems to have ended.
        let requests = fs::File::options().read(true).write(true).open(requests).unwrap();
        let shared = Shared { home: home.to_owned(), folder: folder.path().to_owned(), ..Shared::default() };
        let shared = Arc::new(Mutex::new(shared));
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for line in BufReader::new(requests).lines().map_while(Result::ok) {
                if line == "over" {
                    break;
                }
                let shared = Arc::clone(&serving);
                std::thread::spawn(move || answer(&shared, &line));
            }
        });
        let watching = Arc::clone(&shared);
        std::thread::spawn(move || {
            while !watching.lock().unwrap().look() {
                std::thread::park_timeout(LOOK_EVERY);
            }
        });
        Self { folder, shared }
    }

    /// `PATH` for programs that ask `systemctl`.
    pub(crate) fn path(&self) -> String {
        format!("{}:{}", self.folder.path().display(), std::env::var("PATH").unwrap_or_default())
    }

    /// Process of a service that runs.
    pub(crate) fn pid(&self, name: &str) -> Option<u32> {
        let shared = self.shared.lock().unwrap();
        shared.services.get(name)?.child.as_ref().map(Child::id)
    }

    /// How often a service was started again by itself.
    pub(crate) fn restarts(&self, name: &str) -> u32 {
        self.shared.lock().unwrap().services.get(name).map_or(0, |service| service.restarts)
    }

    /// Everything that was asked for so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.shared.lock().unwrap().asked.clone()
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        let mut shared = self.shared.lock().unwrap();
        shared.over = true;
        for service in shared.services.values_mut() {
            service.wanted = false;
            if let Some(mut child) = service.child.take() {
                drop(child.kill());
                drop(child.wait());
            }
        }
        drop(
            fs::File::options()
                .write(true)
                .open(self.folder.path().join("requests"))
                .map(|mut file| writeln!(file, "over")),
        );
    }
}

/// Answers one run of `systemctl`.
fn answer(shared: &Mutex<Shared>, line: &str) {
    let mut words = line.split(' ').map(str::to_owned);
    let id = words.next().unwrap();
    let words: Vec<String> = words.filter(|word| word != "--user").collect();
    let (code, text) = act(shared, &words);
    let folder = shared.lock().unwrap().folder.clone();
    // Opening waits for the reader.
    let mut reply = fs::File::options().write(true).open(folder.join(id)).unwrap();
    write!(reply, "{code}\n{text}").unwrap();
}

fn act(shared: &Mutex<Shared>, words: &[String]) -> (i32, String) {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    shared.lock().unwrap().asked.push(words.join(" "));
    match words.as_slice() {
        ["show", "--property=Version"] => (0, "Version=257\n".to_owned()),
        ["show", name, _] => (0, shared.lock().unwrap().show(&full(name))),
        ["daemon-reload"] | ["reset-failed", _] => (0, String::new()),
        ["enable", path] => {
            let name = Path::new(path).file_name().unwrap().to_string_lossy().into_owned();
            shared.lock().unwrap().enabled.push(name);
            (0, String::new())
        }
        ["disable", path] => {
            let name = Path::new(path).file_name().unwrap().to_string_lossy().into_owned();
            shared.lock().unwrap().enabled.retain(|one| *one != name);
            (0, String::new())
        }
        ["start", name] => begin(shared, &full(name)),
        ["stop", name] => stop(shared, &full(name)),
        ["restart", name] => {
            stop(shared, &full(name));
            begin(shared, &full(name))
        }
        other => (1, format!("Unknown command verb {other:?}\n")),
    }
}

fn full(name: &str) -> String {
    if name.ends_with(".service") { name.to_owned() } else { format!("{name}.service") }
}

fn begin(shared: &Mutex<Shared>, name: &str) -> (i32, String) {
    {
        let mut shared = shared.lock().unwrap();
        let path = shared.home.join(".config/systemd/user").join(name);
        let Some(unit) = Unit::read(&path) else {
            return (5, format!("Failed to start {name}: Unit {name} not found.\n"));
        };
        let service = shared.services.entry(name.to_owned()).or_default();
        if service.child.is_some() {
            return (0, String::new());
        }
        *service = Service { unit, wanted: true, ..Service::default() };
        shared.spawn(name);
    }
    // As with Type=notify: it has started when it says so, or has failed when it ends first.
    wait(|| {
        let shared = shared.lock().unwrap();
        let service = &shared.services[name];
        if service.ready || (!service.unit.notify && service.child.is_some()) {
            return Some((0, String::new()));
        }
        service.failed.then(|| (1, format!("Job for {name} failed.\n")))
    })
}

fn stop(shared: &Mutex<Shared>, name: &str) -> (i32, String) {
    let pid = {
        let mut shared = shared.lock().unwrap();
        let Some(service) = shared.services.get_mut(name) else { return (5, format!("Unit {name} not loaded.\n")) };
        (service.wanted, service.again_at) = (false, None);
        service.child.as_ref().map(Child::id)
    };
    if let Some(pid) = pid {
        drop(Command::new("kill").args(["-TERM", &pid.to_string()]).status());
    }
    wait(|| shared.lock().unwrap().services[name].child.is_none().then(|| (0, String::new())))
}

fn wait(mut condition: impl FnMut() -> Option<(i32, String)>) -> (i32, String) {
    let begun = Instant::now();
    loop {
        if let Some(answer) = condition() {
            return answer;
        }
        if begun.elapsed() > DEADLINE {
            return (1, "timed out\n".to_owned());
        }
        std::thread::park_timeout(LOOK_EVERY);
    }
}

impl Shared {
    fn show(&self, name: &str) -> String {
        let enabled = if self.enabled.iter().any(|one| one == name) { "enabled" } else { "" };
        let Some(service) = self.services.get(name) else {
            return format!(
                "ActiveState=inactive\nUnitFileState={enabled}\nNRestarts=0\nResult=success\nExecMainCode=0\nExecMainStatus=0\n"
            );
        };
        let active = match (&service.child, service.ready, service.again_at.is_some()) {
            (Some(_), true, _) => "active",
            (Some(_), false, _) | (None, _, true) => "activating",
            (None, ..) if service.failed => "failed",
            (None, ..) => "inactive",
        };
        let (code, status, result) = ended(service.last);
        format!(
            "ActiveState={active}\nUnitFileState={enabled}\nNRestarts={}\nResult={result}\nExecMainCode={code}\n\
             ExecMainStatus={status}\nStatusText={}\n",
            service.restarts, service.status
        )
    }

    fn spawn(&mut self, name: &str) {
        let (home, socket_path) = (self.home.clone(), self.folder.join(format!("{name}.notify")));
        let service = self.services.get_mut(name).unwrap();
        drop(fs::remove_file(&socket_path));
        let socket = UnixDatagram::bind(&socket_path).unwrap();
        socket.set_nonblocking(true).unwrap();
        let unit = &service.unit;
        let mut command = Command::new(&unit.command[0]);
        command.args(&unit.command[1..]).env_clear();
        // What the service manager of a user gives its services.
        command.env("HOME", home).env("PATH", "/usr/bin:/bin").env("NOTIFY_SOCKET", &socket_path);
        command.envs(unit.watchdog.map(|usec| ("WATCHDOG_USEC", usec.to_string())));
        command.envs(unit.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        service.child = Some(command.spawn().unwrap());
        (service.socket, service.ready, service.again_at) = (Some(socket), false, None);
    }

    /// Looks after every service; whether it is over.
    fn look(&mut self) -> bool {
        let names: Vec<String> = self.services.keys().cloned().collect();
        for name in names {
            if self.services.get_mut(&name).unwrap().look() {
                self.spawn(&name);
            }
        }
        self.over
    }
}

impl Service {
    /// Hears what it says and whether it has ended; whether it is to be started.
    fn look(&mut self) -> bool {
        let mut buffer = [0; 4096];
        while let Some(Ok(count)) = self.socket.as_ref().map(|socket| socket.recv(&mut buffer)) {
            for line in String::from_utf8_lossy(&buffer[..count]).lines() {
                match line.split_once('=') {
                    Some(("READY", _)) => self.ready = true,
                    Some(("STATUS", status)) => status.clone_into(&mut self.status),
                    _ => {}
                }
            }
        }
        if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().unwrap()) {
            (self.child, self.last, self.ready) = (None, Some(status), false);
            let prevented = status.code().is_some_and(|code| self.unit.prevented.contains(&code));
            if self.wanted && self.unit.restart_always && !prevented {
                self.again_at = Some(Instant::now() + self.unit.restart_after);
            } else {
                self.failed = self.wanted;
            }
        }
        let due = self.again_at.is_some_and(|at| Instant::now() >= at);
        self.restarts += u32::from(due);
        due
    }
}

fn ended(status: Option<ExitStatus>) -> (i32, i32, &'static str) {
    use std::os::unix::process::ExitStatusExt as _;
    match status {
        None => (0, 0, "success"),
        Some(status) => match (status.code(), status.signal()) {
            (Some(0), _) => (1, 0, "success"),
            (Some(code), _) => (1, code, "exit-code"),
            (_, signal) => (2, signal.unwrap_or_default(), "signal"),
        },
    }
}
