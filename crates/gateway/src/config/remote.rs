//! `gateway.remote` as it is meant.

use std::path::PathBuf;

use postern_protocol::DEFAULT_PORT;
use url::Url;

use super::GatewayMode;
use super::raw::{RawRemote, RemoteTransport};
use super::resolve::Notes;
use crate::secrets::Secret;

/// The gateway elsewhere that this machine's command line talks to.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteSettings {
    /// Its address, `ws://` or `wss://`.
    pub url: Option<String>,
    /// How it is reached.
    pub transport: RemoteTransport,
    /// Its shared token.
    pub token: Option<Secret>,
    /// Its shared password.
    pub password: Option<Secret>,
    /// SHA-256 of its certificate, lower-case hex.
    pub tls_fingerprint: Option<String>,
    /// Where ssh goes.
    pub ssh_target: Option<String>,
    /// Key file for ssh.
    pub ssh_identity: Option<PathBuf>,
    /// Port of the gateway on that machine.
    pub remote_port: u16,
}

impl Notes {
    pub(super) fn remote(&mut self, raw: &RawRemote, mode: GatewayMode) -> RemoteSettings {
        let url = raw.url.as_deref().and_then(|text| {
            let url = socket_url(text);
            if url.is_none() {
                self.problem("gateway.remote.url", "must be an address such as wss://gateway.example:18789");
            }
            url
        });
        let tls_fingerprint = raw.tls_fingerprint.as_deref().and_then(|text| {
            let read = read_fingerprint(text);
            if read.is_none() {
                let message = "must be 64 hex digits, the SHA-256 of the certificate; `postern remote` shows it there";
                self.problem("gateway.remote.tlsFingerprint", message);
            }
            read
        });
        let ssh_target = raw.ssh_target.as_deref().map(str::trim).filter(|target| {
            let fits = is_ssh_target(target);
            if !fits {
                self.problem("gateway.remote.sshTarget", "must be user@host or a name of the ssh configuration");
            }
            fits
        });
        let usual =
            if raw.url.is_none() && raw.ssh_target.is_some() { RemoteTransport::Ssh } else { RemoteTransport::Direct };
        let transport = raw.transport.unwrap_or(usual);
        match (mode, transport) {
            (GatewayMode::Remote, RemoteTransport::Direct) if raw.url.is_none() => {
                self.warnings
                    .push("gateway.mode is remote, but gateway.remote.url is missing: nothing is reached".into());
            }
            (_, RemoteTransport::Ssh) if raw.ssh_target.is_none() => {
                self.problem("gateway.remote.sshTarget", "is missing: transport ssh needs user@host");
            }
            _ => {}
        }
        RemoteSettings {
            url,
            transport,
            token: raw.token.clone(),
            password: raw.password.clone(),
            tls_fingerprint,
            ssh_target: ssh_target.map(str::to_owned),
            ssh_identity: raw.ssh_identity.as_deref().map(PathBuf::from),
            remote_port: raw.remote_port.unwrap_or(DEFAULT_PORT),
        }
    }
}

/// An address for clients; nothing when it is none or carries credentials.
fn socket_url(text: &str) -> Option<String> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://")?;
    let scheme = match scheme {
        "ws" | "http" => "ws",
        "wss" | "https" => "wss",
        _ => return None,
    };
    let url = Url::parse(&format!("{scheme}://{rest}")).ok()?;
    let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    (bare && url.has_host()).then(|| url.as_str().trim_end_matches('/').to_owned())
}

/// A certificate's SHA-256 as people paste it, in lower-case hex.
#[must_use]
pub fn read_fingerprint(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix("sha256:").unwrap_or(text);
    let hex: String = text.chars().filter(|c| *c != ':' && !c.is_whitespace()).collect();
    (hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| hex.to_ascii_lowercase())
}

/// Whether ssh would take this for a place to go to, and for nothing else: what
/// begins with `-` is an option to it, which may run commands here.
#[must_use]
pub fn is_ssh_target(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@:%+[]".contains(&byte);
    (1..=255).contains(&text.len()) && !text.starts_with('-') && !text.contains("@-") && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::super::{Overrides, RawConfig, parse, resolve};
    use super::*;

    fn remote(text: &str) -> (RemoteSettings, Vec<String>) {
        let raw: RawConfig = parse(&format!("{{gateway: {{mode: 'remote', remote: {text}}}}}")).unwrap();
        let resolved = resolve::resolve(&raw, &Overrides::default());
        (resolved.config.remote, resolved.problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn addresses_and_fingerprints_are_read_as_people_write_them() {
        let pin = ["AB"; 32].join(":");
        let (read, problems) = remote(&format!("{{url: 'https://gate.example:8443/', tlsFingerprint: '{pin}'}}"));
        assert_eq!(problems, [""; 0]);
        assert_eq!(read.url.as_deref(), Some("wss://gate.example:8443"));
        assert_eq!((read.tls_fingerprint, read.transport), (Some("ab".repeat(32)), RemoteTransport::Direct));
        let (ssh, _) = remote("{sshTarget: 'ada@desk', remotePort: 7}");
        assert_eq!((ssh.transport, ssh.remote_port), (RemoteTransport::Ssh, 7));
    }

    #[test]
    fn what_cannot_work_is_named() {
        for (text, path) in [
            ("{url: 'gate.example'}", "gateway.remote.url"),
            ("{url: 'wss://ada:secret@gate.example'}", "gateway.remote.url"),
            ("{url: 'wss://g', tlsFingerprint: 'abc'}", "gateway.remote.tlsFingerprint"),
            ("{url: 'wss://g', transport: 'ssh'}", "gateway.remote.sshTarget"),
            ("{sshTarget: '-oProxyCommand=touch /tmp/x'}", "gateway.remote.sshTarget"),
            ("{sshTarget: 'ada@-oProxyCommand=x'}", "gateway.remote.sshTarget"),
            ("{sshTarget: 'a b'}", "gateway.remote.sshTarget"),
        ] {
            let (_, problems) = remote(text);
            assert!(problems.iter().any(|problem| problem.starts_with(path)), "{text}: {problems:?}");
            assert!(!problems.concat().contains("secret"), "{problems:?}");
        }
    }
}
