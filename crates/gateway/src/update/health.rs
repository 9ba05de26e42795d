//! Whether a program that is tried serves: it holds the state folder, its
//! database is open, and it answers on its port.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::options::Paths;
use crate::state_folder::Holder;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// What is read of an answer.
const MOST: u64 = 16 * 1024;

/// What a program that is tried shows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signs {
    /// It serves on this port.
    Healthy(u16),
    /// It has not opened its state yet.
    Starting,
    /// It has, and does not answer as it should.
    Silent,
}

/// Looks at the process `pid`. The lock of the state folder is signed when the
/// database is open and everything that listens is put together.
pub async fn serves(paths: &Paths, pid: u32) -> Signs {
    let Some(holder) = Holder::alive(&paths.lock()).filter(|holder| holder.pid == pid) else { return Signs::Starting };
    // A port without a certificate answers nobody, and that is no fault of the program.
    let by_door = async { matches!(holder.door, Some(door) if plain(door).await) };
    let asking = async { plain(holder.port).await || secure(holder.port).await || by_door.await };
    match tokio::time::timeout(PATIENCE, asking).await {
        Ok(true) => Signs::Healthy(holder.port),
        _ => Signs::Silent,
    }
}

async fn plain(port: u16) -> bool {
    match TcpStream::connect(("127.0.0.1", port)).await {
        Ok(stream) => is_live(stream, port).await,
        Err(_) => false,
    }
}

/// The same where the port speaks TLS. Who answers is known by the lock, so its
/// certificate may be any.
async fn secure(port: u16) -> bool {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(AnyCertificate(Arc::clone(&provider)));
    let Ok(builder) = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions() else {
        return false;
    };
    let config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    let (Ok(name), Ok(stream)) = (ServerName::try_from("localhost"), TcpStream::connect(("127.0.0.1", port)).await)
    else {
        return false;
    };
    match tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await {
        Ok(stream) => is_live(stream, port).await,
        Err(_) => false,
    }
}

async fn is_live(mut stream: impl AsyncRead + AsyncWrite + Unpin, port: u16) -> bool {
    let request = format!("GET /health HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\r\n");
    if stream.write_all(request.as_bytes()).await.is_err() {
        return false;
    }
    let mut answer = Vec::new();
    // A peer that ends without a goodbye has answered all the same.
    drop(stream.take(MOST).read_to_end(&mut answer).await);
    let answer = String::from_utf8_lossy(&answer);
    answer.starts_with("HTTP/1.1 200") && answer.contains("\"ok\":true")
}

#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
