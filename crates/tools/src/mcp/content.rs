//! What a server's tool gave back, as an outcome: text and pictures as such, the rest described, all of it bounded.

use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};

use crate::tool::{ToolContent, ToolOutcome};

/// Parts looked at.
const MAX_PARTS: usize = 64;
/// Base64 characters of one picture; of five megabytes.
const MAX_IMAGE: usize = 7 * 1024 * 1024;
/// Pictures of one outcome.
const MAX_IMAGES: usize = 8;

/// Picture types that models take.
const IMAGE_TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Maps `result`; text beyond `max_bytes` is cut.
pub(super) fn outcome(result: CallToolResult, max_bytes: usize) -> ToolOutcome {
    let mut parts = Parts { content: Vec::new(), room: max_bytes, images: 0 };
    let total = result.content.len();
    for block in result.content.into_iter().take(MAX_PARTS) {
        parts.add(block);
    }
    if total > MAX_PARTS {
        parts.text(format!("[{} more parts are not shown]", total - MAX_PARTS));
    }
    if parts.content.is_empty() {
        // A tool with a structured result says the same in text; one that does not is shown its structure.
        parts.text(result.structured_content.map_or_else(|| "(no output)".to_owned(), |value| value.to_string()));
    }
    ToolOutcome { content: parts.content, is_error: result.is_error.unwrap_or(false), details: None }
}

struct Parts {
    content: Vec<ToolContent>,
    /// Bytes of text still allowed.
    room: usize,
    images: usize,
}

impl Parts {
    fn add(&mut self, block: ContentBlock) {
        match block {
            ContentBlock::Text(text) => self.text(text.text),
            ContentBlock::Image(image) => self.image(image.mime_type, image.data),
            ContentBlock::Audio(audio) => self.described("audio", Some(&audio.mime_type), audio.data.len()),
            ContentBlock::Resource(resource) => self.resource(resource.resource),
            ContentBlock::ResourceLink(link) => {
                self.text(format!("[link to the resource {} ({})]", shortened(&link.uri), shortened(&link.name)));
            }
            // The SDK may learn kinds this release does not know.
            _ => self.text("[a part of a kind that is not known here]".into()),
        }
    }

    fn text(&mut self, mut text: String) {
        if self.room == 0 {
            return;
        }
        if text.len() > self.room {
            let whole = text.len();
            text.truncate(text.floor_char_boundary(self.room));
            text.push_str(&format!("\n[cut: {} of {whole} bytes shown]", self.room));
            self.room = 0;
        } else {
            self.room -= text.len();
        }
        self.content.push(ToolContent::Text(text));
    }

    fn image(&mut self, mime: String, data: String) {
        let mime = mime.to_ascii_lowercase();
        let fits = data.len() <= MAX_IMAGE && self.images < MAX_IMAGES;
        if fits && IMAGE_TYPES.contains(&mime.as_str()) && is_base64(&data) {
            self.images += 1;
            self.content.push(ToolContent::Image { mime, data });
        } else {
            self.described("image", Some(&mime), data.len());
        }
    }

    fn resource(&mut self, resource: ResourceContents) {
        match resource {
            ResourceContents::TextResourceContents { uri, text, .. } => {
                self.text(format!("[resource {}]\n{text}", shortened(&uri)));
            }
            ResourceContents::BlobResourceContents { uri, mime_type, blob, .. } => match mime_type {
                Some(mime) if IMAGE_TYPES.contains(&mime.as_str()) => self.image(mime, blob),
                mime => self.described(&format!("resource {}", shortened(&uri)), mime.as_deref(), blob.len()),
            },
            _ => self.text("[a resource of a kind that is not known here]".into()),
        }
    }

    fn described(&mut self, what: &str, mime: Option<&str>, base64_length: usize) {
        let mime = shortened(mime.unwrap_or("unknown type"));
        self.text(format!("[{what}, {mime}, {} bytes, not shown]", base64_length / 4 * 3));
    }
}

/// Whether providers will take it: the standard alphabet, padded.
fn is_base64(data: &str) -> bool {
    let digits = data.trim_end_matches('=');
    data.len().is_multiple_of(4)
        && data.len() - digits.len() <= 2
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mapped(result: serde_json::Value, max_bytes: usize) -> ToolOutcome {
        outcome(serde_json::from_value(result).unwrap(), max_bytes)
    }

    #[test]
    fn text_and_pictures_are_kept_and_the_rest_is_described() {
        let outcome = mapped(
            json!({ "isError": true, "content": [
                { "type": "text", "text": "hello" },
                { "type": "image", "mimeType": "image/PNG", "data": "AAAA" },
                { "type": "image", "mimeType": "image/svg+xml", "data": "AAAA" },
                { "type": "image", "mimeType": "image/png", "data": "not base64!" },
                { "type": "audio", "mimeType": "audio/wav", "data": "AAAAAAAA" },
                { "type": "resource", "resource": { "uri": "file:///a", "text": "inside" } },
                { "type": "resource", "resource": { "uri": "file:///b", "blob": "AAAA", "mimeType": "image/gif" } },
                { "type": "resource", "resource": { "uri": "file:///c", "blob": "AAAA" } },
                { "type": "resource_link", "uri": "file:///d", "name": "d" },
            ]}),
            1000,
        );
        assert!(outcome.is_error);
        let text = outcome.text();
        for expected in [
            "hello",
            "[image, image/svg+xml, 3 bytes, not shown]",
            "[audio, audio/wav, 6 bytes, not shown]",
            "[resource file:///a]\ninside",
            "[resource file:///c, unknown type, 3 bytes, not shown]",
            "[link to the resource file:///d (d)]",
        ] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
        let images: Vec<_> = outcome.content.iter().filter(|part| matches!(part, ToolContent::Image { .. })).collect();
        assert_eq!(images.len(), 2);
        assert_eq!(images[0], &ToolContent::Image { mime: "image/png".into(), data: "AAAA".into() });
    }

    #[test]
    fn output_is_bounded() {
        let long = mapped(
            json!({ "content": [{ "type": "text", "text": "é".repeat(600) }, { "type": "text", "text": "more" }] }),
            101,
        );
        assert_eq!(long.text(), format!("{}\n[cut: 101 of 1200 bytes shown]", "é".repeat(50)));
        let many: Vec<_> = (0..200).map(|n| json!({ "type": "text", "text": n.to_string() })).collect();
        assert!(mapped(json!({ "content": many }), 1000).text().ends_with("63\n[136 more parts are not shown]"));
        let images: Vec<_> =
            (0..20).map(|_| json!({ "type": "image", "mimeType": "image/png", "data": "AAAA" })).collect();
        let outcome = mapped(json!({ "content": images }), 1000);
        assert_eq!(outcome.content.iter().filter(|part| matches!(part, ToolContent::Image { .. })).count(), MAX_IMAGES);
    }

    #[test]
    fn an_empty_result_says_so_and_a_structured_one_shows_its_structure() {
        assert_eq!(mapped(json!({ "content": [] }), 100).text(), "(no output)");
        assert_eq!(mapped(json!({ "content": [], "structuredContent": { "a": 1 } }), 100).text(), "{\"a\":1}");
    }
}
