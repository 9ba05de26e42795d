//! Where a gateway listens, its secret, and the ways in: raw sockets, connected clients, HTTP.

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite;
use tungstenite::client::IntoClientRequest as _;
use tungstenite::http::{HeaderMap, HeaderName, HeaderValue};

use super::{Client, Connect, DEADLINE, Device, HttpAnswer, REMOTE_IP, Raw, Refused, http};

/// Where a gateway listens, and what it asks for.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) port: u16,
    /// The shared token, if the test set one.
    pub(crate) token: Option<String>,
}

/// From where a client seems to come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Caller {
    headers: Vec<(String, String)>,
    path: Option<String>,
}

impl Caller {
    /// A program on this machine.
    pub(crate) fn local() -> Self {
        Self::default()
    }

    /// A program elsewhere, through a proxy on this machine that the gateway trusts.
    pub(crate) fn remote() -> Self {
        Self::at(REMOTE_IP)
    }

    /// A program at this address, through the trusted proxy.
    pub(crate) fn at(ip: &str) -> Self {
        Self::local().header("x-forwarded-for", ip)
    }

    /// A page of this origin.
    pub(crate) fn page(origin: &str) -> Self {
        Self::local().header("origin", origin)
    }

    /// With one more header; `host` replaces the usual one.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// On this path instead of `/`.
    pub(crate) fn path(mut self, path: &str) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    /// The headers as a gateway would read them.
    pub(crate) fn header_map(&self) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        map
    }
}

impl Endpoint {
    /// Address for WebSocket clients.
    pub(crate) fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    /// A socket from this machine, before its first frame.
    pub(crate) async fn raw(&self) -> Raw {
        self.raw_from(&Caller::local()).await
    }

    /// A socket from elsewhere, before its first frame.
    pub(crate) async fn raw_from(&self, caller: &Caller) -> Raw {
        self.upgrade(caller).await.unwrap_or_else(|answer| panic!("no upgrade: {answer:?}"))
    }

    /// A socket, or the HTTP answer that refuses it.
    pub(crate) async fn upgrade(&self, caller: &Caller) -> Result<Raw, HttpAnswer> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        self.upgrade_on(stream, caller).await
    }

    /// The same on a connection that is there already.
    pub(super) async fn upgrade_on<S>(&self, stream: S, caller: &Caller) -> Result<Raw, HttpAnswer>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let path = caller.path.as_deref().unwrap_or("/");
        let mut request = format!("{}{path}", self.url()).into_client_request().unwrap();
        for (name, value) in &caller.header_map() {
            if name == "host" {
                request.headers_mut().insert(name, value.clone());
            } else {
                request.headers_mut().append(name, value.clone());
            }
        }
        let opening = tokio_tungstenite::client_async(request, stream);
        match tokio::time::timeout(DEADLINE, opening).await.expect("no answer to the upgrade") {
            Ok((socket, _)) => Ok(Raw::new(Box::new(socket))),
            Err(tungstenite::Error::Http(response)) => Err(HttpAnswer::of(&response)),
            Err(error) => panic!("no upgrade: {error}"),
        }
    }

    /// One HTTP request on a connection of its own.
    pub(crate) async fn http(&self, method: &str, path: &str, caller: &Caller, body: &str) -> HttpAnswer {
        http::exchange(self.port, (method, path), &caller.header_map(), body).await
    }

    /// Runs the handshake from this machine.
    pub(crate) async fn connect(&self, connect: &Connect) -> Result<Client, Refused> {
        self.connect_from(&Caller::local(), connect).await
    }

    /// Runs the handshake from elsewhere.
    pub(crate) async fn connect_from(&self, caller: &Caller, connect: &Connect) -> Result<Client, Refused> {
        Client::connect(self.raw_from(caller).await, connect, self.token.as_deref()).await
    }

    /// Connects a device of this machine as an operator; it is paired silently.
    pub(crate) async fn op(&self, device: &Device, scopes: &[&str]) -> Client {
        self.must(&Caller::local(), &Connect::operator(device, scopes)).await
    }

    /// Connects a device of this machine as a node; it is paired silently.
    pub(crate) async fn node(&self, device: &Device) -> Client {
        self.must(&Caller::local(), &Connect::node(device)).await
    }

    /// Connects, and the gateway lets it in.
    pub(crate) async fn must(&self, caller: &Caller, connect: &Connect) -> Client {
        self.connect_from(caller, connect).await.unwrap_or_else(|refused| panic!("refused: {refused:?}"))
    }

    /// Connects, and the gateway refuses.
    pub(crate) async fn refused(&self, caller: &Caller, connect: &Connect) -> Refused {
        match self.connect_from(caller, connect).await {
            Ok(client) => panic!("let in: {}", client.hello),
            Err(refused) => refused,
        }
    }

    /// Lets the first request of a device in, as a local admin; returns the answer.
    pub(crate) async fn approve(&self, refused: &Refused) -> Value {
        let mut admin = self.op(&Device::new("approver"), &["operator.admin"]).await;
        admin.ok("device.pair.approve", serde_json::json!({"requestId": refused.request_id()})).await
    }
}
