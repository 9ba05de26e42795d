//! Servers that speak streamable HTTP: the SDK's client over an HTTP client of ours that follows no redirect, so that
//! headers go to the configured URL and nowhere else.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use rmcp::RoleClient;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::common::client_side_sse::ExponentialBackoff;
use rmcp::transport::streamable_http_client::{StreamableHttpClientTransportConfig, StreamableHttpError};
use rmcp::transport::{StreamableHttpClientTransport, Transport};

use super::config::{endpoint, headers};
use super::guard::{Guard, Verdict};
use super::stdio::Report;
use crate::web::tls::TlsRoots;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// One event of a stream.
const MAX_EVENT: usize = 8 * 1024 * 1024;
/// What a message costs in the account of [`Guard`]; its true size is bounded by the client.
const MESSAGE_COST: usize = 1024;
const USER_AGENT: &str = concat!("postern/", env!("CARGO_PKG_VERSION"));

/// The connection to one server.
pub(super) struct HttpTransport {
    inner: StreamableHttpClientTransport<reqwest::Client>,
    guard: Guard,
    report: Report,
}

impl HttpTransport {
    /// Prepares the connection; nothing is sent yet.
    ///
    /// # Errors
    /// Names the setting that is wrong.
    pub(super) async fn prepare(
        url: &str,
        configured: &std::collections::BTreeMap<String, String>,
        tls: &TlsRoots,
        report: Report,
    ) -> Result<Self, String> {
        let url = endpoint(url)?;
        let headers = headers(configured)?;
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls.config(url.scheme()).await?)
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(USER_AGENT)
            .build()
            .map_err(|problem| problem.without_url().to_string())?;
        let mut retry = ExponentialBackoff::default();
        retry.max_times = Some(5);
        retry.max_delay = Some(Duration::from_secs(30));
        let mut config = StreamableHttpClientTransportConfig::with_uri(url.as_str())
            .custom_headers(headers.into_iter().collect())
            .max_sse_event_size(MAX_EVENT);
        config.retry_config = Arc::new(retry);
        let inner = StreamableHttpClientTransport::with_client(client, config);
        Ok(Self { inner, guard: Guard::new(Instant::now()), report })
    }
}

impl Transport<RoleClient> for HttpTransport {
    type Error = StreamableHttpError<reqwest::Error>;

    fn send(&mut self, item: ClientJsonRpcMessage) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.guard.sent(&item);
        self.inner.send(item)
    }

    async fn receive(&mut self) -> Option<ServerJsonRpcMessage> {
        loop {
            let message = self.inner.receive().await?;
            let verdict = match self.guard.received(MESSAGE_COST, Instant::now()) {
                Verdict::Deliver => self.guard.admit(&message),
                refused => refused,
            };
            match verdict {
                Verdict::Deliver => return Some(message),
                Verdict::Drop => {}
                Verdict::Close(reason) => {
                    self.report.set_reason(reason);
                    return None;
                }
            }
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.inner.close().await
    }
}
