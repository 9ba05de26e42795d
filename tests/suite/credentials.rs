//! Where secrets are kept: the keychain where one is wanted, private files elsewhere, and never a silent change of mind
//! (DEMAND P23). The keychain here is a real one: GNOME's, on a session bus of its own.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Caller, Cli, Connect, Device, Endpoint, TestGateway, files_below, run, until};

/// A session bus where no daemon answers.
const NO_BUS: (&str, &str) = ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
/// The only file that a profile with a keychain has beside it.
const PLACE: &str = "kept-in";

/// A session bus with an unlocked keychain; both end with it.
struct Keychain {
    folder: tempfile::TempDir,
    bus: Child,
    daemon: Child,
}

impl Keychain {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("bus");
        // Without service files nothing is started by being asked for, such as a second, locked keychain.
        let config = format!(
            "<busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth><policy context='default'>\
             <allow send_destination='*'/><allow eavesdrop='true'/><allow own='*'/></policy></busconfig>",
            socket.display()
        );
        fs::write(folder.path().join("bus.conf"), config).unwrap();
        let mut bus = Command::new("dbus-daemon");
        bus.args(["--nofork", "--nopidfile", "--config-file"]).arg(folder.path().join("bus.conf"));
        let bus = spawn(bus.stdin(Stdio::null()));
        until("the session bus", || socket.exists().then_some(())).await;

        let mut daemon = Command::new("gnome-keyring-daemon");
        daemon.args(["--foreground", "--unlock", "--components=secrets"]).env_clear();
        daemon.env("PATH", std::env::var("PATH").unwrap()).env("HOME", folder.path());
        daemon.env("XDG_RUNTIME_DIR", folder.path()).envs([address(&socket)]);
        let mut daemon = spawn(daemon.stdin(Stdio::piped()));
        daemon.stdin.take().unwrap().write_all(b"password of the keychain").unwrap();
        let keychain = Self { folder, bus, daemon };
        until("the keychain", || keychain.answers().then_some(())).await;
        keychain
    }

    fn answers(&self) -> bool {
        let mut asking = Command::new("dbus-send");
        asking.args(["--session", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/"]);
        asking.args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]).envs([self.address()]);
        let output = asking.output().unwrap_or_else(|error| missing("dbus-send", &error));
        String::from_utf8_lossy(&output.stdout).contains("true")
    }

    /// Where programs find it.
    fn address(&self) -> (String, String) {
        address(&self.folder.path().join("bus"))
    }

    /// A gateway that must use it, with the token it makes itself.
    fn gateway(&self) -> TestGateway {
        let builder = TestGateway::builder().no_token().env("POSTERN_CREDENTIALS", "keychain");
        builder.env(&self.address().0, &self.address().1).start()
    }

    /// `postern ARGS` of the gateway's owner, who leaves the choice of the place to the program.
    fn cli(&self, gateway: &TestGateway, args: &[&str]) -> Cli {
        owner(gateway, args, (&self.address().0, &self.address().1))
    }
}

impl Drop for Keychain {
    fn drop(&mut self) {
        for child in [&mut self.daemon, &mut self.bus] {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

fn address(socket: &Path) -> (String, String) {
    ("DBUS_SESSION_BUS_ADDRESS".to_owned(), format!("unix:path={}", socket.display()))
}

fn spawn(command: &mut Command) -> Child {
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap_or_else(|error| missing(&name, &error))
}

fn missing(name: &str, error: &std::io::Error) -> ! {
    panic!("{name}: {error}; this test needs a keychain: run `scripts/setup.sh keychain`")
}

fn owner(gateway: &TestGateway, args: &[&str], bus: (&str, &str)) -> Cli {
    let state = gateway.state_dir();
    run(args, &[("POSTERN_STATE_DIR", state.to_str().unwrap()), ("POSTERN_CREDENTIALS", "auto"), bus])
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Text of files, as far as it is text.
fn contents(folder: &Path) -> String {
    let read = |path: &std::path::PathBuf| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
    files_below(folder).iter().map(read).collect()
}

/// With a keychain nothing secret is a file; token, keys and devices survive a restart; the command line reads it too.
#[tokio::test]
async fn a_keychain_keeps_everything() {
    let keychain = Keychain::start().await;
    let gateway = keychain.gateway();
    let token = keychain.cli(&gateway, &["token"]);
    assert_eq!((token.code, token.stdout.trim().len()), (0, 43), "{token:?}");
    let token = token.stdout.trim().to_owned();
    assert!(keychain.cli(&gateway, &["token", "--json"]).json()["source"].as_str().unwrap().contains("keychain"));
    // Its own key and device token go there as well.
    let devices = keychain.cli(&gateway, &["devices", "list", "--json"]).json();
    assert_eq!(devices["paired"].as_array().unwrap().len(), 1);

    let desk = Connect::operator(&Device::new("desk"), &["operator.read"]);
    let at = Endpoint { port: gateway.port, token: Some(token.clone()) };
    let device_token = at.must(&Caller::local(), &desk).await.device_token();
    let identity = keychain.cli(&gateway, &["call", "gateway.identity.get", "--json"]).json();
    assert_eq!(names(&gateway.state_dir().join("credentials")), [PLACE]);
    let on_disk = contents(&gateway.state_dir()) + &contents(keychain.folder.path()) + &gateway.log();
    assert!(!on_disk.contains(&token) && !on_disk.contains(&device_token), "a secret is readable on disk");

    let gateway = gateway.restart();
    assert_eq!(keychain.cli(&gateway, &["token"]).stdout.trim(), token);
    gateway.must(&Caller::local(), &desk.device_token(&device_token)).await;
    assert_eq!(keychain.cli(&gateway, &["call", "gateway.identity.get", "--json"]).json(), identity);
    let devices = keychain.cli(&gateway, &["devices", "list", "--json"]).json();
    assert_eq!(devices["paired"].as_array().unwrap().len(), 2, "the command line is the device it was");
    assert_eq!(names(&gateway.state_dir().join("credentials")), [PLACE]);
}

/// A profile that began with a keychain does not start without it, and makes no new keys behind its owner's back.
#[tokio::test]
async fn a_missing_keychain_is_not_replaced_in_silence() {
    let keychain = Keychain::start().await;
    let mut gateway = keychain.gateway();
    let token = keychain.cli(&gateway, &["token"]).stdout;
    gateway.stop();
    for choice in ["auto", "keychain"] {
        let state = gateway.state_dir();
        let env = [("POSTERN_STATE_DIR", state.to_str().unwrap()), ("POSTERN_CREDENTIALS", choice), NO_BUS];
        for command in [&["gateway", "--port", "0", "--json"][..], &["token", "--json"], &["health", "--json"]] {
            let ended = run(command, &env);
            assert_eq!(ended.code, 77, "{choice} {command:?}: {ended:?}");
            let error = &ended.json()["error"];
            assert_eq!(error["kind"], "keychain-missing");
            assert!(error["hint"].as_str().unwrap().contains("POSTERN_CREDENTIALS=file"), "{error}");
        }
    }
    assert_eq!(names(&gateway.state_dir().join("credentials")), [PLACE]);
    assert_eq!(keychain.cli(&gateway, &["token"]).stdout, token, "with the keychain back, nothing has changed");
}

/// One keychain serves many profiles: each has its own entries.
#[tokio::test]
async fn profiles_do_not_meet_in_the_keychain() {
    let keychain = Keychain::start().await;
    let (one, other) = (keychain.gateway(), keychain.gateway());
    assert_ne!(keychain.cli(&one, &["token"]).stdout, keychain.cli(&other, &["token"]).stdout);
}

/// Demanded where there is none: 77 and what to do, and nothing is left behind that a later start would stumble over.
#[test]
fn a_demanded_keychain_is_missing() {
    let failed =
        TestGateway::builder().no_token().env("POSTERN_CREDENTIALS", "keychain").env(NO_BUS.0, NO_BUS.1).fails();
    assert_eq!(failed.status.code(), Some(77), "{failed:?}");
    let document: Value = serde_json::from_str(&failed.stdout).unwrap();
    assert_eq!((&document["error"]["exitCode"], &document["error"]["kind"]), (&json!(77), &json!("keychain-missing")));
    assert!(failed.stderr.contains("POSTERN_CREDENTIALS=file"), "{failed:?}");

    let state = tempfile::tempdir().unwrap();
    let env = |choice| [("POSTERN_STATE_DIR", state.path().to_str().unwrap()), ("POSTERN_CREDENTIALS", choice), NO_BUS];
    assert_eq!(run(&["gateway", "--port", "0"], &env("keychain")).code, 77);
    let gateway = TestGateway::builder().env("POSTERN_STATE_DIR", state.path().to_str().unwrap()).start();
    assert_eq!(gateway.cli(&["health", "--json"]).json()["ok"], true);
}

/// Where nobody chose and none answers, secrets are files; that is told, and stays so when a keychain turns up.
#[tokio::test]
async fn without_a_keychain_secrets_are_files() {
    let start = TestGateway::builder().no_token().env("POSTERN_CREDENTIALS", "auto");
    let gateway = start.env(NO_BUS.0, NO_BUS.1).start();
    let folder = gateway.state_dir().join("credentials");
    assert!(names(&folder).contains(&"gateway-token".to_owned()), "{:?}", names(&folder));
    let status = owner(&gateway, &["status", "--json"], NO_BUS).json()["warnings"].to_string();
    assert!(status.contains("files in") && status.contains("POSTERN_CREDENTIALS=file"), "{status}");
    let token = owner(&gateway, &["token"], NO_BUS).stdout;
    let keychain = Keychain::start().await;
    assert_eq!(keychain.cli(&gateway, &["token"]).stdout, token);
    let files = TestGateway::start();
    let warnings = files.cli(&["status", "--json"]).json()["warnings"].clone();
    assert_eq!(warnings, json!([]), "who chose files needs no warning");
}

/// Secrets that others can read are not used: the message has the command that mends it, and not the secret.
#[test]
fn a_secret_that_others_can_read_is_refused() {
    let mut gateway = TestGateway::builder().no_token().start();
    gateway.stop();
    let state = gateway.state_dir();
    let env = [("POSTERN_STATE_DIR", state.to_str().unwrap())];
    for name in ["gateway-token", "device-token-key", "gateway-identity"] {
        let file = state.join("credentials").join(name);
        let secret = fs::read_to_string(&file).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = run(&["gateway", "--port", "0", "--json"], &env);
        assert_eq!(refused.code, 1, "{name}: {refused:?}");
        let text = format!("{}{}", refused.stdout, refused.stderr);
        assert!(text.contains(&format!("chmod 600 {}", file.display())) && !text.contains(&secret), "{refused:?}");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let again = gateway.start_again();
    assert_eq!(owner(&again, &["token"], NO_BUS).code, 0);
}
