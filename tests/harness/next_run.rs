//! The next run of a gateway that restarts by itself. The one that ends still takes connections for a moment, and drops
//! them: only a run with another id is the next one.

use std::fs;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpStream;

use super::{Client, Connect, DEADLINE, Endpoint, Raw, TestGateway};

impl Endpoint {
    /// Connects to the run that comes after the one of `before`.
    pub(crate) async fn next_run(&self, before: &Client, connect: &Connect) -> Client {
        arrived(before, connect, || Some(self.clone())).await
    }

    /// One try; nothing when nobody is there, or one door closes while another opens.
    pub(crate) async fn attempt(&self, connect: &Connect) -> Option<Client> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.ok()?;
        let (socket, _) = tokio_tungstenite::client_async(self.url(), stream).await.ok()?;
        let mut raw = Raw::new(Box::new(socket));
        raw.recv().await.ok()?;
        Client::connect(raw, connect, self.token.as_deref()).await.ok()
    }
}

impl TestGateway {
    /// Connects to the run that comes after the one of `before`, wherever it listens.
    pub(crate) async fn next_run_anywhere(&self, before: &Client, connect: &Connect) -> Client {
        let lock = self.state_dir().join("gateway.lock");
        let endpoint = || {
            let holder: Value = serde_json::from_str(&fs::read_to_string(&lock).ok()?).ok()?;
            let port = u16::try_from(holder["port"].as_u64()?).ok()?;
            Some(Endpoint { port, token: self.token.clone() })
        };
        arrived(before, connect, endpoint).await
    }
}

async fn arrived(before: &Client, connect: &Connect, endpoint: impl Fn() -> Option<Endpoint>) -> Client {
    let run = |client: &Client| client.hello["server"]["bootId"].clone();
    let wait = async {
        loop {
            if let Some(endpoint) = endpoint()
                && let Some(client) = endpoint.attempt(connect).await
                && run(&client) != run(before)
            {
                return client;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(DEADLINE, wait).await.expect("the gateway did not come back")
}
