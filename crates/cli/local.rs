//! The gateway of this profile as its own configuration describes it: where it
//! listens and which secret it asks for.

use std::path::Path;

use postern_gateway::config::{self, AuthMode, Config, Loaded, Overrides, RemoteSettings, find_config};
use postern_gateway::secrets::Secret;
use postern_gateway::state_folder::Holder;
use postern_gateway::{Paths, tls};

use crate::credentials::Credentials;
use crate::env::{Given, Settings};
use crate::exit::Outcome;

/// Name of the generated gateway token in the credential store.
const GATEWAY_TOKEN: &str = "gateway-token";

/// The secrets that a client may present.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SharedSecrets {
    /// Gateway token.
    pub(crate) token: Option<Given<Secret>>,
    /// Gateway password.
    pub(crate) password: Option<Given<Secret>>,
}

/// State folder and configuration file of this profile.
pub(crate) fn paths(settings: &Settings) -> Paths {
    let config_path = settings.config_path.clone().unwrap_or_else(|| find_config(&settings.state_dir));
    Paths { state_dir: settings.state_dir.clone(), config_path }
}

/// What the file of this profile says, with what it takes from the environment: for
/// every command that works without a gateway.
pub(crate) fn load(settings: &Settings, paths: &Paths) -> Loaded {
    config::load(paths, &surroundings(settings))
}

/// What the file may refer to, or leave to the environment: variables and secrets.
/// Flags of `postern gateway` are not among it.
pub(crate) fn surroundings(settings: &Settings) -> Overrides {
    let secret = |given: &Option<Given<Secret>>| given.as_ref().map(|given| given.value.clone());
    Overrides {
        token: secret(&settings.token),
        password: secret(&settings.password),
        variables: settings.variables.clone(),
        default_port: Some(settings.default_port),
        read_only: settings.config_read_only.clone(),
        ..Overrides::default()
    }
}

/// Port on which the profile's gateway is told to listen, flags aside:
/// environment, then file, then the profile's own.
pub(crate) fn port(settings: &Settings, paths: &Paths) -> u16 {
    settings.port.or_else(|| config::written_port(paths, &surroundings(settings))).unwrap_or(settings.default_port)
}

/// Where the profile's gateway is to be found. One that runs has written its
/// port into the state folder; it may have been started with another `--port`.
pub(crate) fn url(settings: &Settings, paths: &Paths, config: &Config) -> String {
    let running = Holder::read(&paths.lock());
    let port = settings.port.filter(|port| *port != 0).or(running.as_ref().map(|holder| holder.port));
    let port = port.unwrap_or_else(|| self::port(settings, paths));
    // The one that runs knows best what it speaks.
    let running = running.filter(|holder| holder.port == port);
    let scheme = if running.map_or(config.tls.enabled, |holder| holder.tls) { "wss" } else { "ws" };
    format!("{scheme}://127.0.0.1:{port}")
}

/// The door of the running gateway that only this machine reaches, while its port has
/// no certificate to speak TLS with: how it is must be told all the same.
pub(crate) fn door_without_certificate(settings: &Settings, paths: &Paths, url: &str) -> Option<String> {
    if settings.tls_fingerprint.is_some() || tls::fingerprint_file(&paths.state_dir).exists() {
        return None;
    }
    let holder = Holder::alive(&paths.lock()).filter(|holder| holder.tls && holder.url() == url)?;
    holder.door.map(|_| holder.window_url())
}

/// Whether the gateway of this profile is what listens on `port`: it holds the lock
/// of the state folder and has written its port there. Without it anybody may be
/// listening, and must not be sent what belongs to the gateway.
pub(crate) fn is_own_gateway(paths: &Paths, port: u16) -> bool {
    Holder::alive(&paths.lock())
        .is_some_and(|holder| (holder.port == port || holder.door == Some(port)) && exists(holder.pid))
}

/// A folder that was just claimed still names its last holder for a moment.
#[cfg(unix)]
fn exists(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
}

/// A folder that was just claimed still names its last holder for a moment.
#[cfg(not(unix))]
fn exists(_pid: u32) -> bool {
    true
}

/// What flags and environment say, else what the profile's gateway asks for.
pub(crate) async fn secrets(settings: &Settings, paths: &Paths, credentials: &Credentials) -> Outcome<SharedSecrets> {
    let given = SharedSecrets { token: settings.token.clone(), password: settings.password.clone() };
    if given != SharedSecrets::default() {
        return Ok(given);
    }
    let config = load(settings, paths).config;
    let known = written_secrets(&config, &paths.config_path);
    let is_generated = matches!(config.auth.mode, AuthMode::Token | AuthMode::TrustedProxy);
    if known != SharedSecrets::default() || !is_generated {
        return Ok(known);
    }
    let stored = credentials.secrets.get(GATEWAY_TOKEN).await.map_err(crate::credentials::failure)?;
    let by = format!("{}, where this profile keeps it", credentials.place(&settings.state_dir));
    Ok(SharedSecrets { token: stored.map(|value| Given { value, by }), password: None })
}

/// What flags and environment say, else what the settings hold for the gateway
/// elsewhere.
pub(crate) fn remote_secrets(given: SharedSecrets, remote: Option<&RemoteSettings>) -> SharedSecrets {
    let Some(remote) = remote.filter(|_| given == SharedSecrets::default()) else { return given };
    let by = |key: &str, secret: &Option<Secret>| {
        secret.clone().map(|value| Given { value, by: format!("gateway.remote.{key}") })
    };
    SharedSecrets { token: by("token", &remote.token), password: by("password", &remote.password) }
}

fn written_secrets(config: &Config, path: &Path) -> SharedSecrets {
    let given = |secret: &Option<Secret>, key: &str| {
        let by = format!("gateway.auth.{key} in {}", path.display());
        secret.clone().map(|value| Given { value, by })
    };
    match config.auth.mode {
        AuthMode::None => SharedSecrets::default(),
        AuthMode::Token => SharedSecrets { token: given(&config.auth.token, "token"), password: None },
        AuthMode::Password | AuthMode::TrustedProxy => {
            SharedSecrets { token: None, password: given(&config.auth.password, "password") }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use postern_gateway::state_folder::StateFolder;

    use super::*;
    use crate::args::GlobalArgs;
    use crate::env::Environment;

    fn settings(profile: Option<&str>, port: Option<u16>) -> Settings {
        let flags = GlobalArgs { profile: profile.map(str::to_owned), timeout: Some(1), ..GlobalArgs::default() };
        let mut settings = Settings::resolve(&Environment::made_up(&[]), &flags).unwrap();
        (settings.port, settings.config_path) = (port, None);
        settings
    }

    #[test]
    fn the_port_is_found_as_the_gateway_finds_it() {
        let root = tempfile::tempdir().unwrap();
        let paths = Paths { state_dir: root.path().to_owned(), config_path: root.path().join("postern.json") };
        let work = settings(Some("work"), None);
        assert_eq!(port(&work, &paths), work.default_port);
        fs::write(paths.last_good_config(), "{gateway:{port:4}}").unwrap();
        assert_eq!(port(&work, &paths), work.default_port, "no file: the defaults are in force");
        fs::write(&paths.config_path, "{gateway:{port:5}}").unwrap();
        assert_eq!(port(&work, &paths), 5);
        assert_eq!(port(&settings(None, Some(6)), &paths), 6);
        fs::write(&paths.config_path, "{gateway:{port:}").unwrap();
        assert_eq!(port(&work, &paths), 5, "a broken file: the last good one is in force");
    }

    #[test]
    fn a_running_gateway_is_found_wherever_it_listens() {
        let root = tempfile::tempdir().unwrap();
        let paths = Paths { state_dir: root.path().to_owned(), config_path: root.path().join("postern.json") };
        assert_eq!(url(&settings(None, None), &paths, &Config::default()), "ws://127.0.0.1:18789");
        fs::write(paths.lock(), r#"{"pid":1,"port":4711,"version":"0.1.0"}"#).unwrap();
        assert_eq!(url(&settings(None, None), &paths, &Config::default()), "ws://127.0.0.1:4711");
        assert_eq!(url(&settings(None, Some(0)), &paths, &Config::default()), "ws://127.0.0.1:4711");
        assert_eq!(url(&settings(None, Some(5)), &paths, &Config::default()), "ws://127.0.0.1:5");
        fs::write(paths.lock(), "").unwrap();
        assert_eq!(url(&settings(None, None), &paths, &Config::default()), "ws://127.0.0.1:18789");
    }

    #[test]
    fn a_port_is_trusted_while_the_gateway_that_wrote_it_holds_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let paths = Paths { state_dir: root.path().to_owned(), config_path: root.path().join("postern.json") };
        fs::write(paths.lock(), format!(r#"{{"pid":{},"port":4711,"version":"1"}}"#, std::process::id())).unwrap();
        assert!(!is_own_gateway(&paths, 4711), "nobody holds the folder");
        let mut folder = StateFolder::claim(&paths).unwrap();
        folder.sign(&Holder::new(4711, "1")).unwrap();
        assert!(is_own_gateway(&paths, 4711) && !is_own_gateway(&paths, 4712));
        // One that has just claimed it and has not yet written its own port.
        #[cfg(unix)]
        {
            folder.sign(&Holder { pid: 0x3fff_ffff, ..Holder::new(4711, "1") }).unwrap();
            assert!(!is_own_gateway(&paths, 4711));
        }
        folder.release();
        assert!(!is_own_gateway(&paths, 4711));
    }

    #[test]
    fn only_the_secret_of_the_mode_is_presented() {
        let path = Path::new("/c.json");
        let secrets = |mode| {
            let mut config = Config::default();
            config.auth.mode = mode;
            config.auth.token = Some(Secret::new("t"));
            config.auth.password = Some(Secret::new("p"));
            written_secrets(&config, path)
        };
        assert_eq!(secrets(AuthMode::None), SharedSecrets::default());
        let token = secrets(AuthMode::Token);
        assert_eq!((token.token.unwrap().by.as_str(), token.password), ("gateway.auth.token in /c.json", None));
        let password = secrets(AuthMode::Password);
        assert_eq!((password.token, password.password.unwrap().value), (None, Secret::new("p")));
    }
}
