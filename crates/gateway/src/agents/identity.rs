//! How an agent is shown: what people decided, and where they left gaps what
//! its IDENTITY.md says. What an agent writes there is bounded and never makes a
//! client fetch anything: an address that a page loads by itself could carry away
//! what the agent was told. Addresses count only when a person set them.

use std::path::Path;

use postern_protocol::agents::AvatarStatus;
use postern_tools::Workspace;

use super::{AgentProfile, Agents, NameSource, blocking, workspace};
use crate::config::Identity;
use crate::devices::clean;

/// Name of an agent that nobody named.
const NAMELESS: &str = "Assistant";
/// Longest text that is shown of what an agent wrote, characters.
const MAX_VALUE: usize = 200;
/// Longest emoji: families and flags are several characters each.
const MAX_EMOJI: usize = 12;
/// Longest address of a picture, bytes.
const MAX_URL: usize = 2_048;
/// Longest picture written into the address itself, bytes: it is in every list.
const MAX_DATA: usize = 8_192;
/// Largest picture file, bytes.
const MAX_PICTURE: u64 = 2 * 1024 * 1024;
/// Kinds of pictures by the end of a file's name. None that can hold scripts.
const PICTURES: [(&str, &str); 5] =
    [("png", "image/png"), ("jpg", "image/jpeg"), ("jpeg", "image/jpeg"), ("webp", "image/webp"), ("gif", "image/gif")];

/// How an agent is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// Where the name is from.
    pub name_source: NameSource,
    /// What it is like.
    pub theme: Option<String>,
    /// One emoji.
    pub emoji: Option<String>,
    /// Picture, emoji or letter.
    pub avatar: Avatar,
}

/// What stands beside an agent's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Avatar {
    /// Emoji, letter, or address of a picture.
    pub text: String,
    /// Whether it is a picture, and from where.
    pub status: AvatarStatus,
    /// What was written, when it is a picture or should have been one.
    pub source: Option<String>,
    /// Why what was written is not shown.
    pub reason: Option<&'static str>,
}

/// A picture file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its MIME type.
    pub mime: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Agents {
    /// How an agent is shown.
    pub async fn shown(&self, profile: &AgentProfile) -> Shown {
        let (agents, of) = (self.clone(), profile.clone());
        let read = blocking(move || Ok(agents.look(&of)));
        read.await.unwrap_or_else(|_| shown(profile, &Identity::default(), |_| false))
    }

    /// The picture of an agent that is a file of its workspace.
    pub async fn picture(&self, id: &str) -> Option<Picture> {
        let (agents, profile) = (self.clone(), self.get(id)?);
        let read = blocking(move || {
            let Avatar { status: AvatarStatus::Local, source: Some(source), .. } = agents.look(&profile).avatar else {
                return Ok(None);
            };
            let folder = workspace::open(&profile, &agents.0.state_dir)?;
            Ok(read_picture(&folder, &source))
        });
        read.await.ok().flatten()
    }

    /// How an agent is shown; the look around of a heartbeat is no reason to make
    /// its folder. Blocks.
    pub(super) fn look(&self, profile: &AgentProfile) -> Shown {
        let Ok(root) = profile.workspace.canonicalize() else {
            return shown(profile, &Identity::default(), |_| false);
        };
        let texts = self.0.texts.read(&profile.id, &root);
        let own = texts.get("IDENTITY.md").map(parse).unwrap_or_default();
        shown(profile, &own, |path| Workspace::open(&root).is_ok_and(|folder| is_picture(&folder, path)))
    }
}

/// Merges what people decided with what the agent wrote. `is_picture` says
/// whether a path leads to a picture in the workspace.
fn shown(profile: &AgentProfile, own: &Identity, is_picture: impl Fn(&str) -> bool) -> Shown {
    let decided = &profile.identity;
    let (name, name_source) = match (&decided.name, &own.name) {
        (Some(name), _) => (name.clone(), profile.name_source),
        (None, Some(name)) => (name.clone(), NameSource::Identity),
        (None, None) => (NAMELESS.to_owned(), NameSource::Default),
    };
    let emoji = decided.emoji.clone().or_else(|| own.emoji.clone());
    let written = match (&decided.avatar, &own.avatar) {
        (Some(avatar), _) => Written::ByPerson(avatar),
        (None, Some(avatar)) => Written::ByAgent(avatar),
        (None, None) => Written::Nowhere,
    };
    let avatar = avatar(&profile.id, written, (emoji.as_deref(), &name), is_picture);
    Shown { theme: decided.theme.clone().or_else(|| own.theme.clone()), name, name_source, emoji, avatar }
}

/// Who wrote down an avatar.
#[derive(Clone, Copy)]
enum Written<'a> {
    ByPerson(&'a str),
    ByAgent(&'a str),
    Nowhere,
}

fn avatar(
    id: &str,
    written: Written<'_>,
    (emoji_of_agent, name): (Option<&str>, &str),
    is_picture: impl Fn(&str) -> bool,
) -> Avatar {
    let instead = || {
        let letter = name.chars().find(|c| c.is_alphanumeric()).unwrap_or('A');
        emoji_of_agent.map_or_else(|| letter.to_uppercase().to_string(), str::to_owned)
    };
    let (text, by_person) = match written {
        Written::ByPerson(text) => (text, true),
        Written::ByAgent(text) => (text, false),
        Written::Nowhere => {
            return Avatar { text: instead(), status: AvatarStatus::None, source: None, reason: None };
        }
    };
    let source = || Some(text.chars().take(MAX_VALUE).collect());
    let picture = |shown: String, status, source| Avatar { text: shown, status, source, reason: None };
    let refused =
        |reason| Avatar { text: instead(), status: AvatarStatus::None, source: source(), reason: Some(reason) };
    match Kind::of(text) {
        Kind::Emoji(emoji) => picture(emoji, AvatarStatus::None, None),
        Kind::Https if by_person => picture(text.to_owned(), AvatarStatus::Remote, Some(text.to_owned())),
        Kind::Https => refused("an address is shown only when a person set it"),
        // What was written is the picture itself.
        Kind::Data => picture(text.to_owned(), AvatarStatus::Data, None),
        Kind::OtherAddress => refused("only https addresses are shown"),
        Kind::Path if is_picture(text) => picture(format!("/avatar/{id}"), AvatarStatus::Local, Some(text.to_owned())),
        Kind::Path => refused("there is no such picture in the workspace"),
        Kind::Nothing => refused("it is neither an emoji, an address nor a picture"),
    }
}

/// What a written avatar is.
enum Kind {
    Emoji(String),
    Https,
    Data,
    OtherAddress,
    Path,
    Nothing,
}

impl Kind {
    fn of(written: &str) -> Self {
        let lower = written.get(..32).unwrap_or(written).to_ascii_lowercase();
        let is_plain = !written.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'<>\\".contains(c));
        if lower.starts_with("https://") {
            let is_address = is_plain && written.len() <= MAX_URL && url::Url::parse(written).is_ok();
            return if is_address { Self::Https } else { Self::Nothing };
        }
        if lower.starts_with("data:") {
            let is_image = PICTURES.iter().any(|(_, mime)| lower.starts_with(&format!("data:{mime};base64,")));
            return if is_image && is_plain && written.len() <= MAX_DATA { Self::Data } else { Self::Nothing };
        }
        if lower.contains("://") || lower.starts_with("javascript:") {
            return Self::OtherAddress;
        }
        if let Some(emoji) = emoji(written) {
            return Self::Emoji(emoji);
        }
        if mime_of(written).is_some() && written.len() <= MAX_URL { Self::Path } else { Self::Nothing }
    }
}

/// Whether a text can be an avatar at all; whether a picture is there is seen
/// when it is shown.
pub(super) fn is_avatar(text: &str) -> bool {
    matches!(Kind::of(text), Kind::Emoji(_) | Kind::Https | Kind::Data | Kind::Path)
}

/// A text that is an emoji, or another sign that is no word.
pub(super) fn emoji(text: &str) -> Option<String> {
    // Emoji are joined by characters that `clean` takes out, so they are checked as they are.
    let text = text.trim();
    let joins = |c: char| matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{20e3}' | '\u{e0020}'..='\u{e007f}');
    let is_sign = |c: char| !c.is_alphanumeric() && !c.is_ascii() && !c.is_control() && !c.is_whitespace();
    let keycap = text.ends_with('\u{20e3}');
    let fits =
        |c: char| joins(c) || (is_sign(c) && clean(&c.to_string()).is_some()) || (keycap && "0123456789#*".contains(c));
    let count = text.chars().count();
    let shows = text.chars().any(|c| !joins(c));
    ((1..=MAX_EMOJI).contains(&count) && shows && text.chars().all(fits)).then(|| text.to_owned())
}

fn mime_of(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    PICTURES.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known)).map(|(_, mime)| *mime)
}

/// Where a picture is, links resolved, when it is a small file of the workspace.
fn picture_path(folder: &Workspace, path: &str) -> Option<std::path::PathBuf> {
    mime_of(path)?;
    let full = folder.resolve(path).ok()?;
    // A link may have another kind of file behind it.
    mime_of(&full.to_string_lossy())?;
    let metadata = std::fs::symlink_metadata(&full).ok()?;
    (metadata.is_file() && metadata.len() <= MAX_PICTURE).then_some(full)
}

fn is_picture(folder: &Workspace, path: &str) -> bool {
    picture_path(folder, path).is_some()
}

fn read_picture(folder: &Workspace, path: &str) -> Option<Picture> {
    use std::io::Read as _;
    let full = picture_path(folder, path)?;
    let mime = mime_of(&full.to_string_lossy())?;
    let mut bytes = Vec::new();
    std::fs::File::open(Path::new(&full)).ok()?.take(MAX_PICTURE).read_to_end(&mut bytes).ok()?;
    let is_what_it_says = match mime {
        "image/png" => bytes.starts_with(b"\x89PNG"),
        "image/jpeg" => bytes.starts_with(b"\xff\xd8\xff"),
        "image/gif" => bytes.starts_with(b"GIF8"),
        _ => bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
    };
    is_what_it_says.then_some(Picture { mime, bytes })
}

/// Reads `- Name: value` lines. The first line of a kind counts; what is empty,
/// a placeholder or not what it should be is left out.
pub(super) fn parse(text: &str) -> Identity {
    let mut identity = Identity::default();
    for line in text.lines().take(200) {
        let line = line.trim_start().trim_start_matches(['-', '*', ' ', '\t']);
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim().trim_matches(['*', '_', '`', '"']).trim();
        if value.is_empty() || value.starts_with(['(', '<', '[', '{']) {
            continue;
        }
        match key.trim().trim_matches(['*', '_', '`']).to_ascii_lowercase().as_str() {
            "name" => keep(&mut identity.name, || clean(value)),
            "theme" => keep(&mut identity.theme, || clean(value)),
            "emoji" => keep(&mut identity.emoji, || emoji(value)),
            "avatar" => keep(&mut identity.avatar, || (value.len() <= MAX_URL).then(|| value.to_owned())),
            _ => {}
        }
    }
    identity
}

fn keep(slot: &mut Option<String>, value: impl FnOnce() -> Option<String>) {
    if slot.is_none() {
        *slot = value();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::agents::tests::profile;

    #[test]
    fn identity_lines_are_read_in_the_forms_people_write() {
        let text = "# Identity\n\n- **Name:** Nova\n* Emoji: \u{1f98a}\nTheme: calm, dry wit\n  - avatar: pictures/me.png\n- Name: Other\n";
        let want = Identity {
            name: Some("Nova".into()),
            theme: Some("calm, dry wit".into()),
            emoji: Some("\u{1f98a}".into()),
            avatar: Some("pictures/me.png".into()),
        };
        assert_eq!(parse(text), want);
        assert_eq!(parse("- Name:\n- Name: (pick one)\n- Emoji: fox\n"), Identity::default());
        let hostile = format!("Name: {}\u{202e}\u{0}", "x".repeat(10_000));
        let name = parse(&hostile).name.unwrap();
        assert!(name.len() <= MAX_VALUE && name.chars().all(|c| c == 'x'), "{name}");
    }

    #[test]
    fn people_win_over_the_file_and_somebody_always_has_a_name() {
        let own = parse("- Name: Nova\n- Emoji: \u{1f98a}\n");
        let mut agent = profile("a");
        let named = shown(&agent, &own, |_| false);
        assert_eq!((named.name.as_str(), named.name_source), ("Nova", NameSource::Identity));
        assert_eq!((named.emoji.as_deref(), named.avatar.text.as_str()), (Some("\u{1f98a}"), "\u{1f98a}"));
        agent.identity.name = Some("Work".into());
        agent.name_source = NameSource::Config;
        assert_eq!(shown(&agent, &own, |_| false).name, "Work");
        let nameless = shown(&profile("a"), &Identity::default(), |_| false);
        assert_eq!((nameless.name.as_str(), nameless.avatar.text.as_str()), ("Assistant", "A"));
    }

    #[test]
    fn avatars_lead_nowhere_else() {
        let look = |written: &str| avatar("nova", Written::ByPerson(written), (None, "nova"), |path| path == "me.png");
        let status = |written: &str| look(written).status;
        assert_eq!(look("me.png").text, "/avatar/nova");
        assert_eq!(status("me.png"), AvatarStatus::Local);
        assert_eq!(look("https://example.com/a.png").text, "https://example.com/a.png");
        assert_eq!(status("data:image/png;base64,AAAA"), AvatarStatus::Data);
        assert_eq!(look("\u{1f98a}").text, "\u{1f98a}");
        for written in [
            "http://10.0.0.1/a.png",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "../secret.png",
            "data:text/html;base64,AAAA",
            "data:image/svg+xml;base64,AAAA",
            "https://example.com/\"><script>",
            "word",
        ] {
            let refused = look(written);
            assert_eq!((refused.status, refused.text.as_str()), (AvatarStatus::None, "N"), "{written}");
            assert!(refused.reason.is_some(), "{written}");
        }
    }

    #[test]
    fn an_agent_makes_nobody_fetch_anything() {
        let own = parse("- Avatar: https://evil.example/?told=secret\n");
        let shown = shown(&profile("nova"), &own, |_| true);
        assert_eq!((shown.avatar.status, shown.avatar.text.as_str()), (AvatarStatus::None, "A"));
        assert_eq!(shown.avatar.reason, Some("an address is shown only when a person set it"));
    }

    #[test]
    fn emoji_are_signs_not_words() {
        for text in
            ["\u{1f98a}", "\u{1f469}\u{200d}\u{1f4bb}", "\u{1f1e9}\u{1f1ea}", "7\u{fe0f}\u{20e3}", "\u{2764}\u{fe0f}"]
        {
            assert_eq!(emoji(text).as_deref(), Some(text), "{text}");
        }
        for text in ["", "fox", "<b>", "\u{202e}", "\u{200d}", "a\u{1f98a}", &"\u{1f98a}".repeat(13)] {
            assert_eq!(emoji(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_stays_bounded(text in any::<String>()) {
            let own = parse(&text);
            for value in [own.name, own.theme, own.emoji].into_iter().flatten() {
                prop_assert!(!value.is_empty() && value.chars().count() <= MAX_VALUE);
            }
            let shown = avatar("a", Written::ByAgent(&text), (None, "a"), |_| false);
            prop_assert!(!shown.text.contains("://"));
            prop_assert!(!shown.text.is_empty());
            if shown.status == AvatarStatus::None {
                prop_assert!(shown.text.chars().count() <= MAX_EMOJI);
            }
        }
    }
}
