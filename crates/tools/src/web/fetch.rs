//! One fetch: the hops, each checked and sent by a client of its own, and a body that is bounded in bytes and time.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, LAST_MODIFIED, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, StatusCode};
use url::Url;

use super::WebOptions;
use super::lookup::{GuardedResolver, HostLookup, Refused};
use super::target::{AllowedHosts, Target};
use super::tls::TlsRoots;

/// Redirects followed before the fetch is given up.
const MAX_REDIRECTS: usize = 5;
/// The longest a connection may take to be made, the whole time limit permitting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("postern/", env!("CARGO_PKG_VERSION"));
const ACCEPTED: &str =
    "text/html,application/xhtml+xml,text/*;q=0.9,application/json;q=0.9,application/xml;q=0.8,*/*;q=0.1";

/// Why nothing was fetched.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// Not a URL, or not one with a host.
    #[error("url is not usable: {0}")]
    Url(String),
    /// Another scheme.
    #[error("url has the scheme {0}; only http and https are fetched")]
    Scheme(String),
    /// `user:password@`.
    #[error("url must not hold a user name or password")]
    Credentials,
    /// An address of the machine, its network or its cloud.
    #[error("{0}. The owner can list a host under tools.web.fetch.allowPrivate")]
    Refused(#[from] Refused),
    /// A chain that does not end.
    #[error("more than {MAX_REDIRECTS} redirects; the last led to {0}")]
    Redirects(Url),
    /// Time is up.
    #[error("no complete answer within {0:?}")]
    Timeout(Duration),
    /// The network, the server or TLS.
    #[error("the request failed: {0}")]
    Failed(String),
}

/// What came back.
#[derive(Debug)]
pub(super) struct Fetched {
    /// Where it came from, after redirects.
    pub(super) url: Url,
    /// HTTP status.
    pub(super) status: StatusCode,
    /// `Content-Type` as sent.
    pub(super) content_type: Option<String>,
    /// `Content-Length` as sent; of the compressed form where there is one.
    pub(super) length: Option<u64>,
    /// `Last-Modified` as sent.
    pub(super) last_modified: Option<String>,
    /// The body after decompression; `None` where it was not wanted.
    pub(super) body: Option<Body>,
}

/// The part of a body that was read.
#[derive(Debug)]
pub(super) struct Body {
    /// At most the configured number.
    pub(super) bytes: Vec<u8>,
    /// Whether there was more.
    pub(super) cut: bool,
}

/// Fetches within the limits of [`WebOptions`].
pub(super) struct Fetcher {
    lookup: Arc<dyn HostLookup>,
    allowed: AllowedHosts,
    tls: TlsRoots,
    max_bytes: usize,
    timeout: Duration,
}

impl Fetcher {
    pub(super) fn new(options: &WebOptions, lookup: Arc<dyn HostLookup>) -> Self {
        Self {
            lookup,
            allowed: AllowedHosts::new(&options.allow_private),
            tls: TlsRoots::default(),
            max_bytes: options.max_bytes,
            timeout: options.timeout,
        }
    }

    /// Fetches `url`; `wanted` says of a `Content-Type` whether its body is read at all.
    pub(super) async fn fetch(
        &self,
        method: Method,
        url: &str,
        wanted: fn(Option<&str>) -> bool,
    ) -> Result<Fetched, FetchError> {
        let target = Target::parse(url, &self.allowed)?;
        let fetched = tokio::time::timeout(self.timeout, self.fetch_target(method, target, wanted)).await;
        fetched.map_err(|_| FetchError::Timeout(self.timeout))?
    }

    async fn fetch_target(
        &self,
        method: Method,
        mut target: Target,
        wanted: fn(Option<&str>) -> bool,
    ) -> Result<Fetched, FetchError> {
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(method.clone(), &target).await?;
            let Some(location) = redirect(&response) else {
                return self.receive(method, target.url, response, wanted).await;
            };
            target = target.redirected(&location, &self.allowed)?;
        }
        Err(FetchError::Redirects(target.url))
    }

    /// A client per hop: nothing of one request (connection, cookie, permission) is there for the next.
    async fn send(&self, method: Method, target: &Target) -> Result<Response, FetchError> {
        let tls = self.tls.config(target.url.scheme()).await.map_err(FetchError::Failed)?;
        let resolver = GuardedResolver { lookup: Arc::clone(&self.lookup), allow_private: target.allow_private };
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Arc::new(resolver))
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECT_TIMEOUT.min(self.timeout))
            .user_agent(USER_AGENT)
            .build()
            .map_err(FetchError::from)?;
        Ok(client.request(method, target.url.clone()).header(ACCEPT, ACCEPTED).send().await?)
    }

    async fn receive(
        &self,
        method: Method,
        url: Url,
        response: Response,
        wanted: fn(Option<&str>) -> bool,
    ) -> Result<Fetched, FetchError> {
        let headers = response.headers();
        let content_type = header(headers, CONTENT_TYPE.as_str());
        let last_modified = header(headers, LAST_MODIFIED.as_str());
        let length = header(headers, "content-length").and_then(|text| text.parse().ok()).or(response.content_length());
        let status = response.status();
        let body = if method != Method::HEAD && wanted(content_type.as_deref()) {
            Some(self.read(response).await?)
        } else {
            None
        };
        Ok(Fetched { url, status, content_type, length, last_modified, body })
    }

    /// Counts what comes out of the decompressor, so a small body cannot become a large one.
    async fn read(&self, mut response: Response) -> Result<Body, FetchError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            let room = self.max_bytes - bytes.len();
            if chunk.len() > room {
                bytes.extend_from_slice(&chunk[..room]);
                return Ok(Body { bytes, cut: true });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Body { bytes, cut: false })
    }
}

fn redirect(response: &Response) -> Option<String> {
    let followed = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    followed.then(|| header(response.headers(), LOCATION.as_str())).flatten()
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

impl From<reqwest::Error> for FetchError {
    fn from(problem: reqwest::Error) -> Self {
        let mut source: Option<&(dyn Error + 'static)> = Some(&problem);
        while let Some(cause) = source {
            if let Some(refused) = cause.downcast_ref::<Refused>() {
                return Self::Refused(refused.clone());
            }
            source = cause.source();
        }
        Self::Failed(causes(&problem.without_url()))
    }
}

/// The message of an error and of what is behind it, without repetition.
pub(crate) fn causes(problem: &dyn Error) -> String {
    let mut text = problem.to_string();
    let mut source = problem.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
