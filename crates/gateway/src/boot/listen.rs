//! Opening the door: where the settings say, else where the gateway was reached
//! before. A port that somebody else took, or an address that this machine no
//! longer has, must not lock its owner out.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;

use super::StartError;
use crate::config::reload::hold_back;
use crate::config::{Bind, Config, ConfigProblem, Loaded, refuse_exposed};
use crate::options::Options;
use crate::starts;
use crate::system::holder;
use crate::wire::listener;

/// Settings under which nothing could be listened on, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreachable {
    pub(crate) port: u16,
    pub(crate) bind: Bind,
    pub(crate) problem: ConfigProblem,
}

/// Listens. What had to be given up for it comes along, and the settings then
/// wait for another start.
pub(super) async fn listen(
    options: &Options,
    loaded: &mut Loaded,
    own_addresses: &[IpAddr],
) -> Result<(Vec<TcpListener>, Option<Unreachable>), StartError> {
    let wanted = Arc::clone(&loaded.config);
    let (addr, source) = match bind(&wanted, own_addresses) {
        Ok(listeners) => return Ok((listeners, None)),
        Err(failed) => failed,
    };
    let is_planned = options.paths.restart_sentinel().exists();
    let is_taken = source.kind() == io::ErrorKind::AddrInUse;
    let error = match is_taken {
        true => StartError::PortInUse { addr, holder: holder::describe(addr, &options.paths.lock()).await },
        false => StartError::Bind { addr, source },
    };
    // A second start beside the first one ends, and so does one with an address that
    // somebody has just typed; after a planned restart nobody is there to read why.
    let is_typed = options.overrides.bind.is_some();
    if (is_taken || is_typed) && !is_planned {
        return Err(error);
    }
    for config in instead(&wanted, starts::listened(&options.paths)) {
        let Ok(listeners) = bind(&config, own_addresses) else { continue };
        let at = listeners.first().and_then(|first| first.local_addr().ok());
        let at = at.map_or_else(String::new, |at| format!(" at {at}"));
        let path = if is_taken || addr.ip().is_loopback() { "gateway.port" } else { "gateway.bind" };
        let message = format!(
            "{error}. The gateway is reached{at} instead until it is corrected; what is written is tried again with \
             the next start"
        );
        let problem = ConfigProblem::new(path, message);
        tracing::error!("{problem}");
        let mut held = Config::clone(&wanted);
        loaded.waiting = hold_back(&mut held, &config);
        loaded.config = Arc::new(held);
        return Ok((listeners, Some(Unreachable { port: wanted.port, bind: wanted.bind, problem })));
    }
    Err(error)
}

/// Listens on the port that the canvas has for itself, if it has one. A port that is
/// taken costs that port alone: the canvas is on the gateway's as well.
pub(super) fn canvas(
    options: &mut Options,
    config: &Config,
    (port, own_addresses): (u16, &[IpAddr]),
) -> Vec<TcpListener> {
    let wanted = config.canvas_host.port.filter(|wanted| config.canvas_host.enabled && *wanted != port);
    let Some(wanted) = wanted else { return Vec::new() };
    match listener::bind(&listener::addresses(config, wanted, own_addresses)) {
        Ok(listeners) => listeners,
        Err((addr, source)) => {
            let notice =
                format!("canvasHost.port: cannot listen on {addr}: {source}; the canvas is on the gateway's port");
            tracing::warn!("{notice}");
            options.notices.push(notice);
            Vec::new()
        }
    }
}

/// What is tried instead, best first; nothing that would let strangers in.
fn instead(wanted: &Config, before: Option<SocketAddr>) -> Vec<Config> {
    // Who takes any port does not ask for the last one.
    let before = before.map(|at| (if wanted.port == 0 { 0 } else { at.port() }, bind_of(at.ip())));
    let mut places = Vec::from_iter(before);
    places.push((wanted.port, Bind::Loopback));
    places.extend(before.map(|(port, _)| (port, Bind::Loopback)));
    places.retain(|place| *place != (wanted.port, wanted.bind));
    let configs = places.into_iter().map(|(port, bind)| Config { port, bind, ..wanted.clone() });
    configs.filter(|config| refuse_exposed(config, true).is_ok()).collect()
}

fn bind_of(ip: IpAddr) -> Bind {
    match ip {
        IpAddr::V4(ip) if ip.is_unspecified() => Bind::Lan,
        IpAddr::V4(ip) if ip != Ipv4Addr::LOCALHOST => Bind::Custom(ip),
        IpAddr::V4(_) | IpAddr::V6(_) => Bind::Loopback,
    }
}

fn bind(config: &Config, own_addresses: &[IpAddr]) -> Result<Vec<TcpListener>, (SocketAddr, io::Error)> {
    listener::bind(&listener::addresses(config, config.port, own_addresses))
}

/// Why a gateway that listens as `running` says could not also listen as `wanted`
/// says. What it holds itself is not tried: it lets go of that first.
pub(crate) fn cannot_listen(
    running: &Config,
    port: u16,
    wanted: &Config,
    own_addresses: &[IpAddr],
) -> Option<Unreachable> {
    let wanted_port = if wanted.port == running.port { port } else { wanted.port };
    if wanted_port == 0 || (wanted_port == port && wanted.bind == running.bind) {
        return None;
    }
    let addresses = listener::addresses(wanted, wanted_port, own_addresses).into_iter();
    let is_own = |at: &SocketAddr| at.port() == port && (at.ip().is_loopback() || at.ip().is_unspecified());
    let addresses: Vec<SocketAddr> = addresses.filter(|at| !is_own(at)).collect();
    let (addr, source) = listener::bind(&addresses).err()?;
    // Every address of the same port is held by a gateway that listens everywhere.
    if source.kind() == io::ErrorKind::AddrInUse && addr.port() == port {
        return None;
    }
    let path = if wanted_port == port { "gateway.bind" } else { "gateway.port" };
    let message = format!(
        "cannot listen on {addr}: {source}. The gateway goes on where it is; correct it, or restart the gateway once \
         the address is free"
    );
    Some(Unreachable { port: wanted.port, bind: wanted.bind, problem: ConfigProblem::new(path, message) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::AuthMode;

    #[test]
    fn the_place_before_comes_first_and_never_lets_strangers_in() {
        let lan = Some(SocketAddr::from(([0, 0, 0, 0], 7)));
        let places = |wanted: &Config, before| -> Vec<(u16, Bind)> {
            instead(wanted, before).into_iter().map(|config| (config.port, config.bind)).collect()
        };
        let token = Config { port: 9, ..Config::default() };
        assert_eq!(places(&token, lan), [(7, Bind::Lan), (7, Bind::Loopback)]);
        assert_eq!(places(&token, None), []);
        let mut open = Config { bind: Bind::Custom(Ipv4Addr::new(127, 0, 0, 9)), ..token };
        open.auth.mode = AuthMode::None;
        assert_eq!(places(&open, lan), [(9, Bind::Loopback), (7, Bind::Loopback)]);
    }

    #[tokio::test]
    async fn what_is_taken_is_known_before_anything_is_given_up() {
        let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let running = Config { port: 1, ..Config::default() };
        let wanted = Config { port: taken.local_addr().unwrap().port(), ..running.clone() };
        let found = cannot_listen(&running, 1, &wanted, &[]).unwrap();
        assert_eq!((found.port, found.problem.path.as_str()), (wanted.port, "gateway.port"));
        let elsewhere = Config { bind: Bind::Custom(Ipv4Addr::new(192, 0, 2, 1)), ..running.clone() };
        assert_eq!(cannot_listen(&running, 1, &elsewhere, &[]).unwrap().problem.path, "gateway.bind");
        let lan = Config { bind: Bind::Lan, ..running.clone() };
        assert_eq!(cannot_listen(&running, 1, &lan, &[]), None, "its own port");
        assert_eq!(cannot_listen(&running, 1, &running, &[]), None);
    }
}
