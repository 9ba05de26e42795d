//! A transcript file as messages: line by line, and a line that cannot be read
//! costs only itself. Pure.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_protocol::chat::{ChatMessage, MessageRole};
use postern_protocol::hex::hex;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::store::{MediaRow, TranscriptRow, UsageRow};

/// Longest text of a message that lists show, characters.
const PREVIEW: usize = 240;

/// A transcript that was read.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    pub(super) rows: Vec<TranscriptRow>,
    pub(super) media: Vec<MediaRow>,
    pub(super) usage: Vec<UsageRow>,
    /// Lines that could not be read.
    pub(super) bad_lines: usize,
    pub(super) first_words: Option<String>,
    pub(super) last_words: Option<String>,
    pub(super) model: Option<(String, String)>,
}

/// Whose transcript it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) session_id: &'a str,
    pub(super) session_key: &'a str,
    pub(super) agent_id: &'a str,
}

/// Reads a transcript file.
pub(super) fn read(text: &str, owner: Owner<'_>) -> Transcript {
    let (mut transcript, mut ids) = (Transcript::default(), HashSet::new());
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match serde_json::from_str::<Value>(line) {
            Ok(line) if line.get("message").is_some() => {
                if transcript.add(&line, owner, &mut ids).is_none() {
                    transcript.bad_lines += 1;
                }
            }
            // What a session began with, which model was chosen: nothing that was said.
            Ok(_) => {}
            Err(_) => transcript.bad_lines += 1,
        }
    }
    transcript
}

impl Transcript {
    fn add(&mut self, line: &Value, owner: Owner<'_>, ids: &mut HashSet<String>) -> Option<()> {
        let ts_ms = time_of(&line["message"]["timestamp"]).or_else(|| time_of(&line["timestamp"]))?;
        let mut media = Vec::new();
        let message = message(&line["message"], ts_ms, owner.session_key, &mut media)?;
        let seq = i64::try_from(self.rows.len()).ok()? + 1;
        let own = line["id"].as_str().filter(|id| !id.is_empty() && id.len() <= 64).map(str::to_owned);
        let message_id = own.filter(|id| !ids.contains(id)).unwrap_or_else(|| format!("imported-{seq}"));
        ids.insert(message_id.clone());
        let text = message.words();
        self.note(&message, &text);
        self.usage.extend(usage(&message, ts_ms, owner));
        self.media.extend(media);
        self.rows.push(TranscriptRow {
            session_id: owner.session_id.to_owned(),
            seq,
            message_id,
            run_id: None,
            ts_ms,
            role: message.role.as_str().to_owned(),
            body: serde_json::to_string(&message).ok()?,
            text,
        });
        Some(())
    }

    fn note(&mut self, message: &ChatMessage, text: &str) {
        if let (Some(provider), Some(model)) = (&message.provider, &message.model) {
            self.model = Some((provider.clone(), model.clone()));
        }
        if text.trim().is_empty() || !matches!(message.role, MessageRole::User | MessageRole::Assistant) {
            return;
        }
        let words: String = text.trim().chars().take(PREVIEW).collect();
        if message.role == MessageRole::User && self.first_words.is_none() {
            self.first_words = Some(words.clone());
        }
        self.last_words = Some(words);
    }
}

/// Epoch milliseconds, or an ISO time.
pub(super) fn time_of(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|ms| ms as i64)),
        Value::String(text) => text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond),
        _ => None,
    }
    .filter(|ms| *ms > 0)
}

fn message(source: &Value, ts_ms: i64, session_key: &str, media: &mut Vec<MediaRow>) -> Option<ChatMessage> {
    let mut known = Map::new();
    known.insert("role".to_owned(), source["role"].clone());
    known.insert("timestamp".to_owned(), json!(ts_ms));
    known.insert("content".to_owned(), content(&source["content"], session_key, media)?);
    for field in ["provider", "model", "api", "stopReason", "errorMessage", "toolCallId", "toolName"] {
        if let Some(text) = source[field].as_str() {
            known.insert(field.to_owned(), json!(text));
        }
    }
    if let Some(is_error) = source["isError"].as_bool() {
        known.insert("isError".to_owned(), json!(is_error));
    }
    if let Some(usage) = source.get("usage").filter(|usage| usage.is_object()) {
        let number = |name: &str| usage[name].as_u64().unwrap_or(0);
        let sum = number("input") + number("output") + number("cacheRead") + number("cacheWrite");
        let mut written = json!({
            "input": number("input"), "output": number("output"), "cacheRead": number("cacheRead"),
            "cacheWrite": number("cacheWrite"), "totalTokens": usage["totalTokens"].as_u64().unwrap_or(sum),
        });
        if let Some(total) = usage["cost"]["total"].as_f64() {
            written["cost"] = json!({ "total": total });
        }
        known.insert("usage".to_owned(), written);
    }
    serde_json::from_value(Value::Object(known)).ok()
}

fn content(source: &Value, session_key: &str, media: &mut Vec<MediaRow>) -> Option<Value> {
    let blocks = match source {
        Value::String(text) => return Some(json!(text)),
        Value::Array(blocks) => blocks,
        _ => return None,
    };
    let mut known = Vec::with_capacity(blocks.len());
    for block in blocks {
        match block["type"].as_str() {
            Some("text") => known.push(json!({"type": "text", "text": block["text"].as_str().unwrap_or_default()})),
            Some("thinking") => {
                let mut thought =
                    json!({"type": "thinking", "thinking": block["thinking"].as_str().unwrap_or_default()});
                if let Some(signature) = block["thinkingSignature"].as_str() {
                    thought["thinkingSignature"] = json!(signature);
                }
                known.push(thought);
            }
            Some("toolCall") => known.push(json!({
                "type": "toolCall", "id": block["id"].as_str().unwrap_or_default(),
                "name": block["name"].as_str().unwrap_or_default(),
                "arguments": block.get("arguments").cloned().unwrap_or_else(|| json!({})),
            })),
            Some("image") => known.extend(picture(block, session_key, media)),
            // Something newer; the rest of the message is still one.
            _ => {}
        }
    }
    Some(Value::Array(known))
}

fn picture(block: &Value, session_key: &str, media: &mut Vec<MediaRow>) -> Option<Value> {
    let bytes = STANDARD.decode(block["data"].as_str()?).ok()?;
    let mime = block["mimeType"].as_str().filter(|mime| mime.starts_with("image/"))?.to_owned();
    let id = hex(&Sha256::digest(&bytes));
    let shown = json!({"type": "image", "mimeType": mime, "mediaId": id, "sizeBytes": bytes.len()});
    media.push(MediaRow { id, session_key: session_key.to_owned(), mime, bytes });
    Some(shown)
}

fn usage(message: &ChatMessage, ts_ms: i64, owner: Owner<'_>) -> Option<UsageRow> {
    let usage = message.usage?;
    let (provider, model) = (message.provider.clone()?, message.model.clone()?);
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let day = jiff::Timestamp::from_millisecond(ts_ms).ok()?.strftime("%Y-%m-%d").to_string();
    // Prices are a few dollars, far from where this could lose anything.
    let micro = |usd: f64| (usd.clamp(0.0, 1e9) * 1e6).round() as i64;
    Some(UsageRow {
        ts_ms,
        day,
        agent_id: owner.agent_id.to_owned(),
        session_key: owner.session_key.to_owned(),
        session_id: owner.session_id.to_owned(),
        run_id: format!("imported-{}", owner.session_id),
        provider,
        model,
        input: number(usage.input),
        output: number(usage.output),
        cache_read: number(usage.cache_read),
        cache_write: number(usage.cache_write),
        cost_micro_usd: usage.cost.map(|cost| micro(cost.total)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: Owner<'_> = Owner { session_id: "s", session_key: "agent:main:main", agent_id: "main" };

    #[test]
    fn ids_times_usage_and_pictures_are_kept_and_bad_lines_cost_themselves() {
        let text = r#"{"type":"session","version":1,"id":"s","timestamp":"2026-01-02T03:04:05Z","cwd":"/"}
{"type":"message","id":"aaaaaaaa","timestamp":"2026-01-02T03:04:06Z","message":{"role":"user","content":"hello","timestamp":1767323046000}}
{"type":"message","id":"bbbbbbbb","message":{"role":"assistant","timestamp":1767323047000,"provider":"p","model":"m","content":[{"type":"text","text":"hi"},{"type":"toolCall","id":"c","name":"exec","arguments":{"a":1}},{"type":"new"}],"usage":{"input":5,"output":2,"cost":{"total":0.25}},"stopReason":"stop"}}
{"type":"message","id":"bbbbbbbb","timestamp":"2026-01-02T03:04:08Z","message":{"role":"user","content":[{"type":"image","data":"iVBORw0=","mimeType":"image/png"}]}}
not json
{"type":"message","message":{"role":"nobody","content":"x","timestamp":1767323047000}}
{"type":"compaction","summary":"x"}"#;
        let read = read(text, OWNER);
        assert_eq!((read.rows.len(), read.bad_lines, read.media.len(), read.usage.len()), (3, 2, 1, 1));
        let ids: Vec<_> = read.rows.iter().map(|row| (row.seq, row.message_id.as_str(), row.ts_ms)).collect();
        assert_eq!(
            ids,
            [
                (1, "aaaaaaaa", 1_767_323_046_000),
                (2, "bbbbbbbb", 1_767_323_047_000),
                (3, "imported-3", 1_767_323_048_000)
            ]
        );
        assert_eq!((read.usage[0].cost_micro_usd, read.usage[0].day.as_str()), (Some(250_000), "2026-01-02"));
        assert_eq!((read.first_words.as_deref(), read.last_words.as_deref()), (Some("hello"), Some("hi")));
        assert!(read.rows[2].body.contains("mediaId") && !read.rows[2].body.contains("iVBOR"));
    }
}
