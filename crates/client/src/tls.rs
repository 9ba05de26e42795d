//! Who is at the other end of `wss://`: roots of the system, or one pinned
//! certificate. The crypto provider is named here, never taken from the process.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use postern_protocol::hex::hex;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::ConnectError;
use crate::settings::{OptionsError, Target};

/// How the gateway proves that it is the right one.
pub(crate) enum Tls {
    /// By this certificate and no other.
    Pinned {
        /// Lower-case hex SHA-256 of the DER certificate.
        fingerprint: String,
    },
    /// By a certificate that a root of the system, or an extra one, vouches for.
    Roots {
        extra: Vec<CertificateDer<'static>>,
        /// Reading the system's roots takes many milliseconds; once is enough.
        config: Mutex<Option<Arc<ClientConfig>>>,
    },
}

impl Tls {
    pub(crate) fn pinned(fingerprint: &str) -> Result<Self, OptionsError> {
        let hex: String = fingerprint.chars().filter(|c| *c != ':' && !c.is_whitespace()).collect();
        if hex.len() != 64 || !hex.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(OptionsError::InvalidFingerprint);
        }
        Ok(Self::Pinned { fingerprint: hex.to_ascii_lowercase() })
    }

    pub(crate) fn with_roots(extra: &[Vec<u8>]) -> Result<Self, OptionsError> {
        let extra: Vec<_> = extra.iter().map(|der| CertificateDer::from(der.clone())).collect();
        let mut probe = RootCertStore::empty();
        for certificate in &extra {
            probe.add(certificate.clone()).map_err(|problem| OptionsError::InvalidCertificate(problem.to_string()))?;
        }
        Ok(Self::Roots { extra, config: Mutex::new(None) })
    }

    /// Runs the TLS handshake.
    pub(crate) async fn connect(
        &self,
        target: &Target,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, ConnectError> {
        let failed = |cause: String| ConnectError::Tls { url: target.shown(), cause };
        let name = ServerName::try_from(target.host.clone()).map_err(|problem| failed(problem.to_string()))?;
        match self {
            Self::Roots { extra, config } => {
                let config = roots_config(extra, config).map_err(|problem| failed(problem.to_string()))?;
                let connected = TlsConnector::from(config).connect(name, stream).await;
                connected.map_err(|problem| failed(words(&problem)))
            }
            Self::Pinned { fingerprint } => {
                let pin = Arc::new(Witness::new(Belief::Pinned(fingerprint.clone())));
                let config = witnessed(Arc::clone(&pin)).map_err(|problem| failed(problem.to_string()))?;
                let connected = TlsConnector::from(config).connect(name, stream).await;
                connected.map_err(|problem| pin.mismatch().unwrap_or_else(|| failed(words(&problem))))
            }
        }
    }
}

/// What a server showed, and whether the roots of this system vouch for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenCertificate {
    /// SHA-256 of its DER form, lower-case hex.
    pub fingerprint: String,
    /// Why it is not trusted by itself; `None` when it is.
    pub problem: Option<String>,
}

/// Looks at the certificate of a `wss://` address without sending anything over
/// the connection, for somebody to decide about it.
///
/// # Errors
/// When the address is none, nobody answers, or what answers speaks no TLS.
pub async fn look_at_certificate(url: &str, patience: Duration) -> Result<SeenCertificate, ConnectError> {
    let target = crate::settings::target_of_url(url)?;
    let failed = |cause: String| ConnectError::Tls { url: target.shown(), cause };
    let name = ServerName::try_from(target.host.clone()).map_err(|problem| failed(problem.to_string()))?;
    let roots = Arc::new(system_roots(&[]).map_err(|problem| failed(problem.to_string()))?);
    let inner = WebPkiServerVerifier::builder_with_provider(roots, provider()).build();
    let inner = inner.map_err(|problem| failed(problem.to_string()))?;
    let looking = Arc::new(Witness::new(Belief::Anybody(inner)));
    let config = witnessed(Arc::clone(&looking)).map_err(|problem| failed(problem.to_string()))?;
    let connecting = async {
        let stream = TcpStream::connect((target.host.as_str(), target.port)).await;
        let unreachable =
            |cause: std::io::Error| ConnectError::Unreachable { url: target.shown(), cause: cause.to_string() };
        let stream = stream.map_err(unreachable)?;
        TlsConnector::from(config).connect(name, stream).await.map_err(|problem| failed(words(&problem)))
    };
    let connected = tokio::time::timeout(patience, connecting).await;
    drop(connected.unwrap_or(Err(ConnectError::Timeout { awaited: "certificate", after: patience }))?);
    looking.seen.get().cloned().ok_or_else(|| failed("no certificate was shown".to_owned()))
}

/// What a failed TLS handshake means.
fn words(problem: &std::io::Error) -> String {
    let inner = problem.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidMessage(_)) => {
            "what answers there speaks no TLS: write ws:// if it is meant to speak none".to_owned()
        }
        _ => problem.to_string(),
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn roots_config(
    extra: &[CertificateDer<'static>],
    cached: &Mutex<Option<Arc<ClientConfig>>>,
) -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut cached = cached.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(config) = &*cached {
        return Ok(Arc::clone(config));
    }
    let roots = system_roots(extra)?;
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::clone(cached.insert(Arc::new(config))))
}

fn system_roots(extra: &[CertificateDer<'static>]) -> Result<RootCertStore, rustls::Error> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    for problem in &system.errors {
        tracing::warn!(%problem, "a root certificate of the system cannot be read");
    }
    roots.add_parsable_certificates(system.certs);
    for certificate in extra {
        roots.add(certificate.clone())?;
    }
    Ok(roots)
}

fn witnessed(witness: Arc<Witness>) -> Result<Arc<ClientConfig>, rustls::Error> {
    let config = ClientConfig::builder_with_provider(Arc::clone(&witness.provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(witness)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Whom a [`Witness`] lets pass.
#[derive(Debug)]
enum Belief {
    /// The certificate with this fingerprint; its name and dates do not matter.
    Pinned(String),
    /// Everybody, noting what the roots of the system say. Nothing is sent after
    /// the handshake.
    Anybody(Arc<WebPkiServerVerifier>),
}

/// Remembers the certificate that was shown. The handshake's signature counts in
/// any case: a copy of a certificate without its key is refused.
#[derive(Debug)]
struct Witness {
    belief: Belief,
    seen: OnceLock<SeenCertificate>,
    provider: Arc<CryptoProvider>,
}

impl Witness {
    fn new(belief: Belief) -> Self {
        Self { belief, seen: OnceLock::new(), provider: provider() }
    }

    fn mismatch(&self) -> Option<ConnectError> {
        let Belief::Pinned(expected) = &self.belief else { return None };
        let received = self.seen.get().map(|seen| &seen.fingerprint).filter(|received| *received != expected)?;
        Some(ConnectError::FingerprintMismatch { expected: expected.clone(), received: received.clone() })
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let fingerprint = hex(&Sha256::digest(end_entity));
        let (passes, problem) = match &self.belief {
            Belief::Pinned(expected) => (fingerprint == *expected, None),
            Belief::Anybody(roots) => {
                let verified = roots.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
                (true, verified.err().map(|problem| problem.to_string()))
            }
        };
        self.seen.get_or_init(|| SeenCertificate { fingerprint, problem });
        if passes {
            return Ok(ServerCertVerified::assertion());
        }
        Err(rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_read_with_colons_and_in_any_case() {
        let plain = "ab".repeat(32);
        let colons = ["AB"; 32].join(":");
        for text in [&plain, &colons, &format!(" {plain}\n")] {
            let Ok(Tls::Pinned { fingerprint }) = Tls::pinned(text) else { panic!("{text}") };
            assert_eq!(fingerprint, plain);
        }
        for text in ["", "ab", &"zz".repeat(32), &"ab".repeat(33), &"ab".repeat(31)] {
            assert!(matches!(Tls::pinned(text), Err(OptionsError::InvalidFingerprint)), "{text}");
        }
    }
}
