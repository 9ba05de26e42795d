//! The browser's only way out: a proxy on loopback that connects to checked addresses and to nothing else. Redirects,
//! pictures, sockets of pages: everything comes through here, and a name that changes its mind is checked again.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::Url;

use super::guard::Guard;

/// The head of a request, bytes.
const MAX_HEAD: usize = 64 * 1024;
/// How long a head may take, and a connection to its host.
const PATIENCE: Duration = Duration::from_secs(20);
/// After a connection that could not be taken.
const BREATHE: Duration = Duration::from_millis(100);
/// Connections at the same time.
const MOST: usize = 512;

/// Serves until it is dropped.
pub(super) async fn serve(listener: TcpListener, guard: Arc<Guard>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < MOST => {
                let Ok((stream, _)) = accepted else {
                    // Without descriptors, for example, the next one fails at once as well.
                    tokio::time::sleep(BREATHE).await;
                    continue;
                };
                let guard = Arc::clone(&guard);
                connections.spawn(async move {
                    if let Err(error) = pass(stream, &guard).await {
                        tracing::trace!(%error, "a connection of the browser ended");
                    }
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn pass(mut browser: TcpStream, guard: &Guard) -> io::Result<()> {
    let (head, rest) = timeout(PATIENCE, head(&mut browser)).await.map_err(|_| io::ErrorKind::TimedOut)??;
    let Some(request) = Request::read(&head) else {
        return refuse(&mut browser, "400 Bad Request", "not a request to a proxy").await;
    };
    let connected = timeout(PATIENCE, guard.connect(&request.host, request.port)).await;
    let mut server = match connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
        Ok(server) => server,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            tracing::info!(%error, "the browser was kept from an address");
            return refuse(&mut browser, "403 Forbidden", &error.to_string()).await;
        }
        Err(error) => return refuse(&mut browser, "502 Bad Gateway", &error.to_string()).await,
    };
    match &request.forward {
        None => browser.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?,
        Some(head) => server.write_all(head.as_bytes()).await?,
    }
    server.write_all(&rest).await?;
    copy_bidirectional(&mut browser, &mut server).await.map(drop)
}

/// A head, and what came behind it.
async fn head(browser: &mut TcpStream) -> io::Result<(String, Vec<u8>)> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = read.split_off(end + 4);
            return String::from_utf8(read).map(|head| (head, rest)).map_err(|_| io::ErrorKind::InvalidData.into());
        }
        if read.len() > MAX_HEAD || browser.read_buf(&mut read).await? == 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
}

/// Where a request goes.
struct Request {
    host: String,
    port: u16,
    /// The head as the server gets it; a tunnel has none.
    forward: Option<String>,
}

impl Request {
    fn read(head: &str) -> Option<Self> {
        let (line, fields) = head.split_once("\r\n")?;
        let mut words = line.split(' ');
        let (method, target) = (words.next()?, words.next()?);
        if method == "CONNECT" {
            let (host, port) = target.rsplit_once(':')?;
            return Some(Self { host: host.to_owned(), port: port.parse().ok()?, forward: None });
        }
        let url = Url::parse(target).ok().filter(|url| url.scheme() == "http")?;
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        // One request to a connection: the next one may go elsewhere.
        let own = |field: &&str| {
            let name = field.split(':').next().unwrap_or_default().trim();
            !["connection", "proxy-connection", "proxy-authorization", "keep-alive"]
                .iter()
                .any(|hop| name.eq_ignore_ascii_case(hop))
        };
        let kept: Vec<&str> = fields.trim_end().split("\r\n").filter(own).collect();
        let forward = format!("{method} {path} HTTP/1.1\r\n{}\r\nConnection: close\r\n\r\n", kept.join("\r\n"));
        Some(Self { host: url.host_str()?.to_owned(), port: url.port_or_known_default()?, forward: Some(forward) })
    }
}

async fn refuse(browser: &mut TcpStream, status: &str, why: &str) -> io::Result<()> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}", why.len());
    browser.write_all(format!("{head}\r\nConnection: close\r\n\r\n{why}").as_bytes()).await?;
    browser.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_lose_what_is_between_browser_and_proxy() {
        let head = "GET http://site.test:81/a?b=c HTTP/1.1\r\nHost: site.test:81\r\nProxy-Connection: keep-alive\r\nA: b\r\n\r\n";
        let request = Request::read(head).unwrap();
        assert_eq!((request.host.as_str(), request.port), ("site.test", 81));
        let forward = request.forward.unwrap();
        assert_eq!(forward, "GET /a?b=c HTTP/1.1\r\nHost: site.test:81\r\nA: b\r\nConnection: close\r\n\r\n");
        let tunnel = Request::read("CONNECT [::1]:443 HTTP/1.1\r\n\r\n").unwrap();
        assert_eq!((tunnel.host.as_str(), tunnel.port, tunnel.forward), ("[::1]", 443, None));
        assert!(Request::read("GET / HTTP/1.1\r\nHost: a\r\n\r\n").is_none());
        assert!(Request::read("GET ftp://a/ HTTP/1.1\r\n\r\n").is_none());
    }

    #[tokio::test]
    async fn what_is_not_in_the_public_web_is_refused_here_too() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, Arc::new(Guard::default())));
        for ask in [
            format!("CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n"),
            format!("GET http://localhost:{port}/ HTTP/1.1\r\nHost: x\r\n\r\n"),
        ] {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            stream.write_all(ask.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
        }
    }
}
