//! What comes with a message: pictures are kept by their hash, text files become
//! part of the message.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use postern_protocol::chat::Attachment;
use postern_protocol::hex::hex;
use sha2::{Digest, Sha256};

use super::error::RunError;
use super::record::{Input, Picture};
use crate::store::{Change, MediaRow};

/// Attachments of one message.
const MOST: usize = 16;
/// Largest picture, bytes (`methods.md §2`).
const LARGEST_PICTURE: usize = 5_000_000;
/// Largest text file, bytes.
const LARGEST_TEXT: usize = 256 * 1024;

/// Adds the attachments to the message and gives what must be kept for it.
pub(super) fn take_in(
    session_key: &str,
    attachments: Vec<Attachment>,
    input: &mut Input,
) -> Result<Vec<Change>, RunError> {
    let refuse = |index: usize, problem: String| RunError::Attachment { index, problem };
    if attachments.len() > MOST {
        return Err(refuse(MOST, format!("is one too many; send at most {MOST}")));
    }
    let mut media = Vec::new();
    for (index, attachment) in attachments.into_iter().enumerate() {
        match read(&attachment).map_err(|problem| refuse(index, problem))? {
            Read::Picture(mime, bytes) => {
                let id = hex(&Sha256::digest(&bytes));
                let size = bytes.len() as u64;
                input.pictures.push(Picture { media_id: id.clone(), mime: mime.to_owned(), size });
                media.push(Change::Media(MediaRow {
                    id,
                    session_key: session_key.to_owned(),
                    mime: mime.to_owned(),
                    bytes,
                }));
            }
            Read::Text(name, text) => {
                input.text = format!("{}\n\n[file: {name}]\n{text}\n[end of file]", input.text).trim_start().to_owned();
            }
        }
    }
    Ok(media)
}

enum Read {
    Picture(&'static str, Vec<u8>),
    Text(String, String),
}

fn read(attachment: &Attachment) -> Result<Read, String> {
    let content = attachment.content.as_deref().unwrap_or_default();
    let (declared, encoded) = match content.strip_prefix("data:").and_then(|rest| rest.split_once(',')) {
        Some((head, body)) => (head.split(';').next().unwrap_or_default().to_owned(), body),
        None => (String::new(), content),
    };
    if encoded.trim().is_empty() {
        return Err("has no content; send base64 or a data: URL".to_owned());
    }
    // A third more than the largest picture: checked before it is decoded.
    if encoded.len() > LARGEST_PICTURE / 3 * 4 + 16 {
        return Err(format!("is larger than {LARGEST_PICTURE} bytes"));
    }
    let encoded: String = encoded.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let decoded = [STANDARD, STANDARD_NO_PAD, URL_SAFE].iter().find_map(|engine| engine.decode(&encoded).ok());
    let bytes = decoded.ok_or("is not base64")?;
    if bytes.len() > LARGEST_PICTURE {
        return Err(format!("is larger than {LARGEST_PICTURE} bytes"));
    }
    if let Some(mime) = picture_type(&bytes) {
        return Ok(Read::Picture(mime, bytes));
    }
    let mime = attachment.mime_type.clone().filter(|mime| !mime.is_empty()).unwrap_or(declared);
    if mime.starts_with("image/") {
        return Err("is not a PNG, JPEG, GIF or WebP picture".to_owned());
    }
    let name = file_name(attachment.file_name.as_deref());
    if bytes.len() > LARGEST_TEXT {
        return Err(format!("{name} is larger than {LARGEST_TEXT} bytes of text"));
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(Read::Text(name, text)),
        _ => Err(format!("{name} is neither a picture nor a text file")),
    }
}

/// The type that the bytes themselves say; what the client claims may be wrong.
fn picture_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// A name to show; never a path.
fn file_name(written: Option<&str>) -> String {
    let name = written.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(120).collect();
    if name.trim().is_empty() { "file".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attach(mime: &str, name: &str, bytes: &[u8]) -> Attachment {
        Attachment {
            kind: None,
            mime_type: Some(mime.to_owned()),
            file_name: Some(name.to_owned()),
            content: Some(STANDARD.encode(bytes)),
        }
    }

    #[test]
    fn pictures_are_kept_and_text_is_told() {
        let mut input = Input { text: "look".into(), ..Input::default() };
        let png = [0x89, b'P', b'N', b'G', 1, 2, 3];
        let media = take_in(
            "s",
            vec![attach("image/jpeg", "a.png", &png), attach("text/plain", "../../n.txt", b"hi")],
            &mut input,
        )
        .unwrap();
        assert_eq!(media.len(), 1);
        assert_eq!(input.pictures[0].mime, "image/png");
        assert_eq!(input.text, "look\n\n[file: n.txt]\nhi\n[end of file]");
        let data_url = format!("data:image/png;base64,{}", STANDARD.encode(png));
        let mut again = Input::default();
        let one = Attachment { content: Some(data_url), ..Attachment::default() };
        take_in("s", vec![one], &mut again).unwrap();
        assert_eq!(again.pictures, input.pictures);
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let expect = [
            (attach("image/png", "a", b"no"), "is not a PNG"),
            (attach("application/pdf", "a.pdf", b"%PDF\0"), "a.pdf is neither"),
            (attach("text/plain", "t", &vec![b'x'; LARGEST_TEXT + 1]), "is larger"),
            (attach("image/png", "a", &vec![b'x'; LARGEST_PICTURE + 100]), "is larger"),
            (Attachment::default(), "has no content"),
            (Attachment { content: Some("%%%".into()), ..Attachment::default() }, "is not base64"),
        ];
        for (attachment, want) in expect {
            let error = take_in("s", vec![attachment], &mut Input::default()).unwrap_err().to_string();
            assert!(error.starts_with("attachments[0] ") && error.contains(want), "{error}");
        }
        let many = vec![attach("text/plain", "t", b"x"); MOST + 1];
        assert!(take_in("s", many, &mut Input::default()).is_err());
    }
}
