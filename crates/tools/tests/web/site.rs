//! Sites to fetch from and names to find them by.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use postern_tools::web::HostLookup;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A server that answers every connection with the bytes for its path and remembers what it was sent.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    /// Ends with this value.
    _accepting: JoinSet<()>,
}

/// What a path is answered with.
#[derive(Clone)]
pub(crate) enum Reply {
    Bytes(Vec<u8>),
    /// The bytes, then the last of them for ever.
    Endless(Vec<u8>),
    /// The bytes, then nothing, the connection left open.
    Stalled(Vec<u8>),
}

impl Site {
    pub(crate) async fn start(routes: Vec<(&str, Reply)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let routes: Arc<HashMap<String, Reply>> =
            Arc::new(routes.into_iter().map(|(path, reply)| (path.to_owned(), reply)).collect());
        let mut accepting = JoinSet::new();
        let seen = Arc::clone(&requests);
        accepting.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&routes), Arc::clone(&seen)));
            }
        });
        Self { address, requests, _accepting: accepting }
    }

    pub(crate) fn url(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.address.port())
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, routes: Arc<HashMap<String, Reply>>, seen: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await.unwrap_or(0) == 0 {
            // Not HTTP, but it was a contact all the same.
            seen.lock().unwrap().push(format!("{head:?}"));
            return;
        }
        if head[0] == 0x16 {
            seen.lock().unwrap().push("TLS".into());
            return;
        }
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap().to_owned();
    seen.lock().unwrap().push(head);
    match routes.get(&path).cloned() {
        None => drop(stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await),
        Some(Reply::Bytes(bytes)) => drop(stream.write_all(&bytes).await),
        Some(Reply::Stalled(bytes)) => {
            drop(stream.write_all(&bytes).await);
            let mut rest = Vec::new();
            drop(stream.read_to_end(&mut rest).await);
            seen.lock().unwrap().push("hung up".into());
        }
        Some(Reply::Endless(bytes)) => {
            drop(stream.write_all(&bytes).await);
            let more = vec![*bytes.last().unwrap(); 64 * 1024];
            while stream.write_all(&more).await.is_ok() {}
            seen.lock().unwrap().push("hung up".into());
        }
    }
}

pub(crate) fn page(content_type: &str, body: &[u8]) -> Reply {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\r\n", body.len());
    Reply::Bytes([head.as_bytes(), body].concat())
}

pub(crate) fn redirect(status: u16, location: &str) -> Reply {
    let head = format!(
        "HTTP/1.1 {status} Moved\r\nlocation: {location}\r\nset-cookie: canary=1\r\nwww-authenticate: Basic\r\ncontent-length: 0\r\n\r\n"
    );
    Reply::Bytes(head.into_bytes())
}

/// Names with the answers they give one after the other; the last one stays.
#[derive(Default)]
pub(crate) struct Names {
    answers: Mutex<BTreeMap<String, VecDeque<Vec<IpAddr>>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    pub(crate) fn new(names: &[(&str, &[&[&str]])]) -> Arc<Self> {
        let parse = |answer: &&[&str]| answer.iter().map(|text| text.parse().unwrap()).collect();
        let answers = names.iter().map(|(name, answers)| ((*name).to_owned(), answers.iter().map(parse).collect()));
        Arc::new(Self { answers: Mutex::new(answers.collect()), asked: Mutex::default() })
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl HostLookup for Names {
    fn lookup(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        self.asked.lock().unwrap().push(host.to_owned());
        let mut answers = self.answers.lock().unwrap();
        let answer = answers
            .get_mut(host)
            .map(|answers| if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() });
        let answer = answer.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such name"));
        Box::pin(std::future::ready(answer))
    }
}
