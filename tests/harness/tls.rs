//! Clients of a gateway that speaks TLS: one certificate is expected, by its SHA-256, and no other is taken.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::{Caller, Client, Connect, DEADLINE, Endpoint, HttpAnswer, Raw, Refused, http};

/// A certificate in files.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
    /// SHA-256 of its DER form, hex.
    pub(crate) fingerprint: String,
}

impl Issued {
    /// For these names, valid between these years.
    pub(crate) fn new(folder: &Path, names: &[&str], (from, to): (i32, i32)) -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = rcgen::CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        let cert = params.self_signed(&key).unwrap();
        std::fs::create_dir_all(folder).unwrap();
        let (cert_path, key_path) = (folder.join("cert.pem"), folder.join("key.pem"));
        std::fs::write(&cert_path, cert.pem()).unwrap();
        std::fs::write(&key_path, key.serialize_pem()).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&key_path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        Self { cert: cert_path, key: key_path, fingerprint: sha256(cert.der()) }
    }

    /// Configuration of a gateway that serves it, with these further settings.
    pub(crate) fn config(&self, more: &str) -> String {
        let (cert, key) = (self.cert.to_str().unwrap(), self.key.to_str().unwrap());
        format!("{{gateway: {{tls: {{enabled: true, certPath: {cert:?}, keyPath: {key:?}{more}}}}}}}")
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// What a client of TLS expects, and what it was shown.
#[derive(Debug)]
struct Expected {
    fingerprint: Option<String>,
    shown: Mutex<Option<String>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Expected {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = sha256(end_entity);
        let fits = self.fingerprint.as_ref().is_none_or(|expected| *expected == shown);
        *self.shown.lock().unwrap() = Some(shown);
        if fits { Ok(ServerCertVerified::assertion()) } else { Err(Error::General("another certificate".into())) }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl Endpoint {
    /// An encrypted connection to a gateway that shows this certificate.
    pub(crate) async fn tls(&self, fingerprint: &str) -> io::Result<TlsStream<TcpStream>> {
        self.tls_handshake(Some(fingerprint)).await.0
    }

    /// SHA-256 of the certificate that the port shows.
    pub(crate) async fn shown_certificate(&self) -> Option<String> {
        self.tls_handshake(None).await.1
    }

    async fn tls_handshake(&self, fingerprint: Option<&str>) -> (io::Result<TlsStream<TcpStream>>, Option<String>) {
        let provider = Arc::new(ring::default_provider());
        let expected = Arc::new(Expected {
            fingerprint: fingerprint.map(str::to_owned),
            shown: Mutex::default(),
            provider: Arc::clone(&provider),
        });
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&expected) as Arc<dyn ServerCertVerifier>)
            .with_no_client_auth();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let connecting = async {
            let stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
            TlsConnector::from(Arc::new(config)).connect(name, stream).await
        };
        let stream = tokio::time::timeout(DEADLINE, connecting).await.expect("no TLS handshake");
        let shown = expected.shown.lock().unwrap().clone();
        (stream, shown)
    }

    /// A WebSocket through TLS, or the HTTP answer that refuses it.
    pub(crate) async fn wss(&self, fingerprint: &str, caller: &Caller) -> Result<Raw, HttpAnswer> {
        let stream = self.tls(fingerprint).await.unwrap();
        self.upgrade_on(stream, caller).await
    }

    /// Runs the handshake through TLS.
    pub(crate) async fn connect_tls(&self, fingerprint: &str, connect: &Connect) -> Result<Client, Refused> {
        let raw = self.wss(fingerprint, &Caller::local()).await.unwrap_or_else(|answer| panic!("{answer:?}"));
        Client::connect(raw, connect, self.token.as_deref()).await
    }

    /// One HTTP request through TLS.
    pub(crate) async fn https(&self, fingerprint: &str, path: &str, caller: &Caller) -> HttpAnswer {
        let stream = self.tls(fingerprint).await.unwrap();
        http::exchange_on(stream, self.port, ("GET", path), &caller.header_map(), "").await
    }
}
