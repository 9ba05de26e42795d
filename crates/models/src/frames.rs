//! Cuts a response body into frames: server-sent events or lines of JSON. Bounded, and each byte is looked at once.

/// How frames are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Server-sent events.
    Sse,
    /// One JSON value per line.
    Lines,
}

/// One frame. `event` is empty for lines and for events without a name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) event: &'a str,
    pub(crate) data: &'a [u8],
}

/// A frame is larger than allowed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

pub(crate) struct Frames {
    framing: Framing,
    max: usize,
    buffer: Vec<u8>,
    /// Up to here the buffer is used up.
    read: usize,
    /// Up to here there is no end of line.
    scanned: usize,
    event: String,
    data: Vec<u8>,
    has_data: bool,
    /// The frame in `event` and `data` was handed out.
    taken: bool,
}

impl Frames {
    pub(crate) fn new(framing: Framing, max: usize) -> Self {
        Self {
            framing,
            max,
            buffer: Vec::new(),
            read: 0,
            scanned: 0,
            event: String::new(),
            data: Vec::new(),
            has_data: false,
            taken: false,
        }
    }

    /// Takes the next bytes of the body.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.read > 0 {
            self.buffer.copy_within(self.read.., 0);
            self.buffer.truncate(self.buffer.len() - self.read);
            self.scanned -= self.read;
            self.read = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The body is over: what is left counts as a frame, although nothing ended it.
    pub(crate) fn close(&mut self) {
        self.push(b"\n\n");
    }

    /// Whether the frame may grow by so many bytes.
    const fn fits(&self, more: usize) -> Result<(), TooLarge> {
        if self.data.len() + more > self.max { Err(TooLarge) } else { Ok(()) }
    }

    /// The next complete frame.
    pub(crate) fn next(&mut self) -> Result<Option<Frame<'_>>, TooLarge> {
        if std::mem::take(&mut self.taken) {
            self.event.clear();
            self.data.clear();
            self.has_data = false;
        }
        loop {
            let Some(end) = self.buffer[self.scanned..].iter().position(|byte| *byte == b'\n') else {
                self.scanned = self.buffer.len();
                return self.fits(self.buffer.len() - self.read).map(|()| None);
            };
            let line = self.read..self.scanned + end;
            self.read = line.end + 1;
            self.scanned = self.read;
            self.fits(line.len())?;
            let mut bytes = &self.buffer[line];
            bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
            match self.framing {
                Framing::Lines if bytes.iter().all(u8::is_ascii_whitespace) => {}
                Framing::Lines => {
                    self.data.extend_from_slice(bytes);
                    self.taken = true;
                    return Ok(Some(Frame { event: "", data: &self.data }));
                }
                Framing::Sse if !bytes.is_empty() => {
                    field(bytes, &mut self.event, &mut self.data, &mut self.has_data);
                }
                Framing::Sse if self.has_data => {
                    self.taken = true;
                    return Ok(Some(Frame { event: &self.event, data: &self.data }));
                }
                Framing::Sse => self.event.clear(),
            }
        }
    }
}

/// Takes in one line of a server-sent event.
fn field(line: &[u8], event: &mut String, data: &mut Vec<u8>, has_data: &mut bool) {
    let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
    let (name, value) = line.split_at(colon);
    let value = value.strip_prefix(b":").unwrap_or(value);
    let value = value.strip_prefix(b" ").unwrap_or(value);
    match name {
        b"data" => {
            if *has_data {
                data.push(b'\n');
            }
            *has_data = true;
            data.extend_from_slice(value);
        }
        b"event" => {
            event.clear();
            event.push_str(&String::from_utf8_lossy(value));
        }
        // Comments keep the connection alive; ids and retry times are for browsers.
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(framing: Framing, body: &[u8], step: usize) -> Vec<(String, String)> {
        let mut frames = Frames::new(framing, 1000);
        let mut found = Vec::new();
        let mut drain = |frames: &mut Frames| {
            while let Some(frame) = frames.next().unwrap() {
                found.push((frame.event.to_owned(), String::from_utf8(frame.data.to_vec()).unwrap()));
            }
        };
        for chunk in body.chunks(step) {
            frames.push(chunk);
            drain(&mut frames);
        }
        frames.close();
        drain(&mut frames);
        found
    }

    #[test]
    fn events_are_the_same_however_they_arrive() {
        let body = b": hello\n\nevent: a\ndata: 1\ndata:2\n\nid: 7\r\ndata: {\"x\":\"\xc3\xa4\"}\r\n\r\nevent: lost\n\ndata: [DONE]";
        let expected = [("a", "1\n2"), ("", "{\"x\":\"ä\"}"), ("", "[DONE]")];
        for step in 1..body.len() {
            let found = all(Framing::Sse, body, step);
            let found: Vec<_> = found.iter().map(|(event, data)| (event.as_str(), data.as_str())).collect();
            assert_eq!(found, expected, "step {step}");
        }
    }

    #[test]
    fn lines_are_frames_and_blank_ones_are_not() {
        for step in 1..20 {
            let found = all(Framing::Lines, b"{\"a\":1}\r\n\n  \n{\"b\":2}\n{\"c\"", step);
            let data: Vec<_> = found.iter().map(|(_, data)| data.as_str()).collect();
            assert_eq!(data, ["{\"a\":1}", "{\"b\":2}", "{\"c\""]);
        }
    }

    #[test]
    fn a_frame_without_end_is_refused() {
        let mut frames = Frames::new(Framing::Sse, 100);
        frames.push(b"data: ");
        frames.push(&[b'x'; 101]);
        assert_eq!(frames.next(), Err(TooLarge));
        let mut frames = Frames::new(Framing::Sse, 100);
        for _ in 0..20 {
            frames.push(b"data: 1234567890\n");
            if frames.next() == Err(TooLarge) {
                return;
            }
        }
        panic!("an event of many lines grew without a bound");
    }
}
