//! `read`: a part of a text file, or a picture.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::{BoxFuture, FutureExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::workspace::{Workspace, WorkspaceError};
use super::{arguments, blocking, size_text, spec};
use crate::tool::{Tool, ToolContent, ToolCx, ToolOutcome, ToolSpec};

/// Text given back by one call, in bytes.
const MAX_TEXT_BYTES: usize = 256 * 1024;
/// The largest picture, in bytes.
const MAX_IMAGE_BYTES: u64 = 5_000_000;
/// How much of a file is looked at to tell text from other data.
const SNIFFED_BYTES: usize = 8 * 1024;

const DESCRIPTION: &str = "Reads a file of the workspace. Text comes as it is, at most 256 KiB per call: for more, call \
again with `offset`, the line to begin with. Pictures (PNG, JPEG, GIF, WebP up to 5 MB) come as pictures.";

pub(super) struct ReadTool(ToolSpec);

#[derive(Debug, Deserialize)]
struct ReadArgs {
    #[serde(alias = "file_path")]
    path: String,
    #[serde(default)]
    offset: Option<u64>,
    #[serde(default)]
    limit: Option<u64>,
}

impl ReadTool {
    pub(super) fn new(about: &str) -> Self {
        let schema = json!({
            "type": "object",
            "properties": {
                "path": { "type": "string", "description": "File, relative to the workspace" },
                "offset": { "type": "integer", "minimum": 1, "description": "First line to read, counted from 1" },
                "limit": { "type": "integer", "minimum": 1, "description": "Number of lines to read" }
            },
            "required": ["path"]
        });
        Self(spec("read", "Read file", &format!("{DESCRIPTION}{about}"), schema))
    }
}

impl Tool for ReadTool {
    fn spec(&self) -> &ToolSpec {
        &self.0
    }

    fn call(&self, cx: ToolCx, args: Value) -> BoxFuture<'static, ToolOutcome> {
        async move {
            let args: ReadArgs = match arguments("read", args) {
                Ok(args) => args,
                Err(outcome) => return outcome,
            };
            let workspace = cx.workspace.clone();
            blocking(cx.cancel, move |cancel| read(&workspace, &args, cancel)).await
        }
        .boxed()
    }
}

fn read(workspace: &Workspace, args: &ReadArgs, cancel: &CancellationToken) -> Result<ToolOutcome, WorkspaceError> {
    let path = workspace.parse(&args.path)?;
    let (mut file, metadata) = workspace.open_file(&path)?;
    let mut start = Vec::with_capacity(SNIFFED_BYTES);
    file.by_ref().take(SNIFFED_BYTES as u64).read_to_end(&mut start)?;
    let size = metadata.len();
    if let Some(mime) = image_type(&start) {
        return image(file, start, mime, &path.to_string());
    }
    if start.contains(&0) {
        let text = format!("{path} is a binary file ({}); it is not shown as text", size_text(size));
        return Ok(
            ToolOutcome::ok(text).with_details(json!({ "path": path.to_string(), "size": size, "binary": true }))
        );
    }
    let first = args.offset.unwrap_or(1).max(1);
    let last = args.limit.map_or(u64::MAX, |limit| first.saturating_add(limit.max(1) - 1));
    let part = lines(BufReader::new(start.chain(file)), first, last, cancel)?;
    if part.bytes.is_empty() && first > 1 && first > part.lines_seen {
        let text = format!("{path} has {} lines; `offset` {first} is behind its end", part.lines_seen);
        return Err(WorkspaceError::Refused(text));
    }
    let details = json!({
        "path": path.to_string(), "size": size, "startLine": first, "endLine": part.last_line, "truncated": part.more,
    });
    Ok(ToolOutcome::ok(text_of(&part, first)).with_details(details))
}

fn text_of(part: &Part, first: u64) -> String {
    let mut text = String::from_utf8_lossy(&part.bytes).into_owned();
    if part.cut_line {
        text.push_str(&format!("\n[line {} is longer than 256 KiB; the rest of it is left out]", part.last_line));
    }
    if part.more {
        let next = part.last_line + 1;
        text.push_str(&format!("\n[lines {first} to {}; there is more: continue with offset {next}]", part.last_line));
    }
    text
}

struct Part {
    bytes: Vec<u8>,
    /// The last line that is in `bytes`.
    last_line: u64,
    /// Lines counted until reading stopped.
    lines_seen: u64,
    /// Whether something follows.
    more: bool,
    /// Whether the last line is only there in part.
    cut_line: bool,
}

/// Lines `first` to `last`, cut at the end of a line where they are too much. A line without an end costs no memory.
fn lines(mut input: impl BufRead, first: u64, last: u64, cancel: &CancellationToken) -> Result<Part, WorkspaceError> {
    let mut part = Part { bytes: Vec::new(), last_line: first, lines_seen: 0, more: false, cut_line: false };
    let mut line = 1;
    let mut line_start = 0;
    loop {
        if cancel.is_cancelled() {
            return Err(WorkspaceError::Cancelled);
        }
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(part);
        }
        if line > last {
            part.more = true;
            return Ok(part);
        }
        let end = buffer.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let piece = end.and_then(|end| buffer.get(..end)).unwrap_or(buffer);
        part.lines_seen = line;
        if line >= first {
            if part.bytes.len() + piece.len() > MAX_TEXT_BYTES {
                close(&mut part, line, line_start, piece);
                return Ok(part);
            }
            part.bytes.extend_from_slice(piece);
            part.last_line = line;
        }
        let taken = piece.len();
        input.consume(taken);
        if end.is_some() {
            line += 1;
            line_start = part.bytes.len();
        }
    }
}

/// Ends a part that is full: before the line that did not fit, or within it when it is the only one.
fn close(part: &mut Part, line: u64, line_start: usize, piece: &[u8]) {
    part.more = true;
    if line_start > 0 {
        part.bytes.truncate(line_start);
        part.last_line = line - 1;
        return;
    }
    let room = MAX_TEXT_BYTES - part.bytes.len();
    part.bytes.extend_from_slice(piece.get(..room.min(piece.len())).unwrap_or_default());
    part.last_line = line;
    part.cut_line = true;
}

fn image(mut file: File, mut bytes: Vec<u8>, mime: &str, path: &str) -> Result<ToolOutcome, WorkspaceError> {
    let rest = (MAX_IMAGE_BYTES + 1).saturating_sub(bytes.len() as u64);
    file.by_ref().take(rest).read_to_end(&mut bytes)?;
    let size = bytes.len() as u64;
    if size > MAX_IMAGE_BYTES {
        let text = format!("{path} is a picture of more than {}; make it smaller first", size_text(MAX_IMAGE_BYTES));
        return Err(WorkspaceError::Refused(text));
    }
    let note = ToolContent::Text(format!("{path} ({mime}, {})", size_text(size)));
    let picture = ToolContent::Image { mime: mime.to_owned(), data: STANDARD.encode(&bytes) };
    let details = json!({ "path": path, "size": size, "mime": mime });
    Ok(ToolOutcome { content: vec![note, picture], is_error: false, details: Some(details) })
}

fn image_type(start: &[u8]) -> Option<&'static str> {
    match start {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}
