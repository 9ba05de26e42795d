//! One raw WebSocket connection, cheap enough not to become the limit: frames are recognised by
//! their header and by substrings near the start, never parsed as JSON.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::client::TlsStream;

use crate::tls::{Sessions, connector};

/// Opcode of a text frame (RFC 6455 §5.2).
pub(crate) const TEXT: u8 = 0x1;
/// Opcode of a binary frame.
pub(crate) const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// How far into a frame its keys are looked for; type, id and ok stand at the start.
const HEAD: usize = 96;
const READ_SIZE: usize = 16 * 1024;

/// Where to connect to and from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    /// Address of the server.
    pub(crate) server: SocketAddr,
    /// Address the client binds to; loopback has enough of them never to run out of ports.
    pub(crate) source: Ipv4Addr,
    /// Whether the server speaks TLS.
    pub(crate) tls: bool,
}

impl Route {
    /// From 127.0.0.1, where most clients come from.
    pub(crate) fn local(server: SocketAddr) -> Self {
        Self { server, source: Ipv4Addr::LOCALHOST, tls: false }
    }

    /// From one of 64 loopback addresses, picked by `index`: ports of closed connections stay
    /// reserved for a minute, and a handshake benchmark would use up those of one address.
    pub(crate) fn spread(server: SocketAddr, index: usize) -> Self {
        let last = 2 + u8::try_from(index % 64).unwrap_or(0);
        Self { server, source: Ipv4Addr::new(127, 0, 0, last), tls: false }
    }

    /// The same to a server that speaks TLS, or does not.
    pub(crate) fn encrypted(self, tls: bool) -> Self {
        Self { tls, ..self }
    }

    /// Opens a TCP connection and sends nothing.
    pub(crate) async fn connect(self) -> io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.set_nodelay(true)?;
        if self.source != Ipv4Addr::LOCALHOST {
            socket.bind(SocketAddr::new(IpAddr::V4(self.source), 0))?;
        }
        socket.connect(self.server).await
    }
}

/// What a connection runs on.
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    async fn open(route: Route) -> Result<Self> {
        let stream = route.connect().await.context("connecting")?;
        if !route.tls {
            return Ok(Self::Plain(stream));
        }
        let name = crate::tls::server_name(route.server);
        let stream = connector(Sessions::New)?.connect(name, stream).await.context("the TLS handshake")?;
        Ok(Self::Tls(Box::new(stream)))
    }

    /// The connection below any encryption.
    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
        }
    }
}

/// A WebSocket after the upgrade.
pub(crate) struct Connection {
    stream: Stream,
    inbox: Vec<u8>,
    consumed: usize,
}

/// Position of one frame in the connection's buffer; valid until the next `fill`.
pub(crate) struct FrameAt {
    opcode: u8,
    payload: Range<usize>,
}

impl Connection {
    /// Connects and upgrades.
    pub(crate) async fn open(route: Route) -> Result<Self> {
        let stream = Stream::open(route).await?;
        let mut connection = Self { stream, inbox: Vec::new(), consumed: 0 };
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            route.server
        );
        connection.send(request.as_bytes()).await?;
        loop {
            connection.fill().await.context("upgrading")?;
            let Some(end) = find(&connection.inbox, b"\r\n\r\n") else { continue };
            if !connection.inbox.starts_with(b"HTTP/1.1 101") {
                let line = connection.inbox.split(|byte| *byte == b'\r').next().unwrap_or_default();
                bail!("upgrade refused: {}", String::from_utf8_lossy(line));
            }
            connection.consumed = end + 4;
            return Ok(connection);
        }
    }

    /// Writes bytes that are already framed.
    pub(crate) async fn send(&mut self, framed: &[u8]) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(framed).await,
            Stream::Tls(stream) => {
                stream.write_all(framed).await?;
                stream.flush().await
            }
        }
    }

    /// Sends one text message.
    pub(crate) async fn send_text(&mut self, text: &str) -> io::Result<()> {
        let mut framed = Vec::with_capacity(text.len() + 14);
        encode(TEXT, text.as_bytes(), &mut framed);
        self.send(&framed).await
    }

    /// Reads what has arrived; an end of stream is an error. Cancel safe.
    pub(crate) async fn fill(&mut self) -> io::Result<()> {
        if self.consumed == self.inbox.len() {
            self.inbox.clear();
        } else {
            self.inbox.drain(..self.consumed);
        }
        self.consumed = 0;
        self.inbox.reserve(READ_SIZE);
        let read = match &mut self.stream {
            Stream::Plain(stream) => stream.read_buf(&mut self.inbox).await?,
            Stream::Tls(stream) => stream.read_buf(&mut self.inbox).await?,
        };
        match read {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// The next complete frame that has already been read.
    pub(crate) fn take(&mut self) -> Option<FrameAt> {
        let (header, length) = frame_length(&self.inbox[self.consumed..])?;
        let start = self.consumed + header;
        if self.inbox.len() < start + length {
            return None;
        }
        let opcode = self.inbox[self.consumed] & 0x0F;
        self.consumed = start + length;
        Some(FrameAt { opcode, payload: start..start + length })
    }

    /// Bytes of a frame returned by `take`.
    pub(crate) fn payload(&self, frame: &FrameAt) -> &[u8] {
        &self.inbox[frame.payload.clone()]
    }

    /// Waits for the next text frame, answering pings on the way; see `payload`.
    pub(crate) async fn next_frame(&mut self) -> Result<FrameAt> {
        loop {
            while let Some(frame) = self.take() {
                match frame.opcode {
                    TEXT => return Ok(frame),
                    CLOSE => bail!("closed by the server: {}", close_reason(self.payload(&frame))),
                    PING => self.answer_ping(&frame).await?,
                    _ => (),
                }
            }
            self.fill().await.context("waiting for a frame")?;
        }
    }

    /// The same, copied.
    pub(crate) async fn next_text(&mut self) -> Result<Vec<u8>> {
        let frame = self.next_frame().await?;
        Ok(self.payload(&frame).to_vec())
    }

    /// Waits for the response to `id`, skipping everything else.
    pub(crate) async fn response(&mut self, id: &str) -> Result<Vec<u8>> {
        let key = format!("\"id\":\"{id}\"");
        loop {
            let text = self.next_text().await?;
            if find(head(&text), key.as_bytes()).is_some() {
                return Ok(text);
            }
        }
    }

    async fn answer_ping(&mut self, ping: &FrameAt) -> io::Result<()> {
        let mut pong = Vec::new();
        encode(PONG, self.payload(ping), &mut pong);
        self.send(&pong).await
    }

    /// Sends a close frame and waits until the server has closed its side.
    pub(crate) async fn close(mut self) {
        let mut framed = Vec::new();
        encode(CLOSE, &1000_u16.to_be_bytes(), &mut framed);
        if self.send(&framed).await.is_err() {
            return;
        }
        let drained = async {
            while self.fill().await.is_ok() {
                self.consumed = self.inbox.len()
            }
        };
        // A server that never closes must not hold up the caller.
        let _ = tokio::time::timeout(Duration::from_secs(2), drained).await;
    }

    /// Whether the server has not closed its side yet; what arrived is thrown away.
    pub(crate) fn is_open(&self) -> bool {
        let mut discard = [0_u8; 4096];
        loop {
            match self.stream.tcp().try_read(&mut discard) {
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
    }

    /// Gives up the read buffer of a connection that will only be held open.
    pub(crate) fn release_buffer(&mut self) {
        self.inbox = Vec::new();
        self.consumed = 0;
    }
}

impl FrameAt {
    /// Whether this is a text frame.
    pub(crate) fn is_text(&self) -> bool {
        self.opcode == TEXT
    }

    /// Whether the server closes the connection with this frame.
    pub(crate) fn is_close(&self) -> bool {
        self.opcode == CLOSE
    }
}

/// One request frame as JSON; `params` is JSON text or empty.
pub(crate) fn request(id: &str, method: &str, params: &str) -> String {
    if params.is_empty() {
        return format!(r#"{{"type":"req","id":"{id}","method":"{method}"}}"#);
    }
    format!(r#"{{"type":"req","id":"{id}","method":"{method}","params":{params}}}"#)
}

/// Appends one client frame. The mask key is zero: the payload goes out as it is.
pub(crate) fn encode(opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.push(0x80 | opcode);
    match payload.len() {
        length @ 0..=125 => out.push(0x80 | u8::try_from(length).unwrap_or(0)),
        length @ 126..=0xFFFF => {
            out.push(0x80 | 126);
            out.extend_from_slice(&u16::try_from(length).unwrap_or(0).to_be_bytes());
        }
        length => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}

/// The part of a message in which its type, id and outcome stand.
pub(crate) fn head(text: &[u8]) -> &[u8] {
    &text[..text.len().min(HEAD)]
}

/// Whether a response says `ok: true`.
pub(crate) fn is_ok(text: &[u8]) -> bool {
    find(head(text), b"\"ok\":true").is_some()
}

/// Position of `needle`.
pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// Header and payload length of the server frame at the start of `bytes`, once they are known.
fn frame_length(bytes: &[u8]) -> Option<(usize, usize)> {
    let short = bytes.get(1)? & 0x7F;
    match short {
        126 => Some((4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)))),
        127 => {
            let length = u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?);
            Some((10, usize::try_from(length).ok()?))
        }
        length => Some((2, usize::from(length))),
    }
}

fn close_reason(payload: &[u8]) -> String {
    match payload.split_first_chunk::<2>() {
        Some((code, reason)) => {
            format!("{} {}", u16::from_be_bytes(*code), String::from_utf8_lossy(reason))
        }
        None => "no code".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_frames_of_every_length_class_decode_to_their_payload() {
        for length in [0, 125, 126, 65_535, 65_536] {
            let payload = vec![b'x'; length];
            let mut framed = Vec::new();
            encode(TEXT, &payload, &mut framed);
            let (header, decoded) = frame_length(&framed).unwrap();
            // A client frame carries four more bytes than a server frame: its mask key.
            assert_eq!(decoded, length);
            assert_eq!(&framed[header + 4..], &payload[..]);
            assert_eq!(framed[header..header + 4], [0; 4]);
        }
    }

    #[test]
    fn an_incomplete_header_is_not_a_frame() {
        for bytes in [&[][..], &[0x81], &[0x81, 126, 0], &[0x81, 127, 0, 0, 0, 0, 0, 0, 0]] {
            assert_eq!(frame_length(bytes), None);
        }
    }

    #[test]
    fn a_close_frame_is_reported_with_code_and_text() {
        assert_eq!(close_reason(b"\x03\xf0pairing required"), "1008 pairing required");
        assert_eq!(close_reason(b""), "no code");
    }
}
