//! The `update` part of the configuration.

use std::time::Duration;

use postern_protocol::identity::PublicKey;
use url::{Host, Url};

use super::raw::{RawUpdate, UpdateAuto};
use super::resolve::Notes;

/// Longest name of a channel.
const MAX_CHANNEL: usize = 32;

/// Where newer releases come from, and what happens by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateSettings {
    /// Which releases are wanted.
    pub channel: String,
    /// Where the signed list is, when the file says so.
    pub url: Option<Url>,
    /// Keys one of which must have signed it, when the file says so.
    pub public_keys: Vec<String>,
    /// What happens by itself.
    pub auto: UpdateAuto,
    /// Never update.
    pub hold: bool,
    /// Between two looks.
    pub check_every: Duration,
}

/// Whether a release list or a file may be fetched from there: nobody on the way
/// may read along or answer instead. On this machine there is nobody on the way.
#[must_use]
pub fn is_fetchable(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        _ => false,
    };
    let anonymous = url.username().is_empty() && url.password().is_none();
    anonymous && url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && loopback))
}

impl Notes {
    pub(super) fn update(&mut self, raw: &RawUpdate) -> UpdateSettings {
        let channel = raw.channel.as_deref().map_or("stable", str::trim);
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let usable = (1..=MAX_CHANNEL).contains(&channel.len()) && channel.bytes().all(plain);
        if !usable {
            self.problem("update.channel", "must be 1 to 32 of a-z, 0-9 and -, such as stable");
        }
        let channel = if usable { channel.to_owned() } else { "stable".to_owned() };
        let url = self.update_url(raw.url.as_deref(), &channel);
        UpdateSettings {
            public_keys: self.update_keys(raw.public_keys.as_deref().unwrap_or_default()),
            // Nobody is asked who was not named.
            auto: raw.auto.unwrap_or(if url.is_some() { UpdateAuto::Check } else { UpdateAuto::Off }),
            url,
            hold: raw.hold.unwrap_or(false),
            check_every: Duration::from_secs(u64::from(raw.check_every_hours.unwrap_or(24)) * 60 * 60),
            channel,
        }
    }

    fn update_url(&mut self, written: Option<&str>, channel: &str) -> Option<Url> {
        let written = written.map(str::trim).filter(|text| !text.is_empty())?;
        let url = Url::parse(&written.replace("{channel}", channel)).ok().filter(is_fetchable);
        if url.is_none() {
            let message = "must be an https address without a password, such as https://example.org/{channel}.json";
            self.problem("update.url", message);
        }
        url
    }

    fn update_keys(&mut self, written: &[String]) -> Vec<String> {
        let mut keys = Vec::with_capacity(written.len());
        for (index, key) in written.iter().enumerate() {
            match PublicKey::parse(key) {
                Some(key) => keys.push(key.to_base64url()),
                None => self.problem(
                    format!("update.publicKeys[{index}]"),
                    "must be an Ed25519 public key, 32 bytes in base64",
                ),
            }
        }
        keys
    }
}
