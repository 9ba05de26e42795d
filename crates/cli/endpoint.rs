//! Which gateway a command talks to, and by which certificate it is known. The
//! one place that decides it, for every command.
//!
//! An address that somebody gave counts first, then `gateway.remote` while
//! `gateway.mode` is `remote`, then the gateway of this profile.

mod pins;
mod ssh;

use std::path::Path;
use std::sync::Arc;

use postern_client::look_at_certificate;
use postern_gateway::config::{
    Config, ConfigProblem, GatewayMode, RemoteSettings, RemoteTransport, read_fingerprint, written_mode,
};
use postern_gateway::state_folder::Holder;
use postern_gateway::{Paths, tls};

use crate::env::{Given, Settings};
use crate::exit::{Exit, Failure, Outcome};
use crate::local;
use crate::output::{confirm, somebody_is_there};

pub(crate) use pins::{Pins, place};
pub(crate) use ssh::{Route, Tunnel, speaks_tls};

/// The setting that names the certificate of a gateway elsewhere.
pub(crate) const PIN_SETTING: &str = "gateway.remote.tlsFingerprint";

/// Whose gateway it is: that decides which credentials may go there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whose {
    /// This profile's.
    Own,
    /// The one in `gateway.remote`.
    Remote,
    /// One whose address was given by this flag or variable.
    Given(String),
}

/// A gateway to talk to.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    /// `ws://…` or `wss://…`.
    pub(crate) url: String,
    /// SHA-256 of the only certificate that is accepted.
    pub(crate) pin: Option<String>,
    /// Flag, variable or setting that named this certificate; none where it was kept by itself.
    pub(crate) pin_by: Option<String>,
    /// Whose it is.
    pub(crate) whose: Whose,
    /// The settings of the gateway elsewhere.
    pub(crate) remote: Option<RemoteSettings>,
    /// Names the gateway elsewhere, for what is kept for it.
    pub(crate) name: String,
    /// Open as long as this.
    _tunnel: Option<Arc<Tunnel>>,
}

impl Endpoint {
    /// Finds the gateway that the settings name. May open a tunnel, and may ask
    /// about a certificate that nobody vouches for.
    pub(crate) async fn resolve(settings: &Settings) -> Outcome<Self> {
        let mut endpoint = Self::find(settings).await?;
        endpoint.pin_by = match (&settings.tls_fingerprint, &endpoint.remote) {
            _ if endpoint.pin.is_none() => None,
            (Some(given), _) => Some(given.by.clone()),
            (None, Some(remote)) => remote.tls_fingerprint.as_ref().map(|_| PIN_SETTING.to_owned()),
            (None, None) => None,
        };
        Ok(endpoint)
    }

    async fn find(settings: &Settings) -> Outcome<Self> {
        let paths = local::paths(settings);
        if let Some(given) = &settings.url {
            let pin = pin_for(settings, &given.value).await?;
            return Ok(Self::at(given.value.clone(), pin, Whose::Given(given.by.clone())));
        }
        let config = meant(settings, &paths)?;
        if config.mode == GatewayMode::Remote {
            return Self::elsewhere(settings, &config.remote).await;
        }
        Self::own(settings, &paths, &config)
    }

    fn at(url: String, pin: Option<String>, whose: Whose) -> Self {
        Self { name: place(&url), url, pin, pin_by: None, whose, remote: None, _tunnel: None }
    }

    fn own(settings: &Settings, paths: &Paths, config: &Config) -> Outcome<Self> {
        let url = local::url(settings, paths, config);
        if let Some(door) = local::door_without_certificate(settings, paths, &url) {
            return Ok(Self::at(door, None, Whose::Own));
        }
        let pin = match &settings.tls_fingerprint {
            Some(given) if url.starts_with("wss://") => Some(fingerprint(given)?),
            _ if url.starts_with("wss://") => Some(own_pin(&paths.state_dir)?),
            _ => None,
        };
        Ok(Self::at(url, pin, Whose::Own))
    }

    async fn elsewhere(settings: &Settings, remote: &RemoteSettings) -> Outcome<Self> {
        let given = settings.tls_fingerprint.as_ref().map(fingerprint).transpose()?;
        let pin = given.or_else(|| remote.tls_fingerprint.clone());
        let mut endpoint = match (remote.transport, &remote.url) {
            (RemoteTransport::Ssh, url) => {
                let route = Route::of_settings(remote)?;
                let (name, tunnel) = (route.to_string(), Tunnel::open(route, settings.timeout).await?);
                let encrypted = pin.is_some() || url.as_deref().is_some_and(|url| url.starts_with("wss://"));
                let scheme = if encrypted { "wss" } else { "ws" };
                let mut endpoint = Self::at(format!("{scheme}://127.0.0.1:{}", tunnel.port()), pin, Whose::Remote);
                (endpoint.name, endpoint._tunnel) = (name, Some(Arc::new(tunnel)));
                endpoint
            }
            (RemoteTransport::Direct, Some(url)) => {
                let pin = match pin {
                    Some(pin) => Some(pin),
                    None => pin_for(settings, url).await?,
                };
                Self::at(url.clone(), pin, Whose::Remote)
            }
            (RemoteTransport::Direct, None) => {
                return Err(Failure::new(
                    Exit::ConfigInvalid,
                    "gateway.mode is remote, but gateway.remote.url is missing",
                )
                .hint("postern config set gateway.remote.url wss://HOST:PORT, or set gateway.mode to local"));
            }
        };
        endpoint.remote = Some(remote.clone());
        Ok(endpoint)
    }
}

/// What the file of this profile says about which gateway is meant. One that means
/// a gateway elsewhere and cannot be used never means the one of this machine.
pub(crate) fn meant(settings: &Settings, paths: &Paths) -> Outcome<Arc<Config>> {
    let loaded = local::load(settings, paths);
    let is_about =
        |problem: &&ConfigProblem| problem.path == "gateway.mode" || problem.path.starts_with("gateway.remote");
    let elsewhere = || written_mode(paths, &local::surroundings(settings)) == Some(GatewayMode::Remote);
    let is_unclear = loaded.problems.iter().any(|problem| problem.path == "gateway.mode");
    // A gateway that runs here tells itself what is wrong with its file.
    if loaded.problems.is_empty() || !(elsewhere() || (is_unclear && Holder::alive(&paths.lock()).is_none())) {
        return Ok(loaded.config);
    }
    let about: Vec<String> = loaded.problems.iter().filter(is_about).map(ToString::to_string).collect();
    let all = || loaded.problems.iter().map(ToString::to_string).collect();
    let lines: Vec<String> = if about.is_empty() { all() } else { about };
    let message = format!("{} does not say which gateway is meant", paths.config_path.display());
    let hint = "correct it with postern config set, or use the gateway of this machine: \
                postern config set gateway.mode local";
    Err(Failure::new(Exit::ConfigInvalid, message).hint(format!("{}\n{hint}", lines.join("\n"))))
}

fn fingerprint(given: &Given<String>) -> Outcome<String> {
    read_fingerprint(&given.value).ok_or_else(|| {
        Failure::usage(format!("{}: a fingerprint is 64 hex digits, the SHA-256 of a certificate", given.by))
            .hint("`postern remote` on the gateway's machine shows it")
    })
}

/// What this profile's own gateway says it shows.
fn own_pin(state_dir: &Path) -> Outcome<String> {
    let path = tls::fingerprint_file(state_dir);
    let text = std::fs::read_to_string(&path).ok();
    text.as_deref().and_then(read_fingerprint).ok_or_else(|| {
        Failure::new(Exit::Unreachable, "the gateway of this profile speaks TLS, and its certificate is not known here")
            .hint(format!("start it: it writes {}; or add --tls-fingerprint", path.display()))
    })
}

/// The certificate by which a gateway at an address is known: given, this
/// machine's own, kept, or, where no authority vouches for it, asked about.
async fn pin_for(settings: &Settings, url: &str) -> Outcome<Option<String>> {
    let given = settings.tls_fingerprint.as_ref().map(fingerprint).transpose()?;
    if !url.starts_with("wss://") {
        return match &settings.tls_fingerprint {
            Some(given) => Err(Failure::usage(format!("{} is for wss://, and the address is {url}", given.by))),
            None => Ok(None),
        };
    }
    if given.is_some() {
        return Ok(given);
    }
    let paths = local::paths(settings);
    let here = place(url);
    let is_own = Holder::alive(&paths.lock()).is_some_and(|holder| {
        let port = holder.port;
        holder.tls && [format!("127.0.0.1:{port}"), format!("localhost:{port}")].contains(&here)
    });
    if is_own {
        return own_pin(&paths.state_dir).map(Some);
    }
    if let Some(pin) = Pins::open(&settings.state_dir)?.get(&here) {
        return Ok(Some(pin.sha256.clone()));
    }
    let seen = look_at_certificate(url, settings.timeout).await;
    // Whatever keeps it from being looked at is told by the connection itself.
    let Ok(seen) = seen else { return Ok(None) };
    if seen.problem.is_none() {
        return Ok(None);
    }
    let question = format!(
        "The gateway at {here} shows a certificate that no authority vouches for:\n  sha256 {}\nCompare it with what \
         `postern remote` shows on the gateway's machine. Is it the same?",
        seen.fingerprint
    );
    if !somebody_is_there() || !confirm(&question) {
        return Err(Failure::new(
            Exit::Unauthorized,
            format!("the certificate of {here} is not trusted: sha256 {}", seen.fingerprint),
        )
        .hint(format!(
            "compare it with `postern remote` on the gateway's machine, then: postern remote trust {url} \
             --tls-fingerprint {}",
            seen.fingerprint
        )));
    }
    Pins::open(&settings.state_dir)?.keep(&here, &seen.fingerprint)?;
    Ok(Some(seen.fingerprint))
}
