//! What a certificate says about itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use postern_protocol::hex::hex;
use rustls::pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Facts about a certificate that people and clients ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// SHA-256 of the DER form, lower-case hex: what clients pin.
    pub fingerprint: String,
    /// Names and addresses that it is for.
    pub names: Vec<String>,
    /// Whether it vouches for itself.
    pub self_signed: bool,
    /// From when it is valid, epoch milliseconds.
    pub not_before_ms: i64,
    /// Until when it is valid, epoch milliseconds.
    pub not_after_ms: i64,
}

impl CertificateFacts {
    /// Reads a certificate; `None` when it is none.
    #[must_use]
    pub fn read(der: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let validity = certificate.validity();
        Some(Self {
            fingerprint: fingerprint(der),
            names: names(&certificate),
            self_signed: certificate.subject() == certificate.issuer(),
            not_before_ms: validity.not_before.timestamp().saturating_mul(1_000),
            not_after_ms: validity.not_after.timestamp().saturating_mul(1_000),
        })
    }
}

/// SHA-256 of a DER certificate, lower-case hex.
#[must_use]
pub fn fingerprint(der: &[u8]) -> String {
    hex(&Sha256::digest(der))
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let extensions = certificate.extensions().iter().filter_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
        _ => None,
    });
    extensions.flatten().filter_map(name).collect()
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes).map(|ip| ip.to_string()),
        _ => None,
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(|bytes| IpAddr::V4(Ipv4Addr::from(bytes)));
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(|bytes| IpAddr::V6(Ipv6Addr::from(bytes)))).ok()
}
