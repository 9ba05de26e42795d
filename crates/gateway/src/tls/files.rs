//! Certificate files: read, checked against each other, and made where there are
//! none. Every problem names the file and what to do.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::certificate::CertificateFacts;
use crate::config::CertificateFiles;
use crate::private;

/// How long a certificate that is made here lasts. Long, since every client that
/// pinned it must be asked again after it.
const YEARS: i16 = 10;
/// Larger files are no certificates.
const MAX_BYTES: u64 = 1024 * 1024;

/// A certificate with its key, checked.
#[derive(Debug)]
pub(super) struct Pair {
    /// The certificate first, then those of its issuers.
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
    pub(super) facts: CertificateFacts,
    /// The key file can be read by others.
    pub(super) exposed: Option<String>,
}

/// Where the gateway keeps the certificate that it makes itself.
pub(super) fn default_files(state_dir: &Path) -> CertificateFiles {
    let folder = folder(state_dir);
    CertificateFiles { cert: folder.join("gateway-cert.pem"), key: folder.join("gateway-key.pem"), chain: None }
}

pub(super) fn folder(state_dir: &Path) -> PathBuf {
    state_dir.join("gateway").join("tls")
}

/// Reads a pair and checks that key and certificate belong together.
pub(super) fn read(files: &CertificateFiles) -> Result<Pair, String> {
    let cert = files.cert.display();
    let mut chain = certificates(&files.cert)?;
    if let Some(extra) = &files.chain {
        chain.extend(certificates(extra)?);
    }
    let key_text = text(&files.key)?;
    let key = PrivateKeyDer::from_pem_slice(key_text.as_bytes()).map_err(|_| {
        let hint = if key_text.contains("ENCRYPTED") { "; it must not have a passphrase" } else { "" };
        format!("{} holds no private key in PEM form{hint}", files.key.display())
    })?;
    let first = chain.first().ok_or_else(|| format!("{cert} holds no certificate in PEM form"))?;
    let facts = CertificateFacts::read(first)
        .ok_or_else(|| format!("{cert}: the first certificate cannot be read; it must be X.509 in PEM form"))?;
    let signing = super::provider()
        .key_provider
        .load_private_key(key.clone_key())
        .map_err(|error| format!("the key in {} cannot be used: {error}", files.key.display()))?;
    CertifiedKey::new(chain.clone(), signing).keys_match().map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => format!(
            "the key in {} does not belong to the certificate in {cert}: put the two together that were issued together",
            files.key.display()
        ),
        error => format!("the certificate in {cert} cannot be used: {error}"),
    })?;
    Ok(Pair { chain, key, facts, exposed: exposed(&files.key) })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = text(path)?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let read = read.map_err(|error| format!("{}: {error}; it must be certificates in PEM form", path.display()))?;
    if read.is_empty() {
        return Err(format!("{} holds no certificate in PEM form", path.display()));
    }
    Ok(read)
}

fn text(path: &Path) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !size.is_file() || size.len() > MAX_BYTES {
        return Err(format!("{} is no PEM file", path.display()));
    }
    fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> String {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => format!("{path} does not exist: correct the path, or put the file there"),
        io::ErrorKind::PermissionDenied => {
            format!("{path} cannot be read by the gateway's user: give that user the right to read it")
        }
        io::ErrorKind::InvalidData => format!("{path} is no text: it must be in PEM form"),
        _ => format!("{path} cannot be read: {error}"),
    }
}

/// Others than the owner can read the key.
#[cfg(unix)]
fn exposed(key: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(key).ok()?.permissions().mode() & 0o777;
    // A group of its own, such as `ssl-cert`, is how distributions share keys.
    (mode & 0o007 != 0 || mode & 0o030 != 0).then(|| {
        format!("everybody on this machine may get at the TLS key {} (mode {mode:03o}): chmod 600 it", key.display())
    })
}

#[cfg(not(unix))]
fn exposed(_key: &Path) -> Option<String> {
    None
}

/// What a certificate is made for.
#[derive(Debug, Clone)]
pub struct Names {
    /// Name of this machine.
    pub host: String,
    /// Its name in the tailnet, when it is known.
    pub tailnet: Option<String>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

impl Names {
    /// Every name that a browser may be told, this machine's own first.
    fn all(&self) -> Vec<String> {
        let host = self.host.trim_end_matches('.').to_ascii_lowercase();
        let mut names = vec!["localhost".to_owned(), host.clone()];
        if !host.contains('.') {
            names.push(format!("{host}.local"));
        }
        names.extend(self.tailnet.as_deref().map(|name| name.trim_end_matches('.').to_ascii_lowercase()));
        names.retain(|name| is_dns_name(name));
        names.extend(["127.0.0.1".to_owned(), "::1".to_owned()]);
        names.extend(self.addresses.iter().filter(|ip| !ip.is_unspecified()).map(ToString::to_string));
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names
    }
}

fn is_dns_name(name: &str) -> bool {
    let plain = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.len() <= 253 && name.split('.').all(plain)
}

/// Makes a self-signed pair and writes it: the key first, both private, whole or
/// not at all.
pub(super) fn make(files: &CertificateFiles, names: &Names, now_ms: i64) -> Result<(), String> {
    let failed = |what: &str, error: &dyn std::fmt::Display| format!("no certificate could be {what}: {error}");
    let key = KeyPair::generate().map_err(|error| failed("made", &error))?;
    let mut params = CertificateParams::new(names.all()).map_err(|error| failed("made", &error))?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, "Postern gateway");
    params.distinguished_name = subject;
    params.insert_extended_key_usage(ExtendedKeyUsagePurpose::ServerAuth);
    let (year, month, day) = date(now_ms);
    // Clocks of clients may be behind by a day.
    (params.not_before, params.not_after) = (
        rcgen::date_time_ymd(i32::from(year) - 1, month, day),
        rcgen::date_time_ymd(i32::from(year.saturating_add(YEARS)), month, day),
    );
    let certificate = params.self_signed(&key).map_err(|error| failed("made", &error))?;
    let folder = private::folder_of(&files.key);
    let unwritable = |error: io::Error| format!("{} cannot be written: {error}", folder.display());
    private::make_folder(folder).map_err(unwritable)?;
    private::write(&files.key, key.serialize_pem()).map_err(unwritable)?;
    private::write(&files.cert, certificate.pem()).map_err(unwritable)
}

/// Day in UTC; the 28th at most, which every year has.
fn date(now_ms: i64) -> (i16, u8, u8) {
    let now = jiff::Timestamp::from_millisecond(now_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let date = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let number = |value: i8| u8::try_from(value).unwrap_or(1);
    (date.year(), number(date.month()), number(date.day()).min(28))
}

/// Puts a pair aside that cannot be used, so that nothing is lost.
pub(super) fn set_aside(files: &CertificateFiles) -> io::Result<()> {
    for path in [&files.cert, &files.key] {
        let mut aside = path.as_os_str().to_owned();
        aside.push(".broken");
        match fs::rename(path, aside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names {
            host: "Desk".into(),
            tailnet: Some("desk.tail1.ts.net.".into()),
            addresses: vec!["192.168.1.5".parse().unwrap(), "127.0.0.1".parse().unwrap(), "fe80::1".parse().unwrap()],
        }
    }

    fn made(folder: &Path) -> CertificateFiles {
        let files = default_files(folder);
        make(&files, &names(), 1_767_225_600_000).unwrap();
        files
    }

    #[test]
    fn a_made_certificate_is_for_every_name_of_this_machine_and_lasts() {
        let folder = tempfile::tempdir().unwrap();
        let pair = read(&made(folder.path())).unwrap();
        let wanted =
            ["localhost", "desk", "desk.local", "desk.tail1.ts.net", "127.0.0.1", "::1", "192.168.1.5", "fe80::1"];
        assert_eq!(pair.facts.names, wanted);
        assert!(pair.facts.self_signed && pair.exposed.is_none());
        // 2036-01-01 and 2025-01-01.
        assert_eq!((pair.facts.not_after_ms, pair.facts.not_before_ms), (2_082_758_400_000, 1_735_689_600_000));
    }

    #[test]
    fn names_that_cannot_stand_in_a_certificate_are_left_out() {
        let odd = Names { host: "my desk\u{e9}".into(), tailnet: None, addresses: vec![] };
        assert_eq!(odd.all(), ["localhost", "127.0.0.1", "::1"]);
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_private_and_a_loose_one_is_told() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let files = made(folder.path());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&files.key), mode(files.key.parent().unwrap())), (0o600, 0o700));
        fs::set_permissions(&files.key, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read(&files).unwrap().exposed.unwrap().contains("chmod 600"));
        fs::set_permissions(&files.key, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(read(&files).unwrap().exposed.is_none());
    }

    #[test]
    fn every_problem_names_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let files = made(folder.path());
        let other = made(&folder.path().join("other"));
        let garbage = folder.path().join("garbage.pem");
        fs::write(&garbage, "no certificate").unwrap();
        let table = [
            (CertificateFiles { key: other.key.clone(), ..files.clone() }, "does not belong to the certificate"),
            (CertificateFiles { cert: garbage.clone(), ..files.clone() }, "garbage.pem holds no certificate"),
            (CertificateFiles { key: garbage.clone(), ..files.clone() }, "garbage.pem holds no private key"),
            (CertificateFiles { key: folder.path().join("gone"), ..files.clone() }, "gone does not exist"),
            (CertificateFiles { chain: Some(garbage), ..files.clone() }, "garbage.pem holds no certificate"),
            (CertificateFiles { cert: folder.path().to_owned(), ..files }, "is no PEM file"),
        ];
        for (files, wanted) in table {
            let problem = read(&files).unwrap_err();
            assert!(problem.contains(wanted), "{problem}");
        }
    }
}
