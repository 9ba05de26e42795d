//! The output of a process as messages: bounded lines, with what is plainly something else passed over.

use bytes::{Buf, BytesMut};
use rmcp::model::ServerJsonRpcMessage;
use serde_json::Value;

/// The longest line.
const MAX_LINE: usize = 8 * 1024 * 1024;
/// Lines in a row that are no messages before the output is taken for something else.
const MAX_NOISE: usize = 1000;

/// What stands next in the output.
#[derive(Debug)]
pub(super) enum Line {
    /// No whole line has been read.
    None,
    /// A line that is no message, such as a greeting.
    Noise,
    Message(Box<ServerJsonRpcMessage>),
}

/// The unread part of the output.
#[derive(Debug, Default)]
pub(super) struct Lines {
    buffer: BytesMut,
    /// Bytes known to hold no line break.
    searched: usize,
    noise: usize,
}

impl Lines {
    /// Where to read to, with room for `more` bytes.
    pub(super) fn buffer(&mut self, more: usize) -> &mut BytesMut {
        self.buffer.reserve(more);
        &mut self.buffer
    }

    /// Takes the next line.
    ///
    /// # Errors
    /// What this output cannot be, in words that follow "it was stopped:".
    pub(super) fn next(&mut self) -> Result<Line, &'static str> {
        let Some(at) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n') else {
            self.searched = self.buffer.len();
            return if self.searched > MAX_LINE { Err("it sent a message longer than 8 MiB") } else { Ok(Line::None) };
        };
        let mut line = self.buffer.split_to(self.searched + at + 1);
        self.searched = 0;
        if self.buffer.is_empty() {
            // One long message does not keep its memory for ever.
            self.buffer = BytesMut::new();
        }
        if line.len() > MAX_LINE {
            return Err("it sent a message longer than 8 MiB");
        }
        if line.starts_with(b"\xef\xbb\xbf") {
            line.advance(3);
        }
        let read = message(line.trim_ascii())?;
        match read {
            Line::Message(_) => self.noise = 0,
            _ => self.noise += 1,
        }
        if self.noise > MAX_NOISE { Err("its output is not JSON-RPC") } else { Ok(read) }
    }
}

fn message(line: &[u8]) -> Result<Line, &'static str> {
    if !line.starts_with(b"{") {
        return Ok(Line::Noise);
    }
    if let Ok(message) = serde_json::from_slice(line) {
        return Ok(Line::Message(Box::new(message)));
    }
    // A broken object was meant to be a message, perhaps the very answer somebody waits for.
    let Ok(value) = serde_json::from_slice::<Value>(line) else { return Err("it sent malformed JSON") };
    if value.get("id").is_some_and(|id| !id.is_null()) && value.get("method").is_none() {
        return Err("it sent an answer that is not JSON-RPC");
    }
    Ok(Line::Noise)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Vec<Result<&'static str, &'static str>> {
        let mut lines = Lines::default();
        lines.buffer(text.len()).extend_from_slice(text);
        let mut seen = Vec::new();
        loop {
            match lines.next() {
                Ok(Line::None) => return seen,
                Ok(Line::Noise) => seen.push(Ok("noise")),
                Ok(Line::Message(_)) => seen.push(Ok("message")),
                Err(problem) => {
                    seen.push(Err(problem));
                    return seen;
                }
            }
        }
    }

    const ANSWER: &str = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;

    #[test]
    fn messages_are_found_among_greetings() {
        let text = format!("Server ready\n\n[info] x\n\u{feff}{ANSWER}\r\n  {ANSWER}\n{{\"level\":30}}\n{ANSWER}");
        assert_eq!(
            read(text.as_bytes()),
            [Ok("noise"), Ok("noise"), Ok("noise"), Ok("message"), Ok("message"), Ok("noise")]
        );
    }

    #[test]
    fn a_message_may_come_in_pieces() {
        let mut lines = Lines::default();
        for byte in ANSWER.bytes() {
            lines.buffer(1).extend_from_slice(&[byte]);
            assert!(matches!(lines.next(), Ok(Line::None)));
        }
        lines.buffer(1).extend_from_slice(b"\n");
        assert!(matches!(lines.next(), Ok(Line::Message(_))));
    }

    #[test]
    fn broken_answers_end_the_connection() {
        for text in [
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\n",
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":\"x\"}\n",
            "{\"id\":5}\n",
        ] {
            assert!(read(text.as_bytes())[0].is_err(), "{text}");
        }
        assert!(read(&[b"{\"a\":\"\xff\"}\n".as_slice()].concat())[0].is_err());
    }

    #[test]
    fn endless_output_is_cut_off() {
        let long = vec![b'x'; MAX_LINE + 1];
        assert_eq!(read(&long), [Err("it sent a message longer than 8 MiB")]);
        let long = [long, b"\n".to_vec()].concat();
        assert_eq!(read(&long), [Err("it sent a message longer than 8 MiB")]);
        assert_eq!(read("x\n".repeat(MAX_NOISE + 1).as_bytes()).last().unwrap(), &Err("its output is not JSON-RPC"));
    }
}
