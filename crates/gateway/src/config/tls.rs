//! `gateway.tls` as it is meant.

use std::path::PathBuf;

use super::raw::RawTls;
use super::resolve::Notes;

/// Encryption on the gateway's own port.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// Whether the port speaks TLS and nothing else.
    pub enabled: bool,
    /// Whether a self-signed certificate is made where none works.
    pub auto_generate: bool,
    /// Certificate files of the operator.
    pub own: Option<CertificateFiles>,
}

/// Where a certificate and its key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate, and those between it and its root.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Further certificates to send along.
    pub chain: Option<PathBuf>,
}

impl Notes {
    pub(super) fn tls(&mut self, raw: &RawTls) -> TlsSettings {
        let cert = self.tls_file(raw.cert_path.as_deref(), "gateway.tls.certPath");
        let key = self.tls_file(raw.key_path.as_deref(), "gateway.tls.keyPath");
        let chain = self.tls_file(raw.ca_path.as_deref(), "gateway.tls.caPath");
        match (raw.cert_path.is_some(), raw.key_path.is_some()) {
            (true, false) => self.problem("gateway.tls.keyPath", "is missing: a certificate needs its private key"),
            (false, true) => self.problem("gateway.tls.certPath", "is missing: a private key needs its certificate"),
            (false, false) if chain.is_some() => {
                self.problem("gateway.tls.caPath", "is for a certificate of your own: set certPath and keyPath too");
            }
            _ => {}
        }
        let own = cert.zip(key).map(|(cert, key)| CertificateFiles { cert, key, chain });
        TlsSettings { enabled: raw.enabled.unwrap_or(false), auto_generate: raw.auto_generate.unwrap_or(true), own }
    }

    fn tls_file(&mut self, written: Option<&str>, path: &str) -> Option<PathBuf> {
        let file = PathBuf::from(written?.trim());
        if !file.is_absolute() {
            self.problem(path, "must be the whole path of a PEM file, such as /etc/ssl/gateway.pem");
            return None;
        }
        Some(file)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Overrides, RawConfig, parse, resolve};
    use super::*;

    fn tls(text: &str) -> (TlsSettings, Vec<String>) {
        let raw: RawConfig = parse(text).unwrap();
        let resolved = resolve::resolve(&raw, &Overrides::default());
        let Config { tls, .. } = resolved.config;
        (tls, resolved.problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn tls_is_off_and_would_make_its_own_certificate() {
        assert_eq!(tls("{}"), (TlsSettings { enabled: false, auto_generate: true, own: None }, vec![]));
        let (on, problems) = tls(r#"{gateway: {tls: {enabled: true, certPath: "/a/c.pem", keyPath: "/a/k.pem"}}}"#);
        assert!(on.enabled && problems.is_empty());
        assert_eq!(on.own.unwrap().key, PathBuf::from("/a/k.pem"));
    }

    #[test]
    fn half_a_pair_and_relative_paths_are_refused_by_name() {
        for (text, path) in [
            (r#"{certPath: "/a"}"#, "gateway.tls.keyPath"),
            (r#"{keyPath: "/a"}"#, "gateway.tls.certPath"),
            (r#"{certPath: "a.pem", keyPath: "/k"}"#, "gateway.tls.certPath"),
            (r#"{caPath: "/ca"}"#, "gateway.tls.caPath"),
        ] {
            let (tls, problems) = tls(&format!("{{gateway: {{tls: {text}}}}}"));
            assert!(tls.own.is_none() && problems[0].starts_with(path), "{text}: {problems:?}");
        }
    }
}
