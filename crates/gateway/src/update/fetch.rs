//! Fetching a list or a file: https only (this machine aside), bounded in bytes
//! and time, and no redirect that leaves the scheme.

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Response};
use rustls::{ClientConfig, RootCertStore};
use url::Url;

use crate::config::is_fetchable;

/// Redirects that are followed.
const MAX_REDIRECTS: usize = 5;
/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a server may say nothing.
const SILENCE: Duration = Duration::from_secs(30);
/// How long a list may take in all, however steadily it trickles in.
pub(super) const LIST_TIME: Duration = Duration::from_secs(45);

/// Why nothing was fetched, for people.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// A plain address of another machine.
    #[error("{0} is not fetched: only https addresses are")]
    Address(Url),
    /// The server has another answer.
    #[error("{url} answered {status}")]
    Status {
        /// What was asked for.
        url: Url,
        /// The answer.
        status: u16,
    },
    /// More than was announced or is allowed.
    #[error("{0} sends more than it should; nothing was kept")]
    TooLarge(Url),
    /// It comes, but without end.
    #[error("{url} did not answer in full within {} s; the server or the network is too slow, try again later", .within.as_secs())]
    Slow {
        /// What was asked for.
        url: Url,
        /// How long it had.
        within: Duration,
    },
    /// Less than was announced.
    #[error("{url} ended after {got} of {want} bytes")]
    Truncated {
        /// What was asked for.
        url: Url,
        /// What came.
        got: u64,
        /// What was to come.
        want: u64,
    },
    /// The network, the server, or TLS.
    #[error("{url} cannot be fetched: {detail}")]
    Failed {
        /// What was asked for.
        url: Url,
        /// What happened.
        detail: String,
    },
    /// The disk.
    #[error("the file cannot be kept: {0}")]
    Disk(#[from] std::io::Error),
}

/// Makes requests. One is made per update, so that certificates that were added
/// to the system count.
#[derive(Debug)]
pub(super) struct Fetcher(Client);

impl Fetcher {
    /// For addresses like `url`.
    pub(super) async fn new(url: &Url, user_agent: &str) -> Result<Self, FetchError> {
        let failed = |detail: String| FetchError::Failed { url: url.clone(), detail };
        let roots =
            if url.scheme() == "https" { system_roots().await.map_err(failed)? } else { RootCertStore::empty() };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::custom(follow))
            // Nothing ambient: no proxy from the environment.
            .no_proxy()
            // A hash is of the bytes that are sent.
            .no_gzip()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(SILENCE)
            .user_agent(user_agent)
            .build();
        client.map(Self).map_err(|error| failed(error.to_string()))
    }

    /// A small text, all of it within this time.
    pub(super) async fn text(&self, url: &Url, max_bytes: usize, within: Duration) -> Result<String, FetchError> {
        let reading = tokio::time::timeout(within, self.read(url, max_bytes));
        reading.await.unwrap_or_else(|_| Err(FetchError::Slow { url: url.clone(), within }))
    }

    async fn read(&self, url: &Url, max_bytes: usize) -> Result<String, FetchError> {
        let mut response = self.get(url).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failed(url, error))? {
            if bytes.len() + chunk.len() > max_bytes {
                return Err(FetchError::TooLarge(url.clone()));
            }
            bytes.extend_from_slice(&chunk);
        }
        String::from_utf8(bytes).map_err(|_| failed_with(url, "the answer is no text".to_owned()))
    }

    /// A file of exactly `size` bytes, piece by piece.
    pub(super) async fn file(
        &self,
        url: &Url,
        size: u64,
        mut keep: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<(), FetchError> {
        let mut response = self.get(url).await?;
        if response.content_length().is_some_and(|announced| announced > size) {
            return Err(FetchError::TooLarge(url.clone()));
        }
        let mut got = 0_u64;
        loop {
            let chunk = match response.chunk().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                // A connection that breaks off is the usual way to get too little.
                Err(_) if got > 0 => return Err(FetchError::Truncated { url: url.clone(), got, want: size }),
                Err(error) => return Err(failed(url, error)),
            };
            got += chunk.len() as u64;
            if got > size {
                return Err(FetchError::TooLarge(url.clone()));
            }
            keep(&chunk)?;
        }
        if got < size { Err(FetchError::Truncated { url: url.clone(), got, want: size }) } else { Ok(()) }
    }

    async fn get(&self, url: &Url) -> Result<Response, FetchError> {
        if !is_fetchable(url) {
            return Err(FetchError::Address(url.clone()));
        }
        let response = self.0.get(url.clone()).send().await.map_err(|error| failed(url, error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(FetchError::Status { url: url.clone(), status: response.status().as_u16() })
    }
}

/// Follows a redirect to an address that could have been asked in the first
/// place, by the same scheme: https never becomes readable on the way.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let from = attempt.previous().first().map(|url| url.scheme().to_owned());
    let to = attempt.url();
    if attempt.previous().len() > MAX_REDIRECTS {
        return attempt.error("too many redirects");
    }
    if !is_fetchable(to) || from.as_deref() != Some(to.scheme()) {
        return attempt.error("it redirects to an address that is not fetched");
    }
    attempt.follow()
}

async fn system_roots() -> Result<RootCertStore, String> {
    // Reads some hundred files, so not on a thread that serves others.
    let loaded = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(loaded.map_err(|error| error.to_string())?.certs);
    if roots.is_empty() {
        return Err("this machine has no trusted certificates; install the package ca-certificates".to_owned());
    }
    Ok(roots)
}

fn failed(url: &Url, error: reqwest::Error) -> FetchError {
    let error = error.without_url();
    let mut detail = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        detail = inner.to_string();
        source = inner.source();
    }
    failed_with(url, detail)
}

fn failed_with(url: &Url, detail: String) -> FetchError {
    FetchError::Failed { url: url.clone(), detail }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers byte by byte, for ten times as long as it may take.
    async fn trickle(listener: &TcpListener) {
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(stream.read(&mut [0; 4096]).await);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n").await.unwrap();
        let mut beat = tokio::time::interval(Duration::from_millis(20));
        for _ in 0..500 {
            stream.write_all(b" ").await.unwrap();
            beat.tick().await;
        }
    }

    #[tokio::test]
    async fn a_list_that_trickles_in_without_end_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url: Url = format!("http://{}/list.json", listener.local_addr().unwrap()).parse().unwrap();
        let fetcher = Fetcher::new(&url, "test").await.unwrap();
        let error = tokio::select! {
            error = fetcher.text(&url, 2_000_000, Duration::from_secs(1)) => error.unwrap_err(),
            () = trickle(&listener) => panic!("it is still being read"),
        };
        let told = "did not answer in full within 1 s; the server or the network is too slow, try again later";
        assert_eq!(error.to_string(), format!("{url} {told}"));
    }
}
