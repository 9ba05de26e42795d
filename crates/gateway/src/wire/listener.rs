//! Listening sockets: bound before anything is loaded, so that a second start
//! fails at once and says who is there (`DESIGN: Bind`).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tower::ServiceExt as _;

use super::http::Http;
use super::secure;
use crate::config::{Bind, Config};
use crate::gateway::Services;
use crate::system::is_tailnet;
use crate::tailscale::Ends;

/// Strangers that make room when the system accepts no more.
const EVICTED_WHEN_FULL: usize = 16;
/// Connections the system queues for us.
const BACKLOG: u32 = 1024;

/// Addresses to listen on. Loopback is always among them, so that this
/// machine's own clients work whatever the bind mode.
#[must_use]
pub fn addresses(config: &Config, port: u16, own_addresses: &[IpAddr]) -> Vec<SocketAddr> {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let tailnet = || own_addresses.iter().copied().find(|ip| is_tailnet(*ip));
    let main = match config.bind {
        Bind::Loopback | Bind::Auto => loopback,
        Bind::Lan => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        Bind::Tailnet => tailnet().unwrap_or(loopback),
        Bind::Custom(ip) => IpAddr::V4(ip),
    };
    let mut addresses = vec![SocketAddr::new(main, port)];
    if main != loopback && !main.is_unspecified() {
        addresses.push(SocketAddr::new(loopback, port));
    }
    addresses
}

/// Binds every address; port 0 picks one free port for all. The IPv6 loopback is
/// added where there is one, as `localhost` may resolve to it first.
///
/// # Errors
/// The address and what the system said.
pub fn bind(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, (SocketAddr, io::Error)> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    for address in addresses {
        let port =
            listeners.first().and_then(|first| first.local_addr().ok()).map_or(address.port(), |first| first.port());
        let address = SocketAddr::new(address.ip(), port);
        listeners.push(bind_one(address).map_err(|error| (address, error))?);
    }
    let port = listeners.first().and_then(|first| first.local_addr().ok()).map(|first| first.port());
    if let Some(Ok(second)) = port.map(|port| bind_one(SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), port))) {
        listeners.push(second);
    }
    Ok(listeners)
}

fn bind_one(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Without it a restart would wait for old connections to time out. Not on
    // Windows, where it would let a second process take the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Binds a free port that only this machine's desktop app uses.
///
/// # Errors
/// The address and what the system said.
pub fn bind_door() -> Result<(u16, TcpListener), (SocketAddr, io::Error)> {
    let any = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
    let bound = bind_one(any).and_then(|listener| Ok((listener.local_addr()?.port(), listener)));
    bound.map_err(|error| (any, error))
}

/// What a listening socket speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    /// HTTP as it is.
    Plain,
    /// TLS, and to everybody else a few words about it.
    Tls,
}

impl Speech {
    /// Of the gateway's own port.
    #[must_use]
    pub fn of(services: &Services) -> Self {
        if services.tls.is_on() { Self::Tls } else { Self::Plain }
    }
}

/// Accepts connections until shutdown begins.
pub async fn accept(services: Arc<Services>, http: Http, (listener, speech): (TcpListener, Speech)) {
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                greet(&services, &http, (stream, address), speech);
                // A thousand at once must not stand in front of those who are here
                // already: one newcomer, then everybody else's turn.
                tokio::task::yield_now().await;
            }
            Err(error) => {
                // Out of file descriptors, usually. Those who have not signed in make
                // room, or strangers who say nothing would keep everybody out.
                services.quiet.accepts.line(services.clock.now_ms(), |left_out| {
                    tracing::warn!(%error, left_out, "A connection could not be accepted.");
                });
                services.preauth.evict_oldest(EVICTED_WHEN_FULL);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
}

fn greet(services: &Arc<Services>, http: &Http, (stream, address): (TcpStream, SocketAddr), speech: Speech) {
    // Answers are small and wanted at once.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    // A connection that ended already has none.
    let Ok(own) = stream.local_addr() else { return };
    let ends = Ends { peer: address, own };
    match speech {
        Speech::Plain => serve(services, http, stream, ends),
        Speech::Tls => serve_tls(services, http, stream, ends),
    }
}

/// Serves one connection to a port that speaks TLS. Its place is taken before
/// the handshake, so that those who never finish one make room for others.
fn serve_tls(services: &Arc<Services>, http: &Http, stream: TcpStream, ends: Ends) {
    let place = services.preauth.enter(ends.peer.ip().to_canonical(), Instant::now());
    let evicted = place.watch();
    let http = http.for_connection(ends, place).encrypted();
    let (tasks, header_timeout) = (services.tasks.clone(), services.limits.header_timeout);
    let (port, acceptor) = (services.port, services.tls.acceptor());
    services.tasks.spawn("https", async move {
        let serving = async {
            let handshake = secure::handshake(stream, acceptor, port);
            let Ok(Some(stream)) = tokio::time::timeout(header_timeout, handshake).await else { return };
            serve_http(http, stream, header_timeout).await;
        };
        tokio::select! {
            () = serving => {}
            () = evicted.cancelled() => {}
            () = tasks.shutdown_began() => {}
        }
    });
}

/// Serves one connection until it ends.
pub fn serve<S>(services: &Arc<Services>, http: &Http, stream: S, ends: Ends)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let place = services.preauth.enter(ends.peer.ip().to_canonical(), Instant::now());
    let evicted = place.watch();
    let http = http.for_connection(ends, place);
    let (tasks, header_timeout) = (services.tasks.clone(), services.limits.header_timeout);
    services.tasks.spawn("http", async move {
        tokio::select! {
            () = serve_http(http, stream, header_timeout) => {}
            () = evicted.cancelled() => {}
            () = tasks.shutdown_began() => {}
        }
    });
}

async fn serve_http<S>(http: super::http::PerConnection, stream: S, header_timeout: Duration)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = TowerToHyperService::new(http.into_service().boxed_clone());
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
    if let Err(error) = served {
        tracing::trace!(%error, "An HTTP connection ended early.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(bind: Bind) -> Config {
        Config { bind, ..Config::default() }
    }

    #[test]
    fn loopback_is_always_among_the_addresses() {
        let tailnet: IpAddr = "100.101.102.103".parse().unwrap();
        let texts =
            |bind| -> Vec<String> { addresses(&config(bind), 1, &[tailnet]).iter().map(ToString::to_string).collect() };
        assert_eq!(texts(Bind::Loopback), ["127.0.0.1:1"]);
        assert_eq!(texts(Bind::Auto), ["127.0.0.1:1"]);
        assert_eq!(texts(Bind::Lan), ["0.0.0.0:1"]);
        assert_eq!(texts(Bind::Tailnet), ["100.101.102.103:1", "127.0.0.1:1"]);
        assert_eq!(texts(Bind::Custom(Ipv4Addr::new(192, 0, 2, 7))), ["192.0.2.7:1", "127.0.0.1:1"]);
        assert_eq!(texts(Bind::Custom(Ipv4Addr::new(127, 0, 0, 2))), ["127.0.0.2:1", "127.0.0.1:1"]);
        assert_eq!(addresses(&config(Bind::Tailnet), 1, &[])[0].to_string(), "127.0.0.1:1");
    }

    #[tokio::test]
    async fn a_taken_port_is_an_error_at_once() {
        let first = bind(&[SocketAddr::from(([127, 0, 0, 1], 0))]).unwrap();
        let taken = first[0].local_addr().unwrap();
        let (address, error) = bind(&[taken]).unwrap_err();
        assert_eq!((address, error.kind()), (taken, io::ErrorKind::AddrInUse));
    }
}
