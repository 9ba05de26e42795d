//! HTTP clients, built when first needed: one without certificates for http, one with the system's for https.

use reqwest::{Client, ClientBuilder, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::{sync::Arc, time::Duration};
use tokio::sync::OnceCell;
use url::Url;

/// Connections kept open per provider while nobody speaks on them.
const IDLE_CONNECTIONS: usize = 32;
const IDLE_TIME: Duration = Duration::from_secs(60);

pub(crate) struct Transport {
    plain: OnceCell<Client>,
    secure: OnceCell<Client>,
    connect: Duration,
    user_agent: String,
}

impl Transport {
    pub(crate) fn new(connect: Duration, user_agent: String) -> Self {
        Self { plain: OnceCell::new(), secure: OnceCell::new(), connect, user_agent }
    }

    /// The client for a URL. The error is for people.
    pub(crate) async fn client(&self, url: &Url) -> Result<&Client, String> {
        if url.scheme() == "https" {
            return self.secure.get_or_try_init(|| self.build_secure()).await;
        }
        let build = async || self.build(RootCertStore::empty(), ClientBuilder::http1_only);
        self.plain.get_or_try_init(build).await
    }

    async fn build_secure(&self) -> Result<Client, String> {
        // Reads some hundred files, so not on a thread that serves others.
        let loaded = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await;
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(loaded.map_err(|error| error.to_string())?.certs);
        if roots.is_empty() {
            return Err("this machine has no trusted certificates; install the package ca-certificates".to_owned());
        }
        self.build(roots, |builder| builder)
    }

    fn build(&self, roots: RootCertStore, shape: impl Fn(ClientBuilder) -> ClientBuilder) -> Result<Client, String> {
        let mut tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let builder = Client::builder()
            .tls_backend_preconfigured(tls)
            // A redirect would carry the key along; base URLs are written by people, who can correct them.
            .redirect(redirect::Policy::none())
            // Nothing ambient: no proxy from the environment.
            .no_proxy()
            // Compression delays small frames, and hides the size of large ones.
            .no_gzip()
            .tcp_nodelay(true)
            .connect_timeout(self.connect)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .pool_idle_timeout(IDLE_TIME)
            .user_agent(&self.user_agent);
        shape(builder).build().map_err(|error| format!("no HTTP client: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        thread,
    };

    use rustls::{
        ServerConfig, ServerConnection, StreamOwned,
        pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    };

    use super::*;

    /// An https server with a certificate of its own; answers every connection with "ok".
    fn server() -> (u16, CertificateDer<'static>) {
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = own.cert.der().clone();
        let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key.into())
            .unwrap();
        let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
        let port = listener.local_addr().unwrap().port();
        let answer = move |socket| {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, socket);
            let mut request = [0; 4096];
            if stream.read(&mut request)? == 0 {
                return Ok(());
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        };
        // A client that refuses the certificate is the point of the test, so failures are expected.
        thread::spawn(move || listener.incoming().flatten().map(answer).filter(Result::is_ok).count());
        (port, certificate)
    }

    #[tokio::test]
    async fn https_works_with_trusted_certificates_only() {
        let (port, certificate) = server();
        let url = Url::parse(&format!("https://localhost:{port}/")).unwrap();
        let transport = Transport::new(Duration::from_secs(10), "test".into());
        assert!(!transport.secure.initialized() && !transport.plain.initialized());
        let mut roots = RootCertStore::empty();
        roots.add(certificate).unwrap();
        let trusting = transport.build(roots, |builder| builder).unwrap();
        assert_eq!(trusting.get(url.clone()).send().await.unwrap().text().await.unwrap(), "ok");
        let plain = transport.client(&Url::parse("http://localhost").unwrap()).await.unwrap();
        assert!(plain.get(url.clone()).send().await.unwrap_err().is_connect());
        assert!(!transport.secure.initialized());
        match transport.client(&url).await {
            Ok(client) => assert!(client.get(url).send().await.unwrap_err().is_connect()),
            Err(what) => assert!(what.contains("ca-certificates"), "{what}"),
        }
    }
}
