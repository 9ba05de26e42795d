//! Places in the web app, and the `postern://` links that lead there. A link names
//! a place and nothing else: no gateway, no secret, no action.

use url::Url;

/// Longest session key that a link may name.
const LONGEST_KEY: usize = 512;

/// A place in the web app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// Wherever the app begins.
    Home,
    /// A conversation; the one that was open last when none is named.
    Chat(Option<String>),
    /// The chat with the cursor in its text field.
    Compose,
    /// The code that a phone scans.
    Pair,
    /// Devices and requests that wait.
    Devices,
    /// Commands that wait.
    Approvals,
    /// Switches of the desktop app.
    Settings,
}

impl Route {
    /// What stands behind the `#`.
    pub(crate) fn fragment(&self) -> Option<String> {
        let fixed = match self {
            Self::Home => return None,
            Self::Chat(Some(key)) => return Some(format!("/chat/{}", encode(key))),
            Self::Chat(None) | Self::Compose => "/chat",
            Self::Pair => "/devices/pair",
            Self::Devices => "/devices",
            Self::Approvals => "/approvals",
            Self::Settings => "/about",
        };
        Some(fixed.to_owned())
    }

    /// Reads a link; `None` for everything that is not exactly one of the known
    /// forms.
    pub(crate) fn of_link(text: &str) -> Option<Self> {
        let link = Url::parse(text).ok().filter(|link| link.scheme() == "postern")?;
        let plain = link.username().is_empty() && link.password().is_none() && link.port().is_none();
        if !plain || link.query().is_some() || link.fragment().is_some() {
            return None;
        }
        let path = link.path().trim_matches('/');
        match (link.host_str()?, path) {
            ("open", "") => Some(Self::Home),
            ("chat", "") => Some(Self::Chat(None)),
            ("chat", key) => session_key(key).map(|key| Self::Chat(Some(key))),
            ("pair", "") => Some(Self::Pair),
            ("settings", "") => Some(Self::Settings),
            _ => None,
        }
    }
}

fn session_key(encoded: &str) -> Option<String> {
    let key = decode(encoded)?;
    let fits = !key.is_empty() && key.len() <= LONGEST_KEY && !key.chars().any(char::is_control);
    fits.then_some(key)
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// As `encodeURIComponent` does, a little stricter.
fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_places() {
        for (link, fragment) in [
            ("postern://open", None),
            ("postern://chat", Some("/chat")),
            ("postern://chat/", Some("/chat")),
            ("postern://chat/agent%3Amain%3Amain", Some("/chat/agent%3Amain%3Amain")),
            ("postern://chat/agent:main:main", Some("/chat/agent%3Amain%3Amain")),
            ("postern://chat/a%20b%C3%A4", Some("/chat/a%20b%C3%A4")),
            ("postern://pair", Some("/devices/pair")),
            ("postern://settings", Some("/about")),
        ] {
            assert_eq!(Route::of_link(link).unwrap().fragment().as_deref(), fragment, "{link}");
        }
    }

    #[test]
    fn links_carry_no_gateway_no_secret_and_nothing_unknown() {
        for link in [
            "",
            "postern:",
            "postern://",
            "https://chat/x",
            "postern://chat?gatewayUrl=ws://evil",
            "postern://chat/x?token=t",
            "postern://chat/x#token=t",
            "postern://user:secret@chat/x",
            "postern://chat:99/x",
            "postern://pair/now",
            "postern://approve/123",
            "postern://chat/%0a",
            "postern://chat/%ff",
            "postern://chat/%4",
        ] {
            assert_eq!(Route::of_link(link), None, "{link}");
        }
        assert_eq!(Route::of_link(&format!("postern://chat/{}", "x".repeat(513))), None);
    }

    #[test]
    fn a_key_cannot_leave_its_place() {
        let route = Route::of_link("postern://chat/..%2f..%2fdevices%23").unwrap();
        assert_eq!(route.fragment().unwrap(), "/chat/..%2F..%2Fdevices%23");
    }
}
