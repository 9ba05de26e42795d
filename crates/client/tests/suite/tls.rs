//! `wss://`: the pinned certificate, the trusted one, and impostors.

use std::sync::Arc;

use postern_client::{ClientOptions, ConnectError, GatewayClient, ReconnectPolicy};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::gateway::{Connection, FakeGateway, device, soon};

struct Issued {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Issued {
    fn new() -> Self {
        let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(issued.signing_key.serialize_der()).unwrap();
        Self { certificate: issued.cert.der().clone(), key }
    }

    fn fingerprint(&self) -> String {
        let pairs: Vec<String> = Sha256::digest(&self.certificate).iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }
}

/// Presents a certificate, whether or not it belongs to the key.
#[derive(Debug)]
struct Presents(Arc<CertifiedKey>);

impl ResolvesServerCert for Presents {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

async fn accept(gateway: &FakeGateway, certificate: &Issued, key: &Issued) -> std::io::Result<TlsStream<TcpStream>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let signer = provider.key_provider.load_private_key(key.key.clone_key()).unwrap();
    let presented = CertifiedKey::new(vec![certificate.certificate.clone()], signer);
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Presents(Arc::new(presented))));
    let stream = gateway.accept_tcp().await;
    soon("TLS handshake", TlsAcceptor::from(Arc::new(config)).accept(stream)).await
}

async fn handshake(gateway: &FakeGateway, issued: &Issued) -> Connection<TlsStream<TcpStream>> {
    let stream = accept(gateway, issued, issued).await.unwrap();
    Box::pin(Connection::begin(stream)).await
}

fn options(gateway: &FakeGateway) -> ClientOptions {
    ClientOptions::new()
        .url(format!("wss://localhost:{}", gateway.port()))
        .device(device())
        .token("secret")
        .reconnect(ReconnectPolicy::never())
}

/// A refused certificate: what the client says, after proving that the gateway
/// received nothing but TLS.
async fn refused(gateway: &FakeGateway, options: ClientOptions, certificate: &Issued, key: &Issued) -> ConnectError {
    let client = GatewayClient::start(options).unwrap();
    let mut stream = match accept(gateway, certificate, key).await {
        Ok(stream) => stream,
        Err(_) => return soon("end", client.connected()).await.unwrap_err(),
    };
    // In TLS 1.3 the server may be done before the client has refused: then the
    // stream must end without a byte.
    let mut bytes = Vec::new();
    let read = soon("end of stream", tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut bytes)).await;
    assert!(bytes.is_empty(), "{read:?}: {}", String::from_utf8_lossy(&bytes));
    soon("end", client.connected()).await.unwrap_err()
}

#[tokio::test]
async fn the_pinned_certificate_is_accepted() {
    let gateway = FakeGateway::bind().await;
    let issued = Issued::new();
    let client = GatewayClient::start(options(&gateway).tls_fingerprint(issued.fingerprint())).unwrap();
    let mut connection = handshake(&gateway, &issued).await;
    assert_eq!(connection.params["auth"], json!({"token": "secret"}));
    connection.hello(json!({})).await;
    soon("connection", client.connected()).await.unwrap();
}

#[tokio::test]
async fn another_certificate_is_refused_before_a_credential_is_sent() {
    let gateway = FakeGateway::bind().await;
    let (expected, other) = (Issued::new(), Issued::new());
    let failure = refused(&gateway, options(&gateway).tls_fingerprint(expected.fingerprint()), &other, &other).await;
    let plain = |issued: &Issued| issued.fingerprint().replace(':', "").to_lowercase();
    assert_eq!(failure, ConnectError::FingerprintMismatch { expected: plain(&expected), received: plain(&other) });
}

#[tokio::test]
async fn a_copied_certificate_without_its_key_is_refused() {
    let gateway = FakeGateway::bind().await;
    let (issued, thief) = (Issued::new(), Issued::new());
    let failure = refused(&gateway, options(&gateway).tls_fingerprint(issued.fingerprint()), &issued, &thief).await;
    assert!(matches!(failure, ConnectError::Tls { .. }), "{failure:?}");
}

#[tokio::test]
async fn without_a_pin_only_trusted_certificates_count() {
    let gateway = FakeGateway::bind().await;
    let (issued, other) = (Issued::new(), Issued::new());
    let failure = refused(&gateway, options(&gateway), &issued, &issued).await;
    assert!(matches!(failure, ConnectError::Tls { .. }), "{failure:?}");
    let trusting = options(&gateway).trust_certificate(issued.certificate.to_vec());
    let failure = refused(&gateway, trusting.clone(), &other, &other).await;
    assert!(matches!(failure, ConnectError::Tls { .. }), "{failure:?}");

    let client = GatewayClient::start(trusting).unwrap();
    let mut connection = handshake(&gateway, &issued).await;
    connection.hello(json!({})).await;
    soon("connection", client.connected()).await.unwrap();
}
