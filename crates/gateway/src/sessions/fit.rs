//! Messages within limits: long texts are cut, pictures come along while there
//! is room. A message that needs neither is never read, only copied.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_protocol::chat::{ChatMessage, ContentBlock, MessageContent};
use serde_json::json;

use super::{SessionError, Sessions, StoredMessage};

/// Largest message besides its pictures, bytes, whatever the answer may be.
const LARGEST: usize = 256 * 1024;
/// Largest picture that comes along, bytes.
const LARGEST_PICTURE: usize = 512 * 1024;

/// How large an answer may become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// All messages together, bytes.
    pub total: usize,
    /// One message besides its pictures, bytes.
    pub single: usize,
    /// One text, characters.
    pub max_chars: Option<usize>,
    /// Pictures together, as they travel, bytes.
    pub pictures: usize,
    /// One picture, bytes.
    pub picture: usize,
}

impl Budget {
    /// Shares for a page of messages.
    #[must_use]
    pub fn page(total: usize, max_chars: Option<usize>) -> Self {
        let single = (total / 4).clamp(1, LARGEST);
        Self { total, single, max_chars, pictures: total / 2, picture: LARGEST_PICTURE }
    }

    /// All of it for one message.
    #[must_use]
    pub const fn one(total: usize, max_chars: Option<usize>) -> Self {
        Self { total, single: total, max_chars, pictures: total, picture: total }
    }
}

impl Sessions {
    /// A message as JSON, shortened where the budget demands it. `pictures` is
    /// what is left for pictures.
    pub(super) async fn fit(
        &self,
        stored: &StoredMessage,
        budget: &Budget,
        pictures: &mut usize,
    ) -> Result<String, SessionError> {
        let body = &stored.0.body;
        let has_pictures = body.contains("\"mediaId\"");
        let is_short = body.len() <= budget.single.min(budget.max_chars.unwrap_or(usize::MAX));
        if is_short && !has_pictures {
            return Ok(stored.json());
        }
        let Some(mut message) = stored.read() else {
            return if body.len() <= budget.single { Ok(stored.json()) } else { Ok(left_out(stored)) };
        };
        if !is_short {
            shorten(&mut message, budget);
        }
        if has_pictures {
            let session = self.by_session_id(&stored.0.session_id);
            let key = session.map(|session| session.record.key.clone()).unwrap_or_default();
            self.show_pictures(&key, &mut message, (budget, pictures)).await?;
        }
        // A message always serialises.
        Ok(serde_json::to_string(&message).unwrap_or_default())
    }

    async fn show_pictures(
        &self,
        session_key: &str,
        message: &mut ChatMessage,
        (budget, left): (&Budget, &mut usize),
    ) -> Result<(), SessionError> {
        let MessageContent::Blocks(blocks) = &mut message.content else { return Ok(()) };
        for block in blocks {
            let ContentBlock::Image { data: data @ None, media_id: Some(id), size_bytes, omitted, .. } = block else {
                continue;
            };
            let fits = |bytes: usize| bytes <= budget.picture && bytes.div_ceil(3) * 4 <= *left;
            let said = size_bytes.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
            let picture = if said.is_none_or(fits) { self.media(session_key, id).await? } else { None };
            match picture.filter(|picture| fits(picture.bytes.len())) {
                Some(picture) => {
                    let text = STANDARD.encode(&picture.bytes);
                    *left -= text.len();
                    *data = Some(text);
                }
                None => *omitted = Some(true),
            }
        }
        Ok(())
    }
}

/// Cuts texts until the message fits.
fn shorten(message: &mut ChatMessage, budget: &Budget) {
    let size = |message: &ChatMessage| serde_json::to_string(message).map_or(0, |text| text.len());
    if let Some(max) = budget.max_chars {
        cut_texts(message, max);
    }
    let before = size(message);
    let (mut max, mut now) = (budget.single, before);
    while now > budget.single && max > 16 {
        max /= 2;
        cut_texts(message, max);
        cut_rest(message, max);
        now = size(message);
    }
    if now > budget.single {
        let text = format!("[{before} bytes are left out here]");
        message.content = MessageContent::Blocks(vec![ContentBlock::Text { text }]);
    }
}

fn cut_texts(message: &mut ChatMessage, max: usize) {
    match &mut message.content {
        MessageContent::Text(text) => cut(text, max),
        MessageContent::Blocks(blocks) => {
            for block in blocks {
                if let ContentBlock::Text { text } | ContentBlock::Thinking { thinking: text, .. } = block {
                    cut(text, max);
                }
            }
        }
    }
}

/// What is no text: arguments of tools, proofs of thoughts, pictures in place.
fn cut_rest(message: &mut ChatMessage, max: usize) {
    if let Some(error) = &mut message.error_message {
        cut(error, max);
    }
    let MessageContent::Blocks(blocks) = &mut message.content else { return };
    for block in blocks {
        match block {
            ContentBlock::ToolCall { arguments, .. } => {
                let bytes = arguments.to_string().len();
                if bytes > max.max(64) {
                    *arguments = json!({ "leftOut": format!("{bytes} bytes") });
                }
            }
            ContentBlock::Thinking { thinking_signature, .. } => {
                thinking_signature.take_if(|signature| signature.len() > max);
            }
            ContentBlock::Image { data, omitted, .. } => {
                if data.take_if(|data| data.len() > max).is_some() {
                    *omitted = Some(true);
                }
            }
            ContentBlock::Text { .. } => {}
        }
    }
}

fn cut(text: &mut String, max: usize) {
    if text.len() <= max {
        return;
    }
    let Some((end, _)) = text.char_indices().nth(max) else { return };
    let rest = text[end..].chars().count();
    text.truncate(end);
    text.push_str(&format!("\n… ({rest} more characters)"));
}

fn left_out(stored: &StoredMessage) -> String {
    let row = &stored.0;
    let text = format!("[{} bytes are left out here]", row.body.len());
    json!({
        "role": "system", "content": [{"type": "text", "text": text}], "timestamp": row.ts_ms,
        "__openclaw": stored.place(),
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_protocol::chat::MessageRole;

    #[test]
    fn a_text_is_cut_and_says_by_how_much() {
        let mut text = "ä".repeat(10);
        cut(&mut text, 20);
        assert_eq!(text, "ä".repeat(10));
        cut(&mut text, 4);
        assert_eq!(text, "ääää\n… (6 more characters)");
    }

    #[test]
    fn whatever_is_large_in_a_message_it_ends_up_small() {
        let huge = "x".repeat(100_000);
        let image = ContentBlock::Image {
            data: Some(huge.clone()),
            mime_type: "image/png".into(),
            media_id: None,
            size_bytes: None,
            omitted: None,
        };
        let many: Vec<ContentBlock> = (0..5_000).map(|n| ContentBlock::Text { text: n.to_string() }).collect();
        let cases = [
            vec![ContentBlock::Text { text: huge.clone() }],
            vec![ContentBlock::Thinking { thinking: huge.clone(), thinking_signature: Some(huge.clone()) }],
            vec![ContentBlock::ToolCall { id: "1".into(), name: "t".into(), arguments: json!({"a": huge}) }],
            vec![image, ContentBlock::Text { text: "\u{1}".repeat(50_000) }],
            many,
        ];
        for blocks in cases {
            let mut message = ChatMessage::blocks(MessageRole::Assistant, blocks, 1);
            message.error_message = Some("e".repeat(50_000));
            let budget = Budget::page(40_000, None);
            shorten(&mut message, &budget);
            let text = serde_json::to_string(&message).unwrap();
            assert!(text.len() <= budget.single + 200, "{} {}", text.len(), &text[..200]);
        }
    }
}
