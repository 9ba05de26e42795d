//! The list of a release: what it is, where its files are, what they hash to.
//! It is believed when one of the known keys signed its exact bytes; the files
//! are believed because it names their hashes.

use std::collections::BTreeMap;

use postern_protocol::identity::PublicKey;
use serde::{Deserialize, Serialize};
use url::Url;

use super::version::Version;

/// Largest list, bytes.
pub(super) const MAX_MANIFEST: usize = 256 * 1024;
/// Largest file that a list may name, bytes.
pub const MAX_FILE: u64 = 512 * 1024 * 1024;
/// Longest notes that are kept, characters.
const MAX_NOTES: usize = 8_000;
/// How far the clock of the signer may be ahead.
const CLOCK_SKEW_MS: i64 = 24 * 60 * 60 * 1000;

/// The list as it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Name of the program, so that a list of another product is never taken for one.
    pub product: String,
    /// Version of every file in it.
    pub version: String,
    /// Who gets it: `stable`, `beta` …
    pub channel: String,
    /// What is new, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// When it was signed, epoch milliseconds.
    pub published_at: i64,
    /// When it stops being believed, epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    /// The oldest version that can be updated to this one in one step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_version: Option<String>,
    /// The file for each platform.
    pub platforms: BTreeMap<String, PlatformFile>,
}

/// The program for one platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformFile {
    /// Where it is; relative to the list's own address or complete.
    pub url: String,
    /// How long it is, bytes.
    pub size: u64,
    /// What it hashes to, lower-case hex.
    pub sha256: String,
}

/// What is compared with a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    /// What runs.
    pub version: &'a Version,
    /// Whose releases are wanted.
    pub channel: &'a str,
    /// This platform, see [`super::target`].
    pub target: &'a str,
    /// Where the list came from.
    pub url: &'a Url,
    /// When the newest list was signed that was ever believed here.
    pub newest_seen_ms: Option<i64>,
    /// Now.
    pub now_ms: i64,
}

/// A release that may be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its version.
    pub version: Version,
    /// Its notes.
    pub notes: Option<String>,
    /// When it was signed.
    pub published_at_ms: i64,
    /// Where its file is.
    pub url: Url,
    /// How long that is.
    pub size: u64,
    /// What it hashes to.
    pub sha256: String,
}

/// What a list that is believed says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// There is something newer.
    Newer(Box<Release>),
    /// What runs is the newest.
    UpToDate,
}

/// Why a list is not believed or not followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// No key signed it.
    #[error("the release list is not signed by a key that this gateway trusts; nothing was installed")]
    Signature,
    /// A key of the configuration is none.
    #[error("update.publicKeys: one is no Ed25519 public key in base64")]
    Key,
    /// It is no list.
    #[error("the release list cannot be read: {0}")]
    Shape(String),
    /// It is for somebody else.
    #[error("the release list is for {0}")]
    Foreign(String),
    /// It is older than one that was seen.
    #[error("the release list is older than one that was seen before: somebody may be holding back newer releases")]
    Older,
    /// Its time is over.
    #[error("the release list has expired: the server is out of date, or somebody is holding back newer releases")]
    Expired,
    /// It comes from the future.
    #[error("the release list was signed in the future; check this machine's clock")]
    Future,
    /// It has nothing for this platform.
    #[error("the release {version} has no file for {target}")]
    Platform {
        /// Which release.
        version: String,
        /// This platform.
        target: String,
    },
    /// What runs is too old.
    #[error("the release {version} can only be installed over {needed} or newer; install that first")]
    TooOld {
        /// Which release.
        version: String,
        /// What it needs.
        needed: String,
    },
}

/// Reads a list that one of `keys` signed. The signature is over the bytes, so
/// nothing of an unsigned text is ever parsed.
///
/// # Errors
/// [`ManifestError`] when it is not signed, or is no list.
pub(super) fn open(text: &str, signature: &str, keys: &[String]) -> Result<Manifest, ManifestError> {
    let keys = keys.iter().map(|key| PublicKey::parse(key).ok_or(ManifestError::Key));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    if !keys.iter().any(|key| key.verifies(text, signature.trim())) {
        return Err(ManifestError::Signature);
    }
    serde_json::from_str(text).map_err(|error| ManifestError::Shape(error.to_string()))
}

/// What a list that was signed means for this gateway.
///
/// # Errors
/// [`ManifestError`] when it must not or cannot be followed.
pub(super) fn judge(manifest: &Manifest, known: &Known<'_>) -> Result<Verdict, ManifestError> {
    if manifest.product != "postern" {
        return Err(ManifestError::Foreign(format!("the product {:?}", manifest.product)));
    }
    if manifest.channel != known.channel {
        return Err(ManifestError::Foreign(format!("the channel {:?}, not {:?}", manifest.channel, known.channel)));
    }
    if known.newest_seen_ms.is_some_and(|seen| manifest.published_at < seen) {
        return Err(ManifestError::Older);
    }
    if manifest.published_at > known.now_ms.saturating_add(CLOCK_SKEW_MS) {
        return Err(ManifestError::Future);
    }
    if manifest.expires_at.is_some_and(|end| end <= known.now_ms) {
        return Err(ManifestError::Expired);
    }
    let version =
        |text: &str| text.parse::<Version>().map_err(|error| ManifestError::Shape(format!("{text:?} {error}")));
    let offered = version(&manifest.version)?;
    if offered <= *known.version {
        return Ok(Verdict::UpToDate);
    }
    if let Some(needed) = &manifest.min_version
        && *known.version < version(needed)?
    {
        return Err(ManifestError::TooOld { version: manifest.version.clone(), needed: needed.clone() });
    }
    release(manifest, offered, known).map(|release| Verdict::Newer(Box::new(release)))
}

fn release(manifest: &Manifest, version: Version, known: &Known<'_>) -> Result<Release, ManifestError> {
    let shape = |text: String| ManifestError::Shape(text);
    let file = manifest.platforms.get(known.target).ok_or_else(|| ManifestError::Platform {
        version: manifest.version.clone(),
        target: known.target.to_owned(),
    })?;
    let url = known.url.join(&file.url).map_err(|error| shape(format!("platforms.{}.url: {error}", known.target)))?;
    if !(1..=MAX_FILE).contains(&file.size) {
        return Err(shape(format!("platforms.{}.size is not from 1 to {MAX_FILE}", known.target)));
    }
    let is_hash = file.sha256.len() == 64 && file.sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !is_hash {
        return Err(shape(format!("platforms.{}.sha256 is not 64 hex digits", known.target)));
    }
    let notes = manifest.notes.as_ref().map(|notes| notes.chars().take(MAX_NOTES).collect());
    let published_at_ms = manifest.published_at;
    Ok(Release { version, notes, published_at_ms, url, size: file.size, sha256: file.sha256.clone() })
}

#[cfg(test)]
mod tests {
    use postern_protocol::identity::DeviceKey;

    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn manifest() -> Manifest {
        let file = PlatformFile { url: "files/postern".into(), size: 10, sha256: "a".repeat(64) };
        Manifest {
            product: "postern".into(),
            version: "0.2.0".into(),
            channel: "stable".into(),
            notes: Some("better".into()),
            published_at: NOW,
            expires_at: None,
            min_version: None,
            platforms: BTreeMap::from([("x86_64-linux".to_owned(), file)]),
        }
    }

    fn judged(change: impl FnOnce(&mut Manifest)) -> Result<Verdict, ManifestError> {
        let mut manifest = manifest();
        change(&mut manifest);
        let (version, url) = ("0.1.0".parse().unwrap(), Url::parse("https://r.example/stable/list.json").unwrap());
        let known = Known {
            version: &version,
            channel: "stable",
            target: "x86_64-linux",
            url: &url,
            newest_seen_ms: Some(NOW - 1),
            now_ms: NOW,
        };
        judge(&manifest, &known)
    }

    #[test]
    fn a_newer_release_is_offered_with_its_file() {
        let Ok(Verdict::Newer(release)) = judged(|_| {}) else { panic!("not offered") };
        assert_eq!(release.url.as_str(), "https://r.example/stable/files/postern");
        assert_eq!((release.version.to_string().as_str(), release.size), ("0.2.0", 10));
    }

    #[test]
    fn older_and_equal_versions_are_never_offered() {
        for version in ["0.1.0", "0.0.9", "0.1.0-beta.1", "0.1.0+other"] {
            assert_eq!(judged(|manifest| manifest.version = version.into()), Ok(Verdict::UpToDate), "{version}");
        }
    }

    #[test]
    fn what_must_not_be_followed_is_refused_with_the_reason() {
        type Change = fn(&mut Manifest);
        let cases: [(Change, &str); 10] = [
            (|m| m.product = "other".into(), "for the product"),
            (|m| m.channel = "beta".into(), "for the channel"),
            (|m| m.published_at = NOW - 2, "older than one"),
            (|m| m.published_at = NOW + 2 * CLOCK_SKEW_MS, "in the future"),
            (|m| m.expires_at = Some(NOW), "expired"),
            (|m| m.min_version = Some("0.1.5".into()), "over 0.1.5 or newer"),
            (|m| m.version = "new".into(), "no version"),
            (|m| m.platforms.clear(), "no file for x86_64-linux"),
            (|m| m.platforms.values_mut().for_each(|file| file.size = MAX_FILE + 1), "size"),
            (|m| m.platforms.values_mut().for_each(|file| file.sha256 = "A".repeat(64)), "sha256"),
        ];
        for (change, reason) in cases {
            let error = judged(change).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn only_the_exact_bytes_under_a_known_key_are_read() {
        let key = DeviceKey::from_seed(&[7; 32]);
        let other = DeviceKey::from_seed(&[8; 32]).public_key().to_base64url();
        let keys = [other.clone(), key.public_key().to_base64url()];
        let text = serde_json::to_string(&manifest()).unwrap();
        let signature = key.sign(&text);
        assert_eq!(open(&text, &signature, &keys), Ok(manifest()));
        assert_eq!(open(&format!("{text} "), &signature, &keys), Err(ManifestError::Signature));
        assert_eq!(open(&text, &signature, &[other]), Err(ManifestError::Signature));
        assert_eq!(open(&text, &signature, &[]), Err(ManifestError::Signature));
        assert_eq!(open(&text, "", &keys), Err(ManifestError::Signature));
        assert_eq!(open(&text, &signature, &["x".to_owned()]), Err(ManifestError::Key));
    }
}
