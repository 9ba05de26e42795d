//! Options that were checked: what the connection task works with. Every refusal
//! here happens before a single byte is sent.

use std::net::IpAddr;

use postern_protocol::connect::{ConnectParams, DeviceProof};
use postern_protocol::identity::{DeviceKey, PayloadVersion};
use postern_protocol::{MIN_PROTOCOL_VERSION, PROTOCOL_VERSION};
use url::{Host, Url};

use crate::credentials::Attempt;
use crate::error::ConnectError;
use crate::options::ClientOptions;
use crate::options::parts::{Identity, Plaintext};
use crate::tls::Tls;

/// Options that cannot work; found before a single byte is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// Not a WebSocket address.
    #[error("url `{url}` cannot be used: {problem}; write ws://HOST:PORT or wss://HOST:PORT")]
    Url {
        /// The address, without credentials and query.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Credentials would travel readable for everybody on the way.
    #[error(
        "ws://{host} is not this machine and ws:// is not encrypted: use wss://, or a tunnel to ws://127.0.0.1, \
         or allow plaintext explicitly"
    )]
    PlaintextRefused {
        /// The host that was asked for.
        host: String,
    },
    /// A fingerprint pins a TLS certificate, and there is none on `ws://`.
    #[error("a TLS fingerprint was given but the url is ws://: write wss:// or leave the fingerprint out")]
    FingerprintWithoutTls,
    /// Not the SHA-256 of a certificate.
    #[error("the TLS fingerprint must be 64 hex digits, the SHA-256 of the certificate; colons are allowed")]
    InvalidFingerprint,
    /// A certificate to trust could not be read.
    #[error("a certificate to trust cannot be read: {0}")]
    InvalidCertificate(String),
    /// Neither a device key nor the decision to go without.
    #[error("no device identity: pass a DeviceKey, or call without_device()")]
    IdentityMissing,
    /// A setup code pairs a device, so there must be one.
    #[error("a bootstrap token pairs this device and needs its key: pass a DeviceKey")]
    BootstrapNeedsDevice,
    /// Generations outside 3 and 4, or an empty range.
    #[error("protocol range {min}..={max} cannot be spoken: choose within 3..=4")]
    ProtocolRange {
        /// Oldest asked for.
        min: u32,
        /// Newest asked for.
        max: u32,
    },
    /// A text that must not be empty.
    #[error("client {0} must not be empty")]
    EmptyText(&'static str),
}

/// Where to connect.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) url: Url,
    /// Name or address to dial, an IPv6 address without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) is_loopback: bool,
}

impl Target {
    /// The address as it may be shown: a query could hold a secret.
    pub(crate) fn shown(&self) -> String {
        shown(&self.url)
    }
}

pub(crate) struct Settings {
    pub(crate) options: ClientOptions,
    pub(crate) target: Target,
    pub(crate) tls: Option<Tls>,
    pub(crate) key: Option<DeviceKey>,
    /// Oldest and newest generation to offer.
    pub(crate) range: (u32, u32),
}

impl Settings {
    pub(crate) fn check(options: ClientOptions) -> Result<Self, OptionsError> {
        let target = target_of(&options)?;
        let tls = tls_of(&options, &target)?;
        let key = match &options.identity {
            Identity::Undecided => return Err(OptionsError::IdentityMissing),
            Identity::None if options.secrets.bootstrap_token.is_some() => {
                return Err(OptionsError::BootstrapNeedsDevice);
            }
            Identity::None => None,
            Identity::Device(key) => Some(DeviceKey::clone(key)),
        };
        let range = (*options.protocol.start(), *options.protocol.end());
        if range.0 > range.1 || range.0 < MIN_PROTOCOL_VERSION || range.1 > PROTOCOL_VERSION {
            return Err(OptionsError::ProtocolRange { min: range.0, max: range.1 });
        }
        let texts =
            [("id", &options.client.id), ("version", &options.client.version), ("platform", &options.client.platform)];
        if let Some((name, _)) = texts.iter().find(|(_, text)| text.is_empty()) {
            return Err(OptionsError::EmptyText(name));
        }
        Ok(Self { options, target, tls, key, range })
    }

    /// Whether a device token may be sent unasked after the shared token was
    /// refused: only to an endpoint that cannot be somebody else.
    pub(crate) fn is_trusted_endpoint(&self) -> bool {
        self.target.is_loopback || self.options.tls_fingerprint.is_some()
    }

    /// Params of `connect`, signed over the challenge where there is a key. The
    /// nonce is signed on every way, loopback included: without it a recorded
    /// request could be replayed by another local process.
    pub(crate) fn connect_params(&self, attempt: &Attempt, nonce: &str, signed_at_ms: i64) -> ConnectParams {
        let options = &self.options;
        let some = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
        let mut params = ConnectParams {
            min_protocol: self.range.0,
            max_protocol: self.range.1,
            client: options.client.clone(),
            role: Some(options.role.as_str().to_owned()),
            scopes: Some(attempt.scopes.clone()),
            caps: Some(options.surface.caps.clone()),
            commands: some(&options.surface.commands),
            permissions: (!options.surface.permissions.is_empty()).then(|| options.surface.permissions.clone()),
            path_env: options.surface.path_env.clone(),
            auth: attempt.auth.clone(),
            ..ConnectParams::default()
        };
        params.device = self.key.as_ref().map(|key| self.proof(key, &params, attempt.payload, (nonce, signed_at_ms)));
        params
    }

    fn proof(
        &self,
        key: &DeviceKey,
        params: &ConnectParams,
        version: PayloadVersion,
        (nonce, signed_at): (&str, i64),
    ) -> DeviceProof {
        let mut proof = DeviceProof {
            id: key.device_id().to_string(),
            public_key: key.public_key().to_base64url(),
            signature: String::new(),
            signed_at,
            nonce: Some(nonce.to_owned()),
        };
        proof.signature = key.sign(&params.signed_fields(self.options.role, &proof, nonce).payload(version));
        proof
    }
}

fn shown(url: &Url) -> String {
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    let path = if url.path() == "/" { "" } else { url.path() };
    format!("{}://{}{port}{path}", url.scheme(), url.host_str().unwrap_or_default())
}

fn target_of(options: &ClientOptions) -> Result<Target, OptionsError> {
    let refuse = |url: String, problem: &str| Err(OptionsError::Url { url, problem: problem.to_owned() });
    let url = match Url::parse(options.url.trim()) {
        Ok(mut url) => {
            url.set_fragment(None);
            url
        }
        // What cannot be parsed cannot be stripped of its secrets either.
        Err(problem) => return refuse("…".to_owned(), &problem.to_string()),
    };
    if !matches!(url.scheme(), "ws" | "wss") {
        return refuse(shown(&url), "not a WebSocket address");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse(shown(&url), "credentials in an address end up in logs: pass them as options");
    }
    let (host, is_loopback) = match url.host() {
        Some(Host::Domain(name)) => (name.to_owned(), name.trim_end_matches('.').eq_ignore_ascii_case("localhost")),
        Some(Host::Ipv4(address)) => (address.to_string(), address.is_loopback()),
        Some(Host::Ipv6(address)) => (address.to_string(), IpAddr::V6(address).to_canonical().is_loopback()),
        None => return refuse(shown(&url), "no host"),
    };
    let Some(port) = url.port_or_known_default() else { return refuse(shown(&url), "no port") };
    if url.scheme() == "ws" && !is_loopback && options.plaintext == Plaintext::LoopbackOnly {
        return Err(OptionsError::PlaintextRefused { host });
    }
    Ok(Target { url, host, port, is_loopback })
}

/// Where an encrypted address leads.
pub(crate) fn target_of_url(url: &str) -> Result<Target, ConnectError> {
    target_of(&ClientOptions::new().url(url).allow_insecure_plaintext())
        .map_err(|problem| ConnectError::Unreachable { url: String::new(), cause: problem.to_string() })
}

fn tls_of(options: &ClientOptions, target: &Target) -> Result<Option<Tls>, OptionsError> {
    match (target.url.scheme(), &options.tls_fingerprint) {
        ("wss", Some(fingerprint)) => Tls::pinned(fingerprint).map(Some),
        ("wss", None) => Tls::with_roots(&options.trusted_certificates).map(Some),
        (_, Some(_)) => Err(OptionsError::FingerprintWithoutTls),
        (_, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str) -> Result<Target, OptionsError> {
        target_of(&ClientOptions::new().url(url))
    }

    #[test]
    fn plaintext_stays_on_this_machine() {
        for url in [
            "ws://127.0.0.1:18789",
            "ws://127.9.9.9:1",
            "ws://[::1]:5",
            "ws://localhost:5",
            "ws://LOCALHOST.:5",
            "ws://[::ffff:127.0.0.1]:5",
        ] {
            assert!(check(url).unwrap().is_loopback, "{url}");
        }
        for url in [
            "ws://192.0.2.1:1",
            "ws://192.168.1.5:1",
            "ws://10.0.0.1:1",
            "ws://[2001:db8::1]:1",
            "ws://gateway.local:1",
            "ws://localhost.example.org:1",
            "ws://127.0.0.1.example.org:1",
            "ws://0.0.0.0:1",
        ] {
            assert!(matches!(check(url), Err(OptionsError::PlaintextRefused { .. })), "{url}");
            assert!(
                !target_of(&ClientOptions::new().url(url).allow_insecure_plaintext()).unwrap().is_loopback,
                "{url}"
            );
        }
        assert!(!check("wss://192.0.2.1:1").unwrap().is_loopback);
    }

    #[test]
    fn addresses_that_cannot_work_say_so_without_their_secrets() {
        for url in ["", "18789", "http://127.0.0.1:1", "ws://user:hunter2@127.0.0.1:1", "ws://hunter2@127.0.0.1/"] {
            let error = check(url).unwrap_err();
            assert!(matches!(error, OptionsError::Url { .. }), "{url}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        assert_eq!(check("ws://localhost:1/a?token=hunter2").unwrap().shown(), "ws://localhost:1/a");
        assert_eq!(check("ws://[::1]:5").unwrap().host, "::1");
    }

    #[test]
    fn options_are_checked_before_anything_is_sent() {
        let problem = |options: ClientOptions| Settings::check(options).err().unwrap();
        let options = || ClientOptions::new().without_device();
        assert_eq!(problem(ClientOptions::new()), OptionsError::IdentityMissing);
        assert_eq!(problem(options().bootstrap_token("b")), OptionsError::BootstrapNeedsDevice);
        assert_eq!(problem(options().tls_fingerprint("ab".repeat(32))), OptionsError::FingerprintWithoutTls);
        assert_eq!(problem(options().url("wss://h:1").tls_fingerprint("xyz")), OptionsError::InvalidFingerprint);
        assert_eq!(problem(options().platform("")), OptionsError::EmptyText("platform"));
        #[expect(clippy::reversed_empty_ranges, reason = "the empty range is what is refused")]
        for range in [2..=4, 4..=5, 4..=3] {
            assert!(matches!(problem(options().protocol(range)), OptionsError::ProtocolRange { .. }));
        }
        let debug = format!("{:?}", options().token("hunter2").password("hunter2"));
        assert!(!debug.contains("hunter2") && debug.contains("password"), "{debug}");
    }
}
