//! A plain TCP forwarder: to the gateway, what `ssh -L` is.

use std::sync::atomic::{AtomicU16, Ordering};

use tokio::net::{TcpListener, TcpStream};

use super::Endpoint;

/// Forwards one port of this machine to a gateway while it is driven.
pub(crate) struct Forwarder {
    listener: TcpListener,
    target: AtomicU16,
}

impl Forwarder {
    /// Listens on a port of its own.
    pub(crate) async fn to(endpoint: &Endpoint) -> Self {
        Self { listener: TcpListener::bind(("127.0.0.1", 0)).await.unwrap(), target: AtomicU16::new(endpoint.port) }
    }

    /// The gateway as seen through it.
    pub(crate) fn endpoint(&self, token: Option<&str>) -> Endpoint {
        Endpoint { port: self.listener.local_addr().unwrap().port(), token: token.map(str::to_owned) }
    }

    /// Forwards new connections to this gateway from now on.
    pub(crate) fn retarget(&self, endpoint: &Endpoint) {
        self.target.store(endpoint.port, Ordering::Relaxed);
    }

    /// Runs `work` while every connection is forwarded.
    pub(crate) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let mut pipes = futures_util::stream::FuturesUnordered::new();
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                accepted = self.listener.accept() => pipes.push(forward(accepted.unwrap().0, self.target.load(Ordering::Relaxed))),
                Some(()) = futures_util::StreamExt::next(&mut pipes), if !pipes.is_empty() => {}
            }
        }
    }
}

async fn forward(mut near: TcpStream, target: u16) {
    if let Ok(mut far) = TcpStream::connect(("127.0.0.1", target)).await {
        // Either side ending is the end.
        drop(tokio::io::copy_bidirectional(&mut near, &mut far).await);
    }
}
