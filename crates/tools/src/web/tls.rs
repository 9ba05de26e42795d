//! The TLS set-up of outgoing requests: rustls with ring and the roots of the system, read at the first https request.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::{ClientConfig, RootCertStore};

/// Reads the roots of the system once, when they are first needed.
#[derive(Debug, Clone, Default)]
pub(crate) struct TlsRoots(Arc<Mutex<Option<ClientConfig>>>);

impl TlsRoots {
    /// The configuration for `scheme`. Any but https gets one without roots, which costs nothing and trusts nobody.
    ///
    /// # Errors
    /// What rustls or the reading of the roots says.
    pub(crate) async fn config(&self, scheme: &str) -> Result<ClientConfig, String> {
        if scheme != "https" {
            return configure(RootCertStore::empty());
        }
        let roots = self.clone();
        // Reading the roots touches many files on some systems.
        let read = tokio::task::spawn_blocking(move || roots.with_system_roots()).await;
        read.map_err(|problem| problem.to_string())?
    }

    fn with_system_roots(&self) -> Result<ClientConfig, String> {
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = &*cached {
            return Ok(config.clone());
        }
        let system = rustls_native_certs::load_native_certs();
        for problem in &system.errors {
            tracing::warn!(%problem, "a root certificate of the system cannot be read");
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(system.certs);
        if roots.is_empty() {
            return Err("this system has no root certificates, so no https server can be trusted; \
                        install them (package ca-certificates)"
                .into());
        }
        let config = configure(roots)?;
        Ok(cached.insert(config).clone())
    }
}

fn configure(roots: RootCertStore) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|problem| problem.to_string())?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
