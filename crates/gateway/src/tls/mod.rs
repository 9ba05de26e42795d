//! TLS on the gateway's own port: which certificate is in force, when it is read
//! again, and what is wrong with it.
//!
//! | file | owns |
//! |---|---|
//! | `mod.rs` | [`Tls`]: the certificate in force and its replacement while running |
//! | `files.rs` | reading, checking and making certificate files |
//! | `certificate.rs` | what a certificate says about itself |

mod certificate;
mod files;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use postern_protocol::remote::RemoteTls;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use tokio_rustls::TlsAcceptor;

use self::files::Pair;
use crate::config::{CertificateFiles, TlsSettings};
use crate::private;

pub use certificate::{CertificateFacts, fingerprint};
pub use files::Names;

/// How long before its end a certificate is warned about.
const WARN_BEFORE_MS: i64 = 21 * 24 * 60 * 60 * 1_000;
/// File beside the certificate with the fingerprint in force, for this machine's
/// own clients.
const FINGERPRINT_FILE: &str = "fingerprint";

/// TLS of this gateway, or none.
#[derive(Debug, Clone, Default)]
pub struct Tls(Option<Arc<Serving>>);

#[derive(Debug)]
struct Serving {
    files: CertificateFiles,
    folder: PathBuf,
    state: Mutex<State>,
}

/// What is in force, and what was seen of the files.
#[derive(Debug)]
struct State {
    /// None while there is no certificate that works and none may be made.
    served: Option<Served>,
    problem: Option<String>,
    seen: Stamp,
    tried: Stamp,
}

/// A certificate that is served.
#[derive(Debug)]
struct Served {
    config: Arc<ServerConfig>,
    facts: CertificateFacts,
    /// The files that `config` was made of.
    cert_path: PathBuf,
    exposed: Option<String>,
}

/// What tells one state of the files from another.
type Stamp = Vec<Option<(SystemTime, u64)>>;

/// Whether a start with these settings makes a certificate: there is none yet. One
/// that exists stays as it is, whatever names are new, since clients have pinned it.
#[must_use]
pub fn is_made(settings: &TlsSettings, state_dir: &Path) -> bool {
    settings.enabled
        && settings.own.is_none()
        && settings.auto_generate
        && !files::default_files(state_dir).cert.exists()
}

/// Where this machine's own clients find the fingerprint of the certificate in
/// force.
#[must_use]
pub fn fingerprint_file(state_dir: &Path) -> PathBuf {
    files::folder(state_dir).join(FINGERPRINT_FILE)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

impl Tls {
    /// Reads the certificate that the settings name, or makes one. With files of
    /// the operator that cannot be used a certificate of its own is served, or, where
    /// it may make none, nothing at all; [`Tls::warnings`] says so.
    ///
    /// # Errors
    /// What is wrong, with the file and the fix.
    pub fn open(settings: &TlsSettings, state_dir: &Path, names: &Names, now_ms: i64) -> Result<Self, String> {
        if !settings.enabled {
            // Clients must not look for a certificate that is not served.
            drop(fs::remove_file(fingerprint_file(state_dir)));
            return Ok(Self(None));
        }
        let default = files::default_files(state_dir);
        let wanted = settings.own.clone().unwrap_or_else(|| default.clone());
        let before = stamp(&wanted);
        let read = files::read(&wanted).and_then(|pair| Served::of(pair, wanted.cert.clone()));
        let (served, problem, stamp) = match read {
            Ok(served) => (Some(served), None, before),
            Err(problem) if !settings.auto_generate => (None, Some(problem), before),
            Err(problem) => {
                let is_first = settings.own.is_none() && !default.cert.exists() && !default.key.exists();
                let served = Served::of(own_pair(&default, names, now_ms)?, default.cert)?;
                // What was just made is not a change of the files.
                let made = if settings.own.is_none() { stamp(&wanted) } else { before };
                (Some(served), (!is_first).then_some(problem), made)
            }
        };
        let state = State { served, problem, seen: stamp.clone(), tried: stamp };
        let serving = Serving { files: wanted, folder: files::folder(state_dir), state: Mutex::new(state) };
        let tls = Self(Some(Arc::new(serving)));
        tls.publish();
        Ok(tls)
    }

    /// Whether the port speaks TLS.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Whether the port speaks TLS and has no certificate to do so: it answers nobody.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.0.as_ref().is_some_and(|serving| serving.lock().served.is_none())
    }

    /// What new connections are greeted with; `None` without a certificate.
    #[must_use]
    pub fn acceptor(&self) -> Option<TlsAcceptor> {
        self.of_served(|served| TlsAcceptor::from(Arc::clone(&served.config)))
    }

    /// SHA-256 of the certificate in force, lower-case hex.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        self.of_served(|served| served.facts.fingerprint.clone())
    }

    /// Whether the certificate in force is for this host name or address.
    #[must_use]
    pub fn is_for(&self, host: &str) -> bool {
        self.of_served(|served| served.facts.names.iter().any(|name| matches(name, host))).unwrap_or(false)
    }

    fn of_served<T>(&self, ask: impl FnOnce(&Served) -> T) -> Option<T> {
        self.0.as_ref().and_then(|serving| serving.lock().served.as_ref().map(ask))
    }

    /// Everything that is told about it.
    #[must_use]
    pub fn status(&self) -> RemoteTls {
        let Some(serving) = &self.0 else { return RemoteTls::default() };
        let state = serving.lock();
        let problem = state.problem.clone();
        let Some(served) = &state.served else {
            return RemoteTls { enabled: true, problem, ..RemoteTls::default() };
        };
        RemoteTls {
            enabled: true,
            fingerprint: Some(served.facts.fingerprint.clone()),
            cert_path: Some(served.cert_path.display().to_string()),
            self_signed: Some(served.facts.self_signed),
            names: served.facts.names.clone(),
            not_after_ms: Some(served.facts.not_after_ms),
            problem,
        }
    }

    /// What needs attention, for people.
    #[must_use]
    pub fn warnings(&self, now_ms: i64) -> Vec<String> {
        let Some(serving) = &self.0 else { return Vec::new() };
        let state = serving.lock();
        let Some(served) = &state.served else {
            let problem = state.problem.as_deref().unwrap_or("there is no certificate");
            return vec![format!(
                "TLS: {problem}. gateway.tls.autoGenerate is false, so the port answers nobody until there is a \
                 certificate that works; it is served as soon as it is there"
            )];
        };
        let problem = state.problem.as_ref().map(|problem| {
            format!("TLS: {problem}. Until then the certificate in {} is served", served.cert_path.display())
        });
        let expiry = expiry(&served.facts, now_ms).map(|text| format!("TLS: {} {text}", served.cert_path.display()));
        [problem, expiry, served.exposed.clone()].into_iter().flatten().collect()
    }

    /// Looks at the files, and takes a new pair over once it stands still: it is
    /// two files, and between them there is half a pair. Returns whether anything
    /// changed. Reads files: call it off the async threads.
    pub fn look(&self) -> bool {
        let Some(serving) = &self.0 else { return false };
        let now = stamp(&serving.files);
        {
            let mut state = serving.lock();
            if state.seen != now {
                state.seen = now;
                return false;
            }
            if state.tried == now {
                return false;
            }
        }
        match files::read(&serving.files).and_then(|pair| Served::of(pair, serving.files.cert.clone())) {
            Ok(fresh) => {
                tracing::info!(
                    cert = %serving.files.cert.display(), fingerprint = fresh.facts.fingerprint,
                    "The TLS certificate was read again."
                );
                *serving.lock() = State { served: Some(fresh), problem: None, seen: now.clone(), tried: now };
                self.publish();
            }
            Err(problem) => {
                let mut state = serving.lock();
                let then = if state.served.is_some() { "stays as it was" } else { "is still missing" };
                tracing::warn!("The TLS certificate {then}: {problem}.");
                (state.problem, state.tried) = (Some(problem), now);
            }
        }
        true
    }

    /// Leaves the fingerprint where this machine's own clients find it.
    fn publish(&self) {
        let Some(serving) = &self.0 else { return };
        let path = serving.folder.join(FINGERPRINT_FILE);
        let Some(fingerprint) = self.fingerprint() else {
            drop(fs::remove_file(path));
            return;
        };
        let text = format!("{fingerprint}\n");
        let written = private::make_folder(&serving.folder).and_then(|()| private::write(&path, &text));
        if let Err(error) = written {
            tracing::warn!(%error, path = %path.display(), "Programs of this machine cannot learn the TLS fingerprint.");
        }
    }
}

impl Serving {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Served {
    fn of(pair: Pair, cert_path: PathBuf) -> Result<Self, String> {
        let Pair { chain, key, facts, exposed } = pair;
        let unusable =
            |error: rustls::Error| format!("the certificate in {} cannot be used: {error}", cert_path.display());
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(unusable)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Clients that come back skip the signatures, without the server keeping anything.
        config.ticketer = rustls::crypto::ring::Ticketer::new().map_err(unusable)?;
        config.send_tls13_tickets = 1;
        Ok(Self { config: Arc::new(config), facts, cert_path, exposed })
    }
}

/// The gateway's own pair: the one there is, or a new one. One that is damaged is
/// put aside.
fn own_pair(files: &CertificateFiles, names: &Names, now_ms: i64) -> Result<Pair, String> {
    if files.cert.exists() || files.key.exists() {
        match files::read(files) {
            Ok(pair) => return Ok(pair),
            Err(problem) => {
                tracing::warn!("A new TLS certificate is made: {problem}.");
                files::set_aside(files).map_err(|error| format!("{problem}, and it cannot be moved: {error}"))?;
            }
        }
    }
    files::make(files, names, now_ms)?;
    files::read(files)
}

/// `*` stands for one label.
fn matches(name: &str, host: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(rest) => {
            host.split_once('.').is_some_and(|(label, own)| !label.is_empty() && own.eq_ignore_ascii_case(rest))
        }
        None => name.eq_ignore_ascii_case(host),
    }
}

/// What is known of the certificate that a gateway with these settings serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateCheck {
    /// Its file.
    pub file: PathBuf,
    /// Until when it is valid, epoch milliseconds.
    pub not_after_ms: i64,
    /// It cannot be used, or not for long.
    pub expiry: Option<String>,
    /// The key can be read by others.
    pub exposed: Option<String>,
}

/// Looks at the certificate without serving it; `None` while TLS is off, and before
/// the first one was made. Reads files.
///
/// # Errors
/// Why the files cannot be used.
pub fn examine(settings: &TlsSettings, state_dir: &Path, now_ms: i64) -> Result<Option<CertificateCheck>, String> {
    let files = settings.own.clone().unwrap_or_else(|| files::default_files(state_dir));
    if !settings.enabled || (settings.own.is_none() && settings.auto_generate && !files.cert.exists()) {
        return Ok(None);
    }
    let Pair { facts, exposed, .. } = files::read(&files)?;
    let expiry = expiry(&facts, now_ms);
    Ok(Some(CertificateCheck { file: files.cert, not_after_ms: facts.not_after_ms, expiry, exposed }))
}

fn expiry(facts: &CertificateFacts, now_ms: i64) -> Option<String> {
    let left = facts.not_after_ms - now_ms;
    if left <= 0 {
        return Some("has expired: put a new certificate there; it is read without a restart".to_owned());
    }
    if facts.not_before_ms > now_ms {
        return Some("is not valid yet: check the clock of this machine".to_owned());
    }
    (left < WARN_BEFORE_MS).then(|| format!("expires in {} days: put a new certificate there", left / 86_400_000))
}

fn stamp(files: &CertificateFiles) -> Stamp {
    let paths = [Some(&files.cert), Some(&files.key), files.chain.as_ref()];
    let look = |path: &PathBuf| fs::metadata(path).ok().and_then(|of| Some((of.modified().ok()?, of.len())));
    paths.into_iter().flatten().map(look).collect()
}

#[cfg(test)]
mod tests;
